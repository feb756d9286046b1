// Tables that want something of every format, for tests that read any input as any format.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/program_tables.h"

namespace bylaw {

/// Every record is wanted, and of each format some type's records are kept whole.
struct AllFormats : NetworkTables {
  AllFormats() {
    AddTable("resources", TableKind::kResources);
    for (const char* name :
         {"json[\"items\"]", "json[\"\"]", "kubernetes.Pod", "kubernetes.Deployment",
          "cloudformation[\"AWS::EC2::Instance\"]", "cloudformation[\"AWS::S3::Bucket\"]", "terraform.aws_instance",
          "aws_config[\"AWS::EC2::Instance\"]", "aws_cli[\"Vpcs\"]", "aws_cli[\"get-bucket-policy\"]",
          "gcp_asset_inventory[\"compute.googleapis.com/Firewall\"]",
          "azure_resource_graph[\"microsoft.storage/storageaccounts\"]", "arm[\"Microsoft.Storage/storageAccounts\"]",
          "pulumi[\"aws:ec2/subnet:Subnet\"]", "trivy.report", "grype.report", "cyclonedx.report", "spdx.report"}) {
      AddColumn(AddTable(name, TableKind::kSource), "record", json_);
    }
    TableMapping& cloud_subnet = AddMapping(subnet, "cloudformation", "AWS::EC2::Subnet");
    cloud_subnet.fields = program_.tables[subnet].mappings.front().fields;
    const TableId container = AddTable("kubernetes.container");
    const ColumnId image = AddColumn(container, "image", Optional(string_)),
                   tags = AddColumn(container, "env", Optional(map_));
    for (const auto& path :
         {std::vector<std::string>{"spec", "containers"}, {"spec", "template", "spec", "containers"}}) {
      TableMapping& mapping = AddMapping(container, "kubernetes", path.size() == 2 ? "Pod" : "Deployment", {path});
      Map(mapping, image, {{"image"}});
      Map(mapping, tags, {{"env"}});
    }
  }
};

}  // namespace bylaw

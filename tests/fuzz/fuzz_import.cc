// Any bytes as an input, of BYLAW_FUZZ_FORMAT or of any format: they are read into a snapshot, or refused with one error that names the input.
//
// The bytes are the input, so that real exports are seeds as they are; twice, when the last one says so, as templates and captures of one import
// look at each other.

#include <cstddef>
#include <cstdint>
#include <string>

#include "runtime/import/import.h"
#include "tests/unit/program_tables.h"

namespace bylaw {
namespace {

#ifndef BYLAW_FUZZ_FORMAT
#define BYLAW_FUZZ_FORMAT ""
#endif

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

}  // namespace
}  // namespace bylaw

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bylaw::AllFormats formats;
  static const std::string format = BYLAW_FUZZ_FORMAT;
  if (size < 2) return 0;
  const bool twice = (data[size - 1] & 0x80) != 0;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string name = format == "yaml" || format == "csv" ? "input." + format : "input.json";
  std::vector<bylaw::ImportInput> inputs = {{.path = name, .bytes = bytes}};
  if (twice) inputs.push_back({.path = "again.json", .bytes = bytes});
  const std::string as = format == "csv" || format == "yaml" ? "" : format;
  const auto import = bylaw::ImportInputs(formats.program_, inputs, {.input_format = as, .max_depth = 64}, nullptr);
  if (!import.ok()) {
    if (import.error().message.empty()) __builtin_trap();
    return 0;
  }
  const bylaw::Snapshot& snapshot = *import->snapshot;
  for (bylaw::TableId table = 0; table < formats.program_.tables.size(); ++table) {
    for (bylaw::Row row = 0; row < snapshot.num_rows(table) && row < 8; ++row) (void)snapshot.LocateRow(table, row);
  }
  return 0;
}

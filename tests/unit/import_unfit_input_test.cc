// Files that are cut off, or of another format than they are said to be, are refused by every importer.
#include <gtest/gtest.h>

#include "runtime/import/import.h"
#include "tests/unit/all_formats.h"

namespace bylaw {
namespace {

const char* const kTexts[] = {
    R"({"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": [{"address": "a.b", "type": "a",
        "name": "b", "mode": "managed", "change": {"actions": ["create"], "after": {"x": 1}, "after_unknown": {}}}],
        "configuration": {"root_module": {"resources": [{"address": "a.b", "expressions": {"x": {"references": ["c"]}}}]}}})",
    R"({"version": 4, "terraform_version": "1.9.0", "resources": [{"mode": "managed", "type": "aws_instance", "name": "b",
        "provider": "p", "instances": [{"attributes": {"id": "i-1"}}]}]})",
    R"({"AWSTemplateFormatVersion": "2010-09-09", "Parameters": {"P": {"Type": "String"}},
        "Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "P"}}}}})",
    R"({"configurationItems": [{"resourceType": "AWS::EC2::Instance", "resourceId": "i-1", "configuration": {"a": [1]}}]})",
    R"({"Vpcs": [{"VpcId": "vpc-1", "Tags": [{"Key": "a", "Value": "b"}]}], "NextToken": "t"})",
    R"({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}]})",
    R"([{"name": "//x", "asset_type": "compute.googleapis.com/Firewall", "resource": {"data": {"a": true}}}])",
    R"({"count": 1, "data": [{"id": "/a", "type": "microsoft.storage/storageaccounts", "name": "a"}], "total_records": 1})",
    R"({"data": {"columns": [{"name": "id"}, {"name": "type"}], "rows": [["/a", "microsoft.storage/storageaccounts"]]}})",
    R"({"$schema": "s", "contentVersion": "1.0.0.0", "parameters": {"a": {"type": "string"}},
        "resources": [{"type": "Microsoft.Storage/storageAccounts", "name": "a", "properties": {"b": "[parameters('a')]"}}]})",
    R"({"version": 3, "deployment": {"manifest": {}, "resources": [{"urn": "urn:a", "type": "aws:ec2/subnet:Subnet"}]}})",
    R"({"SchemaVersion": 2, "ArtifactName": "a", "Results": [{"Target": "a", "Vulnerabilities": [{"PkgName": "b"}]}]})",
    R"({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [{"type": "software_Package"}]})",
};

TEST(ImportUnfitInput, CutOff) {
  const AllFormats tables;
  for (const std::string_view format : ImportFormats()) {
    for (const std::string_view text : kTexts) {
      for (size_t size = 1; size < text.size(); ++size) {
        const std::string cut(text.substr(0, size));
        const auto import = ImportInputs(tables.program_, {{.path = "input.json", .bytes = cut}},
                                         {.input_format = std::string(format)}, nullptr);
        ASSERT_FALSE(import.ok()) << format << ": " << cut;
        ASSERT_FALSE(import.error().message.empty()) << format << ": " << cut;
        ASSERT_EQ(import.error().file, "input.json") << format << ": " << cut;
      }
    }
  }
}

TEST(ImportUnfitInput, OfAnotherFormat) {
  const AllFormats tables;
  for (const std::string& format : ImportFormats()) {
    if (format == "json" || format == "yaml") continue;
    for (const char* text : {R"({"hello": "world"})", R"([{"hello": "world"}])", "[]", "{}"}) {
      const ImportInput input{.path = "input.json", .bytes = text};
      const auto import = ImportInputs(tables.program_, {input}, {.input_format = format}, nullptr);
      ASSERT_FALSE(import.ok()) << format << ": " << text;
      EXPECT_EQ(import.error().file, "input.json");
      EXPECT_FALSE(import.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace bylaw

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
      for (size_t size = 1; size < text.size(); size += 3) {
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

TEST(ImportUnfitInput, OfAWrongShape) {
  const AllFormats tables;
  const std::pair<const char*, const char*> texts[] = {
      {R"({"format_version":"1.2","terraform_version":"1.9.0","planned_values":{},"resource_changes":{"a":1}})",
       "`resource_changes` is an object and no list"},
      {R"({"format_version":"1.2","terraform_version":"1.9.0","planned_values":{},"resource_changes":["a"]})",
       "an element of `resource_changes` is a string and no object"},
      {R"({"format_version":"1.2","terraform_version":"1.9.0","planned_values":{"root_module":{"resources":"a"}}})",
       "`resources` is a string and no list"},
      {R"({"format_version":"1.2","terraform_version":"1.9.0","planned_values":{"root_module":[1]}})",
       "a module is an array and no object"},
      {R"({"format_version":"1.0","terraform_version":"1.9","values":[1]})", "`values` is an array and no object"},
      {R"({"version":4,"terraform_version":"1.9","serial":1,"lineage":"x","resources":{"a":1}})",
       "`resources` is an object and no list"},
      {R"({"version":4,"terraform_version":"1.9","serial":1,"lineage":"x","resources":[{"type":"a","instances":"x"}]})",
       "`instances` is a string and no list"},
      {R"({"apiVersion":"v1","kind":"PodList","items":"x"})", "`items` is a string and no list"},
      {R"({"SchemaVersion":2,"ArtifactName":"a","Results":"x"})", "`Results` is a string and no list"},
      {R"({"matches":"x","descriptor":{"name":"grype"}})", "`matches` is a string and no list"},
      {R"({"bomFormat":"CycloneDX","components":{"a":1}})", "`components` is an object and no list"},
      {R"({"spdxVersion":"SPDX-2.3","packages":true})", "`packages` is a boolean and no list"},
      {R"({"contentVersion":"1.0.0.0","resources":"x"})", "`resources` is a string and no list"},
      {R"({"version":3,"deployment":{"resources":"x"}})", "`resources` is a string and no list"},
      {R"({"configurationItems":["a",3]})", "an item is a string and no object"},
  };
  for (const auto& [text, message] : texts) {
    const auto import = ImportInputs(tables.program_, {{.path = "input.json", .bytes = text}}, {}, nullptr);
    ASSERT_FALSE(import.ok()) << text;
    EXPECT_EQ(import.error().message, message) << text;
    EXPECT_EQ(import.error().line, 1u) << text;
  }
  const ImportInput reply{.path = "ec2-describe-vpcs.json", .bytes = R"({"Vpcs":"x"})"};
  const auto import = ImportInputs(tables.program_, {reply}, {}, nullptr);
  ASSERT_FALSE(import.ok());
  EXPECT_EQ(import.error().message, "`Vpcs` is a string and no list");
}

TEST(ImportUnfitInput, NoExport) {
  const NetworkTables tables;  // nothing of plain JSON, which a log is
  const std::pair<ImportInput, const char*> inputs[] = {
      {{.path = "main.tf", .bytes = "resource \"aws_vpc\" \"a\" {\n}\n"}, "is Terraform configuration, and no export"},
      {{.path = "main.bicep", .bytes = "param a string\n"}, "is Bicep, and no export"},
      {{.path = "tfplan", .bytes = std::string("PK\x03\x04").append(26, '\0') + "tfplan\x0A"},
       "is a plan as Terraform saves it, for itself"},
      {{.path = "log.json", .bytes = R"({"@level":"info","@message":"Terraform 1.9.0","type":"version"})"},
       "is what `terraform plan -json` tells while it works, and no plan"},
  };
  for (const auto& [input, message] : inputs) {
    const auto import = ImportInputs(tables.program_, {input}, {}, nullptr);
    ASSERT_FALSE(import.ok()) << input.path;
    EXPECT_EQ(import.error().message, message);
    EXPECT_NE(import.error().hint.find("bylaw … -"), std::string::npos);
  }
}

}  // namespace
}  // namespace bylaw

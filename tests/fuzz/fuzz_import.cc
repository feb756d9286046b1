// Any bytes as an input of any format: they are read into a snapshot, or refused with one error that names the input.
//
// The first byte chooses the name, and so whether YAML is expected; the rest is the input, twice when the byte says so,
// as templates and captures of one import look at each other.

#include <cstddef>
#include <cstdint>
#include <string>

#include "runtime/import/import.h"
#include "tests/unit/program_tables.h"

namespace bylaw {
namespace {

struct AllFormats : NetworkTables {
  AllFormats() {
    AddTable("resources", TableKind::kResources);
    for (const char* name :
         {"json[\"items\"]", "kubernetes.Pod", "kubernetes.Deployment", "cloudformation[\"AWS::EC2::Instance\"]",
          "cloudformation[\"AWS::S3::Bucket\"]", "terraform.aws_instance", "aws_config[\"AWS::EC2::Instance\"]"}) {
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
  if (size < 2) return 0;
  const char* name = (data[0] & 1) != 0 ? "input.yaml" : "input";
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<bylaw::ImportInput> inputs = {{.path = name, .bytes = bytes}};
  if ((data[0] & 2) != 0) inputs.push_back({.path = "again.json", .bytes = bytes});
  const auto import = bylaw::ImportInputs(formats.program_, inputs, {.max_depth = 64}, nullptr);
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

// `terraform providers schema -json`, format version 1: attributes with types as Terraform's cty writes them, and nested
// blocks.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/schema/source_schema.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::json;
using Kind = SourceType::Kind;

bool Flag(const Json& object, const char* name) { return object.value(name, false); }

std::string Text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<SourceField> BlockFields(const Json& block);

/// "string", ["list", T], ["object", {name: T}], …
SourceType TypeOf(const Json& type) {
  if (type.is_string()) {
    const std::string name = type.get<std::string>();
    if (name == "string") return {.kind = Kind::kText};
    if (name == "bool") return {.kind = Kind::kBool};
    if (name == "number") return {.kind = Kind::kFloat};  // Terraform has one kind of number
    return {.kind = Kind::kJson};
  }
  if (!type.is_array() || type.size() < 2 || !type[0].is_string()) return {.kind = Kind::kJson};
  const std::string constructor = type[0].get<std::string>();
  if (constructor == "object" && type[1].is_object()) {
    SourceType record{.kind = Kind::kRecord};
    for (const auto& [name, member] : type[1].items()) record.fields.push_back({.name = name, .type = TypeOf(member)});
    return record;
  }
  const Kind kind = constructor == "list"  ? Kind::kList
                    : constructor == "set" ? Kind::kSet
                    : constructor == "map" ? Kind::kMap
                                           : Kind::kJson;
  if (kind == Kind::kJson) return {.kind = Kind::kJson};
  SourceType element = TypeOf(type[1]);
  if (element.kind == Kind::kRecord) {
    if (kind == Kind::kMap) return {.kind = Kind::kJson};
    return {.kind = Kind::kRows, .fields = std::move(element.fields)};
  }
  return {.kind = kind, .element = {std::move(element)}};
}

/// The type of what is nested in one of Terraform's modes.
SourceType Nested(const std::string& mode, bool at_most_one, std::vector<SourceField> fields) {
  if (mode == "map") return {.kind = Kind::kJson};
  // A list of one block stands for the block.
  const bool single = mode == "single" || mode == "group" || at_most_one;
  return {.kind = single ? Kind::kRecord : Kind::kRows, .fields = std::move(fields)};
}

SourceField Attribute(const std::string& name, const Json& attribute) {
  SourceField field;
  field.name = name;
  field.optional = !Flag(attribute, "required");
  field.computed = Flag(attribute, "computed");
  field.doc = Text(attribute, "description");
  if (const auto nested = attribute.find("nested_type"); nested != attribute.end() && nested->is_object()) {
    field.type = Nested(nested->value("nesting_mode", "single"), false, BlockFields(*nested));
  } else {
    field.type = TypeOf(attribute.contains("type") ? attribute["type"] : Json());
  }
  return field;
}

std::vector<SourceField> BlockFields(const Json& block) {
  std::vector<SourceField> fields;
  if (const auto attributes = block.find("attributes"); attributes != block.end() && attributes->is_object()) {
    for (const auto& [name, attribute] : attributes->items()) fields.push_back(Attribute(name, attribute));
  }
  if (const auto types = block.find("block_types"); types != block.end() && types->is_object()) {
    for (const auto& [name, nested] : types->items()) {
      if (!nested.contains("block") || !nested["block"].is_object()) continue;
      SourceField field;
      field.name = name;
      const bool at_most_one = nested.value("max_items", 0) == 1;
      field.type = Nested(nested.value("nesting_mode", "list"), at_most_one, BlockFields(nested["block"]));
      field.optional = nested.value("min_items", 0) == 0;
      field.doc = Text(nested["block"], "description");
      fields.push_back(std::move(field));
    }
  }
  return fields;
}

template <typename Visit>
void ForEachResource(const Json& document, Visit&& visit) {
  for (const auto& [provider, schema] : document["provider_schemas"].items()) {
    const auto resources = schema.find("resource_schemas");
    if (resources == schema.end() || !resources->is_object()) continue;
    for (const auto& [type, resource] : resources->items()) {
      if (resource.contains("block") && resource["block"].is_object()) visit(type, resource["block"]);
    }
  }
}

}  // namespace

std::vector<std::string> TerraformTypes(const Json& document) {
  std::vector<std::string> types;
  ForEachResource(document, [&](const std::string& type, const Json&) { types.push_back(type); });
  std::sort(types.begin(), types.end());
  return types;
}

std::vector<SourceSchema> ReadTerraformSchemas(const Json& document,
                                               const std::function<bool(const std::string&)>& wants) {
  std::vector<SourceSchema> schemas;
  ForEachResource(document, [&](const std::string& type, const Json& block) {
    if (!wants(type)) return;
    SourceSchema schema{.format = "terraform", .type = type, .doc = Text(block, "description")};
    schema.fields = BlockFields(block);
    schemas.push_back(std::move(schema));
  });
  std::sort(schemas.begin(), schemas.end(),
            [](const SourceSchema& a, const SourceSchema& b) { return a.type < b.type; });
  return schemas;
}

}  // namespace bylaw::cli

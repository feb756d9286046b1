// Resource schemas of the CloudFormation registry: JSON Schema (draft 7) with `typeName`, `definitions`,
// `readOnlyProperties`.
#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "cli/schema/source_schema.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::json;
using Kind = SourceType::Kind;

class SchemaReader {
 public:
  explicit SchemaReader(const Json& document) : document_(document) {
    if (const auto paths = document.find("readOnlyProperties"); paths != document.end() && paths->is_array()) {
      for (const Json& path : *paths) {
        if (path.is_string()) read_only_.insert(path.get<std::string>());
      }
    }
  }

  std::vector<SourceField> Properties(const Json& object, const std::string& path) {
    std::set<std::string> required;
    if (const auto names = object.find("required"); names != object.end() && names->is_array()) {
      for (const Json& name : *names) {
        if (name.is_string()) required.insert(name.get<std::string>());
      }
    }
    std::vector<SourceField> fields;
    if (!object.contains("properties") || !object["properties"].is_object()) return fields;
    for (const auto& [name, property] : object["properties"].items()) {
      if (!property.is_object()) continue;
      SourceField field;
      field.name = name;
      field.computed = read_only_.contains(path + "/" + name);
      field.optional = field.computed || !required.contains(name);
      field.type = TypeOf(property, path + "/" + name);
      if (const auto doc = property.find("description"); doc != property.end() && doc->is_string())
        field.doc = doc->get<std::string>();
      fields.push_back(std::move(field));
    }
    return fields;
  }

 private:
  /// What a `$ref` leads to; null for none, and for one that is being read already.
  const Json* Target(const Json& reference) const {
    constexpr std::string_view kDefinitions = "#/definitions/";
    if (!reference.is_string()) return nullptr;
    const std::string text = reference.get<std::string>();
    if (!text.starts_with(kDefinitions) || !document_.contains("definitions")) return nullptr;
    const auto found = document_["definitions"].find(text.substr(kDefinitions.size()));
    return found == document_["definitions"].end() ? nullptr : &*found;
  }

  SourceType TypeOf(const Json& property, const std::string& path) {
    if (const auto reference = property.find("$ref"); reference != property.end()) {
      const Json* target = Target(*reference);
      if (target == nullptr || std::find(open_.begin(), open_.end(), target) != open_.end())
        return {.kind = Kind::kJson};
      open_.push_back(target);
      SourceType type = TypeOf(*target, path);
      open_.pop_back();
      return type;
    }
    const auto name = property.find("type");
    if (name == property.end() || !name->is_string())
      return {.kind = property.contains("properties") ? Kind::kRecord : Kind::kJson,
              .fields = Properties(property, path)};
    const std::string type = name->get<std::string>();
    if (type == "boolean") return {.kind = Kind::kBool};
    if (type == "integer") return {.kind = Kind::kInt};
    if (type == "number") return {.kind = Kind::kFloat};
    if (type == "string") return TextType(property);
    if (type == "array") return ArrayType(property, path);
    if (type != "object") return {.kind = Kind::kJson};
    if (property.contains("properties")) {
      SourceType record{.kind = Kind::kRecord, .fields = Properties(property, path)};
      return record.fields.empty() ? SourceType{.kind = Kind::kJson} : record;
    }
    // Any keys, with values of one type.
    if (const auto patterns = property.find("patternProperties");
        patterns != property.end() && patterns->is_object() && patterns->size() == 1) {
      SourceType element = TypeOf(*patterns->begin(), path + "/*");
      if (IsScalar(element)) return {.kind = Kind::kMap, .element = {std::move(element)}};
    }
    return {.kind = Kind::kJson};
  }

  static bool IsScalar(const SourceType& type) { return type.kind <= Kind::kEnum; }

  static SourceType TextType(const Json& property) {
    constexpr size_t kMostValues = 30;
    if (property.value("format", "") == "date-time") return {.kind = Kind::kTime};
    const auto values = property.find("enum");
    if (values == property.end() || !values->is_array() || values->size() < 2 || values->size() > kMostValues)
      return {.kind = Kind::kText};
    SourceType type{.kind = Kind::kEnum};
    for (const Json& value : *values) {
      if (!value.is_string() || value.get<std::string>().empty()) return {.kind = Kind::kText};
      const std::string text = value.get<std::string>();
      if (std::find(type.values.begin(), type.values.end(), text) == type.values.end()) type.values.push_back(text);
    }
    return type.values.size() < 2 ? SourceType{.kind = Kind::kText} : type;
  }

  SourceType ArrayType(const Json& property, const std::string& path) {
    const auto items = property.find("items");
    if (items == property.end() || !items->is_object())
      return {.kind = Kind::kList, .element = {{.kind = Kind::kJson}}};
    SourceType element = TypeOf(*items, path + "/*");
    if (element.kind == Kind::kRecord) {
      auto has = [&](const char* key) {
        return std::any_of(element.fields.begin(), element.fields.end(),
                           [&](const SourceField& field) { return field.name == key; });
      };
      if (element.fields.size() == 2 && has("Key") && has("Value"))
        return {.kind = Kind::kMap, .element = {{.kind = Kind::kText}}};
      return {.kind = Kind::kRows, .fields = std::move(element.fields)};
    }
    if (!IsScalar(element)) element = {.kind = Kind::kJson};
    const bool is_set = property.value("uniqueItems", false) && element.kind != Kind::kJson;
    return {.kind = is_set ? Kind::kSet : Kind::kList, .element = {std::move(element)}};
  }

  const Json& document_;
  std::set<std::string> read_only_;
  std::vector<const Json*> open_;  ///< definitions that are being read
};

}  // namespace

SourceSchema ReadCloudFormationSchema(const Json& document) {
  SourceSchema schema{.format = "cloudformation", .type = document.value("typeName", ""), .has_id = true};
  if (const auto doc = document.find("description"); doc != document.end() && doc->is_string())
    schema.doc = doc->get<std::string>();
  schema.fields = SchemaReader(document).Properties(document, "/properties");
  return schema;
}

}  // namespace bylaw::cli

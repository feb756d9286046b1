// A schema out of the records of a snapshot: what all of them have is required, what some lack or have as null is
// optional, what differs from record to record is json.
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "cli/schema/source_schema.h"
#include "runtime/builtins/time.h"

namespace bylaw::cli {
namespace {

using Kind = SourceType::Kind;

/// All values seen at one place.
struct Seen {
  size_t num = 0;  ///< records or elements that have it, null included
  size_t num_null = 0, num_unknown = 0;
  std::array<size_t, 9> kinds{};  ///< by JsonNodeKind
  bool all_times = true;
  std::vector<std::string> names;       ///< of members, in the order seen
  std::map<std::string, Seen> members;  ///< of objects
  std::vector<Seen> elements;           ///< of lists: one, of all elements

  size_t of(JsonNodeKind kind) const { return kinds[static_cast<size_t>(kind)]; }
};

bool IsTime(std::string_view text) { return text.size() >= 19 && text[10] == 'T' && ParseTime(text).has_value(); }

void Look(const JsonNode& node, Seen& seen) {
  ++seen.num;
  ++seen.kinds[static_cast<size_t>(node.kind)];
  switch (node.kind) {
    case JsonNodeKind::kNull: ++seen.num_null; break;
    case JsonNodeKind::kUnknown: ++seen.num_unknown; break;
    case JsonNodeKind::kString: seen.all_times &= IsTime(node.text); break;
    case JsonNodeKind::kArray:
      if (seen.elements.empty()) seen.elements.emplace_back();
      for (uint32_t i = 0; i < node.size; ++i) Look(*node.elements[i], seen.elements[0]);
      break;
    case JsonNodeKind::kObject:
      for (uint32_t i = 0; i < node.size; ++i) {
        if (node.Find(node.members[i].key) != node.members[i].value) continue;  // the last of equal keys counts
        const std::string name(node.members[i].key);
        const auto [member, is_new] = seen.members.try_emplace(name);
        if (is_new) seen.names.push_back(name);
        Look(*node.members[i].value, member->second);
      }
      break;
    default: break;
  }
}

std::vector<SourceField> FieldsOf(const Seen& seen, size_t num_records);

std::optional<SourceType> Scalar(const Seen& seen) {
  const size_t num = seen.num - seen.num_null - seen.num_unknown;
  if (num == 0) return std::nullopt;
  const size_t whole = seen.of(JsonNodeKind::kInt), broken = seen.of(JsonNodeKind::kFloat);
  if (seen.of(JsonNodeKind::kBool) == num) return SourceType{.kind = Kind::kBool};
  if (whole == num) return SourceType{.kind = Kind::kInt};
  if (whole + broken == num) return SourceType{.kind = Kind::kFloat};
  if (seen.of(JsonNodeKind::kString) == num) return SourceType{.kind = seen.all_times ? Kind::kTime : Kind::kText};
  return std::nullopt;
}

/// Tags and their like: the names say nothing about the type, they are the data.
bool IsMap(const std::string& name, const Seen& seen) {
  static constexpr std::string_view kNames[] = {"tags",        "tags_all",    "Tags",     "labels",
                                                "annotations", "matchLabels", "variables"};
  const bool named = std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
  const bool odd = std::any_of(seen.names.begin(), seen.names.end(),
                               [](const std::string& key) { return key.find_first_of("./: ") != std::string::npos; });
  return named || odd;
}

SourceType TypeOf(const std::string& name, const Seen& seen) {
  if (const auto scalar = Scalar(seen)) return *scalar;
  const size_t num = seen.num - seen.num_null - seen.num_unknown;
  if (num > 0 && seen.of(JsonNodeKind::kObject) == num) {
    if (IsMap(name, seen) || seen.names.empty()) {
      Seen all;
      for (const auto& [key, member] : seen.members) {
        all.num += member.num, all.num_null += member.num_null, all.num_unknown += member.num_unknown;
        all.all_times &= member.all_times;
        for (size_t i = 0; i < all.kinds.size(); ++i) all.kinds[i] += member.kinds[i];
      }
      const auto element = Scalar(all);
      // Where none has a key, tags are texts all the same.
      if (element) return {.kind = Kind::kMap, .element = {*element}};
      return seen.names.empty() && IsMap(name, seen)
                 ? SourceType{.kind = Kind::kMap, .element = {{.kind = Kind::kText}}}
                 : SourceType{.kind = Kind::kJson};
    }
    return {.kind = Kind::kRecord, .fields = FieldsOf(seen, num)};
  }
  if (num > 0 && seen.of(JsonNodeKind::kArray) == num) {
    const Seen none;
    const Seen& elements = seen.elements.empty() ? none : seen.elements[0];
    if (const auto scalar = Scalar(elements); scalar && elements.num_null == 0)
      return {.kind = Kind::kList, .element = {*scalar}};
    if (elements.num > 0 && elements.of(JsonNodeKind::kObject) == elements.num && !elements.names.empty()) {
      const bool tags =
          elements.names.size() == 2 && ((elements.members.contains("Key") && elements.members.contains("Value")) ||
                                         (elements.members.contains("key") && elements.members.contains("value")));
      if (tags) return {.kind = Kind::kMap, .element = {{.kind = Kind::kText}}};
      return {.kind = Kind::kRows, .fields = FieldsOf(elements, elements.num)};
    }
    return {.kind = Kind::kList, .element = {{.kind = Kind::kJson}}};
  }
  return {.kind = Kind::kJson};
}

std::vector<SourceField> FieldsOf(const Seen& seen, size_t num_records) {
  std::vector<SourceField> fields;
  for (const std::string& name : seen.names) {
    const Seen& member = seen.members.at(name);
    SourceField field;
    field.name = name;
    field.type = TypeOf(name, member);
    field.optional = member.num < num_records || member.num_null > 0 || field.type.kind == Kind::kJson;
    field.computed = member.num_unknown > 0;
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

SourceSchema InferSchema(std::string format, std::string type, const std::vector<const JsonNode*>& nodes) {
  Seen seen;
  for (const JsonNode* node : nodes) Look(*node, seen);
  SourceSchema schema{.format = std::move(format), .type = std::move(type)};
  schema.fields = FieldsOf(seen, nodes.size());
  return schema;
}

}  // namespace bylaw::cli

#include "runtime/snapshot/json_tree.h"

#include <algorithm>
#include <vector>

#include "runtime/builtins/partial_text.h"
#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

class TreeMaker {
 public:
  TreeMaker(const JsonTreeOptions& options, Arena& arena) : options_(options), arena_(arena) {}

  JsonNode* Make(JsonValue value, JsonValue unknown, const JsonNode* parent, std::string_view key, bool outermost) {
    JsonNode* node = arena_.Make<JsonNode>();
    node->parent = parent;
    node->key = key;
    node->record = options_.record;
    if (IsUnknownMark(unknown)) {
      node->kind = JsonNodeKind::kUnknown;
      if (value.is_string()) node->text = Text(value.string());
      node->cause =
          unknown.is_string() && options_.cause_of ? options_.cause_of(unknown.string().ToString()) : options_.cause;
      return node;
    }
    switch (value.kind()) {
      case JsonKind::kMissing:
      case JsonKind::kNull: break;
      case JsonKind::kBool:
        node->kind = JsonNodeKind::kBool;
        node->boolean = value.boolean();
        break;
      case JsonKind::kNumber: SetNumber(value, node); break;
      case JsonKind::kString:
        node->kind = JsonNodeKind::kString;
        node->text = Text(value.string());
        break;
      case JsonKind::kArray: SetElements(value, unknown, node); break;
      case JsonKind::kObject: SetMembers(value, unknown, outermost, node); break;
    }
    // A list or object that is not there yet, but of which parts are known to come.
    if (value.kind() == JsonKind::kMissing || value.kind() == JsonKind::kNull) {
      if (unknown.is_object()) SetMembers(value, unknown, outermost, node);
      if (unknown.is_array() && HasUnknown(unknown)) SetElements(value, unknown, node);
    }
    return node;
  }

 private:
  static bool HasUnknown(JsonValue overlay) {
    if (overlay.kind() == JsonKind::kBool || overlay.is_string()) return IsUnknownMark(overlay);
    for (JsonValue element : overlay.elements()) {
      if (HasUnknown(element)) return true;
    }
    for (JsonField field : overlay.fields()) {
      if (HasUnknown(field.value)) return true;
    }
    return false;
  }

  std::string_view Text(const JsonString& string) {
    if (!string.has_escapes()) return options_.copy_text ? arena_.Copy(string.raw()) : string.raw();
    return string.Text(arena_);
  }

  void SetNumber(JsonValue value, JsonNode* node) {
    const JsonNumber number = value.number();
    switch (number.form) {
      case JsonNumber::Form::kInt:
        node->kind = JsonNodeKind::kInt;
        node->integer = number.integer;
        break;
      case JsonNumber::Form::kDouble:
        node->kind = JsonNodeKind::kFloat;
        node->floating = number.real;
        break;
      case JsonNumber::Form::kBig:
      case JsonNumber::Form::kInvalid:
        node->kind = JsonNodeKind::kBigNumber;
        node->text = options_.copy_text ? arena_.Copy(number.raw) : number.raw;
        break;
    }
  }

  void SetElements(JsonValue value, JsonValue unknown, JsonNode* node) {
    std::vector<const JsonNode*> children;
    std::vector<JsonValue> overlay;
    for (JsonValue element : unknown.elements()) overlay.push_back(element);
    for (JsonValue element : value.elements()) {
      const JsonValue part = children.size() < overlay.size() ? overlay[children.size()] : JsonValue();
      children.push_back(Make(element, part, node, {}, false));
    }
    for (size_t i = children.size(); i < overlay.size(); ++i) children.push_back(Make({}, overlay[i], node, {}, false));
    std::span<const JsonNode*> elements = arena_.MakeArray<const JsonNode*>(children.size());
    std::copy(children.begin(), children.end(), elements.begin());
    node->kind = JsonNodeKind::kArray;
    node->size = static_cast<uint32_t>(children.size());
    node->elements = elements.data();
  }

  void SetMembers(JsonValue value, JsonValue unknown, bool outermost, JsonNode* node) {
    struct Part {
      std::string key;
      JsonValue value;
      bool used = false;
    };
    std::vector<Part> overlay;
    std::vector<JsonMember> children;
    auto wanted = [&](const JsonString& key) {
      if (!outermost || options_.only_keys.empty()) return true;
      return std::any_of(options_.only_keys.begin(), options_.only_keys.end(),
                         [&](const std::string& name) { return key.Equals(name); });
    };
    for (JsonField field : unknown.fields()) {
      if (wanted(field.key)) overlay.push_back({field.key.ToString(), field.value});
    }
    for (JsonField field : value.fields()) {
      if (!wanted(field.key)) continue;
      JsonValue part;
      for (Part& candidate : overlay) {
        if (field.key.Equals(candidate.key)) {
          part = candidate.value;
          candidate.used = true;
        }
      }
      const std::string_view key = Text(field.key);
      children.push_back({key, Make(field.value, part, node, key, false)});
    }
    for (const Part& part : overlay) {
      if (part.used || !HasUnknown(part.value)) continue;
      const std::string_view key = arena_.Copy(part.key);
      children.push_back({key, Make({}, part.value, node, key, false)});
    }
    std::span<JsonMember> members = arena_.MakeArray<JsonMember>(children.size());
    std::copy(children.begin(), children.end(), members.begin());
    node->kind = JsonNodeKind::kObject;
    node->size = static_cast<uint32_t>(children.size());
    node->members = members.data();
  }

  const JsonTreeOptions& options_;
  Arena& arena_;
};

}  // namespace

bool IsUnknownMark(JsonValue overlay) {
  return overlay.is_string() || (overlay.kind() == JsonKind::kBool && overlay.boolean());
}

const JsonNode* MakeJsonTree(JsonValue value, const JsonTreeOptions& options, Arena& arena) {
  return TreeMaker(options, arena).Make(value, options.unknown, nullptr, {}, true);
}

void AppendPartialJson(const JsonNode& node, std::string* json, const JsonNode** unknown) {
  switch (node.kind) {
    case JsonNodeKind::kUnknown:
      if (*unknown == nullptr) *unknown = &node;
      AppendJsonString(node.text.empty() ? kUnknownValue : node.text, json);
      break;
    case JsonNodeKind::kNull: *json += "null"; break;
    case JsonNodeKind::kBool: *json += node.boolean ? "true" : "false"; break;
    case JsonNodeKind::kInt: *json += std::to_string(node.integer); break;
    case JsonNodeKind::kFloat: *json += std::to_string(node.floating); break;
    case JsonNodeKind::kBigNumber: *json += node.text; break;
    case JsonNodeKind::kString: AppendJsonString(node.text, json); break;
    case JsonNodeKind::kArray:
      *json += '[';
      for (uint32_t i = 0; i < node.size; ++i) {
        if (i > 0) *json += ',';
        AppendPartialJson(*node.elements[i], json, unknown);
      }
      *json += ']';
      break;
    case JsonNodeKind::kObject:
      *json += '{';
      for (uint32_t i = 0; i < node.size; ++i) {
        if (i > 0) *json += ',';
        AppendJsonString(node.members[i].key, json);
        *json += ':';
        AppendPartialJson(*node.members[i].value, json, unknown);
      }
      *json += '}';
      break;
  }
}

const JsonNode* MakeUnknownJson(CauseId cause, std::string_view known, Row record, Arena& arena) {
  JsonNode* node = arena.Make<JsonNode>();
  node->kind = JsonNodeKind::kUnknown;
  node->text = known;
  node->cause = cause;
  node->record = record;
  return node;
}

const JsonNode* MakeJsonString(std::string_view text, Row record, Arena& arena) {
  JsonNode* node = arena.Make<JsonNode>();
  node->kind = JsonNodeKind::kString;
  node->text = text;
  node->record = record;
  return node;
}

}  // namespace bylaw

#include "runtime/import/terraform_policy_document.h"

#include <map>
#include <string_view>
#include <utility>

#include "runtime/builtins/partial_text.h"
#include "runtime/builtins/text.h"
#include "runtime/json/json_text.h"
#include "runtime/snapshot/json_tree.h"

namespace bylaw {

namespace {

std::string ToText(const JsonNode* node) {
  std::string json;
  const JsonNode* unknown = nullptr;
  AppendPartialJson(*node, &json, &unknown);
  return json;
}

std::string Quoted(std::string_view text) {
  std::string json;
  AppendJsonString(text, &json);
  return json;
}

bool IsMissing(const JsonNode* node) {
  return node == nullptr || node->kind == JsonNodeKind::kNull ||
         (node->kind == JsonNodeKind::kArray && node->size == 0);
}

bool IsText(const JsonNode* node) { return node != nullptr && node->kind == JsonNodeKind::kString; }

/// Appends the elements of `list`, or the value itself where it is none.
void AppendElements(const JsonNode* list, std::string* json) {
  const auto append = [&](const JsonNode* element) { *json += (json->empty() ? "" : ",") + ToText(element); };
  if (list != nullptr && list->kind != JsonNodeKind::kArray) append(list);
  for (uint32_t i = 0; list != nullptr && list->kind == JsonNodeKind::kArray && i < list->size; ++i)
    append(list->elements[i]);
}

/// Of lists by their names.
std::string Object(const std::map<std::string, std::string>& lists) {
  std::string json;
  for (const auto& [name, elements] : lists) json += (json.empty() ? "" : ",") + Quoted(name) + ":[" + elements + "]";
  return "{" + json + "}";
}

/// The `principals` blocks of a statement. Where a kind is unknown, so is the whole; and so for conditions.
std::string Principals(const JsonNode& blocks) {
  std::map<std::string, std::string> kinds;
  for (uint32_t i = 0; i < blocks.size; ++i) {
    const JsonNode* kind = blocks.elements[i]->Find("type");
    if (!IsText(kind)) return Quoted(kUnknownValue);
    AppendElements(blocks.elements[i]->Find("identifiers"), &kinds[std::string(kind->text)]);
  }
  return Object(kinds);
}

std::string Conditions(const JsonNode& blocks) {
  std::map<std::string, std::map<std::string, std::string>> operators;
  for (uint32_t i = 0; i < blocks.size; ++i) {
    const JsonNode *test = blocks.elements[i]->Find("test"), *key = blocks.elements[i]->Find("variable");
    if (!IsText(test) || !IsText(key)) return Quoted(kUnknownValue);
    AppendElements(blocks.elements[i]->Find("values"), &operators[std::string(test->text)][std::string(key->text)]);
  }
  std::string json;
  for (const auto& [test, keys] : operators) json += (json.empty() ? "" : ",") + Quoted(test) + ":" + Object(keys);
  return "{" + json + "}";
}

std::string Statement(const JsonNode& block) {
  if (block.kind != JsonNodeKind::kObject) return Quoted(kUnknownValue);
  const JsonNode* effect = block.Find("effect");
  std::string json = "{\"Effect\":" + (IsMissing(effect) ? Quoted("Allow") : ToText(effect));
  static constexpr std::pair<std::string_view, std::string_view> kLists[] = {{"sid", "Sid"},
                                                                             {"actions", "Action"},
                                                                             {"not_actions", "NotAction"},
                                                                             {"resources", "Resource"},
                                                                             {"not_resources", "NotResource"}};
  for (const auto& [argument, element] : kLists) {
    const JsonNode* value = block.Find(argument);
    if (!IsMissing(value)) json += "," + Quoted(element) + ":" + ToText(value);
  }
  using Write = std::string (*)(const JsonNode& blocks);
  struct Part {
    std::string_view argument, element;
    Write write;
  };
  for (const Part& part :
       {Part{"principals", "Principal", Principals}, Part{"not_principals", "NotPrincipal", Principals},
        Part{"condition", "Condition", Conditions}}) {
    const JsonNode* value = block.Find(part.argument);
    if (IsMissing(value)) continue;
    json += "," + Quoted(part.element) + ":" +
            (value->kind == JsonNodeKind::kArray ? part.write(*value) : Quoted(kUnknownValue));
  }
  return json + "}";
}

}  // namespace

std::string TerraformPolicyDocument(JsonValue arguments, JsonValue unknown) {
  Arena arena;
  JsonTreeOptions options;
  options.unknown = unknown;
  const JsonNode* tree = MakeJsonTree(arguments, options, arena);
  for (const char* merged : {"source_json", "override_json", "source_policy_documents", "override_policy_documents"}) {
    if (!IsMissing(tree->Find(merged))) return {};
  }
  const JsonNode* blocks = tree->Find("statement");
  if (IsMissing(blocks)) return {};
  std::string json;
  if (blocks->kind == JsonNodeKind::kArray) {
    for (uint32_t i = 0; i < blocks->size; ++i) json += (i == 0 ? "" : ",") + Statement(*blocks->elements[i]);
  } else {
    json = Quoted(kUnknownValue);
  }
  // The data source writes policy variables with an ampersand.
  return Replace("{\"Statement\":[" + json + "]}", "&{", "${").value_or("");
}

}  // namespace bylaw

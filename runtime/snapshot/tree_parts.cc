#include "runtime/snapshot/tree_parts.h"

#include <algorithm>

#include "runtime/builtins/partial_text.h"
#include "runtime/snapshot/json_tree.h"

namespace bylaw {

const JsonNode* WithParts(const JsonNode& node, std::span<const JsonNode* const> parts, Arena& arena) {
  JsonNode* copy = arena.Make<JsonNode>();
  *copy = node;
  copy->size = static_cast<uint32_t>(
      std::count_if(parts.begin(), parts.end(), [](const JsonNode* part) { return part != nullptr; }));
  if (node.kind == JsonNodeKind::kArray) {
    const std::span<const JsonNode*> elements = arena.MakeArray<const JsonNode*>(copy->size);
    std::copy_if(parts.begin(), parts.end(), elements.begin(), [](const JsonNode* part) { return part != nullptr; });
    copy->elements = elements.data();
    return copy;
  }
  const std::span<JsonMember> members = arena.MakeArray<JsonMember>(copy->size);
  auto member = members.begin();
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] != nullptr) *member++ = {node.members[i].key, parts[i]};
  }
  copy->members = members.data();
  return copy;
}

const JsonNode* WithWrittenTexts(const JsonNode* node, Arena& arena) {
  if (node->kind == JsonNodeKind::kUnknown) {
    const std::optional<std::string> written = WrittenText(node->text);
    return written ? MakeJsonString(arena.Copy(*written), node->record, arena) : node;
  }
  if (node->kind != JsonNodeKind::kArray && node->kind != JsonNodeKind::kObject) return node;
  return MapParts(node, arena, [&](uint32_t, const JsonNode* part) { return WithWrittenTexts(part, arena); });
}

}  // namespace bylaw

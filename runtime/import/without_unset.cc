#include "runtime/import/extractor.h"
#include "runtime/snapshot/tree_parts.h"

namespace bylaw {

const JsonNode* Extractor::WithoutUnset(ReferenceSource& references, const JsonNode* node, const Located& at,
                                        const std::vector<ElementStep>& steps, const std::vector<std::string>& path,
                                        Arena& arena) {
  const bool is_list = node->kind == JsonNodeKind::kArray;
  if ((!is_list && node->kind != JsonNodeKind::kObject) || (!at.unknown.is_array() && !at.unknown.is_object()))
    return node;
  const std::vector<Located> elements = is_list ? ElementsOf(at) : std::vector<Located>();
  std::vector<const JsonNode*> parts;
  bool changed = false;
  for (uint32_t i = 0; i < node->size; ++i) {
    const JsonNode* part = is_list ? node->elements[i] : node->members[i].value;
    if (is_list) {
      std::vector<ElementStep> own = steps;
      own.push_back({path, i, elements[i].value, elements.size()});
      parts.push_back(WithoutUnset(references, part, elements[i], own, {}, arena));
    } else {
      std::vector<std::string> own = path;
      own.emplace_back(node->members[i].key);
      const bool is_unset = part->kind == JsonNodeKind::kUnknown && references.IsUnset(steps, own);
      parts.push_back(is_unset ? nullptr : WithoutUnset(references, part, Step(at, own.back()), steps, own, arena));
    }
    changed = changed || parts.back() != part;
  }
  return changed ? WithParts(*node, parts, arena) : node;
}

}  // namespace bylaw

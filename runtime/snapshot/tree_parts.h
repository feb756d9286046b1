// Copies of JSON trees with other parts: what is put in the place of unknown values, or left out of them.
//
// Thread safety: as the arena given.
#pragma once

#include <span>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/snapshot/objects.h"

namespace bylaw {

/// The list or object `node` with `parts` as its elements or its members' values; without what a null part stands for.
const JsonNode* WithParts(const JsonNode& node, std::span<const JsonNode* const> parts, Arena& arena);

/// The list or object `node` with `part_of(i, part)` in the place of each of its parts, without those for which that is null: `node` itself where nothing changes.
template <typename PartOf>
const JsonNode* MapParts(const JsonNode* node, Arena& arena, const PartOf& part_of) {
  std::vector<const JsonNode*> parts;
  parts.reserve(node->size);
  bool changed = false;
  for (uint32_t i = 0; i < node->size; ++i) {
    const JsonNode* part = node->kind == JsonNodeKind::kArray ? node->elements[i] : node->members[i].value;
    parts.push_back(part_of(i, part));
    changed = changed || parts.back() != part;
  }
  return changed ? WithParts(*node, parts, arena) : node;
}

/// The tree `node` with texts in the place of those that are known in part, as ShowPartial has them: `node` itself where there are none.
const JsonNode* WithWrittenTexts(const JsonNode* node, Arena& arena);

}  // namespace bylaw

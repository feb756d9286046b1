// Copies of JSON trees with other parts: what is put in the place of unknown values, or left out of them.
//
// Thread safety: as the arena given.
#pragma once

#include <span>

#include "runtime/base/arena.h"
#include "runtime/snapshot/objects.h"

namespace bylaw {

/// The list or object `node` with `parts` as its elements or its members' values; without what a null part stands for.
const JsonNode* WithParts(const JsonNode& node, std::span<const JsonNode* const> parts, Arena& arena);

/// The tree `node` with texts in the place of those that are known in part, as ShowPartial has them: `node` itself where there are none.
const JsonNode* WithWrittenTexts(const JsonNode* node, Arena& arena);

}  // namespace bylaw

// Copies of JSON trees with other parts: what an importer puts in the place of unknown values, or leaves out of them.
//
// Thread safety: as the arena given.
#pragma once

#include <span>

#include "runtime/base/arena.h"
#include "runtime/snapshot/objects.h"

namespace bylaw {

/// The list or object `node` with `parts` as its elements or its members' values; without what a null part stands for.
const JsonNode* WithParts(const JsonNode& node, std::span<const JsonNode* const> parts, Arena& arena);

}  // namespace bylaw

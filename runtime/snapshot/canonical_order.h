// The canonical order of cells in sets: by value, not by id, so that equal sets are equal objects and print alike in every run.
//
// Strings by bytes, numbers and times by size, addresses IPv4 first, references by table and row. Objects are not ordered.
// Thread safety: pure.
#pragma once

#include <vector>

#include "runtime/base/types.h"
#include "runtime/base/value.h"
#include "runtime/snapshot/net_pool.h"
#include "runtime/snapshot/string_pool.h"

namespace bylaw {

/// Whether `a` sorts before `b`; both known cells of kind `kind`.
bool CellLess(TypeKind kind, const StringPool& strings, const NetPool& nets, Cell a, Cell b);

/// Sorts known cells and drops duplicates.
void MakeCanonical(TypeKind kind, const StringPool& strings, const NetPool& nets, std::vector<Cell>* cells);

}  // namespace bylaw

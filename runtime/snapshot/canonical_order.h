// The order of scalar values, by value and not by id. `<` and `==` of the language mean it, and cells in sets stand in it, so that equal sets are equal objects and print
// alike in every run.
//
// Strings by bytes, numbers and times by size, addresses IPv4 first, versions by their scheme, references by table and row. Objects are not ordered.
// Thread safety: pure.
#pragma once

#include <optional>
#include <vector>

#include "runtime/base/types.h"
#include "runtime/base/value.h"
#include "runtime/snapshot/net_pool.h"
#include "runtime/snapshot/string_pool.h"

namespace bylaw {

/// Negative, 0 or positive, for two known cells of kind `kind`; nothing for kinds without an order, and for versions of different schemes.
std::optional<int> CompareOrdered(TypeKind kind, const StringPool& strings, const NetPool& nets, Cell a, Cell b);

/// Equal values may be spelled differently: the versions 1.0 and 1.0.0, 0.0 and -0.0.
enum class Spelling { kIgnored, kCompared };

/// A total order of known cells: 0 where `==` holds, if their spelling is ignored. Versions of different schemes stand by scheme, what has no order by cell.
int CompareCells(TypeKind kind, const StringPool& strings, const NetPool& nets, Cell a, Cell b,
                 Spelling spelling = Spelling::kIgnored);

/// Sorts known cells and keeps one of equal ones, always the same whatever order they come in.
void MakeCanonical(TypeKind kind, const StringPool& strings, const NetPool& nets, std::vector<Cell>* cells);

}  // namespace bylaw

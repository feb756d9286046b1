// Order and equality of values by their type, independent of how pools happened to number them: what sets and maps are sorted by, and what `==` means for objects.
//
// Thread safety: pure functions over an evaluation's pools.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "runtime/snapshot/canonical_order.h"
#include "runtime/vm/worker.h"

namespace bylaw {

/// A total order of known cells of one type: negative, 0, positive. With their spelling ignored, 0 exactly for equal values.
int CompareCanonical(const EvaluationState& state, TypeId type, Cell a, Cell b, Spelling spelling = Spelling::kIgnored);

/// CompareCanonical's order, in which equal values stand by their spelling: the first of them is the one to keep.
bool CanonicalLess(const EvaluationState& state, TypeId type, Cell a, Cell b);

/// The language's order (`<`, sort, min, max, first … by) of known cells; nothing for kinds without one, and for versions of different schemes.
std::optional<int> CompareOrdered(const EvaluationState& state, TypeKind kind, Cell a, Cell b);

/// Kleene equality of two values of one type, absent and unknown ones included; total on absent.
Tri EqualValues(const EvaluationState& state, TypeId type, Cell a, State a_state, Cell b, State b_state);

/// Kleene equality of references that may have candidates.
Tri EqualRefs(const EvaluationState& state, Cell a, State a_state, Cell b, State b_state);

/// Kinds of which equal values are equal cells.
inline bool ComparesByCell(TypeKind kind) {
  return kind < TypeKind::kList && kind != TypeKind::kFloat && kind != TypeKind::kVersion;
}

/// Kleene membership in a list or a canonical set.
Tri Contains(const EvaluationState& state, TypeId element, const ListObject& list, Cell cell, State cell_state);

/// Whether an element of one collection may equal one of the other's though nobody can tell: versions of two schemes.
bool MayCoincide(const EvaluationState& state, TypeId element, const ListObject& a, const ListObject& b);
/// Whether a map without that key may have it all the same.
bool MayHaveKey(const EvaluationState& state, TypeId key_type, const MapObject& map, Cell key);

Tri EqualJson(const JsonNode& a, const JsonNode& b);

/// Sorts into canonical order and drops duplicates of known elements; unknown ones stay, at the end.
void MakeCanonicalSet(const EvaluationState& state, TypeId element, std::vector<Cell>* cells,
                      std::vector<State>* states);

/// The candidates of an unknown reference; empty if there are none.
std::span<const Cell> CandidatesOf(const EvaluationState& state, Cell cell, State cell_state);

/// Whether elements of this type are references.
inline bool IsRefType(const EvaluationState& state, TypeId type) {
  return type < state.program.types.size() && state.program.types[type].kind == TypeKind::kRef;
}

}  // namespace bylaw

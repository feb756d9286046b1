// The keys of queries: what makes a query open when it lies outside the snapshot (docs/language.md, "Members").
//
// A query's keys are the other sides e of what its condition says by `x.f == e` and `x == e`, x being a row of one of its
// models: a row that nobody sees may refer to e, or be e. It counts in whatever `and`, `or`, `not` and `if` join, and in an
// `exists` of the condition, or a count that has to have members. `x in list` says that x is an element of it, and
// `e in x.list` what `x.f == e` does. Where e may be of other models than x, the key is e only if it is of x's. A define that
// is not recursive stands for its body: `exists a in assoc where of(a, s)` with
// `define of(a: assoc, s: subnet): bool = a.vpc == s.vpc` has the key `s.vpc`. So this runs once all bodies are there.
//
// Where e names other variables of the query, x is unseen only with those rows for which e lies outside: such a pair of
// variables gives the query an opening. What is unseen must be so for a reason that does not rest on itself: `a.f == b.g`
// opens a query by a row of a whose `f` lies outside, or a row of b whose `g` does, but not by neither.
//
// `exists x in A where (exists y in B where y.f == x)` means what `exists x in A, y in B where y.f == x` does: the variables of
// a query in the condition are joined to those of the query around it, as copies, for the search of openings. Only those
// are kept that have unseen rows of the query itself and a row that is shown as their reason: what a query in the condition
// does not see is that one's own concern.
#pragma once

#include "compiler/check/typed.h"

namespace bylaw::compiler {

void FindOpenKeys(TypedProgram& program);

}  // namespace bylaw::compiler

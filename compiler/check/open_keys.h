// The keys of queries: what makes a query open when it lies outside the snapshot (docs/language.md, "Members").
//
// A query's keys are the other sides e of what its condition says by `x.f == e` and `x == e`, in whatever `and` and `or`
// join, x being a row of one of its models: a row that nobody sees may refer to e, or be e. Where e may be of other models than x, the key is e only if
// it is of x's. A define that is not recursive stands for its body: `exists a in assoc where of(a, s)` with
// `define of(a: assoc, s: subnet): bool = a.vpc == s.vpc` has the key `s.vpc`. So this runs once all bodies are there.
//
// Where e names other variables of the query, x is unseen only with those rows for which e lies outside: such a pair of
// variables gives the query an opening. What is unseen must be so for a reason that does not rest on itself: `a.f == b.g`
// opens a query by a row of a whose `f` lies outside, or a row of b whose `g` does, but not by neither.
#pragma once

#include "compiler/check/typed.h"

namespace bylaw::compiler {

void FindOpenKeys(TypedProgram& program);

}  // namespace bylaw::compiler

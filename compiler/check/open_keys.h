// The keys of queries: what makes a query open when it lies outside the snapshot (docs/language.md, "Members").
//
// A query's keys are the other sides e of the conjuncts `x.f == e` and `x == e` of its condition, x being a row of one of
// its models: a row that nobody sees may refer to e, or be e. Where e may be of other models than x, the key is e only if
// it is of x's. A define that is not recursive stands for its body: `exists a in assoc where of(a, s)` with
// `define of(a: assoc, s: subnet): bool = a.vpc == s.vpc` has the key `s.vpc`. So this runs once all bodies are there.
#pragma once

#include "compiler/check/typed.h"

namespace bylaw::compiler {

void FindOpenKeys(TypedProgram& program);

}  // namespace bylaw::compiler

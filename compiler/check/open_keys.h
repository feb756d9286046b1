// Open keys behind calls: a query is open by the keys of its condition also where a define says them.
//
// `exists a in assoc where of(a, s)` with `define of(a: assoc, s: subnet): bool = a.vpc == s.vpc` means what it means
// with the body written out, so `s.vpc` is a key of the query. The checker finds the keys that stand in the condition
// itself; this pass, which runs once all bodies are there, adds those behind calls of defines that are not recursive.
#pragma once

#include "compiler/check/typed.h"

namespace bylaw::compiler {

void AddOpenKeysBehindCalls(TypedProgram& program);

}  // namespace bylaw::compiler

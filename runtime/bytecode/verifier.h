// Verifier: what a Program must satisfy before it may run. It runs on every load, and on everything the compiler makes.
//
// After Verify a VM may rely on this without checking again:
//   - every index (type, constant, table, column, span, binding, call, query, function, relation, register) is in range;
//   - every register is written exactly once, before it is read, by code of its own block; its kind is what each instruction needs, deeply (list<string> is not list<cidr>);
//   - a query or lazy block is used by one instruction; functions call functions with a smaller index; nesting is at most kMaxNesting; so evaluation ends and
//     the depth of its stack is bounded;
//   - types nest at most kMaxNesting deep; a constant is what its type says (an ip, a version of its scheme …), and not large when written out, however often its parts are shared;
//   - maps that are read from inputs and texts have text for keys; what the runtime itself fills (accounts, regions) has columns that can hold it;
//   - a relation's disjuncts refer to relations of its own or an earlier stratum, and call no function that asks for a relation of its own or a later one.
// It says nothing about meaning: a forged program may give nonsense, but not harm.
#pragma once

#include "runtime/base/result.h"
#include "runtime/bytecode/program.h"

namespace bylaw {

/// How deeply stages, queries, lazy blocks and calls may stand in each other; and types.
inline constexpr int kMaxNesting = 256;

/// Ok, or the first thing found wrong, as a phrase: "query 3: stage 1: instruction 4 (`and`): register 9 is read before it is written".
Status Verify(const Program& program);

}  // namespace bylaw

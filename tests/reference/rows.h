// Rows as text, with everything that a snapshot can hold and a test's `given` cannot say: values that are unknown, references that may be one of
// several rows, rows that exist only possibly, tables that the snapshot does not cover.
//
//   m0 a { n: 3, s: "x", m: unknown, absent: null, r: b, q: outside "vpc-1", u: either b c, v: either b outside k, l: [1, 2] }
//   m1 b { n: -1 } possible
//   uncovered m1
//
// The name behind the model is the row's address; `r: b` refers to a row by it. Fields not given get their default, or are absent. `//` begins a comment.
// Tables and fields that a program does not read are left out: they change nothing.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/engine.h"

namespace bylaw::reference {

/// Makes the snapshot of `policies` that `text` says. Errors: what cannot be read, with its line.
Result<LoadedSnapshot> LoadRowText(const PolicySet& policies, const std::string& text, bool closed_world);

}  // namespace bylaw::reference

// Fixing policies by machine: the edits that the linter offers, applied until there are none left.
//
// Pipeline: above the facade; compiles, edits and compiles again. Pure but for reading imports; a call belongs to one
// thread, calls may run in parallel.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compiler/compiler.h"

namespace bylaw::compiler {

struct FixResult {
  std::vector<PolicyText> texts;  ///< in the order given; those that were edited are in the formatter's style
  size_t num_fixed = 0;           ///< findings
  CompileResult last;             ///< of `texts`: what is left
};

/// Compiles the texts with `options` and the linter and applies the edits of the findings of those `is_own` takes. Edits that
/// overlap wait for the next turn. Texts that do not compile, or would not with the edits, stay as they were.
FixResult FixPolicies(std::vector<PolicyText> texts, CompileOptions options,
                      const std::function<bool(const std::string& path)>& is_own);

}  // namespace bylaw::compiler

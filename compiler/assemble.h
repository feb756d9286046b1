// Making the program of a typed program again: another part of it, or after the typed program was changed. For whoever
// measures tests by changing policies (mutants.h).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/compiler.h"

namespace bylaw::compiler {

/// What of a typed program becomes a program, and how.
struct AssembleOptions {
  bool optimize = true;
  bool demand_all = false;
  bool tests = false;             ///< the conditions of tests, too
  std::vector<bool> judged = {};  ///< [rules of the typed program]; empty: all
};

/// Replaces the program of `result`, and what goes with it, by that of `result.typed` as it is now. Precondition: `result`
/// compiled without errors, and the typed program was changed only in ways that the checker would accept.
void Assemble(CompileResult& result, const AssembleOptions& options);

/// The policies given (not those that came in by import): path and file, in order.
std::vector<std::pair<std::string, FileId>> GivenFiles(const CompileResult& result);

}  // namespace bylaw::compiler

// Mutation: how many small mistakes the tests would notice. Each mutant of the policies (compiler/mutants.h) is assembled with just the rules that its tests judge, and those tests run until one
// fails.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/report/terminal.h"
#include "cli/test_runner.h"
#include "compiler/compiler.h"

namespace bylaw::cli {

/// A mutant that no test noticed.
struct Survivor {
  std::string file;
  uint32_t line = 0, column = 0;
  std::string unit, what;
  bool reached = false;  ///< some test judges by what it is in
};

struct MutationResult {
  uint64_t num_mutants = 0, num_noticed = 0;
  std::vector<Survivor> survivors;  ///< by place
  /// In percent; 100 where there are no mutants.
  double score() const;
};

/// Runs `tests` over every mutant. `compile` makes the same compilation again, with tests; it is called once a thread, one call at a time. Precondition: the tests pass.
/// Empty when a compilation failed.
std::optional<MutationResult> MutatePolicies(const std::function<std::optional<compiler::CompileResult>()>& compile, const std::vector<uint32_t>& tests, const TestOptions& options);

std::string MutationText(const MutationResult& result, const Palette& palette);

}  // namespace bylaw::cli

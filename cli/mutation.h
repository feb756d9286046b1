// Mutation: how many small mistakes the tests would notice. For each mutant of the policies (compiler/mutants.h) the tests that ask the condition around it run, a few at a time, until one fails; the
// program is assembled with just the rules that those few judge.
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
  bool reached = false;  ///< some test asks the condition that it is in, or judges by the unit where it is in none
};

struct MutationResult {
  uint64_t num_mutants = 0, num_noticed = 0;
  std::vector<Survivor> survivors;  ///< by place
  /// In percent; 100 where there are no mutants.
  double score() const;
};

/// Makes the same compilation again, with tests; observed or not.
using CompileForTests = std::function<std::optional<compiler::CompileResult>(bool observe)>;

/// Runs `tests` over every mutant. `compile` is called once a thread and once more, one call at a time. Precondition: the tests pass. Empty when a compilation failed.
std::optional<MutationResult> MutatePolicies(const CompileForTests& compile, const std::vector<uint32_t>& tests,
                                             const TestOptions& options);

std::string MutationText(const MutationResult& result, const Palette& palette);

}  // namespace bylaw::cli

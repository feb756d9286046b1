// Runs the tests that stand in policies: makes each test's snapshot, judges it, compares.
#pragma once

#include <string>
#include <vector>

#include "compiler/compiler.h"
#include "runtime/engine.h"

namespace bylaw::cli {

struct ExpectationFailure {
  std::string expected, actual;
  std::string file;   ///< where the expectation stands
  uint32_t line = 0;
};

struct TestOutcome {
  std::string package, name;
  std::string file;
  uint32_t line = 0;
  uint32_t num_expectations = 0;
  std::vector<ExpectationFailure> failures;
  std::string error;  ///< the snapshot could not be made
  bool passed() const { return failures.empty() && error.empty(); }
};

struct TestOptions {
  std::string filter = {};  ///< glob over test names; empty: all
  int64_t now = 0;
  uint32_t jobs = 1;
};

/// The outcome of every test of `compiled` (made with CompileOptions::tests) that the filter takes, in the order written.
std::vector<TestOutcome> RunTests(const compiler::CompileResult& compiled, const PolicySet& policies, const TestOptions& options);

}  // namespace bylaw::cli

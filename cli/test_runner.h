// Runs the tests that stand in policies: makes each test's snapshot, judges it, compares.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/compiler.h"
#include "runtime/engine.h"

namespace bylaw::cli {

struct ExpectationFailure {
  std::string expected, actual;
  std::string file;  ///< where the expectation stands
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
  std::string filter = {};  ///< over test names: a glob, or a part of the name; empty: all
  int64_t now = 0;
  uint32_t jobs = 1;
  std::chrono::milliseconds time_budget{0};  ///< of one test's judging; 0: none
  Observations* observations =
      nullptr;  ///< of a compilation that is observed: what its conditions come to is noted there
};

/// The tests of `compiled` that the filter takes: indices into TypedProgram::tests, in the order written.
std::vector<uint32_t> SelectTests(const compiler::CompileResult& compiled, const std::string& filter);

/// Runs one test of `compiled`, which was made with CompileOptions::tests. Several threads may run tests of one compilation.
TestOutcome RunTest(const compiler::CompileResult& compiled, const PolicySet& policies, uint32_t test,
                    const TestOptions& options);

/// The outcomes of `tests`, in their order.
std::vector<TestOutcome> RunTests(const compiler::CompileResult& compiled, const PolicySet& policies,
                                  const std::vector<uint32_t>& tests, const TestOptions& options);

}  // namespace bylaw::cli

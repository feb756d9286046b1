// What `bylaw test` prints: outcomes, coverage and mutation, for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/coverage.h"
#include "cli/mutation.h"
#include "cli/report/terminal.h"
#include "cli/test_runner.h"

namespace bylaw::cli {

struct TestReport {
  std::vector<TestOutcome> outcomes;  ///< in the order written
  std::optional<Coverage> coverage;
  std::optional<MutationResult> mutation;
};

struct TestStyle {
  bool color = false, verbose = false;
  size_t width = 80;
};

std::string TestText(const TestReport& report, const TestStyle& style);
std::string TestJUnit(const TestReport& report, const TestStyle& style);
std::string TestTap(const TestReport& report, const TestStyle& style);
std::string TestJson(const TestReport& report, const TestStyle& style);

}  // namespace bylaw::cli

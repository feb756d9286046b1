// Coverage: what of the policies their tests reach. Counted are rules, their clauses (`where`, each `require` and `forbid`), and both outcomes of every condition
// (compiler/conditions.h), in the policies given, not in those that they import.
//
//   compilation that is observed + Observations ──MeasureCoverage──► Coverage ──► text, JSON (coverage.cc); LCOV, HTML (coverage_files.cc)
//
// What was seen does not depend on the order of the tests, nor on the number of threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/report/terminal.h"
#include "compiler/compiler.h"
#include "runtime/base/observations.h"

namespace bylaw::cli {

struct Share {
  uint64_t covered = 0, all = 0;
  /// In percent; 100 of nothing.
  double percent() const;
};

struct CoverageCounts {
  std::string package;
  Share rules;     ///< of which some clause was judged
  Share clauses;   ///< that were judged; a `where`: that was asked
  Share outcomes;  ///< true and false of each condition
};

/// A rule, a define, or a mapping that has conditions.
struct CoveredUnit {
  std::string name;  ///< "rule NET-001", "define net.is_public", "mapping aws.subnet from terraform aws_subnet"
  uint32_t line = 0, column = 0;
  bool reached = false;  ///< some condition of it was asked
};

struct CoveredCondition {
  uint32_t line = 0, column = 0, end_line = 0;
  uint8_t seen = 0;          ///< Observations
  bool is_constant = false;  ///< it has no two outcomes
  bool is_whole() const {
    return seen != 0 && (is_constant || (seen & (Observations::kTrue | Observations::kFalse)) ==
                                            (Observations::kTrue | Observations::kFalse));
  }
};

/// What no test reached.
struct Uncovered {
  uint32_t line = 0, column = 0;
  std::string unit;
  std::string what;  ///< "`b.size >= 10` was never false"
};

struct CoveredFile {
  std::string path, text;
  std::vector<CoveredUnit> units;  ///< in the order of their places, as all of these
  std::vector<CoveredCondition> conditions;
  std::vector<Uncovered> uncovered;
};

struct Coverage {
  std::vector<CoverageCounts> packages;  ///< by name
  CoverageCounts total;
  std::vector<CoveredFile> files;  ///< those that have rules or defines with conditions, by path
};

/// Precondition: `compiled` is observed, and `observations` has as many conditions.
Coverage MeasureCoverage(const compiler::CompileResult& compiled, const Observations& observations);

/// A table by package, then what is not covered, one place a line.
std::string CoverageText(const Coverage& coverage, const Palette& palette);
nlohmann::ordered_json CoverageJson(const Coverage& coverage);
/// A trace file as geninfo(1) describes it: a unit as a function, a condition as a branch.
std::string CoverageLcov(const Coverage& coverage);
/// One page with nothing from elsewhere: the table, and each file's text with its lines coloured.
std::string CoverageHtml(const Coverage& coverage);

}  // namespace bylaw::cli

// Baseline: the findings that are known already, by fingerprint, so that a pipeline can begin with an old estate and
// stop only what is new.
//
// A baseline is JSON: {"bylaw": {"version": …, "baseline": 1}, "findings": [{"fingerprint", "verdict", "rule",
// "resource"}]}. A JSON report serves as one, too. Fails and undecided results are known; waived ones are not, so that
// they fail when their waiver ends. What was undecided and now fails is new.
//
// Thread safety: plain data.
#pragma once

#include <string>
#include <unordered_map>

#include "runtime/base/result.h"
#include "runtime/engine.h"

namespace bylaw::cli {

class Baseline {
 public:
  /// Errors: a file that cannot be read, is neither baseline nor report, or is of a version that this program does not
  /// know.
  static Result<Baseline> FromFile(const std::string& path);
  /// The text of a baseline of what `report` finds.
  static std::string Write(const Report& report);

  bool Knows(const ReportedResult& result) const;
  /// Sets ReportedResult::is_new throughout.
  void Mark(Report& report) const;

 private:
  std::unordered_map<std::string, Verdict> verdicts_;  ///< by fingerprint
};

}  // namespace bylaw::cli

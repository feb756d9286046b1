// The view of a framework: its controls, and how they stand. A control is what stands before and behind the colon in a
// rule's `controls`: "cis-aws-3.0.0:5.2".
//
// A control fails when one of its rules fails somewhere, is undecided when one is undecided, passes when its rules
// judged something and all of it passes or is waived, and is not covered when none of its rules judged anything.
// Controls that no rule names are not known here.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "runtime/engine.h"

namespace bylaw::cli {

enum class ControlStatus : uint8_t { kPassed, kNotCovered, kUndecided, kFailed };

struct ControlView {
  std::string id;  ///< "5.2"
  ControlStatus status = ControlStatus::kNotCovered;
  std::vector<std::string> rules;  ///< ids
  VerdictCounts counts;            ///< of these rules together
};

struct FrameworkView {
  std::string name;                   ///< "cis-aws-3.0.0"
  std::vector<ControlView> controls;  ///< in the order of their numbers
  size_t passed = 0, failed = 0, undecided = 0, not_covered = 0;
};

/// "passed", "not covered", "undecided", "failed".
std::string_view ControlStatusName(ControlStatus status);

/// Whether `control` belongs to `framework`: the part before the colon, or the whole ("cis-aws-3.0.0:5.2").
bool IsOfFramework(std::string_view control, std::string_view framework);

/// One view for each of `names`.
std::vector<FrameworkView> MakeFrameworkViews(const Report& report, const std::vector<std::string>& names);

}  // namespace bylaw::cli

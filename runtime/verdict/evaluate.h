// EvaluateRules: all rules of a program over a snapshot, in two phases, each spread over threads: judging finds all verdicts in fast, untraced runs over row ranges; explaining computes messages,
// causes and witnesses in traced runs over the rows that are to be reported, and no others.
//
// The report does not depend on the number of threads, nor on the batch size: results are merged in the order rule, tuple, clause.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/base/progress.h"
#include "runtime/base/result.h"
#include "runtime/verdict/finding.h"
#include "runtime/vm/evaluation.h"

namespace bylaw {

struct RuleOptions {
  uint32_t num_threads = 1;        ///< 0: one a core
  std::vector<bool> enabled = {};  ///< [num rules]; empty: all
  /// Of a rule with more rows to report than this, only so many are explained, the first ones by address; all are counted. 0: no limit. A rule that does not scan a table is explained whole.
  uint64_t max_explained_rows = 0;
  /// Findings for passes (one a tuple and clause) and for rows of the first variable that no tuple judged (kNotApplicable) too.
  bool all = false;
  /// Not null: only tuples whose first variable is one of these rows (references to rows, ascending) are judged, and only rules whose first variable may be one.
  const std::vector<Cell>* only = nullptr;
  bool inline_waivers = false;       ///< waivers that stand at resources are honoured
  WorkProgress* progress = nullptr;  ///< rules are counted into it
  /// Takes every verdict, in no particular order and from one thread at a time; then no findings are made.
  std::function<void(Judgement&&)> take = {};
};

struct RuleResult {
  uint32_t rule = 0;
  VerdictCounts
      tuples;  ///< each tuple that reached judgement counts once, with its worst clause; not applicable: rows of the first `for` variable without such a tuple
  VerdictCounts clauses;         ///< the same of each clause of each tuple by itself: what there is to report
  bool matched_nothing = false;  ///< it judged nothing
};

enum class WaiverProblem : uint8_t {
  kExpired,
  kMatchedNothing,
  kNoSuchRule,
  kInvalid,  ///< InlineWaiver::problem
};

/// A waiver that does not hold: it is past its date, covers nothing (any more), or says too little.
struct WaiverResult {
  uint32_t waiver = 0;  ///< WaiverList
  WaiverProblem problem = WaiverProblem::kMatchedNothing;
  uint64_t num_matches = 0;  ///< kExpired: fails that it would have covered
};

struct Verdicts {
  std::vector<RuleResult> rules;  ///< enabled rules, in program order
  std::vector<Finding> findings;  ///< by rule, tuple (row order), clause
  std::vector<WaiverResult> waivers;
};

/// Errors: limits of the evaluation's options; never the content of program or snapshot. The evaluation must have a snapshot.
Result<Verdicts> EvaluateRules(Evaluation& evaluation, const RuleOptions& options = {});

}  // namespace bylaw

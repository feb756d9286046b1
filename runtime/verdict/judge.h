// Judging and explaining: one rule over one range of the rows of its first variable. Internal to the layer; evaluate.cc spreads these over threads.
//
// Judging counts verdicts and notes the rows that have something to report; explaining runs some of those rows again, traced, and makes their findings.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "runtime/verdict/candidates.h"
#include "runtime/verdict/evaluate.h"
#include "runtime/verdict/waivers.h"
#include "runtime/vm/pipeline.h"

namespace bylaw {

/// What about a rule is the same for all its ranges.
struct RulePlan {
  uint32_t rule = 0;
  uint32_t root_stage = kNone;  ///< that generates the first variable; kNone: the snapshot as a whole is judged
  bool is_scan = false;  ///< the root stage is a scan of a table: it can be split by rows, and run again for some
  std::vector<uint32_t> waivers;  ///< WaiverList: those that name this rule and can hold
  std::map<Row, std::vector<uint32_t>>
      waivers_at;                      ///< of these those that stand at a resource, by its record; places in `waivers`
  std::vector<uint32_t> own_bindings;  ///< of the `for` variables: no witnesses
};

RulePlan MakePlan(const Program& program, uint32_t rule);
/// The same with the waivers of the rule.
RulePlan MakePlan(const Program& program, uint32_t rule, const WaiverList& waivers);

/// Of `rows` (references, ascending) those of the table that the rule's first variable ranges over; all of them where it may be of more than one.
std::span<const Cell> RowsOfRule(const Program& program, uint32_t rule, std::span<const Cell> rows);

struct RangeResult {
  VerdictCounts tuples, clauses;         ///< as of RuleResult
  bool reports = false;                  ///< there is something to report
  std::vector<Row> rows;                 ///< of a scan: those that have something to report, ascending
  AgreedVerdicts agreed;                 ///< what explaining must know
  std::vector<Judgement> judgements;     ///< with RuleOptions::take
  std::vector<uint64_t> waiver_matches;  ///< beside RulePlan::waivers: fails that each covers, or would cover
};

/// Judges the tuples whose first variable is one of the rows `begin` to `end` (for a rule that is no scan: all).
RangeResult JudgeRange(Evaluation& evaluation, RunControl& control, const RulePlan& plan, const WaiverList& waivers,
                       const RuleOptions& options, Row begin, Row end);

/// What there is to report of these rows (of a rule that is no scan: of all; `rows` is null), in their order. `agreed`: of the range that they are in.
std::vector<Finding> ExplainRows(Evaluation& evaluation, RunControl& control, const RulePlan& plan,
                                 const WaiverList& waivers, const RuleOptions& options, const AgreedVerdicts& agreed,
                                 const std::vector<Row>* rows);

}  // namespace bylaw

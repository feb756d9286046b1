// Candidates: a tuple that stays undecided because references on its way may be one of several rows is judged once with
// each combination of them; what all agree on is its verdict.
//
//   undecided tuple ──evidence──► the ambiguous references it rests on ──each combination──► a run with them assumed
//   ──► more such references, or verdicts
//
// A tuple with over kMaxCombinations of them stays unknown, and so does one of which a `for` variable is not known
// itself.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "runtime/verdict/finding.h"
#include "runtime/vm/pipeline.h"

namespace bylaw {

struct RulePlan;

inline constexpr size_t kMaxCombinations = 16;

/// What candidates agree on, by tuple (the cells of the `for` variables).
class AgreedVerdicts {
 public:
  void Agree(const std::vector<Cell>& tuple, uint32_t clause, Verdict verdict);

  bool empty() const { return verdicts_.empty(); }
  /// Whether no combination leaves the tuple to be judged.
  bool NotApplicable(const std::vector<Cell>& tuple) const;
  /// What an undecided clause comes to: kPass, kFail, or kUnknown if there is no agreement.
  Verdict Of(const std::vector<Cell>& tuple, uint32_t clause) const;

 private:
  std::map<std::vector<Cell>, std::map<uint32_t, Verdict>> verdicts_;
};

/// The cells of the `for` variables of a member; empty if one is not known.
std::vector<Cell> KnownTuple(const Rule& rule, const Batch& members, size_t index);

/// Judges the undecided tuples of these rows of the root table (null: of the whole rule) with their candidates.
AgreedVerdicts JudgeCandidates(EvaluationState& state, RunControl& control, const RulePlan& plan,
                               const std::vector<Row>* rows);

/// The verdict of a clause of a tuple that is certainly or possibly there.
Verdict JudgeClause(Tri condition, bool where_certain);

/// How all of a rule's runs go through its pipeline.
PipelineOptions RuleOptionsOf(const RulePlan& plan);

/// Runs the rule's pipeline; gives the number of roots. For a rule without a `for` variable, the snapshot is its one
/// root.
uint64_t RunRule(Worker& worker, const Rule& rule, PipelineSink& sink, const PipelineOptions& options);

}  // namespace bylaw

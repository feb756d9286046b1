#include "runtime/verdict/candidates.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include "runtime/verdict/judge.h"
#include "runtime/vm/relation.h"

namespace bylaw {

namespace {

/// Rows that are run with one evidence graph.
constexpr size_t kTracedRows = 256;
/// Runs with assumed references for one range of rows; what is still undecided after them stays unknown.
constexpr size_t kMaxRuns = 65536;
/// Causes of one clause that are looked at.
constexpr size_t kMaxCauses = 1024;

using Places = std::vector<Place>;  // sorted

bool Before(const Place& a, const Place& b) {
  return std::tie(a.table, a.row, a.column) < std::tie(b.table, b.row, b.column);
}

struct PlacesLess {
  bool operator()(const Places& a, const Places& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), Before);
  }
};

/// `a` and `b` together.
Places United(const Places& a, const Places& b) {
  Places result;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result), Before);
  return result;
}

std::span<const Cell> CandidatesAt(const Snapshot& snapshot, const Place& place) {
  if (place.table >= snapshot.num_tables() || place.column >= snapshot.table(place.table).columns.size()) return {};
  const Column& column = snapshot.column(place.table, place.column);
  if (place.row >= column.size() || !IsUnknown(column.state(place.row))) return {};
  const Cell cell = column.cell(place.row);
  return cell == 0 || cell > snapshot.num_candidate_lists() ? std::span<const Cell>()
                                                            : snapshot.candidates(static_cast<uint32_t>(cell - 1));
}

/// What a run says of one tuple.
struct Judged {
  bool certain = false;           ///< the tuple is there
  std::vector<Verdict> verdicts;  ///< [num clauses]
  std::vector<Places>
      ambiguous;  ///< [num clauses]: what an unknown one, or whether there is a clause to pass, rests on
};

using JudgedTuples = std::map<std::vector<Cell>, Judged>;

class TupleSink : public PipelineSink {
 public:
  TupleSink(Worker& worker, const Rule& rule, JudgedTuples& judged) : worker_(worker), rule_(rule), judged_(judged) {}

  void Members(const Batch& members) override {
    for (size_t i = 0; i < members.size() && !worker_.stopped(); ++i) {
      const std::vector<Cell> tuple = KnownTuple(rule_, members, i);
      if (tuple.size() != rule_.variables.size()) continue;
      const auto [entry, is_new] = judged_.try_emplace(tuple);
      if (!is_new) continue;  // the same elements of a list: judged alike
      Judged& judged = entry->second;
      judged.ambiguous.resize(rule_.clauses.size());
      const bool certain = judged.certain = members.membership[i] == Membership::kCertain;
      for (size_t clause = 0; clause < rule_.clauses.size(); ++clause) {
        const Vector& condition = members.frame->registers[rule_.clauses[clause].condition];
        const Tri required = condition.tri(members.lanes[i]);
        judged.verdicts.push_back(JudgeClause(required, certain));
        if (required == Tri::kUnknown) Add(condition.trace(members.lanes[i]), judged.ambiguous[clause]);
        if (!certain && !members.traces.empty()) Add(members.traces[i], judged.ambiguous[clause]);
      }
    }
  }

 private:
  void Add(EvidenceId trace, Places& places) {
    const Snapshot& snapshot = *worker_.state().snapshot;
    Places found;
    for (const CauseRef& cause : worker_.evidence().Explain(trace, kMaxCauses).causes) {
      const Place place{cause.table, cause.row, cause.column};
      if (cause.table == kNone || cause.row == kNone || cause.column == kNone || CandidatesAt(snapshot, place).empty())
        continue;
      if (worker_.state().Assumed(place) == nullptr) found.push_back(place);
    }
    std::sort(found.begin(), found.end(), Before);
    found.erase(std::unique(found.begin(), found.end(),
                            [](const Place& a, const Place& b) { return !Before(a, b) && !Before(b, a); }),
                found.end());
    places = United(places, found);
  }

  Worker& worker_;
  const Rule& rule_;
  JudgedTuples& judged_;
};

/// `reads_relations` becomes true when the verdicts rest on recursive defines.
JudgedTuples RunTuples(EvaluationState& state, RunControl& control, const RulePlan& plan, const std::vector<Row>* rows,
                       bool* reads_relations) {
  const Rule& rule = state.program.rules[plan.rule];
  JudgedTuples judged;
  PipelineOptions options = RuleOptionsOf(plan);
  for (size_t first = 0; !control.stopped();) {
    Evidence evidence(/*exhaustive=*/true);
    Worker worker(state, control, &evidence);
    TupleSink sink(worker, rule, judged);
    std::vector<Row> part;
    if (rows != nullptr) {
      const size_t end = std::min(rows->size(), first + kTracedRows);
      part.assign(rows->begin() + static_cast<std::ptrdiff_t>(first), rows->begin() + static_cast<std::ptrdiff_t>(end));
      options.rows = &part;
      first = end;
    }
    RunRule(worker, rule, sink, options);
    *reads_relations |= !worker.tuple_evidence.empty();
    if (rows == nullptr || first >= rows->size()) break;
  }
  return judged;
}

size_t NumCombinations(const Snapshot& snapshot, const Places& places) {
  size_t number = 1;
  for (const Place& place : places) {
    number = std::min(number * CandidatesAt(snapshot, place).size(), kMaxCombinations + 1);
  }
  return number;
}

/// All the ambiguous references that relations may rest on; none if they have too many combinations. Evidence tells of
/// one derivation of a relation's tuple, and there may be others.
Places AmbiguousInRelations(EvaluationState& state) {
  const Program& program = state.program;
  const Snapshot& snapshot = *state.snapshot;
  Places places;
  if (program.relations.empty()) return places;
  for (const ColumnRef& ref : program.columns) {
    if (ref.table >= snapshot.num_tables() || !state.relations().ReadsColumn(ref.table, ref.column)) continue;
    if (state.kind(program.tables[ref.table].columns[ref.column].type) != TypeKind::kRef) continue;
    Places found;
    for (const auto& [row, cause] : snapshot.column(ref.table, ref.column).causes) {
      const Place place{ref.table, row, ref.column};
      if (!CandidatesAt(snapshot, place).empty()) found.push_back(place);
    }
    std::sort(found.begin(), found.end(), Before);
    places = United(places, found);
    if (NumCombinations(snapshot, places) > kMaxCombinations) return {};
  }
  return places;
}

/// A clause of a tuple on its way to agreement.
struct Undecided {
  std::vector<Cell> tuple;
  uint32_t clause = 0;
  bool any_fail = false, any_pass = false, any_absent = false, any_unknown = false;
  bool is_there = false;       ///< passes, and is surely judged
  bool stays_unknown = false;  ///< whatever is assumed of the references that it is known to rest on
  Places more = {};            ///< such references

  void Take(const Judged& judged) {
    const Verdict verdict = judged.verdicts[clause];
    any_fail |= verdict == Verdict::kFail;
    any_pass |= verdict == Verdict::kPass;
    any_unknown |= verdict == Verdict::kUnknown;
    is_there |= verdict == Verdict::kPass && judged.certain;
    stays_unknown |= verdict == Verdict::kUnknown && judged.ambiguous[clause].empty();
    more = United(more, judged.ambiguous[clause]);
  }
  bool split() const { return any_fail && (any_pass || any_absent); }
  /// Whether the combinations left can change nothing.
  bool settled() const { return split() || stays_unknown; }
  /// Whether the combinations agree but for whether the tuple is there at all.
  bool passes() const { return !any_fail && !any_unknown; }
  /// Whether they agree, and more of them would say the same.
  bool decided() const { return !any_unknown && !split() && (any_fail || !any_pass || is_there); }
};

}  // namespace

void AgreedVerdicts::Agree(const std::vector<Cell>& tuple, uint32_t clause, Verdict verdict) {
  verdicts_[tuple][clause] = verdict;
}

bool AgreedVerdicts::NotApplicable(const std::vector<Cell>& tuple) const {
  const auto found = verdicts_.find(tuple);
  if (found == verdicts_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [](const auto& clause) { return clause.second == Verdict::kNotApplicable; });
}

Verdict AgreedVerdicts::Of(const std::vector<Cell>& tuple, uint32_t clause) const {
  const auto found = verdicts_.find(tuple);
  if (found == verdicts_.end()) return Verdict::kUnknown;
  const auto verdict = found->second.find(clause);
  return verdict == found->second.end() ? Verdict::kUnknown : verdict->second;
}

std::vector<Cell> KnownTuple(const Rule& rule, const Batch& members, size_t index) {
  std::vector<Cell> tuple;
  for (Register variable : rule.variables) {
    const Vector& vector = members.frame->registers[variable];
    if (!vector.is_known(members.lanes[index])) return {};
    tuple.push_back(vector.cells[members.lanes[index]]);
  }
  return tuple;
}

AgreedVerdicts JudgeCandidates(EvaluationState& state, RunControl& control, const RulePlan& plan,
                               const std::vector<Row>* rows) {
  AgreedVerdicts agreed;
  const Snapshot& snapshot = *state.snapshot;
  std::map<Places, std::vector<Undecided>, PlacesLess> work;
  bool reads_relations = false;
  const JudgedTuples as_they_are = RunTuples(state, control, plan, rows, &reads_relations);
  const Places in_relations = AmbiguousInRelations(state);
  for (const auto& [tuple, judged] : as_they_are) {
    for (uint32_t clause = 0; clause < judged.verdicts.size(); ++clause) {
      if (judged.verdicts[clause] != Verdict::kUnknown) continue;
      const Places& named = judged.ambiguous[clause];
      const Places& places = named.empty() && reads_relations ? in_relations : named;
      if (!places.empty()) work[places].push_back({.tuple = tuple, .clause = clause});
    }
  }
  for (size_t num_runs = 0; !work.empty() && !control.stopped();) {
    auto node = work.extract(work.begin());
    const Places& places = node.key();
    std::vector<Undecided>& items = node.mapped();
    const size_t num_combinations = NumCombinations(snapshot, places);
    if (num_combinations > kMaxCombinations || num_runs + num_combinations > kMaxRuns) continue;
    num_runs += num_combinations;
    for (size_t combination = 0; combination < num_combinations && !control.stopped(); ++combination) {
      std::vector<AssumedReference> assumed;
      size_t rest = combination;
      for (const Place& place : places) {
        const std::span<const Cell> candidates = CandidatesAt(snapshot, place);
        assumed.push_back({place, candidates[rest % candidates.size()]});
        rest /= candidates.size();
      }
      std::vector<Row> live;
      for (const Undecided& item : items) {
        if (!item.settled() && plan.is_scan) live.push_back(RefCell::row(item.tuple[0]));
      }
      std::sort(live.begin(), live.end());
      live.erase(std::unique(live.begin(), live.end()), live.end());
      if (plan.is_scan && live.empty()) break;
      EvaluationState with(state, std::move(assumed));
      const JudgedTuples judged = RunTuples(with, control, plan, plan.is_scan ? &live : nullptr, &reads_relations);
      for (Undecided& item : items) {
        if (item.settled()) continue;
        const auto found = judged.find(item.tuple);
        if (found == judged.end()) {
          item.any_absent = true;
          continue;
        }
        item.Take(found->second);
      }
    }
    if (control.stopped()) break;
    const Places with_relations = United(places, in_relations);
    for (Undecided& item : items) {
      if (item.split()) continue;
      if (item.decided() || item.passes()) {
        agreed.Agree(item.tuple, item.clause,
                     item.any_fail   ? Verdict::kFail
                     : item.any_pass ? Verdict::kPass
                                     : Verdict::kNotApplicable);
      }
      if (item.decided()) continue;
      // A pass of a tuple that may not be there stands, if more combinations do not show that it is never there.
      Places next = item.stays_unknown ? Places() : United(places, item.more);
      if (next.size() <= places.size() && reads_relations) next = with_relations;
      if (next.size() > places.size()) work[next].push_back({.tuple = std::move(item.tuple), .clause = item.clause});
    }
  }
  return agreed;
}

}  // namespace bylaw

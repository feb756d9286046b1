// Explain: a derivation (verdict/derivation.h) with texts and places, for `bylaw why`.
#include <algorithm>

#include "runtime/engine.h"
#include "runtime/engine_evaluation.h"
#include "runtime/verdict/derivation.h"
#include "runtime/verdict/judge.h"

namespace bylaw {
namespace {

class Explainer {
 public:
  explicit Explainer(const LoadedSnapshot& loaded) : program_(loaded.policies.program()), snapshot_(*loaded.snapshot) {}

  ExplainedTuple MakeTuple(const DerivedTuple& derived, const Rule& rule) {
    ExplainedTuple tuple;
    tuple.variables = MakeSteps(derived.variables);
    tuple.conditions = MakeSteps(derived.conditions);
    tuple.applies = derived.applies;
    for (const DerivedClause& clause : derived.clauses) {
      ExplainedClause made{.clause = clause.clause + 1, .verdict = clause.verdict, .expression = {}};
      SetSpan(rule.clauses[clause.clause].span, &made.expression);
      made.expression.steps = MakeSteps(clause.steps);
      tuple.clauses.push_back(std::move(made));
    }
    return tuple;
  }

  /// Finds the places of all steps made so far, in one pass over the inputs.
  void Locate(std::vector<ExplainedTuple>& tuples) {
    const std::vector<Location> locations = snapshot_.LocateAll(places_);
    size_t next = 0;
    for (ExplainedTuple& tuple : tuples) {
      Place(tuple.variables, locations, &next);
      Place(tuple.conditions, locations, &next);
      for (ExplainedClause& clause : tuple.clauses) Place(clause.expression.steps, locations, &next);
    }
  }

 private:
  void SetSpan(uint32_t index, ExplainedStep* step) const {
    if (index >= program_.spans.size()) return;
    const SourceSpan& span = program_.spans[index];
    step->expression = {
        .file = program_.source_files[span.file], .line = span.line, .column = span.column, .pointer = {}};
    step->end_line = span.end_line, step->end_column = span.end_column;
  }

  std::vector<ExplainedStep> MakeSteps(const std::vector<DerivationStep>& derived) {
    std::vector<ExplainedStep> steps;
    for (const DerivationStep& from : derived) {
      ExplainedStep step;
      SetSpan(from.span, &step);
      step.label = snapshot_.sensitive()->Hide(from.label);
      step.value = snapshot_.sensitive()->Hide(from.value);
      const bool has_place = from.table != kNone && from.row != kNone;
      if (has_place) places_.push_back({from.table, from.row, from.column});
      placed_.push_back(has_place);
      if (has_place && from.column == kNone) step.resource = Resource(from.table, from.row);
      step.steps = MakeSteps(from.steps);
      steps.push_back(std::move(step));
    }
    return steps;
  }

  std::optional<ReportedResource> Resource(TableId table, Row row) const {
    const TableData& data = snapshot_.table(table);
    if (row >= data.records.size() || data.records[row] >= snapshot_.num_records()) return std::nullopt;
    const Record& record = snapshot_.record(data.records[row]);
    auto text = [&](StringId id) { return id == kNone ? std::string() : std::string(snapshot_.strings().Text(id)); };
    return ReportedResource{.model = program_.tables[table].name,
                            .type = text(record.type),
                            .address = text(record.address),
                            .id = text(record.id),
                            .account = text(record.account),
                            .region = text(record.region)};
  }

  /// In the order in which MakeSteps went: a step before what it rests on.
  void Place(std::vector<ExplainedStep>& steps, const std::vector<Location>& locations, size_t* next) {
    for (ExplainedStep& step : steps) {
      if (placed_[step_++]) step.location = locations[(*next)++];
      Place(step.steps, locations, next);
    }
  }

  const Program& program_;
  const Snapshot& snapshot_;
  std::vector<bylaw::Place> places_;
  std::vector<bool> placed_;
  size_t step_ = 0;
};

size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// The row of `table` at `address`, by address or id; else an error that names the nearest.
Result<Row> FindRow(const Program& program, const Snapshot& snapshot, TableId table, const std::string& address) {
  const TableData& data = snapshot.table(table);
  std::string nearest;
  size_t least = std::max<size_t>(3, address.size() / 2);
  for (Row row = 0; row < data.num_rows; ++row) {
    if (row >= data.records.size() || data.records[row] >= snapshot.num_records()) continue;
    const Record& record = snapshot.record(data.records[row]);
    const std::string_view name = snapshot.strings().Text(record.address);
    if (name == address || (record.id != kNone && snapshot.strings().Text(record.id) == address)) return row;
    constexpr size_t kMostCompared = 200;
    if (name.size() > kMostCompared || address.size() > kMostCompared) continue;
    if (const size_t distance = Distance(name, address); distance < least) least = distance, nearest = name;
  }
  return Error{
      .message = fmt::format("no `{}` in the inputs has the address or id `{}`", program.tables[table].name, address),
      .file = {},
      .hint = nearest.empty() ? fmt::format("`bylaw check … --all` lists what the rule looks at: {} resource{}",
                                            data.num_rows, data.num_rows == 1 ? "" : "s")
                              : fmt::format("did you mean `{}`?", nearest)};
}

}  // namespace

Result<std::vector<ExplainedTuple>> Explain(const LoadedSnapshot& loaded, uint32_t index, const std::string& address,
                                            const CheckOptions& options) {
  const Program& program = loaded.policies.program();
  if (index >= program.rules.size())
    return Error{.message = fmt::format("the program has no rule {}", index), .file = {}};
  const Rule& rule = program.rules[index];
  Evaluation evaluation(program, *loaded.snapshot, MakeEvaluationOptions(options));
  BYLAW_RETURN_IF_ERROR(SetParams(options.params, evaluation));
  const RulePlan plan = MakePlan(program, index);
  Row row = kNone;
  if (plan.is_scan) {
    BYLAW_ASSIGN(const Row found, FindRow(program, *loaded.snapshot, rule.stages[plan.root_stage].table, address));
    row = found;
  }
  BYLAW_ASSIGN(const std::vector<DerivedTuple> derived, Derive(evaluation, index, row));
  Explainer explainer(loaded);
  std::vector<ExplainedTuple> tuples;
  for (const DerivedTuple& tuple : derived) tuples.push_back(explainer.MakeTuple(tuple, rule));
  explainer.Locate(tuples);
  return tuples;
}

}  // namespace bylaw

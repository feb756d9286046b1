// Explain: a derivation (verdict/derivation.h) with texts and places, for `bylaw why`.
#include <algorithm>
#include <map>
#include <unordered_map>

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

  /// Finds the places of all steps made so far, in one pass over the inputs. `answers`: what was made, in that order.
  void Locate(const std::vector<std::vector<ExplainedTuple>*>& answers) {
    const std::vector<Location> locations = snapshot_.LocateAll(places_);
    size_t next = 0;
    for (std::vector<ExplainedTuple>* tuples : answers) {
      for (ExplainedTuple& tuple : *tuples) {
        Place(tuple.variables, locations, &next);
        Place(tuple.conditions, locations, &next);
        for (ExplainedClause& clause : tuple.clauses) Place(clause.expression.steps, locations, &next);
      }
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
    const Row record_id = snapshot_.record_id(table, row);
    if (record_id == kNone) return std::nullopt;
    const Record& record = snapshot_.record(record_id);
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

/// The rows of a table by the address and the id of their resource, which may have several.
class RowsByName {
 public:
  RowsByName(const Snapshot& snapshot, TableId table)
      : snapshot_(snapshot), table_(table), num_rows_(snapshot.num_rows(table)) {
    for (Row row = 0; row < num_rows_; ++row) {
      const Row id = snapshot_.record_id(table_, row);
      if (id == kNone) continue;
      const Record& record = snapshot_.record(id);
      rows_[snapshot_.strings().Text(record.address)].push_back(row);
      if (record.id != kNone && record.id != record.address) rows_[snapshot_.strings().Text(record.id)].push_back(row);
    }
  }

  std::span<const Row> Find(std::string_view name) const {
    const auto found = rows_.find(name);
    return found == rows_.end() ? std::span<const Row>() : found->second;
  }

  Error NoneAt(const std::string& table, const std::string& name) const {
    constexpr size_t kMostCompared = 200;
    std::string_view nearest;
    size_t least = std::max<size_t>(3, name.size() / 2);
    for (Row row = 0; row < num_rows_ && name.size() <= kMostCompared; ++row) {
      if (snapshot_.record_id(table_, row) == kNone) continue;
      const std::string_view address = snapshot_.address(table_, row);
      if (address.size() > kMostCompared) continue;
      if (const size_t distance = Distance(address, name); distance < least) least = distance, nearest = address;
    }
    return {.message = fmt::format("no `{}` in the inputs has the address or id `{}`", table, name),
            .file = {},
            .hint = nearest.empty() ? fmt::format("`bylaw check … --all` lists what the rule looks at: {} resource{}",
                                                  num_rows_, num_rows_ == 1 ? "" : "s")
                                    : fmt::format("did you mean `{}`?", nearest)};
  }

 private:
  const Snapshot& snapshot_;
  const TableId table_;
  const Row num_rows_;
  std::unordered_map<std::string_view, std::vector<Row>> rows_;
};

/// Explains one request after the other in one evaluation, so that what they share (relations, say) is computed once.
class ExplainingRun {
 public:
  ExplainingRun(const LoadedSnapshot& loaded, const CheckOptions& options)
      : program_(loaded.policies.program()),
        snapshot_(*loaded.snapshot),
        evaluation_(program_, snapshot_, MakeEvaluationOptions(options)),
        explainer_(loaded) {}

  Status SetParams(const CheckOptions& options) { return bylaw::SetParams(options.params, evaluation_); }

  /// Without places so far. No tuples, and an error in `*missing`: the rule does not range over such a resource.
  Result<std::vector<ExplainedTuple>> Tell(const ExplainRequest& request, std::optional<Error>* missing) {
    if (request.rule >= program_.rules.size())
      return Error{.message = fmt::format("the program has no rule {}", request.rule), .file = {}};
    const Rule& rule = program_.rules[request.rule];
    const RulePlan plan = MakePlan(program_, request.rule);
    static constexpr Row kNoRow = kNone;
    std::span<const Row> found(&kNoRow, 1);
    if (plan.is_scan) {
      const TableId table = rule.stages[plan.root_stage].table;
      const auto [rows, is_new] = rows_.try_emplace(table);
      if (is_new) rows->second = std::make_unique<RowsByName>(snapshot_, table);
      found = rows->second->Find(request.address);
      if (found.empty()) {
        *missing = rows->second->NoneAt(program_.tables[table].name, request.address);
        return std::vector<ExplainedTuple>();
      }
    }
    std::vector<ExplainedTuple> tuples;
    for (const Row row : found) {
      BYLAW_ASSIGN(const std::vector<DerivedTuple> derived, Derive(evaluation_, request.rule, row));
      for (const DerivedTuple& tuple : derived) tuples.push_back(explainer_.MakeTuple(tuple, rule));
    }
    return tuples;
  }

  /// Gives all tuples told so far, in their order, the places of their steps.
  void Locate(const std::vector<std::vector<ExplainedTuple>*>& answers) { explainer_.Locate(answers); }

 private:
  const Program& program_;
  const Snapshot& snapshot_;
  Evaluation evaluation_;
  Explainer explainer_;
  std::map<TableId, std::unique_ptr<RowsByName>> rows_;
};

}  // namespace

Result<std::vector<ExplainedTuple>> Explain(const LoadedSnapshot& loaded, uint32_t rule, const std::string& address,
                                            const CheckOptions& options) {
  ExplainingRun run(loaded, options);
  BYLAW_RETURN_IF_ERROR(run.SetParams(options));
  std::optional<Error> missing;
  BYLAW_ASSIGN(std::vector<ExplainedTuple> tuples, run.Tell({rule, address}, &missing));
  if (missing) return *missing;
  run.Locate({&tuples});
  return tuples;
}

Result<std::vector<std::vector<ExplainedTuple>>> ExplainAll(const LoadedSnapshot& loaded,
                                                            std::span<const ExplainRequest> requests,
                                                            const CheckOptions& options) {
  ExplainingRun run(loaded, options);
  BYLAW_RETURN_IF_ERROR(run.SetParams(options));
  std::vector<std::vector<ExplainedTuple>> answers(requests.size());
  std::vector<std::vector<ExplainedTuple>*> told;
  for (size_t i = 0; i < requests.size(); ++i) {
    std::optional<Error> missing;
    BYLAW_ASSIGN(answers[i], run.Tell(requests[i], &missing));
    told.push_back(&answers[i]);
  }
  run.Locate(told);
  return answers;
}

}  // namespace bylaw

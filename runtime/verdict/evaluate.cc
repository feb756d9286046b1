#include "runtime/verdict/evaluate.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "runtime/verdict/judge.h"

namespace bylaw {

namespace {

/// Rows that one task judges: enough to keep threads busy without asking for work too often.
constexpr Row kRowsPerTask = 16384;
/// Rows that are explained with one evidence graph.
constexpr size_t kExplainedRows = 256;

struct JudgingTask {
  size_t plan;
  Row begin, end;
};

struct ExplainingTask {
  size_t judged;          ///< the judging task whose verdicts these are
  std::vector<Row> rows;  ///< of a scan
};

/// Does `work` for 0 … num_tasks - 1, spread over threads, until the control stops.
void Spread(size_t num_tasks, uint32_t num_threads, RunControl& control, WorkProgress* progress,
            const std::function<void(size_t)>& work) {
  if (progress != nullptr) progress->total_rules += num_tasks;
  std::atomic<size_t> next{0};
  auto run = [&] {
    for (size_t i = next++; i < num_tasks && !control.stopped(); i = next++) {
      control.Poll();
      work(i);
      if (progress != nullptr) ++progress->rules;
    }
  };
  if (num_threads == 0) num_threads = std::max(1u, std::thread::hardware_concurrency());
  num_threads = static_cast<uint32_t>(std::min<size_t>(num_threads, num_tasks));
  std::vector<std::thread> threads;
  for (uint32_t i = 1; i < num_threads; ++i) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();
}

/// The first `limit` of a table's rows (ascending), by address; ascending again.
void KeepFirst(const Snapshot& snapshot, TableId table, size_t limit, std::vector<Row>* rows) {
  if (limit == 0 || rows->size() <= limit) return;
  std::vector<std::pair<std::string_view, Row>> by_address;
  by_address.reserve(rows->size());
  for (const Row row : *rows) by_address.emplace_back(snapshot.address(table, row), row);
  std::nth_element(by_address.begin(), by_address.begin() + static_cast<std::ptrdiff_t>(limit), by_address.end());
  rows->resize(limit);
  for (size_t i = 0; i < limit; ++i) (*rows)[i] = by_address[i].second;
  std::sort(rows->begin(), rows->end());
}

std::vector<JudgingTask> MakeJudgingTasks(const EvaluationState& state, const WaiverList& waivers,
                                          const RuleOptions& options, std::vector<RulePlan>* plans) {
  const Program& program = state.program;
  std::vector<JudgingTask> tasks;
  for (uint32_t rule = 0; rule < program.rules.size(); ++rule) {
    if (rule < options.enabled.size() && !options.enabled[rule]) continue;
    const std::span<const Cell> only =
        options.only == nullptr ? std::span<const Cell>() : RowsOfRule(program, rule, *options.only);
    if (options.only != nullptr && only.empty()) continue;
    plans->push_back(MakePlan(program, rule, waivers));
    const RulePlan& plan = plans->back();
    if (!plan.is_scan) {
      tasks.push_back({plans->size() - 1, 0, kNone});
    } else if (options.only != nullptr) {
      for (const Cell row : only) tasks.push_back({plans->size() - 1, RefCell::row(row), RefCell::row(row) + 1});
    } else {
      const Row num_rows = state.num_rows(program.rules[rule].stages[plan.root_stage].table);
      Row begin = 0;
      for (; num_rows - begin > kRowsPerTask; begin += kRowsPerTask)
        tasks.push_back({plans->size() - 1, begin, begin + kRowsPerTask});
      tasks.push_back({plans->size() - 1, begin, num_rows});
    }
  }
  return tasks;
}

/// In the order of the judging tasks `judging`, whose results are `judged`.
std::vector<ExplainingTask> MakeExplainingTasks(const EvaluationState& state, const RuleOptions& options,
                                                const std::vector<RulePlan>& plans,
                                                const std::vector<JudgingTask>& judging,
                                                const std::vector<RangeResult>& judged) {
  std::vector<ExplainingTask> tasks;
  for (size_t first = 0, last = 0; first < judging.size(); first = last) {
    while (last < judging.size() && judging[last].plan == judging[first].plan) ++last;
    const RulePlan& plan = plans[judging[first].plan];
    if (!plan.is_scan) {
      if (judged[first].reports || options.all) tasks.push_back({first, {}});
      continue;
    }
    std::vector<Row> rows;
    for (size_t i = first; i < last; ++i) {
      if (options.all) {
        for (Row row = judging[i].begin; row < judging[i].end; ++row) rows.push_back(row);
      } else {
        rows.insert(rows.end(), judged[i].rows.begin(), judged[i].rows.end());
      }
    }
    KeepFirst(*state.snapshot, state.program.rules[plan.rule].stages[plan.root_stage].table, options.max_explained_rows,
              &rows);
    size_t of = first;
    for (const Row row : rows) {
      while (row >= judging[of].end) ++of;
      if (tasks.empty() || tasks.back().judged != of || tasks.back().rows.size() == kExplainedRows)
        tasks.push_back({of, {}});
      tasks.back().rows.push_back(row);
    }
  }
  return tasks;
}

}  // namespace

Result<Verdicts> EvaluateRules(Evaluation& evaluation, const RuleOptions& options) {
  const Program& program = evaluation.program();
  EvaluationState& state = evaluation.state();
  if (state.snapshot == nullptr) return Error{.message = "rules need a snapshot", .file = {}};

  const WaiverList waivers(program, *state.snapshot, options.inline_waivers);
  std::vector<RulePlan> plans;
  const std::vector<JudgingTask> judging = MakeJudgingTasks(state, waivers, options, &plans);
  RunControl control(evaluation.options());
  std::vector<RangeResult> judged(judging.size());
  std::mutex taking;
  Spread(judging.size(), options.num_threads, control, options.progress, [&](size_t i) {
    judged[i] =
        JudgeRange(evaluation, control, plans[judging[i].plan], waivers, options, judging[i].begin, judging[i].end);
    if (!options.take) return;
    const std::lock_guard lock(taking);
    for (Judgement& judgement : std::exchange(judged[i].judgements, {})) options.take(std::move(judgement));
  });
  if (std::optional<Error> error = control.error()) return *error;

  const std::vector<ExplainingTask> explaining =
      options.take ? std::vector<ExplainingTask>() : MakeExplainingTasks(state, options, plans, judging, judged);
  std::vector<std::vector<Finding>> findings(explaining.size());
  Spread(explaining.size(), options.num_threads, control, options.progress, [&](size_t i) {
    const RulePlan& plan = plans[judging[explaining[i].judged].plan];
    findings[i] = ExplainRows(evaluation, control, plan, waivers, options, judged[explaining[i].judged].agreed,
                              plan.is_scan ? &explaining[i].rows : nullptr);
  });
  if (std::optional<Error> error = control.error()) return *error;

  Verdicts verdicts;
  std::vector<uint64_t> waiver_matches(waivers.size(), 0);
  std::vector<uint8_t> waiver_has_rule(waivers.size(), 0);
  for (size_t i = 0; i < judging.size(); ++i) {
    const RulePlan& plan = plans[judging[i].plan];
    if (verdicts.rules.empty() || verdicts.rules.back().rule != plan.rule) {
      verdicts.rules.push_back({.rule = plan.rule, .tuples = {}, .clauses = {}});
      for (uint32_t waiver : plan.waivers) waiver_has_rule[waiver] = 1;
    }
    verdicts.rules.back().tuples += judged[i].tuples;
    verdicts.rules.back().clauses += judged[i].clauses;
    for (size_t w = 0; w < judged[i].waiver_matches.size(); ++w)
      waiver_matches[plan.waivers[w]] += judged[i].waiver_matches[w];
  }
  for (std::vector<Finding>& part : findings) {
    for (Finding& finding : std::exchange(part, {})) verdicts.findings.push_back(std::move(finding));
  }
  for (RuleResult& rule : verdicts.rules)
    rule.matched_nothing = rule.tuples.fail + rule.tuples.unknown + rule.tuples.pass + rule.tuples.waived == 0;

  std::vector<uint8_t> names_rule(waivers.size(), 0);
  for (const Rule& rule : program.rules) {
    for (const uint32_t w : waivers.Of(rule)) names_rule[w] = 1;
  }
  for (uint32_t w = 0; w < waivers.size(); ++w) {
    if (!waivers.IsValid(w)) {
      verdicts.waivers.push_back({w, WaiverProblem::kInvalid, 0});
    } else if (names_rule[w] == 0) {
      verdicts.waivers.push_back({w, WaiverProblem::kNoSuchRule, 0});
    } else if (waivers.IsExpired(w, evaluation.options().now)) {
      verdicts.waivers.push_back({w, WaiverProblem::kExpired, waiver_matches[w]});
    } else if (waiver_has_rule[w] != 0 && waiver_matches[w] == 0) {
      verdicts.waivers.push_back({w, WaiverProblem::kMatchedNothing, 0});
    }
  }
  return verdicts;
}

}  // namespace bylaw

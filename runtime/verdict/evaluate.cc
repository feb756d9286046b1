#include "runtime/verdict/evaluate.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/verdict/judge.h"

namespace bylaw {

namespace {

/// Rows that one task judges: enough to keep threads busy without asking for work too often.
constexpr Row kRowsPerTask = 16384;

struct Task {
  size_t plan;
  Row begin, end;
};

}  // namespace

Result<Verdicts> EvaluateRules(Evaluation& evaluation, const RuleOptions& options) {
  const Program& program = evaluation.program();
  EvaluationState& state = evaluation.state();
  if (state.snapshot == nullptr) return Error{.message = "rules need a snapshot", .file = {}};

  const WaiverList waivers(program, *state.snapshot, options.inline_waivers);
  std::vector<RulePlan> plans;
  std::vector<Task> tasks;
  for (uint32_t rule = 0; rule < program.rules.size(); ++rule) {
    if (rule < options.enabled.size() && !options.enabled[rule]) continue;
    if (options.only != nullptr) {
      const std::span<const Cell> rows = RowsOfRule(program, rule, *options.only);
      if (rows.empty()) continue;
      plans.push_back(MakePlan(program, rule, waivers));
      if (!plans.back().is_scan) {
        tasks.push_back({plans.size() - 1, 0, kNone});
        continue;
      }
      for (const Cell row : rows) tasks.push_back({plans.size() - 1, RefCell::row(row), RefCell::row(row) + 1});
      continue;
    }
    plans.push_back(MakePlan(program, rule, waivers));
    const RulePlan& plan = plans.back();
    uint32_t num_rows = plan.is_scan ? state.num_rows(program.rules[rule].stages[plan.root_stage].table) : 0;
    Row begin = 0;
    do {
      Row end = plan.is_scan && num_rows - begin > kRowsPerTask ? begin + kRowsPerTask : kNone;
      tasks.push_back({plans.size() - 1, begin, end});
      begin = end;
    } while (begin != kNone);
  }

  RunControl control(evaluation.options());
  std::vector<RangeResult> results(tasks.size());
  if (options.progress != nullptr) options.progress->total_rules += tasks.size();
  std::atomic<size_t> next{0};
  std::mutex taking;
  auto work = [&] {
    for (size_t i = next++; i < tasks.size() && !control.stopped(); i = next++) {
      control.Poll();
      results[i] = JudgeRange(evaluation, control, plans[tasks[i].plan], waivers, options, tasks[i].begin, tasks[i].end);
      if (options.take) {
        const std::lock_guard lock(taking);
        for (Judgement& judgement : std::exchange(results[i].judgements, {})) options.take(std::move(judgement));
      }
      if (options.progress != nullptr) ++options.progress->rules;
    }
  };
  uint32_t num_threads = options.num_threads == 0 ? std::max(1u, std::thread::hardware_concurrency()) : options.num_threads;
  num_threads = static_cast<uint32_t>(std::min<size_t>(num_threads, tasks.size()));
  std::vector<std::thread> threads;
  for (uint32_t i = 1; i < num_threads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (std::optional<Error> error = control.error()) return *error;

  Verdicts verdicts;
  std::vector<uint64_t> waiver_matches(waivers.size(), 0);
  std::vector<uint8_t> waiver_has_rule(waivers.size(), 0);
  for (size_t i = 0; i < tasks.size(); ++i) {
    const RulePlan& plan = plans[tasks[i].plan];
    if (verdicts.rules.empty() || verdicts.rules.back().rule != plan.rule) {
      verdicts.rules.push_back({.rule = plan.rule});
      for (uint32_t waiver : plan.waivers) waiver_has_rule[waiver] = 1;
    }
    RuleResult& rule = verdicts.rules.back();
    RangeResult& range = results[i];
    rule.fail += range.fail;
    rule.unknown += range.unknown;
    rule.pass += range.pass;
    rule.waived += range.waived;
    rule.not_applicable += range.not_applicable;
    rule.omitted_findings += range.num_findings;  // less those that are given, below
    for (size_t w = 0; w < range.waiver_matches.size(); ++w) waiver_matches[plan.waivers[w]] += range.waiver_matches[w];
    uint64_t kept = 0;
    for (auto finding = verdicts.findings.rbegin(); finding != verdicts.findings.rend() && finding->rule == plan.rule && options.max_findings_per_rule != 0; ++finding) ++kept;
    for (Finding& finding : range.findings) {
      if (options.max_findings_per_rule != 0 && kept >= options.max_findings_per_rule) break;
      ++kept;
      --rule.omitted_findings;
      verdicts.findings.push_back(std::move(finding));
    }
  }
  for (RuleResult& rule : verdicts.rules) rule.matched_nothing = rule.fail + rule.unknown + rule.pass + rule.waived == 0;

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

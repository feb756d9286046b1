#include "cli/test_runner.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/given_rows.h"
#include "runtime/builtins/glob.h"

namespace bylaw::cli {
namespace {

using compiler::Expectation;
using compiler::TestRow;
using compiler::TypedExpect;
using compiler::TypedTest;

std::string_view Name(Expectation expectation) {
  switch (expectation) {
    case Expectation::kFails: return "fails";
    case Expectation::kPasses: return "passes";
    case Expectation::kUnknown: return "unknown";
    case Expectation::kNotApplicable: return "not applicable";
    case Expectation::kWaived: return "waived";
    case Expectation::kTrue: return "true";
  }
  return "";
}

class TestRun {
 public:
  TestRun(const compiler::CompileResult& compiled, const PolicySet& policies, const TestOptions& options, uint32_t test)
      : compiled_(compiled),
        policies_(policies),
        options_(options),
        test_index_(test),
        test_(compiled.typed->tests[test]) {}

  TestOutcome Run() {
    outcome_.package = test_.package;
    outcome_.name = test_.name;
    outcome_.num_expectations = static_cast<uint32_t>(test_.expects.size());
    Place(test_.span, outcome_.file, outcome_.line);
    Result<LoadedSnapshot> snapshot = MakeSnapshot();
    if (!snapshot.ok()) {
      outcome_.error = snapshot.error().ToString();
      return std::move(outcome_);
    }
    std::set<uint32_t> rules;
    for (const TypedExpect& expect : test_.expects) {
      if (expect.expectation != Expectation::kTrue && expect.rule_index < compiled_.rule_of_typed.size())
        rules.insert(compiled_.rule_of_typed[expect.rule_index]);
    }
    const Program& program = policies_.program();
    CheckOptions check;
    check.now = test_.now.value_or(options_.now);
    check.all = true;
    check.time_budget = options_.time_budget;
    check.observations = options_.observations;
    check.selects = [&](const Rule& rule) {
      return rules.contains(static_cast<uint32_t>(&rule - program.rules.data()));
    };
    for (const auto& [param, value] : test_.settings) check.params[param->name] = SettingText(*value);
    const Result<Report> report = Check(*snapshot, check);
    if (!report.ok()) {
      outcome_.error = report.error().ToString();
      return std::move(outcome_);
    }
    for (uint32_t i = 0; i < test_.expects.size(); ++i) {
      const TypedExpect& expect = test_.expects[i];
      if (expect.expectation == Expectation::kTrue) {
        Judge(expect, i, *snapshot, check);
      } else {
        Judge(expect, *report);
      }
    }
    return std::move(outcome_);
  }

 private:
  void Place(const compiler::Span& span, std::string& file, uint32_t& line) const {
    if (!span.valid()) return;
    const compiler::SourceFile& source = compiled_.sources->file(span.file_id);
    file = source.path();
    line = source.Locate(span.begin).line;
  }

  void Fail(const TypedExpect& expect, std::string expected, std::string actual) {
    ExpectationFailure failure{.expected = std::move(expected), .actual = std::move(actual), .file = {}};
    Place(expect.span, failure.file, failure.line);
    outcome_.failures.push_back(std::move(failure));
  }

  /// The value of a `given PARAM = VALUE` as it is written in the policy, in the form that params are given in: JSON for collections.
  std::string SettingText(const compiler::Expr& value, bool in_collection = false) const {
    using compiler::ExprKind;
    if (value.kind == ExprKind::kConvert) return SettingText(*value.operands[0], in_collection);
    const bool is_map = value.kind == ExprKind::kMakeMap;
    if (is_map || value.kind == ExprKind::kMakeList || value.kind == ExprKind::kMakeSet) {
      std::string text;
      for (size_t i = 0; i < value.operands.size(); ++i) {
        text += i == 0 ? "" : is_map && i % 2 == 1 ? ": " : ", ";
        text += SettingText(*value.operands[i], true);
      }
      return is_map ? "{" + text + "}" : "[" + text + "]";  // params take sets as JSON lists
    }
    const bool is_text = value.constant && !value.constant->text.empty();
    const std::string_view written =
        compiled_.sources->file(value.span.file_id).Slice(value.span.begin, value.span.end);
    const std::string text = is_text ? value.constant->text : std::string(written);
    const TypeKind kind = value.type->kind;
    const bool is_json = kind == TypeKind::kBool || kind == TypeKind::kInt || kind == TypeKind::kFloat;
    if (!in_collection || is_json) return text;
    return nlohmann::json(is_text || kind != TypeKind::kString ? text : "").dump();
  }

  // ---- the snapshot

  Result<LoadedSnapshot> MakeSnapshot() {
    if (!test_.given_files.empty()) {
      std::string policy;
      uint32_t line = 0;
      Place(test_.span, policy, line);
      std::vector<ImportInput> inputs;
      for (const std::string& file : test_.given_files)
        inputs.push_back({.path = (std::filesystem::path(policy).parent_path() / file).string()});
      return Load(policies_, inputs, {.observations = options_.observations});
    }
    return LoadRows(policies_, [&](SnapshotBuilder& builder) { return AddGivenRows(test_, builder); });
  }

  // ---- expectations

  static Expectation ExpectationOf(Verdict verdict) {
    switch (verdict) {
      case Verdict::kFail: return Expectation::kFails;
      case Verdict::kUnknown: return Expectation::kUnknown;
      case Verdict::kWaived: return Expectation::kWaived;
      case Verdict::kPass: return Expectation::kPasses;
      case Verdict::kNotApplicable: return Expectation::kNotApplicable;
    }
    return Expectation::kPasses;
  }

  void Judge(const TypedExpect& expect, const Report& report) {
    std::string expected = fmt::format("{} {}", expect.rule, Name(expect.expectation));
    if (!expect.resource.empty()) expected += fmt::format(" for \"{}\"", expect.resource);
    if (expect.has_message) expected += fmt::format(" with message \"{}\"", expect.message_glob);
    if (expect.has_because) expected += fmt::format(" because \"{}\"", expect.because_glob);

    const uint32_t rule_index =
        expect.rule_index < compiled_.rule_of_typed.size() ? compiled_.rule_of_typed[expect.rule_index] : kNone;
    if (rule_index == kNone) return Fail(expect, std::move(expected), "the rule is not among the policies under test");
    const std::string& rule_id = policies_.program().rules[rule_index].id;
    // The verdict of each resource is its worst clause's; text is compared with the clauses that have that verdict.
    std::vector<const ReportedResult*> results;
    Verdict worst = Verdict::kNotApplicable;
    for (const ReportedResult& result : report.results) {
      const bool matches = expect.resource.empty() || result.resource.address == expect.resource ||
                           MatchesGlob(expect.resource, result.resource.address);
      if (report.rules[result.rule].id != rule_id || !matches) continue;
      results.push_back(&result);
      worst = std::max(worst, result.verdict);
    }
    if (results.empty())
      return Fail(expect, std::move(expected),
                  expect.resource.empty() ? "the rule judged nothing" : "the rule judged no resource of that address");
    const bool verdict_fits = ExpectationOf(worst) == expect.expectation;
    const bool text_fits = std::any_of(results.begin(), results.end(), [&](const ReportedResult* result) {
      if (result->verdict != worst) return false;
      if (expect.has_message && !MatchesGlob(expect.message_glob, result->message)) return false;
      return !expect.has_because ||
             std::any_of(result->causes.begin(), result->causes.end(), [&](const ReportedCause& cause) {
               return cause.reason.find(expect.because_glob) != std::string::npos ||
                      MatchesGlob(expect.because_glob, cause.reason);
             });
    });
    if (verdict_fits && text_fits) return;
    Fail(expect, std::move(expected), Describe(results, worst));
  }

  static std::string Describe(const std::vector<const ReportedResult*>& results, Verdict worst) {
    std::string text(Name(ExpectationOf(worst)));
    for (const ReportedResult* result : results) {
      if (result->verdict != worst) continue;
      if (!result->message.empty() && worst == Verdict::kFail)
        text += fmt::format(", with message \"{}\"", result->message);
      for (const ReportedCause& cause : result->causes) text += fmt::format(", because {}", cause.reason);
      break;
    }
    return text;
  }

  void Judge(const TypedExpect& expect, uint32_t index, const LoadedSnapshot& snapshot, const CheckOptions& check) {
    const auto condition =
        std::find_if(compiled_.test_conditions.begin(), compiled_.test_conditions.end(),
                     [&](const compiler::TestCondition& c) { return c.test == test_index_ && c.expect == index; });
    BYLAW_CHECK(condition != compiled_.test_conditions.end(), "test {} expectation {} was not compiled", test_index_,
                index);
    std::vector<Cell> arguments;
    for (const auto& [variable, row] : test_.variables) arguments.push_back(FindRow(*snapshot.snapshot, *row));
    const Result<QueryValue> value = Evaluate(snapshot, condition->function, arguments, check);
    if (!value.ok()) return Fail(expect, "true", value.error().ToString());
    if (value->state == State::kKnown && value->text == "true") return;
    std::string actual = value->text;
    for (const ReportedCause& cause : value->causes) actual += fmt::format(", because {}", cause.reason);
    Fail(expect, fmt::format("{} is true", ConditionText(expect)), std::move(actual));
  }

  std::string ConditionText(const TypedExpect& expect) const {
    return fmt::format("`{}`", compiled_.sources->Text(expect.condition->span));
  }

  Cell FindRow(const Snapshot& snapshot, const TestRow& row) const {
    const TableId table = TableOf(policies_.program(), *row.model);
    for (Row i = 0; table != kNone && i < snapshot.num_rows(table); ++i) {
      if (snapshot.strings().Text(snapshot.record_of(table, i).address) == row.address) return RefCell::Make(table, i);
    }
    return RefCell::Make(kNone - 2, 0);  // of a table that no rule reads: nothing can be asked of it
  }

  const compiler::CompileResult& compiled_;
  const PolicySet& policies_;
  const TestOptions& options_;
  const uint32_t test_index_;
  const TypedTest& test_;
  TestOutcome outcome_;
};

}  // namespace

namespace {

bool Takes(const std::string& filter, const std::string& name) {
  if (filter.find_first_of("*?") == std::string::npos) return name.find(filter) != std::string::npos;
  return MatchesGlob(filter, name);
}

}  // namespace

std::vector<uint32_t> SelectTests(const compiler::CompileResult& compiled, const std::string& filter) {
  std::vector<uint32_t> selected;
  for (uint32_t i = 0; i < compiled.typed->tests.size(); ++i) {
    const TypedTest& test = compiled.typed->tests[i];
    // Tests of packages that came in by import alone have rules that are not in the program.
    const bool own = std::any_of(test.expects.begin(), test.expects.end(), [&](const TypedExpect& expect) {
      return expect.expectation == Expectation::kTrue || expect.rule_index >= compiled.rule_of_typed.size() ||
             compiled.rule_of_typed[expect.rule_index] != kNone;
    });
    if (own && (filter.empty() || Takes(filter, test.name))) selected.push_back(i);
  }
  return selected;
}

TestOutcome RunTest(const compiler::CompileResult& compiled, const PolicySet& policies, uint32_t test,
                    const TestOptions& options) {
  return TestRun(compiled, policies, options, test).Run();
}

std::vector<TestOutcome> RunTests(const compiler::CompileResult& compiled, const PolicySet& policies,
                                  const std::vector<uint32_t>& tests, const TestOptions& options) {
  std::vector<TestOutcome> outcomes(tests.size());
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t i = next++; i < tests.size(); i = next++) outcomes[i] = RunTest(compiled, policies, tests[i], options);
  };
  std::vector<std::thread> threads;
  for (uint32_t i = 1; i < std::min<size_t>(options.jobs, tests.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return outcomes;
}

}  // namespace bylaw::cli

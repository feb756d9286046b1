#include "cli/mutation.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <span>
#include <thread>
#include <tuple>

#include <fmt/format.h>

#include "compiler/assemble.h"
#include "compiler/mutants.h"
#include "runtime/base/check.h"
#include "runtime/base/observations.h"

namespace bylaw::cli {
namespace {

/// A mutant may make a recursion or a join much larger; a test that takes this long has noticed.
constexpr std::chrono::seconds kLongestTest{10};

/// How many tests are compiled for at once, and run, before the next ones: most mistakes are noticed by the first.
constexpr std::array<size_t, 4> kTestsAtOnce = {1, 4, 16, SIZE_MAX};

/// What the conditions of the policies came to in each test.
class Reach {
 public:
  Reach(const compiler::CompileResult& observed, const PolicySet& policies, const std::vector<uint32_t>& tests,
        const TestOptions& options)
      : conditions_(observed.conditions.conditions), seen_(observed.typed->tests.size()) {
    for (uint32_t test : tests) {
      seen_[test] = std::make_unique<Observations>(conditions_.size());
      TestOptions observing = options;
      observing.observations = seen_[test].get();
      RunTest(observed, policies, test, observing);
    }
  }

  /// Whether the test ever asked the innermost condition around the place, if there is one. What is within a condition that it did not ask cannot change what it sees.
  std::function<bool(uint32_t test)> AsksAround(compiler::Span span) const {
    std::vector<uint32_t> innermost;  // several where the checker has copied an expression
    for (uint32_t i = 0; i < conditions_.size(); ++i) {
      const compiler::Span& around = conditions_[i].span;
      if (around.file_id != span.file_id || around.begin > span.begin || around.end < span.end) continue;
      const uint32_t size = around.end - around.begin;
      const uint32_t smallest =
          innermost.empty() ? size : conditions_[innermost[0]].span.end - conditions_[innermost[0]].span.begin;
      if (size > smallest) continue;
      if (size < smallest) innermost.clear();
      innermost.push_back(i);
    }
    return [this, innermost](uint32_t test) {
      return innermost.empty() || std::any_of(innermost.begin(), innermost.end(),
                                              [&](uint32_t condition) { return seen_[test]->seen(condition) != 0; });
    };
  }

 private:
  std::vector<compiler::Condition> conditions_;
  std::vector<std::unique_ptr<Observations>> seen_;  ///< [test]; null: it does not run
};

/// One thread's compilation, changed and assembled again and again.
class Laboratory {
 public:
  Laboratory(compiler::CompileResult compiled, const std::vector<uint32_t>& tests, const Reach& reach,
             const TestOptions& options)
      : compiled_(std::move(compiled)),
        tests_(tests),
        reach_(reach),
        options_(options),
        noticed_last_(compiled_.typed->tests.size(), 0) {
    std::set<compiler::FileId> given;
    for (const auto& [path, file_id] : compiler::GivenFiles(compiled_)) given.insert(file_id);
    mutants_.emplace(*compiled_.typed, *compiled_.sources,
                     [given](compiler::Span span) { return given.contains(span.file_id); });
    options_.jobs = 1;
    options_.time_budget = kLongestTest;
  }

  size_t num_mutants() const { return mutants_->all().size(); }

  bool IsNoticed(size_t mutant) {
    std::vector<uint32_t> tests = TestsOf(mutant);
    // What noticed the mutants before this one, which are of the same unit as a rule, is likely to notice it.
    std::stable_sort(tests.begin(), tests.end(),
                     [&](uint32_t a, uint32_t b) { return noticed_last_[a] > noticed_last_[b]; });
    mutants_->Apply(mutant);
    std::optional<uint32_t> noticing;
    std::span<const uint32_t> rest = tests;
    for (size_t round = 0; !rest.empty() && !noticing; ++round) {
      const size_t count = std::min(rest.size(), kTestsAtOnce[std::min(round, kTestsAtOnce.size() - 1)]);
      noticing = FirstFailing(rest.first(count));
      rest = rest.subspan(count);
    }
    mutants_->Undo(mutant);
    if (noticing) noticed_last_[*noticing] = ++num_noticed_;
    return noticing.has_value();
  }

  Survivor Describe(size_t index) const {
    const compiler::Mutant& mutant = mutants_->all()[index];
    const compiler::SourceFile& file = compiled_.sources->file(mutant.span.file_id);
    const compiler::LineColumn place = file.Locate(mutant.span.begin);
    return {.file = file.path(),
            .line = place.line,
            .column = place.column,
            .unit = mutant.unit,
            .what = mutant.what,
            .reached = !TestsOf(index).empty()};
  }

 private:
  std::vector<uint32_t> TestsOf(size_t mutant) const {
    const auto asks = reach_.AsksAround(mutants_->all()[mutant].span);
    std::vector<uint32_t> tests;
    for (uint32_t test : tests_) {
      if (mutants_->TestsOf(mutant)[test] && asks(test)) tests.push_back(test);
    }
    return tests;
  }

  /// Assembles the program as it is now, with what these tests need, and runs them until one fails.
  std::optional<uint32_t> FirstFailing(std::span<const uint32_t> tests) {
    compiler::AssembleOptions assemble{
        .optimize = false, .tests = true, .judged = std::vector<bool>(compiled_.typed->rules.size(), false)};
    std::vector<std::pair<compiler::ExprPtr*, compiler::ExprPtr>>
        set_aside;  // conditions of other tests are not compiled
    for (uint32_t test : tests) {
      for (const compiler::TypedExpect& expect : compiled_.typed->tests[test].expects) {
        if (expect.rule_index < assemble.judged.size()) assemble.judged[expect.rule_index] = true;
      }
    }
    for (uint32_t i = 0; i < compiled_.typed->tests.size(); ++i) {
      if (std::find(tests.begin(), tests.end(), i) != tests.end()) continue;
      for (compiler::TypedExpect& expect : compiled_.typed->tests[i].expects) {
        if (expect.condition != nullptr) set_aside.emplace_back(&expect.condition, std::move(expect.condition));
      }
    }
    compiler::Assemble(compiled_, assemble);
    std::optional<uint32_t> failing;
    const Result<PolicySet> policies = compiled_.program
                                           ? PolicySet::FromProgram(*compiled_.program)
                                           : Result<PolicySet>(Error{.message = "it does not compile", .file = {}});
    for (size_t i = 0; i < tests.size() && !failing; ++i) {
      if (!policies.ok() || !RunTest(compiled_, *policies, tests[i], options_).passed()) failing = tests[i];
    }
    for (auto& [slot, condition] : set_aside) *slot = std::move(condition);
    return failing;
  }

  compiler::CompileResult compiled_;
  const std::vector<uint32_t>& tests_;
  const Reach& reach_;
  TestOptions options_;
  std::optional<compiler::Mutants> mutants_;
  std::vector<uint64_t> noticed_last_;  ///< [test]: when it last noticed a mutant; 0: never
  uint64_t num_noticed_ = 0;
};

}  // namespace

double MutationResult::score() const {
  return num_mutants == 0 ? 100.0 : 100.0 * static_cast<double>(num_noticed) / static_cast<double>(num_mutants);
}

std::optional<MutationResult> MutatePolicies(const CompileForTests& compile, const std::vector<uint32_t>& tests,
                                             const TestOptions& options) {
  const std::optional<compiler::CompileResult> observed = compile(/*observe=*/true);
  if (!observed) return std::nullopt;
  const Result<PolicySet> policies = PolicySet::FromProgram(*observed->program);
  BYLAW_CHECK(policies.ok(), "the compiler made a program that does not verify: {}",
              policies.ok() ? "" : policies.error().message);
  const Reach reach(*observed, *policies, tests, options);
  std::vector<std::unique_ptr<Laboratory>> laboratories;
  for (uint32_t i = 0; i < std::max(1u, options.jobs); ++i) {
    std::optional<compiler::CompileResult> compiled = compile(/*observe=*/false);
    if (!compiled) return std::nullopt;
    laboratories.push_back(std::make_unique<Laboratory>(std::move(*compiled), tests, reach, options));
  }
  MutationResult result;
  result.num_mutants = laboratories[0]->num_mutants();
  std::vector<uint8_t> noticed(result.num_mutants, 0);
  std::atomic<size_t> next{0};
  auto work = [&](Laboratory& laboratory) {
    for (size_t i = next++; i < noticed.size(); i = next++) noticed[i] = laboratory.IsNoticed(i) ? 1 : 0;
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < laboratories.size(); ++i) threads.emplace_back(work, std::ref(*laboratories[i]));
  work(*laboratories[0]);
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < noticed.size(); ++i) {
    if (noticed[i] != 0) {
      ++result.num_noticed;
    } else {
      result.survivors.push_back(laboratories[0]->Describe(i));
    }
  }
  std::stable_sort(result.survivors.begin(), result.survivors.end(), [](const Survivor& a, const Survivor& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
  return result;
}

std::string MutationText(const MutationResult& result, const Palette& palette) {
  std::string out = fmt::format("{}mutation score {:.1f}%{}: tests noticed {} of {}\n", palette.bold, result.score(),
                                palette.reset, result.num_noticed, Plural(result.num_mutants, "mutant"));
  for (const Survivor& survivor : result.survivors) {
    out += fmt::format("{}:{}:{}: {}: {}{}\n", Visible(survivor.file), survivor.line, survivor.column,
                       Visible(survivor.unit), Visible(survivor.what), survivor.reached ? "" : " (no test reaches it)");
  }
  return out;
}

}  // namespace bylaw::cli

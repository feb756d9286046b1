#include "cli/mutation.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <tuple>

#include "compiler/assemble.h"
#include "compiler/mutants.h"

namespace bylaw::cli {
namespace {

/// A mutant may make a recursion or a join much larger; a test that takes this long has noticed.
constexpr std::chrono::seconds kLongestTest{10};

/// One thread's compilation, changed and assembled again and again.
class Laboratory {
 public:
  Laboratory(compiler::CompileResult compiled, const std::vector<uint32_t>& tests, const TestOptions& options) : compiled_(std::move(compiled)), tests_(tests), options_(options) {
    std::set<compiler::FileId> given;
    for (const auto& [path, file_id] : compiler::GivenFiles(compiled_)) given.insert(file_id);
    mutants_.emplace(*compiled_.typed, *compiled_.sources, [given](compiler::Span span) { return given.contains(span.file_id); });
    options_.jobs = 1;
    options_.time_budget = kLongestTest;
  }

  size_t num_mutants() const { return mutants_->all().size(); }

  bool IsReached(size_t mutant) const { return !TestsOf(mutant).empty(); }

  bool IsNoticed(size_t mutant) {
    const std::vector<uint32_t> tests = TestsOf(mutant);
    if (tests.empty()) return false;
    compiler::AssembleOptions assemble{.optimize = false, .tests = true, .judged = std::vector<bool>(compiled_.typed->rules.size(), false)};
    std::vector<std::pair<compiler::ExprPtr*, compiler::ExprPtr>> set_aside;  // conditions of other tests are not compiled
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
    mutants_->Apply(mutant);
    compiler::Assemble(compiled_, assemble);
    bool noticed = !compiled_.program.has_value();
    if (!noticed) {
      const Result<PolicySet> policies = PolicySet::FromProgram(*compiled_.program);
      noticed = !policies.ok() || std::any_of(tests.begin(), tests.end(), [&](uint32_t test) { return !RunTest(compiled_, *policies, test, options_).passed(); });
    }
    mutants_->Undo(mutant);
    for (auto& [slot, condition] : set_aside) *slot = std::move(condition);
    return noticed;
  }

  Survivor Describe(size_t index) const {
    const compiler::Mutant& mutant = mutants_->all()[index];
    const compiler::SourceFile& file = compiled_.sources->file(mutant.span.file_id);
    const compiler::LineColumn place = file.Locate(mutant.span.begin);
    return {.file = file.path(), .line = place.line, .column = place.column, .unit = mutant.unit, .what = mutant.what, .reached = IsReached(index)};
  }

 private:
  std::vector<uint32_t> TestsOf(size_t mutant) const {
    std::vector<uint32_t> tests;
    for (uint32_t test : tests_) {
      if (mutants_->TestsOf(mutant)[test]) tests.push_back(test);
    }
    return tests;
  }

  compiler::CompileResult compiled_;
  const std::vector<uint32_t>& tests_;
  TestOptions options_;
  std::optional<compiler::Mutants> mutants_;
};

}  // namespace

double MutationResult::score() const { return num_mutants == 0 ? 100.0 : 100.0 * static_cast<double>(num_noticed) / static_cast<double>(num_mutants); }

std::optional<MutationResult> MutatePolicies(const std::function<std::optional<compiler::CompileResult>()>& compile, const std::vector<uint32_t>& tests, const TestOptions& options) {
  std::vector<std::unique_ptr<Laboratory>> laboratories;
  for (uint32_t i = 0; i < std::max(1u, options.jobs); ++i) {
    std::optional<compiler::CompileResult> compiled = compile();
    if (!compiled) return std::nullopt;
    laboratories.push_back(std::make_unique<Laboratory>(std::move(*compiled), tests, options));
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
  std::stable_sort(result.survivors.begin(), result.survivors.end(), [](const Survivor& a, const Survivor& b) { return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column); });
  return result;
}

std::string MutationText(const MutationResult& result, const Palette& palette) {
  std::string out = fmt::format("{}mutation score {:.1f}%{}: tests noticed {} of {}\n", palette.bold, result.score(), palette.reset, result.num_noticed, Plural(result.num_mutants, "mutant"));
  for (const Survivor& survivor : result.survivors) {
    out += fmt::format("{}:{}:{}: {}: {}{}\n", Visible(survivor.file), survivor.line, survivor.column, Visible(survivor.unit), Visible(survivor.what), survivor.reached ? "" : " (no test reaches it)");
  }
  return out;
}

}  // namespace bylaw::cli

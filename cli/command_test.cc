// `bylaw test [PATH]…`: run the tests that stand in policies, and measure them.
#include "cli/command.h"

#include <algorithm>
#include <array>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/outputs.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "cli/test_report.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::vector<std::string> paths, formats;
  std::string filter, now;
  uint32_t jobs = 0;
  double min_coverage = 0, min_mutation = 0;
  bool verbose = false, coverage = false, mutate = false;
  std::vector<std::string> coverage_formats;
};

constexpr std::array<std::string_view, 4> kFormats = {"text", "junit", "json", "tap"};
constexpr std::array<std::string_view, 2> kCoverageFormats = {"lcov", "html"};

/// What `--coverage-format` asks for. Standard output is the test report's.
Result<std::vector<FormatOutput>> CoverageOutputs(const std::vector<std::string>& values) {
  if (values.empty()) return std::vector<FormatOutput>();
  auto outputs = ParseFormatOutputs(values, kCoverageFormats, "--coverage-format");
  if (!outputs.ok()) return outputs;
  for (const FormatOutput& output : *outputs) {
    if (output.path.empty()) {
      return Error{.message = fmt::format("`--coverage-format {}` names no file", output.format),
                   .file = {},
                   .hint = fmt::format("write `--coverage-format {}=FILE`", output.format)};
    }
  }
  return outputs;
}

std::string Write(const std::string& format, const TestReport& report, const TestStyle& style) {
  if (format == "json") return TestJson(report, style);
  if (format == "junit") return TestJUnit(report, style);
  if (format == "tap") return TestTap(report, style);
  return TestText(report, style);
}

int Run(const Options& options, const Invocation& invocation) {
  const Result<int64_t> now = Now(options.now);
  if (!now.ok()) return Complain(now.error());
  const auto outputs = ParseFormatOutputs(options.formats, kFormats, "--format");
  if (!outputs.ok()) return Complain(outputs.error());
  const auto coverage_outputs = CoverageOutputs(options.coverage_formats);
  if (!coverage_outputs.ok()) return Complain(coverage_outputs.error());
  const bool mutate = options.mutate || options.min_mutation > 0;
  const bool cover = options.coverage || options.min_coverage > 0 || !coverage_outputs->empty();

  const PolicyRequest request{.arguments = options.paths.empty() ? std::vector<std::string>{"."} : options.paths,
                              .tests = true};
  auto compile = [&](bool observe) {
    PolicyRequest this_request = request;
    this_request.observe = observe;
    return CompilePolicies(this_request, invocation);
  };
  const auto compiled = compile(cover);
  if (!compiled) return kCouldNot;
  const Result<PolicySet> policies = PolicySet::FromProgram(*compiled->program);
  BYLAW_CHECK(policies.ok(), "the compiler made a program that does not verify: {}",
              policies.ok() ? "" : policies.error().message);
  const std::vector<uint32_t> tests = SelectTests(*compiled, options.filter);
  if (tests.empty() && !options.filter.empty())
    return Complain(fmt::format("`--filter {}` names no test", options.filter));

  const TestOptions test_options{
      .filter = options.filter,
      .now = *now,
      .jobs = options.jobs == 0 ? std::max(1u, std::thread::hardware_concurrency()) : options.jobs};
  TestReport report;
  Observations observations(compiled->conditions.conditions.size());
  TestOptions observed_options = test_options;
  if (cover) observed_options.observations = &observations;
  report.outcomes = RunTests(*compiled, *policies, tests, observed_options);
  if (cover) report.coverage = MeasureCoverage(*compiled, observations);
  bool fine =
      std::all_of(report.outcomes.begin(), report.outcomes.end(), [](const TestOutcome& o) { return o.passed(); });
  std::vector<std::string> reasons;
  if (mutate && fine) {
    report.mutation = MutatePolicies(compile, tests, test_options);
    if (!report.mutation) return kCouldNot;
  } else if (mutate) {
    reasons.push_back("mutants are not judged while tests fail");
  }
  if (report.coverage && report.coverage->total.outcomes.percent() < options.min_coverage) {
    reasons.push_back(fmt::format("{:.1f}% of the outcomes are covered; --min-coverage asks for {:g}%",
                                  report.coverage->total.outcomes.percent(), options.min_coverage));
  }
  if (report.mutation && report.mutation->score() < options.min_mutation) {
    reasons.push_back(fmt::format("the mutation score is {:.1f}%; --min-mutation asks for {:g}%",
                                  report.mutation->score(), options.min_mutation));
  }
  fine = fine && reasons.empty();

  // Files first: with status 3 standard output holds no partial report.
  for (const FormatOutput& output : *coverage_outputs) {
    const std::string text = output.format == "lcov" ? CoverageLcov(*report.coverage) : CoverageHtml(*report.coverage);
    if (auto written = WriteOutput(output.path, text); !written.ok()) return Complain(written.error());
  }
  const FormatOutput* standard_output = nullptr;
  for (const FormatOutput& output : *outputs) {
    if (output.path.empty()) {
      standard_output = &output;
    } else if (auto written =
                   WriteOutput(output.path,
                               Write(output.format, report, {.color = false, .verbose = options.verbose, .width = 80}));
               !written.ok()) {
      return Complain(written.error());
    }
  }
  if (standard_output != nullptr) {
    const TestStyle style{
        .color = invocation.ColorOn(STDOUT_FILENO), .verbose = options.verbose, .width = TerminalWidth()};
    if (auto written = WriteOutput("", Write(standard_output->format, report, style)); !written.ok())
      return Complain(written.error());
  }
  for (const std::string& reason : reasons) fmt::print(stderr, "bylaw: {}\n", reason);
  return fine ? kFine : kFails;
}

}  // namespace

void AddTest(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("test", "run the tests that stand in policies");
  command->add_option("PATH", options->paths, "files, folders, shipped packs; default: the current folder");
  command->add_option("--format", options->formats, "text, junit, json, tap; FORMAT=FILE writes a file; several")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--filter", options->filter, "only tests whose name matches the glob, or holds the text");
  command->add_option("--now", options->now, "the time that `now` stands for");
  command->add_option("--jobs", options->jobs, "threads; default: one a core")->check(CLI::Range(1u, 1024u));
  command->add_flag("--verbose", options->verbose, "list the tests that pass, too");
  command->add_flag("--coverage", options->coverage,
                    "list the rules, clauses and outcomes of conditions that no test reaches");
  command
      ->add_option("--coverage-format", options->coverage_formats,
                   "lcov=FILE, html=FILE: write the coverage to a file as well; several")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--min-coverage", options->min_coverage, "status 1 below this share of covered outcomes, in percent")
      ->check(CLI::Range(0.0, 100.0));
  command->add_flag("--mutate", options->mutate, "list small changes to the policies that no test notices");
  command->add_option("--min-mutation", options->min_mutation, "status 1 below this mutation score, in percent")
      ->check(CLI::Range(0.0, 100.0));
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

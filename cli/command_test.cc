// `bylaw test [PATH]…`: run the tests that stand in policies.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "cli/test_runner.h"
#include "runtime/builtins/time.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string format = "text", filter, now;
  uint32_t jobs = 0;
  bool verbose = false;
};

std::string XmlEscaped(std::string_view text) {
  std::string out;
  for (char c : Visible(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string WhatFailed(const TestOutcome& outcome) {
  std::string text = outcome.error;
  for (const ExpectationFailure& failure : outcome.failures) {
    text += fmt::format("{}{}:{}: expected {}; came {}", text.empty() ? "" : "\n", failure.file, failure.line, failure.expected, failure.actual);
  }
  return text;
}

std::string Text(const std::vector<TestOutcome>& outcomes, const Options& options, const Palette& palette) {
  std::string out;
  for (const TestOutcome& outcome : outcomes) {
    if (outcome.passed()) {
      if (options.verbose) out += fmt::format("{}pass{}  {}\n", palette.green, palette.reset, Visible(outcome.name));
      continue;
    }
    out += fmt::format("{}FAIL{}  {}{}{}\n", palette.red, palette.reset, palette.bold, Visible(outcome.name), palette.reset);
    if (!outcome.error.empty()) out += fmt::format("  {}:{}: the snapshot could not be made\n    {}\n", outcome.file, outcome.line, Visible(outcome.error));
    for (const ExpectationFailure& failure : outcome.failures) {
      out += fmt::format("  {}:{}\n    expected  {}\n    came      {}\n", failure.file, failure.line, Wrap(Visible(failure.expected), TerminalWidth(), 14),
                         Wrap(Visible(failure.actual), TerminalWidth(), 14));
    }
  }
  const auto num_failed = static_cast<size_t>(std::count_if(outcomes.begin(), outcomes.end(), [](const TestOutcome& o) { return !o.passed(); }));
  return out + fmt::format("{}{} passed, {} failed{}\n", num_failed == 0 ? palette.green : palette.red, Plural(outcomes.size() - num_failed, "test"), num_failed, palette.reset);
}

std::string JUnit(const std::vector<TestOutcome>& outcomes) {
  size_t num_failed = 0;
  std::string cases;
  for (const TestOutcome& outcome : outcomes) {
    cases += fmt::format("  <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"", XmlEscaped(outcome.package), XmlEscaped(outcome.name), XmlEscaped(outcome.file), outcome.line);
    if (outcome.passed()) {
      cases += "/>\n";
    } else {
      ++num_failed;
      cases += fmt::format("><failure message=\"{}\"/></testcase>\n", XmlEscaped(WhatFailed(outcome)));
    }
  }
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"bylaw\" tests=\"{}\" failures=\"{}\">\n{}</testsuite>\n", outcomes.size(), num_failed, cases);
}

std::string Tap(const std::vector<TestOutcome>& outcomes) {
  std::string out = fmt::format("TAP version 13\n1..{}\n", outcomes.size());
  for (size_t i = 0; i < outcomes.size(); ++i) {
    out += fmt::format("{}ok {} - {}\n", outcomes[i].passed() ? "" : "not ", i + 1, Visible(outcomes[i].name));
    std::string_view what = outcomes[i].error;
    const std::string all = WhatFailed(outcomes[i]);
    for (what = all; !what.empty();) {
      const size_t end = std::min(what.find('\n'), what.size());
      out += "# " + Visible(what.substr(0, end)) + "\n";
      what.remove_prefix(std::min(end + 1, what.size()));
    }
  }
  return out;
}

std::string Json(const std::vector<TestOutcome>& outcomes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const TestOutcome& outcome : outcomes) {
    nlohmann::ordered_json failures = nlohmann::ordered_json::array();
    for (const ExpectationFailure& failure : outcome.failures) {
      failures.push_back({{"expected", failure.expected}, {"actual", failure.actual}, {"file", failure.file}, {"line", failure.line}});
    }
    list.push_back({{"package", outcome.package}, {"name", outcome.name}, {"file", outcome.file}, {"line", outcome.line}, {"passed", outcome.passed()}, {"error", outcome.error}, {"failures", failures}});
  }
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int Run(const Options& options, const Invocation& invocation) {
  const auto now = options.now.empty() ? std::optional<int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count())
                                       : ParseTime(options.now);
  if (!now) return Complain(fmt::format("`--now {}` is no time", options.now), "write 2027-03-31 or 2027-03-31T10:00:00Z");
  const std::vector<std::string> paths = options.paths.empty() ? std::vector<std::string>{"."} : options.paths;
  const auto compiled = CompilePolicies({.arguments = paths, .tests = true}, invocation);
  if (!compiled) return kCouldNot;
  const Result<PolicySet> policies = PolicySet::FromProgram(*compiled->program);
  BYLAW_CHECK(policies.ok(), "the compiler made a program that does not verify: {}", policies.ok() ? "" : policies.error().message);
  const uint32_t jobs = options.jobs == 0 ? std::max(1u, std::thread::hardware_concurrency()) : options.jobs;
  const std::vector<TestOutcome> outcomes = RunTests(*compiled, *policies, {.filter = options.filter, .now = *now, .jobs = jobs});
  if (outcomes.empty() && !options.filter.empty()) return Complain(fmt::format("`--filter {}` names no test", options.filter));
  const std::string out = options.format == "json"    ? Json(outcomes)
                          : options.format == "junit" ? JUnit(outcomes)
                          : options.format == "tap"   ? Tap(outcomes)
                                                      : Text(outcomes, options, Palette(invocation.ColorOn(STDOUT_FILENO)));
  if (auto written = WriteOutput("", out); !written.ok()) return Complain(written.error());
  return std::all_of(outcomes.begin(), outcomes.end(), [](const TestOutcome& o) { return o.passed(); }) ? kFine : kFails;
}

}  // namespace

void AddTest(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("test", "run the tests that stand in policies");
  command->add_option("PATH", options->paths, "files, folders, shipped packs; default: the current folder");
  command->add_option("--format", options->format, "text, junit, json or tap")->check(CLI::IsMember({"text", "junit", "json", "tap"}));
  command->add_option("--filter", options->filter, "only tests whose name matches");
  command->add_option("--now", options->now, "the time that `now` stands for");
  command->add_option("--jobs", options->jobs, "threads; default: one a core")->check(CLI::Range(1u, 1024u));
  command->add_flag("--verbose", options->verbose, "list the tests that pass, too");
  for (const char* name : {"--coverage", "--mutate"}) {
    command->add_flag_callback(name, [name] { throw CLI::ValidationError(name, "is not built yet"); }, "(not built yet)");
  }
  command->callback([options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

#include "cli/test_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/report/escape.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string WhatFailed(const TestOutcome& outcome) {
  std::string text = outcome.error;
  for (const ExpectationFailure& failure : outcome.failures) {
    text += fmt::format("{}{}:{}: expected {}; came {}", text.empty() ? "" : "\n", failure.file, failure.line,
                        failure.expected, failure.actual);
  }
  return text;
}

Json MutationJson(const MutationResult& mutation) {
  Json survivors = Json::array();
  for (const Survivor& survivor : mutation.survivors) {
    survivors.push_back({{"file", survivor.file},
                         {"line", survivor.line},
                         {"column", survivor.column},
                         {"unit", survivor.unit},
                         {"change", survivor.what},
                         {"reached", survivor.reached}});
  }
  return {{"mutants", mutation.num_mutants},
          {"noticed", mutation.num_noticed},
          {"score", mutation.score()},
          {"survivors", survivors}};
}

}  // namespace

std::string TestText(const TestReport& report, const TestStyle& style) {
  const Palette palette(style.color);
  const std::vector<TestOutcome>& outcomes = report.outcomes;
  std::string out;
  for (const TestOutcome& outcome : outcomes) {
    if (outcome.passed()) {
      if (style.verbose) out += fmt::format("{}pass{}  {}\n", palette.green, palette.reset, Visible(outcome.name));
      continue;
    }
    out += fmt::format("{}FAIL{}  {}{}{}\n", palette.red, palette.reset, palette.bold, Visible(outcome.name),
                       palette.reset);
    if (!outcome.error.empty())
      out += fmt::format("  {}:{}: the snapshot could not be made\n    {}\n", outcome.file, outcome.line,
                         Visible(outcome.error));
    for (const ExpectationFailure& failure : outcome.failures) {
      out +=
          fmt::format("  {}:{}\n    expected  {}\n    came      {}\n", failure.file, failure.line,
                      Wrap(Visible(failure.expected), style.width, 14), Wrap(Visible(failure.actual), style.width, 14));
    }
  }
  const auto num_failed = static_cast<size_t>(
      std::count_if(outcomes.begin(), outcomes.end(), [](const TestOutcome& o) { return !o.passed(); }));
  out += fmt::format("{}{} passed, {} failed{}\n", num_failed == 0 ? palette.green : palette.red,
                     Plural(outcomes.size() - num_failed, "test"), num_failed, palette.reset);
  if (report.coverage) out += CoverageText(*report.coverage, palette);
  if (report.mutation) out += MutationText(*report.mutation, palette);
  return out;
}

std::string TestJUnit(const TestReport& report, const TestStyle&) {
  const std::vector<TestOutcome>& outcomes = report.outcomes;
  size_t num_failed = 0;
  std::string cases;
  for (const TestOutcome& outcome : outcomes) {
    cases +=
        fmt::format("  <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"", EscapeMarkup(outcome.package),
                    EscapeMarkup(outcome.name), EscapeMarkup(outcome.file), outcome.line);
    if (outcome.passed()) {
      cases += "/>\n";
    } else {
      ++num_failed;
      cases += fmt::format("><failure message=\"{}\"/></testcase>\n", EscapeMarkup(WhatFailed(outcome)));
    }
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"bylaw\" tests=\"{}\" "
      "failures=\"{}\">\n{}</testsuite>\n",
      outcomes.size(), num_failed, cases);
}

std::string TestTap(const TestReport& report, const TestStyle&) {
  const std::vector<TestOutcome>& outcomes = report.outcomes;
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

std::string TestJson(const TestReport& report, const TestStyle&) {
  Json list = Json::array();
  size_t num_failed = 0;
  for (const TestOutcome& outcome : report.outcomes) {
    Json failures = Json::array();
    for (const ExpectationFailure& failure : outcome.failures) {
      failures.push_back(
          {{"expected", failure.expected}, {"actual", failure.actual}, {"file", failure.file}, {"line", failure.line}});
    }
    num_failed += !outcome.passed();
    list.push_back({{"package", outcome.package},
                    {"name", outcome.name},
                    {"file", outcome.file},
                    {"line", outcome.line},
                    {"passed", outcome.passed()},
                    {"error", outcome.error},
                    {"failures", failures}});
  }
  Json json = {
      {"summary",
       {{"tests", report.outcomes.size()}, {"passed", report.outcomes.size() - num_failed}, {"failed", num_failed}}},
      {"tests", list}};
  if (report.coverage) json["coverage"] = CoverageJson(*report.coverage);
  if (report.mutation) json["mutation"] = MutationJson(*report.mutation);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace bylaw::cli

// JUnit XML: a suite a rule, a case a result. A fail is a failure; an undecided result an error (skipped under
// --unknown ignore); a waived one is skipped.
#include <fmt/format.h>

#include "cli/report/escape.h"
#include "cli/report/report.h"
#include "cli/report/wording.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

struct Tally {
  size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  void Add(const Tally& other) {
    tests += other.tests, failures += other.failures, errors += other.errors, skipped += other.skipped;
  }
};

class JunitReport {
 public:
  JunitReport(const Report& report, const ReportStyle& style) : report_(report), style_(style) {}

  std::string Write() {
    std::string suites;
    Tally all;
    size_t next = 0;
    for (uint32_t rule = 0; rule < report_.rules.size(); ++rule) {
      std::string cases;
      Tally tally;
      for (; next < report_.results.size() && report_.results[next].rule == rule; ++next)
        cases += Case(report_.results[next], &tally);
      if (tally.tests == 0) {
        ++tally.tests;
        cases = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"/>\n",
                            EscapeMarkup(report_.rules[rule].id),
                            EscapeMarkup(fmt::format("{} pass, {} not applicable", report_.rules[rule].counts.pass,
                                                     report_.rules[rule].counts.not_applicable)));
      }
      const std::string name = report_.rules[rule].id + " " + RuleTitle(report_.rules[rule]);
      suites += fmt::format(
          "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\" "
          "timestamp=\"{}\">\n{}  </testsuite>\n",
          EscapeMarkup(name), tally.tests, tally.failures, tally.errors, tally.skipped,
          FormatTime(report_.now).substr(0, 19), cases);
      all.Add(tally);
    }
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"bylaw\" tests=\"{}\" failures=\"{}\" "
        "errors=\"{}\" time=\"0\">\n{}</testsuites>\n",
        all.tests, all.failures, all.errors, suites);
  }

 private:
  std::string Case(const ReportedResult& result, Tally* tally) const {
    ++tally->tests;
    const std::string head = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
                                         EscapeMarkup(report_.rules[result.rule].id),
                                         EscapeMarkup(ResourceName(result) + ClauseSuffix(result)));
    const std::string statement = EscapeMarkup(Statement(result));
    std::string body = statement;
    if (!result.location.file.empty()) body += "\nat " + EscapeMarkup(PlaceText(result.location));
    if (!result.fix.empty()) body += "\nfix: " + EscapeMarkup(result.fix);
    switch (result.verdict) {
      case Verdict::kFail:
        ++tally->failures;
        return fmt::format("{}>\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n", head,
                           SeverityName(result.severity), statement, body);
      case Verdict::kUnknown:
        if (style_.undecided_ignored) {
          ++tally->skipped;
          return fmt::format("{}>\n      <skipped message=\"{}\"/>\n    </testcase>\n", head, statement);
        }
        ++tally->errors;
        return fmt::format("{}>\n      <error type=\"undecided\" message=\"{}\">{}</error>\n    </testcase>\n", head,
                           statement, body);
      case Verdict::kWaived:
        ++tally->skipped;
        return fmt::format("{}>\n      <skipped message=\"{}\"/>\n    </testcase>\n", head,
                           EscapeMarkup("waived " + (result.waiver ? WaiverText(*result.waiver) : "")));
      case Verdict::kPass:
      case Verdict::kNotApplicable: break;
    }
    return head + "/>\n";
  }

  const Report& report_;
  const ReportStyle& style_;
};

}  // namespace

std::string WriteJunit(const Report& report, const ReportStyle& style) { return JunitReport(report, style).Write(); }

}  // namespace bylaw::cli

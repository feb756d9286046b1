// TAP 13: a test a result, and one for each rule without any. An undecided result is a TODO: not ok, and no failure; a
// waived one is skipped.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/report/escape.h"
#include "cli/report/report.h"
#include "cli/report/terminal.h"
#include "cli/report/wording.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

/// A description: `#` would begin a directive.
std::string Description(std::string_view text) {
  std::string out;
  for (char c : Visible(text)) {
    if (c == '#' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// A line of a YAML block; JSON strings are YAML strings.
std::string Field(std::string_view name, const std::string& text) {
  return text.empty() ? "" : fmt::format("  {}: {}\n", name, DumpJson(text, -1));
}

}  // namespace

std::string WriteTap(const Report& report, const ReportStyle& style) {
  std::string lines;
  size_t number = 0, next = 0;
  for (uint32_t rule = 0; rule < report.rules.size(); ++rule) {
    const std::string& id = report.rules[rule].id;
    if (next >= report.results.size() || report.results[next].rule != rule) {
      lines += fmt::format("ok {} - {}\n", ++number,
                           Description(fmt::format("{}: {} pass, {} not applicable", id, report.rules[rule].counts.pass,
                                                   report.rules[rule].counts.not_applicable)));
    }
    for (; next < report.results.size() && report.results[next].rule == rule; ++next) {
      const ReportedResult& result = report.results[next];
      const bool bad = result.verdict == Verdict::kFail || result.verdict == Verdict::kUnknown;
      lines += fmt::format("{} {} - {}", bad ? "not ok" : "ok", ++number,
                           Description(fmt::format("{}: {}{}", id, ResourceName(result), ClauseSuffix(result))));
      if (result.verdict == Verdict::kUnknown)
        lines += style.undecided_ignored ? " # SKIP undecided" : " # TODO undecided";
      if (result.verdict == Verdict::kWaived)
        lines += " # SKIP " + Description("waived " + (result.waiver ? WaiverText(*result.waiver) : ""));
      if (result.verdict == Verdict::kNotApplicable) lines += " # SKIP not applicable";
      lines += '\n';
      if (!bad) continue;
      lines += "  ---\n";
      lines += Field("message", Statement(result)) + Field("severity", std::string(SeverityName(result.severity))) +
               Field("at", PlaceText(result.location)) + Field("fix", result.fix);
      lines += "  ...\n";
    }
  }
  return fmt::format("TAP version 13\n1..{}\n{}", number, lines);
}

}  // namespace bylaw::cli

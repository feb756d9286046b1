// Workflow commands of GitHub Actions: a line an annotation, which the run's page and the pull request's files show at
// its place.
#include <fmt/format.h>

#include "cli/report/report.h"
#include "cli/report/terminal.h"
#include "cli/report/wording.h"

namespace bylaw::cli {
namespace {

std::string Replaced(std::string text, char from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, 1, to);
  return text;
}

/// The message of a command. Line breaks of our own are written as escapes; what comes from inputs holds none any more.
std::string Data(std::string_view text) { return Replaced(Visible(text), '%', "%25"); }

std::string Property(std::string_view text) { return Replaced(Replaced(Data(text), ':', "%3A"), ',', "%2C"); }

}  // namespace

std::string WriteGithub(const Report& report, const ReportStyle& style) {
  std::string out;
  for (const ReportedResult& result : report.results) {
    if (result.verdict != Verdict::kFail && (result.verdict != Verdict::kUnknown || style.undecided_ignored)) continue;
    const bool fails = result.verdict == Verdict::kFail;
    const char* command = !fails                                 ? "notice"
                          : result.severity >= Severity::kHigh   ? "error"
                          : result.severity == Severity::kMedium ? "warning"
                                                                 : "notice";
    const ReportedRule& rule = report.rules[result.rule];
    std::string properties;
    if (!result.location.file.empty() && result.location.file != "-") {
      properties += "file=" + Property(result.location.file);
      if (result.location.line > 0)
        properties += fmt::format(",line={},col={}", result.location.line, result.location.column);
      properties += ",";
    }
    out += fmt::format("::{} {}title={}::{}", command, properties, Property(rule.id + " " + RuleTitle(rule)),
                       Data(Statement(result)));
    if (fails && !result.fix.empty()) out += "%0AFix: " + Data(result.fix);
    out += '\n';
  }
  for (const ReportedWarning& warning : report.warnings)
    out += fmt::format("::warning title={}::{}\n", Property("bylaw " + warning.code), Data(warning.text));
  return out;
}

}  // namespace bylaw::cli

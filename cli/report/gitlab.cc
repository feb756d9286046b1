// GitLab's code quality report: what a merge request shows beside its changes.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/report/escape.h"
#include "cli/report/report.h"
#include "cli/report/wording.h"

namespace bylaw::cli {
namespace {

const char* GitlabSeverity(Severity severity) {
  switch (severity) {
    case Severity::kCritical: return "blocker";
    case Severity::kHigh: return "critical";
    case Severity::kMedium: return "major";
    case Severity::kLow: return "minor";
    case Severity::kInfo: return "info";
  }
  return "info";
}

}  // namespace

std::string WriteGitlab(const Report& report, const ReportStyle& style) {
  nlohmann::ordered_json issues = nlohmann::ordered_json::array();
  for (const ReportedResult& result : report.results) {
    if (result.verdict != Verdict::kFail && (result.verdict != Verdict::kUnknown || style.undecided_ignored)) continue;
    std::string_view path =
        result.location.file.empty() && !report.inputs.empty() ? report.inputs[0].path : result.location.file;
    while (path.starts_with("./")) path.remove_prefix(2);
    issues.push_back({{"type", "issue"},
                      {"check_name", report.rules[result.rule].id},
                      {"description", Statement(result) + (result.fix.empty() ? "" : " Fix: " + result.fix)},
                      {"categories", {"Security"}},
                      {"fingerprint", result.fingerprint},
                      {"severity", result.verdict == Verdict::kUnknown ? "info" : GitlabSeverity(result.severity)},
                      {"location", {{"path", path}, {"lines", {{"begin", std::max(1u, result.location.line)}}}}}});
  }
  return DumpJson(issues) + "\n";
}

}  // namespace bylaw::cli

#include "cli/report/wording.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/builtins/time.h"

namespace bylaw::cli {

std::string ResourceName(const ReportedResult& result) {
  if (!result.resource.address.empty()) return result.resource.address;
  return result.resource.id.empty() ? "(the whole snapshot)" : result.resource.id;
}

const std::string& RuleTitle(const ReportedRule& rule) { return rule.title.empty() ? rule.name : rule.title; }

std::string Statement(const ReportedResult& result) {
  if (result.verdict != Verdict::kUnknown) {
    if (!result.message.empty()) return result.message;
    return fmt::format("{}: {}", ResourceName(result), VerdictWord(result.verdict));
  }
  std::string text = "undecided for " + ResourceName(result);
  for (size_t i = 0; i < result.causes.size(); ++i) text += (i == 0 ? ", because " : "; ") + result.causes[i].reason;
  return text;
}

std::string_view VerdictWord(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFail: return "fail";
    case Verdict::kUnknown: return "undecided";
    case Verdict::kWaived: return "waived";
    case Verdict::kPass: return "pass";
    case Verdict::kNotApplicable: return "not applicable";
  }
  return "";
}

std::string PlaceText(const Location& location) {
  if (location.file.empty()) return "";
  return location.line == 0 ? location.file : fmt::format("{}:{}:{}", location.file, location.line, location.column);
}

std::string UntilText(int64_t until) {
  constexpr int64_t kDay = 86'400'000'000;
  return until % kDay == 0 ? FormatTime(until - 1).substr(0, 10) : FormatTime(until);
}

std::string WaiverText(const ReportedWaiver& waiver) {
  const std::string until =
      waiver.until ? (waiver.expired ? "expired " : "until ") + UntilText(*waiver.until) : "for ever";
  return fmt::format("{}: {}{}", until, waiver.because, waiver.by.empty() ? "" : " (" + waiver.by + ")");
}

std::string WaiverPhrase(const ReportedWaiver& waiver) {
  return (waiver.expired ? "waiver " : "waived ") + WaiverText(waiver);
}

uint64_t CountNew(const Report& report, Verdict verdict) {
  return static_cast<uint64_t>(
      std::count_if(report.results.begin(), report.results.end(),
                    [&](const ReportedResult& result) { return result.verdict == verdict && result.is_new; }));
}

std::string ClauseSuffix(const ReportedResult& result) {
  return result.clause > 1 ? fmt::format(" (clause {})", result.clause) : "";
}

}  // namespace bylaw::cli

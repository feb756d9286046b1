// AWS Security Finding Format (2018-10-08): an array of findings, as Security Hub's BatchImportFindings takes them (at
// most 100 a call).
//
// Findings without a known account have account 000000000000, without a region us-east-1: replace them before the
// import.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/report/escape.h"
#include "cli/report/report.h"
#include "cli/report/terminal.h"
#include "cli/report/wording.h"
#include "runtime/builtins/time.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;

// Limits of the format, in characters; bytes are never fewer.
constexpr size_t kMostTitle = 256, kMostDescription = 1024, kMostRemediation = 512, kMostId = 512,
                 kMostRequirements = 32, kMostField = 1024;

const char* Label(Severity severity) {
  switch (severity) {
    case Severity::kCritical: return "CRITICAL";
    case Severity::kHigh: return "HIGH";
    case Severity::kMedium: return "MEDIUM";
    case Severity::kLow: return "LOW";
    case Severity::kInfo: return "INFORMATIONAL";
  }
  return "INFORMATIONAL";
}

const char* Compliance(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFail:
    case Verdict::kWaived: return "FAILED";
    case Verdict::kPass: return "PASSED";
    case Verdict::kUnknown: return "WARNING";
    case Verdict::kNotApplicable: return "NOT_AVAILABLE";
  }
  return "NOT_AVAILABLE";
}

std::string Text(std::string_view text, size_t most) { return Shortened(Visible(text.empty() ? "-" : text), most); }

bool IsAccount(const std::string& text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string Partition(const std::string& region) {
  return region.starts_with("cn-") ? "aws-cn" : region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

Json FindingJson(const Report& report, const ReportedResult& result) {
  const ReportedRule& rule = report.rules[result.rule];
  const std::string account = IsAccount(result.resource.account) ? result.resource.account : "000000000000";
  const std::string region = result.resource.region.empty() ? "us-east-1" : result.resource.region;
  const std::string partition = Partition(region);
  const std::string time = FormatTime(report.now);
  const bool bad =
      result.verdict == Verdict::kFail || result.verdict == Verdict::kUnknown || result.verdict == Verdict::kWaived;
  Json fields = {{"bylaw/verdict", VerdictName(result.verdict)},
                 {"bylaw/clause", std::to_string(result.clause)},
                 {"bylaw/fingerprint", result.fingerprint}};
  if (!result.location.file.empty()) fields["bylaw/location"] = Text(PlaceText(result.location), kMostField);
  Json compliance = {{"Status", Compliance(result.verdict)}};
  const std::vector<std::string> controls = report.Controls(result);
  for (size_t i = 0; i < std::min(controls.size(), kMostRequirements); ++i)
    compliance["RelatedRequirements"].push_back(Text(controls[i], kMostField));
  if (result.verdict == Verdict::kUnknown) {
    for (const ReportedCause& cause : result.causes) {
      if (compliance["StatusReasons"].size() < 5)
        compliance["StatusReasons"].push_back(
            {{"ReasonCode", "UNDECIDED"}, {"Description", Text(cause.reason, kMostField)}});
    }
  }
  Json details = {{"model", Text(result.resource.model, kMostField)},
                  {"type", Text(result.resource.type, kMostField)},
                  {"address", Text(ResourceName(result), kMostField)}};
  Json finding = {
      {"SchemaVersion", "2018-10-08"},
      {"Id", "bylaw/" + result.fingerprint},
      {"ProductArn", fmt::format("arn:{}:securityhub:{}:{}:product/{}/default", partition, region, account, account)},
      {"ProductName", "Bylaw"},
      {"GeneratorId", Text("bylaw/" + rule.id, kMostId)},
      {"AwsAccountId", account},
      {"Region", region},
      {"Types", {"Software and Configuration Checks/Policy as Code"}},
      {"CreatedAt", time},
      {"UpdatedAt", time},
      {"Severity", {{"Label", bad ? Label(result.severity) : "INFORMATIONAL"}, {"Original", Label(rule.severity)}}},
      {"Title", Text(rule.id + " " + RuleTitle(rule), kMostTitle)},
      {"Description", Text(Statement(result), kMostDescription)},
      {"ProductFields", std::move(fields)},
      {"Resources",
       Json::array(
           {{{"Type", "Other"},
             {"Id", Text(result.resource.id.starts_with("arn:") ? result.resource.id : ResourceName(result), kMostId)},
             {"Partition", partition},
             {"Region", region},
             {"Details", {{"Other", std::move(details)}}}}})},
      {"Compliance", std::move(compliance)},
      {"Workflow",
       {{"Status", result.verdict == Verdict::kWaived ? "SUPPRESSED"
                   : bad                              ? "NEW"
                                                      : "RESOLVED"}}},
      {"RecordState", "ACTIVE"}};
  if (!result.fix.empty()) {
    finding["Remediation"] = {{"Recommendation", {{"Text", Text(result.fix, kMostRemediation)}}}};
    if (rule.docs_link.starts_with("https://")) finding["Remediation"]["Recommendation"]["Url"] = rule.docs_link;
  }
  if (result.waiver)
    finding["Note"] = {
        {"Text", Text(WaiverPhrase(*result.waiver), kMostRemediation)}, {"UpdatedBy", "bylaw"}, {"UpdatedAt", time}};
  return finding;
}

}  // namespace

std::string WriteAsff(const Report& report, const ReportStyle&) {
  Json findings = Json::array();
  for (const ReportedResult& result : report.results) {
    if (result.verdict != Verdict::kNotApplicable) findings.push_back(FindingJson(report, result));
  }
  return DumpJson(findings) + "\n";
}

}  // namespace bylaw::cli

// OCSF 1.3: an array of compliance findings (class 2003), for security lakes.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/report/escape.h"
#include "cli/report/report.h"
#include "cli/report/wording.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kCategory = 2, kClass = 2003, kCreate = 1;

struct Caption {
  int id;
  const char* text;
};

Caption SeverityOf(Severity severity) {
  switch (severity) {
    case Severity::kInfo: return {1, "Informational"};
    case Severity::kLow: return {2, "Low"};
    case Severity::kMedium: return {3, "Medium"};
    case Severity::kHigh: return {4, "High"};
    case Severity::kCritical: return {5, "Critical"};
  }
  return {0, "Unknown"};
}

Caption ComplianceOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass: return {1, "Pass"};
    case Verdict::kUnknown: return {2, "Warning"};
    case Verdict::kFail:
    case Verdict::kWaived: return {3, "Fail"};
    case Verdict::kNotApplicable: break;
  }
  return {0, "Unknown"};
}

Caption StatusOf(Verdict verdict) {
  if (verdict == Verdict::kWaived) return {3, "Suppressed"};
  return verdict == Verdict::kPass ? Caption{4, "Resolved"} : Caption{1, "New"};
}

/// Controls are "STANDARD:REQUIREMENT".
std::string StandardOf(const std::string& control) { return control.substr(0, control.find(':')); }

Json FindingJson(const Report& report, const ReportedResult& result) {
  const ReportedRule& rule = report.rules[result.rule];
  const Caption severity = SeverityOf(result.severity), compliance = ComplianceOf(result.verdict),
                status = StatusOf(result.verdict);
  const int64_t time = report.now / 1000;
  Json standards = Json::array();
  const std::vector<std::string> controls = report.Controls(result);
  for (const std::string& control : controls) {
    const Json standard = StandardOf(control);
    if (std::find(standards.begin(), standards.end(), standard) == standards.end()) standards.push_back(standard);
  }
  if (standards.empty()) standards.push_back("bylaw");
  Json about = {{"control", rule.id},
                {"standards", std::move(standards)},
                {"requirements", controls},
                {"status", compliance.text},
                {"status_id", compliance.id}};
  if (result.verdict == Verdict::kUnknown) {
    for (const ReportedCause& cause : result.causes) about["status_details"].push_back(cause.reason);
  }
  const ReportedResource& resource = result.resource;
  Json described = {{"name", ResourceName(result)}, {"uid", resource.id.empty() ? ResourceName(result) : resource.id}};
  if (!resource.type.empty()) described["type"] = resource.type;
  if (!resource.region.empty()) described["region"] = resource.region;
  described["data"] = {
      {"model", resource.model}, {"location", PlaceText(result.location)}, {"pointer", result.location.pointer}};
  Json event = {{"activity_id", kCreate},
                {"activity_name", "Create"},
                {"category_uid", kCategory},
                {"category_name", "Findings"},
                {"class_uid", kClass},
                {"class_name", "Compliance Finding"},
                {"type_uid", kClass * 100 + kCreate},
                {"type_name", "Compliance Finding: Create"},
                {"time", time},
                {"severity_id", severity.id},
                {"severity", severity.text},
                {"status_id", status.id},
                {"status", status.text},
                {"message", Statement(result)},
                {"metadata",
                 {{"version", "1.3.0"},
                  {"product", {{"name", "Bylaw"}, {"vendor_name", "Bylaw"}, {"version", Version()}}},
                  {"event_code", rule.id}}},
                {"finding_info",
                 {{"uid", result.fingerprint},
                  {"title", RuleTitle(rule)},
                  {"desc", rule.doc.empty() ? RuleTitle(rule) : rule.doc},
                  {"created_time", time}}},
                {"compliance", std::move(about)},
                {"resources", Json::array({std::move(described)})}};
  if (!result.fix.empty()) event["remediation"] = {{"desc", result.fix}};
  if (!resource.account.empty() || !resource.region.empty()) {
    event["metadata"]["profiles"] = {"cloud"};
    event["cloud"] = {{"provider", "AWS"}};
    if (!resource.account.empty()) event["cloud"]["account"] = {{"uid", resource.account}};
    if (!resource.region.empty()) event["cloud"]["region"] = resource.region;
  }
  event["unmapped"] = {
      {"bylaw", {{"verdict", VerdictName(result.verdict)}, {"clause", result.clause}, {"new", result.is_new}}}};
  if (result.waiver) event["comment"] = WaiverPhrase(*result.waiver);
  return event;
}

}  // namespace

std::string WriteOcsf(const Report& report, const ReportStyle&) {
  Json events = Json::array();
  for (const ReportedResult& result : report.results) {
    if (result.verdict != Verdict::kNotApplicable) events.push_back(FindingJson(report, result));
  }
  return DumpJson(events) + "\n";
}

}  // namespace bylaw::cli

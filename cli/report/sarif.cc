// SARIF 2.1.0 (OASIS), with what GitHub code scanning reads: help texts, security-severity, partialFingerprints, one
// physical location a result.
//
// An undecided result has kind "open", a waived one a suppression, a pass (with --all) kind "pass". Witnesses are
// related locations.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/report/escape.h"
#include "cli/report/report.h"
#include "cli/report/sarif_document.h"
#include "cli/report/wording.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostTags = 20;  // of a rule: code scanning refuses more

const char* Level(Severity severity) {
  return severity >= Severity::kHigh ? "error" : severity == Severity::kMedium ? "warning" : "note";
}

/// GitHub shows over 9.0 as critical, 7.0 high, 4.0 medium, below low.
const char* SecuritySeverity(Severity severity) {
  switch (severity) {
    case Severity::kCritical: return "9.5";
    case Severity::kHigh: return "8.0";
    case Severity::kMedium: return "5.5";
    case Severity::kLow: return "2.5";
    case Severity::kInfo: return "0.5";
  }
  return "0.5";
}

bool IsUri(const std::string& text) { return text.starts_with("https://") || text.starts_with("http://"); }

Json RuleJson(const ReportedRule& rule) {
  Json tags = {"security", "policy"};
  for (const auto* list : {&rule.controls, &rule.aliases}) {
    for (const std::string& tag : *list) {
      if (tags.size() < kMostTags && std::find(tags.begin(), tags.end(), Json(tag)) == tags.end()) tags.push_back(tag);
    }
  }
  const std::string& about = rule.doc.empty() ? RuleTitle(rule) : rule.doc;
  std::string help = about;
  if (!rule.controls.empty()) help += fmt::format("\n\nControls: {}", fmt::join(rule.controls, ", "));
  if (!rule.aliases.empty()) help += fmt::format("\n\nAlso known as: {}", fmt::join(rule.aliases, ", "));
  if (!rule.docs_link.empty()) help += "\n\n" + rule.docs_link;
  Json json = {{"id", rule.id},
               {"name", rule.name},
               {"shortDescription", {{"text", RuleTitle(rule)}}},
               {"fullDescription", {{"text", about}}},
               {"help", {{"text", help}}},
               {"defaultConfiguration", {{"level", Level(rule.severity)}}},
               {"properties",
                {{"tags", std::move(tags)},
                 {"precision", "very-high"},
                 {"problem.severity", rule.severity >= Severity::kHigh     ? "error"
                                      : rule.severity == Severity::kMedium ? "warning"
                                                                           : "recommendation"},
                 {"security-severity", SecuritySeverity(rule.severity)},
                 {"bylaw/severity", SeverityName(rule.severity)},
                 {"bylaw/package", rule.package}}}};
  if (IsUri(rule.docs_link)) json["helpUri"] = rule.docs_link;
  return json;
}

Json PhysicalLocation(const Location& location) {
  Json json = {{"artifactLocation", SarifArtifact(location.file)}};
  json["region"] = {{"startLine", std::max(1u, location.line)}, {"startColumn", std::max(1u, location.column)}};
  return json;
}

Json LogicalLocation(const ReportedResource& resource) {
  Json json = {{"fullyQualifiedName", resource.address}, {"kind", "resource"}};
  json["name"] = resource.address.substr(resource.address.rfind('/') + 1);
  if (!resource.model.empty())
    json["properties"] = {
        {"model", resource.model}, {"type", resource.type}, {"account", resource.account}, {"region", resource.region}};
  return json;
}

/// `fallback`: for results about no place, as code scanning wants one.
Json ResultJson(const Report& report, const ReportedResult& result, const ReportStyle& style,
                const Location& fallback) {
  std::string text = Statement(result);
  if (!result.fix.empty() && result.verdict == Verdict::kFail) text += "\n\nFix: " + result.fix;
  const bool fails = result.verdict == Verdict::kFail || result.verdict == Verdict::kWaived;
  const char* kind = fails                                       ? "fail"
                     : result.verdict == Verdict::kUnknown       ? "open"
                     : result.verdict == Verdict::kNotApplicable ? "notApplicable"
                                                                 : "pass";
  Json location = {{"physicalLocation", PhysicalLocation(result.location.file.empty() ? fallback : result.location)}};
  if (!result.resource.address.empty()) location["logicalLocations"] = Json::array({LogicalLocation(result.resource)});
  Json related = Json::array();
  auto relate = [&](const Location& place, const std::string& message) {
    if (!place.file.empty())
      related.push_back({{"id", related.size() + 1},
                         {"message", {{"text", message}}},
                         {"physicalLocation", PhysicalLocation(place)}});
  };
  for (const ReportedWitness& witness : result.witnesses)
    relate(witness.location, witness.binding + " is " + witness.text);
  for (const ReportedCause& cause : result.causes) relate(cause.location, cause.reason);
  Json suppressions = Json::array();
  if (result.verdict == Verdict::kWaived && result.waiver) {
    suppressions.push_back({{"kind", result.waiver->is_inline ? "inSource" : "external"},
                            {"status", "accepted"},
                            {"justification", WaiverText(*result.waiver)}});
  }
  Json json = {{"ruleId", report.rules[result.rule].id},
               {"ruleIndex", result.rule},
               {"kind", kind},
               {"level", fails ? Level(result.severity) : "none"},
               {"message", {{"text", text}}},
               {"locations", Json::array({std::move(location)})},
               {"partialFingerprints",
                {{"bylaw/v1", result.fingerprint}, {"primaryLocationLineHash", result.fingerprint + ":1"}}},
               {"suppressions", std::move(suppressions)},
               {"properties",
                {{"bylaw/verdict", VerdictName(result.verdict)},
                 {"bylaw/clause", result.clause},
                 {"bylaw/severity", SeverityName(result.severity)}}}};
  if (!related.empty()) json["relatedLocations"] = std::move(related);
  if (style.has_baseline) json["baselineState"] = result.is_new ? "new" : "unchanged";
  if (!result.fix.empty()) json["properties"]["bylaw/fix"] = result.fix;
  if (std::vector<std::string> controls = report.Controls(result); !controls.empty())
    json["properties"]["bylaw/controls"] = std::move(controls);
  return json;
}

}  // namespace

std::string WriteSarif(const Report& report, const ReportStyle& style) {
  Json rules = Json::array(), results = Json::array(), artifacts = Json::array(), notifications = Json::array();
  for (const ReportedRule& rule : report.rules) rules.push_back(RuleJson(rule));
  Location fallback;
  for (const InputInfo& input : report.inputs) {
    if (fallback.file.empty()) fallback = {.file = input.path, .line = 1, .column = 1, .pointer = {}};
    artifacts.push_back({{"location", SarifArtifact(input.path)},
                         {"length", input.num_bytes},
                         {"properties", {{"bylaw/format", input.format}}}});
  }
  for (const ReportedResult& result : report.results) results.push_back(ResultJson(report, result, style, fallback));
  for (const ReportedWarning& warning : report.warnings) {
    Json notification = {
        {"level", "warning"}, {"message", {{"text", warning.text}}}, {"descriptor", {{"id", warning.code}}}};
    if (!warning.location.file.empty())
      notification["locations"] = Json::array({{{"physicalLocation", PhysicalLocation(warning.location)}}});
    notifications.push_back(std::move(notification));
  }
  return SarifDocument("Bylaw", std::move(rules), std::move(results),
                       {{"invocations", Json::array({{{"executionSuccessful", true},
                                                      {"exitCode", style.exit_status},
                                                      {"toolExecutionNotifications", std::move(notifications)}}})},
                        {"artifacts", std::move(artifacts)}});
}

}  // namespace bylaw::cli

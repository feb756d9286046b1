// The JSON report: the contract of docs/cli.md. Members stand in the order given there.
#include <nlohmann/json.hpp>

#include "cli/report/escape.h"
#include "cli/report/json_writer.h"
#include "cli/report/report.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;

Json CountsJson(const VerdictCounts& counts) {
  return {{"fail", counts.fail},
          {"unknown", counts.unknown},
          {"pass", counts.pass},
          {"waived", counts.waived},
          {"not_applicable", counts.not_applicable}};
}

Json LocationJson(const Location& location) {
  if (location.file.empty()) return nullptr;
  return {{"file", location.file}, {"line", location.line}, {"column", location.column}, {"pointer", location.pointer}};
}

void WriteLocation(const Location& location, JsonWriter& json) {
  if (location.file.empty()) return json.Null();
  json.BeginObject();
  json.Key("file"), json.String(location.file);
  json.Key("line"), json.Number(location.line);
  json.Key("column"), json.Number(location.column);
  json.Key("pointer"), json.String(location.pointer);
  json.EndObject();
}

void WriteResource(const ReportedResource& resource, JsonWriter& json) {
  json.BeginObject();
  json.Key("model"), json.StringOrNull(resource.model);
  json.Key("type"), json.StringOrNull(resource.type);
  json.Key("address"), json.StringOrNull(resource.address);
  json.Key("id"), json.StringOrNull(resource.id);
  json.Key("account"), json.StringOrNull(resource.account);
  json.Key("region"), json.StringOrNull(resource.region);
  json.EndObject();
}

void WriteWaiver(const ReportedWaiver& waiver, JsonWriter& json) {
  json.BeginObject();
  json.Key("because"), json.String(waiver.because);
  json.Key("by"), json.StringOrNull(waiver.by);
  json.Key("until"), json.StringOrNull(waiver.until ? FormatTime(*waiver.until) : "");
  json.Key("expired"), json.Bool(waiver.expired);
  json.Key("inline"), json.Bool(waiver.is_inline);
  json.Key("location"), WriteLocation(waiver.location, json);
  json.EndObject();
}

void WriteResult(const Report& report, const ReportedResult& result, JsonWriter& json) {
  json.BeginObject();
  json.Key("rule"), json.String(report.rules[result.rule].id);
  json.Key("clause"), json.Number(result.clause);
  json.Key("verdict"), json.String(VerdictName(result.verdict));
  json.Key("severity"), json.String(SeverityName(result.severity));
  json.Key("resource"), WriteResource(result.resource, json);
  json.Key("message"), json.String(result.message);
  json.Key("fix"), json.StringOrNull(result.fix);
  json.Key("controls"), json.Strings(report.Controls(result));
  json.Key("location"), WriteLocation(result.location, json);
  json.Key("witness");
  json.BeginArray();
  for (const ReportedWitness& witness : result.witnesses) {
    json.BeginObject();
    json.Key("binding"), json.String(witness.binding);
    json.Key("resource"), witness.resource ? WriteResource(*witness.resource, json) : json.Null();
    json.Key("location"), WriteLocation(witness.location, json);
    json.Key("text"), json.String(witness.text);
    json.EndObject();
  }
  json.EndArray();
  json.Key("causes");
  json.BeginArray();
  for (const ReportedCause& cause : result.causes) {
    json.BeginObject();
    json.Key("reason"), json.String(cause.reason);
    json.Key("location"), WriteLocation(cause.location, json);
    json.Key("settled_by"), json.StringOrNull(cause.settled_by);
    json.EndObject();
  }
  json.EndArray();
  json.Key("waiver"), result.waiver ? WriteWaiver(*result.waiver, json) : json.Null();
  json.Key("fingerprint"), json.String(result.fingerprint);
  json.Key("new"), json.Bool(result.is_new);
  json.EndObject();
}

Json FrameworkJson(const FrameworkView& framework) {
  Json controls = Json::array();
  for (const ControlView& control : framework.controls) {
    controls.push_back({{"id", control.id},
                        {"status", ControlStatusName(control.status)},
                        {"rules", control.rules},
                        {"counts", CountsJson(control.counts)}});
  }
  return {
      {"name", framework.name},           {"passed", framework.passed},           {"failed", framework.failed},
      {"undecided", framework.undecided}, {"not_covered", framework.not_covered}, {"controls", std::move(controls)}};
}

}  // namespace

std::string WriteJson(const Report& report, const ReportStyle& style) {
  Json inputs = Json::array(), rules = Json::array(), warnings = Json::array();
  for (const InputInfo& input : report.inputs) {
    inputs.push_back({{"path", input.path},
                      {"format", input.format},
                      {"bytes", input.num_bytes},
                      {"resources", input.num_resources}});
  }
  for (const ReportedRule& rule : report.rules) {
    rules.push_back({{"id", rule.id},
                     {"name", rule.name},
                     {"package", rule.package},
                     {"title", rule.title},
                     {"severity", SeverityName(rule.severity)},
                     {"controls", rule.controls},
                     {"aliases", rule.aliases},
                     {"counts", CountsJson(rule.counts)},
                     {"matched_nothing", rule.matched_nothing}});
  }
  for (const ReportedWarning& warning : report.warnings) {
    warnings.push_back({{"code", warning.code}, {"text", warning.text}, {"location", LocationJson(warning.location)}});
  }
  Json summary = {{"rules", report.rules.size()}, {"resources", report.num_resources}};
  summary.update(CountsJson(report.counts));
  if (style.has_baseline) {
    VerdictCounts fresh;
    for (const ReportedResult& result : report.results) {
      if (result.is_new)
        fresh.fail += result.verdict == Verdict::kFail ? 1 : 0,
            fresh.unknown += result.verdict == Verdict::kUnknown ? 1 : 0;
    }
    summary["new"] = {{"fail", fresh.fail}, {"unknown", fresh.unknown}};
  }
  summary["worst"] = report.worst ? Json(SeverityName(*report.worst)) : Json(nullptr);
  summary["exit_status"] = style.exit_status;
  Json document = {{"bylaw", {{"version", Version()}, {"report", 1}}},
                   {"run",
                    {{"now", FormatTime(report.now)},
                     {"closed_world", report.closed_world},
                     {"policies", style.policies},
                     {"params", report.params},
                     {"inputs", std::move(inputs)}}},
                   {"summary", std::move(summary)},
                   {"rules", std::move(rules)},
                   {"results", Json::array()},
                   {"warnings", std::move(warnings)}};
  if (!style.frameworks.empty()) {
    document["frameworks"] = Json::array();
    for (const FrameworkView& framework : style.frameworks) document["frameworks"].push_back(FrameworkJson(framework));
  }
  std::string text = DumpJson(document) + "\n";
  if (report.results.empty()) return text;
  // Results, of which there may be very many, are written without making a document of them. (No text in the document has a line feed in it.)
  constexpr std::string_view kEmpty = "\n  \"results\": []";
  const size_t at = text.find(kEmpty) + kEmpty.size() - 2;
  const std::string rest = text.substr(at + 2);
  text.resize(at);
  JsonWriter json(&text, 1);
  json.BeginArray();
  constexpr size_t kMeasured = 1000;
  for (size_t i = 0; i < report.results.size(); ++i) {
    WriteResult(report, report.results[i], json);
    if (i == kMeasured)
      text.reserve((text.size() - at) / kMeasured * report.results.size() + text.size() + rest.size());
  }
  json.EndArray();
  text += rest;
  return text;
}

}  // namespace bylaw::cli

// The JSON report: the contract of docs/cli.md. Members stand in the order given there.
#include <nlohmann/json.hpp>

#include "cli/report/escape.h"
#include "cli/report/report.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;

Json CountsJson(const Counts& counts) {
  return {{"fail", counts.fail}, {"unknown", counts.unknown}, {"pass", counts.pass}, {"waived", counts.waived}, {"not_applicable", counts.not_applicable}};
}

/// A text that may not be known: null then.
Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json LocationJson(const Location& location) {
  if (location.file.empty()) return nullptr;
  return {{"file", location.file}, {"line", location.line}, {"column", location.column}, {"pointer", location.pointer}};
}

Json ResourceJson(const ReportedResource& resource) {
  return {{"model", OrNull(resource.model)}, {"type", OrNull(resource.type)},       {"address", OrNull(resource.address)},
          {"id", OrNull(resource.id)},       {"account", OrNull(resource.account)}, {"region", OrNull(resource.region)}};
}

Json WaiverJson(const ReportedWaiver& waiver) {
  return {{"because", waiver.because}, {"by", OrNull(waiver.by)}, {"until", waiver.until ? Json(FormatTime(*waiver.until)) : Json(nullptr)}, {"expired", waiver.expired},
          {"inline", waiver.is_inline}, {"location", LocationJson(waiver.location)}};
}

Json ResultJson(const Report& report, const ReportedResult& result) {
  Json witness = Json::array(), causes = Json::array();
  for (const ReportedWitness& w : result.witnesses) {
    witness.push_back({{"binding", w.binding},
                       {"resource", w.resource ? ResourceJson(*w.resource) : Json(nullptr)},
                       {"location", LocationJson(w.location)},
                       {"text", w.text}});
  }
  for (const ReportedCause& cause : result.causes) causes.push_back({{"reason", cause.reason}, {"location", LocationJson(cause.location)}, {"settled_by", OrNull(cause.settled_by)}});
  return {{"rule", report.rules[result.rule].id},
          {"clause", result.clause},
          {"verdict", VerdictName(result.verdict)},
          {"severity", SeverityName(result.severity)},
          {"resource", ResourceJson(result.resource)},
          {"message", result.message},
          {"fix", OrNull(result.fix)},
          {"controls", report.Controls(result)},
          {"location", LocationJson(result.location)},
          {"witness", std::move(witness)},
          {"causes", std::move(causes)},
          {"waiver", result.waiver ? WaiverJson(*result.waiver) : Json(nullptr)},
          {"fingerprint", result.fingerprint},
          {"new", result.is_new}};
}

Json FrameworkJson(const FrameworkView& framework) {
  Json controls = Json::array();
  for (const ControlView& control : framework.controls) {
    controls.push_back({{"id", control.id}, {"status", ControlStatusName(control.status)}, {"rules", control.rules}, {"counts", CountsJson(control.counts)}});
  }
  return {{"name", framework.name},           {"passed", framework.passed},           {"failed", framework.failed}, {"undecided", framework.undecided},
          {"not_covered", framework.not_covered}, {"controls", std::move(controls)}};
}

}  // namespace

std::string WriteJson(const Report& report, const ReportStyle& style) {
  Json inputs = Json::array(), rules = Json::array(), warnings = Json::array();
  for (const InputInfo& input : report.inputs) {
    inputs.push_back({{"path", input.path}, {"format", input.format}, {"bytes", input.num_bytes}, {"resources", input.num_resources}});
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
    Counts fresh;
    for (const ReportedResult& result : report.results) {
      if (result.is_new) fresh.fail += result.verdict == Verdict::kFail ? 1 : 0, fresh.unknown += result.verdict == Verdict::kUnknown ? 1 : 0;
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
  // Results, of which there may be very many, are made into text one by one. (No text in the document has a line feed in it.)
  constexpr std::string_view kEmpty = "\n  \"results\": []";
  const size_t at = text.find(kEmpty) + kEmpty.size() - 1;
  const std::string rest = text.substr(at);
  text.resize(at);
  for (const ReportedResult& result : report.results) {
    text += &result == report.results.data() ? "\n    " : ",\n    ";
    for (const char c : DumpJson(ResultJson(report, result))) {
      text += c;
      if (c == '\n') text += "    ";
    }
  }
  return text + "\n  " + rest;
}

}  // namespace bylaw::cli

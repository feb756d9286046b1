// The JSON report: the contract of docs/cli.md. Members stand in the order given there.
#include "cli/report/json_writer.h"
#include "cli/report/report.h"
#include "cli/report/wording.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

/// The members of an object that count verdicts.
void WriteCounts(const VerdictCounts& counts, JsonWriter& json) {
  json.Key("fail"), json.Number(counts.fail);
  json.Key("unknown"), json.Number(counts.unknown);
  json.Key("pass"), json.Number(counts.pass);
  json.Key("waived"), json.Number(counts.waived);
  json.Key("not_applicable"), json.Number(counts.not_applicable);
}

void WriteCountsObject(const VerdictCounts& counts, JsonWriter& json) {
  json.BeginObject();
  WriteCounts(counts, json);
  json.EndObject();
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

void WriteRun(const Report& report, const ReportStyle& style, JsonWriter& json) {
  json.BeginObject();
  json.Key("now"), json.String(FormatTime(report.now));
  json.Key("closed_world"), json.Bool(report.closed_world);
  json.Key("policies"), json.Strings(style.policies);
  json.Key("params");
  json.BeginObject();
  for (const auto& [name, value] : report.params) json.Key(name), json.String(value);
  json.EndObject();
  json.Key("inputs");
  json.BeginArray();
  for (const InputInfo& input : report.inputs) {
    json.BeginObject();
    json.Key("path"), json.String(input.path);
    json.Key("format"), json.String(input.format);
    json.Key("bytes"), json.Number(input.num_bytes);
    json.Key("resources"), json.Number(input.num_resources);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void WriteSummary(const Report& report, const ReportStyle& style, JsonWriter& json) {
  json.BeginObject();
  json.Key("rules"), json.Number(report.rules.size());
  json.Key("resources"), json.Number(report.num_resources);
  WriteCounts(report.counts, json);
  if (style.has_baseline) {
    json.Key("new");
    json.BeginObject();
    json.Key("fail"), json.Number(CountNew(report, Verdict::kFail));
    json.Key("unknown"), json.Number(CountNew(report, Verdict::kUnknown));
    json.EndObject();
  }
  json.Key("worst"), json.StringOrNull(report.worst ? SeverityName(*report.worst) : "");
  json.Key("exit_status"), json.Number(static_cast<uint64_t>(style.exit_status));
  json.EndObject();
}

void WriteRule(const ReportedRule& rule, JsonWriter& json) {
  json.BeginObject();
  json.Key("id"), json.String(rule.id);
  json.Key("name"), json.String(rule.name);
  json.Key("package"), json.String(rule.package);
  json.Key("title"), json.String(rule.title);
  json.Key("severity"), json.String(SeverityName(rule.severity));
  json.Key("controls"), json.Strings(rule.controls);
  json.Key("aliases"), json.Strings(rule.aliases);
  json.Key("counts"), WriteCountsObject(rule.counts, json);
  json.Key("matched_nothing"), json.Bool(rule.matched_nothing);
  json.EndObject();
}

void WriteWarning(const ReportedWarning& warning, JsonWriter& json) {
  json.BeginObject();
  json.Key("code"), json.String(warning.code);
  json.Key("text"), json.String(warning.text);
  json.Key("location"), WriteLocation(warning.location, json);
  json.EndObject();
}

void WriteFramework(const FrameworkView& framework, JsonWriter& json) {
  json.BeginObject();
  json.Key("name"), json.String(framework.name);
  json.Key("passed"), json.Number(framework.passed);
  json.Key("failed"), json.Number(framework.failed);
  json.Key("undecided"), json.Number(framework.undecided);
  json.Key("not_covered"), json.Number(framework.not_covered);
  json.Key("controls");
  json.BeginArray();
  for (const ControlView& control : framework.controls) {
    json.BeginObject();
    json.Key("id"), json.String(control.id);
    json.Key("status"), json.String(ControlStatusName(control.status));
    json.Key("rules"), json.Strings(control.rules);
    json.Key("counts"), WriteCountsObject(control.counts, json);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

/// Results, of which there may be very many: room for all is made once their size is known from the first.
void WriteResults(const Report& report, std::string* text, JsonWriter& json) {
  constexpr size_t kMeasured = 1000;
  const size_t begin = text->size();
  json.BeginArray();
  for (size_t i = 0; i < report.results.size(); ++i) {
    WriteResult(report, report.results[i], json);
    if (i == kMeasured) text->reserve((text->size() - begin) / kMeasured * report.results.size() + text->size());
  }
  json.EndArray();
}

}  // namespace

std::string WriteJson(const Report& report, const ReportStyle& style) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject();
  json.Key("bylaw");
  json.BeginObject();
  json.Key("version"), json.String(Version());
  json.Key("report"), json.Number(1);
  json.EndObject();
  json.Key("run"), WriteRun(report, style, json);
  json.Key("summary"), WriteSummary(report, style, json);
  json.Key("rules");
  json.BeginArray();
  for (const ReportedRule& rule : report.rules) WriteRule(rule, json);
  json.EndArray();
  json.Key("results"), WriteResults(report, &text, json);
  json.Key("warnings");
  json.BeginArray();
  for (const ReportedWarning& warning : report.warnings) WriteWarning(warning, json);
  json.EndArray();
  if (!style.frameworks.empty()) {
    json.Key("frameworks");
    json.BeginArray();
    for (const FrameworkView& framework : style.frameworks) WriteFramework(framework, json);
    json.EndArray();
  }
  json.EndObject();
  text += '\n';
  return text;
}

}  // namespace bylaw::cli

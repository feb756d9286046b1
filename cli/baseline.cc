#include "cli/baseline.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/report/escape.h"
#include "cli/report/wording.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

std::string TextOf(const Json& object, const char* key) {
  const auto member = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

}  // namespace

Result<Baseline> Baseline::FromFile(const std::string& path) {
  BYLAW_ASSIGN(const std::string text, ReadWhole(path));
  const Json json = Json::parse(text, nullptr, false);
  const std::string hint = "write one with `bylaw check … --write-baseline FILE`; a JSON report serves, too";
  if (json.is_discarded()) return Error{.message = "is no JSON, and so no baseline", .file = path, .hint = hint};
  const Json* head = json.is_object() && json.contains("bylaw") && json["bylaw"].is_object() ? &json["bylaw"] : nullptr;
  const char* kind = head == nullptr              ? nullptr
                     : head->contains("baseline") ? "baseline"
                     : head->contains("report")   ? "report"
                                                  : nullptr;
  if (kind == nullptr)
    return Error{.message = "is neither a baseline nor a report of bylaw", .file = path, .hint = hint};
  const Json& version = (*head)[kind];
  if (version != kVersion) {
    return Error{
        .message = fmt::format("is a {} of version {}; this program reads version {}", kind, version.dump(), kVersion),
        .file = path,
        .hint = "write it anew"};
  }
  const char* list = std::string_view(kind) == "baseline" ? "findings" : "results";
  if (!json.contains(list) || !json[list].is_array())
    return Error{.message = fmt::format("has no list `{}`", list), .file = path, .hint = hint};
  Baseline baseline;
  for (const Json& finding : json[list]) {
    const std::string fingerprint = TextOf(finding, "fingerprint"), verdict = TextOf(finding, "verdict");
    if (fingerprint.empty())
      return Error{
          .message = fmt::format("has an entry of `{}` without a fingerprint", list), .file = path, .hint = hint};
    if (verdict == "fail") baseline.verdicts_[fingerprint] = Verdict::kFail;
    if (verdict == "unknown") baseline.verdicts_.try_emplace(fingerprint, Verdict::kUnknown);
  }
  return baseline;
}

std::string Baseline::Write(const Report& report) {
  Json findings = Json::array();
  for (const ReportedResult& result : report.results) {
    if (result.verdict != Verdict::kFail && result.verdict != Verdict::kUnknown) continue;
    findings.push_back({{"fingerprint", result.fingerprint},
                        {"verdict", VerdictName(result.verdict)},
                        {"rule", report.rules[result.rule].id},
                        {"resource", ResourceName(result)}});
  }
  return DumpJson({{"bylaw", {{"version", Version()}, {"baseline", kVersion}}}, {"findings", std::move(findings)}}) +
         "\n";
}

bool Baseline::Knows(const ReportedResult& result) const {
  for (const std::string* fingerprint : {&result.fingerprint, &result.previous_fingerprint}) {
    const auto known = verdicts_.find(*fingerprint);
    if (known != verdicts_.end() && (known->second == Verdict::kFail || result.verdict != Verdict::kFail)) return true;
  }
  return false;
}

void Baseline::Mark(Report& report) const {
  for (ReportedResult& result : report.results) result.is_new = !Knows(result);
}

}  // namespace bylaw::cli

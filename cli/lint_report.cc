#include "cli/lint_report.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/report/escape.h"
#include "cli/report/sarif_document.h"
#include "cli/report/terminal.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;
using compiler::CodeInfo;
using compiler::Diagnostic;

Json Region(const compiler::SourceMap& sources, compiler::Span span) {
  const compiler::SourceFile& file = sources.file(span.file_id);
  const compiler::LineColumn begin = file.Locate(span.begin), end = file.Locate(span.end);
  return {{"startLine", begin.line}, {"startColumn", begin.column}, {"endLine", end.line}, {"endColumn", end.column}};
}

Json Place(const compiler::SourceMap& sources, compiler::Span span) {
  return {{"artifactLocation", SarifArtifact(sources.file(span.file_id).path())}, {"region", Region(sources, span)}};
}

std::string Statement(const Diagnostic& diagnostic) {
  std::string text = diagnostic.message;
  if (!diagnostic.primary.text.empty()) text += ": " + diagnostic.primary.text;
  if (!diagnostic.expected.empty()) text += "\nexpected: " + diagnostic.expected;
  if (!diagnostic.hint.empty()) text += "\n" + diagnostic.hint;
  return text;
}

Json ResultJson(const compiler::SourceMap& sources, const Diagnostic& diagnostic,
                const std::vector<const CodeInfo*>& rules) {
  const CodeInfo& info = InfoOf(diagnostic.code);
  const auto rule = std::find(rules.begin(), rules.end(), &info);
  Json json = {{"ruleId", info.text},
               {"ruleIndex", rule - rules.begin()},
               {"level", "warning"},
               {"message", {{"text", Statement(diagnostic)}}},
               {"locations", Json::array({{{"physicalLocation", Place(sources, diagnostic.primary.span)}}})}};
  Json related = Json::array();
  for (const compiler::Label& label : diagnostic.secondary)
    related.push_back({{"id", related.size() + 1},
                       {"message", {{"text", label.text}}},
                       {"physicalLocation", Place(sources, label.span)}});
  if (!related.empty()) json["relatedLocations"] = std::move(related);
  Json replacements = Json::array();
  for (const compiler::Edit& edit : diagnostic.edits)
    replacements.push_back(
        {{"deletedRegion", Region(sources, edit.span)}, {"insertedContent", {{"text", edit.replacement}}}});
  if (!replacements.empty()) {
    const Json artifact = Place(sources, diagnostic.primary.span)["artifactLocation"];
    json["fixes"] =
        Json::array({{{"artifactChanges",
                       Json::array({{{"artifactLocation", artifact}, {"replacements", std::move(replacements)}}})}}});
  }
  return json;
}

}  // namespace

std::string LintText(const LintReport& report, const compiler::RenderOptions& options) {
  const Palette palette(options.color);
  std::string out;
  for (const Diagnostic& diagnostic : report.findings.all())
    out += RenderText(*report.sources, diagnostic, options) + "\n";
  const size_t num_found = report.findings.all().size();
  if (report.num_fixed > 0) out += fmt::format("{} put right\n", Plural(report.num_fixed, "finding"));
  out += fmt::format("{}{} in {}{}\n", num_found == 0 ? palette.green : palette.yellow,
                     num_found == 0 ? "no findings" : Plural(num_found, "finding"), Plural(report.num_files, "file"),
                     palette.reset);
  if (report.num_fixable > 0) out += fmt::format("`--fix` can put {} of them right\n", report.num_fixable);
  return out;
}

std::string LintJson(const LintReport& report) {
  Json json = {{"summary",
                {{"files", report.num_files},
                 {"findings", report.findings.all().size()},
                 {"fixed", report.num_fixed},
                 {"fixable", report.num_fixable}}},
               {"findings", Json::parse(RenderJson(*report.sources, report.findings))}};
  for (size_t i = 0; i < report.findings.all().size(); ++i)
    json["findings"][i]["fixable"] = !report.findings.all()[i].edits.empty();
  return DumpJson(json) + "\n";
}

std::string LintSarif(const LintReport& report) {
  std::vector<const CodeInfo*> codes;
  for (const CodeInfo& info : compiler::AllCodes()) {
    const bool found = std::any_of(report.findings.all().begin(), report.findings.all().end(),
                                   [&](const Diagnostic& diagnostic) { return diagnostic.code == info.code; });
    if (found) codes.push_back(&info);
  }
  Json rules = Json::array(), results = Json::array();
  for (const CodeInfo* info : codes) {
    std::string help(info->explanation);
    if (!info->wrong.empty()) help += fmt::format("\n\nwrong:\n\n{}", info->wrong);
    if (!info->right.empty()) help += fmt::format("\n\nright:\n\n{}", info->right);
    rules.push_back({{"id", info->text},
                     {"name", info->name},
                     {"shortDescription", {{"text", info->summary}}},
                     {"fullDescription", {{"text", info->explanation}}},
                     {"help", {{"text", help}}},
                     {"defaultConfiguration", {{"level", "warning"}}}});
  }
  for (const Diagnostic& diagnostic : report.findings.all())
    results.push_back(ResultJson(*report.sources, diagnostic, codes));
  return SarifDocument("Bylaw lint", std::move(rules), std::move(results));
}

}  // namespace bylaw::cli

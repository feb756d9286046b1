// The text report: findings grouped by rule, then a summary. It reads well at 80 columns, without colour and in a log.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/report/report.h"
#include "cli/report/terminal.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

class TextReport {
 public:
  TextReport(const Report& report, const ReportStyle& style) : report_(report), style_(style), palette_(style.color) {}

  std::string Write() {
    if (!style_.quiet) {
      for (uint32_t rule = 0; rule < report_.rules.size(); ++rule) WriteRule(rule);
      WriteWarnings();
    }
    WriteSummary();
    return std::move(out_);
  }

 private:
  std::string_view SeverityColor(Severity severity) const {
    return severity >= Severity::kHigh ? palette_.red : severity == Severity::kMedium ? palette_.yellow : palette_.blue;
  }

  void WriteRule(uint32_t rule_index) {
    auto of_rule = [&](const ReportedResult& result) { return result.rule == rule_index; };
    auto result = std::find_if(report_.results.begin(), report_.results.end(), of_rule);
    if (result == report_.results.end()) return;
    const ReportedRule& rule = report_.rules[rule_index];
    const std::string head = Visible(rule.id) + "  " + std::string(SeverityName(rule.severity)) + "  ";
    out_ += fmt::format("{}{}{}  {}{}{}  {}\n", palette_.bold, Visible(rule.id), palette_.reset, SeverityColor(rule.severity), SeverityName(rule.severity),
                        palette_.reset, Wrap(Visible(rule.title.empty() ? rule.name : rule.title), style_.width, DisplayWidth(head)));
    if (!rule.controls.empty()) {
      std::string controls;
      for (const std::string& control : rule.controls) controls += (controls.empty() ? "" : ", ") + control;
      Paragraph(2, palette_.dim, controls);
    }
    for (; result != report_.results.end() && of_rule(*result); ++result) WriteResult(*result);
    out_ += '\n';
  }

  /// A paragraph indented by `indent`, in one style.
  void Paragraph(size_t indent, std::string_view style, std::string_view text, std::string_view label = {}) {
    const size_t hang = indent + DisplayWidth(label);
    out_.append(indent, ' ');
    out_ += fmt::format("{}{}{}{}\n", style, label, Wrap(Visible(text), style_.width, hang), palette_.reset);
  }

  static std::string LocationText(const Location& location) {
    if (location.file.empty()) return "";
    return location.line == 0 ? location.file : fmt::format("{}:{}:{}", location.file, location.line, location.column);
  }

  void WriteResult(const ReportedResult& result) {
    std::string_view color = palette_.dim, label = "    ";
    switch (result.verdict) {
      case Verdict::kFail: color = palette_.red, label = "fail"; break;
      case Verdict::kUnknown: color = palette_.yellow, label = "undecided"; break;
      case Verdict::kWaived: color = palette_.blue, label = "waived"; break;
      case Verdict::kPass: color = palette_.green, label = "pass"; break;
      case Verdict::kNotApplicable: color = palette_.dim, label = "not applicable"; break;
    }
    const std::string address = Visible(result.resource.address.empty() ? "(the whole snapshot)" : result.resource.address);
    out_ += fmt::format("  {}{}{}  {}{}{}\n", color, label, palette_.reset, palette_.bold, address, palette_.reset);
    if (const std::string place = LocationText(result.location); !place.empty()) Paragraph(4, palette_.dim, place, "at ");
    if (result.verdict == Verdict::kNotApplicable || result.verdict == Verdict::kPass) return;
    if (!result.message.empty() && result.verdict != Verdict::kUnknown) Paragraph(4, "", result.message);
    WriteCauses(result);
    if (style_.why) WriteWitnesses(result);
    if (result.waiver) {
      Paragraph(4, "", fmt::format("until {}: {}{}", result.waiver->until ? FormatTime(*result.waiver->until) : "ever", result.waiver->because,
                                   result.waiver->by.empty() ? "" : " (" + result.waiver->by + ")"),
                result.waiver->expired ? "waiver expired, " : "waived ");
    }
    if (!result.fix.empty() && result.verdict == Verdict::kFail) Paragraph(4, palette_.green, result.fix, "fix: ");
  }

  void WriteCauses(const ReportedResult& result) {
    const size_t shown = style_.why ? result.causes.size() : std::min<size_t>(result.causes.size(), 3);
    for (size_t i = 0; i < shown; ++i) {
      const std::string place = LocationText(result.causes[i].location);
      Paragraph(4, "", result.causes[i].reason + (place.empty() ? "" : " (" + place + ")"), "because ");
    }
    if (shown < result.causes.size()) Paragraph(4, palette_.dim, fmt::format("and {} (--why lists all)", Plural(result.causes.size() - shown, "more cause")));
  }

  void WriteWitnesses(const ReportedResult& result) {
    for (const ReportedWitness& witness : result.witnesses) {
      const std::string place = LocationText(witness.location);
      Paragraph(4, "", fmt::format("{} is {}{}", witness.binding, witness.text, place.empty() ? "" : " (" + place + ")"), "why: ");
    }
  }

  void WriteWarnings() {
    std::string nothing;
    for (const ReportedRule& rule : report_.rules) {
      if (rule.matched_nothing) nothing += (nothing.empty() ? "" : ", ") + rule.id;
    }
    if (!nothing.empty()) Paragraph(0, palette_.dim, nothing, "matched nothing: ");
    for (const ReportedWarning& warning : report_.warnings) {
      const std::string place = LocationText(warning.location);
      Paragraph(0, palette_.yellow, warning.text + (place.empty() ? "" : " (" + place + ")"), fmt::format("warning[{}]: ", warning.code));
    }
    if (!nothing.empty() || !report_.warnings.empty()) out_ += '\n';
  }

  void WriteSummary() {
    const Counts& counts = report_.counts;
    std::string inputs;
    for (const InputInfo& input : report_.inputs) inputs += (inputs.empty() ? "" : ", ") + input.format;
    Paragraph(0, "", fmt::format("{} judged {} in {} ({})", Plural(report_.rules.size(), "rule"), Plural(report_.num_resources, "resource"),
                                 Plural(report_.inputs.size(), "input"), inputs));
    std::string line = fmt::format("{}{} fail{}", counts.fail > 0 ? palette_.red : palette_.green, counts.fail, palette_.reset);
    if (report_.worst) line += fmt::format(" (worst: {})", SeverityName(*report_.worst));
    line += fmt::format(", {}{} undecided{}, {} pass", counts.unknown > 0 ? palette_.yellow : "", counts.unknown, counts.unknown > 0 ? palette_.reset : "", counts.pass);
    if (counts.waived > 0) line += fmt::format(", {} waived", counts.waived);
    line += fmt::format(", {} not applicable", counts.not_applicable);
    out_ += line + "\n";
  }

  const Report& report_;
  const ReportStyle& style_;
  const Palette palette_;
  std::string out_;
};

}  // namespace

std::string WriteText(const Report& report, const ReportStyle& style) { return TextReport(report, style).Write(); }

}  // namespace bylaw::cli

// The text report: findings grouped by rule, then a summary. It reads well at 80 columns, without colour and in a log.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/report/excerpt.h"
#include "cli/report/report.h"
#include "cli/report/terminal.h"
#include "cli/report/wording.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

constexpr size_t kLeastPlace = 24;  // columns kept for a place

class TextReport {
 public:
  TextReport(const Report& report, const ReportStyle& style)
      : report_(report), style_(style), palette_(style.color), excerpts_(report) {}

  std::string Write() {
    if (!style_.quiet) {
      for (uint32_t rule = 0; rule < report_.rules.size(); ++rule) WriteRule(rule);
      WriteWarnings();
    }
    WriteFrameworks();
    WriteSummary();
    return std::move(out_);
  }

 private:
  std::string_view SeverityColor(Severity severity) const {
    return severity >= Severity::kHigh ? palette_.red : severity == Severity::kMedium ? palette_.yellow : palette_.blue;
  }

  void WriteRule(uint32_t rule_index) {
    auto result = std::partition_point(report_.results.begin(), report_.results.end(),
                                       [&](const ReportedResult& other) { return other.rule < rule_index; });
    const auto end = std::partition_point(result, report_.results.end(),
                                          [&](const ReportedResult& other) { return other.rule == rule_index; });
    if (result == end) return;
    const ReportedRule& rule = report_.rules[rule_index];
    const std::string head = Visible(rule.id) + "  " + std::string(SeverityName(rule.severity)) + "  ";
    out_ += fmt::format("{}{}{}  {}{}{}  {}\n", palette_.bold, Visible(rule.id), palette_.reset,
                        SeverityColor(rule.severity), SeverityName(rule.severity), palette_.reset,
                        Wrap(Visible(rule.title.empty() ? rule.name : rule.title), style_.width, DisplayWidth(head)));
    if (!rule.controls.empty()) {
      std::string controls;
      for (const std::string& control : rule.controls) controls += (controls.empty() ? "" : ", ") + control;
      Paragraph(2, palette_.dim, controls);
    }
    const uint64_t num_left_out = rule.num_results > static_cast<uint64_t>(end - result) && style_.num_left_out == 0
                                      ? rule.num_results - static_cast<uint64_t>(end - result)
                                      : 0;
    const auto in_full = style_.verbose || style_.why || static_cast<size_t>(end - result) <= kTextResultsInFull + 1
                             ? end
                             : result + kTextResultsInFull;
    for (; result != in_full; ++result) WriteResult(*result);
    WriteLines(result, end, num_left_out);
    out_ += '\n';
  }

  /// Results as one line each: verdict, address, place. `num_more` that are not in the report are counted with those that are too many.
  void WriteLines(std::vector<ReportedResult>::const_iterator result, std::vector<ReportedResult>::const_iterator end,
                  uint64_t num_more) {
    if (result == end) return;
    const auto last = end - result > static_cast<std::ptrdiff_t>(kTextResultLines) ? result + kTextResultLines : end;
    num_more += static_cast<uint64_t>(end - last);
    size_t width = 0;
    for (auto at = result; at != last; ++at) width = std::max(width, DisplayWidth(Visible(ResourceName(*at))));
    constexpr size_t kHead = 13;  // "  undecided  "
    const size_t most = style_.width > kHead + kLeastPlace ? style_.width - kHead - kLeastPlace : style_.width / 2;
    width = std::min(width, most);
    for (; result != last; ++result) {
      const auto [color, label] = LabelOf(result->verdict);
      const std::string address = Padded(Visible(ResourceName(*result)), width);
      const std::string place = Visible(PlaceText(result->location));
      const bool fits = kHead + DisplayWidth(address) + 2 + DisplayWidth(place) <= style_.width;
      out_ += fmt::format("  {}{}{}  {}{}{}{}{}\n", color, Padded(label, kHead - 4), palette_.reset, address,
                          fits ? "  " : "\n      ", palette_.dim, place, palette_.reset);
    }
    if (num_more > 0) Paragraph(2, palette_.dim, fmt::format("and {} more like these (--verbose lists all)", num_more));
  }

  /// A paragraph indented by `indent`, in one style.
  void Paragraph(size_t indent, std::string_view style, std::string_view text, std::string_view label = {}) {
    const size_t hang = indent + DisplayWidth(label);
    out_.append(indent, ' ');
    out_ += fmt::format("{}{}{}{}\n", style, label, Wrap(Visible(text), style_.width, hang), palette_.reset);
  }

  std::pair<std::string_view, std::string_view> LabelOf(Verdict verdict) const {
    switch (verdict) {
      case Verdict::kFail: return {palette_.red, "fail"};
      case Verdict::kUnknown: return {palette_.yellow, "undecided"};
      case Verdict::kWaived: return {palette_.blue, "waived"};
      case Verdict::kPass: return {palette_.green, "pass"};
      case Verdict::kNotApplicable: return {palette_.dim, "n/a"};
    }
    return {};
  }

  void WriteResult(const ReportedResult& result) {
    const auto [color, label] = LabelOf(result.verdict);
    const std::string address = Visible(ResourceName(result));
    const bool marked = style_.has_baseline && result.is_new &&
                        (result.verdict == Verdict::kFail || result.verdict == Verdict::kUnknown);
    out_ += fmt::format("  {}{}{}{}  {}{}{}\n", color, label, marked ? " (new)" : "", palette_.reset, palette_.bold,
                        address, palette_.reset);
    if (const std::string place = PlaceText(result.location); !place.empty()) Paragraph(4, palette_.dim, place, "at ");
    if (result.verdict == Verdict::kNotApplicable) return;
    if (result.verdict == Verdict::kPass) {
      out_ += ExplanationOf(result);
      return;
    }
    if (const std::string excerpt = excerpts_.At(result.location, style_.width - 6); !excerpt.empty()) {
      out_ += fmt::format("    {}│{} {}\n", palette_.dim, palette_.reset, excerpt);
    }
    if (!result.message.empty() && result.verdict != Verdict::kUnknown) Paragraph(4, "", result.message);
    WriteCauses(result);
    WriteWitnesses(result);
    out_ += ExplanationOf(result);
    if (result.waiver) {
      Paragraph(4, "", WaiverText(*result.waiver), result.waiver->expired ? "waiver " : "waived ");
    }
    if (!result.fix.empty() && result.verdict == Verdict::kFail) Paragraph(4, palette_.green, result.fix, "fix: ");
  }

  void WriteCauses(const ReportedResult& result) {
    const size_t shown = style_.why ? result.causes.size() : std::min<size_t>(result.causes.size(), 3);
    for (size_t i = 0; i < shown; ++i) {
      const std::string place = PlaceText(result.causes[i].location);
      Paragraph(4, "", result.causes[i].reason + (place.empty() ? "" : " (" + place + ")"), "because ");
      if (style_.why && !result.causes[i].settled_by.empty())
        Paragraph(4, palette_.dim, result.causes[i].settled_by, "settled by ");
    }
    if (shown < result.causes.size())
      Paragraph(4, palette_.dim,
                fmt::format("and {} (--why lists all)", Plural(result.causes.size() - shown, "more cause")));
  }

  /// Empty: there is none.
  std::string_view ExplanationOf(const ReportedResult& result) const {
    const auto index = static_cast<size_t>(&result - report_.results.data());
    return index < style_.explanations.size() ? std::string_view(style_.explanations[index]) : std::string_view();
  }

  void WriteWitnesses(const ReportedResult& result) {
    if (!style_.why || !ExplanationOf(result).empty()) return;
    for (const ReportedWitness& witness : result.witnesses) {
      const std::string place = PlaceText(witness.location);
      Paragraph(4, "",
                fmt::format("{} is {}{}", witness.binding, witness.text, place.empty() ? "" : " (" + place + ")"),
                "why: ");
    }
  }

  void WriteWarnings() {
    std::string nothing;
    for (const ReportedRule& rule : report_.rules) {
      if (rule.matched_nothing) nothing += (nothing.empty() ? "" : ", ") + rule.id;
    }
    if (!nothing.empty()) Paragraph(0, palette_.dim, nothing, "matched nothing: ");
    for (const ReportedWarning& warning : report_.warnings) {
      const std::string place = PlaceText(warning.location);
      Paragraph(0, palette_.yellow, warning.text + (place.empty() ? "" : " (" + place + ")"),
                fmt::format("warning[{}]: ", warning.code));
    }
    if (!nothing.empty() || !report_.warnings.empty()) out_ += '\n';
  }

  void WriteFrameworks() {
    for (const FrameworkView& framework : style_.frameworks) {
      if (!style_.quiet) {
        for (const ControlView& control : framework.controls) {
          const std::string_view color = control.status == ControlStatus::kFailed      ? palette_.red
                                         : control.status == ControlStatus::kPassed    ? palette_.green
                                         : control.status == ControlStatus::kUndecided ? palette_.yellow
                                                                                       : palette_.dim;
          const std::string head =
              Padded(Visible(control.id), 10) + "  " + Padded(ControlStatusName(control.status), 11) + "  ";
          std::string rules;
          for (const std::string& rule : control.rules) rules += (rules.empty() ? "" : ", ") + rule;
          out_ += fmt::format("{}{}{}{}\n", color, head, palette_.reset,
                              Wrap(Visible(rules), style_.width, DisplayWidth(head)));
        }
      }
      Paragraph(0, palette_.bold,
                fmt::format("{}: {} passed, {} failed, {} undecided, {} not covered", framework.name, framework.passed,
                            framework.failed, framework.undecided, framework.not_covered));
      out_ += style_.quiet ? "" : "\n";
    }
  }

  void WriteSummary() {
    const VerdictCounts& counts = report_.counts;
    std::vector<std::string_view> formats;  // each once, in the order of the inputs
    for (const InputInfo& input : report_.inputs) {
      if (std::find(formats.begin(), formats.end(), input.format) == formats.end()) formats.push_back(input.format);
    }
    Paragraph(0, "",
              fmt::format("{} judged {} in {} ({})", Plural(report_.rules.size(), "rule"),
                          Plural(report_.num_resources, "resource"), Plural(report_.inputs.size(), "input"),
                          fmt::join(formats, ", ")));
    // Behind a number of which some are known: how many are new.
    const auto fresh = [&](Verdict verdict, uint64_t count) {
      return style_.has_baseline && count > 0 ? fmt::format(", {} new", CountNew(report_, verdict)) : std::string();
    };
    std::string line = fmt::format("{}{} fail{}{}", counts.fail > 0 ? palette_.red : palette_.green, counts.fail,
                                   fresh(Verdict::kFail, counts.fail), palette_.reset);
    if (report_.worst) line += fmt::format(" (worst: {})", SeverityName(*report_.worst));
    line +=
        fmt::format(", {}{} undecided{}{}, {} pass", counts.unknown > 0 ? palette_.yellow : "", counts.unknown,
                    fresh(Verdict::kUnknown, counts.unknown), counts.unknown > 0 ? palette_.reset : "", counts.pass);
    if (counts.waived > 0) line += fmt::format(", {} waived", counts.waived);
    line += fmt::format(", {} not applicable", counts.not_applicable);
    out_ += line + "\n";
    if (style_.num_left_out > 0)
      Paragraph(0, "",
                fmt::format("{} known from the baseline {} not listed", Plural(style_.num_left_out, "result"),
                            style_.num_left_out == 1 ? "is" : "are"));
  }

  const Report& report_;
  const ReportStyle& style_;
  const Palette palette_;
  Excerpts excerpts_;
  std::string out_;
};

}  // namespace

std::string WriteText(const Report& report, const ReportStyle& style) { return TextReport(report, style).Write(); }

}  // namespace bylaw::cli

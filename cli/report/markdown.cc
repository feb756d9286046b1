// Markdown for a comment on a pull request: what fails as a table, what is undecided or waived folded away. It fits
// GitHub's limit of 65,536 characters; what does not fit is counted.
//
// Texts from inputs are escaped down to entities: no mention, no link, no heading, no HTML of theirs takes effect.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/report/report.h"
#include "cli/report/terminal.h"
#include "cli/report/wording.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

constexpr size_t kMostBytes = 60'000;

/// Plain text: whatever Markdown or GitHub could read something into is an entity.
std::string Plain(std::string_view text) {
  std::string out;
  for (char c : Visible(text)) {
    if (std::string_view("&<>\"'`*_[]()#@!|~\\{}:").find(c) != std::string_view::npos) {
      out += fmt::format("&#{};", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string Code(std::string_view text) { return "<code>" + Plain(text) + "</code>"; }

class MarkdownReport {
 public:
  MarkdownReport(const Report& report, const ReportStyle& style) : report_(report), style_(style) {}

  std::string Write() {
    WriteHead();
    WriteFrameworks();
    Section(Verdict::kFail, "Fails", true);
    Section(Verdict::kUnknown, "Undecided", false);
    Section(Verdict::kWaived, "Waived", false);
    if (!report_.warnings.empty()) {
      out_ += "\n**Warnings**\n\n";
      for (const ReportedWarning& warning : report_.warnings) {
        if (out_.size() < kMostBytes) out_ += fmt::format("- {} {}\n", Code(warning.code), Plain(warning.text));
      }
    }
    return std::move(out_);
  }

 private:
  void WriteHead() {
    const VerdictCounts& counts = report_.counts;
    out_ += "<!-- bylaw report -->\n";
    const uint64_t num_new = CountNew(report_, Verdict::kFail),
                   num_new_undecided = CountNew(report_, Verdict::kUnknown);
    if (style_.has_baseline) {
      out_ += num_new + num_new_undecided == 0
                  ? std::string("## Bylaw: nothing new\n\n")
                  : fmt::format("## Bylaw: {}{}\n\n", Plural(num_new, "new fail"),
                                num_new_undecided > 0 ? fmt::format(", {} newly undecided", num_new_undecided) : "");
    } else if (counts.fail > 0) {
      out_ += fmt::format("## Bylaw: {}{}\n\n", Plural(counts.fail, "fail"),
                          counts.unknown > 0 ? fmt::format(", {} undecided", counts.unknown) : "");
    } else if (counts.unknown > 0) {
      out_ += fmt::format("## Bylaw: {} undecided\n\n", counts.unknown);
    } else {
      out_ += "## Bylaw: all clear\n\n";
    }
    if (style_.num_left_out > 0)
      out_ += fmt::format("{} known from the baseline {} not listed.\n\n", Plural(style_.num_left_out, "result"),
                          style_.num_left_out == 1 ? "is" : "are");
    out_ +=
        "| rules | resources | fail | undecided | pass | waived | not applicable "
        "|\n|---:|---:|---:|---:|---:|---:|---:|\n";
    out_ += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", report_.rules.size(), report_.num_resources,
                        counts.fail, counts.unknown, counts.pass, counts.waived, counts.not_applicable);
  }

  void WriteFrameworks() {
    for (const FrameworkView& framework : style_.frameworks) {
      out_ += fmt::format(
          "\n<details><summary>{}: {} passed, {} failed, {} undecided, {} not covered</summary>\n\n| control | status "
          "| rules |\n|---|---|---|\n",
          Plain(framework.name), framework.passed, framework.failed, framework.undecided, framework.not_covered);
      for (const ControlView& control : framework.controls) {
        if (out_.size() < kMostBytes / 2)
          out_ += fmt::format("| {} | {} | {} |\n", Plain(control.id), ControlStatusName(control.status),
                              Plain(fmt::format("{}", fmt::join(control.rules, ", "))));
      }
      out_ += "\n</details>\n";
    }
  }

  std::string Row(const ReportedResult& result) const {
    const ReportedRule& rule = report_.rules[result.rule];
    std::string what = Plain(Statement(result));
    if (result.verdict == Verdict::kFail && !result.fix.empty()) what += "<br>**Fix:** " + Plain(result.fix);
    if (result.waiver)
      what += (result.waiver->expired ? "<br>**Waiver** " : "<br>**Waived** ") + Plain(WaiverText(*result.waiver));
    const std::string place = PlaceText(result.location);
    return fmt::format("| {} | {}{}<br>{} | {}{} | {} |\n", SeverityName(result.severity), Code(rule.id),
                       style_.has_baseline && result.is_new ? " **new**" : "", Plain(RuleTitle(rule)),
                       Code(ResourceName(result)), place.empty() ? "" : "<br>" + Code(place), what);
  }

  void Section(Verdict verdict, const char* title, bool open) {
    std::vector<const ReportedResult*> results;
    for (const ReportedResult& result : report_.results) {
      if (result.verdict == verdict) results.push_back(&result);
    }
    if (results.empty()) return;
    // The worst first; among equals the report's own order.
    std::stable_sort(results.begin(), results.end(),
                     [](const ReportedResult* a, const ReportedResult* b) { return a->severity > b->severity; });
    out_ += open ? fmt::format("\n### {} ({})\n\n", title, results.size())
                 : fmt::format("\n<details><summary>{} ({})</summary>\n\n", title, results.size());
    out_ += "| severity | rule | resource | what |\n|---|---|---|---|\n";
    size_t written = 0;
    for (; written < results.size(); ++written) {
      const std::string row = Row(*results[written]);
      if (out_.size() + row.size() > kMostBytes) break;
      out_ += row;
    }
    if (written < results.size())
      out_ += fmt::format("\n… and {} more; see the whole report.\n", results.size() - written);
    if (!open) out_ += "\n</details>\n";
  }

  const Report& report_;
  const ReportStyle& style_;
  std::string out_;
};

}  // namespace

std::string WriteMarkdown(const Report& report, const ReportStyle& style) {
  return MarkdownReport(report, style).Write();
}

}  // namespace bylaw::cli

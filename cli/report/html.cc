// The HTML report: one file without anything from elsewhere. Summary and charts are plain HTML and SVG; the findings
// are data that the page's script lists, filters and groups.
// Texts are escaped, or set as text by the script.
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/report/escape.h"
#include "cli/report/html_page.h"
#include "cli/report/report.h"
#include "cli/report/terminal.h"
#include "cli/report/wording.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;

/// JSON that can stand in a script element.
std::string ScriptJson(const Json& json) {
  std::string text = DumpJson(json, -1);
  for (size_t at = 0; (at = text.find('<', at)) != std::string::npos; at += 6) text.replace(at, 1, "\\u003c");
  return text;
}

class HtmlReport {
 public:
  HtmlReport(const Report& report, const ReportStyle& style) : report_(report), style_(style) {}

  std::string Write() {
    out_ = HtmlHead("Bylaw: " + Headline(), kHtmlScript);
    out_ += "<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n";
    WriteHeader();
    out_ += "<main>\n";
    WriteCharts();
    WriteFindings();
    WriteFrameworks();
    WriteWarnings();
    WriteRules();
    out_ += "</main>\n";
    out_ += fmt::format("<footer>Bylaw {}<span class=\"screen\"> · press / to search</span></footer>\n",
                        EscapeMarkup(Version()));
    out_ += fmt::format(
        "<script type=\"application/json\" id=\"data\">{}</script>\n<script>{}</script>\n</body>\n</html>\n",
        ScriptJson(Data()), kHtmlScript);
    return std::move(out_);
  }

 private:
  std::string Headline() const {
    const VerdictCounts& counts = report_.counts;
    if (counts.fail > 0)
      return fmt::format("{}{}", Plural(counts.fail, "fail"),
                         report_.worst ? fmt::format(", worst {}", SeverityName(*report_.worst)) : "");
    return counts.unknown > 0 ? fmt::format("{} undecided", counts.unknown) : "all clear";
  }

  void WriteHeader() {
    const VerdictCounts& counts = report_.counts;
    std::string policies;
    for (const std::string& policy : style_.policies) policies += (policies.empty() ? "" : ", ") + policy;
    out_ += fmt::format("<header>\n<h1>Bylaw: {}</h1>\n<p class=\"run soft\">{} · policies: {}</p>\n{}", Headline(),
                        FormatTime(report_.now), EscapeMarkup(policies), HtmlInputs(report_.inputs));
    const std::array<std::tuple<const char*, const char*, uint64_t>, 5> cards = {
        {{"fail", "fail", counts.fail},
         {"unknown", "undecided", counts.unknown},
         {"waived", "waived", counts.waived},
         {"pass", "pass", counts.pass},
         {"not_applicable", "not applicable", counts.not_applicable}}};
    out_ += "<ul class=\"cards\">\n";
    for (const auto& [name, word, count] : cards)
      out_ += fmt::format("<li><b class=\"{}\">{}</b>{}</li>\n", name, count, word);
    out_ += fmt::format("<li><b>{}</b>resources</li>\n</ul>\n</header>\n", report_.num_resources);
  }

  void WriteCharts() {
    std::array<uint64_t, kNumSeverities> by_severity{};
    std::vector<uint64_t> by_rule(report_.rules.size(), 0);
    for (const ReportedResult& result : report_.results) {
      if (result.verdict != Verdict::kFail) continue;
      ++by_severity[static_cast<size_t>(result.severity)];
      ++by_rule[result.rule];
    }
    out_ +=
        "<div class=\"panels\">\n<section class=\"panel\" aria-labelledby=\"c1\"><h2 id=\"c1\">Fails by "
        "severity</h2><table>\n";
    const uint64_t most = *std::max_element(by_severity.begin(), by_severity.end());
    for (size_t i = by_severity.size(); i > 0; --i) {
      const std::string_view name = SeverityName(static_cast<Severity>(i - 1));
      out_ += HtmlBar(name, name, by_severity[i - 1], most, name);
    }
    out_ +=
        "</table></section>\n<section class=\"panel\" aria-labelledby=\"c2\"><h2 id=\"c2\">Rules that fail "
        "most</h2><table>\n";
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < by_rule.size(); ++i) {
      if (by_rule[i] > 0) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return by_rule[a] > by_rule[b]; });
    for (size_t i = 0; i < std::min<size_t>(order.size(), 6); ++i) {
      const ReportedRule& rule = report_.rules[order[i]];
      out_ += HtmlBar(rule.id + "  " + Shortened(RuleTitle(rule), 64), SeverityName(rule.severity), by_rule[order[i]],
                      by_rule[order[0]], "long");
    }
    if (order.empty()) out_ += "<tr><td>Nothing fails.</td></tr>\n";
    out_ += "</table></section>\n</div>\n";
  }

  void Choices(const char* name, const char* legend,
               std::initializer_list<std::tuple<const char*, const char*, bool>> choices) {
    out_ += fmt::format("<fieldset><legend>{}</legend>", legend);
    for (const auto& [value, word, on] : choices) {
      out_ += fmt::format("<label><input type=\"checkbox\" name=\"{}\" value=\"{}\"{}> {}</label>", name, value,
                          on ? " checked" : "", word);
    }
    out_ += "</fieldset>\n";
  }

  void WriteFindings() {
    out_ +=
        "<h2>Findings</h2>\n<form id=\"filter\" role=\"search\">\n<label>Search <input type=\"search\" id=\"search\" "
        "autocomplete=\"off\" placeholder=\"rule, resource, text, control\"></label>\n";
    out_ +=
        "<label>Group by <select id=\"group\"><option value=\"rule\">rule</option><option "
        "value=\"resource\">resource</option><option value=\"account\">account and region</option>"
        "<option value=\"framework\">framework control</option></select></label>\n";
    Choices("verdict", "Verdict",
            {{"fail", "fail", true},
             {"unknown", "undecided", true},
             {"waived", "waived", false},
             {"pass", "pass", false},
             {"not_applicable", "not applicable", false}});
    Choices("severity", "Severity",
            {{"critical", "critical", true},
             {"high", "high", true},
             {"medium", "medium", true},
             {"low", "low", true},
             {"info", "info", true}});
    if (style_.has_baseline)
      out_ +=
          "<fieldset><legend>Baseline</legend><label><input type=\"checkbox\" id=\"new\"> only "
          "new</label></fieldset>\n";
    out_ +=
        "</form>\n<p id=\"count\" role=\"status\" aria-live=\"polite\"></p>\n<section id=\"findings\" tabindex=\"-1\" "
        "aria-label=\"Findings\"></section>\n";
    out_ += "<noscript><p>The list of findings needs JavaScript; the table of rules below does not.</p></noscript>\n";
  }

  void WriteWarnings() {
    if (report_.warnings.empty()) return;
    out_ += "<h2>Warnings</h2>\n<ul>\n";
    for (const ReportedWarning& warning : report_.warnings) {
      const std::string place = PlaceText(warning.location);
      out_ += fmt::format("<li><code>{}</code> {}{}</li>\n", EscapeMarkup(warning.code), EscapeMarkup(warning.text),
                          place.empty() ? "" : " <code>" + EscapeMarkup(place) + "</code>");
    }
    out_ += "</ul>\n";
  }

  void WriteFrameworks() {
    for (const FrameworkView& framework : style_.frameworks) {
      out_ += fmt::format(
          "<h2>{}</h2>\n<p>{} passed, {} failed, {} undecided, {} not covered</p>\n<div class=\"rules panel\" "
          "tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>\n"
          "<thead><tr><th scope=\"col\">control</th><th scope=\"col\">status</th><th "
          "scope=\"col\">rules</th></tr></thead>\n<tbody>\n",
          EscapeMarkup(framework.name), framework.passed, framework.failed, framework.undecided, framework.not_covered,
          EscapeMarkup(framework.name));
      for (const ControlView& control : framework.controls) {
        const char* color = control.status == ControlStatus::kFailed      ? "fail"
                            : control.status == ControlStatus::kPassed    ? "pass"
                            : control.status == ControlStatus::kUndecided ? "unknown"
                                                                          : "soft";
        out_ += fmt::format("<tr><td>{}</td><td class=\"{}\">{}</td><td>{}</td></tr>\n", EscapeMarkup(control.id),
                            color, ControlStatusName(control.status),
                            EscapeMarkup(fmt::format("{}", fmt::join(control.rules, ", "))));
      }
      out_ += "</tbody></table></div>\n";
    }
  }

  void WriteRules() {
    out_ +=
        "<h2>Rules</h2>\n<div class=\"rules panel\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"Rules\"><table>\n<thead><tr><th scope=\"col\">rule</th><th scope=\"col\">severity</th>"
        "<th scope=\"col\" class=\"n\">fail</th><th scope=\"col\" class=\"n\">undecided</th><th scope=\"col\" "
        "class=\"n\">waived</th><th scope=\"col\" class=\"n\">pass</th>"
        "<th scope=\"col\" class=\"n\">not applicable</th></tr></thead>\n<tbody>\n";
    for (const ReportedRule& rule : report_.rules) {
      out_ += fmt::format(
          "<tr><td><code>{}</code> {}</td><td class=\"{}\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
          "class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
          EscapeMarkup(rule.id), EscapeMarkup(RuleTitle(rule)), SeverityName(rule.severity),
          SeverityName(rule.severity), rule.counts.fail, rule.counts.unknown, rule.counts.waived, rule.counts.pass,
          rule.counts.not_applicable);
    }
    out_ += "</tbody></table></div>\n";
  }

  Json Data() const {
    Json rules = Json::array(), results = Json::array();
    for (const ReportedRule& rule : report_.rules)
      rules.push_back(
          {{"id", Visible(rule.id)}, {"title", Visible(RuleTitle(rule))}, {"severity", SeverityName(rule.severity)}});
    for (const ReportedResult& result : report_.results) {
      Json witnesses = Json::array();
      for (const ReportedWitness& witness : result.witnesses) {
        witnesses.push_back({{"text", Visible(witness.binding + " is " + witness.text)},
                             {"place", Visible(PlaceText(witness.location))}});
      }
      for (const ReportedCause& cause : result.causes)
        witnesses.push_back({{"text", Visible(cause.reason)}, {"place", Visible(PlaceText(cause.location))}});
      Json controls = Json::array();
      for (const std::string& control : report_.Controls(result)) controls.push_back(Visible(control));
      results.push_back({{"rule", result.rule},
                         {"verdict", VerdictName(result.verdict)},
                         {"severity", SeverityName(result.severity)},
                         {"resource", Visible(ResourceName(result))},
                         {"account", Visible(result.resource.account)},
                         {"region", Visible(result.resource.region)},
                         {"place", Visible(PlaceText(result.location))},
                         {"text", Visible(result.verdict == Verdict::kUnknown ? "Undecided" : Statement(result))},
                         {"fix", Visible(result.fix)},
                         {"waiver", result.waiver ? Json(Visible(WaiverPhrase(*result.waiver))) : Json(nullptr)},
                         {"controls", std::move(controls)},
                         {"witnesses", std::move(witnesses)},
                         {"new", result.is_new}});
    }
    return {{"baseline", style_.has_baseline}, {"rules", std::move(rules)}, {"results", std::move(results)}};
  }

  const Report& report_;
  const ReportStyle& style_;
  std::string out_;
};

}  // namespace

std::string WriteHtml(const Report& report, const ReportStyle& style) { return HtmlReport(report, style).Write(); }

}  // namespace bylaw::cli

#include <algorithm>

#include <fmt/format.h>

#include "cli/report/escape.h"
#include "cli/report/html_page.h"
#include "cli/report/terminal.h"
#include "cli/surface/surface.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

constexpr size_t kMostBars = 10;

class SurfacePage {
 public:
  explicit SurfacePage(const Surface& surface) : surface_(surface) {}

  std::string Write() {
    out_ = HtmlHead("Bylaw: the surface", "", "@page { size: landscape; }\n");
    Header();
    out_ += "<main>\n<div class=\"panels\">\n";
    for (std::string_view key : {"settings", "failing", "packages", "vulnerabilities"}) CompareStacks(key);
    out_ += "</div>\n<div class=\"panels\">\n";
    for (const SurfaceScope& stack : surface_.stacks) Kinds(stack);
    out_ += "</div>\n";
    Numbers();
    Scopes("By account", surface_.accounts, "account not known");
    Scopes("By team", surface_.teams, "no team's tag");
    Workloads();
    out_ += fmt::format(
        "</main>\n<footer>Bylaw {}. A resource counts once in each scope that it is behind. {} not followed, as it is "
        "not known whether they hold.</footer>\n</body>\n</html>\n",
        EscapeMarkup(Version()), Plural(surface_.undecided_links, "link"));
    return std::move(out_);
  }

 private:
  void Header() {
    out_ += fmt::format(
        "<header>\n<h1>Bylaw: the surface</h1>\n<p>What must be kept right behind each workload, by stack.</p>\n<p "
        "class=\"run soft\">{}</p>\n{}<ul class=\"cards\">\n",
        FormatTime(surface_.now), HtmlInputs(surface_.inputs));
    for (const SurfaceScope& stack : surface_.stacks) {
      out_ += fmt::format("<li><b>{}</b>settings of the {} stack</li>\n<li><b class=\"{}\">{}</b>of them fail</li>\n",
                          stack.counts.settings, EscapeMarkup(stack.name), stack.counts.failing > 0 ? "fail" : "pass",
                          stack.counts.failing);
    }
    out_ += "</ul>\n</header>\n";
  }

  const SurfaceMeasure& Measure(std::string_view key) const {
    const auto measures = SurfaceMeasures();
    return *std::find_if(measures.begin(), measures.end(),
                         [&](const SurfaceMeasure& measure) { return measure.key == key; });
  }

  void Panel(std::string_view title) {
    out_ += fmt::format("<section class=\"panel\"><h2>{}</h2><table>\n", EscapeMarkup(title));
  }

  void CompareStacks(std::string_view key) {
    const SurfaceMeasure& measure = Measure(key);
    std::string title(measure.text);
    title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
    Panel(title);
    uint64_t most = 0;
    for (const SurfaceScope& stack : surface_.stacks) most = std::max(most, measure.of(stack.counts));
    for (const SurfaceScope& stack : surface_.stacks)
      out_ += HtmlBar(stack.name, key == "settings" ? "low" : "fail", measure.of(stack.counts), most, "");
    out_ += "</table></section>\n";
  }

  void Kinds(const SurfaceScope& stack) {
    Panel(fmt::format("Settings of the {} stack by kind of resource", stack.name));
    for (size_t i = 0; i < std::min(stack.kinds.size(), kMostBars); ++i)
      out_ += HtmlBar(stack.kinds[i].type, "low", stack.kinds[i].settings, stack.kinds[0].settings, "long");
    if (stack.kinds.empty()) out_ += "<tr><td>Nothing.</td></tr>\n";
    out_ += "</table></section>\n";
  }

  /// A row of several texts is one workload: how many it has need not be told.
  static std::span<const SurfaceMeasure> MeasuresOf(std::initializer_list<std::string_view> texts) {
    return SurfaceMeasures().subspan(texts.size() > 1 ? 1 : 0);
  }

  void TableStart(std::string_view title, std::initializer_list<std::string_view> texts) {
    out_ += fmt::format(
        "<h2>{}</h2>\n<div class=\"rules panel\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>\n<thead><tr>",
        EscapeMarkup(title), EscapeMarkup(title));
    for (std::string_view text : texts) out_ += fmt::format("<th scope=\"col\">{}</th>", text);
    for (const SurfaceMeasure& measure : MeasuresOf(texts))
      out_ += fmt::format("<th scope=\"col\" class=\"n\">{}</th>", measure.text);
    out_ += "</tr></thead>\n<tbody>\n";
  }
  void TableRow(std::initializer_list<std::string_view> texts, const SurfaceCounts& counts) {
    out_ += "<tr>";
    for (std::string_view text : texts) out_ += fmt::format("<td>{}</td>", EscapeMarkup(text));
    for (const SurfaceMeasure& measure : MeasuresOf(texts)) {
      const uint64_t number = measure.of(counts);
      out_ += fmt::format("<td class=\"n{}\">{}</td>", measure.key == "failing" && number > 0 ? " fail" : "", number);
    }
    out_ += "</tr>\n";
  }
  void TableEnd() { out_ += "</tbody></table></div>\n"; }

  void Numbers() {
    TableStart("By stack", {"stack"});
    for (const SurfaceScope& stack : surface_.stacks) TableRow({stack.name}, stack.counts);
    TableRow({"shared: in both, and counted in each"}, surface_.shared.counts);
    TableRow({"elsewhere: in neither"}, surface_.elsewhere.counts);
    TableEnd();
  }

  void Scopes(std::string_view title, const std::vector<SurfaceScope>& scopes, std::string_view nameless) {
    if (scopes.empty() || (scopes.size() == 1 && scopes[0].name.empty())) return;
    TableStart(title, {"name"});
    for (const SurfaceScope& scope : scopes)
      TableRow({scope.name.empty() ? nameless : std::string_view(scope.name)}, scope.counts);
    TableEnd();
  }

  void Workloads() {
    TableStart("Behind each workload", {"workload", "kind", "stack", "account", "team"});
    for (const SurfaceWorkload& workload : surface_.workloads)
      TableRow({workload.address, workload.type, workload.stack, workload.account, workload.team}, workload.counts);
    TableEnd();
  }

  const Surface& surface_;
  std::string out_;
};

}  // namespace

std::string WriteSurfaceHtml(const Surface& surface) { return SurfacePage(surface).Write(); }

}  // namespace bylaw::cli

// Coverage for other programs and for a browser: each file line by line.
#include <algorithm>

#include <fmt/format.h>

#include "cli/coverage.h"
#include "cli/report/escape.h"
#include "cli/report/html_page.h"

namespace bylaw::cli {
namespace {

enum class LineState : uint8_t { kNothing, kCovered, kPartly, kUncovered };

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find_first_of("\r\n");
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(text.substr(end, 2) == "\r\n" ? end + 2 : end + 1);
  }
  return lines;
}

LineState StateOf(const CoveredCondition& condition) {
  return condition.seen == 0 ? LineState::kUncovered : condition.is_whole() ? LineState::kCovered : LineState::kPartly;
}

/// Two things of one line: nothing is worse than what no test reached only in part.
LineState Together(LineState a, LineState b) {
  if (a == LineState::kNothing || a == b) return b;
  return b == LineState::kNothing ? a : LineState::kPartly;
}

/// [num lines]: of what begins on a line; where nothing does, of the last condition before that reaches over it.
std::vector<LineState> StatesOf(const CoveredFile& file, size_t num_lines) {
  std::vector<LineState> own(num_lines, LineState::kNothing), around(num_lines, LineState::kNothing);
  for (const CoveredUnit& unit : file.units)
    own[unit.line - 1] = Together(own[unit.line - 1], unit.reached ? LineState::kCovered : LineState::kUncovered);
  for (const CoveredCondition& condition : file.conditions) {
    own[condition.line - 1] = Together(own[condition.line - 1], StateOf(condition));
    for (size_t line = condition.line; line < condition.end_line; ++line) around[line] = StateOf(condition);
  }
  for (size_t i = 0; i < num_lines; ++i) {
    if (own[i] == LineState::kNothing) own[i] = around[i];
  }
  return own;
}

constexpr std::string_view kStyle = R"css(
.counts { overflow-x: auto; } .counts table { border-collapse: collapse; width: 100%; font-size: 14px; } .counts th, .counts td { text-align: left; padding: 5px 9px; border-bottom: 1px solid var(--line); }
.counts th.n, .counts td.n { text-align: right; font-variant-numeric: tabular-nums; }
pre { margin: 0; overflow-x: auto; font: 13px/1.55 ui-monospace, "DejaVu Sans Mono", monospace; tab-size: 2; }
pre span.line { display: block; padding: 0 10px 0 0; min-width: max-content; border-left: 4px solid transparent; } pre b { display: inline-block; width: 5ch; margin-right: 1.5ch; text-align: right; font-weight: 400; color: var(--soft); user-select: none; }
pre .covered { border-color: var(--pass); background: color-mix(in srgb, var(--pass) 9%, transparent); } pre .partly { border-color: var(--medium); background: color-mix(in srgb, var(--medium) 14%, transparent); }
pre .uncovered { border-color: var(--high); background: color-mix(in srgb, var(--high) 13%, transparent); } pre i { color: var(--soft); padding-left: 3ch; }
)css";

std::string_view ClassOf(LineState state) {
  switch (state) {
    case LineState::kNothing: return "";
    case LineState::kCovered: return " covered";
    case LineState::kPartly: return " partly";
    case LineState::kUncovered: return " uncovered";
  }
  return "";
}

/// Markup of a line of source: what is escaped, tabs kept.
std::string Source(std::string_view line) {
  std::string out;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t tab = std::min(line.find('\t', begin), line.size());
    out += EscapeMarkup(line.substr(begin, tab - begin));
    if (tab < line.size()) out += '\t';
    begin = tab + 1;
  }
  return out;
}

std::string CountsRow(std::string_view name, const CoverageCounts& counts) {
  auto cell = [](const Share& share) { return fmt::format("<td class=\"n\">{}/{}</td>", share.covered, share.all); };
  return fmt::format("<tr><td>{}</td>{}{}{}<td class=\"n\">{:.1f}%</td></tr>\n", EscapeMarkup(name), cell(counts.rules),
                     cell(counts.clauses), cell(counts.outcomes), counts.outcomes.percent());
}

void AddFile(const CoveredFile& file, std::string& out) {
  const std::vector<std::string_view> lines = LinesOf(file.text);
  const std::vector<LineState> states = StatesOf(file, lines.size());
  out += fmt::format(
      "<details class=\"group\"{}><summary><span class=\"name\">{}</span><span "
      "class=\"tally\">{}</span></summary>\n<pre>",
      file.uncovered.empty() ? "" : " open", EscapeMarkup(file.path),
      file.uncovered.empty() ? "all covered" : Plural(file.uncovered.size(), "place") + " not covered");
  size_t next = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string notes;
    for (; next < file.uncovered.size() && file.uncovered[next].line == i + 1; ++next)
      notes += (notes.empty() ? "" : "; ") + file.uncovered[next].what;
    out += fmt::format("<span class=\"line{}\"><b>{}</b>{}", ClassOf(states[i]), i + 1, Source(lines[i]));
    if (!notes.empty()) out += fmt::format("<i>{}</i>", EscapeMarkup(notes));
    out += "</span>";
  }
  out += "</pre></details>\n";
}

}  // namespace

std::string CoverageLcov(const Coverage& coverage) {
  std::string out;
  for (const CoveredFile& file : coverage.files) {
    out += fmt::format("TN:\nSF:{}\n", file.path);
    for (const CoveredUnit& unit : file.units) out += fmt::format("FN:{},{}\n", unit.line, unit.name);
    for (const CoveredUnit& unit : file.units) out += fmt::format("FNDA:{},{}\n", unit.reached ? 1 : 0, unit.name);
    const auto num_reached =
        std::count_if(file.units.begin(), file.units.end(), [](const CoveredUnit& unit) { return unit.reached; });
    out += fmt::format("FNF:{}\nFNH:{}\n", file.units.size(), num_reached);
    size_t num_branches = 0, num_taken = 0, block = 0;
    for (const CoveredCondition& condition : file.conditions) {
      if (condition.is_constant) continue;
      int branch = 0;
      for (const uint8_t outcome : {Observations::kTrue, Observations::kFalse}) {
        const bool taken = (condition.seen & outcome) != 0;
        out += fmt::format("BRDA:{},{},{},{}\n", condition.line, block, branch++,
                           condition.seen == 0 ? "-"
                           : taken             ? "1"
                                               : "0");
        ++num_branches;
        num_taken += taken;
      }
      ++block;
    }
    out += fmt::format("BRF:{}\nBRH:{}\n", num_branches, num_taken);
    const std::vector<LineState> states = StatesOf(file, LinesOf(file.text).size());
    size_t num_lines = 0, num_hit = 0;
    for (size_t i = 0; i < states.size(); ++i) {
      if (states[i] == LineState::kNothing) continue;
      const bool hit = states[i] != LineState::kUncovered;
      out += fmt::format("DA:{},{}\n", i + 1, hit ? 1 : 0);
      ++num_lines;
      num_hit += hit;
    }
    out += fmt::format("LF:{}\nLH:{}\nend_of_record\n", num_lines, num_hit);
  }
  return out;
}

std::string CoverageHtml(const Coverage& coverage) {
  std::string out = HtmlHead("Coverage", "", kStyle);
  out += fmt::format(
      "<header><h1>Coverage</h1>\n<p class=\"soft\">{:.1f}% of the outcomes of conditions were seen by a "
      "test</p></header>\n<main>\n",
      coverage.total.outcomes.percent());
  out +=
      "<h2>Packages</h2>\n<div class=\"counts panel\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"Packages\"><table>\n<thead><tr><th scope=\"col\">package</th>"
      "<th scope=\"col\" class=\"n\">rules</th><th scope=\"col\" class=\"n\">clauses</th><th scope=\"col\" "
      "class=\"n\">outcomes</th><th scope=\"col\" class=\"n\"></th></tr></thead>\n<tbody>\n";
  for (const CoverageCounts& counts : coverage.packages)
    out += CountsRow(counts.package.empty() ? "(no package)" : counts.package, counts);
  out += CountsRow("total", coverage.total);
  out += "</tbody></table></div>\n<h2>Files</h2>\n";
  for (const CoveredFile& file : coverage.files) AddFile(file, out);
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace bylaw::cli

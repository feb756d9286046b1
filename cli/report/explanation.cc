#include "cli/report/explanation.h"

#include <fstream>

#include <fmt/format.h>

#include "cli/report/escape.h"
#include "cli/report/wording.h"

namespace bylaw::cli {
namespace {

constexpr size_t kMostSource = 160;  // bytes of an expression

std::string Folded(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

std::string ExplanationText::Source(const ExplainedStep& step) {
  if (step.expression.line == 0) return "";
  const auto [entry, is_new] = files_.try_emplace(step.expression.file);
  std::vector<std::string>& lines = entry->second;
  if (is_new) {
    std::ifstream file(step.expression.file);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
  }
  if (step.end_line == 0 || step.end_line > lines.size() || step.end_line < step.expression.line) return "";
  std::string text;
  for (uint32_t number = step.expression.line; number <= step.end_line; ++number) {
    std::string_view line = lines[number - 1];
    if (number == step.end_line) line = line.substr(0, step.end_column > 0 ? step.end_column - 1 : 0);
    if (number == step.expression.line)
      line = line.substr(std::min<size_t>(line.size(), step.expression.column > 0 ? step.expression.column - 1 : 0));
    text += text.empty() ? std::string(line) : " " + std::string(line);
  }
  return Shortened(Folded(text), kMostSource);
}

void ExplanationText::WriteStep(const ExplainedStep& step, const std::string& stem, const std::string& head) {
  std::string text = Visible(step.label.empty() ? Source(step) : step.label);
  const std::string place = PlaceText(step.location);
  if (!step.value.empty()) text += (text.empty() ? "" : " = ") + Visible(step.value);
  out_ += head;
  const size_t indent = DisplayWidth(stem) + 2;
  std::string wrapped = Wrap(text, width_, indent);
  // The lines after the first keep the tree's stem.
  for (size_t at = wrapped.find('\n'); at != std::string::npos; at = wrapped.find('\n', at + stem.size())) {
    wrapped.replace(at + 1, std::min(DisplayWidth(stem), indent), stem);
  }
  out_ += wrapped + "\n";
  if (!place.empty()) out_ += fmt::format("{}  {}at {}{}\n", stem, palette_.dim, Visible(place), palette_.reset);
}

void ExplanationText::WriteSteps(const std::vector<ExplainedStep>& steps, const std::string& stem) {
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool last = i + 1 == steps.size();
    const std::string below = stem + (last ? "  " : "│ ");
    WriteStep(steps[i], below, stem + (last ? "└─" : "├─"));
    WriteSteps(steps[i].steps, below);
  }
}

std::string ExplanationText::Write(const ExplainedTuple& tuple, size_t indent) {
  out_.clear();
  const std::string stem(indent, ' ');
  for (const ExplainedStep& variable : tuple.variables) WriteStep(variable, stem, stem + "for ");
  if (!tuple.conditions.empty()) {
    out_ += stem + "where\n";
    WriteSteps(tuple.conditions, stem);
  }
  if (!tuple.applies) out_ += stem + "so the rule does not apply here\n";
  for (const ExplainedClause& clause : tuple.clauses) {
    const std::string_view color = clause.verdict == Verdict::kFail   ? palette_.red
                                   : clause.verdict == Verdict::kPass ? palette_.green
                                                                      : palette_.yellow;
    const std::string word(VerdictWord(clause.verdict));
    const std::string source = Source(clause.expression);
    out_ += fmt::format(
        "{}{}\n", stem,
        Wrap(Visible(source.empty() ? fmt::format("clause {}", clause.clause) : source), width_, indent + 2));
    WriteSteps(clause.expression.steps, stem);
    out_ += fmt::format("{}so: {}{}{}\n", stem, color, word, palette_.reset);
  }
  return std::move(out_);
}

}  // namespace bylaw::cli

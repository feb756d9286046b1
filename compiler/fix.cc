#include "compiler/fix.h"

#include <algorithm>
#include <map>

#include "compiler/ast/ast.h"
#include "compiler/ast/printer.h"
#include "compiler/syntax/parser.h"

namespace bylaw::compiler {
namespace {

/// A finding's edits belong together: all are applied or none.
struct Group {
  std::vector<Edit> edits;
  bool Overlaps(Span span) const {
    return std::any_of(edits.begin(), edits.end(),
                       [&](const Edit& edit) { return edit.span.begin < span.end && span.begin < edit.span.end; });
  }
};

std::string Apply(std::string text, std::vector<Edit> edits) {
  // From the end, so that the places before stay where they are.
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.span.begin > b.span.begin; });
  for (const Edit& edit : edits) text.replace(edit.span.begin, edit.span.length(), edit.replacement);
  return text;
}

std::string Formatted(const std::string& path, const std::string& text) {
  SourceMap sources;
  Diagnostics diagnostics;
  const auto file = ParseFile(sources, sources.Add(path, text), diagnostics);
  return diagnostics.has_errors() ? text : ast::Format(*file, sources);
}

/// One turn: what the findings of `result` offer, as new texts. The number of findings that were applied.
size_t ApplyFindings(const CompileResult& result, const std::function<bool(const std::string&)>& is_own,
                     std::vector<PolicyText>& texts) {
  std::map<std::string, std::vector<Edit>> edits_of;  // by path
  size_t num_applied = 0;
  for (const Diagnostic& diagnostic : result.diagnostics.all()) {
    if (diagnostic.edits.empty()) continue;
    const std::string& path = result.sources->file(diagnostic.edits[0].span.file_id).path();
    if (!is_own(path)) continue;
    std::vector<Edit>& edits = edits_of[path];
    const Group taken{edits};
    if (std::any_of(diagnostic.edits.begin(), diagnostic.edits.end(),
                    [&](const Edit& edit) { return taken.Overlaps(edit.span); }))
      continue;
    edits.insert(edits.end(), diagnostic.edits.begin(), diagnostic.edits.end());
    ++num_applied;
  }
  for (PolicyText& text : texts) {
    if (const auto found = edits_of.find(text.path); found != edits_of.end() && !found->second.empty())
      text.text = Formatted(text.path, Apply(std::move(text.text), std::move(found->second)));
  }
  return num_applied;
}

}  // namespace

FixResult FixPolicies(std::vector<PolicyText> texts, CompileOptions options,
                      const std::function<bool(const std::string& path)>& is_own) {
  options.lint = true;
  FixResult fixed{.texts = std::move(texts), .num_fixed = 0, .last = {}};
  fixed.last = Compile(fixed.texts, options);
  constexpr int kMostTurns = 50;
  for (int turn = 0; turn < kMostTurns && !fixed.last.diagnostics.has_errors(); ++turn) {
    std::vector<PolicyText> edited = fixed.texts;
    const size_t num_applied = ApplyFindings(fixed.last, is_own, edited);
    if (num_applied == 0) break;
    CompileResult next = Compile(edited, options);
    if (next.diagnostics.has_errors()) break;
    fixed.texts = std::move(edited);
    fixed.num_fixed += num_applied;
    fixed.last = std::move(next);
  }
  return fixed;
}

}  // namespace bylaw::compiler

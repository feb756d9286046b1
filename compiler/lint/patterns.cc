// Regular expressions that need none: a text written out, with an anchor or `.*` here and there.

#include <algorithm>

#include <fmt/format.h>

#include "compiler/ast/printer.h"
#include "compiler/lint/linter.h"

namespace bylaw::compiler::lint {
namespace {

/// Texts with any text between them.
struct Pieces {
  std::vector<std::string> texts = {""};  ///< one more than there are `.*`
  bool begins = false, ends = false;      ///< anchored
};

std::optional<Pieces> Read(std::string_view regex) {
  Pieces pieces;
  if (regex.starts_with('^')) pieces.begins = true, regex.remove_prefix(1);
  while (!regex.empty()) {
    const char c = regex[0];
    if (c == '$' && regex.size() == 1) {
      pieces.ends = true;
      return pieces;
    }
    if (regex.starts_with(".*") && !regex.starts_with(".*?")) {
      pieces.texts.emplace_back();
      regex.remove_prefix(2);
      continue;
    }
    size_t taken = 1;
    char literal = c;
    if (c == '\\') {
      if (regex.size() < 2) return std::nullopt;
      literal = regex[1];
      taken = 2;
      const bool punctuation = std::string_view("./-_:^$()[]{}|+@#%&,;=~").find(literal) != std::string_view::npos;
      if (!punctuation) return std::nullopt;
    } else if (std::string_view(".*+?()[]{}|^$").find(c) != std::string_view::npos) {
      return std::nullopt;
    }
    // A glob has no way to write these as themselves.
    if (literal == '*' || literal == '?' || literal == '\\') return std::nullopt;
    regex.remove_prefix(taken);
    if (!regex.empty() && std::string_view("*+?{").find(regex[0]) != std::string_view::npos) return std::nullopt;
    pieces.texts.back() += literal;
  }
  return pieces;
}

/// `^(a|b|c)$`: the words, or none.
std::vector<std::string> Words(std::string_view regex) {
  for (const std::string_view open : {"^(?:", "^("}) {
    if (!regex.starts_with(open) || !regex.ends_with(")$")) continue;
    std::vector<std::string> words;
    std::string_view rest = regex.substr(open.size(), regex.size() - open.size() - 2);
    while (true) {
      const size_t bar = std::min(rest.find('|'), rest.size());
      const std::string_view word = rest.substr(0, bar);
      const auto pieces = Read(word);
      if (!pieces || pieces->begins || pieces->ends || pieces->texts.size() != 1 || word.ends_with('\\')) return {};
      words.push_back(pieces->texts[0]);
      if (bar == rest.size()) break;
      rest.remove_prefix(bar + 1);
    }
    return words.size() > 1 ? words : std::vector<std::string>{};
  }
  return {};
}

}  // namespace

std::optional<PlainPattern> PlainPatternOf(std::string_view regex) {
  if (const std::vector<std::string> words = Words(regex); !words.empty()) {
    std::string set;
    for (const std::string& word : words) set += (set.empty() ? "{" : ", ") + ast::Quoted(word);
    return PlainPattern{.condition = " in " + set + "}", .negated = " not in " + set + "}"};
  }
  const auto pieces = Read(regex);
  if (!pieces) return std::nullopt;
  const std::vector<std::string>& texts = pieces->texts;
  if (std::all_of(texts.begin(), texts.end(), [](const std::string& text) { return text.empty(); }))
    return std::nullopt;
  if (texts.size() == 1 && pieces->begins && pieces->ends)
    return PlainPattern{.condition = " == " + ast::Quoted(texts[0]), .negated = " != " + ast::Quoted(texts[0])};
  if (texts.size() == 1 && !pieces->begins && !pieces->ends)
    return PlainPattern{.condition = " contains " + ast::Quoted(texts[0]),
                        .negated = " not contains " + ast::Quoted(texts[0])};
  std::string glob;
  if (!pieces->begins && !texts.front().empty()) glob += '*';
  for (size_t i = 0; i < texts.size(); ++i) glob += (i > 0 ? "*" : "") + texts[i];
  if (!pieces->ends && !texts.back().empty()) glob += '*';
  // `.*` ends at the end of a line where something is wanted behind it (or before it), `*` does not.
  bool exact = true;
  for (size_t i = 1; i < texts.size(); ++i) {
    const bool before = pieces->begins || std::any_of(texts.begin(), texts.begin() + static_cast<ptrdiff_t>(i),
                                                      [](const auto& text) { return !text.empty(); });
    const bool behind = pieces->ends || std::any_of(texts.begin() + static_cast<ptrdiff_t>(i), texts.end(),
                                                    [](const auto& text) { return !text.empty(); });
    exact &= !(before && behind);
  }
  return PlainPattern{
      .condition = " like " + ast::Quoted(glob), .negated = " not like " + ast::Quoted(glob), .exact = exact};
}

}  // namespace bylaw::compiler::lint

// The syntax tree as text: for people who want to see it (`bylaw dump --stage ast`), and as policy again (`bylaw fmt`).
// Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "compiler/ast/ast.h"
#include "compiler/source/source.h"

namespace bylaw::compiler::ast {

/// The tree, a node a line, children indented, each with its place as line:column-line:column.
std::string Dump(const File& file, const SourceMap& sources);
std::string Dump(const Expr& expr, const SourceMap& sources);

/// True when both mean the same: equal trees but for places, comments and parentheses that change nothing.
bool AstEqual(const File& a, const File& b);
bool AstEqual(const Expr& a, const Expr& b);

/// What AstEqual compares: one text for all expressions that are equal to it.
std::string Canonical(const Expr& expr);

/// A text as a string of the language, in double quotes.
std::string Quoted(std::string_view text);

/// The widest line that the formatter makes of its own accord.
inline constexpr size_t kFormatWidth = 120;

/// The policy in the one style:
///  - two spaces a level, one declaration, clause, field, step and entry a line;
///  - an expression stays on its line when it was on one and fits, else it is broken at its loosest operators, `where`s
///  and commas;
///  - one empty line between declarations, at most one elsewhere, where the author left some;
///  - comments stay before, behind or within what they stand at.
/// Formatting the result changes nothing, and its tree is equal to the given one. Precondition: the file parsed without
/// an error from the text that `sources` has for it.
std::string Format(const File& file, const SourceMap& sources);

}  // namespace bylaw::compiler::ast

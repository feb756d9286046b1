// The linter's inside: what its parts, a file a concern, share. Nothing outside compiler/lint includes this.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lint/lint.h"

namespace bylaw::compiler::lint {

/// One file under the linter, and what is known of the whole.
struct Context {
  const ast::File& file;
  const TypedProgram& program;
  const SourceMap& sources;
  Diagnostics& diagnostics;
  /// The typed expressions of rules and defines by the place that they were written at.
  const std::map<Span, std::vector<const Expr*>>& typed;

  Diagnostic& Report(Code code, Span span, std::string message) const {
    return diagnostics.Report(code, span, std::move(message));
  }
  std::string_view Text(Span span) const { return sources.Text(span); }
  /// The text on one line, cut where it is long, in backticks.
  std::string Quote(Span span) const;
  /// Whether a comment begins within.
  bool HoldsComment(Span span) const;
  /// `span`, with the rest of its lines where nothing else stands on them, and the end of the last one.
  Span WithLine(Span span) const;
  /// Whether there are typed expressions of that kind at the place, and `holds` of all of them.
  bool AllTyped(Span span, ExprKind kind, const std::function<bool(const Expr&)>& holds) const;
};

/// names.cc: what is declared and never named; names that hide others.
void LintNames(const Context& context);
/// rules.cc: rules without id, title, message or test; conditions of a rule that say the same.
void LintRules(const Context& context);
/// expressions.cc: every expression of rules, defines, params and mappings.
void LintExpressions(const Context& context);

/// truth.cc: what a condition comes to whatever the input holds (or unknown); nothing where the input decides.
std::optional<bool> AlwaysTrue(const ast::Expr& expr, const Context& context);
/// The conditions between the `and`s, or the `or`s, of a chain, from left to right.
std::vector<const ast::Expr*> ChainOf(const ast::Expr& expr, ast::BinaryOp op);

/// patterns.cc: what a regular expression is that needs none. Nothing for one that does.
struct PlainPattern {
  std::string condition;  ///< ` == "x"`, ` like "x*"`, ` in {"x", "y"}`, ` contains "x"`: what goes behind the text
  std::string negated;    ///< the same, denied
  bool exact = true;      ///< false: the two differ for a text of several lines
};
std::optional<PlainPattern> PlainPatternOf(std::string_view regex);

/// suppressions.cc: takes what comments allow out of `found`, and reports comments that allow nothing.
void Suppress(const ast::File& file, const SourceMap& sources, std::vector<Diagnostic>& found);

}  // namespace bylaw::compiler::lint

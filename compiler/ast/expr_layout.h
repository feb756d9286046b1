// How expressions and types are laid out: flat on one line, or broken over several. Used by the formatter.
#pragma once

#include <string>
#include <string_view>

#include "compiler/ast/ast.h"

namespace bylaw::compiler::ast {

/// Prints to the end of a text. Columns are bytes from the last end of line, close enough for layout.
class ExprLayout {
 public:
  /// `text` is the policy that the spans point into; `out` grows. Both must outlive this.
  ExprLayout(std::string_view text, std::string& out) : text_(text), out_(out) {}

  /// Flat when it was on one line and fits; else broken, with lines that go on with an operator beginning at column
  /// `hang`.
  void Print(const Expr& expr, size_t hang);
  void Print(const TypeExpr& type);

  std::string Flat(const Expr& expr) const;
  std::string Flat(const TypeExpr& type) const;
  std::string Flat(const std::vector<Generator>& generators) const;

  /// The bytes that were written there.
  std::string_view Source(Span span) const { return text_.substr(span.begin, span.end - span.begin); }
  bool OnOneLine(Span span) const { return Source(span).find('\n') == std::string_view::npos; }
  /// Columns from the last end of line to the end of `out`.
  size_t Column() const;
  /// Blanks at the beginning of the last line.
  size_t Indent() const;
  void NewLine(size_t column);

 private:
  bool Fits(const std::string& flat) const;
  void PrintBroken(const Expr& expr, size_t hang);
  void PrintChain(const BinaryExpr& chain, size_t hang);
  void PrintIf(const IfExpr& branch, size_t column);
  void PrintQuery(const Query& query, size_t column);
  template <typename Items, typename PrintItem>
  void PrintLines(std::string_view open, const Items& items, std::string_view close, PrintItem&& print_item);
  std::string FlatInner(const Expr& expr) const;
  std::string Flat(const Query& query) const;

  std::string_view text_;
  std::string& out_;
};

}  // namespace bylaw::compiler::ast

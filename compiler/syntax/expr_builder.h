// The part of the AST builder that reads expressions, names and strings out of the concrete tree.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/cst.h"

namespace bylaw::compiler {

/// Walks the children of one node. Nodes that a syntax error cut short count as not there, and so does all behind them.
class Cursor {
 public:
  Cursor(const Cst& tree, const CstNode& node) : tree_(tree), children_(tree.ChildrenOf(node)) {}

  const CstNode* peek() const;
  const CstNode* Take();
  /// Takes the next child when it is this token, or null.
  const CstNode* Accept(Tok token);
  /// Takes the next child when it is of this rule, or null.
  const CstNode* Accept(Rule rule);
  /// Takes the next child whatever it is, if it is a token.
  const CstNode* AcceptToken();

 private:
  const Cst& tree_;
  std::span<const uint32_t> children_;
  size_t next_ = 0;
};

class ExprBuilder {
 public:
  ExprBuilder(const Cst& tree, FileId file_id, std::string_view text, Diagnostics& diagnostics)
      : tree_(tree), file_id_(file_id), text_(text), diagnostics_(diagnostics) {}

  /// Never null. Trees that would be too deep are reported once and become ErrorExprs.
  ast::ExprPtr Expr(const CstNode& node);
  /// The value of a literal's token.
  ast::ExprPtr LiteralToken(const CstNode& token) { return Literal(token, false, SpanOf(token)); }
  ast::StringPtr String(const CstNode& node);
  /// A string that may not hold expressions; `what` says which, for the message.
  ast::StringPtr PlainString(const CstNode& node, std::string_view what);
  ast::Name NameOf(const CstNode& node) const;
  ast::QualifiedName Qualified(const CstNode& node) const;
  ast::Generator Generator(const CstNode& node);
  std::vector<ast::Generator> Generators(const CstNode& node);

  /// Maps with bare names for keys, as in the rows of a `given`, become records while this lives.
  class RecordScope {
   public:
    explicit RecordScope(ExprBuilder& builder) : builder_(builder) { ++builder_.record_depth_; }
    ~RecordScope() { --builder_.record_depth_; }
    RecordScope(const RecordScope&) = delete;
    RecordScope& operator=(const RecordScope&) = delete;

   private:
    ExprBuilder& builder_;
  };

  Span SpanOf(const CstNode& node) const { return {file_id_, node.begin, node.end}; }
  std::string_view TextOf(const CstNode& node) const { return text_.substr(node.begin, node.end - node.begin); }
  std::string_view TextOf(Span span) const { return text_.substr(span.begin, span.end - span.begin); }

 private:
  // An expression while it is put together: operators wait in a stack until one that binds looser comes.
  struct Operand {
    ast::ExprPtr expr;
    uint32_t begin;  // with the parentheses around it
    uint32_t end;
  };
  struct Operator {
    ast::BinaryOp op{};
    bool prefix = false;
    bool negated = false;
    ast::UnaryOp unary{};
    int precedence = 0;
    Span span;
  };
  struct Assembly {
    std::vector<Operand> operands;
    std::vector<Operator> operators;
  };
  void PushPrefixes(Cursor& cursor, Assembly& assembly);
  void PushOperand(Cursor& cursor, Assembly& assembly);
  bool PushInfix(Cursor& cursor, Assembly& assembly);
  void Reduce(Assembly& assembly);
  void ReduceTo(int precedence, Assembly& assembly);
  void ApplyIs(const CstNode& is, Cursor& cursor, Assembly& assembly);
  ast::ExprPtr OperandExpr(const CstNode& node);
  ast::ExprPtr Query(const CstNode& node);
  ast::ExprPtr Primary(const CstNode& node);
  ast::ExprPtr Literal(const CstNode& node, bool negative, Span span);
  ast::ExprPtr NameUse(const CstNode& node);
  ast::ExprPtr Bracketed(const CstNode& node);
  ast::ExprPtr Braced(const CstNode& node);
  ast::ExprPtr Call(ast::ExprPtr callee, Span span, const CstNode& arguments);
  ast::ExprPtr CountCall(const ast::Expr& callee, std::vector<ast::ExprPtr> arguments, ast::ExprPtr where, Span span);
  ast::ExprPtr AggregateCall(const ast::Expr& callee, ast::ExprPtr value, const CstNode& comprehension, Span span);
  ast::Query Comprehension(const CstNode& node);
  ast::Query QueryAt(Cursor& cursor, std::vector<ast::Generator> generators);
  ast::ExprPtr ToRecord(std::vector<ast::MapEntry> entries, Span span) const;
  const CstNode* PlainNumber(const CstNode& operand) const;
  bool TooDeep(size_t num_levels, Span span);
  size_t NumTokens(const CstNode& node) const;

  // The checks of operands: see the comment over `expr` in the grammar.
  void CheckOperand(const ast::BinaryExpr& parent, const ast::Expr& operand);
  void CheckOperand(const ast::IsExpr& is);
  void CheckComparison(const ast::BinaryExpr& comparison);
  void ReportMixed(const ast::BinaryExpr& parent, const ast::BinaryExpr& child, Code code);
  void CheckCollection(const ast::Generator& generator);
  std::string Quote(Span span) const;

  ast::ExprPtr Error(Span span) const;
  template <typename T>
  std::unique_ptr<T> Make(Span span) const {
    auto result = std::make_unique<T>();
    result->span = span;
    return result;
  }

  const Cst& tree_;
  const FileId file_id_;
  const std::string_view text_;
  Diagnostics& diagnostics_;
  int level_ = 0;  // how deep in its tree the expression stands that is built next
  int record_depth_ = 0;
  bool reported_depth_ = false;
};

}  // namespace bylaw::compiler

// Walking a syntax tree: the parts of an expression, and the expressions of a declaration, in the order written.
#pragma once

#include <utility>

#include "compiler/ast/ast.h"

namespace bylaw::compiler::ast {

/// The query of a quantifier, aggregate, comprehension, `one`, `first` or `group`; null for every other expression.
inline const Query* QueryOf(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kQuantifier: return &As<QuantifierExpr>(expr).query;
    case ExprKind::kAggregate: return &As<AggregateExpr>(expr).query;
    case ExprKind::kComprehension: return &As<ComprehensionExpr>(expr).query;
    case ExprKind::kOne: return &As<OneExpr>(expr).query;
    case ExprKind::kFirst: return &As<FirstExpr>(expr).query;
    case ExprKind::kGroup: return &As<GroupExpr>(expr).query;
    default: return nullptr;
  }
}

/// Calls visit(const Expr&) with each direct part that is no part of the expression's query.
template <typename Visit>
void ForEachOperand(const Expr& expr, Visit&& visit) {
  auto part = [&](const ExprPtr& child) {
    if (child != nullptr) visit(*child);
  };
  auto text = [&](const StringExpr& string) {
    for (const StringPart& piece : string.parts) part(piece.expr);
  };
  switch (expr.kind) {
    case ExprKind::kString: text(As<StringExpr>(expr)); return;
    case ExprKind::kUnknown: text(*As<UnknownExpr>(expr).reason); return;
    case ExprKind::kField: part(As<FieldExpr>(expr).base); return;
    case ExprKind::kIndex: part(As<IndexExpr>(expr).base), part(As<IndexExpr>(expr).index); return;
    case ExprKind::kCall:
      part(As<CallExpr>(expr).callee);
      for (const ExprPtr& argument : As<CallExpr>(expr).arguments) part(argument);
      return;
    case ExprKind::kUnary: part(As<UnaryExpr>(expr).operand); return;
    case ExprKind::kBinary: part(As<BinaryExpr>(expr).left), part(As<BinaryExpr>(expr).right); return;
    case ExprKind::kIs: part(As<IsExpr>(expr).operand); return;
    case ExprKind::kIf:
      part(As<IfExpr>(expr).condition), part(As<IfExpr>(expr).then), part(As<IfExpr>(expr).otherwise);
      return;
    case ExprKind::kList:
      for (const ExprPtr& element : As<ListExpr>(expr).elements) part(element);
      return;
    case ExprKind::kSet:
      for (const ExprPtr& element : As<SetExpr>(expr).elements) part(element);
      return;
    case ExprKind::kMap:
      for (const MapEntry& entry : As<MapExpr>(expr).entries) part(entry.key), part(entry.value);
      return;
    case ExprKind::kRecord:
      for (const RecordEntry& entry : As<RecordExpr>(expr).entries) part(entry.value);
      return;
    case ExprKind::kQuantifier: part(As<QuantifierExpr>(expr).satisfies); return;
    case ExprKind::kAggregate: part(As<AggregateExpr>(expr).value); return;
    case ExprKind::kComprehension:
      part(As<ComprehensionExpr>(expr).key), part(As<ComprehensionExpr>(expr).value);
      return;
    case ExprKind::kOne: part(As<OneExpr>(expr).value); return;
    case ExprKind::kFirst: part(As<FirstExpr>(expr).key); return;
    case ExprKind::kGroup: part(As<GroupExpr>(expr).key); return;
    default: return;
  }
}

/// Calls visit(const Expr&) with each direct part: those of the query first.
template <typename Visit>
void ForEachPart(const Expr& expr, Visit&& visit) {
  if (const Query* query = QueryOf(expr)) {
    for (const Generator& generator : query->generators) {
      if (generator.collection != nullptr) visit(*generator.collection);
    }
    if (query->where != nullptr) visit(*query->where);
  }
  ForEachOperand(expr, visit);
}

}  // namespace bylaw::compiler::ast

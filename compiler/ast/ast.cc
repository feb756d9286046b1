#include "compiler/ast/ast.h"

#include <algorithm>

namespace bylaw::compiler::ast {

std::string QualifiedName::ToString() const {
  std::string result;
  for (const Name& part : parts) {
    if (!result.empty()) result += '.';
    result += part.text;
  }
  return result;
}

bool StringExpr::interpolated() const {
  return std::any_of(parts.begin(), parts.end(), [](const StringPart& part) { return part.expr != nullptr; });
}

std::string StringExpr::PlainText() const {
  std::string result;
  for (const StringPart& part : parts) result += part.text;
  return result;
}

std::string_view Spelling(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr: return "or";
    case BinaryOp::kAnd: return "and";
    case BinaryOp::kCoalesce: return "??";
    case BinaryOp::kEqual: return "==";
    case BinaryOp::kNotEqual: return "!=";
    case BinaryOp::kLess: return "<";
    case BinaryOp::kLessEqual: return "<=";
    case BinaryOp::kGreater: return ">";
    case BinaryOp::kGreaterEqual: return ">=";
    case BinaryOp::kIn: return "in";
    case BinaryOp::kContains: return "contains";
    case BinaryOp::kMatches: return "matches";
    case BinaryOp::kLike: return "like";
    case BinaryOp::kAdd: return "+";
    case BinaryOp::kSubtract: return "-";
    case BinaryOp::kMultiply: return "*";
    case BinaryOp::kDivide: return "/";
    case BinaryOp::kModulo: return "%";
  }
  return "?";
}

std::string_view Spelling(Quantifier quantifier) {
  switch (quantifier) {
    case Quantifier::kExists: return "exists";
    case Quantifier::kNo: return "no";
    case Quantifier::kEvery: return "every";
  }
  return "?";
}

std::string_view Spelling(Aggregate op) {
  switch (op) {
    case Aggregate::kCount: return "count";
    case Aggregate::kSum: return "sum";
    case Aggregate::kMin: return "min";
    case Aggregate::kMax: return "max";
    case Aggregate::kAverage: return "avg";
    case Aggregate::kUnion: return "union";
  }
  return "?";
}

std::string_view Spelling(ClauseKind kind) {
  switch (kind) {
    case ClauseKind::kId: return "id";
    case ClauseKind::kTitle: return "title";
    case ClauseKind::kSeverity: return "severity";
    case ClauseKind::kControls: return "controls";
    case ClauseKind::kAliases: return "aliases";
    case ClauseKind::kRelated: return "related";
    case ClauseKind::kDocs: return "docs";
    case ClauseKind::kFor: return "for";
    case ClauseKind::kWhere: return "where";
    case ClauseKind::kLet: return "let";
    case ClauseKind::kRequire: return "require";
    case ClauseKind::kForbid: return "forbid";
    case ClauseKind::kMessage: return "message";
    case ClauseKind::kFix: return "fix";
  }
  return "?";
}

std::string_view Spelling(ExpectKind kind) {
  switch (kind) {
    case ExpectKind::kHolds: return "holds";
    case ExpectKind::kFails: return "fails";
    case ExpectKind::kPasses: return "passes";
    case ExpectKind::kUnknown: return "unknown";
    case ExpectKind::kNotApplicable: return "not applicable";
    case ExpectKind::kWaived: return "waived";
  }
  return "?";
}

const Clause* RuleDecl::Find(ClauseKind clause_kind) const {
  auto found = std::find_if(clauses.begin(), clauses.end(), [&](const Clause& c) { return c.kind == clause_kind; });
  return found == clauses.end() ? nullptr : &*found;
}

}  // namespace bylaw::compiler::ast

// What the grammar lets through and people would misread: `and` beside `or`, `??` beside a comparison, a query beside an
// operator, comparisons in a chain. Each error shows the readings there are.
#include <fmt/format.h>

#include "compiler/syntax/expr_builder.h"

namespace bylaw::compiler {
namespace {

bool IsLogical(ast::BinaryOp op) { return op == ast::BinaryOp::kAnd || op == ast::BinaryOp::kOr; }
bool IsComparison(ast::BinaryOp op) { return op >= ast::BinaryOp::kEqual && op <= ast::BinaryOp::kLike; }

// An expression whose last part reaches as far right as it can, and that part.
struct OpenEnded {
  std::string_view word;
  const ast::Expr* tail = nullptr;  // null when it ends in its generators
};

const ast::Expr* Tail(const ast::Query& query) {
  return query.where != nullptr ? query.where.get() : query.generators.back().collection.get();
}

bool FindOpenEnd(const ast::Expr& expr, OpenEnded& result) {
  if (const auto* quantifier = ast::TryAs<ast::QuantifierExpr>(expr)) {
    result.word = ast::Spelling(quantifier->quantifier);
    result.tail = quantifier->satisfies != nullptr ? quantifier->satisfies.get() : Tail(quantifier->query);
  } else if (const auto* one = ast::TryAs<ast::OneExpr>(expr)) {
    result = {"one", Tail(one->query)};
  } else if (const auto* first = ast::TryAs<ast::FirstExpr>(expr)) {
    result = {"first", first->query.where != nullptr ? first->query.where.get() : first->key.get()};
  } else if (const auto* group = ast::TryAs<ast::GroupExpr>(expr)) {
    result = {"group", group->key.get()};
  } else if (const auto* branch = ast::TryAs<ast::IfExpr>(expr)) {
    result = {"if", branch->otherwise.get()};
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string ExprBuilder::Quote(Span span) const {
  constexpr size_t kLongest = 60;
  std::string result;
  for (const char c : TextOf(span)) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) result += c;
    if (blank && !result.empty() && result.back() != ' ') result += ' ';
  }
  if (result.size() <= kLongest) return result;
  size_t head = kLongest / 2;
  size_t tail = result.size() - kLongest / 2;
  auto continues = [&](size_t i) { return (static_cast<unsigned char>(result[i]) & 0xC0) == 0x80; };
  while (head > 0 && continues(head)) --head;
  while (tail < result.size() && continues(tail)) ++tail;
  return result.substr(0, head) + " … " + result.substr(tail);
}

void ExprBuilder::CheckOperand(const ast::BinaryExpr& parent, const ast::Expr& operand) {
  if (operand.parenthesised) return;
  const auto* child = ast::TryAs<ast::BinaryExpr>(operand);
  if (child != nullptr && IsLogical(parent.op) && IsLogical(child->op) && child->op != parent.op) {
    ReportMixed(parent, *child, Code::kMixedAndOr);
    return;
  }
  if (child != nullptr && IsComparison(parent.op) && child->op == ast::BinaryOp::kCoalesce) {
    ReportMixed(parent, *child, Code::kCoalesceBesideComparison);
    return;
  }
  OpenEnded open;
  if (!FindOpenEnd(operand, open) || &operand != parent.right.get()) return;
  const std::string_view op = TextOf(parent.op_span);
  const std::string before = Quote({file_id_, parent.span.begin, parent.op_span.begin});
  auto& diagnostic = diagnostics_.Report(Code::kQueryBesideOperator, parent.op_span,
                                         fmt::format("`{}` beside `{}` needs parentheses", open.word, op));
  diagnostic.Also(operand.span, fmt::format("this `{}` reaches as far right as it can", open.word));
  diagnostic.Expected("parentheses that say where it ends");
  std::string readings = fmt::format("either `{}{} ({})`", before, op, Quote(operand.span));
  const auto* tail = ast::TryAs<ast::BinaryExpr>(*open.tail);
  const bool two_readings =
      tail != nullptr && !tail->parenthesised && (IsLogical(tail->op) || tail->op == ast::BinaryOp::kCoalesce);
  if (two_readings) {
    const Span up_to_operator = {file_id_, operand.span.begin, tail->op_span.begin};
    std::string shorter = Quote(up_to_operator);
    while (!shorter.empty() && shorter.back() == ' ') shorter.pop_back();
    const Span rest = {file_id_, tail->op_span.begin, parent.span.end};
    readings += fmt::format("\nor `{}{} ({}) {}`", before, op, shorter, Quote(rest));
  } else {
    readings = fmt::format("write `{}{} ({})`", before, op, Quote(operand.span));
  }
  diagnostic.Hint(std::move(readings));
}

void ExprBuilder::ReportMixed(const ast::BinaryExpr& parent, const ast::BinaryExpr& child, Code code) {
  const std::string_view outer = TextOf(parent.op_span);
  const std::string_view inner = TextOf(child.op_span);
  // The outer spans have the parentheses of the operands in them.
  const std::string a = Quote({file_id_, parent.span.begin, std::min(parent.op_span.begin, child.op_span.begin)});
  const bool child_is_left = &child == parent.left.get();
  const Span& first_op = child_is_left ? child.op_span : parent.op_span;
  const Span& second_op = child_is_left ? parent.op_span : child.op_span;
  const std::string b = Quote({file_id_, first_op.end, second_op.begin});
  const std::string c = Quote({file_id_, second_op.end, parent.span.end});
  auto trim = [](std::string text) {
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
  };
  const std::string_view first = TextOf(first_op);
  const std::string_view second = TextOf(second_op);
  diagnostics_.Report(code, parent.op_span, fmt::format("`{}` beside `{}` needs parentheses", outer, inner))
      .Also(child.op_span, fmt::format("the `{}`", inner))
      .Expected("parentheses around what belongs together")
      .Hint(fmt::format("either `({} {} {}) {} {}`\nor `{} {} ({} {} {})`", trim(a), first, trim(b), second, trim(c),
                        trim(a), first, trim(b), second, trim(c)));
}

void ExprBuilder::CheckOperand(const ast::IsExpr& is) {
  const auto* coalesce = ast::TryAs<ast::BinaryExpr>(*is.operand);
  if (coalesce == nullptr || coalesce->parenthesised || coalesce->op != ast::BinaryOp::kCoalesce) return;
  const std::string test = Quote(is.test_span);
  std::string left = Quote({file_id_, is.span.begin, coalesce->op_span.end});
  diagnostics_
      .Report(Code::kCoalesceBesideComparison, is.test_span, fmt::format("`{}` beside `??` needs parentheses", test))
      .Also(coalesce->op_span, "the `??`")
      .Expected("parentheses around what belongs together")
      .Hint(fmt::format("either `({}) {}`\nor `{} ({} {})`", Quote({file_id_, is.span.begin, coalesce->span.end}), test,
                        left, Quote(coalesce->right->span), test));
}

void ExprBuilder::CheckComparison(const ast::BinaryExpr& comparison) {
  if (!IsComparison(comparison.op) || comparison.left->parenthesised) return;
  const auto* left = ast::TryAs<ast::BinaryExpr>(*comparison.left);
  const bool chained = (left != nullptr && IsComparison(left->op)) || comparison.left->kind == ast::ExprKind::kIs;
  if (!chained) return;
  auto& diagnostic = diagnostics_.Report(Code::kChainedComparison, comparison.op_span, "comparisons do not chain");
  diagnostic.Also(comparison.left->span, "this is a truth value");
  if (left != nullptr) {
    diagnostic.Hint(fmt::format("write `{} and {} {} {}`", Quote(left->span), Quote(left->right->span),
                                TextOf(comparison.op_span), Quote(comparison.right->span)));
  } else {
    diagnostic.Hint("write `and`, or put the first part in parentheses");
  }
}

void ExprBuilder::CheckCollection(const ast::Generator& generator) {
  const ast::Expr& collection = *generator.collection;
  if (collection.parenthesised) return;
  const auto* binary = ast::TryAs<ast::BinaryExpr>(collection);
  const auto* is = ast::TryAs<ast::IsExpr>(collection);
  if (binary != nullptr && binary->op == ast::BinaryOp::kCoalesce) {
    diagnostics_.Report(Code::kCoalesceBesideComparison, binary->op_span, "`??` beside `in` needs parentheses")
        .Expected("parentheses around what the query ranges over")
        .Hint(fmt::format("write `{} in ({})`", generator.variable.text, Quote(collection.span)));
    return;
  }
  const bool condition = is != nullptr || (binary != nullptr && (IsLogical(binary->op) || IsComparison(binary->op)));
  if (!condition) return;
  const Span op = is != nullptr ? is->test_span : binary->op_span;
  const Span head = {file_id_, generator.span.begin, op.begin};
  const std::string_view name = generator.variable.text;
  std::string shorter = Quote(head);
  while (!shorter.empty() && shorter.back() == ' ') shorter.pop_back();
  diagnostics_
      .Report(Code::kQueryBesideOperator, op,
              fmt::format("`{}` beside `{} in …` needs parentheses, or a `where` before it", Quote(op), name))
      .Also(generator.variable.span, "the query begins here")
      .Hint(fmt::format("either `(… {}) {}`\nor `… {} in ({})`", shorter,
                        Quote({file_id_, op.begin, generator.span.end}), name, Quote(collection.span)));
}

}  // namespace bylaw::compiler

// What a condition comes to whatever the input holds. Unknown apart: what is said to be true here is true or unknown,
// what is said to be false is false or unknown.

#include <algorithm>
#include <cmath>
#include <variant>

#include "compiler/ast/printer.h"
#include "compiler/lint/linter.h"
#include "runtime/builtins/functions.h"

namespace bylaw::compiler::lint {
namespace {

/// A value that is written out. Ints and floats are numbers of one kind, as the language compares them.
struct Literal {
  enum class Kind : uint8_t { kBool, kNumber, kText, kTime, kDuration } kind{};
  std::variant<int64_t, double, std::string> value;

  /// Less, equal or greater; nothing for two that have no order among them.
  std::optional<int> Compare(const Literal& other) const {
    if (kind != other.kind) return std::nullopt;
    auto order = [](const auto& a, const auto& b) { return a < b ? -1 : b < a ? 1 : 0; };
    if (kind == Kind::kText) return order(std::get<std::string>(value), std::get<std::string>(other.value));
    const auto* a = std::get_if<int64_t>(&value);
    const auto* b = std::get_if<int64_t>(&other.value);
    if (a != nullptr && b != nullptr) return order(*a, *b);
    auto number = [](const Literal& literal) {
      const auto* whole = std::get_if<int64_t>(&literal.value);
      return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(literal.value);
    };
    return order(number(*this), number(other));
  }
};

std::optional<Literal> Arithmetic(ast::BinaryOp op, const Literal& a, const Literal& b) {
  if (a.kind == Literal::Kind::kText && b.kind == Literal::Kind::kText && op == ast::BinaryOp::kAdd)
    return Literal{Literal::Kind::kText, std::get<std::string>(a.value) + std::get<std::string>(b.value)};
  const auto* x = std::get_if<int64_t>(&a.value);
  const auto* y = std::get_if<int64_t>(&b.value);
  if (x == nullptr || y == nullptr || a.kind != b.kind ||
      (a.kind != Literal::Kind::kNumber && a.kind != Literal::Kind::kDuration))
    return std::nullopt;
  int64_t result = 0;
  bool overflows = true;
  if (op == ast::BinaryOp::kAdd) overflows = __builtin_add_overflow(*x, *y, &result);
  if (op == ast::BinaryOp::kSubtract) overflows = __builtin_sub_overflow(*x, *y, &result);
  if (op == ast::BinaryOp::kMultiply && a.kind == Literal::Kind::kNumber)
    overflows = __builtin_mul_overflow(*x, *y, &result);
  return overflows ? std::nullopt : std::optional(Literal{a.kind, result});
}

std::optional<Literal> LiteralOf(const ast::Expr& expr) {
  using Kind = Literal::Kind;
  switch (expr.kind) {
    case ast::ExprKind::kBool: return Literal{Kind::kBool, int64_t{ast::As<ast::BoolExpr>(expr).value}};
    case ast::ExprKind::kInt: return Literal{Kind::kNumber, ast::As<ast::IntExpr>(expr).value};
    case ast::ExprKind::kFloat: return Literal{Kind::kNumber, ast::As<ast::FloatExpr>(expr).value};
    case ast::ExprKind::kTime: return Literal{Kind::kTime, ast::As<ast::TimeExpr>(expr).micros};
    case ast::ExprKind::kDuration: return Literal{Kind::kDuration, ast::As<ast::DurationExpr>(expr).micros};
    case ast::ExprKind::kString: {
      const auto& text = ast::As<ast::StringExpr>(expr);
      if (text.interpolated()) return std::nullopt;
      return Literal{Kind::kText, text.PlainText()};
    }
    case ast::ExprKind::kBinary: {
      const auto& binary = ast::As<ast::BinaryExpr>(expr);
      const auto left = LiteralOf(*binary.left), right = LiteralOf(*binary.right);
      return left && right ? Arithmetic(binary.op, *left, *right) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

/// `subject op value`, or the denial of any other condition.
struct Atom {
  std::string subject;
  ast::BinaryOp op = ast::BinaryOp::kEqual;
  std::optional<Literal> value;  ///< none: `subject` is a condition by itself
  bool negated = false;          ///< of such a one
};

ast::BinaryOp Mirrored(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::kLess: return ast::BinaryOp::kGreater;
    case ast::BinaryOp::kLessEqual: return ast::BinaryOp::kGreaterEqual;
    case ast::BinaryOp::kGreater: return ast::BinaryOp::kLess;
    case ast::BinaryOp::kGreaterEqual: return ast::BinaryOp::kLessEqual;
    default: return op;
  }
}

ast::BinaryOp Denied(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::kEqual: return ast::BinaryOp::kNotEqual;
    case ast::BinaryOp::kNotEqual: return ast::BinaryOp::kEqual;
    case ast::BinaryOp::kLess: return ast::BinaryOp::kGreaterEqual;
    case ast::BinaryOp::kLessEqual: return ast::BinaryOp::kGreater;
    case ast::BinaryOp::kGreater: return ast::BinaryOp::kLessEqual;
    default: return ast::BinaryOp::kLess;
  }
}

bool IsComparison(ast::BinaryOp op) { return op >= ast::BinaryOp::kEqual && op <= ast::BinaryOp::kGreaterEqual; }

Atom AtomOf(const ast::Expr& expr, bool negated) {
  if (const auto* unary = ast::TryAs<ast::UnaryExpr>(expr); unary != nullptr && unary->op == ast::UnaryOp::kNot)
    return AtomOf(*unary->operand, !negated);
  if (const auto* binary = ast::TryAs<ast::BinaryExpr>(expr); binary != nullptr && IsComparison(binary->op)) {
    const auto left = LiteralOf(*binary->left), right = LiteralOf(*binary->right);
    if (left || right) {
      const ast::BinaryOp op = right ? binary->op : Mirrored(binary->op);
      return {ast::Canonical(right ? *binary->left : *binary->right), negated ? Denied(op) : op, right ? right : left};
    }
  }
  // `x not in c`, `x is absent`, `no …`: their denial is written with another word.
  std::string subject = ast::Canonical(expr);
  return {std::move(subject), {}, std::nullopt, negated};
}

bool Holds(int order, ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::kEqual: return order == 0;
    case ast::BinaryOp::kNotEqual: return order != 0;
    case ast::BinaryOp::kLess: return order < 0;
    case ast::BinaryOp::kLessEqual: return order <= 0;
    case ast::BinaryOp::kGreater: return order > 0;
    default: return order >= 0;
  }
}

/// Whether no value can satisfy both. Exact for all pairs but ranges between two neighbouring ints.
bool Contradict(const Atom& a, const Atom& b) {
  if (a.subject != b.subject || a.value.has_value() != b.value.has_value()) return false;
  if (!a.value) return a.negated != b.negated;
  const auto order = a.value->Compare(*b.value);
  if (!order) return false;
  if (a.op == ast::BinaryOp::kEqual) return !Holds(*order, b.op);
  if (b.op == ast::BinaryOp::kEqual) return !Holds(-*order, a.op);
  if (a.op == ast::BinaryOp::kNotEqual || b.op == ast::BinaryOp::kNotEqual) return false;
  const bool a_below = a.op == ast::BinaryOp::kLess || a.op == ast::BinaryOp::kLessEqual;
  const bool b_below = b.op == ast::BinaryOp::kLess || b.op == ast::BinaryOp::kLessEqual;
  if (a_below == b_below) return false;
  // An upper bound and a lower one: is the upper below the lower?
  const int upper_to_lower = a_below ? *order : -*order;
  const bool both_closed = a.op != ast::BinaryOp::kLess && a.op != ast::BinaryOp::kGreater &&
                           b.op != ast::BinaryOp::kLess && b.op != ast::BinaryOp::kGreater;
  return upper_to_lower < 0 || (upper_to_lower == 0 && !both_closed);
}

bool IsLogic(const ast::Expr& expr, ast::BinaryOp op) {
  const auto* binary = ast::TryAs<ast::BinaryExpr>(expr);
  return binary != nullptr && binary->op == op;
}

/// Whether two conditions of a chain cannot both hold (of `and`), or cannot both fail (of `or`).
bool HoldsContradiction(const ast::Expr& expr, ast::BinaryOp op) {
  std::vector<Atom> atoms;
  for (const ast::Expr* operand : ChainOf(expr, op)) {
    Atom atom = AtomOf(*operand, op == ast::BinaryOp::kOr);
    for (const Atom& other : atoms) {
      if (Contradict(atom, other)) return true;
    }
    constexpr size_t kMost = 100;  // of one chain are looked at
    if (atoms.size() < kMost) atoms.push_back(std::move(atom));
  }
  return false;
}

bool IsCount(const ast::Expr& expr, const Context& context) {
  if (const auto* aggregate = ast::TryAs<ast::AggregateExpr>(expr)) return aggregate->op == ast::Aggregate::kCount;
  return expr.kind == ast::ExprKind::kCall && context.AllTyped(expr.span, ExprKind::kBuiltin, [](const Expr& typed) {
    return BuiltinFunctions()[typed.function_id].name == "count";
  });
}

/// `count(…) >= 0`, `count(…) < 0` and their like.
std::optional<bool> AgainstCount(const ast::BinaryExpr& expr, const Context& context) {
  auto judge = [&](const ast::Expr& counted, const ast::Expr& bound, ast::BinaryOp op) -> std::optional<bool> {
    const auto* number = ast::TryAs<ast::IntExpr>(bound);
    if (number == nullptr || !IsCount(counted, context)) return std::nullopt;
    const int64_t n = number->value;
    switch (op) {
      case ast::BinaryOp::kGreaterEqual: return n <= 0 ? std::optional(true) : std::nullopt;
      case ast::BinaryOp::kGreater: return n < 0 ? std::optional(true) : std::nullopt;
      case ast::BinaryOp::kLess: return n <= 0 ? std::optional(false) : std::nullopt;
      case ast::BinaryOp::kLessEqual: return n < 0 ? std::optional(false) : std::nullopt;
      case ast::BinaryOp::kEqual: return n < 0 ? std::optional(false) : std::nullopt;
      default: return n < 0 ? std::optional(true) : std::nullopt;
    }
  };
  if (const auto truth = judge(*expr.left, *expr.right, expr.op)) return truth;
  return judge(*expr.right, *expr.left, Mirrored(expr.op));
}

/// `x in {…}`: a literal among literals, nothing at all, or every value that the type has.
std::optional<bool> Membership(const ast::Expr& item, const ast::Expr& collection, Span span, const Context& context) {
  const std::vector<ast::ExprPtr>* elements = nullptr;
  if (const auto* list = ast::TryAs<ast::ListExpr>(collection)) elements = &list->elements;
  if (const auto* set = ast::TryAs<ast::SetExpr>(collection)) elements = &set->elements;
  if (const auto* map = ast::TryAs<ast::MapExpr>(collection); map != nullptr && map->entries.empty()) return false;
  if (elements == nullptr) return std::nullopt;
  if (elements->empty()) return false;
  std::vector<std::string> texts;
  const auto sought = LiteralOf(item);
  bool all_differ = sought.has_value();
  for (const ast::ExprPtr& element : *elements) {
    const auto literal = LiteralOf(*element);
    if (!literal) return std::nullopt;
    if (literal->kind == Literal::Kind::kText) texts.push_back(std::get<std::string>(literal->value));
    if (!sought) continue;
    const auto order = sought->Compare(*literal);
    if (order == 0) return true;
    all_differ &= order.has_value();
  }
  if (sought) return all_differ ? std::optional(false) : std::nullopt;
  const bool every_value = context.AllTyped(span, ExprKind::kIn, [&](const Expr& typed) {
    const Type& type = *typed.operands[0]->type;
    return !type.optional && !type.values.empty() &&
           std::all_of(type.values.begin(), type.values.end(), [&](const std::string& value) {
             return std::find(texts.begin(), texts.end(), value) != texts.end();
           });
  });
  return every_value ? std::optional(true) : std::nullopt;
}

std::optional<bool> Flipped(std::optional<bool> truth, bool flip) {
  return truth ? std::optional(*truth != flip) : std::nullopt;
}

std::optional<bool> OfBinary(const ast::BinaryExpr& expr, const Context& context) {
  switch (expr.op) {
    case ast::BinaryOp::kAnd:
    case ast::BinaryOp::kOr: {
      const bool decides = expr.op == ast::BinaryOp::kOr;
      bool all = true;
      for (const ast::Expr* operand : ChainOf(expr, expr.op)) {
        const auto truth = AlwaysTrue(*operand, context);
        if (truth == decides) return decides;
        all &= truth.has_value();
      }
      if (all) return !decides;
      return HoldsContradiction(expr, expr.op) ? std::optional(decides) : std::nullopt;
    }
    case ast::BinaryOp::kIn: return Flipped(Membership(*expr.left, *expr.right, expr.span, context), expr.negated);
    case ast::BinaryOp::kContains:
      return Flipped(Membership(*expr.right, *expr.left, expr.span, context), expr.negated);
    case ast::BinaryOp::kLike:
    case ast::BinaryOp::kMatches: {
      const auto* pattern = ast::TryAs<ast::StringExpr>(*expr.right);
      if (pattern == nullptr || pattern->interpolated()) return std::nullopt;
      const std::string text = pattern->PlainText();
      const bool all =
          expr.op == ast::BinaryOp::kLike ? text == "*" : text.empty() || text == ".*" || text == "^.*" || text == "^";
      return all ? std::optional(!expr.negated) : std::nullopt;
    }
    default: break;
  }
  if (!IsComparison(expr.op)) return std::nullopt;
  const auto left = LiteralOf(*expr.left), right = LiteralOf(*expr.right);
  if (left && right) {
    const auto order = left->Compare(*right);
    return order ? std::optional(Holds(*order, expr.op)) : std::nullopt;
  }
  return AgainstCount(expr, context);
}

std::optional<bool> OfIs(const ast::IsExpr& expr, const Context& context) {
  // Asked of a reference to one model alone, `is M` is `is present`.
  const bool there = context.AllTyped(expr.span, ExprKind::kIsPresent, [](const Expr& typed) {
    const Type& type = *typed.operands[0]->type;
    // An attribute such as `.account` may be missing in an export whatever its type says.
    return !type.optional && type.kind != TypeKind::kJson && typed.operands[0]->kind != ExprKind::kAttribute;
  });
  const bool of_model = context.AllTyped(expr.span, ExprKind::kIsModel, [](const Expr& typed) {
    const Type& type = *typed.operands[0]->type;
    return !type.optional && type.models.size() == 1 && type.models[0] == typed.model;
  });
  if (!there && !of_model) return std::nullopt;
  return (expr.test == ast::IsTest::kAbsent) == expr.negated;
}

}  // namespace

std::vector<const ast::Expr*> ChainOf(const ast::Expr& expr, ast::BinaryOp op) {
  std::vector<const ast::Expr*> chain;
  const ast::Expr* rest = &expr;
  std::vector<const ast::Expr*> from_right;
  while (IsLogic(*rest, op)) {
    const auto& binary = ast::As<ast::BinaryExpr>(*rest);
    from_right.push_back(binary.right.get());
    rest = binary.left.get();
  }
  chain.push_back(rest);
  chain.insert(chain.end(), from_right.rbegin(), from_right.rend());
  return chain;
}

std::optional<bool> AlwaysTrue(const ast::Expr& expr, const Context& context) {
  switch (expr.kind) {
    case ast::ExprKind::kBool: return ast::As<ast::BoolExpr>(expr).value;
    case ast::ExprKind::kUnary: {
      const auto& unary = ast::As<ast::UnaryExpr>(expr);
      return unary.op == ast::UnaryOp::kNot ? Flipped(AlwaysTrue(*unary.operand, context), true) : std::nullopt;
    }
    case ast::ExprKind::kBinary: return OfBinary(ast::As<ast::BinaryExpr>(expr), context);
    case ast::ExprKind::kIs: return OfIs(ast::As<ast::IsExpr>(expr), context);
    default: return std::nullopt;
  }
}

}  // namespace bylaw::compiler::lint

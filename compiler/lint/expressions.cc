// Expressions: conditions that the input cannot change, things compared with themselves, what is said twice, and what a
// plainer form says.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/ast/printer.h"
#include "compiler/ast/walk.h"
#include "compiler/lint/linter.h"

namespace bylaw::compiler::lint {
namespace {

bool IsBinary(const ast::Expr* expr, ast::BinaryOp op) {
  const auto* binary = expr == nullptr ? nullptr : ast::TryAs<ast::BinaryExpr>(*expr);
  return binary != nullptr && binary->op == op;
}

bool IsOperator(const ast::Expr* expr) {
  return expr != nullptr && (expr->kind == ast::ExprKind::kBinary || expr->kind == ast::ExprKind::kUnary ||
                             expr->kind == ast::ExprKind::kIs);
}

class ExpressionLint {
 public:
  explicit ExpressionLint(const Context& context) : context_(context) {}

  void Condition(const ast::Expr& expr) { Visit(expr, true, nullptr); }
  void Value(const ast::Expr& expr) { Visit(expr, false, nullptr); }

  void Generators(const std::vector<ast::Generator>& generators) {
    for (const ast::Generator& generator : generators) Value(*generator.collection);
  }

 private:
  void Visit(const ast::Expr& expr, bool is_condition, const ast::Expr* parent) {
    if (ReportConstant(expr, is_condition, parent)) return;
    if (const auto* binary = ast::TryAs<ast::BinaryExpr>(expr)) {
      const bool is_logic = binary->op == ast::BinaryOp::kAnd || binary->op == ast::BinaryOp::kOr;
      if (is_logic) {
        if (!IsBinary(parent, binary->op)) Repeated(*binary);
      } else {
        WithItself(*binary);
        Pattern(*binary);
        AgainstBool(*binary);
        AgainstNothing(*binary, parent);
        NeedlessDefault(*binary);
      }
      Visit(*binary->left, is_logic, &expr);
      Visit(*binary->right, is_logic, &expr);
      return;
    }
    if (const auto* unary = ast::TryAs<ast::UnaryExpr>(expr); unary != nullptr && unary->op == ast::UnaryOp::kNot) {
      DeniedCondition(*unary, parent);
      Visit(*unary->operand, true, &expr);
      return;
    }
    if (const auto* branch = ast::TryAs<ast::IfExpr>(expr)) {
      BranchToBool(*branch, parent);
      Visit(*branch->condition, true, &expr);
      Visit(*branch->then, is_condition, &expr);
      Visit(*branch->otherwise, is_condition, &expr);
      return;
    }
    if (const auto* string = ast::TryAs<ast::StringExpr>(expr)) DollarBeforeBrace(*string);
    if (const auto* unknown = ast::TryAs<ast::UnknownExpr>(expr)) DollarBeforeBrace(*unknown->reason);
    if (const ast::Query* query = ast::QueryOf(expr)) {
      Generators(query->generators);
      if (query->where != nullptr) Condition(*query->where);
      const bool condition = expr.kind == ast::ExprKind::kQuantifier;
      ast::ForEachOperand(expr, [&](const ast::Expr& operand) { Visit(operand, condition, nullptr); });
      return;
    }
    ast::ForEachOperand(expr, [&](const ast::Expr& operand) { Visit(operand, false, &expr); });
  }

  // ---- Always true, always false

  /// A literal where a condition stands, or a test that comes out the same whatever the input.
  bool ReportConstant(const ast::Expr& expr, bool is_condition, const ast::Expr* parent) {
    const bool branch = parent != nullptr && parent->kind == ast::ExprKind::kIf &&
                        &expr != ast::As<ast::IfExpr>(*parent).condition.get();
    if (expr.kind == ast::ExprKind::kBool) {
      if (!is_condition || branch) return false;
    } else if (expr.kind == ast::ExprKind::kBinary) {
      // What is constant because a part of it is is reported at that part.
      const auto& binary = ast::As<ast::BinaryExpr>(expr);
      const bool is_logic = binary.op == ast::BinaryOp::kAnd || binary.op == ast::BinaryOp::kOr;
      if (is_logic) {
        const auto chain = ChainOf(expr, binary.op);
        if (std::any_of(chain.begin(), chain.end(),
                        [&](const ast::Expr* part) { return AlwaysTrue(*part, context_).has_value(); }))
          return false;
        if (IsBinary(parent, binary.op)) return false;  // the whole chain is looked at once
      } else if (IsSame(binary)) {
        return false;  // that it is a comparison with itself says more
      }
    } else if (expr.kind != ast::ExprKind::kIs) {
      return false;
    }
    const auto truth = AlwaysTrue(expr, context_);
    if (!truth) return false;
    Diagnostic& diagnostic = context_.Report(Code::kConstantCondition, expr.span,
                                             fmt::format("{} is always {}", context_.Quote(expr.span), *truth));
    diagnostic.Labelled(Why(expr, *truth));
    diagnostic.Hint("whatever the input holds, this comes out the same: say what was meant, or leave it out");
    return true;
  }

  std::string Why(const ast::Expr& expr, bool truth) const {
    if (const auto* is = ast::TryAs<ast::IsExpr>(expr)) {
      std::string type;
      for (const ExprKind kind : {ExprKind::kIsPresent, ExprKind::kIsModel}) {
        context_.AllTyped(expr.span, kind, [&](const Expr& typed) {
          type = typed.operands[0]->type->ToString();
          return true;
        });
      }
      return is->test == ast::IsTest::kModel
                 ? fmt::format("this is `{}` by its type", type)
                 : fmt::format("this is `{}`, and there wherever it is asked for here", type);
    }
    if (const auto* binary = ast::TryAs<ast::BinaryExpr>(expr)) {
      if (binary->op == ast::BinaryOp::kAnd) return "two of these contradict each other";
      if (binary->op == ast::BinaryOp::kOr) return "one of two of these holds in any case";
      if (binary->op == ast::BinaryOp::kIn && truth != binary->negated && !std::empty(context_.Text(expr.span)) &&
          binary->left->kind != ast::ExprKind::kString && binary->left->kind != ast::ExprKind::kInt)
        return "the set has every value of the type";
    }
    return {};
  }

  // ---- Said twice

  static bool IsSame(const ast::BinaryExpr& expr) { return ast::Canonical(*expr.left) == ast::Canonical(*expr.right); }

  void WithItself(const ast::BinaryExpr& expr) {
    switch (expr.op) {
      case ast::BinaryOp::kEqual:
      case ast::BinaryOp::kNotEqual:
      case ast::BinaryOp::kLess:
      case ast::BinaryOp::kLessEqual:
      case ast::BinaryOp::kGreater:
      case ast::BinaryOp::kGreaterEqual:
      case ast::BinaryOp::kContains:
      case ast::BinaryOp::kMatches:
      case ast::BinaryOp::kLike:
      case ast::BinaryOp::kSubtract:
      case ast::BinaryOp::kDivide:
      case ast::BinaryOp::kCoalesce: break;
      default: return;
    }
    if (!IsSame(expr)) return;
    // `all_ports - all_ports` is how the empty set is written.
    if (expr.op == ast::BinaryOp::kSubtract &&
        !context_.AllTyped(expr.span, ExprKind::kSubtract, [](const Expr&) { return true; }))
      return;
    context_
        .Report(Code::kSelfComparison, expr.span,
                fmt::format("{} stands on both sides of `{}`", context_.Quote(expr.left->span), ast::Spelling(expr.op)))
        .Hint("one of the two is meant to be something else: of another row, perhaps");
  }

  void Repeated(const ast::BinaryExpr& chain) {
    std::map<std::string, const ast::Expr*> seen;
    for (const ast::Expr* operand : ChainOf(chain, chain.op)) {
      const auto [it, is_new] = seen.emplace(ast::Canonical(*operand), operand);
      if (is_new) continue;
      Diagnostic& diagnostic =
          context_.Report(Code::kRepeatedCondition, operand->span, context_.Quote(operand->span) + " is there already");
      diagnostic.Also(it->second->span, "it is here").Hint("leave one of them out");
      // From the end of what stands before it to its own.
      const ast::BinaryExpr* link = &chain;
      while (link->right.get() != operand) link = &ast::As<ast::BinaryExpr>(*link->left);
      const Span rest{operand->span.file_id, link->left->span.end, link->span.end};
      if (!link->left->parenthesised && !context_.HoldsComment(rest)) diagnostic.Fix(rest, "");
    }
  }

  // ---- What other languages mean by it

  /// `"${x}"`.
  void DollarBeforeBrace(const ast::StringExpr& string) {
    for (const ast::StringPart& part : string.parts) {
      const Span dollar{part.span.file_id, part.span.begin - 1, part.span.begin};
      if (part.expr == nullptr || context_.Text(dollar) != "$") continue;
      const std::string braces(context_.Text(part.span));
      context_
          .Report(Code::kDollarBeforeBrace, dollar,
                  "this `$` stays in the text, before what `" + braces + "` is replaced by")
          .Hint("write `" + braces + "`; where a dollar sign is meant, write `\\u{24}" + braces + "`")
          .Fix(dollar, "");
    }
  }

  // ---- Plainer forms

  Diagnostic& Plainer(Span span, const std::string& form) {
    return context_.Report(Code::kPlainerForm, span, "`" + form + "` says the same in a plainer way");
  }
  /// The source, in the parentheses that it was written in.
  std::string Source(const ast::Expr& expr) const {
    const std::string text(context_.Text(expr.span));
    return expr.parenthesised ? "(" + text + ")" : text;
  }
  void Replace(Diagnostic& diagnostic, Span span, const std::string& text) const {
    if (!context_.HoldsComment(span)) diagnostic.Fix(span, text);
  }
  static std::string OneLine(std::string text) {
    std::string result;
    for (const char c : text) {
      const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      if (!space || !result.ends_with(' ')) result += space ? ' ' : c;
    }
    return result;
  }
  /// As `text`, in parentheses where `place` stands beside an operator without any.
  static std::string Fenced(const std::string& text, const ast::Expr& place, const ast::Expr* parent) {
    return IsOperator(parent) && !place.parenthesised ? "(" + text + ")" : text;
  }

  /// `not (x == y)`, `not (x in c)`, `not (x is present)`, `not (exists …)`, `not not x`.
  void DeniedCondition(const ast::UnaryExpr& unary, const ast::Expr* parent) {
    const ast::Expr& operand = *unary.operand;
    std::string text;
    if (const auto* binary = ast::TryAs<ast::BinaryExpr>(operand)) {
      const std::string left = Source(*binary->left), right = Source(*binary->right);
      std::string op;
      switch (binary->op) {
        case ast::BinaryOp::kEqual: op = "!="; break;
        case ast::BinaryOp::kNotEqual: op = "=="; break;
        case ast::BinaryOp::kLess: op = ">="; break;
        case ast::BinaryOp::kLessEqual: op = ">"; break;
        case ast::BinaryOp::kGreater: op = "<="; break;
        case ast::BinaryOp::kGreaterEqual: op = "<"; break;
        case ast::BinaryOp::kIn:
        case ast::BinaryOp::kContains:
        case ast::BinaryOp::kMatches:
        case ast::BinaryOp::kLike: op = (binary->negated ? "" : "not ") + std::string(ast::Spelling(binary->op)); break;
        default: return;
      }
      text = left + " " + op + " " + right;
    } else if (const auto* is = ast::TryAs<ast::IsExpr>(operand)) {
      const std::string subject = Source(*is->operand);
      if (is->test == ast::IsTest::kModel)
        text = subject + (is->negated ? " is " : " is not ") + is->model.ToString();
      else
        text = subject + ((is->test == ast::IsTest::kPresent) != is->negated ? " is absent" : " is present");
    } else if (const auto* inner = ast::TryAs<ast::UnaryExpr>(operand);
               inner != nullptr && inner->op == ast::UnaryOp::kNot) {
      text = Source(*inner->operand);
    } else if (const auto* quantifier = ast::TryAs<ast::QuantifierExpr>(operand);
               quantifier != nullptr && quantifier->quantifier != ast::Quantifier::kEvery) {
      const bool exists = quantifier->quantifier == ast::Quantifier::kExists;
      const Span rest{operand.span.file_id, quantifier->keyword.end, operand.span.end};
      text = Fenced((exists ? "no" : "exists") + std::string(context_.Text(rest)), unary, parent);
    } else {
      return;
    }
    Replace(Plainer(unary.span, OneLine(text)), unary.span, text);
  }

  /// `x == true`, `x != true`, … where x is a bool that is always there.
  void AgainstBool(const ast::BinaryExpr& expr) {
    if (expr.op != ast::BinaryOp::kEqual && expr.op != ast::BinaryOp::kNotEqual) return;
    const auto* right = ast::TryAs<ast::BoolExpr>(*expr.right);
    const auto* left = ast::TryAs<ast::BoolExpr>(*expr.left);
    if ((right == nullptr) == (left == nullptr)) return;
    const ast::Expr& subject = right != nullptr ? *expr.left : *expr.right;
    const bool is_bool = context_.AllTyped(expr.span, ExprKind::kEqual, [](const Expr& typed) {
      return std::all_of(typed.operands.begin(), typed.operands.end(), [](const ExprPtr& operand) {
        return operand->type->kind == TypeKind::kBool && !operand->type->optional &&
               operand->kind != ExprKind::kRequire && operand->kind != ExprKind::kConvert;
      });
    });
    if (!is_bool) return;
    const bool wanted = (right != nullptr ? right : left)->value == (expr.op == ast::BinaryOp::kEqual);
    const bool fence = !wanted && IsOperator(&subject) && !subject.parenthesised;
    const std::string text = wanted  ? Source(subject)
                             : fence ? "not (" + Source(subject) + ")"
                                     : "not " + Source(subject);
    Replace(Plainer(expr.span, OneLine(text)), expr.span, text);
  }

  /// `count(x in C where P) == 0`, `> 0` and their like.
  void AgainstNothing(const ast::BinaryExpr& expr, const ast::Expr* parent) {
    const auto* count = ast::TryAs<ast::AggregateExpr>(*expr.left);
    const auto* number = ast::TryAs<ast::IntExpr>(*expr.right);
    if (count == nullptr || number == nullptr || count->op != ast::Aggregate::kCount) return;
    const int64_t n = number->value;
    const bool some = (n == 0 && (expr.op == ast::BinaryOp::kGreater || expr.op == ast::BinaryOp::kNotEqual)) ||
                      (n == 1 && expr.op == ast::BinaryOp::kGreaterEqual);
    const bool none = (n == 0 && (expr.op == ast::BinaryOp::kEqual || expr.op == ast::BinaryOp::kLessEqual)) ||
                      (n == 1 && expr.op == ast::BinaryOp::kLess);
    if (!some && !none) return;
    const std::string text =
        Fenced((some ? "exists " : "no ") + std::string(context_.Text(count->query.span)), expr, parent);
    Replace(Plainer(expr.span, OneLine(text)), expr.span, text);
  }

  /// `if c then true else false`.
  void BranchToBool(const ast::IfExpr& branch, const ast::Expr* parent) {
    const auto* then = ast::TryAs<ast::BoolExpr>(*branch.then);
    const auto* otherwise = ast::TryAs<ast::BoolExpr>(*branch.otherwise);
    if (then == nullptr || otherwise == nullptr || then->value == otherwise->value) return;
    const ast::Expr& condition = *branch.condition;
    const std::string source(context_.Text(condition.span));
    std::string text =
        then->value ? source
                    : "not " + (condition.parenthesised || IsOperator(&condition) || ast::QueryOf(condition) != nullptr
                                    ? "(" + source + ")"
                                    : source);
    text = Fenced(text, branch, parent);
    Replace(Plainer(branch.span, OneLine(text)), branch.span, text);
  }

  /// `x matches "^arn:"`: no regular expression is needed.
  void Pattern(const ast::BinaryExpr& expr) {
    if (expr.op != ast::BinaryOp::kMatches) return;
    const auto* pattern = ast::TryAs<ast::StringExpr>(*expr.right);
    if (pattern == nullptr || pattern->interpolated()) return;
    const auto plain = PlainPatternOf(pattern->PlainText());
    if (!plain) return;
    const std::string rest = expr.negated ? plain->negated : plain->condition;
    Diagnostic& diagnostic = context_.Report(Code::kRegexNotNeeded, pattern->span, "this needs no regular expression");
    diagnostic.Hint("write `" + OneLine(Source(*expr.left)) + rest + "`");
    const Span end{expr.span.file_id, expr.left->span.end, expr.right->span.end};
    if (plain->exact && !expr.left->parenthesised && !expr.right->parenthesised) Replace(diagnostic, end, rest);
  }

  /// `x ?? y` where x is always there.
  void NeedlessDefault(const ast::BinaryExpr& expr) {
    if (expr.op != ast::BinaryOp::kCoalesce || IsSame(expr)) return;
    const Expr* left = nullptr;
    const bool needless = context_.AllTyped(expr.span, ExprKind::kCoalesce, [&](const Expr& typed) {
      left = typed.operands[0].get();
      return !left->type->optional && left->type->kind != TypeKind::kJson && left->kind != ExprKind::kConvert &&
             left->kind != ExprKind::kRequire;
    });
    if (!needless) return;
    Diagnostic& diagnostic =
        context_.Report(Code::kNeedlessDefault, expr.op_span,
                        context_.Quote(expr.left->span) + " is always there, so this default is never taken");
    diagnostic.Also(expr.left->span, "this is `" + left->type->ToString() + "`").Hint("leave the default out");
    if (expr.left->parenthesised) return;
    const bool is_path =
        !IsOperator(expr.left.get()) && ast::QueryOf(*expr.left) == nullptr && expr.left->kind != ast::ExprKind::kIf;
    Span whole = expr.span;
    if (is_path && expr.parenthesised) {
      // The parentheses go with the operator.
      const std::string_view text = context_.sources.file(whole.file_id).text();
      whole.begin = static_cast<uint32_t>(text.rfind('(', whole.begin - 1));
      whole.end = static_cast<uint32_t>(text.find(')', whole.end)) + 1;
    }
    Replace(diagnostic, whole, std::string(context_.Text(expr.left->span)));
  }

  const Context& context_;
};

}  // namespace

void LintExpressions(const Context& context) {
  ExpressionLint lint(context);
  for (const ast::ItemPtr& item : context.file.items) {
    switch (item->kind) {
      case ast::ItemKind::kDefine: {
        const auto& define = ast::As<ast::DefineDecl>(*item);
        for (const ast::Let& let : define.lets) lint.Value(*let.value);
        lint.Value(*define.body);
        break;
      }
      case ast::ItemKind::kRule:
        for (const ast::Clause& clause : ast::As<ast::RuleDecl>(*item).clauses) {
          lint.Generators(clause.generators);
          for (const ast::StringPtr& string : clause.strings) lint.Value(*string);
          if (clause.expr == nullptr) continue;
          if (clause.kind == ast::ClauseKind::kLet)
            lint.Value(*clause.expr);
          else
            lint.Condition(*clause.expr);
        }
        break;
      case ast::ItemKind::kModel:
        for (const ast::Mapping& mapping : ast::As<ast::ModelDecl>(*item).mappings) {
          lint.Generators(mapping.generators);
          if (mapping.where != nullptr) lint.Condition(*mapping.where);
          for (const ast::MappingEntry& entry : mapping.entries) lint.Value(*entry.value);
        }
        break;
      case ast::ItemKind::kWaiver: {
        const auto& waiver = ast::As<ast::WaiverDecl>(*item);
        if (waiver.query && waiver.query->where != nullptr) lint.Condition(*waiver.query->where);
        break;
      }
      default: break;
    }
  }
}

}  // namespace bylaw::compiler::lint

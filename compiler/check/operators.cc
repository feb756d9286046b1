// Operators: their operands' types, what they become, and what people meant who wrote them wrongly.

#include <re2/re2.h>

#include "compiler/check/checker.h"

namespace bylaw::compiler {

namespace {

bool IsNumber(const Type& type) { return type.kind == TypeKind::kInt || type.kind == TypeKind::kFloat; }
bool IsEmptyLiteral(const Expr& expr) {
  return expr.operands.empty() &&
         (expr.kind == ExprKind::kMakeList || expr.kind == ExprKind::kMakeSet || expr.kind == ExprKind::kMakeMap);
}
bool IsAddressSet(const Type& type) { return type.kind == TypeKind::kIpSet || type.kind == TypeKind::kCidr; }

}  // namespace

bool Checker::IsOrdered(const Type& type) {
  switch (type.kind) {
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kString:
    case TypeKind::kTime:
    case TypeKind::kDuration:
    case TypeKind::kVersion:
    case TypeKind::kIp:
    case TypeKind::kCidr: return true;
    default: return false;
  }
}

ExprPtr Checker::MakeNot(ExprPtr operand, Span span) {
  ExprPtr result = Make(ExprKind::kNot, bool_, span);
  result->operands.push_back(std::move(operand));
  return Finish(std::move(result));
}

ExprPtr Checker::MakeBinary(ExprKind kind, const Type* type, ExprPtr left, ExprPtr right, Span span) {
  ExprPtr result = Make(kind, type, span);
  result->operands.push_back(std::move(left));
  result->operands.push_back(std::move(right));
  return Finish(std::move(result));
}

ExprPtr Checker::MakeBuiltin(FunctionId function, const Type* type, std::vector<ExprPtr> arguments, Span span) {
  ExprPtr result = Make(ExprKind::kBuiltin, type, span);
  result->function_id = static_cast<uint32_t>(function);
  result->operands = std::move(arguments);
  return Finish(std::move(result));
}

void Checker::ReportOperands(const ast::BinaryExpr& expr, const Expr& left, const Expr& right, std::string hint) {
  const std::string op(ast::Spelling(expr.op));
  Report(Code::kBadOperands, expr.op_span,
         "`" + op + "` does not go between `" + left.type->ToString() + "` and `" + right.type->ToString() + "`")
      .Also(left.span, "this is `" + left.type->ToString() + "`")
      .Also(right.span, "this is `" + right.type->ToString() + "`")
      .Hint(std::move(hint));
}

ExprPtr Checker::CheckUnary(const ast::UnaryExpr& expr, const Type* hint) {
  if (expr.op == ast::UnaryOp::kNot) {
    ExprPtr operand = CheckCondition(*expr.operand, "the operand of `not`");
    return operand == nullptr ? nullptr : MakeNot(std::move(operand), expr.span);
  }
  ExprPtr operand = CheckExpr(*expr.operand, hint);
  if (operand == nullptr) return nullptr;
  if (operand->type->kind == TypeKind::kJson)
    operand = Coerce(std::move(operand), hint != nullptr && IsNumber(*hint) ? hint : int_, "the operand of `-`");
  if (operand == nullptr || !RequirePresent(*operand, "`-`")) return nullptr;
  if (!IsNumber(*operand->type) && operand->type->kind != TypeKind::kDuration) {
    Report(Code::kTypeMismatch, operand->span,
           "`-` takes a number or a duration, and this is `" + operand->type->ToString() + "`");
    return nullptr;
  }
  ExprPtr result = Make(ExprKind::kNegate, operand->type, expr.span);
  result->operands.push_back(std::move(operand));
  return Finish(std::move(result));
}

ExprPtr Checker::CheckBinary(const ast::BinaryExpr& expr, const Type* hint) {
  switch (expr.op) {
    case ast::BinaryOp::kOr:
    case ast::BinaryOp::kAnd: return CheckLogic(expr);
    case ast::BinaryOp::kCoalesce: return CheckCoalesce(expr, hint);
    case ast::BinaryOp::kEqual:
    case ast::BinaryOp::kNotEqual: return CheckEquality(expr);
    case ast::BinaryOp::kLess:
    case ast::BinaryOp::kLessEqual:
    case ast::BinaryOp::kGreater:
    case ast::BinaryOp::kGreaterEqual: return CheckOrdering(expr);
    case ast::BinaryOp::kIn:
    case ast::BinaryOp::kContains: return CheckIn(expr);
    case ast::BinaryOp::kMatches:
    case ast::BinaryOp::kLike: return CheckTextMatch(expr);
    default: return CheckArithmetic(expr, hint);
  }
}

namespace {

bool IsLiteral(const ast::Expr& expr) {
  return expr.kind > ast::ExprKind::kBool && expr.kind <= ast::ExprKind::kVersion;
}

}  // namespace

// A chain of `and` or of `or` is checked from left to right, so that a long one costs no more than its length.
ExprPtr Checker::CheckLogic(const ast::BinaryExpr& expr) {
  const bool is_and = expr.op == ast::BinaryOp::kAnd;
  const char* what = is_and ? "an operand of `and`" : "an operand of `or`";
  std::vector<const ast::BinaryExpr*> chain = {&expr};
  while (const auto* left = ast::TryAs<ast::BinaryExpr>(*chain.back()->left)) {
    if (left->op != expr.op) break;
    chain.push_back(left);
  }
  ScopeGuard scope(*this);
  std::vector<Fact> shown;
  bool failed = false;
  auto check = [&](const ast::Expr& operand) -> ExprPtr {
    if (failed && !is_and && IsLiteral(operand)) return nullptr;  // `x or 0`, which the other operand's error tells of
    salvaged_.clear();
    ExprPtr condition = CheckCondition(operand, what);
    std::vector<Fact> facts;
    if (condition != nullptr)
      AddFacts(*condition, is_and, facts);
    else if (is_and)
      facts = std::exchange(salvaged_, {});
    failed |= condition == nullptr;
    context_.facts.insert(context_.facts.end(), facts.begin(), facts.end());
    shown.insert(shown.end(), facts.begin(), facts.end());
    return condition;
  };
  ExprPtr result = check(*chain.back()->left);
  while (!chain.empty()) {
    ExprPtr right = check(*chain.back()->right);
    if (!failed) {
      result = MakeBinary(is_and ? ExprKind::kAnd : ExprKind::kOr, bool_, std::move(result), std::move(right),
                          chain.back()->span);
    }
    chain.pop_back();
  }
  if (!failed) return result;
  if (is_and) salvaged_ = std::move(shown);
  return nullptr;
}

ExprPtr Checker::CheckCoalesce(const ast::BinaryExpr& expr, const Type* hint) {
  const Type* inner_hint = hint == nullptr ? nullptr : program_->types.Required(hint);
  ExprPtr left = CheckExpr(*expr.left, inner_hint);
  // Untyped data in a typed place is converted before the `??`, so that what converts to absent goes on to the next
  // operand.
  const bool converts =
      inner_hint != nullptr && inner_hint->kind != TypeKind::kJson && inner_hint->kind != TypeKind::kRef;
  if (left != nullptr && left->type->kind == TypeKind::kJson && converts)
    left = ConvertJson(std::move(left), inner_hint);
  const Type* right_hint = inner_hint != nullptr ? inner_hint
                           : left == nullptr     ? nullptr
                                                 : program_->types.Required(left->type);
  ExprPtr right = CheckExpr(*expr.right, right_hint);
  if (left == nullptr || right == nullptr) return nullptr;
  if (right->type->kind == TypeKind::kJson && converts) right = ConvertJson(std::move(right), inner_hint);
  // `json ?? literal` has the literal's type.
  if (left->type->kind == TypeKind::kJson && right->type->kind != TypeKind::kJson)
    left = ConvertJson(std::move(left), program_->types.Required(right->type));
  const Type* type = Join(program_->types.Required(left->type), right->type);
  if (type == nullptr) {
    const Type* wanted = program_->types.Required(left->type);
    if (right->type->kind == TypeKind::kIpSet && left->type->kind == TypeKind::kCidr) {
      left = ToIpSet(std::move(left));
    } else {
      const bool may_be_absent = right->type->optional || right->type->kind == TypeKind::kJson;
      right = Coerce(std::move(right), may_be_absent ? program_->types.Optional(wanted) : wanted,
                     "what stands behind `??`");
      if (right == nullptr) return nullptr;
    }
    type = Join(program_->types.Required(left->type), right->type);
    if (type == nullptr) return nullptr;
  }
  return MakeBinary(ExprKind::kCoalesce, type, std::move(left), std::move(right), expr.span);
}

ExprPtr Checker::CheckEquality(const ast::BinaryExpr& expr) {
  // The type of either side may be what the other needs: the members of an enum, the type of `[]`.
  const bool left_is_literal = expr.left->kind == ast::ExprKind::kString || expr.left->kind == ast::ExprKind::kList ||
                               expr.left->kind == ast::ExprKind::kSet || expr.left->kind == ast::ExprKind::kMap ||
                               expr.left->kind == ast::ExprKind::kUnknown;
  ExprPtr left, right;
  if (left_is_literal) {
    right = CheckExpr(*expr.right);
    left = CheckExpr(*expr.left, right == nullptr ? nullptr : right->type);
  } else {
    left = CheckExpr(*expr.left);
    right = CheckExpr(*expr.right, left == nullptr ? nullptr : left->type);
  }
  if (left == nullptr || right == nullptr) return nullptr;
  if (left->type->kind == TypeKind::kJson || right->type->kind == TypeKind::kJson) {
    const Type* target = program_->types.Required(left->type->kind == TypeKind::kJson ? right->type : left->type);
    if (target->kind == TypeKind::kRef) {
      ReportOperands(expr, *left, *right, "untyped data holds no references: compare the key, as in `x.id == …`");
      return nullptr;
    }
    if (left->type->kind == TypeKind::kJson) left = RequireJson(std::move(left), target);
    if (right->type->kind == TypeKind::kJson) right = RequireJson(std::move(right), target);
  }
  const Type* left_type = program_->types.Required(left->type);
  const Type* right_type = program_->types.Required(right->type);
  if (left_type->kind != right_type->kind) {
    if (left->kind == ExprKind::kConstant && left_type->kind == TypeKind::kInt &&
        right_type->kind == TypeKind::kFloat) {
      left = Coerce(std::move(left), right_type, "");
    } else if (right->kind == ExprKind::kConstant && right_type->kind == TypeKind::kInt &&
               left_type->kind == TypeKind::kFloat) {
      right = Coerce(std::move(right), left_type, "");
    } else if (IsAddressSet(*left_type) && IsAddressSet(*right_type)) {
      left = ToIpSet(std::move(left));
      right = ToIpSet(std::move(right));
    } else {
      std::string hint;
      const bool left_ref = left_type->kind == TypeKind::kRef, right_ref = right_type->kind == TypeKind::kRef;
      if ((left_ref && right_type->kind == TypeKind::kString) || (right_ref && left_type->kind == TypeKind::kString)) {
        const Expr& reference = left_ref ? *left : *right;
        hint = "a reference is a row, not its key: compare `" + SourceText(reference.span) + ".id`";
      } else if (IsNumber(*left_type) && IsNumber(*right_type)) {
        const Expr& whole = left_type->kind == TypeKind::kInt ? *left : *right;
        hint = "write `float(" + SourceText(whole.span) + ")`";
      } else if (left_type->kind == TypeKind::kList || left_type->kind == TypeKind::kSet) {
        hint = "to ask whether it is one of them, write `" + SourceText(right->span) + " in " + SourceText(left->span) +
               "`";
      }
      ReportOperands(expr, *left, *right, std::move(hint));
      return nullptr;
    }
  } else if (left_type->kind == TypeKind::kRef && !left_type->models.empty() && !right_type->models.empty()) {
    const bool common = std::any_of(left_type->models.begin(), left_type->models.end(), [&](const Model* model) {
      return std::find(right_type->models.begin(), right_type->models.end(), model) != right_type->models.end();
    });
    if (!common) {
      Report(Code::kNeverEqual, expr.op_span,
             "a `" + left_type->ToString() + "` is never a `" + right_type->ToString() + "`")
          .Also(left->span, "this is `" + left_type->ToString() + "`")
          .Also(right->span, "this is `" + right_type->ToString() + "`");
      return nullptr;
    }
  } else if (left_type->kind == TypeKind::kString && !left_type->values.empty() && !right_type->values.empty()) {
    const bool common = std::any_of(left_type->values.begin(), left_type->values.end(), [&](const std::string& value) {
      return std::binary_search(right_type->values.begin(), right_type->values.end(), value);
    });
    if (!common) {
      Report(Code::kNeverEqual, expr.op_span, "these have no value in common")
          .Also(left->span, "this is `" + left_type->ToString() + "`")
          .Also(right->span, "this is `" + right_type->ToString() + "`");
      return nullptr;
    }
  } else if (left_type->kind == TypeKind::kIamDocument) {
    ReportOperands(expr, *left, *right, "ask what a document does: `grants_admin(…)`, `allows(…)`");
    return nullptr;
  } else if (Join(left_type, right_type) == nullptr) {
    ReportOperands(expr, *left, *right);
    return nullptr;
  }
  if (IsEmptyLiteral(*left)) left = Coerce(std::move(left), right->type, "");
  if (IsEmptyLiteral(*right)) right = Coerce(std::move(right), left->type, "");
  ExprPtr equal = MakeBinary(ExprKind::kEqual, bool_, std::move(left), std::move(right), expr.span);
  return expr.op == ast::BinaryOp::kNotEqual ? MakeNot(std::move(equal), expr.span) : std::move(equal);
}

ExprPtr Checker::CheckOrdering(const ast::BinaryExpr& expr) {
  ExprPtr left = CheckExpr(*expr.left);
  ExprPtr right = CheckExpr(*expr.right, left == nullptr ? nullptr : left->type);
  if (left == nullptr || right == nullptr) return nullptr;
  const std::string what = "`" + std::string(ast::Spelling(expr.op)) + "`";
  if (left->type->kind == TypeKind::kJson && right->type->kind == TypeKind::kJson) {
    Report(Code::kTypeNotSeen, expr.op_span, "both sides are untyped, so " + what + " cannot know what to compare")
        .Hint("say what one of them is: `int(" + SourceText(left->span) + ")`, `time(…)`, `string(…)`");
    return nullptr;
  }
  if (left->type->kind == TypeKind::kJson) left = RequireJson(std::move(left), program_->types.Required(right->type));
  if (right->type->kind == TypeKind::kJson) right = RequireJson(std::move(right), program_->types.Required(left->type));
  const bool left_present = RequirePresent(*left, what), right_present = RequirePresent(*right, what);
  if (!left_present || !right_present) return nullptr;
  if (left->type->kind == TypeKind::kInt && right->type->kind == TypeKind::kFloat && left->kind == ExprKind::kConstant)
    left = Coerce(std::move(left), right->type, "");
  if (right->type->kind == TypeKind::kInt && left->type->kind == TypeKind::kFloat && right->kind == ExprKind::kConstant)
    right = Coerce(std::move(right), left->type, "");
  if (left->type->kind != right->type->kind || !IsOrdered(*left->type)) {
    std::string hint;
    if (IsNumber(*left->type) && IsNumber(*right->type)) {
      hint = "write `float(" + SourceText(left->type->kind == TypeKind::kInt ? left->span : right->span) + ")`";
    } else if (left->type->kind == TypeKind::kTime && right->type->kind == TypeKind::kDuration) {
      hint = "for how long ago it was, write `age(" + SourceText(left->span) + ")`";
    } else if (IsAddressSet(*left->type) && IsAddressSet(*right->type)) {
      hint = "to ask whether one holds the other, write `covers(…, …)`";
    } else if (left->type->kind == TypeKind::kString || right->type->kind == TypeKind::kString) {
      const bool left_text = left->type->kind == TypeKind::kString;
      const Type& other = left_text ? *right->type : *left->type;
      hint = "write `" + std::string(TypeKindName(other.kind)) + "(" +
             SourceText(left_text ? left->span : right->span) + ")`";
    }
    ReportOperands(expr, *left, *right, std::move(hint));
    return nullptr;
  }
  const bool swap = expr.op == ast::BinaryOp::kGreater || expr.op == ast::BinaryOp::kGreaterEqual;
  const bool strict = expr.op == ast::BinaryOp::kLess || expr.op == ast::BinaryOp::kGreater;
  if (swap) std::swap(left, right);
  return MakeBinary(strict ? ExprKind::kLess : ExprKind::kLessEqual, bool_, std::move(left), std::move(right),
                    expr.span);
}

// `a in c` and `c contains a` are one thing, but for text, which only contains.
ExprPtr Checker::CheckIn(const ast::BinaryExpr& expr) {
  const bool contains = expr.op == ast::BinaryOp::kContains;
  const ast::Expr& item_ast = contains ? *expr.right : *expr.left;
  const ast::Expr& collection_ast = contains ? *expr.left : *expr.right;
  const std::string what = "`" + std::string(ast::Spelling(expr.op)) + "`";
  ExprPtr item, collection;
  const bool literal_collection = collection_ast.kind == ast::ExprKind::kSet ||
                                  collection_ast.kind == ast::ExprKind::kList ||
                                  collection_ast.kind == ast::ExprKind::kMap;
  if (literal_collection) {
    item = CheckExpr(item_ast);
    const Type* hint = nullptr;
    if (item != nullptr && item->type->kind != TypeKind::kJson) {
      const Type* element = program_->types.Required(item->type);
      hint = collection_ast.kind == ast::ExprKind::kList ? program_->types.List(element) : program_->types.Set(element);
      // A union is not pressed on the members: one of fewer models is a member all the same.
      if (element->kind == TypeKind::kRef) hint = nullptr;
    }
    collection = CheckExpr(collection_ast, hint);
  } else {
    collection = CheckExpr(collection_ast);
    item = CheckExpr(item_ast, collection == nullptr || collection->type->kind == TypeKind::kMap
                                   ? nullptr
                                   : collection->type->element);
  }
  if (item == nullptr || collection == nullptr) return nullptr;
  if (collection->type->kind == TypeKind::kJson) {
    const Type* element = item->type->kind == TypeKind::kJson ? json_ : program_->types.Required(item->type);
    collection = RequireJson(std::move(collection), program_->types.List(element));
  }
  if (!RequirePresent(*collection, what)) return nullptr;
  auto finish = [&](ExprPtr result) {
    return expr.negated ? MakeNot(std::move(result), expr.span) : std::move(result);
  };
  auto builtin = [&](FunctionId function) {
    std::vector<ExprPtr> arguments;
    arguments.push_back(std::move(collection));
    arguments.push_back(std::move(item));
    return finish(MakeBuiltin(function, bool_, std::move(arguments), expr.span));
  };
  const Type& type = *collection->type;
  switch (type.kind) {
    case TypeKind::kList:
    case TypeKind::kSet:
    case TypeKind::kMap: {
      const Type* element = type.kind == TypeKind::kMap ? type.key : type.element;
      if (element == nullptr) break;
      if (item->type->kind == TypeKind::kJson && element->kind != TypeKind::kJson)
        item = RequireJson(std::move(item), element);
      const Type* item_type = program_->types.Required(item->type);
      const Type* joined = Join(item_type, element);
      if (joined == nullptr && item->kind == ExprKind::kConstant && item_type->kind == TypeKind::kInt &&
          element->kind == TypeKind::kFloat) {
        item = Coerce(std::move(item), element, "");
        joined = element;
      }
      if (joined == nullptr) {
        std::string hint;
        if (item_type->kind == TypeKind::kRef && element->kind == TypeKind::kString)
          hint = "a reference is a row, not its key: write `" + SourceText(item->span) + ".id`";
        ReportOperands(expr, contains ? *collection : *item, contains ? *item : *collection, std::move(hint));
        return nullptr;
      }
      if (item->kind == ExprKind::kConstant && item_type->kind == TypeKind::kString && !element->values.empty() &&
          !CheckEnumValue(*item, *element))
        return nullptr;
      return finish(MakeBinary(ExprKind::kIn, bool_, std::move(item), std::move(collection), expr.span));
    }
    case TypeKind::kIpSet:
    case TypeKind::kCidr:
      if (!RequirePresent(*item, what)) return nullptr;
      if (item->type->kind == TypeKind::kIp) {
        collection = ToIpSet(std::move(collection));
        return builtin(FunctionId::kContainsIp);
      }
      if (IsAddressSet(*item->type)) {
        collection = ToIpSet(std::move(collection));
        item = ToIpSet(std::move(item));
        return builtin(FunctionId::kCoversIpSet);
      }
      break;
    case TypeKind::kPortSet:
      if (item->type->kind == TypeKind::kJson) item = RequireJson(std::move(item), int_);
      if (!RequirePresent(*item, what)) return nullptr;
      if (item->type->kind == TypeKind::kInt) return builtin(FunctionId::kContainsPort);
      break;
    case TypeKind::kString:
      if (contains) {
        if (item->type->kind == TypeKind::kJson) item = RequireJson(std::move(item), string_);
        if (!RequirePresent(*item, what)) return nullptr;
        if (item->type->kind == TypeKind::kString) return builtin(FunctionId::kContainsString);
      } else if (item->type->kind == TypeKind::kString) {
        ReportOperands(
            expr, *item, *collection,
            "a text contains another: `" + SourceText(collection->span) + " contains " + SourceText(item->span) + "`");
        return nullptr;
      }
      break;
    default: break;
  }
  ReportOperands(expr, contains ? *collection : *item, contains ? *item : *collection);
  return nullptr;
}

ExprPtr Checker::CheckTextMatch(const ast::BinaryExpr& expr) {
  const bool is_regex = expr.op == ast::BinaryOp::kMatches;
  const std::string what = is_regex ? "`matches`" : "`like`";
  ExprPtr text = CheckAs(*expr.left, string_, what);
  ExprPtr pattern = CheckAs(*expr.right, string_, is_regex ? "the pattern of `matches`" : "the pattern of `like`");
  if (text == nullptr || pattern == nullptr) return nullptr;
  if (is_regex && pattern->kind == ExprKind::kConstant) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    const re2::RE2 regex(pattern->constant->text, options);
    if (!regex.ok()) {
      Report(Code::kBadPattern, pattern->span, "this is no regular expression: " + regex.error())
          .Hint("the syntax is RE2's: no back references, no look-around; a backslash in a string is written `\\\\`");
      return nullptr;
    }
  }
  ExprPtr result = MakeBinary(is_regex ? ExprKind::kMatches : ExprKind::kLike, bool_, std::move(text),
                              std::move(pattern), expr.span);
  return expr.negated ? MakeNot(std::move(result), expr.span) : std::move(result);
}

ExprPtr Checker::CheckArithmetic(const ast::BinaryExpr& expr, const Type* hint) {
  const Type* number_hint = hint != nullptr && IsNumber(*hint) ? hint : nullptr;
  const Type* collection_hint =
      hint != nullptr && (hint->kind == TypeKind::kList || hint->kind == TypeKind::kSet) ? hint : nullptr;
  const Type* operand_hint = number_hint != nullptr ? number_hint : collection_hint;
  ExprPtr left = CheckExpr(*expr.left, operand_hint);
  ExprPtr right = CheckExpr(*expr.right, operand_hint != nullptr ? operand_hint
                                         : left == nullptr       ? nullptr
                                                                 : left->type);
  if (left == nullptr || right == nullptr) return nullptr;
  const std::string what = "`" + std::string(ast::Spelling(expr.op)) + "`";
  if (left->type->kind == TypeKind::kJson && right->type->kind == TypeKind::kJson) {
    if (number_hint == nullptr) {
      Report(Code::kTypeNotSeen, expr.op_span, "both sides are untyped, so " + what + " cannot know what to do")
          .Hint("say what one of them is: `int(" + SourceText(left->span) + ")`, `time(…)`");
      return nullptr;
    }
    left = RequireJson(std::move(left), number_hint);
  }
  if (left->type->kind == TypeKind::kJson) left = RequireJson(std::move(left), program_->types.Required(right->type));
  if (right->type->kind == TypeKind::kJson) right = RequireJson(std::move(right), program_->types.Required(left->type));
  const bool left_present = RequirePresent(*left, what), right_present = RequirePresent(*right, what);
  if (!left_present || !right_present) return nullptr;
  TypeTable& types = program_->types;
  if (left->kind == ExprKind::kConstant && left->type->kind == TypeKind::kInt && right->type->kind == TypeKind::kFloat)
    left = Coerce(std::move(left), right->type, "");
  if (right->kind == ExprKind::kConstant && right->type->kind == TypeKind::kInt && left->type->kind == TypeKind::kFloat)
    right = Coerce(std::move(right), left->type, "");
  const TypeKind l = left->type->kind, r = right->type->kind;
  const bool same_number = l == r && (l == TypeKind::kInt || l == TypeKind::kFloat);
  const Type* duration = types.Get(TypeKind::kDuration);
  const Type* time = types.Get(TypeKind::kTime);
  auto make = [&](ExprKind kind, const Type* type) {
    return MakeBinary(kind, type, std::move(left), std::move(right), expr.span);
  };
  auto builtin = [&](FunctionId function, const Type* type) {
    std::vector<ExprPtr> arguments;
    arguments.push_back(std::move(left));
    arguments.push_back(std::move(right));
    return MakeBuiltin(function, type, std::move(arguments), expr.span);
  };
  std::string hint_text;
  switch (expr.op) {
    case ast::BinaryOp::kAdd:
      if (same_number) return make(ExprKind::kAdd, left->type);
      if (l == TypeKind::kDuration && r == TypeKind::kDuration) return make(ExprKind::kAdd, duration);
      if (l == TypeKind::kTime && r == TypeKind::kDuration) return make(ExprKind::kAdd, time);
      if (l == TypeKind::kDuration && r == TypeKind::kTime) return make(ExprKind::kAdd, time);
      if (l == TypeKind::kString && r == TypeKind::kString) return make(ExprKind::kConcat, string_);
      if (l == TypeKind::kString || r == TypeKind::kString) {
        const Expr& other = l == TypeKind::kString ? *right : *left;
        hint_text = "put values into a text with braces: `\"…{" + SourceText(other.span) + "}…\"`";
        break;
      }
      if (l == TypeKind::kList && r == TypeKind::kList) {
        if (const Type* type = Join(left->type, right->type)) return builtin(FunctionId::kConcat, type);
      }
      if (l == TypeKind::kSet && r == TypeKind::kSet) {
        if (const Type* type = Join(left->type, right->type)) return builtin(FunctionId::kUnionSet, type);
      }
      if (l == TypeKind::kPortSet && r == TypeKind::kPortSet) return builtin(FunctionId::kUnionPortSet, left->type);
      if (IsAddressSet(*left->type) && IsAddressSet(*right->type)) {
        left = ToIpSet(std::move(left));
        right = ToIpSet(std::move(right));
        return builtin(FunctionId::kUnionIpSet, types.Get(TypeKind::kIpSet));
      }
      break;
    case ast::BinaryOp::kSubtract:
      if (same_number) return make(ExprKind::kSubtract, left->type);
      if (l == TypeKind::kDuration && r == TypeKind::kDuration) return make(ExprKind::kSubtract, duration);
      if (l == TypeKind::kTime && r == TypeKind::kTime) return make(ExprKind::kSubtract, duration);
      if (l == TypeKind::kTime && r == TypeKind::kDuration) return make(ExprKind::kSubtract, time);
      if (l == TypeKind::kSet && r == TypeKind::kSet) {
        if (Join(left->type, right->type) != nullptr) return builtin(FunctionId::kDifferenceSet, left->type);
      }
      if (l == TypeKind::kPortSet && r == TypeKind::kPortSet)
        return builtin(FunctionId::kDifferencePortSet, left->type);
      if (IsAddressSet(*left->type) && IsAddressSet(*right->type)) {
        left = ToIpSet(std::move(left));
        right = ToIpSet(std::move(right));
        return builtin(FunctionId::kDifferenceIpSet, types.Get(TypeKind::kIpSet));
      }
      break;
    case ast::BinaryOp::kMultiply:
      if (same_number) return make(ExprKind::kMultiply, left->type);
      if (l == TypeKind::kInt && r == TypeKind::kDuration) std::swap(left, right);
      if (left->type->kind == TypeKind::kDuration && right->type->kind == TypeKind::kInt)
        return make(ExprKind::kMultiply, duration);
      break;
    case ast::BinaryOp::kDivide:
      if (same_number) return make(ExprKind::kDivide, left->type);
      if (l == TypeKind::kDuration && r == TypeKind::kInt) return make(ExprKind::kDivide, duration);
      if (l == TypeKind::kDuration && r == TypeKind::kDuration)
        hint_text = "divide numbers: `days(" + SourceText(left->span) + ") / days(" + SourceText(right->span) + ")`";
      break;
    case ast::BinaryOp::kModulo:
      if (l == TypeKind::kInt && r == TypeKind::kInt) return make(ExprKind::kModulo, int_);
      break;
    default: break;
  }
  if (hint_text.empty() && IsNumber(*left->type) && IsNumber(*right->type)) {
    hint_text = "write `float(" + SourceText(l == TypeKind::kInt ? left->span : right->span) + ")`";
  }
  ReportOperands(expr, *left, *right, std::move(hint_text));
  return nullptr;
}

namespace {

/// The type that a value has whatever is known of it where it stands.
const Type& DeclaredType(const Expr& expr) {
  return expr.kind == ExprKind::kNarrow ? DeclaredType(*expr.operands[0]) : *expr.type;
}

}  // namespace

ExprPtr Checker::CheckIs(const ast::IsExpr& expr) {
  if (expr.test != ast::IsTest::kModel) {
    const bool negate = (expr.test == ast::IsTest::kAbsent) != expr.negated;
    auto finish = [&](ExprPtr present) { return negate ? MakeNot(std::move(present), expr.span) : std::move(present); };
    bool is_record = false;
    if (ExprPtr present = RecordIsPresent(*expr.operand, expr.span, is_record)) return finish(std::move(present));
    if (is_record) return nullptr;
    ExprPtr operand = CheckExpr(*expr.operand);
    if (operand == nullptr) return nullptr;
    ExprPtr present = Make(ExprKind::kIsPresent, bool_, expr.span);
    present->operands.push_back(std::move(operand));
    return finish(Finish(std::move(present)));
  }
  ExprPtr operand = CheckExpr(*expr.operand);
  std::vector<const Model*> models = ResolveModelName(expr.model);
  if (operand == nullptr || models.empty()) return nullptr;
  if (operand->type->kind != TypeKind::kRef) {
    Report(Code::kNotAReference, operand->span,
           "`is " + expr.model.ToString() + "` asks which model a reference is of, and this is `" +
               operand->type->ToString() + "`");
    return nullptr;
  }
  ExprPtr result;
  for (const Model* model : models) {
    const std::vector<const Model*>& possible = operand->type->models;
    if (!possible.empty() && std::find(possible.begin(), possible.end(), model) == possible.end()) {
      if (models.size() > 1) continue;  // of an alias only some need to be possible
      std::vector<std::string> names;
      for (const Model* candidate : possible) names.push_back(candidate->name);
      Report(Code::kNeverEqual, expr.model.span, "`" + SourceText(operand->span) + "` is never `" + model->name + "`")
          .Expected("`" + program_->types.Required(operand->type)->ToString() + "`")
          .Hint(Meant(model->name, names));
      return nullptr;
    }
    // Of a reference to one model alone, something outside the snapshot is of that model too.
    const bool is_given = DeclaredType(*operand).models.size() == 1;
    ExprPtr test = Make(is_given ? ExprKind::kIsPresent : ExprKind::kIsModel, bool_, expr.span);
    if (!is_given) test->model = model;
    test->operands.push_back(Clone(*operand));
    test = Finish(std::move(test));
    result = result == nullptr ? std::move(test)
                               : MakeBinary(ExprKind::kOr, bool_, std::move(result), std::move(test), expr.span);
  }
  if (result == nullptr) {
    Report(Code::kNeverEqual, expr.model.span,
           "`" + SourceText(operand->span) + "` is never `" + expr.model.ToString() + "`")
        .Expected("`" + program_->types.Required(operand->type)->ToString() + "`");
    return nullptr;
  }
  return expr.negated ? MakeNot(std::move(result), expr.span) : std::move(result);
}

}  // namespace bylaw::compiler

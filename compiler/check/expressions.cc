// Expressions: literals, names, collections, branches. Paths are in paths.cc, operators in operators.cc, calls in
// calls.cc, queries in queries.cc.

#include "compiler/check/checker.h"
#include "runtime/builtins/net.h"
#include "runtime/builtins/version.h"

namespace bylaw::compiler {

namespace {

ExprPtr Literal(ExprPtr expr, uint64_t bits, std::string text = {}) {
  Constant constant;
  constant.bits = bits;
  constant.text = std::move(text);
  expr->constant = std::move(constant);
  return expr;
}

}  // namespace

ExprPtr Checker::CheckExpr(const ast::Expr& expr, const Type* hint) {
  TypeTable& types = program_->types;
  switch (expr.kind) {
    case ast::ExprKind::kError: return nullptr;
    case ast::ExprKind::kBool:
      return Finish(Literal(Make(ExprKind::kConstant, bool_, expr.span), ast::As<ast::BoolExpr>(expr).value ? 1 : 0));
    case ast::ExprKind::kInt:
      return Finish(Literal(Make(ExprKind::kConstant, int_, expr.span), IntToCell(ast::As<ast::IntExpr>(expr).value)));
    case ast::ExprKind::kFloat:
      return Finish(Literal(Make(ExprKind::kConstant, types.Get(TypeKind::kFloat), expr.span),
                            FloatToCell(ast::As<ast::FloatExpr>(expr).value)));
    case ast::ExprKind::kString: return CheckString(ast::As<ast::StringExpr>(expr), hint);
    case ast::ExprKind::kTime:
      return Finish(Literal(Make(ExprKind::kConstant, types.Get(TypeKind::kTime), expr.span),
                            IntToCell(ast::As<ast::TimeExpr>(expr).micros)));
    case ast::ExprKind::kDuration:
      return Finish(Literal(Make(ExprKind::kConstant, types.Get(TypeKind::kDuration), expr.span),
                            IntToCell(ast::As<ast::DurationExpr>(expr).micros)));
    case ast::ExprKind::kIp:
      return Finish(
          Literal(Make(ExprKind::kConstant, types.Get(TypeKind::kIp), expr.span), 0, ast::As<ast::IpExpr>(expr).text));
    case ast::ExprKind::kCidr: return CheckCidr(ast::As<ast::CidrExpr>(expr));
    case ast::ExprKind::kVersion:
      return Finish(Literal(Make(ExprKind::kConstant, types.Get(TypeKind::kVersion), expr.span),
                            static_cast<uint64_t>(VersionScheme::kGeneric), ast::As<ast::VersionExpr>(expr).text));
    case ast::ExprKind::kName: return CheckName(ast::As<ast::NameExpr>(expr));
    case ast::ExprKind::kField: return CheckPath(ast::As<ast::FieldExpr>(expr));
    case ast::ExprKind::kIndex: return CheckIndex(ast::As<ast::IndexExpr>(expr));
    case ast::ExprKind::kCall: return CheckCall(ast::As<ast::CallExpr>(expr), hint);
    case ast::ExprKind::kUnary: return CheckUnary(ast::As<ast::UnaryExpr>(expr), hint);
    case ast::ExprKind::kBinary: return CheckBinary(ast::As<ast::BinaryExpr>(expr), hint);
    case ast::ExprKind::kIs: return CheckIs(ast::As<ast::IsExpr>(expr));
    case ast::ExprKind::kIf: return CheckIf(ast::As<ast::IfExpr>(expr), hint);
    case ast::ExprKind::kUnknown: return CheckUnknown(ast::As<ast::UnknownExpr>(expr), hint);
    case ast::ExprKind::kList: return CheckList(ast::As<ast::ListExpr>(expr), hint);
    case ast::ExprKind::kSet: return CheckSet(ast::As<ast::SetExpr>(expr), hint);
    case ast::ExprKind::kMap: return CheckMap(ast::As<ast::MapExpr>(expr), hint);
    case ast::ExprKind::kRecord:
      Report(Code::kRecordValue, expr.span, "a record stands only in the rows of a `given`")
          .Hint("the keys of a map are expressions: `{\"a\": 1}`");
      return nullptr;
    case ast::ExprKind::kQuantifier: return CheckQuantifier(ast::As<ast::QuantifierExpr>(expr));
    case ast::ExprKind::kAggregate: return CheckAggregate(ast::As<ast::AggregateExpr>(expr));
    case ast::ExprKind::kComprehension: return CheckComprehension(ast::As<ast::ComprehensionExpr>(expr), hint);
    case ast::ExprKind::kOne: return CheckOne(ast::As<ast::OneExpr>(expr), hint);
    case ast::ExprKind::kFirst: return CheckFirst(ast::As<ast::FirstExpr>(expr));
    case ast::ExprKind::kGroup: return CheckGroup(ast::As<ast::GroupExpr>(expr));
  }
  return nullptr;
}

ExprPtr Checker::CheckAs(const ast::Expr& expr, const Type* type, std::string_view what) {
  ExprPtr value = CheckExpr(expr, type);
  return Coerce(std::move(value), type, what);
}

ExprPtr Checker::CheckCondition(const ast::Expr& expr, std::string_view what) {
  ExprPtr value = CheckExpr(expr, bool_);
  if (value == nullptr) return nullptr;
  if (value->type->kind == TypeKind::kBool && value->type->optional) {
    const std::string text = SourceText(value->span);
    Report(Code::kMayBeAbsent, value->span,
           "`" + text + "` may be absent, and " + std::string(what) + " must be true or false")
        .Labelled("this is `bool?`")
        .Hint("write `" + text + " ?? false` or `" + text + " ?? true`");
    return nullptr;
  }
  if (value->type->kind != TypeKind::kBool && value->type->kind != TypeKind::kJson) {
    Diagnostic& diagnostic =
        Report(Code::kTypeMismatch, value->span,
               std::string(what) + " must be true or false, and this is `" + value->type->ToString() + "`");
    diagnostic.Expected("`bool`");
    const std::string text = SourceText(value->span);
    if (value->type->optional || value->type->kind == TypeKind::kRef) {
      const bool is_default = what.find("`or`") != std::string_view::npos;
      diagnostic.Hint(is_default
                          ? "a default is `" + text + " ?? …`; `" + text + " is present` asks whether there is one"
                          : "write `" + text + " is present` to ask whether there is one");
    } else if (value->type->kind == TypeKind::kInt) {
      diagnostic.Hint("write `" + text + " != 0` or `" + text + " > 0`");
    } else if (value->type->kind == TypeKind::kString) {
      diagnostic.Hint("write `" + text + " != \"\"`");
    } else if (value->type->kind == TypeKind::kList || value->type->kind == TypeKind::kSet ||
               value->type->kind == TypeKind::kMap) {
      diagnostic.Hint("write `not is_empty(" + text + ")`");
    }
    return nullptr;
  }
  return Coerce(std::move(value), bool_, what);
}

ExprPtr Checker::CheckString(const ast::StringExpr& expr, const Type* hint) {
  if (expr.interpolated()) return CheckText(expr);
  ExprPtr constant = Literal(Make(ExprKind::kConstant, string_, expr.span), 0, expr.PlainText());
  if (hint != nullptr && hint->kind == TypeKind::kString && !hint->values.empty()) {
    if (!CheckEnumValue(*constant, *hint)) return nullptr;
    constant->type = program_->types.Required(hint);
  }
  return Finish(std::move(constant));
}

ExprPtr Checker::CheckText(const ast::StringExpr& expr) {
  ExprPtr concat = Make(ExprKind::kConcat, string_, expr.span);
  bool failed = false;
  for (const ast::StringPart& part : expr.parts) {
    if (part.expr == nullptr) {
      concat->operands.push_back(Finish(Literal(Make(ExprKind::kConstant, string_, part.span), 0, part.text)));
      continue;
    }
    ExprPtr value = CheckExpr(*part.expr);
    if (value == nullptr) {
      failed = true;
      continue;
    }
    const Type& type = *program_->types.Required(value->type);
    if (!IsPrintable(type)) {
      Diagnostic& diagnostic =
          Report(Code::kNotPrintable, value->span, "a `" + type.ToString() + "` cannot be put into a text");
      if (type.kind == TypeKind::kList || type.kind == TypeKind::kSet)
        diagnostic.Hint("write `{join(" + SourceText(value->span) + ", \", \")}`");
      failed = true;
      continue;
    }
    if (!context_.prints_absent && !RequirePresent(*value, "a text")) {
      failed = true;
      continue;
    }
    if (type.kind == TypeKind::kJson && !context_.prints_absent) value = RequireJson(std::move(value), &type);
    ExprPtr text = Make(ExprKind::kToText, string_, part.span);
    text->operands.push_back(std::move(value));
    concat->operands.push_back(Finish(std::move(text)));
  }
  if (failed) return nullptr;
  if (concat->operands.empty()) return Finish(Literal(Make(ExprKind::kConstant, string_, expr.span), 0));
  if (concat->operands.size() == 1 && concat->operands[0]->kind == ExprKind::kConstant)
    return std::move(concat->operands[0]);
  return Finish(std::move(concat));
}

ExprPtr Checker::CheckCidr(const ast::CidrExpr& expr) {
  ExprPtr constant = Literal(Make(ExprKind::kConstant, program_->types.Get(TypeKind::kCidr), expr.span), 0, expr.text);
  const std::string written = expr.text.substr(0, expr.text.find('/'));
  const auto range = ParseCidr(expr.text);
  const auto address = ParseIp(written);
  if (range && address) {
    constant->constant->text = ToString(*range);
    if (range->address != *address) {
      Report(Code::kHostBits, expr.span, "`" + expr.text + "` is an address within a range, not a range")
          .Hint("the range is `" + ToString(*range) + "`, the address alone is `" + written + "`");
      return nullptr;
    }
  }
  return Finish(std::move(constant));
}

ExprPtr Checker::CheckSymbol(const GlobalName& global, Span span) {
  switch (global.symbol.kind) {
    case SymbolKind::kParam: {
      const TypedParam& param = program_->params[global.symbol.index];
      if (param.type == nullptr) return nullptr;
      ExprPtr expr = Make(ExprKind::kParam, param.type, span);
      expr->param = &param;
      return Finish(std::move(expr));
    }
    case SymbolKind::kDefine: {
      Define& define = program_->defines[global.symbol.index];
      const DefineSite& site = define_sites_[define.index];
      if (site.decl->has_params) {
        Report(Code::kNotAValue, span, "`" + site.decl->name.text + "` is a define with arguments")
            .Also(define.span, "declared here")
            .Hint("write `" + site.decl->name.text + "(…)`");
        return nullptr;
      }
      if (define.result == nullptr) CheckDefine(define);
      if (define.result == nullptr) return nullptr;
      ExprPtr expr = Make(ExprKind::kCall, define.result, span);
      expr->define = &define;
      return Finish(std::move(expr));
    }
    case SymbolKind::kModel:
    case SymbolKind::kAlias:
      Report(Code::kNotAValue, span, "`" + SourceText(span) + "` is a model, not a value")
          .Hint("its rows are named by a variable: `for x in " + SourceText(span) + "`, `exists x in " +
                SourceText(span) + " where …`");
      return nullptr;
  }
  return nullptr;
}

ExprPtr Checker::CheckName(const ast::NameExpr& expr) {
  const ast::Name& name = expr.name;
  if (const Variable* variable = FindLocal(name.text)) {
    program_->name_uses.push_back({.span = name.span, .declaration = variable->span});
    if (variable->type == nullptr) return nullptr;
    ExprPtr use = Make(ExprKind::kVariable, variable->type, expr.span);
    use->variable = variable;
    return Finish(std::move(use));
  }
  if (context_.mapping != nullptr) return CheckMappingName(name);
  const ast::Name* names[] = {&name};
  const GlobalName global = ResolveGlobal(names);
  if (global.kind == GlobalName::Kind::kFailed) return nullptr;
  if (global.kind == GlobalName::Kind::kSymbol) return CheckSymbol(global, expr.span);
  if (global.kind == GlobalName::Kind::kModel) {
    Report(Code::kNotAValue, expr.span, "`" + name.text + "` are rows, not a value")
        .Hint("name them by a variable: `x in " + name.text + "`");
    return nullptr;
  }
  if (ExprPtr constant = BuiltinConstant(name)) return constant;
  ReportUnknownName(name);
  return nullptr;
}

ExprPtr Checker::CheckIf(const ast::IfExpr& expr, const Type* hint) {
  ExprPtr condition = CheckCondition(*expr.condition, "a condition");
  ExprPtr then, otherwise;
  {
    ScopeGuard scope(*this);
    if (condition != nullptr) Assume(*condition, true);
    then = CheckExpr(*expr.then, hint);
  }
  {
    ScopeGuard scope(*this);
    if (condition != nullptr) Assume(*condition, false);
    otherwise = CheckExpr(*expr.otherwise, hint != nullptr ? hint : then != nullptr ? then->type : nullptr);
  }
  if (condition == nullptr || then == nullptr || otherwise == nullptr) return nullptr;
  const Type* type = Join(then->type, otherwise->type);
  if (type == nullptr && hint != nullptr && hint->kind != TypeKind::kRef) {
    then = Coerce(std::move(then), hint, "what stands behind `then`");
    otherwise = Coerce(std::move(otherwise), hint, "what stands behind `else`");
    if (then == nullptr || otherwise == nullptr) return nullptr;
    type = Join(then->type, otherwise->type);
  }
  if (type == nullptr) {
    // One side may have to be converted to the other's type: json, a cidr, a literal int.
    const bool to_then = otherwise->type->kind == TypeKind::kJson || then->type->kind == TypeKind::kIpSet ||
                         then->type->kind == TypeKind::kFloat;
    const bool json = otherwise->type->kind == TypeKind::kJson || then->type->kind == TypeKind::kJson;
    ExprPtr& converted = to_then ? otherwise : then;
    const Type* target = to_then ? then->type : otherwise->type;
    if (json && hint != nullptr && hint->optional) target = program_->types.Optional(target);
    converted =
        Coerce(std::move(converted), target, to_then ? "what stands behind `else`" : "what stands behind `then`");
    if (converted == nullptr) return nullptr;
    type = Join(then->type, otherwise->type);
    if (type == nullptr) return nullptr;
  }
  ExprPtr result = Make(ExprKind::kIf, type, expr.span);
  result->operands.push_back(std::move(condition));
  result->operands.push_back(std::move(then));
  result->operands.push_back(std::move(otherwise));
  return Finish(std::move(result));
}

ExprPtr Checker::CheckUnknown(const ast::UnknownExpr& expr, const Type* hint) {
  const bool saved = std::exchange(context_.prints_absent, true);
  ExprPtr reason = CheckText(*expr.reason);
  context_.prints_absent = saved;
  if (reason == nullptr) return nullptr;
  if (hint == nullptr) {
    Report(Code::kTypeNotSeen, expr.span, "what type is unknown here cannot be seen")
        .Hint(
            "put it where a type is wanted: behind `??`, in a branch of an `if`, as the body of a define with a "
            "written result");
    return nullptr;
  }
  ExprPtr unknown = Make(ExprKind::kUnknown, program_->types.Required(hint), expr.span);
  unknown->operands.push_back(std::move(reason));
  return Finish(std::move(unknown));
}

ExprPtr Checker::MakeCollection(ExprKind kind, std::vector<ExprPtr> elements, const Type* hint, Span span) {
  const TypeKind type_kind = kind == ExprKind::kMakeList ? TypeKind::kList : TypeKind::kSet;
  const Type* wanted = hint != nullptr && hint->kind == type_kind ? hint->element : nullptr;
  const bool failed =
      std::any_of(elements.begin(), elements.end(), [](const ExprPtr& element) { return element == nullptr; });
  const char* what = kind == ExprKind::kMakeList ? "an item of a list" : "an item of a set";
  if (failed) return nullptr;
  const Type* element_type = wanted;
  if (element_type == nullptr) {
    for (const ExprPtr& element : elements) {
      if (!RequirePresent(*element, what)) return nullptr;
      if (element_type == nullptr) {
        element_type = element->type;
      } else if (const Type* joined = Join(element_type, element->type)) {
        element_type = joined;
      } else if (element_type->kind == TypeKind::kInt && element->type->kind == TypeKind::kFloat) {
        element_type = element->type;  // 1, 2.5: the ints are literals, or Coerce says so
      }
    }
  }
  for (ExprPtr& element : elements) {
    element = Coerce(std::move(element), element_type, what);
    if (element == nullptr) return nullptr;
  }
  const Type* type =
      type_kind == TypeKind::kList ? program_->types.List(element_type) : program_->types.Set(element_type);
  ExprPtr collection = Make(kind, type, span);
  collection->operands = std::move(elements);
  return Finish(std::move(collection));
}

ExprPtr Checker::CheckList(const ast::ListExpr& expr, const Type* hint) {
  if (expr.elements.empty() && hint != nullptr && hint->kind == TypeKind::kJson) {
    return Finish(Literal(Make(ExprKind::kConstant, json_, expr.span), 0, "[]"));
  }
  const Type* element_hint =
      hint != nullptr && (hint->kind == TypeKind::kList || hint->kind == TypeKind::kSet) ? hint->element : nullptr;
  std::vector<ExprPtr> elements;
  for (const ast::ExprPtr& element : expr.elements) {
    elements.push_back(CheckExpr(*element, element_hint));
    if (element_hint == nullptr && elements.back() != nullptr)
      element_hint = program_->types.Required(elements.back()->type);
  }
  return MakeCollection(ExprKind::kMakeList, std::move(elements), hint, expr.span);
}

ExprPtr Checker::CheckSet(const ast::SetExpr& expr, const Type* hint) {
  const Type* element_hint = hint != nullptr && hint->kind == TypeKind::kSet ? hint->element : nullptr;
  std::vector<ExprPtr> elements;
  for (const ast::ExprPtr& element : expr.elements) elements.push_back(CheckExpr(*element, element_hint));
  return MakeCollection(ExprKind::kMakeSet, std::move(elements), hint, expr.span);
}

ExprPtr Checker::CheckMap(const ast::MapExpr& expr, const Type* hint) {
  if (expr.entries.empty()) {
    if (hint != nullptr && hint->kind == TypeKind::kJson)
      return Finish(Literal(Make(ExprKind::kConstant, json_, expr.span), 0, "{}"));
    if (hint != nullptr && hint->kind == TypeKind::kSet)
      return Finish(Make(ExprKind::kMakeSet, program_->types.Required(hint), expr.span));
    const Type* type =
        hint != nullptr && hint->kind == TypeKind::kMap ? program_->types.Required(hint) : program_->types.Map(nullptr);
    return Finish(Make(ExprKind::kMakeMap, type, expr.span));
  }
  const Type* element_hint = hint != nullptr && hint->kind == TypeKind::kMap ? hint->element : nullptr;
  const Type* element_type = element_hint;
  std::vector<ExprPtr> keys, values;
  bool failed = false;
  for (const ast::MapEntry& entry : expr.entries) {
    ExprPtr key = CheckAs(*entry.key, string_, "a key of a map");
    ExprPtr value = CheckExpr(*entry.value, element_type);
    if (value != nullptr && element_hint == nullptr) {
      if (!RequirePresent(*value, "a value of a map")) {
        value = nullptr;
      } else if (element_type == nullptr) {
        element_type = value->type;
      } else if (const Type* joined = Join(element_type, value->type)) {
        element_type = joined;
      }
    }
    failed |= key == nullptr || value == nullptr;
    keys.push_back(std::move(key));
    values.push_back(std::move(value));
  }
  if (failed) return nullptr;
  ExprPtr map = Make(ExprKind::kMakeMap, program_->types.Map(element_type), expr.span);
  for (size_t i = 0; i < keys.size(); ++i) {
    ExprPtr value = Coerce(std::move(values[i]), element_type, "a value of a map");
    if (value == nullptr) return nullptr;
    map->operands.push_back(std::move(keys[i]));
    map->operands.push_back(std::move(value));
  }
  return Finish(std::move(map));
}

}  // namespace bylaw::compiler

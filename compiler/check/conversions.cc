// Which values may stand where a type is wanted. There are four conversions and no others: a literal int where a float
// is wanted, a cidr where a set of addresses is, json where anything typed is, and a value where an optional is.

#include "compiler/check/checker.h"

namespace bylaw::compiler {

namespace {

bool Contains(const std::vector<const Model*>& models, const Model* model) {
  return models.empty() || std::find(models.begin(), models.end(), model) != models.end();
}

std::string Quoted(const Type& type) { return "`" + type.ToString() + "`"; }

}  // namespace

bool Checker::Fits(const Type& from, const Type& to) const {
  if (&from == &to) return true;
  if (from.optional && !to.optional) return false;
  if (from.kind != to.kind) return false;
  switch (from.kind) {
    case TypeKind::kString:
      if (to.values.empty()) return true;
      return !from.values.empty() &&
             std::includes(to.values.begin(), to.values.end(), from.values.begin(), from.values.end());
    case TypeKind::kRef:
      if (to.models.empty()) return true;
      return !from.models.empty() && std::all_of(from.models.begin(), from.models.end(),
                                                 [&](const Model* model) { return Contains(to.models, model); });
    case TypeKind::kList:
    case TypeKind::kSet: return from.element == nullptr || (to.element != nullptr && Fits(*from.element, *to.element));
    case TypeKind::kMap:
      return from.element == nullptr ||
             (to.element != nullptr && Fits(*from.element, *to.element) && Fits(*from.key, *to.key));
    default: return true;
  }
}

const Type* Checker::Join(const Type* a, const Type* b) {
  if (a == b) return a;
  TypeTable& types = program_->types;
  if (a->optional || b->optional) {
    const Type* inner = Join(types.Required(a), types.Required(b));
    return inner == nullptr ? nullptr : types.Optional(inner);
  }
  if (Fits(*a, *b)) return b;
  if (Fits(*b, *a)) return a;
  if (a->kind != b->kind) return nullptr;
  switch (a->kind) {
    case TypeKind::kString: {
      std::vector<std::string> values = a->values;
      values.insert(values.end(), b->values.begin(), b->values.end());
      return types.Enum(std::move(values));
    }
    case TypeKind::kRef: {
      std::vector<const Model*> models = a->models;
      for (const Model* model : b->models) {
        if (std::find(models.begin(), models.end(), model) == models.end()) models.push_back(model);
      }
      return types.Ref(std::move(models));
    }
    case TypeKind::kList:
    case TypeKind::kSet:
    case TypeKind::kMap: {
      const Type* element = Join(a->element, b->element);
      if (element == nullptr) return nullptr;
      if (a->kind == TypeKind::kList) return types.List(element);
      if (a->kind == TypeKind::kSet) return types.Set(element);
      const Type* key = Join(a->key, b->key);
      return key == nullptr ? nullptr : types.Map(element, key);
    }
    default: return nullptr;
  }
}

void Checker::ReportMayBeAbsent(const Expr& expr, std::string_view what) {
  const std::string text = SourceText(expr.span);
  Report(Code::kMayBeAbsent, expr.span, "`" + text + "` may be absent, and " + std::string(what) + " needs a value")
      .Labelled("this is " + Quoted(*expr.type))
      .Hint("write `" + text + " is present and …` or `" + text + " ?? …`");
}

bool Checker::RequirePresent(const Expr& expr, std::string_view what) {
  if (!expr.type->optional) return true;
  ReportMayBeAbsent(expr, what);
  return false;
}

bool Checker::CheckEnumValue(const Expr& constant, const Type& type) {
  const std::string& value = constant.constant->text;
  if (std::binary_search(type.values.begin(), type.values.end(), value)) return true;
  Report(Code::kNotInEnum, constant.span, "`\"" + value + "\"` is none of the values that are possible here")
      .Expected(Quoted(*program_->types.Required(&type)))
      .Hint(Meant(value, type.values));
  return false;
}

ExprPtr Checker::ConvertJson(ExprPtr expr, const Type* type) {
  // References are resolved by the importer, from the json that the mapping gives.
  ExprPtr converted = Make(ExprKind::kConvert, program_->types.Optional(type), expr->span);
  converted->operands.push_back(std::move(expr));
  return Finish(std::move(converted));
}

ExprPtr Checker::RequireJson(ExprPtr expr, const Type* type) {
  const Span span = expr->span;
  if (type->kind != TypeKind::kJson) expr = ConvertJson(std::move(expr), type);
  if (type->kind != TypeKind::kJson && !expr->type->optional) return expr;
  ExprPtr required = Make(ExprKind::kRequire, program_->types.Required(expr->type), span);
  required->operands.push_back(std::move(expr));
  return Finish(std::move(required));
}

ExprPtr Checker::ToIpSet(ExprPtr expr) {
  if (expr->type->kind == TypeKind::kIpSet) return expr;
  const Span span = expr->span;
  ExprPtr converted = Make(ExprKind::kConvert, program_->types.Get(TypeKind::kIpSet, expr->type->optional), span);
  converted->operands.push_back(std::move(expr));
  return Finish(std::move(converted));
}

ExprPtr Checker::Coerce(ExprPtr expr, const Type* type, std::string_view what) {
  if (expr == nullptr || type == nullptr) return nullptr;
  if (Fits(*expr->type, *type)) {
    // `[]` and `{}` take the type of their place.
    if (expr->type != type && expr->operands.empty() &&
        (expr->kind == ExprKind::kMakeList || expr->kind == ExprKind::kMakeSet || expr->kind == ExprKind::kMakeMap)) {
      expr->type = program_->types.Required(type);
    }
    return expr;
  }
  const Type& from = *expr->type;
  if (from.kind == TypeKind::kJson) {
    // A reference can come from json only in a mapping, and there the importer resolves it.
    if (type->kind == TypeKind::kRef) {
      Report(Code::kTypeMismatch, expr->span, std::string(what) + " needs a reference, and untyped data is none")
          .Hint("compare its key: `exists x in " + type->ToString() + " where x.id == …`");
      return nullptr;
    }
    return type->optional ? ConvertJson(std::move(expr), program_->types.Required(type))
                          : RequireJson(std::move(expr), type);
  }
  if (expr->kind == ExprKind::kConstant && from.kind == TypeKind::kInt && type->kind == TypeKind::kFloat) {
    expr->constant->bits = FloatToCell(static_cast<double>(CellToInt(expr->constant->bits)));
    expr->type = program_->types.Get(TypeKind::kFloat);
    return Finish(std::move(expr));
  }
  if (from.kind == TypeKind::kCidr && type->kind == TypeKind::kIpSet && (!from.optional || type->optional))
    return ToIpSet(std::move(expr));
  if (expr->kind == ExprKind::kConstant && from.kind == TypeKind::kString && type->kind == TypeKind::kString) {
    CheckEnumValue(*expr, *type);
    return nullptr;
  }
  if (expr->kind == ExprKind::kMakeMap && expr->operands.empty() && type->kind == TypeKind::kSet) {
    expr->kind = ExprKind::kMakeSet;
    expr->type = program_->types.Required(type);
    return Finish(std::move(expr));
  }
  if (from.optional && !type->optional && Fits(*program_->types.Required(&from), *type)) {
    ReportMayBeAbsent(*expr, what);
    return nullptr;
  }
  Diagnostic& diagnostic = Report(Code::kTypeMismatch, expr->span,
                                  std::string(what) + " is " + Quoted(*type) + ", and this is " + Quoted(from));
  diagnostic.Expected(Quoted(*type));
  if (from.kind == TypeKind::kRef && type->kind == TypeKind::kRef) {
    const bool some = std::any_of(from.models.begin(), from.models.end(),
                                  [&](const Model* model) { return Contains(type->models, model); });
    if (some) diagnostic.Hint("ask first which it is: `" + SourceText(expr->span) + " is " + type->ToString() + "`");
  } else if (from.kind == TypeKind::kInt && type->kind == TypeKind::kFloat) {
    diagnostic.Hint("write `float(" + SourceText(expr->span) + ")`");
  } else if (type->kind == TypeKind::kString && from.kind != TypeKind::kString &&
             IsPrintable(*program_->types.Required(&from))) {
    diagnostic.Hint("write `\"{" + SourceText(expr->span) + "}\"` for its text");
  } else if (from.kind == TypeKind::kList && type->kind == TypeKind::kSet) {
    diagnostic.Hint("write `set(" + SourceText(expr->span) + ")`");
  }
  return nullptr;
}

}  // namespace bylaw::compiler

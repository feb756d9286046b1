// Queries: quantifiers, aggregates, comprehensions, `one`, `first`, `group`. All are generators with a condition, and
// something made of the members. typed.h says which sugar is gone after this.

#include "compiler/check/checker.h"

namespace bylaw::compiler {

namespace {

// The plain list of the rows behind a reference, as ReverseAsList makes it.
bool IsReverseList(const Expr& expr) {
  if (expr.kind != ExprKind::kQuery || expr.query->kind != QueryKind::kList || expr.query->where != nullptr ||
      expr.query->generators.size() != 1)
    return false;
  const QueryGenerator& generator = expr.query->generators[0];
  return generator.source == GeneratorSource::kReverse && expr.query->value->kind == ExprKind::kVariable &&
         expr.query->value->variable == generator.variable && generator.span == expr.span;
}

}  // namespace

bool Checker::CheckGeneratorTable(const ast::Expr& collection, QueryGenerator& typed, const Type*& element,
                                  bool& is_table) {
  is_table = false;
  if (context_.mapping != nullptr) return true;
  std::vector<const ast::Name*> names;
  const ast::Expr* base = FlattenPath(collection, names);
  if (const auto* index = ast::TryAs<ast::IndexExpr>(collection)) {
    const auto* root = ast::TryAs<ast::NameExpr>(*index->base);
    const auto* text = ast::TryAs<ast::StringExpr>(*index->index);
    if (root == nullptr || text == nullptr || text->interpolated() || FindLocal(root->name.text) != nullptr)
      return true;
    const Model* source = SourceModel(root->name.text, text->PlainText());
    if (source == nullptr) return true;
    is_table = true;
    typed.model = source;
    element = program_->types.Ref({source});
    return true;
  }
  const auto* root = ast::TryAs<ast::NameExpr>(*base);
  if (root == nullptr || FindLocal(root->name.text) != nullptr) return true;
  names.insert(names.begin(), &root->name);
  const GlobalName global = ResolveGlobal(names);
  if (global.kind == GlobalName::Kind::kFailed) return false;
  if (global.kind == GlobalName::Kind::kNone) {
    if (BuiltinConstant(root->name) != nullptr) return true;
    // Most likely a model is meant.
    ResolveModelNames(names, collection.span);
    return false;
  }
  if (global.used != names.size()) {
    const bool is_model = global.kind == GlobalName::Kind::kModel || global.symbol.kind == SymbolKind::kModel ||
                          global.symbol.kind == SymbolKind::kAlias;
    if (!is_model) return true;
    ResolveModelNames(names, collection.span);
    return false;
  }
  std::vector<const Model*> models;
  if (global.kind == GlobalName::Kind::kModel) {
    models = {global.model};
  } else if (global.symbol.kind == SymbolKind::kModel) {
    models = {&program_->models[global.symbol.index]};
  } else if (global.symbol.kind == SymbolKind::kAlias) {
    models = AliasMembers(global.symbol.index);
    if (models.empty()) return false;
  } else {
    return true;
  }
  is_table = true;
  element = program_->types.Ref(models);
  if (models.size() == 1) {
    typed.model = models[0];
    return true;
  }
  typed.source = GeneratorSource::kUnion;
  typed.models = std::move(models);
  return true;
}

bool Checker::CheckGenerator(const ast::Generator& generator, QueryGenerator& typed) {
  typed.span = generator.span;
  const Type* element = nullptr;
  bool is_table = false;
  bool ok = CheckGeneratorTable(*generator.collection, typed, element, is_table);
  if (ok && !is_table) {
    ExprPtr collection = CheckExpr(*generator.collection);
    if (collection == nullptr) {
      ok = false;
    } else if (IsReverseList(*collection)) {
      QueryGenerator& inner = collection->query->generators[0];
      typed.source = GeneratorSource::kReverse;
      typed.model = inner.model;
      typed.reverse_field = inner.reverse_field;
      typed.collection = std::move(inner.collection);
      element = inner.variable->type;
    } else {
      typed.source = GeneratorSource::kElements;
      const Type& type = *collection->type;
      if (type.kind == TypeKind::kJson) {
        collection = RequireJson(std::move(collection), json_);
        element = json_;
      } else if (type.kind == TypeKind::kList || type.kind == TypeKind::kSet || type.kind == TypeKind::kMap) {
        ok = RequirePresent(*collection, "`in`");
        element = type.kind == TypeKind::kMap ? type.key : type.element;
        if (ok && element == nullptr) {
          Report(Code::kTypeNotSeen, collection->span,
                 "of what type the items of `" + SourceText(collection->span) + "` would be cannot be seen")
              .Hint("leave the query out: there is nothing to range over");
          ok = false;
        }
      } else {
        Diagnostic& diagnostic =
            Report(Code::kNotACollection, collection->span,
                   "`" + SourceText(collection->span) + "` is `" + type.ToString() + "`, which has no items");
        diagnostic.Expected("a model, a list, a set, a map, or untyped data");
        if (type.kind == TypeKind::kIpSet || type.kind == TypeKind::kCidr)
          diagnostic.Hint("write `cidrs(…)` for the ranges of a set of addresses");
        ok = false;
      }
      typed.collection = std::move(collection);
    }
  }
  Variable* variable = NewVariable(generator.variable, ok ? element : nullptr);
  typed.variable = variable;
  Bind(variable);
  return ok;
}

bool Checker::CheckQueryBody(const ast::Query& query, TypedQuery& typed) {
  bool ok = true;
  constexpr size_t kMostGenerators = 32;
  if (query.generators.size() > kMostGenerators) {
    Report(Code::kExpansionTooLarge, query.generators[kMostGenerators].span,
           fmt::format("a query of {} variables; {} are the most", query.generators.size(), kMostGenerators));
    return false;
  }
  for (size_t i = 0; i < query.generators.size(); ++i) {
    const ast::Generator& generator = query.generators[i];
    if (!generator.variable || generator.collection == nullptr) return false;
    for (size_t j = 0; j < i; ++j) {
      if (query.generators[j].variable.text == generator.variable.text) {
        Report(Code::kDuplicateName, generator.variable.span,
               "this query has two variables `" + generator.variable.text + "`")
            .Also(query.generators[j].variable.span, "the first is here");
        ok = false;
      }
    }
    ok &= CheckGenerator(generator, typed.generators.emplace_back());
  }
  if (query.where != nullptr) {
    salvaged_.clear();
    typed.where = CheckCondition(*query.where, "`where`");
    if (typed.where == nullptr) {
      ok = false;
      context_.facts.insert(context_.facts.end(), salvaged_.begin(), salvaged_.end());
    } else {
      Assume(*typed.where, true);
    }
  }
  return ok;
}

ExprPtr Checker::FinishQuery(std::unique_ptr<TypedQuery> query, const Type* type, Span span) {
  ExprPtr expr = Make(ExprKind::kQuery, type, span);
  expr->query = std::move(query);
  return Finish(std::move(expr));
}

ExprPtr Checker::CheckQuantifier(const ast::QuantifierExpr& expr) {
  auto query = std::make_unique<TypedQuery>();
  query->kind = QueryKind::kExists;
  bool ok;
  {
    ScopeGuard scope(*this);
    ok = CheckQueryBody(expr.query, *query);
    if (expr.quantifier == ast::Quantifier::kEvery && expr.satisfies != nullptr) {
      ExprPtr satisfies = CheckCondition(*expr.satisfies, "`satisfies`");
      if (satisfies == nullptr) {
        ok = false;
      } else if (ok) {
        const Span span = satisfies->span;
        query->satisfies = satisfies.get();
        ExprPtr violated = MakeNot(std::move(satisfies), span);
        query->where = query->where == nullptr ? std::move(violated)
                                               : MakeBinary(ExprKind::kAnd, bool_, std::move(query->where),
                                                            std::move(violated), expr.query.span);
      }
    }
  }
  if (!ok) return nullptr;
  ExprPtr exists = FinishQuery(std::move(query), bool_, expr.span);
  return expr.quantifier == ast::Quantifier::kExists ? std::move(exists) : MakeNot(std::move(exists), expr.span);
}

ExprPtr Checker::CheckAggregate(const ast::AggregateExpr& expr) {
  auto query = std::make_unique<TypedQuery>();
  ScopeGuard scope(*this);
  const bool ok = CheckQueryBody(expr.query, *query);
  if (expr.op == ast::Aggregate::kCount) {
    query->kind = QueryKind::kCount;
    return ok ? FinishQuery(std::move(query), int_, expr.span) : nullptr;
  }
  const std::string name(ast::Spelling(expr.op));
  ExprPtr value = expr.value == nullptr ? nullptr : CheckExpr(*expr.value);
  if (!ok || value == nullptr) return nullptr;
  TypeTable& types = program_->types;
  if (value->type->kind == TypeKind::kJson) {
    if (expr.op == ast::Aggregate::kSum || expr.op == ast::Aggregate::kAverage) {
      value = RequireJson(std::move(value), types.Get(TypeKind::kFloat));
    } else {
      Report(Code::kTypeNotSeen, value->span, "this is untyped, so `" + name + "` cannot know what to do")
          .Hint("say what it is: `int(…)`, `time(…)`, `cidr(…)`");
      return nullptr;
    }
  }
  if (!RequirePresent(*value, "`" + name + "`")) return nullptr;
  const Type* type = value->type;
  bool fits = false;
  switch (expr.op) {
    case ast::Aggregate::kSum:
      query->kind = QueryKind::kSum;
      fits = type->kind == TypeKind::kInt || type->kind == TypeKind::kFloat || type->kind == TypeKind::kDuration;
      break;
    case ast::Aggregate::kAverage:
      query->kind = QueryKind::kAvg;
      fits = type->kind == TypeKind::kInt || type->kind == TypeKind::kFloat || type->kind == TypeKind::kDuration;
      if (type->kind == TypeKind::kInt) {
        type = types.Get(TypeKind::kFloat);
        ExprPtr converted = Make(ExprKind::kConvert, type, value->span);
        converted->operands.push_back(std::move(value));
        value = Finish(std::move(converted));
      }
      type = types.Optional(type);
      break;
    case ast::Aggregate::kMin:
    case ast::Aggregate::kMax:
      query->kind = expr.op == ast::Aggregate::kMin ? QueryKind::kMin : QueryKind::kMax;
      fits = IsOrdered(*type);
      type = types.Optional(type);
      break;
    default:
      query->kind = QueryKind::kUnion;
      if (type->kind == TypeKind::kCidr) value = ToIpSet(std::move(value));
      type = value->type;
      fits = type->kind == TypeKind::kIpSet || type->kind == TypeKind::kPortSet || type->kind == TypeKind::kSet;
      break;
  }
  if (!fits) {
    Report(Code::kTypeMismatch, value->span, "`" + name + "` does not go over `" + value->type->ToString() + "`")
        .Expected(expr.op == ast::Aggregate::kUnion ? "a set, a set of addresses, a cidr, or a set of ports"
                  : expr.op == ast::Aggregate::kMin || expr.op == ast::Aggregate::kMax
                      ? "something that has an order"
                      : "`int`, `float` or `duration`");
    return nullptr;
  }
  query->value = std::move(value);
  return FinishQuery(std::move(query), type, expr.span);
}

ExprPtr Checker::CheckComprehension(const ast::ComprehensionExpr& expr, const Type* hint) {
  auto query = std::make_unique<TypedQuery>();
  ScopeGuard scope(*this);
  const bool ok = CheckQueryBody(expr.query, *query);
  const TypeKind kind = expr.shape == ast::ComprehensionShape::kList  ? TypeKind::kList
                        : expr.shape == ast::ComprehensionShape::kSet ? TypeKind::kSet
                                                                      : TypeKind::kMap;
  const Type* element = hint != nullptr && hint->kind == kind ? hint->element : nullptr;
  ExprPtr key = expr.key == nullptr ? nullptr : CheckAs(*expr.key, string_, "a key of a map");
  ExprPtr value = CheckExpr(*expr.value, element);
  if (!ok || value == nullptr || (expr.key != nullptr && key == nullptr)) return nullptr;
  if (value->type->kind == TypeKind::kJson && element != nullptr && element->kind != TypeKind::kRef)
    value = RequireJson(std::move(value), element);
  if (value->type->kind == TypeKind::kInt && element != nullptr && element->kind == TypeKind::kFloat)
    value = Coerce(std::move(value), element, "an item of this list");
  if (value == nullptr || !RequirePresent(*value, "an item")) return nullptr;
  TypeTable& types = program_->types;
  const Type* type = value->type;
  switch (expr.shape) {
    case ast::ComprehensionShape::kList:
      query->kind = QueryKind::kList;
      type = types.List(type);
      break;
    case ast::ComprehensionShape::kSet:
      query->kind = QueryKind::kSet;
      type = types.Set(type);
      break;
    case ast::ComprehensionShape::kMap:
      query->kind = QueryKind::kMap;
      type = types.Map(type);
      break;
  }
  query->key = std::move(key);
  query->value = std::move(value);
  return FinishQuery(std::move(query), type, expr.span);
}

ExprPtr Checker::CheckOne(const ast::OneExpr& expr, const Type* hint) {
  auto query = std::make_unique<TypedQuery>();
  query->kind = QueryKind::kOne;
  ScopeGuard scope(*this);
  const bool ok = CheckQueryBody(expr.query, *query);
  ExprPtr value = CheckExpr(*expr.value, hint == nullptr ? nullptr : program_->types.Required(hint));
  if (!ok || value == nullptr) return nullptr;
  const Type* type = program_->types.Optional(value->type);
  query->value = std::move(value);
  return FinishQuery(std::move(query), type, expr.span);
}

ExprPtr Checker::CheckFirst(const ast::FirstExpr& expr) {
  auto query = std::make_unique<TypedQuery>();
  query->kind = QueryKind::kFirst;
  ScopeGuard scope(*this);
  const bool ok = CheckQueryBody(expr.query, *query);
  ExprPtr order = CheckExpr(*expr.key);
  if (!ok || order == nullptr) return nullptr;
  if (order->type->kind == TypeKind::kJson) {
    Report(Code::kTypeNotSeen, order->span, "this is untyped, so `first` cannot know its order")
        .Hint("say what it is: `int(…)`, `time(…)`, `string(…)`");
    return nullptr;
  }
  if (!RequirePresent(*order, "the order of `first`")) return nullptr;
  if (!IsOrdered(*order->type)) {
    Report(Code::kTypeMismatch, order->span, "`" + order->type->ToString() + "` has no order")
        .Expected("a number, a text, a time, a duration, a version or an address");
    return nullptr;
  }
  const Variable* variable = query->generators[0].variable;
  query->value = Make(ExprKind::kVariable, variable->type, variable->span);
  query->value->variable = variable;
  query->value = Finish(std::move(query->value));
  query->order = std::move(order);
  const Type* type = program_->types.Optional(query->value->type);
  return FinishQuery(std::move(query), type, expr.span);
}

ExprPtr Checker::CheckGroup(const ast::GroupExpr& expr) {
  auto query = std::make_unique<TypedQuery>();
  query->kind = QueryKind::kGroup;
  ScopeGuard scope(*this);
  const bool ok = CheckQueryBody(expr.query, *query);
  ExprPtr key = CheckExpr(*expr.key);
  if (!ok || key == nullptr) return nullptr;
  if (key->type->kind == TypeKind::kJson) key = RequireJson(std::move(key), string_);
  if (!RequirePresent(*key, "the key of a group")) return nullptr;
  if (!IsPrintable(*key->type)) {
    Report(Code::kTypeMismatch, key->span, "rows cannot be grouped by `" + key->type->ToString() + "`")
        .Expected("a single value");
    return nullptr;
  }
  const Variable* variable = query->generators[0].variable;
  query->value = Make(ExprKind::kVariable, variable->type, variable->span);
  query->value->variable = variable;
  query->value = Finish(std::move(query->value));
  const Type* type = program_->types.Map(program_->types.List(query->value->type), key->type);
  query->key = std::move(key);
  return FinishQuery(std::move(query), type, expr.span);
}

}  // namespace bylaw::compiler

// Paths: `subnet.vpc.cidr_block`, `c.security_context.privileged`, `x.settings["a"]`. Names of one chain are taken
// together, since its first ones may be a package, and the middle ones of a record are one column's name.

#include "compiler/check/checker.h"
#include "compiler/check/foreign_functions.h"

namespace bylaw::compiler {

namespace {

// The nodes of an expression, those of its queries included, or something above `limit`.
size_t NumNodes(const Expr& expr, size_t limit) {
  size_t count = 1;
  auto add = [&](const ExprPtr& part) {
    if (part != nullptr && count <= limit) count += NumNodes(*part, limit - std::min(count, limit));
  };
  for (const ExprPtr& operand : expr.operands) add(operand);
  if (expr.query == nullptr) return count;
  for (const QueryGenerator& generator : expr.query->generators) add(generator.collection);
  for (const ExprPtr* part : {&expr.query->where, &expr.query->value, &expr.query->key, &expr.query->order}) add(*part);
  return count;
}

}  // namespace

const ast::Expr* Checker::FlattenPath(const ast::Expr& expr, std::vector<const ast::Name*>& names) {
  const ast::Expr* base = &expr;
  while (const auto* field = ast::TryAs<ast::FieldExpr>(*base)) {
    names.push_back(&field->field);
    base = field->base.get();
  }
  std::reverse(names.begin(), names.end());
  return base;
}

ExprPtr Checker::CheckPath(const ast::FieldExpr& expr) {
  std::vector<const ast::Name*> names;
  const ast::Expr* base = FlattenPath(expr, names);
  const auto* root = ast::TryAs<ast::NameExpr>(*base);
  if (root == nullptr) return CheckSteps(CheckExpr(*base), names);
  if (FindLocal(root->name.text) != nullptr) return CheckSteps(CheckName(*root), names);
  if (context_.mapping != nullptr) {
    std::vector<std::string> path;
    if (MappingPath(expr, *context_.mapping, path)) return MappingLeafExpr(std::move(path), expr.span);
    return CheckSteps(CheckName(*root), names);
  }
  std::vector<const ast::Name*> all = {&root->name};
  all.insert(all.end(), names.begin(), names.end());
  const GlobalName global = ResolveGlobal(all);
  if (global.kind == GlobalName::Kind::kFailed) return nullptr;
  if (global.kind == GlobalName::Kind::kNone) {
    if (ExprPtr constant = BuiltinConstant(root->name)) return CheckSteps(std::move(constant), names);
    ReportUnknownName(root->name);
    return nullptr;
  }
  const Span span = Cover(root->span, all[global.used - 1]->span);
  if (global.kind == GlobalName::Kind::kModel) {
    Report(Code::kNotAValue, span, "`" + SourceText(span) + "` are rows, not a value")
        .Hint("name them by a variable: `x in " + SourceText(span) + "`");
    return nullptr;
  }
  return CheckSteps(CheckSymbol(global, span), std::span(all).subspan(global.used));
}

ExprPtr Checker::CheckSteps(ExprPtr base, std::span<const ast::Name* const> names) {
  std::string record_prefix;
  for (const ast::Name* name : names) {
    if (base == nullptr) return nullptr;
    const Span span{name->span.file_id, base->span.begin, name->span.end};  // arguments are evaluated in any order
    base = CheckMember(std::move(base), *name, record_prefix, span);
  }
  if (base != nullptr && !record_prefix.empty()) {
    record_prefix.pop_back();
    Report(Code::kRecordValue, base->span, "`" + record_prefix + "` is a record, which is no value of its own")
        .Hint("name one of its fields: `" + SourceText(base->span) + ".…`");
    return nullptr;
  }
  return base;
}

ExprPtr Checker::CheckMember(ExprPtr base, const ast::Name& name, std::string& record_prefix, Span span) {
  const Type& type = *base->type;
  switch (type.kind) {
    case TypeKind::kJson: {
      ExprPtr get = Make(ExprKind::kJsonGet, json_, span);
      get->text = name.text;
      get->operands.push_back(std::move(base));
      return Finish(std::move(get));
    }
    case TypeKind::kRef: {
      if (type.models.size() > 1) {
        if (ExprPtr attribute = CheckAttribute(base, record_prefix + name.text, span)) return attribute;
        // A field that all have is asked of each in turn.
        return FieldOfUnion(std::move(base), name, span);
      }
      if (type.models.empty()) {
        if (ExprPtr attribute = CheckAttribute(base, record_prefix + name.text, span)) return attribute;
        ReportUnknownField(type, name, "");
        return nullptr;
      }
      const Model& model = *type.models[0];
      if (model.kind == TableKind::kSource || model.kind == TableKind::kResources) {
        if (ExprPtr attribute = CheckAttribute(base, record_prefix + name.text, span)) {
          record_prefix.clear();
          return attribute;
        }
        if (name.text == "source" && !model.name.starts_with("json.") && record_prefix.empty()) {
          record_prefix = "source.";
          base->span = span;
          return base;
        }
        if (model.kind == TableKind::kSource) {
          ExprPtr record = Make(ExprKind::kField, program_->types.Get(TypeKind::kJson), base->span);
          record->field = &model.fields[0];
          record->operands.push_back(std::move(base));
          return CheckMember(Finish(std::move(record)), name, record_prefix, span);
        }
      }
      const std::string wanted = record_prefix + name.text;
      const Field* field = model.Find(wanted);
      if (field != nullptr) {
        record_prefix.clear();
        if (field->type == nullptr) return nullptr;
        if (field->reverse_model != nullptr) return ReverseAsList(std::move(base), field, span);
        const Type* result = type.optional ? program_->types.Optional(field->type) : field->type;
        ExprPtr access = Make(ExprKind::kField, result, span);
        access->field = field;
        access->operands.push_back(std::move(base));
        return Finish(std::move(access));
      }
      const std::string prefix = wanted + ".";
      for (const Field& candidate : model.fields) {
        if (candidate.name.compare(0, prefix.size(), prefix) == 0) {
          record_prefix = prefix;
          base->span = span;
          return base;
        }
      }
      if (ExprPtr attribute = CheckAttribute(base, wanted, span)) {
        record_prefix.clear();
        return attribute;
      }
      if (wanted == "source") {
        record_prefix = "source.";
        base->span = span;
        return base;
      }
      ReportUnknownField(type, name, record_prefix);
      return nullptr;
    }
    case TypeKind::kMap:
      Report(Code::kUnknownField, name.span, "a map has keys, not fields")
          .Hint("write `" + SourceText(base->span) + "[\"" + name.text + "\"]`");
      return nullptr;
    default:
      Report(Code::kUnknownField, name.span,
             "`" + SourceText(base->span) + "` is `" + type.ToString() + "` and has no field `" + name.text + "`")
          .Hint(std::string(MeantByFunction(name.text)));
      return nullptr;
  }
}

// What every resource has. `base` is taken only when there is such an attribute. On records that nobody modelled,
// `type` and `id` are the record's own.
ExprPtr Checker::CheckAttribute(ExprPtr& base, const std::string& name, Span span) {
  struct Known {
    const char* name;
    Attribute attribute;
  };
  static constexpr Known kAttributes[] = {{"address", Attribute::kAddress}, {"type", Attribute::kType},
                                          {"account", Attribute::kAccount}, {"region", Attribute::kRegion},
                                          {"id", Attribute::kId},           {"tags", Attribute::kTags},
                                          {"model", Attribute::kModel},     {"source.file", Attribute::kFile},
                                          {"source.line", Attribute::kLine}};
  const Type& type = *base->type;
  const bool is_source = type.models.size() == 1 && type.models[0]->kind == TableKind::kSource;
  if (is_source) {
    const bool is_json = type.models[0]->name.starts_with("json.");
    const bool is_attribute =
        name == "address" || name == "account" || name == "region" || name == "tags" || name.starts_with("source.");
    if (is_json || !is_attribute) return nullptr;
  }
  if (type.models.size() == 1 &&
      (type.models[0]->kind == TableKind::kAccounts || type.models[0]->kind == TableKind::kRegions))
    return nullptr;
  const auto* known = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                                   [&](const Known& candidate) { return name == candidate.name; });
  if (known == std::end(kAttributes)) return nullptr;
  TypeTable& types = program_->types;
  const Type* result = string_;
  if (known->attribute == Attribute::kAccount) result = types.Ref({models_.at("accounts")});
  if (known->attribute == Attribute::kRegion) result = types.Ref({models_.at("regions")});
  if (known->attribute == Attribute::kTags) result = types.Map(string_);
  if (known->attribute == Attribute::kLine) result = int_;
  if (type.optional) result = types.Optional(result);
  ExprPtr access = Make(ExprKind::kAttribute, result, span);
  access->attribute = known->attribute;
  access->operands.push_back(std::move(base));
  return Finish(std::move(access));
}

// `t.routes` as a value is `[r for r in t.routes]`.
ExprPtr Checker::ReverseAsList(ExprPtr base, const Field* field, Span span) {
  if (!RequirePresent(*base, "`" + field->name + "`, the rows that refer to it,")) return nullptr;
  const Type* element = program_->types.Ref({field->reverse_model});
  auto query = std::make_unique<TypedQuery>();
  query->kind = QueryKind::kList;
  QueryGenerator& generator = query->generators.emplace_back();
  generator.source = GeneratorSource::kReverse;
  generator.model = field->reverse_model;
  generator.reverse_field = field->reverse_field;
  generator.collection = std::move(base);
  generator.span = span;
  generator.variable = NewVariable(field->name, span, element);
  query->value = Make(ExprKind::kVariable, element, span);
  query->value->variable = generator.variable;
  query->value = Finish(std::move(query->value));
  return FinishQuery(std::move(query), program_->types.List(element), span);
}

// A field that all models of a union have: asked of each model in turn.
ExprPtr Checker::FieldOfUnion(ExprPtr base, const ast::Name& name, Span span) {
  const Type* union_type = base->type;
  for (const Model* model : union_type->models) {
    if (model->Find(name.text) != nullptr) continue;
    Diagnostic& diagnostic =
        Report(Code::kUnknownField, name.span,
               "`" + SourceText(base->span) + "` may be `" + model->name + "`, which has no field `" + name.text + "`");
    std::vector<std::string> names;
    for (const Field& field : model->fields) names.push_back(field.name);
    const std::string meant = Meant(name.text, names);
    diagnostic.Hint(!meant.empty() ? meant : "ask first which it is: `" + SourceText(base->span) + " is …`");
    return nullptr;
  }
  // Each model is asked in turn, so the path before it is repeated.
  constexpr size_t kMostNodes = 20'000;
  const size_t num_nodes = NumNodes(*base, kMostNodes) * union_type->models.size() * 2;
  if (num_nodes > kMostNodes) {
    Report(Code::kExpansionTooLarge, span,
           fmt::format("this path goes through so many unions of models that it comes to over {} steps", kMostNodes))
        .Hint("ask with `is` on the way which model it is");
    return nullptr;
  }
  ExprPtr result;
  for (size_t i = union_type->models.size(); i-- > 0;) {
    const Model* model = union_type->models[i];
    ExprPtr narrow = Make(ExprKind::kNarrow, program_->types.Ref({model}, union_type->optional), base->span);
    narrow->operands.push_back(Clone(*base));
    narrow->value_number = base->value_number;
    std::string no_prefix;
    ExprPtr field = CheckMember(std::move(narrow), name, no_prefix, span);
    if (field == nullptr) return nullptr;
    if (result == nullptr) {
      result = std::move(field);
      continue;
    }
    const Type* type = Join(field->type, result->type);
    if (type == nullptr) {
      Report(Code::kUnknownField, name.span,
             "`" + name.text + "` is `" + field->type->ToString() + "` in `" + model->name + "` and `" +
                 result->type->ToString() + "` in another of its models")
          .Hint("ask first which it is: `" + SourceText(base->span) + " is …`");
      return nullptr;
    }
    ExprPtr is_model = Make(ExprKind::kIsModel, bool_, span);
    is_model->model = model;
    is_model->operands.push_back(Clone(*base));
    ExprPtr choice = Make(ExprKind::kIf, type, span);
    choice->operands.push_back(Finish(std::move(is_model)));
    choice->operands.push_back(std::move(field));
    choice->operands.push_back(std::move(result));
    result = Finish(std::move(choice));
  }
  return result;
}

void Checker::ReportUnknownField(const Type& type, const ast::Name& name, const std::string& prefix) {
  std::vector<std::string> names;
  for (const Model* model : type.models) {
    for (const Field& field : model->fields) {
      if (field.name.compare(0, prefix.size(), prefix) == 0) names.push_back(field.name.substr(prefix.size()));
    }
  }
  for (const char* attribute : {"address", "type", "account", "region", "id", "tags", "source"})
    names.emplace_back(attribute);
  Diagnostic& diagnostic =
      Report(Code::kUnknownField, name.span,
             "`" + program_->types.Required(&type)->ToString() + "` has no field `" + prefix + name.text + "`");
  diagnostic.Hint(Meant(name.text, names));
  if (type.models.size() == 1 && type.models[0]->span.valid())
    diagnostic.Also(type.models[0]->span, "the model is declared here");
}

ExprPtr Checker::CheckIndex(const ast::IndexExpr& expr) {
  // `cloudformation["AWS::X::Y"]` names a table.
  if (const auto* root = ast::TryAs<ast::NameExpr>(*expr.base);
      root != nullptr && FindLocal(root->name.text) == nullptr && context_.mapping == nullptr) {
    if (const auto* text = ast::TryAs<ast::StringExpr>(*expr.index);
        text != nullptr && SourceModel(root->name.text, text->PlainText()) != nullptr) {
      Report(Code::kNotAValue, expr.span, "`" + SourceText(expr.span) + "` are rows, not a value")
          .Hint("name them by a variable: `x in " + SourceText(expr.span) + "`");
      return nullptr;
    }
  }
  if (context_.mapping != nullptr) {
    std::vector<std::string> path;
    if (MappingPath(expr, *context_.mapping, path)) return MappingLeafExpr(std::move(path), expr.span);
  }
  ExprPtr base = CheckExpr(*expr.base);
  if (base == nullptr) {
    CheckExpr(*expr.index);
    return nullptr;
  }
  const Type& type = *base->type;
  if (type.kind == TypeKind::kRef && type.models.size() == 1 &&
      (type.models[0]->kind == TableKind::kSource || type.models[0]->kind == TableKind::kResources)) {
    const Model& model = *type.models[0];
    ExprPtr record = Make(ExprKind::kField, json_, base->span);
    record->field = &model.fields[0];
    record->operands.push_back(std::move(base));
    base = Finish(std::move(record));
  }
  const Type& container = *base->type;
  if (container.optional) {
    CheckExpr(*expr.index);
    ReportMayBeAbsent(*base, "`[…]`");
    return nullptr;
  }
  if (container.kind == TypeKind::kJson) {
    if (const auto* text = ast::TryAs<ast::StringExpr>(*expr.index); text != nullptr && !text->interpolated()) {
      ExprPtr get = Make(ExprKind::kJsonGet, json_, expr.span);
      get->text = text->PlainText();
      get->operands.push_back(std::move(base));
      return Finish(std::move(get));
    }
  }
  const Type* key_type = container.kind == TypeKind::kList  ? int_
                         : container.kind == TypeKind::kMap ? container.key
                                                            : nullptr;
  const Type* result = container.kind == TypeKind::kJson ? json_ : container.element;
  ExprPtr index = CheckExpr(*expr.index, key_type);
  if (index == nullptr) return nullptr;
  if (container.kind == TypeKind::kJson) {
    if (index->type->kind != TypeKind::kInt)
      key_type = string_;
    else
      key_type = int_;
  } else if (key_type == nullptr) {
    Report(Code::kTypeMismatch, expr.span,
           "`[…]` reads a list, a map or untyped data, and this is `" + container.ToString() + "`")
        .Labelled("");
    return nullptr;
  }
  index = Coerce(std::move(index), key_type, container.kind == TypeKind::kMap ? "a key of this map" : "an index");
  if (index == nullptr || result == nullptr) return nullptr;
  ExprPtr get =
      Make(ExprKind::kGet, container.kind == TypeKind::kJson ? json_ : program_->types.Optional(result), expr.span);
  get->operands.push_back(std::move(base));
  get->operands.push_back(std::move(index));
  return Finish(std::move(get));
}

// An optional record is there when the fields that it must have are there, or, if it has none such, when any of its
// fields is.
ExprPtr Checker::RecordIsPresent(const ast::Expr& operand, Span span, bool& is_record) {
  is_record = false;
  std::vector<const ast::Name*> names;
  const ast::Expr* base = FlattenPath(operand, names);
  const auto* root = ast::TryAs<ast::NameExpr>(*base);
  if (names.empty() || context_.mapping != nullptr || (root != nullptr && FindLocal(root->name.text) == nullptr))
    return nullptr;
  // Which part of the chain is the record: walk the types only, without a report.
  const size_t num_diagnostics = diagnostics_.all().size();
  ExprPtr reference = root != nullptr ? CheckName(*root) : nullptr;
  if (reference == nullptr) {
    is_record = diagnostics_.all().size() != num_diagnostics;
    return nullptr;
  }
  std::string prefix;
  for (size_t i = 0; i < names.size(); ++i) {
    if (reference->type->kind != TypeKind::kRef || reference->type->models.size() != 1) return nullptr;
    const Model& model = *reference->type->models[0];
    const std::string wanted = prefix + names[i]->text;
    if (model.Find(wanted) != nullptr) {
      if (i + 1 == names.size() || model.Find(wanted)->reverse_model != nullptr || model.Find(wanted)->type == nullptr)
        return nullptr;
    } else if (!std::any_of(model.fields.begin(), model.fields.end(),
                            [&](const Field& f) { return f.name.starts_with(wanted + "."); })) {
      return nullptr;
    }
    const Span step{names[i]->span.file_id, reference->span.begin, names[i]->span.end};
    reference = CheckMember(std::move(reference), *names[i], prefix, step);
    if (reference == nullptr) return nullptr;
  }
  if (prefix.empty()) return nullptr;
  is_record = true;
  const Model& model = *reference->type->models[0];
  auto is_required = [&](const Field& field) {
    const auto found = required_in_record_.find(&field);
    return found != required_in_record_.end() && found->second == prefix;
  };
  const bool has_required = std::any_of(model.fields.begin(), model.fields.end(), is_required);
  ExprPtr result;
  for (const Field& field : model.fields) {
    if (!field.name.starts_with(prefix) || field.type == nullptr || (has_required && !is_required(field))) continue;
    ExprPtr access = Make(ExprKind::kField, program_->types.Optional(field.type), operand.span);
    access->field = &field;
    access->operands.push_back(Clone(*reference));
    ExprPtr present = Make(ExprKind::kIsPresent, bool_, span);
    present->operands.push_back(Finish(std::move(access)));
    present = Finish(std::move(present));
    result = result == nullptr ? std::move(present)
                               : MakeBinary(has_required ? ExprKind::kAnd : ExprKind::kOr, bool_, std::move(result),
                                            std::move(present), span);
  }
  return result;
}

}  // namespace bylaw::compiler

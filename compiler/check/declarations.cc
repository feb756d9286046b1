// What packages declare: params, models with their fields, defines. First all names, then types, then values, so that
// the order in which things are written does not matter.

#include "compiler/check/checker.h"

namespace bylaw::compiler {

void Checker::DeclareBuiltinTables() {
  auto add = [this](const char* name, TableKind kind) -> Model& {
    Model& model = program_->models.emplace_back();
    model.name = name;
    model.kind = kind;
    model.index = static_cast<uint32_t>(program_->models.size() - 1);
    models_[name] = &model;
    return model;
  };
  auto add_field = [](Model& model, const char* name, const Type* type, bool is_key) {
    Field& field = model.fields.emplace_back();
    field.name = name;
    field.type = type;
    field.is_key = is_key;
    field.model = &model;
    field.index = static_cast<uint32_t>(model.fields.size() - 1);
  };
  Model& accounts = add("accounts", TableKind::kAccounts);
  Model& regions = add("regions", TableKind::kRegions);
  Model& resources = add("resources", TableKind::kResources);
  add_field(accounts, "id", string_, true);
  add_field(accounts, "regions", program_->types.List(program_->types.Ref({&regions})), false);
  add_field(regions, "name", string_, true);
  add_field(resources, "record", json_, false);
  add_field(resources, "taggable", bool_, false);
}

void Checker::DeclareItems() {
  for (FileScope& scope : files_) {
    Package& package = *scope.package;
    const std::string prefix = package.name.empty() ? "" : package.name + ".";
    for (const ast::ItemPtr& item : scope.file->items) {
      if (const auto* param = ast::TryAs<ast::ParamDecl>(*item)) {
        if (!param->name) continue;
        const auto index = static_cast<uint32_t>(program_->params.size());
        if (!Declare(package, param->name.text, {SymbolKind::kParam, index, param->name.span})) continue;
        TypedParam& typed = program_->params.emplace_back();
        typed.name = prefix + param->name.text;
        typed.doc = param->doc.text;
        typed.span = param->name.span;
        typed.index = index;
        param_sites_.push_back({param, &scope});
      } else if (const auto* define = ast::TryAs<ast::DefineDecl>(*item)) {
        if (!define->name) continue;
        const auto index = static_cast<uint32_t>(program_->defines.size());
        if (!Declare(package, define->name.text, {SymbolKind::kDefine, index, define->name.span})) continue;
        Define& typed = program_->defines.emplace_back();
        typed.name = prefix + define->name.text;
        typed.doc = define->doc.text;
        typed.span = define->name.span;
        typed.index = index;
        define_sites_.push_back({define, &scope, DefineSite::State::kNew, package.name});
      } else if (const auto* decl = ast::TryAs<ast::ModelDecl>(*item)) {
        if (!decl->name) continue;
        const std::string dotted = decl->name.ToString();
        const std::string last = decl->name.parts.back().text;
        const bool is_dotted = decl->name.parts.size() > 1;
        const bool is_own = !is_dotted || dotted == prefix + last;
        const std::string full_name = is_dotted ? dotted : prefix + last;
        const bool is_alias = decl->alias != nullptr;
        Symbol symbol{is_alias ? SymbolKind::kAlias : SymbolKind::kModel,
                      static_cast<uint32_t>(is_alias ? aliases_.size() : program_->models.size()), decl->name.span};
        if (!is_alias) {
          const auto [it, is_new] = models_.emplace(full_name, nullptr);
          if (!is_new) {
            Diagnostic& diagnostic =
                Report(Code::kDuplicateName, decl->name.span, "there is already a model `" + full_name + "`");
            if (it->second->span.valid()) diagnostic.Also(it->second->span, "first declared here");
            // The name means the first one, here too.
            symbol.index = it->second->index;
            if (is_own) package.symbols.emplace(last, symbol);
            if (is_dotted) package.dotted.emplace(dotted, symbol);
            continue;
          }
          if (is_own && !Declare(package, last, symbol)) {
            models_.erase(it);
            continue;
          }
          Model& model = program_->models.emplace_back();
          model.name = full_name;
          model.doc = decl->doc.text;
          model.span = decl->name.span;
          model.index = symbol.index;
          it->second = &model;
          model_sites_.push_back({decl, &scope, &model});
        } else {
          if (is_own && !Declare(package, last, symbol)) continue;
          ModelAlias& alias = aliases_.emplace_back();
          alias.decl = decl;
          alias.scope = &scope;
          alias.name = full_name;
        }
        if (is_dotted) package.dotted.emplace(dotted, symbol);
      } else if (const auto* given = ast::TryAs<ast::GivenDecl>(*item)) {
        const auto [it, is_new] = package.givens.emplace(given->name.text, given);
        if (!is_new) {
          Report(Code::kDuplicateName, given->name.span,
                 "there is already a `given " + given->name.text + "` in package `" + package.name + "`")
              .Also(it->second->name.span, "first declared here");
        }
      }
    }
  }
}

const std::vector<const Model*>& Checker::AliasMembers(uint32_t alias_index) {
  ModelAlias& alias = aliases_[alias_index];
  if (alias.resolved) return alias.members;
  if (alias.resolving) {
    Report(Code::kAliasCycle, alias.decl->name.span, "`" + alias.name + "` is made of itself");
    return alias.members;
  }
  constexpr int kDeepest = 100;
  if (alias_depth_ == kDeepest) {
    Report(Code::kExpansionTooLarge, alias.decl->name.span,
           fmt::format("more than {} models that stand for others in a chain", kDeepest));
    alias.resolved = true;
    return alias.members;
  }
  ++alias_depth_;
  alias.resolving = true;
  Context saved = std::exchange(context_, Context{.scope = alias.scope});
  if (const Type* type = ResolveType(*alias.decl->alias)) {
    if (type->kind == TypeKind::kRef && !type->optional) {
      alias.members = type->models;
    } else {
      Report(Code::kBadType, alias.decl->alias->span,
             "a model can stand for models, and `" + type->ToString() + "` is none");
    }
  }
  context_ = std::move(saved);
  --alias_depth_;
  alias.resolving = false;
  alias.resolved = true;
  return alias.members;
}

// A text or number alone is what references name rows by. Other keys tell only which rows are the same, and are compared.
static bool CanBeKey(const Type& type, bool is_whole) {
  switch (type.kind) {
    case TypeKind::kString:
    case TypeKind::kInt:
    case TypeKind::kRef: return !is_whole || !type.optional;
    case TypeKind::kList:
    case TypeKind::kSet:
    case TypeKind::kMap:
    case TypeKind::kJson:
    case TypeKind::kIpSet:
    case TypeKind::kPortSet:
    case TypeKind::kIamDocument: return false;
    default: return !is_whole;
  }
}

// ---- Models
// ----------------------------------------------------------------------------------------------------------------------------------------------------

void Checker::CheckModelFields(const ast::ModelDecl& decl, Model& model) {
  std::unordered_map<std::string_view, Span> seen;
  const bool has_one_key =
      std::count_if(decl.fields.begin(), decl.fields.end(), [](const ast::ModelField& f) { return f.is_key; }) == 1;
  for (const ast::ModelField& field : decl.fields) {
    if (!field.name || field.type == nullptr) continue;
    const auto [it, is_new] = seen.emplace(field.name.text, field.name.span);
    if (!is_new) {
      Report(Code::kDuplicateName, field.name.span,
             "model `" + model.name + "` has two fields `" + field.name.text + "`")
          .Also(it->second, "first declared here");
      continue;
    }
    const ast::TypeExpr* record = field.type.get();
    bool optional_record = false;
    while (record->kind == ast::TypeKind::kOptional) {
      record = record->arguments[0].get();
      optional_record = true;
    }
    if (record->kind == ast::TypeKind::kRecord && !field.via) {
      AddRecordFields(*record, field.name.text + ".", optional_record ? field.name.text + "." : "", model);
      continue;
    }
    Field& typed = model.fields.emplace_back();
    typed.name = field.name.text;
    typed.doc = field.doc.text;
    typed.span = field.name.span;
    typed.model = &model;
    typed.index = static_cast<uint32_t>(model.fields.size() - 1);
    typed.type = ResolveType(*field.type);
    if (field.via) {
      reverses_.push_back({&typed, &field, context_.scope});
      if (field.default_value != nullptr) {
        Report(Code::kBadFieldDefault, field.default_value->span,
               "`" + typed.name + "` is what other rows say with `" + field.via.text + "`; it has no default");
      }
      continue;
    }
    if (field.is_key) {
      typed.is_key = true;
      if (typed.type != nullptr && !CanBeKey(*typed.type, has_one_key)) {
        Report(Code::kBadKey, field.type->span, "a key of type `" + typed.type->ToString() + "`")
            .Expected(has_one_key ? "`string`, `int` or a reference, and no `?`" : "a single value or a reference");
      }
      if (field.key_pattern != nullptr) {
        if (!has_one_key) {
          Report(Code::kSecondKey, field.key_pattern->span, "the form of one field of several that are the key")
              .Hint("references name rows by a key of one field alone");
        }
        model.key_pattern = field.key_pattern->PlainText();
      }
    }
    if (field.default_value != nullptr) defaults_.push_back({&typed, field.default_value.get(), context_.scope});
  }
}

// `prefix` is the dotted path of the record, `optional_prefix` that of the innermost record around the fields that is
// optional; empty: none is.
void Checker::AddRecordFields(const ast::TypeExpr& record, const std::string& prefix,
                              const std::string& optional_prefix, Model& model) {
  std::unordered_map<std::string_view, Span> seen;
  for (const ast::TypeField& field : record.fields) {
    if (!field.name || field.type == nullptr) continue;
    const auto [it, is_new] = seen.emplace(field.name.text, field.name.span);
    if (!is_new) {
      Report(Code::kDuplicateName, field.name.span, "this record has two fields `" + field.name.text + "`")
          .Also(it->second, "first declared here");
      continue;
    }
    const ast::TypeExpr* inner = field.type.get();
    std::string inner_optional = optional_prefix;
    while (inner->kind == ast::TypeKind::kOptional) {
      inner = inner->arguments[0].get();
      inner_optional = prefix + field.name.text + ".";
    }
    if (inner->kind == ast::TypeKind::kRecord) {
      AddRecordFields(*inner, prefix + field.name.text + ".", inner_optional, model);
      continue;
    }
    Field& typed = model.fields.emplace_back();
    typed.name = prefix + field.name.text;
    typed.doc = field.doc.text;
    typed.span = field.name.span;
    typed.model = &model;
    typed.index = static_cast<uint32_t>(model.fields.size() - 1);
    typed.type = ResolveType(*field.type);
    // A path through an optional record is optional, unless a default says what it is then.
    if (typed.type != nullptr && !optional_prefix.empty() && field.default_value == nullptr) {
      if (!typed.type->optional) required_in_record_.emplace(&typed, optional_prefix);
      typed.type = program_->types.Optional(typed.type);
    }
    if (field.default_value != nullptr) defaults_.push_back({&typed, field.default_value.get(), context_.scope});
  }
}

void Checker::ResolveReverseFields() {
  for (const ReverseSite& site : reverses_) {
    Field& field = *site.field;
    if (field.type == nullptr) continue;
    const Type* element = field.type->kind == TypeKind::kList && !field.type->optional ? field.type->element : nullptr;
    if (element == nullptr || element->kind != TypeKind::kRef || element->models.size() != 1) {
      Report(Code::kBadVia, site.decl->type->span,
             "`via` makes a list of rows of one model, and this type is `" + field.type->ToString() + "`")
          .Expected("`list<…>` of a model");
      field.type = nullptr;
      continue;
    }
    const Model& other = *element->models[0];
    const Field* reference = other.Find(site.decl->via.text);
    if (reference == nullptr) {
      std::vector<std::string> names;
      for (const Field& candidate : other.fields) names.push_back(candidate.name);
      Report(Code::kUnknownField, site.decl->via.span,
             "model `" + other.name + "` has no field `" + site.decl->via.text + "`")
          .Hint(Meant(site.decl->via.text, names));
      field.type = nullptr;
      continue;
    }
    if (reference->type == nullptr) {
      field.type = nullptr;
      continue;
    }
    const bool refers_here =
        reference->reverse_model == nullptr && reference->type->kind == TypeKind::kRef &&
        (reference->type->models.empty() || std::find(reference->type->models.begin(), reference->type->models.end(),
                                                      field.model) != reference->type->models.end());
    if (!refers_here) {
      Report(Code::kBadVia, site.decl->via.span,
             "`" + other.name + "." + reference->name + "` is no reference to `" + field.model->name + "` but `" +
                 reference->type->ToString() + "`")
          .Also(reference->span, "declared here");
      field.type = nullptr;
      continue;
    }
    field.reverse_model = &other;
    field.reverse_field = reference;
  }
}

// Which rows are left is decided table by table: a key may not refer to rows that are in question themselves.
void Checker::CheckKeys() {
  for (const Model& model : program_->models) {
    if (model.key() != nullptr) continue;
    for (const Field& field : model.fields) {
      if (!field.is_key || field.type == nullptr || field.type->kind != TypeKind::kRef) continue;
      const std::vector<const Model*>& models = field.type->models;
      const auto is_named_by_key = [](const Model* other) { return other->key() != nullptr; };
      if (!models.empty() && std::all_of(models.begin(), models.end(), is_named_by_key)) continue;
      Report(Code::kBadKey, field.span, "a key of type `" + field.type->ToString() + "`")
          .Expected("a single value, or a reference to a model whose key is a `string` or `int`");
    }
  }
}

void Checker::CheckFieldDefaults() {
  for (const DefaultSite& site : defaults_) {
    context_ = Context{.scope = site.scope};
    if (site.field->type == nullptr) continue;
    site.field->default_value =
        CheckConstant(*site.expr, site.field->type, "the default of `" + site.field->name + "`");
  }
}

// ---- Params
// ----------------------------------------------------------------------------------------------------------------------------------------------------

bool Checker::IsConstant(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kConstant: return true;
    case ExprKind::kMakeList:
    case ExprKind::kMakeSet:
    case ExprKind::kMakeMap:
    case ExprKind::kConvert:
      return std::all_of(expr.operands.begin(), expr.operands.end(),
                         [](const ExprPtr& operand) { return IsConstant(*operand); });
    default: return false;
  }
}

ExprPtr Checker::CheckConstant(const ast::Expr& expr, const Type* type, std::string_view what) {
  ExprPtr value = CheckAs(expr, type, what);
  if (value == nullptr || IsConstant(*value)) return value;
  Report(Code::kNotConstant, expr.span, std::string(what) + " must be written out")
      .Expected("a literal, or a list, set or map of literals");
  return nullptr;
}

void Checker::CheckParams() {
  for (size_t i = 0; i < param_sites_.size() && !TooManyErrors(); ++i) {
    TypedParam& param = program_->params[i];
    const ast::ParamDecl& decl = *param_sites_[i].decl;
    context_ = Context{.scope = param_sites_[i].scope};
    if (decl.type != nullptr) param.type = ResolveType(*decl.type);
    if (param.type == nullptr) continue;
    if (param.type->kind == TypeKind::kRef) {
      Report(Code::kBadType, decl.type->span, "a param is given from outside, where there are no rows to refer to")
          .Hint("take the key as a `string` and compare it");
      param.type = nullptr;
      continue;
    }
    if (decl.default_value != nullptr)
      param.default_value = CheckConstant(*decl.default_value, param.type, "the default of `" + decl.name.text + "`");
  }
}

// ---- Defines
// ---------------------------------------------------------------------------------------------------------------------------------------------------

void Checker::DeclareDefineSignatures() {
  for (size_t i = 0; i < define_sites_.size(); ++i) {
    Define& define = program_->defines[i];
    const ast::DefineDecl& decl = *define_sites_[i].decl;
    context_ = Context{.scope = define_sites_[i].scope};
    for (const ast::DefineParam& param : decl.params) {
      if (FindLocal(param.name.text) != nullptr) {
        Report(Code::kDuplicateName, param.name.span,
               "`" + decl.name.text + "` has two arguments `" + param.name.text + "`");
      }
      Variable* variable = NewVariable(param.name, param.type == nullptr ? nullptr : ResolveType(*param.type));
      define.params.push_back(variable);
      Bind(variable);
    }
    if (decl.result != nullptr) define.result = ResolveType(*decl.result);
  }
}

// Bodies are checked in order, but one whose result is not written is checked when it is first called. One that is
// called while it is being checked is recursive, and only conditions may be: so its result is bool.
void Checker::CheckDefine(Define& define) {
  DefineSite& site = define_sites_[define.index];
  const ast::DefineDecl& decl = *site.decl;
  if (site.state == DefineSite::State::kDone) return;
  if (site.state == DefineSite::State::kChecking) {
    if (define.result == nullptr && decl.result == nullptr) define.result = bool_;
    return;
  }
  constexpr int kDeepest = 200;
  if (define_depth_ == kDeepest) {
    Report(Code::kExpansionTooLarge, define.span,
           fmt::format("more than {} defines without a written result depend on each other in a chain", kDeepest))
        .Hint("write the result of some: `define " + decl.name.text + "(…): bool = …`");
    site.state = DefineSite::State::kDone;
    return;
  }
  ++define_depth_;
  site.state = DefineSite::State::kChecking;
  Context saved = std::exchange(context_, Context{.scope = site.scope});
  for (const Variable* param : define.params) Bind(param);
  for (const ast::Let& let : decl.lets) {
    if (!AllowLet(define.lets.size(), let.name)) break;
    ExprPtr value = let.value == nullptr ? nullptr : CheckExpr(*let.value);
    Variable* variable = NewVariable(let.name, value == nullptr ? nullptr : value->type);
    variable->let_value = value.get();
    Bind(variable);
    if (value != nullptr) define.lets.emplace_back(variable, std::move(value));
  }
  if (decl.body != nullptr) {
    const Type* written = decl.result == nullptr ? nullptr : define.result;
    if (written != nullptr) {
      define.body = CheckAs(*decl.body, written, "the result of `" + decl.name.text + "`");
    } else if (decl.result == nullptr) {
      ExprPtr body = CheckExpr(*decl.body);
      if (body != nullptr && define.result != nullptr && !Fits(*body->type, *define.result)) {
        Report(Code::kRecursionNotBool, decl.name.span,
               "`" + decl.name.text + "` calls itself, and its result is `" + body->type->ToString() + "`")
            .Hint("only a condition over references to models may be recursive");
        body = nullptr;
      }
      if (body != nullptr) define.result = body->type;
      define.body = std::move(body);
    }
  }
  --define_depth_;
  site.state = DefineSite::State::kDone;
  context_ = std::move(saved);
}

}  // namespace bylaw::compiler

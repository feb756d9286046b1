// Calls: of defines, whose arguments must fit their types, and of built-in functions, whose overloads are tried in the
// order of functions.def, first as they are, then with the conversions that the language makes.

#include "compiler/check/checker.h"
#include "compiler/check/foreign_functions.h"

namespace bylaw::compiler {

namespace {

TypeKind PlainKind(TypePattern::Kind kind) {
  switch (kind) {
    case TypePattern::Kind::kBool: return TypeKind::kBool;
    case TypePattern::Kind::kInt: return TypeKind::kInt;
    case TypePattern::Kind::kFloat: return TypeKind::kFloat;
    case TypePattern::Kind::kTime: return TypeKind::kTime;
    case TypePattern::Kind::kDuration: return TypeKind::kDuration;
    case TypePattern::Kind::kCidr: return TypeKind::kCidr;
    case TypePattern::Kind::kIp: return TypeKind::kIp;
    case TypePattern::Kind::kVersion: return TypeKind::kVersion;
    case TypePattern::Kind::kJson: return TypeKind::kJson;
    case TypePattern::Kind::kIpSet: return TypeKind::kIpSet;
    case TypePattern::Kind::kPortSet: return TypeKind::kPortSet;
    case TypePattern::Kind::kIamDocument: return TypeKind::kIamDocument;
    case TypePattern::Kind::kList: return TypeKind::kList;
    case TypePattern::Kind::kSet: return TypeKind::kSet;
    case TypePattern::Kind::kMap: return TypeKind::kMap;
    default: return TypeKind::kString;
  }
}

size_t VariableIndex(TypePattern::Kind kind) {
  return static_cast<size_t>(kind) - static_cast<size_t>(TypePattern::Kind::kAny);
}

std::string Arguments(size_t count) { return count == 1 ? "1 argument" : fmt::format("{} arguments", count); }

}  // namespace

bool Checker::IsPrintable(const Type& type) {
  return type.kind != TypeKind::kList && type.kind != TypeKind::kSet && type.kind != TypeKind::kMap &&
         type.kind != TypeKind::kIamDocument;
}

bool Checker::MatchesType(const TypePattern& pattern, const Type& type, bool implicit,
                          const Type* bindings[TypePattern::kNumVariables]) {
  if (pattern.is_variable()) {
    if (pattern.kind == TypePattern::Kind::kOrdered && !IsOrdered(type)) return false;
    if (pattern.kind == TypePattern::Kind::kPrintable && !IsPrintable(type)) return false;
    const Type*& bound = bindings[VariableIndex(pattern.kind)];
    const Type* joined = bound == nullptr ? &type : Join(bound, &type);
    if (joined == nullptr || joined->optional) return false;
    bound = joined;
    return true;
  }
  const TypeKind kind = PlainKind(pattern.kind);
  if (kind == TypeKind::kIpSet && type.kind == TypeKind::kCidr) return implicit;
  if (kind != type.kind) return false;
  if (type.kind == TypeKind::kMap && pattern.element.size() > 1 &&
      !MatchesType(pattern.element[1], *type.key, false, bindings))
    return false;
  return pattern.element.empty() || type.element == nullptr ||
         MatchesType(pattern.element[0], *type.element, false, bindings);
}

bool Checker::Matches(const TypePattern& pattern, const Expr& argument, bool implicit,
                      const Type* bindings[TypePattern::kNumVariables], bool* only_absence) {
  const Type* type = program_->types.Required(argument.type);
  bool matches = MatchesType(pattern, *type, implicit, bindings);
  if (!matches && implicit) {
    matches = (type->kind == TypeKind::kJson && !pattern.is_variable()) ||
              (type->kind == TypeKind::kInt && argument.kind == ExprKind::kConstant &&
               pattern.kind == TypePattern::Kind::kFloat);
  }
  if (matches && argument.type->optional && !pattern.optional) {
    *only_absence = true;
    return false;
  }
  return matches;
}

const Type* Checker::TypeOf(const TypePattern& pattern, const Type* const bindings[TypePattern::kNumVariables]) {
  TypeTable& types = program_->types;
  const Type* type = nullptr;
  if (pattern.is_variable()) {
    type = bindings[VariableIndex(pattern.kind)];
    if (type == nullptr) type = pattern.kind == TypePattern::Kind::kKey ? types.Get(TypeKind::kString) : json_;
  } else {
    switch (pattern.kind) {
      case TypePattern::Kind::kList: type = types.List(TypeOf(pattern.element[0], bindings)); break;
      case TypePattern::Kind::kSet: type = types.Set(TypeOf(pattern.element[0], bindings)); break;
      case TypePattern::Kind::kMap:
        type = types.Map(TypeOf(pattern.element[0], bindings),
                         pattern.element.size() > 1 ? TypeOf(pattern.element[1], bindings) : nullptr);
        break;
      case TypePattern::Kind::kEnum: type = types.Enum(pattern.enum_values); break;
      default: type = types.Get(PlainKind(pattern.kind));
    }
  }
  return pattern.optional ? types.Optional(type) : type;
}

ExprPtr Checker::BuiltinConstant(const ast::Name& name) {
  for (const FunctionInfo& function : BuiltinOverloads(name.text)) {
    if (!function.signature.is_constant) continue;
    if (function.id == FunctionId::kNow)
      return Finish(Make(ExprKind::kNow, program_->types.Get(TypeKind::kTime), name.span));
    const Type* none[TypePattern::kNumVariables] = {};
    return MakeBuiltin(function.id, TypeOf(function.signature.result, none), {}, name.span);
  }
  return nullptr;
}

ExprPtr Checker::CheckCall(const ast::CallExpr& expr, const Type* hint) {
  (void)hint;
  std::vector<const ast::Name*> names;
  const ast::Expr* base = FlattenPath(*expr.callee, names);
  const auto* root = ast::TryAs<ast::NameExpr>(*base);
  auto check_arguments = [&]() {
    for (const ast::ExprPtr& argument : expr.arguments) CheckExpr(*argument);
  };
  if (root == nullptr) {
    if (base->kind != ast::ExprKind::kError) {
      Report(Code::kUnknownFunction, expr.callee->span, "only a function can be called")
          .Expected("the name of a define or built-in function");
    }
    check_arguments();
    return nullptr;
  }
  if (FindLocal(root->name.text) != nullptr) {
    const ast::Name& last = names.empty() ? root->name : *names.back();
    Diagnostic& diagnostic = Report(Code::kUnknownFunction, last.span, "`" + last.text + "` is no function");
    if (const std::string_view meant = MeantByFunction(last.text); !meant.empty()) {
      diagnostic.Hint("functions are not methods: " + std::string(meant));
    } else if (!names.empty()) {
      const Span object{root->span.file_id, root->span.begin,
                        names.size() > 1 ? names[names.size() - 2]->span.end : root->span.end};
      diagnostic.Hint("functions are not methods: write `" + last.text + "(" + SourceText(object) +
                      (expr.arguments.empty() ? ")`" : ", …)`"));
    }
    check_arguments();
    return nullptr;
  }
  std::vector<const ast::Name*> all = {&root->name};
  all.insert(all.end(), names.begin(), names.end());
  const GlobalName global = ResolveGlobal(all);
  if (global.kind == GlobalName::Kind::kFailed) {
    check_arguments();
    return nullptr;
  }
  if (global.kind == GlobalName::Kind::kSymbol && global.used == all.size() &&
      global.symbol.kind == SymbolKind::kDefine) {
    return CallDefine(program_->defines[global.symbol.index], expr);
  }
  if (global.kind == GlobalName::Kind::kNone && all.size() == 1) {
    if (!BuiltinOverloads(root->name.text).empty()) {
      std::vector<ExprPtr> arguments;
      for (const ast::ExprPtr& argument : expr.arguments) arguments.push_back(CheckExpr(*argument));
      return CallBuiltin(expr, root->name, std::move(arguments));
    }
    std::vector<std::string> candidates;
    for (const FunctionInfo& function : BuiltinFunctions()) candidates.emplace_back(function.name);
    for (const auto& [name, symbol] : context_.scope->package->symbols) {
      if (symbol.kind == SymbolKind::kDefine) candidates.push_back(name);
    }
    Report(Code::kUnknownFunction, root->span, "there is no function `" + root->name.text + "`")
        .Hint(MeantByFunction(root->name.text).empty() ? Meant(root->name.text, candidates)
                                                       : std::string(MeantByFunction(root->name.text)));
    check_arguments();
    return nullptr;
  }
  if (global.kind == GlobalName::Kind::kNone) {
    ReportUnknownName(root->name);
  } else {
    Report(Code::kUnknownFunction, expr.callee->span, "`" + SourceText(expr.callee->span) + "` is no function");
  }
  check_arguments();
  return nullptr;
}

ExprPtr Checker::CallDefine(Define& define, const ast::CallExpr& expr) {
  const ast::DefineDecl& decl = *define_sites_[define.index].decl;
  const std::string& name = decl.name.text;
  std::vector<ExprPtr> arguments;
  bool failed = false;
  // A define hides a built-in function of its name only where its arguments fit.
  const bool hides_builtin = !BuiltinOverloads(name).empty() && expr.callee->kind == ast::ExprKind::kName;
  if (hides_builtin) {
    bool fits = expr.arguments.size() == define.params.size();
    for (size_t i = 0; i < expr.arguments.size(); ++i) {
      arguments.push_back(CheckExpr(*expr.arguments[i], i < define.params.size() ? define.params[i]->type : nullptr));
      if (arguments.back() == nullptr)
        failed = true;
      else if (fits && define.params[i]->type != nullptr &&
               !Fits(*program_->types.Required(arguments.back()->type), *define.params[i]->type))
        fits = false;
    }
    if (failed) return nullptr;
    if (!fits) return CallBuiltin(expr, decl.name, std::move(arguments));
  }
  if (expr.arguments.size() != define.params.size()) {
    Report(Code::kWrongArgumentCount, expr.span,
           "`" + name + "` takes " + Arguments(define.params.size()) + ", and here are " +
               std::to_string(expr.arguments.size()))
        .Also(define.span, "declared here");
    for (const ast::ExprPtr& argument : expr.arguments) CheckExpr(*argument);
    return nullptr;
  }
  for (size_t i = 0; i < expr.arguments.size(); ++i) {
    const Variable& param = *define.params[i];
    const std::string what = "the argument `" + param.name + "` of `" + name + "`";
    ExprPtr argument = hides_builtin ? std::move(arguments[i]) : CheckExpr(*expr.arguments[i], param.type);
    argument = Coerce(std::move(argument), param.type, what);
    failed |= argument == nullptr;
    if (hides_builtin)
      arguments[i] = std::move(argument);
    else
      arguments.push_back(std::move(argument));
  }
  if (define.result == nullptr && decl.result == nullptr) CheckDefine(define);
  if (failed || define.result == nullptr) return nullptr;
  ExprPtr call = Make(ExprKind::kCall, define.result, expr.span);
  call->define = &define;
  call->operands = std::move(arguments);
  return Finish(std::move(call));
}

ExprPtr Checker::CallBuiltin(const ast::CallExpr& expr, const ast::Name& name, std::vector<ExprPtr> arguments) {
  if (std::any_of(arguments.begin(), arguments.end(), [](const ExprPtr& argument) { return argument == nullptr; }))
    return nullptr;
  const std::span<const FunctionInfo> overloads = BuiltinOverloads(name.text);
  const FunctionInfo* chosen = nullptr;
  const Type* bindings[TypePattern::kNumVariables] = {};
  const Expr* absent_argument = nullptr;
  size_t absent_index = 0;
  bool any_arity = false, ambiguous = false;
  const bool has_json = std::any_of(arguments.begin(), arguments.end(),
                                    [](const ExprPtr& argument) { return argument->type->kind == TypeKind::kJson; });
  for (int pass = 0; pass < 2 && chosen == nullptr; ++pass) {
    for (const FunctionInfo& function : overloads) {
      const std::vector<Parameter>& parameters = function.signature.parameters;
      if (function.signature.is_constant || parameters.size() != arguments.size()) continue;
      any_arity = true;
      const Type* trial[TypePattern::kNumVariables] = {};
      bool matches = true, to_set = false;
      const Expr* absent = nullptr;
      size_t absent_at = 0;
      for (size_t i = 0; i < arguments.size() && matches; ++i) {
        bool only_absence = false;
        matches = Matches(parameters[i].type, *arguments[i], pass == 1, trial, &only_absence);
        if (!matches && only_absence) {
          matches = true;
          if (absent == nullptr) absent = arguments[i].get(), absent_at = i;
        }
        to_set |= arguments[i]->type->kind == TypeKind::kJson && parameters[i].type.kind == TypePattern::Kind::kSet;
      }
      if (!matches) continue;
      if (absent != nullptr) {
        if (absent_argument == nullptr) absent_argument = absent, absent_index = absent_at;
        continue;
      }
      // Untyped data is taken as a list rather than as a set; apart from that, only one overload may fit it.
      if (pass == 1 && has_json && to_set) continue;
      if (chosen != nullptr) {
        ambiguous |= pass == 1 && has_json;
        continue;
      }
      chosen = &function;
      std::copy(std::begin(trial), std::end(trial), std::begin(bindings));
    }
  }
  if (ambiguous) {
    Report(Code::kTypeNotSeen, expr.span,
           "`" + name.text + "` does different things to different types, and the type of untyped data cannot be seen")
        .Hint("say what it is: `string(…)`, `int(…)`, `as_list(…)`");
    return nullptr;
  }
  if (chosen == nullptr) {
    if (absent_argument != nullptr) {
      ReportMayBeAbsent(*absent_argument, arguments.size() == 1
                                              ? "`" + name.text + "`"
                                              : fmt::format("argument {} of `{}`", absent_index + 1, name.text));
      return nullptr;
    }
    std::string forms, types;
    size_t num_forms = 0;
    for (const FunctionInfo& function : overloads) {
      if (function.signature.is_constant) continue;
      ++num_forms;
      forms += (forms.empty() ? "`" : ", `") + name.text + std::string(function.signature_text) + "`";
    }
    if (!any_arity) {
      Diagnostic& diagnostic =
          Report(Code::kWrongArgumentCount, expr.span,
                 fmt::format("`{}` is not a function of {}", name.text, Arguments(arguments.size())));
      if (num_forms == 0)
        diagnostic.Hint("it is a constant: write `" + name.text + "` without parentheses");
      else
        diagnostic.Expected(forms);
      return nullptr;
    }
    for (const ExprPtr& argument : arguments) types += (types.empty() ? "" : ", ") + argument->type->ToString();
    Diagnostic& diagnostic = Report(Code::kWrongArguments, arguments.size() == 1 ? arguments[0]->span : expr.span,
                                    "`" + name.text + "` does not take (" + types + ")");
    diagnostic.Expected(forms);
    return nullptr;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Parameter& parameter = chosen->signature.parameters[i];
    arguments[i] = Coerce(std::move(arguments[i]), TypeOf(parameter.type, bindings),
                          "the argument `" + parameter.name + "` of `" + name.text + "`");
    if (arguments[i] == nullptr) return nullptr;
  }
  if (arguments.size() == 1) {
    if (ExprPtr counted = CountMembers(chosen->id, *arguments[0], expr.span)) return counted;
  }
  return MakeBuiltin(chosen->id, TypeOf(chosen->signature.result, bindings), std::move(arguments), expr.span);
}

// How many members a list comprehension has is known better than its elements: `count([x for x in C where P])` is
// `count(x in C where P)`, a range where membership is unknown.
ExprPtr Checker::CountMembers(FunctionId function, const Expr& list, Span span) {
  const bool counts = function == FunctionId::kCountList || function == FunctionId::kLengthList;
  if (!counts && function != FunctionId::kIsEmptyList) return nullptr;
  const Expr* made = &list;
  while (made->kind == ExprKind::kVariable && made->variable->let_value != nullptr) made = made->variable->let_value;
  if (made->kind != ExprKind::kQuery || made->query->kind != QueryKind::kList) return nullptr;
  std::unique_ptr<TypedQuery> query = std::move(Clone(*made)->query);
  query->kind = counts ? QueryKind::kCount : QueryKind::kExists;
  query->value = nullptr;
  ExprPtr members = FinishQuery(std::move(query), counts ? int_ : bool_, span);
  return counts ? std::move(members) : MakeNot(std::move(members), span);
}

}  // namespace bylaw::compiler

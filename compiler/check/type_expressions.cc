// Types as written: `list<aws.subnet>?`, `"on" | "off"`, `aws.a | aws.b`.

#include "compiler/check/checker.h"

namespace bylaw::compiler {

namespace {

const std::unordered_map<std::string_view, TypeKind>& PlainTypes() {
  static const std::unordered_map<std::string_view, TypeKind> kTypes = {
      {"bool", TypeKind::kBool},
      {"int", TypeKind::kInt},
      {"float", TypeKind::kFloat},
      {"string", TypeKind::kString},
      {"time", TypeKind::kTime},
      {"duration", TypeKind::kDuration},
      {"ip", TypeKind::kIp},
      {"cidr", TypeKind::kCidr},
      {"version", TypeKind::kVersion},
      {"ipset", TypeKind::kIpSet},
      {"portset", TypeKind::kPortSet},
      {"json", TypeKind::kJson},
      {"iam_document", TypeKind::kIamDocument},
  };
  return kTypes;
}

}  // namespace

const Type* Checker::ResolveType(const ast::TypeExpr& type) {
  switch (type.kind) {
    case ast::TypeKind::kError: return nullptr;
    case ast::TypeKind::kNamed: return ResolveNamedType(type);
    case ast::TypeKind::kOptional: {
      const Type* inner = ResolveType(*type.arguments[0]);
      return inner == nullptr ? nullptr : program_->types.Optional(inner);
    }
    case ast::TypeKind::kEnum: {
      std::vector<std::string> values;
      std::unordered_set<std::string> seen;
      for (const ast::StringPtr& value : type.values) {
        values.push_back(value->PlainText());
        if (!seen.insert(values.back()).second) {
          Report(Code::kDuplicateName, value->span, "`\"" + values.back() + "\"` stands twice in this set");
        }
      }
      return program_->types.Enum(std::move(values));
    }
    case ast::TypeKind::kUnion: {
      std::vector<const Model*> models;
      bool optional = false;
      for (const ast::TypePtr& member : type.arguments) {
        const Type* resolved = ResolveType(*member);
        if (resolved == nullptr) return nullptr;
        if (resolved->kind != TypeKind::kRef) {
          Report(Code::kBadType, member->span, "a union is of models, and `" + resolved->ToString() + "` is none");
          return nullptr;
        }
        optional |= resolved->optional;
        for (const Model* model : resolved->models) {
          if (std::find(models.begin(), models.end(), model) == models.end()) models.push_back(model);
        }
      }
      return program_->types.Ref(std::move(models), optional);
    }
    case ast::TypeKind::kRecord:
      Report(Code::kBadType, type.span, "a record can only be the type of a model's field")
          .Hint("declare a model for it, or use `map<T>` or `json`");
      return nullptr;
  }
  return nullptr;
}

const Type* Checker::ResolveNamedType(const ast::TypeExpr& type) {
  if (!type.name) return nullptr;
  if (type.name.parts.size() == 1) {
    const std::string& name = type.name.parts[0].text;
    const bool is_list = name == "list", is_set = name == "set", is_map = name == "map";
    if (is_list || is_set || is_map) {
      if (type.arguments.size() != 1) {
        Report(Code::kBadType, type.span, "`" + name + "` takes one type")
            .Expected("`" + name + "<…>`, such as `" + name + "<string>`");
        return nullptr;
      }
      const Type* element = ResolveType(*type.arguments[0]);
      if (element == nullptr) return nullptr;
      if (element->optional) {
        Report(Code::kBadType, type.arguments[0]->span, "the items of a `" + name + "` are never absent")
            .Hint("write `" + name + "<" + program_->types.Required(element)->ToString() + ">`");
        return nullptr;
      }
      return is_list  ? program_->types.List(element)
             : is_set ? program_->types.Set(element)
                      : program_->types.Map(element);
    }
    if (const auto plain = PlainTypes().find(name); plain != PlainTypes().end()) {
      if (!type.arguments.empty()) {
        Report(Code::kBadType, type.span, "`" + name + "` takes no type in angle brackets");
        return nullptr;
      }
      return program_->types.Get(plain->second);
    }
  }
  if (!type.arguments.empty()) {
    Report(Code::kBadType, type.span, "only `list`, `set` and `map` take a type in angle brackets");
    return nullptr;
  }
  std::vector<const Model*> models = ResolveModelName(type.name);
  return models.empty() ? nullptr : program_->types.Ref(std::move(models));
}

std::vector<const Model*> Checker::ResolveModelName(const ast::QualifiedName& name) {
  std::vector<const ast::Name*> names;
  for (const ast::Name& part : name.parts) names.push_back(&part);
  return ResolveModelNames(names, name.span);
}

std::vector<const Model*> Checker::ResolveModelNames(std::span<const ast::Name* const> names, Span span) {
  const GlobalName global = ResolveGlobal(names);
  if (global.kind == GlobalName::Kind::kFailed) return {};
  if (global.kind == GlobalName::Kind::kModel && global.used == names.size()) return {global.model};
  std::string text;
  for (const ast::Name* name : names) text += (text.empty() ? "" : ".") + name->text;
  if (global.kind == GlobalName::Kind::kSymbol && global.used == names.size()) {
    if (global.symbol.kind == SymbolKind::kModel) return {&program_->models[global.symbol.index]};
    if (global.symbol.kind == SymbolKind::kAlias) return AliasMembers(global.symbol.index);
    Report(Code::kUnknownModel, span,
           "`" + text + "` is a " + (global.symbol.kind == SymbolKind::kParam ? "param" : "define") +
               ", not a type or model")
        .Also(global.symbol.span, "declared here");
    return {};
  }
  std::vector<std::string> candidates;
  for (const Model& model : program_->models) {
    if (model.kind == TableKind::kModel) candidates.push_back(model.name);
  }
  for (const ModelAlias& alias : aliases_) candidates.push_back(alias.name);
  if (names.size() == 1) {
    for (const auto& [known, kind] : PlainTypes()) candidates.emplace_back(known);
    for (const char* known : {"list", "set", "map"}) candidates.emplace_back(known);
    for (const auto& [known, symbol] : context_.scope->package->symbols) candidates.push_back(known);
    std::sort(candidates.begin(), candidates.end());
  }
  Report(Code::kUnknownModel, span, "there is no type or model `" + text + "`").Hint(Meant(text, candidates));
  return {};
}

}  // namespace bylaw::compiler

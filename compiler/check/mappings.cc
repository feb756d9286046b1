// Mappings: how a source record becomes a row. Bare names are keys of the record, the names of unnested levels are its
// elements, `this` is the row being made and `envelope` what the export wraps around the record. A plain path, or
// several with `??` between, stays a path, which the importer reads without evaluating anything; everything else is a
// function over leaves.

#include "compiler/check/checker.h"
#include "compiler/check/mapping_formats.h"
#include "runtime/builtins/text.h"

namespace bylaw::compiler {

const std::vector<std::string>& MappingFormats() {
  static const std::vector<std::string> kFormats = {"terraform",
                                                    "cloudformation",
                                                    "aws_config",
                                                    "aws_cli",
                                                    "kubernetes",
                                                    "gcp_asset_inventory",
                                                    "azure_resource_graph",
                                                    "arm",
                                                    "pulumi",
                                                    "trivy",
                                                    "grype",
                                                    "cyclonedx",
                                                    "spdx",
                                                    "json",
                                                    "data"};
  return kFormats;
}

namespace {

bool IsReference(const Type& type) {
  return type.kind == TypeKind::kRef || ((type.kind == TypeKind::kList || type.kind == TypeKind::kSet) &&
                                         type.element != nullptr && type.element->kind == TypeKind::kRef);
}

}  // namespace

void Checker::CheckMappings() {
  for (const ModelSite& site : model_sites_) {
    for (const ast::Mapping& mapping : site.decl->mappings) {
      if (TooManyErrors()) return;
      context_ = Context{.scope = site.scope};
      if (mapping.from_data()) {
        ReadDataTable(mapping, *site.model);
      } else {
        CheckMapping(mapping, *site.model);
      }
    }
  }
}

bool Checker::CheckUnnest(const ast::Mapping& mapping, MappingScope& scope) {
  bool ok = true;
  auto add_level = [&](std::vector<std::string> path, const ast::Name& alias) {
    scope.mapping->unnest.push_back(std::move(path));
    if (alias && std::find(scope.levels.begin(), scope.levels.end(), alias.text) != scope.levels.end()) {
      Report(Code::kDuplicateName, alias.span, "two levels of this mapping are named `" + alias.text + "`");
      ok = false;
    }
    scope.levels.push_back(alias.text);
  };
  if (!mapping.path.empty()) {
    std::vector<std::string> path;
    for (const ast::Name& name : mapping.path) path.push_back(name.text);
    if (path.size() > 1 && path[0] == "envelope") path[0] = "@";  // what the export wraps around the record
    add_level(std::move(path), mapping.alias);
  }
  for (const ast::Generator& generator : mapping.generators) {
    std::vector<std::string> path;
    const bool is_path = generator.collection != nullptr && MappingPath(*generator.collection, scope, path) &&
                         !path.empty() && path[0] != "" && path[0] != "@";
    if (!is_path) {
      Report(Code::kBadUnnest, generator.collection == nullptr ? generator.span : generator.collection->span,
             "this is not a list inside the level before it")
          .Expected(scope.levels.empty() ? "the path of a list in the record" : "`" + scope.levels.back() + ".…`");
      return false;
    }
    add_level(std::move(path), generator.variable);
  }
  return ok;
}

void Checker::CheckMapping(const ast::Mapping& mapping, Model& model) {
  if (!mapping.format || mapping.source == nullptr) return;
  if (std::find(MappingFormats().begin(), MappingFormats().end(), mapping.format.text) == MappingFormats().end()) {
    Report(Code::kUnknownFormat, mapping.format.span, "there is no format `" + mapping.format.text + "`")
        .Hint(Meant(mapping.format.text, MappingFormats()));
    return;
  }
  TypedMapping typed;
  typed.format = mapping.format.text;
  typed.source_type = mapping.source->PlainText();
  typed.span = mapping.span;
  MappingScope scope;
  scope.mapping = &typed;
  scope.model = &model;
  if (!CheckUnnest(mapping, scope)) return;
  context_.mapping = &scope;
  if (mapping.where != nullptr) typed.where = CheckCondition(*mapping.where, "`where`");

  std::unordered_map<const Field*, Span> given;
  std::vector<TypedFieldMapping> entries(model.fields.size());
  for (const ast::MappingEntry& entry : mapping.entries) {
    if (!entry.target || entry.value == nullptr) continue;
    const std::string name = entry.target.ToString();
    const Field* field = model.Find(name);
    if (field == nullptr) {
      std::vector<std::string> names;
      for (const Field& candidate : model.fields) {
        if (candidate.reverse_model == nullptr) names.push_back(candidate.name);
      }
      Report(Code::kUnknownField, entry.target.span, "model `" + model.name + "` has no field `" + name + "`")
          .Hint(Meant(name, names))
          .Also(model.span, "the model is declared here");
      CheckExpr(*entry.value);
      continue;
    }
    if (field->reverse_model != nullptr) {
      Report(Code::kReverseFieldMapped, entry.target.span,
             "`" + name + "` is what `" + field->reverse_model->name + "." + field->reverse_field->name +
                 "` says; it comes from no record")
          .Also(field->span, "declared here");
      continue;
    }
    const auto [it, is_new] = given.emplace(field, entry.target.span);
    if (!is_new) {
      Report(Code::kDuplicateName, entry.target.span, "`" + name + "` is mapped twice").Also(it->second, "first here");
      continue;
    }
    if (field->type == nullptr) continue;
    entries[field->index] = CheckMappingEntry(entry, *field, scope);
  }
  const size_t innermost =
      std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return TakesElement(entry); }) ? 1 : 0;
  for (const Field& field : model.fields) {
    if (field.reverse_model != nullptr || field.type == nullptr) continue;
    typed.fields.push_back(given.contains(&field) ? std::move(entries[field.index])
                                                  : FoldedPaths(field, scope, innermost));
  }
  context_.mapping = nullptr;
  model.mappings.push_back(std::move(typed));
}

// An element that a field takes as its own value, such as a range of `cidr_blocks`, has no keys for other fields.
bool Checker::TakesElement(const TypedFieldMapping& mapping) const {
  if (mapping.field == nullptr) return false;
  const TypeKind kind = program_->types.Required(mapping.field->type)->kind;
  return kind != TypeKind::kJson && kind != TypeKind::kMap &&
         std::any_of(mapping.paths.begin(), mapping.paths.end(), [](const auto& path) { return path.empty(); });
}

TypedFieldMapping Checker::CheckMappingEntry(const ast::MappingEntry& entry, const Field& field, MappingScope& scope) {
  TypedFieldMapping result;
  result.field = &field;
  const bool is_reference = IsReference(*field.type);
  if (const auto* name = ast::TryAs<ast::NameExpr>(*entry.value);
      name != nullptr && name->name.text == "this" &&
      std::find(scope.levels.begin(), scope.levels.end(), "this") == scope.levels.end()) {
    if (field.type->kind == TypeKind::kRef) {
      result.kind = FieldSourceKind::kThis;
      return result;
    }
    Report(Code::kThisOutsideMapping, entry.value->span,
           "`this` is a row, and `" + field.name + "` is `" + field.type->ToString() + "`")
        .Expected("a field that is a reference");
    return result;
  }
  if (MappingPaths(*entry.value, scope, result.paths)) return result;

  result.kind = FieldSourceKind::kFunction;
  const std::string what = "`" + field.name + "`";
  if (!is_reference) {
    result.value = CheckAs(*entry.value, program_->types.Optional(field.type), what);
    return result;
  }
  // The importer resolves references: it takes the key, or a row that the record itself makes.
  scope.this_type = program_->types.Required(field.type->kind == TypeKind::kRef ? field.type : field.type->element);
  ExprPtr value = CheckExpr(*entry.value);
  scope.this_type = nullptr;
  if (value == nullptr) return result;
  const Type* type = program_->types.Required(value->type);
  const Type* single = field.type->kind == TypeKind::kRef || type->element == nullptr ? type : type->element;
  const bool fits =
      single->kind == TypeKind::kJson || single->kind == TypeKind::kString || single->kind == TypeKind::kRef;
  if (!fits || (field.type->kind == TypeKind::kRef && type->element != nullptr)) {
    Report(Code::kTypeMismatch, value->span,
           what + " is `" + field.type->ToString() + "`, and this is `" + type->ToString() + "`")
        .Expected("the key of the row that is meant, as the record has it");
    return result;
  }
  result.value = std::move(value);
  return result;
}

// A field that the mapping does not name: the key of its name, in any of the three spellings, in the innermost element
// that has keys, else further out.
TypedFieldMapping Checker::FoldedPaths(const Field& field, const MappingScope& scope, size_t innermost) const {
  TypedFieldMapping result;
  result.field = &field;
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= field.name.size();) {
    const size_t end = std::min(field.name.find('.', begin), field.name.size());
    parts.push_back(field.name.substr(begin, end - begin));
    begin = end + 1;
  }
  for (size_t up = innermost; up <= scope.levels.size(); ++up) {
    for (int spelling = 0; spelling < 3; ++spelling) {
      std::vector<std::string> path(up);
      for (const std::string& part : parts) path.push_back(spelling == 0 ? part : CamelCase(part, spelling == 2));
      if (std::find(result.paths.begin(), result.paths.end(), path) == result.paths.end())
        result.paths.push_back(std::move(path));
    }
  }
  return result;
}

bool Checker::MappingPath(const ast::Expr& expr, const MappingScope& scope, std::vector<std::string>& path) const {
  if (const auto* field = ast::TryAs<ast::FieldExpr>(expr)) {
    if (!MappingPath(*field->base, scope, path)) return false;
    path.push_back(field->field.text);
    return true;
  }
  if (const auto* index = ast::TryAs<ast::IndexExpr>(expr)) {
    const auto* key = ast::TryAs<ast::StringExpr>(*index->index);
    if (key == nullptr || key->interpolated() || !MappingPath(*index->base, scope, path)) return false;
    path.push_back(key->PlainText());
    return true;
  }
  const auto* root = ast::TryAs<ast::NameExpr>(expr);
  if (root == nullptr || FindLocal(root->name.text) != nullptr) return false;
  const std::string& name = root->name.text;
  for (size_t level = scope.levels.size(); level-- > 0;) {
    if (scope.levels[level] != name) continue;
    path.assign(scope.levels.size() - 1 - level, "");
    return true;
  }
  if (name == "this") return false;
  if (name == "envelope") {
    path = {"@"};
    return true;
  }
  path.assign(scope.levels.size(), "");
  path.push_back(name);
  return true;
}

bool Checker::MappingPaths(const ast::Expr& expr, const MappingScope& scope,
                           std::vector<std::vector<std::string>>& paths) const {
  const auto* binary = ast::TryAs<ast::BinaryExpr>(expr);
  if (binary != nullptr && binary->op == ast::BinaryOp::kCoalesce) {
    if (MappingPaths(*binary->left, scope, paths) && MappingPaths(*binary->right, scope, paths)) return true;
    paths.clear();
    return false;
  }
  std::vector<std::string> path;
  if (!MappingPath(expr, scope, path)) {
    paths.clear();
    return false;
  }
  paths.push_back(std::move(path));
  return true;
}

ExprPtr Checker::MappingLeafExpr(std::vector<std::string> path, Span span) {
  std::vector<MappingLeaf>& leaves = context_.mapping->mapping->leaves;
  uint32_t index = 0;
  while (index < leaves.size() && (leaves[index].is_this || leaves[index].paths[0] != path)) ++index;
  if (index == leaves.size()) leaves.push_back({{std::move(path)}, false});
  ExprPtr leaf = Make(ExprKind::kMappingLeaf, json_, span);
  leaf->leaf = index;
  return Finish(std::move(leaf));
}

ExprPtr Checker::CheckMappingName(const ast::Name& name) {
  MappingScope& scope = *context_.mapping;
  ast::NameExpr expr;
  expr.name = name;
  std::vector<std::string> path;
  if (MappingPath(expr, scope, path)) return MappingLeafExpr(std::move(path), name.span);
  if (scope.this_type == nullptr) {
    Report(Code::kThisOutsideMapping, name.span, "`this` is the row that the mapping makes; here no row is wanted")
        .Expected("`this` in a field that is a reference");
    return nullptr;
  }
  std::vector<MappingLeaf>& leaves = scope.mapping->leaves;
  uint32_t index = 0;
  while (index < leaves.size() && !leaves[index].is_this) ++index;
  if (index == leaves.size()) leaves.push_back({{}, true});
  ExprPtr leaf = Make(ExprKind::kMappingLeaf, scope.this_type, name.span);
  leaf->leaf = index;
  return Finish(std::move(leaf));
}

}  // namespace bylaw::compiler

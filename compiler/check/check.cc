#include "compiler/check/check.h"

#include "compiler/check/checker.h"
#include "compiler/check/open_keys.h"

namespace bylaw::compiler {

Checker::Checker(const CheckOptions& options, Diagnostics& diagnostics)
    : options_(options), diagnostics_(diagnostics), program_(std::make_unique<TypedProgram>()) {
  bool_ = program_->types.Get(TypeKind::kBool);
  int_ = program_->types.Get(TypeKind::kInt);
  string_ = program_->types.Get(TypeKind::kString);
  json_ = program_->types.Get(TypeKind::kJson);
}

std::unique_ptr<TypedProgram> Checker::Run(std::span<const SourceUnit> units) {
  num_errors_before_ = diagnostics_.num_errors();
  // Names.
  DeclareBuiltinTables();
  CollectPackages(units);
  DeclareItems();
  DeclareRules();
  ResolveImports();
  ReportImportCycles();
  // Types.
  for (uint32_t i = 0; i < aliases_.size(); ++i) AliasMembers(i);
  for (const ModelSite& site : model_sites_) {
    context_ = Context{.scope = site.scope};
    CheckModelFields(*site.decl, *site.model);
  }
  ResolveReverseFields();
  CheckKeys();
  DeclareDefineSignatures();
  // Values.
  CheckParams();
  CheckFieldDefaults();
  for (Define& define : program_->defines) {
    if (!TooManyErrors()) CheckDefine(define);
  }
  CheckMappings();
  CheckRules();
  CheckTests();
  OrderDefines();
  if (options_.query != nullptr) {
    FileScope scope;
    scope.package = &packages_[options_.query_package];
    for (auto& [name, package] : packages_) scope.imports.emplace(name, &package);
    context_ = Context{.scope = &scope};
    program_->query_expression = CheckExpr(*options_.query);
    context_ = Context{};
  }
  if (diagnostics_.num_errors() != num_errors_before_) return nullptr;
  FindOpenKeys(*program_);
  return std::move(program_);
}

std::unique_ptr<TypedProgram> Check(std::span<const SourceUnit> units, const CheckOptions& options,
                                    Diagnostics& diagnostics) {
  return Checker(options, diagnostics).Run(units);
}

}  // namespace bylaw::compiler

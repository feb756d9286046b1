#include "compiler/compiler.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <set>
#include <utility>

#include "compiler/assemble.h"
#include "compiler/ast/ast.h"
#include "compiler/check/check.h"
#include "compiler/codegen/codegen.h"
#include "compiler/ir/lower.h"
#include "compiler/ir/passes.h"
#include "compiler/lint/lint.h"
#include "compiler/packages.h"
#include "compiler/syntax/parser.h"

namespace bylaw::compiler {
namespace {

/// The files of one compilation: those given, then those that they import, directly or not.
class Loader {
 public:
  Loader(const CompileOptions& options, CompileResult& result) : options_(options), result_(result) {}

  void Load(std::vector<PolicyText> texts) {
    for (PolicyText& text : texts) Add(std::move(text), false);
    num_given_ = result_.files.size();
    for (const std::string& package : options_.packages) Import(package);
    for (size_t i = 0; i < result_.files.size(); ++i) {  // grows as packages come in
      for (const ast::Import& import : result_.files[i]->imports) Import(import.path.ToString());
    }
  }

  const std::vector<SourceUnit>& units() const { return units_; }
  bool IsImported(Span span) const { return span.valid() && imported_.contains(span.file_id); }
  size_t num_given() const { return num_given_; }

 private:
  void Add(PolicyText text, bool imported) {
    std::error_code error;
    const std::filesystem::path canonical = std::filesystem::weakly_canonical(text.path, error);
    if (!paths_.insert(error ? text.path : canonical.string()).second) return;
    const FileId file_id = result_.sources->Add(std::move(text.path), std::move(text.text));
    if (imported) imported_.insert(file_id);
    result_.files.push_back(ParseFile(*result_.sources, file_id, result_.diagnostics));
    units_.push_back({.file = result_.files.back().get(), .package = std::move(text.package)});
  }

  void Import(const std::string& package) {
    if (!packages_.insert(package).second) return;
    if (!index_) index_.emplace(options_.roots);
    for (const PolicyText& text : index_->Find(package)) Add(text, true);
  }

  const CompileOptions& options_;
  CompileResult& result_;
  std::optional<PackageIndex> index_;
  std::vector<SourceUnit> units_;
  std::set<FileId> imported_;
  std::set<std::string> packages_, paths_;
  size_t num_given_ = 0;
};

Result<std::string> ReadBeside(const SourceMap& sources, FileId policy, const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(sources.file(policy).path()).parent_path();
  return ReadWholeFile((folder / path).string());
}

std::unique_ptr<TypedProgram> CheckAll(const Loader& loader, const CompileOptions& options, CompileResult& result) {
  CheckOptions check;
  check.sources = result.sources.get();
  check.read_file = [&](FileId policy, const std::string& path) { return ReadBeside(*result.sources, policy, path); };
  ast::ExprPtr query;
  if (!options.query.empty()) {
    const FileId file_id = result.sources->Add("query", options.query);
    query = ParseExpression(*result.sources, file_id, result.diagnostics);
    check.query = query.get();
    check.query_package = options.query_package;
  }
  std::unique_ptr<TypedProgram> typed = Check(loader.units(), check, result.diagnostics);
  return result.diagnostics.has_errors() ? nullptr : std::move(typed);
}

/// Drops the tests and waivers of imported files, and says which rules are to be judged: those of the files given, and
/// those that a test names.
std::vector<bool> SelectUnits(const Loader& loader, const CompileOptions& options, TypedProgram& typed) {
  std::erase_if(typed.tests, [&](const TypedTest& test) { return loader.IsImported(test.span); });
  std::erase_if(typed.waivers, [&](const TypedWaiver& waiver) { return loader.IsImported(waiver.span); });
  std::vector<bool> judged;
  for (const TypedRule& rule : typed.rules) judged.push_back(!loader.IsImported(rule.span));
  if (!options.tests) return judged;
  for (const TypedTest& test : typed.tests) {
    for (const TypedExpect& expect : test.expects) {
      if (expect.rule_index < judged.size()) judged[expect.rule_index] = true;
    }
  }
  return judged;
}

}  // namespace

CompileResult::CompileResult() : sources(std::make_unique<SourceMap>()) {}
CompileResult::CompileResult(CompileResult&&) noexcept = default;
CompileResult& CompileResult::operator=(CompileResult&&) noexcept = default;
CompileResult::~CompileResult() = default;

CompileResult Compile(std::vector<PolicyText> texts, const CompileOptions& options) {
  CompileResult result;

  // Text → AST.
  Loader loader(options, result);
  loader.Load(std::move(texts));

  // AST → typed tree.
  result.typed = CheckAll(loader, options, result);
  result.files.resize(std::min(loader.num_given(), result.files.size()));
  if (options.lint && result.typed != nullptr) Lint(result.files, *result.typed, *result.sources, result.diagnostics);
  result.diagnostics.Sort();
  if (result.typed == nullptr) return result;

  const std::vector<bool> judged = SelectUnits(loader, options, *result.typed);
  if (options.observe)
    result.conditions = FindConditions(*result.typed, [&](Span span) { return !loader.IsImported(span); });
  Assemble(result, {.optimize = options.optimize && !options.observe,
                    .demand_all = options.demand_all,
                    .tests = options.tests,
                    .judged = judged});
  return result;
}

void Assemble(CompileResult& result, const AssembleOptions& options) {
  // Typed tree → IR.
  ir::LowerOptions lower{.inline_defines = options.optimize,
                         .tests = options.tests,
                         .judged = options.judged,
                         .observed = &result.conditions.number_of};
  result.rule_of_typed.clear();
  for (size_t i = 0, next = 0; i < result.typed->rules.size(); ++i) {
    const bool judged = lower.judged.empty() || lower.judged[i];
    result.rule_of_typed.push_back(judged ? static_cast<uint32_t>(next++) : kNone);
  }
  result.module = std::make_unique<ir::Module>();
  ir::Module& module = *result.module;
  ir::Lowering lowering(*result.typed, module, lower);
  lowering.Run();

  // IR → IR.
  if (options.optimize) ir::Optimise(module);
  ir::GiveRelationsTheirBodies(module);
  ir::DemandTables(module, lowering, {.all = options.demand_all, .optimise = options.optimize});

  // IR → bytecode.
  result.program.reset();
  Result<Program> program = Generate(module, *result.sources);
  if (!program.ok()) {
    result.diagnostics.Report(Code::kNestedTooDeeply, {}, program.error().message).Hint(program.error().hint);
    return;
  }
  result.program = std::move(program).value();
  if (module.query != nullptr) result.query_function = module.query->index;
  result.test_conditions.clear();
  for (const ir::Module::TestCondition& condition : module.test_conditions) {
    result.test_conditions.push_back(
        {.test = condition.test, .expect = condition.expect, .function = condition.function->index});
  }
}

std::vector<std::pair<std::string, FileId>> GivenFiles(const CompileResult& result) {
  std::vector<std::pair<std::string, FileId>> given;
  for (const auto& file : result.files) given.emplace_back(result.sources->file(file->file_id).path(), file->file_id);
  return given;
}

}  // namespace bylaw::compiler

// The compiler: policy text → program. The facade over the phases; the command line, the tests and bindings see only
// this.
//
//   texts ─ParseFile► AST ─Check► typed tree ─Lower► IR ─passes► IR ─Generate► Program
//
// Packages. A file names its package (`package org.network`); one that does not has that of its folder below the root
// or policy folder that it was found in. `import a.b` means every file of that package among the policies given and
// below the search roots, in whatever folder. Files that come in only through imports give models, defines and params;
// their rules, waivers and tests are not judged.
//
// Thread safety: calls of Compile may run in parallel; a result belongs to one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/check/typed.h"
#include "compiler/conditions.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"
#include "runtime/base/result.h"
#include "runtime/bytecode/program.h"

namespace bylaw::compiler {

namespace ast {
struct File;
}
namespace ir {
struct Module;
}

/// A policy file.
struct PolicyText {
  std::string path;  ///< as shown in diagnostics; data files are looked for beside it
  std::string text;
  std::string package = {};  ///< where the file declares none
};

struct CompileOptions {
  /// Folders below which imported packages are looked for: the shipped `policies/`, say.
  std::vector<std::string> roots = {};
  /// Run the optimising passes. Without them the verdicts are the same.
  bool optimize = true;
  /// Make all tables with all columns, whether rules read them or not (`bylaw inspect`).
  bool demand_all = false;
  /// Compile the conditions of tests (`expect net.is_public(s)`) as functions.
  bool tests = false;
  /// Note what the conditions of the files given come to when the program runs (CheckOptions::observations). The verdicts
  /// are the same. No pass runs then, whatever `optimize` says: passes merge conditions, and move them.
  bool observe = false;
  /// Run the linter over the policies given (not over what they import): its findings are diagnostics of the result.
  bool lint = false;
  /// The expression of `bylaw query`; it sees every package under its full name, and without a prefix what
  /// `query_package` declares.
  std::string query = {};
  std::string query_package = {};
  /// Packages that count as imported though no file imports them (for queries over the shipped models: "aws").
  std::vector<std::string> packages = {};
};

/// The condition of `expect CONDITION` in a test: a bool function of the test's named rows, TypedTest::variables in
/// order.
struct TestCondition {
  uint32_t test = 0;      ///< in TypedProgram::tests
  uint32_t expect = 0;    ///< in TypedTest::expects
  uint32_t function = 0;  ///< in Program::functions
};

struct CompileResult {
  CompileResult();
  CompileResult(CompileResult&&) noexcept;
  CompileResult& operator=(CompileResult&&) noexcept;
  ~CompileResult();

  std::unique_ptr<SourceMap> sources;
  Diagnostics diagnostics;              ///< sorted; warnings too
  std::optional<Program> program;       ///< none when there were errors
  std::unique_ptr<TypedProgram> typed;  ///< null when there were errors
  /// For each rule of `typed`, its index in `program->rules`, or kNone for one that came in through an import alone.
  std::vector<uint32_t> rule_of_typed;
  uint32_t query_function = kNone;  ///< in Program::functions, without inputs; kNone without a query
  std::vector<TestCondition> test_conditions;
  Conditions conditions;  ///< with CompileOptions::observe: what the numbers of an Observations mean

  std::vector<std::unique_ptr<ast::File>> files;  ///< of the policies given, in order; for dumps and formatting
  std::unique_ptr<ir::Module> module;             ///< for dumps
};

/// Compiles texts. Mistakes in policies are diagnostics of the result.
CompileResult Compile(std::vector<PolicyText> texts, const CompileOptions& options);

/// Reads a policy file, or all `*.bylaw` files below a folder (in order of their paths), as texts. The error: what
/// cannot be read, and why.
Result<std::vector<PolicyText>> ReadPolicies(const std::string& path);

enum class DumpStage : uint8_t { kAst, kTyped, kIr };

/// A stage as text. The AST is there after errors too; later stages are empty then.
std::string Dump(const CompileResult& result, DumpStage stage);

}  // namespace bylaw::compiler

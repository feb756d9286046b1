// The checker: from the syntax trees of all files of one compilation to the typed program, or to diagnostics.
//
// Pipeline: after syntax/, before ir/. What it decides: which declaration every name means (scopes.cc), the type of
// every expression (expressions.cc, operators.cc, calls.cc, queries.cc, conversions.cc), where an optional value has
// been decided (narrowing.cc), how source records become rows (mappings.cc), and which defines are relations, in which
// order (recursion.cc). typed.h says what a typed program holds.
//
// One run reports every mistake; what depends on something that is already wrong is silent. Thread safety: one call
// uses no state but its arguments'.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "compiler/ast/ast.h"
#include "compiler/check/typed.h"
#include "compiler/diagnostics/diagnostic.h"
#include "runtime/base/result.h"

namespace bylaw::compiler {

/// One parsed file. `package` counts only where the file itself declares none.
struct SourceUnit {
  const ast::File* file = nullptr;
  std::string package;
};

struct CheckOptions {
  /// The texts of the files, to quote from in messages. May be null.
  const SourceMap* sources = nullptr;
  /// Reads what `from data "path"` in the policy file names; the path is as written, meant relative to that file.
  /// Without it every data table is an error.
  std::function<Result<std::string>(FileId policy, const std::string& path)> read_file;
  /// `bylaw query`: an expression that sees every package under its own name and, without a prefix, what
  /// `query_package` declares.
  const ast::Expr* query = nullptr;
  std::string query_package;
};

/// Null when there was an error; what it was is in `diagnostics`. The syntax trees are needed only during the call.
std::unique_ptr<TypedProgram> Check(std::span<const SourceUnit> units, const CheckOptions& options,
                                    Diagnostics& diagnostics);

}  // namespace bylaw::compiler

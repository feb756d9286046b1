// Concrete tree → AST. Resolves literals and escapes, attaches doc comments, and checks what the grammar leaves to be
// checked (see the "checked:" marks in Bylaw.g4).
#pragma once

#include <memory>
#include <string_view>

#include "compiler/ast/ast.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/cst.h"
#include "compiler/syntax/tokens.h"

namespace bylaw::compiler {

/// The tree's root is a `file`.
std::unique_ptr<ast::File> BuildFile(const Cst& tree, TokenList tokens, FileId file_id, std::string_view text,
                                     Diagnostics& diagnostics);

/// The tree's root is a `loneExpression`. Null when there is none in it.
ast::ExprPtr BuildExpression(const Cst& tree, TokenList tokens, FileId file_id, std::string_view text,
                             Diagnostics& diagnostics);

}  // namespace bylaw::compiler

// Text → AST. The first phase of the compiler.
//
// Input: one file of a SourceMap. Output: its AST, and diagnostics for whatever is wrong with the text. Reading goes on
// after an error with the next clause, field, entry or declaration, so one call reports all of them; what was not
// understood is left out of the tree (see ast.h).
//
// Bounded, whatever the bytes: at most kMaxFileBytes of text, brackets nested at most kMaxBracketDepth deep, trees at
// most ast::kMaxTreeDepth deep, kMaxSyntaxErrors errors (tokens.h). Never throws. Thread safety: calls may run in
// parallel, each with its own Diagnostics.
#pragma once

#include <memory>
#include <string_view>

#include "compiler/ast/ast.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"

namespace bylaw::compiler {

/// Reads a file. Never null; with errors it has what could be read, down to nothing.
std::unique_ptr<ast::File> ParseFile(const SourceMap& sources, FileId file_id, Diagnostics& diagnostics);

/// Reads one expression, as `bylaw query` takes it. Null after an error that leaves none.
ast::ExprPtr ParseExpression(const SourceMap& sources, FileId file_id, Diagnostics& diagnostics);

/// Whether the text is one word, which may stand behind a dot.
bool IsWord(std::string_view text);
/// Whether it is a word that is not reserved, and so may be a name.
bool IsName(std::string_view text);

}  // namespace bylaw::compiler

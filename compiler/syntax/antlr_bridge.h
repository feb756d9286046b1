// The two things that ANTLR does for us, behind an interface without its types. antlr_bridge.cc is the only file of the
// project that includes ANTLR.
//
// Thread safety: both may run in several threads at once (ANTLR guards the tables that its parsers share).
#pragma once

#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/cst.h"
#include "compiler/syntax/tokens.h"

namespace bylaw::compiler {

/// Text into tokens: those of the grammar, comments and whatever is no token at all, but for blanks. Reports strings
/// that are not closed, and closes them.
std::vector<Token> RunLexer(FileId file_id, std::string_view text, Diagnostics& diagnostics);

enum class StartRule : uint8_t { kFile, kExpression };

/// Repaired tokens into a tree. After errors, the tree has what could be read. False when reading had to be given up
/// (too deep, too many errors); then there is no tree.
bool RunParser(StartRule start, FileId file_id, std::string_view text, const std::vector<Token>& tokens, Cst& result,
               Diagnostics& diagnostics);

}  // namespace bylaw::compiler

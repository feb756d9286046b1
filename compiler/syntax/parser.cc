#include "compiler/syntax/parser.h"

#include <utility>

#include "compiler/syntax/antlr_bridge.h"
#include "compiler/syntax/ast_builder.h"
#include "compiler/syntax/tokens.h"

namespace bylaw::compiler {
namespace {

// Bytes → tokens → tokens put right → concrete tree. False when one of the steps gave up.
bool ReadTree(StartRule start, FileId file_id, std::string_view text, TokenList& tokens, Cst& tree,
              Diagnostics& diagnostics) {
  if (!CheckText(file_id, text, diagnostics)) return false;
  std::vector<Token> raw = RunLexer(file_id, text, diagnostics);
  if (!Repair(file_id, text, std::move(raw), tokens, diagnostics)) return false;
  return RunParser(start, file_id, text, tokens.tokens, tree, diagnostics);
}

// The token that the whole text is; kEnd for any other text.
Tok OnlyToken(std::string_view text) {
  Diagnostics ignored;
  const std::vector<Token> tokens = RunLexer(0, text, ignored);
  const bool is_whole = tokens.size() == 2 && tokens[0].begin == 0 && tokens[0].end == text.size();
  return is_whole ? tokens[0].type : Tok::kEnd;
}

}  // namespace

bool IsWord(std::string_view text) { return IsWord(OnlyToken(text)); }
bool IsName(std::string_view text) { return IsName(OnlyToken(text)); }

std::unique_ptr<ast::File> ParseFile(const SourceMap& sources, FileId file_id, Diagnostics& diagnostics) {
  const std::string_view text = sources.file(file_id).text();
  TokenList tokens;
  Cst tree;
  if (ReadTree(StartRule::kFile, file_id, text, tokens, tree, diagnostics)) {
    return BuildFile(tree, std::move(tokens), file_id, text, diagnostics);
  }
  auto file = std::make_unique<ast::File>();
  file->file_id = file_id;
  file->span = {file_id, 0, static_cast<uint32_t>(text.size())};
  return file;
}

ast::ExprPtr ParseExpression(const SourceMap& sources, FileId file_id, Diagnostics& diagnostics) {
  const std::string_view text = sources.file(file_id).text();
  TokenList tokens;
  Cst tree;
  if (!ReadTree(StartRule::kExpression, file_id, text, tokens, tree, diagnostics)) return nullptr;
  return BuildExpression(tree, std::move(tokens), file_id, text, diagnostics);
}

}  // namespace bylaw::compiler

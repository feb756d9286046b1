// The tokens of a file between ANTLR's lexer and ANTLR's parser, and their repair. Knows nothing of ANTLR.
//
// The parser is much better at saying what is wrong when strings end, brackets match and operators are ours. So what is
// broken in that way is reported here, once, and put right: a missing bracket is made up, one too many is dropped, `&&`
// becomes `and`. After Repair, every bracket has its partner and every token knows how deep it stands; recovery after
// syntax errors rests on that.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <BylawLexerTokens.h>

#include "compiler/ast/ast.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"

namespace bylaw::compiler {

using grammar::Tok;

/// The largest policy file, in bytes.
inline constexpr size_t kMaxFileBytes = size_t{4} << 20;
/// How deep brackets may nest.
inline constexpr uint32_t kMaxBracketDepth = 200;
/// Syntax errors of one file that are reported; reading stops there.
inline constexpr size_t kMaxSyntaxErrors = 100;

struct Token {
  Tok type = Tok::kEnd;
  bool first_on_line = false;
  bool made_up = false;   // not in the text: closes what was left open
  bool reported = false;  // it stands for, or right behind, something that an error has been reported of
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t depth = 0;  // number of brackets open around it; a bracket itself stands outside
};

struct TokenList {
  std::vector<Token> tokens;  // ends in kEnd
  std::vector<ast::Comment> comments;
};

/// What can be seen of a text before it is read: its size, encoding and invisible characters. False when it must not be
/// read at all. Control characters are reported and allowed: the lexer sees a blank in their place.
bool CheckText(FileId file_id, std::string_view text, Diagnostics& diagnostics);

/// True for a control character, which the lexer is to take as a blank.
bool IsInvisible(unsigned char byte);

/// Where something that is no token of ANTLR's lexer ends: a character of several bytes, or a string in
/// single or typographic quotes; one in single quotes that is not closed ends with its line.
uint32_t EndOfForeign(std::string_view text, uint32_t begin);

/// Puts the lexer's tokens right, as described above. False when brackets nest too deeply; then there is that one error
/// (besides those of the lexer), and the tokens are of no use.
bool Repair(FileId file_id, std::string_view text, std::vector<Token> raw, TokenList& result, Diagnostics& diagnostics);

bool IsOpener(Tok type);
bool IsCloser(Tok type);
/// A word that begins a declaration: `rule`, `model`, …
bool IsItemWord(Tok type);
/// A word that begins a clause of a rule: `where`, `message`, …
bool IsClauseWord(Tok type);
/// Any token that can be a name.
bool IsName(Tok type);
/// Any word, reserved or not.
bool IsWord(Tok type);

/// True where a declaration begins: a word for it, first on its line, with what must follow one.
bool BeginsItem(const std::vector<Token>& tokens, size_t index);
/// True where a clause begins that nothing else can be, whatever surrounds it.
bool BeginsClause(const std::vector<Token>& tokens, size_t index);

}  // namespace bylaw::compiler

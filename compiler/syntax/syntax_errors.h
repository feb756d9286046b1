// Turns "this token does not fit" into a message for people: what was seen, what could stand there in plain words, and
// what to do about it for someone who thinks in another language. Knows nothing of ANTLR.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/tokens.h"

namespace bylaw::compiler {

/// What was being read when the error came up: the innermost of these.
enum class Place : uint8_t {
  kFile,
  kItem,
  kModelBody,
  kField,
  kMapping,
  kMappingBody,
  kType,
  kRuleBody,
  kClause,
  kTestBody,
  kTestStep,
  kGiven,
  kWaiver,
  kString,
  kExpression,
};

struct SyntaxError {
  const std::vector<Token>& tokens;
  size_t index;               // the token that does not fit
  std::vector<Tok> expected;  // what the grammar could have taken; empty when that is not known
  Place place;                // innermost
  Place body;                 // the innermost body in braces, or kFile
};

/// "write `exists x in … where …`" for `any`: what to write for a word of another language; or nothing.
std::string_view MeantByHabit(std::string_view word);

/// The token the error is really about. A clause or declaration that begins where an operand is missing has its word
/// taken for a name: `require a ==`, then `message "…"` fails at the string, but the fault is before `message`.
size_t BlameFor(const std::vector<Token>& tokens, size_t index, std::string_view text);

/// Reports one. Says nothing when the token was made up: what is missing has been reported then.
void ReportSyntaxError(const SyntaxError& error, FileId file_id, std::string_view text, Diagnostics& diagnostics);

}  // namespace bylaw::compiler

// Globs, the patterns of `like`: `*` any characters (none too), `?` one character, `[a-z]`, `[!a-z]` or `[^a-z]` one of
// (not of) these,
// `\` takes the next character as it is. The whole text must match; case counts; nothing is special about `/` or a
// leading dot.
//
// A character is a Unicode scalar value of UTF-8 text; a byte that is not UTF-8 counts as one character of its own.
// Matching needs no memory and at most pattern × text steps. Immutable once compiled; any thread may match.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace bylaw {

class Glob {
 public:
  /// An error names the place (column, from 1) of an unclosed `[`, an empty range or a final `\`.
  static Result<Glob> Compile(std::string_view pattern);

  bool Matches(std::string_view text) const;

 private:
  struct Token {
    enum class Kind : uint8_t { kAnyText, kAnyCharacter, kCharacter, kClass } kind;
    char32_t character = 0;
    bool negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges = {};

    bool Accepts(char32_t c) const;
  };

  std::vector<Token> tokens_;
};

/// Whether `pattern`, as a glob of names and addresses, matches `text`. Here `[`, `]` and `\` stand for themselves, as they are parts of
/// addresses (`module.net["a"].aws_subnet.public[0]`): only `*` and `?` are special.
bool MatchesGlob(std::string_view pattern, std::string_view text);

}  // namespace bylaw

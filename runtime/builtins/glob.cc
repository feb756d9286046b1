#include "runtime/builtins/glob.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/builtins/text.h"

namespace bylaw {
namespace {

constexpr size_t kMaxPatternSize = 65'536;

Error At(size_t column, std::string message) {
  Error error;
  error.message = std::move(message);
  error.column = static_cast<uint32_t>(column);
  return error;
}

}  // namespace

Result<Glob> Glob::Compile(std::string_view pattern) {
  if (pattern.size() > kMaxPatternSize) return At(0, fmt::format("the glob is over {} bytes long", kMaxPatternSize));
  std::u32string characters;
  for (size_t i = 0; i < pattern.size();) characters += NextCharacter(pattern, i);
  Glob glob;
  for (size_t i = 0; i < characters.size(); ++i) {
    char32_t c = characters[i];
    if (c == U'*') {
      if (glob.tokens_.empty() || glob.tokens_.back().kind != Token::Kind::kAnyText)
        glob.tokens_.push_back({Token::Kind::kAnyText});
    } else if (c == U'?') {
      glob.tokens_.push_back({Token::Kind::kAnyCharacter});
    } else if (c == U'[') {
      const size_t start = i++;
      Token token{Token::Kind::kClass};
      if (i < characters.size() && (characters[i] == U'!' || characters[i] == U'^')) {
        token.negated = true;
        ++i;
      }
      // A `]` in the first place stands for itself.
      for (bool is_first = true; i < characters.size() && (is_first || characters[i] != U']'); is_first = false, ++i) {
        if (characters[i] == U'\\' && i + 1 < characters.size()) ++i;
        char32_t low = characters[i], high = low;
        if (i + 2 < characters.size() && characters[i + 1] == U'-' && characters[i + 2] != U']') {
          i += 2;
          if (characters[i] == U'\\' && i + 1 < characters.size()) ++i;
          high = characters[i];
        }
        if (high < low) return At(i + 1, "a range in `[…]` of the glob goes backwards");
        token.ranges.emplace_back(low, high);
      }
      if (i >= characters.size())
        return At(start + 1, "`[` in the glob is not closed (write `\\[` for a bracket as such)");
      glob.tokens_.push_back(std::move(token));
    } else {
      if (c == U'\\') {
        if (i + 1 == characters.size())
          return At(i + 1, "the glob ends in `\\` (write `\\\\` for a backslash as such)");
        c = characters[++i];
      }
      glob.tokens_.push_back({Token::Kind::kCharacter, c});
    }
  }
  return glob;
}

bool Glob::Token::Accepts(char32_t c) const {
  switch (kind) {
    case Kind::kAnyText:
    case Kind::kAnyCharacter: return true;
    case Kind::kCharacter: return c == character;
    case Kind::kClass:
      return negated != std::any_of(ranges.begin(), ranges.end(),
                                    [c](auto& range) { return range.first <= c && c <= range.second; });
  }
  return false;
}

bool Glob::Matches(std::string_view text) const {
  // Only the last `*` ever needs to take more, so one place to go back to is enough.
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t token = 0, position = 0, star_token = kNone, star_position = 0;
  while (position < text.size()) {
    if (token < tokens_.size() && tokens_[token].kind == Token::Kind::kAnyText) {
      star_token = token++;
      star_position = position;
      if (token == tokens_.size()) return true;
      continue;
    }
    size_t next = position;
    char32_t c = NextCharacter(text, next);
    if (token < tokens_.size() && tokens_[token].Accepts(c)) {
      ++token;
      position = next;
      continue;
    }
    if (star_token == kNone) return false;
    NextCharacter(text, star_position);
    position = star_position;
    token = star_token + 1;
  }
  while (token < tokens_.size() && tokens_[token].kind == Token::Kind::kAnyText) ++token;
  return token == tokens_.size();
}

bool MatchesGlob(std::string_view pattern, std::string_view text) {
  std::string escaped;
  for (char c : pattern) {
    if (c == '[' || c == ']' || c == '\\') escaped += '\\';
    escaped += c;
  }
  const Result<Glob> glob = Glob::Compile(escaped);
  return glob.ok() && glob->Matches(text);
}

}  // namespace bylaw

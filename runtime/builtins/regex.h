// Regular expressions, the patterns of `matches`: RE2 syntax, linear time, bounded memory.
//
// `Matches` searches anywhere in the text, as in Rego and Python's re.search; anchor with `^` and `$`. Immutable once
// compiled, cheap to copy, and any number of threads may match at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace re2 {
class RE2;
}

namespace bylaw {

class Regex {
 public:
  /// An error says what is wrong and, where RE2 tells, at which column (characters, from 1) of the pattern.
  static Result<Regex> Compile(std::string_view pattern);

  bool Matches(std::string_view text) const;

  /// The first group of the first match (a group that took no part is empty), or the whole match if there is no group.
  std::optional<std::string> Capture(std::string_view text) const;

  /// That of each match from left to right that does not overlap the one before; at most `limit`.
  std::vector<std::string> Captures(std::string_view text, size_t limit = 1'000'000) const;

 private:
  explicit Regex(std::shared_ptr<const re2::RE2> program) : program_(std::move(program)) {}

  std::shared_ptr<const re2::RE2> program_;
};

}  // namespace bylaw

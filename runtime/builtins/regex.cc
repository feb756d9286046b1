#include "runtime/builtins/regex.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "runtime/builtins/text.h"

namespace bylaw {
namespace {

constexpr size_t kMaxPatternSize = 65'536;
constexpr int64_t kMaxMemory = 8 << 20;  ///< of a program and its caches, in bytes

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Result<Regex> Regex::Compile(std::string_view pattern) {
  Error error;
  if (pattern.size() > kMaxPatternSize) {
    error.message = fmt::format("the regular expression is over {} bytes long", kMaxPatternSize);
    return error;
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  auto program = std::make_shared<const re2::RE2>(Piece(pattern), options);
  if (!program->ok()) {
    error.message = program->error();
    const std::string& part = program->error_arg();
    if (size_t place = pattern.find(part); !part.empty() && place != std::string_view::npos) {
      error.column = static_cast<uint32_t>(NumCharacters(pattern.substr(0, place)) + 1);
    }
    return error;
  }
  return Regex(std::move(program));
}

bool Regex::Matches(std::string_view text) const { return re2::RE2::PartialMatch(Piece(text), *program_); }

std::optional<std::string> Regex::Capture(std::string_view text) const {
  auto captures = Captures(text, 1);
  if (captures.empty()) return std::nullopt;
  return std::move(captures[0]);
}

std::vector<std::string> Regex::Captures(std::string_view text, size_t limit) const {
  std::vector<std::string> captures;
  const int num_groups = program_->NumberOfCapturingGroups() > 0 ? 2 : 1;
  re2::StringPiece groups[2];
  size_t start = 0;
  while (captures.size() < limit && start <= text.size() &&
         program_->Match(Piece(text), start, text.size(), re2::RE2::UNANCHORED, groups, num_groups)) {
    const re2::StringPiece& taken = groups[num_groups - 1];
    captures.emplace_back(taken.data() == nullptr ? std::string() : std::string(taken.data(), taken.size()));
    size_t end = static_cast<size_t>(groups[0].data() - text.data()) + groups[0].size();
    // After an empty match, go on behind the next character.
    if (groups[0].empty()) {
      if (end >= text.size()) break;
      NextCharacter(text, end);
    }
    start = end;
  }
  return captures;
}

}  // namespace bylaw

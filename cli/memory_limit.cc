#include "cli/memory_limit.h"

#include <array>
#include <charconv>
#include <cstring>
#include <new>
#include <optional>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace bylaw::cli {
namespace {

std::array<char, 256> message{};

/// Memory is short: nothing here allocates.
[[noreturn]] void OnExhausted() {
  const ssize_t ignored = ::write(STDERR_FILENO, message.data(), std::strlen(message.data()));
  static_cast<void>(ignored);
  ::_exit(3);
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (fault != std::errc() || number == 0) return std::nullopt;
  if (unit.ends_with('B')) unit.remove_suffix(1);
  if (unit.ends_with('i')) unit.remove_suffix(1);
  const int shift = unit.empty()                 ? 0
                    : unit == "K" || unit == "k" ? 10
                    : unit == "M" || unit == "m" ? 20
                    : unit == "G" || unit == "g" ? 30
                                                 : -1;
  if (shift < 0 || number > (uint64_t{1} << 62) >> shift) return std::nullopt;
  return number << shift;
}

}  // namespace

Status LimitMemory(const std::string& text) {
  if (text.empty()) return Ok{};
  const std::optional<uint64_t> bytes = ParseSize(text);
  if (!bytes)
    return Error{.message = fmt::format("`--max-memory {}` is no size", text),
                 .file = {},
                 .hint = "write a number of bytes, or one with K, M or G: 512M"};
  const auto end = fmt::format_to_n(message.data(), message.size() - 1,
                                    "bylaw: error: more than the {} of --max-memory would be needed\n", text);
  *end.out = '\0';
  const rlimit limit{.rlim_cur = *bytes, .rlim_max = *bytes};
  if (::setrlimit(RLIMIT_DATA, &limit) != 0)
    return Error{.message = fmt::format("`--max-memory {}` cannot be set: {}", text, std::strerror(errno)), .file = {}};
  std::set_new_handler(OnExhausted);
  return Ok{};
}

}  // namespace bylaw::cli

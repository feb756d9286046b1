// Checks of our own invariants. A failed check is a bug in Bylaw, never the user's mistake: it prints where and what, and aborts.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace bylaw {

/// Prints `file:line: check failed: condition: message` to stderr and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition, const std::string& message);

}  // namespace bylaw

/// BYLAW_CHECK(condition, "format {}", values…): active in every build.
#define BYLAW_CHECK(condition, ...)                                                        \
  do {                                                                                     \
    if (!(condition)) [[unlikely]] {                                                       \
      ::bylaw::CheckFailed(__FILE__, __LINE__, #condition, ::fmt::format("" __VA_ARGS__)); \
    }                                                                                      \
  } while (false)

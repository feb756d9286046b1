#include "cli/clock.h"

#include <chrono>

#include <fmt/format.h>

#include "runtime/builtins/time.h"

namespace bylaw::cli {

Result<int64_t> Now(const std::string& text) {
  if (text.empty()) {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
               .count() *
           kMicrosPerSecond;
  }
  if (const auto time = ParseTime(text)) return *time;
  return Error{.message = fmt::format("`--now {}` is no time", text),
               .file = {},
               .hint = "write 2027-03-31 or 2027-03-31T10:00:00Z"};
}

}  // namespace bylaw::cli

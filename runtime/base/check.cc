#include "runtime/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace bylaw {

void CheckFailed(const char* file, int line, const char* condition, const std::string& message) {
  fmt::print(stderr, "{}:{}: check failed: {}: {}\n", file, line, condition, message);
  std::abort();
}

}  // namespace bylaw

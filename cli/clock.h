// The time that a run takes for `now`.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/result.h"

namespace bylaw::cli {

/// What `--now TEXT` says; empty: the clock's whole seconds. Microseconds since the epoch. Errors: a text that is no time.
Result<int64_t> Now(const std::string& text);

}  // namespace bylaw::cli

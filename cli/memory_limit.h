// --max-memory: a cap on what the whole program may allocate. Over it, the program ends with one clear line and
// status 3.
#pragma once

#include <string>

#include "runtime/base/result.h"

namespace bylaw::cli {

/// `text`: a number of bytes with K, M or G (powers of 1024), or empty for no limit. Mapped input files do not count.
/// Errors: a text that is no size.
Status LimitMemory(const std::string& text);

}  // namespace bylaw::cli

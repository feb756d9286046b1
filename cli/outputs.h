// `--format NAME[=FILE]`: which formats a command writes, and where.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace bylaw::cli {

struct FormatOutput {
  std::string format;
  std::string path;  ///< empty: standard output
};

/// Reads the option's values; `name,name` are several. At most one goes to standard output; without any value, the first of `known` does.
Result<std::vector<FormatOutput>> ParseFormatOutputs(const std::vector<std::string>& values, std::span<const std::string_view> known, std::string_view option);

}  // namespace bylaw::cli

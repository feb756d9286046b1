// `--format NAME[=FILE]`: which formats a command writes, and where.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace bylaw::cli {

/// Columns of a text report in a file.
inline constexpr size_t kFileWidth = 80;

struct FormatOutput {
  std::string format;
  std::string path;  ///< empty: standard output
};

/// Reads the option's values; `name,name` are several. At most one goes to standard output; without any value, the first of `known` does.
Result<std::vector<FormatOutput>> ParseFormatOutputs(const std::vector<std::string>& values,
                                                     std::span<const std::string_view> known, std::string_view option);

/// Writes every file (path, text) beside its place, and only when all are written puts them there; then standard output. So with an error standard output holds no partial report.
Status WriteOutputs(const std::vector<std::pair<std::string, std::string>>& files,
                    const std::optional<std::string>& standard_output);

}  // namespace bylaw::cli

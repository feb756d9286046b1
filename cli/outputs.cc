#include "cli/outputs.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/staged_file.h"

namespace bylaw::cli {
namespace {

/// `text,json=out.json` → `text`, `json=out.json`. A comma that no format follows belongs to a file's name.
std::vector<std::string> Split(const std::string& value, std::span<const std::string_view> known) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != ',') continue;
    const std::string_view next = std::string_view(value).substr(i + 1);
    const bool in_file = value.find('=', begin) < i;
    if (in_file && std::find(known.begin(), known.end(), next.substr(0, next.find_first_of(",="))) == known.end())
      continue;
    parts.push_back(value.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(value.substr(begin));
  return parts;
}

}  // namespace

Result<std::vector<FormatOutput>> ParseFormatOutputs(const std::vector<std::string>& values,
                                                     std::span<const std::string_view> known, std::string_view option) {
  std::vector<FormatOutput> outputs;
  for (const std::string& value : values) {
    for (const std::string& part : Split(value, known)) {
      const size_t equals = part.find('=');
      FormatOutput output{.format = part.substr(0, equals),
                          .path = equals == std::string::npos ? "" : part.substr(equals + 1)};
      if (std::find(known.begin(), known.end(), output.format) == known.end()) {
        return Error{.message = fmt::format("`{} {}`: there is no format `{}`", option, value, output.format),
                     .file = {},
                     .hint = fmt::format("the formats are {}", fmt::join(known, ", "))};
      }
      if (equals != std::string::npos && output.path.empty())
        return Error{.message = fmt::format("`{} {}` names no file", option, part), .file = {}};
      if (output.path.empty() &&
          std::any_of(outputs.begin(), outputs.end(), [](const FormatOutput& o) { return o.path.empty(); })) {
        return Error{.message = "two formats for standard output",
                     .file = {},
                     .hint = fmt::format("write one to a file: `{} {}=FILE`", option, output.format)};
      }
      outputs.push_back(std::move(output));
    }
  }
  if (outputs.empty()) outputs.push_back({.format = std::string(known[0]), .path = ""});
  return outputs;
}

Status WriteOutputs(const std::vector<std::pair<std::string, std::string>>& files,
                    const std::optional<std::string>& standard_output) {
  std::vector<StagedFile> staged;
  for (const auto& [path, text] : files) {
    BYLAW_ASSIGN(StagedFile file, StagedFile::Write(path, text));
    staged.push_back(std::move(file));
  }
  for (StagedFile& file : staged) BYLAW_RETURN_IF_ERROR(file.Commit());
  return standard_output ? WriteOutput("", *standard_output) : Ok{};
}

}  // namespace bylaw::cli

#include "tests/cases/case_file.h"

#include <algorithm>
#include <array>
#include <sstream>

#include <fmt/format.h>

namespace bylaw::cases {
namespace {

constexpr std::array kKinds = {"policy", "given", "rows", "input", "with", "options", "expect"};

}  // namespace

Result<Case> ParseCase(const std::string& path, const std::string& text) {
  Case c{.path = path, .purpose = {}, .sections = {}};
  std::istringstream lines(text);
  std::string line;
  uint32_t number = 0;
  while (std::getline(lines, line)) {
    ++number;
    if (line.starts_with("--- ")) {
      const size_t space = line.find(' ', 4);
      Section section{.kind = line.substr(4, space == std::string::npos ? space : space - 4),
                      .argument = space == std::string::npos ? "" : line.substr(space + 1),
                      .text = {}};
      if (std::find(kKinds.begin(), kKinds.end(), section.kind) == kKinds.end()) {
        return Error{.message = fmt::format("there is no section `{}`", section.kind), .file = path, .line = number};
      }
      c.sections.push_back(std::move(section));
    } else if (c.sections.empty()) {
      c.purpose += line + "\n";
    } else {
      c.sections.back().text += line + "\n";
    }
  }
  if (c.sections.empty())
    return Error{.message = "a case has sections that begin with `--- `", .file = path, .line = 1};
  return c;
}

std::string Print(const Case& c) {
  std::string text = c.purpose;
  for (const Section& section : c.sections)
    text += fmt::format("--- {}{}{}\n{}", section.kind, section.argument.empty() ? "" : " ", section.argument,
                        section.text);
  return text;
}

}  // namespace bylaw::cases

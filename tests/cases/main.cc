// run_cases [--update] [--filter TEXT] [--root FOLDER] [FILE-or-FOLDER…]: runs golden cases; see README.md.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/cases/case_file.h"

namespace {

using bylaw::cases::Case;
using bylaw::cases::Section;

std::vector<std::string> FindCases(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.path().extension() == ".case") files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

/// Whether the case is as it expects to be; prints what is not, or rewrites it.
bool RunFile(const std::string& path, const std::string& root, bool update) {
  auto parsed = bylaw::cases::ParseCase(path, ReadFile(path));
  if (!parsed.ok()) {
    fmt::print("FAIL {}\n", parsed.error().ToString());
    return false;
  }
  Case& c = *parsed;
  const auto results = bylaw::cases::RunCase(c, root);
  if (!results.ok()) {
    fmt::print("FAIL {}\n", results.error().ToString());
    return false;
  }
  bool same = true;
  size_t next = 0;
  for (Section& section : c.sections) {
    if (section.kind != "expect") continue;
    const std::string& actual = (*results)[next++].text;
    // An empty line before the next section is the writer's.
    std::string expected = section.text;
    std::string blank;
    while (expected.ends_with("\n\n")) expected.pop_back(), blank += "\n";
    if (expected == "\n") expected.clear(), blank = "\n";
    if (expected == actual) continue;
    if (!update)
      fmt::print("FAIL {}: --- expect {}\n  expected:\n{}  actual:\n{}", path, section.argument, expected, actual);
    same = false;
    section.text = actual + blank;
  }
  if (!same && update) {
    std::ofstream(path, std::ios::binary) << bylaw::cases::Print(c);
    fmt::print("updated {}\n", path);
    return true;
  }
  return same;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs golden cases in every way that must agree"};
  bool update = false;
  std::string filter, root = ".";
  std::vector<std::string> paths = {"tests/cases"};
  app.add_flag("--update", update, "rewrite the expectations, and nothing else");
  app.add_option("--filter", filter, "only cases whose path holds this text");
  app.add_option("--root", root, "the repository: imported packages are found below its policies/");
  app.add_option("paths", paths, "files and folders");
  CLI11_PARSE(app, argc, argv);
  size_t num_cases = 0, num_failed = 0;
  for (const std::string& path : FindCases(paths)) {
    if (path.find(filter) == std::string::npos) continue;
    ++num_cases;
    if (!RunFile(path, root, update)) ++num_failed;
  }
  fmt::print("{} cases, {} failed\n", num_cases, num_failed);
  return num_failed == 0 && num_cases > 0 ? 0 : 1;
}

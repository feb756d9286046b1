#include "runtime/import/input_list.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include <fnmatch.h>

namespace bylaw {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEndings[] = {".json", ".ndjson", ".jsonl",    ".tfstate",
                                         ".yaml", ".yml",    ".template", ".csv"};
constexpr std::string_view kPackedEndings[] = {".gz", ".zst"};

bool IsReadFromFolders(const fs::path& path) {
  const std::string own = path.filename().string();
  std::string_view name = own;
  for (std::string_view ending : kPackedEndings) {
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  }
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

/// Given as an input by mistake.
bool IsPolicy(const fs::path& path) { return path.extension() == ".bylaw"; }
constexpr std::string_view kPoliciesGoElsewhere = "policies are named with -p";

bool IsLeftOut(const std::string& name) { return name.starts_with('.') || name == "node_modules"; }

/// All files below `folder` for which `wanted` holds; links are followed, but no folder is entered twice.
template <typename Wanted>
Status Walk(const std::string& folder, const Wanted& wanted, std::vector<std::string>* files) {
  std::error_code error;
  std::set<fs::path> entered = {fs::canonical(folder, error)};
  fs::recursive_directory_iterator it(folder, fs::directory_options::follow_directory_symlink, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) {
      if (IsLeftOut(it->path().filename().string()) || !entered.insert(fs::canonical(it->path(), ignored)).second)
        it.disable_recursion_pending();
      continue;
    }
    if (!it->path().filename().string().starts_with('.') && it->is_regular_file(ignored) && wanted(it->path()))
      files->push_back(it->path().string());
  }
  if (error) return Error{.message = "cannot list the folder: " + error.message(), .file = folder};
  std::sort(files->begin(), files->end());
  return Ok{};
}

Status ListPattern(const std::string& pattern, std::vector<std::string>* files) {
  const size_t wild = pattern.find_first_of("*?[");
  const size_t slash = pattern.rfind('/', wild);
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : pattern.substr(0, slash);
  const size_t anywhere = pattern.find("**");
  std::string wanted = slash == std::string::npos ? "./" + pattern : pattern;
  // `**/` also stands for no folder at all.
  std::string without = wanted;
  if (anywhere != std::string::npos) {
    if (const size_t at = without.find("**/"); at != std::string::npos) without.erase(at, 3);
  }
  std::error_code error;
  if (fs::is_directory(folder, error)) {
    const int flags = anywhere == std::string::npos ? FNM_PATHNAME : 0;
    auto matches = [&](const fs::path& path) {
      return fnmatch(wanted.c_str(), path.c_str(), flags) == 0 ||
             (without != wanted && fnmatch(without.c_str(), path.c_str(), FNM_PATHNAME) == 0);
    };
    BYLAW_RETURN_IF_ERROR(Walk(folder, matches, files));
  }
  if (files->empty()) return Error{.message = "no file matches the pattern", .file = pattern, .hint = "check the path"};
  return Ok{};
}

}  // namespace

Result<std::vector<FileToRead>> ListInputs(const std::vector<ImportInput>& inputs) {
  std::vector<FileToRead> files;
  for (const ImportInput& input : inputs) {
    std::error_code error;
    std::vector<std::string> paths;
    if (input.bytes || input.path == "-") {
      files.push_back({input.path, &input});
    } else if (fs::is_directory(input.path, error)) {
      BYLAW_RETURN_IF_ERROR(Walk(input.path, IsReadFromFolders, &paths));
      if (paths.empty()) {
        BYLAW_RETURN_IF_ERROR(Walk(input.path, IsPolicy, &paths));
        if (!paths.empty()) {
          return Error{.message = "the folder has policies, and no file to judge",
                       .file = input.path,
                       .hint = std::string(kPoliciesGoElsewhere)};
        }
        return Error{.message = "the folder has no file to read",
                     .file = input.path,
                     .hint =
                         "files ending in .json, .ndjson, .jsonl, .tfstate, .yaml, .yml, .template or .csv are read, "
                         "and these packed as .gz or .zst"};
      }
      for (std::string& path : paths) files.push_back({std::move(path), &input, true});
    } else if (!fs::exists(input.path, error) && input.path.find_first_of("*?[") != std::string::npos) {
      BYLAW_RETURN_IF_ERROR(ListPattern(input.path, &paths));
      for (std::string& path : paths) files.push_back({std::move(path), &input, false});
    } else if (IsPolicy(input.path)) {
      return Error{.message = "this is a policy", .file = input.path, .hint = std::string(kPoliciesGoElsewhere)};
    } else {
      files.push_back({input.path, &input});
    }
  }
  return files;
}

}  // namespace bylaw

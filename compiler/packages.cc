#include "compiler/packages.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "compiler/compiler.h"

namespace bylaw::compiler {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".bylaw";
constexpr std::string_view kTestSuffix = "_test.bylaw";

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string DeclaredPackage(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  auto skip_blanks = [&] {
    while (!text.empty()) {
      if (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n') {
        text.remove_prefix(1);
      } else if (text.starts_with("//")) {
        text.remove_prefix(std::min(text.find('\n'), text.size()));
      } else {
        break;
      }
    }
  };
  skip_blanks();
  constexpr std::string_view kKeyword = "package";
  if (!text.starts_with(kKeyword) || text.size() == kKeyword.size() || IsNameCharacter(text[kKeyword.size()]))
    return {};
  text.remove_prefix(kKeyword.size());
  std::string name;
  while (true) {
    skip_blanks();
    size_t length = 0;
    while (length < text.size() && IsNameCharacter(text[length])) ++length;
    if (length == 0) return name;
    name += text.substr(0, length);
    text.remove_prefix(length);
    skip_blanks();
    if (!text.starts_with('.')) return name;
    name += '.';
    text.remove_prefix(1);
  }
}

std::vector<std::string> PolicyFilesBelow(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with('.') && it->is_directory(error)) {
      it.disable_recursion_pending();
      continue;
    }
    if (it->path().extension() == kExtension && it->is_regular_file(error)) paths.push_back(it->path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<std::string> ReadWholeFile(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::exists(status)) return Error{.message = "no such file", .file = path};
  if (fs::is_directory(status)) return Error{.message = "this is a folder, not a file", .file = path};
  if (!fs::is_regular_file(status)) return Error{.message = "this is not a regular file", .file = path};
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{.message = std::string("cannot be read: ") + std::strerror(errno), .file = path};
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) return Error{.message = std::string("cannot be read: ") + std::strerror(errno), .file = path};
  return std::move(text).str();
}

std::string FolderPackage(const std::string& path, const std::string& root) {
  std::string package;
  for (const fs::path& part : fs::path(path).parent_path().lexically_relative(root)) {
    if (part == "." || part == "..") continue;
    if (!package.empty()) package += '.';
    package += part.string();
  }
  return package;
}

PackageIndex::PackageIndex(const std::vector<std::string>& roots) {
  for (const std::string& root : roots) {
    for (std::string& path : PolicyFilesBelow(root)) {
      if (path.ends_with(kTestSuffix)) continue;
      Result<std::string> text = ReadWholeFile(path);
      if (!text.ok()) continue;
      std::string package = DeclaredPackage(*text);
      if (package.empty()) package = FolderPackage(path, root);
      files_[package].push_back({.path = std::move(path), .text = std::move(text).value(), .package = package});
    }
  }
}

const std::vector<PolicyText>& PackageIndex::Find(const std::string& package) const {
  static const std::vector<PolicyText> kNothing;
  auto it = files_.find(package);
  return it == files_.end() ? kNothing : it->second;
}

Result<std::vector<PolicyText>> ReadPolicies(const std::string& path) {
  std::vector<PolicyText> texts;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    BYLAW_ASSIGN(std::string text, ReadWholeFile(path));
    texts.push_back({.path = path, .text = std::move(text)});
    return texts;
  }
  for (const std::string& file : PolicyFilesBelow(path)) {
    BYLAW_ASSIGN(std::string text, ReadWholeFile(file));
    texts.push_back({.path = file, .text = std::move(text), .package = FolderPackage(file, path)});
  }
  if (texts.empty()) return Error{.message = "no policy files (`*.bylaw`) in this folder", .file = path};
  return texts;
}

}  // namespace bylaw::compiler

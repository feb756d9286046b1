#include "cli/command.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/report/terminal.h"
#include "cli/staged_file.h"

namespace bylaw::cli {
bool Invocation::ColorOn(int file_descriptor) const {
  if (color == "always") return true;
  if (color == "never") return false;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return ::isatty(file_descriptor) != 0 && (term == nullptr || std::string_view(term) != "dumb");
}

size_t TerminalWidth() {
  constexpr size_t kLeast = 40, kUsual = 80, kMost = 160;
  if (const char* columns = std::getenv("COLUMNS")) {
    const unsigned long value = std::strtoul(columns, nullptr, 10);
    if (value >= kLeast && value <= kMost) return value;
  }
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= kLeast) {
    return std::min<size_t>(size.ws_col, kMost);
  }
  return kUsual;
}

int Complain(const Error& error) {
  Error shown = error;
  shown.hint.clear();
  fmt::print(stderr, "bylaw: error: {}\n", Visible(shown.ToString()));
  if (!error.hint.empty()) fmt::print(stderr, "  hint: {}\n", Visible(error.hint));
  return kCouldNot;
}

int Complain(const std::string& message, const std::string& hint) {
  return Complain(Error{.message = message, .file = {}, .hint = hint});
}

Status WriteOutput(const std::string& path, std::string_view text) {
  if (path.empty() || path == "-") {
    std::fflush(stdout);
    return WriteAll(STDOUT_FILENO, text, "standard output");
  }
  BYLAW_ASSIGN(StagedFile file, StagedFile::Write(path, text));
  return file.Commit();
}

Result<std::string> ReadWhole(const std::string& path) {
  const bool standard_input = path == "-";
  std::FILE* file = standard_input ? stdin : std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return Error{.message = fmt::format("cannot be opened: {}", std::strerror(errno)), .file = path};
  struct stat info {};
  if (::fstat(::fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) {
    std::fclose(file);
    return Error{.message = "is a folder; a file is needed", .file = path};
  }
  std::string text;
  char buffer[1 << 16];
  size_t size = 0;
  while ((size = std::fread(buffer, 1, sizeof buffer, file)) > 0) text.append(buffer, size);
  const bool failed = std::ferror(file) != 0;
  if (!standard_input) std::fclose(file);
  if (failed) return Error{.message = "cannot be read", .file = path};
  return text;
}

}  // namespace bylaw::cli

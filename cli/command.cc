#include "cli/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/report/terminal.h"

namespace bylaw::cli {
namespace {

/// Writes all of `text`; the system's reason otherwise.
Status WriteAll(int descriptor, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Error{.message = fmt::format("cannot be written: {}", std::strerror(errno)), .file = name};
    text.remove_prefix(static_cast<size_t>(written));
  }
  return Ok{};
}

}  // namespace

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

int Complain(const std::string& message, const std::string& hint) { return Complain(Error{.message = message, .file = {}, .hint = hint}); }

Status WriteOutput(const std::string& path, std::string_view text) {
  if (path.empty() || path == "-") {
    std::fflush(stdout);
    return WriteAll(STDOUT_FILENO, text, "standard output");
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    if (S_ISDIR(info.st_mode)) return Error{.message = "is a folder; a file is needed", .file = path};
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);  // a device or pipe: there is nothing to replace
    if (descriptor < 0) return Error{.message = fmt::format("cannot be written: {}", std::strerror(errno)), .file = path};
    Status status = WriteAll(descriptor, text, path);
    ::close(descriptor);
    return status;
  }
  std::string temporary = path + ".XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());
  if (descriptor < 0) return Error{.message = fmt::format("cannot be written: {}", std::strerror(errno)), .file = path};
  Status status = WriteAll(descriptor, text, path);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (status.ok() && ::fchmod(descriptor, 0666 & ~mask) != 0) status = Error{.message = fmt::format("cannot be written: {}", std::strerror(errno)), .file = path};
  if (::close(descriptor) != 0 && status.ok()) status = Error{.message = fmt::format("cannot be written: {}", std::strerror(errno)), .file = path};
  if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) {
    status = Error{.message = fmt::format("cannot be replaced: {}", std::strerror(errno)), .file = path};
  }
  if (!status.ok()) ::unlink(temporary.c_str());
  return status;
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

#include "cli/staged_file.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/progress.h"

namespace bylaw::cli {
namespace {

/// Names that the interrupt handler removes: fixed memory, as a handler may not allocate.
struct Slot {
  std::atomic<bool> used{false};
  std::array<char, 4096> path{};
};
std::array<Slot, 32> slots;

int Register(const std::string& path) {
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].used || path.size() >= slots[i].path.size()) continue;
    std::memcpy(slots[i].path.data(), path.c_str(), path.size() + 1);
    slots[i].used = true;
    return static_cast<int>(i);
  }
  return -1;
}

extern "C" void OnInterrupt(int signal) {
  for (Slot& slot : slots) {
    if (slot.used) ::unlink(slot.path.data());
  }
  Progress::ClearFromHandler();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

Error SystemError(const char* what, const std::string& path) {
  return Error{.message = fmt::format("{}: {}", what, std::strerror(errno)), .file = path};
}

}  // namespace

Status WriteAll(int descriptor, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("cannot be written", name);
    text.remove_prefix(static_cast<size_t>(written));
  }
  return Ok{};
}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      text_(std::move(other.text_)),
      is_device_(other.is_device_),
      slot_(std::exchange(other.slot_, -1)) {}

StagedFile::~StagedFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  if (slot_ >= 0) slots[static_cast<size_t>(slot_)].used = false;
}

Result<StagedFile> StagedFile::Write(const std::string& path, std::string_view text) {
  StagedFile file(path);
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && !S_ISREG(info.st_mode)) {
    if (S_ISDIR(info.st_mode)) return Error{.message = "is a folder; a file is needed", .file = path};
    if (::access(path.c_str(), W_OK) != 0) return SystemError("cannot be written", path);
    file.is_device_ = true;
    file.text_ = text;
    return file;
  }
  std::string temporary = path + ".XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());
  if (descriptor < 0) return SystemError("cannot be written", path);
  file.temporary_ = temporary;
  file.slot_ = Register(temporary);
  Status status = WriteAll(descriptor, text, path);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const mode_t mode = exists ? info.st_mode & 07777 : 0666 & ~mask;  // who may read it stays as it was
  if (status.ok() && ::fchmod(descriptor, mode) != 0) status = SystemError("cannot be written", path);
  if (::close(descriptor) != 0 && status.ok()) status = SystemError("cannot be written", path);
  if (!status.ok()) return status.error();
  return file;
}

Status StagedFile::Commit() {
  if (is_device_) {
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return SystemError("cannot be written", path_);
    Status status = WriteAll(descriptor, text_, path_);
    ::close(descriptor);
    return status;
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return SystemError("cannot be replaced", path_);
  temporary_.clear();
  return Ok{};
}

void InstallInterrupts() {
  struct sigaction action {};
  action.sa_handler = OnInterrupt;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction old {};
    // What the caller ignores (nohup) stays ignored.
    if (::sigaction(signal, nullptr, &old) == 0 && old.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace bylaw::cli

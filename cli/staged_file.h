// StagedFile: a file's new content, written whole beside it, that takes its place only on Commit. Several can be staged
// and then put in place together.
//
// A staged file that is not committed is removed: by its destructor, or when the program is interrupted
// (InstallInterrupts). Thread safety: stage from one thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace bylaw::cli {

class StagedFile {
 public:
  /// Writes `text` beside `path`. A device or pipe, for which there is nothing to replace, is written on Commit.
  /// Errors: what keeps the file from being written.
  static Result<StagedFile> Write(const std::string& path, std::string_view text);
  StagedFile(StagedFile&& other) noexcept;
  StagedFile& operator=(StagedFile&&) = delete;
  ~StagedFile();

  /// Puts it in the place of the old one.
  Status Commit();

 private:
  explicit StagedFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::string temporary_;  ///< empty: committed, or a device
  std::string text_;       ///< of a device
  bool is_device_ = false;
  int slot_ = -1;  ///< of the interrupt handler's list
};

/// Writes all of `text`; `name` is what errors call the descriptor.
Status WriteAll(int descriptor, std::string_view text, const std::string& name);

/// Ctrl-C, SIGTERM and SIGHUP end the program at once, as they do by default, but remove staged files and clear a
/// progress line first.
void InstallInterrupts();

}  // namespace bylaw::cli

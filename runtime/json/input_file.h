// InputFile: the bytes of one input, read-only, with a name for messages and cheap line numbers.
//
// First step of every importer. A regular file is memory-mapped; standard input (`-`) and bytes handed over by an
// embedder are held in memory, and so is what was unpacked (gzip, zstd) or re-encoded (UTF-16, UTF-32). The text starts
// after a UTF-8 byte order mark, and all offsets count from there. A derived file holds a text made out of another's (YAML
// rewritten as JSON, resources of a template with their expressions resolved), and finds its places in that other one.
//
// Invariants: text() never changes and stays valid as long as the object; kPadding zero bytes are readable after its
// end (the mapping ends in an anonymous page, so nothing is ever copied for it). It is not empty; that it is UTF-8 is
// for the parser to check. A mapped file must not be truncated by others while it is open.
// Thread safety: all methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace bylaw {

/// A place in a text: line and column from 1, the column in Unicode scalar values.
struct LineColumn {
  uint32_t line = 0;
  uint32_t column = 0;
};

class InputFile : public std::enable_shared_from_this<InputFile> {
 public:
  static constexpr size_t kPadding = 64;

  /// Opens `path`, or standard input for `-`. A missing or unreadable file, a directory, pipe, socket or device, an
  /// empty file, and damaged or otherwise compressed data are errors that say what was found and what to do.
  static Result<std::shared_ptr<const InputFile>> Open(const std::string& path);

  /// The same checks over bytes already in memory; `name` is used in messages.
  static Result<std::shared_ptr<const InputFile>> FromBytes(std::string name, std::string bytes);

  /// Where a piece of a derived text comes from.
  struct Origin {
    uint32_t offset = 0;  ///< in the derived text
    uint32_t source = 0;  ///< in the source's
  };
  enum class Derivation : uint8_t {
    kRewritten,  ///< the same values in another syntax: all bytes up to the next origin come from where theirs does
    kPieced,     ///< pieces of the source, with made values between them: a byte is as far behind its origin as there
  };
  /// `text` made out of `source`. `origins` are ascending; a byte belongs to the last one that is not behind it. Precondition: both texts are
  /// shorter than 4 GB.
  static std::shared_ptr<const InputFile> Derived(std::shared_ptr<const InputFile> source, std::string text,
                                                  std::vector<Origin> origins, Derivation derivation);

  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  /// What this was derived from; null when it was read as it is.
  const std::shared_ptr<const InputFile>& source() const { return source_; }
  /// Where the byte at `offset` comes from. Precondition: source() is not null.
  uint64_t SourceOffset(uint64_t offset) const;
  /// Bytes of what was read in the end.
  uint64_t num_source_bytes() const { return source_ ? source_->num_source_bytes() : text_.size(); }

  /// Line and column of the byte at `offset` of text() (at most its size). The line index is built as far as asked, on
  /// first use.
  LineColumn Locate(uint64_t offset) const;

  /// Gives back the memory that the bytes from `begin` to `end` take, where the file is mapped; they are read again when they are looked at. Readers that go
  /// through a large file once call it for what lies behind them, every kReleaseBytes or so.
  void Release(uint64_t begin, uint64_t end) const;
  static constexpr uint64_t kReleaseBytes = uint64_t{8} << 20;

  /// An error that points at the byte at `offset`.
  Error ErrorAt(uint64_t offset, std::string message, std::string hint = {}) const;

 private:
  /// What precedes a chunk of kChunkBytes: line feeds, Unicode scalars, and the scalars before the start of the chunk's
  /// first line.
  struct Chunk {
    uint64_t num_lines;
    uint64_t num_scalars;
    uint64_t line_start_scalars;
  };
  static constexpr size_t kChunkBytes = 1 << 12;

  explicit InputFile(std::string name) : name_(std::move(name)) {}
  static Result<std::shared_ptr<const InputFile>> Checked(std::shared_ptr<InputFile> file, std::string_view bytes);

  std::string name_;
  std::string_view text_;
  std::string buffer_;       ///< owns the bytes when they are not mapped
  void* mapping_ = nullptr;  ///< owns them when they are
  size_t mapping_bytes_ = 0;
  std::shared_ptr<const InputFile> source_;
  std::vector<Origin> origins_;
  Derivation derivation_ = Derivation::kRewritten;

  mutable std::mutex lines_mutex_;
  mutable std::vector<Chunk> chunks_;  ///< guarded by lines_mutex_; grows as far as asked
};

}  // namespace bylaw

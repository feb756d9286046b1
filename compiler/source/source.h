// Source text and byte positions: the ground that every phase of the compiler stands on.
//
// A SourceMap owns the text of every policy file of one compilation. A Span names a half-open range of bytes of
// one of them. Spans are plain values, three words small; they go through all phases and end up in diagnostics.
//
// Invariants: a FileId is valid for the life of the map that gave it; texts never change or move once added.
// Thread safety: immutable once filled; adding is for one thread.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw::compiler {

/// Names one file of a SourceMap.
using FileId = uint32_t;

/// The id of no file: what a default-made span has.
inline constexpr FileId kNoFile = UINT32_MAX;

/// The bytes [begin, end) of one file. Empty spans are allowed: they point between two bytes.
struct Span {
  FileId file_id = kNoFile;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool valid() const { return file_id != kNoFile; }
  uint32_t length() const { return end - begin; }
  bool Contains(Span other) const { return file_id == other.file_id && begin <= other.begin && other.end <= end; }

  friend auto operator<=>(const Span&, const Span&) = default;
};

/// The smallest span that covers both. An invalid one counts as nothing. Both must be of one file.
Span Cover(Span a, Span b);

/// A place as people count: both from 1. The column counts Unicode code points, not bytes.
struct LineColumn {
  uint32_t line = 1;
  uint32_t column = 1;
};

/// One file's text with an index of its lines. LF, CRLF and a lone CR each end a line.
class SourceFile {
 public:
  SourceFile(std::string path, std::string text);

  const std::string& path() const { return path_; }
  std::string_view text() const { return text_; }
  uint32_t num_lines() const { return static_cast<uint32_t>(line_begins_.size()); }

  /// The line that holds the byte, from 0. Offsets behind the end belong to the last line.
  uint32_t LineOf(uint32_t offset) const;
  /// Offset of the line's first byte. Precondition: line < num_lines().
  uint32_t LineBegin(uint32_t line) const { return line_begins_[line]; }
  /// The text of a line without what ends it. Precondition: line < num_lines().
  std::string_view LineText(uint32_t line) const;
  LineColumn Locate(uint32_t offset) const;
  /// The bytes of a span, cut to the file's own.
  std::string_view Slice(uint32_t begin, uint32_t end) const;

 private:
  std::string path_;
  std::string text_;
  std::vector<uint32_t> line_begins_;
};

/// All files of one compilation.
class SourceMap {
 public:
  /// Takes the text over. Files are numbered from 0 in the order of their coming.
  FileId Add(std::string path, std::string text);

  uint32_t num_files() const { return static_cast<uint32_t>(files_.size()); }
  /// Precondition: file_id came from this map.
  const SourceFile& file(FileId file_id) const;
  /// The bytes under a span; empty for an invalid one.
  std::string_view Text(Span span) const;
  LineColumn Locate(Span span) const;

 private:
  std::vector<std::unique_ptr<SourceFile>> files_;
};

}  // namespace bylaw::compiler

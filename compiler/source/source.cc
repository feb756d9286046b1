#include "compiler/source/source.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace bylaw::compiler {

Span Cover(Span a, Span b) {
  if (!a.valid()) return b;
  if (!b.valid()) return a;
  BYLAW_CHECK(a.file_id == b.file_id, "a span cannot cover two files: {} and {}", a.file_id, b.file_id);
  return {a.file_id, std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

SourceFile::SourceFile(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  BYLAW_CHECK(text_.size() < UINT32_MAX, "a source file of {} bytes does not fit a span", text_.size());
  line_begins_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i) {
    const bool lone_cr = text_[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n');
    if (text_[i] == '\n' || lone_cr) line_begins_.push_back(static_cast<uint32_t>(i + 1));
  }
}

uint32_t SourceFile::LineOf(uint32_t offset) const {
  auto after = std::upper_bound(line_begins_.begin(), line_begins_.end(), offset);
  return static_cast<uint32_t>(after - line_begins_.begin()) - 1;
}

std::string_view SourceFile::LineText(uint32_t line) const {
  const uint32_t begin = line_begins_[line];
  const size_t next = line + 1 < num_lines() ? line_begins_[line + 1] : text_.size();
  std::string_view result = std::string_view(text_).substr(begin, next - begin);
  while (!result.empty() && (result.back() == '\n' || result.back() == '\r')) result.remove_suffix(1);
  return result;
}

LineColumn SourceFile::Locate(uint32_t offset) const {
  offset = std::min(offset, static_cast<uint32_t>(text_.size()));
  const uint32_t line = LineOf(offset);
  uint32_t column = 1;
  for (uint32_t i = line_begins_[line]; i < offset; ++i) {
    const bool continuation_byte = (static_cast<unsigned char>(text_[i]) & 0xC0) == 0x80;
    if (!continuation_byte) ++column;
  }
  return {line + 1, column};
}

std::string_view SourceFile::Slice(uint32_t begin, uint32_t end) const {
  const auto size = static_cast<uint32_t>(text_.size());
  begin = std::min(begin, size);
  end = std::clamp(end, begin, size);
  return std::string_view(text_).substr(begin, end - begin);
}

FileId SourceMap::Add(std::string path, std::string text) {
  files_.push_back(std::make_unique<SourceFile>(std::move(path), std::move(text)));
  return static_cast<FileId>(files_.size() - 1);
}

const SourceFile& SourceMap::file(FileId file_id) const {
  BYLAW_CHECK(file_id < files_.size(), "file {} of {}", file_id, files_.size());
  return *files_[file_id];
}

std::string_view SourceMap::Text(Span span) const {
  return span.valid() ? file(span.file_id).Slice(span.begin, span.end) : std::string_view();
}

LineColumn SourceMap::Locate(Span span) const {
  return span.valid() ? file(span.file_id).Locate(span.begin) : LineColumn{};
}

}  // namespace bylaw::compiler

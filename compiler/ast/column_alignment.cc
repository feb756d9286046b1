#include "compiler/ast/column_alignment.h"

#include <algorithm>
#include <vector>

namespace bylaw::compiler::ast {
namespace {

// How far a run may be spread: its longest cell against its shortest.
constexpr size_t kMostBlanks = 48;

// Columns, not bytes: one for each code point.
size_t Width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void AlignRun(std::vector<std::string>& lines, size_t begin, size_t end, char mark, size_t gap) {
  size_t widest = 0;
  size_t narrowest = SIZE_MAX;
  for (size_t i = begin; i < end; ++i) {
    const size_t width = Width(std::string_view(lines[i]).substr(0, lines[i].find(mark)));
    widest = std::max(widest, width);
    narrowest = std::min(narrowest, width);
  }
  const bool align = widest - narrowest <= kMostBlanks;
  for (size_t i = begin; i < end; ++i) {
    const size_t at = lines[i].find(mark);
    const size_t width = Width(std::string_view(lines[i]).substr(0, at));
    lines[i].replace(at, 1, std::string((align ? widest - width : 0) + gap, ' '));
  }
}

}  // namespace

std::string AlignColumns(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  for (const char mark : {kFirstColumn, kSecondColumn, kCommentColumn}) {
    for (size_t i = 0; i < lines.size();) {
      size_t end = i;
      while (end < lines.size() && lines[end].find(mark) != std::string::npos) ++end;
      if (end > i) AlignRun(lines, i, end, mark, mark == kCommentColumn ? 2 : 1);
      i = std::max(end, i + 1);
    }
  }
  std::string result;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) result += '\n';
    result += lines[i];
  }
  return result;
}

}  // namespace bylaw::compiler::ast

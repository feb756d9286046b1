#include "compiler/diagnostics/display_text.h"

#include <algorithm>
#include <array>

namespace bylaw::compiler {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Decoded {
  uint32_t code_point = 0;
  uint32_t length = 1;
  bool valid = false;
};

Decoded DecodeAt(std::string_view text, size_t i) {
  auto byte = [&](size_t k) {
    return k < text.size() ? static_cast<uint32_t>(static_cast<unsigned char>(text[k])) : 0u;
  };
  auto continues = [&](size_t k) { return (byte(k) & 0xC0) == 0x80; };
  const uint32_t first = byte(i);
  if (first < 0x80) return {first, 1, true};
  if (first >= 0xC2 && first <= 0xDF && continues(i + 1)) return {(first & 0x1F) << 6 | (byte(i + 1) & 0x3F), 2, true};
  if (first >= 0xE0 && first <= 0xEF && continues(i + 1) && continues(i + 2)) {
    const uint32_t value = (first & 0x0F) << 12 | (byte(i + 1) & 0x3F) << 6 | (byte(i + 2) & 0x3F);
    const bool valid = value >= 0x800 && (value < 0xD800 || value > 0xDFFF);
    return {value, valid ? 3u : 1u, valid};
  }
  if (first >= 0xF0 && first <= 0xF4 && continues(i + 1) && continues(i + 2) && continues(i + 3)) {
    const uint32_t value =
        (first & 0x07) << 18 | (byte(i + 1) & 0x3F) << 12 | (byte(i + 2) & 0x3F) << 6 | (byte(i + 3) & 0x3F);
    const bool valid = value >= 0x10000 && value <= 0x10FFFF;
    return {value, valid ? 4u : 1u, valid};
  }
  return {0, 1, false};
}

struct Range {
  uint32_t first;
  uint32_t last;
};
// East Asian wide and full-width characters and emoji (Unicode 15, EastAsianWidth.txt), in broad strokes.
constexpr auto kWide = std::to_array<Range>({{0x1100, 0x115F},
                                             {0x231A, 0x231B},
                                             {0x2E80, 0x303E},
                                             {0x3041, 0x33FF},
                                             {0x3400, 0x4DBF},
                                             {0x4E00, 0x9FFF},
                                             {0xA000, 0xA4CF},
                                             {0xA960, 0xA97C},
                                             {0xAC00, 0xD7A3},
                                             {0xF900, 0xFAFF},
                                             {0xFE30, 0xFE6F},
                                             {0xFF00, 0xFF60},
                                             {0xFFE0, 0xFFE6},
                                             {0x1F300, 0x1F64F},
                                             {0x1F680, 0x1F6FF},
                                             {0x1F900, 0x1F9FF},
                                             {0x20000, 0x3FFFD}});
// Combining marks and variation selectors.
constexpr auto kZero = std::to_array<Range>({{0x0300, 0x036F},
                                             {0x0483, 0x0489},
                                             {0x0591, 0x05BD},
                                             {0x0610, 0x061A},
                                             {0x064B, 0x065F},
                                             {0x1AB0, 0x1AFF},
                                             {0x1DC0, 0x1DFF},
                                             {0x20D0, 0x20FF},
                                             {0xFE00, 0xFE0F},
                                             {0xFE20, 0xFE2F}});
// Invisible characters and those that reorder text: never printed.
constexpr auto kHidden = std::to_array<Range>({{0x0080, 0x009F},
                                               {0x00AD, 0x00AD},
                                               {0x061C, 0x061C},
                                               {0x180E, 0x180E},
                                               {0x200B, 0x200F},
                                               {0x2028, 0x202E},
                                               {0x2060, 0x2069},
                                               {0xFEFF, 0xFEFF},
                                               {0xFFF9, 0xFFFB},
                                               {0xE0000, 0xE0FFF}});

template <size_t N>
bool In(const std::array<Range, N>& ranges, uint32_t code_point) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return range.first <= code_point && code_point <= range.last; });
}

// The picture of a control character: U+2400 and on.
std::string Picture(uint32_t control) {
  const uint32_t picture = control == 0x7F ? 0x2421 : 0x2400 + control;
  return {static_cast<char>(0xE2), static_cast<char>(0x80 | (picture >> 6 & 0x3F)),
          static_cast<char>(0x80 | (picture & 0x3F))};
}

DisplayCell CellAt(std::string_view text, size_t i, const Decoded& decoded) {
  DisplayCell cell;
  cell.offset = static_cast<uint32_t>(i);
  const uint32_t code_point = decoded.code_point;
  if (!decoded.valid || In(kHidden, code_point)) {
    cell.glyph = kReplacement;
  } else if (code_point < 0x20 || code_point == 0x7F) {
    cell.glyph = Picture(code_point);
  } else {
    cell.glyph = text.substr(i, decoded.length);
    if (code_point >= 0x300) cell.width = In(kZero, code_point) ? 0 : In(kWide, code_point) ? 2 : 1;
  }
  return cell;
}

}  // namespace

std::vector<DisplayCell> ToCells(std::string_view line) {
  std::vector<DisplayCell> cells;
  cells.reserve(line.size());
  uint32_t column = 0;
  for (size_t i = 0; i < line.size();) {
    const Decoded decoded = DecodeAt(line, i);
    DisplayCell cell = CellAt(line, i, decoded);
    if (decoded.code_point == '\t' && decoded.valid) {
      cell.width = kTabWidth - column % kTabWidth;
      cell.glyph.assign(cell.width, ' ');
    }
    column += cell.width;
    i += decoded.length;
    cells.push_back(std::move(cell));
  }
  return cells;
}

std::string Sanitize(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    const Decoded decoded = DecodeAt(text, i);
    if (decoded.valid && decoded.code_point == '\n') {
      result += '\n';
    } else if (decoded.valid && decoded.code_point == '\t') {
      result += ' ';
    } else {
      result += CellAt(text, i, decoded).glyph;
    }
    i += decoded.length;
  }
  return result;
}

uint32_t DisplayWidth(std::string_view text) {
  uint32_t width = 0;
  for (const DisplayCell& cell : ToCells(text)) width += cell.width;
  return width;
}

}  // namespace bylaw::compiler

// Text of a policy as a terminal shows it: how wide each character is, and what stands in for one that must not reach
// the terminal (control characters, characters that reorder text, bytes that are no UTF-8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw::compiler {

/// Tabs go to the next multiple of this.
inline constexpr uint32_t kTabWidth = 4;

/// One character of a line as it is shown.
struct DisplayCell {
  std::string glyph;    // safe UTF-8; blanks for a tab
  uint32_t width = 1;   // in columns: 0 for combining marks, 2 for wide characters
  uint32_t offset = 0;  // of its first byte in the text
};

/// A line of text, character by character.
std::vector<DisplayCell> ToCells(std::string_view line);

/// Any text made safe to print; ends of lines stay, tabs become a blank.
std::string Sanitize(std::string_view text);

/// The columns that a text takes.
uint32_t DisplayWidth(std::string_view text);

}  // namespace bylaw::compiler

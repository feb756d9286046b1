// Text for people at a terminal or in a log: colours that can be off, text without control characters, wrapping by display width.
#pragma once

#include <string>
#include <string_view>

namespace bylaw::cli {

/// SGR styles; all empty when colour is off.
struct Palette {
  explicit Palette(bool color);
  std::string_view bold, dim, red, yellow, green, blue, reset;
};

/// `text` with control characters (C0, C1, DEL, bidirectional overrides) and invalid UTF-8 made visible; a tab or a line break becomes a space.
std::string Visible(std::string_view text);

/// Columns that `text` takes; combining marks take none, wide East Asian characters and emoji two. `text` must be Visible.
size_t DisplayWidth(std::string_view text);

/// Breaks `text` at spaces into lines of at most `width` columns; each line but the first begins with `indent` spaces. The first is assumed to begin at column `indent`.
std::string Wrap(std::string_view text, size_t width, size_t indent);

/// Pads with spaces to `width` columns.
std::string Padded(std::string_view text, size_t width);

/// "1 resource", "2 resources".
std::string Plural(uint64_t count, std::string_view noun);

}  // namespace bylaw::cli

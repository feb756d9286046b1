#include "runtime/builtins/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace bylaw {
namespace {

constexpr char32_t kRawByte = 0x110000;
constexpr size_t kMaxEditCharacters = 4096;

/// The bytes of the well-formed UTF-8 sequence at `position`, or 0 (Unicode 15, table 3-7).
size_t SequenceSize(std::string_view text, size_t position) {
  auto byte = [&](size_t i) {
    return position + i < text.size() ? static_cast<unsigned char>(text[position + i]) : 0u;
  };
  auto is_tail = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned lead = byte(0), second = byte(1);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return is_tail(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (!is_tail(1) || !is_tail(2) || (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
    return 3;
  }
  if (lead > 0xF4 || !is_tail(1) || !is_tail(2) || !is_tail(3)) return 0;
  if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
  return 4;
}

constexpr std::pair<char32_t, char32_t> kOddPairs[] = {
    {0x178, 0xFF},  {0x386, 0x3AC}, {0x388, 0x3AD}, {0x389, 0x3AE},
    {0x38A, 0x3AF}, {0x38C, 0x3CC}, {0x38E, 0x3CD}, {0x38F, 0x3CE},
};

char32_t Lower(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  bool even_is_upper = (c >= 0x100 && c <= 0x12F) || (c >= 0x132 && c <= 0x137) || (c >= 0x14A && c <= 0x177);
  bool odd_is_upper = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if ((even_is_upper && c % 2 == 0) || (odd_is_upper && c % 2 == 1)) return c + 1;
  if (c >= 0x391 && c <= 0x3AB && c != 0x3A2) return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  for (auto [upper, lower] : kOddPairs) {
    if (c == upper) return lower;
  }
  return c;
}

char32_t Upper(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  if (c >= 0xE0 && c <= 0xFE && c != 0xF7) return c - 32;
  bool odd_is_lower = (c >= 0x100 && c <= 0x12F) || (c >= 0x132 && c <= 0x137) || (c >= 0x14A && c <= 0x177);
  bool even_is_lower = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if ((odd_is_lower && c % 2 == 1) || (even_is_lower && c % 2 == 0)) return c - 1;
  if (c == 0x3C2) return 0x3A3;
  if (c >= 0x3B1 && c <= 0x3CB) return c - 32;
  if (c >= 0x430 && c <= 0x44F) return c - 32;
  if (c >= 0x450 && c <= 0x45F) return c - 80;
  for (auto [upper, lower] : kOddPairs) {
    if (c == lower) return upper;
  }
  return c;
}

template <typename Map>
std::string MapCharacters(std::string_view text, Map map) {
  std::string mapped;
  mapped.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    // ASCII maps to ASCII, and is most of any text.
    if (static_cast<uint8_t>(text[i]) < 0x80) {
      mapped += static_cast<char>(map(static_cast<char32_t>(text[i++])));
    } else {
      AppendCharacter(mapped, map(NextCharacter(text, i)));
    }
  }
  return mapped;
}

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    size_t size = SequenceSize(text, i);
    if (size == 0) return false;
    i += size;
  }
  return true;
}

char32_t NextCharacter(std::string_view text, size_t& position) {
  const size_t size = SequenceSize(text, position);
  const auto lead = static_cast<unsigned char>(text[position]);
  if (size == 0) {
    ++position;
    return kRawByte + lead;
  }
  static constexpr std::array<unsigned, 5> kLeadMask = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t character = lead & kLeadMask[size];
  for (size_t i = 1; i < size; ++i)
    character = (character << 6) | (static_cast<unsigned char>(text[position + i]) & 0x3Fu);
  position += size;
  return character;
}

void AppendCharacter(std::string& text, char32_t c) {
  auto tail = [](char32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += {static_cast<char>(0xC0 | (c >> 6)), tail(c)};
  } else if (c < 0x10000) {
    text += {static_cast<char>(0xE0 | (c >> 12)), tail(c >> 6), tail(c)};
  } else if (c < kRawByte) {
    text += {static_cast<char>(0xF0 | (c >> 18)), tail(c >> 12), tail(c >> 6), tail(c)};
  } else {
    text += static_cast<char>(c - kRawByte);
  }
}

size_t NumCharacters(std::string_view text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++count) NextCharacter(text, i);
  return count;
}

std::string ToLower(std::string_view text) {
  return MapCharacters(text, [](char32_t c) { return Lower(c); });
}
std::string ToUpper(std::string_view text) {
  return MapCharacters(text, [](char32_t c) { return Upper(c); });
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view StripPrefix(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

std::string_view StripSuffix(std::string_view text, std::string_view suffix) {
  return text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text;
}

std::string_view Substring(std::string_view text, int64_t start, int64_t length) {
  if (length <= 0) return {};
  if (start < 0) {
    int64_t num_characters = static_cast<int64_t>(NumCharacters(text));
    // A start before the text leaves that much of the length outside.
    if (start < -num_characters) {
      if (length <= -num_characters - start) return {};
      length -= -num_characters - start;
      start = 0;
    } else {
      start += num_characters;
    }
  }
  size_t begin = 0;
  for (; start > 0 && begin < text.size(); --start) NextCharacter(text, begin);
  if (start > 0) return {};
  size_t end = begin;
  for (; length > 0 && end < text.size(); --length) NextCharacter(text, end);
  return text.substr(begin, end - begin);
}

std::optional<std::string> Replace(std::string_view text, std::string_view old, std::string_view replacement) {
  if (old.empty()) return std::string(text);
  std::string replaced;
  while (true) {
    size_t place = text.find(old);
    replaced += text.substr(0, place);
    if (place == std::string_view::npos) break;
    replaced += replacement;
    if (replaced.size() > kMaxTextSize) return std::nullopt;
    text.remove_prefix(place + old.size());
  }
  if (replaced.size() > kMaxTextSize) return std::nullopt;
  return replaced;
}

std::optional<std::vector<std::string_view>> Split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  if (separator.empty()) {
    for (size_t i = 0; i < text.size();) {
      size_t start = i;
      NextCharacter(text, i);
      if (parts.size() == kMaxParts) return std::nullopt;
      parts.push_back(text.substr(start, i - start));
    }
    return parts;
  }
  while (true) {
    if (parts.size() == kMaxParts) return std::nullopt;
    size_t place = text.find(separator);
    parts.push_back(text.substr(0, place));
    if (place == std::string_view::npos) return parts;
    text.remove_prefix(place + separator.size());
  }
}

std::optional<std::vector<std::string_view>> Lines(std::string_view text) {
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
  } else if (text.empty()) {
    return std::vector<std::string_view>();
  }
  auto lines = Split(text, "\n");
  if (!lines) return std::nullopt;
  for (std::string_view& line : *lines) line = StripSuffix(line, "\r");
  return lines;
}

std::optional<std::string> Join(std::span<const std::string_view> items, std::string_view separator) {
  std::string joined;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) joined += separator;
    joined += items[i];
    if (joined.size() > kMaxTextSize) return std::nullopt;
  }
  return joined;
}

std::optional<int64_t> EditDistance(std::string_view a, std::string_view b) {
  auto to_characters = [](std::string_view text) -> std::optional<std::u32string> {
    std::u32string characters;
    for (size_t i = 0; i < text.size();) {
      if (characters.size() == kMaxEditCharacters) return std::nullopt;
      characters += NextCharacter(text, i);
    }
    return characters;
  };
  auto x = to_characters(a), y = to_characters(b);
  if (!x || !y) return std::nullopt;
  std::vector<int64_t> before_previous, previous(y->size() + 1), current(y->size() + 1);
  for (size_t j = 0; j <= y->size(); ++j) previous[j] = static_cast<int64_t>(j);
  for (size_t i = 1; i <= x->size(); ++i) {
    current[0] = static_cast<int64_t>(i);
    for (size_t j = 1; j <= y->size(); ++j) {
      int64_t change = previous[j - 1] + ((*x)[i - 1] == (*y)[j - 1] ? 0 : 1);
      current[j] = std::min({change, previous[j] + 1, current[j - 1] + 1});
      if (i > 1 && j > 1 && (*x)[i - 1] == (*y)[j - 2] && (*x)[i - 2] == (*y)[j - 1]) {
        current[j] = std::min(current[j], before_previous[j - 2] + 1);
      }
    }
    before_previous = previous;
    previous = current;
  }
  return previous.back();
}

std::optional<int64_t> ParseInt(std::string_view text) {
  text = Trim(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> ParseFloat(std::string_view text) {
  text = Trim(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

std::optional<bool> ParseBool(std::string_view text) {
  text = Trim(text);
  if (text.size() > 8) return std::nullopt;
  const std::string lower = LowerAscii(text);
  for (std::string_view word : {"true", "yes", "on", "1", "enabled"}) {
    if (lower == word) return true;
  }
  for (std::string_view word : {"false", "no", "off", "0", "disabled"}) {
    if (lower == word) return false;
  }
  return std::nullopt;
}

std::string FormatFloat(double number) {
  std::string text = fmt::format("{}", number);
  if (std::isfinite(number) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::optional<int64_t> ToInt(double number) {
  // 2^63 itself does not fit; -2^63 does. NaN fails both comparisons.
  if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0) || std::trunc(number) != number)
    return std::nullopt;
  return static_cast<int64_t>(number);
}

std::optional<int64_t> SeverityRank(std::string_view severity) {
  static constexpr std::array<std::pair<std::string_view, int64_t>, 14> kRanks = {{
      {"critical", 5},
      {"high", 4},
      {"medium", 3},
      {"moderate", 3},
      {"low", 2},
      {"informational", 1},
      {"info", 1},
      {"negligible", 1},
      {"none", 1},
      {"undefined", 0},
      {"unknown", 0},
      {"untriaged", 0},
      {"unspecified", 0},
      {"unassigned", 0},
  }};
  if (severity.size() > 16) return std::nullopt;
  const std::string lower = LowerAscii(severity);
  auto rank = std::find_if(kRanks.begin(), kRanks.end(), [&](auto& r) { return r.first == lower; });
  if (rank == kRanks.end()) return std::nullopt;
  return rank->second;
}

std::string CamelCase(std::string_view snake, bool pascal) {
  std::string text;
  bool upper = pascal;
  for (const char c : snake) {
    if (c == '_') {
      upper = !text.empty() || pascal;
      continue;
    }
    text += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return text;
}

}  // namespace bylaw

#include "runtime/json/json_parts.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace bylaw {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

/// The first key of the object that starts at `begin`, in its quotes; empty when there is none, or it has escapes.
std::string_view FirstKey(std::string_view text, size_t begin) {
  if (begin >= text.size() || text[begin] != '{') return {};
  const size_t open = text.find_first_not_of(kSpaces, begin + 1);
  if (open == std::string_view::npos || text[open] != '"') return {};
  const size_t close = text.find('"', open + 1);
  if (close == std::string_view::npos || text[close - 1] == '\\') return {};
  return text.substr(open, close + 1 - open);
}

/// The `{` of the first `, { KEY :` at or after `from`.
std::optional<size_t> FindElement(std::string_view text, std::string_view key, size_t from) {
  for (size_t at = text.find(key, from); at != std::string_view::npos; at = text.find(key, at + 1)) {
    const size_t colon = text.find_first_not_of(kSpaces, at + key.size());
    const size_t brace = at == 0 ? std::string_view::npos : text.find_last_not_of(kSpaces, at - 1);
    if (colon == std::string_view::npos || text[colon] != ':') continue;
    if (brace == std::string_view::npos || brace <= from || text[brace] != '{') continue;
    const size_t comma = text.find_last_not_of(kSpaces, brace - 1);
    if (comma != std::string_view::npos && text[comma] == ',') return brace;
  }
  return std::nullopt;
}

}  // namespace

std::vector<uint64_t> GuessElementStarts(const InputFile& file, uint64_t first_element, uint32_t num_parts) {
  const std::string_view text = file.text();
  std::vector<uint64_t> starts = {first_element};
  const std::string_view key = FirstKey(text, static_cast<size_t>(first_element));
  if (key.empty()) return starts;
  const uint64_t size = text.size() - first_element;
  for (uint32_t part = 1; part < num_parts; ++part) {
    const uint64_t from = std::max(first_element + size / num_parts * part, starts.back());
    const auto start = FindElement(text, key, static_cast<size_t>(from));
    if (!start) break;
    starts.push_back(*start);
  }
  return starts;
}

}  // namespace bylaw

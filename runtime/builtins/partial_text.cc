#include "runtime/builtins/partial_text.h"

#include <algorithm>

#include "runtime/builtins/encoding.h"

namespace bylaw {

std::string UnknownName(std::string_view name) {
  std::string text(kUnknownBegin);
  text += name;
  return text + '}';
}

namespace {

constexpr std::string_view kChoice = "one by ";
constexpr std::string_view kEncoding = "base64 of ";

bool HasName(std::string_view text, std::string_view kind) {
  return text.find(std::string(kUnknownBegin) += kind) != std::string_view::npos;
}

/// Behind an unknown part: what marks it as hidden.
void SkipMark(std::string_view* text) {
  if (text->starts_with(kUnknownValue)) text->remove_prefix(kUnknownValue.size());
}

}  // namespace

std::string UnknownChoice(std::string_view name) { return UnknownName(std::string(kChoice) += name); }

std::string UnknownEncoding(std::string_view written) {
  return UnknownName(std::string(kEncoding) += Base64Encode(written).value_or(""));
}

bool IsPartial(std::string_view text) { return text.find(kUnknownBegin) != std::string_view::npos; }

bool IsOpen(std::string_view text) { return text.find(kUnknownText) != std::string_view::npos; }

std::string ShowPartial(std::string_view text) {
  std::string shown;
  for (size_t start; (start = text.find(kUnknownBegin)) != std::string_view::npos;) {
    shown += text.substr(0, start);
    text.remove_prefix(start + kUnknownBegin.size());
    const size_t end = std::min(text.find('}'), text.size() - 1) + 1;
    (shown += "${") += text.substr(0, end);
    text.remove_prefix(end);
    SkipMark(&text);
  }
  shown += text;
  return shown;
}

std::optional<std::string> WrittenText(std::string_view text) {
  if (text.empty() || text.starts_with(kUnknownValue)) return std::nullopt;
  const std::string encoding = std::string(kUnknownBegin) += kEncoding;
  if (text.starts_with(encoding) && text.find('}') == text.size() - 1) {
    return std::string(text.substr(encoding.size(), text.size() - encoding.size() - 1));
  }
  const bool is_written =
      text.find(kHiddenText) == std::string_view::npos && !HasName(text, kChoice) && !HasName(text, kEncoding);
  return is_written ? std::optional(ShowPartial(text)) : std::nullopt;
}

std::string CompactPartial(std::string_view text) {
  std::string compact;
  for (size_t start; (start = text.find(kUnknownBegin)) != std::string_view::npos;) {
    compact += text.substr(0, start);
    text.remove_prefix(start + kUnknownBegin.size());
    compact += text.starts_with('}') ? kAnyText : kAnyName;
    const size_t end = text.find('}');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    SkipMark(&text);
  }
  compact += text;
  return compact;
}

}  // namespace bylaw

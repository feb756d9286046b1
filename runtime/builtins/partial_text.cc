#include "runtime/builtins/partial_text.h"

namespace bylaw {

std::string UnknownName(std::string_view name) {
  std::string text(kUnknownBegin);
  text += name;
  return text + '}';
}

namespace {
constexpr std::string_view kChoice = "one by ";
}  // namespace

std::string UnknownChoice(std::string_view name) { return UnknownName(std::string(kChoice) += name); }

bool HasChoice(std::string_view text) {
  return text.find(std::string(kUnknownBegin) += kChoice) != std::string_view::npos;
}

bool IsPartial(std::string_view text) { return text.find(kUnknownBegin) != std::string_view::npos; }

bool IsOpen(std::string_view text) { return text.find(kUnknownText) != std::string_view::npos; }

std::string ShowPartial(std::string_view text) {
  std::string shown;
  for (size_t start; (start = text.find(kUnknownBegin)) != std::string_view::npos;) {
    shown += text.substr(0, start);
    shown += "${";
    text.remove_prefix(start + kUnknownBegin.size());
  }
  shown += text;
  return shown;
}

std::string CompactPartial(std::string_view text) {
  std::string compact;
  for (size_t start; (start = text.find(kUnknownBegin)) != std::string_view::npos;) {
    compact += text.substr(0, start);
    text.remove_prefix(start + kUnknownBegin.size());
    compact += text.starts_with('}') ? kAnyText : kAnyName;
    const size_t end = text.find('}');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  compact += text;
  return compact;
}

}  // namespace bylaw

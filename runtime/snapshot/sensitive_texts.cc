#include "runtime/snapshot/sensitive_texts.h"

#include <algorithm>
#include <cctype>

namespace bylaw {
namespace {

constexpr size_t kStartBytes = 3;

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

/// Whether no word goes on across either end of text[at, at + size).
bool StandsAlone(std::string_view text, size_t at, size_t size) {
  const bool joined_before = at > 0 && IsWordByte(text[at - 1]) && IsWordByte(text[at]);
  const bool joined_after = at + size < text.size() && IsWordByte(text[at + size]) && IsWordByte(text[at + size - 1]);
  return !joined_before && !joined_after;
}

}  // namespace

uint32_t SensitiveTexts::Start(std::string_view text) {
  uint32_t start = 0;
  for (size_t i = 0; i < std::min(kStartBytes, text.size()); ++i) start = start << 8 | static_cast<uint8_t>(text[i]);
  return start;
}

void SensitiveTexts::Add(std::string_view text) {
  if (text.empty() || text == "true" || text == "false" || text == "null") return;
  std::vector<std::string>& texts = by_start_[Start(text)];
  if (std::find(texts.begin(), texts.end(), text) != texts.end()) return;
  auto longer = [](std::string_view a, std::string_view b) { return a.size() > b.size(); };
  texts.insert(std::upper_bound(texts.begin(), texts.end(), text, longer), std::string(text));
}

std::string_view SensitiveTexts::FindAt(std::string_view text, size_t at) const {
  for (size_t length = std::min(kStartBytes, text.size() - at); length > 0; --length) {
    const auto texts = by_start_.find(Start(text.substr(at, length)));
    if (texts == by_start_.end()) continue;
    for (const std::string& hidden : texts->second) {
      if (text.substr(at, hidden.size()) != hidden) continue;
      if (hidden.size() >= kMinAnywhere || StandsAlone(text, at, hidden.size())) return hidden;
    }
  }
  return {};
}

std::string SensitiveTexts::Hide(std::string text) const {
  if (empty()) return text;
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const std::string_view hidden = FindAt(text, at);
    if (hidden.empty()) {
      out += text[at++];
    } else {
      out += kShown;
      at += hidden.size();
    }
  }
  return out;
}

}  // namespace bylaw

#include "cli/report/escape.h"

#include <fmt/format.h>

#include "cli/report/terminal.h"

namespace bylaw::cli {
namespace {

/// The length of the character at text[at] (DumpJson has made the text valid UTF-8) that is to be escaped though JSON
/// would not, and its code; 0: none.
size_t UnsafeAt(std::string_view text, size_t at, uint32_t* code) {
  const auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<uint8_t>(text[at + i]) : 0u; };
  if (byte(0) == 0x7F) {
    *code = 0x7F;
    return 1;
  }
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) {
    *code = byte(1);
    return 2;
  }
  if (byte(0) != 0xE2 && byte(0) != 0xEF) return 0;
  *code = (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
  const bool unsafe = (*code >= 0x202A && *code <= 0x202E) || (*code >= 0x2066 && *code <= 0x2069) || *code == 0x200E ||
                      *code == 0x200F || *code == 0x2028 || *code == 0x2029 || *code == 0xFEFF;
  return unsafe ? 3 : 0;
}

}  // namespace

std::string EscapeMarkup(std::string_view text) {
  std::string out;
  for (char c : Visible(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string DumpJson(const nlohmann::ordered_json& document, int indent) {
  const std::string text = document.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    uint32_t code = 0;
    const auto first = static_cast<uint8_t>(text[at]);
    const size_t length = first < 0x7F ? 0 : UnsafeAt(text, at, &code);
    if (length == 0) {
      out += text[at++];
    } else {
      out += fmt::format("\\u{:04x}", code);
      at += length;
    }
  }
  return out;
}

std::string PathToUri(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  std::string out = path.starts_with('/') ? "file://" : "";
  // A first segment with a colon would read as a scheme.
  if (out.empty() && path.substr(0, path.find('/')).find(':') != std::string_view::npos) out = "./";
  for (char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/!$&'()*+,;=:@").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
  }
  return out;
}

std::string Shortened(std::string_view text, size_t max_bytes) {
  constexpr std::string_view kEllipsis = "…";
  if (text.size() <= max_bytes) return std::string(text);
  size_t size = max_bytes > kEllipsis.size() ? max_bytes - kEllipsis.size() : 0;
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xC0) == 0x80) --size;
  return std::string(text.substr(0, size)) + std::string(kEllipsis);
}

}  // namespace bylaw::cli

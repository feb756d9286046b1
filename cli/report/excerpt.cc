#include "cli/report/excerpt.h"

#include <fstream>
#include <sstream>

#include "cli/report/terminal.h"

namespace bylaw::cli {
namespace {

/// Files beyond this are not read a second time only to be quoted.
constexpr uint64_t kMostBytes = uint64_t{256} << 20;

/// Enough source text for any line that is shown, before white space is folded.
constexpr size_t kWindow = size_t{16} << 10;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string Folded(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (!IsSpace(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

/// The first `width` columns of visible text, with "…" where it was cut.
std::string CutToWidth(const std::string& text, size_t width) {
  if (DisplayWidth(text) <= width) return text;
  size_t end = 0;
  for (size_t next = 1; next <= text.size(); ++next) {
    if (next < text.size() && (static_cast<uint8_t>(text[next]) & 0xC0) == 0x80) continue;
    if (DisplayWidth(std::string_view(text).substr(0, next)) + 1 > width) break;
    end = next;
  }
  return text.substr(0, end) + "…";
}

}  // namespace

const Excerpts::File& Excerpts::Read(const std::string& path) {
  const auto [entry, is_new] = files_.try_emplace(path);
  File& file = entry->second;
  if (!is_new || path == "-") return file;
  for (const InputInfo& input : report_.inputs) {
    if (input.path == path && input.num_bytes > kMostBytes) return file;
  }
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  file.text = std::move(text).str();
  file.lines = {0};
  for (size_t at = file.text.find('\n'); at != std::string::npos; at = file.text.find('\n', at + 1))
    file.lines.push_back(at + 1);
  return file;
}

std::string Excerpts::At(const Location& location, size_t width) {
  if (location.file.empty() || location.line == 0) return "";
  const File& file = Read(location.file);
  if (location.line > file.lines.size()) return "";
  const size_t line = file.lines[location.line - 1];
  const size_t at = line + (location.column > 0 ? location.column - 1 : 0);
  if (at >= file.text.size()) return "";
  std::string_view shown = std::string_view(file.text).substr(at, kWindow);
  const bool is_json = shown.starts_with('{') || shown.starts_with('[') || shown.starts_with('"');
  if (!is_json)
    shown = std::string_view(file.text).substr(
        line, std::min(kWindow, std::min(file.text.find('\n', line), file.text.size()) - line));
  std::string text = Folded(shown);
  if (report_.sensitive) text = report_.sensitive->Hide(std::move(text));
  return CutToWidth(Visible(text), width);
}

}  // namespace bylaw::cli

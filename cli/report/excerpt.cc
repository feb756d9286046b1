#include "cli/report/excerpt.h"

#include "cli/report/terminal.h"

namespace bylaw::cli {
namespace {

/// Enough source text for any line that is shown, before white space is folded.
constexpr size_t kWindow = size_t{16} << 10;
/// Bytes that a column may take: characters of several bytes, some of which join others.
constexpr size_t kBytesPerColumn = 16;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The first bytes of `text`, about `limit` of them.
std::string Folded(std::string_view text, size_t limit) {
  std::string out;
  for (char c : text) {
    if (out.size() >= limit && (static_cast<uint8_t>(c) & 0xC0) != 0x80) break;
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
  size_t end = 0, columns = 0;
  for (size_t next = 1; next <= text.size(); ++next) {
    if (next < text.size() && (static_cast<uint8_t>(text[next]) & 0xC0) == 0x80) continue;
    columns += DisplayWidth(std::string_view(text).substr(end, next - end));
    if (columns + 1 > width) break;
    end = next;
  }
  return text.substr(0, end) + "…";
}

}  // namespace

const Excerpts::File* Excerpts::WithLine(const std::string& path, uint32_t line) {
  const auto [entry, is_new] = files_.try_emplace(path);
  File& file = entry->second;
  if (is_new && path != "-") {
    auto opened = InputFile::Open(path);
    if (opened.ok()) file.input = std::move(*opened);
  }
  if (file.input == nullptr) return nullptr;
  const std::string_view text = file.input->text();
  while (file.lines.size() < line) {
    const size_t end = text.find('\n', file.lines.back());
    if (end == std::string_view::npos) return nullptr;
    file.lines.push_back(end + 1);
  }
  return &file;
}

std::string Excerpts::At(const Location& location, size_t width) {
  if (location.file.empty() || location.line == 0) return "";
  const File* file = WithLine(location.file, location.line);
  if (file == nullptr) return "";
  const std::string_view source = file->input->text();
  const size_t line = file->lines[location.line - 1];
  const size_t at = line + (location.column > 0 ? location.column - 1 : 0);
  if (at >= source.size()) return "";
  std::string_view shown = source.substr(at, kWindow);
  const bool is_json = shown.starts_with('{') || shown.starts_with('[') || shown.starts_with('"');
  if (!is_json) {
    shown = source.substr(line, kWindow);
    shown = shown.substr(0, shown.find('\n'));
  }
  // What is hidden must not be cut before it is found.
  const bool may_hide = report_.sensitive && !report_.sensitive->empty();
  std::string text = Folded(shown, may_hide ? kWindow : (width + 1) * kBytesPerColumn);
  if (may_hide) text = report_.sensitive->Hide(std::move(text));
  return CutToWidth(Visible(text), width);
}

}  // namespace bylaw::cli

#include "compiler/diagnostics/renderer.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "compiler/diagnostics/display_text.h"

namespace bylaw::compiler {
namespace {

enum class Style { kPlain, kStrong, kError, kWarning, kFrame, kSecondary };

std::string_view Escape(Style style) {
  switch (style) {
    case Style::kPlain: return "";
    case Style::kStrong: return "\x1b[1m";
    case Style::kError: return "\x1b[1;31m";
    case Style::kWarning: return "\x1b[1;33m";
    case Style::kFrame: return "\x1b[1;34m";
    case Style::kSecondary: return "\x1b[34m";
  }
  return "";
}

std::string_view SeverityWord(Severity severity) {
  switch (severity) {
    case Severity::kError: return "error";
    case Severity::kWarning: return "warning";
    case Severity::kLint: return "lint";
  }
  return "error";
}

// Words into lines of at most `width` columns; the ends of lines that are in the text stay.
std::vector<std::string> Wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines(1);
  size_t used = 0;
  for (size_t i = 0; i <= text.size();) {
    size_t end = text.find_first_of(" \n", i);
    if (end == std::string_view::npos) end = text.size();
    const std::string_view word = text.substr(i, end - i);
    const uint32_t word_width = DisplayWidth(word);
    if (used > 0 && used + 1 + word_width > width) {
      lines.emplace_back();
      used = 0;
    }
    if (used > 0) {
      lines.back() += ' ';
      ++used;
    }
    lines.back() += word;
    used += word_width;
    if (end < text.size() && text[end] == '\n') {
      lines.emplace_back();
      used = 0;
    }
    i = end + 1;
  }
  return lines;
}

// One diagnostic in the making.
class TextRenderer {
 public:
  TextRenderer(const Diagnostic& diagnostic, const SourceMap& sources, const RenderOptions& options)
      : diagnostic_(diagnostic), sources_(sources), options_(options) {}

  std::string Render() {
    CollectMarks();
    Headline();
    for (size_t i = 0; i < files_.size(); ++i) Excerpt(files_[i], i == 0);
    Note("expected", diagnostic_.expected);
    Note("hint", diagnostic_.hint);
    return std::move(out_);
  }

 private:
  // A span on one line, in bytes of that line.
  struct Mark {
    uint32_t begin;
    uint32_t end;
    bool primary;
    std::string label;
  };

  void CollectMarks() {
    AddMark(diagnostic_.primary, true);
    for (const Label& label : diagnostic_.secondary) AddMark(label, false);
    for (const auto& [file_id, lines] : marks_) last_line_ = std::max(last_line_, lines.rbegin()->first + 1);
    gutter_ = static_cast<uint32_t>(fmt::formatted_size("{}", last_line_));
  }

  void AddMark(const Label& label, bool primary) {
    if (!label.span.valid()) return;
    const SourceFile& file = sources_.file(label.span.file_id);
    const uint32_t line = file.LineOf(label.span.begin);
    const uint32_t line_begin = file.LineBegin(line);
    const auto length = static_cast<uint32_t>(file.LineText(line).size());
    // What goes over several lines is underlined to the end of its first.
    const uint32_t begin = std::min(label.span.begin - line_begin, length);
    const uint32_t end = std::clamp(label.span.end - line_begin, begin, std::max(begin, length));
    marks_[label.span.file_id][line].push_back({begin, end, primary, Sanitize(label.text)});
    if (std::find(files_.begin(), files_.end(), label.span.file_id) == files_.end())
      files_.push_back(label.span.file_id);
  }

  void Headline() {
    const CodeInfo& info = InfoOf(diagnostic_.code);
    const Style style = info.severity == Severity::kError ? Style::kError : Style::kWarning;
    Put(style, fmt::format("{}[{}]", SeverityWord(info.severity), info.text));
    Put(Style::kStrong, ": " + Sanitize(diagnostic_.message));
    out_ += '\n';
  }

  void Excerpt(FileId file_id, bool first) {
    const SourceFile& file = sources_.file(file_id);
    const auto& lines = marks_.at(file_id);
    const Span place =
        first && diagnostic_.primary.span.file_id == file_id ? diagnostic_.primary.span : FirstSpan(file_id);
    const LineColumn at = file.Locate(place.begin);
    Put(Style::kFrame, std::string(gutter_, ' ') + (first ? " --> " : " ::: "));
    out_ += fmt::format("{}:{}:{}\n", Sanitize(file.path()), at.line, at.column);
    Margin("");
    out_ += '\n';
    uint32_t before = 0;
    bool any = false;
    for (const auto& [line, marks] : lines) {
      if (any && line > before + 2) {
        Put(Style::kFrame, std::string(gutter_, ' ') + " ·");
        out_ += '\n';
      } else if (any && line == before + 2) {
        SourceLine(file, before + 1, {});
      }
      SourceLine(file, line, marks);
      before = line;
      any = true;
    }
    Margin("");
    out_ += '\n';
  }

  Span FirstSpan(FileId file_id) const {
    for (const Label& label : diagnostic_.secondary) {
      if (label.span.file_id == file_id) return label.span;
    }
    return diagnostic_.primary.span;
  }

  // Of a very long line only what is around its first mark, and the marks as they stand there.
  static std::string_view PartOf(std::string_view text, std::vector<Mark>& marks) {
    constexpr uint32_t kMost = 4096, kBefore = 1024;  // bytes
    if (text.size() <= kMost) return text;
    const uint32_t focus = marks.empty() ? 0 : marks.front().begin;
    uint32_t cut = focus > kBefore ? focus - kBefore : 0;
    while (cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) ++cut;
    text = text.substr(cut, kMost);
    for (Mark& mark : marks) {
      for (uint32_t* at : {&mark.begin, &mark.end})
        *at = std::min(*at - std::min(*at, cut), static_cast<uint32_t>(text.size()));
    }
    return text;
  }

  // The line's text, then under it one line for each mark that has a label, the rightmost beside its underline.
  void SourceLine(const SourceFile& file, uint32_t line, std::vector<Mark> marks) {
    const std::vector<DisplayCell> cells = ToCells(PartOf(file.LineText(line), marks));
    std::vector<uint32_t> columns(cells.size() + 1, 0);
    for (size_t i = 0; i < cells.size(); ++i) columns[i + 1] = columns[i] + cells[i].width;
    auto column_of = [&](uint32_t offset) {
      const auto cell = std::lower_bound(cells.begin(), cells.end(), offset,
                                         [](const DisplayCell& c, uint32_t o) { return c.offset < o; });
      return columns[static_cast<size_t>(cell - cells.begin())];
    };

    // A window of the line, when it is too long: the first mark should be well in sight.
    const auto room =
        static_cast<uint32_t>(std::max<size_t>(20, options_.width > gutter_ + 3 ? options_.width - gutter_ - 3 : 20));
    uint32_t from = 0;
    uint32_t to = columns.back();
    if (to > room) {
      const uint32_t focus = marks.empty() ? 0 : column_of(marks.front().begin);
      from = focus > room / 2 ? focus - room / 3 : 0;
      to = std::min(columns.back(), from + room - 2);
    }
    Margin(fmt::format("{}", line + 1));
    std::string shown(from > 0 ? "…" : "");
    const uint32_t lead = from > 0 ? 1 : 0;
    uint32_t shown_from = to;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (columns[i] < from || columns[i + 1] > to) continue;
      shown_from = std::min(shown_from, columns[i]);
      shown += cells[i].glyph;
    }
    if (to < columns.back()) shown += "…";
    while (!shown.empty() && shown.back() == ' ') shown.pop_back();
    if (!shown.empty()) out_ += ' ' + shown;
    out_ += '\n';

    std::sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
      return std::pair(a.begin, a.primary) < std::pair(b.begin, b.primary);
    });
    if (marks.empty()) return;
    struct Placed {
      uint32_t column;
      uint32_t width;
      const Mark* mark;
    };
    std::vector<Placed> placed;
    for (const Mark& mark : marks) {
      const uint32_t begin = std::clamp(column_of(mark.begin), shown_from, to);
      const uint32_t end = std::clamp(column_of(mark.end), begin, to);
      placed.push_back({begin - shown_from + lead, std::max(1u, end - begin), &mark});
    }
    Underlines(placed);
    for (size_t i = placed.size() - 1; i-- > 0;) {
      if (placed[i].mark->label.empty()) continue;
      Margin("");
      out_ += ' ' + std::string(placed[i].column, ' ');
      Put(StyleOf(*placed[i].mark), placed[i].mark->label);
      out_ += '\n';
    }
  }

  template <typename Placed>
  void Underlines(const std::vector<Placed>& placed) {
    uint32_t total = 0;
    for (const auto& p : placed) total = std::max(total, p.column + p.width);
    std::vector<const Mark*> by_column(total, nullptr);
    for (const auto& p : placed) {
      for (uint32_t c = p.column; c < p.column + p.width; ++c) {
        if (by_column[c] == nullptr || p.mark->primary) by_column[c] = p.mark;
      }
    }
    Margin("");
    out_ += ' ';
    for (uint32_t c = 0; c < total;) {
      uint32_t end = c;
      while (end < total && by_column[end] == by_column[c]) ++end;
      if (by_column[c] == nullptr) {
        out_.append(end - c, ' ');
      } else {
        Put(StyleOf(*by_column[c]), std::string(end - c, by_column[c]->primary ? '^' : '-'));
      }
      c = end;
    }
    const Mark& last = *placed.back().mark;
    if (!last.label.empty()) Put(StyleOf(last), " " + last.label);
    out_ += '\n';
  }

  Style StyleOf(const Mark& mark) const {
    if (!mark.primary) return Style::kSecondary;
    return diagnostic_.severity() == Severity::kError ? Style::kError : Style::kWarning;
  }

  void Margin(const std::string& number) { Put(Style::kFrame, fmt::format("{:>{}} |", number, gutter_)); }

  void Note(std::string_view word, const std::string& text) {
    if (text.empty()) return;
    const std::string head = fmt::format("{} = ", std::string(gutter_, ' '));
    const auto indent = static_cast<uint32_t>(head.size() + word.size() + 2);
    const size_t room = options_.width > indent + 20 ? options_.width - indent : 20;
    bool first = true;
    for (const std::string& line : Wrap(Sanitize(text), room)) {
      if (first) {
        Put(Style::kFrame, head);
        Put(Style::kStrong, fmt::format("{}: ", word));
      } else {
        out_.append(indent, ' ');
      }
      out_ += line + '\n';
      first = false;
    }
  }

  void Put(Style style, const std::string& text) {
    if (!options_.color || style == Style::kPlain || text.empty()) {
      out_ += text;
      return;
    }
    out_ += Escape(style);
    out_ += text;
    out_ += "\x1b[0m";
  }

  const Diagnostic& diagnostic_;
  const SourceMap& sources_;
  const RenderOptions& options_;
  std::map<FileId, std::map<uint32_t, std::vector<Mark>>> marks_;
  std::vector<FileId> files_;
  uint32_t last_line_ = 1;
  uint32_t gutter_ = 1;
  std::string out_;
};

// ---- JSON ----------------------------------------------------------------------------------------------------------

std::string Quoted(std::string_view text) {
  std::string result = "\"";
  for (const DisplayCell& cell : ToCells(text)) {
    const auto byte = static_cast<unsigned char>(text[cell.offset]);
    if (byte == '"' || byte == '\\') {
      result += '\\';
      result += static_cast<char>(byte);
    } else if (byte == '\n') {
      result += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\u{:04x}", byte);
    } else {
      result += cell.glyph;
    }
  }
  return result + '"';
}

std::string JsonLocation(Span span, const SourceMap& sources) {
  if (!span.valid()) return "null";
  const SourceFile& file = sources.file(span.file_id);
  const LineColumn begin = file.Locate(span.begin);
  const LineColumn end = file.Locate(span.end);
  return fmt::format(
      R"({{"file": {}, "line": {}, "column": {}, "end_line": {}, "end_column": {}, "begin": {}, "end": {}}})",
      Quoted(file.path()), begin.line, begin.column, end.line, end.column, span.begin, span.end);
}

}  // namespace

std::string RenderText(const SourceMap& sources, const Diagnostic& diagnostic, const RenderOptions& options) {
  return TextRenderer(diagnostic, sources, options).Render();
}

std::string RenderText(const SourceMap& sources, const Diagnostics& diagnostics, const RenderOptions& options) {
  std::string result;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (!result.empty()) result += '\n';
    result += RenderText(sources, diagnostic, options);
  }
  if (result.empty()) return result;
  const size_t num_errors = diagnostics.num_errors();
  const size_t num_others = diagnostics.all().size() - num_errors;
  result += '\n';
  auto plural = [](size_t count, std::string_view word) {
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
  };
  if (num_errors > 0) result += plural(num_errors, "error");
  if (num_errors > 0 && num_others > 0) result += ", ";
  if (num_others > 0) result += plural(num_others, "warning");
  return result + '\n';
}

std::string RenderJson(const SourceMap& sources, const Diagnostics& diagnostics) {
  std::string result = "[";
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    const CodeInfo& info = InfoOf(diagnostic.code);
    if (result.size() > 1) result += ",";
    result += fmt::format(
        "\n  {{\"code\": \"{}\", \"severity\": \"{}\", \"name\": \"{}\", \"message\": {},\n   \"location\": {}, "
        "\"label\": {}, \"related\": [",
        info.text, SeverityWord(info.severity), info.name, Quoted(diagnostic.message),
        JsonLocation(diagnostic.primary.span, sources), Quoted(diagnostic.primary.text));
    bool first = true;
    for (const Label& label : diagnostic.secondary) {
      result += fmt::format("{}{{\"location\": {}, \"label\": {}}}", first ? "" : ", ",
                            JsonLocation(label.span, sources), Quoted(label.text));
      first = false;
    }
    result +=
        fmt::format("],\n   \"expected\": {}, \"hint\": {}}}", Quoted(diagnostic.expected), Quoted(diagnostic.hint));
  }
  return result + (result.size() > 1 ? "\n]" : "]");
}

std::string RenderExplanation(const CodeInfo& info, const RenderOptions& options) {
  auto strong = [&](std::string_view text) {
    return options.color ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
  };
  std::string result = strong(fmt::format("{}: {}", info.text, info.summary)) + "\n\n";
  for (const std::string& line : Wrap(info.explanation, std::max<size_t>(20, options.width))) result += line + '\n';
  auto example = [&](std::string_view title, std::string_view text) {
    if (text.empty()) return;
    result += '\n' + strong(title) + "\n\n";
    size_t begin = 0;
    while (begin <= text.size()) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = text.substr(begin, end - begin);
      result += line.empty() ? "\n" : fmt::format("    {}\n", line);
      begin = end + 1;
    }
  };
  example("wrong", info.wrong);
  example("right", info.right);
  return result;
}

}  // namespace bylaw::compiler

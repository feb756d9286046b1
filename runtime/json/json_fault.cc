#include "runtime/json/json_fault.h"

#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "runtime/json/json_value.h"

namespace bylaw {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '+' || c == '.' || c == '$';
}

/// Length of the UTF-8 sequence at `at`; 0 when it is not a valid one (RFC 3629: shortest form, no surrogates, at most
/// U+10FFFF).
size_t Utf8Length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<uint8_t>(text[at + i]) : uint8_t{0}; };
  const auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) >= 0xA0) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) >= 0x90) return 0;
    return 4;
  }
  return 0;
}

JsonFault InvalidUtf8At(std::string_view text, size_t offset) {
  return {.offset = offset,
          .message = fmt::format("byte 0x{:02X} is not valid UTF-8 here", static_cast<uint8_t>(text[offset])),
          .hint = "save the file as UTF-8"};
}

class Reader {
 public:
  Reader(std::string_view text, uint32_t max_depth) : text_(text), max_depth_(max_depth) {}

  std::optional<JsonFault> Run(JsonTexts texts) {
    SkipSpace();
    if (texts == JsonTexts::kOne && AtEnd()) return Fault(at_, "the text ends where a JSON value is expected");
    while (!AtEnd()) {
      if (auto fault = Document()) return fault;
      // `1"a"` are two values to a lenient eye; to simdjson it is one token that is no number.
      if (Peek() == '"' && IsWord(text_[at_ - 1])) return Unexpected("white space");
      SkipSpace();
      if (texts == JsonTexts::kOne && !AtEnd()) return Unexpected("the end of the text");
    }
    return std::nullopt;
  }

 private:
  using Maybe = std::optional<JsonFault>;
  struct Container {
    char bracket;
    size_t offset;
  };

  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  void SkipSpace() {
    while (!AtEnd() && IsSpace(text_[at_])) ++at_;
  }

  static JsonFault Fault(size_t offset, std::string message, std::string hint = {}) {
    return JsonFault{.offset = offset, .message = std::move(message), .hint = std::move(hint)};
  }

  /// What stands at the current place, as a person would name it.
  std::string Seen() const {
    if (AtEnd()) return "the end of the text";
    const char c = text_[at_];
    if (c == '`') return "a backquote";
    if (IsWord(c)) {
      size_t end = at_;
      while (end < text_.size() && end < at_ + 24 && IsWord(text_[end])) ++end;
      return fmt::format("`{}`", text_.substr(at_, end - at_));
    }
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F)
      return fmt::format("control character U+{:04X}", static_cast<uint8_t>(c));
    const size_t length = Utf8Length(text_, at_);
    if (length == 0) return InvalidUtf8(at_).message;
    return fmt::format("`{}`", text_.substr(at_, length));
  }

  JsonFault InvalidUtf8(size_t offset) const { return InvalidUtf8At(text_, offset); }

  JsonFault Unexpected(std::string_view expected) const {
    if (AtEnd()) {
      JsonFault fault =
          Fault(text_.size(), fmt::format("the text ends where {} is expected", expected), "the file may be cut off");
      if (!containers_.empty()) fault.opened = containers_.back().offset;
      return fault;
    }
    if (Utf8Length(text_, at_) == 0) return InvalidUtf8(at_);
    std::string hint;
    const std::string_view rest = text_.substr(at_);
    const char c = rest[0];
    if (c == '\'') {
      hint = "JSON strings and keys stand in double quotes";
    } else if (rest.starts_with("//") || rest.starts_with("/*") || c == '#') {
      hint = "JSON has no comments";
    } else if (rest.starts_with("NaN") || rest.starts_with("Infinity") || rest.starts_with("-Infinity") ||
               rest.starts_with("inf") || rest.starts_with("nan")) {
      hint = "JSON has no NaN and no infinity; use null";
    } else if (rest.starts_with("True") || rest.starts_with("False") || rest.starts_with("None")) {
      hint = "this is Python's spelling; JSON has true, false and null";
    } else if (rest.starts_with("undefined")) {
      hint = "JSON has no undefined; use null";
    } else if (c == '+' || c == '.') {
      hint = "a number starts with a digit or `-`";
    }
    JsonFault fault = Fault(at_, fmt::format("{} where {} is expected", Seen(), expected), std::move(hint));
    if ((c == ']' || c == '}') && !containers_.empty()) fault.opened = containers_.back().offset;
    return fault;
  }

  Maybe Document() {
    do {
      if (auto fault = Value()) return fault;
      // After a value: close what ends here, until a comma asks for the next value.
      while (!containers_.empty()) {
        SkipSpace();
        const bool object = containers_.back().bracket == '{';
        if (Peek() == (object ? '}' : ']') && !AtEnd()) {
          ++at_;
          containers_.pop_back();
          continue;
        }
        if (AtEnd() || Peek() != ',') return Unexpected(object ? "`,` or `}`" : "`,` or `]`");
        const size_t comma = at_++;
        SkipSpace();
        if (!AtEnd() && Peek() == (object ? '}' : ']')) {
          return Fault(comma, fmt::format("`,` before `{}`", Peek()), "JSON allows no comma after the last one");
        }
        if (object) {
          if (auto fault = Key()) return fault;
        }
        break;
      }
    } while (!containers_.empty());
    return std::nullopt;
  }

  /// A scalar, an empty container, or containers opened up to before their first scalar.
  Maybe Value() {
    while (true) {
      SkipSpace();
      const char c = Peek();
      if (AtEnd()) return Unexpected("a value");
      if (c == '"') return String();
      if (c == '-' || (c >= '0' && c <= '9')) return Number();
      if (c != '{' && c != '[') return Literal();
      if (containers_.size() >= max_depth_) {
        return Fault(at_, fmt::format("containers are nested deeper than {} levels", max_depth_),
                     "raise the depth limit if this is meant");
      }
      containers_.push_back({c, at_++});
      SkipSpace();
      if (!AtEnd() && Peek() == (c == '{' ? '}' : ']')) {
        ++at_;
        containers_.pop_back();
        return std::nullopt;
      }
      if (c == '{') {
        if (auto fault = Key()) return fault;
      }
    }
  }

  Maybe Key() {
    SkipSpace();
    if (AtEnd() || Peek() != '"') {
      JsonFault fault = Unexpected("a key in double quotes");
      if (fault.hint.empty() && !AtEnd() && IsWord(Peek())) fault.hint = "put the key in double quotes";
      return fault;
    }
    if (auto fault = String()) return fault;
    SkipSpace();
    if (AtEnd() || Peek() != ':') return Unexpected("`:` after the key");
    ++at_;
    return std::nullopt;
  }

  Maybe Literal() {
    for (std::string_view word : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      if (at_ + word.size() < text_.size() && IsWord(text_[at_ + word.size()])) break;
      at_ += word.size();
      return std::nullopt;
    }
    return Unexpected("a value");
  }

  Maybe Number() {
    size_t end = at_;
    while (end < text_.size() && IsWord(text_[end])) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    if (ParseJsonNumber(word).form == JsonNumber::Form::kInvalid) {
      if (word.starts_with("-I") || word.starts_with("-i")) return Unexpected("a value");
      std::string hint;
      const std::string_view digits = word.substr(word[0] == '-' ? 1 : 0);
      if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9')
        hint = "a JSON number has no leading zero";
      if (digits.starts_with("0x") || digits.starts_with("0X")) hint = "JSON numbers are decimal";
      if (end == text_.size()) hint = "the file may be cut off";
      return Fault(at_, fmt::format("`{}` is not a JSON number", word.substr(0, 40)), std::move(hint));
    }
    at_ = end;
    return std::nullopt;
  }

  Maybe String() {
    const size_t begin = at_++;
    while (!AtEnd()) {
      const uint8_t c = static_cast<uint8_t>(text_[at_]);
      if (c == '"') {
        ++at_;
        return std::nullopt;
      }
      if (c < 0x20) {
        const std::string name = c == '\n'   ? "a line feed"
                                 : c == '\t' ? "a tab"
                                             : fmt::format("control character U+{:04X}", c);
        return Fault(at_, fmt::format("{} inside a string", name),
                     c == '\n' ? "a closing quote may be missing; within a string write `\\n`"
                               : "write it as an escape such as `\\t` or `\\u001f`");
      }
      if (c == '\\') {
        if (auto fault = Escape()) return fault;
        continue;
      }
      if (c < 0x80) {
        ++at_;
        continue;
      }
      const size_t length = Utf8Length(text_, at_);
      if (length == 0) return InvalidUtf8(at_);
      at_ += length;
    }
    return Fault(begin, "a string that starts here is not closed before the text ends", "the file may be cut off");
  }

  Maybe Escape() {
    const size_t begin = at_;
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (at_ + 1 >= text_.size()) {
      at_ = text_.size();
      return std::nullopt;
    }
    if (c != 'u') {
      constexpr std::string_view kEscapes = "\"\\/bfnrt";
      if (kEscapes.find(c) == std::string_view::npos) {
        at_ = begin + 1;
        return Fault(begin, fmt::format("`\\` before {} is not an escape that JSON has", Seen()),
                     "write `\\\\` for a backslash");
      }
      at_ += 2;
      return std::nullopt;
    }
    at_ += 2;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char digit = Peek();
      const bool hex =
          (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F');
      if (!AtEnd() && !hex) return Fault(begin, "`\\u` is not followed by four hexadecimal digits");
      if (AtEnd()) return std::nullopt;
    }
    return std::nullopt;
  }

  std::string_view text_;
  uint32_t max_depth_;
  size_t at_ = 0;
  std::vector<Container> containers_;
};

}  // namespace

std::optional<JsonFault> FindInvalidUtf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return std::nullopt;
  for (size_t at = 0; at < text.size();) {
    const size_t length = Utf8Length(text, at);
    if (length == 0) return InvalidUtf8At(text, at);
    at += length;
  }
  return std::nullopt;
}

std::optional<JsonFault> FindJsonFault(std::string_view text, JsonTexts texts, uint32_t max_depth) {
  return Reader(text, max_depth).Run(texts);
}

}  // namespace bylaw

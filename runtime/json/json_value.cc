#include "runtime/json/json_value.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>

namespace bylaw {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Four hexadecimal digits at `at`; -1 when there are not four.
int32_t ReadHex4(std::string_view text, size_t at) {
  if (text.size() < at + 4) return -1;
  int32_t value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const int digit = HexDigit(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

size_t PutUtf8(uint32_t scalar, char* out) {
  const auto byte = [](uint32_t bits) { return static_cast<char>(static_cast<uint8_t>(bits)); };
  if (scalar < 0x80) {
    out[0] = byte(scalar);
    return 1;
  }
  if (scalar < 0x800) {
    out[0] = byte(0xC0 | (scalar >> 6));
    out[1] = byte(0x80 | (scalar & 0x3F));
    return 2;
  }
  if (scalar < 0x10000) {
    out[0] = byte(0xE0 | (scalar >> 12));
    out[1] = byte(0x80 | ((scalar >> 6) & 0x3F));
    out[2] = byte(0x80 | (scalar & 0x3F));
    return 3;
  }
  out[0] = byte(0xF0 | (scalar >> 18));
  out[1] = byte(0x80 | ((scalar >> 12) & 0x3F));
  out[2] = byte(0x80 | ((scalar >> 6) & 0x3F));
  out[3] = byte(0x80 | (scalar & 0x3F));
  return 4;
}

struct Unescaped {
  size_t num_bytes = 0;
  size_t fault = std::string_view::npos;  ///< of the backslash that starts an invalid escape
};

/// Resolves the escapes of `raw` into `out`, which has room for as many bytes (no escape is shorter than what it
/// means).
Unescaped Unescape(std::string_view raw, char* out) {
  size_t size = 0;
  size_t i = 0;
  while (i < raw.size()) {
    const void* found = std::memchr(raw.data() + i, '\\', raw.size() - i);
    const size_t next =
        found == nullptr ? raw.size() : static_cast<size_t>(static_cast<const char*>(found) - raw.data());
    std::memcpy(out + size, raw.data() + i, next - i);
    size += next - i;
    i = next;
    if (i == raw.size()) break;
    const char c = i + 1 < raw.size() ? raw[i + 1] : '\0';
    char plain = '\0';
    switch (c) {
      case '"':
      case '\\':
      case '/': plain = c; break;
      case 'b': plain = '\b'; break;
      case 'f': plain = '\f'; break;
      case 'n': plain = '\n'; break;
      case 'r': plain = '\r'; break;
      case 't': plain = '\t'; break;
      case 'u': break;
      default: return {size, i};
    }
    if (c != 'u') {
      out[size++] = plain;
      i += 2;
      continue;
    }
    const int32_t unit = ReadHex4(raw, i + 2);
    if (unit < 0) return {size, i};
    uint32_t scalar = static_cast<uint32_t>(unit);
    i += 6;
    if (scalar >= 0xD800 && scalar < 0xDC00 && raw.substr(i, 2) == "\\u") {
      const int32_t low = ReadHex4(raw, i + 2);
      if (low < 0) return {size, i};
      if (low >= 0xDC00 && low < 0xE000) {
        scalar = 0x10000 + ((scalar - 0xD800) << 10) + (static_cast<uint32_t>(low) - 0xDC00);
        i += 6;
      }
    }
    if (scalar >= 0xD800 && scalar < 0xE000) scalar = 0xFFFD;
    size += PutUtf8(scalar, out + size);
  }
  return {size};
}

}  // namespace

std::string_view Describe(JsonKind kind) {
  switch (kind) {
    case JsonKind::kMissing: return "nothing";
    case JsonKind::kNull: return "null";
    case JsonKind::kBool: return "a boolean";
    case JsonKind::kNumber: return "a number";
    case JsonKind::kString: return "a string";
    case JsonKind::kArray: return "an array";
    case JsonKind::kObject: return "an object";
  }
  return "nothing";
}

JsonNumber ParseJsonNumber(std::string_view text) {
  using Form = JsonNumber::Form;
  size_t i = text.starts_with('-') ? 1 : 0;
  const size_t digits = i;
  while (i < text.size() && IsDigit(text[i])) ++i;
  if (i == digits || (text[digits] == '0' && i > digits + 1)) return {};
  const bool whole = i == text.size();
  if (!whole && text[i] == '.') {
    const size_t fraction = ++i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    if (i == fraction) return {};
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    const size_t exponent = i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    if (i == exponent) return {};
  }
  if (i != text.size()) return {};

  JsonNumber number{.form = Form::kDouble, .raw = text};
  const char* end = text.data() + text.size();
  if (whole && std::from_chars(text.data(), end, number.integer).ec == std::errc()) {
    number.form = Form::kInt;
    number.real = static_cast<double>(number.integer);
    return number;
  }
  number.integer = 0;
  if (std::from_chars(text.data(), end, number.real).ec == std::errc()) {
    number.form = whole ? Form::kBig : Form::kDouble;
    return number;
  }
  // Out of range: from_chars does not say on which side. A number too small is zero, and that is near enough.
  number.real = std::strtod(std::string(text).c_str(), nullptr);
  number.form = whole || std::isinf(number.real) ? Form::kBig : Form::kDouble;
  return number;
}

bool JsonString::has_escapes() const { return !raw_.empty() && std::memchr(raw_.data(), '\\', raw_.size()) != nullptr; }

bool JsonString::Equals(std::string_view text) const {
  if (!has_escapes()) return raw_ == text;
  return raw_.size() > text.size() && ToString() == text;
}

std::string_view JsonString::Text(Arena& arena) const {
  if (!has_escapes()) return raw_;
  char* out = static_cast<char*>(arena.Allocate(raw_.size(), 1));
  const Unescaped result = Unescape(raw_, out);
  if (result.fault != std::string_view::npos && index_ != nullptr) {
    index_->Fault(index_->file_offset + static_cast<uint64_t>(raw_.data() - index_->text) + result.fault);
  }
  return {out, result.num_bytes};
}

std::string JsonString::ToString() const {
  if (!has_escapes()) return std::string(raw_);
  std::string out(raw_.size(), '\0');
  const Unescaped result = Unescape(raw_, out.data());
  if (result.fault != std::string_view::npos && index_ != nullptr) {
    index_->Fault(index_->file_offset + static_cast<uint64_t>(raw_.data() - index_->text) + result.fault);
  }
  out.resize(result.num_bytes);
  return out;
}

JsonKind JsonValue::kind() const {
  if (index_ == nullptr) return JsonKind::kMissing;
  const auto literal = [&](std::string_view word, JsonKind kind) {
    if (index_->span(token_) == word) return kind;
    index_->Fault(offset());
    return JsonKind::kMissing;
  };
  switch (index_->at(token_)) {
    case '{': return JsonKind::kObject;
    case '[': return JsonKind::kArray;
    case '"': return JsonKind::kString;
    case 'n': return literal("null", JsonKind::kNull);
    case 't': return literal("true", JsonKind::kBool);
    case 'f': return literal("false", JsonKind::kBool);
    default: return JsonKind::kNumber;
  }
}

std::string_view JsonValue::raw() const {
  if (index_ == nullptr) return {};
  const char c = index_->at(token_);
  if (c != '{' && c != '[') return index_->span(token_);
  const uint32_t end = SkipJsonValue(*index_, token_);
  if (end >= kJsonNoStep) {
    index_->Fault(offset());
    return {};
  }
  const char* begin = index_->text + index_->tokens[token_];
  return {begin, static_cast<size_t>(index_->text + index_->tokens[end - 1] + 1 - begin)};
}

bool JsonValue::boolean() const { return kind() == JsonKind::kBool && index_->at(token_) == 't'; }

JsonNumber JsonValue::number() const {
  if (kind() != JsonKind::kNumber) return {};
  const JsonNumber number = ParseJsonNumber(index_->span(token_));
  if (number.form == JsonNumber::Form::kInvalid) index_->Fault(offset());
  return number;
}

JsonString JsonValue::string() const {
  if (!is_string()) return {};
  const std::string_view quoted = index_->span(token_);
  return {index_, quoted.substr(1, quoted.size() - 2)};
}

JsonFields JsonValue::fields() const { return is_object() ? JsonFields(index_, token_) : JsonFields(); }
JsonElements JsonValue::elements() const { return is_array() ? JsonElements(index_, token_) : JsonElements(); }

JsonValue JsonValue::Find(std::string_view key, const DuplicateFunction& on_duplicate) const {
  JsonValue found;
  uint64_t found_at = 0;
  for (const JsonField& field : fields()) {
    if (!field.key.Equals(key)) continue;
    if (found && on_duplicate) on_duplicate(key, found_at, field.key_offset);
    found = field.value;
    found_at = field.key_offset;
  }
  return found;
}

JsonValue JsonValue::Find(std::initializer_list<std::string_view> keys) const {
  JsonValue value = *this;
  for (std::string_view key : keys) value = value.Find(key);
  return value;
}

JsonFields::Iterator::Iterator(const JsonIndex* index, uint32_t key_token) : index_(index), key_(key_token) {
  CheckField();
}

JsonField JsonFields::Iterator::operator*() const {
  const std::string_view quoted = index_->span(key_);
  return {JsonString(index_, quoted.substr(1, quoted.size() - 2)), JsonValue(index_, key_ + 2), index_->offset(key_)};
}

JsonFields::Iterator& JsonFields::Iterator::operator++() {
  const JsonIndex& index = *index_;
  const uint32_t next = SkipJsonValue(index, key_ + 2);
  if (next >= index.num_tokens) {
    index.Fault(index.offset(index.num_tokens));
    index_ = nullptr;
    return *this;
  }
  if (index.at(next) == ',') {
    key_ = next + 1;
    CheckField();
    return *this;
  }
  if (index.at(next) != '}') index.Fault(index.offset(next));
  index_ = nullptr;
  return *this;
}

/// Ends the walk with a fault unless key, colon and the start of a value stand here.
void JsonFields::Iterator::CheckField() {
  const JsonIndex& index = *index_;
  const auto stop = [&](uint32_t token) {
    index.Fault(index.offset(std::min(token, index.num_tokens)));
    index_ = nullptr;
  };
  if (key_ >= index.num_tokens || index.at(key_) != '"') return stop(key_);
  if (key_ + 1 >= index.num_tokens || index.at(key_ + 1) != ':') return stop(key_ + 1);
  if (key_ + 2 >= index.num_tokens || !StartsJsonValue(index.at(key_ + 2))) return stop(key_ + 2);
}

JsonFields::Iterator JsonFields::begin() const {
  if (index_ == nullptr) return {};
  if (object_ + 1 < index_->num_tokens && index_->at(object_ + 1) == '}') return {};
  return {index_, object_ + 1};
}

JsonElements::Iterator::Iterator(const JsonIndex* index, uint32_t value_token) : index_(index), value_(value_token) {
  CheckElement();
}

JsonElements::Iterator& JsonElements::Iterator::operator++() {
  const JsonIndex& index = *index_;
  const uint32_t next = SkipJsonValue(index, value_);
  if (next >= index.num_tokens) {
    index.Fault(index.offset(index.num_tokens));
    index_ = nullptr;
    return *this;
  }
  if (index.at(next) == ',') {
    value_ = next + 1;
    CheckElement();
    return *this;
  }
  if (index.at(next) != ']') index.Fault(index.offset(next));
  index_ = nullptr;
  return *this;
}

void JsonElements::Iterator::CheckElement() {
  const JsonIndex& index = *index_;
  if (value_ < index.num_tokens && StartsJsonValue(index.at(value_))) return;
  index.Fault(index.offset(std::min(value_, index.num_tokens)));
  index_ = nullptr;
}

JsonElements::Iterator JsonElements::begin() const {
  if (index_ == nullptr) return {};
  if (array_ + 1 < index_->num_tokens && index_->at(array_ + 1) == ']') return {};
  return {index_, array_ + 1};
}

}  // namespace bylaw

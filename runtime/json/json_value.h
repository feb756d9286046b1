// JsonValue: a cheap, random-access view of one JSON value, wholly present in a JsonIndex.
//
// What importers hold in their hands: a JsonStream gives views into its window, a JsonDocument views into a small text.
// Nothing is parsed until asked for.
//
// Invariants: a view is valid as long as its index stands (JsonStream: until the stream moves on; JsonDocument: until
// the next Parse); text it gives out (raw(), strings without escapes) points into the input and lives as long as that.
// Malformed JSON met on the way ends the walk, as if the container ended there, and is recorded in the index: the
// stream's status() then reports it. So callers walk without checking every step, and check the status before they
// believe the whole. Thread safety: as JsonIndex.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>

#include "runtime/base/arena.h"
#include "runtime/json/json_index.h"

namespace bylaw {

enum class JsonKind : uint8_t { kMissing, kNull, kBool, kNumber, kString, kArray, kObject };

/// `null`, `a boolean`, `a number`, `a string`, `an array`, `an object`; `nothing` for kMissing.
std::string_view Describe(JsonKind kind);

/// A number as written. Whole numbers within int64 are kInt; other whole numbers, and those too large for a double,
/// keep their digits.
struct JsonNumber {
  enum class Form : uint8_t { kInvalid, kInt, kDouble, kBig };
  Form form = Form::kInvalid;
  int64_t integer = 0;  ///< for kInt
  double real = 0;      ///< for kInt, kDouble, and kBig (nearest; infinite when out of range)
  std::string_view raw = {};
};

/// Reads all of `text` as one JSON number; kInvalid when it is not one.
JsonNumber ParseJsonNumber(std::string_view text);

/// The text of a string between its quotes, escapes not yet resolved.
class JsonString {
 public:
  JsonString() = default;
  JsonString(const JsonIndex* index, std::string_view raw) : index_(index), raw_(raw) {}

  std::string_view raw() const { return raw_; }
  bool has_escapes() const;

  /// Compares the resolved text.
  bool Equals(std::string_view text) const;

  /// The resolved text: the input's own bytes when there is no escape, else made in `arena`. A lone surrogate
  /// (`\ud800`) becomes U+FFFD; an invalid escape is a fault and gives the text up to it.
  std::string_view Text(Arena& arena) const;
  std::string ToString() const;

 private:
  const JsonIndex* index_ = nullptr;
  std::string_view raw_;
};

class JsonFields;
class JsonElements;

class JsonValue {
 public:
  /// Told of a key that stands twice in one object: offsets of the earlier and the later key in the file.
  using DuplicateFunction = std::function<void(std::string_view key, uint64_t earlier, uint64_t later)>;

  JsonValue() = default;  ///< kMissing
  JsonValue(const JsonIndex* index, uint32_t token) : index_(index), token_(token) {}

  explicit operator bool() const { return index_ != nullptr; }
  JsonKind kind() const;
  bool is_null() const { return kind() == JsonKind::kNull; }
  bool is_object() const { return index_ != nullptr && index_->at(token_) == '{'; }
  bool is_array() const { return index_ != nullptr && index_->at(token_) == '['; }
  bool is_string() const { return index_ != nullptr && index_->at(token_) == '"'; }

  /// Where the value starts in its file (in its text, for a JsonDocument). Precondition: not missing.
  uint64_t offset() const { return index_->offset(token_); }
  /// The value as written; empty when missing.
  std::string_view raw() const;

  /// The contents, for a value of that kind; else false, an invalid number, an empty string.
  bool boolean() const;
  JsonNumber number() const;
  JsonString string() const;

  /// Fields in document order, duplicates included; none when it is not an object.
  JsonFields fields() const;
  /// Elements in order; none when it is not an array.
  JsonElements elements() const;

  /// The field called `key` (the last one, if it stands there more than once); missing if there is none or this is not
  /// an object. Walks the whole object: use JsonPaths where many fields of many objects are wanted.
  JsonValue Find(std::string_view key, const DuplicateFunction& on_duplicate = nullptr) const;
  /// Find, key after key.
  JsonValue Find(std::initializer_list<std::string_view> keys) const;

  const JsonIndex* index() const { return index_; }
  uint32_t token() const { return token_; }

 private:
  const JsonIndex* index_ = nullptr;
  uint32_t token_ = 0;
};

struct JsonField {
  JsonString key;
  JsonValue value;
  uint64_t key_offset = 0;  ///< of the key's opening quote in the file
};

/// `for (JsonField field : value.fields())`.
class JsonFields {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = JsonField;
    using difference_type = std::ptrdiff_t;
    using pointer = const JsonField*;
    using reference = JsonField;

    Iterator() = default;
    Iterator(const JsonIndex* index, uint32_t key_token);
    JsonField operator*() const;
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return index_ == nullptr; }

   private:
    void CheckField();

    const JsonIndex* index_ = nullptr;
    uint32_t key_ = 0;
  };

  JsonFields() = default;
  JsonFields(const JsonIndex* index, uint32_t object_token) : index_(index), object_(object_token) {}
  Iterator begin() const;
  std::default_sentinel_t end() const { return {}; }

 private:
  const JsonIndex* index_ = nullptr;
  uint32_t object_ = 0;
};

/// `for (JsonValue element : value.elements())`.
class JsonElements {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = JsonValue;
    using difference_type = std::ptrdiff_t;
    using pointer = const JsonValue*;
    using reference = JsonValue;

    Iterator() = default;
    Iterator(const JsonIndex* index, uint32_t value_token);
    JsonValue operator*() const { return {index_, value_}; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return index_ == nullptr; }

   private:
    void CheckElement();

    const JsonIndex* index_ = nullptr;
    uint32_t value_ = 0;
  };

  JsonElements() = default;
  JsonElements(const JsonIndex* index, uint32_t array_token) : index_(index), array_(array_token) {}
  Iterator begin() const;
  std::default_sentinel_t end() const { return {}; }

 private:
  const JsonIndex* index_ = nullptr;
  uint32_t array_ = 0;
};

}  // namespace bylaw

// JsonWriter: JSON text, member by member, without a tree of values: for reports with very many results. The layout is that of DumpJson.
//
// The caller sees to it that what is begun is ended, and that values of objects come behind their keys. Thread safety: none.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw::cli {

class JsonWriter {
 public:
  /// Appends to `*out`; the first value stands at `depth` levels of indentation.
  explicit JsonWriter(std::string* out, size_t depth = 0) : out_(*out), depth_(depth) {}

  void BeginObject() { Begin('{'); }
  void EndObject() { End('}'); }
  void BeginArray() { Begin('['); }
  void EndArray() { End(']'); }
  /// `key` is plain ASCII without anything that needs an escape.
  void Key(std::string_view key);

  void String(std::string_view text);
  /// null if the text is empty, as of something that is not known.
  void StringOrNull(std::string_view text) { text.empty() ? Null() : String(text); }
  void Strings(std::span<const std::string> texts);
  void Number(uint64_t number);
  void Bool(bool value) { Raw(value ? "true" : "false"); }
  void Null() { Raw("null"); }

 private:
  void Begin(char bracket);
  void End(char bracket);
  void Raw(std::string_view text);
  /// Before a value or a key: comma and line, unless a key stands before it.
  void Place();

  std::string& out_;
  size_t depth_;
  std::vector<bool> has_members_;
  bool after_key_ = false;
};

}  // namespace bylaw::cli

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
  /// Appends to `*out`.
  explicit JsonWriter(std::string* out) : out_(*out) {}

  void BeginObject() { Begin('{'); }
  void EndObject() { End('}'); }
  void BeginArray() { Begin('['); }
  void EndArray() { End(']'); }
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
  void Quoted(std::string_view text);
  void NewLine();
  /// Before a value or a key: comma and line, unless a key stands before it.
  void Place();

  std::string& out_;
  std::vector<bool> has_members_;  ///< of what is begun and not ended
  bool after_key_ = false;
};

}  // namespace bylaw::cli

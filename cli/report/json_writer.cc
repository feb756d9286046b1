#include "cli/report/json_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/report/escape.h"

namespace bylaw::cli {

void JsonWriter::Key(std::string_view key) {
  Place();
  Quoted(key);
  out_ += ": ";
  after_key_ = true;
}

void JsonWriter::String(std::string_view text) {
  Place();
  Quoted(text);
}

void JsonWriter::Strings(std::span<const std::string> texts) {
  BeginArray();
  for (const std::string& text : texts) String(text);
  EndArray();
}

void JsonWriter::Number(uint64_t number) { Raw(fmt::format_int(number).c_str()); }

void JsonWriter::Begin(char bracket) {
  Raw(std::string_view(&bracket, 1));
  has_members_.push_back(false);
}

void JsonWriter::End(char bracket) {
  const bool has_members = has_members_.back();
  has_members_.pop_back();
  if (has_members) NewLine();
  out_ += bracket;
}

void JsonWriter::Raw(std::string_view text) {
  Place();
  out_ += text;
}

void JsonWriter::Quoted(std::string_view text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; });
  if (!plain) {
    out_ += DumpJson(std::string(text));
    return;
  }
  out_ += '"';
  out_ += text;
  out_ += '"';
}

void JsonWriter::NewLine() {
  out_ += '\n';
  out_.append(2 * has_members_.size(), ' ');
}

void JsonWriter::Place() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_members_.empty()) return;
  if (has_members_.back()) out_ += ',';
  has_members_.back() = true;
  NewLine();
}

}  // namespace bylaw::cli

#include "cli/report/json_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/report/escape.h"

namespace bylaw::cli {

void JsonWriter::Key(std::string_view key) {
  Place();
  out_ += '"';
  out_ += key;
  out_ += "\": ";
  after_key_ = true;
}

void JsonWriter::String(std::string_view text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; });
  if (!plain) return Raw(DumpJson(std::string(text)));
  Place();
  out_ += '"';
  out_ += text;
  out_ += '"';
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
  ++depth_;
}

void JsonWriter::End(char bracket) {
  --depth_;
  if (has_members_.back()) {
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }
  has_members_.pop_back();
  out_ += bracket;
}

void JsonWriter::Raw(std::string_view text) {
  Place();
  out_ += text;
}

void JsonWriter::Place() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_members_.empty()) return;
  out_ += has_members_.back() ? ",\n" : "\n";
  has_members_.back() = true;
  out_.append(2 * depth_, ' ');
}

}  // namespace bylaw::cli

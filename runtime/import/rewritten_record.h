// RewrittenRecord: a record as an importer wants it read: some of its values replaced by what they stand for, others marked as unknown.
//
// Shape and keys stay what they are in the export, so that places are found again by path, unless the keys are given other names.
// Views are valid until the next Make.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/import/convert.h"
#include "runtime/json/json_document.h"

namespace bylaw {

class RewrittenRecord {
 public:
  enum class Verdict : unsigned char { kKeep, kReplace, kUnknown };
  /// What to do with a value; `json` is set to the text that replaces it.
  using Rule = std::function<Verdict(JsonValue value, std::string* json)>;

  /// The names, one or more, under which the member `key` of an object is read; `path`: the keys above it.
  using Names = std::function<std::vector<std::string>(const std::vector<std::string>& path, const std::string& key,
                                                       JsonValue value)>;

  /// `value` under `rule`, which is asked for every value, outer ones first. Without `names` the keys are those of the export.
  Located Make(JsonValue value, const Rule& rule, const Names& names = nullptr);

 private:
  /// Whether something in `value` is unknown.
  bool Write(JsonValue value, const Rule& rule, const Names& names, std::string* text, std::string* unknown);

  std::vector<std::string> path_;

  std::string text_, unknown_text_;
  JsonDocument document_, unknown_document_;
};

}  // namespace bylaw

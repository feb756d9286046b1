#include "runtime/import/rewritten_record.h"

#include <algorithm>

#include "runtime/json/json_text.h"

namespace bylaw {

Located RewrittenRecord::Make(JsonValue value, const Rule& rule, const Names& names) {
  text_.clear();
  unknown_text_.clear();
  const bool any_unknown = Write(value, rule, names, &text_, &unknown_text_);
  Located record;
  const auto parsed = document_.Parse(text_);
  if (parsed.ok()) record.value = *parsed;
  if (any_unknown) {
    const auto unknown = unknown_document_.Parse(unknown_text_);
    if (unknown.ok()) record.unknown = *unknown;
    record.all_unknown = unknown_text_ == "true";
  }
  return record;
}

bool RewrittenRecord::Write(JsonValue value, const Rule& rule, const Names& names, std::string* text,
                            std::string* unknown) {
  std::string json;
  switch (rule(value, &json)) {
    case Verdict::kReplace:
      *text += json;
      *unknown += "false";
      return false;
    case Verdict::kUnknown:
      *text += "null";
      *unknown += "true";
      return true;
    case Verdict::kKeep: break;
  }
  if (value.is_object()) {
    bool any = false, first = true;
    *text += '{';
    *unknown += '{';
    for (JsonField field : value.fields()) {
      std::vector<std::string> own;
      if (names) own = names(path_, field.key.ToString(), field.value);
      if (names) path_.push_back(field.key.ToString());
      for (size_t i = 0; i < std::max<size_t>(own.size(), 1); ++i) {
        std::string key = first ? "" : ",";
        if (own.empty()) {
          key += '"' + std::string(field.key.raw()) + '"';
        } else {
          AppendJsonString(own[i], &key);
        }
        key += ':';
        *text += key;
        *unknown += key;
        any = Write(field.value, rule, names, text, unknown) || any;
        first = false;
      }
      if (names) path_.pop_back();
    }
    *text += '}';
    *unknown += '}';
    return any;
  }
  if (value.is_array()) {
    bool any = false, first = true;
    *text += '[';
    *unknown += '[';
    for (JsonValue element : value.elements()) {
      if (!first) *text += ',', *unknown += ',';
      any = Write(element, rule, names, text, unknown) || any;
      first = false;
    }
    *text += ']';
    *unknown += ']';
    return any;
  }
  *text += value.raw();
  *unknown += "false";
  return false;
}

}  // namespace bylaw

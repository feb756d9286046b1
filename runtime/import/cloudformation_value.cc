#include "runtime/import/cloudformation_value.h"

#include <algorithm>

#include "runtime/builtins/partial_text.h"
#include "runtime/json/json_text.h"

namespace bylaw {

TemplateValue TemplateValue::Absent(uint64_t offset) {
  TemplateValue value;
  value.offset = offset;
  return value;
}

TemplateValue TemplateValue::Bool(bool boolean, uint64_t offset) {
  TemplateValue value = Absent(offset);
  value.kind = Kind::kBool;
  value.boolean = boolean;
  return value;
}

TemplateValue TemplateValue::String(std::string text, uint64_t offset) {
  TemplateValue value = Absent(offset);
  value.kind = Kind::kString;
  value.text = std::move(text);
  return value;
}

TemplateValue TemplateValue::List(std::vector<TemplateValue> elements, uint64_t offset) {
  TemplateValue value = Absent(offset);
  value.kind = Kind::kList;
  value.elements = std::move(elements);
  return value;
}

TemplateValue TemplateValue::Object(uint64_t offset) {
  TemplateValue value = Absent(offset);
  value.kind = Kind::kObject;
  return value;
}

TemplateValue TemplateValue::Unknown(std::string why, uint64_t offset, std::vector<TemplateTarget> targets) {
  TemplateValue value = Absent(offset);
  value.kind = Kind::kUnknown;
  value.text = std::move(why);
  value.targets = std::move(targets);
  return value;
}

TemplateValue TemplateValue::Read(JsonValue json) {
  TemplateValue value;
  if (!json) return value;
  value.offset = json.offset();
  switch (json.kind()) {
    case JsonKind::kMissing: break;
    case JsonKind::kNull: value.kind = Kind::kNull; break;
    case JsonKind::kBool:
      value.kind = Kind::kBool;
      value.boolean = json.boolean();
      break;
    case JsonKind::kNumber:
      value.kind = Kind::kNumber;
      value.text = json.raw();
      break;
    case JsonKind::kString:
      value.kind = Kind::kString;
      value.text = json.string().ToString();
      break;
    case JsonKind::kArray:
      value.kind = Kind::kList;
      for (JsonValue element : json.elements()) value.elements.push_back(Read(element));
      break;
    case JsonKind::kObject:
      value.kind = Kind::kObject;
      for (JsonField field : json.fields()) value.members.push_back({field.key.ToString(), Read(field.value)});
      break;
  }
  return value;
}

bool TemplateValue::HasUnknown() const {
  return is_unknown() ||
         std::any_of(elements.begin(), elements.end(),
                     [](const TemplateValue& element) { return element.HasUnknown(); }) ||
         std::any_of(members.begin(), members.end(), [](const Member& member) { return member.value.HasUnknown(); });
}

const TemplateValue& TemplateValue::FirstUnknown() const {
  for (const TemplateValue& element : elements) {
    if (element.HasUnknown()) return element.FirstUnknown();
  }
  for (const Member& member : members) {
    if (member.value.HasUnknown()) return member.value.FirstUnknown();
  }
  return *this;
}

uint64_t TemplateValue::num_values() const {
  uint64_t count = 1 + text.size() / 64;
  for (const TemplateValue& element : elements) count += element.num_values();
  for (const Member& member : members) count += member.value.num_values();
  return count;
}

std::string TemplateValue::ToText() const {
  if (kind == Kind::kBool) return boolean ? "true" : "false";
  return text;
}

std::vector<TemplateTarget> TemplateValue::References() const {
  if (!targets.empty()) return targets;
  static constexpr std::string_view kDelimiters = "/:?#@, ";
  const auto ends_in_delimiter = [&](size_t i) {
    return parts[i].kind == TemplatePart::Kind::kText &&
           kDelimiters.find(parts[i].text.back()) != std::string_view::npos;
  };
  const auto begins_with_delimiter = [&](size_t i) {
    return parts[i].kind == TemplatePart::Kind::kText &&
           kDelimiters.find(parts[i].text.front()) != std::string_view::npos;
  };
  std::vector<TemplateTarget> references;
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool whole = (i == 0 || ends_in_delimiter(i - 1)) && (i + 1 == parts.size() || begins_with_delimiter(i + 1));
    if (parts[i].kind != TemplatePart::Kind::kResource || !whole) continue;
    if (std::find(references.begin(), references.end(), parts[i].target) == references.end())
      references.push_back(parts[i].target);
  }
  return references;
}

const TemplateValue* TemplateValue::Find(std::string_view key) const {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->key == key) return &member->value;
  }
  return nullptr;
}

void TemplateValue::Set(std::string key, TemplateValue value) {
  for (Member& member : members) {
    if (member.key == key) {
      member.value = std::move(value);
      return;
    }
  }
  members.push_back({std::move(key), std::move(value)});
}

bool TemplateValue::Equals(const TemplateValue& other) const {
  if (is_unknown() || other.is_unknown()) return false;
  if (is_scalar() && other.is_scalar()) return ToText() == other.ToText();
  if (kind != other.kind || elements.size() != other.elements.size() || members.size() != other.members.size())
    return false;
  for (size_t i = 0; i < elements.size(); ++i) {
    if (!elements[i].Equals(other.elements[i])) return false;
  }
  return std::all_of(members.begin(), members.end(), [&](const Member& member) {
    const TemplateValue* same = other.Find(member.key);
    return same != nullptr && member.value.Equals(*same);
  });
}

template <typename AppendUnknownValue>
void TemplateValue::Append(std::string* json, const Visit& visit, const AppendUnknownValue& append_unknown) const {
  if (visit) visit(*this);
  switch (kind) {
    case Kind::kAbsent:
    case Kind::kNull: *json += "null"; break;
    case Kind::kUnknown: append_unknown(*this); break;
    case Kind::kBool: *json += boolean ? "true" : "false"; break;
    case Kind::kNumber: *json += text; break;
    case Kind::kString: AppendJsonString(text, json); break;
    case Kind::kList:
      *json += '[';
      for (size_t i = 0; i < elements.size(); ++i) {
        if (i > 0) *json += ',';
        elements[i].Append(json, visit, append_unknown);
      }
      *json += ']';
      break;
    case Kind::kObject:
      *json += '{';
      for (size_t i = 0; i < members.size(); ++i) {
        if (i > 0) *json += ',';
        AppendJsonString(members[i].key, json);
        *json += ':';
        members[i].value.Append(json, visit, append_unknown);
      }
      *json += '}';
      break;
  }
}

void TemplateValue::AppendJson(std::string* json, const Visit& visit) const {
  Append(json, visit, [&](const TemplateValue& unknown) {
    if (unknown.partial.empty()) {
      *json += "null";
    } else {
      AppendJsonString(unknown.partial, json);
    }
  });
}

void TemplateValue::AppendPartialJson(std::string* json) const {
  Append(json, nullptr, [&](const TemplateValue& unknown) {
    AppendJsonString(unknown.partial.empty() ? kUnknownValue : std::string_view(unknown.partial), json);
  });
}

}  // namespace bylaw

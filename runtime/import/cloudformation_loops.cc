#include <algorithm>
#include <cctype>

#include "runtime/import/cloudformation_stack.h"

namespace bylaw {

namespace {

/// In longer texts nothing more is put.
constexpr size_t kMaxText = size_t{1} << 16;

/// `${name}` and `&{name}` (without what a logical id cannot hold) in `text`.
std::string Put(std::string text, const std::string& name, const std::string& item) {
  std::string alphanumeric;
  std::copy_if(item.begin(), item.end(), std::back_inserter(alphanumeric),
               [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
  for (const auto& [written, value] :
       {std::pair<std::string, const std::string&>{"${" + name + "}", item}, {"&{" + name + "}", alphanumeric}}) {
    for (size_t at = 0; text.size() < kMaxText && (at = text.find(written, at)) != std::string::npos;
         at += value.size())
      text.replace(at, written.size(), value);
  }
  return text;
}

TemplateValue Put(const TemplateValue& value, const std::string& name, const std::string& item) {
  if (value.members.size() == 1 && value.members[0].key == "Ref" && value.members[0].value.text == name) {
    return TemplateValue::String(item, value.offset);
  }
  if (value.is_string()) return TemplateValue::String(Put(value.text, name, item), value.offset);
  if (value.is_list()) {
    std::vector<TemplateValue> elements;
    for (const TemplateValue& element : value.elements) elements.push_back(Put(element, name, item));
    return TemplateValue::List(std::move(elements), value.offset);
  }
  if (!value.is_object()) return value;
  TemplateValue put = TemplateValue::Object(value.offset);
  for (const TemplateValue::Member& member : value.members)
    put.members.push_back({Put(member.key, name, item), Put(member.value, name, item)});
  return put;
}

}  // namespace

/// `Fn::ForEach::Name: [variable, collection, body]`.
bool IsLoop(const TemplateValue::Member& member) {
  const auto& loop = member.value.elements;
  return member.key.starts_with(kLoopPrefix) && loop.size() >= 3 && loop[0].is_string() && loop[2].is_object();
}

bool HasLoops(const TemplateValue& value) {
  return std::any_of(value.elements.begin(), value.elements.end(), HasLoops) ||
         std::any_of(value.members.begin(), value.members.end(),
                     [](const TemplateValue::Member& member) { return IsLoop(member) || HasLoops(member.value); });
}

TemplateValue ExpandLoops(const TemplateValue& value, const std::function<TemplateValue(const TemplateValue&)>& resolve,
                          const std::function<bool(const TemplateValue&)>& count) {
  if (value.is_list()) {
    std::vector<TemplateValue> elements;
    for (const TemplateValue& element : value.elements) elements.push_back(ExpandLoops(element, resolve, count));
    return TemplateValue::List(std::move(elements), value.offset);
  }
  if (!value.is_object()) return value;
  TemplateValue expanded = TemplateValue::Object(value.offset);
  for (const TemplateValue::Member& member : value.members) {
    const auto& loop = member.value.elements;
    if (!IsLoop(member)) {
      expanded.members.push_back({member.key, ExpandLoops(member.value, resolve, count)});
      continue;
    }
    const TemplateValue collection = resolve(loop[1]);
    if (!collection.is_list() || collection.HasUnknown()) {
      const std::string why =
          collection.HasUnknown() ? collection.FirstUnknown().text : std::string("its collection is no list");
      expanded.members.push_back(
          {member.key,
           TemplateValue::Unknown("the loop `" + member.key.substr(kLoopPrefix.size()) + "` cannot be expanded: " + why,
                                  member.value.offset)});
      continue;
    }
    for (const TemplateValue& item : collection.elements) {
      if (!count(loop[2])) break;
      TemplateValue round = ExpandLoops(Put(loop[2], loop[0].text, item.ToText()), resolve, count);
      for (TemplateValue::Member& made : round.members) expanded.members.push_back(std::move(made));
    }
  }
  return expanded;
}

}  // namespace bylaw

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
  TemplateValue put = value;
  if (put.is_string()) put.text = Put(std::move(put.text), name, item);
  for (TemplateValue& element : put.elements) element = Put(element, name, item);
  for (TemplateValue::Member& member : put.members) {
    member.key = Put(std::move(member.key), name, item);
    member.value = Put(member.value, name, item);
  }
  return put;
}

}  // namespace

TemplateValue ExpandLoops(const TemplateValue& value, const std::function<TemplateValue(const TemplateValue&)>& resolve,
                          const std::function<bool(const TemplateValue&)>& count) {
  TemplateValue expanded = value;
  for (TemplateValue& element : expanded.elements) element = ExpandLoops(element, resolve, count);
  if (!value.is_object()) return expanded;
  expanded.members.clear();
  for (const TemplateValue::Member& member : value.members) {
    const auto& loop = member.value.elements;
    const bool is_loop =
        member.key.starts_with("Fn::ForEach::") && loop.size() >= 3 && loop[0].is_string() && loop[2].is_object();
    if (!is_loop) {
      expanded.members.push_back({member.key, ExpandLoops(member.value, resolve, count)});
      continue;
    }
    const TemplateValue collection = resolve(loop[1]);
    if (!collection.is_list() || collection.HasUnknown()) {
      const std::string why =
          collection.HasUnknown() ? collection.FirstUnknown().text : std::string("its collection is no list");
      expanded.members.push_back(
          {member.key, TemplateValue::Unknown("the loop `" + member.key.substr(13) + "` cannot be expanded: " + why,
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

#include "runtime/import/cloudformation_functions.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "runtime/builtins/net.h"
#include "runtime/builtins/partial_text.h"

namespace bylaw {

namespace {

/// More text than this is not put together: expressions that repeat each other can ask for any amount.
constexpr size_t kMaxText = size_t{1} << 20;
/// Of what is longer than this, it is not told what it may be.
constexpr size_t kMaxAlternatives = size_t{1} << 16;

std::optional<int64_t> IntegerOf(const TemplateValue& value) {
  const std::string text = value.ToText();
  int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (!value.is_scalar() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return integer;
}

TemplateValue Malformed(std::string_view function, std::string_view expected, uint64_t offset) {
  return TemplateValue::Unknown(fmt::format("`{}` is not given {}", function, expected), offset);
}

/// The same unknown, at another place.
TemplateValue Because(const TemplateValue& unknown, uint64_t offset) {
  return TemplateValue::Unknown(unknown.text, offset, unknown.targets);
}

/// A text of which nothing is known.
TemplateValue UnknownTextOf(std::string why, uint64_t offset, std::vector<TemplateTarget> targets = {}) {
  TemplateValue unknown = TemplateValue::Unknown(std::move(why), offset, std::move(targets));
  unknown.partial = kUnknownText;
  return unknown;
}

/// What is known of a text that is one of `texts`, which `name` stands for; empty if one of them may be no text.
std::string OneOf(std::string_view name, const std::vector<std::string>& texts) {
  const auto any = [&](auto holds) { return std::any_of(texts.begin(), texts.end(), holds); };
  if (texts.empty() || any([](const std::string& text) { return text.empty(); })) return {};
  const bool is_open =
      any([](const std::string& text) { return CompactPartial(text).find_first_of("*?$\x01") != std::string::npos; });
  return is_open ? std::string(kHiddenText) : UnknownChoice(name);
}

std::string EncodeBase64(std::string_view text) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
    for (size_t j = 0; j < 4; ++j) encoded += i + j > text.size() ? '=' : kDigits[bits >> (18 - 6 * j) & 63];
  }
  return encoded;
}

/// The `index`th block of that prefix length within `block`.
std::string NthBlock(const bylaw::Cidr& block, int prefix_length, uint64_t index) {
  bylaw::Cidr part = block;
  part.prefix_length = static_cast<uint8_t>(prefix_length);
  const int shift = block.address.num_bits() - prefix_length;
  const uint64_t low = shift < 64 ? index << shift : 0;
  const uint64_t high = shift >= 64 ? index << (shift - 64) : shift == 0 ? 0 : index >> (64 - shift);
  part.address.lo += low;
  part.address.hi += high + (part.address.lo < low ? 1 : 0);
  return ToString(part);
}

/// What is known of a text, known or not; empty if it may be none.
std::string PartialOf(const TemplateValue& value) {
  if (value.is_scalar()) return value.ToText();
  return value.partial.starts_with(kUnknownValue) ? std::string() : value.partial;
}

/// Text that is put together out of known and unknown parts.
class Assembly {
 public:
  explicit Assembly(uint64_t offset) : offset_(offset) {}

  void Add(std::string_view text) {
    AddText(text);
    AddPart({TemplatePart::Kind::kText, std::string(text)});
  }
  void Add(const TemplateValue& value, std::string_view what) {
    if (value.is_scalar()) {
      Add(value.ToText());
    } else if (value.HasUnknown()) {
      const TemplateValue& unknown = value.FirstUnknown();
      if (why_.empty()) why_ = unknown.text;
      const std::string partial = PartialOf(unknown);
      AddText(partial.empty() ? kHiddenText : std::string_view(partial));
      if (unknown.parts.empty()) AddPart({TemplatePart::Kind::kOpen});
      for (const TemplatePart& part : unknown.parts) AddPart(part);
      if (num_values_++ == 0) targets_ = unknown.targets;
    } else {
      AddText(kUnknownText);
      AddPart({TemplatePart::Kind::kOpen});
      if (why_.empty()) why_ = fmt::format("{} is no text", what);
    }
  }
  TemplateValue Finish() {
    if (!why_.empty()) {
      TemplateValue unknown = TemplateValue::Unknown(std::move(why_), offset_);
      // A text that is one value alone is that value.
      if (parts_.size() == 1 && num_values_ == 1) unknown.targets = std::move(targets_);
      unknown.partial = too_long_ ? std::string(kHiddenText) : std::move(text_);
      if (!too_long_) unknown.parts = std::move(parts_);
      return unknown;
    }
    if (too_long_) return TemplateValue::Unknown("the text is longer than 1 MB", offset_);
    return TemplateValue::String(std::move(text_), offset_);
  }

 private:
  void AddText(std::string_view text) {
    if (text_.size() + text.size() > kMaxText) {
      too_long_ = true;
    } else {
      text_ += text;
    }
  }
  void AddPart(TemplatePart part) {
    const bool is_text = part.kind == TemplatePart::Kind::kText;
    if (too_long_ || (is_text && part.text.empty())) return;
    if (is_text && !parts_.empty() && parts_.back().kind == TemplatePart::Kind::kText) {
      parts_.back().text += part.text;
    } else {
      parts_.push_back(std::move(part));
    }
  }

  uint64_t offset_;
  std::string text_, why_;
  std::vector<TemplatePart> parts_;
  std::vector<TemplateTarget> targets_;  ///< of the first unknown value
  size_t num_values_ = 0;                ///< that are unknown
  bool too_long_ = false;
};

}  // namespace

TemplateValue TemplateFunctions::Call(const std::string& function, const TemplateValue& argument, uint64_t offset) {
  if (function == "Ref")
    return argument.is_string() ? stack_.ResolveReference(argument.text, offset)
                                : Malformed(function, "a name", offset);
  if (function == "Fn::GetAtt") return GetAttribute(argument, offset);
  if (function == "Fn::Sub") return Substitute(argument, offset);
  if (function == "Fn::If") return If(argument, offset);
  if (function == "Fn::Join") return Join(argument, offset);
  if (function == "Fn::Select") return Select(argument, offset);
  if (function == "Fn::Split") return Split(argument, offset);
  if (function == "Fn::FindInMap") return FindInMap(argument, offset);
  if (function == "Fn::Cidr") return Cidr(argument, offset);
  if (function == "Fn::And" || function == "Fn::Or" || function == "Fn::Not" || function == "Fn::Equals") {
    TemplateValue condition = TemplateValue::Object(offset);
    condition.Set(function, argument);
    return Decide(condition);
  }
  const TemplateValue resolved = stack_.Resolve(argument);
  if (function == "Fn::ImportValue") {
    if (resolved.is_unknown())
      return UnknownTextOf("the name of the imported value is unknown: " + resolved.text, offset);
    return resolved.is_scalar() ? stack_.set_.Export(resolved.ToText(), offset) : Malformed(function, "a name", offset);
  }
  if (function == "Fn::GetAZs") {
    return TemplateValue::Unknown("the availability zones of the region are known in the account alone", offset);
  }
  if (function == "Fn::Transform") {
    const TemplateValue* name = argument.Find("Name");
    return TemplateValue::Unknown(
        fmt::format("the macro `{}` runs when the stack is deployed", name == nullptr ? "" : name->ToText()), offset);
  }
  if (resolved.HasUnknown()) {
    TemplateValue unknown = Because(resolved.FirstUnknown(), offset);
    if (function == "Fn::Base64") {
      const std::optional<std::string> written = WrittenText(PartialOf(resolved));
      if (written) unknown.partial = UnknownEncoding(*written);
    }
    return unknown;
  }
  if (function == "Fn::Base64") {
    return resolved.is_scalar() ? TemplateValue::String(EncodeBase64(resolved.ToText()), offset)
                                : Malformed(function, "a text", offset);
  }
  if (function == "Fn::Length") {
    if (!resolved.is_list()) return Malformed(function, "a list", offset);
    TemplateValue length = TemplateValue::String(std::to_string(resolved.elements.size()), offset);
    length.kind = TemplateValue::Kind::kNumber;
    return length;
  }
  if (function == "Fn::ToJsonString") {
    std::string json;
    resolved.AppendJson(&json);
    return TemplateValue::String(std::move(json), offset);
  }
  return TemplateValue::Unknown(fmt::format("`{}` is no function that is known here", function), offset);
}

TemplateValue TemplateFunctions::GetAttribute(const TemplateValue& argument, uint64_t offset) {
  std::string id, attribute;
  if (argument.is_string()) {
    const size_t dot = argument.text.find('.');
    id = argument.text.substr(0, dot);
    if (dot != std::string::npos) attribute = argument.text.substr(dot + 1);
  } else if (argument.is_list() && argument.elements.size() >= 2 && argument.elements[0].is_string()) {
    id = argument.elements[0].text;
    for (size_t i = 1; i < argument.elements.size(); ++i) {
      const TemplateValue part = stack_.Resolve(argument.elements[i]);
      if (!part.is_scalar())
        return TemplateValue::Unknown(fmt::format("the attribute of `{}` that is asked for is unknown", id), offset);
      attribute += (attribute.empty() ? "" : ".") + part.ToText();
    }
  }
  if (id.empty() || attribute.empty()) return Malformed("Fn::GetAtt", "a resource and its attribute", offset);
  return stack_.ResolveAttribute(id, attribute, offset);
}

TemplateValue TemplateFunctions::Substitute(const TemplateValue& argument, uint64_t offset) {
  const TemplateValue* text = &argument;
  const TemplateValue* names = nullptr;
  if (argument.is_list() && argument.elements.size() == 2) {
    text = &argument.elements[0];
    names = &argument.elements[1];
  }
  if (!text->is_string()) return Malformed("Fn::Sub", "a text", offset);
  Assembly assembly(offset);
  const std::string& written = text->text;
  size_t at = 0;
  while (at < written.size()) {
    const size_t open = written.find("${", at);
    const size_t close = open == std::string::npos ? std::string::npos : written.find('}', open);
    if (close == std::string::npos) break;
    assembly.Add(std::string_view(written).substr(at, open - at));
    std::string name = written.substr(open + 2, close - open - 2);
    at = close + 1;
    if (name.starts_with('!')) {
      assembly.Add("${" + name.substr(1) + "}");
      continue;
    }
    name.erase(std::remove_if(name.begin(), name.end(), [](char c) { return c == ' ' || c == '\t'; }), name.end());
    const TemplateValue* own = names == nullptr ? nullptr : names->Find(name);
    const size_t dot = name.find('.');
    const TemplateValue value = own != nullptr ? stack_.Resolve(*own)
                                : dot == std::string::npos
                                    ? stack_.ResolveReference(name, offset)
                                    : stack_.ResolveAttribute(name.substr(0, dot), name.substr(dot + 1), offset);
    assembly.Add(value, "`${" + name + "}`");
  }
  assembly.Add(std::string_view(written).substr(at));
  return assembly.Finish();
}

TemplateValue TemplateFunctions::Join(const TemplateValue& argument, uint64_t offset) {
  if (!argument.is_list() || argument.elements.size() != 2)
    return Malformed("Fn::Join", "a separator and a list", offset);
  const TemplateValue separator = stack_.Resolve(argument.elements[0]), list = stack_.Resolve(argument.elements[1]);
  if (list.is_unknown()) return UnknownTextOf(list.text, offset, list.targets);
  if (!separator.is_string() || !list.is_list()) return Malformed("Fn::Join", "a separator and a list", offset);
  Assembly assembly(offset);
  for (size_t i = 0; i < list.elements.size(); ++i) {
    if (i > 0) assembly.Add(separator.text);
    assembly.Add(list.elements[i], "an element of the list");
  }
  return assembly.Finish();
}

TemplateValue TemplateFunctions::Split(const TemplateValue& argument, uint64_t offset) {
  if (!argument.is_list() || argument.elements.size() != 2)
    return Malformed("Fn::Split", "a separator and a text", offset);
  const TemplateValue separator = stack_.Resolve(argument.elements[0]), text = stack_.Resolve(argument.elements[1]);
  if (text.is_unknown()) return TemplateValue::Unknown(text.text, offset);
  if (!separator.is_string() || separator.text.empty() || !text.is_scalar())
    return Malformed("Fn::Split", "a separator and a text", offset);
  std::vector<TemplateValue> parts;
  const std::string whole = text.ToText();
  for (size_t at = 0;;) {
    const size_t next = whole.find(separator.text, at);
    parts.push_back(TemplateValue::String(whole.substr(at, next - at), offset));
    if (next == std::string::npos) break;
    at = next + separator.text.size();
  }
  return TemplateValue::List(std::move(parts), offset);
}

TemplateValue TemplateFunctions::Select(const TemplateValue& argument, uint64_t offset) {
  if (!argument.is_list() || argument.elements.size() != 2)
    return Malformed("Fn::Select", "an index and a list", offset);
  const TemplateValue index = stack_.Resolve(argument.elements[0]), list = stack_.Resolve(argument.elements[1]);
  // An unknown list of one kind of resource is not its element.
  if (index.is_unknown() || list.is_unknown()) {
    TemplateValue unknown = UnknownTextOf(index.is_unknown() ? index.text : list.text, offset);
    // It may be written: as one of the elements, or in the text that is split.
    if (!list.is_unknown() || argument.elements[1].Find("Fn::Split") != nullptr) unknown.partial = kHiddenText;
    return unknown;
  }
  const auto wanted = IntegerOf(index);
  if (!wanted || !list.is_list()) return Malformed("Fn::Select", "an index and a list", offset);
  if (*wanted < 0 || static_cast<uint64_t>(*wanted) >= list.elements.size()) {
    return TemplateValue::Unknown(fmt::format("`Fn::Select` takes element {} of {}", *wanted, list.elements.size()),
                                  offset);
  }
  TemplateValue selected = list.elements[static_cast<size_t>(*wanted)];
  selected.offset = offset;
  return selected;
}

TemplateValue TemplateFunctions::FindInMap(const TemplateValue& argument, uint64_t offset) {
  if (!argument.is_list() || argument.elements.size() < 3)
    return Malformed("Fn::FindInMap", "a mapping and two keys", offset);
  const TemplateValue* otherwise = argument.elements.size() > 3 ? argument.elements[3].Find("DefaultValue") : nullptr;
  TemplateValue keys[3];
  for (size_t i = 0; i < 3; ++i) {
    keys[i] = stack_.Resolve(argument.elements[i]);
    if (keys[i].is_unknown() && i != 1) return TemplateValue::Unknown(keys[i].text, offset);
    if (!keys[i].is_scalar() && !keys[i].is_unknown())
      return Malformed("Fn::FindInMap", "a mapping and two keys", offset);
  }
  const TemplateValue* mappings = stack_.Section("Mappings");
  const TemplateValue* mapping = mappings == nullptr ? nullptr : mappings->Find(keys[0].ToText());
  const std::string last = keys[2].ToText();
  if (keys[1].is_unknown()) {
    // The same under every key: then it does not matter which.
    const TemplateValue* only = nullptr;
    std::vector<std::string> texts;
    bool same = mapping != nullptr && otherwise == nullptr && !mapping->members.empty();
    if (same) {
      for (const TemplateValue::Member& member : mapping->members) {
        const TemplateValue* value = member.value.Find(last);
        same = same && value != nullptr && (only == nullptr || value->Equals(*only));
        only = value;
        texts.push_back(value == nullptr ? std::string() : PartialOf(*value));
      }
    }
    if (!same) {
      TemplateValue unknown = TemplateValue::Unknown(keys[1].text, offset);
      unknown.partial = OneOf(keys[0].ToText(), texts);
      return unknown;
    }
    TemplateValue value = stack_.Resolve(*only);
    value.offset = offset;
    return value;
  }
  const TemplateValue* row = mapping == nullptr ? nullptr : mapping->Find(keys[1].ToText());
  const TemplateValue* found = row == nullptr ? nullptr : row->Find(last);
  if (found == nullptr) found = otherwise;
  if (found == nullptr) {
    return TemplateValue::Unknown(
        fmt::format("the mapping `{}` has no `{}`, `{}`", keys[0].ToText(), keys[1].ToText(), last), offset);
  }
  TemplateValue value = stack_.Resolve(*found);
  value.offset = offset;
  return value;
}

TemplateValue TemplateFunctions::Cidr(const TemplateValue& argument, uint64_t offset) {
  if (!argument.is_list() || argument.elements.size() < 2)
    return Malformed("Fn::Cidr", "a block, a count and a size", offset);
  std::vector<TemplateValue> given;
  for (const TemplateValue& element : argument.elements) {
    given.push_back(stack_.Resolve(element));
    if (given.back().is_unknown()) return TemplateValue::Unknown(given.back().text, offset);
  }
  const auto block = given[0].is_string() ? ParseCidr(given[0].text) : std::nullopt;
  const auto count = IntegerOf(given[1]);
  if (!block || !count || *count < 1 || *count > 256)
    return Malformed("Fn::Cidr", "a block, a count from 1 to 256 and a size", offset);
  const int width = block->address.num_bits();
  const auto host_bits = given.size() > 2 ? IntegerOf(given[2]) : std::optional<int64_t>(width == 32 ? 8 : 64);
  if (!host_bits || *host_bits < 1 || *host_bits > width)
    return Malformed("Fn::Cidr", "a size within the block", offset);
  const auto prefix_length = static_cast<int>(width - *host_bits);
  const int free_bits = prefix_length - block->prefix_length;
  if (free_bits < 0 || (free_bits < 9 && *count > (int64_t{1} << free_bits))) {
    return TemplateValue::Unknown(
        fmt::format("`Fn::Cidr`: {} has no {} blocks of {} bits", given[0].text, *count, *host_bits), offset);
  }
  std::vector<TemplateValue> blocks;
  for (int64_t i = 0; i < *count; ++i)
    blocks.push_back(TemplateValue::String(NthBlock(*block, prefix_length, static_cast<uint64_t>(i)), offset));
  return TemplateValue::List(std::move(blocks), offset);
}

TemplateValue TemplateFunctions::If(const TemplateValue& argument, uint64_t offset) {
  if (!argument.is_list() || argument.elements.size() != 3)
    return Malformed("Fn::If", "a condition and two values", offset);
  const TemplateValue& name = argument.elements[0];
  const TemplateValue decided = name.is_string() ? stack_.ResolveCondition(name.text, offset) : Decide(name);
  if (decided.kind == TemplateValue::Kind::kBool) return stack_.Resolve(argument.elements[decided.boolean ? 1 : 2]);
  TemplateValue yes = stack_.Resolve(argument.elements[1]);
  const TemplateValue no = stack_.Resolve(argument.elements[2]);
  if (yes.Equals(no)) return yes;
  const std::string shown = name.is_string() ? "`" + name.text + "`" : "of `Fn::If`";
  TemplateValue undecided =
      TemplateValue::Unknown(fmt::format("the condition {} is undecided: {}", shown, decided.text), offset);
  undecided.partial = OneOf(name.is_string() ? name.text : "If", {PartialOf(yes), PartialOf(no)});
  if (undecided.partial.empty()) {
    undecided.partial = kUnknownValue;
    TemplateValue::List({yes, no}, offset).AppendPartialJson(&undecided.partial);
    if (undecided.partial.size() > kMaxAlternatives) undecided.partial.clear();
  }
  // Either branch's resource may be meant, if both are resources.
  const std::vector<TemplateTarget> of_yes = yes.References(), of_no = no.References();
  if (!of_yes.empty() && !of_no.empty()) {
    undecided.targets = of_yes;
    for (const TemplateTarget& target : of_no) {
      if (std::find(undecided.targets.begin(), undecided.targets.end(), target) == undecided.targets.end())
        undecided.targets.push_back(target);
    }
  }
  return undecided;
}

TemplateValue TemplateFunctions::Connect(const TemplateValue& argument, bool conjunction, uint64_t offset) {
  std::optional<TemplateValue> unknown;
  for (const TemplateValue& element : argument.elements) {
    TemplateValue decided = Decide(element);
    if (decided.is_unknown()) {
      if (!unknown) unknown = std::move(decided);
    } else if (decided.boolean != conjunction) {
      return TemplateValue::Bool(!conjunction, offset);
    }
  }
  return unknown ? *unknown : TemplateValue::Bool(conjunction, offset);
}

TemplateValue TemplateFunctions::Decide(const TemplateValue& condition) {
  const uint64_t offset = condition.offset;
  if (condition.kind == TemplateValue::Kind::kBool) return condition;
  if (condition.is_string() && (condition.text == "true" || condition.text == "false"))
    return TemplateValue::Bool(condition.text == "true", offset);
  if (condition.members.size() != 1) return TemplateValue::Unknown("a condition that is none", offset);
  const auto& [function, argument] = condition.members[0];
  if (!stack_.set_.Spend(1) || stack_.set_.depth > 500)
    return TemplateValue::Unknown("the conditions are too deeply nested", offset);
  ++stack_.set_.depth;
  TemplateValue decided = TemplateValue::Unknown("a condition that is none", offset);
  if (function == "Condition" && argument.is_string()) {
    decided = stack_.ResolveCondition(argument.text, offset);
  } else if (function == "Fn::And" || function == "Fn::Or") {
    decided = Connect(argument, function == "Fn::And", offset);
  } else if (function == "Fn::Not" && argument.elements.size() == 1) {
    decided = Decide(argument.elements[0]);
    if (!decided.is_unknown()) decided.boolean = !decided.boolean;
  } else if (function == "Fn::Equals" && argument.elements.size() == 2) {
    const TemplateValue left = stack_.Resolve(argument.elements[0]), right = stack_.Resolve(argument.elements[1]);
    if (left.HasUnknown()) {
      decided = Because(left.FirstUnknown(), offset);
    } else if (right.HasUnknown()) {
      decided = Because(right.FirstUnknown(), offset);
    } else {
      decided = TemplateValue::Bool(left.Equals(right), offset);
    }
  } else if (TemplateFunctions::IsFunction(function)) {
    const TemplateValue value = stack_.Resolve(condition);
    if (value.is_unknown()) decided = value;
    if (value.is_scalar()) decided = TemplateValue::Bool(value.ToText() == "true", offset);
  }
  --stack_.set_.depth;
  return decided;
}

}  // namespace bylaw

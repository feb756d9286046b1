#include "runtime/import/cloudformation_record.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "runtime/import/cloudformation_functions.h"
#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

constexpr uint32_t kFailed = kJsonFault;

/// Of a resource these members are resolved, and its properties.
bool IsResolved(std::string_view key) {
  return key == "DeletionPolicy" || key == "UpdateReplacePolicy" || key == "Metadata" || key == "UpdatePolicy";
}

bool HasEscapes(std::string_view text) { return std::memchr(text.data(), '\\', text.size()) != nullptr; }

std::string_view WithoutQuotes(std::string_view quoted) { return quoted.substr(1, quoted.size() - 2); }

/// Leaves nothing of what is unknown within `value`: of an envelope it is not told what is.
void ForgetPartialTexts(TemplateValue* value) {
  value->partial.clear();
  for (TemplateValue& element : value->elements) ForgetPartialTexts(&element);
  for (TemplateValue::Member& member : value->members) ForgetPartialTexts(&member.value);
}

/// What only the deployment tells of a resource: its `Id` or `Arn`.
TemplateValue UnknownId(bool is_arn, const std::string& address, uint64_t offset) {
  return TemplateValue::Unknown(
      fmt::format("the {} of `{}` is known when it is created", is_arn ? "ARN" : "id", address), offset);
}

}  // namespace

void TemplateRecord::Write(TemplateStack& stack, const TemplateStack::Resource& resource) {
  stack_ = &stack;
  const std::string address = stack.AddressOf(resource);
  Clear();
  const bool is_done = resource.written->made == nullptr && WritePieces(*resource.written, address);
  if (resource.written->made == nullptr && document_.faulty()) stack.set().NoteFault(stack.source());
  if (is_done) return;
  Clear();
  WriteWhole(*resource.written, address);
}

void TemplateRecord::Clear() {
  text_.clear();
  origins_.clear();
  values_.clear();
  unknown_.clear();
  fields_.clear();
  gave_up_ = has_id_ = has_arn_ = false;
  num_ids_ = 0;
  num_values_ = 0;
}

/// False where it needs a value as a whole.
bool TemplateRecord::WritePieces(const TemplateResource& resource, const std::string& address) {
  const JsonValue body = stack_->WrittenBody(resource, &document_);
  for (const JsonField& field : body.fields()) {
    if (field.key.has_escapes() || field.key.raw().starts_with(kLoopPrefix)) return false;
    fields_.push_back(field);
  }
  index_ = body.index();
  origins_.push_back({0, static_cast<uint32_t>(resource.offset)});
  JsonValue properties;
  for (size_t i = 0; i < fields_.size(); ++i) {
    const auto is_same = [&](const JsonField& other) { return other.key.raw() == fields_[i].key.raw(); };
    if (fields_[i].key.raw() == "Properties") {
      properties = fields_[i].value;
    } else if (std::none_of(fields_.begin(), fields_.begin() + static_cast<std::ptrdiff_t>(i), is_same)) {
      // Of a key that stands there twice the last value counts.
      WriteMember(fields_[i], std::find_if(fields_.rbegin(), fields_.rend(), is_same)->value);
    }
    if (gave_up_) return false;
  }
  WriteProperties(resource, properties, address);
  return !gave_up_ && stack_->set().Spend(num_values_);
}

void TemplateRecord::WriteMember(const JsonField& field, JsonValue value) {
  text_ += text_.empty() ? "{\"" : ",\"";
  text_ += field.key.raw();
  text_ += "\":";
  is_resolved_ = IsResolved(field.key.raw());
  in_properties_ = false;
  Begin(value);
  const uint32_t end = WalkValue(value.token(), 0);
  if (end != kFailed) CopyUpTo(index_->tokens[end - 1] + index_->span(end - 1).size());
}

void TemplateRecord::WriteProperties(const TemplateResource& resource, JsonValue properties,
                                     const std::string& address) {
  text_ += text_.empty() ? "{\"Properties\":" : ",\"Properties\":";
  is_resolved_ = in_properties_ = true;
  if (!properties) {
    origins_.push_back({static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(resource.offset)});
    text_ += '{';
    WriteIds(resource, address);
    text_ += "}}";
    return;
  }
  Begin(properties);
  const uint32_t end = WalkValue(properties.token(), 0);
  if (end == kFailed) return;
  if (properties.is_object()) {
    CopyUpTo(index_->tokens[end - 1]);
    WriteIds(resource, address);
    text_ += '}';
  } else {
    CopyUpTo(index_->tokens[end - 1] + index_->span(end - 1).size());
  }
  text_ += '}';
}

void TemplateRecord::WriteIds(const TemplateResource& resource, const std::string& address) {
  for (const bool is_arn : {false, true}) {
    if (is_arn ? has_arn_ : has_id_) continue;
    TrimText();
    if (text_.back() != '{') text_ += ',';
    text_ += is_arn ? "\"Arn\":" : "\"Id\":";
    Append(UnknownId(is_arn, address, resource.offset));
    ++num_ids_;
  }
}

void TemplateRecord::WriteWhole(const TemplateResource& resource, const std::string& address) {
  const TemplateValue body = stack_->Body(resource);
  TemplateValue whole = TemplateValue::Object(resource.offset);
  for (const TemplateValue::Member& member : body.members) {
    if (member.key == "Properties") continue;
    TemplateValue value = IsResolved(member.key) ? stack_->Resolve(member.value) : member.value;
    ForgetPartialTexts(&value);
    whole.Set(member.key, std::move(value));
  }
  const TemplateValue* written = body.Find("Properties");
  TemplateValue properties = written == nullptr ? TemplateValue::Object(resource.offset) : stack_->Resolve(*written);
  if (properties.is_object()) {
    for (const bool is_arn : {false, true}) {
      const char* name = is_arn ? "Arn" : "Id";
      if (properties.Find(name) == nullptr) properties.Set(name, UnknownId(is_arn, address, resource.offset));
    }
  }
  whole.Set("Properties", std::move(properties));
  in_properties_ = true;
  Append(std::move(whole));
}

/// Passes the value at `token`; the token after it, or kFailed.
uint32_t TemplateRecord::WalkValue(uint32_t token, int level) {
  constexpr uint64_t kBytesOfWork = 64;
  if (token >= index_->num_tokens) return FaultAt(token);
  ++num_values_;
  switch (index_->at(token)) {
    case '{': {
      const uint32_t end = is_resolved_ ? EndOfExpression(token) : 0;
      return end == 0 ? WalkObject(token, level) : WalkExpression(token, end, level);
    }
    case '[': return WalkArray(token, level);
    case '"': {
      const std::string_view raw = WithoutQuotes(index_->span(token));
      num_values_ += raw.size() / kBytesOfWork;
      if (HasEscapes(raw)) (void)JsonString(index_, raw).ToString();  // a wrong one is a fault
      return token + 1;
    }
    case 't':
    case 'f':
    case 'n': (void)JsonValue(index_, token).kind(); return token + 1;
    default: return StartsJsonValue(index_->at(token)) ? token + 1 : FaultAt(token);
  }
}

uint32_t TemplateRecord::WalkObject(uint32_t token, int level) {
  if (++token < index_->num_tokens && index_->at(token) == '}') return token + 1;
  while (true) {
    if (token + 2 >= index_->num_tokens || index_->at(token) != '"' || index_->at(token + 1) != ':')
      return FaultAt(token);
    const std::string_view key = WithoutQuotes(index_->span(token));
    if (HasEscapes(key) || key.starts_with(kLoopPrefix)) return GiveUp();
    if (level == 0 && in_properties_ && (key == "Id" || key == "Arn")) {
      // It may come to no value.
      if (index_->at(token + 2) == '{') return GiveUp();
      (key == "Id" ? has_id_ : has_arn_) = true;
    }
    token = WalkValue(token + 2, level + 1);
    if (token == kFailed) return kFailed;
    if (token >= index_->num_tokens) return FaultAt(token);
    const char c = index_->at(token);
    if (c == '}') return token + 1;
    if (c != ',') return FaultAt(token);
    ++token;
  }
}

uint32_t TemplateRecord::WalkArray(uint32_t token, int level) {
  if (++token < index_->num_tokens && index_->at(token) == ']') return token + 1;
  while (true) {
    token = WalkValue(token, level + 1);
    if (token == kFailed) return kFailed;
    if (token >= index_->num_tokens) return FaultAt(token);
    const char c = index_->at(token);
    if (c == ']') return token + 1;
    if (c != ',') return FaultAt(token);
    ++token;
  }
}

/// Where the expression ends that the object at `token` is; 0 when it is none; kFailed.
uint32_t TemplateRecord::EndOfExpression(uint32_t token) {
  const uint32_t key = token + 1;
  if (key + 2 >= index_->num_tokens || index_->at(key) != '"') return 0;
  const std::string_view name = WithoutQuotes(index_->span(key));
  if (HasEscapes(name)) return GiveUp();
  if (!TemplateFunctions::IsFunction(name)) return 0;
  if (name.starts_with("Fn::ForEach")) return GiveUp();
  const uint32_t end = SkipJsonValue(*index_, key + 2);
  return end < index_->num_tokens && index_->at(end) == '}' ? end + 1 : 0;
}

/// Writes what the expression from `token` to `end` comes to.
uint32_t TemplateRecord::WalkExpression(uint32_t token, uint32_t end, int level) {
  if (end == kFailed) return kFailed;
  const TemplateValue expression = TemplateValue::Read(JsonValue(index_, token));
  const bool is_all = level == 0 && in_properties_;
  if (is_all || HasLoops(expression)) return GiveUp();
  int& depth = stack_->set().depth;
  depth += level;
  TemplateValue value = stack_->Resolve(expression);
  depth -= level;
  if (value.is_absent() && level > 0) {
    DropMember(token, end);
    return end;
  }
  if (!in_properties_) ForgetPartialTexts(&value);
  CopyUpTo(index_->tokens[token]);
  Append(std::move(value));
  copied_ = index_->tokens[end - 1] + uint64_t{1};
  return end;
}

uint32_t TemplateRecord::FaultAt(uint32_t token) {
  index_->Fault(index_->offset(std::min(token, index_->num_tokens)));
  return GiveUp();
}

uint32_t TemplateRecord::GiveUp() {
  gave_up_ = true;
  return kFailed;
}

void TemplateRecord::Begin(JsonValue value) { copied_ = index_->tokens[value.token()]; }

void TemplateRecord::CopyUpTo(uint64_t end) {
  if (end <= copied_) return;
  origins_.push_back({static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(index_->file_offset + copied_)});
  text_.append(index_->text + copied_, static_cast<size_t>(end - copied_));
  copied_ = end;
}

/// Leaves out the element or member whose value stands from `token` to `end`, and a comma.
void TemplateRecord::DropMember(uint32_t token, uint32_t end) {
  const uint32_t first = index_->at(token - 1) == ':' ? token - 2 : token;
  CopyUpTo(index_->tokens[first]);
  if (end < index_->num_tokens && index_->at(end) == ',') {
    copied_ = index_->tokens[end] + uint64_t{1};
    return;
  }
  TrimText();
  if (text_.back() == ',') text_.pop_back();
  while (origins_.back().offset > text_.size()) origins_.pop_back();
  copied_ = index_->tokens[end - 1] + uint64_t{1};
}

void TemplateRecord::TrimText() {
  while (text_.back() == ' ' || text_.back() == '\n' || text_.back() == '\r' || text_.back() == '\t') text_.pop_back();
  while (origins_.back().offset > text_.size()) origins_.pop_back();
}

void TemplateRecord::Append(TemplateValue value) {
  const TemplateValue& kept = values_.emplace_back(std::move(value));
  kept.AppendJson(&text_, [this](const TemplateValue& part) {
    origins_.push_back({static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(part.offset)});
    if (in_properties_ && part.is_unknown()) unknown_.push_back({text_.size(), &part});
  });
}

std::vector<TemplateRecord::Unknown>::const_iterator TemplateRecord::FirstUnknown(uint64_t offset) const {
  return std::lower_bound(unknown_.begin(), unknown_.end(), offset,
                          [](const Unknown& unknown, uint64_t wanted) { return unknown.offset < wanted; });
}

const TemplateValue* TemplateRecord::UnknownAt(JsonValue value, uint64_t begin) const {
  const auto found = FirstUnknown(value.offset() - begin);
  return found != unknown_.end() && found->offset == value.offset() - begin ? found->value : nullptr;
}

void TemplateRecord::AppendUnknown(JsonValue properties, uint64_t begin, std::string* json) const {
  if (num_ids_ < unknown_.size()) {
    AppendUnknown(properties, begin, text_.size(), json);
    return;
  }
  // There is no expression that is unknown: what most resources have.
  for (size_t i = 0; i < num_ids_; ++i) {
    *json += i > 0 ? "," : "{";
    *json += i > 0 || has_id_ ? "\"Arn\":" : "\"Id\":";
    AppendJsonString(unknown_[i].value->text, json);
  }
  *json += num_ids_ > 0 ? "}" : "false";
}

/// The value ends at `end` of the text, or before.
void TemplateRecord::AppendUnknown(JsonValue value, uint64_t begin, uint64_t end, std::string* json) const {
  const auto is_known = [&](JsonValue part, uint64_t part_end) {
    const auto found = FirstUnknown(part.offset() - begin);
    return found == unknown_.end() || found->offset >= part_end;
  };
  if (const TemplateValue* unknown = UnknownAt(value, begin)) {
    AppendJsonString(unknown->text, json);
    return;
  }
  if (is_known(value, end)) {
    *json += "false";
    return;
  }
  std::vector<JsonField> parts;
  for (const JsonField& field : value.fields()) parts.push_back(field);
  for (const JsonValue element : value.elements()) parts.push_back({{}, element, 0});
  const char* brackets = value.is_array() ? "[]" : "{}";
  *json += brackets[0];
  bool is_first = true;
  for (size_t i = 0; i < parts.size(); ++i) {
    const uint64_t part_end = i + 1 < parts.size() ? parts[i + 1].value.offset() - begin : end;
    if (value.is_object() && is_known(parts[i].value, part_end)) continue;
    if (!is_first) *json += ',';
    is_first = false;
    if (value.is_object()) {
      AppendJsonString(parts[i].key.ToString(), json);
      *json += ':';
    }
    AppendUnknown(parts[i].value, begin, part_end, json);
  }
  *json += brackets[1];
}

}  // namespace bylaw

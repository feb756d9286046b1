#include "runtime/import/cloudformation_stack.h"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "runtime/builtins/partial_text.h"
#include "runtime/import/cloudformation_functions.h"

namespace bylaw {

namespace {

/// Stacks within stacks, and expressions within expressions, beyond which nothing is resolved.
constexpr int kMaxStackDepth = 16;
constexpr int kMaxResolveDepth = 600;

constexpr std::string_view kStackType = "AWS::CloudFormation::Stack";

bool IsListType(std::string_view type) { return type == "CommaDelimitedList" || type.starts_with("List<"); }

TemplateValue SplitList(const std::string& text, uint64_t offset) {
  std::vector<TemplateValue> elements;
  size_t at = 0;
  while (!text.empty()) {
    const size_t comma = text.find(',', at);
    std::string element = text.substr(at, comma - at);
    const size_t first = element.find_first_not_of(' ');
    element =
        first == std::string::npos ? std::string() : element.substr(first, element.find_last_not_of(' ') - first + 1);
    elements.push_back(TemplateValue::String(std::move(element), offset));
    if (comma == std::string::npos) break;
    at = comma + 1;
  }
  return TemplateValue::List(std::move(elements), offset);
}

std::string TypeOf(const TemplateValue& parameter) {
  const TemplateValue* type = parameter.Find("Type");
  return type == nullptr ? std::string("String") : type->ToText();
}

/// `AWS::EC2::VPC::Id` → AWS::EC2::VPC; empty for what names no resource.
std::string_view ResourceTypeOf(std::string_view parameter_type) {
  if (!parameter_type.starts_with("AWS::") || !parameter_type.ends_with("::Id") ||
      parameter_type == "AWS::EC2::Image::Id")
    return {};
  return parameter_type.substr(0, parameter_type.size() - 4);
}

/// The last text in an expression for a URL: its end names the file.
std::string LastTextOf(const TemplateValue& value) {
  if (value.is_string()) return value.text;
  for (auto element = value.elements.rbegin(); element != value.elements.rend(); ++element) {
    std::string text = LastTextOf(*element);
    if (!text.empty()) return text;
  }
  // Of Fn::Sub with names of its own, the text comes first.
  if (const TemplateValue* sub = value.Find("Fn::Sub"); sub != nullptr && sub->is_list() && !sub->elements.empty())
    return LastTextOf(sub->elements[0]);
  return value.members.empty() ? std::string() : LastTextOf(value.members.back().value);
}

uint32_t HashOf(std::string_view id) { return static_cast<uint32_t>(std::hash<std::string_view>()(id)); }

}  // namespace

void TemplateSet::Deploy() {
  std::set<const Template*> nested;
  for (const auto& source : templates_) {
    for (const TemplateResource& resource : source->resources) {
      const bool is_stack = resource.Is(kStackType);
      if (!is_stack && !resource.Is("AWS::Serverless::Application")) continue;
      const JsonValue body = source->Body(resource, &document_);
      const JsonValue url = body.Find({"Properties", is_stack ? "TemplateURL" : "Location"});
      const Template* child = url ? FindNested(*source, TemplateValue::Read(url)) : nullptr;
      if (document_.faulty()) NoteFault(*source);
      if (child != nullptr && child != source.get()) nested.insert(child);
    }
  }
  for (const auto& source : templates_) {
    if (nested.contains(source.get())) continue;
    DeployStack(std::make_unique<TemplateStack>(*this, *source, "", std::map<std::string, TemplateValue>()), 0);
  }
  // Templates that nest each other in a circle are judged each by itself.
  for (const auto& source : templates_) {
    const bool deployed = std::any_of(stacks_.begin(), stacks_.end(),
                                      [&](const auto& stack) { return &stack->source() == source.get(); });
    if (!deployed)
      DeployStack(std::make_unique<TemplateStack>(*this, *source, "", std::map<std::string, TemplateValue>()),
                  kMaxStackDepth);
  }
}

void TemplateSet::DeployStack(std::unique_ptr<TemplateStack> added, int level) {
  TemplateStack& stack = *added;
  stacks_.push_back(std::move(added));
  if (level >= kMaxStackDepth || stacks_.size() > 10000) return;
  for (TemplateStack::Resource& resource : stack.resources()) {
    if (resource.type() != kStackType) continue;
    const TemplateValue body = stack.Body(*resource.written);
    const TemplateValue* properties = body.Find("Properties");
    const TemplateValue* url = properties == nullptr ? nullptr : properties->Find("TemplateURL");
    const Template* child = url == nullptr ? nullptr : FindNested(stack.source(), *url);
    if (child == nullptr || child == &stack.source()) continue;
    const TemplateValue exists = stack.Exists(resource);
    if (exists.kind == TemplateValue::Kind::kBool && !exists.boolean) continue;
    std::map<std::string, TemplateValue> arguments;
    if (const TemplateValue* given = properties->Find("Parameters"); given != nullptr) {
      const TemplateValue resolved = stack.Resolve(*given);
      for (const TemplateValue::Member& member : resolved.members) {
        if (!member.value.is_absent()) arguments[member.key] = member.value;
      }
    }
    auto nested = std::make_unique<TemplateStack>(*this, *child, stack.AddressOf(resource) + "/", std::move(arguments));
    resource.nested = nested.get();
    DeployStack(std::move(nested), level + 1);
  }
}

const Template* TemplateSet::FindNested(const Template& from, const TemplateValue& url) const {
  namespace fs = std::filesystem;
  std::string text = LastTextOf(url);
  text = text.substr(0, text.find_first_of("?#"));
  const std::string file_name = text.substr(text.find_last_of("/}") + 1);
  if (file_name.empty()) return nullptr;
  const fs::path beside = (fs::path(from.file->name()).parent_path() / text).lexically_normal();
  const Template* found = nullptr;
  for (const auto& candidate : templates_) {
    const fs::path path = fs::path(candidate->file->name()).lexically_normal();
    if (path == beside) return candidate.get();
    if (path.filename() != file_name) continue;
    if (found != nullptr) return nullptr;
    found = candidate.get();
  }
  return found;
}

TemplateValue TemplateSet::Export(const std::string& name, uint64_t offset) {
  if (!exports_) {
    exports_.emplace();
    for (const auto& stack : stacks_) {
      const TemplateValue* outputs = stack->Section("Outputs");
      if (outputs == nullptr) continue;
      for (const TemplateValue::Member& output : outputs->members) {
        const TemplateValue* exported = output.value.Find("Export");
        const TemplateValue* export_name = exported == nullptr ? nullptr : exported->Find("Name");
        if (export_name == nullptr) continue;
        const TemplateValue resolved = stack->Resolve(*export_name);
        if (resolved.is_scalar()) exports_->emplace(resolved.ToText(), ExportedValue{stack.get(), &output.value});
      }
    }
  }
  const auto [first, last] = exports_->equal_range(name);
  if (first == last || std::next(first) != last) {
    const std::string_view found = first == last ? "no input is known to export" : "several inputs export";
    TemplateValue unknown = TemplateValue::Unknown(fmt::format("{} `{}`", found, name), offset);
    unknown.partial = kUnknownText;
    return unknown;
  }
  const TemplateValue* value = first->second.value->Find("Value");
  TemplateValue resolved = value == nullptr ? TemplateValue::Absent(offset) : first->second.stack->Resolve(*value);
  resolved.offset = offset;
  return resolved;
}

TemplateStack::TemplateStack(TemplateSet& set, const Template& source, std::string path,
                             std::map<std::string, TemplateValue> arguments)
    : set_(set),
      source_(source),
      path_(std::move(path)),
      arguments_(std::move(arguments)),
      is_nested_(!path_.empty()),
      root_(&source.sections) {
  if (HasLoops(source.sections)) {
    auto expanded = std::make_unique<TemplateValue>(source.sections);
    root_ = expanded.get();
    for (TemplateValue::Member& section : expanded->members) {
      if (section.key == "Conditions" || section.key == "Outputs") section.value = Expanded(section.value);
    }
    expanded_ = std::move(expanded);
  }
  ReadResources();
}

void TemplateStack::ReadResources() {
  const auto& written = source_.resources;
  const bool is_made = std::any_of(written.begin(), written.end(), [](const TemplateResource& resource) {
    return resource.is_loop() || (resource.type != nullptr && IsServerless(*resource.type));
  });
  if (!is_made) {
    MakeSlots(written.size());
    for (const TemplateResource& resource : written) AddResource(resource);
    return;
  }
  // What loops make may be SAM's.
  std::vector<const TemplateResource*> resources;
  for (const TemplateResource& resource : written) {
    if (resource.is_loop()) {
      AddLoop(resource, &resources);
    } else {
      resources.push_back(&resource);
    }
  }
  const TemplateValue* globals = root_->Find("Globals");
  std::vector<const TemplateResource*> all;
  for (const TemplateResource* resource : resources) {
    std::vector<TemplateValue::Member> made;
    if (resource->type != nullptr && IsServerless(*resource->type))
      made = ExpandServerless({resource->id, Body(*resource)}, globals);
    for (TemplateValue::Member& member : made) all.push_back(Keep(std::move(member)));
    if (made.empty()) all.push_back(resource);
  }
  MakeSlots(all.size());
  for (const TemplateResource* resource : all) AddResource(*resource);
}

void TemplateStack::MakeSlots(size_t num_resources) {
  slots_.assign(std::bit_ceil(num_resources + num_resources / 2 + 1), {});
  resources_.reserve(num_resources);
}

const TemplateStack::Slot& TemplateStack::SlotOf(std::string_view id, uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  const auto is_other = [&](const Slot& slot) {
    return slot.number != 0 && (slot.hash != hash || resources_[slot.number - 1].id() != id);
  };
  while (is_other(slots_[at])) at = (at + 1) & mask;
  return slots_[at];
}

void TemplateStack::AddLoop(const TemplateResource& loop, std::vector<const TemplateResource*>* resources) {
  TemplateValue alone = TemplateValue::Object(loop.offset);
  alone.members.push_back({loop.id, *loop.made});
  for (TemplateValue::Member& member : Expanded(alone).members) {
    if (member.value.is_unknown()) problems_.push_back({member.value.offset, member.value.text});
    resources->push_back(Keep(std::move(member)));
  }
}

const TemplateResource* TemplateStack::Keep(TemplateValue::Member made) {
  return &made_.emplace_back(TemplateResource::Made(std::move(made), &set_.types()));
}

void TemplateStack::AddResource(const TemplateResource& resource) {
  if (resource.type == nullptr) return;
  const uint32_t hash = HashOf(resource.id);
  Slot& slot = slots_[static_cast<size_t>(&SlotOf(resource.id, hash) - slots_.data())];
  if (slot.number != 0) {
    resources_[slot.number - 1] = {&resource};
  } else {
    resources_.push_back({&resource});
    slot = {static_cast<uint32_t>(resources_.size()), hash};
  }
}

TemplateValue TemplateStack::Expanded(const TemplateValue& value) {
  const bool was_expanding = std::exchange(is_expanding_, true);
  TemplateValue expanded = ExpandLoops(
      value, [this](const TemplateValue& part) { return Resolve(part); },
      [this](const TemplateValue& body) { return set_.Spend(body.num_values()); });
  is_expanding_ = was_expanding;
  return expanded;
}

TemplateValue TemplateStack::Body(const TemplateResource& resource) {
  if (resource.made != nullptr) return *resource.made;
  TemplateValue body = TemplateValue::Read(WrittenBody(resource, &set_.document()));
  if (set_.document().faulty()) set_.NoteFault(source_);
  return HasLoops(body) ? Expanded(body) : body;
}

std::optional<TemplateValue> TemplateStack::PropertyOf(const TemplateResource& resource, const std::string& name) {
  constexpr uint64_t kBytesOfWork = 64;
  set_.Spend(resource.size / kBytesOfWork);
  TemplateValue whole;
  const TemplateValue* properties = nullptr;
  if (resource.made != nullptr) {
    properties = resource.made->Find("Properties");
  } else {
    const JsonValue written = WrittenBody(resource, &set_.document()).Find("Properties");
    JsonValue found;
    bool has_loops = false;
    for (const JsonField& field : written.fields()) {
      if (field.key.Equals(name)) found = field.value;
      has_loops = has_loops || field.key.ToString().starts_with(kLoopPrefix);
    }
    if (!has_loops) {
      std::optional<TemplateValue> property;
      if (found) property = TemplateValue::Read(found);
      if (set_.document().faulty()) set_.NoteFault(source_);
      if (property && HasLoops(*property)) property = Expanded(*property);
      return property;
    }
    whole = Body(resource);
    properties = whole.Find("Properties");
  }
  const TemplateValue* property = properties == nullptr ? nullptr : properties->Find(name);
  return property == nullptr ? std::nullopt : std::optional(*property);
}

const TemplateValue* TemplateStack::Section(std::string_view name) const {
  const TemplateValue* section = root_->Find(name);
  return section != nullptr && section->is_object() ? section : nullptr;
}

const TemplateStack::Resource* TemplateStack::FindResource(std::string_view id) const {
  if (is_expanding_ || slots_.empty()) return nullptr;
  const uint32_t number = SlotOf(id, HashOf(id)).number;
  return number == 0 ? nullptr : &resources_[number - 1];
}

TemplateValue TemplateStack::Exists(const Resource& resource) {
  const TemplateResource::Condition* condition = resource.written->condition.get();
  if (condition == nullptr) return TemplateValue::Bool(true, resource.written->offset);
  return ResolveCondition(condition->name, condition->offset);
}

TemplateValue TemplateStack::Resolve(const TemplateValue& value) {
  if (set_.depth > kMaxResolveDepth || !set_.Spend(1))
    return TemplateValue::Unknown("the expressions are too large to be resolved", value.offset);
  switch (value.kind) {
    case TemplateValue::Kind::kString: set_.Spend(value.text.size() / 64); return value;
    case TemplateValue::Kind::kList: {
      ++set_.depth;
      std::vector<TemplateValue> elements;
      for (const TemplateValue& element : value.elements) {
        TemplateValue resolved = Resolve(element);
        if (!resolved.is_absent()) elements.push_back(std::move(resolved));
      }
      --set_.depth;
      return TemplateValue::List(std::move(elements), value.offset);
    }
    case TemplateValue::Kind::kObject: {
      ++set_.depth;
      TemplateValue resolved = ResolveObject(value);
      --set_.depth;
      return resolved;
    }
    default: return value;
  }
}

TemplateValue TemplateStack::ResolveObject(const TemplateValue& value) {
  if (value.members.size() == 1 && TemplateFunctions::IsFunction(value.members[0].key)) {
    if (value.members[0].key.starts_with("Fn::ForEach")) {
      return Resolve(ExpandLoops(
          value, [this](const TemplateValue& part) { return Resolve(part); },
          [this](const TemplateValue& body) { return set_.Spend(body.num_values()); }));
    }
    TemplateValue result = TemplateFunctions(*this).Call(value.members[0].key, value.members[0].value, value.offset);
    set_.Spend(result.text.size() / 64);
    return result;
  }
  TemplateValue resolved = TemplateValue::Object(value.offset);
  for (const TemplateValue::Member& member : value.members) {
    TemplateValue part = Resolve(member.value);
    if (!part.is_absent()) resolved.members.push_back({member.key, std::move(part)});
  }
  return resolved;
}

TemplateValue TemplateStack::ResolveReference(const std::string& name, uint64_t offset) {
  if (name.starts_with("AWS::")) return ResolvePseudo(name, offset);
  const TemplateValue* parameters = Section("Parameters");
  if (const TemplateValue* parameter = parameters == nullptr ? nullptr : parameters->Find(name))
    return ResolveParameter(name, *parameter, offset);
  if (const Resource* resource = FindResource(name)) {
    TemplateValue value =
        TemplateValue::Unknown(fmt::format("the id of `{}` is known when it is created", path_ + name), offset,
                               {{source_.input, AddressOf(*resource), resource->type()}});
    value.partial = UnknownName(path_ + name);
    value.parts = {{TemplatePart::Kind::kResource, "${" + path_ + name + "}", value.targets.front()}};
    return value;
  }
  return TemplateValue::Unknown(fmt::format("the template has no parameter or resource `{}`", name), offset,
                                {{source_.input, path_ + name, std::string(kAnySourceType)}});
}

std::string TemplateStack::PseudoText(std::string_view name) const {
  if (const std::string* given = set_.Given(std::string(name))) return *given;
  // Without a region the partition is taken for the common one: nearly every policy document spells its ARNs with it, and what one allows does not change with the partition.
  const std::string* region = set_.Given("AWS::Region");
  const bool china = region != nullptr && region->starts_with("cn-");
  const bool government = region != nullptr && region->starts_with("us-gov-");
  if (name == "AWS::Partition") return china ? "aws-cn" : government ? "aws-us-gov" : "aws";
  if (name == "AWS::URLSuffix") return china ? "amazonaws.com.cn" : "amazonaws.com";
  return {};
}

TemplateValue TemplateStack::ResolvePseudo(const std::string& name, uint64_t offset) const {
  if (name == "AWS::NoValue") return TemplateValue::Absent(offset);
  // A nested stack's name and id are its own.
  const bool own = is_nested_ && (name == "AWS::StackName" || name == "AWS::StackId");
  std::string text = own ? std::string() : PseudoText(name);
  if (text.empty()) {
    TemplateValue value = TemplateValue::Unknown(fmt::format("`{}` is not given", name), offset);
    value.partial = UnknownName(name);
    value.parts = {{TemplatePart::Kind::kGiven, "${" + name + "}"}};
    return value;
  }
  return TemplateValue::String(std::move(text), offset);
}

TemplateValue TemplateStack::ResolveParameter(const std::string& name, const TemplateValue& parameter,
                                              uint64_t offset) {
  const std::string type = TypeOf(parameter);
  TemplateValue value;
  const auto argument = arguments_.find(name);
  const std::string* given = set_.Given(name);
  const TemplateValue* fallback = parameter.Find("Default");
  if (argument != arguments_.end()) {
    value = argument->second;
  } else if (!is_nested_ && given != nullptr) {
    value = TemplateValue::String(*given, offset);
  } else if (fallback != nullptr && fallback->is_scalar()) {
    value = TemplateValue::String(fallback->ToText(), offset);
  } else if (fallback != nullptr && fallback->is_list()) {
    value = *fallback;
  } else {
    value = TemplateValue::Unknown(fmt::format("the parameter `{}` has no value", path_ + name), offset);
    // One that names a resource means the same one wherever it stands; which of several it is, or whether two are the
    // same, nobody knows.
    const std::string_view resource_type = ResourceTypeOf(type);
    // Lists of ids are none that is empty: what they join is a name, too.
    const bool is_id = (type.starts_with("AWS::") && !type.starts_with("AWS::SSM::")) || type.starts_with("List<AWS::");
    const bool is_name = type == "Number" || is_id;
    // What is not to be shown may be a secret.
    const TemplateValue* hidden = parameter.Find("NoEcho");
    const bool is_hidden = hidden != nullptr && hidden->ToText() == "true";
    if ((!IsListType(type) || is_id) && !is_hidden)
      value.partial = is_name ? UnknownName(path_ + name) : std::string(kUnknownText);
    if (!resource_type.empty()) {
      size_t num_same = 0;
      for (const TemplateValue::Member& other : Section("Parameters")->members) {
        num_same += TypeOf(other.value).find(resource_type) != std::string::npos ? 1U : 0U;
      }
      if (num_same == 1) value.targets.push_back({source_.input, path_ + name, std::string(resource_type)});
    }
  }
  value.offset = offset;
  if (type.starts_with("AWS::SSM::Parameter::Value<") && !value.is_unknown()) {
    value = TemplateValue::Unknown(
        fmt::format("the SSM parameter `{}` is read when the stack is deployed", value.ToText()), offset);
    if (!IsListType(type)) value.partial = kUnknownText;
    return value;
  }
  if (IsListType(type) && value.is_scalar()) return SplitList(value.ToText(), offset);
  if (type == "Number" && value.is_string() && ParseJsonNumber(value.text).form != JsonNumber::Form::kInvalid) {
    value.kind = TemplateValue::Kind::kNumber;
    return value;
  }
  if (!IsListType(type) && value.is_list() && !value.HasUnknown()) {
    std::string joined;
    for (const TemplateValue& element : value.elements) joined += (joined.empty() ? "" : ",") + element.ToText();
    return TemplateValue::String(std::move(joined), offset);
  }
  return value;
}

TemplateValue TemplateStack::ResolveAttribute(const std::string& id, const std::string& attribute, uint64_t offset) {
  const Resource* resource = FindResource(id);
  if (resource == nullptr) {
    return TemplateValue::Unknown(fmt::format("the template has no resource `{}`", id), offset,
                                  {{source_.input, path_ + id, std::string(kAnySourceType)}});
  }
  const std::string key = id + "." + attribute;
  const auto [found, added] = attributes_.try_emplace(key, std::nullopt);
  if (!added && !found->second) return TemplateValue::Unknown(fmt::format("`{}` depends on itself", key), offset);
  if (added) {
    TemplateValue value;
    if (resource->nested != nullptr && attribute.starts_with("Outputs.")) {
      value = resource->nested->Output(attribute.substr(8), offset);
    } else if (resource->type() == kStackType && attribute.starts_with("Outputs.")) {
      value = TemplateValue::Unknown(
          fmt::format("the template of the nested stack `{}` is not among the inputs", path_ + id), offset);
    } else if (resource->type() == "AWS::EC2::VPC" &&
               (attribute == "DefaultSecurityGroup" || attribute == "DefaultNetworkAcl")) {
      const bool group = attribute == "DefaultSecurityGroup";
      value = TemplateValue::Unknown(
          fmt::format("`{}` is known when it is created", path_ + key), offset,
          {{source_.input, path_ + key, group ? "AWS::EC2::SecurityGroup" : "AWS::EC2::NetworkAcl"}});
    } else if (const std::optional<TemplateValue> written = PropertyOf(*resource->written, attribute)) {
      value = Resolve(*written);
    } else {
      value = TemplateValue::Unknown(fmt::format("`{}` is known when it is created", path_ + key), offset,
                                     {{source_.input, AddressOf(*resource), resource->type()}});
      // What a custom resource answers can be any text.
      const bool custom =
          resource->type().starts_with("Custom::") || resource->type() == "AWS::CloudFormation::CustomResource";
      value.partial = custom ? std::string(kUnknownText) : UnknownName(path_ + key);
      value.parts = {{TemplatePart::Kind::kResource, "${" + path_ + key + "}", value.targets.front()}};
    }
    attributes_[key] = std::move(value);
  }
  TemplateValue value = *attributes_[key];
  value.offset = offset;
  return value;
}

TemplateValue TemplateStack::ResolveCondition(const std::string& name, uint64_t offset) {
  const TemplateValue* conditions = Section("Conditions");
  const TemplateValue* condition = conditions == nullptr ? nullptr : conditions->Find(name);
  if (condition == nullptr)
    return TemplateValue::Unknown(fmt::format("the template has no condition `{}`", name), offset);
  const auto [found, added] = conditions_.try_emplace(name, std::nullopt);
  if (!added && !found->second)
    return TemplateValue::Unknown(fmt::format("the condition `{}` depends on itself", name), offset);
  if (added) conditions_[name] = TemplateFunctions(*this).Decide(*condition);
  return *conditions_[name];
}

TemplateValue TemplateStack::Output(const std::string& name, uint64_t offset) {
  const TemplateValue* outputs = Section("Outputs");
  const TemplateValue* output = outputs == nullptr ? nullptr : outputs->Find(name);
  const TemplateValue* value = output == nullptr ? nullptr : output->Find("Value");
  if (value == nullptr)
    return TemplateValue::Unknown(
        fmt::format("the nested stack `{}` has no output `{}`", path_.substr(0, path_.size() - 1), name), offset);
  const auto [found, added] = outputs_.try_emplace(name, std::nullopt);
  if (!added && !found->second)
    return TemplateValue::Unknown(fmt::format("the output `{}` depends on itself", path_ + name), offset);
  if (added) outputs_[name] = Resolve(*value);
  TemplateValue resolved = *outputs_[name];
  resolved.offset = offset;
  return resolved;
}

}  // namespace bylaw

// CloudFormation templates, as JSON or YAML, SAM's among them, the reply of `get-template`, and files of parameters for
// them.
//
// Templates are read first and made into records when all inputs are there, since they may nest and import from each
// other (cloudformation_stack.h). The record that mappings read is the resource's resolved `Properties`; the envelope
// is the resource (`Type`, `DeletionPolicy`, …). Its address is the logical id, "Parent/Child" in a nested stack. `Id`
// and `Arn` are unknown where the properties have none. In the `Resource`s of policy statements, what names a resource
// of the template is written `${Bucket.Arn}`: its ARN is unknown, and yet it is an ARN, and no wildcard. A resource
// whose condition is false has no row; one whose condition is undecided exists possibly. `DependsOn` orders and says
// nothing else. `waive` in `Metadata.bylaw` holds waivers (inline_waivers.h).
//
// Covers what a stack can hold: a template is a configuration of its own.

#include <algorithm>

#include <fmt/format.h>

#include "runtime/import/aws_calls.h"
#include "runtime/import/cloudformation_stack.h"
#include "runtime/import/importer.h"
#include "runtime/import/inline_waivers.h"
#include "runtime/json/json_document.h"

namespace bylaw {

namespace {

/// What a template says of the references of one resource.
class TemplateReferences : public ReferenceSource {
 public:
  explicit TemplateReferences(StringPool& strings) : strings_(strings) {}

  void Set(const TemplateValue* properties, uint32_t input) {
    properties_ = properties;
    input_ = input;
  }

  Answer Follow(std::span<const ElementStep> steps, std::span<const std::string> path,
                const Accepts& accepts) override {
    return AnswerOf(Walk(steps, path), accepts);
  }
  bool knows_elements() const override { return true; }
  Answer FollowElement(std::span<const ElementStep> steps, std::span<const std::string> path, uint32_t index,
                       const Accepts& accepts) override {
    const std::vector<const TemplateValue*> elements = ElementsOf(Walk(steps, path));
    if (index >= elements.size()) return {};
    return AnswerOf({elements[index]}, accepts);
  }
  Use UseOf(std::span<const std::string>, const Located&) override { return Use::kUse; }
  bool IsUnset(std::span<const ElementStep>, std::span<const std::string>) override { return false; }
  std::vector<TextPart> TextAt(std::span<const ElementStep> steps, std::span<const std::string> path) override {
    const Values values = Walk(steps, path);
    if (values.size() != 1 || !values.front()->is_unknown()) return {};
    std::vector<TextPart> text;
    const auto add_resource = [&](const TemplateTarget& target) {
      text.push_back({.target = ReferenceTarget{strings_.Intern(target.address), strings_.Intern(target.source_type)},
                      .input = target.input});
    };
    for (const TemplatePart& part : values.front()->parts) {
      switch (part.kind) {
        case TemplatePart::Kind::kText: text.push_back({.text = part.text}); break;
        case TemplatePart::Kind::kGiven: text.push_back({.text = part.text, .is_exact = false}); break;
        case TemplatePart::Kind::kResource: add_resource(part.target); break;
        case TemplatePart::Kind::kOpen: return {};
      }
    }
    if (text.empty() && values.front()->targets.size() == 1) add_resource(values.front()->targets.front());
    return text;
  }

 private:
  using Values = std::vector<const TemplateValue*>;

  static void Descend(const TemplateValue& value, std::span<const std::string> keys, Values* found) {
    if (keys.empty() || value.is_unknown()) {
      found->push_back(&value);
    } else if (value.is_list()) {
      for (const TemplateValue& element : value.elements) Descend(element, keys, found);
    } else if (const TemplateValue* member = value.Find(keys.front())) {
      Descend(*member, keys.subspan(1), found);
    }
  }
  static Values ElementsOf(const Values& lists) {
    Values elements;
    for (const TemplateValue* list : lists) {
      if (!list->is_list()) elements.push_back(list);
      for (const TemplateValue& element : list->elements) elements.push_back(&element);
    }
    return elements;
  }

  Values Walk(std::span<const ElementStep> steps, std::span<const std::string> path) const {
    const TemplateValue* at = properties_;
    for (const ElementStep& step : steps) {
      Values lists;
      Descend(*at, step.path, &lists);
      const Values elements = ElementsOf(lists);
      if (step.index >= elements.size()) return {};
      at = elements[step.index];
    }
    Values found;
    Descend(*at, path, &found);
    return found;
  }

  Answer AnswerOf(const Values& values, const Accepts& accepts) {
    Answer answer;
    for (const TemplateValue* value : values) {
      if (!value->is_unknown()) continue;
      answer.is_set = true;
      for (const TemplateTarget& target : value->References()) {
        if (target.source_type != kAnySourceType && !accepts(target.source_type)) continue;
        if (answer.targets.empty()) answer.input = target.input;
        // Candidates of several inputs are more than a reference can hold.
        if (answer.input != target.input) return {.is_set = true, .targets = {}, .note = value->text};
        answer.targets.push_back({strings_.Intern(target.address), strings_.Intern(target.source_type)});
      }
      if (answer.targets.size() > 1) answer.note = value->text;
    }
    return answer;
  }

  StringPool& strings_;
  const TemplateValue* properties_ = nullptr;
  uint32_t input_ = 0;
};

/// Leaves nothing of what is unknown within `value`: of an envelope it is not told what is.
void ForgetPartialTexts(TemplateValue* value) {
  value->partial.clear();
  for (TemplateValue& element : value->elements) ForgetPartialTexts(&element);
  for (TemplateValue::Member& member : value->members) ForgetPartialTexts(&member.value);
}

class CloudFormationImporter : public Importer {
 public:
  explicit CloudFormationImporter(ImportRun& run)
      : run_(run), demand_(run.program, "cloudformation"), extractor_(demand_, run.builder, run.evaluator) {}

  std::string_view name() const override { return "cloudformation"; }
  std::string_view mapping_format() const override { return "cloudformation"; }
  std::vector<std::string> record_prefix() const override { return {"Properties"}; }

  bool Detect(const Sniff& sniff) const override {
    if (sniff.in_array) return sniff.Has("ParameterKey");
    if (sniff.kind != JsonKind::kObject) return false;
    if (sniff.Has("AWSTemplateFormatVersion") || sniff.Has("TemplateBody")) return true;
    if (sniff.keys == std::vector<std::string>{"Parameters"}) {
      // So are those called that a call of the AWS command line lists; its file has the call's name.
      return ParseAwsFileName(sniff.name).calls.empty();
    }
    return sniff.Has("Resources");
  }

  Status Read(const InputFile& file, const Sniff&, ImportRun& run) override {
    JsonStream stream(file, run.StreamOptions());
    if (!stream.NextDocument()) return stream.status();
    const JsonValue whole = stream.TakeValue();
    if (!whole) return stream.status();
    if (whole.is_array() ||
        (whole.Find("Parameters") && !whole.Find("Resources") && !whole.Find("AWSTemplateFormatVersion"))) {
      BYLAW_RETURN_IF_ERROR(stream.status());
      const JsonValue given = whole.Find("Parameters");
      if (given && !given.is_object()) {
        return file.ErrorAt(given.offset(), "`Parameters` is no mapping of names to values",
                            "a template needs `Resources`");
      }
      ReadParameters(file, whole);
      return Ok{};
    }
    JsonValue body = whole.Find("TemplateBody");
    if (body.is_string()) {
      return file.ErrorAt(body.offset(), "`TemplateBody` holds the template as text",
                          "give the text itself: `aws cloudformation get-template --query TemplateBody --output text`");
    }
    if (!body.is_object()) body = whole;
    Template added{run.input, file.name(), TemplateValue::Read(body)};
    BYLAW_RETURN_IF_ERROR(stream.status());
    const TemplateValue* resources = added.root.Find("Resources");
    if (resources == nullptr)
      return file.ErrorAt(body.offset(), "a template without `Resources`", "give the whole template");
    if (!resources->is_object())
      return file.ErrorAt(resources->offset, "`Resources` is no mapping of logical ids to resources");
    if (stream.NextDocument())
      return file.ErrorAt(stream.offset(), "a second document after the template", "a template is one document");
    BYLAW_RETURN_IF_ERROR(stream.status());
    CheckResources(file, *resources);
    inputs_[run.input] = {
        file.shared_from_this(), run.located, static_cast<size_t>(run.current - run.statistics.inputs.data()), {}, {}};
    set_.Add(std::move(added));
    return Ok{};
  }

  void Finish() override {
    if (set_.empty()) return;
    set_.Deploy();
    std::vector<Resolved> resources;
    for (const auto& stack : set_.stacks()) Resolve(*stack, &resources);
    WriteTexts(&resources);
    for (const Resolved& resource : resources) AddResource(resource);
    extractor_.Flush();
  }

 private:
  struct Input {
    std::shared_ptr<const InputFile> file;
    std::shared_ptr<std::shared_ptr<const InputFile>> located;
    size_t statistics = 0;
    std::string text;  ///< the resolved resources, one JSON value after the other
    std::vector<InputFile::Origin> origins;
  };
  struct Resolved {
    TemplateStack* stack = nullptr;
    const SourceDemand* demand = nullptr;
    std::string address, type;
    TemplateValue whole;
    bool possible = false;
    uint64_t begin = 0, size = 0;  ///< in the input's text
  };

  void Warn(const InputFile& file, uint64_t offset, const std::string& message) {
    const LineColumn place = file.Locate(offset);
    run_.statistics.warnings.push_back(fmt::format("{}:{}:{}: {}", file.name(), place.line, place.column, message));
  }

  /// [{"ParameterKey": "K", "ParameterValue": "V"}, …], of create-stack, or {"Parameters": {"K": "V", …}}, of
  /// CodePipeline.
  void ReadParameters(const InputFile& file, JsonValue whole) {
    const auto give = [&](const std::string& name, JsonValue value) {
      std::string text = value.is_string() ? value.string().ToString() : std::string(value.raw());
      if (value.is_array()) {
        text.clear();
        for (JsonValue element : value.elements()) {
          text += (text.empty() ? "" : ",") +
                  (element.is_string() ? element.string().ToString() : std::string(element.raw()));
        }
      }
      if (!set_.Give(name, text))
        Warn(file, value.offset(),
             fmt::format("the parameter `{}` is given two values, and counts as not given", name));
    };
    for (JsonValue element : whole.elements()) {
      const JsonValue key = element.Find("ParameterKey"), value = element.Find("ParameterValue");
      if (key.is_string() && value) give(key.string().ToString(), value);
    }
    for (JsonField field : whole.Find("Parameters").fields()) give(field.key.ToString(), field.value);
  }

  void CheckResources(const InputFile& file, const TemplateValue& resources) {
    for (const TemplateValue::Member& member : resources.members) {
      const TemplateValue* type = member.value.Find("Type");
      if (member.key.starts_with("Fn::") || (type != nullptr && type->is_string())) continue;
      Warn(file, member.value.offset, fmt::format("`{}` has no `Type`, and is left out", member.key));
    }
  }

  void Resolve(TemplateStack& stack, std::vector<Resolved>* resources) {
    const Input& input = inputs_.at(stack.source().input);
    run_.current = &run_.statistics.inputs[input.statistics];
    if (const TemplateValue* section = stack.Section("Resources")) {
      for (const TemplateValue::Member& member : section->members) {
        if (member.value.is_unknown()) Warn(*input.file, member.value.offset, member.value.text);
      }
    }
    for (TemplateStack::Resource& resource : stack.resources()) {
      const TemplateValue exists = stack.Exists(resource);
      if (exists.kind == TemplateValue::Kind::kBool && !exists.boolean) {
        ++run_.current->num_deleted;
        continue;
      }
      const SourceDemand* demand = demand_.Find(resource.type);
      run_.Count("cloudformation", resource.type, demand_.Maps(resource.type));
      run_.builder.input(stack.source().input).num_resources = run_.current->num_resources;
      const TemplateValue* metadata = resource.written->Find("Metadata");
      const bool has_waivers = metadata != nullptr && metadata->Find(kOwnMetadata) != nullptr;
      if (demand == nullptr && !demand_.wants_all_records() && !has_waivers) continue;
      Resolved& resolved = resources->emplace_back();
      resolved.stack = &stack;
      resolved.demand = demand;
      resolved.address = stack.AddressOf(resource);
      resolved.type = resource.type;
      resolved.possible = exists.is_unknown();
      resolved.whole = Whole(stack, resource, resolved.address);
    }
  }

  static TemplateValue Whole(TemplateStack& stack, const TemplateStack::Resource& resource,
                             const std::string& address) {
    TemplateValue whole = TemplateValue::Object(resource.written->offset);
    for (const TemplateValue::Member& member : resource.written->members) {
      const bool resolved = member.key == "DeletionPolicy" || member.key == "UpdateReplacePolicy" ||
                            member.key == "Metadata" || member.key == "UpdatePolicy";
      if (member.key == "Properties") continue;
      TemplateValue value = resolved ? stack.Resolve(member.value) : member.value;
      ForgetPartialTexts(&value);
      whole.Set(member.key, std::move(value));
    }
    const TemplateValue* written = resource.written->Find("Properties");
    TemplateValue properties =
        written == nullptr ? TemplateValue::Object(resource.written->offset) : stack.Resolve(*written);
    if (properties.is_object()) {
      for (const char* name : {"Id", "Arn"}) {
        if (properties.Find(name) != nullptr) continue;
        properties.Set(name, TemplateValue::Unknown(fmt::format("the {} of `{}` is known when it is created",
                                                                name[0] == 'I' ? "id" : "ARN", address),
                                                    resource.written->offset));
      }
    }
    whole.Set("Properties", std::move(properties));
    return whole;
  }

  /// Writes the resources of each input as one text, in which they are found again.
  void WriteTexts(std::vector<Resolved>* resources) {
    for (Resolved& resource : *resources) {
      Input& input = inputs_.at(resource.stack->source().input);
      resource.begin = input.text.size();
      resource.whole.AppendJson(&input.text, &input.origins);
      resource.size = input.text.size() - resource.begin;
      input.text += '\n';
    }
    for (auto& [index, input] : inputs_) {
      if (input.text.empty()) continue;
      input.file = InputFile::Derived(std::move(input.file), std::move(input.text), std::move(input.origins),
                                      InputFile::Derivation::kResolved);
      run_.builder.Keep(input.file);
      *input.located = input.file;
    }
  }

  void AddResource(const Resolved& resource) {
    const uint32_t index = resource.stack->source().input;
    const Input& input = inputs_.at(index);
    extractor_.SetInput(index);
    const std::string_view text = input.file->text().substr(resource.begin, resource.size);
    unknown_text_.clear();
    resource.whole.AppendUnknown(&unknown_text_);
    const auto value = document_.Parse(text, JsonDocument::Trust::kValidated, kAnyDepth, resource.begin);
    const auto unknown = unknown_.Parse(unknown_text_, JsonDocument::Trust::kValidated, kAnyDepth);
    if (!value.ok() || !unknown.ok()) return;
    const std::string account = resource.stack->PseudoText("AWS::AccountId"),
                      region = resource.stack->PseudoText("AWS::Region");
    TemplateReferences references(run_.builder.strings());
    references.Set(resource.whole.Find("Properties"), index);
    SourceRecord source;
    source.source_type = resource.type;
    source.address = resource.address;
    source.account = account;
    source.region = region;
    source.record = Step({*value, *unknown}, "Properties");
    source.envelope = *value;
    source.tags = Step(source.record, "Tags");
    source.offset = resource.begin;
    source.possible = resource.possible;
    source.unknown_reason = "known when the stack is deployed";
    source.references = &references;
    const Row record = extractor_.Add(source, resource.demand);
    const WaivedResource waived{.file = *input.file, .input = index, .address = resource.address, .record = record};
    const JsonValue own = value->Find({"Metadata", kOwnMetadata});
    for (const JsonField field : own.fields())
      AddInlineWaivers(field.key.ToString(), field.value, waived, run_.builder);
    if (own && !own.is_object()) AddInlineWaivers(kOwnMetadata, own, waived, run_.builder);
  }

  static constexpr uint32_t kAnyDepth = 1u << 30;
  static constexpr std::string_view kOwnMetadata = "bylaw";  ///< what a resource's metadata has for Bylaw

  ImportRun& run_;
  Demand demand_;
  Extractor extractor_;
  TemplateSet set_;
  std::map<uint32_t, Input> inputs_;
  JsonDocument document_, unknown_;
  std::string unknown_text_;
};

}  // namespace

std::unique_ptr<Importer> MakeCloudFormationImporter(ImportRun& run) {
  return std::make_unique<CloudFormationImporter>(run);
}

}  // namespace bylaw

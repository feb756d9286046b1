// CloudFormation templates, as JSON or YAML, SAM's among them, the reply of `get-template`, and files of parameters for
// them.
//
// Templates are looked through first, and what is wanted of them is made into records when all inputs are there,
// since they may nest and import from each other (cloudformation_stack.h). Of resources that are not wanted only
// strings, UTF-8 and the balance of brackets are checked. The record that mappings read is the resource's resolved
// `Properties`; the envelope is the resource (`Type`, `DeletionPolicy`, …). Its address is the logical id,
// "Parent/Child" in a nested stack. `Id` and `Arn` are unknown where the properties have none. In the `Resource`s of
// policy statements, what names a resource of the template is written `${Bucket.Arn}`: its ARN is unknown, and yet
// it is an ARN, and no wildcard. A resource whose condition is false has no row; one whose condition is undecided
// exists possibly. `DependsOn` orders and says nothing else. `waive` in `Metadata.bylaw` holds waivers
// (inline_waivers.h).
//
// Covers what a stack can hold: a template is a configuration of its own.

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "runtime/import/aws_calls.h"
#include "runtime/import/cloudformation_record.h"
#include "runtime/import/cloudformation_stack.h"
#include "runtime/import/importer.h"
#include "runtime/import/inline_waivers.h"
#include "runtime/json/json_document.h"
#include "runtime/json/json_stream.h"

namespace bylaw {

namespace {

/// What a template says of the references of one resource.
class TemplateReferences : public ReferenceSource {
 public:
  explicit TemplateReferences(StringPool& strings) : strings_(strings) {}

  /// `properties` is of the record's text, and its offset counts from `begin` bytes before it.
  void Set(const TemplateRecord* record, JsonValue properties, uint64_t begin) {
    record_ = record;
    properties_ = properties;
    begin_ = begin;
  }

  Answer Follow(std::span<const ElementStep> steps, std::span<const std::string> path,
                const Accepts& accepts) override {
    return AnswerOf(Walk(steps, path), accepts);
  }
  bool knows_elements() const override { return true; }
  Answer FollowElement(std::span<const ElementStep> steps, std::span<const std::string> path, uint32_t index,
                       const Accepts& accepts) override {
    const JsonValue element = ElementOf(Walk(steps, path), index);
    return element ? AnswerOf({element}, accepts) : Answer();
  }
  Use UseOf(std::span<const std::string>, const Located&) override { return Use::kUse; }
  bool IsUnset(std::span<const ElementStep>, std::span<const std::string>) override { return false; }
  std::vector<TextPart> TextAt(std::span<const ElementStep> steps, std::span<const std::string> path) override {
    const Values values = Walk(steps, path);
    const TemplateValue* unknown = values.size() == 1 ? UnknownAt(values.front()) : nullptr;
    if (unknown == nullptr) return {};
    std::vector<TextPart> text;
    const auto add_resource = [&](const TemplateTarget& target) {
      text.push_back({.target = ReferenceTarget{strings_.Intern(target.address), strings_.Intern(target.source_type)},
                      .input = target.input});
    };
    for (const TemplatePart& part : unknown->parts) {
      switch (part.kind) {
        case TemplatePart::Kind::kText: text.push_back({.text = part.text}); break;
        case TemplatePart::Kind::kGiven: text.push_back({.text = part.text, .is_exact = false}); break;
        case TemplatePart::Kind::kResource: add_resource(part.target); break;
        case TemplatePart::Kind::kOpen: return {};
      }
    }
    if (text.empty() && unknown->targets.size() == 1) add_resource(unknown->targets.front());
    return text;
  }

 private:
  using Values = std::vector<JsonValue>;

  const TemplateValue* UnknownAt(JsonValue value) const { return record_->UnknownAt(value, begin_); }

  /// The members or elements of a value. Whoever asks for one asks for the others, too.
  const std::vector<JsonField>& PartsOf(JsonValue value) {
    const auto [found, is_new] = parts_.try_emplace(value.offset());
    if (is_new) {
      for (const JsonField& field : value.fields()) found->second.push_back(field);
      for (const JsonValue element : value.elements()) found->second.push_back({{}, element, 0});
    }
    return found->second;
  }

  void Descend(JsonValue value, std::span<const std::string> keys, Values* found) {
    if (keys.empty() || UnknownAt(value) != nullptr) {
      found->push_back(value);
    } else if (value.is_array()) {
      for (const JsonField& element : PartsOf(value)) Descend(element.value, keys, found);
    } else if (value.is_object()) {
      const std::vector<JsonField>& members = PartsOf(value);
      const auto member = std::find_if(members.rbegin(), members.rend(),
                                       [&](const JsonField& field) { return field.key.Equals(keys.front()); });
      if (member != members.rend()) Descend(member->value, keys.subspan(1), found);
    }
  }

  /// Element `index` of what is in `lists`, one behind the other; missing behind the last.
  JsonValue ElementOf(const Values& lists, size_t index) {
    for (const JsonValue list : lists) {
      const size_t size = list.is_array() ? PartsOf(list).size() : 1;
      if (index < size) return list.is_array() ? PartsOf(list)[index].value : list;
      index -= size;
    }
    return {};
  }

  Values Walk(std::span<const ElementStep> steps, std::span<const std::string> path) {
    JsonValue at = properties_;
    for (const ElementStep& step : steps) {
      Values lists;
      Descend(at, step.path, &lists);
      at = ElementOf(lists, step.index);
      if (!at) return {};
    }
    Values found;
    Descend(at, path, &found);
    return found;
  }

  Answer AnswerOf(const Values& values, const Accepts& accepts) {
    Answer answer;
    for (const JsonValue value : values) {
      const TemplateValue* unknown = UnknownAt(value);
      if (unknown == nullptr) continue;
      answer.is_set = true;
      for (const TemplateTarget& target : unknown->References()) {
        if (target.source_type != kAnySourceType && !accepts(target.source_type)) continue;
        if (answer.targets.empty()) answer.input = target.input;
        // Candidates of several inputs are more than a reference can hold.
        if (answer.input != target.input) return {.is_set = true, .targets = {}, .note = unknown->text};
        answer.targets.push_back({strings_.Intern(target.address), strings_.Intern(target.source_type)});
      }
      if (answer.targets.size() > 1) answer.note = unknown->text;
    }
    return answer;
  }

  StringPool& strings_;
  const TemplateRecord* record_ = nullptr;
  JsonValue properties_;
  uint64_t begin_ = 0;
  std::unordered_map<uint64_t, std::vector<JsonField>> parts_;  ///< PartsOf, by where the value begins
};

/// The records of an input: a text in pieces, in which their places are found.
class RecordText {
 public:
  RecordText(std::shared_ptr<const InputFile> file, std::shared_ptr<LocatedInput> located)
      : file_(std::move(file)), located_(std::move(located)) {}

  const InputFile& file() const { return *file_; }

  /// Adds `record`. Gives its text, which stays where it is, and where it begins.
  std::string_view Add(const TemplateRecord& record, SnapshotBuilder& builder, uint64_t* begin) {
    const std::string& text = record.text();
    if (part_.size() + text.size() + InputFile::kPadding > part_.capacity()) {
      Close(builder);
      part_.reserve(std::max(kPartBytes, text.size()) + InputFile::kPadding);
    }
    const size_t at = part_.size();
    for (const InputFile::Origin& origin : record.origins())
      origins_.push_back({origin.offset + static_cast<uint32_t>(at), origin.source});
    part_ += text;
    *begin = part_begin_ + at;
    return std::string_view(part_).substr(at);
  }

  /// Gives the last piece away.
  void Close(SnapshotBuilder& builder) {
    if (part_.empty()) return;
    const uint64_t begin = part_begin_;
    part_begin_ += part_.size();
    origins_.shrink_to_fit();
    std::shared_ptr<const InputFile> text = InputFile::Derived(
        file_, std::exchange(part_, {}), std::exchange(origins_, {}), InputFile::Derivation::kPieced);
    builder.Keep(text);
    located_->made.push_back({begin, std::move(text)});
  }

  /// What is read of the file goes on at `offset`: see InputFile::Release.
  void Pass(uint64_t offset) {
    if (offset < released_ + InputFile::kReleaseBytes) return;
    file_->Release(released_, offset);
    released_ = offset;
  }

 private:
  static constexpr size_t kPartBytes = size_t{1} << 20;

  std::shared_ptr<const InputFile> file_;
  std::shared_ptr<LocatedInput> located_;
  std::string part_;  ///< never moves
  uint64_t part_begin_ = 0;
  std::vector<InputFile::Origin> origins_;  ///< of the part
  uint64_t released_ = 0;
};

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
    if (file.text().size() >= kMaxBytes)
      return Error{.message = "is a template of more than 4 GB", .file = file.name(), .hint = "split it"};
    JsonStream stream(file, run.StreamOptions());
    if (!stream.NextDocument()) return stream.status();
    const uint64_t begin = stream.offset();
    const bool is_list = stream.kind() == JsonKind::kArray;
    Template whole, body;
    whole.offset = begin;
    JsonKind body_kind = JsonKind::kMissing;
    bool has_version = false;
    std::string_view key;
    if (stream.EnterObject()) {
      whole.sections = TemplateValue::Object(begin);
      while (stream.NextKey(&key)) {
        has_version = has_version || key == "AWSTemplateFormatVersion";
        if (key == "TemplateBody") {
          body = {};
          body_kind = stream.kind();
          ReadTemplate(stream, &set_.types(), &body);
        } else {
          ReadTemplateMember(std::string(key), stream, &set_.types(), &whole);
        }
      }
    }
    BYLAW_RETURN_IF_ERROR(stream.status());
    if (is_list || (whole.sections.Find("Parameters") && whole.resources_kind == JsonKind::kMissing && !has_version))
      return ReadParameters(file, begin);
    if (body_kind == JsonKind::kString) {
      return file.ErrorAt(body.offset, "`TemplateBody` holds the template as text",
                          "give the text itself: `aws cloudformation get-template --query TemplateBody --output text`");
    }
    Template& added = body_kind == JsonKind::kObject ? body : whole;
    if (added.resources_kind == JsonKind::kMissing)
      return file.ErrorAt(added.offset, "a template without `Resources`", "give the whole template");
    if (added.resources_kind != JsonKind::kObject)
      return file.ErrorAt(added.resources_offset, "`Resources` is no mapping of logical ids to resources");
    if (stream.NextDocument())
      return file.ErrorAt(stream.offset(), "a second document after the template", "a template is one document");
    BYLAW_RETURN_IF_ERROR(stream.status());
    CheckResources(file, added);
    added.input = run.input;
    added.file = file.shared_from_this();
    inputs_.emplace(run.input, Input{RecordText(added.file, run.located),
                                     static_cast<size_t>(run.current - run.statistics.inputs.data())});
    set_.Add(std::move(added));
    return Ok{};
  }

  Status Finish() override {
    if (set_.empty()) return Ok{};
    set_.Deploy();
    for (const auto& stack : set_.stacks()) AddStack(*stack);
    extractor_.Flush();
    for (auto& [index, input] : inputs_) input.text.Close(run_.builder);
    // What reading skipped and records were made of may be malformed.
    if (const Template* faulty = set_.faulty())
      return JsonFaultIn(*faulty->file, faulty->resources_offset, run_.options.max_depth);
    return Ok{};
  }

 private:
  struct Input {
    RecordText text;
    size_t statistics = 0;
  };

  void Warn(const InputFile& file, uint64_t offset, const std::string& message) {
    const LineColumn place = file.Locate(offset);
    run_.statistics.warnings.push_back(fmt::format("{}:{}:{}: {}", file.name(), place.line, place.column, message));
  }

  /// [{"ParameterKey": "K", "ParameterValue": "V"}, …], of create-stack, or {"Parameters": {"K": "V", …}}, of
  /// CodePipeline.
  Status ReadParameters(const InputFile& file, uint64_t begin) {
    JsonStream::Options options = run_.StreamOptions();
    options.begin = begin;
    JsonStream stream(file, options);
    if (!stream.NextDocument()) return stream.status();
    const JsonValue whole = stream.TakeValue();
    BYLAW_RETURN_IF_ERROR(stream.status());
    const JsonValue by_name = whole.Find("Parameters");
    if (by_name && !by_name.is_object()) {
      return file.ErrorAt(by_name.offset(), "`Parameters` is no mapping of names to values",
                          "a template needs `Resources`");
    }
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
    for (JsonField field : by_name.fields()) give(field.key.ToString(), field.value);
    return Ok{};
  }

  void CheckResources(const InputFile& file, const Template& added) {
    for (const TemplateResource& resource : added.resources) {
      if (resource.id.starts_with("Fn::") || resource.type != nullptr) continue;
      Warn(file, resource.offset, fmt::format("`{}` has no `Type`, and is left out", resource.id));
    }
  }

  void AddStack(TemplateStack& stack) {
    Input& input = inputs_.at(stack.source().input);
    run_.current = &run_.statistics.inputs[input.statistics];
    extractor_.SetInput(stack.source().input);
    for (const TemplateStack::Problem& problem : stack.problems())
      Warn(input.text.file(), problem.offset, problem.text);
    struct Kind {
      const SourceDemand* demand = nullptr;
      uint64_t num_resources = 0;
    };
    std::unordered_map<const std::string*, Kind> kinds;
    account_ = stack.PseudoText("AWS::AccountId");
    region_ = stack.PseudoText("AWS::Region");
    for (const TemplateStack::Resource& resource : stack.resources()) {
      const TemplateValue exists = stack.Exists(resource);
      if (exists.kind == TemplateValue::Kind::kBool && !exists.boolean) {
        ++run_.current->num_deleted;
        continue;
      }
      const auto [kind, is_new] = kinds.try_emplace(resource.written->type);
      if (is_new) kind->second.demand = demand_.Find(resource.type());
      ++kind->second.num_resources;
      const SourceDemand* demand = kind->second.demand;
      if (demand == nullptr && !demand_.wants_all_records() && !resource.written->has_own_metadata) continue;
      input.text.Pass(resource.written->offset);
      record_.Write(stack, resource);
      AddRecord(stack, resource, demand, exists.is_unknown(), &input.text);
    }
    for (const auto& [type, kind] : kinds) run_.Count("cloudformation", *type, demand_.Maps(*type), kind.num_resources);
    run_.builder.input(stack.source().input).num_resources = run_.current->num_resources;
  }

  void AddRecord(TemplateStack& stack, const TemplateStack::Resource& resource, const SourceDemand* demand,
                 bool possible, RecordText* texts) {
    const uint32_t index = stack.source().input;
    uint64_t begin = 0;
    const std::string_view text = texts->Add(record_, run_.builder, &begin);
    const auto value = document_.Parse(text, JsonDocument::Trust::kValidated, kAnyDepth, begin);
    if (!value.ok()) return;
    const JsonValue properties = value->Find("Properties");
    unknown_text_ = "{\"Properties\":";
    record_.AppendUnknown(properties, begin, &unknown_text_);
    unknown_text_ += '}';
    if (unknown_text_.ends_with(":false}")) unknown_text_ = "false";
    const auto unknown = unknown_.Parse(unknown_text_, JsonDocument::Trust::kValidated, kAnyDepth);
    if (!unknown.ok()) return;
    const std::string address = stack.AddressOf(resource);
    TemplateReferences references(run_.builder.strings());
    references.Set(&record_, properties, begin);
    SourceRecord source;
    source.source_type = resource.type();
    source.address = address;
    source.account = account_;
    source.region = region_;
    source.record = Step({*value, *unknown}, "Properties");
    source.envelope = *value;
    if (demand_.wants_tags(demand)) source.tags = Step(source.record, "Tags");
    source.offset = begin;
    source.possible = possible;
    source.unknown_reason = "known when the stack is deployed";
    source.references = &references;
    const Row row = extractor_.Add(source, demand);
    if (resource.written->has_own_metadata) AddWaivers(address, row, index, texts->file());
  }

  /// Those in the record at hand.
  void AddWaivers(const std::string& address, Row row, uint32_t input, const InputFile& file) {
    const auto text =
        InputFile::Derived(file.shared_from_this(), record_.text(), record_.origins(), InputFile::Derivation::kPieced);
    const auto value = document_.Parse(text->text(), JsonDocument::Trust::kValidated, kAnyDepth);
    if (!value.ok()) return;
    const WaivedResource waived{.file = *text, .input = input, .address = address, .record = row};
    const JsonValue own = value->Find({"Metadata", kOwnMetadata});
    for (const JsonField field : own.fields())
      AddInlineWaivers(field.key.ToString(), field.value, waived, run_.builder);
    if (own && !own.is_object()) AddInlineWaivers(kOwnMetadata, own, waived, run_.builder);
  }

  static constexpr uint64_t kMaxBytes = uint64_t{1} << 32;  ///< of what InputFile::Origin can name

  ImportRun& run_;
  Demand demand_;
  Extractor extractor_;
  TemplateSet set_;
  std::map<uint32_t, Input> inputs_;
  std::string account_, region_;  ///< of the stack at hand
  TemplateRecord record_;         ///< of the resource at hand
  JsonDocument document_, unknown_;
  std::string unknown_text_;
};

}  // namespace

std::unique_ptr<Importer> MakeCloudFormationImporter(ImportRun& run) {
  return std::make_unique<CloudFormationImporter>(run);
}

}  // namespace bylaw

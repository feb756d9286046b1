// Pulumi: `pulumi stack export` (what is deployed) and `pulumi preview --json` (what will be).
//
// The record is a resource's outputs, or its inputs where there are none yet; the envelope is the resource. Secrets that stand there in
// ciphertext, and what a preview does not know, are unknown; secrets in plain text (`--show-secrets`) are judged and not shown. Stacks,
// providers, and resources that are or will be deleted do not count.
//
// Resources of providers that are Terraform's (terraform_bridge.h) are read as Terraform's too: under its types and keys, with its envelope.
// Which resources an unknown value comes from is told by `propertyDependencies`. A computed list that the program does not set repeats other
// resources, and is not read. Covers the types of the stack.

#include <map>
#include <set>
#include <string>

#include "runtime/import/begin_record.h"
#include "runtime/import/rewritten_record.h"
#include "runtime/import/terraform_bridge.h"
#include "runtime/import/terraform_values.h"
#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

/// What Pulumi writes for a value that is known only after the update, by type (pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go).
bool IsUnknownValue(std::string_view text) {
  static const std::set<std::string_view> kValues = {
      "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
      "3eeb2bf0-c639-47a8-9e75-3b44932eb421", "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
      "030794c1-ac77-496b-92df-f27374a8bd58", "e48ece36-62e2-4504-bad9-02848725956a",
      "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"};
  return text.size() == 36 && kValues.contains(text);
}

/// The key that marks special objects, and what stands under it.
constexpr std::string_view kSignatureKey = "4dabf18193072939515e22adb298388d";
constexpr std::string_view kSecret = "1b47061264138c4ac30d75fd1eb44270", kResource = "5cf8f73096256a8f31e491e813e4eb8e",
                           kOutput = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/// The type in a URN: urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME.
std::string_view TypeOf(std::string_view urn) {
  const size_t name = urn.rfind("::");
  if (name == std::string_view::npos || name == 0) return {};
  const size_t begin = urn.rfind("::", name - 1);
  if (begin == std::string_view::npos) return {};
  const std::string_view types = urn.substr(begin + 2, name - begin - 2);
  const size_t parent = types.rfind('$');
  return parent == std::string_view::npos ? types : types.substr(parent + 1);
}

/// Maps whose keys are the user's own.
bool HoldsOwnKeys(const std::string& key) {
  static const std::set<std::string_view> kMaps = {
      "tags",     "tagsAll",    "defaultTags",          "labels", "variables", "annotations",
      "metadata", "parameters", "environmentVariables", "options"};
  return kMaps.contains(key);
}

/// The keys under which Terraform may have what Pulumi calls `key`.
std::vector<std::string> TerraformKeys(const std::string& key, JsonValue value) {
  std::vector<std::string> keys = {BridgedKey(key)};
  if (value.is_array()) {
    if (std::string singular = SingularKey(keys[0]); !singular.empty()) keys.push_back(std::move(singular));
  }
  return keys;
}

/// What a resource says of where its values come from.
class StackReferences : public ReferenceSource {
 public:
  StackReferences(const Demand& demand, StringPool& strings) : demand_(demand), strings_(strings) {}

  void Set(JsonValue resource, bool is_new) {
    is_new_ = is_new;
    set_.clear();
    dependencies_.clear();
    for (JsonField input : resource.Find("inputs").fields()) {
      for (std::string& key : TerraformKeys(input.key.ToString(), input.value)) set_.insert(std::move(key));
    }
    for (JsonField property : resource.Find("propertyDependencies").fields()) {
      std::vector<std::string> urns;
      for (JsonValue urn : property.value.elements()) urns.push_back(bylaw::TextOf(urn));
      for (const std::string& key : TerraformKeys(property.key.ToString(), property.value)) dependencies_[key] = urns;
    }
  }

  Answer Follow(std::span<const ElementStep> steps, std::span<const std::string> path,
                const Accepts& accepts) override {
    Answer answer;
    const std::string& key = steps.empty() ? path.front() : steps.front().path.front();
    answer.is_set = set_.contains(key);
    const auto found = dependencies_.find(key);
    if (found == dependencies_.end()) return answer;
    for (const std::string& urn : found->second) {
      const std::string type = MappedType(urn);
      if (!type.empty() && accepts(type)) answer.targets.push_back({strings_.Intern(urn), strings_.Intern(type)});
    }
    if (answer.targets.empty() && !found->second.empty())
      answer.note = "it comes from `" + found->second.front() + "`, and Pulumi does not say by which of its properties";
    answer.exact = !answer.targets.empty() && answer.targets.size() == found->second.size();
    return answer;
  }
  Use UseOf(std::span<const std::string> path, const Located&) override {
    return path.empty() || set_.contains(path.front()) ? Use::kUse : Use::kIgnore;
  }
  bool IsUnset(std::span<const ElementStep> steps, std::span<const std::string> path) override {
    return is_new_ && steps.empty() && !path.empty() && !set_.contains(path.front());
  }
  std::vector<TextPart> TextAt(std::span<const ElementStep> steps, std::span<const std::string> path) override {
    const std::string& key = !path.empty() ? path.back() : steps.back().path.back();
    const bool names_ids =
        key.ends_with("_id") || key.ends_with("_ids") || key.ends_with("_arn") || key.ends_with("_arns");
    if (!names_ids) return {};
    return TextOf(Follow(steps, path, [](std::string_view) { return true; }));
  }

 private:
  std::string MappedType(const std::string& urn) const {
    for (std::string& type : BridgedTypes(TypeOf(urn))) {
      if (demand_.Maps(type)) return std::move(type);
    }
    return {};
  }

  const Demand& demand_;
  StringPool& strings_;
  bool is_new_ = false;
  std::set<std::string> set_;
  std::map<std::string, std::vector<std::string>> dependencies_;
};

class PulumiImporter : public Importer {
 public:
  explicit PulumiImporter(ImportRun& run)
      : demand_(run.program, "pulumi"),
        terraform_demand_(run.program, "terraform"),
        extractor_(demand_, run.builder, run.evaluator),
        terraform_extractor_(terraform_demand_, run.builder, run.evaluator),
        references_(terraform_demand_, run.builder.strings()),
        builder_(run.builder) {}

  std::string_view name() const override { return "pulumi"; }
  std::string_view mapping_format() const override { return "pulumi"; }

  bool Detect(const Sniff& sniff) const override {
    if (sniff.in_array) return false;
    return (sniff.Has("version") && sniff.Has("deployment")) ||
           (sniff.Has("steps") && (sniff.Has("config") || sniff.Has("changeSummary")));
  }

  Status Read(const InputFile& file, const Sniff&, ImportRun& run) override {
    extractor_.SetInput(run.input);
    terraform_extractor_.SetInput(run.input);
    bool has_native = false;
    JsonStream stream(file, run.StreamOptions());
    while (stream.NextDocument()) {
      const JsonValue document = stream.TakeValue();
      const JsonValue resources = document.Find("deployment").Find("resources"), steps = document.Find("steps");
      BYLAW_RETURN_IF_ERROR(ExpectKind(file, "`resources`", JsonKind::kArray, resources));
      BYLAW_RETURN_IF_ERROR(ExpectKind(file, "`steps`", JsonKind::kArray, steps));
      regions_.clear();
      for (JsonValue resource : resources.elements()) NoteProvider(resource, &has_native);
      for (JsonValue step : steps.elements()) NoteProvider(step.Find("newState"), &has_native);
      for (JsonValue resource : resources.elements()) ReadResource(resource, "no-op", run);
      for (JsonValue step : steps.elements()) {
        const std::string operation = TextOf(step.Find("op"));
        const JsonValue state = step.Find("newState");
        if (operation.starts_with("delete") || operation == "discard" || operation.starts_with("remove") ||
            operation == "read-discard") {
          ++run.current->num_deleted;
        } else if (state.is_object() && operation != "create-replacement") {
          // A replacement is the new resource of the step that replaces.
          ReadResource(state,
                       operation == "create" || operation == "import" ? "create"
                       : operation == "replace"                       ? "replace"
                       : operation == "update"                        ? "update"
                                                                      : "no-op",
                       run);
        }
      }
    }
    BYLAW_RETURN_IF_ERROR(stream.status());
    // Resources of a cloud's native provider may be anything that models know from Terraform.
    if (!has_native) run.CoverAllTypes("terraform");
    return Ok{};
  }

  Status Finish() override {
    extractor_.Flush();
    terraform_extractor_.Flush();
    return Ok{};
  }

 private:
  void NoteProvider(JsonValue resource, bool* has_native) {
    const std::string type = TextOf(resource.Find("type"));
    for (std::string_view native : {"aws-native:", "azure-native:", "google-native:"})
      *has_native = *has_native || type.starts_with(native);
    if (!type.starts_with("pulumi:providers:")) return;
    regions_[TextOf(resource.Find("urn")) + "::" + TextOf(resource.Find("id"))] =
        TextOf(resource.Find("inputs").Find("region"));
  }

  /// What a value stands for, if it is not what it looks like.
  RewrittenRecord::Verdict Unwrap(JsonValue value, std::string* json) {
    using Verdict = RewrittenRecord::Verdict;
    if (value.is_string()) return IsUnknownValue(value.string().raw()) ? Verdict::kUnknown : Verdict::kKeep;
    if (!value.is_object()) return Verdict::kKeep;
    const std::string signature = TextOf(value.Find(kSignatureKey));
    if (signature == kSecret) {
      // The plain text is JSON in a text.
      const JsonValue plain = value.Find("plaintext");
      if (!plain.is_string()) return Verdict::kUnknown;
      *json = plain.string().ToString();
      JsonDocument document;
      const auto parsed = document.Parse(*json);
      if (!parsed.ok()) return Verdict::kUnknown;
      AddSensitiveValue(*parsed, builder_);
      return Verdict::kReplace;
    }
    if (signature == kOutput) {
      const JsonValue inner = value.Find("value");
      if (!inner) return Verdict::kUnknown;
      if (value.Find("secret").boolean()) AddSensitiveValue(inner, builder_);
      *json = inner.raw();
      return Verdict::kReplace;
    }
    if (signature == kResource) {
      const JsonValue id = value.Find("id");
      if (!id.is_string() || IsUnknownValue(id.string().raw()) || id.string().raw().empty()) return Verdict::kUnknown;
      *json = id.raw();
      return Verdict::kReplace;
    }
    return Verdict::kKeep;
  }

  void ReadResource(JsonValue resource, std::string_view action, ImportRun& run) {
    const std::string type = TextOf(resource.Find("type"));
    if (type.empty() || type.starts_with("pulumi:")) return;
    if (resource.Find("delete").boolean()) {
      ++run.current->num_deleted;
      return;
    }
    std::string terraform_type;
    for (std::string& candidate : BridgedTypes(type)) {
      if (terraform_demand_.Maps(candidate)) terraform_type = std::move(candidate);
      if (!terraform_type.empty()) break;
    }
    run.Count("pulumi", type, demand_.Maps(type) || !terraform_type.empty());
    const SourceDemand* demand = demand_.Find(type);
    const SourceDemand* terraform_demand = terraform_type.empty() ? nullptr : terraform_demand_.Find(terraform_type);
    if (demand == nullptr && terraform_demand == nullptr && !demand_.wants_all_records()) return;

    JsonValue values = resource.Find("outputs");
    const bool is_new = !values.is_object() || values.raw() == "{}" || action == "create" || action == "replace";
    if (!values.is_object() || values.raw() == "{}") values = resource.Find("inputs");
    const std::string urn = TextOf(resource.Find("urn")), id = TextOf(resource.Find("id")),
                      arn = TextOf(values.Find("arn"));
    std::string account, region = TextOf(values.Find("region"));
    if (region.empty()) region = regions_[TextOf(resource.Find("provider"))];
    if (arn.starts_with("arn:")) {
      std::vector<std::string> parts(1);
      for (char c : arn) {
        if (c == ':' && parts.size() < 6) {
          parts.emplace_back();
        } else {
          parts.back() += c;
        }
      }
      if (parts.size() == 6) {
        account = parts[4];
        if (!parts[3].empty()) region = parts[3];
      }
    }
    SourceRecord source;
    source.address = urn;
    source.id = IsUnknownValue(id) ? std::string_view() : std::string_view(id);
    source.account = account;
    source.region = region;
    source.arn = IsUnknownValue(arn) ? std::string_view() : std::string_view(arn);
    source.unknown_reason = "known only after the update, or encrypted";
    source.stable_text = false;
    source.offset = values ? values.offset() : resource.offset();
    const auto unwrap = [this](JsonValue value, std::string* json) { return Unwrap(value, json); };
    if (demand != nullptr || (terraform_demand == nullptr && demand_.wants_all_records())) {
      source.source_type = type;
      source.record = record_.Make(values, unwrap);
      source.tags = Step(source.record, "tags");
      source.envelope = resource;
      extractor_.Add(source, demand);
    }
    if (terraform_demand == nullptr) return;
    source.source_type = terraform_type;
    source.record = record_.Make(values, unwrap,
                                 [&](const std::vector<std::string>& path, const std::string& key, JsonValue value) {
                                   const bool own = !path.empty() && HoldsOwnKeys(path.back());
                                   return own ? std::vector<std::string>{key} : TerraformKeys(key, value);
                                 });
    AddComputed(id, is_new, &source.record);
    source.tags = Step(source.record, "tags_all");
    if (source.tags.is_missing()) source.tags = Step(source.record, "tags");
    TerraformResource envelope;
    envelope.address = urn;
    envelope.action = action;
    source.envelope = envelope_.Make(envelope);
    references_.Set(resource, is_new);
    source.references = &references_;
    terraform_extractor_.Add(source, terraform_demand);
  }

  /// `id` stands beside the outputs; it and the ARN of what is not made yet are left out of a preview.
  void AddComputed(const std::string& id, bool is_new, Located* record) {
    computed_text_ = "{";
    computed_unknown_ = "{";
    const auto add = [](std::string* text, std::string_view key, std::string_view json) {
      if (text->size() > 1) *text += ',';
      AppendJsonString(key, text);
      *text += ':';
      *text += json;
    };
    for (JsonField field : record->value.fields()) add(&computed_text_, field.key.ToString(), field.value.raw());
    for (JsonField field : record->unknown.fields()) add(&computed_unknown_, field.key.ToString(), field.value.raw());
    if (!record->value.Find("id") && !id.empty() && !IsUnknownValue(id)) {
      std::string text;
      AppendJsonString(id, &text);
      add(&computed_text_, "id", text);
    }
    for (std::string_view key : {"id", "arn"}) {
      if (is_new && !record->value.Find(key) && (key != "id" || id.empty() || IsUnknownValue(id)))
        add(&computed_unknown_, key, "true");
    }
    computed_text_ += '}';
    computed_unknown_ += '}';
    const auto value = computed_document_.Parse(computed_text_),
               unknown = computed_unknown_document_.Parse(computed_unknown_);
    if (!value.ok() || !unknown.ok()) return;
    record->value = *value;
    record->unknown = *unknown;
  }

  Demand demand_, terraform_demand_;
  Extractor extractor_, terraform_extractor_;
  StackReferences references_;
  SnapshotBuilder& builder_;
  RewrittenRecord record_;
  TerraformEnvelope envelope_;
  std::map<std::string, std::string> regions_;  ///< by provider: "URN::ID"
  std::string computed_text_, computed_unknown_;
  JsonDocument computed_document_, computed_unknown_document_;
};

}  // namespace

std::unique_ptr<Importer> MakePulumiImporter(ImportRun& run) { return std::make_unique<PulumiImporter>(run); }

}  // namespace bylaw

// Terraform plan JSON (`terraform show -json PLAN`; OpenTofu's is the same), format versions 0.1 to 1.x.
//
// Records are the `change.after` of resource_changes, with `change.after_unknown` laid over: what is true there is known only after apply.
// The envelope is {action, address, name, index, mode, provider_name, module}; action is "create", "update", "replace", "no-op" or "read".
// Resources that are deleted or forgotten make no rows. References that are not known yet are followed through `configuration`
// (terraform_configuration.h). Data sources are records of type "data.TYPE", outside the plan's own resources: those of prior_state, too.
// A plan without resource_changes gives its planned_values.
//
// Two passes: the first finds the sections and the instances of repeated resources, the second extracts. Covers its own configuration.

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "runtime/import/importer.h"
#include "runtime/import/terraform_configuration.h"
#include "runtime/import/terraform_policy_document.h"
#include "runtime/import/terraform_values.h"

namespace bylaw {

namespace {

enum ChangePath : uint32_t {
  kAddress,
  kMode,
  kType,
  kName,
  kIndex,
  kModule,
  kProvider,
  kDeposed,
  kActions,
  kAfter,
  kAfterUnknown,
  kAfterSensitive,
  kPreviousAddress,
  kNumChangePaths
};

JsonPaths CompileChangePaths() {
  static constexpr std::string_view kTexts[kNumChangePaths] = {"address",
                                                               "mode",
                                                               "type",
                                                               "name",
                                                               "index",
                                                               "module_address",
                                                               "provider_name",
                                                               "deposed",
                                                               "change.actions",
                                                               "change.after",
                                                               "change.after_unknown",
                                                               "change.after_sensitive",
                                                               "previous_address"};
  return *JsonPaths::Compile(kTexts);
}

/// What is to be read of `actions`: empty for changes that leave nothing behind.
std::string_view ActionOf(JsonValue actions) {
  bool creates = false, deletes = false;
  std::string_view only;
  for (JsonValue action : actions.elements()) {
    const std::string_view text = action.string().raw();
    creates = creates || text == "create";
    deletes = deletes || text == "delete";
    if (text == "update" || text == "no-op" || text == "read") only = text;
  }
  if (creates) return deletes ? "replace" : "create";
  return only;
}

/// Sections of a plan: where their values start.
struct Sections {
  std::optional<uint64_t> changes, configuration, planned_values, prior_state;
  std::map<std::string, uint64_t>
      policy_documents;                ///< data sources that are read during apply, by address: where the change starts
  bool lists_block_references = true;  ///< Terraform before 0.13 lists no references for blocks
  std::string missing;                 ///< why not all resources are in the plan; empty: they are
};

/// The configuration as the extractor asks it, for one resource at a time.
class PlanReferences : public ReferenceSource {
 public:
  PlanReferences(TerraformConfiguration& configuration, const InputFile& file, const JsonStream::Options& options,
                 const Sections& sections)
      : configuration_(configuration), file_(file), options_(options), sections_(sections) {}

  void Set(const TerraformConfiguration::Instance& instance, bool is_new, bool lists_block_references) {
    instance_ = instance;
    is_new_ = is_new;
    lists_block_references_ = lists_block_references;
  }

  Answer Follow(std::span<const ElementStep> steps, std::span<const std::string> path,
                const Accepts& accepts) override {
    return configuration_.Follow(instance_, steps, path, accepts);
  }

  Use UseOf(std::span<const std::string> path, const Located& value) override {
    if (!configuration_.loaded() || path.empty() || configuration_.Sets(instance_, path.front())) return Use::kUse;
    // A new resource has in its plan only what is configured; what is computed is unknown as a whole.
    if (is_new_) return value.all_unknown ? Use::kIgnore : Use::kUse;
    return lists_block_references_ ? Use::kIgnore : Use::kPossible;
  }

  std::vector<TextPart> TextAt(std::span<const ElementStep> steps, std::span<const std::string> path) override {
    return TextOf(configuration_.Follow(instance_, steps, path, [](std::string_view) { return false; }));
  }

  std::string DocumentAt(std::span<const ElementStep> steps, std::span<const std::string> path) override {
    if (sections_.policy_documents.empty()) return {};
    const Answer answer = configuration_.Follow(
        instance_, steps, path, [](std::string_view type) { return type == "aws_iam_policy_document"; });
    if (!answer.exact || answer.targets.size() != 1) return {};
    const auto found = sections_.policy_documents.find(configuration_.AddressOf(answer.targets.front()));
    if (found == sections_.policy_documents.end()) return {};
    JsonStream::Options options = options_;
    options.begin = found->second;
    JsonStream stream(file_, options);
    if (!stream.NextDocument()) return {};
    const JsonValue change = stream.TakeValue().Find("change");
    return TerraformPolicyDocument(change.Find("after"), change.Find("after_unknown"));
  }

  bool IsUnset(std::span<const ElementStep> steps, std::span<const std::string> path) override {
    return is_new_ && lists_block_references_ && configuration_.loaded() && !path.empty() &&
           configuration_.LeavesOut(instance_, steps, path);
  }

 private:
  TerraformConfiguration& configuration_;
  const InputFile& file_;
  const JsonStream::Options options_;
  const Sections& sections_;
  TerraformConfiguration::Instance instance_;
  bool is_new_ = false;
  bool lists_block_references_ = true;
};

class TerraformPlanImporter : public Importer {
 public:
  explicit TerraformPlanImporter(ImportRun& run)
      : demand_(run.program, "terraform"),
        extractor_(demand_, run.builder, run.evaluator),
        change_paths_(CompileChangePaths()) {}

  std::string_view name() const override { return "terraform_plan"; }
  std::string_view mapping_format() const override { return "terraform"; }
  std::vector<std::string> record_prefix() const override { return {"change", "after"}; }

  bool covers_format() const override { return is_whole_; }

  bool Detect(const Sniff& sniff) const override {
    if (sniff.kind != JsonKind::kObject || !sniff.Has("format_version")) return false;
    return sniff.Has("planned_values") || sniff.Has("resource_changes") || sniff.Has("configuration") ||
           sniff.Has("prior_state");
  }

  Status Read(const InputFile& file, const Sniff&, ImportRun& run) override {
    extractor_.SetInput(run.input);
    TerraformConfiguration configuration(file, run.builder.strings());
    BYLAW_ASSIGN(const Sections sections, FindSections(file, run, configuration));
    is_whole_ = sections.missing.empty();
    if (!is_whole_) {
      run.builder.SetNotCovered(mapping_format(), sections.missing);
      run.statistics.warnings.push_back(fmt::format("{}: {}", file.name(), sections.missing));
    }
    if (sections.configuration) BYLAW_RETURN_IF_ERROR(configuration.Load(*sections.configuration, run.StreamOptions()));
    std::set<std::string> data_addresses;
    if (sections.changes) {
      BYLAW_RETURN_IF_ERROR(ReadChanges(file, run, configuration, sections, &data_addresses));
    } else if (sections.planned_values) {
      run.builder.SetRecordPrefix(run.input, {"values"});
      BYLAW_RETURN_IF_ERROR(ReadPlannedValues(file, run, configuration, sections));
    }
    if (sections.prior_state) BYLAW_RETURN_IF_ERROR(ReadDataSources(file, run, *sections.prior_state, data_addresses));
    // The rows' batches hold no references to the configuration; but it ends here, and so does what they may ask it.
    extractor_.Flush();
    return Ok{};
  }

 private:
  static Result<Sections> FindSections(const InputFile& file, ImportRun& run, TerraformConfiguration& configuration) {
    Sections sections;
    JsonStream stream(file, run.StreamOptions());
    static const JsonPaths paths = [] {
      static constexpr std::string_view kTexts[] = {"address", "mode", "type", "name", "index", "module_address"};
      return *JsonPaths::Compile(kTexts);
    }();
    JsonExtraction change;
    if (stream.NextDocument() && stream.EnterObject()) {
      std::string_view key;
      while (stream.NextKey(&key)) {
        if (key == "resource_changes") {
          BYLAW_RETURN_IF_ERROR(ExpectKind(file, "`resource_changes`", JsonKind::kArray, stream));
          if (stream.kind() != JsonKind::kArray) continue;
          sections.changes = stream.offset();
          stream.EnterArray();
          while (stream.NextElement()) {
            const JsonValue whole = stream.TakeFields(paths, &change);
            if (!whole) continue;
            BYLAW_RETURN_IF_ERROR(ExpectKind(file, "an element of `resource_changes`", JsonKind::kObject, whole));
            if (change.at(paths.slot(2)).string().Equals("aws_iam_policy_document"))
              sections.policy_documents[change.at(paths.slot(0)).string().ToString()] = whole.offset();
            AddInstance(change.at(paths.slot(0)), change.at(paths.slot(1)), change.at(paths.slot(2)),
                        change.at(paths.slot(3)), change.at(paths.slot(4)), change.at(paths.slot(5)), configuration);
          }
        } else if (key == "configuration") {
          sections.configuration = stream.offset();
        } else if (key == "planned_values") {
          sections.planned_values = stream.offset();
        } else if (key == "prior_state") {
          sections.prior_state = stream.offset();
        } else if (key == "errored") {
          if (stream.TakeValue().boolean())
            sections.missing = "the plan ended with an error, and lacks what came behind it";
        } else if (key == "complete") {
          const JsonValue complete = stream.TakeValue();
          if (complete.kind() == JsonKind::kBool && !complete.boolean() && sections.missing.empty())
            sections.missing = "the plan is not complete: it was made for some targets, or puts changes off";
        } else if (key == "terraform_version") {
          const std::string version = stream.TakeValue().string().ToString();
          sections.lists_block_references = !version.starts_with("0.12.");
        }
      }
    }
    if (stream.NextDocument())
      return file.ErrorAt(stream.offset(), "a second JSON value after the plan", "a plan is one JSON object");
    BYLAW_RETURN_IF_ERROR(stream.status());
    return sections;
  }

  static void AddInstance(JsonValue address, JsonValue mode, JsonValue type, JsonValue name, JsonValue index,
                          JsonValue module, TerraformConfiguration& configuration) {
    if (!index && !module) return;
    const std::string full = address.string().ToString(), module_address = module.string().ToString();
    const std::string local = LocalName(mode, type, name);
    configuration.AddInstance({module_address, local, index.raw(), full});
  }

  static std::string LocalName(JsonValue mode, JsonValue type, JsonValue name) {
    std::string local = mode.string().Equals("data") ? "data." : "";
    return local + type.string().ToString() + "." + name.string().ToString();
  }

  Status ReadChanges(const InputFile& file, ImportRun& run, TerraformConfiguration& configuration,
                     const Sections& sections, std::set<std::string>* data_addresses) {
    PlanReferences references(configuration, file, run.StreamOptions(), sections);
    JsonStream::Options options = run.StreamOptions();
    options.begin = *sections.changes;
    JsonStream stream(file, options);
    if (!stream.NextDocument() || !stream.EnterArray()) return stream.status();
    while (stream.NextElement()) {
      const JsonValue whole = stream.TakeFields(change_paths_, &change_);
      if (!whole) break;
      auto field = [this](ChangePath path) { return change_.at(change_paths_.slot(path)); };
      if (field(kDeposed).is_string()) continue;
      const bool is_data = field(kMode).string().Equals("data");
      const std::string_view action = ActionOf(field(kActions));
      if (action.empty()) {
        ++run.current->num_deleted;
        continue;
      }
      const std::string source_type = (is_data ? "data." : "") + field(kType).string().ToString();
      const SourceDemand* demand = demand_.Find(source_type);
      if (!is_data) run.Count("terraform", source_type, demand != nullptr);
      const std::string address = field(kAddress).string().ToString();
      if (is_data) data_addresses->insert(address);
      if (demand == nullptr && (is_data || !demand_.wants_all_records())) continue;

      if (const std::string previous = field(kPreviousAddress).string().ToString(); !previous.empty())
        run.builder.AddMove(address, previous);
      const std::string module = field(kModule).string().ToString();
      const std::string local = LocalName(field(kMode), field(kType), field(kName));
      references.Set({module, local, field(kIndex).raw(), address}, action == "create" || action == "replace",
                     sections.lists_block_references);
      TerraformResource resource;
      resource.source_type = source_type;
      resource.address = address;
      resource.action = action;
      resource.values = {field(kAfter), field(kAfterUnknown)};
      resource.sensitive = field(kAfterSensitive);
      resource.name = field(kName);
      resource.index = field(kIndex);
      resource.mode = field(kMode);
      resource.provider = field(kProvider);
      resource.module = field(kModule);
      resource.offset = whole.offset();
      resource.references = &references;
      AddTerraformResource(resource, demand, extractor_, &envelope_);
    }
    return stream.status();
  }

  Status ReadPlannedValues(const InputFile& file, ImportRun& run, TerraformConfiguration& configuration,
                           const Sections& sections) {
    const uint64_t offset = *sections.planned_values;
    PlanReferences references(configuration, file, run.StreamOptions(), sections);
    // The instances first, since references may go to any of them.
    BYLAW_RETURN_IF_ERROR(ForEachTerraformValue(file, run.StreamOptions(), offset, [&](const TerraformValue& value) {
      AddInstance(value.field("address"), value.field("mode"), value.field("type"), value.field("name"),
                  value.field("index"), JsonValue(), configuration);
    }));
    return ForEachTerraformValue(file, run.StreamOptions(), offset, [&](const TerraformValue& value) {
      if (value.is_data()) return;
      const std::string source_type = value.field("type").string().ToString();
      const SourceDemand* demand = demand_.Find(source_type);
      run.Count("terraform", source_type, demand != nullptr);
      if (demand == nullptr && !demand_.wants_all_records()) return;
      TerraformResource resource = value.ToResource(source_type, "create");
      const std::string local = LocalName(value.field("mode"), value.field("type"), value.field("name"));
      references.Set({value.module_address, local, value.field("index").raw(), resource.address}, true, true);
      resource.references = &references;
      resource.omits_unknown = true;
      AddTerraformResource(resource, demand, extractor_, &envelope_);
    });
  }

  Status ReadDataSources(const InputFile& file, ImportRun& run, uint64_t offset, const std::set<std::string>& seen) {
    return ForEachTerraformValue(file, run.StreamOptions(), offset, [&](const TerraformValue& value) {
      if (!value.is_data()) return;
      const std::string source_type = "data." + value.field("type").string().ToString();
      const SourceDemand* demand = demand_.Find(source_type);
      if (demand == nullptr || seen.contains(value.field("address").string().ToString())) return;
      AddTerraformResource(value.ToResource(source_type, "read"), demand, extractor_, &envelope_);
    });
  }

  Demand demand_;
  bool is_whole_ = true;  ///< the plan read last
  Extractor extractor_;
  JsonPaths change_paths_;
  JsonExtraction change_;
  TerraformEnvelope envelope_;
};

}  // namespace

std::unique_ptr<Importer> MakeTerraformPlanImporter(ImportRun& run) {
  return std::make_unique<TerraformPlanImporter>(run);
}

}  // namespace bylaw

// Terraform state: `terraform show -json` of a state ({"values": {"root_module": …}}), and the raw file of version 4 ({"version": 4, "lineage": …}).
//
// Records are the values of resource instances; references resolve through ids. Covers its own resources.
// Data sources are records of type "data.TYPE".

#include "runtime/import/importer.h"
#include "runtime/import/terraform_values.h"

namespace bylaw {

namespace {

/// A block of `resources` in a state of version 4, and an instance of it, each found in one walk.
enum BlockPath : uint32_t { kMode, kType, kName, kModule, kProvider, kInstances, kNumBlockPaths };
enum InstancePath : uint32_t { kDeposed, kIndexKey, kAttributes, kSensitiveAttributes, kNumInstancePaths };

JsonPaths CompileBlockPaths() {
  static constexpr std::string_view kTexts[kNumBlockPaths] = {"mode",   "type",     "name",
                                                              "module", "provider", "instances"};
  return *JsonPaths::Compile(kTexts);
}

JsonPaths CompileInstancePaths() {
  static constexpr std::string_view kTexts[kNumInstancePaths] = {"deposed", "index_key", "attributes",
                                                                 "sensitive_attributes"};
  return *JsonPaths::Compile(kTexts);
}

class TerraformStateImporter : public Importer {
 public:
  explicit TerraformStateImporter(ImportRun& run)
      : demand_(run.program, "terraform"),
        extractor_(demand_, run.builder, run.evaluator),
        block_paths_(CompileBlockPaths()),
        instance_paths_(CompileInstancePaths()) {}

  std::string_view name() const override { return "terraform_state"; }
  std::string_view mapping_format() const override { return "terraform"; }
  std::vector<std::string> record_prefix() const override { return {"values"}; }

  bool Detect(const Sniff& sniff) const override {
    if (sniff.kind != JsonKind::kObject) return false;
    if (sniff.Has("lineage") && sniff.Has("serial")) return true;
    return sniff.Has("format_version") && sniff.Has("terraform_version") && sniff.Has("values");
  }

  Status Read(const InputFile& file, const Sniff& sniff, ImportRun& run) override {
    extractor_.SetInput(run.input);
    if (!sniff.Has("lineage")) {
      return ForEachTerraformValue(file, run.StreamOptions(), 0, [&](const TerraformValue& value) {
        const std::string source_type = (value.is_data() ? "data." : "") + value.field("type").string().ToString();
        Add(value.ToResource(source_type, "no-op"), value.is_data(), run);
      });
    }
    run.builder.SetRecordPrefix(run.input, {"attributes"});
    JsonStream stream(file, run.StreamOptions());
    if (stream.NextDocument() && stream.EnterObject()) {
      std::string_view key;
      while (stream.NextKey(&key)) {
        if (key == "version") {
          const uint64_t offset = stream.offset();
          const JsonNumber version = stream.TakeValue().number();
          if (version.form == JsonNumber::Form::kInt && version.integer < 4) {
            return file.ErrorAt(
                offset,
                "a Terraform state of version " + std::to_string(version.integer) + ", older than 4, is not read",
                "write it anew with Terraform 0.12 or later");
          }
        }
        if (key != "resources") continue;
        BYLAW_RETURN_IF_ERROR(ExpectKind(file, "`resources`", JsonKind::kArray, stream));
        if (!stream.EnterArray()) continue;
        while (stream.NextElement()) {
          const JsonValue block = stream.TakeFields(block_paths_, &block_);
          if (!block) break;
          BYLAW_RETURN_IF_ERROR(ExpectKind(file, "an element of `resources`", JsonKind::kObject, block));
          const JsonValue instances = block_.at(block_paths_.slot(kInstances));
          BYLAW_RETURN_IF_ERROR(ExpectKind(file, "`instances`", JsonKind::kArray, instances));
          ReadInstances(run);
        }
      }
    }
    return stream.status();
  }

  Status Finish() override {
    extractor_.Flush();
    return Ok{};
  }

 private:
  /// `sensitive_attributes`: paths of {type: get_attr or index, value}.
  static void AddSensitivePaths(JsonValue paths, JsonValue attributes, SnapshotBuilder& builder) {
    for (JsonValue path : paths.elements()) {
      JsonValue value = attributes;
      for (JsonValue step : path.elements()) {
        JsonValue key = step.Find("value");
        if (key.is_object()) key = key.Find("value");
        if (key.is_string()) {
          value = value.Find(key.string().ToString());
        } else {
          int64_t index = key.number().integer;
          JsonValue found;
          for (JsonValue element : value.elements()) {
            if (index-- == 0) found = element;
          }
          value = found;
        }
      }
      if (value) AddSensitiveValue(value, builder);
    }
  }

  /// The instances of the block at hand.
  void ReadInstances(ImportRun& run) {
    const auto field = [this](BlockPath path) { return block_.at(block_paths_.slot(path)); };
    const bool is_data = field(kMode).string().Equals("data");
    const std::string source_type = (is_data ? "data." : "") + field(kType).string().ToString();
    const JsonValue module = field(kModule);
    const std::string prefix = module.is_string() ? module.string().ToString() + "." : std::string();
    for (JsonValue instance : field(kInstances).elements()) {
      instance_.Extract(instance_paths_, instance);
      const auto member = [this](InstancePath path) { return instance_.at(instance_paths_.slot(path)); };
      // Deposed objects are on their way out.
      if (member(kDeposed).is_string()) continue;
      TerraformResource resource;
      resource.source_type = source_type;
      resource.index = member(kIndexKey);
      resource.address = prefix + source_type + "." + field(kName).string().ToString();
      if (resource.index) resource.address += "[" + std::string(resource.index.raw()) + "]";
      resource.values.value = member(kAttributes);
      AddSensitivePaths(member(kSensitiveAttributes), resource.values.value, run.builder);
      resource.name = field(kName);
      resource.mode = field(kMode);
      resource.provider = field(kProvider);
      resource.module = module;
      resource.offset = instance.offset();
      Add(resource, is_data, run);
    }
  }

  void Add(const TerraformResource& resource, bool is_data, ImportRun& run) {
    const SourceDemand* demand = demand_.Find(resource.source_type);
    if (!is_data) run.Count("terraform", resource.source_type, demand != nullptr);
    if (demand == nullptr && (is_data || !demand_.wants_all_records())) return;
    AddTerraformResource(resource, demand, extractor_, &envelope_);
  }

  Demand demand_;
  Extractor extractor_;
  JsonPaths block_paths_, instance_paths_;
  JsonExtraction block_, instance_;
  TerraformEnvelope envelope_;
};

}  // namespace

std::unique_ptr<Importer> MakeTerraformStateImporter(ImportRun& run) {
  return std::make_unique<TerraformStateImporter>(run);
}

}  // namespace bylaw

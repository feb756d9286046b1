// Terraform state: `terraform show -json` of a state ({"values": {"root_module": …}}), and the raw file of version 4 ({"version": 4, "lineage": …}).
//
// Records are the values of resource instances; references resolve through ids. Covers its own resources.
// Data sources are records of type "data.TYPE".

#include "runtime/import/importer.h"
#include "runtime/import/terraform_values.h"

namespace bylaw {

namespace {

class TerraformStateImporter : public Importer {
 public:
  explicit TerraformStateImporter(ImportRun& run) : demand_(run.program, "terraform"), extractor_(demand_, run.builder, run.evaluator) {}

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
            return file.ErrorAt(offset, "a Terraform state of version " + std::to_string(version.integer) + ", older than 4, is not read",
                                "write it anew with Terraform 0.12 or later");
          }
        }
        if (key != "resources" || !stream.EnterArray()) continue;
        while (stream.NextElement()) ReadInstances(stream.TakeValue(), run);
      }
    }
    return stream.status();
  }

  void Finish() override { extractor_.Flush(); }

 private:
  /// `sensitive_attributes`: paths of {type: get_attr or index, value}.
  static void AddSensitivePaths(JsonValue instance, SnapshotBuilder& builder) {
    for (JsonValue path : instance.Find("sensitive_attributes").elements()) {
      JsonValue value = instance.Find("attributes");
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

  void ReadInstances(JsonValue block, ImportRun& run) {
    const bool is_data = block.Find("mode").string().Equals("data");
    const std::string source_type = (is_data ? "data." : "") + block.Find("type").string().ToString();
    const JsonValue module = block.Find("module");
    const std::string prefix = module.is_string() ? module.string().ToString() + "." : std::string();
    for (JsonValue instance : block.Find("instances").elements()) {
      // Deposed objects are on their way out.
      if (instance.Find("deposed").is_string()) continue;
      TerraformResource resource;
      resource.source_type = source_type;
      resource.index = instance.Find("index_key");
      resource.address = prefix + source_type + "." + block.Find("name").string().ToString();
      if (resource.index) resource.address += "[" + std::string(resource.index.raw()) + "]";
      resource.values.value = instance.Find("attributes");
      AddSensitivePaths(instance, run.builder);
      resource.name = block.Find("name");
      resource.mode = block.Find("mode");
      resource.provider = block.Find("provider");
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
  TerraformEnvelope envelope_;
};

}  // namespace

std::unique_ptr<Importer> MakeTerraformStateImporter(ImportRun& run) { return std::make_unique<TerraformStateImporter>(run); }

}  // namespace bylaw

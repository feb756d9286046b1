// Azure Resource Manager templates: what will be deployed, nested templates included.
//
// The record is the resource, with the expressions that the template itself decides replaced by their values; all others are unknown. The type is as written:
// "Microsoft.Storage/storageAccounts"; that of a resource within a resource has the outer one's before it. A resource whose condition is false does not count, nor does one that exists already.
// Covers the template's own types.

#include <algorithm>
#include <cctype>
#include <string>

#include "runtime/import/arm_expression.h"
#include "runtime/import/importer.h"
#include "runtime/import/json_text.h"
#include "runtime/import/rewritten_record.h"

namespace bylaw {

namespace {

class ArmTemplateImporter : public Importer {
 public:
  explicit ArmTemplateImporter(ImportRun& run) : demand_(run.program, "arm"), extractor_(demand_, run.builder, run.evaluator) {}

  std::string_view name() const override { return "arm"; }
  std::string_view mapping_format() const override { return "arm"; }

  bool Detect(const Sniff& sniff) const override { return sniff.Has("contentVersion") && sniff.Has("resources") && !sniff.in_array; }

  Status Read(const InputFile& file, const Sniff&, ImportRun& run) override {
    extractor_.SetInput(run.input);
    JsonStream stream(file, run.StreamOptions());
    while (stream.NextDocument()) {
      const JsonValue document = stream.TakeValue();
      if (document) ReadTemplate(document, "", run, 0);
    }
    return stream.status();
  }

  void Finish() override { extractor_.Flush(); }

 private:
  static constexpr int kMaxNested = 16;

  void ReadTemplate(JsonValue document, const std::string& parent, ImportRun& run, int depth) {
    const ArmScope scope{document.Find("parameters"), document.Find("variables")};
    ReadResources(document.Find("resources"), scope, "", parent, run, depth);
  }

  /// A list, or an object by symbolic names. `type` is that of the resource they stand in.
  void ReadResources(JsonValue resources, const ArmScope& scope, const std::string& type, const std::string& parent, ImportRun& run, int depth) {
    if (depth > kMaxNested) return;
    for (JsonValue resource : resources.elements()) ReadResource(resource, scope, type, parent, run, depth);
    for (JsonField field : resources.fields()) ReadResource(field.value, scope, type, parent, run, depth);
  }

  static std::string Known(JsonValue value, const ArmScope& scope) {
    if (!value.is_string()) return {};
    std::string text = value.string().ToString();
    if (!IsArmExpression(text)) return text;
    const std::optional<std::string> known = EvaluateArm(text, scope);
    if (!known || known->size() < 2 || known->front() != '"') return {};
    JsonDocument document;
    const auto parsed = document.Parse(*known);
    return parsed.ok() ? parsed->string().ToString() : std::string();
  }

  static bool IsFalse(JsonValue value, const ArmScope& scope) {
    if (value.kind() == JsonKind::kBool) return !value.boolean();
    if (!value.is_string()) return false;
    const std::string text = value.string().ToString();
    return IsArmExpression(text) && EvaluateArm(text, scope) == "false";
  }

  void ReadResource(JsonValue resource, const ArmScope& scope, const std::string& outer_type, const std::string& parent, ImportRun& run, int depth) {
    if (!resource.is_object() || resource.Find("existing").boolean() || IsFalse(resource.Find("condition"), scope)) return;
    std::string type = Known(resource.Find("type"), scope);
    if (type.empty()) return;
    if (!outer_type.empty() && !type.starts_with(outer_type + "/")) type = outer_type + "/" + type;
    std::string name = Known(resource.Find("name"), scope);
    std::string lower = type;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower == "microsoft.resources/deployments") {
      if (const JsonValue inner = resource.Find("properties").Find("template"); inner.is_object()) {
        ReadTemplate(inner, parent + (name.empty() ? "deployment" : name) + "/", run, depth + 1);
        return;
      }
    }
    run.Count("arm", type, demand_.Maps(type));
    const SourceDemand* demand = demand_.Find(type);
    if (demand != nullptr || demand_.wants_all_records()) {
      const std::string id = name.empty() ? "" : ArmResourceId(type, name);
      if (name.empty() && resource.Find("name").is_string()) name = resource.Find("name").string().ToString();
      const std::string address = parent + type + "/" + name;
      const std::string region = Known(resource.Find("location"), scope);
      SourceRecord source;
      source.source_type = type;
      source.address = address;
      source.id = id;
      source.region = region;
      source.record = record_.Make(resource, [&](JsonValue value, std::string* json) {
        if (!value.is_string()) return RewrittenRecord::Verdict::kKeep;
        const std::string text = value.string().ToString();
        if (text.starts_with("[[")) {
          AppendJsonString(std::string_view(text).substr(1), json);
          return RewrittenRecord::Verdict::kReplace;
        }
        if (!IsArmExpression(text)) return RewrittenRecord::Verdict::kKeep;
        std::optional<std::string> known = EvaluateArm(text, scope);
        if (!known) return RewrittenRecord::Verdict::kUnknown;
        *json = std::move(*known);
        return RewrittenRecord::Verdict::kReplace;
      });
      source.tags = Step(source.record, "tags");
      source.envelope = resource;
      source.offset = resource.offset();
      source.stable_text = false;
      source.unknown_reason = "decided when the template is deployed";
      extractor_.Add(source, demand);
    }
    ReadResources(resource.Find("resources"), scope, type, parent, run, depth + 1);
  }

  Demand demand_;
  Extractor extractor_;
  RewrittenRecord record_;
};

}  // namespace

std::unique_ptr<Importer> MakeArmTemplateImporter(ImportRun& run) { return std::make_unique<ArmTemplateImporter>(run); }

}  // namespace bylaw

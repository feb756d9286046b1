// Azure Resource Manager templates: what will be deployed, nested templates included, and files of parameters for them.
//
// Templates are read first and made into records when all inputs are there, since files of parameters may come later. The record is the resource,
// with the expressions that the template itself decides replaced by their values, and loops over properties written out; all else is unknown. The
// type is as models write it: "Microsoft.Storage/storageAccounts"; that of a resource within a resource has the outer one's before it, and so has
// its name. A resource in a loop is as many as the loop makes, if their number is known, else one that exists possibly. A resource whose condition
// is false does not count, nor does one that exists already; one whose condition is undecided exists possibly.
// Covers the template's own types.

#include <string>
#include <unordered_map>

#include <fmt/format.h>

#include "runtime/import/arm_expression.h"
#include "runtime/import/importer.h"
#include "runtime/json/json_document.h"
#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

/// More copies than this ARM does not make.
constexpr int64_t kMaxCopies = 800;

/// The JSON value that `json` is the text of.
nlohmann::json Parsed(std::string_view json) { return nlohmann::json::parse(json, nullptr, false); }

std::string Quoted(std::string_view text) {
  std::string json;
  AppendJsonString(text, &json);
  return json;
}

/// A value of a template as it will be: its JSON text, and what is unknown of it, as Located::unknown wants it.
class ResolvedValue {
 public:
  explicit ResolvedValue(JsonValue value, const ArmScope& scope) { Write(value, scope, &text, &unknown); }

  std::string text, unknown;

 private:
  void Write(JsonValue value, const ArmScope& scope, std::string* json, std::string* overlay) {
    if (value.is_string()) {
      const std::string written = value.string().ToString();
      const std::optional<std::string> known =
          IsArmExpression(written)
              ? EvaluateArm(written, scope)
              : std::optional(Quoted(written.starts_with("[[") ? std::string_view(written).substr(1)
                                                               : std::string_view(written)));
      *json += known.value_or("null");
      *overlay += known ? "false" : "true";
    } else if (value.is_array()) {
      *json += '[';
      *overlay += '[';
      bool first = true;
      for (JsonValue element : value.elements()) {
        if (!first) *json += ',', *overlay += ',';
        first = false;
        Write(element, scope, json, overlay);
      }
      *json += ']';
      *overlay += ']';
    } else if (value.is_object()) {
      bool first = true;
      *json += '{';
      *overlay += '{';
      const auto key = [&](std::string_view name) {
        const std::string written = (first ? "" : ",") + Quoted(name) + ":";
        *json += written;
        *overlay += written;
        first = false;
      };
      for (JsonField field : value.fields()) {
        // "copy": [{"name": "disks", "count": 3, "input": …}] stands for "disks": [input, input, input].
        if (field.key.Equals("copy") && field.value.is_array()) {
          for (JsonValue loop : field.value.elements()) {
            if (!loop.Find("name").is_string() || !loop.Find("input")) continue;
            key(loop.Find("name").string().ToString());
            WriteLoop(loop, scope, json, overlay);
          }
          continue;
        }
        key(field.key.ToString());
        Write(field.value, scope, json, overlay);
      }
      *json += '}';
      *overlay += '}';
    } else {
      *json += value.raw();
      *overlay += "false";
    }
  }

  void WriteLoop(JsonValue loop, const ArmScope& scope, std::string* json, std::string* overlay);
};

/// How many times a loop runs; nothing when that is not known.
std::optional<int64_t> CountOf(JsonValue count, const ArmScope& scope) {
  const ResolvedValue resolved(count, scope);
  const nlohmann::json value = Parsed(resolved.text);
  if (resolved.unknown != "false" || !value.is_number_integer()) return std::nullopt;
  const auto number = value.get<int64_t>();
  return number >= 0 && number <= kMaxCopies ? std::optional(number) : std::nullopt;
}

void ResolvedValue::WriteLoop(JsonValue loop, const ArmScope& scope, std::string* json, std::string* overlay) {
  const std::optional<int64_t> count = CountOf(loop.Find("count"), scope);
  if (!count) {
    *json += "null";
    *overlay += "true";
    return;
  }
  *json += '[';
  *overlay += '[';
  ArmScope inner = scope;
  for (int64_t i = 0; i < *count; ++i) {
    if (i > 0) *json += ',', *overlay += ',';
    inner.copy_indices[ArmFolded(loop.Find("name").string().ToString())] = i;
    Write(loop.Find("input"), inner, json, overlay);
  }
  *json += ']';
  *overlay += ']';
}

class ArmTemplateImporter : public Importer {
 public:
  explicit ArmTemplateImporter(ImportRun& run)
      : run_(run), demand_(run.program, "arm"), extractor_(demand_, run.builder, run.evaluator) {
    for (const Table& table : run.program.tables) {
      for (const TableMapping& mapping : table.mappings) {
        if (mapping.format == "arm") types_.emplace(ArmFolded(mapping.source_type), mapping.source_type);
      }
      if (const auto [format, type] = SplitSourceName(table.name); format == "arm")
        types_.emplace(ArmFolded(type), type);
    }
  }

  std::string_view name() const override { return "arm"; }
  std::string_view mapping_format() const override { return "arm"; }

  bool Detect(const Sniff& sniff) const override {
    if (sniff.in_array || !sniff.Has("contentVersion")) return false;
    return sniff.Has("resources") || sniff.Has("parameters");
  }

  Status Read(const InputFile& file, const Sniff&, ImportRun& run) override {
    JsonStream stream(file, run.StreamOptions());
    while (stream.NextDocument()) {
      const JsonValue document = stream.TakeValue();
      if (!document) break;
      if (!document.Find("resources")) {
        ReadParameters(file, document);
        continue;
      }
      if (const JsonValue resources = document.Find("resources"); !resources.is_object())
        BYLAW_RETURN_IF_ERROR(ExpectKind(file, "`resources`", JsonKind::kArray, resources));
      Template& added = templates_.emplace_back();
      added.input = run.input;
      added.statistics = static_cast<size_t>(run.current - run.statistics.inputs.data());
      added.offset = document.offset();
      added.text = document.raw();
      added.name = file.name();
    }
    return stream.status();
  }

  Status Finish() override {
    for (const Template& added : templates_) {
      JsonDocument parsed;
      const auto document =
          parsed.Parse(added.text, JsonDocument::Trust::kValidated, run_.options.max_depth, added.offset);
      if (!document.ok()) continue;
      extractor_.SetInput(added.input);
      run_.current = &run_.statistics.inputs[added.statistics];
      source_name_ = added.name;
      ArmScope scope{document->Find("parameters"), document->Find("variables"), given_};
      NoteSecrets(scope);
      ReadResources(document->Find("resources"), scope, {}, 0);
      run_.builder.input(added.input).num_resources = run_.current->num_resources;
    }
    extractor_.Flush();
    return Ok{};
  }

 private:
  static constexpr int kMaxNested = 16;

  struct Template {
    uint32_t input = 0;
    size_t statistics = 0;
    uint64_t offset = 0;
    std::string text, name;
  };
  /// What a resource stands in.
  struct Around {
    std::string deployment;  ///< "net/"
    std::string type, name;  ///< of the resource
    bool possible = false;   ///< it exists only possibly
  };

  void Warn(const std::string& message) {
    run_.statistics.warnings.push_back(fmt::format("{}: {}", source_name_, message));
  }

  /// {"parameters": {"name": {"value": …}}}; a reference to a key vault is not known.
  void ReadParameters(const InputFile& file, JsonValue document) {
    for (JsonField field : document.Find("parameters").fields()) {
      const std::string name = ArmFolded(field.key.ToString());
      const JsonValue value = field.value.Find("value");
      std::optional<std::string> text;
      if (value) text = std::string(value.raw());
      const auto [found, added] = given_.emplace(name, text);
      if (added || found->second == text) continue;
      found->second = std::nullopt;
      source_name_ = file.name();
      Warn(fmt::format("the parameter `{}` is given two values, and counts as not known", field.key.ToString()));
    }
  }

  /// Values of secure parameters are not to be shown.
  void NoteSecrets(const ArmScope& scope) {
    for (JsonField field : scope.parameters.fields()) {
      const JsonValue type = field.value.Find("type");
      if (!type.is_string() || !ArmFolded(type.string().ToString()).starts_with("secure")) continue;
      if (const JsonValue value = field.value.Find("defaultValue"); value.is_string())
        run_.builder.AddSensitive(value.string().ToString());
      const auto given = scope.given.find(ArmFolded(field.key.ToString()));
      if (given == scope.given.end() || !given->second) continue;
      const nlohmann::json value = Parsed(*given->second);
      if (value.is_string()) run_.builder.AddSensitive(value.get<std::string>());
    }
  }

  /// A list, or an object by symbolic names.
  void ReadResources(JsonValue resources, const ArmScope& scope, const Around& around, int depth) {
    if (depth > kMaxNested) return;
    for (JsonValue resource : resources.elements()) ReadCopies(resource, scope, around, depth);
    for (JsonField field : resources.fields()) ReadCopies(field.value, scope, around, depth);
  }

  void ReadCopies(JsonValue resource, const ArmScope& scope, Around around, int depth) {
    if (!resource.is_object() || resource.Find("existing").boolean()) return;
    const JsonValue copy = resource.Find("copy");
    if (!copy.is_object()) {
      ReadResource(resource, scope, around, depth);
      return;
    }
    const std::optional<int64_t> count = CountOf(copy.Find("count"), scope);
    if (!count) {
      around.possible = true;
      ReadResource(resource, scope, around, depth);
      return;
    }
    ArmScope inner = scope;
    for (int64_t i = 0; i < *count; ++i) {
      inner.copy_indices[""] = i;
      if (const JsonValue name = copy.Find("name"); name.is_string())
        inner.copy_indices[ArmFolded(name.string().ToString())] = i;
      ReadResource(resource, inner, around, depth);
    }
  }

  static std::string Known(JsonValue value, const ArmScope& scope) {
    if (!value.is_string()) return {};
    const ResolvedValue resolved(value, scope);
    const nlohmann::json known = Parsed(resolved.text);
    return known.is_string() ? known.get<std::string>() : std::string();
  }

  void ReadResource(JsonValue resource, const ArmScope& scope, const Around& around, int depth) {
    bool possible = around.possible;
    if (const JsonValue condition = resource.Find("condition")) {
      const std::string decided = ResolvedValue(condition, scope).text;
      if (decided == "false" || ArmFolded(decided) == "\"false\"") return;
      possible = possible || (decided != "true" && ArmFolded(decided) != "\"true\"");
    }
    std::string type = Known(resource.Find("type"), scope);
    if (type.empty()) return;
    std::string name = Known(resource.Find("name"), scope);
    if (!around.type.empty() && !ArmFolded(type).starts_with(ArmFolded(around.type) + "/")) {
      type = around.type + "/" + type;
      if (!name.empty() && !around.name.empty()) name = around.name + "/" + name;
    }
    if (const auto found = types_.find(ArmFolded(type)); found != types_.end()) type = found->second;
    if (ArmFolded(type) == "microsoft.resources/deployments") {
      ReadDeployment(resource, scope,
                     {around.deployment + (name.empty() ? "deployment" : name) + "/", "", "", possible}, depth);
      return;
    }
    run_.Count("arm", type, demand_.Maps(type));
    const SourceDemand* demand = demand_.Find(type);
    const std::string shown =
        name.empty() && resource.Find("name").is_string() ? resource.Find("name").string().ToString() : name;
    if (demand != nullptr || demand_.wants_all_records()) {
      const std::string id = name.empty() ? "" : ArmResourceId(type, name),
                        address = around.deployment + type + "/" + shown,
                        region = Known(resource.Find("location"), scope);
      const ResolvedValue resolved(resource, scope);
      JsonDocument value_document, unknown_document;
      const auto value = value_document.Parse(resolved.text), unknown = unknown_document.Parse(resolved.unknown);
      if (!value.ok() || !unknown.ok()) return;
      SourceRecord source;
      source.source_type = type;
      source.address = address;
      source.id = id;
      source.region = region;
      source.record = {*value, *unknown};
      source.tags = Step(source.record, "tags");
      source.envelope = resource;
      source.offset = resource.offset();
      source.stable_text = false;
      source.possible = possible;
      source.unknown_reason = "decided when the template is deployed";
      extractor_.Add(source, demand);
    }
    ReadResources(resource.Find("resources"), scope, {around.deployment, type, name, possible}, depth + 1);
  }

  /// A template within the template. Its expressions are the outer one's, unless it says that they are its own.
  void ReadDeployment(JsonValue deployment, const ArmScope& outer, const Around& inner, int depth) {
    const JsonValue properties = deployment.Find("properties"), own = properties.Find("template");
    if (!own.is_object()) {
      if (properties.Find("templateLink"))
        Warn(fmt::format("`{}` deploys a linked template, which is not read",
                         inner.deployment.substr(0, inner.deployment.size() - 1)));
      return;
    }
    const JsonValue scope_of = properties.Find("expressionEvaluationOptions").Find("scope");
    if (!scope_of.is_string() || ArmFolded(scope_of.string().ToString()) != "inner") {
      ReadResources(own.Find("resources"), outer, inner, depth + 1);
      return;
    }
    ArmScope scope{own.Find("parameters"), own.Find("variables")};
    for (JsonField field : properties.Find("parameters").fields()) {
      const JsonValue value = field.value.Find("value");
      const ResolvedValue resolved(value, outer);
      const bool known = value && resolved.unknown.find("true") == std::string::npos;
      scope.given[ArmFolded(field.key.ToString())] = known ? std::optional(resolved.text) : std::nullopt;
    }
    NoteSecrets(scope);
    ReadResources(own.Find("resources"), scope, inner, depth + 1);
  }

  ImportRun& run_;
  Demand demand_;
  Extractor extractor_;
  std::unordered_map<std::string, std::string> types_;  ///< as models write them, by type in lower case
  std::vector<Template> templates_;
  std::map<std::string, std::optional<std::string>> given_;
  std::string source_name_;
};

}  // namespace

std::unique_ptr<Importer> MakeArmTemplateImporter(ImportRun& run) { return std::make_unique<ArmTemplateImporter>(run); }

}  // namespace bylaw

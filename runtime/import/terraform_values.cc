#include "runtime/import/terraform_values.h"

#include "runtime/import/importer.h"
#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

void AppendText(std::string_view key, std::string_view text, std::string* json) {
  *json += json->size() > 1 ? ",\"" : "\"";
  *json += key;
  *json += "\":";
  AppendJsonString(text, json);
}

void AppendValue(std::string_view key, JsonValue value, std::string* json) {
  if (!value) return;
  *json += json->size() > 1 ? ",\"" : "\"";
  *json += key;
  *json += "\":";
  *json += value.raw();
}

Status ReadModule(const InputFile& file, JsonStream& stream, const std::string& module_address,
                  const std::function<void(const TerraformValue&)>& use) {
  BYLAW_RETURN_IF_ERROR(ExpectKind(file, "a module", JsonKind::kObject, stream));
  if (!stream.EnterObject()) return Ok{};
  std::string own_address = module_address;
  std::string_view key;
  while (stream.NextKey(&key)) {
    if (key == "address") {
      own_address = stream.TakeValue().string().ToString();
    } else if (key == "resources") {
      BYLAW_RETURN_IF_ERROR(ExpectKind(file, "`resources`", JsonKind::kArray, stream));
      if (!stream.EnterArray()) continue;
      while (stream.NextElement()) {
        TerraformValue value{stream.TakeValue(), own_address};
        BYLAW_RETURN_IF_ERROR(ExpectKind(file, "an element of `resources`", JsonKind::kObject, value.whole));
        if (!value.whole.is_object()) continue;
        // In older versions `address` comes after `resources`; a resource's own address tells its module, too.
        const std::string address = value.field("address").string().ToString();
        const std::string local = (value.is_data() ? "data." : "") + value.field("type").string().ToString() + "." +
                                  value.field("name").string().ToString();
        const size_t at = address.rfind(local);
        if (at != std::string::npos && at > 0) value.module_address = address.substr(0, at - 1);
        use(value);
      }
    } else if (key == "child_modules") {
      BYLAW_RETURN_IF_ERROR(ExpectKind(file, "`child_modules`", JsonKind::kArray, stream));
      if (!stream.EnterArray()) continue;
      while (stream.NextElement()) BYLAW_RETURN_IF_ERROR(ReadModule(file, stream, own_address, use));
    }
  }
  return stream.status();
}

}  // namespace

JsonValue TerraformEnvelope::Make(const TerraformResource& resource) {
  text_ = "{";
  AppendText("action", resource.action, &text_);
  AppendText("address", resource.address, &text_);
  AppendValue("name", resource.name, &text_);
  AppendValue("index", resource.index, &text_);
  AppendValue("mode", resource.mode, &text_);
  AppendValue("provider_name", resource.provider, &text_);
  AppendValue("module", resource.module, &text_);
  text_ += "}";
  const auto value = document_.Parse(text_, JsonDocument::Trust::kValidated);
  return value.ok() ? *value : JsonValue();
}

void AddSensitiveValue(JsonValue value, SnapshotBuilder& builder) {
  if (value.is_object()) {
    for (const JsonField field : value.fields()) AddSensitiveValue(field.value, builder);
  } else if (value.is_array()) {
    for (JsonValue element : value.elements()) AddSensitiveValue(element, builder);
  } else if (value.is_string()) {
    builder.AddSensitive(value.string().ToString());
    builder.AddSensitive(value.string().raw());  // as it stands in the file, where it has escapes
  } else if (value) {
    builder.AddSensitive(value.raw());
  }
}

void AddSensitive(JsonValue value, JsonValue marks, SnapshotBuilder& builder) {
  if (marks.kind() == JsonKind::kBool) {
    if (marks.boolean()) AddSensitiveValue(value, builder);
  } else if (marks.is_object()) {
    for (const JsonField mark : marks.fields()) AddSensitive(value.Find(mark.key.ToString()), mark.value, builder);
  } else if (marks.is_array()) {
    const JsonElements elements = value.elements();
    auto element = elements.begin();
    for (JsonValue mark : marks.elements()) {
      if (element == elements.end()) break;
      AddSensitive(*element, mark, builder);
      ++element;
    }
  }
}

void AddTerraformResource(const TerraformResource& resource, const SourceDemand* demand, Extractor& extractor,
                          TerraformEnvelope* envelope) {
  SourceRecord source;
  source.source_type = resource.source_type;
  source.address = resource.address;
  source.record = resource.values;
  source.record.all_unknown = resource.values.unknown.kind() == JsonKind::kBool && resource.values.unknown.boolean();
  source.offset = resource.offset;
  source.references = resource.references;
  source.omits_unknown = resource.omits_unknown;
  AddSensitive(resource.values.value, resource.sensitive, extractor.builder());
  std::string id, arn;
  if (const JsonValue value = resource.values.value.Find("id"); value.is_string()) id = value.string().ToString();
  if (const JsonValue value = resource.values.value.Find("arn"); value.is_string()) arn = value.string().ToString();
  source.id = id;
  source.arn = arn;
  if (extractor.demand().wants_tags(demand)) {
    source.tags = Step(source.record, "tags_all");
    if (source.tags.is_missing()) source.tags = Step(source.record, "tags");
    // A plan and a state show every attribute that the type has, null or unknown where nothing is set.
    source.taggable = source.tags.value || source.tags.all_unknown;
  }
  if (demand != nullptr && demand->reads_envelope) source.envelope = envelope->Make(resource);
  extractor.Add(source, demand);
}

TerraformResource TerraformValue::ToResource(const std::string& source_type, std::string_view action) const {
  TerraformResource resource;
  resource.source_type = source_type;
  resource.address = field("address").string().ToString();
  resource.action = action;
  resource.values.value = field("values");
  resource.sensitive = field("sensitive_values");
  resource.name = field("name");
  resource.index = field("index");
  resource.mode = field("mode");
  resource.provider = field("provider_name");
  resource.offset = whole.offset();
  return resource;
}

Status ForEachTerraformValue(const InputFile& file, const JsonStream::Options& options, uint64_t offset,
                             const std::function<void(const TerraformValue&)>& use) {
  JsonStream::Options own = options;
  own.begin = offset;
  JsonStream stream(file, own);
  if (stream.NextDocument()) {
    BYLAW_RETURN_IF_ERROR(ExpectKind(file, "what holds the `root_module`", JsonKind::kObject, stream));
    if (!stream.EnterObject()) return stream.status();
    std::string_view key;
    while (stream.NextKey(&key)) {
      if (key == "root_module") {
        BYLAW_RETURN_IF_ERROR(ReadModule(file, stream, "", use));
      } else if (key == "values") {
        BYLAW_RETURN_IF_ERROR(ExpectKind(file, "`values`", JsonKind::kObject, stream));
        if (!stream.EnterObject()) continue;
        std::string_view inner;
        while (stream.NextKey(&inner)) {
          if (inner == "root_module") BYLAW_RETURN_IF_ERROR(ReadModule(file, stream, "", use));
        }
      }
    }
  }
  return stream.status();
}

}  // namespace bylaw

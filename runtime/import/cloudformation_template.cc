#include "runtime/import/cloudformation_template.h"

#include <algorithm>
#include <array>

#include "runtime/json/json_path.h"

namespace bylaw {

namespace {

/// The sections that resources are resolved with.
constexpr std::array<std::string_view, 5> kSections = {"Parameters", "Mappings", "Conditions", "Outputs", "Globals"};

const std::string* Intern(std::string text, TemplateTypes* types) { return &*types->insert(std::move(text)).first; }

/// What is kept of each resource.
enum ResourcePath : uint8_t { kType, kCondition, kOwn };

const JsonPaths& ResourcePaths() {
  static const JsonPaths kPaths(std::vector<std::vector<JsonStep>>{
      {{.key = "Type"}}, {{.key = "Condition"}}, {{.key = "Metadata"}, {.key = std::string(kOwnMetadata)}}});
  return kPaths;
}

class ResourceReader {
 public:
  ResourceReader(JsonStream& stream, TemplateTypes* types) : stream_(stream), types_(types) {}

  TemplateResource Read(std::string id) {
    TemplateResource resource;
    resource.id = std::move(id);
    resource.offset = stream_.offset();
    const JsonValue body = stream_.TakeFields(ResourcePaths(), &found_);
    if (!body) return resource;
    resource.size = stream_.position() - resource.offset;
    if (const JsonValue type = Found(kType); type.is_string()) resource.type = InternType(type.string());
    if (const JsonValue condition = Found(kCondition); condition.is_string()) {
      resource.condition = std::make_unique<const TemplateResource::Condition>(
          TemplateResource::Condition{condition.string().ToString(), condition.offset()});
    }
    resource.has_own_metadata = static_cast<bool>(Found(kOwn));
    return resource;
  }

 private:
  JsonValue Found(ResourcePath path) const { return found_.at(ResourcePaths().slot(path)); }

  const std::string* InternType(const JsonString& type) {
    if (last_type_ != nullptr && !type.has_escapes() && type.raw() == *last_type_) return last_type_;
    return last_type_ = Intern(type.ToString(), types_);
  }

  JsonStream& stream_;
  TemplateTypes* types_;
  JsonExtraction found_;
  const std::string* last_type_ = nullptr;
};

}  // namespace

TemplateResource TemplateResource::Made(TemplateValue::Member made, TemplateTypes* types) {
  TemplateResource resource;
  resource.id = std::move(made.key);
  resource.offset = made.value.offset;
  if (const TemplateValue* type = made.value.Find("Type"); type != nullptr && type->is_string())
    resource.type = Intern(type->text, types);
  if (const TemplateValue* condition = made.value.Find("Condition"); condition != nullptr && condition->is_string())
    resource.condition = std::make_unique<const Condition>(Condition{condition->text, condition->offset});
  const TemplateValue* metadata = made.value.Find("Metadata");
  resource.has_own_metadata = metadata != nullptr && metadata->Find(kOwnMetadata) != nullptr;
  resource.made = std::make_unique<const TemplateValue>(std::move(made.value));
  return resource;
}

uint64_t Template::num_values() const {
  constexpr uint64_t kBytesPerValue = 8;
  uint64_t count = sections.num_values();
  for (const TemplateResource& resource : resources)
    count += resource.made != nullptr ? resource.made->num_values() : resource.size / kBytesPerValue;
  return count;
}

JsonValue Template::Body(const TemplateResource& resource, JsonDocument* document) const {
  if (resource.made != nullptr) return {};
  const auto body = document->Parse(file->text().substr(resource.offset, resource.size),
                                    JsonDocument::Trust::kValidated, kAnyDepth, resource.offset);
  return body.ok() ? *body : JsonValue();
}

void ReadTemplate(JsonStream& stream, TemplateTypes* types, Template* read) {
  read->offset = stream.offset();
  read->sections = TemplateValue::Object(read->offset);
  std::string_view key;
  if (!stream.EnterObject()) return;
  while (stream.NextKey(&key)) ReadTemplateMember(std::string(key), stream, types, read);
}

void ReadTemplateMember(std::string_view key, JsonStream& stream, TemplateTypes* types, Template* read) {
  if (key != "Resources") {
    TemplateValue section = TemplateValue::Read(stream.TakeValue());  // of the others, whether they are well-formed
    if (std::find(kSections.begin(), kSections.end(), key) != kSections.end())
      read->sections.members.push_back({std::string(key), std::move(section)});
    return;
  }
  read->resources.clear();
  read->resources_kind = stream.kind();
  read->resources_offset = stream.offset();
  if (!stream.EnterObject()) return;
  ResourceReader reader(stream, types);
  while (stream.NextKey(&key)) {
    std::string id(key);
    if (!id.starts_with(kLoopPrefix)) {
      read->resources.push_back(reader.Read(std::move(id)));
      continue;
    }
    TemplateResource& loop = read->resources.emplace_back();
    loop.id = std::move(id);
    loop.offset = stream.offset();
    loop.made = std::make_unique<const TemplateValue>(TemplateValue::Read(stream.TakeValue()));
  }
}

}  // namespace bylaw

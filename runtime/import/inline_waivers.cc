#include "runtime/import/inline_waivers.h"

#include <array>

#include <fmt/format.h>

#include "runtime/builtins/time.h"
#include "runtime/json/json_document.h"
#include "runtime/json/yaml_reader.h"

namespace bylaw {

namespace {

constexpr std::string_view kForm = "write [{rule: ID, because: \"…\", until: YYYY-MM-DD}]";

std::string TextOf(JsonValue value) { return value.is_string() ? value.string().ToString() : std::string(value.raw()); }

/// Reads one entry; what it lacks becomes its problem.
InlineWaiver ReadEntry(JsonValue entry) {
  InlineWaiver waiver;
  const auto fault = [&waiver](std::string problem) {
    if (waiver.problem.empty()) waiver.problem = std::move(problem);
  };
  if (!entry.is_object()) {
    fault(fmt::format("is {}; {}", Describe(entry.kind()), kForm));
    return waiver;
  }
  std::string until;
  const std::array<std::pair<std::string_view, std::string*>, 4> members = {
      {{"rule", &waiver.rule}, {"because", &waiver.because}, {"until", &until}, {"by", &waiver.by}}};
  for (const JsonField field : entry.fields()) {
    const std::string key = field.key.ToString();
    std::string* text = nullptr;
    for (const auto& [name, member] : members) text = name == key ? member : text;
    if (text == nullptr) {
      fault(fmt::format("has `{}`; a waiver has `rule`, `because`, `until` and `by`", key));
    } else if (field.value.is_array() || field.value.is_object()) {
      fault(fmt::format("has {} as `{}`, and not a text", Describe(field.value.kind()), key));
    } else if (!field.value.is_null()) {
      *text = TextOf(field.value);
    }
  }
  if (waiver.rule.empty()) fault(fmt::format("names no rule; {}", kForm));
  if (waiver.because.empty()) fault("gives no reason: `because: \"…\"`");
  if (until.empty()) {
    fault("gives no end: `until: YYYY-MM-DD`");
  } else {
    waiver.until = ParseTime(until);
    constexpr std::string_view kDate = "YYYY-MM-DD";
    if (waiver.until && until.size() == kDate.size()) *waiver.until += kMicrosPerDay;  // a date is meant to its end
    if (!waiver.until) fault(fmt::format("ends on `{}`, which is no date: write {}", until, kDate));
  }
  return waiver;
}

}  // namespace

void AddInlineWaivers(std::string_view key, JsonValue value, const WaivedResource& resource, SnapshotBuilder& builder) {
  if (builder.input(resource.input).context_only) return;
  const LineColumn key_place = resource.file.Locate(value.offset());
  const auto add = [&](InlineWaiver waiver, LineColumn place) {
    waiver.address = resource.address;
    waiver.location = {.file = resource.file.name(), .line = place.line, .column = place.column, .pointer = {}};
    builder.AddInlineWaiver(std::move(waiver), resource.record);
  };
  const auto fault = [&](std::string problem) {
    InlineWaiver waiver;
    waiver.problem = std::move(problem);
    add(std::move(waiver), key_place);
  };
  if (key != "waive") return fault(fmt::format("stands under `{}`; waivers stand under `waive`", key));

  JsonDocument document;
  std::shared_ptr<const InputFile> text;
  const bool is_text = value.is_string();
  if (is_text) {
    auto bytes = InputFile::FromBytes(resource.file.name(), value.string().ToString());
    std::vector<std::string> ignored;
    auto json = bytes.ok() ? ReadYaml(std::move(*bytes), {}, &ignored) : bytes;  // JSON is YAML, too
    if (!json.ok()) return fault(fmt::format("is no YAML ({}); {}", json.error().message, kForm));
    text = std::move(*json);
    const auto parsed = document.Parse(text->text());
    if (!parsed.ok()) return fault(fmt::format("is no list of waivers; {}", kForm));
    value = *parsed;
  }
  if (!value.is_array()) return fault(fmt::format("is {}; {}", Describe(value.kind()), kForm));
  for (const JsonValue entry : value.elements())
    add(ReadEntry(entry), is_text ? key_place : resource.file.Locate(entry.offset()));
}

}  // namespace bylaw

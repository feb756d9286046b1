#include "runtime/import/importer.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "runtime/json/json_locator.h"

namespace bylaw {

namespace {

/// More keys of one object than this tell nothing new.
constexpr size_t kMaxSniffedKeys = 64;

}  // namespace

bool Sniff::Has(std::string_view key) const { return std::find(keys.begin(), keys.end(), key) != keys.end(); }

std::string Sniff::Describe() const {
  std::string text(bylaw::Describe(kind));
  if (kind == JsonKind::kObject || in_array) {
    if (in_array) text = "a list of objects";
    if (keys.empty()) return in_array ? text : "an empty object";
    text += keys.size() == 1 ? " with the key " : " with the keys ";
    constexpr size_t kShown = 6;
    for (size_t i = 0; i < keys.size() && i < kShown; ++i) text += (i == 0 ? "`" : ", `") + keys[i] + "`";
    if (keys.size() > kShown) text += ", …";
  }
  return text;
}

void ImportRun::Count(const std::string& format, std::string_view source_type, bool mapped, uint64_t num_records) {
  auto& types = counts[format];
  auto found = types.find(source_type);
  if (found == types.end()) found = types.emplace(std::string(source_type), TypeCount()).first;
  found->second.num_records += num_records;
  found->second.mapped = found->second.mapped || mapped;
  current->num_resources += num_records;
}

JsonStream::Options ImportRun::StreamOptions() const {
  JsonStream::Options stream_options;
  stream_options.max_depth = options.max_depth;
  stream_options.max_window_bytes = options.max_value_bytes;
  stream_options.landmarks = landmarks;
  stream_options.releases = true;
  stream_options.cancelled = options.cancelled;
  stream_options.deadline = deadline;
  if (options.progress != nullptr)
    stream_options.position = &options.progress->bytes, stream_options.position_base = bytes_before;
  return stream_options;
}

void ImportRun::CoverAllTypes(std::string_view format) {
  builder.CoverFormat(format);
  for (TableId t = 0; t < program.tables.size(); ++t) {
    const Table& table = program.tables[t];
    if (table.kind == TableKind::kSource && table.mappings.empty() && SplitSourceName(table.name).first == format)
      builder.CoverTable(t);
  }
}

void ImportRun::CoverTypes(std::string_view format, const std::set<std::string>& source_types) {
  for (TableId t = 0; t < program.tables.size(); ++t) {
    const Table& table = program.tables[t];
    bool any = false, all = true;
    const auto take = [&](std::string_view own_format, const std::string& source_type) {
      if (own_format != format) return;
      any = true;
      all = all && source_types.contains(source_type);
    };
    for (const TableMapping& mapping : table.mappings) take(mapping.format, mapping.source_type);
    if (table.kind == TableKind::kSource && table.mappings.empty()) {
      const auto [own_format, source_type] = SplitSourceName(table.name);
      take(own_format, source_type);
    }
    if (any && all) builder.CoverTable(t);
  }
}

std::vector<std::unique_ptr<Importer>> MakeImporters(ImportRun& run) {
  std::vector<std::unique_ptr<Importer>> importers;
  importers.push_back(MakeTerraformPlanImporter(run));
  importers.push_back(MakeTerraformStateImporter(run));
  importers.push_back(MakeAwsConfigImporter(run));
  importers.push_back(MakeKubernetesImporter(run));
  importers.push_back(MakeCloudFormationImporter(run));
  AddScanReportImporters(run, &importers);
  importers.push_back(MakeGcpAssetImporter(run));
  importers.push_back(MakeArmTemplateImporter(run));
  importers.push_back(MakePulumiImporter(run));
  importers.push_back(MakeAzureResourceGraphImporter(run));
  importers.push_back(MakeAwsCliImporter(run));
  importers.push_back(MakePlainJsonImporter(run));
  return importers;
}

Status ExpectKind(const InputFile& file, std::string_view what, JsonKind wanted, JsonKind kind, uint64_t offset) {
  if (kind == wanted || kind == JsonKind::kNull || kind == JsonKind::kMissing) return Ok{};
  return file.ErrorAt(
      offset, fmt::format("{} is {} and no {}", what, Describe(kind), wanted == JsonKind::kArray ? "list" : "object"),
      "give the export as it was written");
}

Status ExpectKind(const InputFile& file, std::string_view what, JsonKind wanted, JsonValue value) {
  return ExpectKind(file, what, wanted, value.kind(), value ? value.offset() : 0);
}

Status ExpectKind(const InputFile& file, std::string_view what, JsonKind wanted, JsonStream& stream) {
  return stream.failed() ? stream.status() : ExpectKind(file, what, wanted, stream.kind(), stream.offset());
}

Result<Sniff> SniffFormat(const InputFile& file, const std::vector<std::unique_ptr<Importer>>& importers,
                          const JsonStream::Options& options, size_t* found) {
  *found = importers.size();
  Sniff sniff;
  sniff.name = file.name();
  JsonStream stream(file, options);
  if (!stream.NextDocument()) {
    BYLAW_RETURN_IF_ERROR(stream.status());
    if (file.source()) return sniff;
    return file.ErrorAt(0, "there is no JSON value in it");
  }
  sniff.kind = stream.kind();
  if (sniff.kind == JsonKind::kArray && stream.EnterArray() && stream.NextElement())
    sniff.in_array = stream.kind() == JsonKind::kObject;
  auto ask = [&] {
    for (size_t i = 0; i + 1 < importers.size(); ++i) {
      if (!importers[i]->Detect(sniff)) continue;
      *found = i;
      return true;
    }
    return false;
  };
  if (stream.EnterObject()) {
    std::string_view key;
    while (sniff.keys.size() < kMaxSniffedKeys && stream.NextKey(&key)) {
      const std::string own(key);
      if (own == "data" && sniff.Has("status_code") && stream.EnterObject()) {
        // A recorded reply: what is in it tells.
        while (sniff.keys.size() < kMaxSniffedKeys && stream.NextKey(&key)) {
          sniff.keys.emplace_back(key);
          if (ask()) return sniff;
        }
      }
      sniff.keys.push_back(own);
      if (ask()) return sniff;
    }
  }
  BYLAW_RETURN_IF_ERROR(stream.status());
  return sniff;
}

namespace {

/// The deepest value there is along `path` from `value`.
JsonValue Follow(JsonValue value, const std::vector<std::string>& path) {
  for (const std::string& key : path) {
    JsonValue next;
    JsonValue at = value;
    if (at.is_array()) {
      size_t wanted = 0, i = 0;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), wanted);
      const bool is_number = error == std::errc() && end == key.data() + key.size();
      JsonValue only;
      for (JsonValue element : at.elements()) {
        if (is_number && i == wanted) next = element;
        only = i == 0 ? element : JsonValue();
        ++i;
      }
      if (!is_number && only) next = only.Find(key);
    } else {
      next = at.Find(key);
    }
    if (!next) break;
    value = next;
  }
  return value;
}

/// The offset that `query` leads to.
uint64_t OffsetOf(const InputFile& file, const LocationQuery& query) {
  if (query.path.empty()) return query.offset;
  JsonStream::Options options;
  options.begin = query.offset;
  options.max_depth = 1u << 20;
  options.window_bytes = size_t{8} << 10;  // one resource; more is read when it is larger
  JsonStream stream(file, options);
  if (!stream.NextDocument()) return query.offset;
  const JsonValue value = stream.TakeValue();
  return value ? Follow(value, query.path).offset() : query.offset;
}

/// As OffsetOf, in a text that was made out of the input's, if the record stands in one; in the input's own text.
uint64_t OffsetOf(const LocatedInput& input, const LocationQuery& query) {
  if (input.made.empty()) return OffsetOf(*input.file, query);
  const auto after =
      std::upper_bound(input.made.begin(), input.made.end(), query.offset,
                       [](uint64_t wanted, const LocatedInput::Part& part) { return wanted < part.begin; });
  const LocatedInput::Part& part = after == input.made.begin() ? input.made.front() : *std::prev(after);
  return part.text->SourceOffset(OffsetOf(*part.text, {query.offset - part.begin, query.path}));
}

/// The same for equal queries.
std::string KeyOf(const LocationQuery& query) {
  std::string key(reinterpret_cast<const char*>(&query.offset), sizeof query.offset);
  for (const std::string& step : query.path) (key += step) += '\0';
  return key;
}

}  // namespace

Snapshot::Locator MakeLocator(std::shared_ptr<const LocatedInput> input,
                              std::shared_ptr<const JsonLandmarks> landmarks) {
  return [input, landmarks](std::span<const LocationQuery> queries) {
    // Many findings name the same few places.
    std::unordered_map<std::string, size_t> seen;
    std::vector<size_t> answer_of;
    std::vector<uint64_t> offsets;
    for (const LocationQuery& query : queries) {
      const auto [found, is_new] = seen.try_emplace(KeyOf(query), offsets.size());
      if (is_new) offsets.push_back(OffsetOf(*input, query));
      answer_of.push_back(found->second);
    }
    const std::vector<SourcePosition> positions = LocateJson(*input->file, offsets, landmarks.get());
    std::vector<Location> locations;
    locations.reserve(queries.size());
    for (size_t answer : answer_of) {
      const SourcePosition& position = positions[answer];
      locations.push_back({input->file->name(), position.line, position.column, position.pointer});
    }
    return locations;
  };
}

}  // namespace bylaw

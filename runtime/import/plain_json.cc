// Plain JSON: one text, several one after the other, or NDJSON, without a model.
//
// `json["items"]` holds the elements of every top-level list `items` (an object `items` counts as one element). Where there is no such key, the
// elements of a top-level array, and documents that are no array, are the rows: of `json[""]`, or of the one collection that the policies read.
// Covers itself.

#include "runtime/import/begin_record.h"

namespace bylaw {

namespace {

class PlainJsonImporter : public Importer {
 public:
  explicit PlainJsonImporter(ImportRun& run)
      : demand_(run.program, "json"), extractor_(demand_, run.builder, run.evaluator) {}

  std::string_view name() const override { return "json"; }
  std::string_view mapping_format() const override { return "json"; }
  bool Detect(const Sniff& sniff) const override { return sniff.kind != JsonKind::kMissing && !demand_.empty(); }

  Status Read(const InputFile& file, const Sniff& sniff, ImportRun& run) override {
    extractor_.SetInput(run.input);
    const SourceDemand* whole = demand_.Find("");
    const SourceDemand* only = demand_.only_source();
    if (whole == nullptr && only != nullptr && (sniff.in_array || !sniff.Has(only->source_type))) whole = only;
    const std::string whole_type = whole == nullptr ? std::string() : whole->source_type;
    JsonStream stream(file, run.StreamOptions());
    uint64_t number = 0;
    while (stream.NextDocument()) {
      if (stream.EnterArray()) {
        while (stream.NextElement()) Add(stream, whole_type, whole, number++, run);
      } else if (whole != nullptr || stream.kind() != JsonKind::kObject) {
        const uint64_t own = number++;
        JsonValue document = Add(stream, whole_type, whole, own, run);
        for (JsonField field : document.fields()) {
          const std::string key = field.key.ToString();
          const SourceDemand* demand = demand_.Find(key);
          uint64_t i = 0;
          if (demand == nullptr || demand == whole) continue;
          if (!field.value.is_array()) AddValue(field.value, key, i, run);
          for (JsonValue element : field.value.elements()) AddValue(element, key, i++, run);
        }
      } else if (stream.EnterObject()) {
        std::string_view key;
        while (stream.NextKey(&key)) {
          const std::string own_key(key);
          const SourceDemand* demand = demand_.Find(own_key);
          uint64_t i = 0;
          if (stream.EnterArray()) {
            while (stream.NextElement()) Add(stream, own_key, demand, i++, run);
          } else if (demand != nullptr) {
            Add(stream, own_key, demand, i, run);
          }
        }
      }
    }
    BYLAW_RETURN_IF_ERROR(stream.status());
    return Ok{};
  }

  Status Finish() override {
    extractor_.Flush();
    return Ok{};
  }

 private:
  /// The value the stream stands before, which is skipped unread when nothing wants it.
  JsonValue Add(JsonStream& stream, const std::string& key, const SourceDemand* demand, uint64_t index,
                ImportRun& run) {
    if (demand == nullptr && !demand_.wants_all_records()) {
      run.Count("json", key, false);
      stream.SkipValue();
      return {};
    }
    const JsonValue value = stream.TakeValue();
    if (value) AddValue(value, key, index, run);
    return value;
  }

  void AddValue(JsonValue value, const std::string& key, uint64_t index, ImportRun& run) {
    SourceRecord source;
    const SourceDemand* demand = nullptr;
    if (!BeginRecord(run, demand_, {&key, 1}, value, &source, &demand)) return;
    const std::string address = key + "[" + std::to_string(index) + "]";
    std::string id;
    // What the record calls itself is a better name than its number.
    for (const char* name : {"address", "id", "name", "Id", "Name"}) {
      const JsonValue named = value.Find(name);
      if (!named.is_string()) continue;
      id = named.string().ToString();
      break;
    }
    source.address = id.empty() ? address : id;
    source.id = id;
    source.tags.value = value.Find("tags");
    extractor_.Add(source, demand);
  }

  Demand demand_;
  Extractor extractor_;
};

}  // namespace

std::unique_ptr<Importer> MakePlainJsonImporter(ImportRun& run) { return std::make_unique<PlainJsonImporter>(run); }

}  // namespace bylaw

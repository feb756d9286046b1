// Azure Resource Graph: replies of `az graph query` and the REST API (`{"data": […], "count": …}`), the portal's export and `az resource list` (a list).
//
// The record is the resource; its type is in lower case, as the graph writes it: "microsoft.network/virtualnetworks". Account is the subscription.
// Covers what is there to be seen, unless the reply ends in a skip token and the pages after it are not among the inputs.

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

#include "runtime/import/begin_record.h"
#include "runtime/json/json_document.h"

namespace bylaw {

namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

class AzureResourceGraphImporter : public Importer {
 public:
  explicit AzureResourceGraphImporter(ImportRun& run)
      : demand_(run.program, "azure_resource_graph"),
        extractor_(demand_, run.builder, run.evaluator),
        builder_(run.builder) {}

  std::string_view name() const override { return "azure_resource_graph"; }
  std::string_view mapping_format() const override { return "azure_resource_graph"; }
  bool covers_format() const override { return false; }

  bool Detect(const Sniff& sniff) const override {
    const bool counts = sniff.Has("total_records") || sniff.Has("totalRecords") || sniff.Has("skip_token") ||
                        sniff.Has("resultTruncated") || sniff.Has("$skipToken");
    if (sniff.Has("data") && counts) return true;
    if (sniff.Has("data") && sniff.Has("count") && !sniff.Has("status_code")) return true;
    const bool resource = sniff.Has("id") && sniff.Has("type") && sniff.Has("name");
    return resource && (sniff.Has("subscriptionId") || sniff.Has("resourceGroup") || sniff.Has("tenantId"));
  }

  Status Read(const InputFile& file, const Sniff&, ImportRun& run) override {
    extractor_.SetInput(run.input);
    was_read_ = true;
    JsonStream stream(file, run.StreamOptions());
    while (stream.NextDocument()) {
      if (stream.EnterArray()) {
        while (stream.NextElement()) ReadResource(stream.TakeValue(), run);
        continue;
      }
      const JsonValue document = stream.TakeValue();
      if (!document) break;
      if (document.Find("type").is_string()) {
        ReadResource(document, run);
        continue;
      }
      for (const char* key : {"skip_token", "skipToken", "$skipToken"})
        partial_ = partial_ || !TextOf(document.Find(key)).empty();
      const JsonValue data = document.Find("data");
      for (const char* key : {"total_records", "totalRecords"}) {
        if (const JsonNumber total = document.Find(key).number(); total.form == JsonNumber::Form::kInt)
          total_ = std::max(total_, total.integer);
      }
      if (data.Find("columns").is_array() && data.Find("rows").is_array()) {
        ReadTable(data, run);
        continue;
      }
      if (!data.is_array()) {
        return file.ErrorAt(data ? data.offset() : document.offset(), "`data` is no list of resources",
                            "give the reply as it came: `data` is a list, or has `columns` and `rows`");
      }
      for (JsonValue resource : data.elements()) ReadResource(resource, run);
    }
    return stream.status();
  }

  Status Finish() override {
    extractor_.Flush();
    // All pages together are the whole.
    if (partial_ && total_ > 0 && num_read_ >= total_) partial_ = false;
    if (was_read_ && !partial_) builder_.CoverFormat(mapping_format());
    if (!partial_) return Ok{};
    builder_.SetNotCovered(
        mapping_format(),
        "the reply of Azure Resource Graph ends in a token for the next page: not all of it is there");
    return Ok{};
  }

 private:
  /// `resultFormat: table`: names of columns, and rows of values.
  void ReadTable(JsonValue data, ImportRun& run) {
    std::vector<std::string_view> names;
    for (JsonValue column : data.Find("columns").elements()) names.push_back(column.Find("name").raw());
    for (JsonValue row : data.Find("rows").elements()) {
      std::string text = "{";
      size_t i = 0;
      for (JsonValue value : row.elements()) {
        if (i == names.size()) break;
        text += (i == 0 ? "" : ",") + std::string(names[i]) + ":" + std::string(value.raw());
        ++i;
      }
      text += '}';
      JsonDocument document;
      const auto resource = document.Parse(text);
      if (resource.ok()) ReadResource(*resource, run, row.offset());
    }
  }

  void ReadResource(JsonValue resource, ImportRun& run, std::optional<uint64_t> row = {}) {
    ++num_read_;
    const std::string type = Lower(TextOf(resource.Find("type")));
    if (type.empty()) return;
    SourceRecord source;
    const SourceDemand* demand = nullptr;
    if (!BeginRecord(run, demand_, {&type, 1}, resource, &source, &demand)) return;
    const std::string id = TextOf(resource.Find("id")), region = TextOf(resource.Find("location"));
    std::string subscription = TextOf(resource.Find("subscriptionId"));
    static constexpr std::string_view kBefore = "/subscriptions/";
    if (subscription.empty() && id.starts_with(kBefore))
      subscription = id.substr(kBefore.size(), id.find('/', kBefore.size()) - kBefore.size());
    source.address = id;
    source.id = id;
    source.account = subscription;
    source.region = region;
    source.tags.value = resource.Find("tags");
    if (row) source.offset = *row;
    source.stable_text = !row;
    extractor_.Add(source, demand);
  }

  Demand demand_;
  Extractor extractor_;
  SnapshotBuilder& builder_;
  bool was_read_ = false, partial_ = false;
  int64_t total_ = 0, num_read_ = 0;  ///< of the query, over all pages
};

}  // namespace

std::unique_ptr<Importer> MakeAzureResourceGraphImporter(ImportRun& run) {
  return std::make_unique<AzureResourceGraphImporter>(run);
}

}  // namespace bylaw

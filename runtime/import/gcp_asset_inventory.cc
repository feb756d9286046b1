// Google Cloud Asset Inventory: assets as `gcloud asset list` and `export` write them: a list, `{"assets": […]}`, or one asset a line (NDJSON).
//
// The record that mappings read is the asset's `resource.data`; the envelope is the asset (`envelope.iam_policy`, `envelope.ancestors`). An asset
// without a resource (an IAM policy, say) makes the rows of what its envelope holds, and no others. Account is the project, region the location.
// Covers the types that are there to be seen.

#include <map>
#include <string>
#include <vector>

#include "runtime/import/begin_record.h"

namespace bylaw {

namespace {

JsonValue Either(JsonValue object, std::string_view a, std::string_view b) {
  const JsonValue value = object.Find(a);
  return value ? value : object.Find(b);
}

/// The part after `key` in a path of names: `projects/NAME`.
std::string Part(const std::string& path, std::string_view key) {
  const size_t at = path.find(key);
  if (at == std::string::npos) return {};
  const size_t begin = at + key.size();
  return path.substr(begin, path.find('/', begin) - begin);
}

class GcpAssetImporter : public Importer {
 public:
  explicit GcpAssetImporter(ImportRun& run)
      : demand_(run.program, "gcp_asset_inventory"), extractor_(demand_, run.builder, run.evaluator) {}

  std::string_view name() const override { return "gcp_asset_inventory"; }
  std::string_view mapping_format() const override { return "gcp_asset_inventory"; }
  std::vector<std::string> record_prefix() const override { return {"resource", "data"}; }

  bool Detect(const Sniff& sniff) const override {
    if (sniff.Has("assets") && (sniff.Has("readTime") || sniff.Has("nextPageToken") || sniff.keys.size() == 1))
      return !sniff.Has("bomFormat");
    return sniff.Has("name") && (sniff.Has("asset_type") || sniff.Has("assetType"));
  }

  Status Read(const InputFile& file, const Sniff&, ImportRun& run) override {
    extractor_.SetInput(run.input);
    JsonStream stream(file, run.StreamOptions());
    while (stream.NextDocument()) {
      if (stream.EnterArray()) {
        while (stream.NextElement()) ReadAsset(stream.TakeValue(), run);
        continue;
      }
      const JsonValue document = stream.TakeValue();
      const JsonValue assets = document.Find("assets");
      if (!assets.is_array()) {
        ReadAsset(document, run);
        continue;
      }
      for (JsonValue asset : assets.elements()) ReadAsset(asset, run);
    }
    return stream.status();
  }

  Status Finish() override {
    extractor_.Flush();
    return Ok{};
  }

 private:
  void ReadAsset(JsonValue asset, ImportRun& run) {
    const std::string type = TextOf(Either(asset, "asset_type", "assetType"));
    if (type.empty()) return;
    if (asset.Find("deleted").boolean()) {
      ++run.current->num_deleted;
      return;
    }
    SourceRecord source;
    const SourceDemand* demand = nullptr;
    if (!BeginRecord(run, demand_, {&type, 1}, asset, &source, &demand)) return;
    const JsonValue resource = asset.Find("resource"), data = resource.Find("data");
    const std::string address = TextOf(asset.Find("name"));
    std::string project = Part(address, "/projects/");
    if (project.empty()) project = Part(TextOf(resource.Find("parent")), "/projects/");
    if (project.empty()) {
      for (JsonValue ancestor : asset.Find("ancestors").elements()) {
        const std::string name = TextOf(ancestor);
        if (name.starts_with("projects/")) project = name.substr(9);
      }
    }
    // Projects that are named by number: as Google names them, for a number alone may be an account of AWS.
    if (project.find_first_not_of("0123456789") == std::string::npos && !project.empty())
      project.insert(0, "projects/");
    std::string location = TextOf(resource.Find("location"));
    if (location.empty()) location = TextOf(Either(data, "location", "region"));
    if (location.find('/') != std::string::npos) location = location.substr(location.rfind('/') + 1);
    const std::string link = TextOf(data.Find("selfLink"));
    source.address = address;
    source.id = address;
    source.account = project;
    source.region = location;
    source.arn = link;
    if (data) source.record.value = data;
    source.tags.value = Either(data, "labels", "tags");
    extractor_.Add(source, data || demand == nullptr ? demand : EnvelopeDemand(*demand));
  }

  /// What `demand` wants of the envelope alone. Nothing is known of a resource that is not shown, not even that it is one more.
  const SourceDemand* EnvelopeDemand(const SourceDemand& demand) {
    const auto [found, added] = envelope_demands_.try_emplace(&demand);
    if (added) {
      found->second = demand;
      std::erase_if(found->second.mappings, [](const MappingDemand& mapping) {
        return mapping.unnest.empty() || mapping.unnest.front().level != DemandPath::kEnvelope;
      });
    }
    return &found->second;
  }

  Demand demand_;
  Extractor extractor_;
  std::map<const SourceDemand*, SourceDemand> envelope_demands_;
};

}  // namespace

std::unique_ptr<Importer> MakeGcpAssetImporter(ImportRun& run) { return std::make_unique<GcpAssetImporter>(run); }

}  // namespace bylaw

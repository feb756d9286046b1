// AWS Config: snapshots and history as S3 gets them ({"configurationItems": […]}), the replies of get-resource-config-history and
// batch-get-resource-config ({"baseConfigurationItems": […]}), single items, items as a list or as NDJSON, and the replies of advanced queries
// ({"Results": […], "QueryInfo": …}), whose results are texts of JSON.
//
// The record that mappings read is the item's `configuration`, an object or a text that holds one; the envelope is the item.
// What a query did not select is unknown. Items of deleted resources do not count, and of several captures of one resource the latest does.
// A snapshot covers every type that AWS Config records. The reply of a query, and items without anything around them, cover the types that
// are among them, unless a next page follows; what was asked of single resources, a history among it, covers nothing.
//
// With several threads, the second half of a large snapshot is looked through on another one (config_scan.h): only the items that are wanted
// are left to read. Rows are made in the order of the file all the same.

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>

#include "runtime/builtins/time.h"
#include "runtime/import/config_scan.h"
#include "runtime/import/importer.h"
#include "runtime/json/json_document.h"
#include "runtime/json/json_fault.h"
#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

/// Keys under which items stand in a list, or one item itself.
constexpr std::string_view kItemKeys[] = {"configurationItems", "baseConfigurationItems", "BaseConfigurationItems",
                                          "configurationItem", "ConfigurationItem"};
constexpr std::string_view kResults = "Results", kQueryInfo = "QueryInfo";

bool IsItemKey(std::string_view key) {
  return std::find(std::begin(kItemKeys), std::end(kItemKeys), key) != std::end(kItemKeys);
}
bool IsWrapped(const Sniff& sniff) {
  return std::any_of(std::begin(kItemKeys), std::end(kItemKeys),
                     [&](std::string_view key) { return sniff.Has(key); }) ||
         (sniff.Has(kResults) && sniff.Has(kQueryInfo));
}

/// Where else to look for a path that `configuration` does not have: these keys stand beside it, in the item.
std::vector<std::vector<std::string>> InItem(const std::vector<std::string>& path) {
  static const std::unordered_map<std::string, std::vector<std::string>> kKeys = {
      {"supplementary_configuration", {"supplementaryConfiguration"}},
      {"supplementaryConfiguration", {"supplementaryConfiguration"}},
      {"tags", {"tags"}},
      {"relationships", {"relationships"}},
      {"resourceId", {"resourceId"}},
      {"resourceName", {"resourceName"}},
      {"arn", {"ARN", "arn"}},
      {"ARN", {"ARN", "arn"}},
      {"awsAccountId", {"awsAccountId", "accountId"}},
      {"awsRegion", {"awsRegion"}},
      {"availabilityZone", {"availabilityZone"}},
      {"resourceCreationTime", {"resourceCreationTime"}},
  };
  std::vector<std::vector<std::string>> others;
  if (path.empty()) return others;
  const auto found = kKeys.find(path.front());
  if (found == kKeys.end()) return others;
  for (const std::string& key : found->second) {
    std::vector<std::string>& other = others.emplace_back(path);
    other.front() = key;
  }
  return others;
}

/// What is read of every item.
enum ItemPath : uint32_t {
  kType,
  kId,
  kName,
  kArn,
  kLowerArn,
  kAccount,
  kOtherAccount,
  kRegion,
  kStatus,
  kCaptureTime,
  kConfiguration,
  kTags,
  kNumItemPaths
};

JsonPaths CompileItemPaths() {
  static constexpr std::string_view kTexts[kNumItemPaths] = {"resourceType",
                                                             "resourceId",
                                                             "resourceName",
                                                             "ARN",
                                                             "arn",
                                                             "awsAccountId",
                                                             "accountId",
                                                             "awsRegion",
                                                             "configurationItemStatus",
                                                             "configurationItemCaptureTime",
                                                             "configuration",
                                                             "tags"};
  return *JsonPaths::Compile(kTexts);
}

class AwsConfigImporter : public Importer {
 public:
  explicit AwsConfigImporter(ImportRun& run)
      : demand_(run.program, "aws_config", Demand::References::kById, InItem),
        extractor_(demand_, run.builder, run.evaluator),
        builder_(run.builder),
        item_paths_(CompileItemPaths()) {}

  std::string_view name() const override { return "aws_config"; }
  std::string_view mapping_format() const override { return "aws_config"; }
  std::vector<std::string> record_prefix() const override { return {"configuration"}; }
  bool covers_format() const override { return false; }

  bool Detect(const Sniff& sniff) const override {
    if (IsWrapped(sniff)) return true;
    return sniff.Has("resourceType") && sniff.Has("resourceId") &&
           (sniff.Has("configurationItemStatus") || sniff.Has("configurationItemCaptureTime") ||
            sniff.Has("awsAccountId") || sniff.Has("accountId") || sniff.Has("awsRegion"));
  }

  Status Read(const InputFile& file, const Sniff& sniff, ImportRun& run) override {
    shows_ = Shows::kTypes;
    types_.clear();
    selected_.clear();
    if (sniff.Has(kResults)) FindSelection(file, run);
    Status status = ReadFile(file, sniff, run);
    for (auto& [type, kind] : kinds_) {
      if (kind.num_items > 0) {
        run.Count("aws_config", type, kind.mapped, kind.num_items);
        types_.insert(type);
      }
      kind.num_items = 0;
    }
    Cover(run);
    return status;
  }

  Status Finish() override {
    extractor_.Flush();
    for (const auto& [table, type] : open_tables_) {
      builder_.SetNotCoveredReason(
          table, "these items of AWS Config are no whole snapshot, and tell nothing of other resources of type `" +
                     type + "`");
    }
    // Before references are resolved: they take memory, too.
    decltype(captures_)().swap(captures_);
    decltype(captures_by_id_)().swap(captures_by_id_);
    return Ok{};
  }

 private:
  /// What the items of an input are.
  enum class Shows : uint8_t {
    kEverything,  ///< a snapshot
    kList,        ///< `configurationItems`: a snapshot without its id, or a history; of one type only, the latter
    kTypes,       ///< all items of some types
    kItems,       ///< items that were asked for one by one
  };

  /// Which keys of `configuration` a query selected; none when it selected all of it, or none of it.
  void FindSelection(const InputFile& file, ImportRun& run) {
    JsonStream stream(file, run.StreamOptions());
    std::string_view key;
    if (!stream.NextDocument() || !stream.EnterObject()) return;
    while (stream.NextKey(&key)) {
      if (key != kQueryInfo) continue;
      for (JsonValue field : stream.TakeValue().Find("SelectFields").elements()) {
        const JsonValue name = field.Find("Name");
        const std::string path = name.is_string() ? name.string().ToString() : std::string();
        static constexpr std::string_view kBegin = "configuration.";
        if (path == "configuration") {
          selected_.clear();
          return;
        }
        if (path.starts_with(kBegin))
          selected_.insert(path.substr(kBegin.size(), path.find('.', kBegin.size()) - kBegin.size()));
      }
    }
  }

  /// The keys of `configuration` that `demand` reads and the query did not select, as unknown.
  JsonValue NotSelected(const SourceDemand& demand) {
    std::set<std::string> keys;
    const auto is_selected = [&](const DemandPath& path) {
      return path.level != 0 || path.keys.empty() || selected_.contains(path.keys.front());
    };
    const auto add = [&](std::span<const DemandPath> paths) {
      if (std::any_of(paths.begin(), paths.end(), is_selected)) return;
      for (const DemandPath& path : paths) keys.insert(path.keys.front());
    };
    for (const MappingDemand& mapping : demand.mappings) {
      for (const DemandPath& path : mapping.unnest) add({&path, 1});
      for (const FieldDemand& field : mapping.fields) add(field.paths);
      for (const LeafDemand& leaf : mapping.leaves) add(leaf.paths);
    }
    unknown_ = "{";
    for (const std::string& key : keys) {
      if (unknown_.size() > 1) unknown_ += ',';
      AppendJsonString(key, &unknown_);
      unknown_ += ':';
      AppendJsonString("the query did not select it", &unknown_);
    }
    unknown_ += '}';
    const auto parsed = unknown_document_.Parse(unknown_);
    return parsed.ok() ? *parsed : JsonValue();
  }

  void Cover(ImportRun& run) {
    if (shows_ == Shows::kList) shows_ = types_.size() > 1 ? Shows::kEverything : Shows::kItems;
    if (shows_ == Shows::kEverything) run.CoverAllTypes("aws_config");
    if (shows_ == Shows::kTypes) run.CoverTypes("aws_config", types_);
    if (shows_ == Shows::kEverything) return;
    for (TableId t = 0; t < run.program.tables.size(); ++t) {
      const std::vector<TableMapping>& mappings = run.program.tables[t].mappings;
      const auto own = std::find_if(mappings.begin(), mappings.end(), [&](const TableMapping& mapping) {
        return mapping.format == "aws_config" && (shows_ == Shows::kItems || !types_.contains(mapping.source_type));
      });
      if (own != mappings.end()) open_tables_.emplace(t, own->source_type);
    }
  }

  Status ReadFile(const InputFile& file, const Sniff& sniff, ImportRun& run) {
    extractor_.SetInput(run.input);
    const bool wrapped = IsWrapped(sniff);
    bare_ = !wrapped;
    std::unique_ptr<ConfigScan> scan;
    if (sniff.Has(kItemKeys[0]) && run.options.jobs > 1) scan = ConfigScan::Start(file, demand_, run.StreamOptions());
    JsonStream stream(file, run.StreamOptions());
    while (stream.NextDocument()) {
      if (!wrapped && stream.kind() == JsonKind::kObject) {
        ReadItem(stream, run);
        continue;
      }
      if (stream.EnterArray()) {
        BYLAW_RETURN_IF_ERROR(ReadItems(file, stream, run, nullptr));
        continue;
      }
      bool all_scanned = false;
      BYLAW_RETURN_IF_ERROR(ReadWrapper(file, stream, run, &scan, &all_scanned));
      if (all_scanned) return ReadScanned(file, *scan, run);
    }
    BYLAW_RETURN_IF_ERROR(stream.status());
    return Ok{};
  }

  /// What the items of one resource type are for, and how many have been read.
  struct Kind {
    const SourceDemand* demand = nullptr;
    bool mapped = false;
    StringId type = kNone;
    uint64_t num_items = 0;
  };
  Kind& KindOf(std::string_view type) {
    auto found = kinds_.find(type);
    if (found == kinds_.end())
      found =
          kinds_
              .emplace(std::string(type), Kind{demand_.Find(type), demand_.Maps(type), builder_.strings().Intern(type)})
              .first;
    return found->second;
  }

  /// The latest capture of a resource.
  struct Capture {
    StringId account, region,
        type;  ///< with its id, the identity of the resource (decision: partition, account and region are part of it)
    std::string_view time;  ///< as written, in the mapped input
    Row record = kNone;     ///< kNone: deleted
    bool context_only = false;
    uint32_t next = kNone;  ///< of another resource with the same id, in `captures_`
  };

  /// The capture of the resource that `seen` is of, whose id is `id`; `seen` itself, if it is the first.
  Capture& FindCapture(StringId id, const Capture& seen) {
    // By id: nearly all are met for the first time, and new texts have the highest numbers.
    if (captures_by_id_.size() <= id)
      captures_by_id_.resize(std::max<size_t>(id + size_t{1}, 2 * captures_by_id_.size()), kNone);
    for (uint32_t at = captures_by_id_[id]; at != kNone; at = captures_[at].next) {
      Capture& found = captures_[at];
      if (found.account == seen.account && found.region == seen.region && found.type == seen.type) return found;
    }
    captures_.push_back(seen);
    captures_.back().next = captures_by_id_[id];
    captures_by_id_[id] = static_cast<uint32_t>(captures_.size() - 1);
    return captures_.back();
  }

  /// Reads the items in an object around them, or around a reply (`{"status_code": 200, "data": …}`).
  Status ReadWrapper(const InputFile& file, JsonStream& stream, ImportRun& run, std::unique_ptr<ConfigScan>* scan,
                     bool* all_scanned) {
    if (!stream.EnterObject()) return Ok{};
    std::string_view key;
    while (stream.NextKey(&key)) {
      if (key == "data") {
        BYLAW_RETURN_IF_ERROR(ReadWrapper(file, stream, run, scan, all_scanned));
      } else if (key == kResults) {
        if (stream.EnterArray()) ReadResults(stream, run);
      } else if (key == "configSnapshotId") {
        if (stream.kind() == JsonKind::kString) shows_ = Shows::kEverything;
      } else if (key == "NextToken" || key == "nextToken") {
        const JsonValue token = stream.TakeValue();
        if (token.is_string() && !token.string().raw().empty()) shows_ = Shows::kItems;
      } else if (IsItemKey(key)) {
        if (shows_ == Shows::kTypes) shows_ = key == kItemKeys[0] ? Shows::kList : Shows::kItems;
        if (!stream.failed() && key.ends_with('m') && stream.kind() == JsonKind::kObject) {
          ReadItem(stream, run);
          continue;
        }
        if (!stream.failed() && stream.kind() != JsonKind::kArray) {
          return file.ErrorAt(stream.offset(), "`" + std::string(key) + "` is no list of items",
                              "give the snapshot as AWS Config wrote it");
        }
        if (stream.EnterArray()) {
          BYLAW_ASSIGN(*all_scanned, ReadItems(file, stream, run, scan));
          if (*all_scanned) return Ok{};
        }
      }
      if (*all_scanned) return Ok{};
    }
    return Ok{};
  }

  /// The results of a query: texts that hold items, of which only what was selected is there.
  void ReadResults(JsonStream& stream, ImportRun& run) {
    while (stream.NextElement()) {
      if (stream.kind() == JsonKind::kObject) {
        ReadItem(stream, run);
        continue;
      }
      const JsonValue text = stream.TakeValue();
      if (!text.is_string()) continue;
      const uint64_t offset = text.offset();
      auto result = std::make_shared<const std::string>(text.string().ToString());
      JsonDocument document;
      const auto item = document.Parse(*result, JsonDocument::Trust::kUnchecked, run.options.max_depth);
      if (!item.ok()) continue;
      run.builder.Keep(result);  // times of capture point into it
      item_.Extract(item_paths_, *item);
      AddItem(*item, run, /*counted=*/false, offset);
    }
  }

  /// Reads items up to the end of their list, or to where `scan` began, if that turns out to be an item of it: then true.
  Result<bool> ReadItems(const InputFile& file, JsonStream& stream, ImportRun& run, std::unique_ptr<ConfigScan>* scan) {
    while (stream.NextElement()) {
      if (scan != nullptr && *scan != nullptr && stream.kind() != JsonKind::kMissing &&
          stream.offset() >= (*scan)->begin()) {
        if (stream.offset() == (*scan)->begin() && (*scan)->Finish()) {
          if (run.landmarks != nullptr)
            run.landmarks->AddRest(stream.array_offset(), stream.element_number(), (*scan)->landmarks());
          return true;
        }
        scan->reset();
      }
      BYLAW_RETURN_IF_ERROR(ExpectKind(file, "an item", JsonKind::kObject, stream));
      if (stream.kind() == JsonKind::kObject) ReadItem(stream, run);
    }
    return false;
  }

  Status ReadScanned(const InputFile& file, const ConfigScan& scan, ImportRun& run) {
    for (const auto& [type, count] : scan.counts()) {
      run.Count("aws_config", type, demand_.Maps(type), count);
      if (count > 0) types_.insert(type);
    }
    JsonDocument document;
    uint64_t released = scan.begin();
    for (const ConfigScan::Item& item : scan.wanted()) {
      if (item.offset >= released + InputFile::kReleaseBytes) {
        file.Release(released, item.offset);
        released = item.offset;
      }
      const std::string_view text = file.text().substr(item.offset, item.size);
      const auto value = document.Parse(text, JsonDocument::Trust::kValidated, run.options.max_depth, item.offset);
      if (!value.ok()) return value.error();
      item_.Extract(item_paths_, *value);
      AddItem(*value, run, /*counted=*/true);
      if (!document.faulty()) continue;
      const auto fault = FindJsonFault(file.text(), JsonTexts::kMany, run.options.max_depth);
      if (fault) return file.ErrorAt(fault->offset, fault->message, fault->hint);
    }
    run.current->num_deleted += scan.num_unwanted_deleted();
    return Ok{};
  }

  std::string_view Text(JsonValue value, std::string* buffer) {
    if (!value.is_string()) return {};
    const JsonString string = value.string();
    if (!string.has_escapes()) return string.raw();
    *buffer = string.ToString();
    return *buffer;
  }

  void ReadItem(JsonStream& stream, ImportRun& run) {
    const JsonValue item = stream.TakeFields(item_paths_, &item_);
    if (item) AddItem(item, run, /*counted=*/false);
  }

  /// Adds `item`, whose fields are in item_. `text_offset`: of the text in the file that holds it.
  void AddItem(JsonValue item, ImportRun& run, bool counted, std::optional<uint64_t> text_offset = {}) {
    auto field = [this](ItemPath path) { return item_.at(item_paths_.slot(path)); };
    SourceRecord source;
    source.source_type = Text(field(kType), &buffers_[0]);
    if (bare_ && source.source_type.empty()) return;
    Kind& kind = KindOf(source.source_type);
    const SourceDemand* demand = kind.demand;
    const bool deleted = Text(field(kStatus), &buffers_[1]).starts_with("ResourceDeleted");
    if (deleted) {
      ++run.current->num_deleted;
    } else if (!counted) {
      ++kind.num_items;
    }
    if (demand == nullptr && !demand_.wants_all_records()) return;

    source.id = Text(field(kId), &buffers_[2]);
    source.arn = Text(field(kArn) ? field(kArn) : field(kLowerArn), &buffers_[3]);
    source.account = Text(field(kAccount) ? field(kAccount) : field(kOtherAccount), &buffers_[4]);
    source.region = Text(field(kRegion), &buffers_[5]);
    source.address = !source.arn.empty()  ? source.arn
                     : !source.id.empty() ? source.id
                                          : Text(field(kName), &buffers_[6]);
    Capture* capture = nullptr;
    if (!source.id.empty()) {
      StringPool& strings = run.builder.strings();
      const Capture seen{.account = account_.Intern(strings, source.account),
                         .region = region_.Intern(strings, source.region),
                         .type = kind.type,
                         .time = field(kCaptureTime).raw(),
                         .context_only = run.context_only};
      const size_t num_captures = captures_.size();
      capture = &FindCapture(strings.Intern(source.id), seen);
      if (captures_.size() == num_captures) {
        if (!Supersedes(seen, *capture)) return;
        if (capture->record != kNone) run.builder.DropRecord(capture->record);
        capture->time = seen.time, capture->record = kNone, capture->context_only = seen.context_only;
      }
    }
    if (deleted) return;

    source.envelope = item;
    source.tags.value = field(kTags);
    source.offset = text_offset.value_or(item.offset());
    source.stable_text = !text_offset;
    source.record.value = field(kConfiguration);
    if (source.record.value.is_string()) {
      configuration_ = source.record.value.string().ToString();
      auto parsed = document_.Parse(configuration_, JsonDocument::Trust::kUnchecked, run.options.max_depth);
      source.record.value = parsed.ok() ? *parsed : JsonValue();
      source.stable_text = false;
    }
    if (!source.record.value || source.record.value.is_null()) {
      source.record.all_unknown = true;
      source.unknown_reason = "the item has no `configuration`";
    } else if (!selected_.empty() && demand != nullptr) {
      source.record.unknown = NotSelected(*demand);
    }
    const Row record = extractor_.Add(source, demand);
    if (capture != nullptr) capture->record = record;
  }

  /// Whether `later`, read after `earlier`, takes its place: what is judged goes before context, then the time of capture decides, then order.
  static bool Supersedes(const Capture& later, const Capture& earlier) {
    if (later.context_only != earlier.context_only) return earlier.context_only;
    const std::optional<int64_t> a = TimeOf(later.time), b = TimeOf(earlier.time);
    if (a && b) return *a >= *b;
    return a.has_value() || !b.has_value();
  }

  static std::optional<int64_t> TimeOf(std::string_view raw) {
    if (raw.starts_with('"') && raw.size() >= 2) return ParseTime(raw.substr(1, raw.size() - 2));
    const JsonNumber number = ParseJsonNumber(raw);
    if (number.form == JsonNumber::Form::kInt) return TimeFromEpoch(number.integer);
    if (number.form == JsonNumber::Form::kDouble) return TimeFromEpoch(number.real);
    return std::nullopt;
  }

  Demand demand_;
  Extractor extractor_;
  SnapshotBuilder& builder_;
  Shows shows_ = Shows::kTypes;                 ///< the input being read
  bool bare_ = false;                           ///< nothing around its items tells that they are some
  std::set<std::string> types_;                 ///< of its items
  std::map<TableId, std::string> open_tables_;  ///< that some input does not cover, and a type that they are made of
  JsonPaths item_paths_;
  JsonExtraction item_;
  JsonDocument document_;
  std::set<std::string> selected_;  ///< keys of `configuration` that the query selected; empty: all
  std::string unknown_;
  JsonDocument unknown_document_;
  std::string configuration_;
  std::string buffers_[7];
  std::deque<Capture> captures_;
  std::vector<uint32_t> captures_by_id_;  ///< by StringId: the first in `captures_`; kNone: none
  std::unordered_map<std::string, Kind, ImportRun::StringHash, std::equal_to<>> kinds_;
  RepeatedText account_, region_;
};

}  // namespace

std::unique_ptr<Importer> MakeAwsConfigImporter(ImportRun& run) { return std::make_unique<AwsConfigImporter>(run); }

}  // namespace bylaw

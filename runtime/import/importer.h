// Importer: one input format. Each says by content whether an input is of its format, and turns it into source records.
//
// To add a format: implement this interface in a file of its own, and list it in Importers() (importer.cc).
//
// Thread safety: an Importer belongs to one import and one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/import/extractor.h"
#include "runtime/import/import.h"
#include "runtime/json/input_file.h"
#include "runtime/json/json_stream.h"

namespace bylaw {

/// What the beginning of an input looks like: as much as was needed to tell its format.
struct Sniff {
  std::string name;                    ///< of the file
  JsonKind kind = JsonKind::kMissing;  ///< of the first value
  bool in_array = false;               ///< `keys` are those of the first element of an array
  std::vector<std::string> keys;       ///< of the first object, in order, as far as read

  bool Has(std::string_view key) const;
  /// "an object with the keys `a`, `b`"
  std::string Describe() const;
};

/// Where the places of an input's records are found: in its text, or in texts that an importer made out of it.
struct LocatedInput {
  /// One of these texts, whose first byte has the offset `begin`.
  struct Part {
    uint64_t begin = 0;
    std::shared_ptr<const InputFile> text;
  };
  std::shared_ptr<const InputFile> file;
  std::vector<Part> made = {};  ///< in order, one behind the other; not empty: the offsets of all records count in them
};

/// What importers share while inputs are read into one snapshot.
struct ImportRun {
  const Program& program;
  SnapshotBuilder& builder;
  MappingEvaluator* evaluator;
  const ImportOptions& options;
  ImportStatistics& statistics;

  uint32_t input = 0;  ///< the one being read
  bool context_only = false;
  InputStatistics* current = nullptr;
  JsonLandmarks* landmarks = nullptr;               ///< of the input being read
  std::shared_ptr<LocatedInput> located = nullptr;  ///< of the input being read; an importer adds the texts it makes
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  uint64_t bytes_before = 0;  ///< of the inputs read so far

  /// Counts source records of one type, wanted or not.
  void Count(const std::string& format, std::string_view source_type, bool mapped, uint64_t num_records = 1);
  JsonStream::Options StreamOptions() const;
  /// Every table that is made from `format` is covered.
  void CoverAllTypes(std::string_view format);
  /// So is every table whose source types of `format` are all among `source_types`.
  void CoverTypes(std::string_view format, const std::set<std::string>& source_types);

  struct StringHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct TypeCount {
    uint64_t num_records = 0;
    bool mapped = false;
  };
  std::map<std::string, std::unordered_map<std::string, TypeCount, StringHash, std::equal_to<>>>
      counts;  ///< by format, then type
};

class Importer {
 public:
  virtual ~Importer() = default;

  /// The format's name: "terraform_plan".
  virtual std::string_view name() const = 0;
  /// What mappings call it: "terraform".
  virtual std::string_view mapping_format() const = 0;
  /// Whether an input that begins like this is of the format.
  virtual bool Detect(const Sniff& sniff) const = 0;
  /// Whether the input that was read covers whatever is made from the format. If not, the importer says what is covered itself, in Read or Finish.
  virtual bool covers_format() const { return true; }
  /// Where what mappings call the record stands in the value at Record::offset.
  virtual std::vector<std::string> record_prefix() const { return {}; }
  /// Reads one input. `sniff` is what it was detected by, or all that could be seen.
  virtual Status Read(const InputFile& file, const Sniff& sniff, ImportRun& run) = 0;
  /// After the last input of this format.
  virtual Status Finish() { return Ok{}; }
};

/// An error when what stands at `offset` as `what` ("`Results`") is not of the kind that resources are looked for in: read as nothing, it would pass every
/// rule. Null and nothing at all are fine: they are how programs write empty lists.
Status ExpectKind(const InputFile& file, std::string_view what, JsonKind wanted, JsonKind kind, uint64_t offset);
/// The same of a value.
Status ExpectKind(const InputFile& file, std::string_view what, JsonKind wanted, JsonValue value);
/// The same of what the stream stands before.
Status ExpectKind(const InputFile& file, std::string_view what, JsonKind wanted, JsonStream& stream);

/// All importers, in the order in which they are asked; the last one takes any JSON. Made anew for each import.
std::vector<std::unique_ptr<Importer>> MakeImporters(ImportRun& run);

std::unique_ptr<Importer> MakeTerraformPlanImporter(ImportRun& run);
std::unique_ptr<Importer> MakeTerraformStateImporter(ImportRun& run);
std::unique_ptr<Importer> MakeAwsConfigImporter(ImportRun& run);
std::unique_ptr<Importer> MakeCloudFormationImporter(ImportRun& run);
std::unique_ptr<Importer> MakeKubernetesImporter(ImportRun& run);
std::unique_ptr<Importer> MakeAwsCliImporter(ImportRun& run);
void AddScanReportImporters(ImportRun& run, std::vector<std::unique_ptr<Importer>>* importers);
std::unique_ptr<Importer> MakeGcpAssetImporter(ImportRun& run);
std::unique_ptr<Importer> MakeArmTemplateImporter(ImportRun& run);
std::unique_ptr<Importer> MakePulumiImporter(ImportRun& run);
std::unique_ptr<Importer> MakeAzureResourceGraphImporter(ImportRun& run);
std::unique_ptr<Importer> MakePlainJsonImporter(ImportRun& run);

/// Reads the beginning of `file` until one of `importers` knows it. `found` is its index, or their number when none does.
Result<Sniff> SniffFormat(const InputFile& file, const std::vector<std::unique_ptr<Importer>>& importers,
                          const JsonStream::Options& options, size_t* found);

/// Finds places in the input again: see Snapshot::Locator. `landmarks` may be null.
Snapshot::Locator MakeLocator(std::shared_ptr<const LocatedInput> input,
                              std::shared_ptr<const JsonLandmarks> landmarks);

}  // namespace bylaw

// Demand: what a program wants of the source records of one format, compiled for extraction.
//
//   Program::tables[…].mappings ──► Demand (one a format) ──► SourceDemand (one a source type) ──► MappingDemand (one a mapping)
//
// Paths are split into a first key, found with all others of its level in one walk (JsonPaths), and the keys after it, found by Step.
// A mapping has one level for the record and one more for each level of unnesting; the envelope is a level of its own.
//
// What is wanted of a source type, and whether tags are read, is found when a record is first met: a program may want thousands, and an input has few.
//
// Thread safety: any thread may ask.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/bytecode/program.h"
#include "runtime/json/json_path.h"

namespace bylaw {

/// One path of a mapping.
struct DemandPath {
  static constexpr uint32_t kEnvelope = 0xFFFFFFFF;

  uint32_t level = 0;             ///< 0: the record; 1…: the elements of each unnesting; kEnvelope
  uint32_t slot = kNone;          ///< in the level's JsonPaths; kNone: the level's value itself
  std::vector<std::string> keys;  ///< the whole path below the level
  std::string text;               ///< as causes show it: "route.cidr_block"

  std::span<const std::string> rest() const { return std::span(keys).subspan(slot == kNone ? 0 : 1); }
};

struct FieldDemand {
  ColumnId column = 0;
  FieldSourceKind kind = FieldSourceKind::kAbsent;
  std::vector<DemandPath> paths;  ///< of a reference that a function computes: where its one argument stands
  uint32_t function = kNone;
  TypeId type = 0;
  bool is_reference = false;       ///< ref
  bool is_reference_list = false;  ///< list or set of refs
  bool is_list = false;            ///< list or set: lists on the way are walked through
};

struct LeafDemand {
  std::vector<DemandPath> paths;
  bool is_this = false;
};

struct MappingDemand {
  TableId table = 0;
  uint32_t mapping = 0;            ///< index into the table's mappings
  std::vector<DemandPath> unnest;  ///< one a level; relative to the level before
  std::vector<JsonPaths> levels;   ///< of the unnested elements: levels[0] is level 1
  std::vector<FieldDemand> fields;
  std::vector<LeafDemand> leaves;
  uint32_t where = kNone;
  bool keeps_trees = false;  ///< some function's result is or holds json: its arguments must outlive the import
  std::span<const std::string> only_keys = {};  ///< kSource tables: the top-level keys that are read

  bool has_functions() const { return where != kNone || has_function_fields; }
  bool has_function_fields = false;
};

struct SourceDemand {
  std::string source_type;
  JsonPaths record;
  JsonPaths envelope;
  bool reads_envelope = false;
  bool reads_tags = false;  ///< of its rows' resources
  std::vector<MappingDemand> mappings;
};

class Demand {
 public:
  /// For a path that is not in a record: the paths in its envelope to try next, in order.
  using Fallback = std::function<std::vector<std::vector<std::string>>(const std::vector<std::string>& path)>;
  /// How the format names resources in references: by ids, which tell their model by its key_pattern, or in ways that need the target's row.
  enum class References : uint8_t { kByRow, kById };
  /// The demand of `program` on records of `format`. Precondition: `program` outlives this.
  Demand(const Program& program, std::string format, References references = References::kByRow,
         Fallback fallback = nullptr);

  const std::string& format() const { return format_; }
  /// The demand on records of a type; null when nothing wants them.
  const SourceDemand* Find(std::string_view source_type) const;
  /// Whether some model of the program is made of this type, be its rows read or not.
  bool Maps(std::string_view source_type) const {
    return by_type_.contains(source_type) || only_named_.contains(source_type);
  }
  /// The one source type that is wanted, when there is just one.
  const SourceDemand* only_source() const { return by_type_.size() == 1 ? Find(by_type_.begin()->first) : nullptr; }
  /// Whether every record counts, whatever its type: some rule ranges over `resources`.
  bool wants_all_records() const { return wants_all_records_; }
  /// Whether the tags of records are read that `source` is the demand on; null: on whose rows nothing is.
  bool wants_tags(const SourceDemand* source) const {
    return tag_reads().of_any || (source != nullptr && source->reads_tags);
  }
  /// Whether no source type is wanted by name.
  bool empty() const { return by_type_.empty(); }

 private:
  struct WantedMapping {
    TableId table;
    uint32_t index;  ///< in the table's mappings
    const TableMapping* mapping;
  };
  struct Wanted {
    std::vector<WantedMapping> mappings;
    mutable std::once_flag once;
    mutable SourceDemand compiled;
  };

  /// Of which tables' rows some code reads the tags.
  struct TagReads {
    std::vector<bool> of;  ///< [num tables]
    bool of_any = false;   ///< of resources of whatever model
  };

  void Compile(std::string_view source_type, const Wanted& wanted) const;
  const TagReads& tag_reads() const;

  const Program& program_;
  std::string format_;
  Fallback fallback_;
  std::deque<TableMapping> whole_;  ///< of tables that take their records as they are
  std::unordered_map<std::string_view, Wanted> by_type_;
  std::unordered_set<std::string_view> only_named_;
  bool wants_all_records_ = false;
  mutable std::once_flag tags_once_;
  mutable TagReads tag_reads_;
};

/// `terraform.aws_foo` → {"terraform", "aws_foo"}; `json["items"]` → {"json", "items"}; nothing when it is neither.
std::pair<std::string, std::string> SplitSourceName(const std::string& name);

}  // namespace bylaw

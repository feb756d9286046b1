// Snapshot: the exported resources as columnar tables; what the VM reads.
//
//   exports ──importers──► SnapshotBuilder ──Finish──► Snapshot (immutable) ──► VM
//
// One table for each table of the program, with the columns that the program reads. Columns hold 64-bit cells; the states of a column are kept apart, and only where not all of
// its values are known. References are row numbers. Where a row and a value come from (file, line, pointer) is not stored but found again when asked: a row knows its record, a
// record its byte offset.
//
// Thread safety: immutable; any number of threads. Index() builds an index on first use under a lock and then shares it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/base/types.h"
#include "runtime/base/value.h"
#include "runtime/builtins/net.h"
#include "runtime/snapshot/net_pool.h"
#include "runtime/snapshot/objects.h"
#include "runtime/snapshot/sensitive_texts.h"
#include "runtime/snapshot/string_pool.h"

namespace bylaw {

/// A place in an input.
struct Location {
  std::string file;     ///< as given on the command line; empty when there is none
  uint32_t line = 0;    ///< 1-based; 0: not known
  uint32_t column = 0;  ///< 1-based
  std::string pointer;  ///< RFC 6901; empty for the document itself
};

enum class CauseKind : uint8_t {
  kKnownAfterApply,   ///< a plan's value that is not known yet
  kOutside,           ///< a field of a resource outside the snapshot; `detail` is its key
  kNotCovered,        ///< rows of a table that the snapshot does not cover; `detail` says which export would
  kAmbiguous,         ///< a reference that could be one of several; `detail` names them
  kConversion,        ///< a value that is not of the type that the model gives it
  kAbsentPath,        ///< json: no such path where a value is needed
  kUnresolved,        ///< an expression that cannot be resolved (an intrinsic, a reference through a local value)
  kPolicy,            ///< `unknown "…"` in a policy
  kArithmetic,        ///< overflow, division by zero
  kFunction,          ///< a built-in function that has no answer for its arguments
  kConflict,          ///< `one … ` with two different answers
};

/// Why a value is unknown. Interned by the snapshot, so rows share them.
struct Cause {
  CauseKind kind = CauseKind::kUnresolved;
  std::string detail;  ///< a phrase to show, such as "known after apply" or "`10.0.0.0/33` is no cidr"
  bool operator==(const Cause&) const = default;
};

/// A resource as the export knows it: what a row was made from. Rows unnested from one record share it.
struct Record {
  StringId address = 0;  ///< the export's own name: Terraform address, logical id, ARN or id
  StringId type = 0;     ///< the source's type: "aws_subnet", "AWS::EC2::Subnet"
  StringId id = kNone;   ///< the resource's own id where it is known
  StringId account = kNone, region = kNone;
  uint32_t input = 0;    ///< index into Snapshot::inputs
  uint64_t offset = 0;   ///< of the record's value in the input's bytes
};

/// A reference to something that is not in the snapshot, of which the key is known.
struct External {
  StringId key = 0;          ///< "vpc-0abc", an ARN, or a Terraform address such as data.aws_vpc.main
  TableId table = kNone;     ///< its model, where the key's form or the plan's reference tells and the program has that table
  StringId model_name = kNone;  ///< its model's name, where known
  StringId account = kNone;
};

/// Values of one column, [num_rows].
struct Column {
  std::vector<Cell> cells;
  std::vector<State> states;                       ///< empty: all known
  std::unordered_map<Row, CauseId> causes;         ///< of unknown values
  State state(Row row) const { return states.empty() ? State::kKnown : states[row]; }
};

struct TableData {
  uint32_t num_rows = 0;
  std::vector<Column> columns;          ///< as in Program::tables[t].columns
  std::vector<Row> records;             ///< [num_rows]: index into Snapshot::records
  std::vector<uint8_t> possible;        ///< [num_rows] or empty: rows that exist only possibly (a mapping's condition is unknown)
  std::vector<uint8_t> context_only;    ///< [num_rows] or empty: rows from --with alone: they answer joins and are never judged
  std::vector<uint64_t> offsets;        ///< [num_rows] or empty: where the row's own element starts, in a table with unnested rows
  std::vector<uint16_t> mappings;       ///< [num_rows] or empty (all 0): which of the table's mappings made the row
  bool covered = true;                  ///< see Snapshot::Covers
  std::string not_covered_reason;       ///< "no `describe-egress-only-internet-gateways` output among the inputs"
};

/// One input file.
struct InputInfo {
  std::string path;
  std::string format;      ///< "terraform_plan", "aws_config", "json", …
  uint64_t num_bytes = 0;
  uint64_t num_resources = 0;
  bool context_only = false;
};

/// Rows by the value of a column: by direct address where the cells are dense (references, dictionary codes), else by hash.
class ColumnIndex {
 public:
  /// Rows whose value may equal `cell` because it is known to, or has it among its candidates; ascending.
  std::span<const Row> Find(Cell cell) const;
  /// Rows whose value is absent; ascending.
  std::span<const Row> absent() const { return absent_; }
  /// Rows whose value is unknown without candidates, and so may equal anything; ascending.
  std::span<const Row> unknown() const { return unknown_; }

 private:
  friend class Snapshot;

  /// The cells that share their upper half: starts_[i] is where the rows of lower half `first` + i begin in rows_.
  struct Dense {
    uint32_t upper = 0;
    uint32_t first = 0;
    std::vector<uint32_t> starts;
  };

  void Build(const std::vector<std::pair<Cell, Row>>& entries);

  std::vector<Dense> dense_;
  std::unordered_map<Cell, std::pair<uint32_t, uint32_t>> ranges_;  ///< first and count in rows_
  std::vector<Row> rows_, absent_, unknown_;
};

/// A value to be found again: the one at `path` (keys and element numbers) under the value that starts at `offset`, as far as it is there.
struct LocationQuery {
  uint64_t offset = 0;
  std::vector<std::string> path = {};
};

/// A row, or the value of one column of it.
struct Place {
  TableId table = 0;
  Row row = 0;
  ColumnId column = kNone;
};

class Snapshot {
 public:
  /// Finds places in one input, all in one pass; one Location for each query.
  using Locator = std::function<std::vector<Location>(std::span<const LocationQuery>)>;

  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

  uint32_t num_rows(TableId table) const { return tables_[table].num_rows; }
  const TableData& table(TableId table) const { return tables_[table]; }
  const Column& column(TableId table, ColumnId column) const { return tables_[table].columns[column]; }
  size_t num_tables() const { return tables_.size(); }

  const Record& record(Row record) const { return records_[record]; }
  size_t num_records() const { return records_.size(); }
  /// The address that a record had before it was moved (a plan's `moved` blocks); kNone: it was not.
  StringId previous_address(StringId address) const {
    const auto moved = previous_addresses_.find(address);
    return moved == previous_addresses_.end() ? StringId{kNone} : moved->second;
  }
  const Record& record_of(TableId table, Row row) const { return records_[tables_[table].records[row]]; }
  /// The tags of a record, a map<string>; absent when the program reads the tags of nothing, or the record has none.
  Cell tags(Row record) const { return tags_.empty() ? Cell{0} : tags_[record].cell; }
  State tags_state(Row record) const { return tags_.empty() ? State::kAbsent : tags_[record].state; }
  CauseId tags_cause(Row record) const { return tags_[record].cause; }

  const External& external(uint32_t id) const { return externals_[id]; }
  size_t num_externals() const { return externals_.size(); }
  /// The references that candidate list `id` (an unknown ref's cell minus one) stands for.
  std::span<const Cell> candidates(uint32_t id) const { return candidates_[id]; }
  size_t num_candidate_lists() const { return candidates_.size(); }
  const Cause& cause(CauseId id) const { return causes_[id]; }
  size_t num_causes() const { return causes_.size(); }

  const StringPool& strings() const { return *strings_; }
  const NetPool& nets() const { return *nets_; }
  const std::vector<InputInfo>& inputs() const { return inputs_; }
  /// What the inputs say is not to be shown.
  const std::shared_ptr<const SensitiveTexts>& sensitive() const { return sensitive_; }

  /// Whether the snapshot was declared to be all there is: then nothing is open.
  bool closed_world() const { return closed_world_; }
  /// Whether the rows of `table` are all there is of it.
  bool Covers(TableId table) const { return tables_[table].covered; }

  /// The index of a column, built on first use. The column's kind must be one whose cells compare by equality (not float, not an object).
  const ColumnIndex& Index(TableId table, ColumnId column) const;

  /// Where records stand in their inputs; one pass over each input for all of `records`. Call it for reported rows only.
  std::vector<Location> Locate(std::span<const Row> records) const;
  /// Where rows and values stand; one pass over each input for all of them. A row unnested from a record has its own element's place; a value that is
  /// not in the export has its row's.
  std::vector<Location> LocateAll(std::span<const Place> places) const;
  Location LocateRow(TableId table, Row row) const;
  Location LocateValue(TableId table, Row row, ColumnId column) const;

 private:
  friend class SnapshotBuilder;
  friend class ReferenceResolution;

  struct Tags {
    Cell cell = 0;
    State state = State::kAbsent;
    CauseId cause = 0;
  };

  Snapshot();
  std::vector<LocationQuery> QueriesFor(const Place& place) const;

  bool closed_world_ = false;
  std::vector<TableData> tables_;
  std::vector<Record> records_;
  std::vector<External> externals_;
  std::vector<std::vector<Cell>> candidates_;
  std::vector<Cause> causes_;
  std::unique_ptr<StringPool> strings_;
  std::unique_ptr<NetPool> nets_;
  std::vector<std::unique_ptr<Arena>> arenas_;
  std::vector<InputInfo> inputs_;
  std::unordered_map<StringId, StringId> previous_addresses_;
  std::shared_ptr<const SensitiveTexts> sensitive_ = std::make_shared<const SensitiveTexts>();
  std::vector<Tags> tags_;  ///< [num_records], or empty
  std::deque<IpSet> ip_sets_;
  std::deque<PortSet> port_sets_;
  std::vector<std::shared_ptr<const void>> kept_;  ///< the inputs' bytes: text in JSON trees points into them

  std::vector<Locator> locators_;                          ///< by input; may be empty functions
  std::vector<std::vector<std::string>> record_prefixes_;  ///< by input: from a record's value to what mappings call the record ("configuration")
  /// By table, mapping, column: the paths that the value may come from (FieldMapping::paths).
  std::vector<std::vector<std::vector<std::vector<std::vector<std::string>>>>> column_paths_;

  mutable std::mutex index_mutex_;
  mutable std::vector<std::vector<std::unique_ptr<ColumnIndex>>> indexes_;
};

}  // namespace bylaw

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
  bool operator==(const Location&) const = default;
};

enum class CauseKind : uint8_t {
  kKnownAfterApply,  ///< a plan's value that is not known yet
  kOutside,          ///< a field of a resource outside the snapshot; `detail` is its key
  kNotCovered,       ///< rows of a table that the snapshot does not cover; `detail` says which export would
  kAmbiguous,        ///< a reference that could be one of several; `detail` names them
  kConversion,       ///< a value that is not of the type that the model gives it
  kAbsentPath,       ///< json: no such path where a value is needed
  kUnresolved,       ///< an expression that cannot be resolved (an intrinsic, a reference through a local value)
  kPolicy,           ///< `unknown "…"` in a policy
  kArithmetic,       ///< overflow, division by zero
  kFunction,         ///< a built-in function that has no answer for its arguments
  kConflict,         ///< `one … ` with two different answers
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
  uint32_t input = 0;   ///< index into Snapshot::inputs
  uint64_t offset = 0;  ///< of the record's value in the input's bytes
};

/// A waiver that stands in an input, at the resource that it is for. Whether it holds is the check's to say.
struct InlineWaiver {
  std::string rule, because, by;
  std::optional<int64_t> until;  ///< µs since the epoch
  std::string problem;           ///< why it cannot hold; empty: it can
  std::string address;           ///< of the resource; of the first, where one text makes several resources
  std::vector<Row> records;      ///< of its resources; none: the program reads nothing of them
  Location location;
};

/// A reference to something that is not in the snapshot, of which the key is known.
struct External {
  StringId key = 0;  ///< "vpc-0abc", an ARN, or a Terraform address such as data.aws_vpc.main
  TableId table =
      kNone;  ///< its model, where the key's form or the plan's reference tells and the program has that table
  StringId model_name = kNone;  ///< its model's name, where known
  StringId account = kNone;
};

/// Values of one column, [num_rows]. Of a changed snapshot: those of `original`, but for `changes`; then its own arrays are empty.
struct Column {
  struct Change {
    Row row = 0;
    Cell cell = 0;
    State state = State::kKnown;
    CauseId cause = 0;
  };

  std::vector<Cell> cells;
  std::span<const Cell> borrowed =
      {};                     ///< not empty: instead of `cells`; memory that the snapshot keeps (SnapshotBuilder::Keep)
  std::vector<State> states;  ///< empty: all known
  std::unordered_map<Row, CauseId> causes;  ///< of unknown values
  const Column* original = nullptr;
  std::vector<Change> changes;  ///< few

  size_t size() const { return data().size(); }
  Cell cell(Row row) const { return original == nullptr ? data()[row] : ChangedCell(row); }
  State state(Row row) const {
    return original != nullptr ? ChangedState(row) : states.empty() ? State::kKnown : states[row];
  }
  /// Why the value of `row` is unknown; null: nothing is said.
  const CauseId* cause(Row row) const;
  /// Copies what is borrowed.
  void Own() {
    if (borrowed.empty()) return;
    cells.assign(borrowed.begin(), borrowed.end());
    borrowed = {};
  }
  /// The cells by row, but for changes.
  std::span<const Cell> data() const {
    return original != nullptr ? original->data() : borrowed.empty() ? std::span<const Cell>(cells) : borrowed;
  }

 private:
  const Change* ChangeOf(Row row) const;
  Cell ChangedCell(Row row) const;
  State ChangedState(Row row) const;
};

struct TableData {
  uint32_t num_rows = 0;
  std::vector<Column> columns;  ///< as in Program::tables[t].columns
  std::vector<Row> records;     ///< [num_rows]: index into Snapshot::records
  std::vector<uint8_t>
      possible;  ///< [num_rows] or empty: rows that exist only possibly (a mapping's condition is unknown)
  std::vector<uint8_t>
      context_only;  ///< [num_rows] or empty: rows from --with alone: they answer joins and are never judged
  std::vector<uint64_t>
      offsets;  ///< [num_rows] or empty: where the row's own element starts, in a table with unnested rows
  std::vector<uint16_t> mappings;  ///< [num_rows] or empty (all 0): which of the table's mappings made the row
  bool covered = true;             ///< see Snapshot::Covers
  std::string not_covered_reason;  ///< "no `describe-egress-only-internet-gateways` output among the inputs"
};

/// One input file.
struct InputInfo {
  std::string path;
  std::string format;  ///< "terraform_plan", "aws_config", "json", …
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

  /// A changed column's: `original`'s, but for the cells of which some row has changed.
  void BuildChanged(const ColumnIndex& original, const Column& column, std::span<const std::vector<Cell>> candidates);

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
  const ColumnIndex* original_ = nullptr;
  std::unordered_map<Cell, std::vector<Row>> changed_;
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

class ReferenceKeys;
struct Program;

/// A snapshot as it was loaded; or a *changed* one: the snapshot that it was made from, which it keeps alive and shares, but for the values of some rows. Both have the same tables, rows and records.
class Snapshot {
 public:
  /// Finds places in one input, all in one pass; one Location for each query.
  using Locator = std::function<std::vector<Location>(std::span<const LocationQuery>)>;

  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

  uint32_t num_rows(TableId table) const { return root().tables_[table].num_rows; }
  /// A table as it was loaded: of a changed snapshot too. Values are to be asked of column().
  const TableData& table(TableId table) const { return root().tables_[table]; }
  const Column& column(TableId table, ColumnId column) const {
    for (const ChangedColumn& changed : changed_columns_) {
      if (changed.table == table && changed.column == column) return *changed.values;
    }
    return root().tables_[table].columns[column];
  }
  size_t num_tables() const { return root().tables_.size(); }

  const Record& record(Row record) const { return root().records_[record]; }
  size_t num_records() const { return root().records_.size(); }
  /// The address that a record had before it was moved (a plan's `moved` blocks); kNone: it was not.
  StringId previous_address(StringId address) const {
    const auto moved = root().previous_addresses_.find(address);
    return moved == root().previous_addresses_.end() ? StringId{kNone} : moved->second;
  }
  const Record& record_of(TableId table, Row row) const { return root().records_[root().tables_[table].records[row]]; }
  /// The record of a row; kNone if it has none, as rows of facts. Precondition: there is such a table.
  Row record_id(TableId table, Row row) const {
    const std::vector<Row>& records = root().tables_[table].records;
    return row < records.size() && records[row] < num_records() ? records[row] : kNone;
  }
  /// The address of that record; empty if there is none.
  std::string_view address(TableId table, Row row) const {
    const Row id = record_id(table, row);
    return id == kNone ? std::string_view() : strings().Text(record(id).address);
  }
  const std::vector<InlineWaiver>& inline_waivers() const { return root().inline_waivers_; }
  /// The tags of a record, a map<string>; absent when the program reads the tags of nothing, or the record has none.
  Cell tags(Row record) const { return TagsOf(record).cell; }
  State tags_state(Row record) const { return TagsOf(record).state; }
  CauseId tags_cause(Row record) const { return TagsOf(record).cause; }

  const External& external(uint32_t id) const {
    const auto changed = changed_externals_.find(id);
    return changed != changed_externals_.end() ? changed->second
           : id < first_external()             ? original_->externals_[id]
                                               : externals_[id - first_external()];
  }
  size_t num_externals() const { return first_external() + externals_.size(); }
  /// The references that candidate list `id` (an unknown ref's cell minus one) stands for.
  std::span<const Cell> candidates(uint32_t id) const {
    return id < first_candidates() ? original_->candidates_[id] : candidates_[id - first_candidates()];
  }
  size_t num_candidate_lists() const { return first_candidates() + candidates_.size(); }
  const Cause& cause(CauseId id) const {
    return id < first_cause() ? original_->causes_[id] : causes_[id - first_cause()];
  }
  size_t num_causes() const { return first_cause() + causes_.size(); }

  const StringPool& strings() const { return *strings_; }
  const NetPool& nets() const { return *nets_; }
  const std::vector<InputInfo>& inputs() const { return root().inputs_; }
  /// What the inputs say is not to be shown.
  const std::shared_ptr<const SensitiveTexts>& sensitive() const { return root().sensitive_; }

  /// Whether the snapshot was declared to be all there is: then nothing is open.
  bool closed_world() const { return closed_world_; }
  /// Whether the rows of `table` are all there is of it.
  bool Covers(TableId table) const { return root().tables_[table].covered; }

  /// What references are looked up by, built on first use. `program`: the one that the snapshot was made for; it must outlive the snapshot.
  ReferenceKeys& reference_keys(const Program& program) const;

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
    Tri taggable = Tri::kUnknown;
  };

  struct ChangedColumn {
    TableId table = 0;
    ColumnId column = 0;
    std::unique_ptr<Column> values;
    std::unique_ptr<ColumnIndex> index = nullptr;  ///< built on first use
  };

  Snapshot();
  /// A changed one, without changes so far. Precondition: `original` is as it was loaded.
  explicit Snapshot(std::shared_ptr<const Snapshot> original);

  const Snapshot& root() const { return original_ == nullptr ? *this : *original_; }
  uint32_t first_external() const {
    return original_ == nullptr ? 0 : static_cast<uint32_t>(original_->externals_.size());
  }
  uint32_t first_candidates() const {
    return original_ == nullptr ? 0 : static_cast<uint32_t>(original_->candidates_.size());
  }
  CauseId first_cause() const { return original_ == nullptr ? 0 : static_cast<CauseId>(original_->causes_.size()); }
  const Tags& TagsOf(Row record) const;
  std::vector<LocationQuery> QueriesFor(const Place& place) const;

  std::shared_ptr<const Snapshot>
      original_;  ///< of a changed snapshot; the members below are then what it has beyond that one
  mutable std::vector<ChangedColumn> changed_columns_;
  std::unordered_map<Row, Tags> changed_tags_;
  std::unordered_map<uint32_t, External> changed_externals_;  ///< of which the change tells the model

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
  std::vector<InlineWaiver> inline_waivers_;
  std::shared_ptr<const SensitiveTexts> sensitive_ = std::make_shared<const SensitiveTexts>();
  std::vector<Tags> tags_;  ///< [num_records], or empty
  std::deque<IpSet> ip_sets_;
  std::deque<PortSet> port_sets_;
  std::vector<std::pair<StringId, Row>> aliases_;  ///< other texts that references may name a record by
  std::vector<std::shared_ptr<const void>> kept_;  ///< the inputs' bytes: text in JSON trees points into them

  std::vector<Locator> locators_;  ///< by input; may be empty functions
  std::vector<std::vector<std::string>>
      record_prefixes_;  ///< by input: from a record's value to what mappings call the record ("configuration")
  /// By table, mapping, column: the paths that the value may come from (FieldMapping::paths).
  std::vector<std::vector<std::vector<std::vector<std::vector<std::string>>>>> column_paths_;

  mutable std::mutex index_mutex_;
  mutable std::vector<std::vector<std::unique_ptr<ColumnIndex>>> indexes_;
  mutable std::unique_ptr<ReferenceKeys> reference_keys_;
};

}  // namespace bylaw

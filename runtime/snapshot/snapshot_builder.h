// SnapshotBuilder: makes the snapshot of a program out of records, rows, cells and references yet to be resolved.
//
// Importers add records and batches of rows; `bylaw test` and the golden cases add rows by hand. Finish() resolves every reference, drops what
// was superseded, puts rows in the order of their records, fills in coverage, and gives the immutable snapshot.
//
// References. Until Finish() the cell of a reference holds a *pending* cell: by key text (an id or ARN), by record (`this`), or by addresses
// (the targets that a plan's configuration names). A key is looked up in the tables that the column's type allows, among the rows of the
// same account; a full ARN crosses accounts. What names no row becomes an external reference, interned, whose model is known when the key
// has a table's key_pattern, or the source type of the target is mapped to one table. Several rows: candidates.
//
// Invariants: rows refer to records added before; pending cells occur only in columns (and lists, sets in columns) of references.
// Thread safety: none; one thread at a time. The pools may be used from several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "runtime/bytecode/program.h"
#include "runtime/snapshot/snapshot.h"

namespace bylaw {

/// Rows of one table, column by column, as importers make them.
struct RowBatch {
  struct Values {
    std::vector<Cell> cells;
    std::vector<State> states;
    std::vector<CauseId> causes;  ///< [num_rows], or empty when nothing is unknown
    /// Not empty: instead of `cells`, [num_rows]; memory that the builder is given to Keep. It is left where it is if the table has no other rows and its rows stay in their order.
    std::span<const Cell> borrowed = {};
  };
  std::vector<Values> columns;    ///< as in Program::tables[t].columns
  std::vector<Row> records;       ///< [num_rows]
  std::vector<uint64_t> offsets;  ///< [num_rows]: where the row's own element starts in the record's input
  std::vector<uint8_t> possible;  ///< [num_rows], or empty
  uint32_t num_rows() const { return static_cast<uint32_t>(records.size()); }
};

/// A resource that a reference may mean, by its address within one input.
struct ReferenceTarget {
  StringId address = 0;
  StringId source_type = 0;  ///< tells the model when no such record exists
};

/// One reason why references did not become a row.
struct UnresolvedReference {
  TableId table = 0;
  ColumnId column = 0;
  std::string reason;
  uint64_t num_values = 0;
  std::string example;
};

class SnapshotBuilder {
 public:
  struct FinishOptions {
    bool closed_world = false;
  };

  /// Precondition: `program` outlives the builder.
  explicit SnapshotBuilder(const Program& program);
  /// For a changed snapshot: `original`, which must be as it was loaded, but for what Change and ChangeTags say. Of the methods below only those that make values, these two and Finish may be called.
  SnapshotBuilder(const Program& program, std::shared_ptr<const Snapshot> original);
  ~SnapshotBuilder();
  SnapshotBuilder(const SnapshotBuilder&) = delete;
  SnapshotBuilder& operator=(const SnapshotBuilder&) = delete;

  const Program& program() const { return program_; }
  StringPool& strings();
  NetPool& nets();
  Arena& arena();
  /// The snapshot under construction, for evaluators that want its pools and causes.
  const Snapshot& partial() const { return *snapshot_; }
  CauseId InternCause(const Cause& cause);
  /// Keeps `object` (an input's bytes, say) as long as the snapshot.
  void Keep(std::shared_ptr<const void> object);
  /// Sets for cells of kind ipset and portset; they live as long as the snapshot.
  const IpSet* MakeIpSet(IpSet set);
  const PortSet* MakePortSet(PortSet set);

  // Inputs and coverage.

  /// The index of a new input. `locator` finds positions in it; may be empty. `record_prefix` leads from a record's value (at Record::offset) to what
  /// mappings call the record: {"configuration"} of an AWS Config item.
  uint32_t AddInput(InputInfo info, Snapshot::Locator locator = {}, std::vector<std::string> record_prefix = {});
  InputInfo& input(uint32_t index);
  void SetRecordPrefix(uint32_t input, std::vector<std::string> prefix);
  /// Tables that have a mapping of `format` are covered by an input.
  void CoverFormat(std::string_view format);
  void CoverTable(TableId table);
  /// Why `table` is not covered, if it turns out not to be: "no `describe-vpcs` output among the inputs".
  void SetNotCoveredReason(TableId table, std::string reason);
  /// The same of every table that has a mapping of `format`.
  void SetNotCovered(std::string_view format, const std::string& reason);
  /// Every table is covered (rows given by hand).
  void CoverAll();

  /// A text that the inputs call sensitive.
  void AddSensitive(std::string_view text) { sensitive_.Add(text); }

  // Records and rows.

  /// A key stands twice in one object of the input at hand: the last one counts, and the user is told. Offsets are those of the keys.
  void NoteDuplicateKey(std::string_view key, uint64_t earlier, uint64_t later);
  struct DuplicateKey {
    std::string key;
    uint64_t earlier = 0, later = 0;
  };
  /// What was noted since the last call, in the order of the input.
  std::vector<DuplicateKey> TakeDuplicateKeys();

  /// The resource at `address` was at `previous` before.
  void AddMove(std::string_view address, std::string_view previous);
  /// A waiver that stands at the resource of `record` (kNone: one that the program does not read). The same text again, for another resource that is made of it, is one waiver of both.
  void AddInlineWaiver(InlineWaiver waiver, Row record);
  Row AddRecord(const Record& record);
  const Record& record(Row record) const;
  size_t num_records() const;
  /// Another text that references may name `record` by (its ARN).
  void AddAlias(Row record, StringId key);
  /// The tags of a record (a map<string> cell), for the attribute `.tags`.
  void SetTags(Row record, Cell tags, State state, CauseId cause = 0);
  /// Whether a record's resource can have tags, for `taggable` of `resources`; not told: unknown.
  void SetTaggable(Row record, bool taggable);
  /// The record was superseded: Finish() drops it and its rows.
  void DropRecord(Row record);
  /// Adds the rows of `batch` for which `keep` is not 0 (empty: all). `mapping` is the index of the table's mapping that made them.
  void AppendRows(TableId table, uint32_t mapping, const RowBatch& batch, std::span<const uint8_t> keep = {});

  // Pending references, to stand in a cell whose state is kKnown.

  static Cell PendingKey(StringId key);
  static Cell PendingRecord(Row record);
  /// One of `targets` of `input`: one gives a row or an external, several give candidates. With a `key`, rows that have that key come first.
  /// `note` ends up in the cause when it stays open.
  Cell PendingTargets(uint32_t input, std::vector<ReferenceTarget> targets, StringId key = kNone,
                      std::string_view note = {});

  // Rows by hand.

  /// A new row with a record of its own; columns not set get their default, or are absent.
  Row AddRow(TableId table, std::string_view address);
  void Set(TableId table, Row row, ColumnId column, Cell value);
  void SetAbsent(TableId table, Row row, ColumnId column);
  /// A value from the program's constants: text is made a string id, net id or reference key as the column's type wants.
  void SetConstant(TableId table, Row row, ColumnId column, uint32_t constant);
  void SetReference(TableId table, Row row, ColumnId column, TableId target_table, Row target);
  /// To the row of that key, or outside.
  void SetReferenceKey(TableId table, Row row, ColumnId column, std::string_view key);
  void SetUnknown(TableId table, Row row, ColumnId column, std::string_view cause);
  /// The row exists only possibly (as where a mapping's condition is unknown).
  void SetPossible(TableId table, Row row);
  /// The account and region of a row added by AddRow (its record's).
  void SetPlace(TableId table, Row row, std::string_view account, std::string_view region);
  /// The id of a record; references may name it by that.
  void SetId(Row record, std::string_view id);
  /// A list or set cell out of `cells` (references pending or not).
  Cell MakeList(std::span<const Cell> cells, std::span<const State> states = {});
  Cell MakeMap(std::span<const Cell> keys, std::span<const Cell> cells, std::span<const State> states = {});
  /// The cell that a constant of the program is in this snapshot, as type `type`; for references a pending key.
  Cell MakeConstant(uint32_t constant, TypeId type);
  /// The same for a constant of another table than the program's; its elements are indices into that table.
  Cell MakeConstant(std::span<const Constant> constants, uint32_t constant, TypeId type);

  struct GivenValue {
    Cell cell = 0;
    State state = State::kAbsent;
    CauseId cause = 0;
  };
  /// What a column is of a row for which nothing is given: its default, else absent, or unknown where every row has it.
  GivenValue ValueWhenNotGiven(TableId table, ColumnId column);
  void Give(TableId table, Row row, ColumnId column, const GivenValue& value);

  // Changes of a finished snapshot.

  /// Another value; references may be pending keys. The row's key must stay as it is: other rows are resolved by it.
  void Change(TableId table, Row row, ColumnId column, const GivenValue& value);
  void ChangeTags(Row record, Cell tags, State state);

  /// Resolves, orders and seals. The builder is spent.
  std::unique_ptr<Snapshot> Finish(const FinishOptions& options);
  /// After Finish: references that did not become one row, by table, column and reason.
  const std::vector<UnresolvedReference>& unresolved() const { return unresolved_; }

 private:
  friend class ReferenceResolution;

  struct PendingChoice {
    uint32_t input = 0;
    std::vector<ReferenceTarget> targets;
    StringId key = kNone;
    std::string note;
  };

  void AddDataRows();
  void AddPlaceRows(size_t num_source_records);
  void AddResourceRows(size_t num_source_records);
  void FillUnset();
  void DropAndOrder();
  /// Leaves only the rows of `order`, in that order.
  void KeepRows(TableId table, const std::vector<Row>& order);
  void MarkContext();
  void MergeContext();
  void FillCoverage(bool closed_world);
  void Pack();
  void AppendHandMadeRow(TableId table, Row record, std::span<const Cell> cells, std::span<const State> states);
  bool IsDropped(Row record) const { return record < dropped_.size() && dropped_[record] != 0; }
  Column& MutableColumn(TableId table, ColumnId column) { return snapshot_->tables_[table].columns[column]; }
  void SetCell(TableId table, Row row, ColumnId column, Cell cell, State state);

  const Program& program_;
  std::unique_ptr<Snapshot> snapshot_;
  std::vector<PendingChoice> choices_;
  std::vector<uint8_t> dropped_;                 ///< by record; may be shorter than records
  std::unordered_map<Row, Row> merged_records_;  ///< of context, into the judged record of the same resource
  std::unordered_map<std::string, CauseId> cause_ids_;
  std::vector<std::string> covered_formats_;
  std::vector<TableId> covered_tables_;
  std::unordered_map<TableId, std::string> not_covered_reasons_;
  bool cover_all_ = false;
  std::map<uint64_t, DuplicateKey> duplicate_keys_;  ///< by offset of the later key
  /// Places of inline waivers in the snapshot's list, by file, line, column, rule and problem.
  std::map<std::tuple<std::string, uint32_t, uint32_t, std::string, std::string>, size_t> inline_waivers_;
  SensitiveTexts sensitive_;
  std::vector<UnresolvedReference> unresolved_;
};

}  // namespace bylaw

// ReferenceResolution: turns the pending references of a snapshot under construction into rows, externals, candidates or unknowns.
//
// Runs once, in SnapshotBuilder::Finish, when rows no longer move. Keys are looked up in ReferenceKeys: of a changed snapshot in those of the one that it was made from.
//
// Thread safety: none.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/snapshot/reference_keys.h"
#include "runtime/snapshot/snapshot_builder.h"

namespace bylaw {

class ReferenceResolution {
 public:
  /// A reference that could be one of more than this many is plainly unknown.
  static constexpr size_t kMaxCandidates = 64;

  explicit ReferenceResolution(SnapshotBuilder& builder);

  void Run();
  std::vector<UnresolvedReference> TakeUnresolved();

 private:
  struct Resolved {
    Cell cell = 0;
    State state = State::kKnown;
    CauseId cause = 0;
  };
  struct Slot {
    TableId table = 0;
    ColumnId column = 0;
    const std::vector<TableId>* allowed = nullptr;
  };

  void ResolveColumn(TableId table, ColumnId column);
  /// Drops rows that repeat another one with the same `key` (no reference names rows by it): those inside another resource (a part of the key is `this`) where
  /// the thing is a resource of its own, and those of the context where it is judged. What the row that stays leaves open is taken from them.
  /// Precondition: the key's columns are resolved, and nothing that refers to the table's rows is.
  void DropRepeatedRows(TableId table, const std::vector<ColumnId>& key);
  void ResolveChanges(TableId table, ColumnId column, Column& values);
  /// A list, set or map with its elements resolved.
  Cell ResolveElements(const Slot& slot, const TypeEntry& type, Row record, Cell cell);
  Resolved Resolve(const Slot& slot, Row record, Cell pending);
  Resolved ResolveKey(const Slot& slot, Row record, StringId key);
  Resolved ResolveRecord(const Slot& slot, Row record);
  Resolved ResolveChoice(const Slot& slot, Row record, uint32_t choice);
  Resolved External(Row record, StringId key, TableId model);
  Resolved FromCandidates(const Slot& slot, std::vector<Cell> candidates, StringId key, std::string_view note);

  /// Rows of the allowed tables that have `key`, as references; of the record's own account unless `any_account`.
  std::vector<Cell> RowsWithKey(const Slot& slot, Row record, StringId key, StringId account, bool any_account);
  Row FindRecord(uint32_t input, StringId address);
  TableId ModelByPattern(const Slot& slot, std::string_view key) const;
  TableId ModelBySourceType(const Slot& slot, StringId source_type) const;
  std::string NameOf(Cell reference) const;
  void Count(const Slot& slot, std::string_view reason, StringId example);

  SnapshotBuilder& builder_;
  Snapshot& snapshot_;
  const Program& program_;
  std::vector<TableId> all_tables_;
  std::unique_ptr<ReferenceKeys> own_keys_;  ///< of a snapshot that is no changed one
  ReferenceKeys& keys_;
  std::unordered_map<uint64_t, Row> records_by_address_;  ///< input and address
  bool has_records_by_address_ = false;
  std::map<std::pair<StringId, StringId>, uint32_t> external_ids_;  ///< by key and account
  std::map<std::vector<Cell>, uint32_t> candidate_ids_;
  struct UnresolvedKey {
    TableId table;
    ColumnId column;
    std::string reason;
    auto operator<=>(const UnresolvedKey&) const = default;
  };
  std::map<UnresolvedKey, UnresolvedReference> unresolved_;
};

/// Whether `text` matches `glob`, where `*` is any text and `?` any one byte.
bool MatchesKeyPattern(std::string_view text, std::string_view glob);

}  // namespace bylaw

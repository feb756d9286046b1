// ReferenceKeys: what references are looked up by: the rows of a table by key text, by record, by address, and externals by key.
//
// Used while a snapshot is being finished (ReferenceResolution), and kept with a finished one for changes of single rows (Snapshot::reference_keys). A row is found by its key column,
// by its record's id where the key is not known, and by its record's aliases (ARNs). Each map is built when it is first asked for.
//
// Thread safety: all methods. What they return stands still while the snapshot does.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/bytecode/program.h"
#include "runtime/snapshot/snapshot.h"

namespace bylaw {

/// The column by which references name rows of `table`: its key, where that is one text or number; else kNone.
ColumnId KeyColumn(const Program& program, const Table& table);

class ReferenceKeys {
 public:
  /// All three must outlive this. Precondition: rows do not move any more.
  ReferenceKeys(const Program& program, const Snapshot& snapshot, const std::vector<std::pair<StringId, Row>>& aliases);

  /// Rows by the id of a text: a hash table with chains.
  class KeyMap {
   public:
    void Add(StringId key, Row row);
    /// Calls `use` with each row of the key.
    template <typename Use>
    void ForEach(StringId key, const Use& use) const {
      if (heads_.empty()) return;
      for (uint32_t e = heads_[Home(key)]; e != kNone; e = entries_[e].next) {
        if (entries_[e].key == key) use(entries_[e].row);
      }
    }

   private:
    struct Entry {
      StringId key = 0;
      Row row = 0;
      uint32_t next = kNone;
    };
    size_t Home(StringId key) const { return (key * 0x9E3779B97F4A7C15u >> 32) & (heads_.size() - 1); }

    std::vector<uint32_t> heads_;  ///< a power of two, or none
    std::vector<Entry> entries_;
  };
  const KeyMap& KeysOf(TableId table);
  /// The row that each record made of `table`, kNone where none; the record's own row goes before unnested ones.
  const std::vector<Row>& RowsByRecord(TableId table);
  /// The rows of `table` whose record has this address; ascending.
  std::span<const Row> RowsAt(TableId table, StringId address);
  /// The external with this key and account (kNone: of any); kNone if there is none.
  uint32_t FindExternal(StringId key, StringId account);
  /// Whether all records are of one account: then keys need none to tell them apart.
  bool one_account() const { return one_account_; }
  bool IsUnnested(TableId table, Row row) const;

 private:
  void SortAliases();

  const Program& program_;
  const Snapshot& snapshot_;
  const std::vector<std::pair<StringId, Row>>& aliases_;
  std::vector<StringId> alias_keys_;    ///< of `aliases_`, by record; made when first asked for
  std::vector<uint32_t> alias_begins_;  ///< [num records + 1], in `alias_keys_`
  bool one_account_ = true;
  std::mutex mutex_;
  std::vector<std::unique_ptr<KeyMap>> key_maps_;
  std::vector<std::unique_ptr<std::vector<Row>>> rows_by_record_;
  std::vector<std::unique_ptr<std::unordered_map<StringId, std::vector<Row>>>> rows_by_address_;
  std::map<std::pair<StringId, StringId>, uint32_t> externals_;
  bool has_externals_ = false;
};

}  // namespace bylaw

#include "runtime/snapshot/reference_keys.h"

#include <algorithm>

namespace bylaw {

ColumnId KeyColumn(const Program& program, const Table& table) {
  ColumnId key = kNone;
  for (ColumnId c = 0; c < table.columns.size(); ++c) {
    if (!table.columns[c].is_key) continue;
    if (key != kNone || program.types[table.columns[c].type].kind == TypeKind::kRef) return kNone;
    key = c;
  }
  return key;
}

void ReferenceKeys::KeyMap::Add(StringId key, Row row) {
  bool is_there = false;
  ForEach(key, [&](Row other) { is_there = is_there || other == row; });
  if (is_there) return;
  if (entries_.size() >= heads_.size()) {
    heads_.assign(std::max<size_t>(16, heads_.size() * 2), kNone);
    for (uint32_t e = 0; e < entries_.size(); ++e) {
      uint32_t& head = heads_[Home(entries_[e].key)];
      entries_[e].next = head;
      head = e;
    }
  }
  uint32_t& head = heads_[Home(key)];
  entries_.push_back({key, row, head});
  head = static_cast<uint32_t>(entries_.size() - 1);
}

ReferenceKeys::ReferenceKeys(const Program& program, const Snapshot& snapshot,
                             const std::vector<std::pair<StringId, Row>>& aliases)
    : program_(program), snapshot_(snapshot), aliases_(aliases) {
  key_maps_.resize(program_.tables.size());
  rows_by_record_.resize(program_.tables.size());
  rows_by_address_.resize(program_.tables.size());
  StringId account = kNone;
  for (Row r = 0; r < snapshot_.num_records(); ++r) {
    const Record& record = snapshot_.record(r);
    if (record.account == kNone) continue;
    if (account != kNone && record.account != account) one_account_ = false;
    account = record.account;
  }
}

const ReferenceKeys::KeyMap& ReferenceKeys::KeysOf(TableId table) {
  std::lock_guard lock(mutex_);
  std::unique_ptr<KeyMap>& slot = key_maps_[table];
  if (slot != nullptr) return *slot;
  slot = std::make_unique<KeyMap>();
  const TableData& data = snapshot_.table(table);
  const Column* key_column = nullptr;
  const ColumnId key = KeyColumn(program_, program_.tables[table]);
  if (key != kNone && program_.types[program_.tables[table].columns[key].type].kind == TypeKind::kString)
    key_column = &data.columns[key];
  for (Row row = 0; row < data.num_rows; ++row) {
    if (key_column != nullptr && key_column->state(row) == State::kKnown) {
      slot->Add(static_cast<StringId>(key_column->cell(row)), row);
    } else if (!IsUnnested(table, row)) {
      const Record& record = snapshot_.record(data.records[row]);
      if (record.id != kNone) slot->Add(record.id, row);
    }
  }
  if (!aliases_.empty()) {
    // They name the first row of their record that is not unnested; rows stand in the order of their records.
    SortAliases();
    Row last = kNone;
    for (Row row = 0; row < data.num_rows; ++row) {
      const Row record = data.records[row];
      if (record == last || IsUnnested(table, row)) continue;
      last = record;
      for (uint32_t i = alias_begins_[record]; i < alias_begins_[record + size_t{1}]; ++i)
        slot->Add(alias_keys_[i], row);
    }
  }
  return *slot;
}

void ReferenceKeys::SortAliases() {
  if (!alias_begins_.empty()) return;
  alias_begins_.assign(snapshot_.num_records() + size_t{1}, 0);
  for (const auto& [alias, record] : aliases_) ++alias_begins_[record + size_t{1}];
  for (size_t r = 1; r < alias_begins_.size(); ++r) alias_begins_[r] += alias_begins_[r - 1];
  std::vector<uint32_t> next(alias_begins_.begin(), alias_begins_.end() - 1);
  alias_keys_.resize(aliases_.size());
  for (const auto& [alias, record] : aliases_) alias_keys_[next[record]++] = alias;
}

const std::vector<Row>& ReferenceKeys::RowsByRecord(TableId table) {
  std::lock_guard lock(mutex_);
  std::unique_ptr<std::vector<Row>>& slot = rows_by_record_[table];
  if (slot != nullptr) return *slot;
  slot = std::make_unique<std::vector<Row>>(snapshot_.num_records(), kNone);
  const TableData& data = snapshot_.table(table);
  for (Row row = 0; row < data.num_rows; ++row) {
    Row& own = (*slot)[data.records[row]];
    if (own == kNone || (IsUnnested(table, own) && !IsUnnested(table, row))) own = row;
  }
  return *slot;
}

std::span<const Row> ReferenceKeys::RowsAt(TableId table, StringId address) {
  std::lock_guard lock(mutex_);
  auto& slot = rows_by_address_[table];
  if (slot == nullptr) {
    slot = std::make_unique<std::unordered_map<StringId, std::vector<Row>>>();
    for (Row row = 0; row < snapshot_.num_rows(table); ++row)
      (*slot)[snapshot_.record_of(table, row).address].push_back(row);
  }
  const auto found = slot->find(address);
  return found == slot->end() ? std::span<const Row>() : found->second;
}

uint32_t ReferenceKeys::FindExternal(StringId key, StringId account) {
  std::lock_guard lock(mutex_);
  if (!has_externals_) {
    has_externals_ = true;
    for (uint32_t id = 0; id < snapshot_.num_externals(); ++id)
      externals_.emplace(std::pair(snapshot_.external(id).key, snapshot_.external(id).account), id);
  }
  const auto found = externals_.find({key, account});
  return found == externals_.end() ? kNone : found->second;
}

bool ReferenceKeys::IsUnnested(TableId table, Row row) const {
  const auto& mappings = program_.tables[table].mappings;
  const TableData& data = snapshot_.table(table);
  const size_t mapping = data.mappings.empty() ? 0 : data.mappings[row];
  return mapping < mappings.size() && !mappings[mapping].unnest.empty() &&
         snapshot_.record_of(table, row).input != kNone;
}

}  // namespace bylaw

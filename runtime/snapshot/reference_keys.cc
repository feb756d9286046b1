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
  if (heads.size() <= key) heads.resize(std::max<size_t>(key + size_t{1}, heads.size() * 2), kNone);
  for (uint32_t e = heads[key]; e != kNone; e = entries[e].next) {
    if (entries[e].row == row) return;
  }
  entries.push_back({row, heads[key]});
  heads[key] = static_cast<uint32_t>(entries.size() - 1);
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
  slot->heads.assign(snapshot_.strings().size(), kNone);
  slot->entries.reserve(data.num_rows);
  for (Row row = 0; row < data.num_rows; ++row) {
    if (key_column != nullptr && key_column->state(row) == State::kKnown) {
      slot->Add(static_cast<StringId>(key_column->cell(row)), row);
    } else if (!IsUnnested(table, row)) {
      const Record& record = snapshot_.record(data.records[row]);
      if (record.id != kNone) slot->Add(record.id, row);
    }
  }
  if (!aliases_.empty()) {
    const std::vector<Row>& rows = RowsByRecordLocked(table);
    for (const auto& [alias, record] : aliases_) {
      const Row row = rows[record];
      if (row != kNone && !IsUnnested(table, row)) slot->Add(alias, row);
    }
  }
  return *slot;
}

const std::vector<Row>& ReferenceKeys::RowsByRecord(TableId table) {
  std::lock_guard lock(mutex_);
  return RowsByRecordLocked(table);
}

std::vector<Row>& ReferenceKeys::RowsByRecordLocked(TableId table) {
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

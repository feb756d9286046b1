#include "runtime/snapshot/reference_resolution.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/snapshot/pending_cells.h"

namespace bylaw {

namespace {

bool IsArn(std::string_view key) { return key.starts_with("arn:"); }

/// The account of `arn:partition:service:region:account:resource`, and the last part of the resource.
std::pair<std::string_view, std::string_view> SplitArn(std::string_view arn) {
  std::string_view rest = arn;
  for (int i = 0; i < 4; ++i) {
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return {};
    rest.remove_prefix(colon + 1);
  }
  const size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view resource = rest.substr(colon + 1);
  const size_t cut = resource.find_last_of("/:");
  return {rest.substr(0, colon), cut == std::string_view::npos ? resource : resource.substr(cut + 1)};
}

}  // namespace

bool MatchesKeyPattern(std::string_view text, std::string_view glob) {
  size_t t = 0, g = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

void ReferenceResolution::KeyMap::Add(StringId key, Row row) {
  if (heads.size() <= key) heads.resize(std::max<size_t>(key + size_t{1}, heads.size() * 2), kNone);
  for (uint32_t e = heads[key]; e != kNone; e = entries[e].next) {
    if (entries[e].row == row) return;
  }
  entries.push_back({row, heads[key]});
  heads[key] = static_cast<uint32_t>(entries.size() - 1);
}

ReferenceResolution::ReferenceResolution(SnapshotBuilder& builder)
    : builder_(builder), snapshot_(*builder.snapshot_), program_(builder.program_) {
  for (TableId t = 0; t < program_.tables.size(); ++t) all_tables_.push_back(t);
  key_maps_.resize(program_.tables.size());
  rows_by_record_.resize(program_.tables.size());
}

void ReferenceResolution::Run() {
  StringId account = kNone;
  for (const Record& record : snapshot_.records_) {
    if (record.account == kNone) continue;
    if (account != kNone && record.account != account) one_account_ = false;
    account = record.account;
  }
  for (TableId t = 0; t < program_.tables.size(); ++t) {
    for (ColumnId c = 0; c < program_.tables[t].columns.size(); ++c) ResolveColumn(t, c);
  }
}

std::vector<UnresolvedReference> ReferenceResolution::TakeUnresolved() {
  std::vector<UnresolvedReference> list;
  for (auto& [key, reference] : unresolved_) list.push_back(std::move(reference));
  return list;
}

void ReferenceResolution::ResolveColumn(TableId table, ColumnId column_id) {
  const TypeEntry& type = program_.types[program_.tables[table].columns[column_id].type];
  TableData& data = snapshot_.tables_[table];
  Column& column = data.columns[column_id];
  const bool is_list = type.kind == TypeKind::kList || type.kind == TypeKind::kSet || type.kind == TypeKind::kMap;
  const TypeEntry& reference = is_list ? program_.types[type.element] : type;
  if (reference.kind != TypeKind::kRef) return;
  const Slot slot{table, column_id, reference.tables.empty() ? &all_tables_ : &reference.tables};
  if (!is_list) {
    // Neighbouring rows often name the same thing.
    Cell last_pending = 0;
    StringId last_account = kNone, last_region = kNone;
    Resolved last;
    for (Row row = 0; row < data.num_rows; ++row) {
      if (column.states[row] != State::kKnown) {
        if (column.states[row] == State::kUnknown) {
          auto cause = column.causes.find(row);
          Count(slot, cause == column.causes.end() ? "unknown" : snapshot_.causes_[cause->second].detail, kNone);
        }
        continue;
      }
      const Cell pending = column.cells[row];
      const Record& record = snapshot_.records_[data.records[row]];
      const bool same = row > 0 && pending == last_pending && RefCell::table(pending) == kPendingKeyTable &&
                        record.account == last_account && record.region == last_region && last.state == State::kKnown;
      if (!same) {
        last = Resolve(slot, data.records[row], pending);
      } else if (RefCell::is_external(last.cell)) {
        Count(slot, "outside the snapshot", kNone);
      }
      last_pending = pending;
      last_account = record.account;
      last_region = record.region;
      column.cells[row] = last.cell;
      column.states[row] = last.state;
      if (IsUnknown(last.state)) column.causes[row] = last.cause;
    }
    return;
  }
  for (Row row = 0; row < data.num_rows; ++row) {
    if (column.states[row] != State::kKnown) continue;
    // The importer made these objects for this row alone: they may still be changed.
    const bool is_map = type.kind == TypeKind::kMap;
    const Cell* from = is_map ? CellToObject<MapObject>(column.cells[row])->cells : CellToObject<ListObject>(column.cells[row])->cells;
    const State* from_states =
        is_map ? CellToObject<MapObject>(column.cells[row])->states : CellToObject<ListObject>(column.cells[row])->states;
    const uint32_t size = is_map ? CellToObject<MapObject>(column.cells[row])->size : CellToObject<ListObject>(column.cells[row])->size;
    std::vector<Cell> cells(from, from + size);
    std::vector<State> states(size, State::kKnown);
    bool all_known = true;
    for (uint32_t i = 0; i < size; ++i) {
      if (from_states != nullptr) states[i] = from_states[i];
      if (states[i] == State::kKnown) {
        const Resolved resolved = Resolve(slot, data.records[row], cells[i]);
        cells[i] = resolved.cell;
        states[i] = resolved.state;
      }
      all_known = all_known && states[i] == State::kKnown;
    }
    if (type.kind == TypeKind::kSet && all_known) {
      std::sort(cells.begin(), cells.end());
      cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
      states.resize(cells.size());
    }
    if (is_map) {
      const MapObject* map = CellToObject<MapObject>(column.cells[row]);
      column.cells[row] = builder_.MakeMap(std::span(map->keys, size), cells, all_known ? std::span<const State>() : states);
    } else {
      column.cells[row] = builder_.MakeList(cells, all_known ? std::span<const State>() : states);
    }
  }
}

ReferenceResolution::Resolved ReferenceResolution::Resolve(const Slot& slot, Row record, Cell pending) {
  switch (RefCell::table(pending)) {
    case kPendingKeyTable: return ResolveKey(slot, record, RefCell::row(pending));
    case kPendingRecordTable: return ResolveRecord(slot, RefCell::row(pending));
    case kPendingChoiceTable: return ResolveChoice(slot, record, RefCell::row(pending));
    default: return {pending, State::kKnown, 0};
  }
}

ReferenceResolution::Resolved ReferenceResolution::ResolveKey(const Slot& slot, Row record, StringId key) {
  const StringId account = snapshot_.records_[record].account;
  const std::string_view text = snapshot_.strings_->Text(key);
  std::vector<Cell> rows = RowsWithKey(slot, record, key, account, IsArn(text));
  if (rows.empty() && IsArn(text)) {
    const auto [arn_account, name] = SplitArn(text);
    const StringId id = name.empty() ? kNone : snapshot_.strings_->Find(name);
    if (id != kNone) {
      const StringId owner = arn_account.empty() ? account : snapshot_.strings_->Find(arn_account);
      if (owner != kNone || arn_account.empty()) rows = RowsWithKey(slot, record, id, owner, false);
    }
  }
  if (rows.size() == 1) return {rows[0], State::kKnown, 0};
  if (rows.size() > 1) return FromCandidates(slot, std::move(rows), key, "");
  Count(slot, "outside the snapshot", key);
  return External(record, key, ModelByPattern(slot, text));
}

ReferenceResolution::Resolved ReferenceResolution::ResolveRecord(const Slot& slot, Row record) {
  for (TableId table : *slot.allowed) {
    const Row row = RowsByRecord(table)[record];
    if (row != kNone) return {RefCell::Make(table, row), State::kKnown, 0};
  }
  const auto merged = builder_.merged_records_.find(record);
  if (merged != builder_.merged_records_.end()) return ResolveRecord(slot, merged->second);
  const StringId address = snapshot_.records_[record].address;
  const CauseId cause = builder_.InternCause(
      {CauseKind::kUnresolved, "`" + std::string(snapshot_.strings_->Text(address)) + "` makes no row of the model that `this` stands for here"});
  Count(slot, "`this` has no row", address);
  return {0, State::kUnknown, cause};
}

ReferenceResolution::Resolved ReferenceResolution::ResolveChoice(const Slot& slot, Row record, uint32_t choice_id) {
  const SnapshotBuilder::PendingChoice& choice = builder_.choices_[choice_id];
  const StringId account = snapshot_.records_[record].account;
  if (choice.key != kNone) {
    std::vector<Cell> rows =
        RowsWithKey(slot, record, choice.key, account, IsArn(snapshot_.strings_->Text(choice.key)));
    if (rows.size() == 1) return {rows[0], State::kKnown, 0};
    if (rows.size() > 1) return FromCandidates(slot, std::move(rows), choice.key, choice.note);
  }
  std::vector<Cell> candidates;
  for (const ReferenceTarget& target : choice.targets) {
    const Row target_record = FindRecord(choice.input, target.address);
    if (target_record == kNone) {
      const TableId model = ModelBySourceType(slot, target.source_type);
      // A literal value besides is the better name of what is outside.
      const StringId key = choice.key != kNone ? choice.key : target.address;
      candidates.push_back(External(record, key, model).cell);
      continue;
    }
    for (TableId table : *slot.allowed) {
      const Row row = RowsByRecord(table)[target_record];
      if (row == kNone) continue;
      // With a literal value that is not this row's key, the configuration means something else here.
      if (choice.key != kNone && snapshot_.records_[target_record].id != kNone) break;
      candidates.push_back(RefCell::Make(table, row));
      break;
    }
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  if (candidates.size() == 1) {
    if (RefCell::is_external(candidates[0])) Count(slot, "outside the snapshot", snapshot_.externals_[RefCell::row(candidates[0])].key);
    return {candidates[0], State::kKnown, 0};
  }
  if (candidates.size() > 1) return FromCandidates(slot, std::move(candidates), kNone, choice.note);
  if (choice.key != kNone) {
    Count(slot, "outside the snapshot", choice.key);
    return External(record, choice.key, ModelByPattern(slot, snapshot_.strings_->Text(choice.key)));
  }
  std::string detail = choice.note.empty() ? std::string("known after apply") : choice.note;
  const CauseId cause = builder_.InternCause({choice.note.empty() ? CauseKind::kKnownAfterApply : CauseKind::kUnresolved, detail});
  Count(slot, detail, kNone);
  return {0, State::kUnknown, cause};
}

ReferenceResolution::Resolved ReferenceResolution::External(Row record, StringId key, TableId model) {
  const StringId account = one_account_ || IsArn(snapshot_.strings_->Text(key)) ? kNone : snapshot_.records_[record].account;
  auto [found, added] = external_ids_.try_emplace({key, account}, static_cast<uint32_t>(snapshot_.externals_.size()));
  if (added) {
    bylaw::External external;
    external.key = key;
    external.account = account;
    snapshot_.externals_.push_back(external);
  }
  bylaw::External& external = snapshot_.externals_[found->second];
  if (external.table == kNone && model != kNone) {
    external.table = model;
    external.model_name = snapshot_.strings_->Intern(program_.tables[model].name);
  }
  return {RefCell::MakeExternal(found->second), State::kKnown, 0};
}

ReferenceResolution::Resolved ReferenceResolution::FromCandidates(const Slot& slot, std::vector<Cell> candidates, StringId key,
                                                                  std::string_view note) {
  std::string detail = key == kNone ? std::string("one of ") : "`" + std::string(snapshot_.strings_->Text(key)) + "` is the key of ";
  const size_t shown = std::min<size_t>(candidates.size(), 4);
  for (size_t i = 0; i < shown; ++i) {
    detail += (i == 0 ? "" : i + 1 == candidates.size() ? (key == kNone ? " or " : " and ") : ", ");
    detail += "`" + NameOf(candidates[i]) + "`";
  }
  if (shown < candidates.size()) detail += " and " + std::to_string(candidates.size() - shown) + " more";
  if (!note.empty()) detail += "; " + std::string(note);
  const CauseId cause = builder_.InternCause({CauseKind::kAmbiguous, detail});
  Count(slot, "one of several", key != kNone ? key : builder_.strings().Intern(NameOf(candidates[0])));
  if (candidates.size() > kMaxCandidates) return {0, State::kUnknown, cause};
  auto [found, added] = candidate_ids_.try_emplace(candidates, static_cast<uint32_t>(snapshot_.candidates_.size()));
  if (added) snapshot_.candidates_.push_back(std::move(candidates));
  return {Cell{found->second} + 1, State::kUnknown, cause};
}

std::vector<Cell> ReferenceResolution::RowsWithKey(const Slot& slot, Row record, StringId key, StringId account, bool any_account) {
  std::vector<Cell> rows, same_region;
  const StringId region = snapshot_.records_[record].region;
  for (TableId table : *slot.allowed) {
    const KeyMap& keys = KeysOf(table);
    if (key >= keys.heads.size()) continue;
    for (uint32_t e = keys.heads[key]; e != kNone; e = keys.entries[e].next) {
      const Row row = keys.entries[e].row;
      const Record& found = snapshot_.records_[snapshot_.tables_[table].records[row]];
      if (!any_account && account != kNone && found.account != kNone && found.account != account) continue;
      rows.push_back(RefCell::Make(table, row));
      if (found.region == region) same_region.push_back(rows.back());
    }
  }
  if (rows.size() > 1 && !any_account && same_region.size() == 1) return same_region;
  std::sort(rows.begin(), rows.end());
  return rows;
}

const ReferenceResolution::KeyMap& ReferenceResolution::KeysOf(TableId table) {
  std::unique_ptr<KeyMap>& slot = key_maps_[table];
  if (slot != nullptr) return *slot;
  slot = std::make_unique<KeyMap>();
  const TableData& data = snapshot_.tables_[table];
  const Column* key_column = nullptr;
  for (size_t c = 0; c < data.columns.size(); ++c) {
    const TableColumn& declared = program_.tables[table].columns[c];
    if (declared.is_key && program_.types[declared.type].kind == TypeKind::kString) key_column = &data.columns[c];
  }
  slot->heads.assign(snapshot_.strings_->size(), kNone);
  slot->entries.reserve(data.num_rows);
  for (Row row = 0; row < data.num_rows; ++row) {
    if (key_column != nullptr && key_column->states[row] == State::kKnown) {
      slot->Add(static_cast<StringId>(key_column->cells[row]), row);
    } else if (!IsUnnested(table, row)) {
      const Record& record = snapshot_.records_[data.records[row]];
      if (record.id != kNone) slot->Add(record.id, row);
    }
  }
  if (!builder_.aliases_.empty()) {
    const std::vector<Row>& rows = RowsByRecord(table);
    for (const auto& [alias, record] : builder_.aliases_) {
      const Row row = rows[record];
      if (row != kNone && !IsUnnested(table, row)) slot->Add(alias, row);
    }
  }
  return *slot;
}

const std::vector<Row>& ReferenceResolution::RowsByRecord(TableId table) {
  std::unique_ptr<std::vector<Row>>& slot = rows_by_record_[table];
  if (slot != nullptr) return *slot;
  slot = std::make_unique<std::vector<Row>>(snapshot_.records_.size(), kNone);
  const TableData& data = snapshot_.tables_[table];
  for (Row row = 0; row < data.num_rows; ++row) {
    Row& own = (*slot)[data.records[row]];
    if (own == kNone || (IsUnnested(table, own) && !IsUnnested(table, row))) own = row;
  }
  return *slot;
}

Row ReferenceResolution::FindRecord(uint32_t input, StringId address) {
  if (!has_records_by_address_) {
    has_records_by_address_ = true;
    for (Row r = 0; r < snapshot_.records_.size(); ++r) {
      if (builder_.IsDropped(r)) continue;
      const Record& record = snapshot_.records_[r];
      records_by_address_.emplace(uint64_t{record.input} << 32 | record.address, r);
    }
  }
  auto found = records_by_address_.find(uint64_t{input} << 32 | address);
  return found == records_by_address_.end() ? kNone : found->second;
}

bool ReferenceResolution::IsUnnested(TableId table, Row row) const {
  const auto& mappings = program_.tables[table].mappings;
  const uint16_t mapping = snapshot_.tables_[table].mappings[row];
  return mapping < mappings.size() && !mappings[mapping].unnest.empty() &&
         snapshot_.records_[snapshot_.tables_[table].records[row]].input != kNone;
}

TableId ReferenceResolution::ModelByPattern(const Slot& slot, std::string_view key) const {
  TableId model = kNone;
  for (TableId table : *slot.allowed) {
    const std::string& pattern = program_.tables[table].key_pattern;
    if (pattern.empty() || !MatchesKeyPattern(key, pattern)) continue;
    if (model != kNone) return kNone;
    model = table;
  }
  return model;
}

TableId ReferenceResolution::ModelBySourceType(const Slot& slot, StringId source_type) const {
  TableId model = kNone;
  for (TableId table : *slot.allowed) {
    for (const TableMapping& mapping : program_.tables[table].mappings) {
      if (!mapping.unnest.empty() || mapping.source_type != snapshot_.strings_->Text(source_type)) continue;
      // A mapping without a condition is the type's own model.
      if (mapping.where == kNone) return table;
      model = table;
    }
  }
  return model;
}

std::string ReferenceResolution::NameOf(Cell reference) const {
  if (RefCell::is_external(reference)) return std::string(snapshot_.strings_->Text(snapshot_.externals_[RefCell::row(reference)].key));
  const Record& record = snapshot_.records_[snapshot_.tables_[RefCell::table(reference)].records[RefCell::row(reference)]];
  std::string name(snapshot_.strings_->Text(record.address));
  if (record.account != kNone) name += " in " + std::string(snapshot_.strings_->Text(record.account));
  return name;
}

void ReferenceResolution::Count(const Slot& slot, std::string_view reason, StringId example) {
  UnresolvedReference& entry = unresolved_[{slot.table, slot.column, std::string(reason)}];
  if (entry.num_values++ > 0) return;
  entry.table = slot.table;
  entry.column = slot.column;
  entry.reason = reason;
  if (example != kNone) entry.example = snapshot_.strings_->Text(example);
}

}  // namespace bylaw

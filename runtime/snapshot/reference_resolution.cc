#include "runtime/snapshot/reference_resolution.h"

#include <algorithm>
#include <set>

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

/// The columns of a key by which no reference names rows: several, or a reference.
std::vector<ColumnId> RowKey(const Program& program, const Table& table) {
  std::vector<ColumnId> key;
  for (ColumnId c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].is_key && KeyColumn(program, table) == kNone) key.push_back(c);
  }
  return key;
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

ReferenceResolution::ReferenceResolution(SnapshotBuilder& builder)
    : builder_(builder),
      snapshot_(*builder.snapshot_),
      program_(builder.program_),
      own_keys_(snapshot_.original_ != nullptr
                    ? nullptr
                    : std::make_unique<ReferenceKeys>(program_, snapshot_, snapshot_.aliases_)),
      keys_(own_keys_ != nullptr ? *own_keys_ : snapshot_.reference_keys(program_)) {
  for (TableId t = 0; t < program_.tables.size(); ++t) all_tables_.push_back(t);
}

void ReferenceResolution::Run() {
  if (snapshot_.original_ != nullptr) {
    for (const Snapshot::ChangedColumn& changed : snapshot_.changed_columns_)
      ResolveChanges(changed.table, changed.column, *changed.values);
    return;
  }
  // Of rows that tell the same twice only one is left before anything refers to them.
  const auto for_each_key = [&](const auto& use) {
    for (TableId t = 0; t < program_.tables.size(); ++t) {
      const std::vector<ColumnId> key = RowKey(program_, program_.tables[t]);
      if (!key.empty()) use(t, key);
    }
  };
  std::set<std::pair<TableId, ColumnId>> resolved;
  for_each_key([&](TableId t, const std::vector<ColumnId>& key) {
    for (ColumnId c : key) {
      ResolveColumn(t, c);
      resolved.emplace(t, c);
    }
  });
  for_each_key([&](TableId t, const std::vector<ColumnId>& key) { DropRepeatedRows(t, key); });
  for (TableId t = 0; t < program_.tables.size(); ++t) {
    for (ColumnId c = 0; c < program_.tables[t].columns.size(); ++c) {
      if (!resolved.contains({t, c})) ResolveColumn(t, c);
    }
  }
}

void ReferenceResolution::DropRepeatedRows(TableId table_id, const std::vector<ColumnId>& key) {
  const Table& table = program_.tables[table_id];
  TableData& data = snapshot_.tables_[table_id];
  std::vector<uint8_t> is_inside_mapping;
  for (const TableMapping& mapping : table.mappings) {
    is_inside_mapping.push_back(
        std::any_of(mapping.fields.begin(), mapping.fields.end(), [&](const FieldMapping& field) {
          return field.kind == FieldSourceKind::kThis && std::find(key.begin(), key.end(), field.column) != key.end();
        }));
  }
  // What is judged goes before the context, and a resource of its own before what stands inside another.
  enum : uint8_t { kOwn = 0, kInside = 1, kContext = 2, kNumRanks = 4, kGiven };
  std::vector<uint8_t> ranks(data.num_rows, kOwn);
  bool occurs[kGiven + 1] = {};
  for (Row row = 0; row < data.num_rows; ++row) {
    const size_t mapping = data.mappings.empty() ? 0 : data.mappings[row];
    if (mapping < is_inside_mapping.size() && is_inside_mapping[mapping] != 0) ranks[row] |= kInside;
    if (!data.context_only.empty() && data.context_only[row] != 0) ranks[row] |= kContext;
    if (snapshot_.record_of(table_id, row).input == kNone) ranks[row] = kGiven;
    occurs[ranks[row]] = true;
  }
  if (std::count(occurs, occurs + kNumRanks, true) < 2) return;

  std::map<std::vector<Cell>, std::vector<Row>> rows_by_key;
  for (Row row = 0; row < data.num_rows; ++row) {
    std::vector<Cell> values;
    for (ColumnId c : key) {
      const State state = data.columns[c].state(row);
      if (IsUnknown(state)) break;
      values.push_back(Cell{state == State::kKnown});
      values.push_back(state == State::kKnown ? data.columns[c].cell(row) : 0);
    }
    if (ranks[row] != kGiven && values.size() == 2 * key.size()) rows_by_key[std::move(values)].push_back(row);
  }
  std::vector<uint8_t> repeats(data.num_rows, 0);
  for (const auto& [values, rows] : rows_by_key) {
    const Row best = *std::min_element(rows.begin(), rows.end(), [&](Row a, Row b) { return ranks[a] < ranks[b]; });
    for (Row row : rows) {
      // Two resources of their own are two, and so are two parts of others.
      if (ranks[row] == ranks[best]) continue;
      repeats[row] = 1;
      for (Column& column : data.columns) {
        if (column.state(best) == State::kKnown || column.state(row) != State::kKnown) continue;
        column.Own();
        column.cells[best] = column.cells[row];
        column.states[best] = State::kKnown;
        column.causes.erase(best);
      }
      if (data.possible[row] == 0) data.possible[best] = 0;
    }
  }
  std::vector<Row> kept;
  for (Row row = 0; row < data.num_rows; ++row) {
    if (repeats[row] == 0) kept.push_back(row);
  }
  if (kept.size() < data.num_rows) builder_.KeepRows(table_id, kept);
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
  column.Own();
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
          Count(slot, cause == column.causes.end() ? "unknown" : snapshot_.cause(cause->second).detail, kNone);
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
    if (column.states[row] == State::kKnown)
      column.cells[row] = ResolveElements(slot, type, data.records[row], column.cells[row]);
  }
}

void ReferenceResolution::ResolveChanges(TableId table, ColumnId column, Column& values) {
  const TypeEntry& type = program_.types[program_.tables[table].columns[column].type];
  const bool is_list = type.kind == TypeKind::kList || type.kind == TypeKind::kSet || type.kind == TypeKind::kMap;
  const TypeEntry& reference = is_list ? program_.types[type.element] : type;
  if (reference.kind != TypeKind::kRef) return;
  const Slot slot{table, column, reference.tables.empty() ? &all_tables_ : &reference.tables};
  for (Column::Change& change : values.changes) {
    if (change.state != State::kKnown) continue;
    const Row record = snapshot_.table(table).records[change.row];
    if (is_list) {
      change.cell = ResolveElements(slot, type, record, change.cell);
      continue;
    }
    const Resolved resolved = Resolve(slot, record, change.cell);
    change.cell = resolved.cell, change.state = resolved.state, change.cause = resolved.cause;
  }
}

Cell ReferenceResolution::ResolveElements(const Slot& slot, const TypeEntry& type, Row record, Cell cell) {
  // The importer made these objects for this row alone: they may still be changed.
  const bool is_map = type.kind == TypeKind::kMap;
  const Cell* from = is_map ? CellToObject<MapObject>(cell)->cells : CellToObject<ListObject>(cell)->cells;
  const State* from_states = is_map ? CellToObject<MapObject>(cell)->states : CellToObject<ListObject>(cell)->states;
  const uint32_t size = is_map ? CellToObject<MapObject>(cell)->size : CellToObject<ListObject>(cell)->size;
  std::vector<Cell> cells(from, from + size);
  std::vector<State> states(size, State::kKnown);
  bool all_known = true;
  for (uint32_t i = 0; i < size; ++i) {
    if (from_states != nullptr) states[i] = from_states[i];
    if (states[i] == State::kKnown) {
      const Resolved resolved = Resolve(slot, record, cells[i]);
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
  const std::span<const State> given_states = all_known ? std::span<const State>() : states;
  return is_map ? builder_.MakeMap(std::span(CellToObject<MapObject>(cell)->keys, size), cells, given_states)
                : builder_.MakeList(cells, given_states);
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
  const StringId account = snapshot_.record(record).account;
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
    const Row row = keys_.RowsByRecord(table)[record];
    if (row != kNone) return {RefCell::Make(table, row), State::kKnown, 0};
  }
  const auto merged = builder_.merged_records_.find(record);
  if (merged != builder_.merged_records_.end()) return ResolveRecord(slot, merged->second);
  const StringId address = snapshot_.record(record).address;
  const CauseId cause =
      builder_.InternCause({CauseKind::kUnresolved, "`" + std::string(snapshot_.strings_->Text(address)) +
                                                        "` makes no row of the model that `this` stands for here"});
  Count(slot, "`this` has no row", address);
  return {0, State::kUnknown, cause};
}

ReferenceResolution::Resolved ReferenceResolution::ResolveChoice(const Slot& slot, Row record, uint32_t choice_id) {
  const SnapshotBuilder::PendingChoice& choice = builder_.choices_[choice_id];
  const StringId account = snapshot_.record(record).account;
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
      const Row row = keys_.RowsByRecord(table)[target_record];
      if (row == kNone) continue;
      // With a literal value that is not this row's key, the configuration means something else here.
      if (choice.key != kNone && snapshot_.record(target_record).id != kNone) break;
      candidates.push_back(RefCell::Make(table, row));
      break;
    }
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  if (candidates.size() == 1) {
    if (RefCell::is_external(candidates[0]))
      Count(slot, "outside the snapshot", snapshot_.external(RefCell::row(candidates[0])).key);
    return {candidates[0], State::kKnown, 0};
  }
  if (candidates.size() > 1) return FromCandidates(slot, std::move(candidates), kNone, choice.note);
  if (choice.key != kNone) {
    Count(slot, "outside the snapshot", choice.key);
    return External(record, choice.key, ModelByPattern(slot, snapshot_.strings_->Text(choice.key)));
  }
  std::string detail = choice.note.empty() ? std::string("known after apply") : choice.note;
  const CauseId cause =
      builder_.InternCause({choice.note.empty() ? CauseKind::kKnownAfterApply : CauseKind::kUnresolved, detail});
  Count(slot, detail, kNone);
  return {0, State::kUnknown, cause};
}

ReferenceResolution::Resolved ReferenceResolution::External(Row record, StringId key, TableId model) {
  const StringId account =
      keys_.one_account() || IsArn(snapshot_.strings_->Text(key)) ? kNone : snapshot_.record(record).account;
  auto [found, added] = external_ids_.try_emplace({key, account}, kNone);
  if (added) {
    if (snapshot_.original_ != nullptr) found->second = keys_.FindExternal(key, account);
    if (found->second == kNone) {
      found->second = static_cast<uint32_t>(snapshot_.num_externals());
      snapshot_.externals_.push_back({.key = key, .account = account});
    }
  }
  const uint32_t id = found->second, first = snapshot_.first_external();
  if (snapshot_.external(id).table == kNone && model != kNone) {
    bylaw::External& external =
        id >= first ? snapshot_.externals_[id - first]
                    : snapshot_.changed_externals_.try_emplace(id, snapshot_.external(id)).first->second;
    external.table = model;
    external.model_name = snapshot_.strings_->Intern(program_.tables[model].name);
  }
  return {RefCell::MakeExternal(id), State::kKnown, 0};
}

ReferenceResolution::Resolved ReferenceResolution::FromCandidates(const Slot& slot, std::vector<Cell> candidates,
                                                                  StringId key, std::string_view note) {
  std::string detail =
      key == kNone ? std::string("one of ") : "`" + std::string(snapshot_.strings_->Text(key)) + "` is the key of ";
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
  auto [found, added] = candidate_ids_.try_emplace(candidates, static_cast<uint32_t>(snapshot_.num_candidate_lists()));
  if (added) snapshot_.candidates_.push_back(std::move(candidates));
  return {Cell{found->second} + 1, State::kUnknown, cause};
}

std::vector<Cell> ReferenceResolution::RowsWithKey(const Slot& slot, Row record, StringId key, StringId account,
                                                   bool any_account) {
  std::vector<Cell> rows, same_region;
  const StringId region = snapshot_.record(record).region;
  for (TableId table : *slot.allowed) {
    keys_.KeysOf(table).ForEach(key, [&](Row row) {
      const Record& found = snapshot_.record_of(table, row);
      if (!any_account && account != kNone && found.account != kNone && found.account != account) return;
      rows.push_back(RefCell::Make(table, row));
      if (found.region == region) same_region.push_back(rows.back());
    });
  }
  if (rows.size() > 1 && !any_account && same_region.size() == 1) return same_region;
  std::sort(rows.begin(), rows.end());
  return rows;
}

Row ReferenceResolution::FindRecord(uint32_t input, StringId address) {
  if (!has_records_by_address_) {
    has_records_by_address_ = true;
    for (Row r = 0; r < snapshot_.records_.size(); ++r) {
      if (builder_.IsDropped(r)) continue;
      const Record& record = snapshot_.record(r);
      records_by_address_.emplace(uint64_t{record.input} << 32 | record.address, r);
    }
  }
  auto found = records_by_address_.find(uint64_t{input} << 32 | address);
  return found == records_by_address_.end() ? kNone : found->second;
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
  if (RefCell::is_external(reference))
    return std::string(snapshot_.strings_->Text(snapshot_.external(RefCell::row(reference)).key));
  const Record& record = snapshot_.record_of(RefCell::table(reference), RefCell::row(reference));
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

#include "runtime/snapshot/snapshot_builder.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/builtins/iam.h"
#include "runtime/builtins/net.h"
#include "runtime/json/json_document.h"
#include "runtime/snapshot/canonical_order.h"
#include "runtime/snapshot/json_tree.h"
#include "runtime/snapshot/pending_cells.h"

namespace bylaw {

SnapshotBuilder::SnapshotBuilder(const Program& program) : program_(program), snapshot_(new Snapshot()) {
  snapshot_->arenas_.push_back(std::make_unique<Arena>());
  snapshot_->tables_.resize(program.tables.size());
  snapshot_->column_paths_.resize(program.tables.size());
  for (size_t t = 0; t < program.tables.size(); ++t) {
    const Table& table = program.tables[t];
    snapshot_->tables_[t].columns.resize(table.columns.size());
    for (const TableMapping& mapping : table.mappings) {
      auto& paths = snapshot_->column_paths_[t].emplace_back(table.columns.size());
      for (const FieldMapping& field : mapping.fields) {
        if (field.kind == FieldSourceKind::kPath && field.column < paths.size()) paths[field.column] = field.paths;
      }
    }
  }
  snapshot_->causes_.push_back({CauseKind::kUnresolved, "not known"});
}

SnapshotBuilder::SnapshotBuilder(const Program& program, std::shared_ptr<const Snapshot> original)
    : program_(program), snapshot_(new Snapshot(std::move(original))) {
  snapshot_->arenas_.push_back(std::make_unique<Arena>());
}

SnapshotBuilder::~SnapshotBuilder() = default;

StringPool& SnapshotBuilder::strings() { return *snapshot_->strings_; }
NetPool& SnapshotBuilder::nets() { return *snapshot_->nets_; }
Arena& SnapshotBuilder::arena() { return *snapshot_->arenas_.front(); }

CauseId SnapshotBuilder::InternCause(const Cause& cause) {
  std::string key(1, static_cast<char>(cause.kind));
  key += cause.detail;
  auto [found, added] = cause_ids_.try_emplace(std::move(key), static_cast<CauseId>(snapshot_->num_causes()));
  if (added) snapshot_->causes_.push_back(cause);
  return found->second;
}

void SnapshotBuilder::Keep(std::shared_ptr<const void> object) { snapshot_->kept_.push_back(std::move(object)); }

const IpSet* SnapshotBuilder::MakeIpSet(IpSet set) { return &snapshot_->ip_sets_.emplace_back(std::move(set)); }
const PortSet* SnapshotBuilder::MakePortSet(PortSet set) { return &snapshot_->port_sets_.emplace_back(std::move(set)); }

uint32_t SnapshotBuilder::AddInput(InputInfo info, Snapshot::Locator locator, std::vector<std::string> record_prefix) {
  snapshot_->inputs_.push_back(std::move(info));
  snapshot_->locators_.push_back(std::move(locator));
  snapshot_->record_prefixes_.push_back(std::move(record_prefix));
  return static_cast<uint32_t>(snapshot_->inputs_.size() - 1);
}

InputInfo& SnapshotBuilder::input(uint32_t index) { return snapshot_->inputs_[index]; }

void SnapshotBuilder::SetRecordPrefix(uint32_t input, std::vector<std::string> prefix) {
  snapshot_->record_prefixes_[input] = std::move(prefix);
}

void SnapshotBuilder::CoverFormat(std::string_view format) { covered_formats_.emplace_back(format); }
void SnapshotBuilder::CoverTable(TableId table) { covered_tables_.push_back(table); }
void SnapshotBuilder::SetNotCoveredReason(TableId table, std::string reason) {
  not_covered_reasons_[table] = std::move(reason);
}
void SnapshotBuilder::SetNotCovered(std::string_view format, const std::string& reason) {
  for (TableId table = 0; table < program_.tables.size(); ++table) {
    const std::vector<TableMapping>& mappings = program_.tables[table].mappings;
    const auto is_of_format = [&](const TableMapping& mapping) { return mapping.format == format; };
    if (std::any_of(mappings.begin(), mappings.end(), is_of_format)) SetNotCoveredReason(table, reason);
  }
}
void SnapshotBuilder::NoteDuplicateKey(std::string_view key, uint64_t earlier, uint64_t later) {
  duplicate_keys_.try_emplace(later, DuplicateKey{std::string(key), earlier, later});
}

std::vector<SnapshotBuilder::DuplicateKey> SnapshotBuilder::TakeDuplicateKeys() {
  std::vector<DuplicateKey> keys;
  for (auto& [offset, key] : duplicate_keys_) keys.push_back(std::move(key));
  duplicate_keys_.clear();
  return keys;
}

void SnapshotBuilder::CoverAll() { cover_all_ = true; }

void SnapshotBuilder::AddMove(std::string_view address, std::string_view previous) {
  snapshot_->previous_addresses_[strings().Intern(address)] = strings().Intern(previous);
}

void SnapshotBuilder::AddInlineWaiver(InlineWaiver waiver, Row record) {
  std::vector<InlineWaiver>& waivers = snapshot_->inline_waivers_;
  const auto [place, is_new] = inline_waivers_.try_emplace(
      {waiver.location.file, waiver.location.line, waiver.location.column, waiver.rule, waiver.problem},
      waivers.size());
  if (is_new) waivers.push_back(std::move(waiver));
  if (record != kNone) waivers[place->second].records.push_back(record);
}

Row SnapshotBuilder::AddRecord(const Record& record) {
  snapshot_->records_.push_back(record);
  return static_cast<Row>(snapshot_->records_.size() - 1);
}

const Record& SnapshotBuilder::record(Row record) const { return snapshot_->records_[record]; }
size_t SnapshotBuilder::num_records() const { return snapshot_->records_.size(); }

void SnapshotBuilder::AddAlias(Row record, StringId key) { snapshot_->aliases_.emplace_back(key, record); }

void SnapshotBuilder::SetTags(Row record, Cell tags, State state, CauseId cause) {
  if (snapshot_->tags_.size() <= record) snapshot_->tags_.resize(record + size_t{1});
  snapshot_->tags_[record] = {tags, state, cause, snapshot_->tags_[record].taggable};
}

void SnapshotBuilder::SetTaggable(Row record, bool taggable) {
  if (snapshot_->tags_.size() <= record) snapshot_->tags_.resize(record + size_t{1});
  snapshot_->tags_[record].taggable = taggable ? Tri::kTrue : Tri::kFalse;
}

void SnapshotBuilder::DropRecord(Row record) {
  if (dropped_.size() <= record) dropped_.resize(record + size_t{1}, 0);
  dropped_[record] = 1;
}

void SnapshotBuilder::AppendRows(TableId table, uint32_t mapping, const RowBatch& batch,
                                 std::span<const uint8_t> keep) {
  TableData& data = snapshot_->tables_[table];
  const uint32_t num_rows = batch.num_rows();
  const bool all = keep.empty();
  const auto kept =
      all ? num_rows : static_cast<uint32_t>(std::count_if(keep.begin(), keep.end(), [](uint8_t k) { return k != 0; }));
  for (size_t c = 0; c < data.columns.size(); ++c) {
    Column& column = data.columns[c];
    const RowBatch::Values& values = batch.columns[c];
    const std::span<const Cell> cells = values.borrowed.empty() ? std::span<const Cell>(values.cells) : values.borrowed;
    if (all) {
      if (!values.borrowed.empty() && data.num_rows == 0) {
        column.borrowed = values.borrowed;
      } else {
        column.Own();
        column.cells.insert(column.cells.end(), cells.begin(), cells.end());
      }
      column.states.insert(column.states.end(), values.states.begin(), values.states.end());
    } else {
      column.Own();
      for (uint32_t row = 0; row < num_rows; ++row) {
        if (keep[row] == 0) continue;
        column.cells.push_back(cells[row]);
        column.states.push_back(values.states[row]);
      }
    }
    if (!values.causes.empty()) {
      Row to = data.num_rows;
      for (uint32_t row = 0; row < num_rows; ++row) {
        if (!all && keep[row] == 0) continue;
        if (IsUnknown(values.states[row])) column.causes[to] = values.causes[row];
        ++to;
      }
    }
  }
  for (uint32_t row = 0; row < num_rows; ++row) {
    if (!all && keep[row] == 0) continue;
    data.records.push_back(batch.records[row]);
    data.offsets.push_back(batch.offsets.empty() ? snapshot_->records_[batch.records[row]].offset : batch.offsets[row]);
    data.possible.push_back(batch.possible.empty() ? uint8_t{0} : batch.possible[row]);
    data.mappings.push_back(static_cast<uint16_t>(mapping));
  }
  data.num_rows += kept;
}

Cell SnapshotBuilder::PendingKey(StringId key) { return RefCell::Make(kPendingKeyTable, key); }
Cell SnapshotBuilder::PendingRecord(Row record) { return RefCell::Make(kPendingRecordTable, record); }

Cell SnapshotBuilder::PendingTargets(uint32_t input, std::vector<ReferenceTarget> targets, StringId key,
                                     std::string_view note) {
  choices_.push_back({input, std::move(targets), key, std::string(note)});
  return RefCell::Make(kPendingChoiceTable, static_cast<Row>(choices_.size() - 1));
}

void SnapshotBuilder::Change(TableId table, Row row, ColumnId column, const GivenValue& value) {
  BYLAW_CHECK(snapshot_->original_ != nullptr && column < snapshot_->table(table).columns.size() &&
                  row < snapshot_->num_rows(table),
              "table {}, row {}, column {}", table, row, column);
  Column* values = nullptr;
  for (Snapshot::ChangedColumn& changed : snapshot_->changed_columns_) {
    if (changed.table == table && changed.column == column) values = changed.values.get();
  }
  if (values == nullptr) {
    values =
        snapshot_->changed_columns_.emplace_back(Snapshot::ChangedColumn{table, column, std::make_unique<Column>()})
            .values.get();
    values->original = &snapshot_->original_->tables_[table].columns[column];
  }
  const auto before = std::find_if(values->changes.begin(), values->changes.end(),
                                   [&](const Column::Change& change) { return change.row == row; });
  (before != values->changes.end() ? *before : values->changes.emplace_back()) = {row, value.cell, value.state,
                                                                                  value.cause};
}

void SnapshotBuilder::ChangeTags(Row record, Cell tags, State state) {
  snapshot_->changed_tags_[record] = {tags, state, 0};
}

Row SnapshotBuilder::AddRow(TableId table, std::string_view address) {
  TableData& data = snapshot_->tables_[table];
  Record record;
  record.address = strings().Intern(address);
  record.type = strings().Intern(program_.tables[table].name);
  record.input = kNone;
  data.records.push_back(AddRecord(record));
  data.offsets.push_back(0);
  data.possible.push_back(0);
  data.mappings.push_back(0);
  for (Column& column : data.columns) {
    column.Own();
    column.cells.push_back(0);
    column.states.push_back(kUnset);
  }
  return data.num_rows++;
}

void SnapshotBuilder::SetCell(TableId table, Row row, ColumnId column, Cell cell, State state) {
  TableData& data = snapshot_->tables_[table];
  BYLAW_CHECK(column < data.columns.size() && row < data.num_rows, "table {}, row {}, column {}", table, row, column);
  data.columns[column].Own();
  data.columns[column].cells[row] = cell;
  data.columns[column].states[row] = state;
}

void SnapshotBuilder::Set(TableId table, Row row, ColumnId column, Cell value) {
  SetCell(table, row, column, value, State::kKnown);
}
void SnapshotBuilder::SetAbsent(TableId table, Row row, ColumnId column) {
  SetCell(table, row, column, 0, State::kAbsent);
}

void SnapshotBuilder::SetConstant(TableId table, Row row, ColumnId column, uint32_t constant) {
  if (program_.constants[constant].state == State::kAbsent) return SetAbsent(table, row, column);
  Set(table, row, column, MakeConstant(constant, program_.tables[table].columns[column].type));
}

void SnapshotBuilder::SetReference(TableId table, Row row, ColumnId column, TableId target_table, Row target) {
  // By record, since rows may still move.
  Set(table, row, column, PendingRecord(snapshot_->tables_[target_table].records[target]));
}

void SnapshotBuilder::SetReferenceKey(TableId table, Row row, ColumnId column, std::string_view key) {
  Set(table, row, column, PendingKey(strings().Intern(key)));
}

void SnapshotBuilder::SetUnknown(TableId table, Row row, ColumnId column, std::string_view cause) {
  SetCell(table, row, column, 0, State::kUnknown);
  MutableColumn(table, column).causes[row] = InternCause({CauseKind::kUnresolved, std::string(cause)});
}

void SnapshotBuilder::Give(TableId table, Row row, ColumnId column, const GivenValue& value) {
  SetCell(table, row, column, value.cell, value.state);
  if (IsUnknown(value.state)) MutableColumn(table, column).causes[row] = value.cause;
}

void SnapshotBuilder::SetPossible(TableId table, Row row) { snapshot_->tables_[table].possible[row] = 1; }

void SnapshotBuilder::SetPlace(TableId table, Row row, std::string_view account, std::string_view region) {
  Record& record = snapshot_->records_[snapshot_->tables_[table].records[row]];
  record.account = account.empty() ? kNone : strings().Intern(account);
  record.region = region.empty() ? kNone : strings().Intern(region);
}

void SnapshotBuilder::SetId(Row record, std::string_view id) { snapshot_->records_[record].id = strings().Intern(id); }

Cell SnapshotBuilder::MakeList(std::span<const Cell> cells, std::span<const State> states) {
  auto* list = arena().Make<ListObject>();
  list->size = static_cast<uint32_t>(cells.size());
  std::span<Cell> own = arena().MakeArray<Cell>(cells.size());
  std::copy(cells.begin(), cells.end(), own.begin());
  list->cells = own.data();
  list->all_known = std::all_of(states.begin(), states.end(), [](State state) { return state == State::kKnown; });
  if (!list->all_known) {
    std::span<State> own_states = arena().MakeArray<State>(states.size());
    std::copy(states.begin(), states.end(), own_states.begin());
    list->states = own_states.data();
  }
  return ObjectToCell<ListObject>(list);
}

Cell SnapshotBuilder::MakeMap(std::span<const Cell> keys, std::span<const Cell> cells, std::span<const State> states) {
  // Canonical order, and of equal keys the last.
  std::vector<size_t> order;
  for (size_t i = 0; i < keys.size(); ++i) order.push_back(i);
  auto text = [&](size_t i) { return strings().Text(static_cast<StringId>(keys[i])); };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return text(a) < text(b); });
  std::vector<size_t> distinct;
  for (size_t i : order) {
    if (!distinct.empty() && keys[distinct.back()] == keys[i]) distinct.pop_back();
    distinct.push_back(i);
  }
  auto* map = arena().Make<MapObject>();
  std::span<Cell> own_keys = arena().MakeArray<Cell>(distinct.size());
  std::span<Cell> own_cells = arena().MakeArray<Cell>(distinct.size());
  std::span<State> own_states = states.empty() ? std::span<State>() : arena().MakeArray<State>(distinct.size());
  for (size_t i = 0; i < distinct.size(); ++i) {
    own_keys[i] = keys[distinct[i]];
    own_cells[i] = cells[distinct[i]];
    if (!states.empty()) {
      own_states[i] = states[distinct[i]];
      if (own_states[i] != State::kKnown) map->all_known = false;
    }
  }
  map->size = static_cast<uint32_t>(distinct.size());
  map->keys = own_keys.data();
  map->cells = own_cells.data();
  map->states = map->all_known ? nullptr : own_states.data();
  return ObjectToCell<MapObject>(map);
}

Cell SnapshotBuilder::MakeConstant(uint32_t index, TypeId type) {
  return MakeConstant(program_.constants, index, type);
}

Cell SnapshotBuilder::MakeConstant(std::span<const Constant> constants, uint32_t index, TypeId type) {
  const Constant& constant = constants[index];
  const TypeEntry& entry = program_.types[type];
  switch (entry.kind) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kTime:
    case TypeKind::kDuration: return constant.bits;
    case TypeKind::kString: return strings().Intern(constant.text);
    case TypeKind::kRef: return PendingKey(strings().Intern(constant.text));
    case TypeKind::kVersion: return VersionCell(static_cast<uint8_t>(constant.bits), strings().Intern(constant.text));
    case TypeKind::kIp: return nets().Intern(ParseIp(constant.text).value_or(Ip()));
    case TypeKind::kCidr: return nets().Intern(ParseCidr(constant.text).value_or(Cidr()));
    case TypeKind::kList:
    case TypeKind::kSet: {
      std::vector<Cell> cells;
      for (uint32_t element : constant.elements) cells.push_back(MakeConstant(constants, element, entry.element));
      if (entry.kind == TypeKind::kSet) MakeCanonical(program_.types[entry.element].kind, strings(), nets(), &cells);
      return MakeList(cells);
    }
    case TypeKind::kMap: {
      std::vector<Cell> keys, cells;
      for (size_t i = 0; i + 1 < constant.elements.size(); i += 2) {
        keys.push_back(strings().Intern(constants[constant.elements[i]].text));
        cells.push_back(MakeConstant(constants, constant.elements[i + 1], entry.element));
      }
      return MakeMap(keys, cells);
    }
    case TypeKind::kIpSet: {
      std::vector<Cidr> cidrs;
      for (uint32_t element : constant.elements) {
        if (auto cidr = ParseCidr(constants[element].text)) cidrs.push_back(*cidr);
      }
      return ObjectToCell(MakeIpSet(ToIpSet(cidrs)));
    }
    case TypeKind::kPortSet: {
      std::vector<PortRange> ranges;
      for (size_t i = 0; i + 1 < constant.elements.size(); i += 2) {
        ranges.push_back({static_cast<uint16_t>(constants[constant.elements[i]].bits),
                          static_cast<uint16_t>(constants[constant.elements[i + 1]].bits)});
      }
      return ObjectToCell(MakePortSet(PortSet::Of(std::move(ranges))));
    }
    case TypeKind::kIamDocument: {
      auto parsed = ParseIamDocument(constant.text);
      const auto document = std::make_shared<const IamDocument>(parsed.ok() ? std::move(*parsed) : IamDocument());
      Keep(document);
      return ObjectToCell(document.get());
    }
    case TypeKind::kJson: {
      JsonDocument document;
      auto value = document.Parse(constant.text);
      return ObjectToCell(MakeJsonTree(value.ok() ? *value : JsonValue(), {}, arena()));
    }
  }
  return 0;
}

}  // namespace bylaw

// SnapshotBuilder::Finish and its phases: from what the importers added to the sealed snapshot.

#include <algorithm>
#include <map>
#include <numeric>

#include "runtime/base/check.h"
#include "runtime/snapshot/pending_cells.h"
#include "runtime/snapshot/reference_resolution.h"
#include "runtime/snapshot/snapshot_builder.h"

namespace bylaw {

std::unique_ptr<Snapshot> SnapshotBuilder::Finish(const FinishOptions& options) {
  BYLAW_CHECK(snapshot_ != nullptr, "Finish() of a spent builder");
  if (snapshot_->original_ != nullptr) {
    ReferenceResolution(*this).Run();
    return std::move(snapshot_);
  }
  const size_t num_source_records = snapshot_->records_.size();
  AddDataRows();
  AddPlaceRows(num_source_records);
  AddResourceRows(num_source_records);
  FillUnset();
  DropAndOrder();
  MarkContext();
  MergeContext();
  ReferenceResolution resolution(*this);
  resolution.Run();
  unresolved_ = resolution.TakeUnresolved();
  FillCoverage(options.closed_world);
  Pack();
  snapshot_->closed_world_ = options.closed_world;
  snapshot_->sensitive_ = std::make_shared<const SensitiveTexts>(std::move(sensitive_));
  if (!snapshot_->tags_.empty()) snapshot_->tags_.resize(snapshot_->records_.size());
  return std::move(snapshot_);
}

void SnapshotBuilder::AppendHandMadeRow(TableId table, Row record, std::span<const Cell> cells,
                                        std::span<const State> states) {
  TableData& data = snapshot_->tables_[table];
  for (size_t c = 0; c < data.columns.size(); ++c) {
    data.columns[c].cells.push_back(cells[c]);
    data.columns[c].states.push_back(states[c]);
  }
  data.records.push_back(record);
  data.offsets.push_back(snapshot_->records_[record].offset);
  data.possible.push_back(0);
  data.mappings.push_back(0);
  ++data.num_rows;
}

void SnapshotBuilder::AddDataRows() {
  for (TableId t = 0; t < program_.tables.size(); ++t) {
    const Table& table = program_.tables[t];
    for (size_t r = 0; r < table.data_rows.size(); ++r) {
      const Row row = AddRow(t, table.name + "[" + std::to_string(r) + "]");
      for (ColumnId c = 0; c < table.columns.size() && c < table.data_rows[r].size(); ++c)
        SetConstant(t, row, c, table.data_rows[r][c]);
    }
  }
}

void SnapshotBuilder::AddPlaceRows(size_t num_source_records) {
  // Accounts and regions in order of their text; an account's regions likewise.
  auto by_text = [this](StringId a, StringId b) { return strings().Text(a) < strings().Text(b); };
  std::map<StringId, std::map<StringId, bool, decltype(by_text)>, decltype(by_text)> accounts(by_text);
  std::map<StringId, Row, decltype(by_text)> regions(by_text);
  const Record* last = nullptr;
  for (Row r = 0; r < num_source_records; ++r) {
    const Record& source = snapshot_->records_[r];
    if (IsDropped(r)) continue;
    // Most stand where the one before stands.
    if (last != nullptr && last->account == source.account && last->region == source.region) continue;
    last = &source;
    if (source.region != kNone) regions.emplace(source.region, r);
    if (source.account == kNone) continue;
    auto& own = accounts.try_emplace(source.account, by_text).first->second;
    if (source.region != kNone) own.emplace(source.region, true);
  }
  for (TableId t = 0; t < program_.tables.size(); ++t) {
    const Table& table = program_.tables[t];
    if (table.kind != TableKind::kAccounts && table.kind != TableKind::kRegions) continue;
    auto add = [&](StringId key, std::string_view type, const std::vector<Cell>& its_regions) {
      Record record;
      record.address = record.id = key;
      record.type = strings().Intern(type);
      record.input = kNone;
      (table.kind == TableKind::kAccounts ? record.account : record.region) = key;
      const Row own = AddRecord(record);
      std::vector<Cell> cells(table.columns.size(), 0);
      std::vector<State> states(table.columns.size(), State::kAbsent);
      for (size_t c = 0; c < table.columns.size(); ++c) {
        const TypeEntry& column_type = program_.types[table.columns[c].type];
        if (table.columns[c].is_key || table.columns[c].name == "id" || table.columns[c].name == "name") {
          cells[c] = key;
        } else if (table.columns[c].name == "regions" &&
                   (column_type.kind == TypeKind::kList || column_type.kind == TypeKind::kSet)) {
          std::vector<Cell> elements = its_regions;
          if (program_.types[column_type.element].kind == TypeKind::kRef) {
            for (Cell& element : elements) element = PendingKey(static_cast<StringId>(element));
          }
          cells[c] = MakeList(elements);
        } else {
          continue;
        }
        states[c] = State::kKnown;
      }
      AppendHandMadeRow(t, own, cells, states);
    };
    if (table.kind == TableKind::kAccounts) {
      for (const auto& [account, own] : accounts) {
        std::vector<Cell> its_regions;
        for (const auto& [region, present] : own) its_regions.push_back(region);
        add(account, "account", its_regions);
      }
    } else {
      for (const auto& [region, record] : regions) add(region, "region", {});
    }
  }
}

void SnapshotBuilder::AddResourceRows(size_t num_source_records) {
  for (TableId t = 0; t < program_.tables.size(); ++t) {
    const Table& table = program_.tables[t];
    if (table.kind != TableKind::kResources || table.only_named) continue;
    for (Row r = 0; r < num_source_records; ++r) {
      // What is known of a resource are its attributes, which are read from its record.
      std::vector<Cell> cells(table.columns.size(), 0);
      std::vector<State> states(table.columns.size(), State::kAbsent);
      for (size_t c = 0; c < table.columns.size(); ++c) {
        if (table.columns[c].name != "taggable") continue;
        const Tri taggable = snapshot_->TagsOf(r).taggable;
        cells[c] = taggable == Tri::kTrue ? 1 : 0;
        states[c] = taggable == Tri::kUnknown ? State::kUnknown : State::kKnown;
        if (taggable == Tri::kUnknown) {
          const std::string_view type = snapshot_->strings().Text(snapshot_->records_[r].type);
          snapshot_->tables_[t].columns[c].causes[snapshot_->tables_[t].num_rows] =
              InternCause({CauseKind::kUnresolved,
                           fmt::format("no tags are shown, nor whether resources of type `{}` can have any", type)});
        }
      }
      AppendHandMadeRow(t, r, cells, states);
    }
  }
}

SnapshotBuilder::GivenValue SnapshotBuilder::ValueWhenNotGiven(TableId table, ColumnId column) {
  const TableColumn& declared = program_.tables[table].columns[column];
  const TypeEntry& type = program_.types[declared.type];
  if (declared.default_value && program_.constants[*declared.default_value].state != State::kAbsent) {
    return {MakeConstant(*declared.default_value, declared.type), State::kKnown, 0};
  }
  if (!declared.default_value && !type.optional && type.kind != TypeKind::kJson) {
    // As in an export that leaves out what every resource has.
    return {0, State::kUnknown, InternCause({CauseKind::kAbsentPath, "no `" + declared.name + "` is given"})};
  }
  return {0, State::kAbsent, 0};
}

void SnapshotBuilder::FillUnset() {
  for (TableId t = 0; t < program_.tables.size(); ++t) {
    for (ColumnId c = 0; c < program_.tables[t].columns.size(); ++c) {
      Column& column = MutableColumn(t, c);
      for (Row row = 0; row < column.states.size(); ++row) {
        if (column.states[row] != kUnset) continue;
        const GivenValue value = ValueWhenNotGiven(t, c);
        column.cells[row] = value.cell;
        column.states[row] = value.state;
        if (IsUnknown(value.state)) column.causes[row] = value.cause;
      }
    }
  }
}

namespace {

/// Moves `values[order[i]]` to position i.
template <typename T>
void Gather(const std::vector<Row>& order, std::vector<T>* values) {
  std::vector<T> gathered;
  gathered.reserve(order.size());
  for (Row row : order) gathered.push_back((*values)[row]);
  *values = std::move(gathered);
}

}  // namespace

void SnapshotBuilder::KeepRows(TableId table, const std::vector<Row>& order) {
  TableData& data = snapshot_->tables_[table];
  for (Column& column : data.columns) {
    column.Own();
    Gather(order, &column.cells);
    Gather(order, &column.states);
    if (column.causes.empty()) continue;
    std::unordered_map<Row, CauseId> causes;
    for (Row to = 0; to < order.size(); ++to) {
      const auto found = column.causes.find(order[to]);
      if (found != column.causes.end()) causes.emplace(to, found->second);
    }
    column.causes = std::move(causes);
  }
  Gather(order, &data.records);
  Gather(order, &data.offsets);
  Gather(order, &data.possible);
  Gather(order, &data.mappings);
  if (!data.context_only.empty()) Gather(order, &data.context_only);
  data.num_rows = static_cast<uint32_t>(order.size());
}

void SnapshotBuilder::DropAndOrder() {
  for (TableData& data : snapshot_->tables_) {
    const bool drops =
        std::any_of(data.records.begin(), data.records.end(), [this](Row record) { return IsDropped(record); });
    if (!drops && std::is_sorted(data.records.begin(), data.records.end())) continue;
    std::vector<Row> order;
    order.reserve(data.num_rows);
    for (Row row = 0; row < data.num_rows; ++row) {
      if (!IsDropped(data.records[row])) order.push_back(row);
    }
    std::stable_sort(order.begin(), order.end(), [&](Row a, Row b) { return data.records[a] < data.records[b]; });
    KeepRows(static_cast<TableId>(&data - snapshot_->tables_.data()), order);
  }
}

void SnapshotBuilder::MarkContext() {
  const std::vector<InputInfo>& inputs = snapshot_->inputs_;
  if (std::none_of(inputs.begin(), inputs.end(), [](const InputInfo& input) { return input.context_only; })) return;
  for (TableData& data : snapshot_->tables_) {
    data.context_only.resize(data.num_rows, 0);
    for (Row row = 0; row < data.num_rows; ++row) {
      const uint32_t input = snapshot_->records_[data.records[row]].input;
      if (input < inputs.size() && inputs[input].context_only) data.context_only[row] = 1;
    }
  }
}

void SnapshotBuilder::MergeContext() {
  for (TableId t = 0; t < program_.tables.size(); ++t) {
    TableData& data = snapshot_->tables_[t];
    if (std::find(data.context_only.begin(), data.context_only.end(), 1) == data.context_only.end()) continue;
    const Table& table = program_.tables[t];
    const ColumnId key = KeyColumn(program_, table);
    if (key == kNone) continue;
    const Column& keys = data.columns[key];
    std::unordered_multimap<Cell, Row> judged;
    for (Row row = 0; row < data.num_rows; ++row) {
      if (data.context_only[row] == 0 && keys.states[row] == State::kKnown) judged.emplace(keys.cell(row), row);
    }
    std::vector<Row> kept;
    for (Row row = 0; row < data.num_rows; ++row) {
      Row same = kNone;
      if (data.context_only[row] != 0 && keys.states[row] == State::kKnown) {
        const Record& own = snapshot_->records_[data.records[row]];
        const auto [first, last] = judged.equal_range(keys.cell(row));
        for (auto it = first; it != last; ++it) {
          const Record& other = snapshot_->records_[data.records[it->second]];
          if (own.account == kNone || other.account == kNone || own.account == other.account) same = it->second;
        }
      }
      if (same == kNone) {
        kept.push_back(row);
        continue;
      }
      // One row, with the input's values; what the input leaves unknown is taken from the context.
      for (Column& column : data.columns) {
        if (!IsUnknown(column.states[same]) || IsUnknown(column.states[row])) continue;
        column.Own();
        column.cells[same] = column.cells[row];
        column.states[same] = column.states[row];
        column.causes.erase(same);
      }
      merged_records_.emplace(data.records[row], data.records[same]);
    }
    if (kept.size() < data.num_rows) KeepRows(t, kept);
  }
  for (size_t i = 0, size = snapshot_->aliases_.size(); i < size; ++i) {
    const auto merged = merged_records_.find(snapshot_->aliases_[i].second);
    if (merged != merged_records_.end()) snapshot_->aliases_.emplace_back(snapshot_->aliases_[i].first, merged->second);
  }
}

void SnapshotBuilder::FillCoverage(bool closed_world) {
  auto has_format = [this](const std::string& format) {
    return std::find(covered_formats_.begin(), covered_formats_.end(), format) != covered_formats_.end();
  };
  for (TableId t = 0; t < program_.tables.size(); ++t) {
    const Table& table = program_.tables[t];
    TableData& data = snapshot_->tables_[t];
    const bool built_in =
        table.kind == TableKind::kAccounts || table.kind == TableKind::kRegions || table.kind == TableKind::kResources;
    data.covered = closed_world || cover_all_ || built_in || !table.data_rows.empty() ||
                   std::find(covered_tables_.begin(), covered_tables_.end(), t) != covered_tables_.end() ||
                   std::any_of(table.mappings.begin(), table.mappings.end(),
                               [&](const TableMapping& m) { return has_format(m.format); });
    if (data.covered) continue;
    if (const auto reason = not_covered_reasons_.find(t); reason != not_covered_reasons_.end()) {
      data.not_covered_reason = reason->second;
      continue;
    }
    std::vector<std::string> formats;
    for (const TableMapping& mapping : table.mappings) {
      if (std::find(formats.begin(), formats.end(), mapping.format) == formats.end()) formats.push_back(mapping.format);
    }
    if (formats.empty()) {
      data.not_covered_reason = "no export shows `" + table.name + "`";
      continue;
    }
    data.not_covered_reason = "no input shows `" + table.name + "`; it is made from ";
    for (size_t i = 0; i < formats.size(); ++i)
      data.not_covered_reason += (i == 0 ? "" : i + 1 < formats.size() ? ", " : " or ") + formats[i];
  }
}

void SnapshotBuilder::Pack() {
  for (TableData& data : snapshot_->tables_) {
    for (Column& column : data.columns) {
      if (std::all_of(column.states.begin(), column.states.end(), [](State state) { return state == State::kKnown; })) {
        std::vector<State>().swap(column.states);
      }
      column.cells.shrink_to_fit();
    }
    auto drop_zeros = [](auto& values) {
      if (std::all_of(values.begin(), values.end(), [](auto value) { return value == 0; }))
        std::decay_t<decltype(values)>().swap(values);
    };
    drop_zeros(data.possible);
    drop_zeros(data.context_only);
    drop_zeros(data.mappings);
    const bool unnested = [&] {
      for (Row row = 0; row < data.num_rows; ++row) {
        if (data.offsets[row] != snapshot_->records_[data.records[row]].offset) return true;
      }
      return false;
    }();
    if (!unnested) std::vector<uint64_t>().swap(data.offsets);
  }
}

}  // namespace bylaw

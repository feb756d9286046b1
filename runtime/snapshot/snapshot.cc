#include "runtime/snapshot/snapshot.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "runtime/base/check.h"
#include "runtime/snapshot/reference_keys.h"

namespace bylaw {

namespace {

/// More distinct upper halves than this, and the cells are no references or codes but numbers: hash them.
constexpr size_t kMaxDense = 16;

}  // namespace

const Column::Change* Column::ChangeOf(Row row) const {
  for (const Change& change : changes) {
    if (change.row == row) return &change;
  }
  return nullptr;
}

Cell Column::ChangedCell(Row row) const {
  const Change* change = ChangeOf(row);
  return change != nullptr ? change->cell : original->cell(row);
}

State Column::ChangedState(Row row) const {
  const Change* change = ChangeOf(row);
  return change != nullptr ? change->state : original->state(row);
}

const CauseId* Column::cause(Row row) const {
  if (original != nullptr) {
    const Change* change = ChangeOf(row);
    return change != nullptr ? &change->cause : original->cause(row);
  }
  const auto found = causes.find(row);
  return found == causes.end() ? nullptr : &found->second;
}

std::span<const Row> ColumnIndex::Find(Cell cell) const {
  if (original_ != nullptr) {
    const auto changed = changed_.find(cell);
    return changed != changed_.end() ? std::span<const Row>(changed->second) : original_->Find(cell);
  }
  const auto upper = static_cast<uint32_t>(cell >> 32), lower = static_cast<uint32_t>(cell);
  for (const Dense& dense : dense_) {
    if (dense.upper != upper) continue;
    if (lower < dense.first || lower - dense.first + 1 >= dense.starts.size()) return {};
    const uint32_t slot = lower - dense.first;
    return {rows_.data() + dense.starts[slot], dense.starts[slot + 1] - dense.starts[slot]};
  }
  auto found = ranges_.find(cell);
  if (found == ranges_.end()) return {};
  return {rows_.data() + found->second.first, found->second.second};
}

void ColumnIndex::Build(const std::vector<std::pair<Cell, Row>>& entries) {
  struct Extent {
    uint32_t least = kNone, most = 0;
    size_t count = 0;
  };
  std::map<uint32_t, Extent> extents;
  for (const auto& [cell, row] : entries) {
    Extent& extent = extents[static_cast<uint32_t>(cell >> 32)];
    const auto lower = static_cast<uint32_t>(cell);
    extent.least = std::min(extent.least, lower);
    extent.most = std::max(extent.most, lower);
    ++extent.count;
    if (extents.size() > kMaxDense) break;
  }
  const bool may_be_dense = extents.size() <= kMaxDense;
  rows_.resize(entries.size());
  uint32_t next = 0;
  if (may_be_dense) {
    for (const auto& [upper, extent] : extents) {
      const size_t width = size_t{extent.most} - extent.least + 1;
      if (width > 8 * extent.count + 1024) continue;
      Dense dense{upper, extent.least, std::vector<uint32_t>(width + 1, 0)};
      for (const auto& [cell, row] : entries) {
        if (static_cast<uint32_t>(cell >> 32) == upper) ++dense.starts[static_cast<uint32_t>(cell) - extent.least];
      }
      for (uint32_t& start : dense.starts) {
        const uint32_t count = start;
        start = next;
        next += count;
      }
      dense_.push_back(std::move(dense));
    }
  }
  auto dense_of = [this](Cell cell) -> Dense* {
    for (Dense& dense : dense_) {
      if (dense.upper == static_cast<uint32_t>(cell >> 32)) return &dense;
    }
    return nullptr;
  };
  for (const auto& [cell, row] : entries) {
    if (dense_of(cell) == nullptr) ++ranges_[cell].second;
  }
  for (auto& [cell, range] : ranges_) {
    range.first = next;
    next += range.second;
  }
  // Filling in entry order keeps the rows of each cell ascending. Starts move to their ends, and back afterwards.
  for (const auto& [cell, row] : entries) {
    if (Dense* dense = dense_of(cell)) {
      rows_[dense->starts[static_cast<uint32_t>(cell) - dense->first]++] = row;
    } else {
      rows_[ranges_[cell].first++] = row;
    }
  }
  for (Dense& dense : dense_) {
    for (size_t i = dense.starts.size() - 1; i > 0; --i) dense.starts[i] = dense.starts[i - 1];
    dense.starts[0] = 0;
    // The first slot begins where the dense range before it ended.
    if (&dense != dense_.data()) dense.starts[0] = (&dense - 1)->starts.back();
  }
  for (auto& [cell, range] : ranges_) range.first -= range.second;
}

void ColumnIndex::BuildChanged(const ColumnIndex& original, const Column& column,
                               std::span<const std::vector<Cell>> candidates) {
  original_ = &original;
  absent_ = original.absent_;
  unknown_ = original.unknown_;
  auto rows_of = [&](Cell cell) -> std::vector<Row>& {
    auto [found, added] = changed_.try_emplace(cell);
    if (added) {
      const std::span<const Row> rows = original.Find(cell);
      found->second.assign(rows.begin(), rows.end());
    }
    return found->second;
  };
  // Calls `use` with each list that a row with such a value stands in. Lists of candidates are `candidates` of before and after, in this order.
  auto for_lists = [&](State state, Cell cell, std::span<const Cell> may_be, const auto& use) {
    if (state == State::kKnown) return use(rows_of(cell));
    if (state == State::kAbsent) return use(absent_);
    if (may_be.empty()) return use(unknown_);
    for (Cell candidate : may_be) use(rows_of(candidate));
  };
  for (size_t i = 0; i < column.changes.size(); ++i) {
    const Column::Change& change = column.changes[i];
    for_lists(column.original->state(change.row), column.original->cell(change.row), candidates[2 * i],
              [&](std::vector<Row>& rows) { std::erase(rows, change.row); });
    for_lists(change.state, change.cell, candidates[2 * i + 1], [&](std::vector<Row>& rows) {
      rows.insert(std::lower_bound(rows.begin(), rows.end(), change.row), change.row);
    });
  }
}

Snapshot::Snapshot() : strings_(std::make_unique<StringPool>()), nets_(std::make_unique<NetPool>()) {}

Snapshot::Snapshot(std::shared_ptr<const Snapshot> original)
    : original_(std::move(original)),
      closed_world_(original_->closed_world_),
      strings_(std::make_unique<StringPool>(original_->strings_.get())),
      nets_(std::make_unique<NetPool>(original_->nets_.get())) {
  BYLAW_CHECK(original_->original_ == nullptr, "a change of a changed snapshot");
}

Snapshot::~Snapshot() = default;

const Snapshot::Tags& Snapshot::TagsOf(Row record) const {
  static const Tags kNoTags;
  if (const auto changed = changed_tags_.find(record); changed != changed_tags_.end()) return changed->second;
  return record < root().tags_.size() ? root().tags_[record] : kNoTags;
}

ReferenceKeys& Snapshot::reference_keys(const Program& program) const {
  if (original_ != nullptr) return original_->reference_keys(program);
  std::lock_guard lock(index_mutex_);
  if (reference_keys_ == nullptr) reference_keys_ = std::make_unique<ReferenceKeys>(program, *this, aliases_);
  return *reference_keys_;
}

const ColumnIndex& Snapshot::Index(TableId table, ColumnId column) const {
  if (original_ != nullptr) {
    const ColumnIndex& loaded = original_->Index(table, column);
    std::lock_guard lock(index_mutex_);
    for (ChangedColumn& changed : changed_columns_) {
      if (changed.table != table || changed.column != column) continue;
      if (changed.index != nullptr) return *changed.index;
      std::vector<std::vector<Cell>> candidates;
      auto add_candidates = [&](State state, Cell cell) {
        std::vector<Cell>& list = candidates.emplace_back();
        if (state == State::kUnknown && cell != 0)
          list.assign(this->candidates(static_cast<uint32_t>(cell - 1)).begin(),
                      this->candidates(static_cast<uint32_t>(cell - 1)).end());
      };
      for (const Column::Change& change : changed.values->changes) {
        add_candidates(changed.values->original->state(change.row), changed.values->original->cell(change.row));
        add_candidates(change.state, change.cell);
      }
      changed.index = std::make_unique<ColumnIndex>();
      changed.index->BuildChanged(loaded, *changed.values, candidates);
      return *changed.index;
    }
    return loaded;
  }
  std::lock_guard lock(index_mutex_);
  if (indexes_.size() < tables_.size()) indexes_.resize(tables_.size());
  if (indexes_[table].size() < tables_[table].columns.size()) indexes_[table].resize(tables_[table].columns.size());
  std::unique_ptr<ColumnIndex>& slot = indexes_[table][column];
  if (slot != nullptr) return *slot;

  auto index = std::make_unique<ColumnIndex>();
  const TableData& data = tables_[table];
  const Column& values = data.columns[column];
  std::vector<std::pair<Cell, Row>> entries;
  entries.reserve(data.num_rows);
  for (Row row = 0; row < data.num_rows; ++row) {
    switch (values.state(row)) {
      case State::kKnown: entries.emplace_back(values.cell(row), row); break;
      case State::kAbsent: index->absent_.push_back(row); break;
      case State::kRanged: index->unknown_.push_back(row); break;
      case State::kUnknown:
        // Only references have candidates, and only their unknown cells are not 0.
        if (values.cell(row) == 0) {
          index->unknown_.push_back(row);
        } else {
          for (Cell candidate : candidates_[values.cell(row) - 1]) entries.emplace_back(candidate, row);
        }
        break;
    }
  }
  index->Build(entries);
  slot = std::move(index);
  return *slot;
}

std::vector<Location> Snapshot::Locate(std::span<const Row> records) const {
  if (original_ != nullptr) return original_->Locate(records);
  std::vector<Location> locations(records.size());
  std::map<uint32_t, std::vector<size_t>> by_input;
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i] < records_.size() && records_[records[i]].input < inputs_.size())
      by_input[records_[records[i]].input].push_back(i);
  }
  for (const auto& [input, positions] : by_input) {
    std::vector<LocationQuery> queries;
    for (size_t i : positions) queries.push_back({records_[records[i]].offset});
    std::vector<Location> found;
    if (locators_[input]) found = locators_[input](queries);
    for (size_t i = 0; i < positions.size(); ++i) {
      if (i < found.size()) locations[positions[i]] = std::move(found[i]);
      locations[positions[i]].file = inputs_[input].path;
    }
  }
  return locations;
}

std::vector<LocationQuery> Snapshot::QueriesFor(const Place& place) const {
  const TableData& data = tables_[place.table];
  const Record& record = records_[data.records[place.row]];
  const uint64_t offset = data.offsets.empty() ? record.offset : data.offsets[place.row];
  const size_t mapping = data.mappings.empty() ? 0 : data.mappings[place.row];
  std::vector<LocationQuery> queries;
  if (place.column != kNone && mapping < column_paths_[place.table].size() &&
      place.column < column_paths_[place.table][mapping].size()) {
    for (const std::vector<std::string>& path : column_paths_[place.table][mapping][place.column]) {
      LocationQuery& query = queries.emplace_back(LocationQuery{offset, path});
      const bool steps_out = !path.empty() && path.front().empty();
      if (!path.empty() && path.front() == "@") {
        query.offset = record.offset;
        query.path.erase(query.path.begin());
      } else if (offset == record.offset || steps_out) {
        query.offset = record.offset;
        std::erase(query.path, std::string());
        query.path.insert(query.path.begin(), record_prefixes_[record.input].begin(),
                          record_prefixes_[record.input].end());
      }
    }
  }
  if (queries.empty()) queries.push_back({offset});
  return queries;
}

std::vector<Location> Snapshot::LocateAll(std::span<const Place> places) const {
  if (original_ != nullptr) return original_->LocateAll(places);
  struct Asked {
    size_t place;
    size_t first, count;  // of the input's queries: alternatives
  };
  struct Batch {
    std::vector<LocationQuery> queries;
    std::vector<Asked> asked;
  };
  std::map<uint32_t, Batch> by_input;
  for (size_t i = 0; i < places.size(); ++i) {
    const uint32_t input = record_of(places[i].table, places[i].row).input;
    if (input >= inputs_.size()) continue;
    Batch& batch = by_input[input];
    std::vector<LocationQuery> queries = QueriesFor(places[i]);
    batch.asked.push_back({i, batch.queries.size(), queries.size()});
    std::move(queries.begin(), queries.end(), std::back_inserter(batch.queries));
  }
  std::vector<Location> locations(places.size());
  for (auto& [input, batch] : by_input) {
    std::vector<Location> found;
    if (locators_[input]) found = locators_[input](batch.queries);
    for (const Asked& asked : batch.asked) {
      Location& location = locations[asked.place];
      // The alternative that is there is the one that leads deepest.
      for (size_t q = asked.first; q < asked.first + asked.count && q < found.size(); ++q) {
        if (q == asked.first || found[q].pointer.size() > location.pointer.size()) location = found[q];
      }
      location.file = inputs_[input].path;
    }
  }
  return locations;
}

Location Snapshot::LocateRow(TableId table, Row row) const { return LocateValue(table, row, kNone); }

Location Snapshot::LocateValue(TableId table, Row row, ColumnId column) const {
  const Place place{table, row, column};
  return LocateAll(std::span(&place, 1))[0];
}

}  // namespace bylaw

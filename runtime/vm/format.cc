#include "runtime/vm/format.h"

#include "runtime/builtins/text.h"
#include "runtime/builtins/time.h"
#include "runtime/vm/canonical_order.h"
#include "runtime/vm/convert.h"

namespace bylaw {

namespace {

std::string FormatRef(const EvaluationState& state, Cell cell) {
  const Snapshot* snapshot = state.snapshot;
  if (snapshot == nullptr) return "(a resource)";
  uint32_t row = RefCell::row(cell);
  if (RefCell::is_external(cell)) {
    return row < snapshot->num_externals() ? std::string(snapshot->strings().Text(snapshot->external(row).key))
                                           : "(a resource outside the snapshot)";
  }
  TableId table = RefCell::table(cell);
  if (table >= snapshot->num_tables() || row >= snapshot->num_rows(table)) return "(no such resource)";
  if (snapshot->record_id(table, row) != kNone) return std::string(snapshot->address(table, row));
  const TableData& data = snapshot->table(table);
  // Rows of facts, accounts and regions have no record: their key names them.
  if (table < state.program.tables.size()) {
    const Table& definition = state.program.tables[table];
    for (ColumnId c = 0; c < definition.columns.size() && c < data.columns.size(); ++c) {
      if (!definition.columns[c].is_key || row >= data.columns[c].size()) continue;
      return FormatValue(state, definition.columns[c].type,
                         {snapshot->column(table, c).cell(row), snapshot->column(table, c).state(row)});
    }
    return fmt::format("{} row {}", definition.name, row);
  }
  return fmt::format("row {}", row);
}

std::string FormatList(const EvaluationState& state, TypeId element, const ListObject& list) {
  std::string text;
  for (uint32_t i = 0; i < list.size; ++i) {
    if (i > 0) text += ", ";
    text += FormatValue(state, element, {list.cells[i], list.state(i)});
    if (text.size() > kMaxTextSize) return text;
  }
  return text;
}

}  // namespace

std::string FormatValue(const EvaluationState& state, TypeId type_id, const Value& value) {
  bool is_type = type_id < state.program.types.size();
  if (value.state == State::kAbsent) return "(absent)";
  if (value.state == State::kRanged) {
    if (value.upper == kUnbounded) return fmt::format("{} or more", CellToInt(value.cell));
    return fmt::format("{} to {}", CellToInt(value.cell), value.upper);
  }
  if (value.state == State::kUnknown) {
    if (is_type && state.kind(type_id) == TypeKind::kRef) {
      std::span<const Cell> candidates = CandidatesOf(state, value.cell, value.state);
      if (!candidates.empty() && candidates.size() <= 4) {
        std::string text = "(one of ";
        for (size_t i = 0; i < candidates.size(); ++i) text += (i == 0 ? "" : ", ") + FormatRef(state, candidates[i]);
        return text + ")";
      }
    }
    return "(unknown)";
  }
  if (!is_type) return "(a value)";
  const TypeEntry& type = state.program.types[type_id];
  Cell cell = value.cell;
  switch (type.kind) {
    case TypeKind::kBool: return cell != 0 ? "true" : "false";
    case TypeKind::kInt: return fmt::format("{}", CellToInt(cell));
    case TypeKind::kFloat: return FormatFloat(CellToFloat(cell));
    case TypeKind::kString:
    case TypeKind::kVersion: return std::string(state.pools.strings->Text(static_cast<StringId>(cell)));
    case TypeKind::kTime: return FormatTime(CellToInt(cell));
    case TypeKind::kDuration: return FormatDuration(CellToInt(cell));
    case TypeKind::kIp: return ToString(state.pools.nets->GetIp(static_cast<NetId>(cell)));
    case TypeKind::kCidr: return ToString(state.pools.nets->Get(static_cast<NetId>(cell)));
    case TypeKind::kRef: return FormatRef(state, cell);
    case TypeKind::kList: return fmt::format("[{}]", FormatList(state, type.element, *CellToObject<ListObject>(cell)));
    case TypeKind::kSet: return "{" + FormatList(state, type.element, *CellToObject<ListObject>(cell)) + "}";
    case TypeKind::kMap: {
      const auto& map = *CellToObject<MapObject>(cell);
      std::string text = "{";
      for (uint32_t i = 0; i < map.size && text.size() <= kMaxTextSize; ++i) {
        if (i > 0) text += ", ";
        std::string key = type.key < state.program.types.size()
                              ? FormatValue(state, type.key, {map.keys[i]})
                              : std::string(state.pools.strings->Text(static_cast<StringId>(map.keys[i])));
        text += key + ": " + FormatValue(state, type.element, {map.cells[i], map.state(i)});
      }
      return text + "}";
    }
    case TypeKind::kIpSet: return ToString(*CellToObject<IpSet>(cell));
    case TypeKind::kPortSet: return ToString(*CellToObject<PortSet>(cell));
    case TypeKind::kJson: {
      const auto& node = *CellToObject<JsonNode>(cell);
      return node.kind == JsonNodeKind::kString ? std::string(node.text) : JsonToText(node);
    }
    case TypeKind::kIamDocument: return "(a policy document)";
  }
  return "(a value)";
}

}  // namespace bylaw

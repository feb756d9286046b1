#include "tests/reference/rows.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include <fmt/format.h>

namespace bylaw::reference {
namespace {

struct Field {
  std::string name, value;  ///< the value as written
};

struct GivenRow {
  std::string model, address;
  std::vector<Field> fields;
  bool possible = false;
  uint32_t line = 0;
  TableId table = kNone;
  Row row = kNone;
};

std::string Trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return std::string(text);
}

/// The parts between commas that stand in no brackets and no string.
std::vector<std::string> Parts(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  bool in_string = false;
  for (char c : text) {
    if (c == '"') in_string = !in_string;
    if (!in_string && (c == '[' || c == '{')) ++depth;
    if (!in_string && (c == ']' || c == '}')) --depth;
    if (c == ',' && depth == 0 && !in_string) {
      parts.push_back(Trim(part));
      part.clear();
    } else {
      part += c;
    }
  }
  if (!Trim(part).empty()) parts.push_back(Trim(part));
  return parts;
}

class RowText {
 public:
  RowText(SnapshotBuilder& builder, bool closed_world)
      : builder_(builder), program_(builder.program()), closed_world_(closed_world) {}

  Status Fill(const std::string& text) {
    BYLAW_RETURN_IF_ERROR(Read(text));
    for (GivenRow& row : rows_) {
      row.table = TableNamed(row.model);
      if (row.table == kNone) continue;
      row.row = builder_.AddRow(row.table, row.address);
      by_address_[row.address] = &row;
      if (row.possible) builder_.SetPossible(row.table, row.row);
    }
    for (TableId table = 0; table < program_.tables.size(); ++table) {
      if (closed_world_ || !uncovered_.contains(program_.tables[table].name)) builder_.CoverTable(table);
    }
    for (const GivenRow& row : rows_) {
      if (row.table == kNone) continue;
      for (const Field& field : row.fields) {
        const auto& columns = program_.tables[row.table].columns;
        const auto column =
            std::find_if(columns.begin(), columns.end(), [&](const TableColumn& c) { return c.name == field.name; });
        if (column == columns.end()) continue;
        BYLAW_RETURN_IF_ERROR(Set(row, static_cast<ColumnId>(column - columns.begin()), field.value));
      }
    }
    return Ok{};
  }

 private:
  static Error Fault(uint32_t line, std::string message) {
    return Error{.message = std::move(message), .file = "rows", .line = line};
  }

  Status Read(const std::string& text) {
    uint32_t number = 0;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const std::string line = Trim(text.substr(begin, end - begin));
      begin = end + 1;
      ++number;
      if (line.empty() || line.starts_with("//")) continue;
      if (line.starts_with("uncovered ")) {
        uncovered_.insert(Trim(line.substr(10)));
        continue;
      }
      const size_t open = line.find('{'), close = line.rfind('}'), space = line.find(' ');
      if (open == std::string::npos || close == std::string::npos || space > open)
        return Fault(number, "a row is written `model address { field: value, … }`");
      GivenRow row{.model = line.substr(0, space),
                   .address = Trim(line.substr(space, open - space)),
                   .fields = {},
                   .line = number};
      row.possible = Trim(line.substr(close + 1)) == "possible";
      for (const std::string& part : Parts(line.substr(open + 1, close - open - 1))) {
        const size_t colon = part.find(':');
        if (colon == std::string::npos) return Fault(number, fmt::format("`{}` is no `field: value`", part));
        row.fields.push_back({Trim(part.substr(0, colon)), Trim(part.substr(colon + 1))});
      }
      rows_.push_back(std::move(row));
    }
    return Ok{};
  }

  TableId TableNamed(const std::string& name) const {
    const auto table =
        std::find_if(program_.tables.begin(), program_.tables.end(), [&](const Table& t) { return t.name == name; });
    return table == program_.tables.end() ? kNone : static_cast<TableId>(table - program_.tables.begin());
  }

  Status Set(const GivenRow& row, ColumnId column, const std::string& value) {
    if (value == "null") {
      builder_.SetAbsent(row.table, row.row, column);
    } else if (value == "unknown") {
      builder_.SetUnknown(row.table, row.row, column, "not known in this test");
    } else {
      const std::optional<Cell> cell = CellOf(program_.tables[row.table].columns[column].type, value);
      if (!cell) return Fault(row.line, fmt::format("`{}` does not fit the field", value));
      builder_.Set(row.table, row.row, column, *cell);
    }
    return Ok{};
  }

  std::optional<Cell> CellOf(TypeId type, const std::string& value) {
    const TypeEntry& entry = program_.types[type];
    switch (entry.kind) {
      case TypeKind::kRef: return Reference(value);
      case TypeKind::kInt: {
        int64_t number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        return error == std::errc() && end == value.data() + value.size() ? std::optional(IntToCell(number))
                                                                          : std::nullopt;
      }
      case TypeKind::kFloat: return FloatToCell(std::stod(value));
      case TypeKind::kBool:
        return value == "true" || value == "false" ? std::optional<Cell>(value == "true" ? 1 : 0) : std::nullopt;
      case TypeKind::kSet: {
        // By way of a constant: sets are in canonical order.
        if (!value.starts_with('[') || !value.ends_with(']')) return std::nullopt;
        std::vector<Constant> constants(1);
        for (const std::string& part : Parts(std::string_view(value).substr(1, value.size() - 2))) {
          const std::optional<Cell> cell = CellOf(entry.element, part);
          if (!cell) return std::nullopt;
          constants[0].elements.push_back(static_cast<uint32_t>(constants.size()));
          constants.push_back({.type = entry.element,
                               .bits = *cell,
                               .text = part.starts_with('"') ? part.substr(1, part.size() - 2) : part});
        }
        return builder_.MakeConstant(constants, 0, type);
      }
      case TypeKind::kList: {
        if (!value.starts_with('[') || !value.ends_with(']')) return std::nullopt;
        std::vector<Cell> cells;
        std::vector<State> states;
        for (const std::string& part : Parts(std::string_view(value).substr(1, value.size() - 2))) {
          const std::optional<Cell> cell = part == "unknown" ? std::optional<Cell>(0) : CellOf(entry.element, part);
          if (!cell) return std::nullopt;
          cells.push_back(*cell);
          states.push_back(part == "unknown" ? State::kUnknown : State::kKnown);
        }
        return builder_.MakeList(cells, states);
      }
      default: {
        const std::vector<Constant> constants = {
            {.type = type, .text = value.starts_with('"') ? value.substr(1, value.size() - 2) : value}};
        return builder_.MakeConstant(constants, 0, type);
      }
    }
  }

  std::optional<Cell> Reference(const std::string& value) {
    if (value.starts_with("outside "))
      return SnapshotBuilder::PendingKey(builder_.strings().Intern(Trim(value.substr(8))));
    if (value.starts_with("either ")) {
      const StringId nothing = builder_.strings().Intern("");
      std::vector<ReferenceTarget> targets;
      std::istringstream words(value.substr(7));
      for (std::string word; words >> word;) {
        // What follows `outside` is the address of no row.
        if (word != "outside") targets.push_back({.address = builder_.strings().Intern(word), .source_type = nothing});
      }
      return builder_.PendingTargets(kNone, std::move(targets));
    }
    const auto target = by_address_.find(value);
    if (target == by_address_.end()) return SnapshotBuilder::PendingKey(builder_.strings().Intern(value));
    return SnapshotBuilder::PendingRecord(RecordOf(*target->second));
  }

  Row RecordOf(const GivenRow& row) const { return builder_.partial().table(row.table).records[row.row]; }

  SnapshotBuilder& builder_;
  const Program& program_;
  const bool closed_world_;
  std::vector<GivenRow> rows_;
  std::map<std::string, const GivenRow*> by_address_;
  std::set<std::string> uncovered_;
};

}  // namespace

Result<LoadedSnapshot> LoadRowText(const PolicySet& policies, const std::string& text, bool closed_world) {
  SnapshotBuilder builder(policies.program());
  builder.AddInput({.path = "(rows)", .format = "rows"});
  BYLAW_RETURN_IF_ERROR(RowText(builder, closed_world).Fill(text));
  return LoadedSnapshot{
      .policies = policies, .snapshot = builder.Finish({.closed_world = closed_world}), .statistics = {}};
}

}  // namespace bylaw::reference

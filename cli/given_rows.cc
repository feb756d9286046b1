#include "cli/given_rows.h"

#include <algorithm>
#include <unordered_map>

namespace bylaw::cli {
namespace {

using compiler::Expr;
using compiler::ExprKind;
using compiler::ExprPtr;
using compiler::Field;
using compiler::TestFieldValue;
using compiler::TestRow;

class GivenRows {
 public:
  GivenRows(const compiler::TypedTest& test, SnapshotBuilder& builder)
      : test_(test), builder_(builder), program_(builder.program()) {}

  Status Add() {
    for (const TestRow& row : test_.rows) {
      if (const TableId table = TableOf(program_, *row.model); table != kNone) {
        rows_[&row] = builder_.AddRow(table, row.address);
      } else {
        AddPlace(row);
      }
    }
    for (const TestRow& row : test_.rows) {
      if (rows_.contains(&row)) FillRow(row);
    }
    return Ok{};
  }

 private:
  ColumnId ColumnOf(TableId table, const Field& field) const {
    const auto& columns = program_.tables[table].columns;
    const auto column =
        std::find_if(columns.begin(), columns.end(), [&](const TableColumn& c) { return c.name == field.name; });
    return column == columns.end() ? kNone : static_cast<ColumnId>(column - columns.begin());
  }

  void FillRow(const TestRow& row) {
    const TableId table = TableOf(program_, *row.model);
    SetFreshKey(table, row);
    for (const TestFieldValue& value : row.values) {
      if (value.field->reverse_model != nullptr) continue;  // the rows nested there point here
      const ColumnId column = ColumnOf(table, *value.field);
      if (column == kNone) continue;
      if (value.reference != nullptr) {
        Refer(table, rows_.at(&row), column, *value.reference);
      } else if (value.value != nullptr) {
        SetValue(table, rows_.at(&row), column, *value.value);
      } else if (!value.references.empty() || IsCollection(table, column)) {
        std::vector<Cell> cells;
        for (const auto& [target, key] : value.references) cells.push_back(PendingReference(target, key));
        builder_.Set(table, rows_.at(&row), column, builder_.MakeList(cells));
      } else {
        builder_.SetReferenceKey(table, rows_.at(&row), column, value.reference_key);
      }
    }
    SetAttributes(table, rows_.at(&row), row);
    if (row.parent == nullptr) return;
    for (const TestFieldValue& value : row.parent->values) {
      if (std::find(value.nested.begin(), value.nested.end(), &row) == value.nested.end()) continue;
      if (const ColumnId column = ColumnOf(table, *value.field->reverse_field); column != kNone)
        Refer(table, rows_.at(&row), column, *row.parent);
    }
  }

  /// A key that is not given gets a fresh value: the row's address, which is its own.
  void SetFreshKey(TableId table, const TestRow& row) {
    const Field* key = row.model->key();
    if (key == nullptr) return;
    const ColumnId column = ColumnOf(table, *key);
    if (column == kNone) return;
    const bool is_text = program_.types[program_.tables[table].columns[column].type].kind == TypeKind::kString;
    builder_.Set(
        table, rows_.at(&row), column,
        is_text ? Cell{builder_.strings().Intern(row.address)} : IntToCell(-1 - static_cast<int64_t>(rows_.at(&row))));
  }

  bool IsCollection(TableId table, ColumnId column) const {
    const TypeKind kind = program_.types[program_.tables[table].columns[column].type].kind;
    return kind == TypeKind::kList || kind == TypeKind::kSet;
  }

  /// To a row of this test, or by key to something that no row stands for.
  Cell PendingReference(const TestRow* target, const std::string& key) {
    if (target == nullptr) return SnapshotBuilder::PendingKey(builder_.strings().Intern(key));
    const auto found = rows_.find(target);
    if (found == rows_.end()) return SnapshotBuilder::PendingKey(builder_.strings().Intern(target->address));
    return SnapshotBuilder::PendingRecord(
        builder_.partial().table(TableOf(program_, *target->model)).records[found->second]);
  }

  void SetAttributes(TableId table, Row row, const TestRow& test_row) {
    std::string account, region;
    for (const auto& [attribute, value] : test_row.attributes) {
      const uint32_t constant = AddConstant(*value);
      if (attribute == Attribute::kAccount) account = constants_[constant].text;
      if (attribute == Attribute::kRegion) region = constants_[constant].text;
      if (attribute == Attribute::kTags) SetTags(table, row, constants_[constant]);
    }
    if (!account.empty() || !region.empty()) builder_.SetPlace(table, row, account, region);
  }

  /// A row that no rule reads still stands in its account and region.
  void AddPlace(const TestRow& row) {
    Record record;
    record.address = record.id = builder_.strings().Intern(row.address);
    record.type = builder_.strings().Intern(row.model->name);
    record.input = kNone;
    for (const auto& [attribute, value] : row.attributes) {
      const StringId text = builder_.strings().Intern(constants_[AddConstant(*value)].text);
      if (attribute == Attribute::kAccount) record.account = text;
      if (attribute == Attribute::kRegion) record.region = text;
    }
    builder_.AddRecord(record);
  }

  void SetTags(TableId table, Row row, const Constant& tags) {
    std::vector<Cell> keys, cells;
    for (size_t i = 0; i + 1 < tags.elements.size(); i += 2) {
      keys.push_back(builder_.strings().Intern(constants_[tags.elements[i]].text));
      cells.push_back(builder_.strings().Intern(constants_[tags.elements[i + 1]].text));
    }
    builder_.SetTags(builder_.partial().table(table).records[row], builder_.MakeMap(keys, cells), State::kKnown);
  }

  void Refer(TableId table, Row row, ColumnId column, const TestRow& target) {
    builder_.Set(table, row, column, PendingReference(&target, {}));
  }

  void SetValue(TableId table, Row row, ColumnId column, const Expr& value) {
    const uint32_t constant = AddConstant(value);
    if (constants_[constant].state == State::kAbsent) {
      builder_.SetAbsent(table, row, column);
    } else {
      builder_.Set(table, row, column,
                   builder_.MakeConstant(constants_, constant, program_.tables[table].columns[column].type));
    }
  }

  uint32_t AddConstant(const Expr& value) {
    const Expr* expr = &value;
    while (expr->kind == ExprKind::kConvert || expr->kind == ExprKind::kNarrow) expr = expr->operands[0].get();
    Constant constant;
    if (expr->constant) constant = *expr->constant;
    if (expr->kind == ExprKind::kAbsent) constant.state = State::kAbsent;
    constant.elements.clear();
    for (const ExprPtr& operand : expr->operands) constant.elements.push_back(AddConstant(*operand));
    constants_.push_back(std::move(constant));
    return static_cast<uint32_t>(constants_.size() - 1);
  }

  const compiler::TypedTest& test_;
  SnapshotBuilder& builder_;
  const Program& program_;
  std::vector<Constant> constants_;
  std::unordered_map<const TestRow*, Row> rows_;
};

}  // namespace

TableId TableOf(const Program& program, const compiler::Model& model) {
  const auto table =
      std::find_if(program.tables.begin(), program.tables.end(), [&](const Table& t) { return t.name == model.name; });
  return table == program.tables.end() ? kNone : static_cast<TableId>(table - program.tables.begin());
}

Status AddGivenRows(const compiler::TypedTest& test, SnapshotBuilder& builder) {
  return GivenRows(test, builder).Add();
}

}  // namespace bylaw::cli

#include "runtime/import/resource_rows.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/import/convert.h"
#include "runtime/json/json_document.h"
#include "runtime/snapshot/reference_keys.h"

namespace bylaw {

namespace {

constexpr const char* kPlace = "(rows)";

TableId FindModel(const Program& program, std::string_view model) {
  for (TableId t = 0; t < program.tables.size(); ++t) {
    if (program.tables[t].name == model &&
        (program.tables[t].kind == TableKind::kModel || program.tables[t].kind == TableKind::kSource))
      return t;
  }
  return kNone;
}

std::string NameOf(const ResourceRow& row) {
  return row.address.empty() ? "a row of `" + row.model + "`" : "`" + row.address + "`";
}

/// Warns of each name once.
class UnreadNames {
 public:
  explicit UnreadNames(std::vector<std::string>* warnings) : warnings_(warnings) {}
  void Add(const std::string& model, const std::string& field) {
    const std::string text =
        fmt::format("no policy reads `{}{}{}`; is it spelt right?", model, field.empty() ? "" : ".", field);
    if (std::find(warnings_->begin(), warnings_->end(), text) == warnings_->end()) warnings_->push_back(text);
  }

 private:
  std::vector<std::string>* warnings_;
};

/// The JSON texts of one row, and the values in them.
class RowReader {
 public:
  explicit RowReader(SnapshotBuilder& builder) : builder_(builder), program_(builder.program()), converter_(builder) {}

  Status Open(const ResourceRow& row) {
    row_ = &row;
    BYLAW_RETURN_IF_ERROR(Parse(row.fields, "fields", fields_document_, &fields_.value));
    BYLAW_RETURN_IF_ERROR(Parse(row.unknown, "unknown", unknown_document_, &fields_.unknown));
    BYLAW_RETURN_IF_ERROR(Parse(row.tags, "tags", tags_document_, &tags_));
    return Ok{};
  }

  /// Whether a field is given, and its value: of a field that is null, what it is when it is not given.
  Result<bool> Read(TableId table, ColumnId column, Row record, SnapshotBuilder::GivenValue* value) {
    const TableColumn& declared = program_.tables[table].columns[column];
    const bool whole = program_.tables[table].kind == TableKind::kSource;
    Located found = whole ? fields_ : Find(declared.name);
    found.all_unknown = IsUnknownMark(found.unknown);
    if (!found.value && !found.unknown) return false;
    converter_.SetRecord(record, builder_.InternCause({CauseKind::kUnresolved, "given as unknown"}), false);
    const size_t num_causes = builder_.partial().num_causes();
    const Converted converted = converter_.Convert(found, declared.type, declared.name);
    for (size_t c = num_causes; c < builder_.partial().num_causes(); ++c) {
      const Cause& cause = builder_.partial().cause(static_cast<CauseId>(c));
      if (cause.kind == CauseKind::kConversion)
        return Error{.message = NameOf(*row_) + ": " + cause.detail, .file = kPlace};
    }
    *value = converted.state == State::kAbsent
                 ? builder_.ValueWhenNotGiven(table, column)
                 : SnapshotBuilder::GivenValue{converted.cell, converted.state, converted.cause};
    return true;
  }

  /// A map<string>; absent when there are none.
  Result<SnapshotBuilder::GivenValue> ReadTags() {
    std::vector<Cell> keys, values;
    for (JsonField field : tags_.fields()) {
      if (!field.value.is_string()) {
        return Error{.message = fmt::format("{}: the tag `{}` is no text", NameOf(*row_), field.key.Text(scratch_)),
                     .file = kPlace};
      }
      keys.push_back(builder_.strings().Intern(field.key.Text(scratch_)));
      values.push_back(builder_.strings().Intern(field.value.string().Text(scratch_)));
    }
    if (keys.empty()) return SnapshotBuilder::GivenValue{};
    return SnapshotBuilder::GivenValue{builder_.MakeMap(keys, values), State::kKnown, 0};
  }

  /// Fields that no column is made of.
  std::vector<std::string> UnreadFields(TableId table) {
    std::vector<std::string> unread;
    if (program_.tables[table].kind == TableKind::kSource) return unread;
    for (const JsonValue& given : {fields_.value, fields_.unknown}) {
      for (JsonField field : given.fields()) {
        const std::string key(field.key.Text(scratch_));
        const auto& columns = program_.tables[table].columns;
        if (std::none_of(columns.begin(), columns.end(), [&](const TableColumn& column) {
              return column.name == key || column.name.starts_with(key + ".");
            }))
          unread.push_back(key);
      }
    }
    return unread;
  }

 private:
  Status Parse(const std::string& text, std::string_view what, JsonDocument& document, JsonValue* value) {
    *value = {};
    if (text.empty()) return Ok{};
    auto parsed = document.Parse(text);
    if (!parsed.ok()) {
      Error error = parsed.error();
      error.message = fmt::format("{}: the {} are no JSON: {}", NameOf(*row_), what, error.message);
      error.file = kPlace;
      error.line = error.column = 0;
      return error;
    }
    if (!parsed->is_object())
      return Error{.message = fmt::format("{}: the {} are no JSON object", NameOf(*row_), what), .file = kPlace};
    *value = *parsed;
    return Ok{};
  }

  /// The value of a column "a.b": the member "a.b", or "b" of "a".
  Located Find(std::string_view name) const {
    Located at = fields_;
    while (true) {
      Located whole{at.value.is_object() ? at.value.Find(name) : JsonValue(),
                    at.unknown.is_object() ? at.unknown.Find(name) : JsonValue()};
      const size_t dot = name.find('.');
      if (whole.value || whole.unknown || dot == std::string_view::npos) return whole;
      const std::string_view head = name.substr(0, dot);
      Located next{at.value.is_object() ? at.value.Find(head) : JsonValue(),
                   at.unknown.is_object() ? at.unknown.Find(head) : JsonValue()};
      if (IsUnknownMark(next.unknown)) return next;
      if (!next.value && !next.unknown) return {};
      at = next;
      name.remove_prefix(dot + 1);
    }
  }

  SnapshotBuilder& builder_;
  const Program& program_;
  CellConverter converter_;
  Arena scratch_;
  JsonDocument fields_document_, unknown_document_, tags_document_;
  const ResourceRow* row_ = nullptr;
  Located fields_;
  JsonValue tags_;
};

}  // namespace

Status AddResourceRows(std::span<const ResourceRow> rows, SnapshotBuilder& builder,
                       std::vector<std::string>* warnings) {
  const Program& program = builder.program();
  RowReader reader(builder);
  UnreadNames unread(warnings);
  for (const ResourceRow& row : rows) {
    if (row.address.empty()) return Error{.message = NameOf(row) + " has no address", .file = kPlace};
    BYLAW_RETURN_IF_ERROR(reader.Open(row));
    const TableId table = FindModel(program, row.model);
    if (table == kNone) {
      unread.Add(row.model, "");
      continue;
    }
    for (const std::string& field : reader.UnreadFields(table)) unread.Add(row.model, field);
    const Row added = builder.AddRow(table, row.address);
    const Row record = builder.partial().table(table).records[added];
    builder.SetPlace(table, added, row.account, row.region);
    if (!row.id.empty()) builder.SetId(record, row.id);
    for (ColumnId c = 0; c < program.tables[table].columns.size(); ++c) {
      SnapshotBuilder::GivenValue value;
      BYLAW_ASSIGN(const bool given, reader.Read(table, c, record, &value));
      if (given) builder.Give(table, added, c, value);
    }
    BYLAW_ASSIGN(const SnapshotBuilder::GivenValue tags, reader.ReadTags());
    if (tags.state == State::kKnown) builder.SetTags(record, tags.cell, tags.state);
  }
  return Ok{};
}

Status ChangeResourceRows(std::span<const ResourceRow> rows, SnapshotBuilder& builder,
                          std::vector<std::string>* warnings) {
  const Program& program = builder.program();
  const Snapshot& snapshot = builder.partial();
  RowReader reader(builder);
  UnreadNames unread(warnings);
  for (const ResourceRow& row : rows) {
    BYLAW_RETURN_IF_ERROR(reader.Open(row));
    BYLAW_ASSIGN(const Cell reference, FindResourceRow(program, snapshot, row.model, row.address));
    const TableId table = RefCell::table(reference);
    const Row at = RefCell::row(reference);
    const Row record_id = snapshot.table(table).records[at];
    const Record& record = snapshot.record(record_id);
    auto stays = [&](const std::string& given, StringId is) {
      return given.empty() || (is != kNone && snapshot.strings().Text(is) == given);
    };
    if (!stays(row.id, record.id) || !stays(row.account, record.account) || !stays(row.region, record.region)) {
      return Error{.message = NameOf(row) + " has another id, account or region",
                   .file = kPlace,
                   .hint = "these stay as they are: other resources are found by them"};
    }
    for (const std::string& field : reader.UnreadFields(table)) unread.Add(row.model, field);
    for (ColumnId c = 0; c < program.tables[table].columns.size(); ++c) {
      SnapshotBuilder::GivenValue value;
      BYLAW_ASSIGN(const bool given, reader.Read(table, c, record_id, &value));
      if (!given) continue;
      const TableColumn& column = program.tables[table].columns[c];
      if (c == KeyColumn(program, program.tables[table])) {
        const Column& loaded = snapshot.column(table, c);
        if (loaded.state(at) == value.state && loaded.cell(at) == value.cell) continue;
        return Error{.message = fmt::format("{} has another key `{}`", NameOf(row), column.name),
                     .file = kPlace,
                     .hint = "the key stays as it is: other resources refer to it"};
      }
      builder.Change(table, at, c, value);
    }
    if (row.tags.empty()) continue;
    BYLAW_ASSIGN(const SnapshotBuilder::GivenValue tags, reader.ReadTags());
    builder.ChangeTags(record_id, tags.cell, tags.state);
  }
  return Ok{};
}

Result<Cell> FindResourceRow(const Program& program, const Snapshot& snapshot, const std::string& model,
                             const std::string& address) {
  const TableId table = FindModel(program, model);
  if (table == kNone) return Error{.message = fmt::format("no policy reads `{}`", model), .file = kPlace};
  const StringId text = snapshot.strings().Find(address);
  const std::span<const Row> rows =
      text == kNone ? std::span<const Row>() : snapshot.reference_keys(program).RowsAt(table, text);
  if (rows.empty()) return Error{.message = fmt::format("there is no `{}` at `{}`", model, address), .file = kPlace};
  if (rows.size() > 1) {
    return Error{.message = fmt::format("`{}` makes {} rows of `{}`", address, rows.size(), model),
                 .file = kPlace,
                 .hint = "name a resource that makes one row of its model"};
  }
  return RefCell::Make(table, rows[0]);
}

}  // namespace bylaw

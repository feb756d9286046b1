#include "runtime/import/arrow_rows.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "runtime/import/convert.h"
#include "runtime/json/json_document.h"
#include "runtime/snapshot/reference_keys.h"

namespace bylaw {

namespace {

/// Releases what it holds.
template <typename T>
struct Held {
  T value{};
  Held() = default;
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    if (value.release != nullptr) value.release(&value);
  }
};

void AppendText(std::string_view text, std::string* json) {
  *json += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      *json += '\\';
      *json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      *json += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      *json += c;
    }
  }
  *json += '"';
}

/// One array with its type. Rows are counted without the array's own offset.
struct View {
  const ArrowSchema* schema;
  const ArrowArray* array;

  std::string_view format() const { return schema->format; }
  template <typename T>
  const T* buffer(int64_t i) const {
    return i < array->n_buffers ? static_cast<const T*>(array->buffers[i]) : nullptr;
  }
  View child(int64_t i) const { return {schema->children[i], array->children[i]}; }

  static bool Bit(const uint8_t* bits, int64_t at) { return (bits[at / 8] >> (at % 8) & 1) != 0; }

  bool is_null(int64_t row) const {
    if (format() == "n") return true;
    const auto* valid = array->null_count == 0 ? nullptr : buffer<uint8_t>(0);
    return valid != nullptr && !Bit(valid, row + array->offset);
  }
  bool may_have_nulls() const { return format() == "n" || (array->null_count != 0 && buffer<uint8_t>(0) != nullptr); }
};

template <typename T>
T At(const View& view, int64_t row) {
  return view.buffer<T>(1)[row + view.array->offset];
}

/// A whole number, of whatever width; nothing for other types, and for what does not fit.
std::optional<int64_t> IntegerAt(const View& view, int64_t row) {
  if (view.format().size() != 1) return std::nullopt;
  switch (view.format()[0]) {
    case 'c': return At<int8_t>(view, row);
    case 'C': return At<uint8_t>(view, row);
    case 's': return At<int16_t>(view, row);
    case 'S': return At<uint16_t>(view, row);
    case 'i': return At<int32_t>(view, row);
    case 'I': return At<uint32_t>(view, row);
    case 'l': return At<int64_t>(view, row);
    case 'L': {
      const uint64_t value = At<uint64_t>(view, row);
      return value > static_cast<uint64_t>(INT64_MAX) ? std::nullopt : std::optional(static_cast<int64_t>(value));
    }
    default: return std::nullopt;
  }
}

std::optional<double> RealAt(const View& view, int64_t row) {
  if (view.format() == "f") return static_cast<double>(At<float>(view, row));
  if (view.format() == "g") return At<double>(view, row);
  return std::nullopt;
}

/// A text or bytes.
std::optional<std::string_view> TextAt(const View& view, int64_t row) {
  const std::string_view format = view.format();
  const int64_t at = row + view.array->offset;
  if (format == "u" || format == "z") {
    const auto* offsets = view.buffer<int32_t>(1);
    return std::string_view(view.buffer<char>(2) + offsets[at], static_cast<size_t>(offsets[at + 1] - offsets[at]));
  }
  if (format == "U" || format == "Z") {
    const auto* offsets = view.buffer<int64_t>(1);
    return std::string_view(view.buffer<char>(2) + offsets[at], static_cast<size_t>(offsets[at + 1] - offsets[at]));
  }
  if (format == "vu" || format == "vz") {
    // 16 bytes a value: its length, then the text itself or a prefix, the number of a buffer and a place in that.
    const auto* element = view.buffer<uint8_t>(1) + at * 16;
    int32_t length = 0, number = 0, place = 0;
    std::memcpy(&length, element, 4);
    if (length <= 12) return std::string_view(reinterpret_cast<const char*>(element) + 4, static_cast<size_t>(length));
    std::memcpy(&number, element + 8, 4);
    std::memcpy(&place, element + 12, 4);
    return std::string_view(view.buffer<char>(2 + number) + place, static_cast<size_t>(length));
  }
  return std::nullopt;
}

/// Microseconds of a timestamp ("ts"), a date ("td") or a duration ("tD"), rounded down.
std::optional<int64_t> TicksAt(const View& view, int64_t row) {
  const std::string_view format = view.format();
  if (format == "tdD") return int64_t{At<int32_t>(view, row)} * 86'400'000'000;
  if (format == "tdm") return At<int64_t>(view, row) * 1000;
  if (format.size() < 3 || (!format.starts_with("ts") && !format.starts_with("tD"))) return std::nullopt;
  const int64_t value = At<int64_t>(view, row);
  int64_t result = 0;
  switch (format[2]) {
    case 's': return __builtin_mul_overflow(value, int64_t{1'000'000}, &result) ? std::nullopt : std::optional(result);
    case 'm': return __builtin_mul_overflow(value, int64_t{1000}, &result) ? std::nullopt : std::optional(result);
    case 'u': return value;
    case 'n': return value / 1000 - (value % 1000 < 0 ? 1 : 0);
    default: return std::nullopt;
  }
}

/// A value as JSON. Errors: a type that has none.
Status AppendJson(const View& view, int64_t row, std::string* json) {
  if (view.schema->dictionary != nullptr) {
    const std::optional<int64_t> index = view.is_null(row) ? std::nullopt : IntegerAt(view, row);
    if (!index) return *json += "null", Ok{};
    return AppendJson({view.schema->dictionary, view.array->dictionary}, *index, json);
  }
  if (view.is_null(row)) return *json += "null", Ok{};
  const std::string_view format = view.format();
  if (format == "b")
    return *json += View::Bit(view.buffer<uint8_t>(1), row + view.array->offset) ? "true" : "false", Ok{};
  if (format == "L") return *json += std::to_string(At<uint64_t>(view, row)), Ok{};
  if (const auto integer = IntegerAt(view, row)) return *json += std::to_string(*integer), Ok{};
  if (const auto real = RealAt(view, row))
    return *json += *real == *real && *real - *real == 0 ? fmt::format("{}", *real) : "null", Ok{};
  if (const auto text = TextAt(view, row)) return AppendText(*text, json), Ok{};
  if (format == "+l" || format == "+L" || format == "+m" || format.starts_with("+w:")) {
    const int64_t at = row + view.array->offset;
    int64_t begin = 0, end = 0;
    if (format == "+L") {
      begin = view.buffer<int64_t>(1)[at], end = view.buffer<int64_t>(1)[at + 1];
    } else if (format.starts_with("+w:")) {
      const int64_t size = std::strtoll(view.schema->format + 3, nullptr, 10);
      begin = at * size, end = begin + size;
    } else {
      begin = view.buffer<int32_t>(1)[at], end = view.buffer<int32_t>(1)[at + 1];
    }
    const bool is_map = format == "+m";
    *json += is_map ? '{' : '[';
    for (int64_t i = begin; i < end; ++i) {
      if (i > begin) *json += ", ";
      if (!is_map) {
        BYLAW_RETURN_IF_ERROR(AppendJson(view.child(0), i, json));
        continue;
      }
      const View entries = view.child(0);
      const int64_t entry = i + entries.array->offset;
      std::string key;
      BYLAW_RETURN_IF_ERROR(AppendJson(entries.child(0), entry, &key));
      if (!key.starts_with('"')) return Error{.message = "a map whose keys are no texts", .file = {}};
      *json += key + ": ";
      BYLAW_RETURN_IF_ERROR(AppendJson(entries.child(1), entry, json));
    }
    *json += is_map ? '}' : ']';
    return Ok{};
  }
  if (format == "+s") {
    *json += '{';
    for (int64_t i = 0; i < view.schema->n_children; ++i) {
      if (i > 0) *json += ", ";
      AppendText(view.schema->children[i]->name == nullptr ? "" : view.schema->children[i]->name, json);
      *json += ": ";
      BYLAW_RETURN_IF_ERROR(AppendJson(view.child(i), row + view.array->offset, json));
    }
    *json += '}';
    return Ok{};
  }
  if (format.starts_with("ts") || format.starts_with("td")) {
    if (const auto ticks = TicksAt(view, row)) {
      const int64_t seconds = *ticks / 1'000'000 - (*ticks % 1'000'000 < 0 ? 1 : 0);
      return *json += std::to_string(seconds), Ok{};  // as exports write times that are numbers
    }
  }
  return Error{.message = fmt::format("values of the Arrow type `{}` have no meaning here", format), .file = {}};
}

class ArrowRows {
 public:
  ArrowRows(const std::string& model, TableId table, SnapshotBuilder& builder, uint64_t* num_borrowed)
      : model_(model),
        table_(table),
        builder_(builder),
        program_(builder.program()),
        converter_(builder),
        num_borrowed_(num_borrowed) {}

  Status Add(const ArrowSchema& schema, std::shared_ptr<const ArrowArray> batch) {
    const View whole{&schema, batch.get()};
    const auto num_rows = static_cast<uint32_t>(batch->length);
    auto named = [&](std::string_view name) -> std::optional<View> {
      for (int64_t i = 0; i < schema.n_children; ++i) {
        if (schema.children[i]->name != nullptr && schema.children[i]->name == name) return whole.child(i);
      }
      return std::nullopt;
    };
    const std::vector<TableColumn>& columns = program_.tables[table_].columns;
    std::optional<View> address = named("address");
    const ColumnId key = KeyColumn(program_, program_.tables[table_]);
    if (!address && key != kNone) address = named(columns[key].name);
    if (!address)
      return Error{.message = fmt::format("the rows of `{}` have no column `address`", model_),
                   .file = "(rows)",
                   .hint = "it is what reports call the resource"};

    RowBatch rows;
    const int64_t base = batch->offset;
    for (uint32_t row = 0; row < num_rows; ++row) {
      Record record;
      record.type = builder_.strings().Intern(model_);
      record.input = kNone;
      BYLAW_ASSIGN(const StringId called, Text(*address, base + row, row, "address"));
      if (called == kNone) return ErrorAt(row, "has no address");
      record.address = called;
      for (const auto& [name, place] : {std::pair<const char*, StringId*>{"id", &record.id},
                                        {"account", &record.account},
                                        {"region", &record.region}}) {
        if (const auto view = named(name)) {
          BYLAW_ASSIGN(*place, Text(*view, base + row, row, name));
        }
      }
      rows.records.push_back(builder_.AddRecord(record));
      rows.offsets.push_back(0);
    }
    if (const auto tags = named("tags")) BYLAW_RETURN_IF_ERROR(AddTags(*tags, base, rows));
    for (ColumnId c = 0; c < columns.size(); ++c) {
      RowBatch::Values& values = rows.columns.emplace_back();
      if (const auto view = named(columns[c].name)) {
        BYLAW_RETURN_IF_ERROR(AddColumn(*view, base, c, batch, rows.records, &values));
      } else {
        const SnapshotBuilder::GivenValue value = builder_.ValueWhenNotGiven(table_, c);
        values.cells.assign(num_rows, value.cell);
        values.states.assign(num_rows, value.state);
        if (IsUnknown(value.state)) values.causes.assign(num_rows, value.cause);
      }
    }
    builder_.AppendRows(table_, 0, rows);
    return Ok{};
  }

 private:
  Error ErrorAt(uint32_t row, const std::string& message) const {
    return {.message = fmt::format("row {} of `{}`: {}", row + 1, model_, message), .file = "(rows)"};
  }

  /// A text, or a number as text; kNone where it is null.
  Result<StringId> Text(const View& view, int64_t at, uint32_t row, std::string_view name) {
    std::string json;
    if (const Status appended = AppendJson(view, at, &json); !appended.ok())
      return ErrorAt(row, fmt::format("`{}`: {}", name, appended.error().message));
    if (json == "null") return StringId{kNone};
    if (!json.starts_with('"')) return builder_.strings().Intern(json);
    JsonDocument document;
    Arena scratch;
    auto value = document.Parse(json);
    if (!value.ok()) return ErrorAt(row, fmt::format("`{}` is no UTF-8 text", name));
    return builder_.strings().Intern(value->string().Text(scratch));
  }

  Status AddTags(const View& view, int64_t base, const RowBatch& rows) {
    JsonDocument document;
    Arena scratch;
    for (uint32_t row = 0; row < rows.num_rows(); ++row) {
      std::string json;
      if (const Status appended = AppendJson(view, base + row, &json); !appended.ok())
        return ErrorAt(row, "`tags`: " + appended.error().message);
      if (json == "null") continue;
      auto value = document.Parse(json);
      std::vector<Cell> keys, cells;
      if (!value.ok() || !value->is_object()) return ErrorAt(row, "`tags` are no map of texts");
      for (JsonField field : value->fields()) {
        if (field.value.is_null()) continue;
        if (!field.value.is_string()) return ErrorAt(row, "`tags` are no map of texts");
        keys.push_back(builder_.strings().Intern(field.key.Text(scratch)));
        cells.push_back(builder_.strings().Intern(field.value.string().Text(scratch)));
      }
      if (!keys.empty()) builder_.SetTags(rows.records[row], builder_.MakeMap(keys, cells), State::kKnown);
    }
    return Ok{};
  }

  /// Whether the values' memory is that of cells already.
  bool IsCells(const View& view, TypeKind kind) const {
    const std::string_view format = view.format();
    return view.schema->dictionary == nullptr &&
           ((kind == TypeKind::kInt && format == "l") || (kind == TypeKind::kFloat && format == "g") ||
            (kind == TypeKind::kTime && format.starts_with("tsu:")) ||
            (kind == TypeKind::kDuration && format == "tDu"));
  }

  Status AddColumn(const View& view, int64_t base, ColumnId column, const std::shared_ptr<const ArrowArray>& batch,
                   const std::vector<Row>& records, RowBatch::Values* values) {
    const TableColumn& declared = program_.tables[table_].columns[column];
    const TypeKind kind = program_.types[declared.type].kind;
    const auto num_rows = static_cast<uint32_t>(records.size());
    if (num_rows > 0 && IsCells(view, kind) && !view.may_have_nulls()) {
      static_assert(sizeof(Cell) == sizeof(int64_t));
      values->borrowed = std::span(view.buffer<Cell>(1) + base + view.array->offset, num_rows);
      values->states.assign(num_rows, State::kKnown);
      if (kind != TypeKind::kFloat || std::all_of(values->borrowed.begin(), values->borrowed.end(), [](Cell cell) {
            return CellToFloat(cell) - CellToFloat(cell) == 0;
          })) {
        builder_.Keep(batch);
        if (num_borrowed_ != nullptr) ++*num_borrowed_;
        return Ok{};
      }
      values->borrowed = {};  // not a number, or infinite: absent, as in JSON
      values->states.clear();
    }
    JsonDocument document;
    for (uint32_t row = 0; row < num_rows; ++row) {
      SnapshotBuilder::GivenValue value;
      BYLAW_RETURN_IF_ERROR(Convert(view, base + row, row, declared, kind, records[row], document, &value));
      if (value.state == State::kAbsent) value = builder_.ValueWhenNotGiven(table_, column);
      values->cells.push_back(value.cell);
      values->states.push_back(value.state);
      if (IsUnknown(value.state)) {
        values->causes.resize(row, 0);
        values->causes.push_back(value.cause);
      }
    }
    if (!values->causes.empty()) values->causes.resize(num_rows, 0);
    return Ok{};
  }

  Status Convert(const View& view, int64_t at, uint32_t row, const TableColumn& declared, TypeKind kind, Row record,
                 JsonDocument& document, SnapshotBuilder::GivenValue* value) {
    if (view.schema->dictionary == nullptr) {
      if (view.is_null(at)) return Ok{};
      std::optional<Cell> cell;
      if (kind == TypeKind::kInt) {
        if (const auto integer = IntegerAt(view, at)) cell = IntToCell(*integer);
      } else if (kind == TypeKind::kTime || kind == TypeKind::kDuration) {
        const bool is_duration = view.format().starts_with("tD");
        if (const auto ticks = is_duration == (kind == TypeKind::kDuration) ? TicksAt(view, at) : std::nullopt)
          cell = IntToCell(*ticks);
      }
      if (cell) {
        *value = {*cell, State::kKnown, 0};
        return Ok{};
      }
    }
    std::string json;
    if (const Status appended = AppendJson(view, at, &json); !appended.ok())
      return ErrorAt(row, fmt::format("`{}`: {}", declared.name, appended.error().message));
    auto parsed = document.Parse(json);
    if (!parsed.ok()) return ErrorAt(row, fmt::format("`{}` is no UTF-8 text", declared.name));
    converter_.SetRecord(record, 0, false);
    const size_t num_causes = builder_.partial().num_causes();
    const Converted converted = converter_.Convert({.value = *parsed}, declared.type, declared.name);
    for (size_t c = num_causes; c < builder_.partial().num_causes(); ++c) {
      const Cause& cause = builder_.partial().cause(static_cast<CauseId>(c));
      if (cause.kind == CauseKind::kConversion) return ErrorAt(row, cause.detail);
    }
    *value = {converted.cell, converted.state, converted.cause};
    return Ok{};
  }

  const std::string& model_;
  TableId table_;
  SnapshotBuilder& builder_;
  const Program& program_;
  CellConverter converter_;
  uint64_t* num_borrowed_;
};

Error StreamError(ArrowArrayStream& stream, const std::string& model) {
  const char* said = stream.get_last_error(&stream);
  return {.message =
              fmt::format("the Arrow stream of `{}` fails: {}", model, said == nullptr ? "no reason is given" : said),
          .file = "(rows)"};
}

}  // namespace

Status AddArrowRows(const std::string& model, ArrowArrayStream* given, SnapshotBuilder& builder,
                    std::vector<std::string>* warnings, uint64_t* num_borrowed) {
  Held<ArrowArrayStream> stream;
  stream.value = *given;
  given->release = nullptr;
  Held<ArrowSchema> schema;
  if (stream.value.release == nullptr)
    return Error{.message = fmt::format("the Arrow stream of `{}` was read before", model), .file = "(rows)"};
  if (stream.value.get_schema(&stream.value, &schema.value) != 0) return StreamError(stream.value, model);
  if (std::string_view(schema.value.format) != "+s")
    return Error{.message = fmt::format("the Arrow stream of `{}` is no table", model), .file = "(rows)"};
  const Program& program = builder.program();
  const auto found = std::find_if(program.tables.begin(), program.tables.end(), [&](const Table& table) {
    return table.name == model && table.kind == TableKind::kModel;
  });
  if (found == program.tables.end()) {
    warnings->push_back(fmt::format("no policy reads `{}`; is it spelt right?", model));
    return Ok{};
  }
  for (int64_t i = 0; i < schema.value.n_children; ++i) {
    const std::string name = schema.value.children[i]->name == nullptr ? "" : schema.value.children[i]->name;
    const bool is_own = name == "address" || name == "id" || name == "account" || name == "region" || name == "tags";
    if (is_own || std::any_of(found->columns.begin(), found->columns.end(),
                              [&](const TableColumn& column) { return column.name == name; }))
      continue;
    warnings->push_back(fmt::format("no policy reads `{}.{}`; is it spelt right?", model, name));
  }
  ArrowRows rows(model, static_cast<TableId>(found - program.tables.begin()), builder, num_borrowed);
  while (true) {
    auto batch = std::shared_ptr<ArrowArray>(new ArrowArray{}, [](ArrowArray* array) {
      if (array->release != nullptr) array->release(array);
      delete array;
    });
    if (stream.value.get_next(&stream.value, batch.get()) != 0) return StreamError(stream.value, model);
    if (batch->release == nullptr) return Ok{};
    BYLAW_RETURN_IF_ERROR(rows.Add(schema.value, batch));
  }
}

}  // namespace bylaw

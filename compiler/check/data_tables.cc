// `from data "x.csv"`: rows that are read when the policy is compiled. CSV with a header line (RFC 4180), or a JSON
// list of objects. A column is found by the field's name in any of its spellings, or by what the mapping's body says.
// An empty cell is absent.

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/check/checker.h"
#include "runtime/builtins/net.h"
#include "runtime/builtins/time.h"
#include "runtime/builtins/version.h"

namespace bylaw::compiler {

namespace {

// `Fixed_Version`, `fixedVersion` and `fixed version` are one column.
std::string Fold(std::string_view name) {
  std::string folded;
  for (char c : name) {
    if (c == '_' || c == '-' || c == ' ' || c == '.') continue;
    folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return folded;
}

struct CsvRow {
  std::vector<std::string> cells;
  uint32_t line = 0;
};

// The rows of a CSV text, empty lines left out. `bad_line` is that of a quotation mark that is never closed, or 0.
std::vector<CsvRow> ParseCsv(std::string_view text, uint32_t& bad_line) {
  std::vector<CsvRow> rows;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  uint32_t line = 1, quote_line = 0;
  CsvRow row{{}, 1};
  std::string cell;
  bool quoted = false, any = false;
  auto end_cell = [&]() {
    row.cells.push_back(std::move(cell));
    cell.clear();
  };
  auto end_row = [&]() {
    if (any || !cell.empty()) {
      end_cell();
      rows.push_back(std::move(row));
    }
    row = CsvRow{{}, line};
    any = false;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\n') ++line;
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += '"';
        ++i;
      } else {
        quoted = false;
      }
      continue;
    }
    if (c == '"' && cell.empty()) {
      quoted = any = true;
      quote_line = line;
    } else if (c == ',') {
      any = true;
      end_cell();
    } else if (c == '\n') {
      ++line;
      end_row();
    } else if (c != '\r') {
      cell += c;
    }
  }
  bad_line = quoted ? quote_line : 0;
  end_row();
  return rows;
}

template <typename T>
bool ParseNumber(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

ExprPtr Checker::MakeConstant(const Type* type, uint64_t bits, std::string text, Span span) {
  ExprPtr expr = Make(ExprKind::kConstant, type, span);
  expr->constant.emplace();
  expr->constant->bits = bits;
  expr->constant->text = std::move(text);
  return Finish(std::move(expr));
}

ExprPtr Checker::DataValue(const std::string& text, const Type& type, Span span) {
  const Type* required = program_->types.Required(&type);
  switch (type.kind) {
    case TypeKind::kBool:
      if (text == "true" || text == "false") return MakeConstant(required, text == "true", "", span);
      return nullptr;
    case TypeKind::kInt: {
      int64_t number = 0;
      return ParseNumber(text, number) ? MakeConstant(required, IntToCell(number), "", span) : nullptr;
    }
    case TypeKind::kFloat: {
      double number = 0;
      return ParseNumber(text, number) ? MakeConstant(required, FloatToCell(number), "", span) : nullptr;
    }
    case TypeKind::kString:
      if (!type.values.empty() && !std::binary_search(type.values.begin(), type.values.end(), text)) return nullptr;
      return MakeConstant(required, 0, text, span);
    case TypeKind::kTime: {
      const auto time = ParseTime(text);
      return time ? MakeConstant(required, IntToCell(*time), "", span) : nullptr;
    }
    case TypeKind::kDuration: {
      const auto duration = ParseDuration(text);
      return duration ? MakeConstant(required, IntToCell(*duration), "", span) : nullptr;
    }
    case TypeKind::kIp: {
      const auto ip = ParseIp(text);
      return ip ? MakeConstant(required, 0, ToString(*ip), span) : nullptr;
    }
    case TypeKind::kCidr: {
      const auto cidr = ParseCidr(text);
      return cidr ? MakeConstant(required, 0, ToString(*cidr), span) : nullptr;
    }
    case TypeKind::kVersion:
      return IsVersion(text, VersionScheme::kGeneric)
                 ? MakeConstant(required, static_cast<uint64_t>(VersionScheme::kGeneric), text, span)
                 : nullptr;
    default: return nullptr;
  }
}

void Checker::ReadDataTable(const ast::Mapping& mapping, Model& model) {
  if (mapping.source == nullptr) return;
  const std::string path = mapping.source->PlainText();
  auto fail = [&](std::string message) -> Diagnostic& {
    return Report(Code::kBadData, mapping.source->span, std::move(message));
  };
  for (const Field& field : model.fields) {
    if (field.type == nullptr) return;
    const TypeKind kind = field.type->kind == TypeKind::kList || field.type->kind == TypeKind::kSet
                              ? field.type->element->kind
                              : field.type->kind;
    if (kind == TypeKind::kRef || kind == TypeKind::kMap || kind == TypeKind::kJson || kind >= TypeKind::kIpSet ||
        field.reverse_model != nullptr) {
      Report(Code::kBadData, field.span,
             "`" + field.name + "` is `" + field.type->ToString() + "`, which a table of facts cannot hold")
          .Hint("keep the key as a `string` and compare it");
      return;
    }
  }
  if (!options_.read_file) {
    fail("`" + path + "` cannot be read: the policy stands in no folder");
    return;
  }
  const Result<std::string> text = options_.read_file(mapping.source->span.file_id, path);
  if (!text.ok()) {
    fail("`" + path + "` cannot be read: " + text.error().message)
        .Hint("the path is meant from the folder of the policy file");
    return;
  }
  if (path.ends_with(".json")) {
    ReadJson(*text, mapping, model);
  } else if (path.ends_with(".csv")) {
    ReadCsv(*text, mapping, model);
  } else {
    fail("`" + path + "` is neither `.csv` nor `.json`")
        .Expected("a CSV file with a header line, or a JSON list of objects");
  }
}

namespace {

// The column of each field as the mapping's body names it; else the field's own name.
std::string ColumnOf(const Field& field, const ast::Mapping& mapping) {
  for (const ast::MappingEntry& entry : mapping.entries) {
    if (entry.target.ToString() != field.name || entry.value == nullptr) continue;
    if (const auto* name = ast::TryAs<ast::NameExpr>(*entry.value)) return name->name.text;
    if (const auto* text = ast::TryAs<ast::StringExpr>(*entry.value)) return text->PlainText();
  }
  return field.name;
}

}  // namespace

void Checker::ReadCsv(const std::string& text, const ast::Mapping& mapping, Model& model) {
  const std::string path = mapping.source->PlainText();
  const Span span = mapping.source->span;
  uint32_t bad_line = 0;
  const std::vector<CsvRow> rows = ParseCsv(text, bad_line);
  if (bad_line != 0) {
    Report(Code::kBadData, span, fmt::format("{}:{}: a quotation mark that is never closed", path, bad_line));
    return;
  }
  if (rows.empty()) {
    Report(Code::kBadData, span, "`" + path + "` is empty").Expected("a header line with the names of the columns");
    return;
  }
  std::vector<std::string> header;
  for (const std::string& cell : rows[0].cells) header.push_back(Fold(cell));
  std::vector<size_t> columns;
  for (const Field& field : model.fields) {
    const std::string wanted = ColumnOf(field, mapping);
    const size_t column = static_cast<size_t>(std::find(header.begin(), header.end(), Fold(wanted)) - header.begin());
    if (column == header.size() && !field.type->optional && field.default_value == nullptr) {
      Report(Code::kBadData, span, "`" + path + "` has no column `" + wanted + "`")
          .Also(field.span, "the field is declared here")
          .Hint(Meant(wanted, rows[0].cells));
      return;
    }
    columns.push_back(column);
  }
  size_t num_errors = 0;
  for (size_t r = 1; r < rows.size() && num_errors < 10; ++r) {
    std::vector<ExprPtr>& typed = model.data_rows.emplace_back();
    if (rows[r].cells.size() != header.size()) {
      Report(Code::kBadData, span,
             fmt::format("{}:{}: {} cells, and the header has {}", path, rows[r].line, rows[r].cells.size(),
                         header.size()));
      ++num_errors;
      continue;
    }
    for (size_t f = 0; f < model.fields.size(); ++f) {
      const Field& field = model.fields[f];
      const std::string cell = columns[f] < header.size() ? rows[r].cells[columns[f]] : "";
      const bool is_collection = field.type->kind == TypeKind::kList || field.type->kind == TypeKind::kSet;
      ExprPtr value;
      if (is_collection) {
        value = Make(field.type->kind == TypeKind::kList ? ExprKind::kMakeList : ExprKind::kMakeSet,
                     program_->types.Required(field.type), span);
        for (size_t begin = 0; !cell.empty() && begin <= cell.size();) {
          const size_t end = std::min(cell.find(';', begin), cell.size());
          ExprPtr element = DataValue(cell.substr(begin, end - begin), *field.type->element, span);
          if (element == nullptr) {
            value = nullptr;
            break;
          }
          value->operands.push_back(std::move(element));
          begin = end + 1;
        }
      } else if (cell.empty() && field.type->optional) {
        value = Make(ExprKind::kAbsent, field.type, span);
      } else if (cell.empty() && field.default_value != nullptr) {
        value = Clone(*field.default_value);
      } else {
        value = DataValue(cell, *field.type, span);
      }
      if (value == nullptr) {
        Report(Code::kBadData, span,
               fmt::format("{}:{}: `{}` is no `{}` for `{}`", path, rows[r].line, cell, field.type->ToString(),
                           field.name));
        ++num_errors;
      }
      typed.push_back(std::move(value));
    }
  }
}

void Checker::ReadJson(const std::string& text, const ast::Mapping& mapping, Model& model) {
  using Json = nlohmann::json;
  const std::string path = mapping.source->PlainText();
  const Span span = mapping.source->span;
  Json table;
  try {
    table = Json::parse(text);
  } catch (const Json::parse_error& error) {
    const size_t at = std::min(error.byte, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    Report(Code::kBadData, span, fmt::format("{}:{}: this is not JSON", path, line));
    return;
  }
  if (!table.is_array()) {
    Report(Code::kBadData, span, "`" + path + "` is no list").Expected("a JSON list of objects");
    return;
  }
  auto value_of = [&](const Json& json, const Type& type) -> ExprPtr {
    if (type.kind == TypeKind::kString && !json.is_string()) return nullptr;
    return DataValue(json.is_string() ? json.get<std::string>() : json.dump(), type, span);
  };
  size_t num_errors = 0;
  for (size_t r = 0; r < table.size() && num_errors < 10; ++r) {
    if (!table[r].is_object()) {
      Report(Code::kBadData, span, fmt::format("{}: item {} is no object", path, r));
      ++num_errors;
      continue;
    }
    std::unordered_map<std::string, const Json*> members;
    for (const auto& [key, member] : table[r].items()) members.emplace(Fold(key), &member);
    std::vector<ExprPtr>& typed = model.data_rows.emplace_back();
    for (const Field& field : model.fields) {
      const auto found = members.find(Fold(ColumnOf(field, mapping)));
      const Json* member = found == members.end() || found->second->is_null() ? nullptr : found->second;
      ExprPtr value;
      if (member == nullptr) {
        if (field.type->optional)
          value = Make(ExprKind::kAbsent, field.type, span);
        else if (field.default_value != nullptr)
          value = Clone(*field.default_value);
      } else if (field.type->kind == TypeKind::kList || field.type->kind == TypeKind::kSet) {
        value = Make(field.type->kind == TypeKind::kList ? ExprKind::kMakeList : ExprKind::kMakeSet,
                     program_->types.Required(field.type), span);
        bool failed = !member->is_array();
        for (size_t i = 0; !failed && i < member->size(); ++i) {
          ExprPtr element = value_of((*member)[i], *field.type->element);
          failed = element == nullptr;
          value->operands.push_back(std::move(element));
        }
        if (failed) value = nullptr;
      } else if (!member->is_structured()) {
        value = value_of(*member, *field.type);
      }
      if (value == nullptr) {
        Report(Code::kBadData, span,
               member == nullptr ? fmt::format("{}: item {} has no `{}`", path, r, field.name)
                                 : fmt::format("{}: item {}: `{}` is no `{}` for `{}`", path, r,
                                               member->dump().substr(0, 60), field.type->ToString(), field.name));
        ++num_errors;
      }
      typed.push_back(std::move(value));
    }
  }
}

}  // namespace bylaw::compiler

#include "tests/embedding/random_rows.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/snapshot/reference_keys.h"

namespace bylaw::testing {

namespace {

std::string Quoted(const std::string& text) {
  std::string json = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      json += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      json += c;
    }
  }
  return json + "\"";
}

std::string Object(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string json = "{";
  for (const auto& [name, value] : members) json += (json.size() > 1 ? ", " : "") + Quoted(name) + ": " + value;
  return json + "}";
}

}  // namespace

RandomRows::RandomRows(const PolicySet& policies, uint64_t seed) : program_(policies.program()), random_(seed) {
  for (const Constant& constant : program_.constants) {
    if (program_.types[constant.type].kind == TypeKind::kString && constant.text.size() < 30)
      texts_.push_back(constant.text);
  }
  texts_.push_back("other");
}

std::vector<ResourceRow> RandomRows::Make(size_t num_models, size_t num_rows) {
  std::vector<TableId> models;
  for (TableId t = 0; t < program_.tables.size(); ++t) {
    if (program_.tables[t].kind == TableKind::kModel && program_.tables[t].data_rows.empty() &&
        !program_.tables[t].columns.empty())
      models.push_back(t);
  }
  std::shuffle(models.begin(), models.end(), random_);
  models.resize(std::min(models.size(), num_models));
  // What the chosen models refer to is chosen too, so that references lead somewhere.
  tables_ = models;
  for (TableId table : models) {
    for (const TableColumn& column : program_.tables[table].columns) {
      for (TableId target : program_.types[column.type].tables) {
        if (program_.tables[target].kind == TableKind::kModel && !program_.tables[target].columns.empty() &&
            Below(2) == 0)
          tables_.push_back(target);
      }
    }
  }
  std::sort(tables_.begin(), tables_.end());
  tables_.erase(std::unique(tables_.begin(), tables_.end()), tables_.end());

  std::vector<ResourceRow> rows;
  std::vector<TableId> table_of;
  for (size_t i = 0; i < num_rows; ++i) {
    const TableId table = OneOf(tables_);
    ResourceRow row{.model = program_.tables[table].name, .address = fmt::format("r{}", i)};
    if (Below(3) == 0) row.account = fmt::format("{:012}", Below(2));
    if (Below(3) == 0) row.region = Below(2) == 0 ? "eu-west-1" : "us-east-1";
    if (Below(4) == 0) row.tags = Object({{"team", Quoted(OneOf(texts_))}});
    keys_.emplace_back(table, fmt::format("key-{}", Below(20) == 0 && i > 0 ? i - 1 : i));  // some are ambiguous
    if (Below(2) == 0) row.id = keys_.back().second;
    table_of.push_back(table);
    rows.push_back(std::move(row));
  }
  given_.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    given_.push_back(MakeFields(table_of[i], keys_[i].second, true, 80));
    rows[i].fields = Object(given_[i].values);
    rows[i].unknown = Object(given_[i].unknown);
  }
  return rows;
}

ResourceRow RandomRows::Change(std::vector<ResourceRow>* rows) {
  const size_t at = Below(static_cast<uint32_t>(rows->size()));
  ResourceRow& row = (*rows)[at];
  ResourceRow change{.model = row.model, .address = row.address};
  const Fields fields = MakeFields(keys_[at].first, keys_[at].second, false, 30);
  change.fields = Object(fields.values);
  change.unknown = Object(fields.unknown);
  if (Below(4) == 0) change.tags = row.tags = Object({{"team", Quoted(OneOf(texts_))}});
  auto replace = [](std::vector<std::pair<std::string, std::string>>& members, const std::string& name,
                    const std::string* value) {
    std::erase_if(members, [&](const auto& member) { return member.first == name; });
    if (value != nullptr) members.emplace_back(name, *value);
  };
  for (const auto& [name, value] : fields.values)
    replace(given_[at].values, name, &value), replace(given_[at].unknown, name, nullptr);
  for (const auto& [name, value] : fields.unknown)
    replace(given_[at].unknown, name, &value), replace(given_[at].values, name, nullptr);
  row.fields = Object(given_[at].values);
  row.unknown = Object(given_[at].unknown);
  return change;
}

RandomRows::Fields RandomRows::MakeFields(TableId table, const std::string& key, bool with_key, uint32_t percent) {
  Fields fields;
  const std::vector<TableColumn>& columns = program_.tables[table].columns;
  for (ColumnId c = 0; c < columns.size(); ++c) {
    const TableColumn& column = columns[c];
    if (c == KeyColumn(program_, program_.tables[table])) {
      if (with_key && program_.types[column.type].kind == TypeKind::kString)
        fields.values.emplace_back(column.name, Quoted(key));
      continue;
    }
    if (Below(100) >= percent) continue;
    const uint32_t kind = Below(12);
    if (kind == 0) {
      fields.values.emplace_back(column.name, "null");
    } else if (kind == 1) {
      fields.unknown.emplace_back(column.name, Below(2) == 0 ? "true" : "\"not decided\"");
    } else {
      fields.values.emplace_back(column.name, Value(column.type, 0));
    }
  }
  return fields;
}

std::string RandomRows::Value(TypeId type, uint32_t depth) {
  const TypeEntry& entry = program_.types[type];
  switch (entry.kind) {
    case TypeKind::kBool: return Below(2) == 0 ? "true" : "false";
    case TypeKind::kInt: return std::to_string(OneOf(std::vector<int>{0, 1, 22, 80, 90, 365, 65535, -1}));
    case TypeKind::kFloat: return OneOf(std::vector<std::string>{"0.5", "1", "7.25"});
    case TypeKind::kString: return Quoted(OneOf(texts_));
    case TypeKind::kTime:
      return OneOf(std::vector<std::string>{"\"2024-01-01\"", "\"2026-11-01T10:00:00Z\"", "\"1999-12-31\""});
    case TypeKind::kDuration: return OneOf(std::vector<std::string>{"\"30d\"", "\"1h\"", "\"400d\""});
    case TypeKind::kIp: return OneOf(std::vector<std::string>{"\"10.0.0.1\"", "\"203.0.113.9\"", "\"2001:db8::1\""});
    case TypeKind::kCidr:
      return OneOf(std::vector<std::string>{"\"0.0.0.0/0\"", "\"10.0.0.0/8\"", "\"::/0\"", "\"203.0.113.0/24\""});
    case TypeKind::kVersion: return OneOf(std::vector<std::string>{"\"1.2.3\"", "\"8.0\"", "\"3.10\""});
    case TypeKind::kRef: return Quoted(Key(entry.tables));
    case TypeKind::kList:
    case TypeKind::kSet: {
      std::string json = "[";
      for (uint32_t i = 0, size = Below(4); i < size; ++i)
        json += (i == 0 ? "" : ", ") + Value(entry.element, depth + 1);
      return json + "]";
    }
    case TypeKind::kMap:
      return Object(
          {{"team", Value(entry.element, depth + 1)}, {OneOf(texts_) + "k", Value(entry.element, depth + 1)}});
    case TypeKind::kIpSet:
      return OneOf(std::vector<std::string>{"[\"0.0.0.0/0\"]", "[\"10.0.0.0/8\", \"::/0\"]", "[]"});
    case TypeKind::kPortSet: return OneOf(std::vector<std::string>{"\"22\"", "\"1-65535\"", "443"});
    case TypeKind::kIamDocument:
      return OneOf(std::vector<std::string>{
          R"({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})",
          R"({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}]})"});
    case TypeKind::kJson:
      return depth > 2 ? "1" : OneOf(std::vector<std::string>{"{\"a\": [1, \"x\"]}", "[]", "\"text\"", "true"});
  }
  return "null";
}

std::string RandomRows::Key(const std::vector<TableId>& tables) {
  if (Below(5) == 0) return fmt::format("outside-{}", Below(3));
  std::vector<std::string> fitting;
  for (const auto& [table, key] : keys_) {
    if (tables.empty() || std::find(tables.begin(), tables.end(), table) != tables.end()) fitting.push_back(key);
  }
  return fitting.empty() ? "outside-0" : OneOf(fitting);
}

}  // namespace bylaw::testing

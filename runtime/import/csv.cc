#include "runtime/import/csv.h"

#include <algorithm>
#include <vector>

#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

/// Takes one record from the front of `csv`. `num_lines` grows by the line ends in it.
std::vector<std::string> TakeRecord(std::string_view* csv, size_t* num_lines) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  size_t at = 0;
  for (; at < csv->size(); ++at) {
    const char c = (*csv)[at];
    if (quoted) {
      if (c == '"' && at + 1 < csv->size() && (*csv)[at + 1] == '"') {
        cells.back() += '"';
        ++at;
      } else if (c == '"') {
        quoted = false;
      } else {
        if (c == '\n') ++*num_lines;
        cells.back() += c;
      }
    } else if (c == '"' && cells.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      ++at;
      ++*num_lines;
      break;
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  csv->remove_prefix(at);
  return cells;
}

}  // namespace

bool LooksLikeCsv(std::string_view text) {
  const std::string_view header = text.substr(0, text.find('\n'));
  if (header.empty() || header.size() > 16384) return false;
  const auto commas = std::count(header.begin(), header.end(), ',');
  if (commas == 0 || header.find_first_of("{}[]:#") != std::string_view::npos) return false;
  size_t num_lines = 0;
  std::string_view rest = text;
  const std::vector<std::string> names = TakeRecord(&rest, &num_lines);
  // A sentence has commas too, but a space after them.
  const bool are_names = std::none_of(names.begin(), names.end(),
                                      [](const std::string& name) { return name.empty() || name.front() == ' '; });
  return are_names && !rest.empty() && TakeRecord(&rest, &num_lines).size() == names.size();
}

std::string CsvToJson(std::string_view csv, std::initializer_list<std::string_view> absent) {
  std::string json = "[";
  size_t num_lines = 0, written = 0;
  const std::vector<std::string> names = TakeRecord(&csv, &num_lines);
  bool first = true;
  while (!csv.empty()) {
    const size_t line = num_lines;
    const std::vector<std::string> cells = TakeRecord(&csv, &num_lines);
    if (cells.size() == 1 && cells[0].empty()) continue;
    if (!first) json += ',';
    for (; written < line; ++written) json += '\n';
    json += '{';
    bool first_cell = true;
    for (size_t i = 0; i < cells.size() && i < names.size(); ++i) {
      if (cells[i].empty() || std::find(absent.begin(), absent.end(), cells[i]) != absent.end()) continue;
      if (!first_cell) json += ',';
      first_cell = false;
      AppendJsonString(names[i], &json);
      json += ':';
      AppendJsonString(cells[i], &json);
    }
    json += '}';
    first = false;
  }
  return json + "]\n";
}

}  // namespace bylaw

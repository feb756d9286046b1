// CSV as JSON: each line after the header an object of texts by the header's names.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace bylaw {

/// Whether `text` looks like CSV with a header: several names with commas between, and as many cells in the next line.
bool LooksLikeCsv(std::string_view text);

/// A JSON list of objects, one a line, so that line numbers stay what they are. Empty cells, and those that say one of `absent`, are left out.
std::string CsvToJson(std::string_view csv, std::initializer_list<std::string_view> absent = {});

}  // namespace bylaw

// Any bytes as an input, of BYLAW_FUZZ_FORMAT or of any format: they are read into a snapshot, or refused with one error that names the input.
//
// The bytes are the input, so that real exports are seeds as they are; twice, when the last one says so, as templates and captures of one import
// look at each other.

#include <cstddef>
#include <cstdint>
#include <string>

#include "runtime/import/import.h"
#include "tests/unit/all_formats.h"

#ifndef BYLAW_FUZZ_FORMAT
#define BYLAW_FUZZ_FORMAT ""
#endif

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bylaw::AllFormats formats;
  static const std::string format = BYLAW_FUZZ_FORMAT;
  if (size < 2) return 0;
  const bool twice = (data[size - 1] & 0x80) != 0;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string name = format == "yaml" || format == "csv" ? "input." + format : "input.json";
  std::vector<bylaw::ImportInput> inputs = {{.path = name, .bytes = bytes}};
  if (twice) inputs.push_back({.path = "again.json", .bytes = bytes});
  const std::string as = format == "csv" || format == "yaml" ? "" : format;
  const auto import = bylaw::ImportInputs(formats.program_, inputs, {.input_format = as, .max_depth = 64}, nullptr);
  if (!import.ok()) {
    if (import.error().message.empty()) __builtin_trap();
    return 0;
  }
  const bylaw::Snapshot& snapshot = *import->snapshot;
  for (bylaw::TableId table = 0; table < formats.program_.tables.size(); ++table) {
    for (bylaw::Row row = 0; row < snapshot.num_rows(table) && row < 8; ++row) (void)snapshot.LocateRow(table, row);
  }
  return 0;
}

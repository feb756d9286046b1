// Made-up inputs of each format that tell how fast it is read, and the rule and the lookups that read a little of each.
//
// Of ten resources one is of the judged type, and of a thousand of those one fails. Thread safety: functions are pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bylaw::bench {

struct ImportInput {
  std::string name;       ///< of the format: "terraform_state"
  std::string extension;  ///< "json", "yaml"
  std::string policy;     ///< one rule that reads one column
  /// For `reading_floor`: where the list of resources is, which member tells their type, which type is judged, and where the column stands.
  std::string list, type_key, type, column;
  bool is_yaml = false;
};

/// The formats in the order in which they are shown.
const std::vector<ImportInput>& ImportInputs();

/// Writes `num_resources` of them; gives how many fail. False when it could not be written.
bool WriteImportInput(const ImportInput& input, const std::string& path, uint64_t num_resources, uint64_t* num_failing);

}  // namespace bylaw::bench

// JSON paths: those that rules read of untyped data and that no row of the whole input has. That is what a misspelling
// looks like where no model can tell.
//
// The paths are found in the program's code: a load of a json column, then members and elements of it, through
// captures, lazy blocks, queries and calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/bytecode/program.h"
#include "runtime/snapshot/snapshot.h"

namespace bylaw {

struct MissingPath {
  TableId table = 0;
  std::string path;       ///< "settings.alc", "rules[].port"
  uint64_t num_rows = 0;  ///< of the table; over 0
  uint32_t span = kNone;  ///< Program::spans: where it is read
};

/// Of the rules that are `enabled` ([num rules]; empty: all), in the order of tables and paths. What only may be there
/// is not missing. A path is left out when the start of it is missing.
std::vector<MissingPath> FindMissingPaths(const Program& program, const Snapshot& snapshot,
                                          const std::vector<bool>& enabled);

}  // namespace bylaw

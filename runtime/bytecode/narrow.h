// Narrowing: a program of which only some rules are judged reads no more than these need.
//
// A program lists the tables and columns that all of its rules read. Narrow() finds the code that the chosen rules reach, empties all other, and takes the mappings of tables and columns that nothing
// reads any more away, so that an importer leaves their records alone. Indices stay as they are. A rule that was not chosen keeps what describes it, and cannot be judged.
//
// Thread safety: stateless.
#pragma once

#include <vector>

#include "runtime/bytecode/program.h"

namespace bylaw {

/// `judged`: [num rules].
void Narrow(const std::vector<bool>& judged, Program& program);

}  // namespace bylaw

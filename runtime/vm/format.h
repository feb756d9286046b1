// Values as messages show them.
#pragma once

#include <string>

#include "runtime/vm/worker.h"

namespace bylaw {

/// A reference by its address (or key), absent as "(absent)", unknown as "(unknown)", ranges as "2 to 5"; lists and sets with ", " between.
std::string FormatValue(const EvaluationState& state, TypeId type, const Value& value);

}  // namespace bylaw

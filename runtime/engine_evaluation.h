// What the engine's entries share: an evaluation set up from CheckOptions.
#pragma once

#include <map>
#include <string>

#include "runtime/engine.h"
#include "runtime/vm/evaluation.h"

namespace bylaw {

EvaluationOptions MakeEvaluationOptions(const CheckOptions& options);

/// Gives every param in `values` to the evaluation; a name that the program does not have is an error.
Status SetParams(const std::map<std::string, std::string>& values, Evaluation& evaluation);

}  // namespace bylaw

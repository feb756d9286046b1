// The typed tree as text: every name resolved, every conversion written out, sugar gone.
#pragma once

#include <string>

#include "compiler/check/typed.h"

namespace bylaw::compiler {

std::string PrintTyped(const TypedProgram& program);
std::string PrintTyped(const Expr& expr);

}  // namespace bylaw::compiler

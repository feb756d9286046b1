// The IR as text, for `bylaw dump --stage ir` and for tests of passes.
#pragma once

#include <string>

#include "compiler/ir/ir.h"

namespace bylaw::compiler::ir {

/// Every unit that is live, a query's stages indented under it. A value that is used again and too long to be read
/// twice is written once, as `%12 = …`.
std::string Print(const Module& module);
/// One value, for tests and messages.
std::string Print(const Module& module, const Value* value);

}  // namespace bylaw::compiler::ir

// What reports and values say, as text to compare.
#pragma once

#include <string>

#include "runtime/engine.h"

namespace bylaw::reference {

/// A report as text, one thing a line, with nothing left out.
std::string Describe(const Report& report);
/// A value with its elements and causes.
std::string Describe(const QueryValue& value);
/// "line 3: `a` / `b`": where two texts begin to differ.
std::string FirstDifference(const std::string& a, const std::string& b);

}  // namespace bylaw::reference

// What people call functions by who come from other languages, and what they mean by it.
#pragma once

#include <string_view>

namespace bylaw::compiler {

/// "write `count(list)`" for `len`; empty for a name that no other language has, as far as is known here.
std::string_view MeantByFunction(std::string_view name);

}  // namespace bylaw::compiler

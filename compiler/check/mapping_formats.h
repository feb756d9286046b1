// The formats that `from FORMAT …` and untyped sources (`terraform.aws_foo`) may name.
#pragma once

#include <string>
#include <vector>

namespace bylaw::compiler {

/// In the order of the docs; the last, `data`, is for tables of facts alone.
const std::vector<std::string>& MappingFormats();

}  // namespace bylaw::compiler

// Random policy files: whatever the grammar allows, laid out in any way, with comments anywhere. They need not compile, but must parse.
#pragma once

#include <string>

#include "tests/differential/choices.h"

namespace bylaw::differential {

std::string GeneratePolicyText(Choices& choices);

}  // namespace bylaw::differential

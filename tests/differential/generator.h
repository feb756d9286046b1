// The generator: random well-typed policies over models of their own, and rows for them, both as text, made from choices.
#pragma once

#include <string>

#include "tests/differential/choices.h"

namespace bylaw::differential {

struct GeneratedWorld {
  std::string policy;
  std::string rows;  ///< as tests/reference/rows.h reads them
  bool closed_world = false;
};

GeneratedWorld Generate(Choices& choices);

/// A golden case that shows the world.
std::string AsCase(const GeneratedWorld& world, const std::string& purpose);

}  // namespace bylaw::differential

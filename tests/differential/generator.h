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

/// Another way to say the world that the same choices make: no verdict may tell them apart.
struct Variant {
  bool reorder = false;  ///< operands of what commutes, conditions, orders turned round
  bool rewrite =
      false;  ///< `not (a and b)` as `not a or not b`, `no` as `not exists`, `exists` as a count, `!=` as `not … ==`
  bool inline_defines = false;  ///< calls of defines that are not recursive as what they stand for
  bool reverse_rows = false;
  uint64_t refine =
      0;  ///< not 0: a seed for concrete values in place of what is unknown. What was decided must stay as it was
};

GeneratedWorld Generate(Choices& choices, const Variant& variant = {});

/// A golden case that shows the world.
std::string AsCase(const GeneratedWorld& world, const std::string& purpose);

}  // namespace bylaw::differential

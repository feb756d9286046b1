#include "runtime/vm/vector.h"

namespace bylaw {

Vector Vector::Gather(const std::vector<uint32_t>& lanes) const {
  Vector result;
  size_t n = lanes.size();
  result.cells.resize(n);
  for (size_t i = 0; i < n; ++i) result.cells[i] = cells[lanes[i]];
  if (!states.empty()) {
    result.states.resize(n);
    for (size_t i = 0; i < n; ++i) result.states[i] = states[lanes[i]];
  }
  if (!upper.empty()) {
    result.upper.resize(n);
    for (size_t i = 0; i < n; ++i) result.upper[i] = upper[lanes[i]];
  }
  if (!evidence.empty()) {
    result.evidence.resize(n);
    for (size_t i = 0; i < n; ++i) result.evidence[i] = evidence[lanes[i]];
  }
  return result;
}

}  // namespace bylaw

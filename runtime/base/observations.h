// Observations: which outcomes the conditions of a program came to, over any number of runs. Conditions have numbers, given by the compiler (compiler/conditions.h);
// a program that was not compiled to be observed notes nothing.
//
// Thread safety: Note and seen may be called from several threads. What was seen depends on what ran, not on the order.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bylaw {

class Observations {
 public:
  static constexpr uint8_t kTrue = 1, kFalse = 2, kUnknown = 4;

  explicit Observations(size_t num_conditions) : seen_(num_conditions) {}

  /// Adds outcomes (a sum of the bits above). A number that no condition has is passed over: programs may be forged.
  void Note(uint32_t condition, uint8_t outcomes) {
    if (condition < seen_.size() && (seen(condition) & outcomes) != outcomes)
      seen_[condition].fetch_or(outcomes, std::memory_order_relaxed);
  }

  /// All outcomes so far; 0: it was never evaluated.
  uint8_t seen(uint32_t condition) const { return seen_[condition].load(std::memory_order_relaxed); }

 private:
  std::vector<std::atomic<uint8_t>> seen_;
};

}  // namespace bylaw

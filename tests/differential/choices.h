// A stream of choices that a generator draws from. Everything random comes from here, so that a generated thing is shrunk by shrinking its choices: with some left out or
// made smaller the generator makes a smaller thing, which is well-formed by construction.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace bylaw::differential {

class Choices {
 public:
  /// Fresh choices from a seed.
  explicit Choices(uint64_t seed) : random_(seed) {}
  /// The choices recorded; behind their end every choice is 0, the simplest.
  explicit Choices(std::vector<uint32_t> recorded) : recorded_(std::move(recorded)), replay_(true) {}

  /// A number below `n`, which is over 0. Smaller numbers should mean simpler things.
  uint32_t Below(uint32_t n) {
    uint32_t value = 0;
    if (!replay_) {
      value = static_cast<uint32_t>(random_() % n);
      recorded_.push_back(value);
    } else if (next_ < recorded_.size()) {
      value = recorded_[next_++] % n;
    }
    return value;
  }
  bool OneIn(uint32_t n) { return Below(n) == n - 1; }
  const std::vector<uint32_t>& recorded() const { return recorded_; }

 private:
  std::mt19937_64 random_;
  std::vector<uint32_t> recorded_;
  size_t next_ = 0;
  bool replay_ = false;
};

/// The smallest choices found, by deleting and lowering, for which `fails` still holds. Runs it at most `budget` times.
std::vector<uint32_t> Shrink(std::vector<uint32_t> choices,
                             const std::function<bool(const std::vector<uint32_t>&)>& fails, int budget = 1500);

}  // namespace bylaw::differential

#include "tests/differential/choices.h"

#include <algorithm>

namespace bylaw::differential {

std::vector<uint32_t> Shrink(std::vector<uint32_t> choices,
                             const std::function<bool(const std::vector<uint32_t>&)>& fails, int budget) {
  auto attempt = [&](std::vector<uint32_t> candidate) {
    if (budget <= 0) return false;
    --budget;
    if (!fails(candidate)) return false;
    choices = std::move(candidate);
    return true;
  };
  for (bool changed = true; changed && budget > 0;) {
    changed = false;
    for (size_t length = std::max<size_t>(choices.size() / 2, 1); length > 0; length /= 2) {
      for (size_t begin = 0; begin + length <= choices.size();) {
        std::vector<uint32_t> shorter = choices;
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(begin),
                      shorter.begin() + static_cast<std::ptrdiff_t>(begin + length));
        if (attempt(std::move(shorter))) {
          changed = true;
        } else {
          begin += length;
        }
      }
    }
    for (size_t i = 0; i < choices.size(); ++i) {
      for (const uint32_t lower : {0u, choices[i] / 2, choices[i] == 0 ? 0u : choices[i] - 1}) {
        if (i >= choices.size() || lower >= choices[i]) continue;
        std::vector<uint32_t> smaller = choices;
        smaller[i] = lower;
        if (attempt(std::move(smaller))) changed = true;
      }
    }
  }
  return choices;
}

}  // namespace bylaw::differential

#include "cli/statistics.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <sys/resource.h>

namespace bylaw::cli {

void Statistics::Phase(const std::string& name) {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - last_).count();
  last_ = now;
  const auto phase =
      std::find_if(phases_.begin(), phases_.end(), [&](const auto& entry) { return entry.first == name; });
  if (phase == phases_.end()) {
    phases_.emplace_back(name, seconds);
  } else {
    phase->second += seconds;
  }
}

void Statistics::Print() const {
  double total = 0;
  for (const auto& [name, seconds] : phases_) {
    fmt::print(stderr, "{:<10} {:>9.1f} ms\n", name, seconds * 1000);
    total += seconds;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(stderr, "{:<10} {:>9.1f} ms, peak memory {:.1f} MB\n", "total", total * 1000,
             static_cast<double>(usage.ru_maxrss) / 1024);
}

}  // namespace bylaw::cli

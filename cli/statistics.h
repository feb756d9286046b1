// Time and memory by phase, for --stats.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bylaw::cli {

class Statistics {
 public:
  Statistics() : last_(std::chrono::steady_clock::now()) {}

  /// The phase that ends now; phases of one name add up.
  void Phase(const std::string& name);
  /// A line a phase and the peak memory, to stderr.
  void Print() const;

 private:
  std::chrono::steady_clock::time_point last_;
  std::vector<std::pair<std::string, double>> phases_;
};

}  // namespace bylaw::cli

// Seeds: the seeds that a command of random tests goes through, by count or by time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace CLI {
class App;
}

namespace bylaw::differential {

class Seeds {
 public:
  /// Adds --seed, --count and --minutes to the command's options; `app` must outlive this.
  Seeds(CLI::App& app, uint64_t default_count);

  /// The next seed; none when the count or the time is reached. Time runs from the first call on.
  std::optional<uint64_t> Next();
  /// How many were given.
  uint64_t num_given() const { return num_given_; }

 private:
  using Clock = std::chrono::steady_clock;

  const CLI::App& app_;
  uint64_t first_ = 1, count_, num_given_ = 0;
  double minutes_ = 0;
  std::optional<Clock::time_point> begin_;
};

}  // namespace bylaw::differential

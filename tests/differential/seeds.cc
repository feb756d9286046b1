#include "tests/differential/seeds.h"

#include <CLI/CLI.hpp>

namespace bylaw::differential {

Seeds::Seeds(CLI::App& app, uint64_t default_count) : app_(app), count_(default_count) {
  app.add_option("--seed", first_, "the first seed; the next ones follow");
  app.add_option("--count", count_, "how many seeds");
  app.add_option("--minutes", minutes_, "stop after this time; without --count, go on until then");
}

std::optional<uint64_t> Seeds::Next() {
  if (!begin_) begin_ = Clock::now();
  const std::chrono::duration<double, std::ratio<60>> most(minutes_);
  if (minutes_ > 0 && Clock::now() - *begin_ > most) return std::nullopt;
  const bool endless = minutes_ > 0 && app_.count("--count") == 0;
  if (!endless && num_given_ == count_) return std::nullopt;
  return first_ + num_given_++;
}

}  // namespace bylaw::differential

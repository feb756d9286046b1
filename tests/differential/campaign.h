// A campaign: worlds of one seed after the other are looked at until a count or a time is reached. What is wrong with one
// is made small, printed, and written as a case where that is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/differential/choices.h"
#include "tests/differential/seeds.h"

namespace bylaw::differential {

/// The choices that a world is made of (Choices::recorded).
using Recorded = std::vector<uint32_t>;

struct Fault {
  std::string kind;  ///< while a world is made small, its fault stays of this kind
  std::string text;  ///< one line
  explicit operator bool() const { return !text.empty(); }
};

/// Something that must hold of every world.
struct Check {
  std::string name;
  /// What is wrong with the world of these choices; nothing, if it holds.
  std::function<Fault(const Recorded&)> find_fault;
  /// The world as cases: the end of each file's name, and its text.
  std::function<std::vector<std::pair<std::string, std::string>>(const Recorded&)> show;
};

class Campaign {
 public:
  /// Adds --max-failures, --out and what Seeds takes to the command's options; `app` must outlive this.
  Campaign(CLI::App& app, uint64_t default_count);

  /// Makes the world of each seed by `generate` and holds it against what `checks_of` gives for the seed.
  void Run(const std::function<void(Choices&)>& generate, const std::function<std::vector<Check>(uint64_t)>& checks_of);

  uint64_t num_worlds() const { return seeds_.num_given(); }
  size_t num_faults() const { return num_faults_; }

 private:
  void Report(uint64_t seed, const Check& check, const Fault& fault, const Recorded& choices);

  Seeds seeds_;
  size_t num_faults_ = 0, max_failures_ = 5;
  std::string out_;
};

}  // namespace bylaw::differential

#include "tests/differential/campaign.h"

#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace bylaw::differential {

Campaign::Campaign(CLI::App& app, uint64_t default_count) : seeds_(app, default_count) {
  app.add_option("--max-failures", max_failures_, "stop after this many");
  app.add_option("--out", out_, "a folder for the cases of what fails");
}

void Campaign::Run(const std::function<void(Choices&)>& generate,
                   const std::function<std::vector<Check>(uint64_t)>& checks_of) {
  while (num_faults_ < max_failures_) {
    const std::optional<uint64_t> seed = seeds_.Next();
    if (!seed) return;
    Choices choices(*seed);
    generate(choices);
    for (const Check& check : checks_of(*seed)) {
      const Fault fault = check.find_fault(choices.recorded());
      if (!fault) continue;
      ++num_faults_;
      Report(*seed, check, fault, choices.recorded());
    }
  }
}

void Campaign::Report(uint64_t seed, const Check& check, const Fault& fault, const Recorded& choices) {
  const Recorded smallest = Shrink(choices, [&](const Recorded& candidate) {
    const Fault other = check.find_fault(candidate);
    return other && other.kind == fault.kind;
  });
  fmt::print("FAIL {} seed {}: {}\nas small as it gets: {}\n", check.name, seed, fault.text,
             check.find_fault(smallest).text);
  if (!out_.empty()) std::filesystem::create_directories(out_);
  for (const auto& [suffix, text] : check.show(smallest)) {
    fmt::print("{}\n", text);
    if (!out_.empty()) std::ofstream(fmt::format("{}/{}_{}{}.case", out_, check.name, seed, suffix)) << text;
  }
  std::fflush(stdout);
}

}  // namespace bylaw::differential

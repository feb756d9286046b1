// differential [--seed S] [--count N] [--minutes M] [--out FOLDER]: random worlds, judged in every way that must agree. A world that is not judged alike is made small and written as a case.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/differential/generator.h"
#include "tests/reference/every_way.h"
#include "tests/reference/rows.h"

namespace {

using bylaw::differential::Choices;
using bylaw::differential::GeneratedWorld;

bylaw::reference::Outcome Judge(const GeneratedWorld& generated) {
  bylaw::reference::World world;
  world.policies = {{.path = "policy.bylaw", .text = generated.policy}};
  world.check.closed_world = generated.closed_world;
  world.load = [&](const bylaw::compiler::CompileResult&, const bylaw::PolicySet& policies) { return bylaw::reference::LoadRowText(policies, generated.rows, generated.closed_world); };
  return bylaw::reference::JudgeEveryWay(world);
}

/// What is wrong with a world, in one line; empty when nothing is.
std::string Fault(const GeneratedWorld& generated) {
  const bylaw::reference::Outcome outcome = Judge(generated);
  if (!outcome.difference.empty()) return outcome.difference;
  // A test for a model that a guard has excluded is refused on purpose.
  if (!outcome.compiled) return outcome.diagnostics.find("` is never `") != std::string::npos ? std::string() : "it does not compile: " + outcome.diagnostics;
  if (!outcome.error.empty()) return "it is not judged: " + outcome.error;
  return {};
}

/// The kind of a fault: shrinking must not go over from one to another.
std::string KindOf(const std::string& fault) { return fault.substr(0, fault.find(':')); }

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Judges random worlds in every way that must agree"};
  uint64_t seed = 1, count = 2000;
  double minutes = 0;
  size_t max_failures = 5;
  std::string out;
  bool print = false;
  app.add_option("--seed", seed, "of the first world; the next ones follow");
  app.add_option("--count", count, "how many worlds");
  app.add_option("--minutes", minutes, "stop after this time; without --count, go on until then");
  app.add_option("--max-failures", max_failures, "stop after this many");
  app.add_option("--out", out, "a folder for the cases of what fails");
  app.add_flag("--print", print, "print each world");
  CLI11_PARSE(app, argc, argv);
  if (minutes > 0 && app.count("--count") == 0) count = UINT64_MAX;
  const auto begin = std::chrono::steady_clock::now();
  uint64_t num_worlds = 0;
  size_t num_failures = 0;
  for (; num_worlds < count && num_failures < max_failures; ++num_worlds) {
    if (minutes > 0 && std::chrono::steady_clock::now() - begin > std::chrono::duration<double, std::ratio<60>>(minutes)) break;
    Choices choices(seed + num_worlds);
    const GeneratedWorld world = bylaw::differential::Generate(choices);
    if (print) fmt::print("{}", AsCase(world, fmt::format("Seed {}.", seed + num_worlds)));
    const std::string fault = Fault(world);
    if (fault.empty()) continue;
    ++num_failures;
    const auto smallest = bylaw::differential::Shrink(choices.recorded(), [&](const std::vector<uint32_t>& candidate) {
      Choices replayed(candidate);
      return KindOf(Fault(bylaw::differential::Generate(replayed))) == KindOf(fault);
    });
    Choices replayed(smallest);
    const GeneratedWorld small = bylaw::differential::Generate(replayed);
    const std::string text = AsCase(small, fmt::format("Found by the differential test (seed {}).", seed + num_worlds));
    fmt::print("FAIL seed {}: {}\nas small as it gets: {}\n{}\n", seed + num_worlds, fault, Fault(small), text);
    std::fflush(stdout);
    if (!out.empty()) {
      std::filesystem::create_directories(out);
      std::ofstream(fmt::format("{}/seed_{}.case", out, seed + num_worlds)) << text;
    }
  }
  fmt::print("{} policy-snapshot pairs judged, {} differ\n", num_worlds, num_failures);
  return num_failures == 0 ? 0 : 1;
}

// differential [--seed S] [--count N] [--minutes M] [--out FOLDER]: random worlds, judged in every way that must agree.
// A world that is not judged alike is made small and written as a case.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/differential/campaign.h"
#include "tests/differential/generator.h"
#include "tests/reference/every_way.h"
#include "tests/reference/rows.h"

namespace {

using bylaw::differential::Choices;
using bylaw::differential::Fault;
using bylaw::differential::GeneratedWorld;
using bylaw::differential::Recorded;

GeneratedWorld WorldOf(const Recorded& recorded) {
  Choices choices(recorded);
  return bylaw::differential::Generate(choices);
}

bylaw::reference::Outcome Judge(const GeneratedWorld& generated) {
  bylaw::reference::World world;
  world.policies = {{.path = "policy.bylaw", .text = generated.policy}};
  world.check.closed_world = generated.closed_world;
  world.load = [&](const bylaw::compiler::CompileResult&, const bylaw::PolicySet& policies) {
    return bylaw::reference::LoadRowText(policies, generated.rows, generated.closed_world);
  };
  return bylaw::reference::JudgeEveryWay(world);
}

/// What is wrong with a world. Faults are of one kind when they begin alike.
Fault FindFault(const GeneratedWorld& generated) {
  const bylaw::reference::Outcome outcome = Judge(generated);
  if (!outcome.difference.empty()) {
    return {outcome.difference.substr(0, outcome.difference.find(':')), outcome.difference};
  }
  if (!outcome.compiled) {
    // A test for a model that a guard has excluded is refused on purpose.
    if (outcome.diagnostics.find("` is never `") != std::string::npos) return {};
    return {"diagnostics", "it does not compile: " + outcome.diagnostics};
  }
  if (!outcome.error.empty()) return {"error", "it is not judged: " + outcome.error};
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Judges random worlds in every way that must agree"};
  bylaw::differential::Campaign campaign(app, 2000);
  bool print = false;
  app.add_flag("--print", print, "print each world");
  CLI11_PARSE(app, argc, argv);
  campaign.Run(
      [](Choices& choices) { Generate(choices); },
      [&](uint64_t seed) -> std::vector<bylaw::differential::Check> {
        if (print) {
          Choices choices(seed);
          fmt::print("{}", AsCase(bylaw::differential::Generate(choices), fmt::format("Seed {}.", seed)));
        }
        return {
            {.name = "differential",
             .find_fault = [](const Recorded& choices) { return FindFault(WorldOf(choices)); },
             .show = [seed](const Recorded& choices) -> std::vector<std::pair<std::string, std::string>> {
               return {{"", AsCase(WorldOf(choices), fmt::format("Found by the differential test (seed {}).", seed))}};
             }}};
      });
  fmt::print("{} policy-snapshot pairs judged, {} differ\n", campaign.num_worlds(), campaign.num_faults());
  return campaign.num_faults() == 0 ? 0 : 1;
}

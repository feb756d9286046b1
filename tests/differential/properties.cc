// properties [--only NAME] [--seed S] [--count N] [--minutes M] [--out FOLDER]: what must hold of the verdicts of any
// world, on random ones.
//
//   reorder   operands of what commutes stand the other way round
//   rewrite   `not (a and b)` is written `not a or not b`, `no` as `not exists`, `exists` as a count, `!=` as `not …
//   ==` inline    calls of defines are written out rows      the rows come in the opposite order passes    the program
//   is not optimised refine    what is unknown gets concrete values: no pass becomes a fail, no fail a pass, and what a
//   rule is not about stays so
//
// In a build whose kernels are broken on purpose (properties_broken) it must find something.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/differential/generator.h"
#include "tests/reference/every_way.h"
#include "tests/reference/rows.h"

namespace {

using bylaw::Verdict;
using bylaw::differential::Choices;
using bylaw::differential::GeneratedWorld;
using bylaw::differential::Variant;
using bylaw::reference::ReferenceReport;
using bylaw::reference::ReferenceVerdict;

struct Property {
  std::string name;
  Variant variant;
  bool optimize = true;
  bool refines = false;
};

std::vector<Property> Properties(uint64_t seed) {
  return {{.name = "reorder", .variant = {.reorder = true}},
          {.name = "rewrite", .variant = {.rewrite = true}},
          {.name = "inline", .variant = {.inline_defines = true}},
          {.name = "rows", .variant = {.reverse_rows = true}},
          {.name = "passes", .variant = {}, .optimize = false},
          {.name = "refine", .variant = {.refine = seed * 2 + 1}, .refines = true}};
}

bylaw::Result<ReferenceReport> Judge(const GeneratedWorld& generated, bool optimize) {
  bylaw::reference::World world;
  world.policies = {{.path = "policy.bylaw", .text = generated.policy}};
  world.options.optimize = optimize;
  world.check.closed_world = generated.closed_world;
  world.load = [&](const bylaw::compiler::CompileResult&, const bylaw::PolicySet& policies) {
    return bylaw::reference::LoadRowText(policies, generated.rows, generated.closed_world);
  };
  return bylaw::reference::JudgeOnce(world);
}

std::string TextOf(const ReferenceVerdict& verdict) {
  return fmt::format("{} {} [{}]", verdict.rule, verdict.clause + 1, fmt::join(verdict.tuple, ", "));
}

/// How two reports of the same world differ, in one line; empty when they do not.
std::string Difference(const ReferenceReport& a, const ReferenceReport& b) {
  if (a.verdicts == b.verdicts && a.counts == b.counts) return {};
  for (const ReferenceVerdict& verdict : a.verdicts) {
    if (!std::binary_search(b.verdicts.begin(), b.verdicts.end(), verdict))
      return fmt::format("{} is {}", TextOf(verdict), VerdictName(verdict.verdict));
  }
  for (const ReferenceVerdict& verdict : b.verdicts) {
    if (!std::binary_search(a.verdicts.begin(), a.verdicts.end(), verdict))
      return fmt::format("{} becomes {}", TextOf(verdict), VerdictName(verdict.verdict));
  }
  return "the counts differ";
}

/// What a decided verdict became that it must not, when unknowns got values.
///
/// With `one` it may: what the certain members say stands until a possible one turns out to say something else. Then it
/// is unknown, and so may be what was decided by it.
std::string Unsound(const ReferenceReport& before, const ReferenceReport& after, bool has_one) {
  auto find = [](const ReferenceReport& report, const ReferenceVerdict& wanted) {
    const auto found = std::find_if(report.verdicts.begin(), report.verdicts.end(), [&](const ReferenceVerdict& v) {
      return v.rule == wanted.rule && v.clause == wanted.clause && v.tuple == wanted.tuple;
    });
    return found == report.verdicts.end() ? Verdict::kNotApplicable : found->verdict;
  };
  for (const ReferenceVerdict& verdict : before.verdicts) {
    const Verdict later = find(after, verdict);
    const bool undone = has_one && later == Verdict::kUnknown;
    const bool pass_kept =
        verdict.verdict != Verdict::kPass || later == Verdict::kPass || later == Verdict::kNotApplicable || undone;
    const bool fail_kept = verdict.verdict != Verdict::kFail || later == Verdict::kFail || undone;
    if (!pass_kept || !fail_kept)
      return fmt::format("{}: {} becomes {}", TextOf(verdict), VerdictName(verdict.verdict), VerdictName(later));
  }
  for (const ReferenceVerdict& verdict : after.verdicts) {
    const bool undone = has_one && verdict.verdict != Verdict::kFail;
    if (find(before, verdict) == Verdict::kNotApplicable && !undone)
      return fmt::format("{}: not applicable becomes {}", TextOf(verdict), VerdictName(verdict.verdict));
  }
  return {};
}

/// What is wrong with a property in the world of some choices; `base` is how that world is judged.
std::string Fault(const Property& property, const std::vector<uint32_t>& recorded,
                  const bylaw::Result<ReferenceReport>& base) {
  if (!base.ok()) return {};  // differential has something to say about it
  Choices choices(recorded);
  const GeneratedWorld world = bylaw::differential::Generate(choices, property.variant);
  const bylaw::Result<ReferenceReport> other = Judge(world, property.optimize);
  // What stands to the left of `and` excludes a model: in another order the test for it is refused.
  if (!other.ok() && other.error().message.find("` is never `") != std::string::npos) return {};
  if (!other.ok()) return "it is not judged: " + other.error().ToString();
  return property.refines ? Unsound(*base, *other, world.policy.find("(one ") != std::string::npos)
                          : Difference(*base, *other);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Properties of verdicts, on random worlds"};
  uint64_t seed = 1, count = 1000;
  double minutes = 0;
  size_t max_failures = 5;
  std::string out, only;
  app.add_option("--only", only, "one property")
      ->check(CLI::IsMember({"reorder", "rewrite", "inline", "rows", "passes", "refine"}));
  app.add_option("--seed", seed, "of the first world; the next ones follow");
  app.add_option("--count", count, "how many worlds");
  app.add_option("--minutes", minutes, "stop after this time; without --count, go on until then");
  app.add_option("--max-failures", max_failures, "stop after this many");
  app.add_option("--out", out, "a folder for what fails, each world as it is and as it was said differently");
  CLI11_PARSE(app, argc, argv);
  if (minutes > 0 && app.count("--count") == 0) count = UINT64_MAX;
  const auto begin = std::chrono::steady_clock::now();
  uint64_t num_worlds = 0;
  size_t num_failures = 0, num_properties = 0;
  for (; num_worlds < count && num_failures < max_failures; ++num_worlds) {
    if (minutes > 0 &&
        std::chrono::steady_clock::now() - begin > std::chrono::duration<double, std::ratio<60>>(minutes))
      break;
    Choices choices(seed + num_worlds);
    const auto base = Judge(bylaw::differential::Generate(choices), true);
    num_properties = 0;
    for (const Property& property : Properties(seed + num_worlds)) {
      if (!only.empty() && property.name != only) continue;
      ++num_properties;
      const std::string fault = Fault(property, choices.recorded(), base);
      if (fault.empty()) continue;
      ++num_failures;
      const auto smallest =
          bylaw::differential::Shrink(choices.recorded(), [&](const std::vector<uint32_t>& candidate) {
            Choices replayed(candidate);
            return !Fault(property, candidate, Judge(bylaw::differential::Generate(replayed), true)).empty();
          });
      Choices replayed(smallest), varied(smallest);
      const GeneratedWorld small = bylaw::differential::Generate(replayed);
      const std::string text =
          AsCase(small, fmt::format("The property `{}` does not hold (seed {}).", property.name, seed + num_worlds));
      const std::string other =
          AsCase(bylaw::differential::Generate(varied, property.variant), "The same, said differently.");
      fmt::print("FAIL {} seed {}: {}\nas small as it gets: {}\n{}\n{}\n", property.name, seed + num_worlds, fault,
                 Fault(property, smallest, Judge(small, true)), text, other);
      std::fflush(stdout);
      if (out.empty()) continue;
      std::filesystem::create_directories(out);
      std::ofstream(fmt::format("{}/{}_{}.case", out, property.name, seed + num_worlds)) << text;
      std::ofstream(fmt::format("{}/{}_{}_varied.case", out, property.name, seed + num_worlds)) << other;
    }
  }
  fmt::print("{} worlds, {} properties of each, {} violations\n", num_worlds, num_properties, num_failures);
  return num_failures == 0 ? 0 : 1;
}

// properties [--only NAME] [--seed S] [--count N] [--minutes M] [--out FOLDER]: what must hold of the verdicts of any
// world, on random ones.
//
//   reorder   operands of what commutes stand the other way round
//   rewrite   `not (a and b)` is written `not a or not b`, `no` as `not exists`, `exists` as a count, `!=` as `not … ==`
//   inline    calls of defines are written out
//   rows      the rows come in the opposite order
//   passes    the program is not optimised
//   refine    what is unknown gets concrete values: no pass becomes a fail, no fail a pass, and what a rule is not about
//             stays so
//
// In a build whose kernels are broken on purpose (properties_broken) it must find something.
#include <algorithm>
#include <list>
#include <map>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/differential/campaign.h"
#include "tests/differential/generator.h"
#include "tests/reference/every_way.h"
#include "tests/reference/rows.h"

namespace {

using bylaw::Verdict;
using bylaw::differential::Choices;
using bylaw::differential::Fault;
using bylaw::differential::GeneratedWorld;
using bylaw::differential::Recorded;
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

/// Judges worlds. Most time goes into compiling, so that what was compiled last is kept: some variants change the rows alone.
class Judge {
 public:
  bylaw::Result<ReferenceReport> operator()(const GeneratedWorld& generated, bool optimize) {
    bylaw::reference::World world;
    world.policies = {{.path = "policy.bylaw", .text = generated.policy}};
    world.options.optimize = optimize;
    world.check.closed_world = generated.closed_world;
    world.load = [&](const bylaw::compiler::CompileResult&, const bylaw::PolicySet& policies) {
      return bylaw::reference::LoadRowText(policies, generated.rows, generated.closed_world);
    };
    auto kept = std::find_if(kept_.begin(), kept_.end(),
                             [&](const Kept& k) { return k.optimize == optimize && k.policy == generated.policy; });
    if (kept == kept_.end()) {
      if (kept_.size() == kMostKept) kept_.pop_back();
      kept_.push_front(Kept{generated.policy, optimize, bylaw::reference::CompileOnce(world)});
      kept = kept_.begin();
    }
    return kept->compiled.ok() ? bylaw::reference::JudgeOnce(*kept->compiled, world) : kept->compiled.error();
  }

 private:
  struct Kept {
    std::string policy;
    bool optimize = true;
    bylaw::Result<bylaw::reference::Compiled> compiled;
  };
  static constexpr size_t kMostKept = 8;  ///< as many as one world has variants
  std::list<Kept> kept_;                  ///< the newest first
};

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

/// Judges the worlds of choices as they are; the last one is kept, since all properties are held against it.
class BaseJudgement {
 public:
  const bylaw::Result<ReferenceReport>& Of(const Recorded& recorded) {
    if (!report_ || recorded != recorded_) {
      Choices choices(recorded);
      recorded_ = recorded;
      world_ = bylaw::differential::Generate(choices);
      report_.emplace(judge(world_, true));
    }
    return *report_;
  }
  const GeneratedWorld& world() const { return world_; }

  Judge judge;

 private:
  Recorded recorded_;
  GeneratedWorld world_;
  std::optional<bylaw::Result<ReferenceReport>> report_;
};

GeneratedWorld VariedWorld(const Property& property, const Recorded& recorded) {
  Choices choices(recorded);
  return bylaw::differential::Generate(choices, property.variant);
}

/// What a property was held against.
struct Tally {
  uint64_t cases = 0;
  uint64_t varied = 0;  ///< of these, those in which the variant is not the same as the world itself
};

/// How a property does not hold in the world of some choices.
Fault FindFault(const Property& property, const Recorded& recorded, BaseJudgement& judgement, Tally& tally) {
  const bylaw::Result<ReferenceReport>& base = judgement.Of(recorded);
  if (!base.ok()) return {};  // differential has something to say about it
  const GeneratedWorld varied = VariedWorld(property, recorded);
  const bylaw::Result<ReferenceReport> other = judgement.judge(varied, property.optimize);
  // What stands to the left of `and` excludes a model: in another order the test for it is refused.
  if (!other.ok() && other.error().message.find("` is never `") != std::string::npos) return {};
  ++tally.cases;
  const bool differs =
      varied.policy != judgement.world().policy || varied.rows != judgement.world().rows || !property.optimize;
  tally.varied += differs ? 1 : 0;
  if (!other.ok()) return {"error", "it is not judged: " + other.error().ToString()};
  const bool has_one = judgement.world().policy.find("(one ") != std::string::npos;
  return {"verdicts", property.refines ? Unsound(*base, *other, has_one) : Difference(*base, *other)};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Properties of verdicts, on random worlds"};
  bylaw::differential::Campaign campaign(app, 1000);
  std::string only;
  app.add_option("--only", only, "one property")
      ->check(CLI::IsMember({"reorder", "rewrite", "inline", "rows", "passes", "refine"}));
  CLI11_PARSE(app, argc, argv);
  BaseJudgement base;
  std::map<std::string, Tally> tallies;
  campaign.Run(
      [](Choices& choices) { Generate(choices); },
      [&](uint64_t seed) {
        std::vector<bylaw::differential::Check> checks;
        for (const Property& property : Properties(seed)) {
          if (!only.empty() && property.name != only) continue;
          checks.push_back(
              {.name = property.name,
               .find_fault =
                   [&base, &tallies, property](const Recorded& choices) {
                     return FindFault(property, choices, base, tallies[property.name]);
                   },
               .show = [property, seed](const Recorded& choices) -> std::vector<std::pair<std::string, std::string>> {
                 const std::string purpose =
                     fmt::format("The property `{}` does not hold (seed {}).", property.name, seed);
                 return {{"", AsCase(VariedWorld({}, choices), purpose)},
                         {"_varied", AsCase(VariedWorld(property, choices), "The same, said differently.")}};
               }});
        }
        return checks;
      });
  for (const auto& [name, tally] : tallies)
    fmt::print("{:<8} {} cases, {} of them said differently\n", name, tally.cases, tally.varied);
  fmt::print("{} worlds, {} properties of each, {} violations\n", campaign.num_worlds(), tallies.size(),
             campaign.num_faults());
  return campaign.num_faults() == 0 ? 0 : 1;
}

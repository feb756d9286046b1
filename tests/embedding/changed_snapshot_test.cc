// A changed snapshot is judged as one that was loaded with the changed values; a resource alone as it is among all.
//
//   embedding_changes BUNDLE… [--seed S] [--count N]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/embedding/random_rows.h"
#include "tests/reference/describe.h"

namespace {

using bylaw::LoadedSnapshot;
using bylaw::Report;
using bylaw::reference::Describe;
using bylaw::reference::FirstDifference;

struct Mismatch {
  std::string text;
};

Report Judge(const LoadedSnapshot& snapshot, const std::vector<bylaw::ResourceName>& only = {}) {
  bylaw::CheckOptions options;
  options.now = 1'760'000'000'000'000;
  options.all = true;
  options.only = only;
  auto report = bylaw::Check(snapshot, options);
  if (!report.ok()) throw Mismatch{"it is not judged: " + report.error().ToString()};
  return std::move(*report);
}

LoadedSnapshot Given(bylaw::Result<LoadedSnapshot> loaded) {
  if (!loaded.ok()) throw Mismatch{"it is not loaded: " + loaded.error().ToString()};
  return std::move(*loaded);
}

/// What a report says of one resource as the first variable, in the order of its rules; numbers of rules are left out.
std::string About(const Report& report, const bylaw::ResourceName& name) {
  Report part;
  for (const bylaw::ReportedResult& result : report.results) {
    if (result.resource.model != name.model || result.resource.address != name.address) continue;
    part.results.push_back(result);
    part.results.back().rule = 0;
    part.results.back().message =
        report.rules[result.rule].id + " " + report.rules[result.rule].name + ": " + result.message;
  }
  part.rules.resize(1);
  return Describe(part);
}

void MustEqual(const std::string& what, const std::string& a, const std::string& b) {
  if (a != b) throw Mismatch{what + ": " + FirstDifference(a, b)};
}

size_t num_findings = 0;

void CheckWorld(const bylaw::PolicySet& policies, uint64_t seed) {
  bylaw::testing::RandomRows random(policies, seed);
  std::vector<bylaw::ResourceRow> rows = random.Make(8, 40);
  const LoadedSnapshot loaded = Given(bylaw::LoadRows(policies, rows));
  const std::string before = Describe(Judge(loaded));
  LoadedSnapshot changed = loaded;
  for (int step = 0; step < 3; ++step) {
    const bylaw::ResourceRow change = random.Change(&rows);
    changed = Given(changed.With(change));
    const Report together = Judge(changed);
    num_findings += together.counts.fail + together.counts.unknown;
    MustEqual(fmt::format("changed by {} {} with {}", change.address, change.fields, change.unknown),
              Describe(together), Describe(Judge(Given(bylaw::LoadRows(policies, rows)))));
    const bylaw::ResourceName name{change.model, change.address};
    MustEqual(change.address + " alone", About(Judge(changed, {name}), name), About(together, name));
  }
  MustEqual("the loaded snapshot after its changes", Describe(Judge(loaded)), before);
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t seed = 1, count = 20;
  std::vector<std::string> bundles;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--seed" && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (argument == "--count" && i + 1 < argc) {
      count = std::strtoull(argv[++i], nullptr, 10);
    } else {
      bundles.push_back(argument);
    }
  }
  if (bundles.empty()) return 3;
  for (const std::string& path : bundles) {
    const auto policies = bylaw::PolicySet::FromFile(path);
    if (!policies.ok()) {
      std::fprintf(stderr, "%s\n", policies.error().ToString().c_str());
      return 3;
    }
    for (uint64_t s = seed; s < seed + count; ++s) {
      try {
        CheckWorld(*policies, s);
      } catch (const Mismatch& mismatch) {
        std::printf("FAIL %s seed %llu: %s\n", path.c_str(), static_cast<unsigned long long>(s), mismatch.text.c_str());
        return 1;
      }
    }
  }
  std::printf("%zu findings of changed snapshots agree\n", num_findings);
  return num_findings == 0 ? 1 : 0;
}

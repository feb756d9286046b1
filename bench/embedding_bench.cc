// What it costs to judge one changed resource of a loaded estate: With, and a check of that resource alone; beside a check of everything.
//
//   embedding_bench [--rows N] BUNDLE…
//
// The estate: VPCs, each with ten subnets, a route table of its own with a route, an internet gateway; a security group with two rules for each subnet; and as many buckets and volumes, through LoadRows.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/engine.h"

namespace {

using Clock = std::chrono::steady_clock;

std::vector<bylaw::ResourceRow> MakeEstate(size_t num_subnets) {
  std::vector<bylaw::ResourceRow> rows;
  auto add = [&](const char* model, const std::string& address, const std::string& fields) {
    rows.push_back(
        {.model = model, .address = address, .fields = fields, .account = "111111111111", .region = "eu-west-1"});
  };
  for (size_t i = 0; i < num_subnets; ++i) {
    const size_t vpc = i / 10;
    if (i % 10 == 0) {
      add("aws.vpc", fmt::format("vpc[{}]", vpc),
          fmt::format(R"({{"id": "vpc-{}", "cidr_block": "10.{}.0.0/16", "is_default": false}})", vpc, vpc % 250));
      add("aws.internet_gateway", fmt::format("igw[{}]", vpc),
          fmt::format(R"({{"id": "igw-{}", "vpc": "vpc-{}"}})", vpc, vpc));
      add("aws.route_table", fmt::format("table[{}]", vpc),
          fmt::format(R"({{"id": "rtb-{}", "vpc": "vpc-{}", "is_main": true}})", vpc, vpc));
      add("aws.route", fmt::format("route[{}]", vpc),
          fmt::format(R"({{"table": "rtb-{}", "destination": "0.0.0.0/0", "target": "igw-{}"}})", vpc, vpc));
    }
    add("aws.subnet", fmt::format("subnet[{}]", i),
        fmt::format(
            R"({{"id": "subnet-{}", "vpc": "vpc-{}", "cidr_block": "10.{}.{}.0/24", "map_public_ip_on_launch": {}}})",
            i, vpc, vpc % 250, i % 250, i % 7 == 0));
    add("aws.security_group", fmt::format("group[{}]", i),
        fmt::format(R"({{"id": "sg-{}", "vpc": "vpc-{}"}})", i, vpc));
    add("aws.ebs_volume", fmt::format("volume[{}]", i),
        fmt::format(R"({{"id": "vol-{}", "encrypted": {}}})", i, i % 3 != 0));
  }
  return rows;
}

/// Median of the times of `count` runs, in microseconds.
double Median(size_t count, const std::function<void(size_t)>& run) {
  std::vector<double> times;
  for (size_t i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    run(i);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(count / 2), times.end());
  return times[count / 2];
}

template <typename T>
T Must(bylaw::Result<T> result) {
  if (result.ok()) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
  std::exit(3);
}

}  // namespace

int main(int argc, char** argv) {
  size_t num_subnets = 10000;
  std::vector<std::string> bundles;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--rows" && i + 1 < argc) {
      num_subnets = std::strtoull(argv[++i], nullptr, 10);
    } else {
      bundles.emplace_back(argv[i]);
    }
  }
  const std::vector<bylaw::ResourceRow> rows = MakeEstate(num_subnets);
  fmt::print("{} rows\n{:30} {:>6} {:>14} {:>14} {:>14} {:>14}\n", rows.size(), "bundle", "rules", "check all, ms",
             "first With, ms", "With, us", "judge one, us");
  for (const std::string& path : bundles) {
    const bylaw::PolicySet policies = Must(bylaw::PolicySet::FromFile(path));
    const bylaw::LoadedSnapshot loaded = Must(bylaw::LoadRows(policies, rows));
    for (const std::string& warning : loaded.statistics.warnings) fmt::print(stderr, "{}: {}\n", path, warning);
    auto change = [&](size_t i) {
      const size_t subnet = i * 7919 % num_subnets;
      return bylaw::ResourceRow{.model = "aws.subnet",
                                .address = fmt::format("subnet[{}]", subnet),
                                .fields = i % 2 == 0 ? R"({"map_public_ip_on_launch": true})"
                                                     : fmt::format(R"({{"vpc": "vpc-{}"}})", i % (num_subnets / 10))};
    };
    size_t num_results = 0;
    const double all = Median(3, [&](size_t) { num_results += Must(bylaw::Check(loaded)).results.size(); });
    const double first = Median(1, [&](size_t i) { Must(loaded.With(change(i))); });
    auto judge = [&](const bylaw::LoadedSnapshot& changed, size_t i) {
      num_results +=
          Must(bylaw::Check(changed, {.only = {{.model = "aws.subnet", .address = change(i).address}}})).results.size();
    };
    judge(Must(loaded.With(change(0))), 0);
    const double with = Median(1000, [&](size_t i) { Must(loaded.With(change(i))); });
    std::vector<bylaw::LoadedSnapshot> changed;
    for (size_t i = 0; i < 1000; ++i) changed.push_back(Must(loaded.With(change(i))));
    const double one = Median(1000, [&](size_t i) { judge(changed[i], i); });
    fmt::print("{:30} {:>6} {:>14.1f} {:>14.1f} {:>14.1f} {:>14.1f}   ({} results)\n", path.substr(path.rfind('/') + 1),
               policies.program().rules.size(), all / 1000, first / 1000, with, one, num_results);
  }
  return 0;
}

#include <nlohmann/json.hpp>

#include "cli/report/escape.h"
#include "cli/surface/surface.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;

Json Counts(const SurfaceCounts& counts) {
  Json json = Json::object();
  for (const SurfaceMeasure& measure : SurfaceMeasures()) json[std::string(measure.key)] = measure.of(counts);
  Json severities = Json::object();
  for (int i = kNumSeverities - 1; i >= 0; --i)
    severities[std::string(SeverityName(static_cast<Severity>(i)))] =
        counts.failing_by_severity[static_cast<size_t>(i)];
  json["failing_by_severity"] = std::move(severities);
  return json;
}

Json Scope(const SurfaceScope& scope) {
  Json kinds = Json::array();
  for (const SurfaceKind& kind : scope.kinds)
    kinds.push_back(
        {{"type", kind.type}, {"resources", kind.resources}, {"settings", kind.settings}, {"failing", kind.failing}});
  return {{"name", scope.name}, {"counts", Counts(scope.counts)}, {"kinds", std::move(kinds)}};
}

Json Scopes(const std::vector<SurfaceScope>& scopes) {
  Json list = Json::array();
  for (const SurfaceScope& scope : scopes) list.push_back(Scope(scope));
  return list;
}

}  // namespace

std::string WriteSurfaceJson(const Surface& surface) {
  Json inputs = Json::array();
  for (const InputInfo& input : surface.inputs)
    inputs.push_back({{"path", input.path},
                      {"format", input.format},
                      {"bytes", input.num_bytes},
                      {"resources", input.num_resources}});
  Json workloads = Json::array();
  for (const SurfaceWorkload& workload : surface.workloads) {
    workloads.push_back({{"stack", workload.stack},
                         {"type", workload.type},
                         {"address", workload.address},
                         {"account", workload.account},
                         {"region", workload.region},
                         {"team", workload.team},
                         {"counts", Counts(workload.counts)}});
  }
  return DumpJson({{"bylaw", {{"version", Version()}, {"surface", 1}}},
                   {"run", {{"now", FormatTime(surface.now)}, {"inputs", std::move(inputs)}}},
                   {"stacks", Scopes(surface.stacks)},
                   {"shared", Scope(surface.shared)},
                   {"elsewhere", Scope(surface.elsewhere)},
                   {"accounts", Scopes(surface.accounts)},
                   {"teams", Scopes(surface.teams)},
                   {"workloads", std::move(workloads)},
                   {"undecided_links", surface.undecided_links}}) +
         "\n";
}

}  // namespace bylaw::cli

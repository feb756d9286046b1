#include "bench/graph.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "bench/estate.h"

namespace bylaw::bench {

std::string GraphPolicy() {
  return R"(package bench

model bench.node {
  key id: string
  first: bool = false
  out: list<bench.edge> via source
  from json "nodes" { }
}

model bench.edge {
  source: bench.node
  target: bench.node
  from json "edges" { }
}

define reached(n: bench.node): bool =
  n.first or (exists e in bench.edge where e.target == n and reached(e.source))

rule all_reached {
  id       "GRAPH-001"
  title    "Every node can be reached"
  severity low
  for n in bench.node
  require reached(n)
  message "{n} cannot be reached"
}
)";
}

std::string TreePolicy() {
  return R"(package bench

model bench.node {
  key id: string
  first: bool = false
  parent: bench.node?
  from json "nodes" { }
}

define below(n: bench.node): bool =
  n.first or (exists m in bench.node where below(m) and n.parent == m)

rule all_below {
  id       "GRAPH-002"
  title    "Every node is below the first"
  severity low
  for n in bench.node
  require below(n)
  message "{n} hangs on nothing"
}
)";
}

bool WriteGraph(const std::string& path, uint64_t num_nodes, uint64_t num_edges, uint64_t seed) {
  std::mt19937_64 random(seed);
  EstateWriter out(path);
  out.Write({"{\"nodes\": [\n"});
  for (uint64_t n = 0; n < num_nodes; ++n) {
    const std::string place = n == 0 ? R"("first": true)" : fmt::format(R"("parent": "n{}")", n - 1);
    out.Write({n == 0 ? "" : ",\n", fmt::format("{{\"id\": \"n{}\", {}}}", n, place)});
  }
  out.Write({"\n], \"edges\": [\n"});
  for (uint64_t e = 0; e < num_edges; ++e) {
    // Every node but the first has an edge from one not far before it; the others go anywhere.
    const bool of_path = e + 1 < num_nodes;
    const uint64_t target = of_path ? e + 1 : random() % num_nodes;
    const uint64_t source = of_path ? e - std::min<uint64_t>(e, random() % 16) : random() % num_nodes;
    out.Write({e == 0 ? "" : ",\n", fmt::format("{{\"source\": \"n{}\", \"target\": \"n{}\"}}", source, target)});
  }
  out.Write({"\n]}\n"});
  return out.Close();
}

}  // namespace bylaw::bench

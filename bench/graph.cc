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

bool WriteGraph(const std::string& path, uint64_t num_nodes, uint64_t num_edges, uint64_t seed) {
  std::mt19937_64 random(seed);
  EstateWriter out(path);
  out.Write({"{\"nodes\": [\n"});
  for (uint64_t n = 0; n < num_nodes; ++n) {
    out.Write({n == 0 ? "" : ",\n", fmt::format("{{\"id\": \"n{}\"{}}}", n, n == 0 ? ", \"first\": true" : "")});
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

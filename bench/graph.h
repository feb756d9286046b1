// A graph and a recursive policy over it, for what joins and recursion cost.
#pragma once

#include <cstdint>
#include <string>

namespace bylaw::bench {

/// A policy that asks which nodes can be reached from the first: one recursive define over the edges.
std::string GraphPolicy();

/// A policy that asks which nodes are below the first, by a reference of each node to another.
std::string TreePolicy();

/// Plain JSON with `num_nodes` nodes and `num_edges` edges, at random but for a path through all nodes;
/// the parent of each node is the one before it. False when it
/// could not be written.
bool WriteGraph(const std::string& path, uint64_t num_nodes, uint64_t num_edges, uint64_t seed);

}  // namespace bylaw::bench

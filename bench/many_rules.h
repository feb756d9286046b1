// A policy of any number of rules of the usual shapes, each different, for what depends on the number of rules: compile
// time, and the time of a big pack over a big snapshot.
#pragma once

#include <string>

namespace bylaw::bench {

/// A `.bylaw` file with `num_rules` rules over the shipped AWS models. Nearly all pass on the made-up estate, so that
/// reporting does not drown judging.
std::string ManyRules(int num_rules);

}  // namespace bylaw::bench

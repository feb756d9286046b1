// The peers that `bylaw_bench --against` can time on the same question, and how to ask them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bylaw::bench {

struct Peer {
  std::string name;                    ///< as in --against, and the command
  std::vector<std::string> arguments;  ///< the whole command line for one snapshot
  bool same_question = true;           ///< false: it answers only a part, so its answer is not compared
};

/// The command line of a peer for `snapshot`, with query files from `folder` (bench/peers); nothing for a name that is
/// not known.
std::optional<Peer> MakePeer(const std::string& name, const std::string& folder, const std::string& snapshot);

/// Every id of a subnet in a text, sorted, each once: how the answers of programs with different reports are compared.
std::vector<std::string> SubnetIds(const std::string& text);

/// The whole of a file; empty when it cannot be read.
std::string ReadFile(const std::string& path);

}  // namespace bylaw::bench

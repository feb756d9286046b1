// What CLI11 knows of the commands, for whoever tells it: completion scripts, the man page.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bylaw::cli {

struct OptionInfo {
  std::vector<std::string> names;  ///< with their dashes
  std::string doc;
  std::string value;  ///< what its value is called: "KEY"; may be empty
  bool takes_value = false;
  std::vector<std::string> choices;  ///< of the value; empty: a file, or anything
};

struct CommandInfo {
  std::string name, doc;
  std::vector<OptionInfo> options;
  std::vector<std::string> choices;   ///< of the positional arguments; empty: files
  std::vector<std::string> operands;  ///< as the usage shows them: "INPUT...", "[POLICY...]"
};

/// Without hidden options.
CommandInfo Describe(const CLI::App& app);
/// Of each subcommand, in their order. A command's own commands (`report surface`) are words of it, and their options its options.
std::vector<CommandInfo> CommandsOf(const CLI::App& app);

}  // namespace bylaw::cli

#include "cli/command_info.h"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace bylaw::cli {
namespace {

/// The set that CLI11 shows for an option's value: `TEXT:{a,b}`.
std::vector<std::string> ChoicesOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{'), close = type.find('}', open);
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos) return choices;
  for (size_t begin = open + 1; begin < close;) {
    const size_t end = std::min(type.find(',', begin), close);
    choices.push_back(type.substr(begin, end - begin));
    begin = end + 1;
  }
  return choices;
}

std::string ValueName(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

}  // namespace

CommandInfo Describe(const CLI::App& app) {
  CommandInfo command{
      .name = app.get_name(), .doc = app.get_description(), .options = {}, .choices = {}, .operands = {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    if (option->get_lnames().empty() && option->get_snames().empty()) {
      for (std::string& choice : ChoicesOf(*option)) command.choices.push_back(std::move(choice));
      const std::string name = option->get_name(true) + (option->get_items_expected_max() > 1 ? "..." : "");
      command.operands.push_back(option->get_required() ? name : "[" + name + "]");
      continue;
    }
    OptionInfo info{.names = {},
                    .doc = option->get_description(),
                    .value = ValueName(*option),
                    .takes_value = option->get_items_expected_max() > 0,
                    .choices = ChoicesOf(*option)};
    for (const std::string& name : option->get_snames()) info.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) info.names.push_back("--" + name);
    command.options.push_back(std::move(info));
  }
  return command;
}

std::vector<CommandInfo> CommandsOf(const CLI::App& app) {
  std::vector<CommandInfo> commands;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(Describe(*sub));
    for (CommandInfo& inner : CommandsOf(*sub)) {
      commands.back().choices.push_back(inner.name);
      commands.back().operands.push_back(inner.name);
      for (OptionInfo& option : inner.options) commands.back().options.push_back(std::move(option));
      for (std::string& operand : inner.operands) commands.back().operands.push_back(std::move(operand));
    }
  }
  return commands;
}

}  // namespace bylaw::cli

// `bylaw completion bash|zsh|fish`: a completion script, made from the commands and options themselves.
#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/command_info.h"
#include "cli/command_tools.h"

namespace bylaw::cli {
namespace {

std::string NamesOf(const CommandInfo& command) {
  std::string names;
  for (const OptionInfo& option : command.options)
    names += fmt::format("{}{}", names.empty() ? "" : " ", fmt::join(option.names, " "));
  return names;
}

/// In single quotes, as the three shells read it.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string Bash(const CommandInfo& root, const std::vector<CommandInfo>& commands) {
  std::string names;
  for (const CommandInfo& command : commands) names += (names.empty() ? "" : " ") + command.name;
  std::string alternatives = names;
  std::replace(alternatives.begin(), alternatives.end(), ' ', '|');
  std::string out =
      "# bash completion of bylaw; load it with: source <(bylaw completion bash)\n_bylaw() {\n"
      "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" command= word\n  COMPREPLY=()\n";
  out += fmt::format(
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n    case \"$word\" in {}) command=$word; break ;; "
      "esac\n  done\n",
      alternatives);
  out += "  case \"$command $prev\" in\n";
  auto values = [&out](const std::string& command, const OptionInfo& option) {
    if (!option.takes_value) return;
    std::string patterns;
    for (const std::string& name : option.names)
      patterns += fmt::format("{}\"{} {}\"", patterns.empty() ? "" : "|", command, name);
    if (option.choices.empty()) {
      out += fmt::format("    {}) return ;;\n", patterns);
    } else {
      out += fmt::format("    {}) COMPREPLY=($(compgen -W \"{}\" -- \"$cur\")); return ;;\n", patterns,
                         fmt::join(option.choices, " "));
    }
  };
  for (const OptionInfo& option : root.options) values("", option);
  for (const CommandInfo& command : commands) {
    for (const OptionInfo& option : command.options) values(command.name, option);
    for (const OptionInfo& option : root.options) values(command.name, option);
  }
  out += "  esac\n  case \"$command\" in\n";
  out += fmt::format("    \"\") COMPREPLY=($(compgen -W \"{} {}\" -- \"$cur\")) ;;\n", names, NamesOf(root));
  for (const CommandInfo& command : commands) {
    out += fmt::format("    {}) if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))", command.name,
                       NamesOf(command));
    if (!command.choices.empty())
      out += fmt::format("; else COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))", fmt::join(command.choices, " "));
    out += "; fi ;;\n";
  }
  return out + "  esac\n}\ncomplete -o bashdefault -o default -F _bylaw bylaw\n";
}

/// Without what `_arguments` would read as its own.
std::string ZshDoc(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string ZshOption(const OptionInfo& option) {
  const std::string doc = "[" + ZshDoc(option.doc) + "]";
  std::string value;
  if (option.takes_value)
    value = option.choices.empty() ? ":value:_files" : fmt::format(":value:({})", fmt::join(option.choices, " "));
  std::string out;
  for (const std::string& name : option.names)
    out += fmt::format("{}{}", out.empty() ? "" : " ", Quoted(fmt::format("*{}{}{}", name, doc, value)));
  return out;
}

std::string Zsh(const CommandInfo& root, const std::vector<CommandInfo>& commands) {
  std::string out =
      "#compdef bylaw\n# zsh completion of bylaw; load it with: source <(bylaw completion zsh)\n_bylaw() {\n  local "
      "state line command\n  local -a commands\n  commands=(\n";
  for (const CommandInfo& command : commands)
    out += fmt::format("    {}\n", Quoted(command.name + ":" + ZshDoc(command.doc)));
  out += "  )\n  _arguments -C";
  for (const OptionInfo& option : root.options) out += " \\\n    " + ZshOption(option);
  out +=
      " \\\n    '1:command:->command' '*::argument:->argument'\n  case $state in\n    command) _describe command "
      "commands ;;\n    argument)\n      case $line[1] in\n";
  for (const CommandInfo& command : commands) {
    out += fmt::format("        {}) _arguments", command.name);
    for (const OptionInfo& option : command.options) out += " \\\n          " + ZshOption(option);
    out += command.choices.empty() ? " \\\n          '*:file:_files' ;;\n"
                                   : fmt::format(" \\\n          '*:value:({})' ;;\n", fmt::join(command.choices, " "));
  }
  return out +
         "      esac ;;\n  esac\n}\nif [ \"$funcstack[1]\" = _bylaw ]; then _bylaw; else compdef _bylaw bylaw; fi\n";
}

std::string FishOption(const std::string& condition, const OptionInfo& option) {
  std::string out = "complete -c bylaw -n " + Quoted(condition);
  for (const std::string& name : option.names)
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (option.takes_value)
    out += option.choices.empty() ? " -r"
                                  : fmt::format(" -x -a {}", Quoted(fmt::format("{}", fmt::join(option.choices, " "))));
  return out + " -d " + Quoted(option.doc) + "\n";
}

std::string Fish(const CommandInfo& root, const std::vector<CommandInfo>& commands) {
  std::string out = "# fish completion of bylaw; load it with: bylaw completion fish | source\n";
  for (const OptionInfo& option : root.options) out += FishOption("true", option);
  for (const CommandInfo& command : commands) {
    out +=
        fmt::format("complete -c bylaw -f -n __fish_use_subcommand -a {} -d {}\n", command.name, Quoted(command.doc));
    const std::string condition = "__fish_seen_subcommand_from " + command.name;
    for (const OptionInfo& option : command.options) {
      if (option.names != std::vector<std::string>{"-h", "--help"}) out += FishOption(condition, option);
    }
    if (!command.choices.empty())
      out += fmt::format("complete -c bylaw -f -n {} -a {}\n", Quoted(condition),
                         Quoted(fmt::format("{}", fmt::join(command.choices, " "))));
  }
  return out;
}

}  // namespace

void AddCompletion(CLI::App& app, Invocation& invocation) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "print a completion script for a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, &app, &invocation] {
    invocation.run = [shell, &app] {
      const CommandInfo root = Describe(app);
      const std::vector<CommandInfo> commands = CommandsOf(app);
      const std::string script = *shell == "bash"  ? Bash(root, commands)
                                 : *shell == "zsh" ? Zsh(root, commands)
                                                   : Fish(root, commands);
      if (auto written = WriteOutput("", script); !written.ok()) return Complain(written.error());
      return static_cast<int>(kFine);
    };
  });
}

}  // namespace bylaw::cli

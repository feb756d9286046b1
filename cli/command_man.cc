// `bylaw man`: the manual page, made from the commands and options themselves. The build installs what it prints as bylaw.1.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/command_info.h"
#include "cli/command_tools.h"
#include "runtime/engine.h"

namespace bylaw::cli {
namespace {

/// Text as roff reads it literally.
std::string Roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (out.empty() && (c == '.' || c == '\'')) {
      out += std::string("\\&") + c;
    } else {
      out += c;
    }
  }
  for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{"…", "..."}, {"→", "\\(->"}}) {
    for (size_t at = out.find(from); at != std::string::npos; at = out.find(from, at + to.size()))
      out.replace(at, from.size(), to);
  }
  return out;
}

std::string OptionText(const OptionInfo& option) {
  std::string out = ".TP\n";
  for (size_t i = 0; i < option.names.size(); ++i)
    out += fmt::format("{}\\fB{}\\fR", i == 0 ? "" : ", ", Roff(option.names[i]));
  if (option.takes_value)
    out += fmt::format(" \\fI{}\\fR", Roff(option.choices.empty() ? option.value.empty() ? "VALUE" : option.value
                                                                  : fmt::format("{}", fmt::join(option.choices, "|"))));
  return out + "\n" + Roff(option.doc) + "\n";
}

std::string Page(const CommandInfo& root, const std::vector<CommandInfo>& commands) {
  std::string out = fmt::format(
      ".TH BYLAW 1 \"\" \"bylaw {}\" \"User Commands\"\n.SH NAME\nbylaw \\- policy as code for cloud exports\n.SH "
      "SYNOPSIS\n",
      Version());
  for (const CommandInfo& command : commands) {
    if (&command != &commands.front()) out += ".br\n";
    out += fmt::format(".B bylaw {}\n[\\fIOPTION\\fR]...{}{}\n", Roff(command.name),
                       command.operands.empty() ? "" : " ", Roff(fmt::format("{}", fmt::join(command.operands, " "))));
  }
  out += ".SH DESCRIPTION\n" + Roff(root.doc) +
         "\n.PP\nA policy is a\n.I .bylaw\nfile, a folder of them, a bundle that\n.B bylaw compile\nmade, or the name "
         "of a shipped pack. An input is a file or folder of exports, whose format is found by content.\n";
  out += ".SH OPTIONS OF EVERY COMMAND\n";
  for (const OptionInfo& option : root.options) out += OptionText(option);
  out += ".SH COMMANDS\n";
  for (const CommandInfo& command : commands) {
    out += fmt::format(".SS bylaw {} {}\n{}\n", Roff(command.name),
                       Roff(fmt::format("{}", fmt::join(command.operands, " "))), Roff(command.doc));
    for (const OptionInfo& option : command.options) {
      if (option.names != std::vector<std::string>{"-h", "--help"}) out += OptionText(option);
    }
  }
  out += R"(.SH EXIT STATUS
.TP
.B 0
judged; nothing fails, nothing is undecided
.TP
.B 1
something fails
.TP
.B 2
nothing fails, something is undecided
.TP
.B 3
could not judge: a bad option, policy, input or bundle, a limit, an output that could not be written
.SH ENVIRONMENT
.TP
.B BYLAW_POLICIES
the folder of the shipped models and packs; default:
.I share/bylaw/policies
beside the folder of the command
.TP
.B NO_COLOR
if set and not empty: no colour
.TP
.B COLUMNS
the width of the terminal
)";
  return out;
}

}  // namespace

void AddMan(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("man", "print the manual page");
  command->callback([&app, &invocation] {
    invocation.run = [&app] {
      if (auto written = WriteOutput("", Page(Describe(app), CommandsOf(app))); !written.ok())
        return Complain(written.error());
      return static_cast<int>(kFine);
    };
  });
}

}  // namespace bylaw::cli

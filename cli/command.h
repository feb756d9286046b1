// Commands: each is one file, `command_NAME.cc`, that registers a subcommand and what it runs. main.cc lists them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace CLI {
class App;
}

namespace bylaw::cli {

/// Exit statuses: the contract of docs/cli.md.
enum ExitStatus : int {
  kFine = 0,
  kFails = 1,
  kUndecided = 2,
  kCouldNot = 3,
};

struct Settings;

/// Options that every command takes, and what the chosen command runs.
struct Invocation {
  std::string color = "auto";    ///< auto, always, never
  std::function<int()> run;      ///< set by the subcommand that was named
  Settings* settings = nullptr;  ///< of bylaw.toml and the environment; filled in before `run`

  /// Whether to write colour to stdout / stderr: the option, then NO_COLOR, then whether it is a terminal.
  bool ColorOn(int file_descriptor) const;
};

/// Columns of the terminal on stdout (COLUMNS, then the terminal's own, else 80).
size_t TerminalWidth();

/// Prints `bylaw: error: file:line:column: message` and the hint to stderr; gives kCouldNot.
int Complain(const Error& error);
int Complain(const std::string& message, const std::string& hint = {});

/// Writes a whole text to stdout, or to a file that is replaced only when all of it is written.
Status WriteOutput(const std::string& path, std::string_view text);

/// The whole of a file, or of standard input for "-".
Result<std::string> ReadWhole(const std::string& path);

void AddCheck(CLI::App& app, Invocation& invocation);
void AddReport(CLI::App& app, Invocation& invocation);
/// All options of `check`, for a command that takes them without judging. What it gives keeps them alive, and reads the
/// params among them.
std::function<Result<std::map<std::string, std::string>>()> AddCheckOptions(CLI::App& command, Invocation& invocation);
void AddConfig(CLI::App& app, Invocation& invocation);
void AddQuery(CLI::App& app, Invocation& invocation);
void AddInspect(CLI::App& app, Invocation& invocation);
void AddTest(CLI::App& app, Invocation& invocation);
void AddCompile(CLI::App& app, Invocation& invocation);
void AddDump(CLI::App& app, Invocation& invocation);
void AddRules(CLI::App& app, Invocation& invocation);
void AddModels(CLI::App& app, Invocation& invocation);
void AddFunctions(CLI::App& app, Invocation& invocation);
void AddExplain(CLI::App& app, Invocation& invocation);
void AddFmt(CLI::App& app, Invocation& invocation);
void AddLint(CLI::App& app, Invocation& invocation);
void AddDiff(CLI::App& app, Invocation& invocation);
void AddWaivers(CLI::App& app, Invocation& invocation);
void AddWhy(CLI::App& app, Invocation& invocation);

}  // namespace bylaw::cli

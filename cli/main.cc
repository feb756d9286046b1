// bylaw: the command. See docs/cli.md for its contract.
#include <clocale>
#include <csignal>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/command_tools.h"
#include "cli/settings.h"
#include "cli/staged_file.h"
#include "runtime/engine.h"

namespace {

/// What CLI11 finds wrong, in our words and with our status.
int ReportUsage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);  // --help, --version
  const CLI::App* command = &app;
  for (const CLI::App* sub : app.get_subcommands()) command = sub;
  return bylaw::cli::Complain(error.what(),
                              fmt::format("see `{}{} --help`", command == &app ? "" : "bylaw ", command->get_name()));
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_DFL);  // a reader that went away ends us quietly
  bylaw::cli::InstallInterrupts();
  bylaw::cli::Settings settings;
  bylaw::cli::Invocation invocation;
  invocation.settings = &settings;
  CLI::App app(
      "Policy as code for cloud exports: judges Terraform plans, AWS Config snapshots and more with one rule text.",
      "bylaw");
  app.set_version_flag("--version", "bylaw " + std::string(bylaw::Version()));
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--color", invocation.color, "colour: auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  bylaw::cli::AddCheck(app, invocation);
  bylaw::cli::AddReport(app, invocation);
  bylaw::cli::AddConfig(app, invocation);
  bylaw::cli::AddQuery(app, invocation);
  bylaw::cli::AddInspect(app, invocation);
  bylaw::cli::AddTest(app, invocation);
  bylaw::cli::AddCompile(app, invocation);
  bylaw::cli::AddKeygen(app, invocation);
  bylaw::cli::AddDump(app, invocation);
  bylaw::cli::AddRules(app, invocation);
  bylaw::cli::AddModels(app, invocation);
  bylaw::cli::AddFunctions(app, invocation);
  bylaw::cli::AddExplain(app, invocation);
  bylaw::cli::AddFmt(app, invocation);
  bylaw::cli::AddLint(app, invocation);
  bylaw::cli::AddDiff(app, invocation);
  bylaw::cli::AddWaivers(app, invocation);
  bylaw::cli::AddWhy(app, invocation);
  bylaw::cli::AddInit(app, invocation);
  bylaw::cli::AddMan(app, invocation);
  bylaw::cli::AddSchema(app, invocation);
  bylaw::cli::AddCompletion(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ReportUsage(app, error);
  }
  CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  if (auto applied = bylaw::cli::ApplySettings(*command, settings); !applied.ok())
    return bylaw::cli::Complain(applied.error());
  return invocation.run();
}

// `bylaw fmt [--check] PATH…`: the one style.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "compiler/ast/printer.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/syntax/parser.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  bool check = false;
};

int Run(const Options& options, const Invocation& invocation) {
  int status = kFine;
  for (const std::string& path : options.paths) {
    const auto texts = compiler::ReadPolicies(path);
    if (!texts.ok()) return Complain(texts.error());
    for (const compiler::PolicyText& text : *texts) {
      compiler::SourceMap sources;
      compiler::Diagnostics diagnostics;
      const auto file = compiler::ParseFile(sources, sources.Add(text.path, text.text), diagnostics);
      if (diagnostics.has_errors()) {
        diagnostics.Sort();
        fmt::print(stderr, "{}",
                   compiler::RenderText(sources, diagnostics,
                                        {.color = invocation.ColorOn(STDERR_FILENO), .width = TerminalWidth()}));
        status = kCouldNot;
        continue;
      }
      const std::string formatted = compiler::ast::Format(*file, sources);
      if (formatted == text.text) continue;
      if (options.check) {
        fmt::print("{}: would change\n", Visible(text.path));
        status = std::max<int>(status, kFails);
      } else if (auto written = WriteOutput(text.path, formatted); !written.ok()) {
        return Complain(written.error());
      }
    }
  }
  return status;
}

}  // namespace

void AddFmt(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("fmt", "format policies");
  command->add_option("PATH", options->paths, "files or folders")->required();
  command->add_flag("--check", options->check, "change nothing; status 1 if something would change");
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

// `bylaw compile POLICY… -o FILE.bylawc`: text to bundle.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/policies.h"
#include "cli/shipped_bundles.h"
#include "runtime/bytecode/codec.h"
#include "runtime/bytecode/verifier.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::vector<std::string> policies;
  std::string output;
  bool unoptimized = false, shipped = false;
};

int Run(const Options& options, const Invocation& invocation) {
  if (options.shipped) return WriteShippedBundles(options.output, invocation);
  if (options.policies.empty()) return Complain("no policies were given", "name files, folders or shipped packs");
  const auto compiled = CompilePolicies({.arguments = options.policies, .optimize = !options.unoptimized}, invocation);
  if (!compiled) return kCouldNot;
  const Status verified = Verify(*compiled->program);
  BYLAW_CHECK(verified.ok(), "the compiler made a program that does not verify: {}", verified.ok() ? "" : verified.error().message);
  if (auto written = WriteOutput(options.output, Encode(*compiled->program)); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddCompile(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compile", "compile policies into a bundle");
  command->add_option("POLICY", options->policies, "files, folders, shipped packs");
  command->add_option("-o,--output", options->output, "the bundle to write; - for standard output")->required();
  command->add_flag("--shipped", options->shipped, "compile every shipped pack into the folder OUTPUT, as `check` finds them")->excludes("POLICY");
  command->add_flag("--no-optimize", options->unoptimized, "without the optimiser's passes")->group("");
  command->callback([options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

// `bylaw compile POLICY… -o FILE.bylawc`: text to bundle.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/policies.h"
#include "cli/shipped_bundles.h"
#include "cli/signing.h"
#include "runtime/bytecode/codec.h"
#include "runtime/bytecode/verifier.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::vector<std::string> policies;
  std::string output, sign;
  bool unoptimized = false, shipped = false;
};

int Run(const Options& options, const Invocation& invocation) {
  if (options.shipped) return WriteShippedBundles(options.output, invocation);
  if (options.policies.empty()) return Complain("no policies were given", "name files, folders or shipped packs");
  const auto compiled = CompilePolicies({.arguments = options.policies, .optimize = !options.unoptimized}, invocation);
  if (!compiled) return kCouldNot;
  const Status verified = Verify(*compiled->program);
  BYLAW_CHECK(verified.ok(), "the compiler made a program that does not verify: {}",
              verified.ok() ? "" : verified.error().message);
  std::string bundle = Encode(*compiled->program);
  if (!options.sign.empty()) {
    Result<std::string> with_signature = SignBundle(bundle, options.sign);
    if (!with_signature.ok()) return Complain(with_signature.error());
    bundle = std::move(*with_signature);
  }
  if (auto written = WriteOutput(options.output, bundle); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddCompile(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compile", "compile policies into a bundle");
  command->add_option("POLICY", options->policies, "files, folders, shipped packs");
  command->add_option("-o,--output", options->output, "the bundle to write; - for standard output")->required();
  command->add_option("--sign", options->sign, "sign the bundle with this private key, made by `bylaw keygen`")
      ->type_name("KEY");
  command
      ->add_flag("--shipped", options->shipped,
                 "compile every shipped pack into the folder OUTPUT, as `check` finds them")
      ->excludes("POLICY")
      ->excludes("--sign");
  command->add_flag("--no-optimize", options->unoptimized, "without the optimiser's passes")->group("");
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

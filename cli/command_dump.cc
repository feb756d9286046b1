// `bylaw dump --stage ast|typed|ir|bytecode POLICY|BUNDLE`: any stage, readable.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/policies.h"
#include "runtime/bytecode/codec.h"
#include "runtime/bytecode/disassembler.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::vector<std::string> policies;
  std::string stage;
  bool unoptimized = false;
};

Result<std::string> DumpBundle(const std::string& path) {
  BYLAW_ASSIGN(const std::string bytes, ReadWhole(path));
  BYLAW_ASSIGN(const PolicySet set, PolicySet::FromBytes(bytes, path));
  return Disassemble(set.program());
}

int Run(const Options& options, const Invocation& invocation) {
  std::string out;
  if (options.policies.size() == 1 && options.policies[0].ends_with(".bylawc")) {
    if (options.stage != "bytecode")
      return Complain(fmt::format("a bundle has no stage `{}`", options.stage),
                      "use --stage bytecode, or dump the policy text");
    Result<std::string> text = DumpBundle(options.policies[0]);
    if (!text.ok()) return Complain(text.error());
    out = std::move(*text);
  } else {
    const auto compiled =
        CompilePolicies({.arguments = options.policies, .optimize = !options.unoptimized}, invocation);
    if (!compiled) return kCouldNot;
    out = options.stage == "ast"     ? compiler::Dump(*compiled, compiler::DumpStage::kAst)
          : options.stage == "typed" ? compiler::Dump(*compiled, compiler::DumpStage::kTyped)
          : options.stage == "ir"    ? compiler::Dump(*compiled, compiler::DumpStage::kIr)
                                     : Disassemble(*compiled->program);
  }
  if (auto written = WriteOutput("", out); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddDump(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("dump", "show a stage of compilation");
  command->add_option("POLICY", options->policies, "policies, or one bundle")->required();
  command->add_option("--stage", options->stage, "ast, typed, ir or bytecode")
      ->required()
      ->check(CLI::IsMember({"ast", "typed", "ir", "bytecode"}));
  command->add_flag("--no-optimize", options->unoptimized, "without the optimiser's passes");
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

// `bylaw report surface INPUT…`: counts what must be kept right behind each workload.
#include <array>
#include <filesystem>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/command.h"
#include "cli/outputs.h"
#include "cli/policies.h"
#include "cli/progress.h"
#include "cli/settings.h"
#include "cli/surface/surface.h"

namespace bylaw::cli {
namespace {

constexpr std::array<std::string_view, 3> kFormats = {"text", "json", "html"};

struct Options {
  std::vector<std::string> inputs, with, policies, formats;
  std::string parameters_file, input_format, now, team_tag;
  bool closed_world = false;
  uint32_t jobs = 0;
};

int Run(const Options& options, const Invocation& invocation) {
  if (options.inputs.empty())
    return Complain("no input is named", "name files or folders, or write `inputs` into bylaw.toml");
  const auto outputs = ParseFormatOutputs(options.formats, kFormats, "--format");
  if (!outputs.ok()) return Complain(outputs.error());
  const auto now = Now(options.now);
  if (!now.ok()) return Complain(now.error());

  // The policies' settings are counted by the rules of the shipped package `surface`, so that both are one program over one snapshot.
  const std::filesystem::path shipped(ShippedPolicies());
  std::vector<std::string> arguments = options.policies;
  if (arguments.empty()) {
    for (const std::string& pack : ShippedPacks()) arguments.push_back((shipped / "packs" / pack).string());
  }
  arguments.push_back((shipped / "surface").string());
  const auto compiled = CompilePolicies({.arguments = std::move(arguments)}, invocation);
  if (!compiled) return kCouldNot;
  Result<PolicySet> policies = PolicySet::FromProgram(*compiled->program);
  BYLAW_CHECK(policies.ok(), "the compiler made a program that does not verify: {}",
              policies.ok() ? "" : policies.error().message);

  std::map<std::string, std::string> given_params;
  if (!options.team_tag.empty()) given_params["surface.team_tag"] = options.team_tag;
  const auto params = ResolveParams(*invocation.settings, given_params, std::span(&*policies, 1));
  if (!params.ok()) return Complain(params.error());

  Progress progress(true);
  progress.Phase("reading");
  std::vector<ImportInput> inputs;
  for (const std::string& path : options.inputs) inputs.push_back({.path = path});
  if (!options.parameters_file.empty()) inputs.push_back({.path = options.parameters_file});
  for (const std::string& path : options.with) inputs.push_back({.path = path, .bytes = {}, .context_only = true});
  const uint32_t jobs = options.jobs == 0 ? std::max(1u, std::thread::hardware_concurrency()) : options.jobs;
  const auto loaded = Load(*policies, inputs,
                           {.closed_world = options.closed_world,
                            .input_format = options.input_format,
                            .jobs = jobs,
                            .progress = progress.counters()});
  if (!loaded.ok()) progress.End();
  if (!loaded.ok()) return Complain(loaded.error());
  progress.Phase("counting");
  const CheckOptions check{.now = *now,
                           .closed_world = options.closed_world,
                           .num_threads = jobs,
                           .params = ParamsOf(*policies, *params),
                           .progress = progress.counters()};
  const auto surface = CountSurface(*loaded, check);
  progress.End();
  if (!surface.ok()) return Complain(surface.error());

  std::vector<std::pair<std::string, std::string>> files;
  std::optional<std::string> standard_output;
  for (const FormatOutput& output : *outputs) {
    const bool to_terminal = output.path.empty();
    std::string text = output.format == "json" ? WriteSurfaceJson(*surface)
                       : output.format == "html"
                           ? WriteSurfaceHtml(*surface)
                           : WriteSurfaceText(*surface, to_terminal ? TerminalWidth() : kFileWidth,
                                              to_terminal && invocation.ColorOn(STDOUT_FILENO));
    if (to_terminal) {
      standard_output = std::move(text);
    } else {
      files.emplace_back(output.path, std::move(text));
    }
  }
  if (auto written = WriteOutputs(files, standard_output); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddReport(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* report = app.add_subcommand("report", "count and compare");
  report->require_subcommand(1);
  CLI::App* command = report->add_subcommand(
      "surface", "what must be kept right behind each workload, of the container and the serverless stack");
  command->add_option("INPUT", options->inputs, "files, folders, or -; default: those of bylaw.toml");
  command->add_option("-p,--policy", options->policies, "whose rules count settings; default: every shipped pack")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--format", options->formats, "text, json or html; FORMAT=FILE writes a file")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--team-tag", options->team_tag, "the tag that names a workload's team; default: team");
  command->add_option("--now", options->now, "the time that `now` stands for");
  command->add_option("--parameters", options->parameters_file, "a file of parameters for CloudFormation templates");
  command->add_flag("--closed-world", options->closed_world, "take the snapshot as all there is");
  command->add_option("--with", options->with, "an input that answers joins and is not counted")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--input-format", options->input_format, "the inputs' format; default: found by content");
  command->add_option("--jobs", options->jobs, "threads; default: one a core")->check(CLI::Range(1u, 1024u));
  AddSettingOptions(*command, *invocation.settings,
                    {"policies", "inputs", "with", "parameters", "input-format", "closed-world", "jobs"});
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

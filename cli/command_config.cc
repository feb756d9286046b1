// `bylaw config`: the settings that a `bylaw check` with the same options would have, and where each comes from. What it
// prints is a bylaw.toml again.
#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "cli/settings.h"

namespace bylaw::cli {
namespace {

/// As a basic string of TOML, whose escapes are those of JSON.
std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool IsList(SettingKind kind) {
  return kind == SettingKind::kTexts || kind == SettingKind::kPaths || kind == SettingKind::kPolicies ||
         kind == SettingKind::kOutputs;
}

std::string Written(SettingKind kind, const std::vector<std::string>& values) {
  if (kind == SettingKind::kFlag || kind == SettingKind::kNumber) return values.empty() ? "" : values.back();
  if (!IsList(kind)) return values.empty() ? "" : Quoted(values.back());
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ", ") + Quoted(value);
  return "[" + list + "]";
}

struct Line {
  std::string text;    ///< `key = value`, or a table's head
  std::string origin;  ///< empty: none
};

std::string Aligned(const std::vector<Line>& lines) {
  size_t width = 0;
  for (const Line& line : lines) {
    if (!line.origin.empty()) width = std::max(width, std::min<size_t>(DisplayWidth(line.text), 48));
  }
  std::string out;
  for (const Line& line : lines)
    out += (line.origin.empty() ? line.text : Padded(line.text, width) + "  # " + line.origin) + "\n";
  return out;
}

Line SettingLine(const SettingInfo& info, CLI::App& command, const Settings& settings) {
  const auto origin = settings.origins.find(std::string(info.key));
  if (origin == settings.origins.end()) {
    const bool is_value = !info.initial.starts_with('(');
    const std::string text = fmt::format("{}{} = {}", is_value ? "" : "# ", info.key, info.initial);
    return {text, "default"};
  }
  const CLI::Option* option = command.get_option(std::string(info.option));
  return {fmt::format("{} = {}", info.key, Visible(Written(info.kind, option->results()))),
          Visible(origin->second.ToString())};
}

int Run(CLI::App& command, const Result<std::map<std::string, std::string>>& given_params,
        const Invocation& invocation) {
  if (!given_params.ok()) return Complain(given_params.error());
  const Settings& settings = *invocation.settings;
  std::vector<Line> lines;
  lines.push_back({settings.file.empty() ? "# no bylaw.toml here or above" : "# " + Visible(settings.file), ""});
  if (!settings.environment.empty())
    lines.push_back({fmt::format("# environment `{}`, by {}", Visible(settings.environment),
                                 settings.environment_origin.ToString()),
                     ""});
  for (const SettingInfo& info : SettingTable()) lines.push_back(SettingLine(info, command, settings));

  const auto policies =
      LoadPolicies({.arguments = command.get_option("--policy")->results(), .bundles_do = true}, invocation);
  if (!policies) return kCouldNot;
  const auto params = ResolveParams(settings, *given_params, policies->sets);
  if (!params.ok()) return Complain(params.error());
  if (!params->empty()) lines.push_back({"\n[params]", ""});
  for (const auto& [name, param] : *params)
    lines.push_back(
        {fmt::format("{} = {}", Quoted(name), Visible(Quoted(param.value))), Visible(param.origin.ToString())});
  for (const auto& [name, fail_on] : settings.package_fail_on) {
    lines.push_back({fmt::format("\n[packages.{}]", name), ""});
    lines.push_back({fmt::format("fail-on = {}", Quoted(fail_on.value)), Visible(fail_on.origin.ToString())});
  }
  if (auto written = WriteOutput("", Aligned(lines)); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddConfig(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "config", "the settings that `check` with the same options would have, and where each comes from");
  const auto params = AddCheckOptions(*command, invocation);
  command->callback([command, params, &invocation] {
    invocation.run = [command, params, &invocation] { return Run(*command, params(), invocation); };
  });
}

}  // namespace bylaw::cli

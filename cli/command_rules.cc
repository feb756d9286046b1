// `bylaw rules [-p …]`: the rules with id, title, severity, controls, aliases.
#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "cli/settings.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::vector<std::string> policies;
  std::string format = "text";
};

std::string Text(const std::vector<const Rule*>& rules) {
  size_t id_width = 0;
  for (const Rule* rule : rules) id_width = std::max(id_width, DisplayWidth(Visible(rule->id)));
  std::string out;
  for (const Rule* rule : rules) {
    const std::string head =
        Padded(Visible(rule->id), id_width) + "  " + Padded(SeverityName(rule->severity), 8) + "  ";
    out += head + Wrap(Visible(rule->title.empty() ? rule->name : rule->title), TerminalWidth(), DisplayWidth(head)) +
           "\n";
  }
  return out + Plural(rules.size(), "rule") + "\n";
}

std::string Json(const std::vector<const Rule*>& rules) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Rule* rule : rules) {
    list.push_back({{"id", rule->id},
                    {"name", rule->name},
                    {"package", rule->package},
                    {"title", rule->title},
                    {"severity", SeverityName(rule->severity)},
                    {"doc", rule->doc},
                    {"controls", rule->controls},
                    {"aliases", rule->aliases},
                    {"related", rule->related}});
  }
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string MarkdownCell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return Visible(text);
}

std::string Markdown(const std::vector<const Rule*>& rules) {
  std::map<std::string, std::vector<const Rule*>> packages;
  for (const Rule* rule : rules) packages[rule->package].push_back(rule);
  std::string out;
  for (const auto& [package, members] : packages) {
    out += fmt::format(
        "{}## {}\n\n{}\n\n| id | severity | what is right | controls | also known as |\n|---|---|---|---|---|\n",
        out.empty() ? "" : "\n", package, Plural(members.size(), "rule"));
    for (const Rule* rule : members) {
      out += fmt::format("| {} | {} | {} | {} | {} |\n", MarkdownCell(rule->id), SeverityName(rule->severity),
                         MarkdownCell(rule->title.empty() ? rule->name : rule->title),
                         MarkdownCell(fmt::format("{}", fmt::join(rule->controls, ", "))),
                         MarkdownCell(fmt::format("{}", fmt::join(rule->aliases, ", "))));
    }
  }
  return out;
}

int Run(const Options& options, const Invocation& invocation) {
  const auto policies = LoadPolicies({.arguments = options.policies}, invocation);
  if (!policies) return kCouldNot;
  std::vector<const Rule*> rules;
  for (const PolicySet& set : policies->sets) {
    for (const Rule& rule : set.program().rules) rules.push_back(&rule);
  }
  std::stable_sort(rules.begin(), rules.end(), [](const Rule* a, const Rule* b) { return a->id < b->id; });
  const std::string out = options.format == "json"       ? Json(rules)
                          : options.format == "markdown" ? Markdown(rules)
                                                         : Text(rules);
  if (auto written = WriteOutput("", out); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddRules(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("rules", "list the rules");
  command->add_option("-p,--policy", options->policies, "policies; default: every shipped pack")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--format", options->format, "text, json or markdown")
      ->check(CLI::IsMember({"text", "json", "markdown"}));
  AddSettingOptions(*command, *invocation.settings, {"policies"});
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

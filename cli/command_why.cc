// `bylaw why RULE RESOURCE INPUT…`: how a rule came to its verdict about one resource, whatever the verdict.

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/explanation.h"
#include "cli/report/report.h"
#include "cli/report/terminal.h"
#include "cli/report/wording.h"
#include "cli/settings.h"
#include "compiler/diagnostics/diagnostic.h"
#include "runtime/bytecode/opcode_info.h"
#include "runtime/bytecode/rule_name.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::string rule, resource, now, input_format;
  std::vector<std::string> inputs, with, policies, params;
  bool closed_world = false, inline_waivers = false;
};

struct Found {
  const PolicySet* set = nullptr;
  uint32_t rule = 0;
};

Result<Found> FindRule(const Policies& policies, const std::string& name) {
  std::vector<std::string> known;
  for (const PolicySet& set : policies.sets) {
    const std::vector<Rule>& rules = set.program().rules;
    for (uint32_t i = 0; i < rules.size(); ++i) {
      if (IsNameOf(name, rules[i]) || rules[i].name == name) return Found{&set, i};
      known.push_back(rules[i].id);
    }
  }
  const std::string suggestion = compiler::DidYouMean(name, known);
  return Error{.message = fmt::format("there is no rule `{}`", name),
               .file = {},
               .hint = suggestion.empty() ? "`bylaw rules` lists the rules" : suggestion};
}

void Paragraph(const char* label, const std::string& text, std::string* out) {
  if (!text.empty())
    *out += fmt::format("{}{}\n", label, Wrap(Visible(text), TerminalWidth(), std::string_view(label).size()));
}

std::string Head(const Rule& rule, const std::vector<const ReportedResult*>& results, const Palette& palette) {
  std::string out = fmt::format("{}{}{}  {}  {}\n", palette.bold, Visible(rule.id), palette.reset,
                                SeverityName(rule.severity), Visible(rule.title.empty() ? rule.name : rule.title));
  if (!rule.doc.empty()) Paragraph("", rule.doc, &out);
  for (const ReportedResult* result : results) {
    out += '\n';
    const std::string_view color = result->verdict == Verdict::kFail   ? palette.red
                                   : result->verdict == Verdict::kPass ? palette.green
                                                                       : palette.yellow;
    out += fmt::format("{}{}{}  {}{}{}{}\n", color, VerdictWord(result->verdict), palette.reset, palette.bold,
                       Visible(ResourceName(*result)), palette.reset, ClauseSuffix(*result));
    Paragraph("  at ", PlaceText(result->location), &out);
    if (result->verdict == Verdict::kFail || result->verdict == Verdict::kWaived)
      Paragraph("  ", result->message, &out);
    for (const ReportedCause& cause : result->causes) {
      const std::string place = PlaceText(cause.location);
      Paragraph("  missing: ", cause.reason + (place.empty() ? "" : " (" + place + ")"), &out);
      Paragraph("  settled by: ", cause.settled_by, &out);
    }
    if (result->waiver) Paragraph("  ", WaiverPhrase(*result->waiver), &out);
    if (result->verdict == Verdict::kFail) Paragraph("  fix: ", result->fix, &out);
  }
  return out;
}

int Run(const Options& options, const Invocation& invocation) {
  if (options.inputs.empty())
    return Complain("no input is named", "name files or folders, or write `inputs` into bylaw.toml");
  std::map<std::string, std::string> given_params;
  for (const std::string& text : options.params) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      return Complain(fmt::format("`--param {}` is not of the form package.name=VALUE", text));
    given_params[text.substr(0, equals)] = text.substr(equals + 1);
  }
  const auto now = Now(options.now);
  if (!now.ok()) return Complain(now.error());
  // Not optimised: the steps are those of the text.
  const auto policies = LoadPolicies({.arguments = options.policies, .optimize = false}, invocation);
  if (!policies) return kCouldNot;
  const auto params = ResolveParams(*invocation.settings, given_params, policies->sets);
  if (!params.ok()) return Complain(params.error());
  const auto found = FindRule(*policies, options.rule);
  if (!found.ok()) return Complain(found.error());
  std::vector<ImportInput> inputs;
  for (const std::string& path : options.inputs) inputs.push_back({.path = path, .bytes = {}, .context_only = false});
  for (const std::string& path : options.with) inputs.push_back({.path = path, .bytes = {}, .context_only = true});
  const auto snapshot =
      Load(*found->set, inputs, {.closed_world = options.closed_world, .input_format = options.input_format});
  if (!snapshot.ok()) return Complain(snapshot.error());
  const Rule& rule = found->set->program().rules[found->rule];
  const CheckOptions check{.now = *now,
                           .closed_world = options.closed_world,
                           .params = ParamsOf(*found->set, *params),
                           .selects = [&](const Rule& other) { return &other == &rule; },
                           .all = true,
                           .inline_waivers = options.inline_waivers};
  const auto explained = Explain(*snapshot, found->rule, options.resource, check);
  if (!explained.ok()) return Complain(explained.error());
  const auto report = Check(*snapshot, check);
  if (!report.ok()) return Complain(report.error());
  std::vector<const ReportedResult*> results;
  for (const ReportedResult& result : report->results) {
    if (result.resource.address.empty() || result.resource.address == options.resource ||
        result.resource.id == options.resource)
      results.push_back(&result);
  }
  const bool color = invocation.ColorOn(STDOUT_FILENO);
  std::string out = Head(rule, results, Palette(color)) + "\n";
  ExplanationText text(TerminalWidth(), color);
  for (size_t i = 0; i < explained->size(); ++i) {
    if (i > 0) out += '\n';
    out += text.Write((*explained)[i], 2);
  }
  if (auto written = WriteOutput("", out); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddWhy(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("why", "tell step by step how a rule judges one resource");
  command->add_option("RULE", options->rule, "id or name of a rule")->required();
  command->add_option("RESOURCE", options->resource, "address or id of a resource")->required();
  command->add_option("INPUT", options->inputs, "files, folders, or -; default: those of bylaw.toml");
  command->add_option("-p,--policy", options->policies, "policies; default: every shipped pack")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--with", options->with, "an input that answers joins and is not judged")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--input-format", options->input_format, "the inputs' format; default: found by content");
  command->add_option("--param", options->params, "package.name=VALUE")->take_all()->allow_extra_args(false);
  command->add_option("--now", options->now, "the time that `now` stands for");
  command->add_flag("--closed-world", options->closed_world, "take the snapshot as all there is");
  command->add_flag("--inline-waivers", options->inline_waivers, "honour waivers that stand in the inputs");
  AddSettingOptions(*command, *invocation.settings,
                    {"policies", "inputs", "with", "input-format", "closed-world", "inline-waivers"});
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

// `bylaw explain CODE|RULE_ID`: a diagnostic or a rule at length.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "cli/settings.h"
#include "compiler/diagnostics/diagnostic.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::string subject;
  std::vector<std::string> policies;
};

/// Each line of `text`, indented.
std::string Indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out += fmt::format("    {}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string Explain(const compiler::CodeInfo& info) {
  std::string out = fmt::format("{}: {}\n\n{}\n", info.text, info.summary, info.explanation);
  if (!info.wrong.empty()) out += fmt::format("\nwrong:\n\n{}", Indented(info.wrong));
  if (!info.right.empty()) out += fmt::format("\nright:\n\n{}", Indented(info.right));
  return out;
}

std::string Explain(const Rule& rule) {
  const size_t width = TerminalWidth();
  std::string out = fmt::format("{}  {}  {}\n", Visible(rule.id), SeverityName(rule.severity), Visible(rule.title));
  out += fmt::format("{}.{}\n", Visible(rule.package), Visible(rule.name));
  if (!rule.doc.empty()) out += "\n" + Wrap(Visible(rule.doc), width, 0) + "\n";
  auto list = [&](const char* label, const std::vector<std::string>& values) {
    if (!values.empty())
      out += fmt::format(
          "{}: {}\n", label,
          Wrap(Visible(fmt::format("{}", fmt::join(values, ", "))), width, std::string_view(label).size() + 2));
  };
  out += "\n";
  list("controls", rule.controls);
  list("also known as", rule.aliases);
  list("related", rule.related);
  if (!rule.docs_link.empty()) out += "docs: " + Visible(rule.docs_link) + "\n";
  return out;
}

int Run(const Options& options, const Invocation& invocation) {
  if (const compiler::CodeInfo* info = compiler::FindCode(options.subject)) {
    if (auto written = WriteOutput("", Explain(*info)); !written.ok()) return Complain(written.error());
    return kFine;
  }
  const auto policies = LoadPolicies({.arguments = options.policies}, invocation);
  if (!policies) return kCouldNot;
  std::vector<std::string> ids;
  for (const PolicySet& set : policies->sets) {
    for (const Rule& rule : set.program().rules) {
      ids.push_back(rule.id);
      if (rule.id != options.subject && rule.name != options.subject) continue;
      if (auto written = WriteOutput("", Explain(rule)); !written.ok()) return Complain(written.error());
      return kFine;
    }
  }
  const std::string suggestion = compiler::DidYouMean(options.subject, ids);
  return Complain(fmt::format("`{}` is no diagnostic's code and no rule's id", options.subject),
                  suggestion.empty() ? "`bylaw rules` lists the rules" : suggestion);
}

}  // namespace

void AddExplain(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("explain", "explain a diagnostic or a rule at length");
  command->add_option("CODE|RULE_ID", options->subject, "such as E0204 or NET-001")->required();
  command->add_option("-p,--policy", options->policies, "where to look for rules; default: every shipped pack")
      ->take_all()
      ->allow_extra_args(false);
  AddSettingOptions(*command, *invocation.settings, {"policies"});
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

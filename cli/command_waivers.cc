// `bylaw waivers [INPUT…] [-p …]`: every waiver of the policies and of the inputs, the one that ends first at the top.
#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/clock.h"
#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/escape.h"
#include "cli/report/terminal.h"
#include "cli/report/wording.h"
#include "cli/settings.h"
#include "runtime/builtins/time.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::vector<std::string> inputs, policies;
  std::string format = "text", now, input_format;
  bool inline_waivers = false;
};

struct ListedWaiver {
  std::string rule, covers, because, by, place;
  std::optional<int64_t> until;
  std::optional<int64_t> days_left;  ///< whole days; below 0 when expired; none: never ends
  bool is_inline = false;
  std::vector<std::string> problems;  ///< why it does not hold, whatever its date
};

std::string Left(const ListedWaiver& listed) {
  if (!listed.days_left) return listed.is_inline ? "no end" : "never ends";
  if (*listed.days_left < 0) return "expired " + Plural(static_cast<uint64_t>(-*listed.days_left), "day") + " ago";
  return Plural(static_cast<uint64_t>(*listed.days_left), "day") + " left";
}

std::string Text(const std::vector<ListedWaiver>& waivers, const Palette& palette) {
  size_t left_width = 0, rule_width = 0;
  for (const ListedWaiver& listed : waivers) {
    left_width = std::max(left_width, Left(listed).size());
    rule_width = std::max(rule_width, DisplayWidth(Visible(listed.rule)));
  }
  constexpr int64_t kSoon = 14;
  std::string out;
  for (const ListedWaiver& listed : waivers) {
    const std::string head = Padded(Left(listed), left_width) + "  " + Padded(Visible(listed.rule), rule_width) + "  ";
    const std::string_view color = !listed.days_left || *listed.days_left > kSoon ? ""
                                   : *listed.days_left < 0                        ? palette.red
                                                                                  : palette.yellow;
    out += fmt::format("{}{}{}{}\n", color, head, palette.reset,
                       Wrap(Visible(listed.covers.empty() ? "where its condition holds" : listed.covers),
                            TerminalWidth(), DisplayWidth(head)));
    const std::string until = listed.until ? "until " + UntilText(*listed.until) + ": " : "";
    const std::string by = listed.by.empty() ? "" : " (" + listed.by + ")";
    if (!listed.because.empty()) out += "    " + Wrap(Visible(until + listed.because + by), TerminalWidth(), 4) + "\n";
    for (const std::string& problem : listed.problems)
      out += fmt::format("    {}{}{}\n", palette.red, Wrap(Visible(problem), TerminalWidth(), 4), palette.reset);
    out += fmt::format("    {}at {}{}\n", palette.dim, Visible(listed.place), palette.reset);
  }
  return out + Plural(waivers.size(), "waiver") + "\n";
}

std::string Json(const std::vector<ListedWaiver>& waivers) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ListedWaiver& listed : waivers) {
    auto or_null = [](const std::string& text) {
      return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
    };
    list.push_back(
        {{"rule", or_null(listed.rule)},
         {"resources", or_null(listed.covers)},
         {"until", listed.until ? nlohmann::ordered_json(FormatTime(*listed.until)) : nlohmann::ordered_json(nullptr)},
         {"days_left", listed.days_left ? nlohmann::ordered_json(*listed.days_left) : nlohmann::ordered_json(nullptr)},
         {"expired", listed.days_left && *listed.days_left < 0},
         {"because", or_null(listed.because)},
         {"by", or_null(listed.by)},
         {"inline", listed.is_inline},
         {"problems", listed.problems},
         {"at", listed.place}});
  }
  return DumpJson(list) + "\n";
}

int64_t FloorDays(int64_t micros) {
  return micros >= 0 ? micros / kMicrosPerDay : -((-micros + kMicrosPerDay - 1) / kMicrosPerDay);
}

ListedWaiver Listed(const Program& program, const Waiver& waiver) {
  ListedWaiver listed{.rule = waiver.rule,
                      .covers = waiver.address_glob,
                      .because = waiver.because,
                      .by = waiver.by,
                      .place = {},
                      .until = waiver.until,
                      .days_left = {},
                      .problems = {}};
  if (waiver.span < program.spans.size()) {
    const SourceSpan& span = program.spans[waiver.span];
    listed.place = fmt::format("{}:{}:{}", program.source_files[span.file], span.line, span.column);
  }
  return listed;
}

ListedWaiver Listed(const InlineWaiver& waiver, bool allowed) {
  ListedWaiver listed{.rule = waiver.rule,
                      .covers = waiver.address,
                      .because = waiver.because,
                      .by = waiver.by,
                      .place = PlaceText(waiver.location),
                      .until = waiver.until,
                      .days_left = {},
                      .is_inline = true,
                      .problems = {}};
  if (!allowed) listed.problems.push_back("not honoured: `inline-waivers` is not set");
  if (!waiver.problem.empty()) listed.problems.push_back("does not hold: it " + waiver.problem);
  return listed;
}

int Run(const Options& options, const Invocation& invocation) {
  const auto now = Now(options.now);
  if (!now.ok()) return Complain(now.error());
  const auto policies = LoadPolicies({.arguments = options.policies, .bundles_do = true}, invocation);
  if (!policies) return kCouldNot;
  std::vector<ListedWaiver> waivers;
  for (const PolicySet& set : policies->sets) {
    for (const Waiver& waiver : set.program().waivers) waivers.push_back(Listed(set.program(), waiver));
  }
  if (!options.inputs.empty()) {
    std::vector<ImportInput> inputs;
    for (const std::string& path : options.inputs) inputs.push_back({.path = path});
    const auto loaded = Load(policies->sets.front(), inputs, {.input_format = options.input_format});
    if (!loaded.ok()) return Complain(loaded.error());
    for (const InlineWaiver& waiver : loaded->snapshot->inline_waivers())
      waivers.push_back(Listed(waiver, options.inline_waivers));
  }
  for (ListedWaiver& listed : waivers) {
    if (listed.until) listed.days_left = FloorDays(*listed.until - *now);
    if (!listed.rule.empty() && !policies->HaveRule(listed.rule)) listed.problems.push_back("there is no such rule");
  }
  std::stable_sort(waivers.begin(), waivers.end(), [](const ListedWaiver& a, const ListedWaiver& b) {
    constexpr int64_t kNever = INT64_MAX;
    return a.until.value_or(kNever) < b.until.value_or(kNever);
  });
  const std::string out = options.format == "json" ? Json(waivers) : Text(waivers, Palette(invocation.ColorOn(1)));
  if (auto written = WriteOutput("", out); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddWaivers(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("waivers", "list the waivers, those that end first at the top");
  command->add_option("INPUT", options->inputs,
                      "files, folders, or -, whose own waivers are listed, too; default: those of bylaw.toml");
  command->add_option("--input-format", options->input_format, "the inputs' format; default: found by content");
  command->add_flag("--inline-waivers", options->inline_waivers, "the inputs' own waivers are honoured");
  command->add_option("-p,--policy", options->policies, "policies; default: every shipped pack")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--now", options->now, "the time from which days are counted");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  AddSettingOptions(*command, *invocation.settings, {"policies", "inputs", "input-format", "inline-waivers"});
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

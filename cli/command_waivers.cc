// `bylaw waivers [-p …]`: every waiver of the policies, the one that ends first at the top.
#include <algorithm>
#include <chrono>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

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
  std::vector<std::string> policies;
  std::string format = "text", now;
};

struct ListedWaiver {
  const Waiver* waiver;
  std::string place;
  std::optional<int64_t> days_left;  ///< whole days; below 0 when expired; none: never ends
  bool names_no_rule;
};

std::string Covers(const Waiver& waiver) {
  return waiver.address_glob.empty() ? "where its condition holds" : waiver.address_glob;
}

std::string Left(const ListedWaiver& listed) {
  if (!listed.days_left) return "never ends";
  if (*listed.days_left < 0) return "expired " + Plural(static_cast<uint64_t>(-*listed.days_left), "day") + " ago";
  return Plural(static_cast<uint64_t>(*listed.days_left), "day") + " left";
}

std::string Text(const std::vector<ListedWaiver>& waivers, const Palette& palette) {
  size_t left_width = 0, rule_width = 0;
  for (const ListedWaiver& listed : waivers) {
    left_width = std::max(left_width, Left(listed).size());
    rule_width = std::max(rule_width, DisplayWidth(Visible(listed.waiver->rule)));
  }
  constexpr int64_t kSoon = 14;
  std::string out;
  for (const ListedWaiver& listed : waivers) {
    const std::string head =
        Padded(Left(listed), left_width) + "  " + Padded(Visible(listed.waiver->rule), rule_width) + "  ";
    const std::string_view color = !listed.days_left || *listed.days_left > kSoon ? ""
                                   : *listed.days_left < 0                        ? palette.red
                                                                                  : palette.yellow;
    const std::string until = listed.waiver->until ? "until " + UntilText(*listed.waiver->until) + ": " : "";
    const std::string by = listed.waiver->by.empty() ? "" : " (" + listed.waiver->by + ")";
    out += fmt::format("{}{}{}{}\n", color, head, palette.reset,
                       Wrap(Visible(Covers(*listed.waiver)), TerminalWidth(), DisplayWidth(head)));
    out += "    " + Wrap(Visible(until + listed.waiver->because + by), TerminalWidth(), 4) + "\n";
    if (listed.names_no_rule) out += fmt::format("    {}there is no such rule{}\n", palette.red, palette.reset);
    out += fmt::format("    {}at {}{}\n", palette.dim, Visible(listed.place), palette.reset);
  }
  return out + Plural(waivers.size(), "waiver") + "\n";
}

std::string Json(const std::vector<ListedWaiver>& waivers) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ListedWaiver& listed : waivers) {
    const Waiver& waiver = *listed.waiver;
    auto or_null = [](const std::string& text) {
      return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
    };
    list.push_back(
        {{"rule", waiver.rule},
         {"resources", or_null(waiver.address_glob)},
         {"until", waiver.until ? nlohmann::ordered_json(FormatTime(*waiver.until)) : nlohmann::ordered_json(nullptr)},
         {"days_left", listed.days_left ? nlohmann::ordered_json(*listed.days_left) : nlohmann::ordered_json(nullptr)},
         {"expired", listed.days_left && *listed.days_left < 0},
         {"because", waiver.because},
         {"by", or_null(waiver.by)},
         {"rule_exists", !listed.names_no_rule},
         {"at", listed.place}});
  }
  return DumpJson(list) + "\n";
}

int64_t FloorDays(int64_t micros) {
  return micros >= 0 ? micros / kMicrosPerDay : -((-micros + kMicrosPerDay - 1) / kMicrosPerDay);
}

int Run(const Options& options, const Invocation& invocation) {
  int64_t now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  if (!options.now.empty()) {
    const auto time = ParseTime(options.now);
    if (!time)
      return Complain(fmt::format("`--now {}` is no time", options.now), "write 2027-03-31 or 2027-03-31T10:00:00Z");
    now = *time;
  }
  const auto policies = LoadPolicies({.arguments = options.policies}, invocation);
  if (!policies) return kCouldNot;
  std::vector<ListedWaiver> waivers;
  for (const PolicySet& set : policies->sets) {
    const Program& program = set.program();
    for (const Waiver& waiver : program.waivers) {
      ListedWaiver listed{.waiver = &waiver, .place = {}, .days_left = {}, .names_no_rule = true};
      if (waiver.span < program.spans.size()) {
        const SourceSpan& span = program.spans[waiver.span];
        listed.place = fmt::format("{}:{}:{}", program.source_files[span.file], span.line, span.column);
      }
      if (waiver.until) listed.days_left = FloorDays(*waiver.until - now);
      for (const PolicySet& other : policies->sets) {
        for (const Rule& rule : other.program().rules) {
          if (waiver.rule == rule.id ||
              waiver.rule == (rule.package.empty() ? rule.name : rule.package + "." + rule.name))
            listed.names_no_rule = false;
        }
      }
      waivers.push_back(std::move(listed));
    }
  }
  std::stable_sort(waivers.begin(), waivers.end(), [](const ListedWaiver& a, const ListedWaiver& b) {
    constexpr int64_t kNever = INT64_MAX;
    return a.waiver->until.value_or(kNever) < b.waiver->until.value_or(kNever);
  });
  const std::string out = options.format == "json" ? Json(waivers) : Text(waivers, Palette(invocation.ColorOn(1)));
  if (auto written = WriteOutput("", out); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddWaivers(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("waivers", "list the waivers, those that end first at the top");
  command->add_option("-p,--policy", options->policies, "policies; default: every shipped pack")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--now", options->now, "the time from which days are counted");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  AddSettingOptions(*command, *invocation.settings, {"policies"});
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

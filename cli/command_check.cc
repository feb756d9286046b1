// `bylaw check INPUT… [-p POLICY]…`: judge inputs.
#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/baseline.h"
#include "cli/clock.h"
#include "cli/command.h"
#include "cli/memory_limit.h"
#include "cli/outputs.h"
#include "cli/policies.h"
#include "cli/progress.h"
#include "cli/report/explanation.h"
#include "cli/report/framework_view.h"
#include "cli/report/report.h"
#include "cli/report/terminal.h"
#include "cli/settings.h"
#include "cli/statistics.h"
#include "runtime/builtins/glob.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::vector<std::string> inputs, with, policies, formats, rules, skips, params, frameworks;
  std::string verify;
  std::string baseline, write_baseline, max_memory, params_file, parameters_file, severity,
      fail_on = "info", unknown = "undecided", matched_nothing = "note", now, input_format;
  bool closed_world = false, inline_waivers = false, only_new = false, all = false, why = false, quiet = false,
       verbose = false, stats = false, unoptimized = false;
  uint32_t jobs = 0, max_depth = 512, batch_size = 2048;
  double timeout_seconds = 0;
};

std::optional<Severity> ParseSeverity(std::string_view name) {
  for (int i = 0; i < kNumSeverities; ++i) {
    if (SeverityName(static_cast<Severity>(i)) == name) return static_cast<Severity>(i);
  }
  return std::nullopt;
}

struct Output {
  const ReportFormat* format = nullptr;
  std::string path;  ///< empty: stdout
};

/// `json`, `text=report.txt`, …
Result<std::vector<Output>> ParseOutputs(const std::vector<std::string>& texts) {
  std::vector<Output> outputs;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto format =
        std::find_if(Formats().begin(), Formats().end(), [&](const ReportFormat& f) { return f.name == name; });
    if (format == Formats().end()) {
      std::string known;
      for (const ReportFormat& f : Formats()) known += fmt::format("{}{}", known.empty() ? "" : ", ", f.name);
      return Error{.message = fmt::format("there is no report format `{}`", name),
                   .file = {},
                   .hint = "the formats are " + known};
    }
    Output output{.format = &*format, .path = equals == std::string::npos ? "" : text.substr(equals + 1)};
    if (equals != std::string::npos && output.path.empty())
      return Error{.message = fmt::format("`--format {}` names no file", text), .file = {}};
    if (output.path.empty() &&
        std::any_of(outputs.begin(), outputs.end(), [](const Output& o) { return o.path.empty(); })) {
      return Error{.message = "two report formats for standard output",
                   .file = {},
                   .hint = fmt::format("write one to a file: `--format {}=FILE`", name)};
    }
    outputs.push_back(std::move(output));
  }
  if (outputs.empty()) outputs.push_back({.format = &Formats()[0], .path = ""});
  return outputs;
}

/// `package.name=VALUE` and the members of --params FILE (a JSON object; lists and objects stay JSON).
Result<std::map<std::string, std::string>> ParseParams(const Options& options) {
  std::map<std::string, std::string> params;
  if (!options.params_file.empty()) {
    BYLAW_ASSIGN(const std::string text, ReadWhole(options.params_file));
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object())
      return Error{
          .message = "is no JSON object", .file = options.params_file, .hint = R"(write {"package.name": value, …})"};
    for (const auto& [name, value] : json.items())
      params[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  for (const std::string& text : options.params) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      return Error{.message = fmt::format("`--param {}` is not of the form package.name=VALUE", text), .file = {}};
    params[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return params;
}

/// A filter names no rule at all: a misspelling, not a choice.
Status CheckFilters(const std::vector<std::string>& globs, const std::vector<PolicySet>& sets, const char* option) {
  for (const std::string& glob : globs) {
    bool found = false;
    for (const PolicySet& set : sets) {
      for (const Rule& rule : set.program().rules)
        found = found || MatchesGlob(glob, rule.id) || MatchesGlob(glob, rule.name);
    }
    if (!found)
      return Error{.message = fmt::format("`{} {}` names no rule", option, glob),
                   .file = {},
                   .hint = "`bylaw rules` lists them"};
  }
  return Ok{};
}

/// A framework that no rule names: a misspelling, too.
Status CheckFrameworks(const std::vector<std::string>& names, const std::vector<PolicySet>& sets) {
  std::set<std::string> known;
  std::vector<std::string> missing = names;
  for (const PolicySet& set : sets) {
    for (const Rule& rule : set.program().rules) {
      for (const std::string& control : rule.controls) {
        known.insert(control.substr(0, control.find(':')));
        std::erase_if(missing, [&](const std::string& name) { return IsOfFramework(control, name); });
      }
    }
  }
  if (missing.empty()) return Ok{};
  return Error{.message = fmt::format("`--framework {}` names no framework of these rules", missing[0]),
               .file = {},
               .hint = known.empty() ? "none of these rules names a control"
                                     : fmt::format("they name {}", fmt::join(known, ", "))};
}

bool IsOfAnyFramework(const std::vector<std::string>& names, const Rule& rule) {
  return std::any_of(rule.controls.begin(), rule.controls.end(), [&](const std::string& control) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return IsOfFramework(control, name); });
  });
}

bool MatchesAny(const std::vector<std::string>& globs, const Rule& rule) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return MatchesGlob(glob, rule.id) || MatchesGlob(glob, rule.name);
  });
}

/// Puts the report of another policy set behind `report`.
void Merge(Report& report, Report&& more) {
  const auto first_rule = static_cast<uint32_t>(report.rules.size());
  for (ReportedResult& result : more.results) {
    result.rule += first_rule;
    report.results.push_back(std::move(result));
  }
  std::move(more.rules.begin(), more.rules.end(), std::back_inserter(report.rules));
  for (ReportedWarning& warning : more.warnings) {
    if (std::find(report.warnings.begin(), report.warnings.end(), warning) == report.warnings.end())
      report.warnings.push_back(std::move(warning));
  }
  report.counts += more.counts;
  if (more.worst && (!report.worst || *more.worst > *report.worst)) report.worst = more.worst;
}

/// How many results of a rule the outputs can show; 0: all.
size_t MostResults(const std::vector<Output>& outputs, const Options& options) {
  if (options.verbose || options.why || !options.baseline.empty() || !options.write_baseline.empty()) return 0;
  size_t most = 1;
  for (const Output& output : outputs) {
    if (output.format->most_results == 0) return 0;
    most = std::max(most, output.format->most_results);
  }
  return most;
}

/// The least severity that fails, of each rule: a package's own of bylaw.toml, unless an option or the environment says one.
std::vector<Severity> FailOn(const Report& report, const Options& options, const Settings& settings) {
  const auto origin = settings.origins.find("fail-on");
  const bool of_file = origin == settings.origins.end() || origin->second.kind == SettingOrigin::Kind::kFile;
  std::vector<Severity> fail_on;
  for (const ReportedRule& rule : report.rules) {
    const auto own = of_file ? settings.FailOn(rule.package) : std::nullopt;
    fail_on.push_back(*ParseSeverity(own.value_or(options.fail_on)));
  }
  return fail_on;
}

int StatusOf(const Report& report, const Options& options, const std::vector<Severity>& fail_on) {
  bool fails = false, undecided = false;
  if (options.only_new) {
    for (const ReportedResult& result : report.results) {
      if (!result.is_new) continue;
      fails = fails || (result.verdict == Verdict::kFail && result.severity >= fail_on[result.rule]);
      undecided = undecided || result.verdict == Verdict::kUnknown;
    }
  } else {
    for (size_t rule = 0; rule < report.rules.size(); ++rule) {
      const VerdictCounts& counts = report.rules[rule].clause_counts;
      fails = fails || (counts.fail > 0 && report.rules[rule].severity >= fail_on[rule]);
      undecided = undecided || counts.unknown > 0;
    }
  }
  // A waiver that no longer holds is a failure of its own.
  static constexpr std::array<std::string_view, 4> kOfWaivers = {"W0302", "W0303", "W0304", "W0306"};
  for (const ReportedWarning& warning : report.warnings)
    fails = fails || std::find(kOfWaivers.begin(), kOfWaivers.end(), warning.code) != kOfWaivers.end();
  if (options.unknown == "fail") fails = fails || undecided;
  if (options.matched_nothing == "error") {
    fails = fails || std::any_of(report.rules.begin(), report.rules.end(),
                                 [](const ReportedRule& rule) { return rule.matched_nothing; });
  }
  if (fails) return kFails;
  return undecided && options.unknown != "ignore" ? kUndecided : kFine;
}

/// For --verbose: what was read, on stderr.
void PrintInputs(const LoadedSnapshot& snapshot) {
  for (const InputStatistics& input : snapshot.statistics.inputs) {
    fmt::print(stderr, "read {}: {}, {} bytes, {}\n", Visible(input.path), input.format, input.num_bytes,
               Plural(input.num_resources, "resource"));
  }
}

/// Which of the explained tuples of one rule and resource each of `results` is about: a resource may have several rows, and a row several tuples, of which the results tell the clauses that
/// were not passed (or all), in the same order.
std::vector<const ExplainedTuple*> TuplesOf(std::span<const ReportedResult> results,
                                            const std::vector<ExplainedTuple>& tuples) {
  std::vector<const ExplainedTuple*> of_results;
  std::map<std::pair<uint32_t, Verdict>, size_t> next;
  for (const ReportedResult& result : results) {
    const Verdict judged = result.verdict == Verdict::kWaived ? Verdict::kFail : result.verdict;
    size_t& at = next[{result.clause, judged}];
    const auto is_meant = [&](const ExplainedTuple& tuple) {
      // A rule that does not range over a table's rows is told with all that it judges.
      if (tuple.variables.empty()) return false;
      const ExplainedStep& first = tuple.variables[0];
      if ((first.resource ? first.resource->address : first.value) != result.resource.address) return false;
      return tuple.applies &&
             std::any_of(tuple.clauses.begin(), tuple.clauses.end(), [&](const ExplainedClause& clause) {
               return clause.clause == result.clause && clause.verdict == judged;
             });
    };
    while (at < tuples.size() && !is_meant(tuples[at])) ++at;
    of_results.push_back(at < tuples.size() ? &tuples[at++] : nullptr);
  }
  return of_results;
}

/// For --why: how each result listed came about, beside the report's results. What cannot be told is left empty, and so is what an earlier result of the same tuple tells. `sets` are compiled
/// without optimisation, so that the steps are those of the text; the verdicts need not come from them.
Result<std::vector<std::string>> ExplainResults(const Report& report, const std::vector<PolicySet>& sets,
                                                const std::map<std::string, GivenParam>& params,
                                                const std::vector<ImportInput>& inputs, const ImportOptions& import,
                                                CheckOptions check, bool color) {
  std::vector<std::string> texts(report.results.size());
  for (const PolicySet& set : sets) {
    std::map<std::pair<std::string, std::string>, uint32_t> rules;
    for (uint32_t i = 0; i < set.program().rules.size(); ++i)
      rules[{set.program().rules[i].package, set.program().rules[i].name}] = i;
    std::vector<ExplainRequest> requests;
    std::vector<std::pair<size_t, size_t>> asked;  // results from here to before there: of one rule and resource
    for (size_t begin = 0, end = 0; begin < report.results.size(); begin = end) {
      const ReportedResult& first = report.results[begin];
      for (end = begin + 1; end < report.results.size() && report.results[end].rule == first.rule &&
                            report.results[end].resource.address == first.resource.address;)
        ++end;
      const auto rule = rules.find({report.rules[first.rule].package, report.rules[first.rule].name});
      if (rule == rules.end() || first.resource.address.empty()) continue;
      requests.push_back({rule->second, first.resource.address});
      asked.emplace_back(begin, end);
    }
    if (requests.empty()) continue;
    BYLAW_ASSIGN(const LoadedSnapshot snapshot, Load(set, inputs, import));
    check.params = ParamsOf(set, params);
    BYLAW_ASSIGN(const auto explained, ExplainAll(snapshot, requests, check));
    ExplanationText writer(TerminalWidth(), color);
    for (size_t i = 0; i < requests.size(); ++i) {
      const auto [begin, end] = asked[i];
      const auto tuples = TuplesOf(std::span(report.results).subspan(begin, end - begin), explained[i]);
      for (size_t r = 0; r < tuples.size(); ++r) {
        if (tuples[r] != nullptr && std::find(tuples.begin(), tuples.begin() + static_cast<std::ptrdiff_t>(r),
                                              tuples[r]) == tuples.begin() + static_cast<std::ptrdiff_t>(r))
          texts[begin + r] = writer.Write(*tuples[r], 4);
      }
    }
  }
  return texts;
}

int Run(const Options& options, const Invocation& invocation) {
  if (options.inputs.empty())
    return Complain("no input is named",
                    "name files or folders: `bylaw check plan.json`; or write `inputs` into bylaw.toml");
  Statistics statistics;
  const auto outputs = ParseOutputs(options.formats);
  if (!outputs.ok()) return Complain(outputs.error());
  const auto given_params = ParseParams(options);
  if (!given_params.ok()) return Complain(given_params.error());
  const auto now = Now(options.now);
  if (!now.ok()) return Complain(now.error());
  if (auto limited = LimitMemory(options.max_memory); !limited.ok()) return Complain(limited.error());
  if (options.only_new && options.baseline.empty())
    return Complain("`--only-new` needs to know what is old", "name a baseline: `--baseline FILE`");
  std::optional<Baseline> baseline;
  if (!options.baseline.empty()) {
    auto read = Baseline::FromFile(options.baseline);
    if (!read.ok()) return Complain(read.error());
    baseline = std::move(*read);
  }

  const auto policies = LoadPolicies(
      {.arguments = options.policies, .optimize = !options.unoptimized, .bundles_do = true, .verify = options.verify},
      invocation);
  if (!policies) return kCouldNot;
  statistics.Phase("policies");
  const auto params = ResolveParams(*invocation.settings, *given_params, policies->sets);
  if (!params.ok()) return Complain(params.error());
  for (const auto& [globs, option] : {std::pair{&options.rules, "--rule"}, std::pair{&options.skips, "--skip"}}) {
    if (auto filters = CheckFilters(*globs, policies->sets, option); !filters.ok()) return Complain(filters.error());
  }
  if (auto frameworks = CheckFrameworks(options.frameworks, policies->sets); !frameworks.ok())
    return Complain(frameworks.error());
  Progress progress(!options.quiet);

  std::vector<ImportInput> inputs;
  for (const std::string& path : options.inputs) inputs.push_back({.path = path, .bytes = {}, .context_only = false});
  if (!options.parameters_file.empty())
    inputs.push_back({.path = options.parameters_file, .bytes = {}, .context_only = false});
  for (const std::string& path : options.with) inputs.push_back({.path = path, .bytes = {}, .context_only = true});
  for (ImportInput& input : inputs) {
    // Standard input can be read once, and inputs are loaded for each policy set, and again for --why.
    if (input.path != "-") continue;
    auto text = ReadWhole(input.path);
    if (!text.ok()) return Complain(text.error());
    input.bytes = std::move(*text);
  }
  const std::optional<Severity> least = ParseSeverity(options.severity);
  const uint32_t jobs = options.jobs == 0 ? std::max(1u, std::thread::hardware_concurrency()) : options.jobs;
  CheckOptions check{.now = *now,
                     .closed_world = options.closed_world,
                     .num_threads = jobs,
                     .batch_size = options.batch_size,
                     .params = {},
                     .selects =
                         [&](const Rule& rule) {
                           if (!options.frameworks.empty() && !IsOfAnyFramework(options.frameworks, rule)) return false;
                           return (options.rules.empty() || MatchesAny(options.rules, rule)) &&
                                  !MatchesAny(options.skips, rule) && (!least || rule.severity >= *least);
                         },
                     .all = options.all,
                     .max_results_per_rule = MostResults(*outputs, options),
                     .inline_waivers = options.inline_waivers,
                     .knows_rule = [&](std::string_view name) { return policies->HaveRule(name); },
                     .time_budget = std::chrono::milliseconds(static_cast<int64_t>(options.timeout_seconds * 1000)),
                     .cancelled = nullptr,
                     .progress = progress.counters()};
  std::optional<Report> report;
  const ImportOptions import{.closed_world = options.closed_world,
                             .input_format = options.input_format,
                             .max_depth = options.max_depth,
                             .jobs = jobs,
                             .progress = progress.counters()};
  for (const PolicySet& set : policies->sets) {
    progress.Phase("reading");
    auto snapshot = Load(set.Only(check.selects), inputs, import);
    if (!snapshot.ok()) progress.End();
    if (!snapshot.ok()) return Complain(snapshot.error());
    statistics.Phase("inputs");
    if (options.verbose) progress.End(), PrintInputs(*snapshot);
    progress.Phase("judging");
    check.params = ParamsOf(set, *params);
    auto judged = Check(*snapshot, check);
    if (!judged.ok()) progress.End();
    if (!judged.ok()) return Complain(judged.error());
    statistics.Phase("rules");
    if (report) {
      Merge(*report, std::move(*judged));
    } else {
      report = std::move(*judged);
    }
  }

  // A path that no row has is a misspelling, or rare. The shipped policies have tests against the first.
  std::erase_if(report->warnings, [shipped = ShippedPolicies()](const ReportedWarning& w) {
    return w.code == "W0305" && w.location.file.starts_with(shipped);
  });

  if (baseline) baseline->Mark(*report);
  const std::string new_baseline = options.write_baseline.empty() ? "" : Baseline::Write(*report);
  const size_t num_left_out =
      options.only_new ? std::erase_if(report->results, [](const ReportedResult& result) { return !result.is_new; })
                       : 0;
  const int status = StatusOf(*report, options, FailOn(*report, options, *invocation.settings));
  progress.Phase("explaining");
  std::vector<std::string> explanations;
  const auto text = std::find_if(outputs->begin(), outputs->end(),
                                 [](const Output& output) { return output.format->name == "text"; });
  if (options.why && text != outputs->end() && !report->results.empty()) {
    const auto unoptimized = LoadPolicies(
        {.arguments = options.policies, .optimize = false, .verify = options.verify, .again = true}, invocation);
    if (!unoptimized) return kCouldNot;
    auto explained = ExplainResults(*report, unoptimized->sets, *params, inputs, import, check,
                                    text->path.empty() && invocation.ColorOn(STDOUT_FILENO));
    if (!explained.ok()) progress.End();
    if (!explained.ok()) return Complain(explained.error());
    explanations = std::move(*explained);
  }
  ReportStyle style{.width = kFileWidth,
                    .why = options.why,
                    .quiet = options.quiet,
                    .verbose = options.verbose,
                    .undecided_ignored = options.unknown == "ignore",
                    .exit_status = status,
                    .has_baseline = baseline.has_value(),
                    .num_left_out = num_left_out,
                    .explanations = std::move(explanations),
                    .frameworks = MakeFrameworkViews(*report, options.frameworks),
                    .policies = policies->names};
  std::vector<std::pair<std::string, std::string>> files;
  std::optional<std::string> standard_output;
  for (const Output& output : *outputs) {
    if (output.path.empty()) {
      ReportStyle own = style;
      own.color = invocation.ColorOn(STDOUT_FILENO);
      own.width = TerminalWidth();
      standard_output = output.format->write(*report, own);
    } else {
      files.emplace_back(output.path, output.format->write(*report, style));
    }
  }
  if (!options.write_baseline.empty()) files.emplace_back(options.write_baseline, new_baseline);
  progress.End();
  if (auto written = WriteOutputs(files, standard_output); !written.ok()) return Complain(written.error());
  statistics.Phase("report");
  if (options.stats) statistics.Print();
  return status;
}

std::shared_ptr<Options> RegisterOptions(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = &app;
  command->add_option("INPUT", options->inputs, "files, folders, or -; default: those of bylaw.toml");
  command
      ->add_option("-p,--policy", options->policies,
                   "a .bylaw file, a folder, a .bylawc bundle, or a shipped pack; default: every shipped pack")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--verify", options->verify, "take only bundles that are signed by this public key")
      ->type_name("KEY");
  command->add_option("--format", options->formats, "text, json, …; FORMAT=FILE writes a file")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--rule", options->rules, "judge only rules whose id or name matches")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--skip", options->skips, "leave out rules whose id or name matches")
      ->take_all()
      ->allow_extra_args(false);
  const auto severities = CLI::IsMember({"info", "low", "medium", "high", "critical"});
  command->add_option("--severity", options->severity, "judge only rules at least this severe")->check(severities);
  command->add_option("--fail-on", options->fail_on, "least severity that makes the status 1")->check(severities);
  command->add_option("--unknown", options->unknown, "what an undecided result means for the status")
      ->check(CLI::IsMember({"fail", "undecided", "ignore"}));
  command->add_option("--matched-nothing", options->matched_nothing, "what a rule that judged nothing means")
      ->check(CLI::IsMember({"error", "note"}));
  command->add_option("--param", options->params, "package.name=VALUE")->take_all()->allow_extra_args(false);
  command->add_option("--params", options->params_file, "a JSON file of params");
  command->add_option("--parameters", options->parameters_file, "a file of parameters for CloudFormation templates");
  command->add_option("--now", options->now, "the time that `now` stands for");
  command->add_flag("--closed-world", options->closed_world, "take the snapshot as all there is");
  command->add_flag("--inline-waivers", options->inline_waivers, "honour waivers that stand in the inputs");
  command->add_option("--with", options->with, "an input that answers joins and is not judged")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--input-format", options->input_format, "the inputs' format; default: found by content");
  command->add_flag("--all", options->all, "list passes and not-applicables too");
  command->add_flag("--why", options->why, "show witnesses and all causes");
  command
      ->add_option("--framework", options->frameworks,
                   "judge only rules for this framework, or one control of it, and count its controls")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--baseline", options->baseline, "a file of findings that are known already");
  command->add_option("--write-baseline", options->write_baseline, "write what is found now as a baseline");
  command->add_flag("--only-new", options->only_new, "leave out what the baseline knows, and do not fail for it");
  command->add_option("--max-memory", options->max_memory, "most memory to use, such as 512M or 2G");
  command->add_option("--jobs", options->jobs, "threads; default: one a core")->check(CLI::Range(1u, 1024u));
  command->add_option("--max-depth", options->max_depth, "deepest nesting of an input")->check(CLI::Range(1u, 100000u));
  command->add_option("--timeout", options->timeout_seconds, "seconds that judging may take")
      ->check(CLI::PositiveNumber);
  command->add_flag("--quiet", options->quiet, "the summary alone");
  command->add_flag("--verbose", options->verbose, "tell what is read");
  command->add_flag("--stats", options->stats, "time and memory by phase, on stderr");
  command->add_option("--batch-size", options->batch_size, "rows a batch; results do not depend on it")
      ->check(CLI::Range(1u, 1u << 20))
      ->group("");
  command->add_flag("--no-optimize", options->unoptimized, "compile without the optimiser's passes")->group("");
  AddSettingOptions(*command, *invocation.settings);
  return options;
}

}  // namespace

std::function<Result<std::map<std::string, std::string>>()> AddCheckOptions(CLI::App& command, Invocation& invocation) {
  return [options = RegisterOptions(command, invocation)] { return ParseParams(*options); };
}

void AddCheck(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("check", "judge inputs: files, folders, - for standard input");
  const auto options = RegisterOptions(*command, invocation);
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

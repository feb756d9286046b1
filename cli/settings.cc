#include "cli/settings.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/report/report.h"
#include "compiler/diagnostics/diagnostic.h"

extern char** environ;

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;
using Kind = SettingKind;
using Origin = SettingOrigin::Kind;

const std::vector<std::string_view> kSeverities = {"info", "low", "medium", "high", "critical"};

std::string AnyOf(const std::vector<std::string_view>& choices) {
  std::string text;
  for (size_t i = 0; i < choices.size(); ++i)
    text += fmt::format("{}`{}`", i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ", choices[i]);
  return text;
}

std::string Meant(const std::string& seen, const std::vector<std::string>& candidates) {
  return compiler::DidYouMean(seen, candidates);
}

/// Reads one file into settings, and checks all of it, whatever the command needs.
class FileReader {
 public:
  FileReader(std::string file, Settings& settings, std::map<std::string, std::vector<std::string>>& values)
      : file_(std::move(file)), folder_(fs::path(file_).parent_path()), settings_(settings), values_(values) {}

  Status Read() {
    BYLAW_ASSIGN(const ConfigValue root, ReadConfigFile(file_));
    BYLAW_RETURN_IF_ERROR(ReadLevel(root, true, true));
    std::vector<std::string> names;
    const ConfigValue* environments = root.Find("environments");
    if (environments != nullptr) {
      if (environments->kind != ConfigValue::Kind::kTable)
        return WrongKind(*environments, "environments", "a table of environments: `[environments.prod]`");
      for (const auto& [name, level] : environments->members) {
        names.push_back(name);
        if (level.kind != ConfigValue::Kind::kTable)
          return WrongKind(level, "environments." + name, "a table: `[environments." + name + "]`");
        BYLAW_RETURN_IF_ERROR(ReadLevel(level, false, false));  // those that are not chosen are checked all the same
      }
    }
    if (const ConfigValue* chosen = root.Find("environment"); chosen != nullptr && settings_.environment.empty()) {
      settings_.environment = chosen->text;
      settings_.environment_origin = OriginOf(*chosen);
      if (std::find(names.begin(), names.end(), chosen->text) == names.end())
        return At(chosen->place, fmt::format("there is no environment `{}` in this file", chosen->text),
                  Environments(chosen->text, names));
    }
    if (settings_.environment.empty()) return Ok{};
    const ConfigValue* level = environments == nullptr ? nullptr : environments->Find(settings_.environment);
    if (level == nullptr)
      return Error{.message = fmt::format("{}: there is no environment `{}`", settings_.environment_origin.where,
                                          settings_.environment),
                   .file = file_,
                   .hint = Environments(settings_.environment, names)};
    return ReadLevel(*level, false, true);
  }

 private:
  static std::string Environments(const std::string& seen, const std::vector<std::string>& names) {
    if (const std::string meant = Meant(seen, names); !meant.empty()) return meant;
    return names.empty() ? "write `[environments." + seen + "]` and what is different in it"
                         : fmt::format("the environments are {}", fmt::join(names, ", "));
  }

  Error At(ConfigPlace place, std::string message, std::string hint = {}) const {
    return {.message = std::move(message),
            .file = file_,
            .line = place.line,
            .column = place.column,
            .hint = std::move(hint)};
  }
  Error WrongKind(const ConfigValue& value, const std::string& key, const std::string& wanted) const {
    return At(value.place, fmt::format("`{}` is {}, and this is {}", key, wanted, value.KindName()));
  }
  SettingOrigin OriginOf(const ConfigValue& value) const {
    return {Origin::kFile, fmt::format("{}:{}:{}", file_, value.place.line, value.place.column)};
  }

  /// The top of the file, or an environment. `keep`: what it says holds.
  Status ReadLevel(const ConfigValue& level, bool is_top, bool keep) {
    for (const auto& [key, value] : level.members) {
      if (is_top && key == "environments") continue;
      if (is_top && key == "environment") {
        if (value.kind != ConfigValue::Kind::kText) return WrongKind(value, key, "a text, the name of an environment");
        continue;
      }
      if (key == "params") {
        BYLAW_RETURN_IF_ERROR(ReadParams(value, "", keep));
      } else if (key == "packages") {
        BYLAW_RETURN_IF_ERROR(ReadPackages(value, "", keep));
      } else {
        BYLAW_RETURN_IF_ERROR(ReadSetting(key, value, is_top, keep));
      }
    }
    return Ok{};
  }

  Status ReadSetting(const std::string& key, const ConfigValue& value, bool is_top, bool keep) {
    const auto table = SettingTable();
    const auto info =
        std::find_if(table.begin(), table.end(), [&](const SettingInfo& setting) { return setting.key == key; });
    if (info == table.end()) {
      std::vector<std::string> known = {"params", "packages"};
      if (is_top) known.insert(known.end(), {"environments", "environment"});
      for (const SettingInfo& setting : table) known.emplace_back(setting.key);
      const std::string meant = Meant(key, known);
      return At(value.key_place, fmt::format("there is no setting `{}`", key),
                meant.empty() ? "`bylaw config` prints all there are" : meant);
    }
    BYLAW_ASSIGN(std::vector<std::string> texts, Texts(*info, value));
    if (!keep) return Ok{};
    values_[key] = std::move(texts);
    settings_.origins[key] = OriginOf(value);
    return Ok{};
  }

  Result<std::vector<std::string>> Texts(const SettingInfo& info, const ConfigValue& value) const {
    const std::string key(info.key);
    switch (info.kind) {
      case Kind::kText:
        if (value.kind != ConfigValue::Kind::kText) return WrongKind(value, key, "a text");
        return std::vector{value.text};
      case Kind::kPath:
        if (value.kind != ConfigValue::Kind::kText) return WrongKind(value, key, "a path, as a text");
        return std::vector{FromFolder(value.text)};
      case Kind::kChoice:
        if (value.kind != ConfigValue::Kind::kText) return WrongKind(value, key, AnyOf(info.choices));
        BYLAW_RETURN_IF_ERROR(CheckChoice(info.choices, key, value));
        return std::vector{value.text};
      case Kind::kFlag:
        if (value.kind != ConfigValue::Kind::kBool) return WrongKind(value, key, "`true` or `false`");
        return std::vector{value.text};
      case Kind::kNumber:
        if (value.kind != ConfigValue::Kind::kInt && value.kind != ConfigValue::Kind::kFloat)
          return WrongKind(value, key, "a number");
        return std::vector{value.text};
      default: break;
    }
    // Lists; one text stands for a list of it.
    std::vector<const ConfigValue*> items;
    if (value.kind == ConfigValue::Kind::kText)
      items.push_back(&value);
    else if (value.kind != ConfigValue::Kind::kList)
      return WrongKind(value, key, "a list of texts");
    for (const ConfigValue& item : value.items) items.push_back(&item);
    std::vector<std::string> texts;
    for (const ConfigValue* item : items) {
      if (item->kind != ConfigValue::Kind::kText)
        return At(item->place, fmt::format("`{}` is a list of texts, and this is {}", key, item->KindName()));
      BYLAW_ASSIGN(std::string text, Item(info, *item));
      texts.push_back(std::move(text));
    }
    return texts;
  }

  Result<std::string> Item(const SettingInfo& info, const ConfigValue& item) const {
    std::error_code ignored;
    switch (info.kind) {
      case Kind::kPaths: return item.text == "-" ? item.text : FromFolder(item.text);
      // A file or folder beside the file, else the name of a shipped pack.
      case Kind::kPolicies: return fs::exists(folder_ / item.text, ignored) ? FromFolder(item.text) : item.text;
      case Kind::kOutputs: {
        const size_t equals = item.text.find('=');
        const std::string name = item.text.substr(0, equals);
        std::vector<std::string> known;
        for (const ReportFormat& format : Formats()) known.emplace_back(format.name);
        if (std::find(known.begin(), known.end(), name) == known.end()) {
          const std::string meant = Meant(name, known);
          return At(item.place, fmt::format("there is no report format `{}`", name),
                    meant.empty() ? fmt::format("the formats are {}", fmt::join(known, ", ")) : meant);
        }
        return equals == std::string::npos || equals + 1 == item.text.size()
                   ? item.text
                   : name + "=" + FromFolder(item.text.substr(equals + 1));
      }
      default: return item.text;
    }
  }

  Status CheckChoice(const std::vector<std::string_view>& choices, const std::string& key,
                     const ConfigValue& value) const {
    if (std::find(choices.begin(), choices.end(), value.text) != choices.end()) return Ok{};
    return At(value.place, fmt::format("`{}` is {}, and this is `{}`", key, AnyOf(choices), value.text),
              Meant(value.text, {choices.begin(), choices.end()}));
  }

  /// `[params]`: `"org.max_age" = "90d"`, or tables for the parts of the name. A table under a param's own name is told from those
  /// only by the policies: both spellings are kept.
  Status ReadParams(const ConfigValue& value, const std::string& prefix, bool keep) {
    if (value.kind != ConfigValue::Kind::kTable) return WrongKind(value, "params", "a table: `[params]`");
    for (const auto& [name, member] : value.members) {
      const std::string full = prefix + name;
      if (keep) settings_.params[full] = {member.AsParam(), OriginOf(member)};
      if (member.kind != ConfigValue::Kind::kTable) continue;
      BYLAW_RETURN_IF_ERROR(ReadParams(member, full + ".", keep));
    }
    return Ok{};
  }

  /// `[packages.network] fail-on = "high"`; dots in a package's name make tables.
  Status ReadPackages(const ConfigValue& value, const std::string& prefix, bool keep) {
    if (value.kind != ConfigValue::Kind::kTable)
      return WrongKind(value, "packages", "a table of packages: `[packages.network]`");
    for (const auto& [name, member] : value.members) {
      if (!prefix.empty() && name == "fail-on" && member.kind != ConfigValue::Kind::kTable) {
        const std::string key = "packages." + prefix + "fail-on";
        if (member.kind != ConfigValue::Kind::kText) return WrongKind(member, key, AnyOf(kSeverities));
        BYLAW_RETURN_IF_ERROR(CheckChoice(kSeverities, key, member));
        if (keep) settings_.package_fail_on[prefix.substr(0, prefix.size() - 1)] = {member.text, OriginOf(member)};
      } else if (member.kind == ConfigValue::Kind::kTable) {
        BYLAW_RETURN_IF_ERROR(ReadPackages(member, prefix + name + ".", keep));
      } else {
        return At(member.key_place, fmt::format("there is no setting `{}` of a package", name),
                  prefix.empty() ? "write `[packages.NAME]` and `fail-on` below it" : "a package has `fail-on`");
      }
    }
    return Ok{};
  }

  std::string FromFolder(const std::string& path) const {
    if (fs::path(path).is_absolute()) return path;
    std::string joined = (folder_ / path).lexically_normal().string();
    while (joined.size() > 1 && joined.ends_with('/')) joined.pop_back();
    return joined;
  }

  const std::string file_;
  const fs::path folder_;
  Settings& settings_;
  std::map<std::string, std::vector<std::string>>& values_;
};

/// The nearest bylaw.toml, as a path from the current folder; empty: none.
std::string FindFile() {
  std::error_code error;
  fs::path folder = fs::current_path(error), up;
  if (error) return {};
  while (true) {
    if (fs::is_regular_file(folder / "bylaw.toml", error)) return (up / "bylaw.toml").string();
    if (folder == folder.root_path()) return {};
    folder = folder.parent_path();
    up /= "..";
  }
}

std::string Variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? "" : value;
}

Result<std::vector<std::string>> FromVariable(const SettingInfo& info, const std::string& text) {
  auto wrong = [&](const std::string& wanted, const std::string& hint = {}) {
    return Error{
        .message = fmt::format("the environment variable {} is {}, and this is `{}`", info.variable, wanted, text),
        .file = {},
        .hint = hint};
  };
  switch (info.kind) {
    case Kind::kChoice:
      if (std::find(info.choices.begin(), info.choices.end(), text) == info.choices.end())
        return wrong(AnyOf(info.choices), Meant(text, {info.choices.begin(), info.choices.end()}));
      return std::vector{text};
    case Kind::kFlag:
      if (text == "1" || text == "true") return std::vector<std::string>{"true"};
      if (text == "0" || text == "false") return std::vector<std::string>{"false"};
      return wrong("`true` or `false`");
    case Kind::kTexts:
    case Kind::kPaths:
    case Kind::kPolicies:
    case Kind::kOutputs: {
      std::vector<std::string> items;
      for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        if (end > begin) items.push_back(text.substr(begin, end - begin));
        begin = end + 1;
      }
      return items;
    }
    default: return std::vector{text};
  }
}

Status Give(CLI::Option& option, const std::vector<std::string>& values, const SettingOrigin& origin) {
  if (values.empty()) return Ok{};
  try {
    option.add_result(values);
    option.run_callback();
  } catch (const CLI::Error& error) {
    return Error{.message = fmt::format("{}: {}", origin.ToString(), error.what()), .file = {}};
  }
  return Ok{};
}

}  // namespace

std::span<const SettingInfo> SettingTable() {
  static const std::vector<SettingInfo> table = {
      {"policies", "--policy", "BYLAW_POLICY", Kind::kPolicies, "(every shipped pack)",
       "files, folders, bundles, shipped packs"},
      {"inputs", "INPUT", "BYLAW_INPUTS", Kind::kPaths, "[]", "what is judged when the command names nothing"},
      {"with", "--with", "BYLAW_WITH", Kind::kPaths, "[]", "inputs that answer joins and are not judged"},
      {"input-format", "--input-format", "BYLAW_INPUT_FORMAT", Kind::kText, "(found by content)", "the inputs' format"},
      {"parameters", "--parameters", "BYLAW_PARAMETERS", Kind::kPath, "(none)",
       "parameters for CloudFormation templates"},
      {"formats", "--format", "BYLAW_FORMAT", Kind::kOutputs, "[\"text\"]", "reports: NAME, or NAME=FILE"},
      {"rules", "--rule", "BYLAW_RULE", Kind::kTexts, "[]", "judge only rules whose id or name matches"},
      {"skip", "--skip", "BYLAW_SKIP", Kind::kTexts, "[]", "leave out rules whose id or name matches"},
      {"frameworks", "--framework", "BYLAW_FRAMEWORK", Kind::kTexts, "[]", "judge only rules for these frameworks"},
      {"severity", "--severity", "BYLAW_SEVERITY", Kind::kChoice, "\"info\"", "judge only rules at least this severe",
       kSeverities},
      {"fail-on", "--fail-on", "BYLAW_FAIL_ON", Kind::kChoice, "\"info\"",
       "least severity of a fail that makes the status 1", kSeverities},
      {"unknown",
       "--unknown",
       "BYLAW_UNKNOWN",
       Kind::kChoice,
       "\"undecided\"",
       "what an undecided result means for the status",
       {"fail", "undecided", "ignore"}},
      {"matched-nothing",
       "--matched-nothing",
       "BYLAW_MATCHED_NOTHING",
       Kind::kChoice,
       "\"note\"",
       "what a rule that judged nothing means",
       {"error", "note"}},
      {"closed-world", "--closed-world", "BYLAW_CLOSED_WORLD", Kind::kFlag, "false",
       "take the snapshot as all there is"},
      {"inline-waivers", "--inline-waivers", "BYLAW_INLINE_WAIVERS", Kind::kFlag, "false",
       "honour waivers that stand in the inputs"},
      {"baseline", "--baseline", "BYLAW_BASELINE", Kind::kPath, "(none)", "findings that are known already"},
      {"only-new", "--only-new", "BYLAW_ONLY_NEW", Kind::kFlag, "false", "leave out what the baseline knows"},
      {"all", "--all", "BYLAW_ALL", Kind::kFlag, "false", "list passes and not-applicables too"},
      {"why", "--why", "BYLAW_WHY", Kind::kFlag, "false", "tell how each result came about"},
      {"jobs", "--jobs", "BYLAW_JOBS", Kind::kNumber, "(one a core)", "threads"},
      {"max-memory", "--max-memory", "BYLAW_MAX_MEMORY", Kind::kText, "(no limit)", "most memory to use"},
      {"max-depth", "--max-depth", "BYLAW_MAX_DEPTH", Kind::kNumber, "512", "deepest nesting of an input"},
      {"timeout", "--timeout", "BYLAW_TIMEOUT", Kind::kNumber, "(no limit)", "seconds that judging may take"},
  };
  return table;
}

std::string SettingOrigin::ToString() const {
  switch (kind) {
    case Kind::kDefault: return "default";
    case Kind::kFile: return where;
    case Kind::kEnvironment: return "environment variable " + where;
    case Kind::kOption: return "option " + where;
  }
  return {};
}

std::optional<std::string> Settings::FailOn(const std::string& package) const {
  std::optional<std::string> least;
  size_t longest = 0;
  for (const auto& [name, given] : package_fail_on) {
    if (package != name && !package.starts_with(name + ".")) continue;
    if (name.size() < longest) continue;
    longest = name.size();
    least = given.value;
  }
  return least;
}

void AddSettingOptions(CLI::App& command, Settings& settings, std::vector<std::string_view> keys) {
  settings.keys_of[&command] = std::move(keys);
  command.add_option("--config", settings.config_option, "the settings' file; default: bylaw.toml here or above");
  command.add_flag("--no-config", settings.no_config, "read no settings' file");
  command.add_option("--environment", settings.environment_option, "the environment, of those in the settings' file");
}

Status ApplySettings(CLI::App& command, Settings& settings) {
  const auto keys = settings.keys_of.find(&command);
  if (keys == settings.keys_of.end()) return Ok{};
  std::map<std::string, std::vector<std::string>> values;
  settings.environment = settings.environment_option;
  settings.environment_origin = {Origin::kOption, "--environment"};
  if (settings.environment.empty()) {
    settings.environment = Variable("BYLAW_ENVIRONMENT");
    settings.environment_origin = {Origin::kEnvironment, "BYLAW_ENVIRONMENT"};
  }
  if (settings.environment.empty()) settings.environment_origin = {};
  settings.file = settings.config_option;
  if (settings.file.empty()) settings.file = Variable("BYLAW_CONFIG");
  if (settings.no_config && !settings.config_option.empty())
    return Error{.message = "`--config` and `--no-config` contradict each other", .file = {}};
  if (settings.no_config)
    settings.file.clear();
  else if (settings.file.empty())
    settings.file = FindFile();
  if (!settings.file.empty()) {
    BYLAW_RETURN_IF_ERROR(FileReader(settings.file, settings, values).Read());
  } else if (!settings.environment.empty()) {
    return Error{.message = fmt::format("{}: there is no environment `{}`, as there is no bylaw.toml here or above",
                                        settings.environment_origin.where, settings.environment),
                 .file = {},
                 .hint = "`bylaw init` writes one"};
  }
  for (const SettingInfo& info : SettingTable()) {
    const bool taken =
        keys->second.empty() || std::find(keys->second.begin(), keys->second.end(), info.key) != keys->second.end();
    CLI::Option* option = taken ? command.get_option_no_throw(std::string(info.option)) : nullptr;
    const std::string key(info.key);
    if (option == nullptr) {
      settings.origins.erase(key);
      continue;
    }
    if (option->count() > 0) {
      settings.origins[key] = {Origin::kOption, std::string(info.option)};
      continue;
    }
    if (const std::string text = Variable(info.variable); !text.empty()) {
      BYLAW_ASSIGN(values[key], FromVariable(info, text));
      settings.origins[key] = {Origin::kEnvironment, std::string(info.variable)};
    }
    if (const auto value = values.find(key); value != values.end())
      BYLAW_RETURN_IF_ERROR(Give(*option, value->second, settings.origins[key]));
  }
  return Ok{};
}

namespace {

/// `org.max_age` → `ORG__MAX_AGE`.
std::string VariableOfParam(const std::string& name) {
  std::string text;
  for (const char c : name)
    text +=
        c == '.' ? std::string("__") : std::string(1, static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return text;
}

Error NoSuchParam(const std::string& name, const std::string& where, const std::vector<std::string>& known) {
  const std::string meant = Meant(name, known);
  std::string hint = meant;
  if (hint.empty())
    hint = known.empty() ? "these policies have no params" : fmt::format("the params are {}", fmt::join(known, ", "));
  return {.message = fmt::format("{}there is no param `{}`", where.empty() ? "" : where + ": ", name),
          .file = {},
          .hint = hint};
}

}  // namespace

Result<std::map<std::string, GivenParam>> ResolveParams(const Settings& settings,
                                                        const std::map<std::string, std::string>& given,
                                                        std::span<const PolicySet> sets) {
  std::vector<std::string> known;
  for (const PolicySet& set : sets) {
    for (const Param& param : set.program().params) known.push_back(param.name);
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  auto is_known = [&](const std::string& name) { return std::binary_search(known.begin(), known.end(), name); };
  std::map<std::string, GivenParam> params;

  const auto policies = settings.origins.find("policies");
  const bool own_policies = policies != settings.origins.end() && policies->second.kind == Origin::kFile;
  for (const auto& entry : settings.params) {
    const std::string& name = entry.first;
    const GivenParam& param = entry.second;
    if (is_known(name)) params[name] = param;
    if (is_known(name) || !own_policies) continue;
    // A table may stand for the first parts of names: it is in order when something in it is.
    const bool has_more = std::any_of(settings.params.begin(), settings.params.end(),
                                      [&](const auto& other) { return other.first.starts_with(name + "."); });
    const bool in_param = std::any_of(known.begin(), known.end(),
                                      [&](const std::string& other) { return name.starts_with(other + "."); });
    if (!has_more && !in_param) return NoSuchParam(name, param.origin.where, known);
  }
  constexpr std::string_view kPrefix = "BYLAW_PARAM_";
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with(kPrefix)) continue;
    const size_t equals = std::min(text.find('='), text.size());
    const std::string name(text.substr(0, equals));
    std::vector<std::string> matching;
    for (const std::string& param : known) {
      if (VariableOfParam(param) == name.substr(kPrefix.size())) matching.push_back(param);
    }
    if (matching.empty()) {
      std::vector<std::string> variables;
      for (const std::string& param : known) variables.push_back(std::string(kPrefix) + VariableOfParam(param));
      const std::string meant = Meant(name, variables);
      return Error{.message = fmt::format("the environment variable {} names no param of these policies", name),
                   .file = {},
                   .hint = !meant.empty()      ? meant
                           : variables.empty() ? "these policies have no params"
                                               : fmt::format("the params are set by {}", fmt::join(variables, ", "))};
    }
    if (matching.size() > 1)
      return Error{
          .message = fmt::format("the environment variable {} stands for {}", name, fmt::join(matching, " and ")),
          .file = {},
          .hint = "set them with `--param`, or in bylaw.toml"};
    params[matching[0]] = {std::string(text.substr(std::min(equals + 1, text.size()))), {Origin::kEnvironment, name}};
  }
  for (const auto& [name, value] : given) {
    if (!is_known(name)) return NoSuchParam(name, "", known);
    params[name] = {value, {Origin::kOption, "--param"}};
  }
  for (const PolicySet& set : sets) {
    for (const auto& [name, text] : ParamsOf(set, params)) {
      if (auto status = CheckParams(set, {{name, text}}); !status.ok()) {
        Error error = status.error();
        const SettingOrigin& origin = params[name].origin;
        if (origin.kind != Origin::kOption) error.message = origin.ToString() + ": " + error.message;
        return error;
      }
    }
  }
  return params;
}

std::map<std::string, std::string> ParamsOf(const PolicySet& set, const std::map<std::string, GivenParam>& params) {
  std::map<std::string, std::string> own;
  for (const Param& param : set.program().params) {
    if (const auto found = params.find(param.name); found != params.end()) own[param.name] = found->second.value;
  }
  return own;
}

}  // namespace bylaw::cli

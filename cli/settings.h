// Settings: what a run is told by an option, an environment variable or bylaw.toml, in this order; else its default.
//
// One table (Settings()) has every setting that the file may have, with the option that says the same on the command line
// and the environment variable. ApplySettings fills in the options of a command that were not given, so that a command
// reads options alone; `bylaw config` prints where each came from.
//
// bylaw.toml is looked for in the current folder and above. Relative paths in it are meant from its folder.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_file.h"
#include "runtime/base/result.h"
#include "runtime/engine.h"

namespace CLI {
class App;
}

namespace bylaw::cli {

enum class SettingKind : uint8_t { kText, kTexts, kChoice, kFlag, kNumber, kPath, kPaths, kPolicies, kOutputs };

struct SettingInfo {
  std::string_view key;       ///< in the file
  std::string_view option;    ///< on the command line: `--fail-on`, or the name of a positional
  std::string_view variable;  ///< of the environment; lists have commas there
  SettingKind kind = SettingKind::kText;
  std::string_view initial;  ///< the default, as TOML, or words about it in parentheses
  std::string_view what;
  std::vector<std::string_view> choices = {};
};

/// Every setting, in the order in which `bylaw config` prints them.
std::span<const SettingInfo> SettingTable();

struct SettingOrigin {
  enum class Kind : uint8_t { kDefault, kFile, kEnvironment, kOption } kind = Kind::kDefault;
  std::string where;  ///< `bylaw.toml:3:1`, `BYLAW_FAIL_ON`, `--fail-on`

  /// "default", "bylaw.toml:3:1", "environment variable BYLAW_FAIL_ON", "option --fail-on".
  std::string ToString() const;
};

struct GivenParam {
  std::string value;
  SettingOrigin origin;
};

/// What is known of settings once a command line was read.
struct Settings {
  std::string config_option, environment_option;                     ///< `--config`, `--environment`
  bool no_config = false;                                            ///< `--no-config`
  std::map<const CLI::App*, std::vector<std::string_view>> keys_of;  ///< that a command takes; none: all

  std::string file;         ///< that was read; empty: none
  std::string environment;  ///< its name; empty: none
  SettingOrigin environment_origin;
  std::map<std::string, SettingOrigin> origins;       ///< by key, of what is not the default
  std::map<std::string, GivenParam> params;           ///< of the file, by full name
  std::map<std::string, GivenParam> package_fail_on;  ///< `fail-on` by package, of the file

  /// The least severity that fails in a package, by the longest name of the table that is it or is above it; empty: none.
  std::optional<std::string> FailOn(const std::string& package) const;
};

/// Adds `--config`, `--no-config` and `--environment` to a command whose options of these keys (none named: of every key)
/// may come from settings.
void AddSettingOptions(CLI::App& command, Settings& settings, std::vector<std::string_view> keys = {});

/// Reads the file, if the command takes settings and there is one, and gives the command's options what they were not
/// given on its line. Errors: a file that cannot be read; a key or environment that does not exist, with what was meant; a
/// value of the wrong kind; each with its place.
Status ApplySettings(CLI::App& command, Settings& settings);

/// All params of a run, by full name: of the file, of the environment (`BYLAW_PARAM_ORG__MAX_AGE` for `org.max_age`), then `given`,
/// of the command line; the later wins. Params of the file that these policies do not have are an error where the
/// policies are the file's, too; else they are left out. Errors: no such param, a value that does not convert; with its place.
Result<std::map<std::string, GivenParam>> ResolveParams(const Settings& settings,
                                                        const std::map<std::string, std::string>& given,
                                                        std::span<const PolicySet> sets);

/// Those that a policy set has, as CheckOptions wants them.
std::map<std::string, std::string> ParamsOf(const PolicySet& set, const std::map<std::string, GivenParam>& params);

}  // namespace bylaw::cli

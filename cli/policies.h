// Policies as commands name them (`-p`): files, folders, bundles, shipped packs; compiled or decoded, with their diagnostics printed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "compiler/compiler.h"
#include "runtime/engine.h"

namespace bylaw::cli {

/// The folder of the shipped models and packs: $BYLAW_POLICIES, else share/bylaw/policies beside the command's bin folder.
std::string ShippedPolicies();

/// Names of the shipped packs, sorted.
std::vector<std::string> ShippedPacks();

/// Every package of the shipped policies.
std::vector<std::string> ShippedPackages();

/// What the `-p` arguments of one run come to. Source text is compiled into one program; each bundle stands for itself.
struct Policies {
  std::vector<PolicySet> sets;
  std::vector<std::string> names;                   ///< as given; the shipped packs when none were
  std::optional<compiler::CompileResult> compiled;  ///< of the source text, if there is any

  /// Whether some set has the rule that waivers call `name`.
  bool HaveRule(std::string_view name) const;
};

struct PolicyRequest {
  std::vector<std::string> arguments;  ///< of -p; empty: every shipped pack
  bool optimize = true;
  bool demand_all = false;
  bool tests = false;       ///< compile the tests' conditions too
  bool observe = false;     ///< note what conditions come to (CompileOptions::observe)
  bool bundles_do = false;  ///< shipped packs may come compiled (shipped_bundles.h): their text is not asked for
  std::string verify = {};  ///< a public key: every policy must be a bundle signed by it
  std::string query = {};   ///< an expression to compile besides, for `bylaw query`
  bool again = false;       ///< they were loaded before: what is to be warned of was told then
  std::vector<std::string> packages = {};  ///< that count as imported, for queries and `bylaw inspect`
};

/// Loads them; prints diagnostics and errors to stderr. Empty when there was an error.
std::optional<Policies> LoadPolicies(const PolicyRequest& request, const Invocation& invocation);

/// The program of `arguments` without looking for bundles: for commands that need source text.
std::optional<compiler::CompileResult> CompilePolicies(const PolicyRequest& request, const Invocation& invocation);

}  // namespace bylaw::cli

#include "cli/policies.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/shipped_bundles.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/packages.h"
#include "runtime/bytecode/rule_name.h"
#include "runtime/signature/signature.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;

/// What one -p argument is.
struct Argument {
  std::vector<std::string> paths;  ///< of policy text
  std::string bundle;              ///< or the path of a bundle
};

/// `is_pack`: nobody wrote it, and a file or folder of that name, where the command happens to run, is not meant.
Result<Argument> Resolve(const std::string& argument, bool is_pack) {
  std::error_code ignored;
  if (!is_pack && fs::exists(argument, ignored)) {
    if (!fs::is_directory(argument, ignored)) {
      if (argument.ends_with(".bylawc")) return Argument{.paths = {}, .bundle = argument};
      if (!argument.ends_with(".bylaw") && !fs::is_regular_file(argument, ignored)) {
        return Error{.message = "is no policy: a .bylaw file, a folder, or a .bylawc bundle is needed",
                     .file = argument};
      }
    }
    return Argument{.paths = {argument}, .bundle = {}};
  }
  const std::vector<std::string> packs = ShippedPacks();
  if (std::find(packs.begin(), packs.end(), argument) != packs.end()) {
    return Argument{.paths = {(fs::path(ShippedPolicies()) / "packs" / argument).string()}, .bundle = {}};
  }
  std::string known;
  for (const std::string& pack : packs) known += (known.empty() ? "" : ", ") + pack;
  return Error{.message = fmt::format("there is no file, folder or shipped pack `{}`", argument),
               .file = {},
               .hint = known.empty() ? "no shipped packs were found; set BYLAW_POLICIES to their folder"
                                     : "the shipped packs are " + known};
}

/// Prints what the compiler has to say; whether it was only warnings.
bool PrintDiagnostics(const compiler::CompileResult& result, const Invocation& invocation) {
  if (result.diagnostics.empty()) return true;
  compiler::RenderOptions options;
  options.color = invocation.ColorOn(STDERR_FILENO);
  options.width = TerminalWidth();
  fmt::print(stderr, "{}", compiler::RenderText(*result.sources, result.diagnostics, options));
  return !result.diagnostics.has_errors();
}

std::optional<compiler::CompileResult> CompilePaths(const std::vector<std::string>& paths, const PolicyRequest& request,
                                                    const Invocation& invocation) {
  std::vector<compiler::PolicyText> texts;
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    Result<std::vector<compiler::PolicyText>> read = compiler::ReadPolicies(path);
    if (!read.ok()) {
      Complain(read.error());
      return std::nullopt;
    }
    for (compiler::PolicyText& text : *read) {
      std::error_code ignored;
      if (seen.insert(fs::weakly_canonical(text.path, ignored).string()).second) texts.push_back(std::move(text));
    }
  }
  if (texts.empty() && request.query.empty() && !request.demand_all) {
    Complain("the policies given hold no .bylaw file");
    return std::nullopt;
  }
  compiler::CompileOptions options;
  options.roots = {ShippedPolicies()};
  options.optimize = request.optimize;
  options.demand_all = request.demand_all;
  options.tests = request.tests;
  options.observe = request.observe;
  options.query = request.query;
  options.packages = request.packages;
  compiler::CompileResult result = compiler::Compile(std::move(texts), options);
  if ((!request.again || !result.program) && !PrintDiagnostics(result, invocation)) return std::nullopt;
  return result;
}

}  // namespace

bool Policies::HaveRule(std::string_view name) const {
  return std::any_of(sets.begin(), sets.end(), [&](const PolicySet& set) {
    const std::vector<Rule>& rules = set.program().rules;
    return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) { return IsNameOf(name, rule); });
  });
}

std::string ShippedPolicies() {
  if (const char* folder = std::getenv("BYLAW_POLICIES"); folder != nullptr && *folder != '\0') return folder;
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  return (program.parent_path().parent_path() / "share" / "bylaw" / "policies").string();
}

std::vector<std::string> ShippedPacks() {
  std::vector<std::string> packs;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(fs::path(ShippedPolicies()) / "packs", ignored)) {
    if (entry.is_directory(ignored)) packs.push_back(entry.path().filename().string());
  }
  std::sort(packs.begin(), packs.end());
  return packs;
}

std::vector<std::string> ShippedPackages() {
  std::set<std::string> packages;
  for (const std::string& path : compiler::PolicyFilesBelow(ShippedPolicies())) {
    const Result<std::string> text = ReadWhole(path);
    const std::string package = text.ok() ? compiler::DeclaredPackage(*text) : "";
    if (!package.empty()) packages.insert(package);
  }
  return {packages.begin(), packages.end()};
}

std::optional<compiler::CompileResult> CompilePolicies(const PolicyRequest& request, const Invocation& invocation) {
  std::vector<std::string> paths;
  const bool all_packs = request.arguments.empty() && request.query.empty() && !request.demand_all;
  for (const std::string& argument : all_packs ? ShippedPacks() : request.arguments) {
    const Result<Argument> resolved = Resolve(argument, all_packs);
    if (!resolved.ok()) {
      Complain(resolved.error());
      return std::nullopt;
    }
    if (!resolved->bundle.empty()) {
      Complain(Error{.message = "is a bundle; this command needs policy text", .file = argument});
      return std::nullopt;
    }
    paths.insert(paths.end(), resolved->paths.begin(), resolved->paths.end());
  }
  return CompilePaths(paths, request, invocation);
}

namespace {

/// The one shipped pack that is asked for, or "" for all of them.
std::optional<std::string> ShippedPackAskedFor(const PolicyRequest& request) {
  if (request.arguments.empty()) return "";
  std::error_code ignored;
  if (request.arguments.size() > 1 || fs::exists(request.arguments[0], ignored)) return std::nullopt;
  const std::vector<std::string> packs = ShippedPacks();
  const auto found = std::find(packs.begin(), packs.end(), request.arguments[0]);
  return found == packs.end() ? std::nullopt : std::optional(*found);
}

/// `verify`: the path of a public key that must have signed it; empty: any bundle will do.
Result<PolicySet> LoadBundle(const std::string& path, const std::string& verify) {
  BYLAW_ASSIGN(const std::string bytes, ReadWhole(path));
  if (verify.empty()) return PolicySet::FromBytes(bytes, path);
  BYLAW_ASSIGN(const std::string key_text, ReadWhole(verify));
  BYLAW_ASSIGN(const PublicKey key, PublicKey::FromText(key_text, verify));
  return PoliciesFromSignedBytes(bytes, path, key);
}

}  // namespace

std::optional<Policies> LoadPolicies(const PolicyRequest& request, const Invocation& invocation) {
  Policies policies;
  policies.names = request.arguments.empty() ? ShippedPacks() : request.arguments;
  if (request.bundles_do && request.optimize && request.verify.empty()) {
    if (const auto pack = ShippedPackAskedFor(request)) {
      if (auto set = LoadShippedBundle(*pack)) {
        policies.sets.push_back(std::move(*set));
        return policies;
      }
    }
  }
  std::vector<std::string> paths;
  for (const std::string& argument : policies.names) {
    const Result<Argument> resolved = Resolve(argument, request.arguments.empty());
    if (!resolved.ok()) {
      Complain(resolved.error());
      return std::nullopt;
    }
    paths.insert(paths.end(), resolved->paths.begin(), resolved->paths.end());
    if (resolved->bundle.empty()) {
      if (request.verify.empty()) continue;
      Complain(
          Error{.message = "is no bundle, so it is not signed",
                .file = argument,
                .hint = "with --verify every policy must be a signed bundle: `bylaw compile --sign KEY` makes one"});
      return std::nullopt;
    }
    Result<PolicySet> set = LoadBundle(resolved->bundle, request.verify);
    if (!set.ok()) {
      Complain(set.error());
      return std::nullopt;
    }
    policies.sets.push_back(std::move(*set));
  }
  if (policies.names.empty()) {
    Complain("no policies were given, and no shipped packs were found",
             "name a policy with -p, or set BYLAW_POLICIES to the shipped policies' folder");
    return std::nullopt;
  }
  if (!paths.empty()) {
    policies.compiled = CompilePaths(paths, request, invocation);
    if (!policies.compiled) return std::nullopt;
    Result<PolicySet> set = PolicySet::FromProgram(*policies.compiled->program);
    BYLAW_CHECK(set.ok(), "the compiler made a program that does not verify: {}", set.ok() ? "" : set.error().message);
    policies.sets.insert(policies.sets.begin(), std::move(*set));
  }
  return policies;
}

}  // namespace bylaw::cli

// `bylaw init [DIR]`: a starter policy with a test and a CI snippet.
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/command_tools.h"
#include "cli/report/terminal.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder = ".", ci = "github";
  bool force = false;
};

struct StarterFile {
  std::string path;
  std::string_view text;
};

constexpr std::string_view kPolicy =
    R"(/// What this company asks of its tables. Rules read like the sentence they came from.
package company

import aws

/// One mistaken command must not delete a table with all that is in it.
rule tables_are_protected {
  id        "CO-001"
  title     "Tables cannot be deleted by mistake"
  severity  medium

  for table in aws.dynamodb_table
  require table.deletion_protection_enabled

  message "{table} has no deletion protection"
  fix     "Turn deletion protection of {table} on."
}
)";

constexpr std::string_view kTest = R"(package company

import aws

test "a table with deletion protection, and one without" {
  given {
    aws.dynamodb_table kept { deletion_protection_enabled: true }
    aws.dynamodb_table lost { }
  }
  expect CO-001 passes for kept
  expect CO-001 fails for lost with message "lost has no deletion protection"
}
)";

constexpr std::string_view kConfig =
    R"(# What `bylaw` does here without options; `bylaw config` shows all settings, and where each comes from.
policies = ["policies"]
# inputs = ["plan.json"]         # judged when `bylaw check` names none
fail-on  = "info"                # least severity that fails a run
unknown  = "undecided"           # or "fail", "ignore"

# [params]
# "company.max_age" = "90d"

# [packages.network]             # a package, and those below it
# fail-on = "high"

# [environments.prod]            # with --environment prod
# unknown = "fail"
)";

constexpr std::string_view kGithub =
    R"(# Judges every pull request's plan. Put `bylaw` on the runner's PATH first, in the step that is marked.
name: policies
on: [push, pull_request]
jobs:
  policies:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      # - run: … install bylaw
      - run: bylaw fmt --check policies
      - run: bylaw lint policies
      - run: bylaw test policies --format text,junit=tests.xml
      # A plan as JSON: terraform plan -out=plan.out && terraform show -json plan.out > plan.json
      - run: if [ -f plan.json ]; then bylaw check plan.json; fi
)";

constexpr std::string_view kGitlab = R"(# Judges every merge request's plan. Put `bylaw` into the image first.
policies:
  stage: test
  script:
    - bylaw fmt --check policies
    - bylaw lint policies
    - bylaw test policies --format text,junit=tests.xml
    # A plan as JSON: terraform plan -out=plan.out && terraform show -json plan.out > plan.json
    - if [ -f plan.json ]; then bylaw check plan.json; fi
  artifacts:
    when: always
    reports:
      junit: tests.xml
)";

int Run(const Options& options) {
  std::vector<StarterFile> files = {
      {"bylaw.toml", kConfig}, {"policies/company.bylaw", kPolicy}, {"policies/company_test.bylaw", kTest}};
  if (options.ci == "github") files.push_back({".github/workflows/policies.yml", kGithub});
  if (options.ci == "gitlab") files.push_back({".gitlab-ci.yml", kGitlab});
  std::error_code error;
  for (const StarterFile& file : files) {
    const std::string path = (fs::path(options.folder) / file.path).string();
    if (!options.force && fs::exists(path, error)) {
      return Complain(Error{.message = "is there already; nothing was written",
                            .file = path,
                            .hint = "name another folder, or replace it with --force"});
    }
  }
  std::string made;
  for (const StarterFile& file : files) {
    const fs::path path = (fs::path(options.folder) / file.path).lexically_normal();
    fs::create_directories(path.parent_path().empty() ? fs::path(".") : path.parent_path(), error);
    if (error)
      return Complain(Error{.message = fmt::format("the folder cannot be made: {}", error.message()),
                            .file = path.parent_path().string()});
    if (auto written = WriteOutput(path.string(), file.text); !written.ok()) return Complain(written.error());
    made += fmt::format("  {}\n", Visible(path.string()));
  }
  const std::string policies = (fs::path(options.folder) / "policies").lexically_normal().string();
  fmt::print("made\n{}next\n  bylaw test {}\n  bylaw check PLAN.json -p {}\n", made, Visible(policies),
             Visible(policies));
  return kFine;
}

}  // namespace

void AddInit(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("init", "make a starter policy with a test and a CI snippet");
  command->add_option("DIR", options->folder, "where; default: the current folder");
  command->add_option("--ci", options->ci, "whose CI the snippet is for")
      ->check(CLI::IsMember({"github", "gitlab", "none"}));
  command->add_flag("--force", options->force, "replace files that are there already");
  command->callback([options, &invocation] { invocation.run = [options] { return Run(*options); }; });
}

}  // namespace bylaw::cli

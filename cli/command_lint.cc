// `bylaw lint [--fix] PATH…`: what compiles and is likely wrong.
#include <array>
#include <filesystem>
#include <optional>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/lint_report.h"
#include "cli/outputs.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "compiler/fix.h"
#include "compiler/packages.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> paths, formats;
  bool fix = false;
};

constexpr std::array<std::string_view, 3> kFormats = {"text", "json", "sarif"};

/// The files that are named, and which of all texts they are.
struct Inputs {
  std::vector<compiler::PolicyText> texts;
  std::set<std::string> own;
};

/// The files named, and the rest of their packages beside them: a rule's test may stand in another file, and a define be
/// used there.
Result<Inputs> ReadInputs(const std::vector<std::string>& paths) {
  Inputs inputs;
  std::set<std::string> seen;
  auto add = [&](compiler::PolicyText text) {
    std::error_code ignored;
    if (!seen.insert(fs::weakly_canonical(text.path, ignored).string()).second) return false;
    inputs.texts.push_back(std::move(text));
    return true;
  };
  for (const std::string& path : paths) {
    BYLAW_ASSIGN(std::vector<compiler::PolicyText> texts, compiler::ReadPolicies(path));
    for (compiler::PolicyText& text : texts) {
      std::string name = text.path;
      if (add(std::move(text))) inputs.own.insert(std::move(name));
    }
  }
  const std::vector<compiler::PolicyText> named = inputs.texts;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) continue;
    const auto file = std::find_if(named.begin(), named.end(), [&](const auto& text) { return text.path == path; });
    if (file == named.end()) continue;
    const std::string package = compiler::DeclaredPackage(file->text);
    const fs::path folder = fs::path(path).parent_path();
    for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, ignored)) {
      if (entry.path().extension() != ".bylaw" || !entry.is_regular_file(ignored)) continue;
      Result<std::vector<compiler::PolicyText>> beside = compiler::ReadPolicies(entry.path().string());
      if (!beside.ok() || beside->empty() || compiler::DeclaredPackage((*beside)[0].text) != package) continue;
      add(std::move((*beside)[0]));
    }
  }
  return inputs;
}

std::string Write(const std::string& format, const LintReport& report, const compiler::RenderOptions& options) {
  if (format == "json") return LintJson(report);
  if (format == "sarif") return LintSarif(report);
  return LintText(report, options);
}

/// Those of `after` that were edited, by path.
std::vector<std::pair<std::string, std::string>> EditedTexts(const std::vector<compiler::PolicyText>& before,
                                                             const std::vector<compiler::PolicyText>& after) {
  std::vector<std::pair<std::string, std::string>> edited;
  for (size_t i = 0; i < after.size(); ++i) {
    if (after[i].text != before[i].text) edited.emplace_back(after[i].path, after[i].text);
  }
  return edited;
}

int Run(const Options& options, const Invocation& invocation) {
  const auto outputs = ParseFormatOutputs(options.formats, kFormats, "--format");
  if (!outputs.ok()) return Complain(outputs.error());
  const auto inputs = ReadInputs(options.paths);
  if (!inputs.ok()) return Complain(inputs.error());
  if (inputs->own.empty()) return Complain("the paths given hold no .bylaw file");

  const compiler::CompileOptions compile{.roots = {ShippedPolicies()}, .lint = true};
  auto is_own = [&](const std::string& path) { return inputs->own.contains(path); };
  LintReport report;
  report.num_files = inputs->own.size();
  compiler::CompileResult result;
  if (options.fix) {
    compiler::FixResult fixed = compiler::FixPolicies(inputs->texts, compile, is_own);
    report.num_fixed = fixed.num_fixed;
    if (auto written = WriteOutputs(EditedTexts(inputs->texts, fixed.texts), std::nullopt); !written.ok())
      return Complain(written.error());
    result = std::move(fixed.last);
  } else {
    result = compiler::Compile(inputs->texts, compile);
  }
  if (result.diagnostics.has_errors()) {
    const compiler::RenderOptions render{.color = invocation.ColorOn(STDERR_FILENO), .width = TerminalWidth()};
    fmt::print(stderr, "{}", compiler::RenderText(*result.sources, result.diagnostics, render));
    return kCouldNot;
  }
  report.sources = result.sources.get();
  for (const compiler::Diagnostic& diagnostic : result.diagnostics.all()) {
    if (!is_own(result.sources->file(diagnostic.primary.span.file_id).path())) continue;
    report.num_fixable += !diagnostic.edits.empty();
    report.findings.Add(diagnostic);
  }

  std::vector<std::pair<std::string, std::string>> files;
  std::optional<std::string> standard_output;
  for (const FormatOutput& output : *outputs) {
    if (output.path.empty()) {
      standard_output =
          Write(output.format, report, {.color = invocation.ColorOn(STDOUT_FILENO), .width = TerminalWidth()});
    } else {
      files.emplace_back(output.path, Write(output.format, report, {.color = false, .width = kFileWidth}));
    }
  }
  if (auto written = WriteOutputs(files, standard_output); !written.ok()) return Complain(written.error());
  return report.findings.empty() ? kFine : kFails;
}

}  // namespace

void AddLint(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("lint", "find what compiles and is likely wrong");
  command->add_option("PATH", options->paths, "files or folders")->required();
  command->add_flag("--fix", options->fix, "put right what can be without changing a verdict");
  command->add_option("--format", options->formats, "text, json, sarif; FORMAT=FILE writes a file; several")
      ->take_all()
      ->allow_extra_args(false);
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

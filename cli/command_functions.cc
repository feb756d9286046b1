// `bylaw functions [NAME]`: the built-ins, from their one table.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/command.h"
#include "cli/report/terminal.h"
#include "runtime/builtins/functions.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::string name;
  std::string format = "text";
};

std::string Signature(const FunctionInfo& function) {
  const std::string_view text = function.signature_text;
  return function.signature.is_constant ? fmt::format("{} {}", function.name, text.substr(text.find("->")))
                                        : fmt::format("{}{}", function.name, text);
}

nlohmann::ordered_json ToJson(const FunctionInfo& function) {
  return {{"name", function.name},
          {"family", function.family},
          {"signature", function.signature_text},
          {"doc", function.doc},
          {"fails_when", function.fails_when},
          {"example", function.example},
          {"result", function.example_result}};
}

void PrintLong(const FunctionInfo& function, std::string& out, size_t width) {
  out += Signature(function) + "\n";
  out += "  " + Wrap(function.doc, width, 2) + "\n";
  if (!function.fails_when.empty())
    out += "  " + Wrap(fmt::format("unknown when {}", function.fails_when), width, 2) + "\n";
  out += fmt::format("  {} → {}\n\n", function.example, function.example_result);
}

/// A page: the families, each with its functions.
std::string Markdown(std::span<const FunctionInfo> functions) {
  std::string out, family, name;
  for (const FunctionInfo& function : functions) {
    if (function.family != family) {
      family = function.family;
      name.clear();
      out += fmt::format("{}## {}\n", out.empty() ? "" : "\n", family);
    }
    if (function.name != name) {
      name = function.name;
      out += fmt::format("\n### {}\n\n", name);
    } else {
      out += "\n";
    }
    out += fmt::format("`{}`: {}.{}\n\n```\n{}  →  {}\n```\n", Signature(function), function.doc,
                       function.fails_when.empty() ? "" : fmt::format(" Unknown when {}.", function.fails_when),
                       function.example, function.example_result);
  }
  return out;
}

int Run(const Options& options) {
  std::span<const FunctionInfo> functions = BuiltinFunctions();
  if (!options.name.empty()) {
    functions = BuiltinOverloads(options.name);
    if (functions.empty())
      return Complain(fmt::format("there is no built-in function `{}`", options.name), "`bylaw functions` lists them");
  }
  std::string out;
  if (options.format == "json") {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const FunctionInfo& function : functions) list.push_back(ToJson(function));
    out = list.dump(2) + "\n";
  } else if (options.format == "markdown") {
    out = Markdown(functions);
  } else if (!options.name.empty()) {
    for (const FunctionInfo& function : functions) PrintLong(function, out, TerminalWidth());
  } else {
    std::string_view family;
    for (const FunctionInfo& function : functions) {
      if (function.family != family) {
        family = function.family;
        out += fmt::format("{}{}\n", out.empty() ? "" : "\n", family);
      }
      out += fmt::format("  {}\n      {}\n", Signature(function), Wrap(function.doc, TerminalWidth(), 6));
    }
  }
  if (auto written = WriteOutput("", out); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddFunctions(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("functions", "the built-in functions, or one of them at length");
  command->add_option("NAME", options->name, "a function");
  command->add_option("--format", options->format, "text, json or markdown")
      ->check(CLI::IsMember({"text", "json", "markdown"}));
  command->callback([options, &invocation] { invocation.run = [options] { return Run(*options); }; });
}

}  // namespace bylaw::cli

// `bylaw inspect INPUT…`: what the inputs are and what was understood of them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "cli/settings.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::vector<std::string> inputs, policies;
  std::string format = "text", input_format;
};

struct TableSummary {
  std::string name;
  uint64_t num_rows = 0;
  bool covered = false;
  std::string not_covered_reason;
};

std::vector<TableSummary> Summarise(const LoadedSnapshot& snapshot) {
  std::vector<TableSummary> tables;
  const Program& program = snapshot.policies.program();
  for (TableId table = 0; table < program.tables.size(); ++table) {
    if (program.tables[table].kind != TableKind::kModel || program.tables[table].mappings.empty()) continue;
    const TableData& data = snapshot.snapshot->table(table);
    tables.push_back({program.tables[table].name, data.num_rows, data.covered, data.not_covered_reason});
  }
  return tables;
}

std::string Json(const ImportStatistics& statistics, const std::vector<TableSummary>& tables) {
  nlohmann::ordered_json inputs = nlohmann::ordered_json::array(), models = inputs, types = inputs, references = inputs;
  for (const InputStatistics& input : statistics.inputs) {
    inputs.push_back({{"path", input.path}, {"format", input.format}, {"bytes", input.num_bytes}, {"resources", input.num_resources}, {"deleted", input.num_deleted}});
  }
  for (const TableSummary& table : tables) {
    models.push_back({{"model", table.name}, {"rows", table.num_rows}, {"covered", table.covered}, {"not_covered_because", table.covered ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(table.not_covered_reason)}});
  }
  for (const SourceTypeStatistics& type : statistics.source_types) {
    types.push_back({{"format", type.format}, {"type", type.source_type}, {"resources", type.num_records}, {"mapped", type.mapped}});
  }
  for (const ReferenceStatistics& reference : statistics.references) {
    references.push_back({{"model", reference.table}, {"field", reference.column}, {"reason", reference.reason}, {"count", reference.num_values}, {"example", reference.example}});
  }
  return nlohmann::ordered_json{{"inputs", inputs}, {"models", models}, {"source_types", types}, {"unresolved_references", references}, {"warnings", statistics.warnings}}.dump(
             2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

std::string Text(const ImportStatistics& statistics, const std::vector<TableSummary>& tables) {
  std::string out;
  for (const InputStatistics& input : statistics.inputs) {
    out += fmt::format("{}  {}, {}{}\n", Visible(input.path), input.format, Plural(input.num_resources, "resource"),
                       input.num_deleted > 0 ? fmt::format(" ({} deleted)", input.num_deleted) : "");
  }
  out += "\nmodels with rows\n";
  // By reason, in the order of the first model of each; what no input's format has at all is only counted.
  std::vector<std::pair<std::string, std::string>> uncovered;
  size_t num_of_other_formats = 0;
  for (const TableSummary& table : tables) {
    if (table.num_rows > 0) out += fmt::format("  {:>7}  {}\n", table.num_rows, table.name);
    if (table.covered) continue;
    if (table.not_covered_reason.starts_with("no input shows")) {
      ++num_of_other_formats;
      continue;
    }
    const auto known = std::find_if(uncovered.begin(), uncovered.end(), [&](const auto& entry) { return entry.first == table.not_covered_reason; });
    if (known == uncovered.end()) {
      uncovered.emplace_back(table.not_covered_reason, table.name);
    } else {
      known->second += ", " + table.name;
    }
  }
  if (!uncovered.empty() || num_of_other_formats > 0) out += "\nnot covered by these inputs\n";
  for (const auto& [reason, names] : uncovered) out += "  " + Wrap(fmt::format("{}: {}", Visible(reason), names), TerminalWidth(), 4) + "\n";
  if (num_of_other_formats > 0) out += fmt::format("  {} that are made from other formats\n", Plural(num_of_other_formats, "model"));
  std::string unmapped;
  for (const SourceTypeStatistics& type : statistics.source_types) {
    if (!type.mapped) unmapped += fmt::format("  {:>7}  {}\n", type.num_records, Visible(type.source_type));
  }
  if (!unmapped.empty()) out += "\ntypes that no model takes\n" + unmapped;
  if (!statistics.references.empty()) {
    out += "\nreferences that resolve to no row\n";
    for (const ReferenceStatistics& reference : statistics.references) {
      out += fmt::format("  {:>7}  {}.{}: {}{}\n", reference.num_values, reference.table, reference.column, Visible(reference.reason),
                         reference.example.empty() ? "" : ", such as " + Visible(reference.example));
    }
  }
  for (const std::string& warning : statistics.warnings) out += "\nwarning: " + Visible(warning) + "\n";
  return out;
}

int Run(const Options& options, const Invocation& invocation) {
  if (options.inputs.empty()) return Complain("no input is named", "name files or folders, or write `inputs` into bylaw.toml");
  const auto compiled = CompilePolicies({.arguments = options.policies, .demand_all = true, .packages = ShippedPackages()}, invocation);
  if (!compiled) return kCouldNot;
  Result<PolicySet> policies = PolicySet::FromProgram(*compiled->program);
  BYLAW_CHECK(policies.ok(), "the compiler made a program that does not verify: {}", policies.ok() ? "" : policies.error().message);
  std::vector<ImportInput> inputs;
  for (const std::string& path : options.inputs) inputs.push_back({.path = path});
  ImportOptions import_options;
  import_options.input_format = options.input_format;
  const auto snapshot = Load(*policies, inputs, import_options);
  if (!snapshot.ok()) return Complain(snapshot.error());
  const auto tables = Summarise(*snapshot);
  if (auto written = WriteOutput("", options.format == "json" ? Json(snapshot->statistics, tables) : Text(snapshot->statistics, tables)); !written.ok()) {
    return Complain(written.error());
  }
  return kFine;
}

}  // namespace

void AddInspect(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inspect", "tell what the inputs are: formats, models, coverage, references");
  command->add_option("INPUT", options->inputs, "files, folders, or -; default: those of bylaw.toml");
  command->add_option("-p,--policy", options->policies, "policies with models of their own")->take_all()->allow_extra_args(false);
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->add_option("--input-format", options->input_format, "the inputs' format; default: found by content");
  AddSettingOptions(*command, *invocation.settings, {"policies", "inputs", "input-format"});
  command->callback([options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

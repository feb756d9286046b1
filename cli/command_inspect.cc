// `bylaw inspect INPUT…`: what the inputs are and what was understood of them.
#include <algorithm>
#include <map>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
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
  bool stats = false;
};

struct TableSummary {
  std::string name;
  uint64_t num_rows = 0;
  bool covered = false;
  bool of_other_formats = false;  ///< not covered: it is made from formats that no input has
  std::string not_covered_reason;
};

/// Values of one field that are unknown for one reason.
struct UnknownField {
  std::string reason, name;
  uint64_t num_values = 0;
  std::string example;  ///< the address of the first
};

std::vector<TableSummary> Summarise(const LoadedSnapshot& snapshot) {
  std::vector<TableSummary> tables;
  const Program& program = snapshot.policies.program();
  std::set<std::string> formats;
  for (const SourceTypeStatistics& type : snapshot.statistics.source_types) formats.insert(type.format);
  for (TableId table = 0; table < program.tables.size(); ++table) {
    const std::vector<TableMapping>& mappings = program.tables[table].mappings;
    if (program.tables[table].kind != TableKind::kModel || mappings.empty()) continue;
    const TableData& data = snapshot.snapshot->table(table);
    const bool other = std::none_of(mappings.begin(), mappings.end(),
                                    [&](const TableMapping& mapping) { return formats.contains(mapping.format); });
    tables.push_back(
        {program.tables[table].name, data.num_rows, data.covered, !data.covered && other, data.not_covered_reason});
  }
  return tables;
}

/// Fields of all models that are no references, by reason and name.
std::vector<UnknownField> FindUnknownFields(const LoadedSnapshot& loaded) {
  std::map<std::pair<std::string, std::string>, UnknownField> found;
  const Program& program = loaded.policies.program();
  const Snapshot& snapshot = *loaded.snapshot;
  for (TableId table = 0; table < program.tables.size(); ++table) {
    if (program.tables[table].kind != TableKind::kModel) continue;
    const TableData& data = snapshot.table(table);
    for (ColumnId c = 0; c < data.columns.size(); ++c) {
      const TableColumn& declared = program.tables[table].columns[c];
      if (program.types[declared.type].kind == TypeKind::kRef) continue;
      for (Row row = 0; row < data.num_rows; ++row) {
        if (!IsUnknown(data.columns[c].state(row))) continue;
        const auto cause = data.columns[c].causes.find(row);
        const std::string reason =
            cause == data.columns[c].causes.end() ? "unknown" : snapshot.cause(cause->second).detail;
        const std::string name = program.tables[table].name + "." + declared.name;
        UnknownField& field = found[{reason, name}];
        if (field.num_values++ == 0) {
          field.reason = reason;
          field.name = name;
          field.example = snapshot.strings().Text(snapshot.record(data.records[row]).address);
        }
      }
    }
  }
  std::vector<UnknownField> fields;
  for (auto& [key, field] : found) fields.push_back(std::move(field));
  return fields;
}

std::string Json(const ImportStatistics& statistics, const std::vector<TableSummary>& tables,
                 const std::vector<UnknownField>& unknown) {
  nlohmann::ordered_json inputs = nlohmann::ordered_json::array(), models = inputs, types = inputs, references = inputs,
                         fields = inputs;
  for (const InputStatistics& input : statistics.inputs) {
    inputs.push_back({{"path", input.path},
                      {"format", input.format},
                      {"bytes", input.num_bytes},
                      {"resources", input.num_resources},
                      {"deleted", input.num_deleted}});
  }
  for (const TableSummary& table : tables) {
    models.push_back({{"model", table.name},
                      {"rows", table.num_rows},
                      {"covered", table.covered},
                      {"not_covered_because", table.covered ? nlohmann::ordered_json(nullptr)
                                                            : nlohmann::ordered_json(table.not_covered_reason)}});
  }
  for (const SourceTypeStatistics& type : statistics.source_types) {
    types.push_back({{"format", type.format},
                     {"type", type.source_type},
                     {"resources", type.num_records},
                     {"mapped", type.mapped}});
  }
  for (const ReferenceStatistics& reference : statistics.references) {
    references.push_back({{"model", reference.table},
                          {"field", reference.column},
                          {"reason", reference.reason},
                          {"count", reference.num_values},
                          {"example", reference.example}});
  }
  for (const UnknownField& field : unknown) {
    fields.push_back(
        {{"field", field.name}, {"reason", field.reason}, {"count", field.num_values}, {"example", field.example}});
  }
  return nlohmann::ordered_json{{"inputs", inputs},         {"models", models},
                                {"source_types", types},    {"unresolved_references", references},
                                {"unknown_fields", fields}, {"warnings", statistics.warnings}}
             .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

/// `lines` under each of their reasons, the reason with most values first.
struct Reasons {
  struct Line {
    uint64_t num_values = 0;
    std::string text;
  };
  std::map<std::string, std::vector<Line>> by_reason;

  void Add(const std::string& reason, uint64_t num_values, const std::string& name, const std::string& example) {
    by_reason[reason].push_back({num_values, name + (example.empty() ? "" : ", such as " + Visible(example))});
  }

  std::string Text() const {
    std::vector<std::pair<uint64_t, const std::string*>> order;
    for (const auto& [reason, lines] : by_reason) {
      uint64_t sum = 0;
      for (const Line& line : lines) sum += line.num_values;
      order.emplace_back(sum, &reason);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::string out;
    for (const auto& [sum, reason] : order) {
      out += "  " + Wrap(Visible(*reason), TerminalWidth(), 2) + "\n";
      for (const Line& line : by_reason.at(*reason))
        out += fmt::format("  {:>7}  {}\n", line.num_values, Wrap(line.text, TerminalWidth(), 11));
    }
    return out;
  }
};

std::string Text(const ImportStatistics& statistics, const std::vector<TableSummary>& tables,
                 const std::vector<UnknownField>& unknown) {
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
    if (table.of_other_formats) {
      ++num_of_other_formats;
      continue;
    }
    const auto known = std::find_if(uncovered.begin(), uncovered.end(),
                                    [&](const auto& entry) { return entry.first == table.not_covered_reason; });
    if (known == uncovered.end()) {
      uncovered.emplace_back(table.not_covered_reason, table.name);
    } else {
      known->second += ", " + table.name;
    }
  }
  if (!uncovered.empty() || num_of_other_formats > 0) out += "\nnot covered by these inputs\n";
  for (const auto& [reason, names] : uncovered)
    out += "  " + Wrap(fmt::format("{}: {}", Visible(reason), names), TerminalWidth(), 4) + "\n";
  if (num_of_other_formats > 0)
    out += fmt::format("  {} that are made from other formats\n", Plural(num_of_other_formats, "model"));
  std::string unmapped;
  for (const SourceTypeStatistics& type : statistics.source_types) {
    if (!type.mapped) unmapped += fmt::format("  {:>7}  {}\n", type.num_records, Visible(type.source_type));
  }
  if (!unmapped.empty()) out += "\ntypes that no model takes\n" + unmapped;
  Reasons references, fields;
  for (const ReferenceStatistics& reference : statistics.references) {
    references.Add(reference.reason, reference.num_values, reference.table + "." + reference.column, reference.example);
  }
  for (const UnknownField& field : unknown)
    fields.Add(field.reason, field.num_values, field.name, field.num_values == 1 ? field.example : "");
  if (!references.by_reason.empty()) out += "\nreferences that resolve to no row\n" + references.Text();
  if (!fields.by_reason.empty()) out += "\nfields that are unknown\n" + fields.Text();
  for (const std::string& warning : statistics.warnings)
    out += "\n" + Wrap("warning: " + Visible(warning), TerminalWidth(), 2) + "\n";
  return out;
}

int Run(const Options& options, const Invocation& invocation) {
  if (options.inputs.empty())
    return Complain("no input is named", "name files or folders, or write `inputs` into bylaw.toml");
  const auto compiled =
      CompilePolicies({.arguments = options.policies, .demand_all = true, .packages = ShippedPackages()}, invocation);
  if (!compiled) return kCouldNot;
  Result<PolicySet> policies = PolicySet::FromProgram(*compiled->program);
  BYLAW_CHECK(policies.ok(), "the compiler made a program that does not verify: {}",
              policies.ok() ? "" : policies.error().message);
  std::vector<ImportInput> inputs;
  for (const std::string& path : options.inputs) inputs.push_back({.path = path});
  ImportOptions import_options;
  import_options.input_format = options.input_format;
  const auto snapshot = Load(*policies, inputs, import_options);
  if (!snapshot.ok()) return Complain(snapshot.error());
  const auto tables = Summarise(*snapshot);
  const auto unknown = FindUnknownFields(*snapshot);
  if (auto written = WriteOutput("", options.format == "json" ? Json(snapshot->statistics, tables, unknown)
                                                              : Text(snapshot->statistics, tables, unknown));
      !written.ok()) {
    return Complain(written.error());
  }
  if (options.stats) {
    for (const InputStatistics& input : snapshot->statistics.inputs) {
      fmt::print(stderr, "{:>9.3f} s {:>12} bytes  {}\n", input.seconds, input.num_bytes, Visible(input.path));
    }
  }
  return kFine;
}

}  // namespace

void AddInspect(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inspect", "tell what the inputs are: formats, models, coverage, references");
  command->add_option("INPUT", options->inputs, "files, folders, or -; default: those of bylaw.toml");
  command->add_option("-p,--policy", options->policies, "policies with models of their own")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->add_option("--input-format", options->input_format, "the inputs' format; default: found by content");
  command->add_flag("--stats", options->stats, "time and size of each file, on stderr");
  AddSettingOptions(*command, *invocation.settings, {"policies", "inputs", "input-format"});
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

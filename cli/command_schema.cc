// `bylaw schema INPUT… [--type GLOB]…`: models of types that nobody has modelled yet, from a provider's schema or from a
// snapshot.
#include <algorithm>
#include <filesystem>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "cli/schema/source_schema.h"
#include "compiler/ast/printer.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/syntax/parser.h"
#include "runtime/builtins/glob.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct Options {
  std::vector<std::string> inputs, types;
  std::string package = "schema", output, input_format;
  bool docs = false;
};

/// Of a schema that has thousands; more want to be asked for by name.
constexpr size_t kMostTypes = 100;

/// What the inputs are.
struct Sources {
  std::vector<Json> terraform, cloudformation;
  std::vector<ImportInput> exports;
};

/// The document, if the file is a schema. An export is left to the importer, which tells better what is wrong with it.
std::optional<Json> SchemaDocument(const std::string& path) {
  std::error_code ignored;
  if (path == "-" || !fs::is_regular_file(path, ignored) || !path.ends_with(".json")) return std::nullopt;
  const Result<std::string> text = ReadWhole(path);
  if (!text.ok() ||
      (text->find("\"provider_schemas\"") == std::string::npos && text->find("\"typeName\"") == std::string::npos))
    return std::nullopt;
  Json document = Json::parse(*text, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  const bool terraform = document.contains("provider_schemas") && document["provider_schemas"].is_object();
  const bool cloudformation =
      document.contains("typeName") && document["typeName"].is_string() && document.contains("properties");
  return terraform || cloudformation ? std::optional(std::move(document)) : std::nullopt;
}

void Sort(Json document, Sources& sources) {
  auto& list = document.contains("provider_schemas") ? sources.terraform : sources.cloudformation;
  list.push_back(std::move(document));
}

Sources ReadSources(const std::vector<std::string>& inputs) {
  Sources sources;
  for (const std::string& path : inputs) {
    std::error_code error;
    if (auto document = SchemaDocument(path)) {
      Sort(std::move(*document), sources);
      continue;
    }
    // A folder of the registry's schemas, as their archive unpacks.
    std::vector<std::string> files;
    if (fs::is_directory(path, error)) {
      for (const auto& entry : fs::directory_iterator(path, error)) files.push_back(entry.path().string());
      std::sort(files.begin(), files.end());
    }
    size_t num_schemas = 0;
    for (const std::string& file : files) {
      if (auto document = SchemaDocument(file)) Sort(std::move(*document), sources), ++num_schemas;
    }
    if (num_schemas == 0) sources.exports.push_back({.path = path, .bytes = {}, .context_only = false});
  }
  return sources;
}

/// The records of all source types that no model takes, or that `wants` names.
class Snapshots {
 public:
  explicit Snapshots(const Options& options) : options_(options) {}

  Result<std::vector<SourceSchema>> Infer(const std::vector<ImportInput>& inputs,
                                          const std::function<bool(const std::string&)>& wants, bool only_unmodelled,
                                          std::set<std::string>& seen) {
    BYLAW_ASSIGN(const LoadedSnapshot all, LoadWith("", inputs, only_unmodelled));
    std::vector<std::pair<std::string, std::string>> types;
    for (const SourceTypeStatistics& type : all.statistics.source_types) {
      seen.insert(type.source_type);
      if (wants(type.source_type) && !(only_unmodelled && type.mapped))
        types.emplace_back(type.format, type.source_type);
    }
    std::sort(types.begin(), types.end());
    types.erase(std::unique(types.begin(), types.end()), types.end());
    std::vector<SourceSchema> schemas;
    if (types.empty()) return schemas;
    std::string policy;
    for (size_t i = 0; i < types.size(); ++i)
      policy += fmt::format("define rows_{} = [x for x in {}[{}]]\n", i, types[i].first, Quoted(types[i].second));
    BYLAW_ASSIGN(const LoadedSnapshot loaded, LoadWith(policy, inputs, false));
    for (const auto& [format, type] : types) {
      const std::vector<const JsonNode*> records = RecordsOf(loaded, format + "." + type);
      if (!records.empty()) schemas.push_back(InferSchema(format, type, records));
    }
    return schemas;
  }

 private:
  static std::string Quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\' || c == '{' || c == '}') result += '\\';
      result += c;
    }
    return result + '"';
  }

  Result<LoadedSnapshot> LoadWith(const std::string& policy, const std::vector<ImportInput>& inputs, bool with_models) {
    compiler::CompileOptions options;
    options.roots = {ShippedPolicies()};
    options.demand_all = true;
    if (with_models) options.packages = ShippedPackages();
    std::vector<compiler::PolicyText> texts;
    if (!policy.empty()) texts.push_back({.path = "types", .text = policy});
    const compiler::CompileResult compiled = compiler::Compile(std::move(texts), options);
    if (!compiled.program) {
      return Error{.message = "the types cannot be read: " +
                              compiler::RenderText(*compiled.sources, compiled.diagnostics, {.width = 80}),
                   .file = {}};
    }
    BYLAW_ASSIGN(const PolicySet policies, PolicySet::FromProgram(*compiled.program));
    ImportOptions import_options;
    import_options.input_format = options_.input_format;
    return Load(policies, inputs, import_options);
  }

  static std::vector<const JsonNode*> RecordsOf(const LoadedSnapshot& loaded, const std::string& name) {
    std::vector<const JsonNode*> records;
    const std::vector<Table>& tables = loaded.policies.program().tables;
    for (TableId id = 0; id < tables.size(); ++id) {
      if (tables[id].kind != TableKind::kSource || tables[id].name != name) continue;
      const TableData& data = loaded.snapshot->table(id);
      for (size_t column = 0; column < tables[id].columns.size(); ++column) {
        if (tables[id].columns[column].name != "record") continue;
        for (Row row = 0; row < data.num_rows; ++row) {
          if (data.columns[column].state(row) == State::kKnown)
            records.push_back(CellToObject<JsonNode>(data.columns[column].cells[row]));
        }
      }
    }
    return records;
  }

  const Options& options_;
};

std::string Formatted(const std::string& text) {
  compiler::SourceMap sources;
  compiler::Diagnostics diagnostics;
  const auto file = compiler::ParseFile(sources, sources.Add("schema", text), diagnostics);
  BYLAW_CHECK(!diagnostics.has_errors(), "the models made do not parse: {}",
              compiler::RenderText(sources, diagnostics, {.width = 100}));
  return compiler::ast::Format(*file, sources);
}

int Run(const Options& options) {
  std::set<std::string> known;
  auto wants = [&](const std::string& type) {
    return options.types.empty() || std::any_of(options.types.begin(), options.types.end(),
                                                [&](const std::string& glob) { return MatchesGlob(glob, type); });
  };
  const Sources sources = ReadSources(options.inputs);
  std::vector<SourceSchema> schemas;
  for (const Json& document : sources.terraform) {
    const std::vector<std::string> types = TerraformTypes(document);
    known.insert(types.begin(), types.end());
    if (options.types.empty() && types.size() > kMostTypes)
      return Complain(
          fmt::format("the schema has {} types", types.size()),
          fmt::format("name those that you want: `--type {}`, or with a pattern: `--type 'aws_msk_*'`", types[0]));
    for (SourceSchema& schema : ReadTerraformSchemas(document, wants)) schemas.push_back(std::move(schema));
  }
  for (const Json& document : sources.cloudformation) {
    const std::string type = document["typeName"].get<std::string>();
    known.insert(type);
    if (wants(type)) schemas.push_back(ReadCloudFormationSchema(document));
  }
  if (!sources.exports.empty()) {
    auto inferred = Snapshots(options).Infer(sources.exports, wants, options.types.empty(), known);
    if (!inferred.ok()) return Complain(inferred.error());
    for (SourceSchema& schema : *inferred) schemas.push_back(std::move(schema));
  }
  for (const std::string& glob : options.types) {
    if (std::any_of(known.begin(), known.end(), [&](const std::string& type) { return MatchesGlob(glob, type); }))
      continue;
    const std::vector<std::string> types(known.begin(), known.end());
    const std::string meant = compiler::DidYouMean(glob, types);
    return Complain(fmt::format("`--type {}` is no type in these inputs", glob),
                    !meant.empty()      ? meant
                    : types.size() > 20 ? fmt::format("there are {} types", types.size())
                                        : fmt::format("the types are {}", fmt::join(types, ", ")));
  }
  if (schemas.empty())
    return Complain(
        "there is a model for every type in these inputs",
        "name a type to have one made all the same: `--type TYPE`; `bylaw models` shows those that are there");
  std::stable_sort(schemas.begin(), schemas.end(), [](const SourceSchema& a, const SourceSchema& b) {
    return std::tie(a.type, a.format) < std::tie(b.type, b.format);
  });

  const std::string text = Formatted(WriteModels(schemas, {.package = options.package, .docs = options.docs}));
  const compiler::CompileResult compiled = compiler::Compile({{.path = "schema", .text = text}}, {});
  BYLAW_CHECK(!compiled.diagnostics.has_errors(), "the models made do not compile: {}",
              compiler::RenderText(*compiled.sources, compiled.diagnostics, {.width = 100}));
  if (auto written = WriteOutput(options.output, text); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddSchema(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("schema", "write models of types that have none, from a schema or a snapshot");
  command
      ->add_option("INPUT", options->inputs,
                   "`terraform providers schema -json`, schemas of the CloudFormation registry, or exports")
      ->required();
  command->add_option("--type", options->types, "only types whose name matches; default: those without a model")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--package", options->package, "the package that the models are of")
      ->check([](const std::string& name) {
        const bool fine = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
          return c == '_' || c == '.' || std::isalnum(static_cast<unsigned char>(c));
        });
        return fine ? std::string() : "`" + name + "` is no name of a package";
      });
  command->add_option("-o,--output", options->output, "the file to write; default: standard output");
  command->add_option("--input-format", options->input_format, "the exports' format; default: found by content");
  command->add_flag("--docs", options->docs, "with the schema's descriptions of fields");
  command->callback([options, &invocation] { invocation.run = [options] { return Run(*options); }; });
}

}  // namespace bylaw::cli

// `bylaw models [NAME]`: models, fields, types, and from which key of which format each comes.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "compiler/diagnostics/diagnostic.h"

namespace bylaw::cli {
namespace {

using compiler::Field;
using compiler::Model;
using compiler::TypedFieldMapping;
using compiler::TypedMapping;

struct Options {
  std::string name;
  std::vector<std::string> policies;
  std::string format = "text";
};

std::string TypeOf(const Field& field) {
  return field.reverse_model == nullptr ? field.type->ToString()
                                        : fmt::format("{} via {}", field.type->ToString(), field.reverse_field->name);
}

std::string PathText(const std::vector<std::string>& path) {
  std::string out;
  for (const std::string& key : path)
    out += (out.empty() ? "" : ".") + (key.empty() ? "(outer)" : key == "@" ? "envelope" : key);
  return out.empty() ? "(itself)" : out;
}

std::string SourceOf(const TypedFieldMapping& mapping) {
  switch (mapping.kind) {
    case FieldSourceKind::kThis: return "the resource itself";
    case FieldSourceKind::kFunction: return "computed";
    case FieldSourceKind::kAbsent: return "not given";
    case FieldSourceKind::kPath: break;
  }
  std::string out;
  for (const auto& path : mapping.paths) out += (out.empty() ? "" : " | ") + PathText(path);
  return out;
}

std::string Unnest(const TypedMapping& mapping) {
  std::string out;
  for (const auto& path : mapping.unnest) out += ", each " + PathText(path);
  return out;
}

nlohmann::ordered_json ToJson(const Model& model) {
  nlohmann::ordered_json fields = nlohmann::ordered_json::array(), mappings = fields;
  for (const Field& field : model.fields)
    fields.push_back({{"name", field.name}, {"type", TypeOf(field)}, {"key", field.is_key}, {"doc", field.doc}});
  for (const TypedMapping& mapping : model.mappings) {
    nlohmann::ordered_json sources = nlohmann::ordered_json::object();
    for (const TypedFieldMapping& field : mapping.fields) sources[field.field->name] = SourceOf(field);
    mappings.push_back(
        {{"format", mapping.format}, {"type", mapping.source_type + Unnest(mapping)}, {"fields", sources}});
  }
  return {{"name", model.name}, {"doc", model.doc}, {"fields", fields}, {"mappings", mappings}};
}

std::string Long(const Model& model) {
  std::string out = model.name + "\n";
  if (!model.doc.empty()) out += "  " + Wrap(Visible(model.doc), TerminalWidth(), 2) + "\n";
  size_t width = 0;
  for (const Field& field : model.fields) width = std::max(width, field.name.size());
  out += "\n";
  for (const Field& field : model.fields)
    out += fmt::format("  {}  {}{}\n", Padded(field.name, width), TypeOf(field), field.is_key ? "  (key)" : "");
  for (const TypedMapping& mapping : model.mappings) {
    out += fmt::format("\n  from {} {}{}\n", mapping.format, mapping.source_type, Unnest(mapping));
    for (const TypedFieldMapping& field : mapping.fields)
      out += fmt::format("    {}  {}\n", Padded(field.field->name, width), SourceOf(field));
  }
  return out;
}

/// A section of a page: the fields, and a column for each format with the key that each comes from.
std::string Markdown(const Model& model) {
  std::string out = fmt::format("## {}\n\n", model.name);
  if (!model.doc.empty()) out += model.doc + "\n\n";
  for (const TypedMapping& mapping : model.mappings)
    out += fmt::format("- from {} `{}{}`\n", mapping.format, mapping.source_type, Unnest(mapping));
  if (!model.mappings.empty()) out += "\n";
  out += "| field | type |";
  std::string line = "\n|---|---|";
  for (const TypedMapping& mapping : model.mappings) out += fmt::format(" {} |", mapping.format), line += "---|";
  out += line + "\n";
  const auto cell = [](const std::string& text) {
    std::string escaped;
    for (const char c : text) escaped += c == '|' ? "\\|" : std::string(1, c);
    return escaped;
  };
  for (const Field& field : model.fields) {
    out += fmt::format("| `{}`{} | `{}` |", field.name, field.is_key ? " (key)" : "", cell(TypeOf(field)));
    for (const TypedMapping& mapping : model.mappings) {
      const auto found = std::find_if(mapping.fields.begin(), mapping.fields.end(),
                                      [&](const TypedFieldMapping& m) { return m.field == &field; });
      out += fmt::format(" {} |", found == mapping.fields.end() ? "" : cell(SourceOf(*found)));
    }
    out += "\n";
  }
  return out;
}

int Run(const Options& options, const Invocation& invocation) {
  const auto compiled =
      CompilePolicies({.arguments = options.policies, .demand_all = true, .packages = ShippedPackages()}, invocation);
  if (!compiled) return kCouldNot;
  std::vector<const Model*> models;
  std::vector<std::string> names;
  for (const Model& model : compiled->typed->models) {
    if (model.kind != TableKind::kModel) continue;
    names.push_back(model.name);
    if (options.name.empty() || options.name == model.name) models.push_back(&model);
  }
  if (models.empty())
    return Complain(fmt::format("there is no model `{}`", options.name), compiler::DidYouMean(options.name, names));
  std::sort(models.begin(), models.end(), [](const Model* a, const Model* b) { return a->name < b->name; });
  std::string out;
  if (options.format == "json") {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Model* model : models) list.push_back(ToJson(*model));
    out = list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  } else if (options.format == "markdown") {
    for (const Model* model : models) out += (out.empty() ? "" : "\n") + Markdown(*model);
  } else if (!options.name.empty()) {
    out = Long(*models[0]);
  } else {
    size_t width = 0;
    for (const Model* model : models) width = std::max(width, model->name.size());
    for (const Model* model : models) {
      const std::string head = Padded(model->name, width) + "  ";
      out += head +
             Wrap(fmt::format("{}{}{}", Plural(model->fields.size(), "field"), model->doc.empty() ? "" : ": ",
                              Visible(model->doc)),
                  TerminalWidth(), head.size()) +
             "\n";
    }
  }
  if (auto written = WriteOutput("", out); !written.ok()) return Complain(written.error());
  return kFine;
}

}  // namespace

void AddModels(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("models", "the resource models, or one of them at length");
  command->add_option("NAME", options->name, "a model, such as aws.subnet");
  command->add_option("-p,--policy", options->policies, "policies with models of their own")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--format", options->format, "text, json or markdown")
      ->check(CLI::IsMember({"text", "json", "markdown"}));
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

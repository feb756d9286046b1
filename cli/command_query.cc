// `bylaw query EXPR INPUT… [-p …]`: evaluate one expression over the snapshot.
#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/clock.h"
#include "cli/command.h"
#include "cli/policies.h"
#include "cli/report/terminal.h"
#include "cli/settings.h"

namespace bylaw::cli {
namespace {

struct Options {
  std::string expression;
  std::vector<std::string> inputs, policies;
  std::string format = "text", now;
  bool closed_world = false;
};

nlohmann::ordered_json ToJson(const QueryValue& value) {
  using Json = nlohmann::ordered_json;
  if (IsUnknown(value.state)) {
    Json causes = Json::array();
    for (const ReportedCause& cause : value.causes) causes.push_back(cause.reason);
    return {{"unknown", causes}};
  }
  if (value.state == State::kAbsent) return nullptr;
  switch (value.kind) {
    case TypeKind::kBool: return value.text == "true";
    case TypeKind::kInt:
    case TypeKind::kFloat: return Json::parse(value.text, nullptr, false);
    case TypeKind::kList:
    case TypeKind::kSet: {
      Json list = Json::array();
      for (const QueryValue& element : value.elements) list.push_back(ToJson(element));
      return list;
    }
    case TypeKind::kMap: {
      Json object = Json::object();
      for (size_t i = 0; i + 1 < value.elements.size(); i += 2)
        object[value.elements[i].text] = ToJson(value.elements[i + 1]);
      return object;
    }
    case TypeKind::kJson: {
      Json parsed = Json::parse(value.text, nullptr, false);
      return parsed.is_discarded() ? Json(value.text) : parsed;
    }
    default: return value.text;
  }
}

std::string ToText(const QueryValue& value) {
  std::string out;
  if (value.state == State::kKnown && (value.kind == TypeKind::kList || value.kind == TypeKind::kSet)) {
    for (const QueryValue& element : value.elements) out += Visible(element.text) + "\n";
    return out;
  }
  if (value.state == State::kKnown && value.kind == TypeKind::kMap) {
    size_t width = 0;
    for (size_t i = 0; i < value.elements.size(); i += 2)
      width = std::max(width, DisplayWidth(Visible(value.elements[i].text)));
    for (size_t i = 0; i + 1 < value.elements.size(); i += 2) {
      out += Padded(Visible(value.elements[i].text), width) + "  " + Visible(value.elements[i + 1].text) + "\n";
    }
    return out;
  }
  out = Visible(value.text) + "\n";
  for (const ReportedCause& cause : value.causes) out += "  because " + Visible(cause.reason) + "\n";
  return out;
}

int Run(const Options& options, const Invocation& invocation) {
  if (options.inputs.empty())
    return Complain("no input is named", "name files or folders, or write `inputs` into bylaw.toml");
  const auto compiled = CompilePolicies(
      {.arguments = options.policies, .query = options.expression, .packages = ShippedPackages()}, invocation);
  if (!compiled) return kCouldNot;
  BYLAW_CHECK(compiled->query_function != kNone, "the compiler made no function of the query");
  Result<PolicySet> policies = PolicySet::FromProgram(*compiled->program);
  BYLAW_CHECK(policies.ok(), "the compiler made a program that does not verify: {}",
              policies.ok() ? "" : policies.error().message);
  std::vector<ImportInput> inputs;
  for (const std::string& path : options.inputs) inputs.push_back({.path = path});
  auto snapshot = Load(*policies, inputs, {.closed_world = options.closed_world});
  if (!snapshot.ok()) return Complain(snapshot.error());
  CheckOptions check;
  check.closed_world = options.closed_world;
  const Result<int64_t> now = Now(options.now);
  if (!now.ok()) return Complain(now.error());
  check.now = *now;
  const Result<QueryValue> value = Evaluate(*snapshot, compiled->query_function, {}, check);
  if (!value.ok()) return Complain(value.error());
  const std::string out = options.format == "json"
                              ? ToJson(*value).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                              : ToText(*value);
  if (auto written = WriteOutput("", out); !written.ok()) return Complain(written.error());
  return IsUnknown(value->state) ? kUndecided : kFine;
}

}  // namespace

void AddQuery(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("query", "evaluate one expression over the inputs");
  command->add_option("EXPR", options->expression, "such as '[s.id for s in aws.subnet]'")->required();
  command->add_option("INPUT", options->inputs, "files, folders, or -; default: those of bylaw.toml");
  command->add_option("-p,--policy", options->policies, "policies whose packages the expression may name")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->add_option("--now", options->now, "the time that `now` stands for");
  command->add_flag("--closed-world", options->closed_world, "take the snapshot as all there is");
  AddSettingOptions(*command, *invocation.settings, {"policies", "inputs", "closed-world"});
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli

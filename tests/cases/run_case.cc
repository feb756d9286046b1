#include <algorithm>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "cli/given_rows.h"
#include "compiler/fix.h"
#include "runtime/builtins/time.h"
#include "tests/cases/case_file.h"
#include "tests/reference/every_way.h"
#include "tests/reference/rows.h"

namespace bylaw::cases {
namespace {

using compiler::CompileResult;

constexpr std::string_view kTestName = "the rows of this case";

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

/// The package that the first policy declares; the rows of `given` see what it sees.
std::string HeadOf(const std::string& policy) {
  std::string head;
  for (const std::string& line : LinesOf(policy)) {
    if (line.starts_with("package ") || line.starts_with("import ")) head += line + "\n";
  }
  return head;
}

/// Where a section says a rule's clause and verdict: `RULE[/CLAUSE] VERDICT ADDRESS`.
std::string Verdicts(const Report& report) {
  std::string text;
  for (const ReportedResult& result : report.results) {
    const ReportedRule& rule = report.rules[result.rule];
    std::string head = fmt::format("{}/{} {}", rule.id, result.clause, VerdictName(result.verdict));
    if (!result.resource.address.empty()) head += " " + result.resource.address;
    text += head + "\n";
    auto add = [&](std::string_view name, const std::string& value) {
      if (!value.empty()) text += fmt::format("  {}: {}\n", name, value);
    };
    add("message", result.message);
    add("fix", result.fix);
    std::string controls;
    for (const std::string& control : report.Controls(result)) controls += (controls.empty() ? "" : ", ") + control;
    add("controls", controls);
    for (const ReportedWitness& witness : result.witnesses)
      add("witness", fmt::format("{} = {}", witness.binding, witness.text));
    for (const ReportedCause& cause : result.causes) {
      add("because", cause.location.line == 0 ? cause.reason
                                              : fmt::format("{} ({}:{} {})", cause.reason, cause.location.file,
                                                            cause.location.line, cause.location.pointer));
    }
  }
  return text;
}

std::string CountsOf(const Report& report) {
  std::string text;
  for (const ReportedRule& rule : report.rules) {
    const VerdictCounts& c = rule.counts;
    text += fmt::format("{}: {} fail, {} unknown, {} pass", rule.id, c.fail, c.unknown, c.pass);
    if (c.waived > 0) text += fmt::format(", {} waived", c.waived);
    text += fmt::format(", {} not applicable{}\n", c.not_applicable, rule.matched_nothing ? " (matched nothing)" : "");
  }
  for (const ReportedWarning& warning : report.warnings)
    text += fmt::format("warning {}: {}\n", warning.code, warning.text);
  return text;
}

std::string ValueOf(const QueryValue& value) {
  std::string text = value.text + "\n";
  for (const QueryValue& element : value.elements) {
    for (const std::string& line : LinesOf(ValueOf(element))) text += "  " + line + "\n";
  }
  for (const ReportedCause& cause : value.causes) text += fmt::format("  because: {}\n", cause.reason);
  return text;
}

class CaseRun {
 public:
  CaseRun(const Case& c, const std::string& root) : case_(c), root_(root) {}

  Result<std::vector<Section>> Run() {
    BYLAW_RETURN_IF_ERROR(ReadSections());
    std::vector<Section> results;
    for (const Section& section : case_.sections) {
      if (section.kind != "expect") continue;
      BYLAW_ASSIGN(std::string text,
                   section.argument.starts_with("values ") ? Values(section) : Actual(section.argument));
      results.push_back({.kind = section.kind, .argument = section.argument, .text = std::move(text)});
    }
    if (results.empty()) return Fault("a case expects something");
    return results;
  }

  std::vector<CompileResult> Compile(bool optimize) {
    std::vector<CompileResult> results;
    if (!ReadSections().ok()) return results;
    std::vector<std::string> expressions;
    for (const Section& section : case_.sections) {
      if (section.kind == "expect" && section.argument.starts_with("value "))
        expressions.push_back(section.argument.substr(6));
      if (section.kind != "expect" || !section.argument.starts_with("values ")) continue;
      for (const auto& [expression, result] : ValueLines(section)) expressions.push_back(expression);
    }
    if (expressions.empty()) expressions.emplace_back();
    for (const std::string& expression : expressions) {
      compiler::CompileOptions options = OptionsFor(expression);
      options.optimize = optimize;
      results.push_back(compiler::Compile(world_.policies, options));
    }
    return results;
  }

 private:
  Error Fault(std::string message) const { return Error{.message = std::move(message), .file = case_.path}; }

  Status ReadSections() {
    world_.options.roots = {root_ + "/policies"};
    for (const Section& section : case_.sections) {
      if (section.kind == "policy") {
        world_.policies.push_back(
            {.path = section.argument.empty() ? "policy.bylaw" : section.argument, .text = section.text});
      } else if (section.kind == "given") {
        world_.policies.push_back({.path = "given.bylaw",
                                   .text = fmt::format("{}test \"{}\" {{ given {{\n{}}} expect true }}\n",
                                                       HeadOf(world_.policies.front().text), kTestName, section.text)});
      } else if (section.kind == "rows") {
        rows_ = section.text;
        has_rows_ = true;
      } else if (section.kind == "input" || section.kind == "with") {
        inputs_.push_back({.path = section.argument, .bytes = section.text, .context_only = section.kind == "with"});
      } else if (section.kind == "options") {
        for (const std::string& line : LinesOf(section.text)) BYLAW_RETURN_IF_ERROR(ReadOption(line));
      }
    }
    if (world_.policies.empty()) return Fault("a case has a policy");
    world_.load = [this](const CompileResult& compiled, const PolicySet& policies) {
      return LoadSnapshot(compiled, policies);
    };
    return Ok{};
  }

  Status ReadOption(const std::string& line) {
    if (line == "lint") {
      world_.options.lint = true;
    } else if (line == "closed-world") {
      world_.check.closed_world = true;
    } else if (line == "inline-waivers") {
      world_.check.inline_waivers = true;
    } else if (line.starts_with("now ")) {
      const auto now = ParseTime(line.substr(4));
      if (!now) return Fault(fmt::format("`{}` is no time", line.substr(4)));
      world_.check.now = *now;
    } else if (line.starts_with("param ") && line.find('=') != std::string::npos) {
      const size_t equals = line.find('=');
      world_.check.params[line.substr(6, equals - 6)] = line.substr(equals + 1);
    } else if (line == "without-reference") {
      with_reference_ = false;
    } else {
      return Fault(fmt::format("there is no option `{}`", line));
    }
    return Ok{};
  }

  Result<LoadedSnapshot> LoadSnapshot(const CompileResult& compiled, const PolicySet& policies) const {
    if (!inputs_.empty()) return Load(policies, inputs_, {.closed_world = world_.check.closed_world});
    if (has_rows_) return reference::LoadRowText(policies, rows_, world_.check.closed_world);
    return LoadRows(policies, [&](SnapshotBuilder& builder) -> Status {
      for (const compiler::TypedTest& test : compiled.typed->tests) {
        if (test.name == kTestName) return cli::AddGivenRows(test, builder);
      }
      return Ok{};
    });
  }

  /// Judges once for all sections but those of values.
  Result<const reference::Outcome*> Outcome() {
    if (!outcome_) outcome_ = reference::JudgeEveryWay(world_, with_reference_ && world_.check.params.empty());
    if (!outcome_->difference.empty()) return Fault(outcome_->difference);
    return &*outcome_;
  }

  Result<std::string> Actual(const std::string& what) {
    if (what.starts_with("value ")) return Value(what.substr(6));
    if (what == "fixed") return Fixed();
    BYLAW_ASSIGN(const reference::Outcome* outcome, Outcome());
    if (what == "diagnostics") return outcome->diagnostics;
    if (!outcome->compiled) return Fault("it does not compile:\n" + outcome->diagnostics);
    if (what == "error")
      return outcome->error.empty() ? Result<std::string>(Fault("there is no error")) : outcome->error + "\n";
    if (!outcome->error.empty()) return Fault(outcome->error);
    if (what == "verdicts") return Verdicts(*outcome->report);
    if (what == "counts") return CountsOf(*outcome->report);
    return Fault(fmt::format("there is no `--- expect {}`", what));
  }

  /// The policies as `bylaw lint --fix` leaves them.
  Result<std::string> Fixed() const {
    const compiler::FixResult fixed =
        compiler::FixPolicies(world_.policies, world_.options, [](const std::string&) { return true; });
    if (fixed.last.diagnostics.has_errors()) return Fault("it does not compile");
    std::string text;
    for (const compiler::PolicyText& policy : fixed.texts) text += policy.text;
    return text;
  }

  compiler::CompileOptions OptionsFor(const std::string& expression) const {
    compiler::CompileOptions options = world_.options;
    options.query = expression;
    const std::string head = HeadOf(world_.policies.front().text);
    if (head.starts_with("package ")) options.query_package = head.substr(8, head.find('\n') - 8);
    return options;
  }

  /// `EXPR => VALUE`, one a line.
  Result<std::string> Values(const Section& section) {
    std::string text;
    for (const auto& [expression, result] : ValueLines(section)) {
      BYLAW_ASSIGN(const std::string value, Value(expression));
      text += fmt::format("{} => {}\n", expression, OneLine(value));
    }
    return text;
  }

  /// A value without its elements, and with its first cause: what is on a line.
  static std::string OneLine(const std::string& value) {
    const std::vector<std::string> lines = LinesOf(value);
    std::string line = lines.empty() ? std::string() : lines[0];
    constexpr std::string_view kBecause = "  because: ";
    const auto because =
        std::find_if(lines.begin(), lines.end(), [&](const std::string& other) { return other.starts_with(kBecause); });
    if (because != lines.end()) line += ": " + because->substr(kBecause.size());
    return line;
  }

  Result<std::string> Value(const std::string& expression) {
    reference::World world = world_;
    world.options = OptionsFor(expression);
    const reference::Outcome outcome = reference::JudgeEveryWay(world, false);
    if (!outcome.difference.empty()) return Fault(fmt::format("{}: {}", expression, outcome.difference));
    if (!outcome.compiled) return outcome.diagnostics;
    if (!outcome.error.empty()) return outcome.error + "\n";
    return ValueOf(*outcome.value);
  }

  const Case& case_;
  const std::string root_;
  reference::World world_;
  std::vector<ImportInput> inputs_;
  std::string rows_;
  bool has_rows_ = false, with_reference_ = true;
  std::optional<reference::Outcome> outcome_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> ValueLines(const Section& section) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const std::string& line : LinesOf(section.text)) {
    const size_t arrow = line.rfind(" =>");
    lines.emplace_back(line.substr(0, arrow),
                       arrow == std::string::npos || arrow + 4 > line.size() ? "" : line.substr(arrow + 4));
  }
  return lines;
}

std::vector<CompileResult> CompileCase(const Case& c, const std::string& root, bool optimize) {
  return CaseRun(c, root).Compile(optimize);
}

Result<std::vector<Section>> RunCase(const Case& c, const std::string& root) { return CaseRun(c, root).Run(); }

}  // namespace bylaw::cases

#include "tests/reference/describe.h"

#include <sstream>

#include <fmt/format.h>

namespace bylaw::reference {
namespace {

std::string TextOf(const Location& location) {
  return location.line == 0
             ? std::string()
             : fmt::format(" at {}:{}:{} {}", location.file, location.line, location.column, location.pointer);
}

std::string TextOf(const VerdictCounts& counts) {
  return fmt::format("fail {} unknown {} pass {} waived {} not_applicable {}", counts.fail, counts.unknown, counts.pass,
                     counts.waived, counts.not_applicable);
}

}  // namespace

std::string FirstDifference(const std::string& a, const std::string& b) {
  std::istringstream x(a), y(b);
  std::string left, right;
  for (int line = 1;; ++line) {
    const bool more_left = static_cast<bool>(std::getline(x, left)),
               more_right = static_cast<bool>(std::getline(y, right));
    if (!more_left && !more_right) return "nowhere";
    if (!more_left) left = "(nothing)";
    if (!more_right) right = "(nothing)";
    if (left != right) return fmt::format("line {}: `{}` / `{}`", line, left, right);
  }
}

std::string Describe(const QueryValue& value) {
  std::string text = fmt::format("value {} state {}\n", value.text, static_cast<int>(value.state));
  for (const QueryValue& element : value.elements) text += "  " + Describe(element);
  for (const ReportedCause& cause : value.causes) text += "  cause " + cause.reason + "\n";
  return text;
}

std::string Describe(const Report& report) {
  std::string text = fmt::format("{} resources; {}\n", report.num_resources, TextOf(report.counts));
  for (const ReportedRule& rule : report.rules)
    text += fmt::format("{}: {}{}\n", rule.id, TextOf(rule.counts), rule.matched_nothing ? " matched nothing" : "");
  for (const ReportedResult& result : report.results) {
    text += fmt::format("{} {} {} {} ({}){}\n  message {}\n  fix {}\n  controls {}\n  fingerprint {}\n",
                        report.rules[result.rule].id, result.clause, VerdictName(result.verdict),
                        result.resource.address, result.resource.model, TextOf(result.location), result.message,
                        result.fix, fmt::join(report.Controls(result), ", "), result.fingerprint);
    for (const ReportedWitness& witness : result.witnesses)
      text += fmt::format("  witness {} = {}{}\n", witness.binding, witness.text, TextOf(witness.location));
    for (const ReportedCause& cause : result.causes)
      text += fmt::format("  because {}{}\n", cause.reason, TextOf(cause.location));
  }
  for (const ReportedWarning& warning : report.warnings)
    text += fmt::format("warning {} {}\n", warning.code, warning.text);
  return text;
}

}  // namespace bylaw::reference

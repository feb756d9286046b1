// CSV (RFC 4180), one result a line. A field that a spreadsheet would take for a formula gets a quote mark before it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/report/report.h"
#include "cli/report/terminal.h"
#include "cli/report/wording.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::cli {
namespace {

std::string Field(std::string_view text) {
  std::string shown = Visible(text);
  if (!shown.empty() && std::string_view("=+-@").find(shown[0]) != std::string_view::npos) shown.insert(0, 1, '\'');
  if (shown.find_first_of(",\"") == std::string::npos) return shown;
  for (size_t at = 0; (at = shown.find('"', at)) != std::string::npos; at += 2) shown.insert(at, 1, '"');
  return "\"" + shown + "\"";
}

}  // namespace

std::string WriteCsv(const Report& report, const ReportStyle&) {
  std::string out =
      "rule,title,severity,verdict,new,clause,resource,model,type,id,account,region,file,line,column,message,fix,"
      "controls,waived_until,fingerprint\r\n";
  for (const ReportedResult& result : report.results) {
    const ReportedRule& rule = report.rules[result.rule];
    const ReportedResource& resource = result.resource;
    const std::string line = result.location.line == 0 ? "" : std::to_string(result.location.line);
    const std::string column = result.location.line == 0 ? "" : std::to_string(result.location.column);
    const std::string fields[] = {rule.id,
                                  RuleTitle(rule),
                                  std::string(SeverityName(result.severity)),
                                  std::string(VerdictName(result.verdict)),
                                  result.is_new ? "true" : "false",
                                  std::to_string(result.clause),
                                  resource.address,
                                  resource.model,
                                  resource.type,
                                  resource.id,
                                  resource.account,
                                  resource.region,
                                  result.location.file,
                                  line,
                                  column,
                                  Statement(result),
                                  result.fix,
                                  fmt::format("{}", fmt::join(report.Controls(result), " ")),
                                  result.waiver ? WaiverText(*result.waiver) : "",
                                  result.fingerprint};
    bool first = true;
    for (const std::string& field : fields) {
      if (!first) out += ',';
      first = false;
      out += Field(field);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace bylaw::cli

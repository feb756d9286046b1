// Report formats: each turns a finished Report into text. A format is one file of this folder and one line in Formats().
//
// Whatever comes from an input is escaped for the format; control characters never reach a terminal. Thread safety: pure functions.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report/framework_view.h"
#include "runtime/engine.h"

namespace bylaw::cli {

/// How a report is to look; formats use what concerns them.
struct ReportStyle {
  bool color = false;
  size_t width = 80;     ///< columns of the terminal
  bool why = false;      ///< witness and cause trees
  bool quiet = false;    ///< the summary alone
  bool verbose = false;  ///< every result in full, however many a rule has
  bool undecided_ignored = false;
  int exit_status = 0;        ///< of the run, as the JSON report tells it
  bool has_baseline = false;  ///< `new` says something
  uint64_t num_left_out = 0;  ///< results that are known from the baseline, and not listed for that
  std::vector<std::string> explanations =
      {};  ///< beside Report::results: text for --why, indented; none: there are none
  std::vector<FrameworkView> frameworks = {};  ///< of --framework
  std::vector<std::string> policies = {};      ///< as given or as resolved: names for the report's head
};

struct ReportFormat {
  std::string_view name;
  std::string_view doc;
  std::string (*write)(const Report&, const ReportStyle&);
  size_t most_results =
      0;  ///< of a rule that it shows when nothing asks for more (`verbose`, `why`, a baseline); 0: all
};

/// Every format of the contract, in its order.
std::span<const ReportFormat> Formats();

/// Results that the text report shows of one rule: the first ones in full, the others as one line each.
inline constexpr size_t kTextResultsInFull = 5, kTextResultLines = 20;

std::string WriteJson(const Report& report, const ReportStyle& style);
std::string WriteText(const Report& report, const ReportStyle& style);
std::string WriteSarif(const Report& report, const ReportStyle& style);
std::string WriteJunit(const Report& report, const ReportStyle& style);
std::string WriteTap(const Report& report, const ReportStyle& style);
std::string WriteGithub(const Report& report, const ReportStyle& style);
std::string WriteGitlab(const Report& report, const ReportStyle& style);
std::string WriteCsv(const Report& report, const ReportStyle& style);
std::string WriteHtml(const Report& report, const ReportStyle& style);
std::string WriteMarkdown(const Report& report, const ReportStyle& style);
std::string WriteAsff(const Report& report, const ReportStyle& style);
std::string WriteOcsf(const Report& report, const ReportStyle& style);

}  // namespace bylaw::cli

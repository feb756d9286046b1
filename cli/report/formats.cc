#include <array>

#include "cli/report/report.h"

namespace bylaw::cli {

std::span<const ReportFormat> Formats() {
  static constexpr std::array<ReportFormat, 12> kFormats = {{
      {"text", "for people: findings by rule, with place and fix", WriteText, kTextResultsInFull + kTextResultLines},
      {"json", "for programs: the report of docs/cli.md", WriteJson},
      {"sarif", "SARIF 2.1.0, as GitHub code scanning takes it", WriteSarif},
      {"junit", "JUnit XML, as CI systems show test results", WriteJunit},
      {"tap", "Test Anything Protocol 13", WriteTap},
      {"github", "GitHub workflow annotations", WriteGithub},
      {"gitlab", "GitLab code quality", WriteGitlab},
      {"csv", "comma-separated values, one result a line", WriteCsv},
      {"html", "one self-contained page", WriteHtml},
      {"markdown", "a pull request comment", WriteMarkdown},
      {"asff", "AWS Security Hub findings", WriteAsff},
      {"ocsf", "OCSF compliance findings", WriteOcsf},
  }};
  return kFormats;
}

}  // namespace bylaw::cli

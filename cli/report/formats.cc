#include <array>

#include "cli/report/report.h"

namespace bylaw::cli {

std::span<const ReportFormat> Formats() {
  static constexpr std::array<ReportFormat, 10> kFormats = {{
      {"text", "for people: findings by rule, with place and fix", WriteText},
      {"json", "for programs: the report of docs/cli.md", WriteJson},
      {"sarif", "SARIF 2.1.0", nullptr},
      {"junit", "JUnit XML", nullptr},
      {"tap", "Test Anything Protocol", nullptr},
      {"github", "GitHub workflow annotations", nullptr},
      {"gitlab", "GitLab code quality", nullptr},
      {"csv", "comma-separated values", nullptr},
      {"html", "one self-contained page", nullptr},
      {"markdown", "a pull request comment", nullptr},
  }};
  return kFormats;
}

}  // namespace bylaw::cli

// What `bylaw lint` prints: findings about policies, for people and for programs.
#pragma once

#include <string>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/source/source.h"

namespace bylaw::cli {

struct LintReport {
  const compiler::SourceMap* sources = nullptr;
  compiler::Diagnostics findings;
  size_t num_files = 0;    ///< that were looked at
  size_t num_fixed = 0;    ///< findings that `--fix` put right
  size_t num_fixable = 0;  ///< findings left that `--fix` can put right
};

std::string LintText(const LintReport& report, const compiler::RenderOptions& options);
std::string LintJson(const LintReport& report);
/// SARIF 2.1.0, with the edits as fixes.
std::string LintSarif(const LintReport& report);

}  // namespace bylaw::cli

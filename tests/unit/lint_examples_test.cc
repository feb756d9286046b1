// `bylaw explain W0010` shows the examples of the table, so they must be true: the wrong one gets its code, the right one
// does not.

#include <gtest/gtest.h>

#include "compiler/check/check.h"
#include "compiler/lint/lint.h"
#include "compiler/syntax/parser.h"

namespace bylaw::compiler {
namespace {

std::vector<std::string> CodesOf(std::string_view text) {
  SourceMap sources;
  Diagnostics diagnostics;
  std::vector<std::unique_ptr<ast::File>> files;
  std::vector<SourceUnit> units;
  for (const std::string& policy : {std::string(text), std::string("package aws\nmodel vpc { key id: string }")}) {
    files.push_back(ParseFile(sources, sources.Add("test.bylaw", policy), diagnostics));
    units.push_back({files.back().get(), ""});
  }
  CheckOptions options;
  options.sources = &sources;
  const std::unique_ptr<TypedProgram> program = Check(units, options, diagnostics);
  if (program != nullptr) Lint(files, *program, sources, diagnostics);
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : diagnostics.all()) codes.emplace_back(InfoOf(diagnostic.code).text);
  return codes;
}

TEST(LintCodes, ExamplesGetTheirCodeAndAreRight) {
  size_t num_codes = 0;
  for (const CodeInfo& info : AllCodes()) {
    if (info.severity != Severity::kLint) continue;
    ++num_codes;
    const std::vector<std::string> wrong = CodesOf(info.wrong), right = CodesOf(info.right);
    EXPECT_TRUE(std::count(wrong.begin(), wrong.end(), info.text) > 0)
        << info.text << " from " << info.wrong << ": " << ::testing::PrintToString(wrong);
    EXPECT_TRUE(std::count(right.begin(), right.end(), info.text) == 0) << info.text << " from " << info.right;
    EXPECT_TRUE(std::none_of(right.begin(), right.end(), [](const std::string& code) { return code.starts_with('E'); }))
        << info.right << ": " << ::testing::PrintToString(right);
  }
  EXPECT_EQ(num_codes, 18u);
}

}  // namespace
}  // namespace bylaw::compiler

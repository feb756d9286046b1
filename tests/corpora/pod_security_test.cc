// The pack `kubernetes` agrees with the Pod Security Standards' own examples: LEVEL/vVERSION/{pass,fail}/*.yaml, one
// pod a file.

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "compiler/compiler.h"
#include "runtime/engine.h"

namespace bylaw {
namespace {

namespace fs = std::filesystem;

const fs::path kExamples = "../shared/corpora/pod_security";

PolicySet Pack() {
  auto texts = compiler::ReadPolicies("policies/packs/kubernetes");
  EXPECT_TRUE(texts.ok());
  compiler::CompileResult compiled = compiler::Compile(std::move(*texts), {.roots = {"policies"}});
  EXPECT_TRUE(compiled.program.has_value());
  return *PolicySet::FromProgram(std::move(*compiled.program));
}

/// "fail" when a rule of the level fails, "pass" when all pass or do not apply; else what went wrong.
std::string Judge(const PolicySet& pack, const fs::path& file, const std::string& level, const std::string& version) {
  const auto snapshot = Load(pack, {{.path = file.string()}});
  if (!snapshot.ok()) return snapshot.error().ToString();
  CheckOptions options;
  options.params["kubernetes.pss_version"] = version;
  const auto report = Check(*snapshot, options);
  if (!report.ok()) return report.error().ToString();
  std::string verdict = "pass";
  for (const ReportedResult& result : report->results) {
    const std::vector<std::string> controls = report->Controls(result);
    const bool is_baseline = std::find(controls.begin(), controls.end(), "pss-baseline") != controls.end();
    const bool is_restricted = std::find(controls.begin(), controls.end(), "pss-restricted") != controls.end();
    if (!is_baseline && !(is_restricted && level == "restricted")) continue;
    if (result.verdict == Verdict::kFail) return "fail";
    if (result.verdict == Verdict::kUnknown) verdict = "unknown: " + result.message;
  }
  return verdict;
}

TEST(PodSecurity, EveryExampleIsJudgedAsItIsLabelled) {
  if (!fs::exists(kExamples)) GTEST_SKIP() << kExamples << " is not there";
  const PolicySet pack = Pack();
  const auto probe = Load(pack, {{.path = (kExamples / "baseline/v1.37/pass/base.yaml").string()}});
  if (!probe.ok() && probe.error().ToString().ends_with("`apiVersion` where a value is expected")) {
    GTEST_SKIP() << "this build takes YAML for broken JSON";
  }
  size_t num_files = 0;
  for (const fs::directory_entry& level : fs::directory_iterator(kExamples)) {
    for (const fs::directory_entry& version : fs::directory_iterator(level)) {
      for (const std::string label : {"pass", "fail"}) {
        for (const fs::directory_entry& file : fs::directory_iterator(version.path() / label)) {
          EXPECT_EQ(
              Judge(pack, file.path(), level.path().filename().string(), version.path().filename().string().substr(1)),
              label)
              << file.path();
          ++num_files;
        }
      }
    }
  }
  EXPECT_GE(num_files, 200u);
}

}  // namespace
}  // namespace bylaw

// The facade: packages, selection of rules, and that what it makes is a program that the verifier accepts, the same
// each time.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "compiler/compiler.h"
#include "compiler/packages.h"
#include "runtime/bytecode/codec.h"
#include "runtime/bytecode/verifier.h"

namespace bylaw::compiler {
namespace {

constexpr const char* kModels = R"(package aws
model aws.vpc {
  key id: string
  subnets: list<aws.subnet> via vpc
  from terraform "aws_vpc" { }
}
model aws.subnet {
  key id: string
  vpc: aws.vpc
  zone: string?
  public: bool = false
  from terraform "aws_subnet" { vpc = vpc_id }
}
model aws.gateway {
  key id: string
  vpc: aws.vpc?
  from terraform "aws_gateway" { vpc = vpc_id }
}
)";

std::string Messages(const CompileResult& result) {
  std::string text;
  for (const Diagnostic& diagnostic : result.diagnostics.all())
    text += std::string(InfoOf(diagnostic.code).text) + " " + diagnostic.message + "\n";
  return text;
}

CompileResult CompileRules(const std::string& rules, bool optimize = true) {
  CompileOptions options;
  options.optimize = optimize;
  return Compile(
      {{.path = "models.bylaw", .text = kModels}, {.path = "rules.bylaw", .text = "package org\nimport aws\n" + rules}},
      options);
}

constexpr const char* kRules = R"(
define is_open(subnet: aws.subnet): bool = exists g in aws.gateway where g.vpc == subnet.vpc
rule gateway_for_each {
  id "T-1"  severity high
  for subnet in aws.subnet
  where subnet.public
  require is_open(subnet)
  message "{subnet} in {subnet.vpc} is not open"
}
rule zones {
  for vpc in aws.vpc
  let zones = {s.zone ?? "" for s in vpc.subnets}
  require count(zones) >= 2 or count(s in aws.subnet where s.vpc == vpc) < 2
  forbid exists s in vpc.subnets where is_open(s) and s.public
  message "{vpc} has {s}"
}
)";

TEST(CompileTest, MakesAProgramThatVerifiesWithAndWithoutOptimisation) {
  for (bool optimize : {true, false}) {
    CompileResult result = CompileRules(kRules, optimize);
    ASSERT_TRUE(result.program.has_value()) << Messages(result);
    const Status status = Verify(*result.program);
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message) << "\n" << Dump(result, DumpStage::kIr);
    ASSERT_EQ(result.program->rules.size(), 2u);
    EXPECT_EQ(result.program->rules[0].id, "T-1");
    EXPECT_EQ(result.program->rules[1].id, "org.zones");
  }
}

TEST(CompileTest, GivesTheSameBytesEachTime) {
  const CompileResult first = CompileRules(kRules), second = CompileRules(kRules);
  ASSERT_TRUE(first.program && second.program);
  EXPECT_EQ(Encode(*first.program), Encode(*second.program));
}

TEST(CompileTest, CarriesOnlyTheColumnsThatLiveCodeReads) {
  CompileResult result = CompileRules("rule r { for s in aws.subnet  require s.public }");
  ASSERT_TRUE(result.program.has_value()) << Messages(result);
  ASSERT_EQ(result.program->tables.size(), 1u);
  std::vector<std::string> columns;
  for (const TableColumn& column : result.program->tables[0].columns) columns.push_back(column.name);
  EXPECT_EQ(columns, (std::vector<std::string>{"id", "public"}));
  ASSERT_EQ(result.program->tables[0].mappings.size(), 1u);
  EXPECT_EQ(result.program->tables[0].mappings[0].fields.size(), 2u);
}

TEST(CompileTest, BringsTheTargetsOfReferencesWithTheirKeys) {
  CompileResult result = CompileRules("rule r { for s in aws.subnet  require s.vpc is present }");
  ASSERT_TRUE(result.program.has_value()) << Messages(result);
  ASSERT_EQ(result.program->tables.size(), 2u);
  EXPECT_EQ(result.program->tables[0].name, "aws.vpc");
  ASSERT_EQ(result.program->tables[0].columns.size(), 1u);
  EXPECT_TRUE(result.program->tables[0].columns[0].is_key);
}

TEST(CompileTest, KnowsTablesThatAreOnlyNamed) {
  CompileResult result = CompileRules(
      "model aws.route { to: (aws.gateway | aws.vpc)?  from terraform \"aws_route\" { to = target } }\n"
      "rule r { for x in aws.route  require x.to is aws.gateway }\nrule s { for v in aws.vpc  require v.id != \"\" }");
  ASSERT_TRUE(result.program.has_value()) << Messages(result);
  for (const Table& table : result.program->tables)
    EXPECT_EQ(table.only_named, table.name == "aws.gateway") << table.name;
}

TEST(CompileTest, MakesTheQueryAFunctionWithoutInputs) {
  CompileOptions options;
  options.query = "count(s in aws.subnet where s.public)";
  CompileResult result = Compile({{.path = "models.bylaw", .text = kModels}}, options);
  ASSERT_TRUE(result.program.has_value()) << Messages(result);
  ASSERT_LT(result.query_function, result.program->functions.size());
  EXPECT_EQ(result.program->functions[result.query_function].name, "query");
  EXPECT_EQ(result.program->functions[result.query_function].block.num_inputs, 0);
}

TEST(CompileTest, ReportsErrorsAndMakesNoProgram) {
  CompileResult result = CompileRules("rule r { for s in aws.subnet  require s.pubic }");
  EXPECT_FALSE(result.program.has_value());
  EXPECT_TRUE(result.diagnostics.has_errors());
  EXPECT_EQ(result.typed, nullptr);
}

class PackagesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() / ("bylaw_packages_" + std::to_string(::getpid()));
    std::filesystem::create_directories(root_ / "models" / "aws");
    Write("models/aws/all.bylaw", kModels);
    Write("lib/net.bylaw",
          "package aws.net\nimport aws\ndefine is_open(s: aws.subnet): bool = s.public\nrule inner { for s in "
          "aws.subnet  require s.public }\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  std::filesystem::path root_;
};

TEST_F(PackagesTest, FindsImportedPackagesBelowTheRootsAndJudgesOnlyTheGivenRules) {
  CompileOptions options;
  options.roots = {root_.string()};
  CompileResult result = Compile(
      {{.path = "own.bylaw",
        .text =
            "package org\nimport aws\nimport aws.net\nrule outer { for s in aws.subnet  require aws.net.is_open(s) }"}},
      options);
  ASSERT_TRUE(result.program.has_value()) << Messages(result);
  ASSERT_EQ(result.program->rules.size(), 1u);
  EXPECT_EQ(result.program->rules[0].name, "outer");
  EXPECT_EQ(std::count(result.rule_of_typed.begin(), result.rule_of_typed.end(), kNone), 1);
}

TEST_F(PackagesTest, ReadsAFolderInOrderOfPaths) {
  Write("a/b.bylaw", "// nothing\n");
  Write("a/a.bylaw", "// nothing\n");
  Result<std::vector<PolicyText>> texts = ReadPolicies((root_ / "a").string());
  ASSERT_TRUE(texts.ok());
  ASSERT_EQ(texts->size(), 2u);
  EXPECT_TRUE((*texts)[0].path.ends_with("a.bylaw"));
  EXPECT_FALSE(ReadPolicies((root_ / "none").string()).ok());
}

TEST(DeclaredPackageTest, ReadsThePackageBehindComments) {
  EXPECT_EQ(DeclaredPackage("// first\n/// doc\npackage  aws . net\nimport x"), "aws.net");
  EXPECT_EQ(DeclaredPackage("\xEF\xBB\xBFpackage org"), "org");
  EXPECT_EQ(DeclaredPackage("import aws"), "");
  EXPECT_EQ(DeclaredPackage("packages a"), "");
  EXPECT_EQ(DeclaredPackage(""), "");
}

}  // namespace
}  // namespace bylaw::compiler

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "compiler/ast/printer.h"
#include "tests/unit/syntax_examples.h"
#include "tests/unit/syntax_testing.h"

namespace bylaw::compiler {
namespace {

std::string Formatted(std::string_view text) {
  const Parsed parsed{std::string(text)};
  EXPECT_EQ(parsed.Errors(), "") << text;
  return ast::Format(*parsed.file, parsed.sources);
}

void ExpectStable(std::string_view name, const std::string& text) {
  const Parsed before(text);
  ASSERT_EQ(before.Errors(), "") << name;
  const std::string once = ast::Format(*before.file, before.sources);
  const Parsed after(once);
  ASSERT_EQ(after.Errors(), "") << name << "\n" << once;
  EXPECT_TRUE(ast::AstEqual(*before.file, *after.file)) << name << "\n" << once;
  EXPECT_EQ(ast::Format(*after.file, after.sources), once) << name;
  EXPECT_EQ(after.file->comments.size(), before.file->comments.size()) << name << "\n" << once;
}

TEST(Format, KeepsMeaningAndCommentsAndIsStable) {
  for (const Example& example : Examples()) ExpectStable(example.name, std::string(example.text));
}

TEST(Format, IsStableOnEveryShippedPolicy) {
  size_t num_files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("policies")) {
    if (entry.path().extension() != ".bylaw") continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    ExpectStable(entry.path().string(), text.str());
    ++num_files;
  }
  EXPECT_GT(num_files, 0u);
}

TEST(Format, TheFlagshipIsInTheOneStyle) { EXPECT_EQ(Formatted(Examples()[0].text), Examples()[0].text); }

TEST(Format, PutsOneThingOnALine) {
  EXPECT_EQ(
      Formatted(
          "rule r{id \"A-1\" severity high for s in a where s.b require s.c   message \"m\"}\n\n\n\nparam p:int=1"),
      "rule r {\n"
      "  id        \"A-1\"\n"
      "  severity  high\n"
      "  for s in a\n"
      "  where s.b\n"
      "  require s.c\n"
      "  message \"m\"\n"
      "}\n"
      "\n"
      "param p: int = 1\n");
}

TEST(Format, AlignsMappingsAndTrailingComments) {
  EXPECT_EQ(
      Formatted(
          "model m {\n  key id: string // the key\n  vpc: aws.vpc // an edge\n  from terraform \"m\" {vpc=vpc_id}\n"
          "  from aws_config \"AWS::M\" { id = x, vpc = y }\n}\n"),
      "model m {\n"
      "  key id: string  // the key\n"
      "  vpc: aws.vpc    // an edge\n"
      "  from terraform  \"m\"      { vpc = vpc_id }\n"
      "  from aws_config \"AWS::M\" { id = x; vpc = y }\n"
      "}\n");
}

TEST(Format, CommentsStayWhereTheyStand) {
  const std::string text =
      "// head of file\n"
      "\n"
      "package p  // behind the package\n"
      "\n"
      "/// doc\n"
      "// and a remark\n"
      "rule r {  // behind the brace\n"
      "  // before a clause\n"
      "  for s in a  // behind a clause\n"
      "\n"
      "  // before the end\n"
      "}\n"
      "\n"
      "// after all\n";
  EXPECT_EQ(Formatted(text), text);
}

TEST(Format, CommentsWithinAnExpressionKeepItsLayout) {
  const std::string text =
      "define f(a: bool): bool =\n"
      "  a  // first\n"
      "    and b\n";
  EXPECT_EQ(Formatted(text), text);
  EXPECT_EQ(Formatted("rule r {\n    require a // why\n        and b\n}\n"),
            "rule r {\n  require a // why\n    and b\n}\n");
}

TEST(Format, KeepsWhatTellsAClauseFromAQuery) {
  const std::string text =
      "rule r {\n"
      "  for a in b\n"
      "  where exists c in d;\n"
      "  where a.e\n"
      "  require a.f\n"
      "}\n";
  EXPECT_EQ(Formatted(text), text);
  EXPECT_EQ(Formatted("rule r { for a in b where (exists c in d), where a.e require a.f }"),
            "rule r {\n  for a in b\n  where (exists c in d)\n  where a.e\n  require a.f\n}\n");
  EXPECT_EQ(Formatted("define f = - 1\n"), "define f = - 1\n");
}

TEST(Format, BreaksWhatIsTooLongAtItsLoosestOperators) {
  const std::string long_name(60, 'a');
  EXPECT_EQ(Formatted("rule r { require " + long_name + " and " + long_name + " and c }"),
            "rule r {\n"
            "  require " +
                long_name +
                "\n"
                "    and " +
                long_name +
                "\n"
                "    and c\n"
                "}\n");
  EXPECT_EQ(Formatted("rule r { require exists x in " + long_name + " where x." + long_name + " == 1 }"),
            "rule r {\n"
            "  require exists x in " +
                long_name +
                "\n"
                "          where x." +
                long_name +
                " == 1\n"
                "}\n");
}

TEST(Format, KeepsAtMostOneEmptyLineAndNoneAtTheEdges) {
  EXPECT_EQ(Formatted("rule r {\n\n\n  for s in a\n\n\n  require b\n\n}\n"),
            "rule r {\n  for s in a\n\n  require b\n}\n");
}

TEST(Format, OnlyNeededParenthesesPairsStay) {
  EXPECT_EQ(Formatted("define f() = ((a + b)) * c\n"), "define f() = (a + b) * c\n");
}

TEST(Format, AnEmptyFileStaysEmptyAndCommentsAloneStay) {
  EXPECT_EQ(Formatted(""), "");
  EXPECT_EQ(Formatted("\n\n// only this\n\n"), "// only this\n");
}

TEST(Format, LineEndsBecomeLf) {
  EXPECT_EQ(Formatted("param a: int = 1\r\nparam b: int = 2\r\n"), "param a: int = 1\nparam b: int = 2\n");
}

TEST(AstEqual, SeesWhatMattersAndNothingElse) {
  const Parsed a("define f(x: int) = x + 1 // note");
  const Parsed b("define f(x: int) =\n  (x + 1)");
  const Parsed c("define f(x: int) = x - 1");
  EXPECT_TRUE(ast::AstEqual(*a.file, *b.file));
  EXPECT_FALSE(ast::AstEqual(*a.file, *c.file));
}

TEST(Dump, ShowsTheTreeWithPlaces) {
  const Parsed parsed("rule r {\n  for s in a.b\n  require not s.c\n}\n");
  EXPECT_EQ(ast::Dump(*parsed.file, parsed.sources),
            "file  @1:1-5:1\n"
            "  rule r  @1:1-4:2\n"
            "    for  @2:3-2:15\n"
            "      for s  @2:7-2:15\n"
            "        field .b  @2:12-2:15\n"
            "          name a  @2:12-2:13\n"
            "    require  @3:3-3:18\n"
            "      not  @3:11-3:18\n"
            "        field .c  @3:15-3:18\n"
            "          name s  @3:15-3:16\n");
}

// Every code of the parser has an example that gets it, and the right one beside it gets none.
TEST(Codes, SyntaxExamplesOfTheTableAreTrue) {
  for (const CodeInfo& info : AllCodes()) {
    const bool of_the_parser = info.text.starts_with("E00") || info.text.starts_with("E01");
    if (!of_the_parser || info.wrong.empty()) continue;
    const std::string errors = Parsed{std::string(info.wrong)}.Errors();
    EXPECT_NE(errors.find(info.text), std::string::npos) << info.text << " from\n" << info.wrong << "\ngot\n" << errors;
    EXPECT_EQ(Parsed{std::string(info.right)}.Errors(), "") << info.text;
  }
}

}  // namespace
}  // namespace bylaw::compiler

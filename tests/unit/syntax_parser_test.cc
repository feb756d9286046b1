#include <gtest/gtest.h>

#include "tests/unit/syntax_examples.h"
#include "tests/unit/syntax_testing.h"

namespace bylaw::compiler {
namespace {

TEST(Parser, ReadsEveryExampleOfTheDesign) {
  for (const Example& example : Examples()) {
    const Parsed parsed{std::string(example.text)};
    EXPECT_EQ(parsed.Errors(), "") << example.name;
    EXPECT_FALSE(parsed.file->items.empty()) << example.name;
  }
}

TEST(Parser, SpansAreTheBytesOfWhatTheyName) {
  const Parsed parsed("rule r {\n  for s in aws.subnet\n  require (s.a) == s.b[1] and not f(s)\n}\n");
  ASSERT_EQ(parsed.Errors(), "");
  const auto& rule = parsed.Item<ast::RuleDecl>();
  EXPECT_EQ(parsed.Text(rule.keyword), "rule");
  EXPECT_EQ(parsed.Text(rule.name.span), "r");
  const auto& loop = *rule.Find(ast::ClauseKind::kFor);
  EXPECT_EQ(parsed.Text(loop.span), "for s in aws.subnet");
  EXPECT_EQ(parsed.Text(loop.generators[0].variable.span), "s");
  EXPECT_EQ(parsed.Text(loop.generators[0].collection->span), "aws.subnet");
  const auto& both = ast::As<ast::BinaryExpr>(*rule.Find(ast::ClauseKind::kRequire)->expr);
  EXPECT_EQ(parsed.Text(both.span), "(s.a) == s.b[1] and not f(s)");
  EXPECT_EQ(parsed.Text(both.op_span), "and");
  const auto& equal = ast::As<ast::BinaryExpr>(*both.left);
  EXPECT_EQ(parsed.Text(equal.span), "(s.a) == s.b[1]");
  EXPECT_EQ(parsed.Text(equal.left->span), "s.a") << "without the parentheses";
  EXPECT_TRUE(equal.left->parenthesised);
  EXPECT_EQ(parsed.Text(ast::As<ast::FieldExpr>(*equal.left).field.span), "a");
  EXPECT_EQ(parsed.Text(equal.right->span), "s.b[1]");
  EXPECT_EQ(parsed.Text(ast::As<ast::UnaryExpr>(*both.right).operand->span), "f(s)");
}

TEST(Parser, InterpolatedExpressionsHaveTheirPlaceInTheFile) {
  const Parsed parsed("rule r { message \"a {s.name + \"x\"} b\\n{join(u, \\\", \\\")}\" }");
  ASSERT_EQ(parsed.Errors(), "");
  const auto& text = *parsed.Item<ast::RuleDecl>().clauses[0].strings[0];
  ASSERT_EQ(text.parts.size(), 4u);
  EXPECT_EQ(text.parts[0].text, "a ");
  EXPECT_EQ(parsed.Text(text.parts[1].expr->span), "s.name + \"x\"");
  EXPECT_EQ(parsed.Text(text.parts[1].span), "{s.name + \"x\"}");
  EXPECT_EQ(text.parts[2].text, " b\n");
  const auto& call = ast::As<ast::CallExpr>(*text.parts[3].expr);
  EXPECT_EQ(ast::As<ast::StringExpr>(*call.arguments[1]).PlainText(), ", ");
}

TEST(Parser, OperatorsBindAsTheTableSays) {
  auto shape = [](std::string text) {
    SourceMap sources;
    Diagnostics diagnostics;
    const auto expr = ParseExpression(sources, sources.Add("e", std::move(text)), diagnostics);
    EXPECT_FALSE(diagnostics.has_errors());
    return std::string(ast::Spelling(ast::As<ast::BinaryExpr>(*expr).op));
  };
  EXPECT_EQ(shape("a + b * c"), "+");
  EXPECT_EQ(shape("a * b + c"), "+");
  EXPECT_EQ(shape("a ?? b + c"), "??");
  EXPECT_EQ(shape("(a ?? b) == c"), "==");
  EXPECT_EQ(shape("a == b and c"), "and");
  EXPECT_EQ(shape("not a == b and c"), "and");
  EXPECT_EQ(shape("a in (b ?? c)"), "in");
  EXPECT_EQ(shape("-a.b - c"), "-");
}

TEST(Parser, SubtractionIsFromTheLeft) {
  SourceMap sources;
  Diagnostics diagnostics;
  const auto expr = ParseExpression(sources, sources.Add("e", "a - b - c"), diagnostics);
  EXPECT_EQ(sources.Text(ast::As<ast::BinaryExpr>(*expr).left->span), "a - b");
}

TEST(Parser, LiteralsHaveTheirValues) {
  const Parsed parsed(
      "param a: int = -9223372036854775808\nparam b: duration = -15m\nparam c: time = 2027-03-31T10:00:00+02:00\n"
      "param d: string = \"\\u{20ac}\\{\\t\"\nparam e: version = v1.30.2-rc.1\nparam f: float = 1_0.5\n");
  const auto value = [&](size_t i) -> const ast::Expr& { return *parsed.Item<ast::ParamDecl>(i).default_value; };
  EXPECT_EQ(ast::As<ast::IntExpr>(value(0)).value, INT64_MIN);
  EXPECT_EQ(ast::As<ast::DurationExpr>(value(1)).micros, -15 * 60 * int64_t{1000000});
  EXPECT_EQ(ast::As<ast::TimeExpr>(value(2)).micros, int64_t{1806480000} * 1000000);
  EXPECT_EQ(ast::As<ast::StringExpr>(value(3)).PlainText(), "\xE2\x82\xAC{\t");
  EXPECT_EQ(ast::As<ast::VersionExpr>(value(4)).text, "1.30.2-rc.1");
  EXPECT_EQ(parsed.Errors(), "6:18 E0108 `1_0.5` is not a number\n");
}

TEST(Parser, DocCommentsBelongToWhatFollows) {
  const Parsed parsed(
      "/// Not this one.\n\n/// First line.\n/// Second line.\nrule r { require true }\n"
      "model m {\n  /// The key.\n  key id: string\n  other: int  /// not a doc of the next\n  third: int\n}\n");
  EXPECT_EQ(parsed.file->items[0]->doc.text, "First line.\nSecond line.");
  const auto& model = parsed.Item<ast::ModelDecl>(1);
  EXPECT_EQ(model.fields[0].doc.text, "The key.");
  EXPECT_FALSE(model.fields[2].doc);
}

TEST(Parser, CommentsAreKeptWithTheirPlaces) {
  const Parsed parsed("// one\nparam a: int = 1  // two\n//// three\n/// four\nparam b: int = 2\n");
  ASSERT_EQ(parsed.file->comments.size(), 4u);
  EXPECT_TRUE(parsed.file->comments[0].own_line);
  EXPECT_FALSE(parsed.file->comments[1].own_line);
  EXPECT_EQ(parsed.Text(parsed.file->comments[1].span), "// two");
  EXPECT_FALSE(parsed.file->comments[2].is_doc);
  EXPECT_TRUE(parsed.file->comments[3].is_doc);
}

TEST(Parser, CountTakesGeneratorsOrAList) {
  const Parsed parsed(
      "define a() = count(x in xs, y in ys where x == y)\ndefine b() = count(xs)\ndefine c() = f(x in xs)\n");
  ASSERT_EQ(parsed.Errors(), "");
  const auto& counted = ast::As<ast::AggregateExpr>(*parsed.Item<ast::DefineDecl>(0).body);
  EXPECT_EQ(counted.query.generators.size(), 2u);
  EXPECT_NE(counted.query.where, nullptr);
  EXPECT_EQ(parsed.Item<ast::DefineDecl>(1).body->kind, ast::ExprKind::kCall);
  EXPECT_EQ(ast::As<ast::CallExpr>(*parsed.Item<ast::DefineDecl>(2).body).arguments[0]->kind, ast::ExprKind::kBinary);
}

TEST(Parser, AWhereBelongsToTheQueryBeforeIt) {
  const Parsed parsed(
      "rule r {\n  for s in a\n  require exists x in b\n  where x.c\n  require (exists y in d)\n  where s.e\n}\n");
  ASSERT_EQ(parsed.Errors(), "");
  const auto& rule = parsed.Item<ast::RuleDecl>();
  ASSERT_EQ(rule.clauses.size(), 4u);
  EXPECT_NE(ast::As<ast::QuantifierExpr>(*rule.clauses[1].expr).query.where, nullptr);
  EXPECT_EQ(rule.clauses[3].kind, ast::ClauseKind::kWhere);
}

TEST(Parser, BareKeysAreRecordsOnlyInGivenRows) {
  const Parsed parsed(
      "define f(k: string) = {k: 1}\ntest \"t\" { given { m r { f: [{k: {j: 1}}], g: {\"k\": 1} } } expect true }\n");
  ASSERT_EQ(parsed.Errors(), "");
  EXPECT_EQ(parsed.Item<ast::DefineDecl>(0).body->kind, ast::ExprKind::kMap);
  const auto& row = parsed.Item<ast::TestDecl>(1).steps[0].given->rows[0];
  const auto& list = ast::As<ast::ListExpr>(*row.entries[0].value);
  EXPECT_EQ(ast::As<ast::RecordExpr>(*list.elements[0]).entries[0].value->kind, ast::ExprKind::kRecord);
  EXPECT_EQ(row.entries[1].value->kind, ast::ExprKind::kMap);
}

TEST(Parser, AnOptionalMemberMakesTheUnionOptional) {
  const Parsed parsed("param a: \"x\" | \"y\"? = \"x\"\nparam b: (aws.vpc | aws.subnet)?\n");
  ASSERT_EQ(parsed.Errors(), "");
  for (const size_t i : {size_t{0}, size_t{1}})
    EXPECT_EQ(parsed.Item<ast::ParamDecl>(i).type->kind, ast::TypeKind::kOptional);
  EXPECT_EQ(parsed.Item<ast::ParamDecl>(0).type->arguments[0]->kind, ast::TypeKind::kEnum);
  EXPECT_EQ(parsed.Item<ast::ParamDecl>(1).type->arguments[0]->kind, ast::TypeKind::kUnion);
}

TEST(Parser, AByteOrderMarkAndCrlfDoNoHarm) {
  const Parsed parsed("\xEF\xBB\xBFparam a: int = 1\r\nparam b: int = 2\r\n");
  EXPECT_EQ(parsed.Errors(), "");
  EXPECT_EQ(parsed.Text(parsed.file->items[0]->span), "param a: int = 1");
}

}  // namespace
}  // namespace bylaw::compiler

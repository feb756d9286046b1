// Lowering: that what is alike is one value, and which defines are inlined.
#include "tests/unit/ir_module.h"

namespace bylaw::compiler::ir {
namespace {

TEST(LowerTest, GivesQueriesThatAreAlikeOneValue) {
  TestModule test(
      "rule r { for v in vpc  require count(s in subnet where s.vpc == v) > 1 or count(s in subnet where s.vpc == v) "
      "== 0 }");
  ASSERT_TRUE(test.ok());
  const Value* either = test.clause();
  ASSERT_TRUE(either->Is(Opcode::kOr));
  const Value* left = either->operands[0]->operands[1];
  const Value* right = either->operands[1]->operands[0];
  ASSERT_TRUE(left->Is(Opcode::kQuery));
  EXPECT_EQ(left, right);
}

TEST(LowerTest, KeepsQueriesApartThatNameTheirVariableDifferently) {
  TestModule test(
      "rule r { for v in vpc  require count(s in subnet where s.vpc == v) == count(t in subnet where t.vpc == v) }");
  ASSERT_TRUE(test.ok());
  EXPECT_NE(test.clause()->operands[0], test.clause()->operands[1]);
}

TEST(LowerTest, LetsVanishIntoTheGraph) {
  TestModule test("rule r { for s in subnet  let doubled = s.size * 2  require doubled > 4 and doubled < 9 }");
  ASSERT_TRUE(test.ok());
  const Value* both = test.clause();
  EXPECT_EQ(both->operands[0]->operands[1], both->operands[1]->operands[0]);
}

TEST(LowerTest, InlinesSmallDefinesAndThoseAskedOnceForEachRow) {
  TestModule test(
      "define big(s: subnet): bool = s.size > 8\n"
      "define crowded(s: subnet): bool = exists t in subnet where t.vpc == s.vpc and t.size > s.size\n"
      "rule r { for s in subnet  where big(s)  require crowded(s) }");
  ASSERT_TRUE(test.ok());
  EXPECT_TRUE(test.clause()->Is(Opcode::kQuery));
  EXPECT_TRUE(test.rule().pipeline[0].filters[0]->Is(Opcode::kLtInt));
}

TEST(LowerTest, MemoisesADefineWithAQueryThatIsAskedTwice) {
  TestModule test(
      "define crowded(v: vpc): bool = exists s in subnet where s.vpc == v\n"
      "rule a { for s in subnet  require crowded(s.vpc) }\n"
      "rule b { for v in vpc  require crowded(v) }");
  ASSERT_TRUE(test.ok());
  ASSERT_TRUE(test.clause()->Is(Opcode::kCall));
  EXPECT_TRUE(test.clause()->function->memoize);
  EXPECT_EQ(test.clause()->function, test.module.rules[1].clauses[0]->function);
}

TEST(LowerTest, MakesEqualDefinesOneFunction) {
  TestModule test(
      "define first_way(v: vpc): bool = exists s in subnet where s.vpc == v\n"
      "define other_way(w: vpc): bool = exists s in subnet where s.vpc == w\n"
      "rule a { for s in subnet  require first_way(s.vpc) and other_way(s.vpc) }");
  ASSERT_TRUE(test.ok());
  EXPECT_EQ(test.clause()->operands[0], test.clause()->operands[1]);
}

TEST(LowerTest, KeepsEveryDefineAFunctionWithoutInlining) {
  TestModule test("define big(s: subnet): bool = s.size > 8\nrule r { for s in subnet  require big(s) }", false);
  ASSERT_TRUE(test.ok());
  ASSERT_TRUE(test.clause()->Is(Opcode::kCall));
  EXPECT_FALSE(test.clause()->function->memoize);
}

TEST(LowerTest, FreeVariablesOfAQueryAreThoseItDoesNotBind) {
  TestModule test(
      "rule r { for v in vpc  require exists s in subnet, t in subnet where s.vpc == v and t.zone == s.zone }");
  ASSERT_TRUE(test.ok());
  EXPECT_EQ(test.clause()->free, test.rule().variables);
}

}  // namespace
}  // namespace bylaw::compiler::ir

// The passes: what each makes of a small rule.
#include "tests/unit/ir_module.h"

namespace bylaw::compiler::ir {
namespace {

const Query& QueryOf(const Value* value) {
  if (value->Is(Opcode::kNot)) value = value->operands[0];
  return *value->query;
}

TEST(FoldTest, ComputesWhatIsConstant) {
  TestModule test("rule r { for s in subnet  require s.size > 2 * 3 + 1 and (true or s.public) }");
  ASSERT_TRUE(test.ok());
  ConstantFolder(test.module).RewriteModule();
  EXPECT_EQ(Print(test.module, test.clause()), "lt_int(7, subnet#0.size)");
}

TEST(FoldTest, LeavesWhatFailsToTheMachine) {
  TestModule test("rule r { for s in subnet  require s.size > 1 / 0 }");
  ASSERT_TRUE(test.ok());
  ConstantFolder(test.module).RewriteModule();
  EXPECT_EQ(Print(test.module, test.clause()), "lt_int(div_int(1, 0), subnet#0.size)");
}

TEST(PushDownTest, TestsAConjunctAtTheFirstGeneratorThatBindsIt) {
  TestModule test("rule r { for v in vpc, s in subnet  where s.vpc == v and v.main and s.public  require s.size > 0 }");
  ASSERT_TRUE(test.ok());
  EXPECT_TRUE(test.rule().pipeline[0].filters.empty());
  FilterPusher(test.module).RewriteModule();
  ASSERT_EQ(test.rule().pipeline[0].filters.size(), 1u);
  EXPECT_EQ(Print(test.module, test.rule().pipeline[0].filters[0]), "vpc#0.main");
  EXPECT_EQ(test.rule().pipeline[1].filters.size(), 2u);
}

TEST(PushDownTest, AsksBesideAnExistsWhatDoesNotConcernIt) {
  TestModule test("rule r { for v in vpc  require exists s in subnet where v.main and s.vpc == v }");
  ASSERT_TRUE(test.ok());
  FilterPusher(test.module).RewriteModule();
  ASSERT_TRUE(test.clause()->Is(Opcode::kAnd));
  EXPECT_EQ(Print(test.module, test.clause()->operands[0]), "vpc#0.main");
  EXPECT_EQ(QueryOf(test.clause()->operands[1]).pipeline[0].filters.size(), 1u);
}

TEST(AccessPathTest, MakesAnEqualityALookupByTheBestColumn) {
  TestModule test(
      "rule r { for s in subnet  require exists t in subnet where t.zone == s.zone and t.vpc == s.vpc and t.public }");
  ASSERT_TRUE(test.ok());
  FilterPusher(test.module).RewriteModule();
  AccessPathChooser(test.module).RewriteModule();
  const Generator& generator = QueryOf(test.clause()).pipeline[0];
  EXPECT_EQ(generator.kind, GeneratorKind::kLookup);
  EXPECT_EQ(generator.column->name, "vpc");
  EXPECT_EQ(generator.filters.size(), 2u);
}

TEST(AccessPathTest, NeverLooksUpTheFirstVariableOfARule) {
  TestModule test("rule r { for s in subnet  where s.id == \"a\"  require s.public }");
  ASSERT_TRUE(test.ok());
  AccessPathChooser(test.module).RewriteModule();
  EXPECT_EQ(test.rule().pipeline[0].kind, GeneratorKind::kScan);
}

TEST(JoinOrderTest, StartsWithWhatTheRowNarrows) {
  TestModule test(
      "rule r { for v in vpc  require exists p in permission, s in subnet where s.vpc == v and p.port == s.size }");
  ASSERT_TRUE(test.ok());
  JoinOrderer(test.module).RewriteModule();
  EXPECT_EQ(QueryOf(test.clause()).pipeline[0].name, "s");
}

TEST(JoinOrderTest, KeepsTheOrderOfLists) {
  TestModule test(
      "rule r { for v in vpc  require [p.port for p in permission, s in subnet where s.vpc == v and p.port == "
      "s.size] == [] }");
  ASSERT_TRUE(test.ok());
  JoinOrderer(test.module).RewriteModule();
  std::string text = Print(test.module, test.clause());
  EXPECT_LT(text.find("scan p"), text.find("scan s"));
}

TEST(LazyTest, PutsTheDearOperandBehindTheCheapOne) {
  TestModule test("rule r { for v in vpc  require (exists s in subnet where s.vpc == v) or v.main }");
  ASSERT_TRUE(test.ok());
  LazyRewriter(test.module).RewriteModule();
  const Value* either = test.clause();
  ASSERT_TRUE(either->Is(Opcode::kOr));
  EXPECT_EQ(Print(test.module, either->operands[0]), "vpc#0.main");
  ASSERT_TRUE(either->operands[1]->Is(Opcode::kLazy));
  EXPECT_TRUE(either->operands[1]->operands[0]->Is(Opcode::kNot));
}

TEST(RelationsTest, TakesARecursiveDefineApart) {
  TestModule test(
      "define reaches(a: group, b: group): bool =\n"
      "  (exists p in b.ingress where p.source == a) or (exists m in group where reaches(a, m) and reaches(m, b))\n"
      "rule r { for a in group, b in group  forbid reaches(a, b) }");
  ASSERT_TRUE(test.ok());
  Optimise(test.module);
  ASSERT_EQ(test.module.relations.size(), 1u);
  const Relation& relation = test.module.relations[0];
  ASSERT_EQ(relation.disjuncts.size(), 2u);
  const auto& base = relation.disjuncts[0];
  ASSERT_EQ(base.pipeline.size(), 2u) << Print(test.module);
  EXPECT_EQ(base.pipeline[1].kind, GeneratorKind::kLookup);
  EXPECT_TRUE(base.tuple[0]->Is(Opcode::kLoad));
  const auto& step = relation.disjuncts[1];
  ASSERT_EQ(step.pipeline.size(), 2u) << Print(test.module);
  EXPECT_EQ(step.pipeline[0].kind, GeneratorKind::kRelation);
  EXPECT_EQ(step.pipeline[1].kind, GeneratorKind::kRelation);
  EXPECT_NE(step.pipeline[1].relation_keys[0], nullptr);
}

TEST(RelationsTest, KeepsTheWholeBodyWithoutOptimisation) {
  TestModule test(
      "define same(a: group, b: group): bool = a == b or (exists m in group where same(a, m) and same(m, b))\nrule r { "
      "for a in group  require same(a, a) }");
  ASSERT_TRUE(test.ok());
  GiveRelationsTheirBodies(test.module);
  ASSERT_EQ(test.module.relations[0].disjuncts.size(), 1u);
  EXPECT_EQ(test.module.relations[0].disjuncts[0].pipeline.size(), 2u);
  EXPECT_FALSE(test.module.relations[0].disjuncts[0].pipeline[0].covers);
}

TEST(ShareTest, MakesAQueryOfTwoRulesOneMemoisedFunction) {
  TestModule test(
      "rule a { for v in vpc  require exists s in subnet, p in permission where s.vpc == v and p.port == s.size }\n"
      "rule b { for w in vpc  where w.main  require exists s in subnet, p in permission where s.vpc == w and p.port == "
      "s.size }");
  ASSERT_TRUE(test.ok());
  ShareAcrossRules(test.module);
  ASSERT_TRUE(test.clause()->Is(Opcode::kCall));
  EXPECT_TRUE(test.clause()->function->memoize);
  EXPECT_EQ(test.clause()->function, test.module.rules[1].clauses[0]->function);
}

TEST(ShareTest, LeavesAQueryWhoseVariableTheMessageNames) {
  TestModule test(
      "rule a { for v in vpc  forbid exists s in subnet, p in permission where s.vpc == v and p.port == s.size  "
      "message \"{v} has {s}\" }\n"
      "rule b { for w in vpc  forbid exists s in subnet, p in permission where s.vpc == w and p.port == s.size }");
  ASSERT_TRUE(test.ok());
  ShareAcrossRules(test.module);
  EXPECT_TRUE(test.clause()->Is(Opcode::kNot));
  EXPECT_TRUE(test.clause()->operands[0]->Is(Opcode::kQuery));
}

TEST(DemandTest, CollectsTheColumnsThatAreRead) {
  TestModule test("rule r { for s in subnet  require s.public and (exists p in permission where p.port == s.size) }");
  ASSERT_TRUE(test.ok());
  Optimise(test.module);
  DemandTables(test.module, *test.lowering, {});
  ASSERT_EQ(test.module.tables.size(), 2u);
  EXPECT_EQ(test.module.tables[0].model->name, "permission");
  ASSERT_EQ(test.module.tables[1].columns.size(), 3u);
  EXPECT_EQ(test.module.tables[1].columns[0]->name, "id");
}

}  // namespace
}  // namespace bylaw::compiler::ir

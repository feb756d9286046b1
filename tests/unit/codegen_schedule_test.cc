// Scheduling: in which frame a value is computed.
#include <algorithm>

#include "compiler/codegen/codegen.h"
#include "compiler/codegen/schedule.h"
#include "runtime/bytecode/codec.h"
#include "runtime/bytecode/verifier.h"
#include "tests/unit/ir_module.h"

namespace bylaw::compiler {
namespace {

using ir::TestModule;

bool Computes(const Frame& frame, Opcode op) {
  return std::any_of(frame.code.begin(), frame.code.end(),
                     [&](const ScheduledInstruction& instruction) { return instruction.value->Is(op); });
}

const ScheduledInstruction& Find(const Frame& frame, Opcode op) {
  return *std::find_if(frame.code.begin(), frame.code.end(),
                       [&](const ScheduledInstruction& instruction) { return instruction.value->Is(op); });
}

ScheduledPipeline ScheduleFirstRule(TestModule& test) {
  Scheduler scheduler(test.module);
  const ir::Rule& rule = test.rule();
  ScheduledPipeline pipeline = scheduler.SchedulePipeline(rule.pipeline, rule.clauses, true);
  for (const ir::Value* clause : rule.clauses) scheduler.Use(*pipeline.last(), clause);
  return pipeline;
}

TEST(ScheduleTest, ComputesInTheOuterFrameWhatTheInnerRowsShare) {
  TestModule test(
      "rule r { for v in vpc  require exists s in subnet where s.vpc == v and s.size > count(t in subnet where t.vpc "
      "== v) }");
  ASSERT_TRUE(test.ok());
  const ScheduledPipeline pipeline = ScheduleFirstRule(test);
  const Frame& frame = *pipeline.last();
  EXPECT_EQ(std::count_if(frame.code.begin(), frame.code.end(),
                          [](const auto& instruction) { return instruction.value->Is(Opcode::kQuery); }),
            2);
}

TEST(ScheduleTest, ComputesOnceForTheRunWhatDependsOnNoRow) {
  TestModule test("rule r { for v in vpc  require exists s in subnet where s.public }");
  ASSERT_TRUE(test.ok());
  const ScheduledPipeline pipeline = ScheduleFirstRule(test);
  EXPECT_TRUE(Computes(*pipeline.root, Opcode::kQuery));
}

TEST(ScheduleTest, ComputesClausesBehindTheFilter) {
  TestModule test("rule r { for s in subnet  where s.public  require s.size > 4 }");
  ASSERT_TRUE(test.ok());
  const ScheduledPipeline pipeline = ScheduleFirstRule(test);
  ASSERT_EQ(pipeline.stages.size(), 2u);
  EXPECT_FALSE(Computes(*pipeline.stages[0].frame, Opcode::kLtInt));
  EXPECT_TRUE(Computes(*pipeline.stages[1].frame, Opcode::kLtInt));
}

TEST(ScheduleTest, KeepsWhatIsLazyInItsBlock) {
  TestModule test("rule r { for v in vpc  require v.main or (exists s in subnet where s.vpc == v) }");
  ASSERT_TRUE(test.ok());
  ir::Optimise(test.module);
  const ScheduledPipeline pipeline = ScheduleFirstRule(test);
  const Frame& frame = *pipeline.last();
  EXPECT_FALSE(Computes(frame, Opcode::kQuery));
  ASSERT_TRUE(Computes(frame, Opcode::kLazy));
  EXPECT_TRUE(Computes(*Find(frame, Opcode::kLazy).lazy, Opcode::kQuery));
}

TEST(ScheduleTest, DoesNotPutOffWhatIsNeededAnyway) {
  TestModule test(
      "rule r { for v in vpc  require v.main or (exists s in subnet where s.vpc == v)  require exists s in subnet "
      "where s.vpc == v }");
  ASSERT_TRUE(test.ok());
  ir::Optimise(test.module);
  const ScheduledPipeline pipeline = ScheduleFirstRule(test);
  EXPECT_FALSE(Computes(*pipeline.last(), Opcode::kLazy));
}

Result<Program> GenerateFrom(TestModule& test, bool optimise) {
  if (optimise) ir::Optimise(test.module);
  ir::GiveRelationsTheirBodies(test.module);
  ir::DemandTables(test.module, *test.lowering, {.all = false, .optimise = optimise});
  return Generate(test.module, test.sources);
}

// Policies that between them have every kind of query, generator and conversion of control.
constexpr const char* kPolicies[] = {
    "rule r { for s in subnet  require s.size + 1 > 2 and (s.zone ?? \"a\") in {\"a\", \"b\"} }",
    "rule r { for v in vpc  let zones = group s in v.subnets by s.zone ?? \"\"  require count(zones) > 1  message "
    "\"{v} has {count(zones)}\" }",
    "rule r { for v in vpc  let one_of = one s for s in v.subnets where s.public  require one_of is absent or "
    "one_of.size > 3 }",
    "rule r { for v in vpc  let least = first s in v.subnets by s.size where s.public  forbid least is present  "
    "message \"{v} {least}\" }",
    "rule r { for v in vpc  require sum(s.size for s in v.subnets) < 9 and (max(s.size for s in v.subnets) ?? 0) < 5 }",
    "rule r { for v in vpc, s in v.subnets  forbid exists t in v.subnets where t.zone == s.zone and not (t == s)  "
    "message \"{s} {t}\" }",
    "rule r { for v in vpc  require every s in v.subnets satisfies s.public or s.size == 0 }",
    "rule r { require exists v in vpc where v.main  message \"none\" }",
    "define reaches(a: group, b: group): bool = (exists p in b.ingress where p.source == a) or (exists m in group "
    "where reaches(a, m) and reaches(m, b))\n"
    "rule r { for a in group  forbid exists b in group where reaches(a, b) and b.name == \"db\"  message \"{a} to "
    "{b}\" }",
    "define pick(v: vpc): subnet = (one s for s in v.subnets where s.public) ?? unknown \"no public subnet in {v}\"\n"
    "rule r { for v in vpc  require pick(v).size > 0 }\nrule q { for s in subnet  require pick(s.vpc) == s }",
    "param sizes: set<int> = {1, 2}\nparam least: int = 3\nrule r { for s in subnet, n in sizes  require s.size > n or "
    "s.size > least }",
    "rule r { for s in subnet  let label = if s.public then \"public\" else \"private\"  require label like \"p*\" and "
    "label matches \"^p\" }",
};

TEST(GenerateTest, EveryProgramVerifiesAndSurvivesEncoding) {
  for (const char* policy : kPolicies) {
    for (bool optimise : {true, false}) {
      TestModule test(policy, optimise);
      ASSERT_TRUE(test.ok()) << policy;
      const Result<Program> program = GenerateFrom(test, optimise);
      ASSERT_TRUE(program.ok()) << policy;
      const Status status = Verify(*program);
      EXPECT_TRUE(status.ok()) << policy << "\n"
                               << (status.ok() ? "" : status.error().message) << "\n"
                               << ir::Print(test.module);
      const Result<Program> decoded = Decode(Encode(*program), "test");
      ASSERT_TRUE(decoded.ok()) << policy;
      EXPECT_EQ(*decoded, *program) << policy;
    }
  }
}

TEST(GenerateTest, NamesTheWitnessesOfTexts) {
  TestModule test(
      "rule r { for v in vpc  forbid exists s in subnet where s.vpc == v and s.public  message \"{v} has {s}\" }");
  ASSERT_TRUE(test.ok());
  const Result<Program> program = GenerateFrom(test, true);
  ASSERT_TRUE(program.ok());
  const TextTemplate& message = program->rules[0].message;
  ASSERT_EQ(message.witnesses.size(), 1u);
  EXPECT_EQ(program->bindings[message.witnesses[0]].name, "s");
  EXPECT_EQ(program->queries.back().stages[0].binding, message.witnesses[0]);
}

TEST(GenerateTest, SaysWhereInstructionsComeFrom) {
  TestModule test("rule r { for s in subnet  require s.size > 4 }");
  ASSERT_TRUE(test.ok());
  const Result<Program> program = GenerateFrom(test, true);
  ASSERT_TRUE(program.ok());
  ASSERT_EQ(program->source_files, std::vector<std::string>{"test.bylaw"});
  for (const Instruction& instruction : program->rules[0].stages.back().block.code)
    EXPECT_LT(instruction.span, program->spans.size());
}

}  // namespace
}  // namespace bylaw::compiler

// Rules to verdicts: counts, unknown, waivers, messages with witnesses; the same for any number of threads and any batch size.
#include <gtest/gtest.h>

#include "runtime/bytecode/verifier.h"
#include "runtime/verdict/evaluate.h"
#include "tests/unit/vm_testing.h"

namespace bylaw::testing {
namespace {

/// rule: for s in aws.subnet where s.tag is present require s.port == 443   message "{s} has {s.port}"
struct PortRule {
  Estate estate;

  PortRule() {
    Program& p = estate.program;
    Rule rule;
    rule.name = "https_only";
    rule.package = "org";
    rule.id = "T-1";
    rule.severity = Severity::kHigh;
    Stage scan;
    scan.kind = GeneratorKind::kScan;
    scan.table = 1;
    scan.binding = 0;
    Code code(p);
    Register s = code.Input(estate.t_subnet);
    Register tag = code.Emit(Opcode::kLoad, estate.t_opt_string, s, kNoRegister, Estate::kSubnetTag);
    scan.filter = code.Emit(Opcode::kIsPresent, estate.t_bool, tag);
    Register port = code.Emit(Opcode::kLoad, estate.t_opt_int, s, kNoRegister, Estate::kSubnetPort);
    Register https = code.Emit(Opcode::kConst, estate.t_int, kNoRegister, kNoRegister, estate.Int(443));
    Register condition = code.Emit(Opcode::kEqCell, estate.t_bool, port, https);
    scan.block = std::move(code.block);
    rule.stages = {scan};
    rule.variables = {s};
    rule.clauses = {{.forbid = false, .condition = condition}};
    Code text(p);
    Register s2 = text.Input(estate.t_subnet), port2 = text.Input(estate.t_opt_int);
    Register a = text.Emit(Opcode::kToText, estate.t_string, s2);
    Register b = text.Emit(Opcode::kConst, estate.t_string, kNoRegister, kNoRegister, estate.Text(" has "));
    Register c = text.Emit(Opcode::kToText, estate.t_string, port2);
    Register whole = text.List(Opcode::kConcat, estate.t_string, {a, b, c});
    rule.message = {.function = estate.AddFunction(std::move(text), whole), .arguments = {s, port}};
    p.rules.push_back(rule);
  }
};

std::string Summary(const Verdicts& verdicts) {
  std::string text;
  for (const RuleResult& r : verdicts.rules) {
    text += fmt::format("{}/{}/{}/{}/{} ", r.tuples.fail, r.tuples.unknown, r.tuples.pass, r.tuples.waived,
                        r.tuples.not_applicable);
  }
  for (const Finding& f : verdicts.findings) {
    text += fmt::format("[{} {} {} {} {}c]", VerdictName(f.verdict), f.tuple.empty() ? "" : f.tuple[0].text, f.message,
                        f.fingerprint.substr(0, 4), f.causes.size());
  }
  return text;
}

TEST(VerdictTest, CountsAndFindings) {
  PortRule r;
  auto snapshot = Rows(r.estate.program)
                      .Vpc("v1")
                      .Subnet("good", "v1", 443, "x")
                      .Subnet("bad", "v1", 80, "x")
                      .Subnet("later", "v1", std::nullopt, "x")
                      .Subnet("other", "v1", 80)
                      .Finish();
  Evaluation evaluation(r.estate.program, *snapshot);
  Result<Verdicts> verdicts = EvaluateRules(evaluation);
  ASSERT_TRUE(verdicts.ok());
  ASSERT_EQ(verdicts->rules.size(), 1u);
  const RuleResult& rule = verdicts->rules[0];
  EXPECT_EQ(rule.tuples.fail, 1u);
  EXPECT_EQ(rule.tuples.unknown, 1u);
  EXPECT_EQ(rule.tuples.pass, 1u);
  EXPECT_EQ(rule.tuples.not_applicable, 1u);
  EXPECT_FALSE(rule.matched_nothing);
  ASSERT_EQ(verdicts->findings.size(), 2u);
  const Finding& fail = verdicts->findings[0];
  EXPECT_EQ(fail.verdict, Verdict::kFail);
  EXPECT_EQ(fail.message, "bad has 80");
  EXPECT_EQ(fail.resource()->address, "bad");
  EXPECT_EQ(fail.fingerprint.size(), 32u);
  EXPECT_TRUE(fail.causes.empty());
  const Finding& unknown = verdicts->findings[1];
  EXPECT_EQ(unknown.verdict, Verdict::kUnknown);
  EXPECT_EQ(unknown.message, "later has (unknown)");
  ASSERT_EQ(unknown.causes.size(), 1u);
  EXPECT_EQ(unknown.causes[0].address, "later");
  EXPECT_EQ(unknown.causes[0].field, "port");
}

TEST(VerdictTest, JudgementsAreTheVerdictsWithoutExplanations) {
  PortRule r;
  auto snapshot = Rows(r.estate.program)
                      .Vpc("v1")
                      .Subnet("good", "v1", 443, "x")
                      .Subnet("bad", "v1", 80, "x")
                      .Subnet("later", "v1", std::nullopt, "x")
                      .Subnet("other", "v1", 80)
                      .Finish();
  Evaluation evaluation(r.estate.program, *snapshot);
  std::vector<std::pair<Row, Verdict>> taken;
  Result<Verdicts> verdicts =
      EvaluateRules(evaluation, {.num_threads = 2, .take = [&](Judgement&& judgement) {
                                   ASSERT_EQ(judgement.tuple.size(), 1u);
                                   EXPECT_EQ(judgement.tuple[0].table, 1u);
                                   taken.emplace_back(judgement.tuple[0].row, judgement.verdict);
                                 }});
  ASSERT_TRUE(verdicts.ok());
  std::sort(taken.begin(), taken.end());
  EXPECT_EQ(taken,
            (std::vector<std::pair<Row, Verdict>>{{0, Verdict::kPass}, {1, Verdict::kFail}, {2, Verdict::kUnknown}}));
  EXPECT_TRUE(verdicts->findings.empty());
  EXPECT_EQ(verdicts->rules[0].tuples.fail, 1u);
}

TEST(VerdictTest, TheReportDoesNotDependOnThreadsOrBatches) {
  PortRule r;
  Rows rows(r.estate.program);
  rows.Vpc("v1");
  for (int i = 0; i < 20000; ++i) {
    rows.Subnet("s" + std::to_string(i), "v1",
                i % 1000 == 7  ? std::optional<int64_t>(80)
                : i % 900 == 3 ? std::nullopt
                               : std::optional<int64_t>(443),
                i % 3 == 0 ? "" : "x");
  }
  auto snapshot = rows.Finish();
  std::string expected;
  for (uint32_t batch_size : {3u, 2048u}) {
    for (uint32_t num_threads : {1u, 2u, 5u}) {
      Evaluation evaluation(r.estate.program, *snapshot, {.batch_size = batch_size});
      Result<Verdicts> verdicts = EvaluateRules(evaluation, {.num_threads = num_threads});
      ASSERT_TRUE(verdicts.ok());
      std::string summary = Summary(*verdicts);
      if (expected.empty()) expected = summary;
      EXPECT_EQ(summary, expected) << batch_size << " " << num_threads;
    }
  }
}

/// rule: for s in aws.subnet require s.vpc.id != "w", where s.vpc may be any of `num_candidates` rows.
RuleResult JudgeWithCandidates(size_t num_candidates, bool one_is_w) {
  Estate estate;
  Program& p = estate.program;
  Stage scan;
  scan.kind = GeneratorKind::kScan;
  scan.table = 1;
  Code code(p);
  Register s = code.Input(estate.t_subnet);
  Register vpc = code.Emit(Opcode::kLoad, estate.t_opt_vpc, s, kNoRegister, Estate::kSubnetVpc);
  Register id = code.Emit(Opcode::kLoad, estate.t_opt_string, vpc, kNoRegister, Estate::kVpcId);
  Register w = code.Emit(Opcode::kConst, estate.t_string, kNoRegister, kNoRegister, estate.Text("w"));
  Register condition = code.Emit(Opcode::kNot, estate.t_bool, code.Emit(Opcode::kEqCell, estate.t_bool, id, w));
  scan.block = std::move(code.block);
  Rule rule;
  rule.id = "T-1";
  rule.stages = {scan};
  rule.variables = {s};
  rule.clauses = {{.forbid = false, .condition = condition}};
  p.rules.push_back(rule);

  Rows rows(p);
  for (size_t i = 0; i < num_candidates; ++i) {
    rows.Vpc(one_is_w && i == 0 ? "w" : "v" + std::to_string(i));
    SnapshotBuilder& builder = rows.builder();
    builder.AddAlias(builder.partial().table(0).records[i], builder.strings().Intern("any"));
  }
  auto snapshot = rows.Subnet("s", "any").Finish();
  Evaluation evaluation(p, *snapshot);
  const Result<Verdicts> verdicts = EvaluateRules(evaluation);
  EXPECT_TRUE(verdicts.ok());
  return verdicts->rules.at(0);
}

TEST(VerdictTest, CandidatesThatAgreeDecideUpToSixteenCombinations) {
  EXPECT_EQ(JudgeWithCandidates(2, false).tuples.pass, 1u);
  EXPECT_EQ(JudgeWithCandidates(16, false).tuples.pass, 1u);
  EXPECT_EQ(JudgeWithCandidates(17, false).tuples.unknown, 1u);
  EXPECT_EQ(JudgeWithCandidates(2, true).tuples.unknown, 1u);
}

TEST(VerdictTest, AllVerdictsOnRequest) {
  PortRule r;
  auto snapshot = Rows(r.estate.program)
                      .Vpc("v1")
                      .Subnet("other", "v1", 80)
                      .Subnet("good", "v1", 443, "x")
                      .Subnet("bad", "v1", 80, "x")
                      .Finish();
  Evaluation evaluation(r.estate.program, *snapshot);
  Result<Verdicts> verdicts = EvaluateRules(evaluation, {.all = true});
  ASSERT_TRUE(verdicts.ok());
  ASSERT_EQ(verdicts->findings.size(), 3u);
  EXPECT_EQ(verdicts->findings[0].verdict, Verdict::kNotApplicable);
  EXPECT_EQ(verdicts->findings[0].tuple[0].text, "other");
  EXPECT_EQ(verdicts->findings[1].verdict, Verdict::kPass);
  EXPECT_EQ(verdicts->findings[2].verdict, Verdict::kFail);
}

TEST(VerdictTest, Waivers) {
  PortRule r;
  int64_t now = 1'000'000;
  r.estate.program.waivers = {
      {.rule = "T-1",
       .address_glob = "legacy*",
       .function = kNone,
       .table = kNone,
       .until = now + 1,
       .because = "",
       .by = ""},
      {.rule = "org.https_only",
       .address_glob = "old",
       .function = kNone,
       .table = kNone,
       .until = now - 1,
       .because = "",
       .by = ""},
      {.rule = "T-1",
       .address_glob = "nothing*",
       .function = kNone,
       .table = kNone,
       .until = {},
       .because = "",
       .by = ""},
      {.rule = "T-9", .address_glob = "*", .function = kNone, .table = kNone, .until = {}, .because = "", .by = ""}};
  auto snapshot = Rows(r.estate.program)
                      .Vpc("v1")
                      .Subnet("legacy1", "v1", 80, "x")
                      .Subnet("old", "v1", 80, "x")
                      .Subnet("bad", "v1", 80, "x")
                      .Finish();
  Evaluation evaluation(r.estate.program, *snapshot, {.now = now});
  Result<Verdicts> verdicts = EvaluateRules(evaluation);
  ASSERT_TRUE(verdicts.ok());
  EXPECT_EQ(verdicts->rules[0].tuples.waived, 1u);
  EXPECT_EQ(verdicts->rules[0].tuples.fail, 2u);
  ASSERT_EQ(verdicts->findings.size(), 3u);
  EXPECT_EQ(verdicts->findings[0].verdict, Verdict::kWaived);
  EXPECT_EQ(verdicts->findings[0].waiver, 0u);
  EXPECT_EQ(verdicts->findings[1].verdict, Verdict::kFail);
  EXPECT_EQ(verdicts->findings[1].waiver, 1u);
  EXPECT_EQ(verdicts->findings[2].waiver, kNone);
  ASSERT_EQ(verdicts->waivers.size(), 3u);
  EXPECT_EQ(verdicts->waivers[0].problem, WaiverProblem::kExpired);
  EXPECT_EQ(verdicts->waivers[0].num_matches, 1u);
  EXPECT_EQ(verdicts->waivers[1].problem, WaiverProblem::kMatchedNothing);
  EXPECT_EQ(verdicts->waivers[2].problem, WaiverProblem::kNoSuchRule);
}

/// rule: for v in aws.vpc forbid exists s in aws.subnet where s.vpc == v   message "{s}"
TEST(VerdictTest, AMessageMayNameAWitness) {
  Estate estate;
  Program& p = estate.program;
  Query query{.kind = QueryKind::kExists, .stages = {}, .type = estate.t_bool};
  Stage lookup;
  lookup.kind = GeneratorKind::kLookup;
  lookup.table = 1;
  lookup.column = Estate::kSubnetVpc;
  lookup.key = 0;
  lookup.binding = 0;
  Code inner(p);
  inner.Input(estate.t_subnet);
  lookup.block = std::move(inner.block);
  query.stages = {lookup};
  query.open_keys = {0};
  uint32_t exists = estate.AddQuery(query);
  Rule rule;
  rule.name = "empty";
  rule.package = "org";
  rule.id = "T-2";
  Stage scan;
  scan.kind = GeneratorKind::kScan;
  scan.table = 0;
  scan.binding = 1;
  Code code(p);
  Register v = code.Input(estate.t_vpc);
  Register found = code.Emit(Opcode::kQuery, estate.t_bool, kNoRegister, kNoRegister, exists);
  Register none = code.Emit(Opcode::kNot, estate.t_bool, found);
  scan.block = std::move(code.block);
  rule.stages = {scan};
  rule.variables = {v};
  rule.clauses = {{.forbid = true, .condition = none}};
  Code text(p);
  Register s = text.Input(estate.Type({.kind = TypeKind::kRef, .optional = true, .tables = {1}}));
  Register shown = text.Emit(Opcode::kToText, estate.t_string, s);
  rule.message = {.function = estate.AddFunction(std::move(text), shown), .arguments = {}, .witnesses = {0}};
  p.rules.push_back(rule);
  auto snapshot = Rows(p).Vpc("v1").Vpc("v2").Subnet("a", "v2").Subnet("b", "v2").Finish();
  Evaluation evaluation(p, *snapshot);
  Result<Verdicts> verdicts = EvaluateRules(evaluation);
  ASSERT_TRUE(verdicts.ok());
  ASSERT_EQ(verdicts->findings.size(), 1u);
  EXPECT_EQ(verdicts->findings[0].message, "a");
  ASSERT_EQ(verdicts->findings[0].witnesses.size(), 1u);
  EXPECT_EQ(verdicts->findings[0].witnesses[0].name, "s");
  EXPECT_EQ(verdicts->findings[0].witnesses[0].resource.address, "a");
  EXPECT_EQ(verdicts->rules[0].tuples.pass, 1u);
}

/// A bundle that was tampered with: the message takes a map by text for a witness that is a map by number.
TEST(VerdictTest, AWitnessOfAnotherTypeThanItsMessageExpectsIsLeftOut) {
  Estate estate;
  Program& p = estate.program;
  const TypeId numbered = estate.Type({.kind = TypeKind::kMap, .element = estate.t_string, .key = estate.t_int});
  const TypeId named = estate.Type({.kind = TypeKind::kMap, .element = estate.t_string, .key = estate.t_string});
  const TypeId list = estate.Type({.kind = TypeKind::kList, .element = numbered});
  const uint32_t map = estate.Constant({.type = numbered, .elements = {estate.Int(3'000'000'000), estate.Text("x")}});
  const uint32_t maps = estate.Constant({.type = list, .elements = {map}});
  Stage elements;
  elements.kind = GeneratorKind::kElements;
  elements.key = 1;
  elements.binding = 2;
  Code inner(p);
  inner.Input(numbered);
  elements.block = std::move(inner.block);
  const uint32_t exists = estate.AddQuery({.kind = QueryKind::kExists, .stages = {elements}, .type = estate.t_bool});
  Rule rule;
  rule.name = "numbered";
  rule.package = "org";
  rule.id = "T-3";
  Stage scan;
  scan.kind = GeneratorKind::kScan;
  scan.table = 0;
  Code code(p);
  const Register v = code.Input(estate.t_vpc);
  code.Emit(Opcode::kConst, list, kNoRegister, kNoRegister, maps);
  const Register found = code.Emit(Opcode::kQuery, estate.t_bool, kNoRegister, kNoRegister, exists);
  const Register none = code.Emit(Opcode::kNot, estate.t_bool, found);
  scan.block = std::move(code.block);
  rule.stages = {scan};
  rule.variables = {v};
  rule.clauses = {{.forbid = true, .condition = none}};
  Code text(p);
  const Register m = text.Input(named);
  const Register shown = text.Emit(Opcode::kToText, estate.t_string, m);
  rule.message = {.function = estate.AddFunction(std::move(text), shown), .arguments = {}, .witnesses = {2}};
  p.rules.push_back(rule);
  ASSERT_TRUE(Verify(p).ok()) << "the verifier does not know which witness a message gets";
  auto snapshot = Rows(p).Vpc("v1").Finish();
  Evaluation evaluation(p, *snapshot);
  Result<Verdicts> verdicts = EvaluateRules(evaluation);
  ASSERT_TRUE(verdicts.ok());
  ASSERT_EQ(verdicts->findings.size(), 1u);
  ASSERT_EQ(verdicts->findings[0].witnesses.size(), 1u);
  EXPECT_EQ(verdicts->findings[0].message, "(absent)");
}

TEST(VerdictTest, ARuleWithoutRowsMatchedNothing) {
  PortRule r;
  auto snapshot = Rows(r.estate.program).Vpc("v1").Subnet("other", "v1", 80).Finish();
  Evaluation evaluation(r.estate.program, *snapshot);
  Result<Verdicts> verdicts = EvaluateRules(evaluation);
  ASSERT_TRUE(verdicts.ok());
  EXPECT_TRUE(verdicts->rules[0].matched_nothing);
  EXPECT_EQ(verdicts->rules[0].tuples.not_applicable, 1u);
}

}  // namespace
}  // namespace bylaw::testing

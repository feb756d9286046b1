// What the checker makes of expressions: conversions made explicit, sugar gone, keys of queries found.

#include <gtest/gtest.h>

#include "tests/unit/check_testing.h"

namespace bylaw::compiler {
namespace {

using testing::CheckTexts;
using testing::Print;

constexpr const char* kModels = R"(
model vpc { key id: string  name: string?  size: int = 0  subnets: list<subnet> via vpc }
model subnet { key id: string  vpc: vpc  cidr: cidr?  gateway: (nat | igw)? }
model nat { key id: string  note: string? }
model igw { key id: string  note: string }
)";

struct Row {
  const char* define;
  const char* typed;
  const char* type;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.define; }

class CheckTyped : public ::testing::TestWithParam<Row> {};

TEST_P(CheckTyped, IsThis) {
  const auto checked = CheckTexts({kModels + std::string(GetParam().define)});
  ASSERT_NE(checked->program, nullptr) << ::testing::PrintToString(checked->Lines());
  const Define& define = checked->define("f");
  EXPECT_EQ(Print(*define.body), GetParam().typed);
  EXPECT_EQ(define.result->ToString(), GetParam().type);
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckTyped,
    ::testing::ValuesIn(std::vector<Row>{
        {"define f(v: vpc) = v.size > 1 and v.name != \"a\"", "(and (< 1 v.size) (not (== v.name 'a')))", "bool"},
        {"define f(x: float) = x > 1", "(< 1f x)", "bool"},
        {"define f(v: vpc) = no s in subnet where s.vpc == v", "(not (exists [s subnet] where (== s.vpc v) open v))",
         "bool"},
        {"define f(v: vpc) = every s in subnet where v == s.vpc satisfies s.cidr is present",
         "(not (exists [s subnet] where (and (== v s.vpc) (not (present s.cidr))) open v))", "bool"},
        {"define f(v: vpc) = exists s in v.subnets where s.cidr is absent",
         "(exists [s subnet.vpc=v] where (not (present s.cidr)))", "bool"},
        {"define f(v: vpc) = count(v.subnets)", "(count [subnets subnet.vpc=v])", "int"},
        {"define f(a: vpc, b: vpc) = exists s in subnet, n in nat where s.vpc == a and s.gateway == n and n.id == "
         "\"x\"",
         "(exists [s subnet] [n nat] where (and (and (== s.vpc a) (== s.gateway n)) (== n.id 'x')) open a open without "
         "s by n open without n by (if (is nat key) key absent))",
         "bool"},
        {"define f(s: subnet) = s.cidr is present and overlaps(s.cidr, 10.0.0.0/8)",
         "(and (present s.cidr) (OverlapsIpSet (to ipset s.cidr!) (to ipset '10.0.0.0/8')))", "bool"},
        {"define f(v: vpc) = union(s.cidr - 10.0.0.0/8 for s in v.subnets where s.cidr is present)",
         "(union [s subnet.vpc=v] where (present s.cidr) value (DifferenceIpSet (to ipset s.cidr!) (to ipset "
         "'10.0.0.0/8')))",
         "ipset"},
        {"define f(s: subnet) = s.gateway.note", "(if (is nat s.gateway) s.gateway!.note s.gateway!.note)", "string?"},
        {"define f(s: subnet) = s.gateway is not igw", "(not (is igw s.gateway))", "bool"},
        {"define f() = exists x in terraform.foo where x.a.b == true",
         "(exists [x terraform.foo] where (== (require (to bool? x.record/a/b)) true))", "bool"},
        {"define f() = exists x in cloudformation[\"A::B\"] where (x.n ?? 3) > 2",
         "(exists [x cloudformation.A::B] where (< 2 (?? (to int? x.record/n) 3)))", "bool"},
        {"define f() = exists x in terraform.foo where x.n > 2 and x.t in {\"a\"}",
         "(exists [x terraform.foo] where (and (< 2 (require (to int? x.record/n))) (in (require (to string? "
         "x.record/t)) (set 'a'))))",
         "bool"},
        {"define f(v: vpc) = \"{v} has {v.size}\"", "(concat (text v) ' has ' (text v.size))", "string"},
        {"define f(v: vpc) = first s in v.subnets by s.id where s.cidr is present",
         "(first [s subnet.vpc=v] where (present s.cidr) value s by s.id)", "subnet?"},
        {"define f(v: vpc) = group s in subnet where s.vpc == v by s.id",
         "(group [s subnet] where (== s.vpc v) key s.id value s open v)", "map<list<subnet>>"},
        {"define f(v: vpc) = (one s.cidr for s in v.subnets) ?? 10.0.0.0/8",
         "(?? (one [s subnet.vpc=v] value s.cidr) '10.0.0.0/8')", "cidr"},
        {"define f(v: vpc) = avg(s.vpc.size for s in v.subnets)", "(avg [s subnet.vpc=v] value (to float s.vpc.size))",
         "float?"},
        {"define f(p: portset) = p contains 22 or 443 not in p", "(or (ContainsPort p 22) (not (ContainsPort p 443)))",
         "bool"},
        {"define f(t: time) = now - t > 90d", "(< 7776000000000 (- now t))", "bool"},
        {"define f() = 10.0.0.1 in 10.0.0.0/8", "(ContainsIp (to ipset '10.0.0.0/8') '10.0.0.1')", "bool"},
        {"define f(xs: set<string>) = xs contains \"a\" and \"b\" in xs", "(and (in 'a' xs) (in 'b' xs))", "bool"},
        {"define f() = overlaps(world_v4, public_addresses)", "(OverlapsIpSet (WorldV4) (PublicAddresses))", "bool"},
        {"define f(s: subnet) = s.account.id == \"1\" and s.region.name == \"x\"",
         "(and (== s@2.id '1') (== s@3.name 'x'))", "bool"},
    }));

TEST(CheckMapping, PathsStayPathsAndTheRestBecomesFunctions) {
  const auto checked = CheckTexts({R"(
model table { key id: string  vpc: string? }
model route {
  table: table
  destination_cidr: cidr
  main: bool = false
  from terraform "t".route as r, c in r.blocks where r.on == true { table = this; destination_cidr = c ?? r.cidr ?? envelope.cidr; main = exists a in (as ?? []) where a.main == true }
  from aws_config "T".routes as r { table = tableId }
})"});
  ASSERT_NE(checked->program, nullptr) << ::testing::PrintToString(checked->Lines());
  const Model& route = *checked->program->FindModel("route");
  const TypedMapping& first = route.mappings[0];
  using Path = std::vector<std::string>;
  using Paths = std::vector<Path>;
  EXPECT_EQ(first.unnest, (Paths{{"route"}, {"blocks"}}));
  EXPECT_EQ(first.fields[0].kind, FieldSourceKind::kThis);
  EXPECT_EQ(first.fields[1].paths, (Paths{{}, {"", "cidr"}, {"@", "cidr"}}));
  EXPECT_EQ(first.fields[2].kind, FieldSourceKind::kFunction);
  EXPECT_EQ(Print(*first.fields[2].value),
            "(exists [a (require (?? #1 '[]'))] where (== (require (to bool? a/main)) true))");
  EXPECT_EQ(first.leaves[0].paths, (Paths{{"", "on"}}));
  EXPECT_EQ(first.leaves[1].paths, (Paths{{"", "", "as"}}));
  EXPECT_EQ(Print(*first.where), "(== (require (to bool? #0)) true)");
  const TypedMapping& second = route.mappings[1];
  EXPECT_EQ(second.fields[0].paths, (Paths{{"", "tableId"}}));
  EXPECT_EQ(second.fields[1].paths, (Paths{{"destination_cidr"},
                                           {"destinationCidr"},
                                           {"DestinationCidr"},
                                           {"", "destination_cidr"},
                                           {"", "destinationCidr"},
                                           {"", "DestinationCidr"}}));
}

TEST(CheckRules, TextsNameWitnesses) {
  const auto checked = CheckTexts(
      {kModels +
       std::string(R"(rule r { for v in vpc forbid exists s in subnet where s.vpc == v message "{v} {s}" })")});
  ASSERT_NE(checked->program, nullptr) << ::testing::PrintToString(checked->Lines());
  const TypedRule& rule = checked->program->rules[0];
  ASSERT_EQ(rule.message.witnesses.size(), 1u);
  EXPECT_EQ(rule.message.witnesses[0]->name, "s");
  EXPECT_EQ(Print(*rule.message.value), "(concat (text v) ' ' (text s))");
  EXPECT_TRUE(rule.clauses[0].forbid);
  EXPECT_EQ(Print(*rule.clauses[0].condition), "(not (exists [s subnet] where (== s.vpc v) open v))");
}

TEST(CheckDefines, StrataGoUpwards) {
  const auto checked = CheckTexts({R"(
model g { key id: string  next: g? }
define top(a: g): bool = a.id == "x" or (exists b in g where top(b) and reaches(a, b))
define reaches(a: g, b: g): bool = a.next == b or (exists m in g where a.next == m and other(m, b))
define other(a: g, b: g): bool = reaches(a, b)
define plain(a: g): bool = not top(a)
)"});
  ASSERT_NE(checked->program, nullptr) << ::testing::PrintToString(checked->Lines());
  EXPECT_FALSE(checked->define("plain").recursive);
  EXPECT_TRUE(checked->define("other").recursive);
  EXPECT_EQ(checked->define("other").stratum, checked->define("reaches").stratum);
  EXPECT_LT(checked->define("reaches").stratum, checked->define("top").stratum);
}

TEST(CheckValueNumbers, AlikeExpressionsHaveOne) {
  const auto checked = CheckTexts(
      {kModels +
       std::string(
           R"(define f(v: vpc) = (exists s in subnet where s.vpc == v) or (exists t in subnet where t.vpc == v))")});
  ASSERT_NE(checked->program, nullptr);
  const Expr& body = *checked->define("f").body;
  EXPECT_EQ(body.operands[0]->value_number, body.operands[1]->value_number);
  EXPECT_NE(body.operands[0]->value_number, body.value_number);
}

}  // namespace
}  // namespace bylaw::compiler

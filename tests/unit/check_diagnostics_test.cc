// What the checker finds wrong: each row is a policy, and the codes with the texts that they underline.

#include <gtest/gtest.h>

#include "tests/unit/check_testing.h"

namespace bylaw::compiler {
namespace {

using testing::CheckTexts;

constexpr const char* kModels = R"(package t
model vpc { key id: string  name: string?  size: int = 0  subnets: list<subnet> via vpc }
model subnet { key id: string  vpc: vpc  cidr: cidr?  state: "on" | "off" = "on"  gateway: (nat | igw)? }
model nat { key id: string  public_ip: ip? }
model igw { key id: string  vpc: vpc? }
model pod { key id: string  context: { privileged: bool?, user: int, deep: { a: int }? }? }
)";

struct Row {
  const char* policy;
  std::vector<std::string> expected;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.policy; }

class CheckDiagnostics : public ::testing::TestWithParam<Row> {};

TEST_P(CheckDiagnostics, AreTheseAndNoOthers) {
  const auto checked = CheckTexts({kModels, "package t\n" + std::string(GetParam().policy)});
  EXPECT_EQ(checked->Lines(), GetParam().expected);
  EXPECT_EQ(checked->diagnostics.has_errors(), !GetParam().expected.empty());
}

INSTANTIATE_TEST_SUITE_P(Types, CheckDiagnostics,
                         ::testing::ValuesIn(std::vector<Row>{
                             {R"(param n: int = "x")", {R"(E0201 "x")"}},
                             {R"(param f: float = 1)", {}},
                             {R"(param xs: list<float> = [1, 2.5])", {}},
                             {R"(param net: cidr = 10.1.0.0/8)", {"E0213 10.1.0.0/8"}},
                             {R"(param xs: list = [])", {"E0216 list"}},
                             {R"(param v: vpc)", {"E0216 vpc"}},
                             {R"(param t: time = now)", {"E0406 now"}},
                             {R"(define f(v: vpc) = v.size + "a")", {"E0202 +"}},
                             {R"(define f(v: vpc) = v.size < 1.5)", {"E0202 <"}},
                             {R"(define f(s: subnet) = s.vpc == "vpc-1")", {"E0202 =="}},
                             {R"(define f(s: subnet, v: vpc) = s == v)", {"E0205 =="}},
                             {R"(define f(s: subnet) = s.state == "onn")", {R"(E0203 "onn")"}},
                             {R"(define f(s: subnet) = s.state in {"on", "of"})", {R"(E0203 "of")"}},
                             {R"(define f(s: subnet) = if s.state == "on" then 1 else "x")", {R"(E0201 1)"}},
                             {R"(define f(s: string) = s matches "(")", {R"(E0209 "(")"}},
                             {R"(define f(xs: list<string>) = "{xs}")", {"E0210 xs"}},
                             {R"(define f() = vpc)", {"E0211 vpc"}},
                             {R"(define f(p: pod) = p.context)", {"E0212 p.context"}},
                             {R"(define f(v: vpc) = v.size is vpc)", {"E0214 v.size"}},
                             {R"(define f(s: subnet) = s.gateway is vpc)", {"E0205 vpc"}},
                             {R"(define f(n: int) = exists x in n)", {"E0215 n"}},
                             {R"(define f() = [])", {}},
                             {R"(define f() = unknown "x")", {R"(E0206 unknown "x")"}},
                             {R"(define f(v: vpc) = length(v))", {"E0207 v"}},
                             {R"(define f(v: vpc) = lower(v.id, v.id))", {"E0208 lower(v.id, v.id)"}},
                             {R"(define g(n: int) = n  define f(v: vpc) = g(v.id) + g())", {"E0201 v.id", "E0208 g()"}},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Optionals, CheckDiagnostics,
    ::testing::ValuesIn(std::vector<Row>{
        {R"(define f(v: vpc) = length(v.name))", {"E0204 v.name"}},
        {R"(define f(v: vpc) = v.name is present and length(v.name) > 1)", {}},
        {R"(define f(v: vpc) = v.name is absent or length(v.name) > 1)", {}},
        {R"(define f(v: vpc) = length(v.name) > 1 and v.name is present)", {"E0204 v.name"}},
        {R"(define f(v: vpc) = not (v.name is absent) and length(v.name) > 1)", {}},
        {R"(define f(v: vpc) = if v.name is present then length(v.name) else 0)", {}},
        {R"(define f(v: vpc) = if v.name is absent then length(v.name) else 0)", {"E0204 v.name"}},
        {R"(define f(v: vpc) = let n = v.name; n is present and length(v.name) > 1)", {}},
        {R"(define f(v: vpc) = let ok = v.name is present; ok and length(v.name) > 1)", {}},
        {R"(define f(v: vpc) = v.name == "a" and length(v.name) > 1)", {}},
        {R"(define f(v: vpc) = v.name != "a" and length(v.name) > 1)", {"E0204 v.name"}},
        {R"(define f(v: vpc) = (v.name ?? "") matches "a" and v.name == v.name and v.name in {"a"})", {}},
        {R"(define f(v: vpc): string = v.name)", {"E0204 v.name"}},
        {R"(define f(v: vpc) = count(s in subnet where s.cidr is present and prefix_length(s.cidr) > 8) > 0)", {}},
        {R"(define f(v: vpc) = [s.cidr for s in v.subnets])", {"E0204 s.cidr"}},
        {R"(define f(v: vpc) = [s.cidr for s in v.subnets where s.cidr is present])", {}},
        {R"(define f(v: vpc) = every s in v.subnets where s.cidr is present satisfies prefix_length(s.cidr) > 8)", {}},
        {R"(define f(s: subnet) = (one x.vpc for x in igw where x.id == s.id) is present and (one y.vpc for y in igw where y.id == s.id).size > 0)",
         {}},
        {R"(define f(s: subnet) = s.gateway is igw and s.gateway.vpc is present and s.gateway.vpc.size > 0)", {}},
        {R"(define f(s: subnet) = s.gateway is igw and s.gateway.public_ip is present)", {"E0302 public_ip"}},
        {R"(define f(s: subnet) = s.gateway is present and s.gateway is not igw and s.gateway.public_ip is present)",
         {}},
        {R"(define f(p: pod) = p.context.privileged ?? false)", {}},
        {R"(define f(p: pod): bool = p.context.privileged)", {"E0204 p.context.privileged"}},
        {R"(define f(p: pod) = p.context is present and p.context.user > 0)", {}},
        {R"(define f(p: pod) = p.context is present and p.context.deep.a > 0)", {"E0204 p.context.deep.a"}},
        {R"(rule r { for x in resources require x.tags["owner"] matches "^a$" })", {R"(E0204 x.tags["owner"])"}},
        {R"(rule r { for x in vpc where x.name is present require length(x.name) > 1 message "{x.name}" })", {}},
        {R"(define g(v: vpc): vpc? = one x for x in vpc where x.id == v.id  define f(v: vpc) = g(v) is present and g(v).size > 0)",
         {}},
    }));

INSTANTIATE_TEST_SUITE_P(Names, CheckDiagnostics,
                         ::testing::ValuesIn(std::vector<Row>{
                             {R"(define f(v: vpc) = v.nam)", {"E0302 nam"}},
                             {R"(define f(v: vpcc) = v.nam)", {"E0303 vpcc"}},
                             {R"(define f(v: vpc) = w)", {"E0301 w"}},
                             {R"(define f(v: vpc) = w.a.b and w == 1)", {"E0301 w", "E0301 w"}},
                             {R"(define f(v: vpc) = lenght(v.id))", {"E0304 lenght"}},
                             {R"(define f(v: vpc) = v.lower())", {"E0304 lower"}},
                             {R"(import awss)", {"E0305 awss"}},
                             {R"(param a: int  param a: int)", {"E0307 a"}},
                             {R"(model m { key id: string  id: string })", {"E0307 id"}},
                             {R"(define f(v: vpc, v: vpc) = true)", {"E0307 v"}},
                             {R"(rule r { for x in vpc, x in vpc require true })", {"E0307 x"}},
                             {R"(rule r { for x in vpcs require x.foo == y })", {"E0303 vpcs", "E0301 y"}},
                             {R"(define f() = exists x in terraform.aws_foo where x.a.b == 1 and x["c"] == "d")", {}},
                             {R"(define f() = exists x in terraform.aws_foo where x.a < x.b)", {"E0206 <"}},
                             {R"(define f() = exists x in teraform.aws_foo where x.a)", {"E0303 teraform.aws_foo"}},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Models, CheckDiagnostics,
    ::testing::ValuesIn(std::vector<Row>{
        {R"(model m { key id: string  from teraform "x" })", {"E0401 teraform"}},
        {R"(model m { key id: string  from terraform "x" { ids = a } })", {"E0302 ids"}},
        {R"(model m { key id: string  from terraform "x" { id = a; id = b } })", {"E0307 id"}},
        {R"(model m { key id: string  vs: list<n> via m  from terraform "x" { vs = a } }  model n { m: m })",
         {"E0402 vs"}},
        {R"(model m { key id: string  vs: list<vpc> via name })", {"E0403 name"}},
        {R"(model m { key id: string  vs: vpc via name })", {"E0403 vpc"}},
        {R"(model m { key id: string  from terraform "x" { id = this } })", {"E0404 this"}},
        {R"(model m { key id: string  vpc: vpc?  n: int?  on: bool = false  from terraform "x".rules as r where r.on == true { id = "{r.a}/{name}"; vpc = this; n = r.n ?? 3; on = exists a in (r.as ?? []) where a.main == true } })",
         {}},
        {R"(model m { key id: string  n: int  from terraform "x" { n = if a == "x" then 1 else "y" } })",
         {"E0201 \"y\""}},
        {R"(model m { key a: string  key b: string })", {}},
        {R"(model m { key a: string? })", {"E0408 string?"}},
        {R"(model a = b  model b = a)", {"E0411 a"}},
        {R"(model both = nat | igw  define f() = exists x in both where x.id == "a")", {}},
        {R"(model both = nat | igw  define f() = exists x in both where x.vpc is present)", {"E0302 vpc"}},
    }));

INSTANTIATE_TEST_SUITE_P(
    Rules, CheckDiagnostics,
    ::testing::ValuesIn(std::vector<Row>{
        {R"(rule r { for v in vpc })", {"E0501 r"}},
        {R"(rule r { id "A-1" require true }  rule s { id "A-1" require true })", {R"(E0502 "A-1")"}},
        {R"(rule r { controls "a b" require true })", {R"(E0503 "a b")"}},
        {R"(rule r { for v in vpc forbid exists s in subnet where s.vpc == v message "{v} {s} {s.cidr}" })", {}},
        {R"(rule r { for v in vpc forbid exists s in subnet where s.vcp == v message "{v} {s} {s.cidr}" })",
         {"E0302 vcp"}},
        {R"(rule r { for v in vpc where v.sise > 1 and v.name is present require length(v.name) > 1 })",
         {"E0302 sise"}},
        {R"(rule r { for v in vpc require v.id message "{w}" })", {"E0201 v.id", "E0301 w"}},
    }));

INSTANTIATE_TEST_SUITE_P(
    TestsAndWaivers, CheckDiagnostics,
    ::testing::ValuesIn(std::vector<Row>{
        {R"(waive X-1 for "a" until never because "b")", {"E0601 X-1"}},
        {R"(rule r { id "X-1" require true }  waive X-1 for v in vpc where v.size > "a" until never because "b")",
         {"E0202 >"}},
        {R"(test "t" { given { vpc v { size: "a" } } expect v.size == 1 })", {"E0201 \"a\""}},
        {R"(test "t" { given { vpc v { sise: 1 } } expect v.size == 1 })", {"E0302 sise"}},
        {R"(test "t" { given { subnet s { } } expect s.cidr is absent })", {"E0603 subnet s { }"}},
        {R"(test "t" { given { subnet s { vpc: v } vpc v { subnets: [{cidr: 10.0.0.0/8}, {}] } } expect s.vpc == v })",
         {}},
        {R"(test "t" { given { subnet s { vpc: w } vpc v { } } expect s.vpc == v })", {"E0301 w"}},
        {R"(test "t" { given { subnet s { vpc: s } } expect true })", {"E0201 s"}},
        {R"(test "t" { given two expect true })", {"E0604 two"}},
        {R"(given two { vpc a { } vpc b { } }  test "t" { given two expect a != b })", {}},
        {R"(rule r { id "X-1" for v in vpc require true } test "t" { given { vpc v { } } expect X-1 passes for v expect X-2 fails for w })",
         {"E0601 X-2", "E0301 w"}},
        {R"(param n: int = 1  test "t" { given n = 2 given now = 2027-01-01 given m = 3 expect true })", {"E0301 m"}},
        {R"(test "t" { given { pod p { context: {user: 1, deep: {a: 2}} } } expect p.context.user == 1 })", {}},
    }));

INSTANTIATE_TEST_SUITE_P(
    Recursion, CheckDiagnostics,
    ::testing::ValuesIn(std::vector<Row>{
        {R"(define f(n: int): int = f(n))", {"E0701 f"}},
        {R"(define f(a: vpc, b: vpc): bool = a.name == b.name or (exists c in vpc where f(a, c) and f(c, b)))", {}},
        {R"(define f(a: vpc) = exists c in vpc where f(c) or c.size > a.size)", {}},
        {R"(define f(a: vpc): bool = not f(a))", {"E0702 f(a)"}},
        {R"(define f(a: vpc): bool = count(c in vpc where f(c)) > 1)", {"E0702 f(c)"}},
        {R"(define f(a: vpc): bool = every c in vpc satisfies f(c))", {"E0702 f(c)"}},
        {R"(define f(a: vpc): bool = g(a)  define g(a: vpc): bool = no c in vpc where f(c))", {"E0702 f(c)"}},
    }));

// `bylaw explain` shows the examples of the table, so they must be true.
TEST(CheckCodes, ExamplesGetTheirCodeAndAreRight) {
  const std::string aws = "package aws\nmodel vpc { key id: string }\nmodel subnet { key id: string }";
  for (const CodeInfo& info : AllCodes()) {
    if (info.text < "E0200" || info.text >= "E0800" || info.severity != Severity::kError) continue;
    const std::string other = info.text == "E0306" ? "package b\nimport a" : "package c";
    const auto wrong = CheckTexts({std::string(info.wrong), aws, other}, "nothing");
    const bool found = std::any_of(wrong->diagnostics.all().begin(), wrong->diagnostics.all().end(),
                                   [&](const Diagnostic& diagnostic) { return diagnostic.code == info.code; });
    EXPECT_TRUE(found) << info.text << " is not what this gets: " << info.wrong << "\n"
                       << ::testing::PrintToString(wrong->Lines());
    const auto right = CheckTexts({std::string(info.right), aws, other});
    EXPECT_EQ(right->Lines(), std::vector<std::string>()) << info.text << " " << info.right;
  }
}

TEST(CheckPackages, ImportCyclesShowEachHop) {
  const auto checked =
      CheckTexts({"package a\nimport b\nparam n: int = 1", "package b\nimport c", "package c\nimport a"});
  ASSERT_EQ(checked->Lines(), std::vector<std::string>{"E0306 a"});
  EXPECT_EQ(checked->diagnostics.all()[0].secondary.size(), 2u);
}

TEST(CheckPackages, NamesNeedAnImport) {
  const auto checked = CheckTexts({"package a.b\nparam n: int = 1", "package c\ndefine f() = a.b.n",
                                   "package d\nimport a.b as x\ndefine f() = x.n + b.n"});
  EXPECT_EQ(checked->Lines(), (std::vector<std::string>{"E0308 a.b", "E0301 b"}));
}

TEST(CheckData, RowsAreReadAndChecked) {
  const char* model = "model p { key name: string  days: int  at: time?  from data \"p.csv\" }";
  const auto good = CheckTexts({model}, "Name,days,at\na,1,2026-01-01\n\"b,\"\"c\",2,\n");
  ASSERT_NE(good->program, nullptr);
  ASSERT_EQ(good->program->FindModel("p")->data_rows.size(), 2u);
  EXPECT_EQ(testing::Print(*good->program->FindModel("p")->data_rows[1][0]), "'b,\"c'");
  EXPECT_EQ(testing::Print(*good->program->FindModel("p")->data_rows[1][2]), "absent");
  const auto bad = CheckTexts({model}, "name,days\na,x\nb\n");
  ASSERT_EQ(bad->diagnostics.all().size(), 2u);
  EXPECT_EQ(bad->diagnostics.all()[0].message, "p.csv:2: `x` is no `int` for `days`");
  EXPECT_EQ(bad->diagnostics.all()[1].message, "p.csv:3: 1 cells, and the header has 2");
}

}  // namespace
}  // namespace bylaw::compiler

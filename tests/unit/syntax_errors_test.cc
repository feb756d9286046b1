#include <chrono>
#include <random>

#include <gtest/gtest.h>

#include "tests/unit/syntax_examples.h"
#include "tests/unit/syntax_testing.h"

namespace bylaw::compiler {
namespace {

struct Mistake {
  std::string_view text;
  std::string_view errors;
  std::string_view hint;  // a part of one of the hints or expectations
};

TEST(SyntaxErrors, EachMistakeIsOneErrorThatSaysWhatToWrite) {
  const std::vector<Mistake> mistakes = {
      {"define f(a: bool, b: bool) = a && b", "1:32 E0105 `&&` is not an operator here\n", "`and`"},
      {"define f(a: bool, b: bool) = a || b", "1:32 E0105 `||` is not an operator here\n", "`or`"},
      {"define f(a: bool) = !a", "1:21 E0105 `!` is not an operator here\n", "write `not x`"},
      {"rule r {\n  let x := 3\n  require x == 3\n}", "2:9 E0105 `:=` is not an operator here\n", "let x = "},
      {"define f(a: int) = a <> 3", "1:22 E0105 `<>` is not an operator here\n", "`!=`"},
      {"define f(a: int) = a = 3", "1:22 E0113 `=` does not compare\n", "`==`"},
      {"define f(a: int) = a == null", "1:25 E0105 `null` is no value here\n", "`… is absent`"},
      {"define f(a: int) = a != None", "1:25 E0105 `None` is no value here\n", "`… is present`"},
      {"define f(a: int) = a is not nil", "1:22 E0105 `nil` is no value here\n", "`is present`"},
      {"define f() = True", "1:14 E0105 `True` is written `true`\n", "`true`"},
      {"define f(a: bool) = a AND a", "1:23 E0105 `AND` is written in small letters\n", "`and`"},
      {"define f(a: int) = if a > 1 then 1 elif a > 0 then 2 else 3", "1:36 E0101 unexpected name `elif`\n",
       "write `else if`"},
      {"define f(a: int) = if a > 1 { 1 } else { 2 }", "1:29 E0101 unexpected `{`\n", "if condition then a else b"},
      {"define f(a: int) = a > 1 ? 2 : 3", "1:26 E0101 unexpected `?`\n", "if condition then a else b"},
      {"param a: string = 'x", "1:19 E0104 this string is not closed at the end of its line\n",
       "ends at the next of them"},
      {"param a: string = \xE2\x80\x9Cx\xE2\x80\x9D", "1:19 E0106 these are typographic quotation marks\n", "`\"x\"`"},
      {"param a: string = \"x", "1:19 E0104 this string is not closed at the end of its line\n", "\\n"},
      {"param a: string = \"x {y\"\nparam b: int = 1", "1:19 E0104 this string is not closed at the end of its line\n",
       "\\{"},
      {"param a: string = \"\\d\"", "1:20 E0107 there is no escape `\\d`\n", "twice"},
      {"# note\nparam a: int = 1", "1:1 E0105 comments do not begin with `#`\n", "`//`"},
      {"/* note\n */ param a: int = 1", "1:1 E0105 comments do not begin with `/*`\n", "`//`"},
      {"rule r {\n  for s subnet\n  require true\n}", "2:9 E0101 unexpected name `subnet`\n", "`in`"},
      {"rule r {\n  requir true\n}", "2:3 E0101 unexpected name `requir`\n", "did you mean `require`?"},
      {"rule r {\n  require a ==\n  message \"x\"\n}", "3:3 E0101 unexpected start of the clause `message`\n",
       "an expression"},
      {"rule r {\n  require f(a\n  message \"x\"\n}", "2:12 E0102 this `(` is never closed\n", ""},
      {"rule r {\n  require true\n\nrule s {\n  require true\n}", "1:8 E0102 this `{` is never closed\n", ""},
      {"rule r\n  require true\n}", "1:7 E0102 the body of this declaration lacks its `{`\n", "`{`"},
      {"rule r {\n  require f(a))\n}", "2:15 E0103 this `)` closes nothing\n", ""},
      {"param a: list<int> = [1, 2)", "1:27 E0103 `[` is closed by `)`\n", "`]`"},
      {"rule r {\n  severity: high\n  require true\n}", "2:11 E0101 unexpected `:`\n", "no colon"},
      {"rule r {\n  severity urgent\n  require true\n}", "2:12 E0123 there is no severity `urgent`\n", "`critical`"},
      {"rule r {\n  controls [\"a\"]\n  require true\n}", "2:12 E0101 unexpected `[`\n", "without brackets"},
      {"rule r {\n  id \"a\"\n  id \"b\"\n  require true\n}", "3:3 E0114 this rule already has `id`\n", "keep one"},
      {"model m {\n  key id string\n}", "2:10 E0101 unexpected name `string`\n", "`:`"},
      {"model m {\n  key id: string\n  from terraform \"m\" { id: x }\n}", "3:26 E0101 unexpected `:`\n",
       "name = expression"},
      {"model m { a: \"x\" | aws.vpc }", "1:20 E0121 this does not belong into the union\n", "a string"},
      {"import aws\nparam a: int = 1\nimport gcp", "3:1 E0115 imports come before all declarations\n", "top"},
      {"policy p { }", "1:1 E0101 unexpected name `policy`\n", "a declaration"},
      {"test \"t\" { expect NET-001 }", "1:26 E0117 what is expected of this rule?\n", "`fails`"},
      {"test \"t\" { expect NET-001 failed }", "1:27 E0101 unexpected name `failed`\n", "did you mean `fails`?"},
      {"test \"t\" { given { m { a = 1 } } expect true }", "1:26 E0101 unexpected `=`\n", "name: value"},
      {"waive NET-001 for \"x\" because \"y\"", "1:1 E0118 this waiver does not say until when\n", "until never"},
      {"waive NET-001 for \"x\" until never", "1:1 E0118 this waiver does not say why\n", "because"},
      {"define f() = join(x for x in xs, \",\")", "1:21 E0119 `join` takes no `for`\n", "`[…]`"},
      {"test \"a {b}\" { expect true }", "1:9 E0120 the name of a test cannot hold an expression\n", "\\{"},
      {"param a: int = 9223372036854775808", "1:16 E0109 `9223372036854775808` does not fit an int of 64 bits\n", ""},
      {"param a: time = 2027-02-30", "1:17 E0108 there is no time `2027-02-30`\n", ""},
      {"param a: ip = 10.0.0.256", "1:15 E0108 `10.0.0.256` is not an IP address\n", "255"},
      {"param a: cidr = 10.0.0.0/33", "1:17 E0108 `10.0.0.0/33` is not a CIDR block\n", "32"},
      {"param a: version = 1.2.3", "1:20 E0108 `1.2.3` is not a number\n", "v1.2.3"},
      {"define f(a: int) = 1 < a < 3", "1:26 E0112 comparisons do not chain\n", "1 < a and a < 3"},
      {"define f() = NET-001", "1:14 E0101 `NET-001` is the id of a rule, not a value\n", "minus"},
      {"define where(a: int) = 1", "1:8 E0101 unexpected `where`\n", "reserved word"},
      {"param \xC3\xA4: int = 1", "1:7 E0116 `\xC3\xA4` cannot stand here\n", "ASCII"},
      {"param a: int = 1\x01", "1:17 E0003 control character U+0001 cannot stand in a policy\n", "u{1}"},
      {"param a: string = \"\xFF\"", "1:20 E0002 byte 0xFF is not UTF-8\n", "UTF-8"},
      {std::string_view("par\0am", 6), "1:4 E0002 this file has a NUL byte: it is not a text\n", ".bylawc"},
      {std::string_view("\xFF\xFEp\0", 4), "1:1 E0002 this file is in UTF-16; policies are UTF-8\n", "UTF-8"},
  };
  for (const Mistake& mistake : mistakes) {
    const Parsed parsed{std::string(mistake.text)};
    EXPECT_EQ(parsed.Errors(), mistake.errors) << mistake.text;
    const std::string rendered = RenderText(parsed.sources, parsed.diagnostics, {.color = false, .width = 200});
    EXPECT_NE(rendered.find(mistake.hint), std::string::npos) << mistake.text << "\n" << rendered;
  }
}

TEST(SyntaxErrors, BothReadingsAreShown) {
  const Parsed mixed("define f(a: bool, b: bool, c: bool) = a or b and c");
  EXPECT_EQ(mixed.Errors(), "1:41 E0110 `or` beside `and` needs parentheses\n");
  EXPECT_EQ(mixed.Hints(), "either `(a or b) and c`\nor `a or (b and c)`\n");
  const Parsed query("define f(a: bool) = a and exists x in xs where x.p and x.q");
  EXPECT_EQ(query.Errors(), "1:23 E0111 `exists` beside `and` needs parentheses\n");
  EXPECT_EQ(query.Hints(),
            "either `a and (exists x in xs where x.p and x.q)`\nor `a and (exists x in xs where x.p) and x.q`\n");
  const Parsed collection("define f(b: bool) = exists x in xs and b");
  EXPECT_EQ(collection.Errors(), "1:36 E0111 `and` beside `x in …` needs parentheses, or a `where` before it\n");
  EXPECT_EQ(Parsed("define f(a: int?) = (one x for x in xs) ?? a").Errors(), "");
  EXPECT_EQ(Parsed("define f(a: int?) = a ?? one x for x in xs").Errors(),
            "1:23 E0111 `one` beside `??` needs parentheses\n");
}

TEST(SyntaxErrors, TenMistakesAreTenErrors) {
  const Parsed parsed(R"(package org
import aws
rule first_rule {
  severity urgent
  for s in aws.subnet
  where s.vpc = s.other
  require s.name == “x”
  require f(s.a
  message "bad {s"
}
model m {
  key id string
  name: string = ==
  good: int
}
define f(x: int): int = x +
define g(x: int): int = x
test "t" {
  expekt NET-001 fails
  expect NET-001 fails
}
param p int = 3
)");
  EXPECT_EQ(parsed.Errors(),
            "4:12 E0123 there is no severity `urgent`\n"
            "6:15 E0113 `=` does not compare\n"
            "7:21 E0106 these are typographic quotation marks\n"
            "8:12 E0102 this `(` is never closed\n"
            "9:11 E0104 this string is not closed at the end of its line\n"
            "12:10 E0101 unexpected name `string`\n"
            "13:18 E0101 unexpected `==`\n"
            "17:1 E0101 unexpected start of `define`\n"
            "19:3 E0101 unexpected name `expekt`\n"
            "22:9 E0101 unexpected name `int`\n");
  EXPECT_EQ(parsed.file->items.size(), 6u) << "what was understood is there";
  EXPECT_TRUE(parsed.file->items[0]->incomplete || parsed.file->items[1]->incomplete);
}

std::string Repeat(std::string_view text, size_t count) {
  std::string result;
  result.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

TEST(SyntaxErrors, DeepNestingIsOneErrorWithANumber) {
  constexpr size_t kMany = 100000;
  constexpr size_t kSome = 20000;
  const std::vector<std::string> texts = {
      "define f() = " + Repeat("(", kMany),
      "define f() = " + Repeat("(", kMany) + "1" + Repeat(")", kMany),
      "define f() = " + Repeat("[", kSome),
      "define f() = " + Repeat("not ", kSome) + "a",
      "define f() = " + Repeat("- ", kSome) + "a",
      "define f() = a" + Repeat(".b", kSome),
      "define f() = a" + Repeat("[0]", kSome),
      "define f() = a" + Repeat(" + b", kSome),
      "define f() = a" + Repeat(" and b", kSome),
      "define f() = a" + Repeat(" is b", kSome),
      "define f() = " + Repeat("if a then b else ", kSome) + "c",
      "define f() = " + Repeat("exists x in y where ", kSome) + "z",
      "define f() = " + Repeat("f(", kSome),
      "param a: " + Repeat("list<", kSome) + "int" + Repeat(">", kSome),
      "rule r " + Repeat("{", kSome),
  };
  for (const std::string& text : texts) {
    const Parsed parsed(text);
    ASSERT_EQ(parsed.diagnostics.all().size(), 1u) << text.substr(0, 40) << "\n" << parsed.Errors().substr(0, 500);
    EXPECT_EQ(InfoOf(parsed.diagnostics.all()[0].code).text, "E0004") << text.substr(0, 40);
    EXPECT_NE(parsed.diagnostics.all()[0].message.find_first_of("123456789"), std::string::npos);
  }
}

TEST(SyntaxErrors, ReasonableNestingIsFine) {
  EXPECT_EQ(Parsed("define f() = " + Repeat("(a + ", 190) + "1" + Repeat(")", 190)).Errors(), "");
  EXPECT_EQ(Parsed("define f() = " + Repeat("{\"a\": ", 190) + "1" + Repeat("}", 190)).Errors(), "");
  EXPECT_EQ(Parsed("define f() = a == 0" + Repeat(" or a == 1", 400)).Errors(), "");
}

TEST(SyntaxErrors, ManyErrorsStopAtTheLimit) {
  const Parsed parsed("rule r {\n" + Repeat("require a b\n", 1000) + "}");
  EXPECT_EQ(parsed.diagnostics.all().size(), 101u);
  EXPECT_EQ(InfoOf(parsed.diagnostics.all().back().code).text, "E0122");
  EXPECT_LE(Parsed(Repeat("}", 100000)).diagnostics.all().size(), 101u);
  EXPECT_LE(Parsed(Repeat("\xE2\x80\x98", 100000)).diagnostics.all().size(), 101u);
}

TEST(SyntaxErrors, ATooLargeFileIsNotRead) {
  EXPECT_EQ(Parsed(Repeat("a", 5000000)).Errors(),
            "1:1 E0001 this policy file has 5000000 bytes; the limit is 4194304\n");
}

// What looks like something long at each of its tokens must not be read to its end for each.
TEST(SyntaxErrors, NoTextTakesMoreThanLinearTime) {
  for (const std::string_view unit :
       {"a:", "/*/", "\\u{", "A-", "1.", "'", "not ", "\"{", "1d", "::", "\xE2\x80\x9C"}) {
    const auto begin = std::chrono::steady_clock::now();
    const Parsed parsed("param x: string = " + Repeat(unit, 20000));
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    EXPECT_TRUE(parsed.diagnostics.has_errors()) << unit;
    EXPECT_LT(seconds, 20) << unit;  // quadratic time would be minutes
  }
}

// Broken copies of real text: whatever comes out, every error must have a place, and rendering must not stumble.
TEST(SyntaxErrors, MutatedExamplesNeverCrash) {
  std::mt19937 random(4711);
  auto below = [&](size_t limit) { return static_cast<size_t>(random() % limit); };
  const std::vector<std::string_view> pieces = {
      "(", ")",  "{",  "}",  "[",           "]",  "\"",   "'",    "where", "and",    "not", "rule",  "=",  "==",
      ",", "\n", "{a", "\\", "exists x in", "if", "then", "\x01", "\xC3",  "count(", "for", "model", "//", "#"};
  for (int round = 0; round < 200; ++round) {
    std::string text(Examples()[below(Examples().size())].text);
    for (size_t i = 0; i < 1 + below(4); ++i) {
      const size_t at = below(text.size());
      if (below(2) == 0) {
        text.erase(at, 1 + below(12));
      } else {
        text.insert(at, pieces[below(pieces.size())]);
      }
    }
    const Parsed parsed(text);
    for (const Diagnostic& diagnostic : parsed.diagnostics.all()) {
      EXPECT_TRUE(diagnostic.primary.span.valid()) << text;
      EXPECT_LE(diagnostic.primary.span.end, text.size()) << text;
    }
    EXPECT_EQ(RenderText(parsed.sources, parsed.diagnostics, {}).find('\x01'), std::string::npos);
  }
}

}  // namespace
}  // namespace bylaw::compiler

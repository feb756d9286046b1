#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "runtime/builtins/glob.h"
#include "runtime/builtins/regex.h"

namespace bylaw {
namespace {

bool Like(std::string_view text, std::string_view pattern) { return Glob::Compile(pattern).value().Matches(text); }

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(Like("", ""));
  EXPECT_TRUE(Like("", "*"));
  EXPECT_FALSE(Like("", "?"));
  EXPECT_TRUE(Like("subnet-1", "subnet-*"));
  EXPECT_FALSE(Like("my-subnet-1", "subnet-*"));
  EXPECT_FALSE(Like("Subnet-1", "subnet-*"));
  EXPECT_TRUE(Like("a/b/c", "a*c"));
  EXPECT_TRUE(Like("aXbXc", "a*b*c"));
  EXPECT_FALSE(Like("aXbX", "a*b*c"));
  EXPECT_TRUE(Like("abcabd", "*ab?"));
  EXPECT_TRUE(Like("aws_subnet.public[0]", "aws_subnet.*\\[0\\]"));
  EXPECT_TRUE(Like("x", "**x**"));
}

TEST(Glob, ClassesAndEscapes) {
  EXPECT_TRUE(Like("b", "[a-c]"));
  EXPECT_FALSE(Like("d", "[a-c]"));
  EXPECT_TRUE(Like("d", "[!a-c]"));
  EXPECT_TRUE(Like("d", "[^a-c]"));
  EXPECT_TRUE(Like("]", "[]]"));
  EXPECT_TRUE(Like("-", "[a-]"));
  EXPECT_TRUE(Like("]", "[\\]]"));
  EXPECT_TRUE(Like("*", "\\*"));
  EXPECT_FALSE(Like("x", "\\*"));
  EXPECT_TRUE(Like("\\", "\\\\"));
}

TEST(Glob, CharactersAreNotBytes) {
  EXPECT_TRUE(Like("ä", "?"));
  EXPECT_TRUE(Like("日本", "??"));
  EXPECT_TRUE(Like("ö", "[ä-ü]"));
  EXPECT_TRUE(Like("\xff", "?"));
  EXPECT_TRUE(Like("\xff", "\xff"));
  EXPECT_FALSE(Like("\xfe", "\xff"));
}

TEST(Glob, BadPatternsNameThePlace) {
  EXPECT_EQ(Glob::Compile("ab[cd").error().column, 3u);
  EXPECT_EQ(Glob::Compile("[").error().column, 1u);
  EXPECT_EQ(Glob::Compile("[!").error().column, 1u);
  EXPECT_EQ(Glob::Compile("[]").error().column, 1u);
  EXPECT_EQ(Glob::Compile("a\\").error().column, 2u);
  EXPECT_FALSE(Glob::Compile("[z-a]").ok());
  EXPECT_FALSE(Glob::Compile(std::string(70'000, 'a')).ok());
}

TEST(Glob, ManyStarsDoNotBlowUp) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  auto start = std::chrono::steady_clock::now();
  std::string text(20'000, 'a');
  text.push_back('b');
  EXPECT_FALSE(Like(text, pattern + "c"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Regex, SearchesAnywhere) {
  Regex regex = Regex::Compile("b+").value();
  EXPECT_TRUE(regex.Matches("abbc"));
  EXPECT_FALSE(regex.Matches("ac"));
  EXPECT_TRUE(Regex::Compile("^[a-z-]+@example\\.com$").value().Matches("net-team@example.com"));
  EXPECT_TRUE(Regex::Compile("").value().Matches(""));
  EXPECT_TRUE(Regex::Compile("^ä$").value().Matches("ä"));
  EXPECT_FALSE(regex.Matches("\xff\xfe"));
}

TEST(Regex, ErrorsNameThePlace) {
  EXPECT_EQ(Regex::Compile("ä(b").error().message.empty(), false);
  EXPECT_EQ(Regex::Compile("ab\\q").error().column, 3u);
  EXPECT_FALSE(Regex::Compile("(?=x)").ok());
  EXPECT_FALSE(Regex::Compile("*").ok());
  EXPECT_FALSE(Regex::Compile("\xff").ok());
  EXPECT_FALSE(Regex::Compile(std::string(70'000, 'a')).ok());
  EXPECT_FALSE(Regex::Compile("((a{1000}){1000}){1000}").ok());
}

TEST(Regex, Captures) {
  Regex group = Regex::Compile("([a-z])([0-9])?").value();
  EXPECT_EQ(group.Capture("1a2b"), "a");
  EXPECT_EQ(group.Capture("12"), std::nullopt);
  EXPECT_EQ(group.Captures("a1 b c3"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(Regex::Compile("[0-9]+").value().Captures("a1b22"), (std::vector<std::string>{"1", "22"}));
  EXPECT_EQ(Regex::Compile("x*").value().Captures("äxb"), (std::vector<std::string>{"", "x", "", ""}));
  EXPECT_EQ(Regex::Compile("(x)?y").value().Captures("y"), (std::vector<std::string>{""}));
  EXPECT_EQ(Regex::Compile("a").value().Captures("aaaa", 2).size(), 2u);
  EXPECT_TRUE(Regex::Compile("a").value().Captures("").empty());
}

}  // namespace
}  // namespace bylaw

#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "runtime/builtins/encoding.h"
#include "runtime/builtins/text.h"

namespace bylaw {
namespace {

using Parts = std::vector<std::string_view>;

TEST(Text, Utf8IsCheckedStrictly) {
  EXPECT_TRUE(IsUtf8("aä日😀"));
  EXPECT_TRUE(IsUtf8(std::string_view("\0", 1)));
  for (const char* text : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe6\x97", "\xff"}) {
    EXPECT_FALSE(IsUtf8(text));
  }
}

TEST(Text, CharactersOfAnyBytesAppendBackToTheSameBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (auto n = random() % 20; n > 0; --n)
      text += static_cast<char>(random() % 3 == 0 ? 0xC0 + random() % 64 : random() % 256);
    std::string again;
    for (size_t i = 0; i < text.size();) AppendCharacter(again, NextCharacter(text, i));
    ASSERT_EQ(again, text);
  }
  EXPECT_EQ(NumCharacters("aä日😀\xff"), 5u);
}

TEST(Text, CaseCoversLatinGreekCyrillic) {
  EXPECT_EQ(ToLower("ÀÉÎÖÞ ĀŁŸŽ ΑΣΏ ЁЖЯ İ"), "àéîöþ āłÿž ασώ ёжя İ");
  EXPECT_EQ(ToUpper("àéîöþ āłÿž ασςώ ёжя ß ×÷"), "ÀÉÎÖÞ ĀŁŸŽ ΑΣΣΏ ЁЖЯ ß ×÷");
  EXPECT_EQ(ToLower("\xff"
                    "A"),
            "\xff"
            "a");
}

TEST(Text, TrimAndStrip) {
  EXPECT_EQ(Trim(" \t\r\n a b \v\f"), "a b");
  EXPECT_EQ(Trim("  "), "");
  EXPECT_EQ(StripPrefix("arn:x", "arn:"), "x");
  EXPECT_EQ(StripPrefix("x", "arn:"), "x");
  EXPECT_EQ(StripSuffix("a.tf", ".tf"), "a");
  EXPECT_EQ(StripSuffix("", ".tf"), "");
}

TEST(Text, SubstringCountsCharacters) {
  EXPECT_EQ(Substring("äbcdef", 1, 3), "bcd");
  EXPECT_EQ(Substring("äbc", 0, 1), "ä");
  EXPECT_EQ(Substring("abc", -2, 5), "bc");
  EXPECT_EQ(Substring("abc", -5, 3), "a");
  EXPECT_EQ(Substring("abc", -5, 2), "");
  EXPECT_EQ(Substring("abc", 3, 1), "");
  EXPECT_EQ(Substring("abc", 4, 1), "");
  EXPECT_EQ(Substring("abc", 1, -1), "");
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max(), kMin = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(Substring("abc", 0, kMax), "abc");
  EXPECT_EQ(Substring("abc", kMax, kMax), "");
  EXPECT_EQ(Substring("abc", kMin, kMax), "ab");  // ends one before the end: kMin + kMax is -1
}

TEST(Text, ReplaceSplitJoin) {
  EXPECT_EQ(Replace("a-b-c", "-", "_"), "a_b_c");
  EXPECT_EQ(Replace("aaa", "aa", "b"), "ba");
  EXPECT_EQ(Replace("abc", "", "x"), "abc");
  EXPECT_EQ(Replace("abc", "b", ""), "ac");
  EXPECT_EQ(Replace(std::string(5000, 'a'), "a", std::string(5000, 'b')), std::nullopt);
  EXPECT_EQ(Split("a,b,,c", ","), (Parts{"a", "b", "", "c"}));
  EXPECT_EQ(Split("", ","), (Parts{""}));
  EXPECT_EQ(Split("aä", ""), (Parts{"a", "ä"}));
  EXPECT_EQ(Split("", ""), Parts{});
  EXPECT_EQ(Split(std::string(kMaxParts, ','), ","), std::nullopt);
  EXPECT_EQ(Lines("a\r\nb\n"), (Parts{"a", "b"}));
  EXPECT_EQ(Lines(""), Parts{});
  EXPECT_EQ(Lines("\n"), Parts{""});
  EXPECT_EQ(Lines("a\n\nb"), (Parts{"a", "", "b"}));
  EXPECT_EQ(Join(Parts{"a", "b"}, ", "), "a, b");
  EXPECT_EQ(Join(Parts{}, ", "), "");
}

TEST(Text, EditDistanceCountsSwapsOnce) {
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
  EXPECT_EQ(EditDistance("subent", "subnet"), 1);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("ä", "a"), 1);
  EXPECT_EQ(EditDistance("same", "same"), 0);
  EXPECT_EQ(EditDistance(std::string(5000, 'a'), "a"), std::nullopt);
}

TEST(Text, NumbersAreReadWhole) {
  EXPECT_EQ(ParseInt(" 42 "), 42);
  EXPECT_EQ(ParseInt("+7"), 7);
  EXPECT_EQ(ParseInt("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  for (const char* text : {"", "-", "+-1", "1.0", "1e3", "0x10", "9223372036854775808", "1 2", "１"})
    EXPECT_EQ(ParseInt(text), std::nullopt) << text;
  EXPECT_EQ(ParseFloat("2.5"), 2.5);
  EXPECT_EQ(ParseFloat("-1e3"), -1000.0);
  for (const char* text : {"", "inf", "nan", "1e999", "1,5", "0x1p3", "1.5.2"})
    EXPECT_EQ(ParseFloat(text), std::nullopt) << text;
  EXPECT_EQ(ParseBool(" Enabled"), true);
  EXPECT_EQ(ParseBool("FALSE"), false);
  for (const char* text : {"", "t", "2", "enabledd"}) EXPECT_EQ(ParseBool(text), std::nullopt) << text;
}

TEST(Text, FloatsReadBack) {
  EXPECT_EQ(FormatFloat(2), "2.0");
  EXPECT_EQ(FormatFloat(-0.1), "-0.1");
  EXPECT_EQ(FormatFloat(1e30), "1e+30");
  EXPECT_EQ(ParseFloat(FormatFloat(0.1 + 0.2)), 0.1 + 0.2);
  EXPECT_EQ(ToInt(-9223372036854775808.0), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ToInt(9223372036854775808.0), std::nullopt);
  EXPECT_EQ(ToInt(1.5), std::nullopt);
  EXPECT_EQ(ToInt(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
}

TEST(Text, SeverityRanksMergeScanners) {
  EXPECT_EQ(SeverityRank("Critical"), 5);
  EXPECT_EQ(SeverityRank("MODERATE"), SeverityRank("medium"));
  EXPECT_EQ(SeverityRank("UNTRIAGED"), 0);
  EXPECT_EQ(SeverityRank(""), std::nullopt);
  EXPECT_EQ(SeverityRank("criticals"), std::nullopt);
}

// RFC 4648 section 10.
TEST(Encoding, Base64OfTheRfc) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (auto [plain, encoded] : cases) {
    EXPECT_EQ(Base64Encode(plain), encoded);
    EXPECT_EQ(Base64Decode(encoded), plain);
  }
  EXPECT_EQ(Base64Decode("Zm9v\nYmE"), "fooba");
  EXPECT_EQ(Base64DecodeBytes("-_8"), "\xfb\xff");
  for (const char* text : {"Z", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v=", "Zg==Zg==", "Z!==", "====", "/w=="})
    EXPECT_EQ(Base64Decode(text), std::nullopt) << text;
}

TEST(Encoding, PercentEscapes) {
  EXPECT_EQ(UrlDecode("a%20b%2fc+d"), "a b/c+d");
  EXPECT_EQ(UrlDecode("%C3%A4"), "ä");
  for (const char* text : {"%", "%2", "%2g", "%ff", "a%"}) EXPECT_EQ(UrlDecode(text), std::nullopt) << text;
  EXPECT_EQ(UrlEncode("a b/ä~"), "a%20b%2F%C3%A4~");
}

// FIPS 180-4 and RFC 1321 vectors, and the sizes around the padding's block edges.
TEST(Encoding, Digests) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(Md5Hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Md5Hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(Md5Hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a");
}

}  // namespace
}  // namespace bylaw

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/builtins/version.h"

namespace bylaw {
namespace {

using Scheme = VersionScheme;

std::string Order(std::string_view a, std::string_view b, Scheme scheme) {
  auto order = CompareVersions(a, b, scheme);
  if (!order) return "none";
  return *order < 0 ? "<" : *order > 0 ? ">" : "=";
}

/// Every pair of `versions` must be ordered as the list is, which also shows that the order is transitive over it.
void ExpectAscending(Scheme scheme, const std::vector<std::string>& versions) {
  for (size_t i = 0; i < versions.size(); ++i) {
    for (size_t j = 0; j < versions.size(); ++j) {
      EXPECT_EQ(Order(versions[i], versions[j], scheme), i < j   ? "<"
                                                         : i > j ? ">"
                                                                 : "=")
          << VersionSchemeName(scheme) << ": " << versions[i] << " and " << versions[j];
    }
  }
}

void ExpectEqual(Scheme scheme, const std::vector<std::string>& versions) {
  for (const auto& a : versions) {
    for (const auto& b : versions) EXPECT_EQ(Order(a, b, scheme), "=") << a << " and " << b;
  }
}

void ExpectInvalid(Scheme scheme, const std::vector<std::string>& versions) {
  for (const auto& text : versions) EXPECT_FALSE(IsVersion(text, scheme)) << VersionSchemeName(scheme) << ": " << text;
}

TEST(Version, SemverOrdersAsSection11Says) {
  ExpectAscending(Scheme::kSemver, {"1.0.0-0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
                                    "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.9.0", "1.10.0",
                                    "2.0.0", "2.1.0", "2.1.1", "99999999999999999999999.0.0"});
  ExpectEqual(Scheme::kSemver, {"1.2.0", "v1.2", "1.2.0+build.5", "1.2.0+001"});
  ExpectInvalid(Scheme::kSemver, {"", "v", "a", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+",
                                  "1.-2", "1.2.3 ", "1.2.3-ä"});
}

TEST(Version, DpkgOrdersAsPolicySays) {
  // Policy 5.6.12: "~~", "~~a", "~", the end, "a".
  ExpectAscending(Scheme::kDpkg, {"1.0~~", "1.0~~a", "1.0~", "1.0", "1.0a", "1.0b", "1.0+b1", "1.0.1", "1.2", "1.10"});
  ExpectAscending(Scheme::kDpkg, {"1.0~beta1~svn1245-1", "1.0~beta1-1", "1.0-1~bpo1", "1.0-1", "1.0-1+b1", "1.0-1.1",
                                  "1.0-2", "1:0.1-1", "2:0.0-0"});
  ExpectEqual(Scheme::kDpkg, {"1.0", "0:1.0", "1.0-0", "1.00", "1.0-00"});
  ExpectAscending(Scheme::kDpkg,
                  {"3.0.11-1~deb12u1", "3.0.11-1~deb12u2", "3.0.11-1~deb12u10", "3.0.11-1", "3.0.13-1~deb12u1"});
  ExpectInvalid(Scheme::kDpkg, {"", "a1", ":1", "a:1", "1.0-", "1 0", "1.0_1", "-1", "1.0-1:2", "1.0/2"});
}

TEST(Version, RpmOrdersTildeBelowAndCaretAboveTheEnd) {
  ExpectAscending(Scheme::kRpm, {"1.0~rc1~git123", "1.0~rc1", "1.0~rc1^git1", "1.0~rc2", "1.0", "1.0^git1~pre",
                                 "1.0^git1", "1.0^git2", "1.0^20160101", "1.0a", "1.0.1"});
  ExpectAscending(Scheme::kRpm, {"xyz.4", "2", "2.0", "2.0.1", "2.0.1a", "5.5p1", "5.5p2", "5.5p10", "8", "10xyz",
                                 "10.1xyz", "20101121"});
  ExpectEqual(Scheme::kRpm, {"2.0", "2_0", "2..0", "0:2.0", "02.0"});
  ExpectAscending(Scheme::kRpm, {"1.0", "1.0-1.el8", "1.0-1.el9", "1.0-2.el8", "1:0.1-1"});
  ExpectInvalid(Scheme::kRpm, {"", "a:1", "-1", "1.0-", "1 0", "1:", "1:-1", "1.0;"});
}

TEST(Version, ApkOrdersSuffixes) {
  ExpectAscending(
      Scheme::kApk,
      {"1.03",   "1.2_alpha", "1.2_alpha1", "1.2_beta", "1.2_pre2", "1.2_rc1",  "1.2_rc1-r1",      "1.2_rc2",
       "1.2",    "1.2-r0",    "1.2-r1",     "1.2-r10",  "1.2_cvs1", "1.2_svn1", "1.2_git20200101", "1.2_hg1",
       "1.2_p1", "1.2_p2",    "1.2a",       "1.2b",     "1.2.0",    "1.2.05",   "1.2.1",           "1.2.9",
       "1.2.10", "1.10",      "2"});
  ExpectAscending(Scheme::kApk, {"2.3.0b", "2.3.1", "2.3.1~0abc", "2.3.1~0abd"});
  ExpectInvalid(Scheme::kApk, {"", "a", "1.", "1..2", "1.2ab", "1.2_foo", "1.2-1", "1.2-r", "1.2-r1a", "1.2A", "1.2~",
                               "1.2~xyz", "1.2 "});
}

TEST(Version, Pep440OrdersAsThePepLists) {
  ExpectAscending(Scheme::kPep440, {"1.dev0",
                                    "1.0.dev456",
                                    "1.0a1",
                                    "1.0a2.dev456",
                                    "1.0a12.dev456",
                                    "1.0a12",
                                    "1.0b1.dev456",
                                    "1.0b2",
                                    "1.0b2.post345.dev456",
                                    "1.0b2.post345",
                                    "1.0rc1.dev456",
                                    "1.0rc1",
                                    "1.0",
                                    "1.0+abc.5",
                                    "1.0+abc.7",
                                    "1.0+5",
                                    "1.0.post456.dev34",
                                    "1.0.post456",
                                    "1.0.15",
                                    "1.1.dev1",
                                    "1.1",
                                    "1!0.1"});
  ExpectEqual(Scheme::kPep440, {"1.0rc1", "1.0.0rc1", "V1.0RC1", "1.0-c1", "1.0_pre_1", "1.0.preview.1", "1.0rc01"});
  ExpectEqual(Scheme::kPep440, {"1.0.post1", "1.0-1", "1.0-r1", "1.0rev1", "1.0_post_1"});
  ExpectEqual(Scheme::kPep440, {"1.1a0", "1.1a", "1.1alpha"});
  ExpectEqual(Scheme::kPep440, {"1.0+ubuntu-1", "1.0+ubuntu.1", "1.0+ubuntu_1"});
  ExpectInvalid(Scheme::kPep440, {"", "a", "1.0.", "1.0foo", "1!", "1.0+", "1.0+a..b", "1.0-", "1.0 ", "1.0a1b1",
                                  "1.0.dev1.post1", "1..0"});
}

TEST(Version, MavenOrdersAsThePomReferenceSays) {
  ExpectAscending(Scheme::kMaven, {"1-alpha", "1-alpha-1", "1-beta2", "1-milestone", "1-rc", "1-snapshot", "1", "1-sp",
                                   "1-foo", "1-foo2", "1-foo10", "1-1", "1-1.1", "1.1", "1.2", "1.10", "2"});
  ExpectEqual(Scheme::kMaven, {"1", "1.0", "1.0.0", "1.ga", "1-ga", "1-0", "1-final", "1.RELEASE", "1-GA"});
  ExpectEqual(Scheme::kMaven, {"1-a1", "1-alpha-1", "1alpha1", "1.0-a1", "1.0.ALPHA1"});
  ExpectEqual(Scheme::kMaven, {"1.foo", "1-foo", "1.0-foo", "1.0.foo"});
  ExpectEqual(Scheme::kMaven, {"1-ga-1", "1-1"});
  EXPECT_EQ(Order("1-sp", "1-ga", Scheme::kMaven), ">");
  EXPECT_EQ(Order("1-sp.1", "1-ga.1", Scheme::kMaven), ">");
  EXPECT_EQ(Order("1-sp-1", "1-ga-1", Scheme::kMaven), "<");
  EXPECT_EQ(Order("1-cr1", "1-rc1", Scheme::kMaven), "=");
  ExpectInvalid(Scheme::kMaven, {"", "1 0", "1/2", "${version}"});
}

TEST(Version, GenericOrdersNumbersAndWords) {
  ExpectAscending(Scheme::kGeneric,
                  {"1.0-dev", "1.0-SNAPSHOT", "1.0-alpha", "1.0-alpha2", "1.0-beta", "1.0-pre1", "1.0-rc1", "v1.0",
                   "1.0a", "1.0b", "1.0-1", "1.2", "1.10", "v1.30.2", "v1.30.2-eks-036c24b", "15.4"});
  ExpectEqual(Scheme::kGeneric, {"1", "1.0", "v1.0.0", "01.0", "1_0"});
  ExpectEqual(Scheme::kGeneric, {"1-rc1", "1.0-RC1", "1.0.rc.1"});
  EXPECT_EQ(Order("python3.12", "python3.9", Scheme::kGeneric), ">");
  ExpectInvalid(Scheme::kGeneric, {"", "latest", "1 0", "1\n",
                                   "\xc3\xa4"
                                   "1",
                                   std::string("1\0", 2)});
}

TEST(Version, LongTextIsNoVersion) {
  for (int i = 0; i < kNumVersionSchemes; ++i) {
    auto scheme = static_cast<Scheme>(i);
    EXPECT_TRUE(IsVersion(std::string(256, '1'), scheme));
    EXPECT_FALSE(IsVersion(std::string(257, '1'), scheme));
    EXPECT_EQ(FindVersionScheme(VersionSchemeName(scheme)), scheme);
  }
  EXPECT_FALSE(FindVersionScheme("calver"));
}

TEST(Version, RangesAreConditionsAndAlternatives) {
  auto in = [](std::string_view text, std::string_view range) { return VersionInRange(text, range, Scheme::kSemver); };
  EXPECT_EQ(in("1.5.0", ">=1.2, <2"), true);
  EXPECT_EQ(in("2.0.0", ">= 1.2 < 2"), false);
  EXPECT_EQ(in("3.1.0", "<1 || =3.1"), true);
  EXPECT_EQ(in("3.1.0", "!=3.1.0"), false);
  EXPECT_EQ(in("3.1.0", "==3.1.0 || <=1"), true);
  EXPECT_EQ(in("3.1.0", ">3"), true);
  for (const char* range : {"", "||", "1.2", ">=", ">= a", "=> 1", "~>1.0", ">=1 ||", ", "})
    EXPECT_EQ(in("1.0.0", range), std::nullopt) << range;
  EXPECT_EQ(in("x", ">=1"), std::nullopt);
}

TEST(Version, NumbersLeaveTheEpochOut) {
  EXPECT_EQ(VersionNumber("v1.30.2", Scheme::kSemver, 0), 1);
  EXPECT_EQ(VersionNumber("v1.30.2", Scheme::kSemver, 1), 30);
  EXPECT_EQ(VersionNumber("15", Scheme::kGeneric, 1), 0);
  EXPECT_EQ(VersionNumber("2:8.4-1", Scheme::kDpkg, 0), 8);
  EXPECT_EQ(VersionNumber("1!2.3", Scheme::kPep440, 0), 2);
  EXPECT_EQ(VersionNumber("release-7", Scheme::kGeneric, 0), std::nullopt);
  EXPECT_EQ(VersionNumber("99999999999999999999", Scheme::kGeneric, 0), std::nullopt);
  EXPECT_EQ(VersionNumber("x", Scheme::kSemver, 0), std::nullopt);
}

}  // namespace
}  // namespace bylaw

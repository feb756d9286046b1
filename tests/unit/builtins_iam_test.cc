#include <random>
#include <string>

#include <gtest/gtest.h>

#include "runtime/builtins/encoding.h"
#include "runtime/builtins/iam.h"
#include "runtime/builtins/partial_text.h"

namespace bylaw {
namespace {

using Texts = std::vector<std::string>;

IamDocument Parse(std::string_view text) {
  auto document = ParseIamDocument(text);
  EXPECT_TRUE(document.ok()) << text;
  return document.ok() ? *document : IamDocument();
}

/// A document of one statement with these members besides the effect.
IamDocument Allow(const std::string& members) { return Parse(R"({"Statement":{"Effect":"Allow",)" + members + "}}"); }

IamCondition ConditionOf(const std::string& json) {
  return Allow(R"("Action":"*","Resource":"*","Condition":)" + json).statements.at(0).conditions.at(0);
}

/// The answer to a question that has one.
bool Sure(Tri answer) {
  EXPECT_NE(answer, Tri::kUnknown);
  return answer == Tri::kTrue;
}

/// The texts, where all are known.
Texts Known(IamTexts texts) {
  EXPECT_FALSE(texts.has_unknown);
  return std::move(texts.known);
}

TEST(IamParse, ScalarsAndListsAreTheSame) {
  const IamDocument scalar =
      Parse(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}})");
  EXPECT_EQ(scalar, Parse(R"({"Statement":[{"Effect":"Allow","Action":["S3:GETOBJECT"],"Resource":["*"]}]})"));
  EXPECT_EQ(scalar, Parse(R"({"statement":[{"effect":"allow","action":["s3:getobject"],"resource":"*"}]})"));
  EXPECT_EQ(Parse(ToJson(scalar)), scalar);
  EXPECT_TRUE(Parse(R"({"Statement":[]})").statements.empty());
}

TEST(IamParse, EncodedTextIsResolvedFirst) {
  const std::string plain = R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})";
  const IamDocument document = Parse(plain);
  EXPECT_EQ(Parse(*UrlEncode(plain)), document);
  EXPECT_EQ(Parse("  \n" + plain + "\n"), document);
  EXPECT_EQ(Parse("\xEF\xBB\xBF" + plain), document);
  EXPECT_EQ(Parse(R"("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}")"), document);
  EXPECT_EQ(Parse(R"({\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}})"), document);
}

TEST(IamParse, ErrorsNameWhatIsWrong) {
  auto error = [](std::string_view text) { return ParseIamDocument(text).error(); };
  EXPECT_EQ(error("{\n  \"Statement\": x}").line, 2u);
  EXPECT_EQ(error("{\n  \"Statement\": x}").column, 16u);
  EXPECT_EQ(error("").message, "the policy document is empty");
  EXPECT_EQ(error("{}").message, "the policy document has no `Statement`");
  EXPECT_EQ(error("[]").message, "the policy document is not an object");
  EXPECT_EQ(error(R"({"Statement":{"Action":"*"}})").message, "a statement has no `Effect`");
  EXPECT_EQ(error(R"({"Statement":{"Effect":"Allow","Resource":"*"}})").message,
            "a statement has neither `Action` nor `NotAction`");
  for (const char* text :
       {"null", "1", "\"\"", "{\"Statement\":1}", "{\"Statement\":[1]}", "%7", "%7B", "{",
        R"({"Statement":{"Effect":"Maybe","Action":"*"}})", R"({"Statement":{"Effect":"Allow","Action":1}})",
        R"({"Statement":{"Effect":"Allow","Action":["*",{}]}})",
        R"({"Statement":{"Effect":"Allow","Action":"*","NotAction":"*"}})",
        R"({"Statement":{"Effect":"Allow","Action":"*","Principal":[]}})",
        R"({"Statement":{"Effect":"Allow","Action":"*","Condition":[]}})",
        R"({"Statement":{"Effect":"Allow","Action":"*","Condition":{"Bool":1}}})", "{\"Statement\":\"\xff\"}",
        R"({"Statement":1e999})"}) {
    EXPECT_FALSE(ParseIamDocument(text).ok()) << text;
  }
}

TEST(IamParse, PrincipalsThatAwsRefusesAreWhomTheyName) {
  auto principals = [](std::string_view value) {
    const IamDocument document =
        Parse(R"({"Statement":{"Effect":"Allow","Action":"*","Principal":)" + std::string(value) + "}}");
    return document.statements.at(0).principals;
  };
  const std::string unknown(kUnknownText);
  EXPECT_EQ(principals(R"("x")"), (std::vector<IamPrincipal>{{"AWS", "x"}}));
  EXPECT_EQ(principals(R"("a.amazonaws.com")"), (std::vector<IamPrincipal>{{"Service", "a.amazonaws.com"}}));
  EXPECT_EQ(principals(R"("arn:aws:iam::*")"), (std::vector<IamPrincipal>{{unknown, unknown}}));
  EXPECT_EQ(principals(R"({"AWS":111122223333})"), (std::vector<IamPrincipal>{{"AWS", "111122223333"}}));
  EXPECT_EQ(principals(R"({"a.amazonaws.com":null})"), (std::vector<IamPrincipal>{{"a.amazonaws.com", unknown}}));
}

TEST(IamParse, AnyBytesAndSizesAreSafe) {
  EXPECT_FALSE(ParseIamDocument(std::string(500'000, '[')).ok());
  EXPECT_FALSE(ParseIamDocument(std::string(2 << 20, ' ')).ok());
  const std::string seed =
      R"({"Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["*","x"]},"Action":["s3:*"],"Resource":"arn:aws:s3:::b/${aws:username}",)"
      R"("Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":["o-1/*"]},"Bool":{"a":true}}}]})";
  std::mt19937 random(11);
  for (int round = 0; round < 5000; ++round) {
    std::string text = seed;
    for (auto n = random() % 4 + 1; n > 0; --n) {
      size_t place = random() % text.size();
      if (random() % 2 == 0) {
        text[place] = static_cast<char>(random() % 256);
      } else {
        text.erase(place, random() % 10);
        if (text.empty()) text = "{";
      }
    }
    auto document = ParseIamDocument(text);
    if (!document.ok()) continue;
    GrantsAdmin(*document);
    GrantsPublic(*document);
    Allows(*document, "s3:Get*", "arn:aws:s3:::b/*");
    ASSERT_TRUE(ParseIamDocument(ToJson(*document)).ok()) << ToJson(*document);
  }
}

TEST(Iam, ActionsMatchInAnyCase) {
  EXPECT_TRUE(ActionMatches("s3:get*", "S3:GetObject"));
  EXPECT_TRUE(ActionMatches("*", "iam:PassRole"));
  EXPECT_TRUE(ActionMatches("*:*", "iam:PassRole"));
  EXPECT_TRUE(ActionMatches("s3:?etObject", "s3:GetObject"));
  EXPECT_FALSE(ActionMatches("s3:Get", "s3:GetObject"));
  EXPECT_FALSE(ActionMatches("s3:*", "s3express:CreateSession"));
  EXPECT_FALSE(ActionMatches("", "s3:GetObject"));
}

TEST(Iam, ArnsMatchPartByPart) {
  EXPECT_TRUE(ArnMatches("arn:aws:s3:::b*", "arn:aws:s3:::bucket/key"));
  EXPECT_TRUE(ArnMatches("arn:aws:sns:*:111122223333:*", "arn:aws:sns:eu-west-1:111122223333:t:sub"));
  EXPECT_TRUE(
      ArnMatches("arn:aws:sns:*:t", "arn:aws:sns:eu-west-1:111122223333:t"));  // five parts: compared as plain text
  EXPECT_FALSE(ArnMatches("arn:aws:iam::*:role/x", "arn:aws:iam::1:2:role/x"));
  EXPECT_TRUE(ArnMatches("*", "arn:aws:s3:::b"));
  EXPECT_FALSE(ArnMatches("arn:aws:S3:::b", "arn:aws:s3:::b"));
  EXPECT_TRUE(ArnMatches("plain?", "plain1"));
}

TEST(Iam, ArnParts) {
  EXPECT_EQ(ParseArn("arn:aws:iam::111122223333:role/a:b")->resource, "role/a:b");
  EXPECT_EQ(AccountOf("arn:aws:s3:::b"), "");
  EXPECT_EQ(AccountOf("111122223333"), "111122223333");
  for (const char* text :
       {"", "arn", "arn:aws:s3", "arn::s3:::b", "arn:aws::::b", "arn:aws:s3:::", "urn:aws:s3:::b", "1111"})
    EXPECT_FALSE(AccountOf(text)) << text;
}

TEST(Iam, AdminIsEveryActionOnEveryResource) {
  EXPECT_TRUE(Sure(GrantsAdmin(Allow(R"("Action":"*","Resource":"*")"))));
  EXPECT_TRUE(Sure(GrantsAdmin(Allow(R"("Action":["s3:Get","*:*"],"Resource":["x","arn:aws:*:*:*:*"])"))));
  EXPECT_TRUE(Sure(GrantsAdmin(Allow(R"("Action":"*","Resource":"arn:*")"))));
  EXPECT_FALSE(Sure(GrantsAdmin(Allow(R"("Action":"*","Resource":"arn:aws:s3:::*")"))));
  EXPECT_FALSE(Sure(GrantsAdmin(Allow(R"("Action":"s3:*","Resource":"*")"))));
  EXPECT_FALSE(Sure(GrantsAdmin(Allow(R"("NotAction":"*","Resource":"*")"))));
  EXPECT_FALSE(Sure(GrantsAdmin(Allow(R"("NotAction":"iam:*","Resource":"*")"))));
  EXPECT_FALSE(Sure(
      GrantsAdmin(Allow(R"("Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}})"))));
  EXPECT_TRUE(Sure(GrantsAdmin(Allow(R"("Action":"*","Resource":"*","Condition":{})"))));
  EXPECT_FALSE(Sure(GrantsAdmin(Parse(R"({"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})"))));
  EXPECT_FALSE(Sure(GrantsAdmin(IamDocument())));
}

TEST(Iam, PublicPrincipals) {
  for (const char* principal :
       {R"("Principal":"*")", R"("Principal":{"AWS":"*"})", R"("Principal":{"AWS":["111122223333","*"]})",
        R"("Principal":{"*":"*"})", R"("Principal":{"AWS":"arn:aws:iam::*:root"})",
        R"("NotPrincipal":{"AWS":"111122223333"})", R"("Principal":{"Federated":"*"})"}) {
    EXPECT_TRUE(Sure(IsPublicPrincipal(Allow(std::string(R"("Action":"*",)") + principal)))) << principal;
  }
  for (const char* principal :
       {R"("Principal":{"AWS":"111122223333"})", R"("Principal":{"Service":"ec2.amazonaws.com"})", R"("Principal":{})",
        R"("Resource":"*")", R"("Principal":{"AWS":"arn:aws:iam::111122223333:root"})"}) {
    EXPECT_FALSE(Sure(IsPublicPrincipal(Allow(std::string(R"("Action":"*",)") + principal)))) << principal;
  }
  EXPECT_FALSE(Sure(IsPublicPrincipal(Parse(R"({"Statement":{"Effect":"Deny","Action":"*","Principal":"*"}})"))));
}

TEST(Iam, ConditionsThatRestrict) {
  for (const char* json :
       {R"({"StringEquals":{"aws:PrincipalOrgID":"o-1"}})", R"({"StringEquals":{"aws:SourceAccount":["1","2"]}})",
        R"({"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b"}})",
        R"({"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}})",
        R"({"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1/r-1/*"}})",
        R"({"StringLike":{"aws:userid":"AROAEXAMPLEID123456:*"}})",
        R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})",
        R"({"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}})",
        R"({"Bool":{"elasticfilesystem:AccessedViaMountTarget":true}})",
        R"({"NumericEquals":{"aws:PrincipalAccount":111122223333}})"}) {
    EXPECT_TRUE(Sure(RestrictsToFixedValues(ConditionOf(json)))) << json;
  }
  for (const char* json : {R"({"StringLike":{"aws:PrincipalOrgID":"*"}})",
                           R"({"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}})",
                           R"({"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}})",
                           R"({"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}})",
                           R"({"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}})",
                           R"({"Null":{"aws:PrincipalOrgID":"false"}})",
                           R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})",
                           R"({"IpAddress":{"aws:SourceIp":["10.0.0.0/8","128.0.0.0/1"]}})",
                           R"({"IpAddress":{"aws:SourceIp":"::/0"}})",
                           R"({"IpAddress":{"aws:SourceIp":"not an address"}})",
                           R"({"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}})",
                           R"({"Bool":{"aws:SecureTransport":"false"}})",
                           R"({"StringEquals":{"aws:SourceAccount":"${aws:PrincipalAccount}"}})",
                           R"({"StringEquals":{"aws:SourceAccount":[]}})",
                           R"({"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}})",
                           R"({"StringLike":{"aws:SourceAccount":["111122223333","*"]}})",
                           R"({"Foo":{"a":"b"}})",
                           R"({"NumericNotEquals":{"a":1}})",
                           R"({"NumericGreaterThan":{"aws:PrincipalAccount":0}})",
                           R"({"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}})"}) {
    EXPECT_FALSE(Sure(RestrictsToFixedValues(ConditionOf(json)))) << json;
  }
}

TEST(Iam, ConditionRestrictsAsksEveryStatement) {
  const std::vector<std::string_view> keys = {"aws:PrincipalOrgID"};
  const std::string restricted =
      R"({"Effect":"Allow","Action":"*","Condition":{"StringEquals":{"AWS:principalorgid":"o-1"}}})";
  EXPECT_TRUE(Sure(ConditionRestricts(Parse("{\"Statement\":[" + restricted + "]}"), keys)));
  EXPECT_FALSE(
      Sure(ConditionRestricts(Parse("{\"Statement\":[" + restricted + R"(,{"Effect":"Allow","Action":"*"}]})"), keys)));
  EXPECT_FALSE(Sure(ConditionRestricts(IamDocument(), keys)));
  EXPECT_FALSE(Sure(ConditionRestricts(Parse("{\"Statement\":[" + restricted + "]}"), {})));
}

TEST(Iam, PublicNeedsAnUnrestrictedPublicPrincipal) {
  EXPECT_TRUE(Sure(GrantsPublic(Allow(R"("Action":"s3:GetObject","Resource":"*","Principal":"*")"))));
  EXPECT_TRUE(
      Sure(GrantsPublic(Allow(R"("Action":"*","Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}})"))));
  EXPECT_FALSE(Sure(
      GrantsPublic(Allow(R"("Action":"*","Principal":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}})"))));
  EXPECT_TRUE(
      Sure(GrantsPublic(Allow(R"("Action":"*","Principal":"*","Condition":{"StringLike":{"aws:SourceVpce":"*"}})"))));
  EXPECT_FALSE(Sure(GrantsPublic(Allow(R"("Action":"*","Principal":{"AWS":"111122223333"})"))));
}

TEST(Iam, TrustedAccountsOfAllowStatements) {
  EXPECT_EQ(
      Known(TrustedAccounts(Allow(
          R"("Action":"sts:AssumeRole","Principal":{"AWS":["arn:aws:iam::222233334444:root","111122223333","AROAEXAMPLE"],"Service":"ec2.amazonaws.com"})"))),
      (Texts{"111122223333", "222233334444"}));
  EXPECT_EQ(Known(TrustedAccounts(Allow(R"("Action":"sts:AssumeRole","Principal":"*")"))), Texts{"*"});
  EXPECT_EQ(Known(TrustedAccounts(Allow(R"("Action":"sts:AssumeRole","NotPrincipal":{"AWS":"111122223333"})"))),
            Texts{"*"});
  EXPECT_EQ(Known(TrustedAccounts(IamDocument())), Texts{});
  EXPECT_EQ(TrustedAccounts(Allow(R"("Action":"s3:*","Principal":{"CanonicalUser":"79a59d"})")), (IamTexts{{}, true}));
}

TEST(Iam, AllowsWeighsDenies) {
  const std::string allow = R"({"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"})";
  auto decide = [](const std::string& statements, std::string_view action, std::string_view resource) {
    return Allows(Parse("{\"Statement\":[" + statements + "]}"), action, resource);
  };
  EXPECT_EQ(decide(allow, "s3:GetObject", "arn:aws:s3:::b/k"), IamDecision::kYes);
  EXPECT_EQ(decide(allow, "s3:PutObject", "arn:aws:s3:::b/k"), IamDecision::kNo);
  EXPECT_EQ(decide(allow, "s3:GetObject", "arn:aws:s3:::c/k"), IamDecision::kNo);
  EXPECT_EQ(decide(allow, "s3:GetObject*", "arn:aws:s3:::b/*"), IamDecision::kYes);
  EXPECT_EQ(decide(allow, "s3:*", "arn:aws:s3:::b/*"), IamDecision::kNo);
  EXPECT_EQ(decide(allow, "s3:GetObject", "*"), IamDecision::kNo);
  EXPECT_EQ(decide(allow + R"(,{"Effect":"Deny","Action":"*","Resource":"*"})", "s3:GetObject", "arn:aws:s3:::b/k"),
            IamDecision::kNo);
  EXPECT_EQ(decide(allow + R"(,{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::b/secret*"})", "s3:GetObject",
                   "arn:aws:s3:::b/k"),
            IamDecision::kYes);
  EXPECT_EQ(decide(allow + R"(,{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::b/secret*"})", "s3:GetObject",
                   "arn:aws:s3:::b/*"),
            IamDecision::kNo);
  EXPECT_EQ(
      decide(
          allow +
              R"(,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}})",
          "s3:GetObject", "arn:aws:s3:::b/k"),
      IamDecision::kConditional);
  EXPECT_EQ(decide(allow + R"(,{"Effect":"Deny","Action":"*","Resource":"*","Principal":{"AWS":"111122223333"}})",
                   "s3:GetObject", "arn:aws:s3:::b/k"),
            IamDecision::kConditional);
  EXPECT_EQ(decide(R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true"}}})", "a:B", "*"),
            IamDecision::kConditional);
  EXPECT_EQ(decide(R"({"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/*"})", "s3:GetObject",
                   "arn:aws:s3:::b/joe/k"),
            IamDecision::kConditional);
  EXPECT_EQ(decide(R"({"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"}})",
                   "sts:AssumeRole", "*"),
            IamDecision::kYes);
  EXPECT_EQ(decide("", "a:B", "*"), IamDecision::kNo);
}

TEST(Iam, NotActionAndNotResourceMeanAllOthers) {
  const IamDocument not_action = Allow(R"("NotAction":["iam:*","sts:*"],"Resource":"*")");
  EXPECT_EQ(Allows(not_action, "s3:GetObject", "*"), IamDecision::kYes);
  EXPECT_EQ(Allows(not_action, "iam:PassRole", "*"), IamDecision::kNo);
  EXPECT_EQ(Allows(not_action, "*", "*"), IamDecision::kNo);
  EXPECT_EQ(Allows(not_action, "s*", "*"), IamDecision::kNo);
  const IamDocument not_resource = Allow(R"("Action":"s3:*","NotResource":"arn:aws:s3:::secret/*")");
  EXPECT_EQ(Allows(not_resource, "s3:GetObject", "arn:aws:s3:::open/k"), IamDecision::kYes);
  EXPECT_EQ(Allows(not_resource, "s3:GetObject", "arn:aws:s3:::secret/k"), IamDecision::kNo);
  const IamDocument deny = Parse(
      R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}]})");
  EXPECT_EQ(Allows(deny, "s3:GetObject", "*"), IamDecision::kYes);
  EXPECT_EQ(Allows(deny, "ec2:RunInstances", "*"), IamDecision::kNo);
}

// A query pattern's answer must hold for every action that it stands for: try all over a small alphabet.
TEST(Iam, PatternQueriesAgreeWithTheirInstances) {
  std::mt19937 random(23);
  auto pattern = [&] {
    std::string text;
    for (auto n = random() % 4 + 1; n > 0; --n) text += "ab*?"[random() % 4];
    return text;
  };
  Texts instances;
  for (int size = 1; size <= 6; ++size) {
    for (int bits = 0; bits < 1 << size; ++bits) {
      std::string text;
      for (int i = 0; i < size; ++i) text += (bits >> i & 1) != 0 ? 'a' : 'b';
      instances.push_back(text);
    }
  }
  for (int round = 0; round < 1500; ++round) {
    std::string statements;
    for (auto n = random() % 3 + 1; n > 0; --n) {
      if (!statements.empty()) statements += ',';
      statements += std::string(R"({"Effect":")") + (random() % 3 == 0 ? "Deny" : "Allow") + R"(",")" +
                    (random() % 4 == 0 ? "NotAction" : "Action") + R"(":")" + pattern() + R"(","Resource":"*"})";
    }
    const IamDocument document = Parse("{\"Statement\":[" + statements + "]}");
    const std::string query = pattern();
    if (Allows(document, query, "*") != IamDecision::kYes) continue;
    for (const std::string& instance : instances) {
      if (!ActionMatches(query, instance)) continue;
      ASSERT_EQ(Allows(document, instance, "*"), IamDecision::kYes) << statements << " " << query << " " << instance;
    }
  }
}

TEST(Iam, StatementParts) {
  const IamDocument document = Parse(
      R"({"Statement":[{"Effect":"Deny","NotAction":["B:x","a:*"],"NotResource":"r"},)"
      R"({"Sid":"s","Effect":"Deny","Action":"c:d","Resource":"q","Principal":{"AWS":"1","Service":"x"},"Condition":{"Bool":{"K":"true"},"ForAnyValue:StringLikeIfExists":{"k":["b","a"]}}}]})");
  EXPECT_EQ(Known(StatementActions(document, true)), (Texts{"a:*", "b:x"}));
  EXPECT_EQ(Known(StatementActions(document, false)), Texts{"c:d"});
  EXPECT_EQ(Known(StatementResources(document, true)), Texts{"r"});
  EXPECT_EQ(Known(StatementResources(document, false)), Texts{"q"});
  EXPECT_EQ(Known(StatementPrincipals(document, false)), (Texts{"AWS:1", "Service:x"}));
  EXPECT_EQ(Known(StatementPrincipals(document, true)), Texts{});
  EXPECT_EQ(Known(StatementConditionKeys(document)), Texts{"k"});
  EXPECT_EQ(Known(StatementConditions(document)), (Texts{"bool k", "foranyvalue:stringlikeifexists k"}));
  EXPECT_EQ(Known(ConditionValues(document, "BOOL", "K")), Texts{"true"});
  EXPECT_EQ(Known(ConditionValues(document, "ForAnyValue:StringLikeIfExists", "k")), (Texts{"a", "b"}));
  EXPECT_EQ(Known(ConditionValues(document, "StringLike", "k")), Texts{});
  EXPECT_EQ(Known(ConditionValues(document, "Bool", "l")), Texts{});
  EXPECT_EQ(StatementSid(document), "s");
  EXPECT_EQ(StatementIsAllow(document), false);
  EXPECT_EQ(StatementIsAllow(IamDocument()), std::nullopt);
  EXPECT_EQ(Known(StatementPrincipalsOfKind(document, "AWS")), Texts{"1"});
  EXPECT_EQ(Known(StatementPrincipalsOfKind(document, "Federated")), Texts{});
  EXPECT_EQ(Known(StatementPrincipalsOfKind(Allow(R"("Action":"*","Principal":"*")"), "AWS")), Texts{"*"});
  const IamDocument* two[] = {&document, &document};
  EXPECT_EQ(MergeIamDocuments(two)->statements.size(), 4u);
}

// Partial texts in JSON: a name (with U+FFFC behind the brace), any text, any value.
#define NAME "${\uFFFCName}"
#define ANY "${\uFFFC}"
#define VALUE "\uFFFC"

TEST(IamPartial, Texts) {
  EXPECT_EQ(UnknownName("Name"), NAME);
  const std::string text = "a:" NAME "/${aws:username}/" ANY;
  EXPECT_EQ(ShowPartial(text), "a:${Name}/${aws:username}/${}");
  EXPECT_EQ(CompactPartial(text), "a:\x02/${aws:username}/\x01");
  EXPECT_TRUE(IsPartial(text) && IsOpen(text));
  EXPECT_TRUE(IsPartial(NAME) && !IsOpen(NAME));
  EXPECT_FALSE(IsPartial("${aws:username}"));
  EXPECT_EQ(CompactPartial("x${\uFFFCcut"), "x\x02");
  EXPECT_EQ(ShowPartial("x${\uFFFCcut"), "x${cut");
}

TEST(IamPartial, WhatIsWritten) {
  EXPECT_EQ(WrittenText("a " NAME ANY), "a ${Name}${}");
  EXPECT_EQ(WrittenText(""), std::nullopt);
  EXPECT_EQ(WrittenText(VALUE "[\"a\"]"), std::nullopt);
  EXPECT_EQ(WrittenText("a" + UnknownChoice("Stage")), std::nullopt);
  EXPECT_EQ(WrittenText(UnknownEncoding("a ${Name}")), Base64Encode("a ${Name}"));
  EXPECT_EQ(WrittenText("a" + UnknownEncoding("b")), std::nullopt);
  const std::string hidden = "a" + std::string(kHiddenText) + "b";
  EXPECT_EQ(WrittenText(hidden), std::nullopt);
  EXPECT_TRUE(IsPartial(hidden) && IsOpen(hidden));
  EXPECT_EQ(CompactPartial(hidden),
            "a\x01"
            "b");
  EXPECT_EQ(ShowPartial(hidden), "a${}b");
}

TEST(IamPartial, WhatIsKnownDecides) {
  EXPECT_EQ(GrantsAdmin(Allow(R"("Action":"*","Resource":"arn:aws:s3:::)" NAME R"(/*")")), Tri::kFalse);
  EXPECT_EQ(GrantsAdmin(Allow(R"("Action":"*","Resource":")" NAME R"(*")")), Tri::kFalse);
  EXPECT_EQ(GrantsAdmin(Allow(R"("Action":"*","Resource":")" ANY R"(")")), Tri::kUnknown);
  EXPECT_EQ(GrantsAdmin(Allow(R"("Action":"*","Resource":"arn:)" NAME R"(:*")")), Tri::kTrue);
  EXPECT_EQ(GrantsAdmin(Allow(R"("Action":"*","Resource":"arn:aws:)" ANY R"(")")), Tri::kUnknown);
  EXPECT_EQ(GrantsAdmin(Allow(R"("Action":"*","Resource":"arn:aws:s3:)" ANY R"(")")), Tri::kFalse);
  EXPECT_EQ(GrantsAdmin(Allow(R"("Action":["*",")" ANY R"("],"Resource":["*",")" VALUE R"("])")), Tri::kTrue);
  EXPECT_EQ(GrantsAdmin(Allow(R"("Action":"s3:)" ANY R"(","Resource":"*")")), Tri::kFalse);
  EXPECT_EQ(GrantsAdmin(Allow(R"("Action":"*","Resource":"*","Condition":")" VALUE R"(")")), Tri::kUnknown);
  EXPECT_EQ(GrantsAdmin(Parse(R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},")" VALUE R"("]})")),
            Tri::kTrue);
  EXPECT_EQ(GrantsAdmin(Parse(R"({"Statement":")" VALUE R"("})")), Tri::kUnknown);
  EXPECT_EQ(GrantsAdmin(Parse(R"({"Statement":{"Effect":")" ANY R"(","Action":"*","Resource":"*"}})")), Tri::kUnknown);
  EXPECT_EQ(GrantsAdmin(Parse(R"({"Statement":{"Effect":")" ANY R"(","Action":"s3:*","Resource":"*"}})")), Tri::kFalse);
}

TEST(IamPartial, PrincipalsAndConditions) {
  const auto is_public = [](const std::string& principal, const std::string& more = "") {
    return GrantsPublic(Allow(R"("Action":"*","Principal":)" + principal + more));
  };
  EXPECT_EQ(is_public(R"({"AWS":["*",")" ANY R"("]})"), Tri::kTrue);
  EXPECT_EQ(is_public(R"({"AWS":")" ANY R"("})"), Tri::kUnknown);
  EXPECT_EQ(is_public(R"({"AWS":")" NAME R"("})"), Tri::kFalse);
  EXPECT_EQ(is_public(R"({"AWS":"arn:aws:iam::)" ANY R"(:root"})"), Tri::kFalse);
  EXPECT_EQ(is_public(R"(")" VALUE R"(")"), Tri::kUnknown);
  EXPECT_EQ(is_public(R"({"Service":"logs.)" ANY R"("})"), Tri::kFalse);
  const auto limited = [&](const std::string& condition) {
    return is_public(R"("*")", R"(,"Condition":)" + condition);
  };
  EXPECT_EQ(limited(R"({"StringEquals":{"aws:SourceAccount":")" ANY R"("}})"), Tri::kFalse);
  EXPECT_EQ(limited(R"({"StringEquals":{"aws:SourceAccount":")" VALUE R"("}})"), Tri::kUnknown);
  EXPECT_EQ(limited(R"({"StringEquals":")" VALUE R"("})"), Tri::kUnknown);
  EXPECT_EQ(limited(R"({"Bool":")" VALUE R"("})"), Tri::kUnknown);
  EXPECT_EQ(limited(R"({"StringEqualsIfExists":{"aws:SourceAccount":")" ANY R"("}})"), Tri::kTrue);
  EXPECT_EQ(limited(R"({"ArnLike":{"aws:SourceArn":"arn:aws:s3:::)" NAME R"("}})"), Tri::kFalse);
  EXPECT_EQ(limited(R"({"ArnLike":{"aws:SourceArn":"arn:aws:s3:::)" ANY R"("}})"), Tri::kUnknown);
  EXPECT_EQ(limited(R"({"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:)" NAME R"(:*"}})"), Tri::kFalse);
  EXPECT_EQ(limited(R"({"IpAddress":{"aws:SourceIp":")" ANY R"("}})"), Tri::kUnknown);
  EXPECT_EQ(limited(R"({"IpAddress":{"aws:SourceIp":["0.0.0.0/0",")" ANY R"("]}})"), Tri::kTrue);
  EXPECT_EQ(limited(R"({"Bool":{"elasticfilesystem:AccessedViaMountTarget":")" ANY R"("}})"), Tri::kUnknown);
  EXPECT_EQ(limited(R"({"Bool":{"aws:SecureTransport":")" ANY R"("}})"), Tri::kTrue);
}

TEST(IamPartial, Parts) {
  const IamDocument document =
      Allow(R"("Sid":")" ANY R"(","Action":["a:b",")" ANY R"("],"Resource":["arn:aws:s3:::)" NAME R"(","x)" ANY R"("],)"
            R"("Principal":{"AWS":["arn:aws:iam::)" NAME R"(:root","arn:aws:iam::111122223333:role/)" ANY
            R"("],"Service":"s"},)"
            R"("Condition":{"StringEquals":{"k":["v",")" ANY R"("]},"Bool":")" VALUE R"("})");
  EXPECT_EQ(StatementSid(document), std::nullopt);
  EXPECT_EQ(StatementActions(document, false), (IamTexts{{"a:b"}, true}));
  EXPECT_EQ(StatementActions(document, true), IamTexts{});
  EXPECT_EQ(StatementResources(document, false), (IamTexts{{"arn:aws:s3:::${Name}"}, true}));
  EXPECT_EQ(StatementPrincipals(document, false), (IamTexts{{"Service:s"}, true}));
  EXPECT_EQ(StatementPrincipalsOfKind(document, "AWS"), (IamTexts{{}, true}));
  EXPECT_EQ(StatementPrincipalsOfKind(document, "Service"), (IamTexts{{"s"}, false}));
  EXPECT_EQ(TrustedAccounts(document), (IamTexts{{"111122223333"}, true}));
  EXPECT_EQ(StatementConditionKeys(document), (IamTexts{{"k"}, true}));
  EXPECT_EQ(StatementConditions(document), (IamTexts{{"stringequals k"}, true}));
  EXPECT_EQ(ConditionValues(document, "StringEquals", "k"), (IamTexts{{"v"}, true}));
  EXPECT_EQ(ConditionValues(document, "Bool", "k"), (IamTexts{{}, true}));
  EXPECT_EQ(ConditionValues(document, "StringLike", "k"), IamTexts{});
  const IamDocument any = Parse(R"({"Statement":")" VALUE R"("})");
  EXPECT_EQ(StatementIsAllow(any), std::nullopt);
  for (bool negated : {false, true}) {
    EXPECT_EQ(StatementActions(any, negated), (IamTexts{{}, true}));
    EXPECT_EQ(StatementResources(any, negated), (IamTexts{{}, true}));
    EXPECT_EQ(StatementPrincipals(any, negated), (IamTexts{{}, true}));
  }
  EXPECT_EQ(StatementPrincipalsOfKind(any, "Federated"), (IamTexts{{}, true}));
}

TEST(IamPartial, OneOfSeveral) {
  const auto with = [](const std::string& alternatives) {
    return Parse(R"({"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},")" VALUE + alternatives +
                 R"("]})");
  };
  EXPECT_EQ(GrantsAdmin(with(R"([{\"Effect\":\"Allow\",\"Action\":\"a:*\",\"Resource\":\"*\"},null])")), Tri::kFalse);
  EXPECT_EQ(GrantsAdmin(with(R"([null,{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}])")), Tri::kUnknown);
  EXPECT_EQ(with("[null,null]").statements.size(), 1u);
  EXPECT_EQ(with("[[null]").statements.size(), 3u) << "it is not told what it may be";
  EXPECT_FALSE(ParseIamDocument(R"({"Statement":")" VALUE R"([{\"Effect\":1}]"})").ok());
}

TEST(IamPartial, WhatMayBeAllowed) {
  const std::string own = R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::)" NAME R"(/*"})";
  const auto decide = [](const std::string& statements, std::string_view action, std::string_view resource) {
    return Allows(Parse("{\"Statement\":[" + statements + "]}"), action, resource);
  };
  EXPECT_EQ(decide(own, "s3:GetObject", "arn:aws:s3:::b/k"), std::nullopt);
  EXPECT_EQ(decide(own, "s3:GetObject", "arn:aws:s3:::*"), IamDecision::kNo);
  EXPECT_EQ(decide(own, "s3:GetObject", "*"), IamDecision::kNo);
  EXPECT_EQ(decide(own, "sqs:SendMessage", "arn:aws:s3:::b/k"), IamDecision::kNo);
  const std::string given = R"({"Effect":"Allow","Action":"s3:*","Resource":")" ANY R"("})";
  EXPECT_EQ(decide(given, "s3:GetObject", "*"), std::nullopt);
  const std::string all = R"({"Effect":"Allow","Action":"*","Resource":"*"})";
  EXPECT_EQ(decide(all + "," + given, "s3:GetObject", "*"), IamDecision::kYes);
  const std::string denied = R"({"Effect":"Deny","Action":"s3:*","Resource":")" ANY R"("})";
  EXPECT_EQ(decide(all + "," + denied, "s3:GetObject", "arn:aws:s3:::b/k"), std::nullopt);
  EXPECT_EQ(decide(all + "," + denied, "sqs:SendMessage", "*"), IamDecision::kYes);
  EXPECT_EQ(decide(all + R"(,{"Effect":"Deny","NotAction":")" ANY R"(","Resource":"*"})", "s3:GetObject", "*"),
            std::nullopt);
  EXPECT_EQ(decide(R"({"Effect":"Allow","NotAction":["iam:*",")" ANY R"("],"Resource":"*"})", "iam:PassRole", "*"),
            IamDecision::kNo);
  EXPECT_EQ(decide(all + ",\"" VALUE "\"", "s3:GetObject", "*"), std::nullopt);
}

// An answer about a partial document is that about the document with any values in place of what is unknown.
TEST(IamPartial, AnswersHoldForWhateverIsUnknown) {
  std::mt19937 random(5);
  const auto one_of = [&](const std::vector<std::string>& texts) { return texts[random() % texts.size()]; };
  const std::vector<std::string> names = {"a", "ab", "b-1"};
  const std::vector<std::string> any = {"", "*", "a", "a*", "a:*", "b?", ":", "*:*", "arn:aws:s3:::a", "arn:aws:*:*:*"};
  const auto fill = [&](std::string text) {
    for (size_t at; (at = text.find(NAME)) != std::string::npos;)
      text.replace(at, std::string_view(NAME).size(), one_of(names));
    for (size_t at; (at = text.find(ANY)) != std::string::npos;)
      text.replace(at, std::string_view(ANY).size(), one_of(any));
    return text;
  };
  const auto text = [&] {
    std::string made;
    for (auto n = random() % 3 + 1; n > 0; --n)
      made += one_of({"a", "b", "*", ":", "?", "arn:aws:", NAME, ANY, NAME, ANY});
    return made;
  };
  const auto quoted = [&](const std::string& part) { return '"' + part + '"'; };
  size_t num_known = 0, num_unknown = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string statements;
    for (auto n = random() % 2 + 1; n > 0; --n) {
      if (!statements.empty()) statements += ',';
      statements += R"({"Effect":)" + quoted(one_of({"Allow", "Allow", "Deny"})) + ',' +
                    quoted(one_of({"Action", "Action", "NotAction"})) + ":[" + quoted(text()) + ',' + quoted(text()) +
                    "]," + quoted(one_of({"Resource", "Resource", "NotResource"})) + ":[" + quoted(text()) + ',' +
                    quoted(one_of({"x", "*", ANY})) + "]";
      // The wildcards that AWS takes in a principal stand alone.
      statements +=
          R"(,"Principal":{"AWS":[)" + quoted(one_of({"*", "1", ANY, NAME, "arn:aws:iam::1:role/" NAME})) + "]}";
      if (random() % 2 == 0) {
        statements +=
            R"(,"Condition":{)" +
            quoted(one_of({"StringEquals", "StringLike", "ArnLike", "IpAddress", "Bool", "StringNotEquals"})) +
            R"(:{"aws:SourceArn":[)" +
            quoted(one_of({"true", "10.0.0.0/24", "0.0.0.0/0", ANY, NAME, "a*", "arn:aws:s3:::" ANY})) + "]}}";
      }
      statements += '}';
    }
    const std::string partial = "{\"Statement\":[" + statements + "]}", whole = fill(partial);
    const IamDocument asked = Parse(partial), filled = Parse(whole);
    const std::string action = one_of({"*", "a", "ab:a", "b?", "a*"}),
                      resource = one_of({"*", "a", "arn:aws:s3:::a", "arn:aws:s3:::*", "x"});
    const std::vector<std::string_view> keys = {"aws:SourceArn"};
    const auto agrees = [&](Tri answer, Tri of_filled) {
      ++(answer == Tri::kUnknown ? num_unknown : num_known);
      return answer == Tri::kUnknown || answer == of_filled;
    };
    ASSERT_TRUE(agrees(GrantsAdmin(asked), GrantsAdmin(filled))) << partial << "\n" << whole;
    ASSERT_TRUE(agrees(GrantsPublic(asked), GrantsPublic(filled))) << partial << "\n" << whole;
    ASSERT_TRUE(agrees(IsPublicPrincipal(asked), IsPublicPrincipal(filled))) << partial << "\n" << whole;
    ASSERT_TRUE(agrees(ConditionRestricts(asked, keys), ConditionRestricts(filled, keys))) << partial << "\n" << whole;
    const auto answer = Allows(asked, action, resource), of_filled = Allows(filled, action, resource);
    ASSERT_TRUE(!answer || answer == of_filled) << partial << "\n" << whole << "\n" << action << " " << resource;
  }
  EXPECT_GT(num_known, 10000u);
  EXPECT_GT(num_unknown, 1000u);
}

}  // namespace
}  // namespace bylaw

#include <string>

#include <gtest/gtest.h>

#include "runtime/builtins/image_ref.h"
#include "runtime/builtins/secrets.h"

namespace bylaw {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

std::string Canonical(std::string_view text) {
  auto ref = ParseImageRef(text);
  return ref ? ref->ToString() : "bad";
}

TEST(ImageRef, DefaultsAreDockersOwn) {
  EXPECT_EQ(Canonical("nginx"), "docker.io/library/nginx");
  EXPECT_EQ(Canonical("nginx:1.25"), "docker.io/library/nginx:1.25");
  EXPECT_EQ(Canonical("bitnami/redis"), "docker.io/bitnami/redis");
  EXPECT_EQ(Canonical("index.docker.io/library/nginx"), "docker.io/library/nginx");
  EXPECT_EQ(Canonical("docker.io/nginx"), "docker.io/library/nginx");
  EXPECT_EQ(Canonical("localhost/app"), "localhost/app");
  EXPECT_EQ(Canonical("localhost:5000/app:v1"), "localhost:5000/app:v1");
  EXPECT_EQ(Canonical("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app@" + kDigest),
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app@" + kDigest);
  EXPECT_EQ(Canonical("GCR.io/p/a:T"), "gcr.io/p/a:T");
  EXPECT_EQ(Canonical("[::1]:5000/a"), "[::1]:5000/a");
  EXPECT_EQ(Canonical("docker-pullable://nginx@" + kDigest), "docker.io/library/nginx@" + kDigest);
  EXPECT_EQ(Canonical("a/b__c/d-.e"), "bad");
  EXPECT_EQ(Canonical("a/b__c/d--e"), "docker.io/a/b__c/d--e");
}

TEST(ImageRef, TagAndDigest) {
  EXPECT_EQ(ParseImageRef("nginx")->effective_tag(), "latest");
  EXPECT_EQ(ParseImageRef("nginx@" + kDigest)->effective_tag(), std::nullopt);
  ImageRef both = *ParseImageRef("nginx:1.25@" + kDigest);
  EXPECT_EQ(both.tag, "1.25");
  EXPECT_EQ(both.digest, kDigest);
  EXPECT_EQ(*ParseImageRef(both.ToString()), both);
}

TEST(ImageRef, MalformedIsRejected) {
  for (const char* text : {"",
                           ":",
                           "@",
                           "/",
                           "nginx:",
                           "nginx@",
                           "nginx@sha256:abc",
                           "Nginx",
                           "a//b",
                           "/a",
                           "a/",
                           "a b",
                           "a:b:c",
                           "nginx:.x",
                           "nginx:a b",
                           "-a",
                           "a-",
                           "a___b",
                           "a..b",
                           "exa_mple.com/a",
                           "host:port/a",
                           "http://nginx",
                           "nginx@sha256:zz",
                           "nginx@a@b"}) {
    EXPECT_EQ(Canonical(text), "bad") << text;
  }
  EXPECT_EQ(Canonical("a:" + std::string(129, 'b')), "bad");
  EXPECT_EQ(Canonical(std::string(300, 'a')), "bad");
}

// The samples are put together here, so that no scanner takes this file for a leak.
TEST(Secrets, KindsByPublishedFormats) {
  auto kind = [](const std::string& text) { return std::string(SecretKind(text).value_or("none")); };
  const std::string mixed = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6a7B8c9D0e1F2g3H4i5J6k7L8m9N0";
  EXPECT_EQ(kind("key = AKIA"
                 "QYLPMN5HIJ2KABCD"),
            "aws access key id");
  EXPECT_EQ(kind("-----BEGIN RSA "
                 "PRIVATE KEY-----\nMIIE"),
            "private key");
  EXPECT_EQ(kind("-----BEGIN "
                 "PRIVATE KEY-----"),
            "private key");
  EXPECT_EQ(kind("ghp"
                 "_" +
                 mixed.substr(0, 36)),
            "github token");
  EXPECT_EQ(kind("xox"
                 "b-123456789012-abcdefghij"),
            "slack token");
  EXPECT_EQ(kind("sk"
                 "_live_" +
                 mixed.substr(0, 24)),
            "stripe key");
  EXPECT_EQ(kind("ey"
                 "JhbGciOiJIUzI1NiJ9.ey"
                 "JzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"),
            "json web token");
  EXPECT_EQ(kind("postgres://app:"
                 "hunter22@db.internal/x"),
            "url with password");
  EXPECT_EQ(kind("aws_secret_access_key = " + mixed.substr(0, 40)), "aws secret access key");
  EXPECT_EQ(kind(mixed.substr(0, 40)), "high-entropy token");
  EXPECT_EQ(SecretKinds().back(), "high-entropy token");
}

TEST(Secrets, OrdinaryValuesAndPlaceholdersAreNone) {
  for (const char* text :
       {"", "hello", "production", "arn:aws:iam::111122223333:role/ThisIsARoleWithALongName123", "AKIAIOSFODNN7EXAMPLE",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "https://example.com/path", "postgres://app:${password}@db/x", "my-very-long-service-name-without-secret",
        "{{resolve:secretsmanager:db:SecretString:password}}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "-----BEGIN CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----"}) {
    EXPECT_EQ(SecretKind(text), std::nullopt) << text;
  }
}

TEST(Secrets, AnyBytesAreFine) {
  EXPECT_EQ(SecretKind(std::string(3 << 20, '\xff')), std::nullopt);
  EXPECT_EQ(SecretKind(std::string_view("\0\0\0", 3)), std::nullopt);
}

TEST(Secrets, EntropyIsBitsAByte) {
  EXPECT_EQ(Entropy(""), 0.0);
  EXPECT_EQ(Entropy("aaaa"), 0.0);
  EXPECT_EQ(Entropy("aabb"), 1.0);
  EXPECT_EQ(Entropy("abcd"), 2.0);
}

}  // namespace
}  // namespace bylaw

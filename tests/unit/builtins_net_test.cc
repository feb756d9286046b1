#include <bitset>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "runtime/builtins/net.h"

namespace bylaw {
namespace {

std::string Canonical(std::string_view text) {
  auto ip = ParseIp(text);
  return ip ? ToString(*ip) : "bad";
}

std::string CanonicalCidr(std::string_view text) {
  auto cidr = ParseCidr(text);
  return cidr ? ToString(*cidr) : "bad";
}

IpSet Set(std::initializer_list<std::string_view> cidrs) {
  std::vector<Cidr> parsed;
  for (auto text : cidrs) parsed.push_back(ParseCidr(text).value());
  return ToIpSet(parsed);
}

TEST(Ip, V4IsFourDecimalNumbers) {
  EXPECT_EQ(Canonical("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(Canonical("0.0.0.0"), "0.0.0.0");
  EXPECT_EQ(Canonical("255.255.255.255"), "255.255.255.255");
  for (const char* text :
       {"", "10", "10.0.0", "10.0.0.0.1", "10.0.0.256", "10.0.0.01", "10.0.0.", ".0.0.1", "10.0.0.-1", "10.0.0.1 ",
        " 10.0.0.1", "0x10.0.0.1", "10.0.0.1000", "a.b.c.d", "10.0.0.+1"}) {
    EXPECT_EQ(Canonical(text), "bad") << text;
  }
}

// The examples of RFC 5952 sections 1, 2 and 4, RFC 4291 section 2.2.
TEST(Ip, V6IsWrittenAsRfc5952Says) {
  EXPECT_EQ(Canonical("2001:DB8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
  EXPECT_EQ(Canonical("2001:0db8::0001"), "2001:db8::1");
  EXPECT_EQ(Canonical("2001:db8::1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(Canonical("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
  EXPECT_EQ(Canonical("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
  EXPECT_EQ(Canonical("2001:db8:aaaa:bbbb:cccc:dddd:eeee:AaAa"), "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa");
  EXPECT_EQ(Canonical("::"), "::");
  EXPECT_EQ(Canonical("::1"), "::1");
  EXPECT_EQ(Canonical("1::"), "1::");
  EXPECT_EQ(Canonical("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0");
  EXPECT_EQ(Canonical("::2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8");
  EXPECT_EQ(Canonical("::FFFF:129.144.52.38"), "::ffff:129.144.52.38");
  EXPECT_EQ(Canonical("0:0:0:0:0:0:13.1.68.3"), "::d01:4403");
  EXPECT_EQ(Canonical("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
}

TEST(Ip, MalformedV6IsRejected) {
  for (const char* text : {":",
                           ":::",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           "12345::",
                           "g::",
                           "fe80::1%eth0",
                           "[::1]",
                           "::1.2.3",
                           "::1.2.3.4.5",
                           "1.2.3.4::",
                           "::1.2.3.4:5",
                           "1:",
                           ":1",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::ffff:1.2.3.256",
                           "1::2:",
                           ":1::2",
                           "::0x1",
                           "::-1"}) {
    EXPECT_EQ(Canonical(text), "bad") << text;
  }
  EXPECT_EQ(Canonical(std::string(1'000'000, ':')), "bad");
}

TEST(Cidr, HostBitsAreCleared) {
  EXPECT_EQ(CanonicalCidr("10.1.2.3/8"), "10.0.0.0/8");
  EXPECT_EQ(CanonicalCidr("10.1.2.3"), "10.1.2.3/32");
  EXPECT_EQ(CanonicalCidr("10.1.2.3/0"), "0.0.0.0/0");
  EXPECT_EQ(CanonicalCidr("2001:db8::1/64"), "2001:db8::/64");
  EXPECT_EQ(CanonicalCidr("::1"), "::1/128");
  EXPECT_EQ(CanonicalCidr("ffff::/0"), "::/0");
}

TEST(Cidr, MalformedIsRejected) {
  for (const char* text : {"10.0.0.0/33", "::/129", "10.0.0.0/", "/8", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8/8",
                           "10.0.0.0/a", "10/8", "0.0.0.0/0.0.0.0", "10.0.0.0 /8", "10.0.0.0/1000"}) {
    EXPECT_EQ(CanonicalCidr(text), "bad") << text;
  }
  EXPECT_FALSE(MakeCidr(*ParseIp("10.0.0.0"), -1));
  EXPECT_FALSE(MakeCidr(*ParseIp("::"), 129));
}

TEST(Cidr, ContainsAndOverlapsKeepFamiliesApart) {
  Cidr ten = *ParseCidr("10.0.0.0/8");
  EXPECT_TRUE(ten.Contains(*ParseIp("10.255.255.255")));
  EXPECT_FALSE(ten.Contains(*ParseIp("11.0.0.0")));
  EXPECT_FALSE(ten.Contains(*ParseIp("::10.0.0.1")));
  EXPECT_TRUE(ten.Contains(*ParseCidr("10.0.0.0/8")));
  EXPECT_FALSE(ten.Contains(*ParseCidr("10.0.0.0/7")));
  EXPECT_TRUE(ten.Overlaps(*ParseCidr("0.0.0.0/0")));
  EXPECT_FALSE(ten.Overlaps(*ParseCidr("::/0")));
  EXPECT_EQ(ToString(ten.last()), "10.255.255.255");
  EXPECT_EQ(ToString(ParseCidr("::/0")->last()), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST(IpSet, TwoHalvesAreTheWorld) {
  EXPECT_EQ(Set({"0.0.0.0/1", "128.0.0.0/1"}), WorldV4());
  EXPECT_EQ(Set({"::/1", "8000::/1"}), WorldV6());
  EXPECT_EQ(WorldV4().Union(WorldV6()), World());
  EXPECT_EQ(World().ranges().size(), 2u);
  EXPECT_TRUE(World().Minus(World()).empty());
  EXPECT_EQ(World().Minus(WorldV4()), WorldV6());
}

TEST(IpSet, DifferenceLeavesTheRestAsMinimalCidrs) {
  IpSet rest = Set({"10.0.0.0/8"}).Minus(Set({"10.1.0.0/16"}));
  EXPECT_EQ(
      ToString(rest),
      "10.0.0.0/16, 10.2.0.0/15, 10.4.0.0/14, 10.8.0.0/13, 10.16.0.0/12, 10.32.0.0/11, 10.64.0.0/10, 10.128.0.0/9");
  EXPECT_EQ(rest.Union(Set({"10.1.0.0/16"})), Set({"10.0.0.0/8"}));
  EXPECT_EQ(ToString(IpSet()), "no address");
  EXPECT_EQ(ToString(rest, 2), "10.0.0.0/16, 10.2.0.0/15, and more");
  EXPECT_FALSE(MinimalCidrs(rest, 7));
  EXPECT_EQ(MinimalCidrs(rest, 8)->size(), 8u);
}

TEST(IpSet, WorstCaseRangeNeeds254Cidrs) {
  Ip first = *IpPoint::Next(*ParseIp("::"));
  Ip last = *IpPoint::Previous(*ParseIp("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  auto cidrs = MinimalCidrs(IpSet::Of(first, last)).value();
  EXPECT_EQ(cidrs.size(), 254u);
  EXPECT_EQ(ToIpSet(cidrs), IpSet::Of(first, last));
  EXPECT_EQ(MinimalCidrs(World())->size(), 2u);
}

TEST(IpSet, CountsAddresses) {
  EXPECT_EQ(AddressCount(Set({"10.0.0.0/24", "10.0.0.128/25", "::1"})), 257.0);
  EXPECT_EQ(AddressCount(WorldV4()), 4294967296.0);
  EXPECT_EQ(AddressCount(WorldV6()), 340282366920938463463374607431768211456.0);
  EXPECT_EQ(AddressCount(IpSet()), 0.0);
}

TEST(IpSet, PublicAddressesFollowTheRegistries) {
  for (const char* text : {"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.0", "192.0.0.9",
                           "192.0.1.0", "223.255.255.255", "2000::", "2001:4860:4860::8888", "2600::", "2001:20::1",
                           "2001:4:112::1", "64:ff9b::808:808", "3fff:1000::"}) {
    EXPECT_TRUE(PublicAddresses().Contains(*ParseIp(text))) << text;
  }
  for (const char* text : {"0.0.0.0",
                           "10.0.0.1",
                           "100.64.0.1",
                           "127.0.0.1",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.168.1.1",
                           "198.18.0.1",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::ffff:8.8.8.8",
                           "100::1",
                           "2001::1",
                           "2001:db8::1",
                           "3fff::1",
                           "5f00::1",
                           "fc00::1",
                           "fd12::1",
                           "fe80::1",
                           "ff02::1",
                           "64:ff9b:1::1"}) {
    EXPECT_FALSE(PublicAddresses().Contains(*ParseIp(text))) << text;
  }
  EXPECT_FALSE(PublicAddresses().Overlaps(PrivateAddresses()));
}

TEST(IpSet, WorldMeansAllPublicAddressesOfOneFamily) {
  EXPECT_TRUE(IsWorld(WorldV4()));
  EXPECT_TRUE(IsWorld(WorldV6()));
  EXPECT_TRUE(IsWorld(Set({"2000::/3", "64:ff9b::/96"})));
  EXPECT_TRUE(IsWorld(WorldV4().Minus(Set({"10.0.0.0/8"}))));
  EXPECT_FALSE(IsWorld(WorldV4().Minus(Set({"8.8.8.8"}))));
  EXPECT_FALSE(IsWorld(Set({"0.0.0.0/1"})));
  EXPECT_FALSE(IsWorld(IpSet()));
}

TEST(IpSet, CoversAndOverlapsOfEmptySets) {
  EXPECT_TRUE(IpSet().Covers(IpSet()));
  EXPECT_TRUE(Set({"10.0.0.0/8"}).Covers(IpSet()));
  EXPECT_FALSE(IpSet().Covers(Set({"10.0.0.0/8"})));
  EXPECT_FALSE(IpSet().Overlaps(World()));
  EXPECT_TRUE(Set({"10.0.0.0/9", "10.128.0.0/9"}).Covers(Set({"10.0.0.0/8"})));
}

// Interval algebra against bit sets, over ports 0..127 as a stand-in for any points.
TEST(PortSet, AlgebraAgreesWithBitSets) {
  std::mt19937 random(7);
  auto to_bits = [](const PortSet& set) {
    std::bitset<128> bits;
    for (uint16_t i = 0; i < 128; ++i) bits[i] = set.Contains(i);
    return bits;
  };
  auto make = [&](std::bitset<128>& bits) {
    std::vector<PortRange> ranges;
    for (auto n = random() % 12; n > 0; --n) {
      uint16_t first = static_cast<uint16_t>(random() % 128);
      uint16_t last = static_cast<uint16_t>(std::min<uint64_t>(127, first + random() % 16));
      ranges.push_back({first, last});
      for (uint16_t i = first; i <= last; ++i) bits[i] = true;
    }
    return PortSet::Of(std::move(ranges));
  };
  for (int round = 0; round < 3000; ++round) {
    std::bitset<128> x, y;
    PortSet a = make(x), b = make(y);
    ASSERT_EQ(to_bits(a), x);
    ASSERT_EQ(to_bits(a.Union(b)), x | y);
    ASSERT_EQ(to_bits(a.Intersect(b)), x & y);
    ASSERT_EQ(to_bits(a.Minus(b)), x & ~y);
    ASSERT_EQ(a.Covers(b), (y & ~x).none());
    ASSERT_EQ(a.Overlaps(b), (x & y).any());
    ASSERT_EQ(a.Minus(b).Union(a.Intersect(b)), a);
    ASSERT_EQ(static_cast<size_t>(PortCount(a)), x.count());
  }
}

TEST(PortSet, MakesAndPrints) {
  EXPECT_EQ(ToString(*MakePorts(20, 25)), "20-25");
  EXPECT_EQ(*MakePorts(-1, -1), AllPorts());
  EXPECT_TRUE(MakePorts(5, 4)->empty());
  EXPECT_FALSE(MakePorts(-1, 80));
  EXPECT_FALSE(MakePorts(0, 65536));
  EXPECT_EQ(*MakePorts(0, 65535), AllPorts());
  EXPECT_EQ(PortCount(AllPorts()), 65536);
  EXPECT_EQ(ToString(PortSet()), "no port");
  EXPECT_FALSE(ContainsPort(AllPorts(), 65536));
  EXPECT_FALSE(ContainsPort(AllPorts(), -1));
}

TEST(PortSet, Parses) {
  EXPECT_EQ(ToString(*ParsePorts("80-90, 22,91")), "22, 80-91");
  EXPECT_EQ(*ParsePorts(" * "), AllPorts());
  for (const char* text : {"", ",", "22,", "a", "90-80", "65536", "1-", "-1", "1-2-3", "22 23"}) {
    EXPECT_FALSE(ParsePorts(text)) << text;
  }
}

TEST(ProtocolNumber, ReadsNamesAndNumbers) {
  EXPECT_EQ(ProtocolNumber("TCP"), 6);
  EXPECT_EQ(ProtocolNumber("17"), 17);
  EXPECT_EQ(ProtocolNumber("-1"), -1);
  EXPECT_EQ(ProtocolNumber("*"), -1);
  EXPECT_EQ(ProtocolNumber("icmpv6"), 58);
  for (const char* text : {"", "256", "-2", "tcpp", "t c p", "06"}) EXPECT_FALSE(ProtocolNumber(text)) << text;
}

}  // namespace
}  // namespace bylaw

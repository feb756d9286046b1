#include "runtime/builtins/net.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace bylaw {
namespace {

__extension__ using Uint128 = unsigned __int128;

Uint128 Bits(const Ip& ip) { return (static_cast<Uint128>(ip.hi) << 64) | ip.lo; }

Ip FromBits(uint8_t family, Uint128 bits) {
  return {family, static_cast<uint64_t>(bits >> 64), static_cast<uint64_t>(bits)};
}

Uint128 MaxBits(uint8_t family) { return family == 4 ? Uint128{0xffffffff} : ~Uint128{0}; }

/// Ones where a CIDR of that length has host bits.
Uint128 HostMask(const Ip& ip, int prefix_length) {
  int host_bits = ip.num_bits() - prefix_length;
  return host_bits == 128 ? ~Uint128{0} : (Uint128{1} << host_bits) - 1;
}

/// A decimal number of at most `max_digits` digits without sign or leading zero.
std::optional<uint32_t> ParseDecimal(std::string_view text, size_t max_digits) {
  if (text.empty() || text.size() > max_digits || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint32_t> ParseV4(std::string_view text) {
  uint32_t bits = 0;
  for (int part = 0; part < 4; ++part) {
    size_t end = part < 3 ? text.find('.') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    auto number = ParseDecimal(text.substr(0, end), 3);
    if (!number || *number > 255) return std::nullopt;
    bits = (bits << 8) | *number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return bits;
}

/// The 16-bit groups of `text` (colons between; the last may be a dotted IPv4 address), appended to `groups`; false if
/// malformed.
bool ParseGroups(std::string_view text, bool may_end_in_v4, std::vector<uint16_t>& groups) {
  if (text.empty()) return true;
  while (true) {
    size_t colon = text.find(':');
    std::string_view group = text.substr(0, colon);
    bool is_last = colon == std::string_view::npos;
    if (is_last && may_end_in_v4 && group.find('.') != std::string_view::npos) {
      auto v4 = ParseV4(group);
      if (!v4) return false;
      groups.push_back(static_cast<uint16_t>(*v4 >> 16));
      groups.push_back(static_cast<uint16_t>(*v4));
      return true;
    }
    uint16_t value = 0;
    auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (group.empty() || group.size() > 4 || error != std::errc() || end != group.data() + group.size()) return false;
    groups.push_back(value);
    if (is_last) return true;
    text.remove_prefix(colon + 1);
    if (groups.size() > 8) return false;
  }
}

std::optional<Ip> ParseV6(std::string_view text) {
  if (text.size() > 45) return std::nullopt;
  std::vector<uint16_t> groups;
  size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (text.empty() || !ParseGroups(text, true, groups) || groups.size() != 8) return std::nullopt;
  } else {
    std::string_view tail_text = text.substr(gap + 2);
    if (tail_text.find("::") != std::string_view::npos || tail_text.substr(0, 1) == ":") return std::nullopt;
    std::vector<uint16_t> tail;
    if (!ParseGroups(text.substr(0, gap), false, groups) || !ParseGroups(tail_text, true, tail)) return std::nullopt;
    if (groups.size() + tail.size() > 7) return std::nullopt;
    groups.resize(8 - tail.size(), 0);
    groups.insert(groups.end(), tail.begin(), tail.end());
  }
  Uint128 bits = 0;
  for (uint16_t group : groups) bits = (bits << 16) | group;
  return FromBits(6, bits);
}

std::string FormatV4(uint32_t bits) {
  return fmt::format("{}.{}.{}.{}", bits >> 24, (bits >> 16) & 255, (bits >> 8) & 255, bits & 255);
}

std::string FormatV6(const Ip& ip) {
  if (ip.hi == 0 && (ip.lo >> 32) == 0xffff) return "::ffff:" + FormatV4(static_cast<uint32_t>(ip.lo));
  std::array<uint16_t, 8> groups;
  for (size_t i = 0; i < 8; ++i) groups[i] = static_cast<uint16_t>(Bits(ip) >> (112 - 16 * i));
  // RFC 5952: `::` stands for the longest run of at least two zero groups, the first one among equals.
  size_t gap_start = 8, gap_size = 1;
  for (size_t i = 0; i < 8;) {
    size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > gap_size) {
      gap_start = i;
      gap_size = end - i;
    }
    i = end + 1;
  }
  std::string text;
  for (size_t i = 0; i < 8; ++i) {
    if (i == gap_start) {
      text += "::";
      i += gap_size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += fmt::format("{:x}", groups[i]);
  }
  return text;
}

IpSet OfText(std::initializer_list<std::string_view> cidrs) {
  std::vector<Cidr> parsed;
  for (std::string_view text : cidrs) parsed.push_back(ParseCidr(text).value());
  return ToIpSet(parsed);
}

IpSet MakePublicAddresses() {
  IpSet not_reachable_v4 = OfText({
      "0.0.0.0/8",        // this network, RFC 791
      "10.0.0.0/8",       // private use, RFC 1918
      "100.64.0.0/10",    // shared address space, RFC 6598
      "127.0.0.0/8",      // loopback, RFC 1122
      "169.254.0.0/16",   // link local, RFC 3927
      "172.16.0.0/12",    // private use, RFC 1918
      "192.0.0.0/24",     // protocol assignments, RFC 6890
      "192.0.2.0/24",     // documentation, RFC 5737
      "192.88.99.2/32",   // 6a44 relay, RFC 6751
      "192.168.0.0/16",   // private use, RFC 1918
      "198.18.0.0/15",    // benchmarking, RFC 2544
      "198.51.100.0/24",  // documentation, RFC 5737
      "203.0.113.0/24",   // documentation, RFC 5737
      "224.0.0.0/4",      // multicast, RFC 5771
      "240.0.0.0/4",      // reserved, RFC 1112, with limited broadcast, RFC 8190
  });
  IpSet reachable_within_v4 = OfText({
      "192.0.0.9/32",   // Port Control Protocol anycast, RFC 7723
      "192.0.0.10/32",  // TURN anycast, RFC 8155
  });
  IpSet not_reachable_v6 = OfText({
      "64:ff9b:1::/48",  // local IPv4/IPv6 translation, RFC 8215
      "2001::/23",       // protocol assignments, RFC 2928, with Teredo and benchmarking
      "2001:db8::/32",   // documentation, RFC 3849
      "3fff::/20",       // documentation, RFC 9637
  });
  IpSet reachable_within_v6 = OfText({
      "2001:1::1/128",    // Port Control Protocol anycast, RFC 7723
      "2001:1::2/128",    // TURN anycast, RFC 8155
      "2001:1::3/128",    // DNS-SD SRP anycast, RFC 9665
      "2001:3::/32",      // AMT, RFC 7450
      "2001:4:112::/48",  // AS112-v6, RFC 7535
      "2001:20::/28",     // ORCHIDv2, RFC 7343
      "2001:30::/28",     // drone remote ID, RFC 9374
  });
  return WorldV4()
      .Minus(not_reachable_v4)
      .Union(reachable_within_v4)
      .Union(OfText({"2000::/3", "64:ff9b::/96"}).Minus(not_reachable_v6).Union(reachable_within_v6));
}

std::string_view TrimSpaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Ip Cidr::last() const { return FromBits(address.family, Bits(address) | HostMask(address, prefix_length)); }

bool Cidr::Contains(const Ip& ip) const {
  return ip.family == address.family && (Bits(ip) & ~HostMask(address, prefix_length)) == Bits(address);
}

bool Cidr::Contains(const Cidr& other) const { return prefix_length <= other.prefix_length && Contains(other.address); }

std::optional<Ip> ParseIp(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return ParseV6(text);
  auto bits = ParseV4(text);
  if (!bits) return std::nullopt;
  return FromBits(4, *bits);
}

std::optional<Cidr> ParseCidr(std::string_view text) {
  size_t slash = text.find('/');
  auto ip = ParseIp(text.substr(0, slash));
  if (!ip) return std::nullopt;
  if (slash == std::string_view::npos) return MakeCidr(*ip, ip->num_bits());
  auto length = ParseDecimal(text.substr(slash + 1), 3);
  if (!length) return std::nullopt;
  return MakeCidr(*ip, *length);
}

std::optional<Cidr> MakeCidr(const Ip& ip, int64_t prefix_length) {
  if (prefix_length < 0 || prefix_length > ip.num_bits()) return std::nullopt;
  Uint128 network = Bits(ip) & ~HostMask(ip, static_cast<int>(prefix_length));
  return Cidr{FromBits(ip.family, network), static_cast<uint8_t>(prefix_length)};
}

std::string ToString(const Ip& ip) { return ip.family == 4 ? FormatV4(static_cast<uint32_t>(ip.lo)) : FormatV6(ip); }

std::string ToString(const Cidr& cidr) { return fmt::format("{}/{}", ToString(cidr.address), cidr.prefix_length); }

size_t Hash(const Ip& ip) {
  uint64_t hash = ip.hi * 0x9e3779b97f4a7c15u ^ std::rotl(ip.lo * 0xc2b2ae3d27d4eb4fu, 31) ^ ip.family;
  hash *= 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 32);
}

size_t Hash(const Cidr& cidr) { return Hash(cidr.address) * 131 + cidr.prefix_length; }

std::optional<Ip> IpPoint::Next(const Ip& ip) {
  if (Bits(ip) == MaxBits(ip.family)) return std::nullopt;
  return FromBits(ip.family, Bits(ip) + 1);
}

std::optional<Ip> IpPoint::Previous(const Ip& ip) {
  if (Bits(ip) == 0) return std::nullopt;
  return FromBits(ip.family, Bits(ip) - 1);
}

IpSet ToIpSet(const Cidr& cidr) { return IpSet::Of(cidr.first(), cidr.last()); }

IpSet ToIpSet(const Ip& ip) { return IpSet::Of(ip, ip); }

IpSet ToIpSet(std::span<const Cidr> cidrs) {
  std::vector<IpRange> ranges;
  ranges.reserve(cidrs.size());
  for (const Cidr& cidr : cidrs) ranges.push_back({cidr.first(), cidr.last()});
  return IpSet::Of(std::move(ranges));
}

const IpSet& World() {
  static const IpSet* const set = new IpSet(WorldV4().Union(WorldV6()));
  return *set;
}

const IpSet& WorldV4() {
  static const IpSet* const set = new IpSet(OfText({"0.0.0.0/0"}));
  return *set;
}

const IpSet& WorldV6() {
  static const IpSet* const set = new IpSet(OfText({"::/0"}));
  return *set;
}

const IpSet& PublicAddresses() {
  static const IpSet* const set = new IpSet(MakePublicAddresses());
  return *set;
}

const IpSet& PrivateAddresses() {
  static const IpSet* const set = new IpSet(OfText({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}));
  return *set;
}

bool IsWorld(const IpSet& set) {
  static const IpSet* const public_v4 = new IpSet(PublicAddresses().Intersect(WorldV4()));
  static const IpSet* const public_v6 = new IpSet(PublicAddresses().Intersect(WorldV6()));
  return set.Covers(*public_v4) || set.Covers(*public_v6);
}

double AddressCount(const IpSet& set) {
  // Exact 128-bit sums; only all of IPv6 (2^128) does not fit, so each family's overflow is carried in a double.
  Uint128 sum = 0;
  double overflow = 0;
  for (const IpRange& range : set.ranges()) {
    Uint128 span = Bits(range.last) - Bits(range.first);
    if (span == ~Uint128{0}) {
      overflow += std::ldexp(1.0, 128);
    } else if (sum + span + 1 < sum) {
      overflow += static_cast<double>(sum);
      sum = span + 1;
    } else {
      sum += span + 1;
    }
  }
  return overflow + static_cast<double>(sum);
}

std::optional<std::vector<Cidr>> MinimalCidrs(const IpSet& set, size_t limit) {
  std::vector<Cidr> cidrs;
  for (const IpRange& range : set.ranges()) {
    const uint8_t family = range.first.family;
    const int num_bits = range.first.num_bits();
    const Uint128 last = Bits(range.last);
    Uint128 first = Bits(range.first);
    while (true) {
      if (cidrs.size() >= limit) return std::nullopt;
      // The largest block that begins at `first` and ends no later than `last`.
      int host_bits = 0;
      while (host_bits < num_bits) {
        Uint128 mask = host_bits == 127 ? ~Uint128{0} : (Uint128{1} << (host_bits + 1)) - 1;
        if ((first & mask) != 0 || (first | mask) > last) break;
        ++host_bits;
      }
      cidrs.push_back({FromBits(family, first), static_cast<uint8_t>(num_bits - host_bits)});
      Uint128 block_last = Bits(cidrs.back().last());
      if (block_last == last) break;
      first = block_last + 1;
    }
  }
  return cidrs;
}

std::string ToString(const IpSet& set, size_t max_cidrs) {
  if (set.empty()) return "no address";
  std::string text;
  size_t num_cidrs = 0;
  for (const IpRange& range : set.ranges()) {
    // One range of one family needs at most 254 CIDRs.
    const std::vector<Cidr> cidrs = MinimalCidrs(IpSet::Of(range.first, range.last)).value();
    for (const Cidr& cidr : cidrs) {
      if (num_cidrs == max_cidrs) return text + ", and more";
      if (num_cidrs > 0) text += ", ";
      text += ToString(cidr);
      ++num_cidrs;
    }
  }
  return text;
}

std::optional<uint16_t> PortPoint::Next(uint16_t port) {
  if (port == 65535) return std::nullopt;
  return static_cast<uint16_t>(port + 1);
}

std::optional<uint16_t> PortPoint::Previous(uint16_t port) {
  if (port == 0) return std::nullopt;
  return static_cast<uint16_t>(port - 1);
}

const PortSet& AllPorts() {
  static const PortSet* const set = new PortSet(PortSet::Of(0, 65535));
  return *set;
}

std::optional<PortSet> MakePorts(int64_t from, int64_t to) {
  if (from == -1 && to == -1) return AllPorts();
  if (from < 0 || from > 65535 || to < 0 || to > 65535) return std::nullopt;
  return PortSet::Of(static_cast<uint16_t>(from), static_cast<uint16_t>(to));
}

std::optional<PortSet> ParsePorts(std::string_view text) {
  if (TrimSpaces(text) == "*") return AllPorts();
  std::vector<PortRange> ranges;
  while (true) {
    size_t comma = text.find(',');
    std::string_view item = TrimSpaces(text.substr(0, comma));
    size_t dash = item.find('-');
    auto first = ParseDecimal(TrimSpaces(item.substr(0, dash)), 5);
    auto last = dash == std::string_view::npos ? first : ParseDecimal(TrimSpaces(item.substr(dash + 1)), 5);
    if (!first || !last || *first > 65535 || *last > 65535 || *last < *first) return std::nullopt;
    ranges.push_back({static_cast<uint16_t>(*first), static_cast<uint16_t>(*last)});
    if (comma == std::string_view::npos) return PortSet::Of(std::move(ranges));
    text.remove_prefix(comma + 1);
  }
}

int64_t PortCount(const PortSet& set) {
  int64_t count = 0;
  for (const PortRange& range : set.ranges()) count += range.last - range.first + 1;
  return count;
}

bool ContainsPort(const PortSet& set, int64_t port) {
  return port >= 0 && port <= 65535 && set.Contains(static_cast<uint16_t>(port));
}

std::string ToString(const PortSet& set) {
  if (set.empty()) return "no port";
  std::string text;
  for (const PortRange& range : set.ranges()) {
    if (!text.empty()) text += ", ";
    text += range.first == range.last ? fmt::format("{}", range.first) : fmt::format("{}-{}", range.first, range.last);
  }
  return text;
}

std::optional<int64_t> ProtocolNumber(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, int64_t>, 22> kNames = {{
      {"-1", -1},     {"all", -1},   {"any", -1},  {"*", -1},    {"icmp", 1},   {"igmp", 2},   {"ipip", 4}, {"tcp", 6},
      {"egp", 8},     {"igp", 9},    {"udp", 17},  {"ipv6", 41}, {"rsvp", 46},  {"gre", 47},   {"esp", 50}, {"ah", 51},
      {"icmpv6", 58}, {"icmp6", 58}, {"ospf", 89}, {"pim", 103}, {"vrrp", 112}, {"sctp", 132},
  }};
  if (auto number = ParseDecimal(text, 3)) {
    if (*number <= 255) return static_cast<int64_t>(*number);
    return std::nullopt;
  }
  std::string lower(text.substr(0, 16));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (text.size() > lower.size()) return std::nullopt;
  auto entry = std::find_if(kNames.begin(), kNames.end(), [&](auto& name) { return name.first == lower; });
  if (entry == kNames.end()) return std::nullopt;
  return entry->second;
}

}  // namespace bylaw

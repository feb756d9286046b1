// Network values: addresses, CIDR ranges, sets of addresses (IPv4 and IPv6 together), sets of ports.
//
// Everything here is an immutable value; parsing gives nothing on bad text and never throws. Text forms follow RFC 4291
// and RFC 4632 (reading) and RFC 5952 (writing). IPv4 sorts before IPv6, then by number.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/builtins/interval_set.h"

namespace bylaw {

/// An address: 32 bits in `lo` for IPv4 (`hi` is 0), 128 bits in `hi`, `lo` for IPv6.
struct Ip {
  uint8_t family = 4;  ///< 4 or 6
  uint64_t hi = 0;
  uint64_t lo = 0;

  auto operator<=>(const Ip&) const = default;
  int num_bits() const { return family == 4 ? 32 : 128; }
};

/// A range of addresses that share their first `prefix_length` bits. Invariant: the bits after them are 0.
struct Cidr {
  Ip address;
  uint8_t prefix_length = 0;

  auto operator<=>(const Cidr&) const = default;
  Ip first() const { return address; }
  Ip last() const;
  bool Contains(const Ip& ip) const;
  bool Contains(const Cidr& other) const;
  bool Overlaps(const Cidr& other) const { return Contains(other) || other.Contains(*this); }
};

/// `10.0.0.1` (four decimal numbers without leading zeros), `2001:db8::1`, `::ffff:10.0.0.1`; no zone, no brackets, no
/// spaces.
std::optional<Ip> ParseIp(std::string_view text);

/// `10.0.0.0/8`, `::/0`; host bits are cleared; an address without `/` is a range of one.
std::optional<Cidr> ParseCidr(std::string_view text);

/// The range of that length around `ip`; nothing if the length does not fit its family.
std::optional<Cidr> MakeCidr(const Ip& ip, int64_t prefix_length);

/// The canonical text (RFC 5952; IPv4-mapped IPv6 with the dotted tail).
std::string ToString(const Ip& ip);
std::string ToString(const Cidr& cidr);

size_t Hash(const Ip& ip);
size_t Hash(const Cidr& cidr);

struct IpPoint {
  static std::optional<Ip> Next(const Ip& ip);      ///< nothing at the end of each family
  static std::optional<Ip> Previous(const Ip& ip);  ///< nothing at the start of each family
};

using IpRange = Interval<Ip>;
using IpSet = IntervalSet<Ip, IpPoint>;

IpSet ToIpSet(const Cidr& cidr);
IpSet ToIpSet(const Ip& ip);
IpSet ToIpSet(std::span<const Cidr> cidrs);

/// All addresses of both families, of IPv4, of IPv6.
const IpSet& World();
const IpSet& WorldV4();
const IpSet& WorldV6();

/// The addresses that a packet from anywhere may be sent to. IPv4: all but multicast (224.0.0.0/4) and the ranges that
/// the IANA IPv4 Special-Purpose Address Registry (as of 2025-10-09) marks as not globally reachable. IPv6: the global
/// unicast space that IANA allocates from (2000::/3) and the NAT64 prefix 64:ff9b::/96, but for the ranges that the
/// IANA IPv6 Special-Purpose Address Registry (as of 2025-10-09) marks as not globally reachable. Ranges whose
/// reachability the registries leave open (6to4) count as public.
const IpSet& PublicAddresses();

/// RFC 1918 and RFC 4193.
const IpSet& PrivateAddresses();

/// Every public IPv4 address, or every public IPv6 address, is in the set.
bool IsWorld(const IpSet& set);

/// The number of addresses; the nearest double beyond 2^53.
double AddressCount(const IpSet& set);

/// The fewest CIDR ranges that make up the set, ascending; nothing if there are more than `limit`.
std::optional<std::vector<Cidr>> MinimalCidrs(const IpSet& set, size_t limit = 1'000'000);

/// For messages: the minimal CIDRs with `, ` between; after `max_cidrs` of them `, and more`. The empty set is `no
/// address`.
std::string ToString(const IpSet& set, size_t max_cidrs = 16);

struct PortPoint {
  static std::optional<uint16_t> Next(uint16_t port);
  static std::optional<uint16_t> Previous(uint16_t port);
};

using PortRange = Interval<uint16_t>;
using PortSet = IntervalSet<uint16_t, PortPoint>;

const PortSet& AllPorts();

/// From `from` to `to`; both -1: all ports; empty if `to` is below `from`; nothing if a number is not 0 to 65535.
std::optional<PortSet> MakePorts(int64_t from, int64_t to);

/// `22, 80-90`, `*`; spaces around numbers are skipped; nothing if it is anything else, or empty.
std::optional<PortSet> ParsePorts(std::string_view text);

int64_t PortCount(const PortSet& set);
bool ContainsPort(const PortSet& set, int64_t port);

/// `22, 80-90`; all ports are `0-65535`; none are `no port`.
std::string ToString(const PortSet& set);

/// The IANA protocol number that a cloud's text means: by name (`tcp`, any case), by number 0 to 255; -1 for `-1`,
/// `all`, `any`, `*`.
std::optional<int64_t> ProtocolNumber(std::string_view text);

}  // namespace bylaw

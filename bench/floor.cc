// floor: answers NET-001 for an AWS Config snapshot and nothing else, as fast as a good engineer would write it by
// hand: the file mapped, simdjson on demand, plain vectors and one hash map. It is what `bylaw check` is measured
// against. Prints the ids of the failing subnets, sorted.
//
//   floor FILE
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <arpa/inet.h>
#include <simdjson.h>

#include "bench/mapped_file.h"

namespace {

namespace ondemand = simdjson::ondemand;

// ---- Addresses: half-open ranges of 128-bit numbers; IPv4 stands at the bottom of IPv6's unused ::/8
// ----------------------------------------

__extension__ using Wide = unsigned __int128;

struct Range {
  Wide first = 0, last = 0;  // both included
};
struct Prefix {
  Range range;
  int length = 0;
};

bool ParsePrefix(std::string_view text, Prefix& out) {
  char buffer[64];
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash >= sizeof buffer) return false;
  std::memcpy(buffer, text.data(), slash);
  buffer[slash] = 0;
  int length = 0;
  for (char c : text.substr(slash + 1)) length = length * 10 + (c - '0');
  std::array<unsigned char, 16> bytes{};
  Wide value = 0;
  int bits = 128;
  if (text.find(':') == std::string_view::npos) {
    if (inet_pton(AF_INET, buffer, bytes.data()) != 1) return false;
    for (size_t i = 0; i < 4; ++i) value = value << 8 | bytes[i];
    bits = 32;
  } else {
    if (inet_pton(AF_INET6, buffer, bytes.data()) != 1) return false;
    for (unsigned char byte : bytes) value = value << 8 | byte;
  }
  if (length > bits) return false;
  const int free_bits = bits - length;
  const Wide mask = free_bits == 128 ? ~Wide{0} : (Wide{1} << free_bits) - 1;
  if (bits == 128) {
    // IPv6 proper: keep it apart from the IPv4 numbers below 2^32.
    value &= ~mask;
    out = {{value < (Wide{1} << 33) ? Wide{1} << 33 : value, value | mask}, length};
    return true;
  }
  out = {{value & ~mask, (value & ~mask) | mask}, length};
  return true;
}

/// What no one on the internet can have (the IANA special-purpose registries, multicast, reserved), and IPv6 outside
/// 2000::/3.
const std::vector<Range>& NotPublic() {
  static const std::vector<Range> ranges = [] {
    std::vector<Range> result;
    for (std::string_view text :
         {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
          "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
          "240.0.0.0/4", "::/3", "2001:db8::/32", "4000::/2", "8000::/1"}) {
      Prefix prefix;
      ParsePrefix(text, prefix);
      result.push_back(prefix.range);
    }
    return result;
  }();
  return ranges;
}

/// Whether anything of `range` is left without `taken`.
bool AnyLeft(Range range, std::vector<Range> taken) {
  std::sort(taken.begin(), taken.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  Wide next = range.first;
  for (const Range& t : taken) {
    if (t.first > next) return true;
    if (t.last >= next) {
      if (t.last >= range.last) return false;
      next = t.last + 1;
    }
  }
  return next <= range.last;
}

struct Route {
  Prefix destination;
  bool to_internet = false;
  bool active = false;
};

bool SendsToInternet(const std::vector<Route>& routes) {
  for (const Route& route : routes) {
    if (!route.to_internet || !route.active) continue;
    std::vector<Range> taken = NotPublic();
    for (const Route& other : routes) {
      if ((!other.to_internet || !other.active) && other.destination.length > route.destination.length)
        taken.push_back(other.destination.range);
    }
    if (AnyLeft(route.destination.range, std::move(taken))) return true;
  }
  return false;
}

// ---- The snapshot
// ---------------------------------------------------------------------------------------------------------------------------

struct Subnet {
  std::string_view id, vpc;
};

struct Facts {
  std::vector<Subnet> subnets;
  std::unordered_map<std::string_view, bool> of_subnet;  // is the associated table public
  std::unordered_map<std::string_view, bool> of_vpc;     // is the main table public
  std::unordered_set<std::string_view> guarded;          // VPCs with an attached egress-only gateway
};

/// Keys and ids have no escapes, so the text in the file is the text.
std::string_view Id(ondemand::value value) {
  const char* begin = value.get_raw_json_string().value().raw();
  const char* end = begin;
  while (*end != '"') ++end;
  return {begin, static_cast<size_t>(end - begin)};
}

void ReadRouteTable(ondemand::object configuration, Facts& facts) {
  std::vector<Route> routes;
  std::vector<std::string_view> subnets;
  std::string_view vpc;
  bool main = false;
  for (auto field : configuration) {
    const std::string_view key = field.unescaped_key();
    if (key == "associations") {
      for (ondemand::object association : field.value().get_array()) {
        bool associated = true, is_main = false;
        std::string_view subnet;
        for (auto member : association) {
          const std::string_view name = member.unescaped_key();
          if (name == "main") {
            is_main = member.value().get_bool();
          } else if (name == "subnetId") {
            subnet = Id(member.value());
          } else if (name == "associationState") {
            const std::string_view state = Id(member.value()["state"].value());
            associated = state == "associated" || state == "associating";
          }
        }
        if (is_main) main = true;
        if (!is_main && associated && !subnet.empty()) subnets.push_back(subnet);
      }
    } else if (key == "routes") {
      for (ondemand::object entry : field.value().get_array()) {
        Route route;
        bool has_destination = false;
        for (auto member : entry) {
          const std::string_view name = member.unescaped_key();
          if (name == "destinationCidrBlock" || name == "destinationIpv6CidrBlock") {
            has_destination = ParsePrefix(Id(member.value()), route.destination);
          } else if (name == "gatewayId") {
            route.to_internet = Id(member.value()).substr(0, 4) == "igw-";
          } else if (name == "state") {
            route.active = Id(member.value()) == "active";
          }
        }
        if (has_destination) routes.push_back(route);
      }
    } else if (key == "vpcId") {
      vpc = Id(field.value());
    }
  }
  const bool is_public = SendsToInternet(routes);
  if (main) facts.of_vpc[vpc] = is_public;
  for (std::string_view subnet : subnets) facts.of_subnet[subnet] = is_public;
}

void ReadItem(ondemand::object item, Facts& facts) {
  const std::string_view type = Id(item["resourceType"].value());
  if (type.substr(0, 10) != "AWS::EC2::") return;
  if (type == "AWS::EC2::Subnet") {
    item.reset();
    Subnet subnet;
    for (auto field : item["configuration"].get_object()) {
      const std::string_view key = field.unescaped_key();
      if (key == "subnetId") {
        subnet.id = Id(field.value());
      } else if (key == "vpcId") {
        subnet.vpc = Id(field.value());
      }
      if (!subnet.id.empty() && !subnet.vpc.empty()) break;
    }
    facts.subnets.push_back(subnet);
  } else if (type == "AWS::EC2::RouteTable") {
    item.reset();
    ReadRouteTable(item["configuration"].get_object(), facts);
  } else if (type == "AWS::EC2::EgressOnlyInternetGateway") {
    item.reset();
    for (ondemand::object attachment : item["configuration"]["attachments"].get_array()) {
      std::string_view vpc, state;
      for (auto field : attachment) {
        const std::string_view key = field.unescaped_key();
        if (key == "vpcId") vpc = Id(field.value());
        if (key == "state") state = Id(field.value());
      }
      if (state == "attached" || state == "attaching" || state == "available") facts.guarded.insert(vpc);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: floor FILE\n", stderr);
    return 3;
  }
  const simdjson::padded_string_view text = bylaw::bench::MapFile(argv[1]);
  if (text.data() == nullptr) {
    std::fprintf(stderr, "floor: cannot map `%s`\n", argv[1]);
    return 3;
  }
  Facts facts;
  try {
    ondemand::parser parser;
    ondemand::document document = parser.iterate(text);
    for (ondemand::object item : document["configurationItems"].get_array()) ReadItem(item, facts);
  } catch (const simdjson::simdjson_error& error) {
    std::fprintf(stderr, "floor: `%s`: %s\n", argv[1], error.what());
    return 3;
  }

  std::vector<std::string_view> failing;
  for (const Subnet& subnet : facts.subnets) {
    const auto own = facts.of_subnet.find(subnet.id);
    bool is_public = false;
    if (own != facts.of_subnet.end()) {
      is_public = own->second;
    } else if (const auto main = facts.of_vpc.find(subnet.vpc); main != facts.of_vpc.end()) {
      is_public = main->second;
    }
    if (is_public && !facts.guarded.contains(subnet.vpc)) failing.push_back(subnet.id);
  }
  std::sort(failing.begin(), failing.end());
  std::string out;
  for (std::string_view id : failing) out.append(id).push_back('\n');
  std::fwrite(out.data(), 1, out.size(), stdout);
  return failing.empty() ? 0 : 1;
}

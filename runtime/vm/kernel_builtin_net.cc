// Built-in functions: addresses, ports, protocols.
#include "runtime/vm/builtin_call.h"

namespace bylaw {

namespace {

constexpr size_t kMaxRanges = 1'000'000;

std::optional<IpSet> Bounded(IpSet set) {
  if (set.ranges().size() > kMaxRanges) return std::nullopt;
  return set;
}

/// A set that is the same for the whole run.
void Fixed(const BuiltinCall& call, const IpSet& set) {
  call.op.dst() = Vector(call.op.num_lanes(), ObjectToCell(&set), State::kKnown);
}

std::optional<PortSet> PortsOf(const ListObject& items) {
  std::vector<PortRange> ranges;
  for (uint32_t i = 0; i < items.size; ++i) {
    int64_t port = CellToInt(items.cells[i]);
    if (port < 0 || port > 65535) return std::nullopt;
    ranges.push_back({static_cast<uint16_t>(port), static_cast<uint16_t>(port)});
  }
  return PortSet::Of(std::move(ranges));
}

}  // namespace

bool BuiltinNetwork(const BuiltinCall& call) {
  NetPool& nets = call.worker().nets();
  auto cidr = [&](Cell cell) { return nets.Get(static_cast<NetId>(cell)); };
  auto ip = [&](Cell cell) { return nets.GetIp(static_cast<NetId>(cell)); };
  auto ips = [&](Cell cell) -> const IpSet& { return call.ips(cell); };
  auto ports = [&](Cell cell) -> const PortSet& { return call.ports(cell); };
  switch (call.info.id) {
    case FunctionId::kIsEmptyIpSet: call.EachBool([&](const Cell* x) { return ips(x[0]).empty(); }); return true;
    case FunctionId::kIsEmptyPortSet: call.EachBool([&](const Cell* x) { return ports(x[0]).empty(); }); return true;
    case FunctionId::kContainsIp:
      call.EachBool([&](const Cell* x) { return ips(x[0]).Contains(ip(x[1])); });
      return true;
    case FunctionId::kContainsPort:
      call.EachBool([&](const Cell* x) { return ContainsPort(ports(x[0]), CellToInt(x[1])); });
      return true;

    case FunctionId::kUnionIpSet:
      call.EachOptional([&](const Cell* x) { return Bounded(ips(x[0]).Union(ips(x[1]))); });
      return true;
    case FunctionId::kIntersectionIpSet:
      call.EachOptional([&](const Cell* x) { return Bounded(ips(x[0]).Intersect(ips(x[1]))); });
      return true;
    case FunctionId::kDifferenceIpSet:
      call.EachOptional([&](const Cell* x) -> std::optional<Value> {
        if (ips(x[1]).empty() || ips(x[0]).empty()) return Value{x[0]};
        std::optional<IpSet> rest = Bounded(ips(x[0]).Minus(ips(x[1])));
        if (!rest) return std::nullopt;
        return call.Put(std::move(*rest));
      });
      return true;
    case FunctionId::kCoversIpSet:
      call.EachBool([&](const Cell* x) { return ips(x[0]).Covers(ips(x[1])); });
      return true;
    case FunctionId::kOverlapsIpSet:
      call.EachBool([&](const Cell* x) { return ips(x[0]).Overlaps(ips(x[1])); });
      return true;
    case FunctionId::kUnionPortSet:
      call.EachOptional([&](const Cell* x) { return std::optional(ports(x[0]).Union(ports(x[1]))); });
      return true;
    case FunctionId::kIntersectionPortSet:
      call.EachOptional([&](const Cell* x) { return std::optional(ports(x[0]).Intersect(ports(x[1]))); });
      return true;
    case FunctionId::kDifferencePortSet:
      call.EachOptional([&](const Cell* x) { return std::optional(ports(x[0]).Minus(ports(x[1]))); });
      return true;
    case FunctionId::kCoversPortSet:
      call.EachBool([&](const Cell* x) { return ports(x[0]).Covers(ports(x[1])); });
      return true;
    case FunctionId::kOverlapsPortSet:
      call.EachBool([&](const Cell* x) { return ports(x[0]).Overlaps(ports(x[1])); });
      return true;

    case FunctionId::kCidrOfString:
      call.EachOptional([&](const Cell* x) { return ParseCidr(call.text(x[0])); });
      return true;
    case FunctionId::kCidrOfIp:
      call.EachOptional([&](const Cell* x) { return MakeCidr(ip(x[0]), CellToInt(x[1])); });
      return true;
    case FunctionId::kIpOfString:
      call.EachOptional([&](const Cell* x) { return ParseIp(call.text(x[0])); });
      return true;
    case FunctionId::kPrefixLength:
      call.EachOptional([&](const Cell* x) { return std::optional<int64_t>(cidr(x[0]).prefix_length); });
      return true;
    case FunctionId::kFirstAddress:
      call.EachOptional([&](const Cell* x) { return std::optional(cidr(x[0]).first()); });
      return true;
    case FunctionId::kLastAddress:
      call.EachOptional([&](const Cell* x) { return std::optional(cidr(x[0]).last()); });
      return true;
    case FunctionId::kIpVersionCidr:
    case FunctionId::kIpVersionIp:
      call.EachOptional([&](const Cell* x) { return std::optional<int64_t>(cidr(x[0]).address.family); });
      return true;
    case FunctionId::kAddressesCidr:
    case FunctionId::kAddressesIp:
      call.EachOptional(
          [&](const Cell* x) { return std::optional(Value{call.worker().IpSetOf(static_cast<NetId>(x[0]))}); });
      return true;
    case FunctionId::kAddressesCidrList:
    case FunctionId::kAddressesCidrSet:
      call.EachOptional([&](const Cell* x) {
        const ListObject& items = call.list(x[0]);
        std::vector<Cidr> cidrs;
        for (uint32_t i = 0; i < items.size; ++i) cidrs.push_back(cidr(items.cells[i]));
        return Bounded(ToIpSet(cidrs));
      });
      return true;
    case FunctionId::kAddressCount:
      call.EachOptional([&](const Cell* x) { return std::optional(AddressCount(ips(x[0]))); });
      return true;
    case FunctionId::kCidrs:
      call.EachOptional([&](const Cell* x) -> std::optional<Value> {
        std::optional<std::vector<Cidr>> blocks = MinimalCidrs(ips(x[0]));
        if (!blocks) return std::nullopt;
        std::vector<Cell> cells;
        for (const Cidr& block : *blocks) cells.push_back(nets.Intern(block));
        return Value{call.worker().MakeList(cells)};
      });
      return true;
    case FunctionId::kWorld: Fixed(call, World()); return true;
    case FunctionId::kWorldV4: Fixed(call, WorldV4()); return true;
    case FunctionId::kWorldV6: Fixed(call, WorldV6()); return true;
    case FunctionId::kPublicAddresses: Fixed(call, PublicAddresses()); return true;
    case FunctionId::kPrivateAddresses: Fixed(call, PrivateAddresses()); return true;
    case FunctionId::kIsWorld: call.EachBool([&](const Cell* x) { return IsWorld(ips(x[0])); }); return true;
    case FunctionId::kIsPublicIpSet:
      call.EachBool([&](const Cell* x) { return ips(x[0]).Overlaps(PublicAddresses()); });
      return true;
    case FunctionId::kIsPublicIp:
      call.EachBool([&](const Cell* x) { return PublicAddresses().Contains(ip(x[0])); });
      return true;
    case FunctionId::kIsPrivateIpSet:
      call.EachBool([&](const Cell* x) { return !ips(x[0]).empty() && PrivateAddresses().Covers(ips(x[0])); });
      return true;
    case FunctionId::kIsPrivateIp:
      call.EachBool([&](const Cell* x) { return PrivateAddresses().Contains(ip(x[0])); });
      return true;

    case FunctionId::kPortsOne:
      call.EachOptional([&](const Cell* x) -> std::optional<PortSet> {
        if (CellToInt(x[0]) < 0) return std::nullopt;
        return MakePorts(CellToInt(x[0]), CellToInt(x[0]));
      });
      return true;
    case FunctionId::kPortsRange:
      call.EachOptional([&](const Cell* x) { return MakePorts(CellToInt(x[0]), CellToInt(x[1])); });
      return true;
    case FunctionId::kPortsOfString:
      call.EachOptional([&](const Cell* x) { return ParsePorts(call.text(x[0])); });
      return true;
    case FunctionId::kPortsOfList:
    case FunctionId::kPortsOfSet:
      call.EachOptional([&](const Cell* x) { return PortsOf(call.list(x[0])); });
      return true;
    case FunctionId::kAllPorts:
      call.op.dst() = Vector(call.op.num_lanes(), ObjectToCell(&AllPorts()), State::kKnown);
      return true;
    case FunctionId::kPortCount:
      call.EachOptional([&](const Cell* x) { return std::optional(PortCount(ports(x[0]))); });
      return true;
    case FunctionId::kProtocolNumber:
      call.EachOptional([&](const Cell* x) { return ProtocolNumber(call.text(x[0])); });
      return true;
    default: return false;
  }
}

}  // namespace bylaw

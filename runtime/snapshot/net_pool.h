// NetPool: interned IP addresses and CIDR blocks, so that both fit a cell and compare as integers. Works as StringPool does, extension of a frozen base included.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "runtime/base/value.h"
#include "runtime/builtins/net.h"

namespace bylaw {

struct CidrHash {
  size_t operator()(const Cidr& cidr) const { return Hash(cidr); }
};

/// Thread safety: all methods may be called from several threads.
class NetPool {
 public:
  explicit NetPool(const NetPool* base = nullptr);

  NetId Intern(const Ip& ip);
  NetId Intern(const Cidr& cidr);
  /// The id of `cidr`, or kNone if no pool in the chain has it.
  NetId Find(const Cidr& cidr) const;
  /// The address or block behind an id made by Intern(Ip) or Intern(Cidr); an address is the block of full length.
  Cidr Get(NetId id) const;
  Ip GetIp(NetId id) const;
  NetId size() const;

 private:
  const NetPool* base_;
  NetId first_id_;
  mutable std::shared_mutex mutex_;
  std::deque<Cidr> blocks_;
  std::unordered_map<Cidr, NetId, CidrHash> ids_;
};

}  // namespace bylaw

#include "runtime/snapshot/net_pool.h"

#include "runtime/base/check.h"

namespace bylaw {

namespace {

/// An address as the block of full length, so that one table serves both kinds.
Cidr FullLength(const Ip& ip) { return {ip, static_cast<uint8_t>(ip.num_bits())}; }

}  // namespace

NetPool::NetPool(const NetPool* base) : base_(base), first_id_(base == nullptr ? 0 : base->size()) {}

NetId NetPool::Intern(const Ip& ip) { return Intern(FullLength(ip)); }

NetId NetPool::Intern(const Cidr& cidr) {
  NetId id = Find(cidr);
  if (id != kNone) return id;
  std::unique_lock lock(mutex_);
  auto [entry, inserted] = ids_.try_emplace(cidr, first_id_ + static_cast<NetId>(blocks_.size()));
  if (inserted) blocks_.push_back(cidr);
  return entry->second;
}

NetId NetPool::Find(const Cidr& cidr) const {
  if (base_ != nullptr) {
    NetId id = base_->Find(cidr);
    if (id != kNone) return id;
  }
  std::shared_lock lock(mutex_);
  auto entry = ids_.find(cidr);
  return entry == ids_.end() ? kNone : entry->second;
}

Cidr NetPool::Get(NetId id) const {
  if (id < first_id_) return base_->Get(id);
  std::shared_lock lock(mutex_);
  BYLAW_CHECK(id - first_id_ < blocks_.size(), "net id {} of {}", id, first_id_ + blocks_.size());
  return blocks_[id - first_id_];
}

Ip NetPool::GetIp(NetId id) const { return Get(id).address; }

NetId NetPool::size() const {
  std::shared_lock lock(mutex_);
  return first_id_ + static_cast<NetId>(blocks_.size());
}

}  // namespace bylaw

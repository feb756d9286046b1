#include "runtime/vm/function_memo.h"

namespace bylaw {

namespace {

bool Same(const Value& a, const Value& b) {
  return a.cell == b.cell && a.state == b.state && (a.state != State::kRanged || a.upper == b.upper);
}

}  // namespace

uint64_t FunctionMemo::Hash(std::span<const Value> arguments) {
  uint64_t hash = 0x9E3779B97F4A7C15u;
  for (const Value& argument : arguments) {
    hash = (hash ^ argument.cell ^ static_cast<uint64_t>(argument.state) << 61) * 0xBF58476D1CE4E5B9u;
    hash ^= hash >> 31;
  }
  return hash * 0x94D049BB133111EBu;
}

size_t FunctionMemo::Locate(const Shard& shard, uint64_t hash, std::span<const Value> arguments) const {
  size_t mask = shard.slots.size() - 1;
  for (size_t i = (hash >> 8) & mask;; i = (i + 1) & mask) {
    if (shard.slots[i] == 0) return i;
    size_t entry = shard.slots[i] - 1;
    if (shard.hashes[entry] != hash) continue;
    bool same = true;
    for (size_t k = 0; k < num_arguments_ && same; ++k)
      same = Same(shard.arguments[entry * num_arguments_ + k], arguments[k]);
    if (same) return i;
  }
}

bool FunctionMemo::Find(uint64_t hash, std::span<const Value> arguments, Value* result) const {
  const Shard& shard = shards_[hash % kNumShards];
  std::lock_guard lock(shard.mutex);
  if (shard.slots.empty()) return false;
  uint32_t slot = shard.slots[Locate(shard, hash, arguments)];
  if (slot == 0) return false;
  *result = shard.results[slot - 1];
  return true;
}

void FunctionMemo::Keep(uint64_t hash, std::span<const Value> arguments, const Value& result) {
  Shard& shard = shards_[hash % kNumShards];
  std::lock_guard lock(shard.mutex);
  if (shard.results.size() * 4 >= shard.slots.size() * 3) {
    shard.slots.assign(shard.slots.empty() ? 16 : shard.slots.size() * 2, 0);
    size_t mask = shard.slots.size() - 1;
    for (uint32_t entry = 0; entry < shard.hashes.size(); ++entry) {
      size_t i = (shard.hashes[entry] >> 8) & mask;
      while (shard.slots[i] != 0) i = (i + 1) & mask;
      shard.slots[i] = entry + 1;
    }
  }
  size_t place = Locate(shard, hash, arguments);
  if (shard.slots[place] != 0) return;
  shard.hashes.push_back(hash);
  shard.arguments.insert(shard.arguments.end(), arguments.begin(), arguments.end());
  shard.results.push_back(result);
  shard.slots[place] = static_cast<uint32_t>(shard.hashes.size());
}

}  // namespace bylaw

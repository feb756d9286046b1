#include "runtime/snapshot/string_pool.h"

#include <bit>
#include <cstring>

#include "runtime/base/check.h"

namespace bylaw {

namespace {

/// Multiply and fold, eight bytes a step; not for adversaries' tables beyond what linear probing in 16 shards bears.
uint32_t HashText(std::string_view text) {
  constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15u;
  uint64_t hash = text.size() * kMultiplier + 0x2545F4914F6CDD1Du;
  const char* data = text.data();
  size_t left = text.size();
  while (left >= 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    hash = (hash ^ word) * kMultiplier;
    hash ^= hash >> 32;
    data += 8;
    left -= 8;
  }
  if (left > 0) {
    uint64_t word = 0;
    std::memcpy(&word, data, left);
    hash = (hash ^ word) * kMultiplier;
    hash ^= hash >> 29;
  }
  hash *= 0xBF58476D1CE4E5B9u;
  return static_cast<uint32_t>(hash ^ (hash >> 31));
}

}  // namespace

/// An open-addressing table of ids, and the bytes of their texts.
struct StringPool::Shard {
  struct Entry {
    uint32_t hash = 0;
    StringId id = kNone;
  };

  mutable std::mutex mutex;
  std::vector<Entry> entries;
  size_t num_used = 0;
  Arena arena;

  /// Where to begin to look. The lowest bits chose the shard.
  size_t Home(uint32_t hash) const { return (hash >> 4) & (entries.size() - 1); }

  /// The entry of `text`, or the free one where it belongs. There must be room.
  template <typename TextOf>
  size_t Locate(uint32_t hash, std::string_view text, const TextOf& text_of) const {
    const size_t mask = entries.size() - 1;
    for (size_t i = Home(hash);; i = (i + 1) & mask) {
      const Entry& entry = entries[i];
      if (entry.id == kNone || (entry.hash == hash && text_of(entry.id) == text)) return i;
    }
  }
};

StringPool::StringPool(const StringPool* base)
    : base_(base), first_id_(base == nullptr ? 0 : base->size()), next_id_(first_id_), shards_(new Shard[kNumShards]) {
  for (auto& chunk : chunks_) chunk.store(nullptr, std::memory_order_relaxed);
}

StringPool::~StringPool() {
  for (auto& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
}

std::string_view* StringPool::Slot(uint32_t local_id) {
  uint64_t position = uint64_t{local_id} + (1u << kFirstChunkBits);
  uint32_t chunk = static_cast<uint32_t>(std::bit_width(position)) - 1 - kFirstChunkBits;
  BYLAW_CHECK(chunk < kNumChunks, "string pool is full with {} texts", local_id);
  std::string_view* texts = chunks_[chunk].load(std::memory_order_acquire);
  if (texts == nullptr) {
    std::lock_guard lock(chunks_mutex_);
    texts = chunks_[chunk].load(std::memory_order_relaxed);
    if (texts == nullptr) {
      texts = new std::string_view[size_t{1} << (kFirstChunkBits + chunk)];
      chunks_[chunk].store(texts, std::memory_order_release);
    }
  }
  return texts + (position - (uint64_t{1} << (kFirstChunkBits + chunk)));
}

StringId StringPool::Intern(std::string_view text) {
  if (base_ != nullptr) {
    StringId id = base_->Find(text);
    if (id != kNone) return id;
  }
  const uint32_t hash = HashText(text);
  Shard& shard = shards_[hash % kNumShards];
  auto text_of = [this](StringId id) { return Text(id); };
  std::lock_guard lock(shard.mutex);
  if (shard.num_used * 4 >= shard.entries.size() * 3) {
    std::vector<Shard::Entry> old = std::move(shard.entries);
    shard.entries.assign(old.empty() ? 16 : old.size() * 2, Shard::Entry());
    size_t mask = shard.entries.size() - 1;
    for (const Shard::Entry& entry : old) {
      if (entry.id == kNone) continue;
      size_t i = shard.Home(entry.hash);
      while (shard.entries[i].id != kNone) i = (i + 1) & mask;
      shard.entries[i] = entry;
    }
  }
  size_t place = shard.Locate(hash, text, text_of);
  if (shard.entries[place].id != kNone) return shard.entries[place].id;
  StringId id = next_id_.fetch_add(1, std::memory_order_relaxed);
  *Slot(id - first_id_) = shard.arena.Copy(text);
  shard.entries[place] = {hash, id};
  ++shard.num_used;
  return id;
}

StringId StringPool::Find(std::string_view text) const {
  if (base_ != nullptr) {
    StringId id = base_->Find(text);
    if (id != kNone) return id;
  }
  const uint32_t hash = HashText(text);
  const Shard& shard = shards_[hash % kNumShards];
  std::lock_guard lock(shard.mutex);
  if (shard.entries.empty()) return kNone;
  return shard.entries[shard.Locate(hash, text, [this](StringId id) { return Text(id); })].id;
}

std::string_view StringPool::Text(StringId id) const {
  if (id < first_id_) return base_->Text(id);
  uint64_t position = uint64_t{id - first_id_} + (1u << kFirstChunkBits);
  uint32_t chunk = static_cast<uint32_t>(std::bit_width(position)) - 1 - kFirstChunkBits;
  if (chunk >= kNumChunks) return {};
  const std::string_view* texts = chunks_[chunk].load(std::memory_order_acquire);
  if (texts == nullptr) return {};
  return texts[position - (uint64_t{1} << (kFirstChunkBits + chunk))];
}

StringId StringPool::size() const { return next_id_.load(std::memory_order_relaxed); }

size_t StringPool::num_bytes() const {
  size_t total = 0;
  for (uint32_t i = 0; i < kNumShards; ++i) {
    std::lock_guard lock(shards_[i].mutex);
    total += shards_[i].arena.num_bytes() + shards_[i].entries.size() * sizeof(Shard::Entry);
  }
  for (uint32_t i = 0; i < kNumChunks; ++i) {
    if (chunks_[i].load(std::memory_order_relaxed) != nullptr)
      total += (size_t{1} << (kFirstChunkBits + i)) * sizeof(std::string_view);
  }
  return total;
}

}  // namespace bylaw

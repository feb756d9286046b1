// FunctionMemo: results of one function by its arguments, for an evaluation. Shared by threads; two that miss the same arguments at once compute them twice, with equal results.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "runtime/vm/worker.h"

namespace bylaw {

class FunctionMemo {
 public:
  explicit FunctionMemo(uint32_t num_arguments);

  static uint64_t Hash(std::span<const Value> arguments);

  /// Whether the result for `arguments` is there; then it is given.
  bool Find(uint64_t hash, std::span<const Value> arguments, Value* result) const;
  void Keep(uint64_t hash, std::span<const Value> arguments, const Value& result);

 private:
  static constexpr size_t kNumShards = 16;

  /// Open addressing; an entry is a run of words that lie together, since most looks are cache misses: hash (0: free), states, the cells of the arguments, the result's cell
  /// and upper bound; where arguments may be ranges, their upper bounds.
  struct Table {
    std::vector<uint64_t> words;
    size_t num_slots = 0;
    size_t num_used = 0;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::array<Table, 2> tables;  ///< [1]: some argument is a range
  };

  size_t Stride(bool has_range) const { return 3 + num_state_words_ + num_arguments_ * (has_range ? 2u : 1u); }
  /// The entry of the arguments, or the free one where they belong.
  size_t Locate(const Table& table, bool has_range, uint64_t hash, std::span<const Value> arguments) const;
  bool Same(const uint64_t* entry, bool has_range, std::span<const Value> arguments) const;
  void Grow(Table& table, size_t stride) const;

  uint32_t num_arguments_;
  uint32_t num_state_words_;  ///< four bits a value, the result's first
  std::array<Shard, kNumShards> shards_;
};

}  // namespace bylaw

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

  /// Open addressing. Most looks are for what is not there, and cache misses: a slot is one word that tells nearly always, and neighbours share a line.
  struct Table {
    std::vector<uint64_t> slots;  ///< upper half of the hash, number of the entry plus one; 0: free. A power of two
    /// Runs of Stride words: states, the cells of the arguments, the result's cell and upper bound; where arguments may be ranges, their upper bounds.
    std::vector<uint64_t> entries;
    size_t num_entries = 0;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::array<Table, 2> tables;  ///< [1]: some argument is a range
  };

  size_t Stride(bool has_range) const { return 2 + num_state_words_ + num_arguments_ * (has_range ? 2u : 1u); }
  /// The slot of the arguments, or the free one where they belong.
  size_t Locate(const Table& table, bool has_range, uint64_t hash, std::span<const Value> arguments) const;
  bool Same(const uint64_t* entry, bool has_range, std::span<const Value> arguments) const;
  static void Grow(Table& table);

  uint32_t num_arguments_;
  uint32_t num_state_words_;  ///< four bits a value, the result's first
  std::array<Shard, kNumShards> shards_;
};

}  // namespace bylaw

// FunctionMemo: results of one function by its arguments, for an evaluation. Shared by threads; two that miss the same arguments at once compute them twice, with equal results.
#pragma once

#include <array>
#include <mutex>
#include <span>
#include <vector>

#include "runtime/vm/worker.h"

namespace bylaw {

class FunctionMemo {
 public:
  explicit FunctionMemo(uint32_t num_arguments) : num_arguments_(num_arguments) {}

  static uint64_t Hash(std::span<const Value> arguments);

  /// Whether the result for `arguments` is there; then it is given.
  bool Find(uint64_t hash, std::span<const Value> arguments, Value* result) const;
  void Keep(uint64_t hash, std::span<const Value> arguments, const Value& result);

 private:
  static constexpr size_t kNumShards = 16;

  struct Shard {
    mutable std::mutex mutex;
    std::vector<uint32_t> slots;   ///< open addressing: entry index plus one
    std::vector<uint64_t> hashes;  ///< by entry
    std::vector<Value> arguments;  ///< num_arguments_ an entry
    std::vector<Value> results;
  };

  /// The slot of the arguments, or the free one where they belong.
  size_t Locate(const Shard& shard, uint64_t hash, std::span<const Value> arguments) const;

  uint32_t num_arguments_;
  std::array<Shard, kNumShards> shards_;
};

}  // namespace bylaw

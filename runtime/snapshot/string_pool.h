// StringPool: dictionary encoding. Equal text has an equal id, so that equality of strings is equality of integers.
//
// A pool may extend another one, which must be frozen (no more writes) and outlive it: an evaluation interns the strings that it computes in a pool
// of its own on top of the snapshot's, so a snapshot never grows.
//
// Thread safety: Intern and Find may be called from several threads; Text of any id that the caller has obtained is lock-free.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/base/value.h"

namespace bylaw {

class StringPool {
 public:
  explicit StringPool(const StringPool* base = nullptr);
  StringPool(const StringPool&) = delete;
  StringPool& operator=(const StringPool&) = delete;
  ~StringPool();

  /// The id of `text`, made if need be.
  StringId Intern(std::string_view text);
  /// The id of `text`, or kNone if no pool in the chain has it.
  StringId Find(std::string_view text) const;
  /// The text of `id`; valid as long as the pool.
  std::string_view Text(StringId id) const;
  /// Number of ids in use, those of the base included.
  StringId size() const;
  size_t num_bytes() const;

 private:
  struct Shard;
  // Texts by id: chunks of doubling size that are never moved, so readers need no lock.
  static constexpr uint32_t kFirstChunkBits = 10;
  static constexpr uint32_t kNumChunks = 20;
  static constexpr uint32_t kNumShards = 16;

  std::string_view* Slot(uint32_t local_id);

  const StringPool* base_;
  StringId first_id_;
  std::atomic<StringId> next_id_;
  std::array<std::atomic<std::string_view*>, kNumChunks> chunks_;
  std::unique_ptr<Shard[]> shards_;
  std::mutex chunks_mutex_;
};

/// Interns texts of which one often comes many times in a row, such as regions. Thread safety: none.
class RepeatedText {
 public:
  /// kNone for an empty text.
  StringId Intern(StringPool& strings, std::string_view text) {
    if (text.empty()) return kNone;
    if (id_ == kNone || text != text_) text_ = text, id_ = strings.Intern(text);
    return id_;
  }

 private:
  std::string text_;
  StringId id_ = kNone;
};

}  // namespace bylaw

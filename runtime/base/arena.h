// Arena: bump allocation for immutable objects that live as long as their owner.
//
// Invariants: memory is never moved or freed before the arena dies; only trivially destructible objects are made in it.
// Thread safety: none; give each thread its own arena, or lock around it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bylaw {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  /// Uninitialised memory of `num_bytes`, aligned to `alignment` (a power of two, at most 64).
  void* Allocate(size_t num_bytes, size_t alignment) {
    uintptr_t start = (cursor_ + alignment - 1) & ~(static_cast<uintptr_t>(alignment) - 1);
    if (cursor_ == 0 || start + num_bytes > end_) {
      Grow(num_bytes + alignment);
      start = (cursor_ + alignment - 1) & ~(static_cast<uintptr_t>(alignment) - 1);
    }
    cursor_ = start + num_bytes;
    return reinterpret_cast<void*>(start);
  }

  template <typename T, typename... Args>
  T* Make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (Allocate(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
  }

  /// A value-initialised array of `size` elements.
  template <typename T>
  std::span<T> MakeArray(size_t size) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* data = static_cast<T*>(Allocate(sizeof(T) * size, alignof(T)));
    std::uninitialized_value_construct_n(data, size);
    return {data, size};
  }

  /// A copy of `text` that lives as long as the arena.
  std::string_view Copy(std::string_view text) {
    if (text.empty()) return {};
    char* data = static_cast<char*>(Allocate(text.size(), 1));
    std::memcpy(data, text.data(), text.size());
    return {data, text.size()};
  }

  size_t num_bytes() const { return num_bytes_; }

 private:
  void Grow(size_t at_least) {
    size_t size = std::max(at_least, std::min<size_t>(kMaxBlock, std::max<size_t>(kMinBlock, num_bytes_)));
    blocks_.push_back(std::unique_ptr<std::byte[]>(new std::byte[size]));
    cursor_ = reinterpret_cast<uintptr_t>(blocks_.back().get());
    end_ = cursor_ + size;
    num_bytes_ += size;
  }

  static constexpr size_t kMinBlock = 4096;
  static constexpr size_t kMaxBlock = 1 << 20;

  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  uintptr_t cursor_ = 0;
  uintptr_t end_ = 0;
  size_t num_bytes_ = 0;
};

}  // namespace bylaw

// Sensitive texts: the values that an export marks as not to be shown (a plan's `after_sensitive`, a state's `sensitive_values`). Rules judge them like any other value; texts for
// people hide them.
//
// What is hidden goes by content, so that a value cannot come out by another way (a copy in another field, a part of a message). A short value would blank out ordinary words:
// below kMinAnywhere bytes it is hidden only where it stands as a word of its own.
//
// Thread safety: filled by one thread at a time, then only read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bylaw {

class SensitiveTexts {
 public:
  static constexpr std::string_view kShown = "(sensitive)";
  static constexpr size_t kMinAnywhere = 6;

  /// Empty text, `true`, `false` and `null` tell nothing and are left out.
  void Add(std::string_view text);
  bool empty() const { return by_start_.empty(); }
  /// `text` with every sensitive part replaced by kShown.
  std::string Hide(std::string text) const;

 private:
  /// The longest of them that stands at `at`; empty when none does.
  std::string_view FindAt(std::string_view text, size_t at) const;
  static uint32_t Start(std::string_view text);

  std::unordered_map<uint32_t, std::vector<std::string>> by_start_;  ///< by the first three bytes; longest first
};

}  // namespace bylaw

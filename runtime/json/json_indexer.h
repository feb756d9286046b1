// JsonIndexer: runs simdjson's first stage over a piece of text and holds the token offsets it finds.
//
// The only part of the JSON reader that knows simdjson. Its buffer grows to the largest piece seen and is used again
// for the next.
//
// Thread safety: none; one indexer a thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace bylaw {

class JsonIndexer {
 public:
  enum class Outcome : uint8_t {
    kDone,
    kUnclosedString,  ///< the text ends inside a string (if it is well-formed up to there)
    kMalformed,       ///< a control character in a string, or invalid UTF-8
  };

  JsonIndexer();
  JsonIndexer(JsonIndexer&&) noexcept;
  JsonIndexer& operator=(JsonIndexer&&) noexcept;
  ~JsonIndexer();

  /// Finds the tokens of `text`, which may be part of a larger text but starts outside a string. No byte after its end
  /// is read. Precondition: shorter than 4 GB - 64.
  Outcome Index(std::string_view text);

  /// After kDone: [num_tokens() + 1] offsets, ascending, the last one the size of the text.
  const uint32_t* tokens() const;
  uint32_t num_tokens() const { return num_tokens_; }

 private:
  struct Stage1;
  std::unique_ptr<Stage1> stage1_;
  uint32_t num_tokens_ = 0;
};

}  // namespace bylaw

// FindJsonFault: a strict, plain reader of JSON that finds the first mistake in a text and says it in words.
//
// Off the fast path: the stream runs it once, over a file in which it met something wrong; JsonDocument over each small
// text it is given. It decides what is valid JSON: RFC 8259, with lone surrogate escapes allowed.
//
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bylaw {

struct JsonFault {
  uint64_t offset = 0;  ///< of the byte that is wrong
  std::string message;  ///< what was seen, and what was expected
  std::string hint = {};
  std::optional<uint64_t> opened =
      {};  ///< of the bracket that is not closed or not matched, when that is what is wrong
};

enum class JsonTexts : uint8_t {
  kOne,   ///< exactly one value
  kMany,  ///< any number of values, one after the other
};

/// The first fault of `text`; nullopt when it is well-formed and at most `max_depth` containers deep.
std::optional<JsonFault> FindJsonFault(std::string_view text, JsonTexts texts, uint32_t max_depth);

/// The first byte of `text` that is not UTF-8, if any.
std::optional<JsonFault> FindInvalidUtf8(std::string_view text);

}  // namespace bylaw

// JsonIndex: where the tokens of a piece of JSON text start, as found by simdjson's first stage; and the steps over it.
//
// Lowest layer of the JSON reader: JsonIndexer (json_indexer.h) fills it; JsonValue, JsonStream and JsonPaths walk it.
//
// Invariants: a token is an operator (`{}[]:,`, or a stray byte 0x0C or 0x1A) or the start of a string, number or
// literal. No token lies inside a string; every string token is closed before the next token; strings hold no control
// characters and the text is valid UTF-8. Nothing else is checked yet: the order of tokens, numbers and escapes are
// checked where they are walked. Thread safety: reading is safe from any thread as long as no fault is found (never, in
// text that was validated before).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bylaw {

struct JsonIndex {
  static constexpr uint64_t kNoFault = ~uint64_t{0};

  const char* text = nullptr;
  const uint32_t* tokens =
      nullptr;               ///< [num_tokens + 1], ascending offsets from `text`; the last is the next token or the end
  uint32_t num_tokens = 0;   ///< tokens that may be walked
  uint64_t file_offset = 0;  ///< of text[0] in its InputFile
  int32_t max_depth = 512;   ///< a value with more containers within each other is a fault
  mutable uint64_t fault_offset = kNoFault;  ///< in the file: the first malformed place met so far

  char at(uint32_t token) const { return text[tokens[token]]; }
  uint64_t offset(uint32_t token) const { return file_offset + tokens[token]; }

  /// The text of a token that is not an operator, without the white space after it.
  std::string_view span(uint32_t token) const {
    const char* begin = text + tokens[token];
    const char* end = text + tokens[token + 1];
    while (end > begin && (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r' || end[-1] == '\t')) --end;
    return {begin, static_cast<size_t>(end - begin)};
  }

  void Fault(uint64_t in_file) const {
    if (in_file < fault_offset) fault_offset = in_file;
  }
};

/// A step that cannot be made: the tokens end before the value does, or a fault was recorded in the index.
inline constexpr uint32_t kJsonOverrun = 0xFFFFFFFF;
inline constexpr uint32_t kJsonFault = 0xFFFFFFFE;
/// Token positions at or above this one are steps that failed.
inline constexpr uint32_t kJsonNoStep = kJsonFault;

namespace json_internal {

/// +1 for an opening bracket, -1 for a closing one, else 0.
inline constexpr std::array<int8_t, 256> kDepthStep = [] {
  std::array<int8_t, 256> steps{};
  steps['{'] = steps['['] = 1;
  steps['}'] = steps[']'] = -1;
  return steps;
}();

/// Whether a value can start with this byte.
inline constexpr std::array<bool, 256> kStartsValue = [] {
  std::array<bool, 256> starts{};
  for (char c : std::string_view("{[\"-0123456789tfn")) starts[static_cast<uint8_t>(c)] = true;
  return starts;
}();

}  // namespace json_internal

inline bool StartsJsonValue(char c) { return json_internal::kStartsValue[static_cast<uint8_t>(c)]; }

/// The token after the value that starts at `token`, checking brackets for balance only; kJsonOverrun when the tokens
/// end first, kJsonFault (not yet recorded) when it is too deep.
inline uint32_t SkipJsonValue(const JsonIndex& index, uint32_t token) {
  int32_t depth = 0;
  const uint32_t num_tokens = index.num_tokens;
  while (token < num_tokens) {
    depth += json_internal::kDepthStep[static_cast<uint8_t>(index.at(token))];
    ++token;
    if (depth <= 0) return token;
    if (depth > index.max_depth) [[unlikely]]
      return kJsonFault;
  }
  return kJsonOverrun;
}

}  // namespace bylaw

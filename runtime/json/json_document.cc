#include "runtime/json/json_document.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/json/json_fault.h"

namespace bylaw {

Result<JsonValue> JsonDocument::Parse(std::string_view text, Trust trust, uint32_t max_depth, uint64_t file_offset) {
  if (text.size() >= (uint64_t{1} << 32) - 64)
    return Error{.message = "a JSON text within a string is larger than 4 GB", .file = {}};
  if (trust == Trust::kUnchecked) {
    if (auto fault = FindJsonFault(text, JsonTexts::kOne, max_depth)) {
      const std::string_view before = text.substr(0, static_cast<size_t>(fault->offset));
      const size_t feed = before.rfind('\n');
      const std::string_view line = feed == std::string_view::npos ? before : before.substr(feed + 1);
      const auto is_scalar_start = [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; };
      return Error{.message = std::move(fault->message),
                   .file = {},
                   .line = static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
                   .column = static_cast<uint32_t>(std::count_if(line.begin(), line.end(), is_scalar_start) + 1),
                   .hint = std::move(fault->hint)};
    }
  }
  const JsonIndexer::Outcome outcome = indexer_.Index(text);
  BYLAW_CHECK(outcome == JsonIndexer::Outcome::kDone && indexer_.num_tokens() > 0, "text of {} bytes was not validated",
              text.size());
  index_ = JsonIndex{.text = text.data(),
                     .tokens = indexer_.tokens(),
                     .num_tokens = indexer_.num_tokens(),
                     .file_offset = file_offset,
                     .max_depth = static_cast<int32_t>(std::min(max_depth, 1u << 30))};
  return JsonValue(&index_, 0);
}

}  // namespace bylaw

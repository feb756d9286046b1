#include "runtime/json/json_indexer.h"

#include <algorithm>
#include <bit>

#include <simdjson.h>

#include "runtime/base/check.h"

namespace bylaw {

struct JsonIndexer::Stage1 {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

JsonIndexer::JsonIndexer() : stage1_(std::make_unique<Stage1>()) {}
JsonIndexer::JsonIndexer(JsonIndexer&&) noexcept = default;
JsonIndexer& JsonIndexer::operator=(JsonIndexer&&) noexcept = default;
JsonIndexer::~JsonIndexer() = default;

JsonIndexer::Outcome JsonIndexer::Index(std::string_view text) {
  auto& parser = stage1_->parser;
  if (parser == nullptr || parser->capacity() < text.size()) {
    const size_t capacity = std::max<size_t>(256, std::bit_ceil(text.size()));
    const size_t most = simdjson::SIMDJSON_MAXSIZE_BYTES;
    BYLAW_CHECK(text.size() <= most, "{} bytes", text.size());
    // The depth is for stage two, which is never run.
    const auto error =
        simdjson::get_active_implementation()->create_dom_parser_implementation(std::min(capacity, most), 1, parser);
    BYLAW_CHECK(error == simdjson::SUCCESS, "{}", simdjson::error_message(error));
  }
  num_tokens_ = 0;
  const auto error =
      parser->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(), simdjson::stage1_mode::regular);
  switch (error) {
    case simdjson::SUCCESS: num_tokens_ = parser->n_structural_indexes; return Outcome::kDone;
    case simdjson::EMPTY: parser->structural_indexes[0] = static_cast<uint32_t>(text.size()); return Outcome::kDone;
    case simdjson::UNCLOSED_STRING: return Outcome::kUnclosedString;
    default: return Outcome::kMalformed;
  }
}

const uint32_t* JsonIndexer::tokens() const { return stage1_->parser->structural_indexes.get(); }

}  // namespace bylaw

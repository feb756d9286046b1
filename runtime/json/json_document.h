// JsonDocument: one small JSON text, checked and indexed, for JSON inside strings and JSON kept as text and read again
// on demand.
//
// Gives the same JsonValue views as JsonStream. One object can be used for text after text; its buffers are kept.
//
// Thread safety: Parse needs the object to itself; after it, values may be read from any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/json/json_indexer.h"
#include "runtime/json/json_value.h"

namespace bylaw {

class JsonDocument {
 public:
  JsonDocument() = default;
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  enum class Trust : uint8_t {
    kUnchecked,  ///< check the text strictly: after success no walk can meet a fault
    kValidated,  ///< the text was checked before: only index it
  };

  /// The one value that `text` is, valid until the next Parse. `text` must outlive the values. An error has the line
  /// and column within the text, and no file. Text without any value is an error.
  /// Offsets of values count from `file_offset`, where the text stands in its file.
  Result<JsonValue> Parse(std::string_view text, Trust trust = Trust::kUnchecked, uint32_t max_depth = 512,
                          uint64_t file_offset = 0);

  /// Whether a walk over a validated text met something malformed all the same (validation of a stream does not look into what is skipped).
  bool faulty() const { return index_.fault_offset != JsonIndex::kNoFault; }

 private:
  JsonIndexer indexer_;
  JsonIndex index_;
};

}  // namespace bylaw

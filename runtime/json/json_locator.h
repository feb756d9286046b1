// LocateJson: from byte offsets to what a person can find again: line, column and JSON pointer.
//
// Importers keep only the offset of a value; positions are computed here for the rows that are reported, all in one
// pass over the file.
//
// Thread safety: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/json/input_file.h"
#include "runtime/json/json_landmarks.h"

namespace bylaw {

struct SourcePosition {
  uint32_t line = 0;
  uint32_t column = 0;
  uint32_t document = 0;  ///< which of the file's top-level values, from 0
  std::string pointer;    ///< RFC 6901, within that value; empty for the value itself
};

/// The positions of `offsets` (any order, repeats allowed), in their order: for the offset where a value starts, of
/// that value; else of the innermost value that contains it (of a field's value, for its key). The file is read once,
/// up to the last offset, in windows. A value smaller than a window is passed over at the speed of skipping when no
/// offset lies in it; with `landmarks` of the same file, so is most of a large array or object. Precondition: the file was read
/// without failure.
std::vector<SourcePosition> LocateJson(const InputFile& file, std::span<const uint64_t> offsets,
                                       const JsonLandmarks* landmarks = nullptr,
                                       size_t window_bytes = size_t{64} << 10);

/// The JSON pointers of `offsets` within the value that starts at `base`, reading that value alone: for importers that
/// know the pointer of a record, by its place in the list it stands in, and want that of something in it.
std::vector<std::string> JsonPointersWithin(const InputFile& file, uint64_t base, std::span<const uint64_t> offsets);

/// One step of a JSON pointer, escaped: `~` as `~0`, `/` as `~1`.
std::string EscapeJsonPointer(std::string_view key);

}  // namespace bylaw

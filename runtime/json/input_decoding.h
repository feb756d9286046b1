// Input decoding: packed and wide text as UTF-8: gzip and zstd unpacked, UTF-16 and UTF-32 (with a byte order mark or without) re-encoded.
//
// Part of InputFile. What unpacks to far more than real exports do is refused before it fills the memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace bylaw {

/// How much a packed input may become.
struct UnpackLimits {
  uint64_t free_bytes = uint64_t{256} << 20;  ///< anything may become this much
  uint64_t ratio = 200;                       ///< beyond that, at most so many times its own size
  uint64_t max_bytes = uint64_t{16} << 30;    ///< in any case
};

/// The text that `bytes` stand for; nothing when they are UTF-8 (or no text at all) and to be taken as they are. `name` is for messages. Errors:
/// damaged data, a limit, a packing that is not read (bzip2, xz, zip).
Result<std::optional<std::string>> DecodeInput(const std::string& name, std::string_view bytes,
                                               const UnpackLimits& limits = {});

}  // namespace bylaw

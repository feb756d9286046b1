// WorkProgress: how far a long call has come, for whoever watches it from another thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace bylaw {

struct WorkProgress {
  std::atomic<uint64_t> bytes{0}, total_bytes{0};  ///< of inputs read
  std::atomic<uint64_t> rules{0}, total_rules{0};  ///< judged; a rule over many rows counts by its parts
};

}  // namespace bylaw

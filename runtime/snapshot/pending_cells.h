// The cells that stand for references not yet resolved, while a snapshot is built: special tables in the upper half.
//
// Internal to runtime/snapshot/. No cell of a finished snapshot is pending.
#pragma once

#include "runtime/base/value.h"

namespace bylaw {

inline constexpr TableId kPendingKeyTable = 0xFFFFFFFD;     ///< row: StringId of the key
inline constexpr TableId kPendingRecordTable = 0xFFFFFFFC;  ///< row: the record whose row is meant
inline constexpr TableId kPendingChoiceTable = 0xFFFFFFFB;  ///< row: index of the choice of targets

/// State of a cell that nobody has set yet, in rows made by hand.
inline constexpr State kUnset = static_cast<State>(0xFF);

}  // namespace bylaw

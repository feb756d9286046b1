// The shape of every value at run time: a 64-bit cell and a state.
//
// What a cell holds depends on the (static) kind of its type:
//
//   kBool                 0 or 1
//   kInt                  two's complement 64 bit
//   kFloat                the bits of a double
//   kTime, kDuration      microseconds (since 1970-01-01T00:00:00Z), two's complement
//   kString, kEnum        a StringId: equal text, equal id (see snapshot/string_pool.h)
//   kIp, kCidr            a NetId: equal address, equal id (see snapshot/net_pool.h)
//   kVersion              scheme in the high 32 bits, StringId of the text in the low ones
//   kRef                  a RefCell: table in the high 32 bits, row in the low ones
//   kList, kSet, kMap,    a pointer to an immutable object that outlives the evaluation (see snapshot/objects.h); null never
//   kIpSet, kPortSet,
//   kJson, kIamDocument
//
// The state says whether the cell means anything. Absent and unknown are different things everywhere: absent is "there is no such
// key, or null", unknown is "there is a value, or there may be, and the snapshot does not show which".
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <limits>

namespace bylaw {

using Cell = uint64_t;

enum class State : uint8_t {
  kKnown = 0,
  kAbsent = 1,
  kUnknown = 2,  ///< for kRef the cell may hold a candidate list id plus one (see Snapshot::candidates); else it is 0
  kRanged =
      3,  ///< an unknown kInt of which the bounds are known: the cell is the lower one, a side array holds the upper one
};

inline bool IsUnknown(State state) { return state >= State::kUnknown; }

/// The value of a three-valued (Kleene) condition.
enum class Tri : uint8_t { kFalse = 0, kTrue = 1, kUnknown = 2 };

using StringId = uint32_t;
using NetId = uint32_t;
using TableId = uint32_t;
using ColumnId = uint32_t;
using Row = uint32_t;

inline constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
/// The upper bound of a range that has none.
inline constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();

/// A reference: a row of a table, or an *external*: a resource outside the snapshot of which at least the key is known.
/// Externals are interned, so equality of cells is equality of references.
struct RefCell {
  static constexpr uint32_t kExternalTable = 0xFFFFFFFEu;

  static Cell Make(TableId table, Row row) { return static_cast<Cell>(table) << 32 | row; }
  static Cell MakeExternal(uint32_t external_id) { return Make(kExternalTable, external_id); }
  static TableId table(Cell cell) { return static_cast<TableId>(cell >> 32); }
  static Row row(Cell cell) { return static_cast<Row>(cell); }
  static bool is_external(Cell cell) { return table(cell) == kExternalTable; }
};

inline int64_t CellToInt(Cell cell) { return static_cast<int64_t>(cell); }
inline Cell IntToCell(int64_t value) { return static_cast<Cell>(value); }
inline double CellToFloat(Cell cell) { return std::bit_cast<double>(cell); }
inline Cell FloatToCell(double value) { return std::bit_cast<Cell>(value); }
inline Cell VersionCell(uint8_t scheme, StringId text) { return static_cast<Cell>(scheme) << 32 | text; }

template <typename T>
const T* CellToObject(Cell cell) {
  return reinterpret_cast<const T*>(static_cast<uintptr_t>(cell));
}
template <typename T>
Cell ObjectToCell(const T* object) {
  return static_cast<Cell>(reinterpret_cast<uintptr_t>(object));
}

}  // namespace bylaw

// The immutable objects that cells of the composite kinds point to: lists, sets, maps, address sets, port sets, JSON trees.
//
// They live in arenas that belong to the snapshot or to an evaluation and are never changed once a cell points to them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/base/value.h"

namespace bylaw {

/// A list or a set. Sets have no duplicates and are in canonical order (see vm/canonical_order), so that equal sets print alike.
struct ListObject {
  uint32_t size = 0;
  bool all_known = true;          ///< then `states` may be null
  const Cell* cells = nullptr;    ///< [size]
  const State* states = nullptr;  ///< [size]

  State state(uint32_t i) const { return states == nullptr ? State::kKnown : states[i]; }
};

/// A map: entries in canonical order of their keys.
struct MapObject {
  uint32_t size = 0;
  bool all_known = true;
  const Cell* keys = nullptr;     ///< [size], known
  const Cell* cells = nullptr;    ///< [size]
  const State* states = nullptr;  ///< [size], or null when all are known
  const Cell* hidden = nullptr;   ///< reserved for sensitive marks

  State state(uint32_t i) const { return states == nullptr ? State::kKnown : states[i]; }
};

using CauseId = uint32_t;

enum class JsonNodeKind : uint8_t { kNull, kBool, kInt, kFloat, kBigNumber, kString, kArray, kObject, kUnknown };

struct JsonNode;
struct JsonMember {
  std::string_view key;
  const JsonNode* value = nullptr;
};

/// A JSON tree, as the snapshot keeps what has no typed column. An unknown part (known after apply, an intrinsic that cannot be resolved) is a node of kind kUnknown.
struct JsonNode {
  JsonNodeKind kind = JsonNodeKind::kNull;
  bool boolean = false;
  uint32_t size = 0;  ///< elements or members
  union {
    int64_t integer = 0;              ///< kInt
    double floating;                  ///< kFloat
    const JsonNode* const* elements;  ///< kArray
    const JsonMember* members;        ///< kObject: in document order; the last of equal keys counts
    CauseId cause;                    ///< kUnknown
  };
  std::string_view text =
      {};  ///< kString, kBigNumber (all digits), kUnknown (what is known of a text, see builtins/partial_text.h; or empty)
  const JsonNode* parent = nullptr;  ///< null at the root
  std::string_view key = {};         ///< the key under which it stands in its parent object; else empty
  Row record = kNone;                ///< the source record (Snapshot::record) that it is part of

  const JsonNode* Find(std::string_view name) const {
    if (kind != JsonNodeKind::kObject) return nullptr;
    for (uint32_t i = size; i > 0; --i) {
      if (members[i - 1].key == name) return members[i - 1].value;
    }
    return nullptr;
  }
};

}  // namespace bylaw

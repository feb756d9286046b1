// Types as the runtime knows them: kinds, and a table of composite types that a program carries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/value.h"

namespace bylaw {

enum class TypeKind : uint8_t {
  kBool,
  kInt,
  kFloat,
  kString,
  kTime,
  kDuration,
  kIp,
  kCidr,
  kVersion,
  kRef,
  kList,
  kSet,
  kMap,
  kIpSet,
  kPortSet,
  kJson,
  kIamDocument,
};
inline constexpr int kNumTypeKinds = 17;

/// The language's name of a kind: "bool", "ipset", …; "ref" for references.
std::string_view TypeKindName(TypeKind kind);

using TypeId = uint32_t;

/// One entry of a type table. Entries refer only to entries before them, so a table is well founded by construction.
/// Enums are plain kString here: their sets are the compiler's business.
struct TypeEntry {
  TypeKind kind = TypeKind::kBool;
  bool optional = false;
  TypeId element = kNone;            ///< kList, kSet, kMap: the element's type
  TypeId key = kNone;                ///< kMap: the key's type, kString unless it comes from `group … by`
  std::vector<TableId> tables = {};  ///< kRef: the models it may refer to; empty: any

  bool operator==(const TypeEntry&) const = default;
};

}  // namespace bylaw

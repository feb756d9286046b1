#include "runtime/base/types.h"

#include <array>

namespace bylaw {

std::string_view TypeKindName(TypeKind kind) {
  static constexpr std::array<std::string_view, kNumTypeKinds> kNames = {
      "bool", "int",  "float", "string", "time",  "duration", "ip",   "cidr",        "version",
      "ref",  "list", "set",   "map",    "ipset", "portset",  "json", "iam_document"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace bylaw

#include "runtime/snapshot/canonical_order.h"

#include <algorithm>

namespace bylaw {

bool CellLess(TypeKind kind, const StringPool& strings, const NetPool& nets, Cell a, Cell b) {
  switch (kind) {
    case TypeKind::kString: return strings.Text(static_cast<StringId>(a)) < strings.Text(static_cast<StringId>(b));
    case TypeKind::kVersion:
      if (a >> 32 != b >> 32) return a >> 32 < b >> 32;
      return strings.Text(static_cast<StringId>(a)) < strings.Text(static_cast<StringId>(b));
    case TypeKind::kInt:
    case TypeKind::kTime:
    case TypeKind::kDuration: return CellToInt(a) < CellToInt(b);
    case TypeKind::kFloat: return CellToFloat(a) < CellToFloat(b);
    case TypeKind::kIp: return nets.GetIp(static_cast<NetId>(a)) < nets.GetIp(static_cast<NetId>(b));
    case TypeKind::kCidr: return nets.Get(static_cast<NetId>(a)) < nets.Get(static_cast<NetId>(b));
    default: return a < b;
  }
}

void MakeCanonical(TypeKind kind, const StringPool& strings, const NetPool& nets, std::vector<Cell>* cells) {
  std::sort(cells->begin(), cells->end(), [&](Cell a, Cell b) { return CellLess(kind, strings, nets, a, b); });
  cells->erase(std::unique(cells->begin(), cells->end()), cells->end());
}

}  // namespace bylaw

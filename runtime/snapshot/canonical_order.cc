#include "runtime/snapshot/canonical_order.h"

#include <algorithm>
#include <cmath>

#include "runtime/builtins/version.h"

namespace bylaw {

namespace {

template <typename T>
int Compare(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int CompareFloats(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return Compare(std::isnan(a), std::isnan(b));
  return Compare(a, b);
}

}  // namespace

std::optional<int> CompareOrdered(TypeKind kind, const StringPool& strings, const NetPool& nets, Cell a, Cell b) {
  auto text = [&](Cell cell) { return strings.Text(static_cast<StringId>(cell)); };
  switch (kind) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kTime:
    case TypeKind::kDuration: return Compare(CellToInt(a), CellToInt(b));
    case TypeKind::kFloat: return CompareFloats(CellToFloat(a), CellToFloat(b));
    case TypeKind::kString: return a == b ? 0 : Compare(text(a), text(b));
    case TypeKind::kIp:
    case TypeKind::kCidr: return a == b ? 0 : Compare(nets.Get(static_cast<NetId>(a)), nets.Get(static_cast<NetId>(b)));
    case TypeKind::kVersion: {
      if (a == b) return 0;
      if (a >> 32 != b >> 32 || (a >> 32) >= static_cast<Cell>(kNumVersionSchemes)) return std::nullopt;
      const std::optional<std::weak_ordering> order =
          CompareVersions(text(a), text(b), static_cast<VersionScheme>(a >> 32));
      if (!order) return std::nullopt;
      return *order < 0 ? -1 : *order > 0 ? 1 : 0;
    }
    default: return std::nullopt;
  }
}

int CompareCells(TypeKind kind, const StringPool& strings, const NetPool& nets, Cell a, Cell b, Spelling spelling) {
  if (a == b) return 0;
  const std::optional<int> order = CompareOrdered(kind, strings, nets, a, b);
  if (order && (*order != 0 || spelling == Spelling::kIgnored)) return *order;
  if (kind != TypeKind::kVersion || a >> 32 != b >> 32) return Compare(a, b);
  return Compare(strings.Text(static_cast<StringId>(a)), strings.Text(static_cast<StringId>(b)));
}

void MakeCanonical(TypeKind kind, const StringPool& strings, const NetPool& nets, std::vector<Cell>* cells) {
  std::sort(cells->begin(), cells->end(),
            [&](Cell a, Cell b) { return CompareCells(kind, strings, nets, a, b, Spelling::kCompared) < 0; });
  cells->erase(std::unique(cells->begin(), cells->end(),
                           [&](Cell a, Cell b) { return CompareCells(kind, strings, nets, a, b) == 0; }),
               cells->end());
}

}  // namespace bylaw

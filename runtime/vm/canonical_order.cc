#include "runtime/vm/canonical_order.h"

#include <algorithm>
#include <cmath>

#include "runtime/builtins/version.h"
#include "runtime/vm/documents.h"

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

std::string_view Text(const EvaluationState& state, StringId id) { return state.pools.strings->Text(id); }

int CompareJson(const JsonNode& a, const JsonNode& b) {
  auto rank = [](const JsonNode& node) {
    bool number = node.kind == JsonNodeKind::kInt || node.kind == JsonNodeKind::kFloat || node.kind == JsonNodeKind::kBigNumber;
    return number ? static_cast<int>(JsonNodeKind::kInt) : static_cast<int>(node.kind);
  };
  if (rank(a) != rank(b)) return Compare(rank(a), rank(b));
  switch (a.kind) {
    case JsonNodeKind::kNull: return 0;
    case JsonNodeKind::kBool: return Compare(a.boolean, b.boolean);
    case JsonNodeKind::kInt:
      if (b.kind == JsonNodeKind::kInt) return Compare(a.integer, b.integer);
      [[fallthrough]];
    case JsonNodeKind::kFloat:
    case JsonNodeKind::kBigNumber: {
      if (a.kind == JsonNodeKind::kBigNumber || b.kind == JsonNodeKind::kBigNumber) {
        if (a.kind != b.kind) return Compare(static_cast<int>(a.kind), static_cast<int>(b.kind));
        return Compare(a.text, b.text);
      }
      double x = a.kind == JsonNodeKind::kInt ? static_cast<double>(a.integer) : a.floating;
      double y = b.kind == JsonNodeKind::kInt ? static_cast<double>(b.integer) : b.floating;
      return CompareFloats(x, y);
    }
    case JsonNodeKind::kString: return Compare(a.text, b.text);
    case JsonNodeKind::kArray:
      for (uint32_t i = 0; i < std::min(a.size, b.size); ++i) {
        if (int order = CompareJson(*a.elements[i], *b.elements[i]); order != 0) return order;
      }
      return Compare(a.size, b.size);
    case JsonNodeKind::kObject: {
      // By sorted keys; the last of equal keys counts.
      auto members = [](const JsonNode& node) {
        std::vector<std::pair<std::string_view, const JsonNode*>> list;
        for (uint32_t i = 0; i < node.size; ++i) list.emplace_back(node.members[i].key, node.members[i].value);
        std::stable_sort(list.begin(), list.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
        size_t kept = 0;
        for (size_t i = 0; i < list.size(); ++i) {
          if (i + 1 < list.size() && list[i + 1].first == list[i].first) continue;
          list[kept++] = list[i];
        }
        list.resize(kept);
        return list;
      };
      auto x = members(a);
      auto y = members(b);
      for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
        if (x[i].first != y[i].first) return Compare(x[i].first, y[i].first);
        if (int order = CompareJson(*x[i].second, *y[i].second); order != 0) return order;
      }
      return Compare(x.size(), y.size());
    }
    case JsonNodeKind::kUnknown: return Compare(a.cause, b.cause);
  }
  return 0;
}

Tri And(Tri a, Tri b) {
  if (a == Tri::kFalse || b == Tri::kFalse) return Tri::kFalse;
  return a == Tri::kTrue && b == Tri::kTrue ? Tri::kTrue : Tri::kUnknown;
}

/// Equality of sets: of canonical ones element by element; a set that an importer made may be in another order.
Tri EqualSets(const EvaluationState& state, TypeId element, const ListObject& a, const ListObject& b) {
  auto sorted = [&](const ListObject& list, size_t* num_unknown, bool* has_absent) {
    std::vector<Cell> cells;
    for (uint32_t i = 0; i < list.size; ++i) {
      if (list.state(i) == State::kKnown) cells.push_back(list.cells[i]);
      *num_unknown += IsUnknown(list.state(i)) ? 1u : 0u;
      *has_absent |= list.state(i) == State::kAbsent;
    }
    std::sort(cells.begin(), cells.end(), [&](Cell x, Cell y) { return CompareCanonical(state, element, x, y) < 0; });
    return cells;
  };
  size_t a_unknown = 0, b_unknown = 0;
  bool a_absent = false, b_absent = false;
  std::vector<Cell> x = sorted(a, &a_unknown, &a_absent);
  std::vector<Cell> y = sorted(b, &b_unknown, &b_absent);
  size_t only_x = 0, only_y = 0;
  for (size_t i = 0, j = 0; i < x.size() || j < y.size();) {
    int order = i == x.size() ? 1 : j == y.size() ? -1 : CompareCanonical(state, element, x[i], y[j]);
    if (order < 0) ++only_x;
    if (order > 0) ++only_y;
    if (order <= 0) ++i;
    if (order >= 0) ++j;
  }
  // An unknown element of one side could be the one that only the other is known to have.
  if ((only_x > 0 && b_unknown == 0) || (only_y > 0 && a_unknown == 0) || a_absent != b_absent) return Tri::kFalse;
  return a_unknown + b_unknown == 0 ? Tri::kTrue : Tri::kUnknown;
}

Tri EqualLists(const EvaluationState& state, TypeId element, const ListObject& a, const ListObject& b) {
  if (a.size != b.size) return Tri::kFalse;
  Tri result = Tri::kTrue;
  for (uint32_t i = 0; i < a.size && result != Tri::kFalse; ++i) {
    result = And(result, EqualValues(state, element, a.cells[i], a.state(i), b.cells[i], b.state(i)));
  }
  return result;
}

Tri EqualMaps(const EvaluationState& state, TypeId key, TypeId element, const MapObject& a, const MapObject& b) {
  if (a.size != b.size) return Tri::kFalse;
  auto order_of = [&](const MapObject& map) {
    std::vector<uint32_t> order(map.size);
    for (uint32_t i = 0; i < map.size; ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](uint32_t x, uint32_t y) { return CompareCanonical(state, key, map.keys[x], map.keys[y]) < 0; });
    return order;
  };
  std::vector<uint32_t> x = order_of(a), y = order_of(b);
  Tri result = Tri::kTrue;
  for (uint32_t i = 0; i < a.size; ++i) {
    if (CompareCanonical(state, key, a.keys[x[i]], b.keys[y[i]]) != 0) return Tri::kFalse;
    result = And(result, EqualValues(state, element, a.cells[x[i]], a.state(x[i]), b.cells[y[i]], b.state(y[i])));
  }
  return result;
}

}  // namespace

int CompareCanonical(const EvaluationState& state, TypeId type, Cell a, Cell b) {
  if (a == b) return 0;
  if (type >= state.program.types.size()) return Compare(a, b);
  const TypeEntry& entry = state.program.types[type];
  switch (entry.kind) {
    case TypeKind::kBool: return Compare(a, b);
    case TypeKind::kInt:
    case TypeKind::kTime:
    case TypeKind::kDuration: return Compare(CellToInt(a), CellToInt(b));
    case TypeKind::kFloat: {
      int order = CompareFloats(CellToFloat(a), CellToFloat(b));
      return order;
    }
    case TypeKind::kString: return Compare(Text(state, static_cast<StringId>(a)), Text(state, static_cast<StringId>(b)));
    case TypeKind::kIp:
    case TypeKind::kCidr: return Compare(state.pools.nets->Get(static_cast<NetId>(a)), state.pools.nets->Get(static_cast<NetId>(b)));
    case TypeKind::kVersion: {
      if (std::optional<int> order = CompareOrdered(state, entry.kind, a, b); order && *order != 0) return *order;
      if (int order = Compare(a >> 32, b >> 32); order != 0) return order;
      return Compare(Text(state, static_cast<StringId>(a)), Text(state, static_cast<StringId>(b)));
    }
    case TypeKind::kRef: {
      if (!RefCell::is_external(a) || !RefCell::is_external(b) || state.snapshot == nullptr) return Compare(a, b);
      uint32_t x = RefCell::row(a), y = RefCell::row(b);
      if (x >= state.snapshot->num_externals() || y >= state.snapshot->num_externals()) return Compare(a, b);
      int order = Compare(Text(state, state.snapshot->external(x).key), Text(state, state.snapshot->external(y).key));
      return order != 0 ? order : Compare(a, b);
    }
    case TypeKind::kList:
    case TypeKind::kSet: {
      const auto& x = *CellToObject<ListObject>(a);
      const auto& y = *CellToObject<ListObject>(b);
      for (uint32_t i = 0; i < std::min(x.size, y.size); ++i) {
        if (int order = Compare(static_cast<int>(x.state(i)), static_cast<int>(y.state(i))); order != 0) return order;
        if (x.state(i) != State::kKnown) continue;
        if (int order = CompareCanonical(state, entry.element, x.cells[i], y.cells[i]); order != 0) return order;
      }
      return Compare(x.size, y.size);
    }
    case TypeKind::kMap: {
      const auto& x = *CellToObject<MapObject>(a);
      const auto& y = *CellToObject<MapObject>(b);
      for (uint32_t i = 0; i < std::min(x.size, y.size); ++i) {
        if (int order = CompareCanonical(state, entry.key, x.keys[i], y.keys[i]); order != 0) return order;
        if (int order = Compare(static_cast<int>(x.state(i)), static_cast<int>(y.state(i))); order != 0) return order;
        if (x.state(i) != State::kKnown) continue;
        if (int order = CompareCanonical(state, entry.element, x.cells[i], y.cells[i]); order != 0) return order;
      }
      return Compare(x.size, y.size);
    }
    case TypeKind::kIpSet: return Compare(*CellToObject<IpSet>(a), *CellToObject<IpSet>(b));
    case TypeKind::kPortSet: return Compare(*CellToObject<PortSet>(a), *CellToObject<PortSet>(b));
    case TypeKind::kJson: return CompareJson(*CellToObject<JsonNode>(a), *CellToObject<JsonNode>(b));
    case TypeKind::kIamDocument: return CompareDocuments(a, b);
  }
  return Compare(a, b);
}

std::optional<int> CompareOrdered(const EvaluationState& state, TypeKind kind, Cell a, Cell b) {
  switch (kind) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kTime:
    case TypeKind::kDuration: return Compare(CellToInt(a), CellToInt(b));
    case TypeKind::kFloat: return CompareFloats(CellToFloat(a), CellToFloat(b));
    case TypeKind::kString: return a == b ? 0 : Compare(Text(state, static_cast<StringId>(a)), Text(state, static_cast<StringId>(b)));
    case TypeKind::kIp:
    case TypeKind::kCidr:
      return a == b ? 0 : Compare(state.pools.nets->Get(static_cast<NetId>(a)), state.pools.nets->Get(static_cast<NetId>(b)));
    case TypeKind::kVersion: {
      if (a >> 32 != b >> 32 || (a >> 32) >= static_cast<Cell>(kNumVersionSchemes)) return std::nullopt;
      std::optional<std::weak_ordering> order = CompareVersions(Text(state, static_cast<StringId>(a)), Text(state, static_cast<StringId>(b)),
                                                                static_cast<VersionScheme>(a >> 32));
      if (!order) return std::nullopt;
      return *order < 0 ? -1 : *order > 0 ? 1 : 0;
    }
    default: return std::nullopt;
  }
}

std::span<const Cell> CandidatesOf(const EvaluationState& state, Cell cell, State cell_state) {
  if (!IsUnknown(cell_state) || cell == 0 || state.snapshot == nullptr || cell - 1 >= state.snapshot->num_candidate_lists()) return {};
  return state.snapshot->candidates(static_cast<uint32_t>(cell - 1));
}

Tri EqualRefs(const EvaluationState& state, Cell a, State a_state, Cell b, State b_state) {
  if (a_state == State::kKnown && b_state == State::kKnown) return a == b ? Tri::kTrue : Tri::kFalse;
  if (a_state == State::kAbsent && b_state == State::kAbsent) return Tri::kTrue;
  if (!IsUnknown(a_state) && !IsUnknown(b_state)) return Tri::kFalse;
  std::span<const Cell> x = IsUnknown(a_state) ? CandidatesOf(state, a, a_state) : std::span<const Cell>(&a, 1);
  std::span<const Cell> y = IsUnknown(b_state) ? CandidatesOf(state, b, b_state) : std::span<const Cell>(&b, 1);
  // Candidates are candidates for a value: absent is none of them.
  bool x_absent = a_state == State::kAbsent, y_absent = b_state == State::kAbsent;
  if (x_absent || y_absent) return (x_absent ? y.empty() : x.empty()) ? Tri::kUnknown : Tri::kFalse;
  if (x.empty() || y.empty()) return Tri::kUnknown;
  for (Cell cell : x) {
    if (std::find(y.begin(), y.end(), cell) != y.end()) return x.size() == 1 && y.size() == 1 ? Tri::kTrue : Tri::kUnknown;
  }
  return Tri::kFalse;
}

Tri EqualValues(const EvaluationState& state, TypeId type, Cell a, State a_state, Cell b, State b_state) {
  bool is_type = type < state.program.types.size();
  if (is_type && state.program.types[type].kind == TypeKind::kRef) return EqualRefs(state, a, a_state, b, b_state);
  if (IsUnknown(a_state) || IsUnknown(b_state)) return Tri::kUnknown;
  if (a_state == State::kAbsent || b_state == State::kAbsent) return a_state == b_state ? Tri::kTrue : Tri::kFalse;
  if (!is_type) return a == b ? Tri::kTrue : Tri::kFalse;
  const TypeEntry& entry = state.program.types[type];
  switch (entry.kind) {
    case TypeKind::kFloat: return CellToFloat(a) == CellToFloat(b) ? Tri::kTrue : Tri::kFalse;
    case TypeKind::kList: return EqualLists(state, entry.element, *CellToObject<ListObject>(a), *CellToObject<ListObject>(b));
    case TypeKind::kSet: return EqualSets(state, entry.element, *CellToObject<ListObject>(a), *CellToObject<ListObject>(b));
    case TypeKind::kMap: return EqualMaps(state, entry.key, entry.element, *CellToObject<MapObject>(a), *CellToObject<MapObject>(b));
    case TypeKind::kIpSet: return *CellToObject<IpSet>(a) == *CellToObject<IpSet>(b) ? Tri::kTrue : Tri::kFalse;
    case TypeKind::kPortSet: return *CellToObject<PortSet>(a) == *CellToObject<PortSet>(b) ? Tri::kTrue : Tri::kFalse;
    case TypeKind::kJson: return EqualJson(*CellToObject<JsonNode>(a), *CellToObject<JsonNode>(b));
    case TypeKind::kIamDocument: return EqualDocuments(a, b);
    default: return a == b ? Tri::kTrue : Tri::kFalse;
  }
}

Tri EqualJson(const JsonNode& a, const JsonNode& b) {
  if (a.kind == JsonNodeKind::kUnknown || b.kind == JsonNodeKind::kUnknown) return Tri::kUnknown;
  if (a.kind == JsonNodeKind::kArray && b.kind == JsonNodeKind::kArray) {
    if (a.size != b.size) return Tri::kFalse;
    Tri result = Tri::kTrue;
    for (uint32_t i = 0; i < a.size && result != Tri::kFalse; ++i) result = And(result, EqualJson(*a.elements[i], *b.elements[i]));
    return result;
  }
  if (a.kind == JsonNodeKind::kObject && b.kind == JsonNodeKind::kObject) {
    Tri result = Tri::kTrue;
    for (uint32_t i = 0; i < a.size; ++i) {
      const JsonNode* other = b.Find(a.members[i].key);
      if (other == nullptr) return Tri::kFalse;
      const JsonNode* mine = a.Find(a.members[i].key);
      result = And(result, EqualJson(*mine, *other));
    }
    for (uint32_t i = 0; i < b.size; ++i) {
      if (a.Find(b.members[i].key) == nullptr) return Tri::kFalse;
    }
    return result;
  }
  return CompareJson(a, b) == 0 ? Tri::kTrue : Tri::kFalse;
}

void MakeCanonicalSet(const EvaluationState& state, TypeId element, std::vector<Cell>* cells, std::vector<State>* states) {
  std::vector<Cell> known;
  std::vector<std::pair<Cell, State>> others;
  for (size_t i = 0; i < cells->size(); ++i) {
    State cell_state = states->empty() ? State::kKnown : (*states)[i];
    if (cell_state == State::kKnown) {
      known.push_back((*cells)[i]);
    } else if (cell_state == State::kAbsent) {
      std::pair<Cell, State> absent{0, State::kAbsent};
      if (std::find(others.begin(), others.end(), absent) == others.end()) others.insert(others.begin(), absent);
    } else {
      others.emplace_back((*cells)[i], State::kUnknown);
    }
  }
  auto less = [&](Cell a, Cell b) { return CompareCanonical(state, element, a, b) < 0; };
  if (!std::is_sorted(known.begin(), known.end(), less)) std::sort(known.begin(), known.end(), less);
  known.erase(std::unique(known.begin(), known.end(), [&](Cell a, Cell b) { return CompareCanonical(state, element, a, b) == 0; }), known.end());
  states->clear();
  if (!others.empty()) {
    states->assign(known.size(), State::kKnown);
    for (const auto& [cell, cell_state] : others) {
      known.push_back(cell);
      states->push_back(cell_state);
    }
  }
  *cells = std::move(known);
}

}  // namespace bylaw

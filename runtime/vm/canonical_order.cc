#include "runtime/vm/canonical_order.h"

#include <algorithm>

#include "runtime/vm/documents.h"

namespace bylaw {

namespace {

template <typename T>
int Compare(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

/// An int and a float as they are: as floats, neighbours of a large int would equal it.
int CompareExactly(int64_t a, double b) {
  constexpr double kEnd = 9223372036854775808.0;  // behind the largest int
  if (b >= kEnd) return -1;
  if (b < -kEnd) return 1;
  const auto whole = static_cast<int64_t>(b);
  return a != whole ? Compare(a, whole) : Compare(0.0, b - static_cast<double>(whole));
}

std::string_view Text(const EvaluationState& state, StringId id) { return state.pools.strings->Text(id); }

int CompareJson(const JsonNode& a, const JsonNode& b) {
  auto rank = [](const JsonNode& node) {
    bool number =
        node.kind == JsonNodeKind::kInt || node.kind == JsonNodeKind::kFloat || node.kind == JsonNodeKind::kBigNumber;
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
      if (a.kind == JsonNodeKind::kInt) return CompareExactly(a.integer, b.floating);
      return b.kind == JsonNodeKind::kInt ? -CompareExactly(b.integer, a.floating) : Compare(a.floating, b.floating);
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

/// Whether each element of `a` is one of `b`'s.
Tri EachIsIn(const EvaluationState& state, TypeId element, const ListObject& a, const ListObject& b) {
  // Not the list itself: a set of references that an importer made may be in another order.
  auto less = [&](Cell x, Cell y) { return CompareCanonical(state, element, x, y) < 0; };
  std::vector<Cell> sorted;
  for (uint32_t i = 0; i < b.size; ++i) {
    if (b.state(i) == State::kKnown) sorted.push_back(b.cells[i]);
  }
  std::sort(sorted.begin(), sorted.end(), less);
  Tri result = Tri::kTrue;
  for (uint32_t i = 0; i < a.size && result != Tri::kFalse; ++i) {
    if (a.state(i) == State::kKnown && std::binary_search(sorted.begin(), sorted.end(), a.cells[i], less)) continue;
    result = And(result, Contains(state, element, b, a.cells[i], a.state(i)));
  }
  return result;
}

Tri EqualLists(const EvaluationState& state, TypeId element, const ListObject& a, const ListObject& b) {
  if (a.size != b.size) return Tri::kFalse;
  Tri result = Tri::kTrue;
  for (uint32_t i = 0; i < a.size && result != Tri::kFalse; ++i) {
    result = And(result, EqualValues(state, element, a.cells[i], a.state(i), b.cells[i], b.state(i)));
  }
  return result;
}

/// Maps by versions: of two schemes nobody can tell whether they are one key.
Tri EqualMapsByVersion(const EvaluationState& state, TypeId key, TypeId element, const MapObject& a,
                       const MapObject& b) {
  Tri result = Tri::kTrue;
  for (const auto& [from, to] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    for (uint32_t i = 0; i < from->size && result != Tri::kFalse; ++i) {
      Tri found = Tri::kFalse;
      for (uint32_t j = 0; j < to->size; ++j) {
        const Tri same = EqualValues(state, key, from->keys[i], State::kKnown, to->keys[j], State::kKnown);
        if (same == Tri::kFalse) continue;
        found = same == Tri::kUnknown
                    ? same
                    : EqualValues(state, element, from->cells[i], from->state(i), to->cells[j], to->state(j));
        if (same == Tri::kTrue) break;
      }
      result = And(result, found);
    }
  }
  return result;
}

Tri EqualMaps(const EvaluationState& state, TypeId key, TypeId element, const MapObject& a, const MapObject& b) {
  if (a.size != b.size) return Tri::kFalse;
  if (key < state.program.types.size() && state.kind(key) == TypeKind::kVersion)
    return EqualMapsByVersion(state, key, element, a, b);
  auto order_of = [&](const MapObject& map) {
    std::vector<uint32_t> order(map.size);
    for (uint32_t i = 0; i < map.size; ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](uint32_t x, uint32_t y) { return CompareCanonical(state, key, map.keys[x], map.keys[y]) < 0; });
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

int CompareCanonical(const EvaluationState& state, TypeId type, Cell a, Cell b, Spelling spelling) {
  if (a == b) return 0;
  if (type >= state.program.types.size()) return Compare(a, b);
  const TypeEntry& entry = state.program.types[type];
  switch (entry.kind) {
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
        if (int order = CompareCanonical(state, entry.element, x.cells[i], y.cells[i], spelling); order != 0)
          return order;
      }
      return Compare(x.size, y.size);
    }
    case TypeKind::kMap: {
      const auto& x = *CellToObject<MapObject>(a);
      const auto& y = *CellToObject<MapObject>(b);
      for (uint32_t i = 0; i < std::min(x.size, y.size); ++i) {
        if (int order = CompareCanonical(state, entry.key, x.keys[i], y.keys[i], spelling); order != 0) return order;
        if (int order = Compare(static_cast<int>(x.state(i)), static_cast<int>(y.state(i))); order != 0) return order;
        if (x.state(i) != State::kKnown) continue;
        if (int order = CompareCanonical(state, entry.element, x.cells[i], y.cells[i], spelling); order != 0)
          return order;
      }
      return Compare(x.size, y.size);
    }
    case TypeKind::kIpSet: return Compare(*CellToObject<IpSet>(a), *CellToObject<IpSet>(b));
    case TypeKind::kPortSet: return Compare(*CellToObject<PortSet>(a), *CellToObject<PortSet>(b));
    case TypeKind::kJson: return CompareJson(*CellToObject<JsonNode>(a), *CellToObject<JsonNode>(b));
    case TypeKind::kIamDocument: return CompareDocuments(a, b);
    default: return CompareCells(entry.kind, *state.pools.strings, *state.pools.nets, a, b, spelling);
  }
}

bool CanonicalLess(const EvaluationState& state, TypeId type, Cell a, Cell b) {
  const int order = CompareCanonical(state, type, a, b);
  return order != 0 ? order < 0 : CompareCanonical(state, type, a, b, Spelling::kCompared) < 0;
}

std::optional<int> CompareOrdered(const EvaluationState& state, TypeKind kind, Cell a, Cell b) {
  return CompareOrdered(kind, *state.pools.strings, *state.pools.nets, a, b);
}

std::span<const Cell> CandidatesOf(const EvaluationState& state, Cell cell, State cell_state) {
  if (!IsUnknown(cell_state) || cell == 0 || state.snapshot == nullptr ||
      cell - 1 >= state.snapshot->num_candidate_lists())
    return {};
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
    if (std::find(y.begin(), y.end(), cell) != y.end())
      return x.size() == 1 && y.size() == 1 ? Tri::kTrue : Tri::kUnknown;
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
    case TypeKind::kVersion: {
      const std::optional<int> order = CompareOrdered(state, entry.kind, a, b);
      return !order ? Tri::kUnknown : *order == 0 ? Tri::kTrue : Tri::kFalse;
    }
    case TypeKind::kList:
      return EqualLists(state, entry.element, *CellToObject<ListObject>(a), *CellToObject<ListObject>(b));
    case TypeKind::kSet: {
      const auto &x = *CellToObject<ListObject>(a), &y = *CellToObject<ListObject>(b);
      return And(EachIsIn(state, entry.element, x, y), EachIsIn(state, entry.element, y, x));
    }
    case TypeKind::kMap:
      return EqualMaps(state, entry.key, entry.element, *CellToObject<MapObject>(a), *CellToObject<MapObject>(b));
    case TypeKind::kIpSet: return *CellToObject<IpSet>(a) == *CellToObject<IpSet>(b) ? Tri::kTrue : Tri::kFalse;
    case TypeKind::kPortSet: return *CellToObject<PortSet>(a) == *CellToObject<PortSet>(b) ? Tri::kTrue : Tri::kFalse;
    case TypeKind::kJson: return EqualJson(*CellToObject<JsonNode>(a), *CellToObject<JsonNode>(b));
    case TypeKind::kIamDocument: return EqualDocuments(a, b);
    default: return a == b ? Tri::kTrue : Tri::kFalse;
  }
}

Tri Contains(const EvaluationState& state, TypeId element, const ListObject& list, Cell cell, State cell_state) {
  Tri result = Tri::kFalse;
  const bool by_cell = cell_state == State::kKnown && ComparesByCell(state.kind(element));
  for (uint32_t i = 0; i < list.size && result != Tri::kTrue; ++i) {
    if (by_cell && list.state(i) == State::kKnown) {
      if (list.cells[i] == cell) result = Tri::kTrue;
    } else if (const Tri equal = EqualValues(state, element, list.cells[i], list.state(i), cell, cell_state);
               equal != Tri::kFalse) {
      result = equal;
    }
  }
  return result;
}

namespace {

/// Of all that is known only versions have equals that nobody can tell, by themselves or in a collection.
bool HasVersions(TypeKind kind) {
  return kind == TypeKind::kVersion || kind == TypeKind::kList || kind == TypeKind::kSet || kind == TypeKind::kMap;
}

}  // namespace

bool MayHaveKey(const EvaluationState& state, TypeId key_type, const MapObject& map, Cell key) {
  if (key_type >= state.program.types.size() || !HasVersions(state.kind(key_type))) return false;
  const ListObject keys{map.size, true, map.keys, nullptr};
  return Contains(state, key_type, keys, key, State::kKnown) == Tri::kUnknown;
}

bool MayCoincide(const EvaluationState& state, TypeId element, const ListObject& a, const ListObject& b) {
  if (!HasVersions(state.kind(element))) return false;
  for (uint32_t i = 0; i < a.size; ++i) {
    if (Contains(state, element, b, a.cells[i], a.state(i)) == Tri::kUnknown) return true;
  }
  return false;
}

Tri EqualJson(const JsonNode& a, const JsonNode& b) {
  if (a.kind == JsonNodeKind::kUnknown || b.kind == JsonNodeKind::kUnknown) return Tri::kUnknown;
  if (a.kind == JsonNodeKind::kArray && b.kind == JsonNodeKind::kArray) {
    if (a.size != b.size) return Tri::kFalse;
    Tri result = Tri::kTrue;
    for (uint32_t i = 0; i < a.size && result != Tri::kFalse; ++i)
      result = And(result, EqualJson(*a.elements[i], *b.elements[i]));
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

void MakeCanonicalSet(const EvaluationState& state, TypeId element, std::vector<Cell>* cells,
                      std::vector<State>* states) {
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
  auto less = [&](Cell a, Cell b) { return CanonicalLess(state, element, a, b); };
  if (!std::is_sorted(known.begin(), known.end(), less)) std::sort(known.begin(), known.end(), less);
  known.erase(std::unique(known.begin(), known.end(),
                          [&](Cell a, Cell b) { return CompareCanonical(state, element, a, b) == 0; }),
              known.end());
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

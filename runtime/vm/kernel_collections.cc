// Lists, sets, maps: membership, access, making.
#include <unordered_set>

#include "runtime/vm/canonical_order.h"
#include "runtime/vm/constants.h"
#include "runtime/vm/convert.h"
#include "runtime/vm/kernels.h"

namespace bylaw {

namespace {

constexpr uint32_t kHashedListSize = 16;

/// Whether an element may be a number from `low` to `high`.
bool MayContain(const ListObject& list, int64_t low, int64_t high) {
  for (uint32_t i = 0; i < list.size; ++i) {
    if (IsUnknown(list.state(i))) return true;
    if (list.state(i) == State::kKnown && CellToInt(list.cells[i]) >= low && CellToInt(list.cells[i]) <= high)
      return true;
  }
  return false;
}

}  // namespace

void KernelIn(const Operation& op) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  const TypeEntry& collection = op.type(op.instruction.b);
  const EvaluationState& state = op.worker.state();
  uint32_t n = op.num_lanes();
  Vector out(n);
  bool is_map = collection.kind == TypeKind::kMap;
  bool is_list = collection.kind == TypeKind::kList || collection.kind == TypeKind::kSet;
  TypeId element = is_map ? collection.key : collection.element;

  // A large constant list is hashed once a frame.
  std::unordered_set<Cell> members;
  Cell hashed = 0;
  auto hash = [&](Cell cell) {
    const auto& list = *CellToObject<ListObject>(cell);
    if (hashed == cell) return true;
    if (hashed != 0 || list.size < kHashedListSize || !list.all_known || !ComparesByCell(state.kind(element)))
      return false;
    members.insert(list.cells, list.cells + list.size);
    hashed = cell;
    return true;
  };

  for (uint32_t lane = 0; lane < n; ++lane) {
    if (!b.is_known(lane) || (!is_list && !is_map)) {
      op.UnknownOperands(out, lane, {&b});
      continue;
    }
    Tri found = Tri::kFalse;
    if (is_list && a.state(lane) == State::kRanged) {
      found = MayContain(*CellToObject<ListObject>(b.cells[lane]), a.lower_bound(lane), a.upper_bound(lane))
                  ? Tri::kUnknown
                  : Tri::kFalse;
    } else if (is_map) {
      const auto& map = *CellToObject<MapObject>(b.cells[lane]);
      ListObject keys{map.size, true, map.keys, nullptr};
      found = Contains(state, element < state.program.types.size() ? element : op.block.registers[op.instruction.a],
                       keys, a.cells[lane], a.state(lane));
    } else if (n > 1 && a.is_known(lane) && hash(b.cells[lane])) {
      found = members.count(a.cells[lane]) != 0 ? Tri::kTrue : Tri::kFalse;
    } else {
      found = Contains(state, element, *CellToObject<ListObject>(b.cells[lane]), a.cells[lane], a.state(lane));
    }
    out.SetTri(lane, found);
    if (!op.traced()) continue;
    // A range of which no number is in the list does not rest on how it came about.
    EvidenceId trace = found != Tri::kUnknown && IsUnknown(a.state(lane)) ? 0 : a.trace(lane);
    // An unknown answer about a known value comes from the list's unknown elements, which the list's evidence explains.
    if (found != Tri::kUnknown || !IsUnknown(a.state(lane))) trace = op.worker.evidence().Merge(trace, b.trace(lane));
    if (found == Tri::kUnknown && trace == 0 && !IsUnknown(a.state(lane)))
      trace = op.worker.evidence().AddCause(CauseKind::kUnresolved, "an element of the list is not known");
    out.SetTrace(lane, trace);
  }
  op.dst() = std::move(out);
}

void KernelGet(const Operation& op) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  const TypeEntry& collection = op.type(op.instruction.a);
  const EvaluationState& state = op.worker.state();
  bool key_is_text = op.type(op.instruction.b).kind == TypeKind::kString;
  Vector out(op.num_lanes());

  auto put = [&](uint32_t lane, Cell cell, State cell_state) {
    out.Set(lane, cell, cell_state);
    if (op.traced() && IsUnknown(cell_state)) {
      EvidenceId trace = a.trace(lane);
      if (trace == 0)
        trace = op.worker.evidence().AddCause(CauseKind::kUnresolved, "this part of the value is not known");
      out.SetTrace(lane, trace);
    }
  };
  auto at_index = [&](uint32_t size, int64_t index) -> uint32_t {
    if (index < 0) index += size;
    return index < 0 || index >= size ? kNone : static_cast<uint32_t>(index);
  };

  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    if (a.state(lane) == State::kAbsent) {
      out.Set(lane, 0, State::kAbsent);
      continue;
    }
    if (!a.is_known(lane) || !b.is_known(lane)) {
      op.UnknownOperands(out, lane, {&a, &b});
      continue;
    }
    Cell key = b.cells[lane];
    out.Set(lane, 0, State::kAbsent);
    switch (collection.kind) {
      case TypeKind::kList: {
        const auto& list = *CellToObject<ListObject>(a.cells[lane]);
        uint32_t i = at_index(list.size, CellToInt(key));
        if (i != kNone) put(lane, list.cells[i], list.state(i));
        break;
      }
      case TypeKind::kMap: {
        const auto& map = *CellToObject<MapObject>(a.cells[lane]);
        TypeId key_type =
            collection.key < state.program.types.size() ? collection.key : op.block.registers[op.instruction.b];
        bool by_cell = ComparesByCell(state.kind(key_type));
        uint32_t found = kNone;
        for (uint32_t i = 0; i < map.size && found == kNone; ++i) {
          if (by_cell ? map.keys[i] == key : CompareCanonical(state, key_type, map.keys[i], key) == 0) found = i;
        }
        if (found != kNone) {
          put(lane, map.cells[found], map.state(found));
        } else if (MayHaveKey(state, key_type, map, key)) {
          op.Unknown(out, lane, [] {
            return std::pair(CauseKind::kUnresolved, std::string("versions of two schemes are not compared"));
          });
        }
        break;
      }
      case TypeKind::kJson: {
        const auto& node = *CellToObject<JsonNode>(a.cells[lane]);
        const JsonNode* found = nullptr;
        bool fits = node.kind == JsonNodeKind::kNull;
        if (node.kind == JsonNodeKind::kObject && key_is_text) {
          fits = true;
          found = node.Find(op.worker.Text(key));
        } else if (node.kind == JsonNodeKind::kArray && !key_is_text) {
          fits = true;
          uint32_t i = at_index(node.size, CellToInt(key));
          if (i != kNone) found = node.elements[i];
        }
        if (!fits) {
          op.Unknown(out, lane, [&] {
            if (node.kind == JsonNodeKind::kUnknown) {
              Cause cause = state.cause(node.cause);
              return std::pair(cause.kind, cause.detail);
            }
            std::string path = JsonPath(node);
            return std::pair(CauseKind::kConversion, fmt::format("`{}` is no {}", path.empty() ? "the value" : path,
                                                                 key_is_text ? "object" : "list"));
          });
        } else if (found != nullptr && found->kind == JsonNodeKind::kUnknown) {
          op.Unknown(out, lane, [&] {
            Cause cause = state.cause(found->cause);
            return std::pair(cause.kind, fmt::format("`{}`: {}", JsonPath(*found), cause.detail));
          });
        } else if (found != nullptr && found->kind != JsonNodeKind::kNull) {
          out.Set(lane, ObjectToCell(found), State::kKnown);
        }
        break;
      }
      default: op.UnknownOperands(out, lane, {&a, &b});
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a, &b});
  op.dst() = std::move(out);
}

namespace {

/// The listed registers' values in one lane; merges the evidence of all.
EvidenceId CollectLane(const Operation& op, uint32_t lane, std::vector<Cell>* cells, std::vector<State>* states) {
  cells->clear();
  states->clear();
  EvidenceId trace = 0;
  for (Register part : op.list()) {
    const Vector& vector = op.reg(part);
    State state = vector.state(lane);
    cells->push_back(state == State::kRanged ? 0 : vector.cells[lane]);
    states->push_back(state == State::kRanged ? State::kUnknown : state);
    if (op.traced()) trace = op.worker.evidence().Merge(trace, vector.trace(lane));
  }
  return trace;
}

void MakeCollection(const Operation& op, bool is_set) {
  TypeId element = op.type(op.instruction.dst).element;
  Vector out(op.num_lanes());
  std::vector<Cell> cells;
  std::vector<State> states;
  for (uint32_t lane = 0; lane < op.num_lanes() && !op.worker.stopped(); ++lane) {
    EvidenceId trace = CollectLane(op, lane, &cells, &states);
    if (is_set) MakeCanonicalSet(op.worker.state(), element, &cells, &states);
    out.cells[lane] = op.worker.MakeList(cells, states);
    if (trace != 0) out.SetTrace(lane, trace);
  }
  if (op.worker.stopped()) out = Vector(op.num_lanes(), 0, State::kUnknown);
  op.dst() = std::move(out);
}

}  // namespace

void KernelMakeList(const Operation& op) { MakeCollection(op, false); }

void KernelMakeSet(const Operation& op) { MakeCollection(op, true); }

void KernelMakeMap(const Operation& op) {
  TypeId key = op.type(op.instruction.dst).key;
  Vector out(op.num_lanes());
  std::vector<Cell> cells;
  std::vector<State> states;
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    EvidenceId trace = CollectLane(op, lane, &cells, &states);
    MapBuilder map(op.worker.state(), key);
    bool keys_known = true;
    for (size_t i = 0; i + 1 < cells.size(); i += 2) {
      keys_known &= states[i] == State::kKnown;
      if (keys_known) map.Add(cells[i], {cells[i + 1], states[i + 1]});
    }
    if (keys_known) {
      out.Set(lane, map.Finish(op.worker), State::kKnown);
    } else {
      out.SetUnknown(lane);
    }
    if (trace != 0) out.SetTrace(lane, trace);
  }
  op.dst() = std::move(out);
}

}  // namespace bylaw

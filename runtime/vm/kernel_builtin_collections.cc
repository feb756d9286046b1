// Built-in functions: lists, sets, maps, untyped data.
#include <algorithm>

#include "runtime/builtins/text.h"
#include "runtime/snapshot/tree_parts.h"
#include "runtime/vm/builtin_call.h"
#include "runtime/vm/canonical_order.h"
#include "runtime/vm/convert.h"

namespace bylaw {

namespace {

constexpr size_t kMaxItems = 1'000'000;

struct Items {
  std::vector<Cell> cells;
  std::vector<State> states;

  explicit Items(const ListObject& list) { Append(list); }
  Items() = default;
  void Append(const ListObject& list) {
    for (uint32_t i = 0; i < list.size; ++i) {
      cells.push_back(list.cells[i]);
      states.push_back(list.state(i));
    }
  }
};

/// Merges two sets in canonical order, keeping elements by where they were found. False: whether an element is in both cannot be told.
bool CombineSets(const BuiltinCall& call, Cell a, Cell b, bool only_a, bool both, bool only_b, Value* result) {
  TypeId element = call.type(0).element;
  if (MayCoincide(call.state(), element, call.list(a), call.list(b))) return false;
  Items x(call.list(a)), y(call.list(b));
  MakeCanonicalSet(call.state(), element, &x.cells, &x.states);
  MakeCanonicalSet(call.state(), element, &y.cells, &y.states);
  std::vector<Cell> cells;
  for (size_t i = 0, j = 0; i < x.cells.size() || j < y.cells.size();) {
    int order = i == x.cells.size()   ? 1
                : j == y.cells.size() ? -1
                                      : CompareCanonical(call.state(), element, x.cells[i], y.cells[j]);
    if (order < 0 ? only_a : order > 0 ? only_b : both) cells.push_back(order <= 0 ? x.cells[i] : y.cells[j]);
    if (order <= 0) ++i;
    if (order >= 0) ++j;
  }
  *result = {call.worker().MakeList(cells)};
  return true;
}

/// Whether all of `of` (with `any`: any of it) is in `set`; nothing where that cannot be told.
std::optional<bool> AreIn(const BuiltinCall& call, Cell set, Cell of, bool any) {
  Value rest;
  if (CombineSets(call, set, of, false, any, !any, &rest)) return (call.list(rest.cell).size > 0) == any;
  const ListObject& items = call.list(of);
  bool in_doubt = false;
  for (uint32_t i = 0; i < items.size; ++i) {
    const Tri found = Contains(call.state(), call.type(0).element, call.list(set), items.cells[i], items.state(i));
    if (found == (any ? Tri::kTrue : Tri::kFalse)) return any;
    in_doubt |= found == Tri::kUnknown;
  }
  return in_doubt ? std::nullopt : std::optional(!any);
}

uint32_t SizeOf(const BuiltinCall& call, Cell cell) {
  return call.type(0).kind == TypeKind::kMap ? call.map(cell).size : call.list(cell).size;
}

/// Membership by Kleene's logic: unknown items matter only if no known one decides.
void ContainsItem(const BuiltinCall& call) {
  const Vector& items = call.argument(0);
  const Vector& item = call.argument(1);
  bool is_map = call.type(0).kind == TypeKind::kMap;
  TypeId element = is_map ? call.type_id(1) : call.type(0).element;
  Vector out(call.op.num_lanes());
  for (uint32_t lane = 0; lane < call.op.num_lanes(); ++lane) {
    if (!items.is_known(lane)) {
      call.UnknownArguments(out, lane);
      continue;
    }
    ListObject keys;
    if (is_map) keys = {call.map(items.cells[lane]).size, true, call.map(items.cells[lane]).keys, nullptr};
    const ListObject& list = is_map ? keys : call.list(items.cells[lane]);
    const bool is_there = item.state(lane) != State::kAbsent;
    const Tri found =
        is_there ? Contains(call.state(), element, list, item.cells[lane], item.state(lane)) : Tri::kFalse;
    if (found == Tri::kUnknown) {
      call.UnknownArguments(out, lane);
    } else {
      out.SetTri(lane, found);
    }
  }
  if (call.op.traced()) call.TraceArguments(out);
  call.op.dst() = std::move(out);
}

/// get(map, key, default) and get(list, index, default): the default counts only where it is needed.
void GetOrDefault(const BuiltinCall& call) {
  const Vector& items = call.argument(0);
  const Vector& key = call.argument(1);
  const Vector& fallback = call.argument(2);
  bool is_map = call.type(0).kind == TypeKind::kMap;
  Vector out(call.op.num_lanes());
  for (uint32_t lane = 0; lane < call.op.num_lanes(); ++lane) {
    if (!items.is_known(lane) || !key.is_known(lane)) {
      call.UnknownArguments(out, lane);
      continue;
    }
    uint32_t found = kNone;
    const Cell* cells = nullptr;
    State state = State::kKnown;
    if (is_map) {
      const MapObject& map = call.map(items.cells[lane]);
      for (uint32_t i = 0; i < map.size && found == kNone; ++i) {
        if (CompareCanonical(call.state(), call.type_id(1), map.keys[i], key.cells[lane]) == 0) found = i;
      }
      cells = map.cells;
      if (found != kNone) state = map.state(found);
    } else {
      const ListObject& list = call.list(items.cells[lane]);
      int64_t index = CellToInt(key.cells[lane]);
      if (index < 0) index += list.size;
      if (index >= 0 && index < list.size) found = static_cast<uint32_t>(index);
      cells = list.cells;
      if (found != kNone) state = list.state(found);
    }
    if (found == kNone && is_map &&
        MayHaveKey(call.state(), call.type_id(1), call.map(items.cells[lane]), key.cells[lane])) {
      call.UnknownArguments(out, lane);
    } else if (found == kNone) {
      out.CopyLane(lane, fallback, lane);
      if (call.op.traced()) out.SetTrace(lane, fallback.trace(lane));
    } else if (IsUnknown(state)) {
      call.UnknownArguments(out, lane);
    } else {
      out.Set(lane, cells[found], state);
    }
  }
  if (call.op.traced()) call.TraceArguments(out);
  call.op.dst() = std::move(out);
}

/// JSON that may stand within a string; the one function that takes absent.
void JsonFromJson(const BuiltinCall& call) {
  const Vector& values = call.argument(0);
  Vector out(call.op.num_lanes());
  for (uint32_t lane = 0; lane < out.size(); ++lane) {
    out.CopyLane(lane, values, lane);
    if (!values.is_known(lane)) continue;
    const auto* node = CellToObject<JsonNode>(values.cells[lane]);
    if (node->kind != JsonNodeKind::kString) continue;
    const Result<const JsonNode*> parsed = ParseJsonText(node->text, call.worker().arena());
    if (parsed.ok()) {
      out.Set(lane, ObjectToCell(*parsed), State::kKnown);
    } else {
      call.Failed(out, lane);
    }
  }
  call.op.dst() = std::move(out);
}

}  // namespace

bool BuiltinCollections(const BuiltinCall& call) {
  switch (call.info.id) {
    case FunctionId::kLengthList:
    case FunctionId::kLengthSet:
    case FunctionId::kLengthMap:
    case FunctionId::kCountList:
    case FunctionId::kCountSet:
    case FunctionId::kCountMap:
      call.EachOptional([&](const Cell* x) { return std::optional<int64_t>(SizeOf(call, x[0])); });
      return true;
    case FunctionId::kIsEmptyList:
    case FunctionId::kIsEmptySet:
    case FunctionId::kIsEmptyMap: call.EachBool([&](const Cell* x) { return SizeOf(call, x[0]) == 0; }); return true;
    case FunctionId::kContainsList:
    case FunctionId::kContainsSet:
    case FunctionId::kContainsMap: ContainsItem(call); return true;

    case FunctionId::kUnionSet:
      call.Each([&](const Cell* x, Value* r) { return CombineSets(call, x[0], x[1], true, true, true, r); });
      return true;
    case FunctionId::kIntersectionSet:
      call.Each([&](const Cell* x, Value* r) { return CombineSets(call, x[0], x[1], false, true, false, r); });
      return true;
    case FunctionId::kDifferenceSet:
      call.Each([&](const Cell* x, Value* r) { return CombineSets(call, x[0], x[1], true, false, false, r); });
      return true;
    case FunctionId::kCoversSet:
      call.EachOptional([&](const Cell* x) { return AreIn(call, x[0], x[1], false); });
      return true;
    case FunctionId::kOverlapsSet:
      call.EachOptional([&](const Cell* x) { return AreIn(call, x[0], x[1], true); });
      return true;

    case FunctionId::kKeys:
    case FunctionId::kValues:
      call.Each([&](const Cell* x, Value* result) {
        const MapObject& map = call.map(x[0]);
        TypeId key_type = call.type(0).key;
        std::vector<uint32_t> order(map.size);
        for (uint32_t i = 0; i < map.size; ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
          if (key_type < call.state().program.types.size())
            return CompareCanonical(call.state(), key_type, map.keys[a], map.keys[b]) < 0;
          return call.text(map.keys[a]) < call.text(map.keys[b]);
        });
        std::vector<Cell> cells;
        std::vector<State> states;
        for (uint32_t i : order) {
          cells.push_back(call.info.id == FunctionId::kKeys ? map.keys[i] : map.cells[i]);
          states.push_back(call.info.id == FunctionId::kKeys ? State::kKnown : map.state(i));
        }
        *result = {call.worker().MakeList(cells, states)};
        return true;
      });
      return true;
    case FunctionId::kGetMap:
    case FunctionId::kGetList: GetOrDefault(call); return true;
    case FunctionId::kAt:
      call.Each([&](const Cell* x, Value* result) {
        const ListObject& list = call.list(x[0]);
        int64_t index = CellToInt(x[1]);
        if (index < 0) index += list.size;
        bool inside = index >= 0 && index < list.size;
        *result =
            inside ? Value{list.cells[index], list.state(static_cast<uint32_t>(index))} : Value{0, State::kAbsent};
        return true;
      });
      return true;
    case FunctionId::kSort:
      call.Each([&](const Cell* x, Value* result) {
        Items items(call.list(x[0]));
        TypeKind kind = call.state().kind(call.type(0).element);
        for (size_t i = 1; i < items.cells.size(); ++i) {
          if (!CompareOrdered(call.state(), kind, items.cells[0], items.cells[i])) return false;
        }
        std::stable_sort(items.cells.begin(), items.cells.end(),
                         [&](Cell a, Cell b) { return CompareOrdered(call.state(), kind, a, b).value_or(0) < 0; });
        *result = {call.worker().MakeList(items.cells)};
        return true;
      });
      return true;
    case FunctionId::kReverse:
      call.Each([&](const Cell* x, Value* result) {
        Items items(call.list(x[0]));
        std::reverse(items.cells.begin(), items.cells.end());
        std::reverse(items.states.begin(), items.states.end());
        return *result = {call.worker().MakeList(items.cells, items.states)}, true;
      });
      return true;
    case FunctionId::kDistinct:
      call.Each([&](const Cell* x, Value* result) {
        const ListObject& list = call.list(x[0]);
        TypeId element = call.type(0).element;
        std::vector<uint32_t> order(list.size);
        for (uint32_t i = 0; i < list.size; ++i) order[i] = i;
        auto compare = [&](uint32_t a, uint32_t b) {
          if (list.state(a) != list.state(b)) return list.state(a) < list.state(b) ? -1 : 1;
          return list.state(a) == State::kKnown ? CompareCanonical(call.state(), element, list.cells[a], list.cells[b])
                                                : 0;
        };
        std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return compare(a, b) < 0; });
        std::vector<uint32_t> first;
        for (size_t i = 0; i < order.size(); ++i) {
          if (i == 0 || compare(order[i - 1], order[i]) != 0) first.push_back(order[i]);
        }
        std::sort(first.begin(), first.end());
        Items items;
        for (uint32_t i : first) {
          items.cells.push_back(list.cells[i]);
          items.states.push_back(list.state(i));
        }
        return *result = {call.worker().MakeList(items.cells, items.states)}, true;
      });
      return true;
    case FunctionId::kConcat:
      call.Each([&](const Cell* x, Value* result) {
        Items items(call.list(x[0]));
        items.Append(call.list(x[1]));
        if (items.cells.size() > kMaxItems) return false;
        call.worker().AddBytes(items.cells.size() * sizeof(Cell));
        return *result = {call.worker().MakeList(items.cells, items.states)}, true;
      });
      return true;
    case FunctionId::kFlatten:
      call.Each([&](const Cell* x, Value* result) {
        const ListObject& lists = call.list(x[0]);
        Items items;
        for (uint32_t i = 0; i < lists.size; ++i) {
          if (lists.state(i) != State::kKnown) continue;
          items.Append(call.list(lists.cells[i]));
          if (items.cells.size() > kMaxItems) return false;
        }
        bool known = std::none_of(items.states.begin(), items.states.end(), IsUnknown);
        *result = known ? Value{call.worker().MakeList(items.cells, items.states)} : Value{0, State::kUnknown};
        return true;
      });
      return true;
    case FunctionId::kSetOfList:
    case FunctionId::kListOfSet:
      call.Each([&](const Cell* x, Value* result) {
        Items items(call.list(x[0]));
        MakeCanonicalSet(call.state(), call.type(0).element, &items.cells, &items.states);
        return *result = {call.worker().MakeList(items.cells, items.states)}, true;
      });
      return true;

    case FunctionId::kLengthJson:
      call.EachOptional([&](const Cell* x) -> std::optional<int64_t> {
        const auto& node = *CellToObject<JsonNode>(x[0]);
        switch (node.kind) {
          case JsonNodeKind::kArray: return node.size;
          case JsonNodeKind::kObject: {
            int64_t count = 0;
            for (uint32_t i = 0; i < node.size; ++i)
              count += node.Find(node.members[i].key) == node.members[i].value ? 1 : 0;
            return count;
          }
          case JsonNodeKind::kString: return static_cast<int64_t>(NumCharacters(node.text));
          default: return std::nullopt;
        }
      });
      return true;
    case FunctionId::kKeysJson:
      call.Each([&](const Cell* x, Value* result) {
        const auto& node = *CellToObject<JsonNode>(x[0]);
        if (node.kind != JsonNodeKind::kObject) return false;
        std::vector<std::string_view> keys;
        for (uint32_t i = 0; i < node.size; ++i) keys.push_back(node.members[i].key);
        std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        return *result = call.PutTexts(keys), true;
      });
      return true;
    case FunctionId::kJson:
      call.Each([&](const Cell* x, Value* result) {
        Result<const JsonNode*> node = ParseJsonText(call.text(x[0]), call.worker().arena());
        if (!node.ok()) return false;
        return *result = {ObjectToCell(*node)}, true;
      });
      return true;
    case FunctionId::kJsonFromJson: JsonFromJson(call); return true;
    case FunctionId::kJsonKind:
      call.Each([&](const Cell* x, Value* result) {
        const char* name = "null";
        switch (CellToObject<JsonNode>(x[0])->kind) {
          case JsonNodeKind::kNull: break;
          case JsonNodeKind::kBool: name = "bool"; break;
          case JsonNodeKind::kInt:
          case JsonNodeKind::kFloat:
          case JsonNodeKind::kBigNumber: name = "number"; break;
          case JsonNodeKind::kString: name = "string"; break;
          case JsonNodeKind::kArray: name = "list"; break;
          case JsonNodeKind::kObject: name = "object"; break;
          case JsonNodeKind::kUnknown: *result = {0, State::kUnknown}; return true;
        }
        *result = call.Put(std::string_view(name));
        return true;
      });
      return true;
    case FunctionId::kWritten:
      call.Each([&](const Cell* x, Value* result) {
        const JsonNode* node = WithWrittenTexts(CellToObject<JsonNode>(x[0]), call.worker().arena());
        *result = node->kind == JsonNodeKind::kUnknown ? Value{0, State::kUnknown} : Value{ObjectToCell(node)};
        return true;
      });
      for (uint32_t lane = 0; call.op.traced() && lane < call.op.num_lanes(); ++lane) {
        Vector& out = call.op.dst();
        if (call.argument(0).is_known(lane) && IsUnknown(out.state(lane)))
          out.SetTrace(lane, UnknownPart(call.op, *CellToObject<JsonNode>(call.argument(0).cells[lane])));
      }
      return true;
    case FunctionId::kAsList:
      call.Each([&](const Cell* x, Value* result) {
        const auto& node = *CellToObject<JsonNode>(x[0]);
        Items items;
        if (node.kind == JsonNodeKind::kArray) {
          for (uint32_t i = 0; i < node.size; ++i) {
            const JsonNode* element = node.elements[i];
            items.cells.push_back(ObjectToCell(element));
            items.states.push_back(element->kind == JsonNodeKind::kUnknown ? State::kUnknown
                                   : element->kind == JsonNodeKind::kNull  ? State::kAbsent
                                                                           : State::kKnown);
          }
        } else if (node.kind != JsonNodeKind::kNull) {
          items.cells.push_back(x[0]);
          items.states.push_back(State::kKnown);
        }
        return *result = {call.worker().MakeList(items.cells, items.states)}, true;
      });
      return true;
    default: return false;
  }
}

}  // namespace bylaw

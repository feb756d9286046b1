// Equality and order.
#include <cmath>

#include "runtime/vm/canonical_order.h"
#include "runtime/vm/kernels.h"

namespace bylaw {

namespace {

/// Kleene equality of ints of which some are ranges.
Tri EqualInts(const Vector& a, const Vector& b, uint32_t lane) {
  State x = a.state(lane), y = b.state(lane);
  if (x == State::kAbsent || y == State::kAbsent) {
    if (x == y) return Tri::kTrue;
    // A range is some number.
    return x == State::kUnknown || y == State::kUnknown ? Tri::kUnknown : Tri::kFalse;
  }
  if (x == State::kUnknown || y == State::kUnknown) return Tri::kUnknown;
  if (x == State::kKnown && y == State::kKnown) return a.cells[lane] == b.cells[lane] ? Tri::kTrue : Tri::kFalse;
  bool disjoint = a.upper_bound(lane) < b.lower_bound(lane) || b.upper_bound(lane) < a.lower_bound(lane);
  return disjoint ? Tri::kFalse : Tri::kUnknown;
}

/// Equality lane by lane; `equal` sees lanes whatever their state.
template <typename Equal>
void EqualLanes(const Operation& op, const Equal& equal) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  Vector out(op.num_lanes());
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    Tri result = equal(lane);
    if (result == Tri::kUnknown) {
      op.UnknownOperands(out, lane, {&a, &b});
      if (op.traced() && out.trace(lane) == 0) {
        out.SetTrace(lane, op.worker.evidence().Merge(a.trace(lane), b.trace(lane)));
      }
    } else {
      out.SetTri(lane, result);
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a, &b});
  op.dst() = std::move(out);
}

/// a < b or a <= b of ints with ranges.
void OrderInts(const Operation& op, bool or_equal) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  uint32_t n = op.num_lanes();
  Vector out(n);
  bool all_known = a.all_known() && b.all_known();
  for (uint32_t lane = 0; lane < n; ++lane) {
    if (all_known) {
      int64_t x = CellToInt(a.cells[lane]), y = CellToInt(b.cells[lane]);
      out.cells[lane] = or_equal ? x <= y : x < y;
      continue;
    }
    State x = a.state(lane), y = b.state(lane);
    if (x == State::kAbsent || y == State::kAbsent || x == State::kUnknown || y == State::kUnknown) {
      op.UnknownOperands(out, lane, {&a, &b});
      continue;
    }
    int64_t a_low = a.lower_bound(lane), a_high = a.upper_bound(lane);
    int64_t b_low = b.lower_bound(lane), b_high = b.upper_bound(lane);
    bool surely = or_equal ? a_high <= b_low : a_high < b_low;
    bool never = or_equal ? a_low > b_high : a_low >= b_high;
    if (surely || never) {
      out.Set(lane, surely ? 1 : 0, State::kKnown);
    } else {
      op.UnknownOperands(out, lane, {&a, &b});
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a, &b});
  op.dst() = std::move(out);
}

void OrderBy(const Operation& op, TypeKind kind, bool or_equal) {
  const EvaluationState& state = op.worker.state();
  StrictBinary(
      op,
      [&](Cell x, Cell y, Cell* result) {
        std::optional<int> order = CompareOrdered(state, kind, x, y);
        if (!order) return false;
        *result = or_equal ? *order <= 0 : *order < 0;
        return true;
      },
      [&](Cell, Cell) {
        return std::pair(CauseKind::kFunction,
                         std::string(kind == TypeKind::kVersion ? "versions of different schemes have no order"
                                                                : "values that have no order"));
      });
}

}  // namespace

void KernelEqCell(const Operation& op) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  uint32_t n = op.num_lanes();
  if (a.all_known() && b.all_known() && !op.traced()) {
    Vector out(n);
    for (uint32_t lane = 0; lane < n; ++lane) out.cells[lane] = a.cells[lane] == b.cells[lane];
    op.dst() = std::move(out);
    return;
  }
  TypeKind kind = op.type(op.instruction.a).kind;
  if (kind == TypeKind::kRef) {
    const EvaluationState& state = op.worker.state();
    EqualLanes(op, [&](uint32_t lane) {
      return EqualRefs(state, a.cells[lane], a.state(lane), b.cells[lane], b.state(lane));
    });
  } else if (kind == TypeKind::kInt) {
    EqualLanes(op, [&](uint32_t lane) { return EqualInts(a, b, lane); });
  } else {
    EqualLanes(op, [&](uint32_t lane) {
      State x = a.state(lane), y = b.state(lane);
      if (IsUnknown(x) || IsUnknown(y)) return Tri::kUnknown;
      if (x == State::kAbsent || y == State::kAbsent) return x == y ? Tri::kTrue : Tri::kFalse;
      return a.cells[lane] == b.cells[lane] ? Tri::kTrue : Tri::kFalse;
    });
  }
}

void KernelEqFloat(const Operation& op) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  EqualLanes(op, [&](uint32_t lane) {
    State x = a.state(lane), y = b.state(lane);
    if (IsUnknown(x) || IsUnknown(y)) return Tri::kUnknown;
    if (x == State::kAbsent || y == State::kAbsent) return x == y ? Tri::kTrue : Tri::kFalse;
    return CellToFloat(a.cells[lane]) == CellToFloat(b.cells[lane]) ? Tri::kTrue : Tri::kFalse;
  });
}

void KernelEqObject(const Operation& op) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  const EvaluationState& state = op.worker.state();
  TypeId type = op.block.registers[op.instruction.a];
  EqualLanes(op, [&](uint32_t lane) {
    return EqualValues(state, type, a.cells[lane], a.state(lane), b.cells[lane], b.state(lane));
  });
}

void KernelOrder(const Operation& op) {
  switch (op.instruction.op) {
    case Opcode::kLtInt: return OrderInts(op, false);
    case Opcode::kLeInt: return OrderInts(op, true);
    case Opcode::kLtTicks: return TotalBinary(op, [](Cell x, Cell y) -> Cell { return CellToInt(x) < CellToInt(y); });
    case Opcode::kLeTicks: return TotalBinary(op, [](Cell x, Cell y) -> Cell { return CellToInt(x) <= CellToInt(y); });
    case Opcode::kLtFloat:
      return TotalBinary(op, [](Cell x, Cell y) -> Cell { return CellToFloat(x) < CellToFloat(y); });
    case Opcode::kLeFloat:
      return TotalBinary(op, [](Cell x, Cell y) -> Cell { return CellToFloat(x) <= CellToFloat(y); });
    case Opcode::kLtString: return OrderBy(op, TypeKind::kString, false);
    case Opcode::kLeString: return OrderBy(op, TypeKind::kString, true);
    case Opcode::kLtVersion: return OrderBy(op, TypeKind::kVersion, false);
    case Opcode::kLeVersion: return OrderBy(op, TypeKind::kVersion, true);
    default: return OrderBy(op, TypeKind::kCidr, false);  // kLtNet
  }
}

}  // namespace bylaw

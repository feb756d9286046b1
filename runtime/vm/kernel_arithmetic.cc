// Numbers, times and durations. Nothing wraps: what does not fit is unknown.
#include <cmath>
#include <limits>
#include <optional>

#include "runtime/vm/kernels.h"

namespace bylaw {

namespace {

std::pair<CauseKind, std::string> Overflow(const char* what) { return {CauseKind::kArithmetic, what}; }

/// The numbers that an int may be. One without an upper bound comes from a count, which no snapshot lets go over `low` by more than kMostMembers: the sum that could
/// overflow by so many is unknown.
struct Bounds {
  int64_t low = 0, high = 0;
  bool is_open = false;  ///< no upper bound
};

constexpr int64_t kMostMembers = int64_t{1} << 53;

Bounds BoundsOf(const Vector& vector, uint32_t lane, bool known) {
  Bounds bounds{.low = vector.lower_bound(lane),
                .high = vector.upper_bound(lane),
                .is_open = !known && vector.upper_bound(lane) == kUnbounded};
  if (bounds.is_open && __builtin_add_overflow(bounds.low, kMostMembers, &bounds.high)) bounds.high = kUnbounded;
  return bounds;
}

/// Ints, of which some may be ranges. `combine` gives the bounds of the result out of the operands' bounds, or nothing where some of their numbers give none.
template <typename Combine>
void RangedInts(const Operation& op, const Combine& combine, const char* failure) {
  const Vector& a = op.a();
  const Vector& b = op.instruction.b == kNoRegister ? a : op.b();
  Vector out(op.num_lanes());
  bool all_known = a.all_known() && b.all_known();
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    State x = all_known ? State::kKnown : a.state(lane);
    State y = all_known ? State::kKnown : b.state(lane);
    if (x == State::kAbsent || x == State::kUnknown || y == State::kAbsent || y == State::kUnknown) {
      op.UnknownOperands(out, lane, {&a, &b});
      continue;
    }
    const bool exact = x == State::kKnown && y == State::kKnown;
    const std::optional<Bounds> result =
        combine(BoundsOf(a, lane, x == State::kKnown), BoundsOf(b, lane, y == State::kKnown));
    if (!result && exact) {
      op.Unknown(out, lane, [&] { return Overflow(failure); });
    } else if (!result) {
      op.UnknownOperands(out, lane, {&a, &b});
    } else if (exact) {
      out.cells[lane] = IntToCell(result->low);
    } else {
      out.SetRange(lane, result->low, result->is_open ? kUnbounded : result->high);
      if (op.traced()) out.SetTrace(lane, op.worker.evidence().Merge(a.trace(lane), b.trace(lane)));
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a, &b});
  op.dst() = std::move(out);
}

/// Known ints only; ranges are unknown.
template <typename F>
void ExactInts(const Operation& op, const F& f, const char* failure) {
  StrictBinary(
      op,
      [&](Cell x, Cell y, Cell* result) {
        int64_t value = 0;
        if (!f(CellToInt(x), CellToInt(y), &value)) return false;
        *result = IntToCell(value);
        return true;
      },
      [&](Cell, Cell) { return Overflow(failure); });
}

template <typename F>
void Floats(const Operation& op, const F& f) {
  StrictBinary(
      op,
      [&](Cell x, Cell y, Cell* result) {
        double value = f(CellToFloat(x), CellToFloat(y));
        *result = FloatToCell(value);
        return std::isfinite(value);
      },
      [](Cell, Cell) { return Overflow("the result is not a finite number"); });
}

constexpr const char* kTooBig = "the result does not fit 64 bits";
constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();

bool Divide(int64_t a, int64_t b, int64_t* result) {
  if (b == 0 || (a == kLowest && b == -1)) return false;
  *result = a / b;
  return true;
}

}  // namespace

void KernelArithmetic(const Operation& op) {
  auto add = [](int64_t x, int64_t y, int64_t* r) { return !__builtin_add_overflow(x, y, r); };
  auto subtract = [](int64_t x, int64_t y, int64_t* r) { return !__builtin_sub_overflow(x, y, r); };
  auto multiply = [](int64_t x, int64_t y, int64_t* r) { return !__builtin_mul_overflow(x, y, r); };
  switch (op.instruction.op) {
    case Opcode::kAddInt:
      return RangedInts(
          op,
          [](const Bounds& x, const Bounds& y) -> std::optional<Bounds> {
            Bounds sum{.is_open = x.is_open || y.is_open};
            if (__builtin_add_overflow(x.low, y.low, &sum.low) || __builtin_add_overflow(x.high, y.high, &sum.high))
              return std::nullopt;
            return sum;
          },
          kTooBig);
    case Opcode::kSubInt:
      return RangedInts(
          op,
          [](const Bounds& x, const Bounds& y) -> std::optional<Bounds> {
            Bounds difference{.is_open = x.is_open};
            // Without an upper bound of y, the result has no lower one, which a range cannot say.
            if (y.is_open || __builtin_sub_overflow(x.low, y.high, &difference.low) ||
                __builtin_sub_overflow(x.high, y.low, &difference.high))
              return std::nullopt;
            return difference;
          },
          kTooBig);
    case Opcode::kNegInt:
      return RangedInts(
          op,
          [](const Bounds& x, const Bounds&) -> std::optional<Bounds> {
            if (x.is_open || x.low == kLowest) return std::nullopt;
            return Bounds{.low = -x.high, .high = -x.low};
          },
          kTooBig);
    case Opcode::kMulInt: return ExactInts(op, multiply, kTooBig);
    case Opcode::kDivInt: return ExactInts(op, Divide, "division by zero, or a result that does not fit 64 bits");
    case Opcode::kModInt:
      return ExactInts(
          op,
          [](int64_t x, int64_t y, int64_t* r) {
            if (y == 0) return false;
            *r = y == -1 ? 0 : x % y;
            return true;
          },
          "division by zero");
    case Opcode::kAddFloat: return Floats(op, [](double x, double y) { return x + y; });
    case Opcode::kSubFloat: return Floats(op, [](double x, double y) { return x - y; });
    case Opcode::kMulFloat: return Floats(op, [](double x, double y) { return x * y; });
    case Opcode::kDivFloat: return Floats(op, [](double x, double y) { return x / y; });
    case Opcode::kNegFloat:
      return StrictUnary(
          op, [](Cell x, Cell* result) { return *result = FloatToCell(-CellToFloat(x)), true; },
          [](Cell) { return Overflow(kTooBig); });
    case Opcode::kAddTicks: return ExactInts(op, add, "the time or duration does not fit");
    case Opcode::kSubTicks: return ExactInts(op, subtract, "the time or duration does not fit");
    case Opcode::kMulTicks: return ExactInts(op, multiply, "the duration does not fit");
    case Opcode::kDivTicks: return ExactInts(op, Divide, "division by zero, or a duration that does not fit");
    default: op.dst() = Vector(op.num_lanes(), 0, State::kUnknown);
  }
}

}  // namespace bylaw

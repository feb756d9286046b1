// Numbers, times and durations. Nothing wraps: what does not fit is unknown.
#include <cmath>
#include <limits>

#include "runtime/vm/kernels.h"

namespace bylaw {

namespace {

std::pair<CauseKind, std::string> Overflow(const char* what) { return {CauseKind::kArithmetic, what}; }

/// Ints, of which some may be ranges. `combine` gives the bounds of the result out of the operands' bounds, or false on overflow.
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
    int64_t low = 0, high = 0;
    bool exact = x == State::kKnown && y == State::kKnown;
    bool fits = combine(a.lower_bound(lane), exact ? a.lower_bound(lane) : a.upper_bound(lane), b.lower_bound(lane),
                        exact ? b.lower_bound(lane) : b.upper_bound(lane), &low, &high);
    if (!fits && exact) {
      op.Unknown(out, lane, [&] { return Overflow(failure); });
    } else if (!fits) {
      op.UnknownOperands(out, lane, {&a, &b});
    } else if (exact) {
      out.cells[lane] = IntToCell(low);
    } else {
      out.SetRange(lane, low, high);
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

/// A bound without end stays without end.
bool AddBound(int64_t a, int64_t b, int64_t* result) {
  if (a == kUnbounded || b == kUnbounded) {
    *result = kUnbounded;
    return true;
  }
  return !__builtin_add_overflow(a, b, result);
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
          [](int64_t a_low, int64_t a_high, int64_t b_low, int64_t b_high, int64_t* low, int64_t* high) {
            return !__builtin_add_overflow(a_low, b_low, low) && AddBound(a_high, b_high, high);
          },
          kTooBig);
    case Opcode::kSubInt:
      return RangedInts(
          op,
          [](int64_t a_low, int64_t a_high, int64_t b_low, int64_t b_high, int64_t* low, int64_t* high) {
            if (a_low == a_high && b_low == b_high) return !__builtin_sub_overflow(a_low, b_low, low) && (*high = *low, true);
            // Without an upper bound of b, the result has no lower one, which a range cannot say.
            if (b_high == kUnbounded || __builtin_sub_overflow(a_low, b_high, low)) return false;
            if (a_high == kUnbounded) {
              *high = kUnbounded;
              return true;
            }
            return !__builtin_sub_overflow(a_high, b_low, high);
          },
          kTooBig);
    case Opcode::kNegInt:
      return RangedInts(
          op,
          [](int64_t a_low, int64_t a_high, int64_t, int64_t, int64_t* low, int64_t* high) {
            if (a_low == kLowest || (a_high == kUnbounded && a_low != a_high)) return false;
            *low = -a_high;
            *high = -a_low;
            return true;
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

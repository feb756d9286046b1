// Single instructions: Kleene logic, comparisons of what is not wholly known, arithmetic that does not fit, lazy code, memoised calls.
#include <limits>

#include <gtest/gtest.h>

#include "runtime/builtins/functions.h"
#include "tests/unit/vm_testing.h"

namespace bylaw::testing {
namespace {

constexpr State K = State::kKnown, A = State::kAbsent, U = State::kUnknown;

Vector Lanes(std::vector<Cell> cells, std::vector<State> states = {}) {
  Vector vector(static_cast<uint32_t>(cells.size()));
  vector.cells = std::move(cells);
  vector.states = std::move(states);
  return vector;
}

/// An empty snapshot and one function of binary `op`.
struct Machine {
  Estate estate;
  std::unique_ptr<Snapshot> snapshot;

  std::vector<std::string> Run(uint32_t function, std::vector<Vector> arguments) {
    if (snapshot == nullptr) snapshot = Rows(estate.program).Vpc("v1").Subnet("s1", "v1").Finish();
    Evaluation evaluation(estate.program, *snapshot);
    uint32_t n = arguments.empty() ? 1 : arguments[0].size();
    Result<FunctionResult> result = evaluation.EvaluateFunction(function, arguments, n);
    EXPECT_TRUE(result.ok());
    std::vector<std::string> shown;
    for (uint32_t lane = 0; lane < n; ++lane) shown.push_back(Show(evaluation, *result, lane));
    return shown;
  }
  uint32_t Binary(Opcode op, TypeId result, TypeId a, TypeId b) {
    Code code(estate.program);
    Register x = code.Input(a), y = code.Input(b);
    Register r = code.Emit(op, result, x, y);
    return estate.AddFunction(std::move(code), r);
  }
};

using Shown = std::vector<std::string>;
const std::string kUnknownText = "(unknown)";

TEST(KernelTest, KleeneConnectives) {
  Machine m;
  uint32_t both = m.Binary(Opcode::kAnd, m.estate.t_bool, m.estate.t_bool, m.estate.t_bool);
  uint32_t either = m.Binary(Opcode::kOr, m.estate.t_bool, m.estate.t_bool, m.estate.t_bool);
  Vector a = Lanes({0, 0, 0, 1, 1, 1, 0, 0, 0}, {K, K, K, K, K, K, U, U, U});
  Vector b = Lanes({0, 1, 0, 0, 1, 0, 0, 1, 0}, {K, K, U, K, K, U, K, K, U});
  EXPECT_EQ(m.Run(both, {a, b}),
            (Shown{"false", "false", "false", "false", "true", kUnknownText, "false", kUnknownText, kUnknownText}));
  EXPECT_EQ(m.Run(either, {a, b}),
            (Shown{"false", "true", kUnknownText, "true", "true", "true", kUnknownText, "true", kUnknownText}));
}

TEST(KernelTest, EqualityIsTotalOnAbsent) {
  Machine m;
  uint32_t equal = m.Binary(Opcode::kEqCell, m.estate.t_bool, m.estate.t_opt_string, m.estate.t_opt_string);
  Vector a = Lanes({7, 7, 7, 0, 0, 0}, {K, K, K, A, A, U});
  Vector b = Lanes({7, 8, 0, 0, 0, 0}, {K, K, A, A, U, U});
  EXPECT_EQ(m.Run(equal, {a, b}), (Shown{"true", "false", "false", "true", kUnknownText, kUnknownText}));
}

TEST(KernelTest, RangesDecideWhatTheyCan) {
  Machine m;
  uint32_t less = m.Binary(Opcode::kLtInt, m.estate.t_bool, m.estate.t_int, m.estate.t_int);
  uint32_t equal = m.Binary(Opcode::kEqCell, m.estate.t_bool, m.estate.t_int, m.estate.t_int);
  uint32_t plus = m.Binary(Opcode::kAddInt, m.estate.t_int, m.estate.t_int, m.estate.t_int);
  Vector range(4);
  for (uint32_t lane = 0; lane < 4; ++lane) range.SetRange(lane, 2, lane == 3 ? kUnbounded : 5);
  Vector other = Lanes({IntToCell(1), IntToCell(3), IntToCell(6), IntToCell(2)});
  EXPECT_EQ(m.Run(less, {range, other}), (Shown{"false", kUnknownText, "true", "false"}));
  EXPECT_EQ(m.Run(equal, {range, other}), (Shown{"false", kUnknownText, "false", kUnknownText}));
  EXPECT_EQ(m.Run(plus, {range, other}), (Shown{"3..6", "5..8", "8..11", "4..inf"}));
}

TEST(KernelTest, ArithmeticNeverWraps) {
  Machine m;
  TypeId i = m.estate.t_int;
  int64_t most = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  auto ints = [](int64_t a, int64_t b) { return Lanes({IntToCell(a), IntToCell(b)}); };
  EXPECT_EQ(m.Run(m.Binary(Opcode::kAddInt, i, i, i), {ints(most, 2), ints(1, 3)}), (Shown{kUnknownText, "5"}));
  EXPECT_EQ(m.Run(m.Binary(Opcode::kMulInt, i, i, i), {ints(most, 2), ints(2, 3)}), (Shown{kUnknownText, "6"}));
  EXPECT_EQ(m.Run(m.Binary(Opcode::kDivInt, i, i, i), {ints(least, 7), ints(-1, 0)}),
            (Shown{kUnknownText, kUnknownText}));
  EXPECT_EQ(m.Run(m.Binary(Opcode::kModInt, i, i, i), {ints(least, -7), ints(-1, 3)}), (Shown{"0", "-1"}));
}

TEST(KernelTest, CoalesceSelectAndPresence) {
  Machine m;
  Estate& e = m.estate;
  uint32_t coalesce = m.Binary(Opcode::kCoalesce, e.t_opt_int, e.t_opt_int, e.t_opt_int);
  EXPECT_EQ(m.Run(coalesce, {Lanes({1, 0, 0}, {K, A, U}), Lanes({5, 6, 7})}), (Shown{"1", "6", kUnknownText}));

  Code select(e.program);
  Register c = select.Input(e.t_bool), x = select.Input(e.t_int), y = select.Input(e.t_int);
  Register r = select.List(Opcode::kSelect, e.t_int, {y}, c, x);
  uint32_t f = e.AddFunction(std::move(select), r);
  EXPECT_EQ(m.Run(f, {Lanes({1, 0, 0, 0}, {K, K, U, U}), Lanes({1, 2, 3, 4}), Lanes({5, 6, 3, 9})}),
            (Shown{"1", "6", "3", kUnknownText}));

  Code present(e.program);
  Register v = present.Input(e.t_opt_int);
  Register p = present.Emit(Opcode::kIsPresent, e.t_bool, v);
  EXPECT_EQ(m.Run(e.AddFunction(std::move(present), p), {Lanes({1, 0, 0}, {K, A, U})}),
            (Shown{"true", "false", kUnknownText}));
}

TEST(KernelTest, LazyCodeRunsOnlyWhereItMatters) {
  Machine m;
  Estate& e = m.estate;
  // condition and lazily 10 / x: lanes whose condition is false see no division.
  Code inner(e.program);
  Register x = inner.Input(e.t_int);
  Register ten = inner.Emit(Opcode::kConst, e.t_int, kNoRegister, kNoRegister, e.Int(10));
  Register quotient = inner.Emit(Opcode::kDivInt, e.t_int, ten, x);
  e.program.lazy_blocks.push_back({.block = inner.block, .captures = {{.from = 1, .to = 0}}, .result = quotient});
  Code outer(e.program);
  Register condition = outer.Input(e.t_bool);
  outer.Input(e.t_int);
  Register r = outer.Emit(Opcode::kLazy, e.t_int, condition, kNoRegister, 0);
  uint32_t f = e.AddFunction(std::move(outer), r);
  EXPECT_EQ(m.Run(f, {Lanes({1, 0, 1, 0}, {K, K, K, U}), Lanes({5, 1, 0, 2})}),
            (Shown{"2", kUnknownText, kUnknownText, "5"}));
}

TEST(KernelTest, MembershipIsKleeneOverUnknownElements) {
  Machine m;
  Estate& e = m.estate;
  Code code(e.program);
  Register needle = code.Input(e.t_opt_int), other = code.Input(e.t_opt_int);
  Register one = code.Emit(Opcode::kConst, e.t_int, kNoRegister, kNoRegister, e.Int(1));
  Register list = code.List(Opcode::kMakeList, e.t_ints, {one, other});
  Register in = code.Emit(Opcode::kIn, e.t_bool, needle, list);
  uint32_t f = e.AddFunction(std::move(code), in);
  EXPECT_EQ(m.Run(f, {Lanes({1, 2, 2, 3, 0, 0}, {K, K, K, K, U, A}), Lanes({0, 2, 0, 5, 1, 4}, {U, K, U, K, K, K})}),
            (Shown{"true", "true", kUnknownText, "false", kUnknownText, "false"}));
}

TEST(KernelTest, MemoisedCallsGiveWhatTheyWouldGiveOtherwise) {
  Machine m;
  Estate& e = m.estate;
  for (bool memoize : {false, true}) {
    Code square(e.program);
    Register x = square.Input(e.t_int);
    Register r = square.Emit(Opcode::kMulInt, e.t_int, x, x);
    uint32_t callee = e.AddFunction(std::move(square), r, memoize);
    Code code(e.program);
    Register y = code.Input(e.t_int);
    Register s = code.Call(Opcode::kCall, e.t_int, callee, {y});
    uint32_t f = e.AddFunction(std::move(code), s);
    EXPECT_EQ(m.Run(f, {Lanes({3, 4, 3, 0, 4, 0}, {K, K, K, U, K, U})}),
              (Shown{"9", "16", "9", kUnknownText, "16", kUnknownText}))
        << memoize;
  }
}

TEST(KernelTest, BuiltinFunctionsRunByTheirId) {
  Machine m;
  Estate& e = m.estate;
  Code code(e.program);
  Register text = code.Emit(Opcode::kConst, e.t_string, kNoRegister, kNoRegister, e.Text("A,b"));
  Register comma = code.Emit(Opcode::kConst, e.t_string, kNoRegister, kNoRegister, e.Text(","));
  Register lower = code.Call(Opcode::kBuiltin, e.t_string, static_cast<uint32_t>(FunctionId::kLower), {text});
  Register parts = code.Call(Opcode::kBuiltin, e.t_strings, static_cast<uint32_t>(FunctionId::kSplit), {lower, comma});
  uint32_t f = e.AddFunction(std::move(code), parts);
  EXPECT_EQ(m.Run(f, {}), (Shown{"[a, b]"}));
}

TEST(KernelTest, ReferencesOutsideKnowTheirKeyButNoFields) {
  Estate e;
  Code code(e.program);
  Register s = code.Input(e.t_subnet);
  Register vpc = code.Emit(Opcode::kLoad, e.t_opt_vpc, s, kNoRegister, Estate::kSubnetVpc);
  Register text = code.Emit(Opcode::kToText, e.t_string, vpc);
  uint32_t show = e.AddFunction(std::move(code), text);
  Code field(e.program);
  Register s2 = field.Input(e.t_subnet);
  Register vpc2 = field.Emit(Opcode::kLoad, e.t_opt_vpc, s2, kNoRegister, Estate::kSubnetVpc);
  Register id = field.Emit(Opcode::kLoad, e.t_opt_string, vpc2, kNoRegister, Estate::kVpcId);
  uint32_t load = e.AddFunction(std::move(field), id);
  auto snapshot =
      Rows(e.program).Vpc("v1").Subnet("a", "v1").Subnet("b", "vpc-out").Subnet("c", "").Subnet("d", "?").Finish();
  Evaluation evaluation(e.program, *snapshot);
  Vector subnets(4);
  for (uint32_t row = 0; row < 4; ++row) subnets.cells[row] = RefCell::Make(1, row);
  std::vector<Vector> arguments = {subnets};
  Result<FunctionResult> shown = evaluation.EvaluateFunction(show, arguments, 4);
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(Show(evaluation, *shown, 0), "v1");
  EXPECT_EQ(Show(evaluation, *shown, 1), "vpc-out");
  EXPECT_EQ(Show(evaluation, *shown, 2), "(absent)");
  EXPECT_EQ(Show(evaluation, *shown, 3), kUnknownText);
  Result<FunctionResult> loaded = evaluation.EvaluateFunction(load, arguments, 4, true);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(Show(evaluation, *loaded, 0), "v1");
  EXPECT_EQ(Show(evaluation, *loaded, 1), kUnknownText);
  ASSERT_EQ(loaded->explanations[1].causes.size(), 1u);
  EXPECT_EQ(loaded->explanations[1].causes[0].cause.kind, CauseKind::kOutside);
  EXPECT_EQ(loaded->explanations[1].causes[0].cause.detail, "vpc-out");
  EXPECT_EQ(Show(evaluation, *loaded, 2), "(absent)");
  ASSERT_EQ(loaded->explanations[3].causes.size(), 1u);
  EXPECT_EQ(loaded->explanations[3].causes[0].row, 3u);
}

TEST(KernelTest, LimitsAreErrorsAndNotCrashes) {
  Estate e;
  // Each function calls the one before twice: 2^40 calls.
  Code leaf(e.program);
  Register x = leaf.Input(e.t_int);
  uint32_t callee = e.AddFunction(std::move(leaf), x);
  for (int i = 0; i < 40; ++i) {
    Code code(e.program);
    Register y = code.Input(e.t_int);
    Register a = code.Call(Opcode::kCall, e.t_int, callee, {y});
    Register b = code.Call(Opcode::kCall, e.t_int, callee, {a});
    callee = e.AddFunction(std::move(code), b);
  }
  uint32_t wide = callee;
  for (int i = 0; i < 400; ++i) {
    Code code(e.program);
    Register y = code.Input(e.t_int);
    Register a = code.Call(Opcode::kCall, e.t_int, callee, {y});
    callee = e.AddFunction(std::move(code), a);
  }
  auto snapshot = Rows(e.program).Vpc("v1").Finish();
  std::vector<Vector> arguments = {Vector(1, 1, State::kKnown)};
  {
    Evaluation evaluation(e.program, *snapshot, {.time_budget = std::chrono::milliseconds(50)});
    Result<FunctionResult> result = evaluation.EvaluateFunction(wide, arguments, 1);
    ASSERT_FALSE(result.ok());
    EXPECT_NE(result.error().message.find("time budget"), std::string::npos);
  }
  {
    Evaluation evaluation(e.program, *snapshot);
    Result<FunctionResult> result = evaluation.EvaluateFunction(callee, arguments, 1);
    ASSERT_FALSE(result.ok());
    EXPECT_NE(result.error().message.find("deep"), std::string::npos);
  }
  {
    std::atomic<bool> cancelled{true};
    Evaluation evaluation(e.program, *snapshot, {.cancelled = &cancelled});
    EXPECT_FALSE(evaluation.EvaluateFunction(wide, arguments, 1).ok());
  }
}

}  // namespace
}  // namespace bylaw::testing

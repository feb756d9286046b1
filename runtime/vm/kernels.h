// Kernels: what each opcode does to the lanes of a frame. One file a family: kernel_boolean.cc, kernel_compare.cc, …; interpreter.cc dispatches.
//
// A kernel writes the dst register, num_lanes lanes of it, and reads its operands by index. In traced runs it also fills dst's evidence: see Trace… below for the rules that most share.
#pragma once

#include <initializer_list>
#include <string>

#include "runtime/vm/worker.h"

namespace bylaw {

/// What a kernel works on.
struct Operation {
  Worker& worker;
  const Block& block;
  Frame& frame;
  const Instruction& instruction;

  uint32_t num_lanes() const { return frame.num_lanes; }
  const Vector& a() const { return frame.registers[instruction.a]; }
  const Vector& b() const { return frame.registers[instruction.b]; }
  const Vector& reg(Register index) const { return frame.registers[index]; }
  Vector& dst() const { return frame.registers[instruction.dst]; }
  const TypeEntry& type(Register index) const { return worker.program().types[block.registers[index]]; }
  const std::vector<Register>& list() const { return worker.program().register_lists[instruction.imm]; }
  bool traced() const { return worker.traced(); }

  /// Makes the lane unknown; in traced runs for the reason that `why` gives: a std::pair<CauseKind, std::string>.
  template <typename Why>
  void Unknown(Vector& out, uint32_t lane, const Why& why) const {
    out.SetUnknown(lane);
    if (traced()) {
      auto [kind, detail] = why();
      out.SetTrace(lane, worker.evidence().AddCause(kind, std::move(detail)));
    }
  }
  /// Makes the lane unknown because operands are: merges the evidence of those that are not known.
  void UnknownOperands(Vector& out, uint32_t lane, std::initializer_list<const Vector*> operands) const;
};

/// Traced runs: a known lane of `out` without evidence gets that of all operands.
void TraceKnown(const Operation& op, Vector& out, std::initializer_list<const Vector*> operands);

/// The place and cause of an unknown part of a record.
EvidenceId UnknownPart(const Operation& op, const JsonNode& node);

/// What the register stands for, from the instruction that wrote it: "`settings.enabled`" for a path, "a value" when nothing better is known.
std::string DescribeOrigin(const Operation& op, Register index);

/// dst = f(a) where a is known; unknown elsewhere. `f(cell, &result)` returns whether there is a result; if not, `why(cell)` says the reason.
template <typename F, typename Why>
void StrictUnary(const Operation& op, const F& f, const Why& why) {
  const Vector& a = op.a();
  Vector out(op.num_lanes());
  bool all_known = a.all_known();
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    if (!all_known && !a.is_known(lane)) {
      op.UnknownOperands(out, lane, {&a});
    } else if (!f(a.cells[lane], &out.cells[lane])) {
      op.Unknown(out, lane, [&] { return why(a.cells[lane]); });
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a});
  op.dst() = std::move(out);
}

/// dst = f(a, b) where both are known; unknown elsewhere.
template <typename F, typename Why>
void StrictBinary(const Operation& op, const F& f, const Why& why) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  Vector out(op.num_lanes());
  bool all_known = a.all_known() && b.all_known();
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    if (!all_known && (!a.is_known(lane) || !b.is_known(lane))) {
      op.UnknownOperands(out, lane, {&a, &b});
    } else if (!f(a.cells[lane], b.cells[lane], &out.cells[lane])) {
      op.Unknown(out, lane, [&] { return why(a.cells[lane], b.cells[lane]); });
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a, &b});
  op.dst() = std::move(out);
}

/// Total operations on known values: without a failure, so that the loop over known lanes vectorises.
template <typename F>
void TotalBinary(const Operation& op, const F& f) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  if (a.all_known() && b.all_known() && !op.traced()) {
    Vector out(op.num_lanes());
    for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) out.cells[lane] = f(a.cells[lane], b.cells[lane]);
    op.dst() = std::move(out);
    return;
  }
  StrictBinary(
      op, [&](Cell x, Cell y, Cell* result) { return *result = f(x, y), true; },
      [](Cell, Cell) { return std::pair(CauseKind::kFunction, std::string()); });
}

// Families. Each takes the opcodes that its name says.
void KernelConst(const Operation& op);
void KernelParam(const Operation& op);
void KernelNow(const Operation& op);
void KernelAbsent(const Operation& op);
void KernelLoad(const Operation& op);
void KernelLoadAttribute(const Operation& op);
void KernelIsTable(const Operation& op);
void KernelOutside(const Operation& op);

void KernelAnd(const Operation& op);
void KernelOr(const Operation& op);
void KernelNot(const Operation& op);
void KernelObserve(const Operation& op);
void KernelIsPresent(const Operation& op);
void KernelCoalesce(const Operation& op);
void KernelRequire(const Operation& op);
void KernelSelect(const Operation& op);
void KernelUnknown(const Operation& op);

void KernelEqCell(const Operation& op);
void KernelEqFloat(const Operation& op);
void KernelEqObject(const Operation& op);
void KernelOrder(const Operation& op);  ///< Lt…, Le…

void KernelArithmetic(const Operation& op);  ///< Add…, Sub…, …

void KernelIntToFloat(const Operation& op);
void KernelCidrToIpSet(const Operation& op);
void KernelJsonTo(const Operation& op);
void KernelJsonGet(const Operation& op);
void KernelToText(const Operation& op);
void KernelConcat(const Operation& op);
void KernelLike(const Operation& op);
void KernelMatches(const Operation& op);

void KernelIn(const Operation& op);
void KernelGet(const Operation& op);
void KernelMakeList(const Operation& op);
void KernelMakeSet(const Operation& op);
void KernelMakeMap(const Operation& op);

void KernelBuiltin(const Operation& op);
void KernelCall(const Operation& op);
void KernelLazy(const Operation& op);
void KernelMember(const Operation& op);
void KernelQuery(const Operation& op);

}  // namespace bylaw

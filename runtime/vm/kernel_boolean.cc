// Kleene connectives, presence, choice.
#include "runtime/vm/canonical_order.h"
#include "runtime/vm/kernels.h"

namespace bylaw {

namespace {

/// Conjunction and disjunction are one kernel: `absorbing` decides alone (false for and, true for or).
void Connective(const Operation& op, Tri absorbing) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  uint32_t n = op.num_lanes();
  bool is_and = absorbing == Tri::kFalse;
  Vector out(n);
  if (a.all_known() && b.all_known() && !op.traced()) {
    if (is_and) {
      for (uint32_t lane = 0; lane < n; ++lane) out.cells[lane] = a.cells[lane] & b.cells[lane];
    } else {
      for (uint32_t lane = 0; lane < n; ++lane) out.cells[lane] = a.cells[lane] | b.cells[lane];
    }
    op.dst() = std::move(out);
    return;
  }
  for (uint32_t lane = 0; lane < n; ++lane) {
    Tri x = a.tri(lane), y = b.tri(lane);
    Tri result = x == absorbing || y == absorbing           ? absorbing
                 : x == Tri::kUnknown || y == Tri::kUnknown ? Tri::kUnknown
                                                            : x;
#ifdef BYLAW_BROKEN_KERNEL  // a test's own build, to see that its properties notice
    if (x == Tri::kUnknown) result = Tri::kUnknown;
#endif
    out.SetTri(lane, result);
    if (!op.traced()) continue;
    // Evidence of the operands that decided: those that are as the result.
    EvidenceId trace = 0;
    if (x == result) trace = op.worker.evidence().Merge(trace, a.trace(lane));
    if (y == result) trace = op.worker.evidence().Merge(trace, b.trace(lane));
    out.SetTrace(lane, trace);
  }
  op.dst() = std::move(out);
}

}  // namespace

void KernelAnd(const Operation& op) { Connective(op, Tri::kFalse); }

void KernelOr(const Operation& op) { Connective(op, Tri::kTrue); }

void KernelNot(const Operation& op) {
  const Vector& a = op.a();
  Vector out(op.num_lanes());
  if (a.all_known()) {
    for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) out.cells[lane] = a.cells[lane] ^ 1;
  } else {
    for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
      Tri x = a.tri(lane);
      out.SetTri(lane, x == Tri::kUnknown ? x : x == Tri::kTrue ? Tri::kFalse : Tri::kTrue);
    }
  }
  if (op.traced()) out.evidence = a.evidence;
  op.dst() = std::move(out);
}

void KernelObserve(const Operation& op) {
  const Vector& a = op.a();
  if (Observations* observations = op.worker.state().options.observations) {
    uint8_t outcomes = 0;
    for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
      const Tri x = a.tri(lane);
      outcomes |= x == Tri::kTrue    ? Observations::kTrue
                  : x == Tri::kFalse ? Observations::kFalse
                                     : Observations::kUnknown;
    }
    observations->Note(op.instruction.imm, outcomes);
  }
  op.dst() = Vector(a);
}

void KernelIsPresent(const Operation& op) {
  const Vector& a = op.a();
  Vector out(op.num_lanes(), 1, State::kKnown);
  if (!a.all_known()) {
    for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
      if (a.states[lane] == State::kAbsent) {
        out.cells[lane] = 0;
      } else if (IsUnknown(a.states[lane])) {
        op.UnknownOperands(out, lane, {&a});
      }
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a});
  op.dst() = std::move(out);
}

void KernelCoalesce(const Operation& op) {
  const Vector& a = op.a();
  const Vector& b = op.b();
  if (a.all_known()) {
    op.dst() = Vector(a);
    return;
  }
  Vector out(op.num_lanes());
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    out.CopyLane(lane, a.states[lane] == State::kAbsent ? b : a, lane);
  }
  op.dst() = std::move(out);
}

void KernelRequire(const Operation& op) {
  const Vector& a = op.a();
  Vector out = a;
  if (!a.all_known()) {
    std::string path;
    for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
      if (a.states[lane] != State::kAbsent) continue;
      out.SetUnknown(lane);
      if (!op.traced()) continue;
      // The instruction that made `a` says what was looked for.
      if (path.empty()) path = DescribeOrigin(op, op.instruction.a);
      Evidence& evidence = op.worker.evidence();
      out.SetTrace(lane, evidence.Merge(a.trace(lane), evidence.AddCause(CauseKind::kAbsentPath, path)));
    }
  }
  op.dst() = std::move(out);
}

void KernelSelect(const Operation& op) {
  const Vector& condition = op.a();
  const Vector& yes = op.b();
  const std::vector<Register>& list = op.list();
  uint32_t n = op.num_lanes();
  if (list.empty()) {
    op.dst() = Vector(n, 0, State::kUnknown);
    return;
  }
  const Vector& no = op.reg(list[0]);
  TypeId type = op.block.registers[op.instruction.dst];
  Vector out(n);
  for (uint32_t lane = 0; lane < n; ++lane) {
    Tri x = condition.tri(lane);
    if (x != Tri::kUnknown) {
      out.CopyLane(lane, x == Tri::kTrue ? yes : no, lane);
    } else if (EqualValues(op.worker.state(), type, yes.cells[lane], yes.state(lane), no.cells[lane], no.state(lane)) ==
               Tri::kTrue) {
      out.CopyLane(lane, yes, lane);
    } else {
      out.SetUnknown(lane);
    }
    if (op.traced()) {
      Evidence& evidence = op.worker.evidence();
      EvidenceId own = condition.trace(lane);
      if (x != Tri::kUnknown) {
        own = evidence.Merge(out.trace(lane), own);
      } else if (!IsUnknown(out.state(lane))) {
        own = evidence.Merge(yes.trace(lane), no.trace(lane));  // it comes to the same
      } else if (evidence.exhaustive()) {
        own = evidence.Merge(own, evidence.Merge(yes.trace(lane), no.trace(lane)));
      }
      out.SetTrace(lane, own);
    }
  }
  op.dst() = std::move(out);
}

void KernelUnknown(const Operation& op) {
  const Vector& a = op.a();
  Vector out(op.num_lanes(), 0, State::kUnknown);
  if (op.traced()) {
    Evidence& evidence = op.worker.evidence();
    for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
      if (a.is_known(lane)) {
        out.SetTrace(lane, evidence.AddCause(CauseKind::kPolicy, std::string(op.worker.Text(a.cells[lane]))));
      } else {
        out.SetTrace(lane,
                     a.trace(lane) != 0 ? a.trace(lane) : evidence.AddCause(CauseKind::kPolicy, "the policy says so"));
      }
    }
  }
  op.dst() = std::move(out);
}

}  // namespace bylaw

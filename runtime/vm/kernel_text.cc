// Text: conversion to it, concatenation, patterns.
#include "runtime/builtins/text.h"
#include "runtime/vm/format.h"
#include "runtime/vm/kernels.h"

namespace bylaw {

void KernelToText(const Operation& op) {
  const Vector& a = op.a();
  TypeId type = op.block.registers[op.instruction.a];
  const EvaluationState& state = op.worker.state();
  if (state.kind(type) == TypeKind::kString && a.all_known()) {
    op.dst() = Vector(a);
    return;
  }
  Vector out(op.num_lanes());
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    State lane_state = a.state(lane);
    if (IsUnknown(lane_state) && !op.worker.rendering) {
      op.UnknownOperands(out, lane, {&a});
      continue;
    }
    Value value{a.cells[lane], lane_state, lane_state == State::kRanged ? a.upper[lane] : 0};
    std::string text = FormatValue(state, type, value);
    if (text.size() > kMaxTextSize) {
      op.Unknown(out, lane, [] { return std::pair(CauseKind::kFunction, std::string("the text is over 16 MiB")); });
      continue;
    }
    out.Set(lane, op.worker.Intern(text), State::kKnown);
    if (op.worker.stopped()) break;
  }
  if (op.traced()) TraceKnown(op, out, {&a});
  op.dst() = std::move(out);
}

void KernelConcat(const Operation& op) {
  const std::vector<Register>& parts = op.list();
  Vector out(op.num_lanes());
  std::string text;
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    text.clear();
    bool known = true;
    EvidenceId trace = 0;
    for (Register part : parts) {
      const Vector& operand = op.reg(part);
      bool part_known = operand.is_known(lane);
      if (op.traced() && (part_known == known || !part_known)) {
        // The first unknown part drops what known parts had to say.
        trace = !part_known && known ? operand.trace(lane) : op.worker.evidence().Merge(trace, operand.trace(lane));
      }
      if (part_known) {
        text += op.worker.Text(operand.cells[lane]);
      } else if (op.worker.rendering) {
        text += operand.state(lane) == State::kAbsent ? "(absent)" : "(unknown)";
        continue;
      }
      known &= part_known;
    }
    if (!known) {
      out.SetUnknown(lane);
    } else if (text.size() > kMaxTextSize) {
      op.Unknown(out, lane, [] { return std::pair(CauseKind::kFunction, std::string("the text is over 16 MiB")); });
      continue;
    } else {
      out.Set(lane, op.worker.Intern(text), State::kKnown);
    }
    if (op.traced()) out.SetTrace(lane, trace);
    if (op.worker.stopped()) break;
  }
  op.dst() = std::move(out);
}

void KernelLike(const Operation& op) {
  StrictBinary(
      op,
      [&](Cell text, Cell pattern, Cell* result) {
        Tri matches = op.worker.MatchesGlob(static_cast<StringId>(text), static_cast<StringId>(pattern));
        *result = matches == Tri::kTrue;
        return matches != Tri::kUnknown;
      },
      [&](Cell, Cell pattern) {
        return std::pair(CauseKind::kFunction, fmt::format("`{}` is no glob", op.worker.Text(pattern)));
      });
}

void KernelMatches(const Operation& op) {
  StrictBinary(
      op,
      [&](Cell text, Cell pattern, Cell* result) {
        Tri matches = op.worker.MatchesRegex(static_cast<StringId>(text), static_cast<StringId>(pattern));
        *result = matches == Tri::kTrue;
        return matches != Tri::kUnknown;
      },
      [&](Cell, Cell pattern) {
        return std::pair(CauseKind::kFunction, fmt::format("`{}` is no regular expression", op.worker.Text(pattern)));
      });
}

}  // namespace bylaw

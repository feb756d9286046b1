// The dispatch of instructions to kernels.
#include "runtime/vm/kernels.h"
#include "runtime/vm/recorder.h"

namespace bylaw {

Frame Worker::NewFrame(const Block& block, uint32_t num_lanes) const {
  Frame frame;
  frame.num_lanes = num_lanes;
  frame.registers.resize(block.registers.size());
  return frame;
}

void Worker::Run(const Block& block, Frame& frame) {
  int64_t frame_bytes = static_cast<int64_t>(block.code.size() * frame.num_lanes * (sizeof(Cell) + 1));
  control_.AddBytes(frame_bytes);
  if (++depth > kMaxDepth) {
    control_.Fail({.message = fmt::format("the policy nests its definitions and queries more than {} deep", kMaxDepth),
                   .file = {}});
  }
  if ((polls_++ & 15) == 0) {
    control_.Poll();
    size_t in_arena = arena_->num_bytes();
    AddBytes(in_arena - counted_bytes_);
    counted_bytes_ = in_arena;
  }
  if (recorder != nullptr) recorder->Enter(block);
  for (const Instruction& instruction : block.code) {
    if (recorder != nullptr) recorder->At(static_cast<uint32_t>(&instruction - block.code.data()));
    if (stopped()) {
      frame.registers[instruction.dst] = Vector(frame.num_lanes, 0, State::kUnknown);
    } else {
      Execute(block, frame, instruction);
    }
  }
  if (recorder != nullptr) recorder->Leave(frame);
  --depth;
  control_.AddBytes(-frame_bytes);
}

void Worker::Execute(const Block& block, Frame& frame, const Instruction& instruction) {
  Operation op{*this, block, frame, instruction};
  switch (instruction.op) {
    case Opcode::kConst: return KernelConst(op);
    case Opcode::kParam: return KernelParam(op);
    case Opcode::kNow: return KernelNow(op);
    case Opcode::kAbsent: return KernelAbsent(op);
    case Opcode::kLoad: return KernelLoad(op);
    case Opcode::kLoadAttribute: return KernelLoadAttribute(op);
    case Opcode::kIsTable: return KernelIsTable(op);
    case Opcode::kOutside: return KernelOutside(op);
    case Opcode::kAnd: return KernelAnd(op);
    case Opcode::kOr: return KernelOr(op);
    case Opcode::kNot: return KernelNot(op);
    case Opcode::kObserve: return KernelObserve(op);
    case Opcode::kEqCell: return KernelEqCell(op);
    case Opcode::kEqFloat: return KernelEqFloat(op);
    case Opcode::kEqObject: return KernelEqObject(op);
    case Opcode::kLtInt:
    case Opcode::kLeInt:
    case Opcode::kLtFloat:
    case Opcode::kLeFloat:
    case Opcode::kLtTicks:
    case Opcode::kLeTicks:
    case Opcode::kLtString:
    case Opcode::kLeString:
    case Opcode::kLtVersion:
    case Opcode::kLeVersion:
    case Opcode::kLtNet: return KernelOrder(op);
    case Opcode::kAddInt:
    case Opcode::kSubInt:
    case Opcode::kMulInt:
    case Opcode::kDivInt:
    case Opcode::kModInt:
    case Opcode::kNegInt:
    case Opcode::kAddFloat:
    case Opcode::kSubFloat:
    case Opcode::kMulFloat:
    case Opcode::kDivFloat:
    case Opcode::kNegFloat:
    case Opcode::kAddTicks:
    case Opcode::kSubTicks:
    case Opcode::kMulTicks:
    case Opcode::kDivTicks: return KernelArithmetic(op);
    case Opcode::kIsPresent: return KernelIsPresent(op);
    case Opcode::kCoalesce: return KernelCoalesce(op);
    case Opcode::kRequire: return KernelRequire(op);
    case Opcode::kSelect: return KernelSelect(op);
    case Opcode::kUnknown: return KernelUnknown(op);
    case Opcode::kLazy: return KernelLazy(op);
    case Opcode::kIntToFloat: return KernelIntToFloat(op);
    case Opcode::kCidrToIpSet: return KernelCidrToIpSet(op);
    case Opcode::kJsonTo: return KernelJsonTo(op);
    case Opcode::kJsonGet: return KernelJsonGet(op);
    case Opcode::kToText: return KernelToText(op);
    case Opcode::kConcat: return KernelConcat(op);
    case Opcode::kLike: return KernelLike(op);
    case Opcode::kMatches: return KernelMatches(op);
    case Opcode::kIn: return KernelIn(op);
    case Opcode::kGet: return KernelGet(op);
    case Opcode::kMakeList: return KernelMakeList(op);
    case Opcode::kMakeSet: return KernelMakeSet(op);
    case Opcode::kMakeMap: return KernelMakeMap(op);
    case Opcode::kBuiltin: return KernelBuiltin(op);
    case Opcode::kCall: return KernelCall(op);
    case Opcode::kMember: return KernelMember(op);
    case Opcode::kQuery: return KernelQuery(op);
  }
  op.dst() = Vector(frame.num_lanes, 0, State::kUnknown);
}

void Operation::UnknownOperands(Vector& out, uint32_t lane, std::initializer_list<const Vector*> operands) const {
  out.SetUnknown(lane);
  if (!traced()) return;
  Evidence& evidence = worker.evidence();
  EvidenceId merged = 0;
  for (const Vector* operand : operands) {
    State state = operand->state(lane);
    if (IsUnknown(state)) merged = evidence.Merge(merged, operand->trace(lane));
    if (state == State::kAbsent) {
      merged = evidence.Merge(evidence.Merge(merged, operand->trace(lane)),
                              evidence.AddCause(CauseKind::kAbsentPath, "absent where a value is needed"));
    }
  }
  out.SetTrace(lane, merged);
}

void TraceKnown(const Operation& op, Vector& out, std::initializer_list<const Vector*> operands) {
  Evidence& evidence = op.worker.evidence();
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    if (IsUnknown(out.state(lane)) || out.trace(lane) != 0) continue;
    EvidenceId merged = 0;
    // What is not known decided nothing; of a range its bounds did, whichever of its possible members there are.
    for (const Vector* operand : operands) {
      if (!IsUnknown(operand->state(lane))) merged = evidence.Merge(merged, operand->trace(lane));
    }
    if (merged != 0) out.SetTrace(lane, merged);
  }
}

}  // namespace bylaw

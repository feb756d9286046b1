// Built-in functions: dispatch and what all families share.
#include "runtime/vm/builtin_call.h"
#include "runtime/vm/format.h"

namespace bylaw {

namespace {

bool HasUnknown(const State* states, uint32_t size) {
  for (uint32_t i = 0; states != nullptr && i < size; ++i) {
    if (IsUnknown(states[i])) return true;
  }
  return false;
}

}  // namespace

bool BuiltinCall::HasUnknownItem(size_t i, uint32_t lane) const {
  switch (type(i).kind) {
    case TypeKind::kList:
    case TypeKind::kSet: {
      const ListObject& items = list(argument(i).cells[lane]);
      return !items.all_known && HasUnknown(items.states, items.size);
    }
    case TypeKind::kMap: {
      const MapObject& entries = map(argument(i).cells[lane]);
      return !entries.all_known && HasUnknown(entries.states, entries.size);
    }
    default: return false;
  }
}

void BuiltinCall::UnknownArguments(Vector& out, uint32_t lane) const {
  out.SetUnknown(lane);
  if (!op.traced()) return;
  Evidence& evidence = op.worker.evidence();
  EvidenceId trace = 0;
  for (size_t i = 0; i < num_arguments(); ++i) {
    const Vector& vector = argument(i);
    if (!vector.is_known(lane) || HasUnknownItem(i, lane)) trace = evidence.Merge(trace, vector.trace(lane));
    if (vector.state(lane) == State::kAbsent)
      trace = evidence.Merge(trace, evidence.AddCause(CauseKind::kAbsentPath, "absent where a value is needed"));
  }
  if (trace == 0) trace = evidence.AddCause(CauseKind::kUnresolved, "an item of a collection is not known");
  out.SetTrace(lane, trace);
}

void BuiltinCall::Failed(Vector& out, uint32_t lane) const {
  op.Unknown(out, lane, [&] {
    std::string seen;
    for (size_t i = 0; i < num_arguments(); ++i) {
      std::string shown = FormatValue(state(), type_id(i), {argument(i).cells[lane]});
      if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
      seen += (i == 0 ? "" : ", ") + shown;
    }
    return std::pair(CauseKind::kFunction, fmt::format("{}(`{}`): {}", info.name, seen, info.fails_when));
  });
}

void BuiltinCall::TraceArguments(Vector& out) const {
  // What was taken away from a set is no witness of what is left.
  bool first_only = info.id == FunctionId::kDifferenceIpSet || info.id == FunctionId::kDifferencePortSet ||
                    info.id == FunctionId::kDifferenceSet;
  Evidence& evidence = op.worker.evidence();
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    if (IsUnknown(out.state(lane)) || out.trace(lane) != 0) continue;
    EvidenceId trace = 0;
    for (size_t i = 0; i < (first_only ? 1 : num_arguments()); ++i)
      trace = evidence.Merge(trace, argument(i).trace(lane));
    if (trace != 0) out.SetTrace(lane, trace);
  }
}

void KernelBuiltin(const Operation& op) {
  const CallSite& site = op.worker.program().calls[op.instruction.imm];
  std::span<const FunctionInfo> table = BuiltinFunctions();
  op.dst() = Vector(op.num_lanes(), 0, State::kUnknown);
  if (site.callee >= table.size() || site.arguments.size() != table[site.callee].signature.parameters.size()) return;
  BuiltinCall call{op, site, table[site.callee]};
  bool found = BuiltinCollections(call) || BuiltinNetwork(call) || BuiltinText(call) || BuiltinNumbers(call) ||
               BuiltinTime(call) || BuiltinIam(call);
  if (!found && op.traced()) {
    op.dst().evidence.assign(op.num_lanes(),
                             op.worker.evidence().AddCause(CauseKind::kFunction,
                                                           fmt::format("`{}` is not in this version", call.info.name)));
  }
}

}  // namespace bylaw

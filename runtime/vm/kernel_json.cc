// Untyped data: members, conversion to typed values; and the conversions between typed values.
#include "runtime/vm/convert.h"
#include "runtime/vm/kernels.h"

namespace bylaw {

EvidenceId UnknownPart(const Operation& op, const JsonNode& node) {
  CauseRef cause;
  cause.cause = op.worker.state().cause(node.cause);
  std::string path = JsonPath(node);
  if (!path.empty()) cause.cause.detail = fmt::format("`{}`: {}", path, cause.cause.detail);
  return op.worker.evidence().AddCause(cause);
}

std::string DescribeOrigin(const Operation& op, Register index) {
  // Walks back along the instructions of the block: json_get chains spell the path.
  std::string path;
  for (int steps = 0; steps < 64; ++steps) {
    const Instruction* writer = nullptr;
    for (const Instruction& candidate : op.block.code) {
      if (candidate.dst == index) writer = &candidate;
    }
    if (writer == nullptr) break;
    if (writer->op == Opcode::kJsonGet) {
      const std::string& key = op.worker.program().constants[writer->imm].text;
      path = path.empty() ? key : key + "." + path;
      index = writer->a;
    } else if (writer->op == Opcode::kLoad) {
      const ColumnRef& column = op.worker.program().columns[writer->imm];
      const std::string& name = op.worker.program().tables[column.table].columns[column.column].name;
      if (name != "record" || path.empty()) path = path.empty() ? name : name + "." + path;
      break;
    } else if (writer->op == Opcode::kJsonTo || writer->op == Opcode::kRequire) {
      index = writer->a;
    } else {
      break;
    }
  }
  return path.empty() ? "a value is absent where one is needed" : fmt::format("`{}` is absent", path);
}

void KernelJsonGet(const Operation& op) {
  const Vector& a = op.a();
  const std::string& name = op.worker.program().constants[op.instruction.imm].text;
  Vector out(op.num_lanes());
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    if (a.state(lane) == State::kAbsent) {
      out.Set(lane, 0, State::kAbsent);
      continue;
    }
    if (!a.is_known(lane)) {
      op.UnknownOperands(out, lane, {&a});
      continue;
    }
    const JsonNode& node = *CellToObject<JsonNode>(a.cells[lane]);
    if (node.kind == JsonNodeKind::kObject) {
      const JsonNode* member = node.Find(name);
      if (member == nullptr || member->kind == JsonNodeKind::kNull) {
        out.Set(lane, 0, State::kAbsent);
      } else if (member->kind == JsonNodeKind::kUnknown) {
        out.SetUnknown(lane);
        if (op.traced()) out.SetTrace(lane, op.worker.evidence().Merge(a.trace(lane), UnknownPart(op, *member)));
      } else {
        out.Set(lane, ObjectToCell(member), State::kKnown);
      }
    } else if (node.kind == JsonNodeKind::kNull) {
      out.Set(lane, 0, State::kAbsent);
    } else if (node.kind == JsonNodeKind::kUnknown) {
      out.SetUnknown(lane);
      if (op.traced()) out.SetTrace(lane, UnknownPart(op, node));
    } else {
      op.Unknown(out, lane, [&] {
        std::string path = JsonPath(node);
        return std::pair(CauseKind::kConversion,
                         path.empty() ? fmt::format("`{}` is looked for in something that is no object", name)
                                      : fmt::format("`{}` is no object, so it has no `{}`", path, name));
      });
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a});
  op.dst() = std::move(out);
}

void KernelJsonTo(const Operation& op) {
  const Vector& a = op.a();
  TypeId type = op.instruction.imm;
  Vector out(op.num_lanes());
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    if (a.state(lane) == State::kAbsent) {
      out.Set(lane, 0, State::kAbsent);
      continue;
    }
    if (!a.is_known(lane)) {
      op.UnknownOperands(out, lane, {&a});
      continue;
    }
    const JsonNode& node = *CellToObject<JsonNode>(a.cells[lane]);
    Cause why;
    Value value = ConvertJson(op.worker, node, type, op.traced() ? &why : nullptr);
    out.Set(lane, value.cell, value.state);
    if (op.traced() && IsUnknown(value.state)) {
      EvidenceId cause =
          node.kind == JsonNodeKind::kUnknown ? UnknownPart(op, node) : op.worker.evidence().AddCause({std::move(why)});
      out.SetTrace(lane, op.worker.evidence().Merge(a.trace(lane), cause));
    }
    if (op.worker.stopped()) break;
  }
  if (op.traced()) TraceKnown(op, out, {&a});
  op.dst() = std::move(out);
}

void KernelIntToFloat(const Operation& op) {
  StrictUnary(
      op, [](Cell x, Cell* result) { return *result = FloatToCell(static_cast<double>(CellToInt(x))), true; },
      [](Cell) { return std::pair(CauseKind::kArithmetic, std::string()); });
}

void KernelCidrToIpSet(const Operation& op) {
  const Vector& a = op.a();
  Vector out(op.num_lanes());
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    if (a.state(lane) == State::kAbsent) {
      out.Set(lane, 0, State::kAbsent);
    } else if (!a.is_known(lane)) {
      op.UnknownOperands(out, lane, {&a});
    } else {
      out.Set(lane, op.worker.IpSetOf(static_cast<NetId>(a.cells[lane])), State::kKnown);
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a});
  op.dst() = std::move(out);
}

}  // namespace bylaw

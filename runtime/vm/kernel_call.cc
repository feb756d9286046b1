// Calls of the program's functions, lazy blocks, queries, relations: what opens a new frame.
#include <unordered_map>

#include "runtime/vm/canonical_order.h"
#include "runtime/vm/fold.h"
#include "runtime/vm/function_memo.h"
#include "runtime/vm/kernels.h"
#include "runtime/vm/relation.h"

namespace bylaw {

namespace {

Value LaneValue(const Vector& vector, uint32_t lane) {
  State state = vector.state(lane);
  return {vector.cells[lane], state, state == State::kRanged ? vector.upper[lane] : 0};
}

void SetLane(Vector& out, uint32_t lane, const Value& value) {
  if (value.state == State::kRanged) {
    out.SetRange(lane, CellToInt(value.cell), value.upper);
  } else {
    out.Set(lane, value.cell, value.state);
  }
}

/// Runs a function over `n` lanes of the arguments, which are moved in.
Vector RunFunction(Worker& worker, const Function& function, std::vector<Vector> arguments, uint32_t n) {
  Frame frame = worker.NewFrame(function.block, n);
  for (size_t i = 0; i < arguments.size(); ++i) frame.registers[i] = std::move(arguments[i]);
  worker.Run(function.block, frame);
  return std::move(frame.registers[function.result]);
}

void CallMemoised(const Operation& op, uint32_t index, const Function& function, const std::vector<Register>& registers) {
  Worker& worker = op.worker;
  FunctionMemo& memo = worker.state().memo(index);
  uint32_t n = op.num_lanes();
  size_t arity = registers.size();
  Vector out(n);

  // Distinct arguments that nobody has seen yet go into one frame.
  std::vector<Value> arguments(arity);
  std::vector<Value> missing;
  std::vector<uint64_t> missing_hashes;
  std::vector<std::pair<uint32_t, uint32_t>> waiting;  // lane, index into missing
  std::unordered_multimap<uint64_t, uint32_t> missing_by_hash;
  auto same = [&](uint32_t at) {
    for (size_t i = 0; i < arity; ++i) {
      const Value& other = missing[at * arity + i];
      if (other.cell != arguments[i].cell || other.state != arguments[i].state || other.upper != arguments[i].upper) return false;
    }
    return true;
  };
  for (uint32_t lane = 0; lane < n; ++lane) {
    for (size_t i = 0; i < arity; ++i) arguments[i] = LaneValue(op.reg(registers[i]), lane);
    uint64_t hash = FunctionMemo::Hash(arguments);
    Value result;
    if (memo.Find(hash, arguments, &result)) {
      SetLane(out, lane, result);
      continue;
    }
    uint32_t at = kNone;
    auto [begin, end] = missing_by_hash.equal_range(hash);
    for (auto entry = begin; entry != end && at == kNone; ++entry) {
      if (same(entry->second)) at = entry->second;
    }
    if (at == kNone) {
      at = static_cast<uint32_t>(missing_hashes.size());
      missing_by_hash.emplace(hash, at);
      missing_hashes.push_back(hash);
      missing.insert(missing.end(), arguments.begin(), arguments.end());
    }
    waiting.emplace_back(lane, at);
  }
  if (!missing_hashes.empty()) {
    uint32_t num_missing = static_cast<uint32_t>(missing_hashes.size());
    std::vector<Vector> inputs;
    for (size_t i = 0; i < arity; ++i) {
      Vector input(num_missing);
      for (uint32_t at = 0; at < num_missing; ++at) SetLane(input, at, missing[at * arity + i]);
      inputs.push_back(std::move(input));
    }
    Vector results = RunFunction(worker, function, std::move(inputs), num_missing);
    if (!worker.stopped()) {
      for (uint32_t at = 0; at < num_missing; ++at) {
        memo.Keep(missing_hashes[at], {missing.data() + at * arity, arity}, LaneValue(results, at));
      }
      worker.AddBytes(num_missing * (arity + 1) * sizeof(Value));
    }
    for (auto [lane, at] : waiting) SetLane(out, lane, LaneValue(results, at));
  }
  op.dst() = std::move(out);
}

/// A query that depends on nothing around it.
bool IsUncorrelated(const Query& query) {
  if (!query.open_keys.empty() || query.stages.empty()) return false;
  const Stage& first = query.stages[0];
  bool has_keys = first.key != kNoRegister;
  for (Register key : first.relation_keys) has_keys |= key != kNoRegister;
  return !has_keys && first.captures.empty();
}

Vector RunQuery(Worker& worker, const Query& query, const Frame& frame, const Block& block, uint32_t num_lanes) {
  std::unique_ptr<QueryFold> fold = QueryFold::Make(worker, query, num_lanes);
  Batch outer;
  outer.frame = &frame;
  outer.block = &block;
  outer.lanes.resize(num_lanes);
  for (uint32_t lane = 0; lane < num_lanes; ++lane) outer.lanes[lane] = lane;
  outer.roots = outer.lanes;
  outer.membership.assign(num_lanes, Membership::kCertain);

  PipelineOptions options;
  std::vector<uint8_t> open_roots;
  std::vector<EvidenceId> open_traces;
  const EvaluationState& state = worker.state();
  bool closed = state.options.closed_world || (state.snapshot != nullptr && state.snapshot->closed_world());
  if (!query.open_keys.empty() && !closed) {
    bool any = false;
    open_roots.assign(num_lanes, 0);
    if (worker.traced()) open_traces.assign(num_lanes, 0);
    for (Register key : query.open_keys) {
      const Vector& keys = frame.registers[key];
      for (uint32_t lane = 0; lane < num_lanes; ++lane) {
        Cell cell = keys.cells[lane];
        State key_state = keys.state(lane);
        Cell outside = 0;
        bool external = false;
        if (key_state == State::kKnown) {
          external = RefCell::is_external(cell);
          outside = cell;
        } else {
          for (Cell candidate : CandidatesOf(state, cell, key_state)) {
            if (!RefCell::is_external(candidate)) continue;
            external = true;
            outside = candidate;
          }
        }
        if (!external) continue;
        any = true;
        open_roots[lane] = 1;
        if (worker.traced()) {
          std::string name = state.snapshot != nullptr && RefCell::row(outside) < state.snapshot->num_externals()
                                 ? std::string(state.snapshot->strings().Text(state.snapshot->external(RefCell::row(outside)).key)) : std::string();
          EvidenceId cause = worker.evidence().AddCause(CauseKind::kOutside, std::move(name));
          open_traces[lane] = worker.evidence().Merge(open_traces[lane], worker.evidence().Merge(keys.trace(lane), cause));
        }
      }
    }
    if (any) {
      options.open_roots = &open_roots;
      if (worker.traced()) options.open_traces = &open_traces;
    }
  }
  Pipeline pipeline(worker, query.stages, *fold, options);
  pipeline.Run(outer);
  return fold->Finish();
}

}  // namespace

void KernelCall(const Operation& op) {
  const CallSite& call = op.worker.program().calls[op.instruction.imm];
  const Function& function = op.worker.program().functions[call.callee];
  if (call.arguments.size() != function.block.num_inputs) {
    op.dst() = Vector(op.num_lanes(), 0, State::kUnknown);
    return;
  }
  // Results that read a relation under construction may still change.
  uint32_t building = op.worker.relation_limit.stratum;
  bool settled = building == kNone || !op.worker.state().relations().FunctionReads(call.callee, building);
  if (function.memoize && settled && !op.traced() && !op.worker.rendering) return CallMemoised(op, call.callee, function, call.arguments);
  std::vector<Vector> arguments;
  for (Register argument : call.arguments) arguments.push_back(op.reg(argument));
  op.dst() = RunFunction(op.worker, function, std::move(arguments), op.num_lanes());
}

void KernelLazy(const Operation& op) {
  const Vector& condition = op.a();
  const LazyBlock& lazy = op.worker.program().lazy_blocks[op.instruction.imm];
  std::vector<uint32_t> lanes;
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    if (condition.tri(lane) != Tri::kFalse) lanes.push_back(lane);
  }
  uint32_t n = static_cast<uint32_t>(lanes.size());
  if (n == 0) {
    op.dst() = Vector(op.num_lanes(), 0, State::kUnknown);
    return;
  }
  bool all = n == op.num_lanes();
  Frame frame = op.worker.NewFrame(lazy.block, n);
  for (const Capture& capture : lazy.captures) {
    frame.registers[capture.to] = all ? op.reg(capture.from) : op.reg(capture.from).Gather(lanes);
  }
  op.worker.Run(lazy.block, frame);
  Vector& result = frame.registers[lazy.result];
  if (all) {
    op.dst() = std::move(result);
    return;
  }
  Vector out(op.num_lanes(), 0, State::kUnknown);
  for (uint32_t i = 0; i < n; ++i) out.CopyLane(lanes[i], result, i);
  op.dst() = std::move(out);
}

void KernelMember(const Operation& op) {
  const CallSite& call = op.worker.program().calls[op.instruction.imm];
  std::vector<const Vector*> arguments;
  for (Register argument : call.arguments) arguments.push_back(&op.reg(argument));
  op.dst() = op.worker.state().relations().Member(op.worker, call.callee, arguments, op.num_lanes());
}

void KernelQuery(const Operation& op) {
  Worker& worker = op.worker;
  const Query& query = worker.program().queries[op.instruction.imm];
  // Inside a fixpoint under way, even what depends on nothing around it may still grow.
  uint32_t building = worker.relation_limit.stratum;
  bool shareable = building == kNone || !worker.state().relations().QueryReads(op.instruction.imm, building);
  if (!IsUncorrelated(query) || op.num_lanes() == 0) {
    op.dst() = RunQuery(worker, query, op.frame, op.block, op.num_lanes());
    return;
  }
  Value value;
  EvidenceId trace = 0;
  bool cached = shareable && !worker.traced() && !worker.rendering && worker.state().FindQueryValue(op.instruction.imm, &value);
  if (!cached) {
    Vector result = RunQuery(worker, query, op.frame, op.block, 1);
    value = LaneValue(result, 0);
    trace = result.trace(0);
    if (shareable && !worker.traced() && !worker.rendering && !worker.stopped()) worker.state().KeepQueryValue(op.instruction.imm, value);
  }
  Vector out(op.num_lanes(), value.cell, value.state);
  if (value.state == State::kRanged) out.upper.assign(op.num_lanes(), value.upper);
  if (trace != 0) out.evidence.assign(op.num_lanes(), trace);
  op.dst() = std::move(out);
}

}  // namespace bylaw

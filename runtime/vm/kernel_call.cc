// Calls of the program's functions, lazy blocks, queries, relations: what opens a new frame.
#include <algorithm>

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

/// The distinct values that some registers have together in the lanes of a frame.
struct DistinctLanes {
  std::vector<uint32_t> first;   ///< by distinct tuple: the first lane that has it
  std::vector<uint32_t> index;   ///< by lane: which distinct tuple it has
  std::vector<uint64_t> hashes;  ///< by distinct tuple
  bool complete = true;

  /// `only_if_many_share`: gives up, incomplete, when among the first lanes hardly any is like another.
  DistinctLanes(const std::vector<const Vector*>& vectors, uint32_t num_lanes, bool only_if_many_share)
      : index(num_lanes) {
    size_t num_slots = 16;
    while (num_slots < size_t{num_lanes} * 2) num_slots *= 2;
    std::vector<uint32_t> slots(num_slots, 0);
    std::vector<Value> tuple(vectors.size());
    for (uint32_t lane = 0; lane < num_lanes; ++lane) {
      if (only_if_many_share && lane == kFirstLanes && first.size() * 8 > kFirstLanes * 7) {
        complete = false;
        return;
      }
      for (size_t i = 0; i < vectors.size(); ++i) tuple[i] = LaneValue(*vectors[i], lane);
      uint64_t hash = FunctionMemo::Hash(tuple);
      size_t at = (hash >> 8) & (num_slots - 1);
      while (slots[at] != 0 && !(hashes[slots[at] - 1] == hash && Same(vectors, first[slots[at] - 1], tuple)))
        at = (at + 1) & (num_slots - 1);
      if (slots[at] == 0) {
        first.push_back(lane);
        hashes.push_back(hash);
        slots[at] = static_cast<uint32_t>(first.size());
      }
      index[lane] = slots[at] - 1;
    }
  }

 private:
  static constexpr uint32_t kFirstLanes = 256;

  static bool Same(const std::vector<const Vector*>& vectors, uint32_t lane, const std::vector<Value>& tuple) {
    for (size_t i = 0; i < vectors.size(); ++i) {
      Value other = LaneValue(*vectors[i], lane);
      if (other.cell != tuple[i].cell || other.state != tuple[i].state || other.upper != tuple[i].upper) return false;
    }
    return true;
  }
};

/// Looks every distinct tuple up, computes those that nobody has seen yet in one frame, and spreads the results. `compute` takes the missing tuples' columns.
template <typename Compute>
Vector Memoised(Worker& worker, FunctionMemo& memo, const std::vector<const Vector*>& vectors,
                const DistinctLanes& distinct, const Compute& compute) {
  size_t arity = vectors.size();
  uint32_t num_distinct = static_cast<uint32_t>(distinct.first.size());
  std::vector<Value> results(num_distinct);
  std::vector<uint32_t> missing;
  std::vector<Value> tuple(arity);
  for (uint32_t d = 0; d < num_distinct; ++d) {
    for (size_t i = 0; i < arity; ++i) tuple[i] = LaneValue(*vectors[i], distinct.first[d]);
    if (!memo.Find(distinct.hashes[d], tuple, &results[d])) missing.push_back(d);
  }
  if (!missing.empty()) {
    std::vector<uint32_t> lanes;
    for (uint32_t d : missing) lanes.push_back(distinct.first[d]);
    std::vector<Vector> columns;
    for (const Vector* vector : vectors) columns.push_back(vector->Gather(lanes));
    Vector computed = compute(std::move(columns), static_cast<uint32_t>(lanes.size()));
    for (uint32_t i = 0; i < missing.size(); ++i) {
      results[missing[i]] = LaneValue(computed, i);
      if (worker.stopped()) continue;
      for (size_t k = 0; k < arity; ++k) tuple[k] = LaneValue(*vectors[k], lanes[i]);
      memo.Keep(distinct.hashes[missing[i]], tuple, results[missing[i]]);
    }
    worker.AddBytes(missing.size() * (arity + 1) * sizeof(Value));
  }
  uint32_t n = static_cast<uint32_t>(distinct.index.size());
  Vector out(n);
  for (uint32_t lane = 0; lane < n; ++lane) SetLane(out, lane, results[distinct.index[lane]]);
  return out;
}

void CallMemoised(const Operation& op, uint32_t index, const Function& function,
                  const std::vector<Register>& registers) {
  std::vector<const Vector*> arguments;
  for (Register argument : registers) arguments.push_back(&op.reg(argument));
  DistinctLanes distinct(arguments, op.num_lanes(), false);
  op.dst() = Memoised(
      op.worker, op.worker.state().memo(index), arguments, distinct,
      [&](std::vector<Vector> columns, uint32_t n) { return RunFunction(op.worker, function, std::move(columns), n); });
}

/// The registers around a query that it depends on, each once.
std::vector<Register> OuterRegisters(const Query& query) {
  std::vector<Register> registers = query.open_keys;
  if (!query.stages.empty()) {
    const Stage& first = query.stages[0];
    if (first.key != kNoRegister) registers.push_back(first.key);
    for (Register key : first.relation_keys) {
      if (key != kNoRegister) registers.push_back(key);
    }
    for (const Capture& capture : first.captures) registers.push_back(capture.from);
  }
  std::sort(registers.begin(), registers.end());
  registers.erase(std::unique(registers.begin(), registers.end()), registers.end());
  return registers;
}

/// Fewer lanes than this are not worth a look for equal ones.
constexpr uint32_t kMinLanesToShare = 16;

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
  if (!query.open_keys.empty() && !state.closed_world()) {
    bool any = false;
    open_roots.assign(num_lanes, 0);
    if (worker.traced()) open_traces.assign(num_lanes, 0);
    for (Register key : query.open_keys) {
      const Vector& keys = frame.registers[key];
      for (uint32_t lane = 0; lane < num_lanes; ++lane) {
        if (!state.MayBeOutside(keys.state(lane), keys.cells[lane])) continue;
        any = true;
        open_roots[lane] = 1;
        if (worker.traced()) {
          open_traces[lane] = worker.evidence().Merge(open_traces[lane], keys.trace(lane));
          if (keys.is_known(lane)) {
            open_traces[lane] = worker.evidence().Merge(open_traces[lane], OutsideCause(worker, keys.cells[lane]));
          }
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
  if (function.memoize && settled && !op.traced() && !op.worker.rendering)
    return CallMemoised(op, call.callee, function, call.arguments);
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
  if (op.worker.recorder != nullptr) frame.parents = lanes;
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
  std::vector<Register> registers = OuterRegisters(query);
  if (!registers.empty() && shareable && !worker.traced() && !worker.rendering && op.num_lanes() >= kMinLanesToShare) {
    // Lanes that ask the same are answered once; where many do, the answers are kept.
    std::vector<const Vector*> vectors;
    for (Register reg : registers) vectors.push_back(&op.reg(reg));
    DistinctLanes distinct(vectors, op.num_lanes(), true);
    if (distinct.complete && distinct.first.size() * 2 <= op.num_lanes()) {
      op.dst() =
          Memoised(worker, worker.state().query_memo(op.instruction.imm, static_cast<uint32_t>(registers.size())),
                   vectors, distinct, [&](std::vector<Vector> columns, uint32_t n) {
                     Frame compact = worker.NewFrame(op.block, n);
                     for (size_t i = 0; i < registers.size(); ++i)
                       compact.registers[registers[i]] = std::move(columns[i]);
                     return RunQuery(worker, query, compact, op.block, n);
                   });
      return;
    }
  }
  if (!registers.empty() || op.num_lanes() == 0) {
    op.dst() = RunQuery(worker, query, op.frame, op.block, op.num_lanes());
    return;
  }
  Value value;
  EvidenceId trace = 0;
  bool cached =
      shareable && !worker.traced() && !worker.rendering && worker.state().FindQueryValue(op.instruction.imm, &value);
  if (!cached) {
    Vector result = RunQuery(worker, query, op.frame, op.block, 1);
    value = LaneValue(result, 0);
    trace = result.trace(0);
    if (shareable && !worker.traced() && !worker.rendering && !worker.stopped())
      worker.state().KeepQueryValue(op.instruction.imm, value);
  }
  Vector out(op.num_lanes(), value.cell, value.state);
  if (value.state == State::kRanged) out.upper.assign(op.num_lanes(), value.upper);
  if (trace != 0) out.evidence.assign(op.num_lanes(), trace);
  op.dst() = std::move(out);
}

}  // namespace bylaw

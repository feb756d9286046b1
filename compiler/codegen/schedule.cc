#include "compiler/codegen/schedule.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace bylaw::compiler {
namespace {

/// Made again in each frame that wants it, which is cheaper than copying it there.
bool IsRemade(const ir::Value* value) { return !value->is_variable && value->cost == ir::Cost::kFree; }

std::unique_ptr<Frame> NewFrame(Frame* parent, bool is_conditional) {
  auto frame = std::make_unique<Frame>();
  frame->parent = parent;
  frame->is_conditional = is_conditional;
  frame->loop_depth = parent == nullptr ? 0 : parent->loop_depth + (is_conditional ? 0 : 1);
  return frame;
}

void Bind(Frame& frame, const std::vector<const ir::Value*>& variables) {
  for (const ir::Value* variable : variables) {
    const FrameRegister input = frame.AddRegister(variable->type);
    frame.generated.push_back(input);
    frame.computed[variable] = input;
    frame.bound.insert(variable);
  }
}

}  // namespace

std::unique_ptr<Frame> Scheduler::ScheduleFunction(const std::vector<const ir::Value*>& params, const ir::Value* body,
                                                   FrameRegister* result) {
  auto frame = NewFrame(nullptr, false);
  Bind(*frame, params);
  MarkStrict(*frame, body);
  *result = Use(*frame, body);
  return frame;
}

ScheduledPipeline Scheduler::SchedulePipeline(const ir::Pipeline& pipeline,
                                              const std::vector<const ir::Value*>& results, bool separate) {
  ScheduledPipeline scheduled;
  scheduled.root = NewFrame(nullptr, true);
  ScheduleStages(pipeline, *scheduled.root, results, separate, scheduled.stages);
  return scheduled;
}

const ir::Value* Scheduler::FilterOf(const ir::Generator& generator) {
  if (generator.filters.empty()) return nullptr;
  return ir::MakeAnd(module_, generator.filters, generator.filters[0]->span);
}

void Scheduler::ScheduleStages(const ir::Pipeline& pipeline, Frame& outer, const std::vector<const ir::Value*>& results,
                               bool separate, std::vector<ScheduledStage>& stages) {
  Frame* before = &outer;
  auto add = [&](const ir::Generator* generator) -> Frame& {
    ScheduledStage stage;
    stage.generator = generator;
    const bool generates = generator != nullptr && generator->kind != GeneratorKind::kUnit;
    if (generator != nullptr) {
      if (generator->key != nullptr) stage.key = Use(*before, generator->key);
      for (const ir::Value* key : generator->relation_keys)
        stage.relation_keys.push_back(key == nullptr ? kNoFrameRegister : Use(*before, key));
    }
    stage.frame = NewFrame(before, !generates);
    if (generator != nullptr) Bind(*stage.frame, generator->variables);
    stages.push_back(std::move(stage));
    before = stages.back().frame.get();
    return *before;
  };
  for (size_t i = 0; i < pipeline.size(); ++i) {
    Frame& frame = add(&pipeline[i]);
    const ir::Value* filter = FilterOf(pipeline[i]);
    if (filter != nullptr) {
      MarkStrict(frame, filter);
      const FrameRegister result = Use(frame, filter);
      stages.back().filter = result;
    }
    if (i + 1 == pipeline.size()) continue;
    // What the next generator is keyed by is computed behind the filter if it is dear.
    const bool dear = pipeline[i + 1].key != nullptr && pipeline[i + 1].key->cost == ir::Cost::kDear;
    if (filter != nullptr && dear) add(nullptr);
  }
  if (separate && stages.back().filter != kNoFrameRegister) add(nullptr);
  for (const ir::Value* result : results) MarkStrict(*before, result);
}

std::unique_ptr<ScheduledQuery> Scheduler::ScheduleQuery(Frame& frame, const ir::Value* value) {
  const ir::Query& query = *value->query;
  auto scheduled = std::make_unique<ScheduledQuery>();
  scheduled->query = &query;
  scheduled->type = value->type;
  for (const ir::Value* key : query.open_keys) scheduled->open_keys.push_back(Use(frame, key));
  std::vector<const ir::Value*> results;
  bool dear = false;
  for (const ir::Value* part : {query.value, query.key, query.order}) {
    if (part == nullptr) continue;
    results.push_back(part);
    dear = dear || part->cost == ir::Cost::kDear;
  }
  ScheduleStages(query.pipeline, frame, results, dear, scheduled->stages);
  Frame& last = *scheduled->stages.back().frame;
  if (query.value != nullptr) scheduled->value = Use(last, query.value);
  if (query.key != nullptr) scheduled->key = Use(last, query.key);
  if (query.order != nullptr) scheduled->order = Use(last, query.order);
  return scheduled;
}

FrameRegister Scheduler::Use(Frame& frame, const ir::Value* value) {
  if (auto it = frame.computed.find(value); it != frame.computed.end()) return it->second;
  if (IsRemade(value)) return Emit(frame, value);
  return UseFrom(frame, value, Place(frame, value));
}

FrameRegister Scheduler::UseFrom(Frame& frame, const ir::Value* value, const Frame* target) {
  if (auto it = frame.computed.find(value); it != frame.computed.end()) return it->second;
  if (&frame == target) return Emit(frame, value);
  const FrameRegister from = UseFrom(*frame.parent, value, target);
  const FrameRegister to = frame.AddRegister(value->type);
  frame.captures.emplace_back(from, to);
  return frame.computed[value] = to;
}

const Frame* Scheduler::Place(const Frame& frame, const ir::Value* value) const {
  const Frame* best = &frame;
  for (const Frame* at = &frame; at != nullptr; at = at->parent) {
    if (at->computed.contains(value)) return at;
    if (at->loop_depth < best->loop_depth || (at->loop_depth == best->loop_depth && at->strict.contains(value)))
      best = at;
    const bool binds = std::any_of(value->free.begin(), value->free.end(),
                                   [&](const ir::Value* variable) { return at->bound.contains(variable); });
    if (binds) return best;
  }
  BYLAW_CHECK(!value->is_variable, "variable `{}` (of {}) is bound by no frame", value->text, value->type->ToString());
  return best;
}

FrameRegister Scheduler::Emit(Frame& frame, const ir::Value* value) {
  ScheduledInstruction instruction;
  instruction.value = value;
  if (value->Is(Opcode::kLazy)) {
    const ir::Value* body = value->operands[1];
    // Where the body is needed or there anyway, there is nothing to put off.
    const bool is_there = !body->is_variable && Place(frame, body)->computed.contains(body);
    if (is_there || body->cost != ir::Cost::kDear || frame.strict.contains(body))
      return frame.computed[value] = Use(frame, body);
    instruction.operands.push_back(Use(frame, value->operands[0]));
    instruction.lazy = NewFrame(&frame, true);
    MarkStrict(*instruction.lazy, body);
    instruction.lazy_result = Use(*instruction.lazy, body);
  } else if (value->query != nullptr) {
    instruction.query = ScheduleQuery(frame, value);
  } else {
    for (const ir::Value* operand : value->operands) instruction.operands.push_back(Use(frame, operand));
  }
  instruction.dst = frame.AddRegister(value->type);
  const FrameRegister dst = instruction.dst;
  frame.code.push_back(std::move(instruction));
  return frame.computed[value] = dst;
}

void Scheduler::MarkStrict(Frame& frame, const ir::Value* value) {
  if (value == nullptr || value->cost == ir::Cost::kFree || !frame.strict.insert(value).second) return;
  if (value->Is(Opcode::kLazy)) return MarkStrict(frame, value->operands[0]);
  for (const ir::Value* operand : value->operands) MarkStrict(frame, operand);
  if (value->query == nullptr) return;
  for (const ir::Value* key : value->query->open_keys) MarkStrict(frame, key);
  MarkStrict(frame, value->query->pipeline);
  MarkStrict(frame, value->query->value), MarkStrict(frame, value->query->key), MarkStrict(frame, value->query->order);
}

void Scheduler::MarkStrict(Frame& frame, const ir::Pipeline& pipeline) {
  for (const ir::Generator& generator : pipeline) {
    MarkStrict(frame, generator.key);
    for (const ir::Value* key : generator.relation_keys) MarkStrict(frame, key);
    for (const ir::Value* filter : generator.filters) MarkStrict(frame, filter);
  }
}

}  // namespace bylaw::compiler

// Scheduling: from the graph of values, which says nothing about when a value is computed, to frames of straight-line
// code.
//
// A frame is where a block runs: a function's body, a stage of a pipeline, a lazy block. Frames stand in one another;
// stages of one pipeline stand each in the one before. A value is computed once per frame that needs it, in the
// outermost frame where its variables are known as long as that means fewer lanes (out of a stage that generates), but
// not in rows where nobody asked for it (not out of a lazy block or behind a filter), unless the outer frame needs it
// anyway. What a frame takes from the one around it becomes a capture. After: C. Click, "Global Code Motion, Global
// Value Numbering", PLDI 1995.
//
// Registers here are numbered in order of their making; assemble.h gives them their places.
#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/ir/passes.h"

namespace bylaw::compiler {

struct Frame;
using FrameRegister = uint32_t;
inline constexpr FrameRegister kNoFrameRegister = UINT32_MAX;

/// A stage of a pipeline. `key` and `relation_keys` are registers of the frame before.
struct ScheduledStage {
  const ir::Generator* generator = nullptr;  ///< null: a stage that only computes
  std::unique_ptr<Frame> frame;
  FrameRegister key = kNoFrameRegister;
  std::vector<FrameRegister> relation_keys;
  FrameRegister filter = kNoFrameRegister;
};

struct ScheduledQuery {
  const ir::Query* query = nullptr;
  const Type* type = nullptr;
  std::vector<ScheduledStage> stages;
  std::vector<FrameRegister> open_keys;
  FrameRegister value = kNoFrameRegister, key = kNoFrameRegister, order = kNoFrameRegister;
};

struct ScheduledInstruction {
  const ir::Value* value = nullptr;
  FrameRegister dst = kNoFrameRegister;
  std::vector<FrameRegister> operands;  ///< kLazy: the guard alone
  std::unique_ptr<ScheduledQuery> query;
  std::unique_ptr<Frame> lazy;
  FrameRegister lazy_result = kNoFrameRegister;
};

struct Frame {
  Frame* parent = nullptr;
  bool is_conditional =
      false;  ///< lanes of the parent are left out, none are added: lazy blocks and stages that generate nothing
  uint32_t loop_depth = 0;
  std::vector<const Type*> registers;
  std::vector<FrameRegister> generated;                           ///< inputs that whoever enters the frame writes
  std::vector<std::pair<FrameRegister, FrameRegister>> captures;  ///< from the parent's register, to this frame's
  std::vector<ScheduledInstruction> code;
  std::unordered_map<const ir::Value*, FrameRegister> computed;
  std::unordered_set<const ir::Value*> bound;   ///< the variables that its inputs are
  std::unordered_set<const ir::Value*> strict;  ///< values that its lanes need in any case

  FrameRegister AddRegister(const Type* type) {
    registers.push_back(type);
    return static_cast<FrameRegister>(registers.size() - 1);
  }
};

/// A pipeline with the (possibly empty) frame before its first stage, where what depends on no row is computed.
struct ScheduledPipeline {
  std::unique_ptr<Frame> root;
  std::vector<ScheduledStage> stages;
  Frame* last() const { return stages.empty() ? root.get() : stages.back().frame.get(); }
};

class Scheduler {
 public:
  explicit Scheduler(ir::Module& module) : module_(module) {}

  /// A frame whose inputs are `params`, with `body` computed in it.
  std::unique_ptr<Frame> ScheduleFunction(const std::vector<const ir::Value*>& params, const ir::Value* body,
                                          FrameRegister* result);
  /// The stages of a rule or a relation's disjunct. `results` are what is needed behind the last filter: with
  /// `separate`, they get a stage of their own when there is a filter.
  ScheduledPipeline SchedulePipeline(const ir::Pipeline& pipeline, const std::vector<const ir::Value*>& results,
                                     bool separate);
  /// The register of `value` in `frame`, computed there or in a frame around it.
  FrameRegister Use(Frame& frame, const ir::Value* value);

 private:
  void ScheduleStages(const ir::Pipeline& pipeline, Frame& outer, const std::vector<const ir::Value*>& results,
                      bool separate, std::vector<ScheduledStage>& stages);
  std::unique_ptr<ScheduledQuery> ScheduleQuery(Frame& frame, const ir::Value* value);
  FrameRegister Emit(Frame& frame, const ir::Value* value);
  FrameRegister UseFrom(Frame& frame, const ir::Value* value, const Frame* target);
  const Frame* Place(const Frame& frame, const ir::Value* value) const;
  void MarkStrict(Frame& frame, const ir::Value* value);
  void MarkStrict(Frame& frame, const ir::Pipeline& pipeline);
  const ir::Value* FilterOf(const ir::Generator& generator);

  ir::Module& module_;
};

}  // namespace bylaw::compiler

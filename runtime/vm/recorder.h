// Recorder: keeps what a run computed, frame by frame, so that a verdict can be told step by step
// (verdict/derivation.h). Only runs over a single tuple are recorded.
//
// Frames form a tree: each knows the frame and instruction that it was entered from. The lanes of a query's first stage
// map to lanes of the caller, those of a later one to lanes of the stage before it, which is the last frame of that
// stage recorded before it.
//
// Thread safety: none; one worker's.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/types.h"
#include "runtime/bytecode/program.h"
#include "runtime/vm/vector.h"

namespace bylaw {

struct RecordedFrame {
  const Block* block = nullptr;
  uint32_t caller = kNone;       ///< index of the frame in which the instruction stands; kNone: the run itself
  uint32_t instruction = kNone;  ///< in the caller's block
  Frame frame;
};

class Recorder {
 public:
  /// Lanes that are kept in all; frames beyond are left out, and the story then ends there.
  static constexpr size_t kMostLanes = 50'000;

  const std::vector<RecordedFrame>& frames() const { return frames_; }

  // Called by the worker.

  void Enter(const Block& block);
  void At(uint32_t instruction) { open_.back().instruction = instruction; }
  void Leave(const Frame& frame);

 private:
  struct Open {
    uint32_t id;
    uint32_t instruction = kNone;
  };

  std::vector<RecordedFrame> frames_;
  std::vector<Open> open_;
  size_t num_lanes_ = 0;
};

}  // namespace bylaw

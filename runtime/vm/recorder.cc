#include "runtime/vm/recorder.h"

namespace bylaw {

void Recorder::Enter(const Block& block) {
  const uint32_t id = static_cast<uint32_t>(frames_.size());
  RecordedFrame& frame = frames_.emplace_back();
  frame.block = &block;
  if (!open_.empty()) frame.caller = open_.back().id, frame.instruction = open_.back().instruction;
  open_.push_back({id});
}

void Recorder::Leave(const Frame& frame) {
  const uint32_t id = open_.back().id;
  open_.pop_back();
  num_lanes_ += frame.num_lanes;
  if (num_lanes_ <= kMostLanes) frames_[id].frame = frame;
}

}  // namespace bylaw

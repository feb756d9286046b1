// Assembly: frames become blocks. Registers get their places (a block's inputs first, then results in order of
// computation; each is written once, as the verifier wants, so none is used twice), values become instructions, and
// nested queries and lazy blocks enter the program before what they stand in.
#pragma once

#include <unordered_map>
#include <vector>

#include "compiler/codegen/schedule.h"
#include "compiler/codegen/tables.h"

namespace bylaw::compiler {

/// Where the registers of a frame went.
using Places = std::vector<Register>;

class Assembler {
 public:
  Assembler(Program& program, ProgramTables& tables) : program_(program), tables_(tables) {}

  Block AssembleBlock(const Frame& frame, Places* places);
  /// The stages with their captures; `places` are those of the frame before the first, and then of the last stage's.
  std::vector<Stage> AssembleStages(const std::vector<ScheduledStage>& scheduled, Places* places);
  std::vector<Stage> AssemblePipeline(const ScheduledPipeline& pipeline, Places* places);

  /// A frame that needs more registers than an instruction can name was met; the program cannot be used.
  bool too_large() const { return too_large_; }

 private:
  Instruction AssembleInstruction(const ScheduledInstruction& scheduled, const Places& places);
  uint32_t AssembleQuery(const ScheduledQuery& scheduled, const Places& outer);
  uint32_t AssembleLazy(const ScheduledInstruction& scheduled, const Places& outer);

  Program& program_;
  ProgramTables& tables_;
  bool too_large_ = false;
};

}  // namespace bylaw::compiler

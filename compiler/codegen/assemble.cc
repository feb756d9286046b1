#include "compiler/codegen/assemble.h"

#include "runtime/base/check.h"

namespace bylaw::compiler {
namespace {

Register At(const Places& places, FrameRegister r) { return r == kNoFrameRegister ? kNoRegister : places.at(r); }

std::vector<Register> AllAt(const Places& places, const std::vector<FrameRegister>& registers) {
  std::vector<Register> result;
  result.reserve(registers.size());
  for (FrameRegister r : registers) result.push_back(At(places, r));
  return result;
}

std::vector<Capture> CapturesOf(const Frame& frame, const Places& outer, const Places& inner) {
  std::vector<Capture> captures;
  captures.reserve(frame.captures.size());
  for (const auto& [from, to] : frame.captures) captures.push_back({.from = outer.at(from), .to = inner.at(to)});
  return captures;
}

}  // namespace

Block Assembler::AssembleBlock(const Frame& frame, Places* places) {
  Block block;
  places->assign(frame.registers.size(), kNoRegister);
  auto place = [&](FrameRegister r) {
    if (block.registers.size() >= kNoRegister) {
      too_large_ = true;
      return;
    }
    (*places)[r] = static_cast<Register>(block.registers.size());
    block.registers.push_back(tables_.TypeOf(frame.registers[r]));
  };
  for (FrameRegister r : frame.generated) place(r);
  for (const auto& [from, to] : frame.captures) place(to);
  block.num_inputs = static_cast<uint16_t>(block.registers.size());
  for (const ScheduledInstruction& instruction : frame.code) place(instruction.dst);
  block.code.reserve(frame.code.size());
  for (const ScheduledInstruction& instruction : frame.code)
    block.code.push_back(AssembleInstruction(instruction, *places));
  return block;
}

Instruction Assembler::AssembleInstruction(const ScheduledInstruction& scheduled, const Places& places) {
  const ir::Value& value = *scheduled.value;
  Instruction instruction;
  instruction.op = value.op;
  instruction.dst = At(places, scheduled.dst);
  instruction.span = tables_.SpanOf(value.span);
  std::vector<Register> operands = AllAt(places, scheduled.operands);
  switch (value.op) {
    case Opcode::kConst: instruction.imm = tables_.Constant(value.constant); return instruction;
    case Opcode::kParam: instruction.imm = value.param->index; return instruction;
    case Opcode::kBuiltin: instruction.imm = tables_.Call(value.index, std::move(operands)); return instruction;
    case Opcode::kCall: instruction.imm = tables_.Call(value.function->index, std::move(operands)); return instruction;
    case Opcode::kMember:
      instruction.imm = tables_.Call(value.relation->index, std::move(operands));
      return instruction;
    case Opcode::kConcat:
    case Opcode::kMakeList:
    case Opcode::kMakeSet:
    case Opcode::kMakeMap: instruction.imm = tables_.RegisterList(std::move(operands)); return instruction;
    case Opcode::kQuery: instruction.imm = AssembleQuery(*scheduled.query, places); return instruction;
    case Opcode::kLazy: instruction.imm = AssembleLazy(scheduled, places); break;
    case Opcode::kSelect: instruction.imm = tables_.RegisterList({operands.at(2)}); break;
    case Opcode::kLoad: instruction.imm = tables_.Column(value.field); break;
    case Opcode::kLoadAttribute:
    case Opcode::kObserve: instruction.imm = value.index; break;
    case Opcode::kIsTable: instruction.imm = tables_.Table(value.model); break;
    case Opcode::kJsonTo: instruction.imm = tables_.TypeOf(value.type); break;
    case Opcode::kJsonGet: instruction.imm = tables_.StringConstant(value.text); break;
    default: break;
  }
  if (!operands.empty()) instruction.a = operands[0];
  if (operands.size() > 1) instruction.b = operands[1];
  return instruction;
}

std::vector<Stage> Assembler::AssembleStages(const std::vector<ScheduledStage>& scheduled, Places* places) {
  std::vector<Stage> stages;
  for (const ScheduledStage& from : scheduled) {
    const Places outer = std::move(*places);
    Stage stage;
    stage.kind = GeneratorKind::kUnit;
    if (const ir::Generator* generator = from.generator; generator != nullptr) {
      stage.kind = generator->kind;
      if (generator->model != nullptr) stage.table = tables_.Table(generator->model);
      if (generator->relation != nullptr) stage.table = generator->relation->index;
      if (generator->column != nullptr) stage.column = tables_.Column(generator->column);
      stage.key = At(outer, from.key);
      stage.relation_keys = AllAt(outer, from.relation_keys);
      for (const Model* model : generator->models)
        stage.tables.push_back(model == nullptr ? kNone : tables_.Table(model));
      stage.opens = generator->opens;
      stage.covers = generator->covers;
      stage.binding = tables_.Binding(*generator);
    }
    stage.block = AssembleBlock(*from.frame, places);
    stage.captures = CapturesOf(*from.frame, outer, *places);
    stage.filter = At(*places, from.filter);
    stages.push_back(std::move(stage));
  }
  return stages;
}

std::vector<Stage> Assembler::AssemblePipeline(const ScheduledPipeline& pipeline, Places* places) {
  std::vector<Stage> stages;
  if (!pipeline.root->code.empty() || pipeline.stages.empty()) {
    stages.emplace_back();
    stages.back().kind = GeneratorKind::kUnit;
    stages.back().block = AssembleBlock(*pipeline.root, places);
  }
  std::vector<Stage> rest = AssembleStages(pipeline.stages, places);
  for (Stage& stage : rest) stages.push_back(std::move(stage));
  return stages;
}

uint32_t Assembler::AssembleQuery(const ScheduledQuery& scheduled, const Places& outer) {
  Query query;
  query.kind = scheduled.query->kind;
  Places places = outer;
  query.stages = AssembleStages(scheduled.stages, &places);
  query.open_keys = AllAt(outer, scheduled.open_keys);
  query.value = At(places, scheduled.value);
  query.key = At(places, scheduled.key);
  query.order = At(places, scheduled.order);
  query.type = tables_.TypeOf(scheduled.type);
  program_.queries.push_back(std::move(query));
  return static_cast<uint32_t>(program_.queries.size() - 1);
}

uint32_t Assembler::AssembleLazy(const ScheduledInstruction& scheduled, const Places& outer) {
  LazyBlock lazy;
  Places places;
  lazy.block = AssembleBlock(*scheduled.lazy, &places);
  lazy.captures = CapturesOf(*scheduled.lazy, outer, places);
  lazy.result = At(places, scheduled.lazy_result);
  program_.lazy_blocks.push_back(std::move(lazy));
  return static_cast<uint32_t>(program_.lazy_blocks.size() - 1);
}

}  // namespace bylaw::compiler

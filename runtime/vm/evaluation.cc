#include "runtime/vm/evaluation.h"

#include "runtime/vm/constants.h"
#include "runtime/vm/format.h"
#include "runtime/vm/worker.h"

namespace bylaw {

Evaluation::Evaluation(const Program& program, const Snapshot& snapshot, EvaluationOptions options)
    : state_(std::make_unique<EvaluationState>(program, &snapshot, EvaluationPools{}, options)) {}

Evaluation::Evaluation(const Program& program, EvaluationPools pools, EvaluationOptions options)
    : state_(std::make_unique<EvaluationState>(program, nullptr, std::move(pools), options)) {}

Evaluation::~Evaluation() = default;

void Evaluation::SetParam(uint32_t index, Cell cell, State state) {
  BYLAW_CHECK(index < state_->given_params.size(), "parameter {} of {}", index, state_->given_params.size());
  state_->given_params[index] = Value{cell, state};
}

Status Evaluation::SetParamFromText(uint32_t index, std::string_view text) {
  BYLAW_CHECK(index < state_->given_params.size(), "parameter {} of {}", index, state_->given_params.size());
  const Param& param = state_->program.params[index];
  Result<Value> value = ReadValue(*state_, param.type, text);
  if (!value.ok()) {
    Error error = value.error();
    error.message = fmt::format("parameter `{}`: {}", param.name, error.message);
    return error;
  }
  state_->given_params[index] = *value;
  return Ok{};
}

Result<FunctionResult> Evaluation::EvaluateFunction(uint32_t index, std::span<const Vector> arguments,
                                                    uint32_t num_lanes, bool explain) {
  BYLAW_CHECK(index < state_->program.functions.size(), "function {} of {}", index, state_->program.functions.size());
  const Function& function = state_->program.functions[index];
  BYLAW_CHECK(arguments.size() == function.block.num_inputs, "{} takes {} arguments, not {}", function.name,
              function.block.num_inputs, arguments.size());
  RunControl control(state_->options);
  FunctionResult result;
  result.type = function.block.registers[function.result];

  uint32_t batch = std::max<uint32_t>(1, state_->options.batch_size);
  result.values = Vector(num_lanes);
  Evidence evidence;
  Worker worker(*state_, control, explain ? &evidence : nullptr);
  for (uint32_t begin = 0; begin < num_lanes && !control.stopped(); begin += batch) {
    uint32_t n = std::min(batch, num_lanes - begin);
    Frame frame = worker.NewFrame(function.block, n);
    for (size_t i = 0; i < arguments.size(); ++i) {
      BYLAW_CHECK(arguments[i].size() == num_lanes, "argument {} has {} lanes, not {}", i, arguments[i].size(),
                  num_lanes);
      Vector part(n);
      for (uint32_t lane = 0; lane < n; ++lane) part.CopyLane(lane, arguments[i], begin + lane);
      part.evidence.clear();
      frame.registers[i] = std::move(part);
    }
    worker.Run(function.block, frame);
    const Vector& values = frame.registers[function.result];
    for (uint32_t lane = 0; lane < n; ++lane) {
      result.values.CopyLane(begin + lane, values, lane);
      if (explain) result.explanations.push_back(evidence.Explain(values.trace(lane)));
    }
  }
  if (std::optional<Error> error = control.error()) return *error;
  result.values.evidence.clear();
  return result;
}

std::string Evaluation::ToText(TypeId type, Cell cell, State state) const {
  return FormatValue(*state_, type, {cell, state});
}

const Program& Evaluation::program() const { return state_->program; }
const Snapshot* Evaluation::snapshot() const { return state_->snapshot; }
const EvaluationOptions& Evaluation::options() const { return state_->options; }
StringPool& Evaluation::strings() { return *state_->pools.strings; }
NetPool& Evaluation::nets() { return *state_->pools.nets; }
std::shared_ptr<const void> Evaluation::objects() const { return state_->heap; }

}  // namespace bylaw

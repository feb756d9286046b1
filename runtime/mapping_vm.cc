#include "runtime/mapping_vm.h"

#include <algorithm>

#include "runtime/vm/evaluation.h"

namespace bylaw {
namespace {

bool HasUnknown(const Vector& values) {
  return std::any_of(values.states.begin(), values.states.end(), [](State state) { return IsUnknown(state); });
}

/// Why a row's result is unknown that rests on an argument which is unknown itself.
Cause CauseOfArgument(std::span<const MappingColumn> arguments, Row row) {
  for (const MappingColumn& argument : arguments) {
    if (const auto cause = argument.causes.find(row); cause != argument.causes.end()) return cause->second;
  }
  return {.kind = CauseKind::kUnresolved, .detail = ""};
}

}  // namespace

void MappingVm::Evaluate(uint32_t function, uint32_t num_rows, std::span<const MappingColumn> arguments,
                         const MappingContext& context, MappingColumn* result) {
  std::chrono::milliseconds time_left{0};
  if (options_.time_budget.count() > 0) {
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_);
    time_left = std::max(options_.time_budget - passed, std::chrono::milliseconds(1));
  }
  Evaluation evaluation(
      program_,
      EvaluationPools{.strings = &context.strings,
                      .nets = &context.nets,
                      .cause = [&](CauseId id) -> const Cause& { return context.partial.cause(id); }},
      {.time_budget = time_left, .cancelled = options_.cancelled, .observations = options_.observations});
  std::vector<Vector> inputs;
  for (const MappingColumn& argument : arguments) {
    Vector& input = inputs.emplace_back();
    input.cells = argument.cells;
    if (std::any_of(argument.states.begin(), argument.states.end(), [](State state) { return state != State::kKnown; }))
      input.states = argument.states;
  }
  auto evaluated = evaluation.EvaluateFunction(function, inputs, num_rows);
  if (evaluated.ok() && HasUnknown(evaluated->values))
    evaluated = evaluation.EvaluateFunction(function, inputs, num_rows, /*explain=*/true);
  if (!evaluated.ok()) {  // a limit: nothing is known of these rows
    result->cells.assign(num_rows, 0);
    result->states.assign(num_rows, State::kUnknown);
    for (Row row = 0; row < num_rows; ++row)
      result->causes[row] = {.kind = CauseKind::kFunction, .detail = evaluated.error().message};
    return;
  }
  const Vector& values = evaluated->values;
  result->cells = values.cells;
  result->states.resize(num_rows);
  for (Row row = 0; row < num_rows; ++row) {
    // A range is a comfort of counting within a policy; a column has no place for one.
    result->states[row] = values.state(row) == State::kRanged ? State::kUnknown : values.state(row);
    if (!IsUnknown(result->states[row])) continue;
    const std::vector<CauseRef>& causes = evaluated->explanations[row].causes;
    result->causes[row] = causes.empty() ? CauseOfArgument(arguments, row) : causes.front().cause;
  }
  context.keep(evaluation.objects());
}

}  // namespace bylaw

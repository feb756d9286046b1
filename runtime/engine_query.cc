// Evaluate: one function of a program as a value with its parts, for `bylaw query` and for tests in the language.
#include "runtime/engine.h"
#include "runtime/engine_evaluation.h"
#include "runtime/vm/evaluation.h"

namespace bylaw {
namespace {

QueryValue MakeValue(const Evaluation& evaluation, TypeId type, Cell cell, State state) {
  const Program& program = evaluation.program();
  const TypeEntry& entry = program.types[type];
  QueryValue value{.text = evaluation.snapshot()->sensitive()->Hide(evaluation.ToText(type, cell, state)),
                   .kind = entry.kind,
                   .state = state,
                   .elements = {},
                   .causes = {}};
  if (state != State::kKnown) return value;
  if (entry.kind == TypeKind::kList || entry.kind == TypeKind::kSet) {
    const auto* list = CellToObject<ListObject>(cell);
    for (uint32_t i = 0; i < list->size; ++i)
      value.elements.push_back(MakeValue(evaluation, entry.element, list->cells[i], list->state(i)));
  } else if (entry.kind == TypeKind::kMap) {
    const auto* map = CellToObject<MapObject>(cell);
    for (uint32_t i = 0; i < map->size; ++i) {
      value.elements.push_back(MakeValue(evaluation, entry.key, map->keys[i], State::kKnown));
      value.elements.push_back(MakeValue(evaluation, entry.element, map->cells[i], map->state(i)));
    }
  }
  return value;
}

}  // namespace

Result<QueryValue> Evaluate(const LoadedSnapshot& loaded, uint32_t function, std::span<const Cell> arguments,
                            const CheckOptions& options) {
  const Program& program = loaded.policies.program();
  if (function >= program.functions.size())
    return Error{.message = fmt::format("the program has no function {}", function), .file = {}};
  const Block& block = program.functions[function].block;
  if (block.num_inputs != arguments.size()) {
    return Error{
        .message = fmt::format("function {} takes {} arguments, not {}", function, block.num_inputs, arguments.size()),
        .file = {}};
  }
  Evaluation evaluation(program, *loaded.snapshot, MakeEvaluationOptions(options));
  BYLAW_RETURN_IF_ERROR(SetParams(options.params, evaluation));
  std::vector<Vector> inputs;
  for (Cell argument : arguments) inputs.emplace_back(1u, argument, State::kKnown);
  BYLAW_ASSIGN(FunctionResult result, evaluation.EvaluateFunction(function, inputs, 1, /*explain=*/true));
  QueryValue value = MakeValue(evaluation, result.type, result.values.cells[0], result.values.state(0));
  if (IsUnknown(value.state)) {
    for (const CauseRef& cause : result.explanations[0].causes) {
      ReportedCause reported{.reason = cause.cause.detail, .location = {}};
      if (cause.table != kNone && cause.row != kNone) {
        const Place place{cause.table, cause.row, cause.column};
        reported.location = loaded.snapshot->LocateAll(std::span(&place, 1))[0];
      }
      value.causes.push_back(std::move(reported));
    }
  }
  return value;
}

}  // namespace bylaw

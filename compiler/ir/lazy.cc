// Laziness: what is dear is computed only in the rows where it can matter. `and`, `or`, `??` and `if` get their dear
// operands behind a guard, and conjuncts go from cheap to dear. Kleene's connectives are commutative, so no verdict
// changes.
#include <algorithm>

#include "compiler/ir/passes.h"

namespace bylaw::compiler::ir {
namespace {

class LazyMaker {
 public:
  explicit LazyMaker(Module& module) : module_(module), bool_type_(module.typed->types.Get(TypeKind::kBool)) {}

  const Value* operator()(const Value* value) {
    switch (value->op) {
      case Opcode::kAnd: return Chain(Opcode::kAnd, Flatten(Opcode::kAnd, value), value->span);
      case Opcode::kOr: return Chain(Opcode::kOr, Flatten(Opcode::kOr, value), value->span);
      case Opcode::kCoalesce: {
        const Value* right = value->operands[1];
        if (right->cost != Cost::kDear) return value;
        const Value* present = module_.graph.Make(Opcode::kIsPresent, bool_type_, {value->operands[0]}, value->span);
        return module_.graph.WithOperands(value, {value->operands[0], Lazy(MakeNot(module_, present), right)});
      }
      case Opcode::kSelect: {
        const Value* condition = value->operands[0];
        const Value* then = value->operands[1];
        const Value* otherwise = value->operands[2];
        if (then->cost == Cost::kDear) then = Lazy(condition, then);
        if (otherwise->cost == Cost::kDear) otherwise = Lazy(MakeNot(module_, condition), otherwise);
        return module_.graph.WithOperands(value, {condition, then, otherwise});
      }
      default: return value;
    }
  }

  /// Combines operands, cheap ones first, each dear one but the first behind what is decided before it.
  const Value* Chain(Opcode op, std::vector<const Value*> operands, Span span) {
    // A nested chain has guarded its operands already; what guards them is in this chain too.
    for (const Value*& operand : operands) {
      if (operand->Is(Opcode::kLazy)) operand = operand->operands[1];
    }
    std::stable_sort(operands.begin(), operands.end(),
                     [](const Value* a, const Value* b) { return Weight(a) < Weight(b); });
    const Value* result = operands[0];
    for (size_t i = 1; i < operands.size(); ++i) {
      const Value* next = operands[i];
      if (next == result) continue;
      if (next->cost == Cost::kDear) next = Lazy(op == Opcode::kAnd ? result : MakeNot(module_, result), next);
      result = module_.graph.Make(op, bool_type_, {result, next}, span);
    }
    return result;
  }

 private:
  static int Weight(const Value* value) {
    if (value->cost != Cost::kDear) return value->cost == Cost::kFree ? 0 : 1;
    return value->Is(Opcode::kMember) ? 2 : 3;
  }

  const Value* Lazy(const Value* guard, const Value* value) {
    return module_.graph.Make(Opcode::kLazy, value->type, {guard, value}, value->span);
  }

  Module& module_;
  const Type* bool_type_;
};

}  // namespace

Rewriter LazyRewriter(Module& module) {
  LazyMaker maker(module);
  return Rewriter(
      module, [maker](const Value* value) mutable { return maker(value); },
      [maker](Pipeline& pipeline, PipelineKind, const Query*) mutable {
        for (Generator& generator : pipeline) {
          if (generator.filters.size() > 1)
            generator.filters = {maker.Chain(Opcode::kAnd, generator.filters, generator.filters[0]->span)};
        }
      });
}

}  // namespace bylaw::compiler::ir

// Join order: a query that only asks whether, how many or which set visits its generators in the order in which each
// narrows the next. Lists, rules and everything that shows an order keep theirs, and so do queries in which one
// generator depends on another.
#include <algorithm>

#include "compiler/ir/passes.h"

namespace bylaw::compiler::ir {
namespace {

bool OrderIsFree(const Query& query) {
  switch (query.kind) {
    case QueryKind::kExists:
    case QueryKind::kCount:
    case QueryKind::kSet:
    case QueryKind::kUnion: return true;
    default: return false;
  }
}

/// How far `generator` narrows when the variables of the generators in `left` (and its own) are not bound yet: by key,
/// by reference, by value, by a filter of its own, not at all.
int Rank(const Generator& generator, const std::vector<const Value*>& filters,
         const std::vector<const Value*>& unbound) {
  const Value* self = generator.variables[0];
  auto bound = [&](const Value* value, bool but_self) {
    return std::none_of(unbound.begin(), unbound.end(), [&](const Value* variable) {
      return (variable != self || !but_self) && DependsOn(value, variable);
    });
  };
  const bool is_scan = generator.kind == GeneratorKind::kScan || generator.kind == GeneratorKind::kScanAny;
  int rank = is_scan ? 0 : 6;
  for (const Value* filter : filters) {
    if (!DependsOn(filter, self) || !bound(filter, true)) continue;
    rank = std::max(rank, 1);
    if (!filter->Is(Opcode::kEqCell)) continue;
    for (size_t side = 0; side < 2; ++side) {
      const Value* column = filter->operands[side];
      const Value* key = filter->operands[1 - side];
      if (!column->Is(Opcode::kLoad) || column->operands[0] != self || !bound(key, false)) continue;
      const bool constant = key->free.empty();
      const int by = column->field->model->key() == column->field  ? 5
                     : column->field->type->kind == TypeKind::kRef ? 4
                     : constant                                    ? 2
                                                                   : 3;
      rank = std::max(rank, by);
    }
  }
  return rank;
}

}  // namespace

Rewriter JoinOrderer(Module& module) {
  return Rewriter(
      module, [](const Value* value) { return value; },
      [](Pipeline& pipeline, PipelineKind, const Query* query) {
        if (query == nullptr || pipeline.size() < 2 || !OrderIsFree(*query) || HasDependentGenerator(pipeline)) return;
        std::vector<const Value*> filters, unbound;
        Pipeline left = std::move(pipeline), ordered;
        for (Generator& generator : left) {
          if (generator.variables.size() != 1) {
            pipeline = std::move(left);
            return;
          }
          unbound.push_back(generator.variables[0]);
          filters.insert(filters.end(), generator.filters.begin(), generator.filters.end());
        }
        while (!left.empty()) {
          size_t best = 0;
          int best_rank = -1;
          for (size_t i = 0; i < left.size(); ++i) {
            if (const int rank = Rank(left[i], filters, unbound); rank > best_rank) best = i, best_rank = rank;
          }
          std::erase(unbound, left[best].variables[0]);
          ordered.push_back(std::move(left[best]));
          ordered.back().filters.clear();
          left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
        }
        ordered.back().filters = std::move(filters);
        PlaceFilters(ordered);
        pipeline = std::move(ordered);
      });
}

}  // namespace bylaw::compiler::ir

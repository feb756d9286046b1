// Predicate pushdown: every conjunct is tested at the earliest generator at which its variables are bound. What an
// `exists` asks of nothing that it binds is asked beside it: exists x where c and P(x) is c and exists x where P(x), in
// Kleene's logic too.
#include <algorithm>

#include "compiler/ir/passes.h"

namespace bylaw::compiler::ir {

bool HasDependentGenerator(const Pipeline& pipeline) {
  for (size_t i = 1; i < pipeline.size(); ++i) {
    if (pipeline[i].key == nullptr) continue;
    for (size_t j = 0; j < i; ++j) {
      for (const Value* variable : pipeline[j].variables) {
        if (DependsOn(pipeline[i].key, variable)) return true;
      }
    }
  }
  return false;
}

void PlaceFilters(Pipeline& pipeline) {
  std::vector<std::vector<const Value*>> placed(pipeline.size());
  for (size_t i = 0; i < pipeline.size(); ++i) {
    for (const Value* filter : pipeline[i].filters) {
      size_t place = i;
      auto bound_here = [&] {
        const auto& variables = pipeline[place].variables;
        return std::any_of(variables.begin(), variables.end(),
                           [&](const Value* variable) { return DependsOn(filter, variable); });
      };
      while (place > 0 && !bound_here()) --place;
      auto& filters = placed[place];
      if (std::find(filters.begin(), filters.end(), filter) == filters.end()) filters.push_back(filter);
    }
  }
  for (size_t i = 0; i < pipeline.size(); ++i) pipeline[i].filters = std::move(placed[i]);
}

namespace {

bool IsIndependent(const Value* filter, const Pipeline& pipeline) {
  return std::none_of(pipeline.begin(), pipeline.end(), [&](const Generator& generator) {
    return std::any_of(generator.variables.begin(), generator.variables.end(),
                       [&](const Value* variable) { return DependsOn(filter, variable); });
  });
}

const Value* PullOut(Module& module, const Value* value) {
  if (!value->Is(Opcode::kQuery) || value->query->kind != QueryKind::kExists) return value;
  std::vector<const Value*> outside;
  Query query = *value->query;
  for (Generator& generator : query.pipeline) {
    std::erase_if(generator.filters, [&](const Value* filter) {
      if (!IsIndependent(filter, query.pipeline)) return false;
      outside.push_back(filter);
      return true;
    });
  }
  if (outside.empty()) return value;
  outside.push_back(module.graph.MakeQuery(std::move(query), value->type, value->span));
  return MakeAnd(module, outside, value->span);
}

}  // namespace

Rewriter FilterPusher(Module& module) {
  return Rewriter(
      module, [&module](const Value* value) { return PullOut(module, value); },
      [&module](Pipeline& pipeline, PipelineKind, const Query*) {
        for (Generator& generator : pipeline) {
          std::vector<const Value*> conjuncts;
          for (const Value* filter : generator.filters) {
            for (const Value* conjunct : Flatten(Opcode::kAnd, filter)) conjuncts.push_back(conjunct);
          }
          generator.filters = std::move(conjuncts);
        }
        PlaceFilters(pipeline);
        for (Generator& generator : pipeline) {
          std::erase_if(generator.filters,
                        [&](const Value* filter) { return IsBoolConstant(module.graph, filter, true); });
        }
      });
}

}  // namespace bylaw::compiler::ir

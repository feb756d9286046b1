#include "compiler/ir/passes.h"

namespace bylaw::compiler::ir {

void Rewriter::RewritePipeline(Pipeline& pipeline, PipelineKind kind, const Query* query) {
  for (Generator& generator : pipeline) {
    Rewrite(generator.key);
    RewriteAll(generator.relation_keys);
    RewriteAll(generator.filters);
  }
  if (pipeline_ != nullptr) pipeline_(pipeline, kind, query);
}

const Value* Rewriter::Apply(const Value* value) {
  auto it = done_.find(value);
  if (it != done_.end()) return it->second;
  if (before != nullptr) {
    if (const Value* instead = before(value)) return done_[value] = instead;
  }
  const Value* result = ApplyToParts(value);
  if (!result->is_variable && value_ != nullptr) result = value_(result);
  return done_[value] = result;
}

const Value* Rewriter::ApplyToParts(const Value* value) {
  const Value* result = value;
  if (value->query != nullptr) {
    Query query = *value->query;
    RewritePipeline(query.pipeline, PipelineKind::kQuery, value->query.get());
    RewriteAll(query.open_keys);
    Rewrite(query.value), Rewrite(query.key), Rewrite(query.order);
    result = module_.graph.MakeQuery(std::move(query), value->type, value->span);
  } else if (!value->operands.empty()) {
    std::vector<const Value*> operands;
    operands.reserve(value->operands.size());
    for (const Value* operand : value->operands) operands.push_back(Apply(operand));
    result = module_.graph.WithOperands(value, std::move(operands));
  }
  return result;
}

void Rewriter::RewriteModule() {
  for (Function& function : module_.functions) Rewrite(function.body);
  for (Relation& relation : module_.relations) {
    Rewrite(relation.body);
    for (Relation::Disjunct& disjunct : relation.disjuncts) {
      RewritePipeline(disjunct.pipeline, PipelineKind::kRelation, nullptr);
      RewriteAll(disjunct.tuple);
    }
  }
  for (Rule& rule : module_.rules) {
    RewritePipeline(rule.pipeline, PipelineKind::kRule, nullptr);
    RewriteAll(rule.clauses);
  }
}

const Value* Substitute(Module& module, const Value* value, const Value* from, const Value* to) {
  if (!DependsOn(value, from)) return value;
  if (value == from) return to;
  std::unordered_map<const Value*, const Value*> done;
  auto apply = [&](auto&& self, const Value* node) -> const Value* {
    if (node == nullptr || !DependsOn(node, from)) return node;
    if (node == from) return to;
    auto it = done.find(node);
    if (it != done.end()) return it->second;
    const Value* result = nullptr;
    if (node->query != nullptr) {
      Query query = *node->query;
      bool shadowed = false;  // behind a binder of the same variable it means that one
      auto replace = [&](const Value*& part) {
        if (!shadowed) part = self(self, part);
      };
      for (const Value*& key : query.open_keys) replace(key);
      for (Generator& generator : query.pipeline) {
        replace(generator.key);
        for (const Value*& key : generator.relation_keys) replace(key);
        for (const Value* variable : generator.variables) shadowed = shadowed || variable == from;
        for (const Value*& filter : generator.filters) replace(filter);
      }
      replace(query.value), replace(query.key), replace(query.order);
      result = module.graph.MakeQuery(std::move(query), node->type, node->span);
    } else {
      std::vector<const Value*> operands;
      for (const Value* operand : node->operands) operands.push_back(self(self, operand));
      result = module.graph.WithOperands(node, std::move(operands));
    }
    return done[node] = result;
  };
  return apply(apply, value);
}

const Value* MakeAnd(Module& module, const std::vector<const Value*>& conjuncts, Span span) {
  const Type* type = module.typed->types.Get(TypeKind::kBool);
  if (conjuncts.empty()) return module.graph.MakeBool(true, type, span);
  const Value* result = conjuncts[0];
  for (size_t i = 1; i < conjuncts.size(); ++i)
    result = module.graph.Make(Opcode::kAnd, type, {result, conjuncts[i]}, span);
  return result;
}

const Value* MakeNot(Module& module, const Value* value) {
  if (value->Is(Opcode::kNot)) return value->operands[0];
  return module.graph.Make(Opcode::kNot, value->type, {value}, value->span);
}

}  // namespace bylaw::compiler::ir

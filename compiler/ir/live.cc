// What is live: everything that is reached from what a user asks for. The rest is never visited again, which is all
// there is to dead code.
#include <unordered_set>

#include "compiler/ir/passes.h"

namespace bylaw::compiler::ir {
namespace {

class Walk {
 public:
  explicit Walk(const LiveVisitor& visitor) : visitor_(visitor) {}

  void Run(const Module& module) {
    for (const Rule& rule : module.rules) {
      Visit(rule.pipeline);
      for (const Value* clause : rule.clauses) Root(clause);
      Visit(rule.message.function), Visit(rule.fix.function);
      for (const Text& text : rule.clause_messages) Visit(text.function);
      for (const Text& text : rule.clause_fixes) Visit(text.function);
      for (const Text& control : rule.computed_controls) Visit(control.function);
    }
    for (const Waiver& waiver : module.waivers) Visit(waiver.function);
    Visit(module.query);
    for (const Module::TestCondition& condition : module.test_conditions) Visit(condition.function);
    for (const DemandedTable& table : module.tables) {
      for (const DemandedMapping& mapping : table.mappings) {
        Visit(mapping.where);
        for (const DemandedMapping::FieldSource& field : mapping.fields) Visit(field.function);
      }
    }
  }

 private:
  void Root(const Value* value) {
    if (value == nullptr) return;
    if (visitor_.root != nullptr) visitor_.root(value);
    Visit(value);
  }

  void Visit(const Pipeline& pipeline) {
    for (const Generator& generator : pipeline) {
      if (visitor_.generator != nullptr) visitor_.generator(generator);
      Root(generator.key);
      for (const Value* key : generator.relation_keys) Root(key);
      for (const Value* filter : generator.filters) Root(filter);
      for (const Value* variable : generator.variables) Visit(variable);
      if (generator.relation != nullptr) Visit(generator.relation);
    }
  }

  void Visit(const Value* value) {
    if (!values_.insert(value).second) return;
    for (const Value* operand : value->operands) Visit(operand);
    if (value->query != nullptr) {
      const Query& query = *value->query;
      Visit(query.pipeline);
      for (const Value* key : query.open_keys) Root(key);
      Root(query.value), Root(query.key), Root(query.order);
    }
    Visit(value->function);
    if (value->relation != nullptr) Visit(value->relation);
    if (visitor_.value != nullptr) visitor_.value(value);
  }

  void Visit(Function* function) {
    if (function == nullptr || !functions_.insert(function).second) return;
    for (const Value* param : function->params) Visit(param);
    Root(function->body);
    if (visitor_.function != nullptr) visitor_.function(function);
  }

  void Visit(const Relation* relation) {
    if (!relations_.insert(relation).second) return;
    if (visitor_.relation != nullptr) visitor_.relation(relation);
    for (const Value* param : relation->params) Visit(param);
    for (const Relation::Disjunct& disjunct : relation->disjuncts) {
      Visit(disjunct.pipeline);
      for (const Value* position : disjunct.tuple) Root(position);
    }
  }

  const LiveVisitor& visitor_;
  std::unordered_set<const Value*> values_;
  std::unordered_set<const Function*> functions_;
  std::unordered_set<const Relation*> relations_;
};

}  // namespace

void VisitLive(const Module& module, const LiveVisitor& visitor) { Walk(visitor).Run(module); }

}  // namespace bylaw::compiler::ir

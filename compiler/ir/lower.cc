#include "compiler/ir/lower.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/ir/passes.h"
#include "runtime/base/check.h"
#include "runtime/builtins/functions.h"

namespace bylaw::compiler::ir {

Lowering::Lowering(TypedProgram& typed, Module& module, const LowerOptions& options)
    : typed_(typed), module_(module), graph_(module.graph), options_(options) {
  module_.typed = &typed;
}

void Lowering::Run() {
  GatherFacts();
  for (size_t i = 0; i < typed_.rules.size(); ++i) {
    if (IsJudged(i)) LowerRule(typed_.rules[i]);
  }
  for (const TypedWaiver& waiver : typed_.waivers) LowerWaiver(waiver);
  if (typed_.query_expression != nullptr) {
    Scope scope;
    const Value* body = LowerExpr(*typed_.query_expression, scope);
    module_.functions.push_back({.name = "query", .params = {}, .body = body, .memoize = false});
    module_.query = &module_.functions.back();
  }
  if (options_.tests) LowerTests();
  LowerRelations();
}

// ---- units

void Lowering::LowerRule(const TypedRule& source) {
  Rule rule;
  rule.source = &source;
  Scope scope;
  std::vector<const Value*> filters;
  for (const QueryGenerator& generator : source.generators) {
    rule.pipeline.push_back(LowerGenerator(generator, scope, ""));
    rule.pipeline.back().name = generator.variable->name;
    rule.variables.push_back(rule.pipeline.back().variables[0]);
  }
  for (const auto& [variable, value] : source.lets) scope.env[variable] = LowerExpr(*value, scope);
  for (const ExprPtr& where : source.where) {
    for (const Value* conjunct : Flatten(Opcode::kAnd, LowerExpr(*where, scope))) filters.push_back(conjunct);
  }
  if (rule.pipeline.empty()) {
    Generator unit;
    unit.kind = GeneratorKind::kUnit;
    unit.span = source.span;
    rule.pipeline.push_back(std::move(unit));
  }
  auto& last = rule.pipeline.back().filters;
  last.insert(last.end(), filters.begin(), filters.end());
  for (const TypedClause& clause : source.clauses) rule.clauses.push_back(LowerExpr(*clause.condition, scope));

  const std::string name = source.package.empty() ? source.name : source.package + "." + source.name;
  rule.message = LowerText(source.message, scope, rule.variables, name + ".message");
  rule.fix = LowerText(source.fix, scope, rule.variables, name + ".fix");
  for (const TypedClause& clause : source.clauses) {
    rule.clause_messages.push_back(LowerText(clause.message, scope, rule.variables, name + ".message"));
    rule.clause_fixes.push_back(LowerText(clause.fix, scope, rule.variables, name + ".fix"));
  }
  for (const TypedText& control : source.computed_controls) {
    rule.computed_controls.push_back(LowerText(control, scope, rule.variables, name + ".controls"));
  }
  module_.rules.push_back(std::move(rule));
}

Text Lowering::LowerText(const TypedText& source, const Scope& rule_scope, const std::vector<const Value*>& variables,
                         const std::string& name) {
  Text text;
  if (source.value == nullptr) return text;
  Scope scope = rule_scope;
  std::vector<const Value*> witnesses;
  for (const Variable* witness : source.witnesses) {
    const Value* variable = graph_.MakeVariable(scope.depth++, typed_.types.Optional(witness->type), witness->name);
    scope.env[witness] = variable;
    scope.bound.push_back(variable);
    witnesses.push_back(variable);
  }
  const Value* body = LowerExpr(*source.value, scope);
  std::vector<const Value*> params;
  for (const Value* variable : variables) {
    if (DependsOn(body, variable)) params.push_back(variable);
  }
  text.arguments = params;
  text.witnesses = source.witnesses;
  params.insert(params.end(), witnesses.begin(), witnesses.end());
  text.function = MakeFunction(name, std::move(params), body, false);
  return text;
}

void Lowering::LowerWaiver(const TypedWaiver& source) {
  Waiver waiver{.source = &source, .function = nullptr};
  if (source.variable != nullptr && source.where != nullptr) {
    Scope scope;
    const Value* variable = graph_.MakeVariable(scope.depth++, source.variable->type, "");
    scope.env[source.variable] = variable;
    scope.bound.push_back(variable);
    const Value* body = LowerExpr(*source.where, scope);
    waiver.function = MakeFunction("waive." + source.rule, {variable}, body, false);
  }
  module_.waivers.push_back(waiver);
}

void Lowering::LowerTests() {
  for (size_t t = 0; t < typed_.tests.size(); ++t) {
    const TypedTest& test = typed_.tests[t];
    for (size_t e = 0; e < test.expects.size(); ++e) {
      if (test.expects[e].condition == nullptr) continue;
      Scope scope;
      std::vector<const Value*> params;
      for (const auto& [variable, row] : test.variables) {
        params.push_back(graph_.MakeVariable(scope.depth++, variable->type, ""));
        scope.env[variable] = params.back();
        scope.bound.push_back(params.back());
      }
      const Value* body = LowerExpr(*test.expects[e].condition, scope);
      module_.functions.push_back(
          {.name = fmt::format("$test.{}.{}", t, e), .params = std::move(params), .body = body, .memoize = false});
      module_.test_conditions.push_back(
          {static_cast<uint32_t>(t), static_cast<uint32_t>(e), &module_.functions.back()});
    }
  }
}

void Lowering::LowerRelations() {
  for (size_t i = 0; i < pending_relations_.size(); ++i) {  // grows as bodies name more of them
    const Define& define = *pending_relations_[i];
    Relation* relation = relation_of_.at(&define);
    Scope scope;
    for (const Variable* param : define.params) {
      relation->params.push_back(graph_.MakeVariable(scope.depth++, param->type, ""));
      scope.env[param] = relation->params.back();
      scope.bound.push_back(relation->params.back());
    }
    relation->body = LowerBody(define, scope);
  }
  pending_relations_.clear();
}

Function* Lowering::LowerMapping(const TypedMapping& mapping, const std::vector<uint32_t>& live, const Model& model,
                                 const Expr& expr, const std::string& name) {
  const Type* json = typed_.types.Get(TypeKind::kJson, true);
  const Type* self = typed_.types.Ref({&model});
  std::vector<const Value*> leaves(mapping.leaves.size(), nullptr), params;
  Scope scope;
  for (uint32_t leaf : live) {
    leaves[leaf] = graph_.MakeVariable(scope.depth++, mapping.leaves[leaf].is_this ? self : json, "");
    params.push_back(leaves[leaf]);
  }
  scope.bound = params;
  scope.leaves = &leaves;
  const Value* body = LowerExpr(expr, scope);
  LowerRelations();
  return MakeFunction(name, std::move(params), body, false);
}

Function* Lowering::MakeFunction(std::string name, std::vector<const Value*> params, const Value* body, bool memoize) {
  auto [it, inserted] = function_by_body_.try_emplace({params, body}, nullptr);
  if (inserted) {
    module_.functions.push_back(
        {.name = std::move(name), .params = std::move(params), .body = body, .memoize = memoize});
    it->second = &module_.functions.back();
  }
  it->second->memoize = it->second->memoize || memoize;
  return it->second;
}

Function* Lowering::FunctionOf(const Define& define) {
  auto it = function_of_.find(&define);
  if (it != function_of_.end()) return it->second;
  Scope scope;
  std::vector<const Value*> params;
  for (const Variable* param : define.params) {
    params.push_back(graph_.MakeVariable(scope.depth++, param->type, ""));
    scope.env[param] = params.back();
    scope.bound.push_back(params.back());
  }
  const Value* body = LowerBody(define, scope);
  const bool memoize = options_.inline_defines && FactsOf(define).has_query;
  return function_of_[&define] = MakeFunction(define.name, std::move(params), body, memoize);
}

Relation* Lowering::RelationOf(const Define& define) {
  auto [it, inserted] = relation_of_.try_emplace(&define, nullptr);
  if (inserted) {
    module_.relations.emplace_back();
    it->second = &module_.relations.back();
    it->second->define = &define;
    it->second->index = static_cast<uint32_t>(module_.relations.size() - 1);
    pending_relations_.push_back(&define);
  }
  return it->second;
}

// ---- expressions

const Value* Lowering::LowerBody(const Define& define, Scope& scope) {
  for (const auto& [variable, value] : define.lets) scope.env[variable] = LowerExpr(*value, scope);
  return LowerExpr(*define.body, scope);
}

const Value* Lowering::LowerVariable(const Expr& expr, Scope& scope) {
  auto it = scope.env.find(expr.variable);
  if (it != scope.env.end()) return it->second;
  BYLAW_CHECK(expr.variable->let_value != nullptr, "`{}` is bound by nothing", expr.variable->name);
  return scope.env[expr.variable] = LowerExpr(*expr.variable->let_value, scope);
}

const Value* Lowering::LowerCall(const Expr& expr, std::vector<const Value*> arguments, Scope& scope) {
  const Define& define = *expr.define;
  if (define.recursive) {
    Value value;
    value.op = Opcode::kMember;
    value.type = expr.type;
    value.operands = std::move(arguments);
    value.relation = RelationOf(define);
    value.span = expr.span;
    return graph_.Intern(std::move(value));
  }
  if (ShouldInline(define, arguments, scope)) {
    Scope inner;
    inner.depth = scope.depth;
    inner.bound = scope.bound;
    for (size_t i = 0; i < arguments.size(); ++i) inner.env[define.params[i]] = arguments[i];
    return LowerBody(define, inner);
  }
  Value value;
  value.op = Opcode::kCall;
  value.type = expr.type;
  value.operands = std::move(arguments);
  value.function = FunctionOf(define);
  value.span = expr.span;
  return graph_.Intern(std::move(value));
}

Generator Lowering::LowerGenerator(const QueryGenerator& source, Scope& scope, const std::string& name) {
  Generator generator;
  generator.span = source.span;
  generator.name = name;
  generator.sources = {source.variable};
  if (source.collection != nullptr) generator.key = LowerExpr(*source.collection, scope);
  const Value* variable = graph_.MakeVariable(scope.depth++, source.variable->type, name);
  scope.env[source.variable] = variable;
  scope.bound.push_back(variable);
  generator.variables = {variable};
  switch (source.source) {
    case GeneratorSource::kTable:
      generator.kind = GeneratorKind::kScan;
      generator.model = source.model;
      break;
    case GeneratorSource::kUnion:
      generator.kind = GeneratorKind::kScanAny;
      generator.models = source.models;
      break;
    case GeneratorSource::kReverse: {
      generator.kind = GeneratorKind::kLookup;
      generator.model = source.model;
      generator.column = source.reverse_field;
      generator.opens = true;
      Value load;
      load.op = Opcode::kLoad;
      load.type = source.reverse_field->type;
      load.operands = {variable};
      load.field = source.reverse_field;
      load.span = source.span;
      generator.filters = {Equal(graph_.Intern(std::move(load)), generator.key, source.span)};
      break;
    }
    case GeneratorSource::kElements: generator.kind = GeneratorKind::kElements; break;
  }
  return generator;
}

const Value* Lowering::LowerQuery(const Expr& expr, Scope& outer) {
  const TypedQuery& source = *expr.query;
  Scope scope = outer;
  Query query;
  query.kind = source.kind;
  for (const Expr* key : source.open_keys) query.open_keys.push_back(LowerExpr(*key, outer));
  for (const QueryGenerator& generator : source.generators) {
    query.pipeline.push_back(LowerGenerator(generator, scope, generator.variable->name));
  }
  if (source.where != nullptr) {
    for (const Value* conjunct : Flatten(Opcode::kAnd, LowerExpr(*source.where, scope)))
      query.pipeline.back().filters.push_back(conjunct);
  }
  if (source.value != nullptr) query.value = LowerExpr(*source.value, scope);
  if (source.key != nullptr) query.key = LowerExpr(*source.key, scope);
  if (source.order != nullptr) query.order = LowerExpr(*source.order, scope);
  if (source.openings.empty()) return graph_.MakeQuery(std::move(query), expr.type, expr.span);

  std::vector<const Value*> openings;
  for (const QueryOpening& opening : source.openings)
    openings.push_back(LowerOpening(source, opening, outer, expr.span));
  const auto either = [&](const Value* a, const Value* b) {
    return graph_.Make(Opcode::kOr, BoolType(), {a, b}, expr.span);
  };
  if (source.kind == QueryKind::kExists) {
    const Value* result = graph_.MakeQuery(std::move(query), expr.type, expr.span);
    for (const Value* opening : openings) result = either(result, opening);
    return result;
  }
  // An opening is unknown where it holds: as a key it is a reference that may be anything, else none.
  const Value* open = openings[0];
  for (size_t i = 1; i < openings.size(); ++i) open = either(open, openings[i]);
  const Type* type = typed_.types.Optional(source.openings[0].unseen[0]->type);
  const Value* none = graph_.Make(Opcode::kAbsent, type, {}, expr.span);
  query.open_keys.push_back(graph_.Make(Opcode::kSelect, type, {open, Unseen(type, expr.span), none}, expr.span));
  return graph_.MakeQuery(std::move(query), expr.type, expr.span);
}

const Value* Lowering::Unseen(const Type* type, Span span) {
  return graph_.MakeConstant({.type = type, .state = State::kUnknown, .text = {}, .elements = {}}, span);
}

/// Whether there are rows for which others may be unseen: unknown or false.
const Value* Lowering::LowerOpening(const TypedQuery& source, const QueryOpening& opening, const Scope& outer,
                                    Span span) {
  Scope scope = outer;
  // Only what the author wrote is a condition that tests reach.
  const auto* const observed = std::exchange(options_.observed, nullptr);
  Query query;
  query.kind = QueryKind::kExists;
  const auto is_in = [](const std::vector<const Variable*>& variables, const Variable* variable) {
    return std::find(variables.begin(), variables.end(), variable) != variables.end();
  };
  std::vector<const TypedQuery*> parts = {&source};
  parts.insert(parts.end(), opening.joined.begin(), opening.joined.end());
  for (const TypedQuery* part : parts) {
    for (const QueryGenerator& generator : part->generators) {
      if (is_in(opening.unseen, generator.variable)) {
        scope.env[generator.variable] = Unseen(generator.variable->type, generator.span);
        continue;
      }
      query.pipeline.push_back(LowerGenerator(generator, scope, ""));
      if (is_in(opening.shown, generator.variable)) query.pipeline.back().opens = false;
      if (part == &source) continue;
      // Only a row that is shown is a reason why others are not. (A scan of one table that is not covered would be what an
      // argument of a relation may be, externals among it.)
      Generator& shown = query.pipeline.back();
      shown.covers = false;
      if (shown.kind != GeneratorKind::kScan) continue;
      shown.kind = GeneratorKind::kScanAny;
      shown.models = {shown.model};
    }
  }
  if (query.pipeline.empty()) query.pipeline.emplace_back().kind = GeneratorKind::kUnit;
  std::vector<const Value*>& filters = query.pipeline.back().filters;
  for (const Expr* key : opening.outside)
    filters.push_back(graph_.Make(Opcode::kOutside, BoolType(), {LowerExpr(*key, scope)}, span));
  for (const TypedQuery* part : parts) {
    if (part->where == nullptr) continue;
    for (const Value* conjunct : Flatten(Opcode::kAnd, LowerExpr(*part->where, scope))) filters.push_back(conjunct);
  }
  options_.observed = observed;
  return graph_.MakeQuery(std::move(query), BoolType(), span);
}

const Value* Lowering::LowerExpr(const Expr& expr, Scope& scope) {
  const Value* lowered = LowerUnobserved(expr, scope);
  if (options_.observed == nullptr) return lowered;
  const auto found = options_.observed->find(&expr);
  if (found == options_.observed->end()) return lowered;
  Value observed;
  observed.op = Opcode::kObserve;
  observed.type = BoolType();
  observed.operands = {lowered};
  observed.index = found->second;
  observed.span = expr.span;
  return graph_.Intern(std::move(observed));
}

const Value* Lowering::LowerUnobserved(const Expr& expr, Scope& scope) {
  switch (expr.kind) {
    case ExprKind::kConstant: {
      Value value;
      value.op = Opcode::kConst;
      value.type = expr.type;
      value.constant = LowerConstantValue(expr);
      value.span = expr.span;
      return graph_.Intern(std::move(value));
    }
    case ExprKind::kVariable: return LowerVariable(expr, scope);
    case ExprKind::kMappingLeaf: {
      BYLAW_CHECK(scope.leaves != nullptr && expr.leaf < scope.leaves->size() && (*scope.leaves)[expr.leaf] != nullptr,
                  "leaf {} is not there", expr.leaf);
      return (*scope.leaves)[expr.leaf];
    }
    case ExprKind::kQuery: return LowerQuery(expr, scope);
    default: break;
  }
  std::vector<const Value*> operands;
  operands.reserve(expr.operands.size());
  for (const ExprPtr& operand : expr.operands) operands.push_back(LowerExpr(*operand, scope));
  if (expr.kind == ExprKind::kCall) return LowerCall(expr, std::move(operands), scope);
  if (expr.kind == ExprKind::kNarrow) return operands[0];
  if (expr.kind == ExprKind::kConvert) return LowerConvert(expr, operands[0]);
  return LowerOperation(expr, std::move(operands));
}

const Value* Lowering::LowerConvert(const Expr& expr, const Value* operand) {
  const TypeKind from = operand->type->kind, to = expr.type->kind;
  if (from == TypeKind::kJson) {
    if (to == TypeKind::kJson) return operand;
    return graph_.Make(Opcode::kJsonTo, expr.type, {operand}, expr.span);
  }
  if (from == TypeKind::kInt && to == TypeKind::kFloat) {
    if (!operand->type->optional) return graph_.Make(Opcode::kIntToFloat, expr.type, {operand}, expr.span);
    const Value* present = graph_.Make(Opcode::kIsPresent, BoolType(), {operand}, expr.span);
    const Value* converted = graph_.Make(Opcode::kIntToFloat, typed_.types.Required(expr.type), {operand}, expr.span);
    const Value* absent = graph_.Make(Opcode::kAbsent, expr.type, {}, expr.span);
    return graph_.Make(Opcode::kSelect, expr.type, {present, converted, absent}, expr.span);
  }
  if (from == TypeKind::kCidr && to == TypeKind::kIpSet)
    return graph_.Make(Opcode::kCidrToIpSet, expr.type, {operand}, expr.span);
  BYLAW_CHECK(from == to, "a conversion from {} to {}", TypeKindName(from), TypeKindName(to));
  return operand;
}

uint32_t Lowering::LowerConstantValue(const Expr& expr) {
  ConstantValue constant;
  constant.type = expr.type;
  if (expr.constant) {
    constant.state = expr.constant->state;
    constant.bits = expr.constant->bits;
    constant.text = expr.constant->text;
  }
  for (const ExprPtr& operand : expr.operands) constant.elements.push_back(LowerConstant(*operand));
  return graph_.InternConstant(std::move(constant));
}

uint32_t Lowering::LowerConstant(const Expr& expr) {
  Scope scope;
  const Value* value = FoldValue(module_, LowerExpr(expr, scope));
  if (value->Is(Opcode::kAbsent))
    return graph_.InternConstant({.type = value->type, .state = State::kAbsent, .text = {}, .elements = {}});
  BYLAW_CHECK(value->Is(Opcode::kConst), "a constant expression that does not fold (operation {})",
              static_cast<int>(value->op));
  return value->constant;
}

}  // namespace bylaw::compiler::ir

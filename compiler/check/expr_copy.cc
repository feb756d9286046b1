#include "compiler/check/expr_copy.h"

namespace bylaw::compiler {

const Variable* ExprCopier::Renamed(const Variable& variable) {
  const auto found = renamed_.find(&variable);
  if (found != renamed_.end()) return found->second;
  const Variable* meant = Meant(variable);
  if (meant != &variable) renamed_[&variable] = meant;
  return meant;
}

ExprPtr ExprCopier::Copy(const Expr& expr) {
  auto copy = std::make_unique<Expr>();
  copy->kind = expr.kind;
  copy->type = expr.type;
  copy->span = expr.span;
  copy->constant = expr.constant;
  copy->param = expr.param;
  copy->variable = expr.variable == nullptr ? nullptr : Renamed(*expr.variable);
  copy->field = expr.field;
  copy->model = expr.model;
  copy->define = expr.define;
  copy->attribute = expr.attribute;
  copy->leaf = expr.leaf;
  copy->function_id = expr.function_id;
  copy->text = expr.text;
  copy->value_number = expr.value_number;
  if (!GoesOn()) return copy;
  for (const ExprPtr& operand : expr.operands) copy->operands.push_back(Copy(*operand));
  if (expr.query == nullptr) return copy;
  const TypedQuery& query = *expr.query;
  copy->query = std::make_unique<TypedQuery>();
  copy->query->kind = query.kind;
  const auto part = [&](const ExprPtr& of) { return of == nullptr ? nullptr : Copy(*of); };
  for (const QueryGenerator& generator : query.generators) {
    QueryGenerator& made = copy->query->generators.emplace_back();
    made.source = generator.source;
    made.model = generator.model;
    made.models = generator.models;
    made.reverse_field = generator.reverse_field;
    made.span = generator.span;
    made.collection = part(generator.collection);
    made.variable = Declare(*generator.variable);
    renamed_[generator.variable] = made.variable;
  }
  copy->query->where = part(query.where);
  copy->query->value = part(query.value);
  copy->query->key = part(query.key);
  copy->query->order = part(query.order);
  return copy;
}

}  // namespace bylaw::compiler

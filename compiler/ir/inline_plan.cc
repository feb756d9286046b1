// Which defines are inlined. A define without queries is inlined when it is small. One with queries is inlined where it
// is asked once for each row anyway (one call in all live code, with every row variable around among its arguments), so
// that its parts become parts of the caller's filter; elsewhere it is a memoised function, which computes each distinct
// argument once.
#include <algorithm>

#include "compiler/ir/lower.h"

namespace bylaw::compiler::ir {
namespace {

constexpr uint32_t kMaxInlineSize = 60;

template <typename F>
void ForEachPart(const Expr& expr, F&& visit) {
  for (const ExprPtr& operand : expr.operands) visit(*operand);
  if (expr.query == nullptr) return;
  for (const QueryGenerator& generator : expr.query->generators) {
    if (generator.collection != nullptr) visit(*generator.collection);
  }
  for (const ExprPtr* part : {&expr.query->where, &expr.query->value, &expr.query->key, &expr.query->order}) {
    if (*part != nullptr) visit(**part);
  }
}

}  // namespace

void Lowering::CountCalls(const Expr& expr) {
  if (expr.kind == ExprKind::kCall) {
    DefineFacts& facts = facts_[expr.define];
    ++facts.num_calls;
    if (!facts.live) {
      facts.live = true;
      for (const auto& [variable, value] : expr.define->lets) CountCalls(*value);
      CountCalls(*expr.define->body);
    }
  }
  ForEachPart(expr, [&](const Expr& part) { CountCalls(part); });
}

void Lowering::CountCalls(const TypedText& text) {
  if (text.value != nullptr) CountCalls(*text.value);
}

void Lowering::CountCalls(const std::vector<QueryGenerator>& generators) {
  for (const QueryGenerator& generator : generators) {
    if (generator.collection != nullptr) CountCalls(*generator.collection);
  }
}

void Lowering::GatherFacts() {
  for (size_t i = 0; i < typed_.rules.size(); ++i) {
    if (!IsJudged(i)) continue;
    const TypedRule& rule = typed_.rules[i];
    CountCalls(rule.generators);
    for (const ExprPtr& where : rule.where) CountCalls(*where);
    for (const auto& [variable, value] : rule.lets) CountCalls(*value);
    for (const TypedClause& clause : rule.clauses) {
      CountCalls(*clause.condition), CountCalls(clause.message), CountCalls(clause.fix);
    }
    CountCalls(rule.message), CountCalls(rule.fix);
    for (const TypedText& control : rule.computed_controls) CountCalls(control);
  }
  for (const TypedWaiver& waiver : typed_.waivers) {
    if (waiver.where != nullptr) CountCalls(*waiver.where);
  }
  if (typed_.query_expression != nullptr) CountCalls(*typed_.query_expression);
}

const Lowering::DefineFacts& Lowering::FactsOf(const Define& define) {
  DefineFacts& facts = facts_[&define];
  if (facts.size > 0) return facts;
  facts.size = 1;  // recursive ones ask for themselves: they are never inlined, so the number does not matter
  uint64_t size = 1;
  bool has_query = false;
  auto measure = [&](auto&& self, const Expr& expr) -> void {
    ++size;
    if (expr.kind == ExprKind::kQuery || expr.kind == ExprKind::kUnknown || expr.kind == ExprKind::kConcat)
      has_query = true;
    if (expr.kind == ExprKind::kCall) {
      if (expr.define->recursive) {
        has_query = true;
      } else {
        const DefineFacts& callee = FactsOf(*expr.define);
        size += callee.size;
        has_query = has_query || callee.has_query;
      }
    }
    ForEachPart(expr, [&](const Expr& part) { self(self, part); });
  };
  for (const auto& [variable, value] : define.lets) measure(measure, *value);
  measure(measure, *define.body);
  DefineFacts& found = facts_[&define];
  found.size = static_cast<uint32_t>(std::min<uint64_t>(size, UINT32_MAX));
  found.has_query = has_query;
  return found;
}

bool Lowering::ShouldInline(const Define& define, const std::vector<const Value*>& arguments, const Scope& scope) {
  if (!options_.inline_defines) return false;
  const DefineFacts& facts = FactsOf(define);
  if (!facts.has_query) return facts.size <= kMaxInlineSize;
  if (facts.num_calls != 1) return false;
  return std::all_of(scope.bound.begin(), scope.bound.end(), [&](const Value* variable) {
    return std::find(arguments.begin(), arguments.end(), variable) != arguments.end();
  });
}

}  // namespace bylaw::compiler::ir

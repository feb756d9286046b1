// Value numbers and facts. Everything is pure, so an expression that is written the same again has the same value: what
// a guard has shown of it holds for all of its occurrences to the right of `and`, below `where`, in the branch of an
// `if`, or to the right of `or` for the guard's negation.
//
// A fact is a value number with the narrower type that was shown. Facts live in Context::facts, innermost last; scopes
// drop them again.

#include "compiler/check/checker.h"
#include "compiler/check/expr_copy.h"

namespace bylaw::compiler {

namespace {

void AppendId(std::string& key, uint64_t id) { key.append(reinterpret_cast<const char*>(&id), sizeof id); }
void AppendPointer(std::string& key, const void* pointer) { AppendId(key, reinterpret_cast<uintptr_t>(pointer)); }

// All of an expression but its operands: what makes two nodes with equal operands equal.
void AppendOwn(std::string& key, const Expr& expr) {
  key += static_cast<char>(expr.kind);
  if (expr.constant) {
    const Constant& constant = *expr.constant;
    key += static_cast<char>(expr.type->kind);
    key += static_cast<char>(constant.state);
    AppendId(key, constant.bits);
    AppendId(key, constant.text.size());
    key += constant.text;
  }
  AppendPointer(key, expr.param);
  AppendPointer(key, expr.field);
  AppendPointer(key, expr.model);
  AppendPointer(key, expr.define);
  key += static_cast<char>(expr.attribute);
  AppendId(key, expr.leaf);
  AppendId(key, expr.function_id);
  AppendId(key, expr.text.size());
  key += expr.text;
  if (expr.kind == ExprKind::kConvert || expr.kind == ExprKind::kMakeList || expr.kind == ExprKind::kMakeSet ||
      expr.kind == ExprKind::kMakeMap) {
    AppendId(key, expr.type->id);
  }
}

const Expr& Through(const Expr& expr) {
  const Expr* inner = &expr;
  while (inner->kind == ExprKind::kNarrow) inner = inner->operands[0].get();
  return *inner;
}

}  // namespace

ExprPtr Checker::Make(ExprKind kind, const Type* type, Span span) const {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->type = type;
  expr->span = span;
  return expr;
}

uint32_t Checker::NumberOfKey(std::string key) {
  const auto next = static_cast<uint32_t>(value_numbers_.size() + 1);
  return value_numbers_.try_emplace(std::move(key), next).first->second;
}

uint32_t Checker::Number(const Expr& expr) {
  if (expr.kind == ExprKind::kNarrow) return expr.operands[0]->value_number;
  if (expr.kind == ExprKind::kVariable && expr.variable->let_value != nullptr)
    return expr.variable->let_value->value_number;
  std::string key;
  if (expr.kind == ExprKind::kQuery) {
    // Two queries that differ in the names of their variables only are one.
    std::vector<const Variable*> bound;
    CanonicalQuery(*expr.query, bound, key);
    return NumberOfKey(std::move(key));
  }
  AppendOwn(key, expr);
  AppendPointer(key, expr.variable);
  for (const ExprPtr& operand : expr.operands) AppendId(key, operand->value_number);
  return NumberOfKey(std::move(key));
}

void Checker::CanonicalText(const Expr& expr, std::vector<const Variable*>& bound, std::string& text) const {
  if (expr.kind == ExprKind::kNarrow) return CanonicalText(*expr.operands[0], bound, text);
  if (expr.kind == ExprKind::kVariable) {
    const auto found = std::find(bound.begin(), bound.end(), expr.variable);
    if (found == bound.end()) {
      text += 'v';
      AppendId(text, expr.value_number);
    } else {
      text += 'b';
      AppendId(text, static_cast<uint64_t>(found - bound.begin()));
    }
    return;
  }
  if (expr.kind == ExprKind::kQuery) return CanonicalQuery(*expr.query, bound, text);
  text += '(';
  AppendOwn(text, expr);
  for (const ExprPtr& operand : expr.operands) CanonicalText(*operand, bound, text);
  text += ')';
}

void Checker::CanonicalQuery(const TypedQuery& query, std::vector<const Variable*>& bound, std::string& text) const {
  text += "q";
  text += static_cast<char>(query.kind);
  const size_t num_bound = bound.size();
  for (const QueryGenerator& generator : query.generators) {
    text += static_cast<char>(generator.source);
    AppendPointer(text, generator.model);
    for (const Model* model : generator.models) AppendPointer(text, model);
    AppendPointer(text, generator.reverse_field);
    if (generator.collection != nullptr) CanonicalText(*generator.collection, bound, text);
    bound.push_back(generator.variable);
  }
  for (const ExprPtr* part : {&query.where, &query.value, &query.key, &query.order}) {
    text += '|';
    if (*part != nullptr) CanonicalText(**part, bound, text);
  }
  bound.resize(num_bound);
}

const Type* Checker::Narrowed(uint32_t value_number) const {
  for (auto fact = context_.facts.rbegin(); fact != context_.facts.rend(); ++fact) {
    if (fact->value_number == value_number) return fact->type;
  }
  return nullptr;
}

ExprPtr Checker::Finish(ExprPtr expr) {
  expr->value_number = Number(*expr);
  const Type* type = expr->type;
  if (context_.facts.empty() || (!type->optional && type->kind != TypeKind::kRef)) return expr;
  const Type* narrowed = Narrowed(expr->value_number);
  if (narrowed == nullptr || narrowed == type) return expr;
  ExprPtr narrow = Make(ExprKind::kNarrow, narrowed, expr->span);
  narrow->value_number = expr->value_number;
  narrow->operands.push_back(std::move(expr));
  return narrow;
}

ExprPtr Checker::Clone(const Expr& expr) {
  class Cloner : public ExprCopier {
   public:
    explicit Cloner(Checker& checker) : checker_(checker) {}

   private:
    Variable* Declare(const Variable& variable) override {
      return checker_.NewVariable(variable.name, variable.span, variable.type);
    }

    Checker& checker_;
  };
  return Cloner(*this).Copy(expr);
}

void Checker::Assume(const Expr& condition, bool holds) {
  std::vector<Fact> facts;
  AddFacts(condition, holds, facts);
  context_.facts.insert(context_.facts.end(), facts.begin(), facts.end());
}

// What is present shows that what it was reached through is present too.
void Checker::AddPresence(const Expr& expr, std::vector<Fact>& facts) {
  const Expr& inner = Through(expr);
  if (expr.type->optional) facts.push_back({expr.value_number, program_->types.Required(expr.type)});
  switch (inner.kind) {
    case ExprKind::kField:
    case ExprKind::kAttribute:
    case ExprKind::kConvert:
    case ExprKind::kGet: AddPresence(*inner.operands[0], facts); break;
    case ExprKind::kVariable:
      if (inner.variable->let_value != nullptr) AddPresence(*inner.variable->let_value, facts);
      break;
    default: break;
  }
}

const std::vector<Fact>& Checker::LetFacts(const Variable& let, bool holds) {
  const auto [it, is_new] = let_facts_[holds ? 1 : 0].try_emplace(&let);
  if (!is_new) return it->second;
  std::vector<Fact> facts;
  AddFacts(*let.let_value, holds, facts);
  // The last word on a value number is the narrowest.
  std::vector<Fact> distinct;
  std::unordered_set<uint32_t> seen;
  for (auto fact = facts.rbegin(); fact != facts.rend(); ++fact) {
    if (seen.insert(fact->value_number).second) distinct.push_back(*fact);
  }
  return let_facts_[holds ? 1 : 0][&let] = std::move(distinct);
}

void Checker::AddFacts(const Expr& condition, bool holds, std::vector<Fact>& facts) {
  const Expr& expr = Through(condition);
  switch (expr.kind) {
    case ExprKind::kNot: AddFacts(*expr.operands[0], !holds, facts); break;
    case ExprKind::kAnd:
      if (holds) {
        for (const ExprPtr& operand : expr.operands) AddFacts(*operand, true, facts);
      }
      break;
    case ExprKind::kOr:
      if (!holds) {
        for (const ExprPtr& operand : expr.operands) AddFacts(*operand, false, facts);
      }
      break;
    case ExprKind::kIsPresent:
      if (holds) AddPresence(*expr.operands[0], facts);
      break;
    case ExprKind::kEqual:
      if (holds) {
        for (int side = 0; side < 2; ++side) {
          if (!expr.operands[static_cast<size_t>(1 - side)]->type->optional)
            AddPresence(*expr.operands[static_cast<size_t>(side)], facts);
        }
      }
      break;
    case ExprKind::kIn:
      if (holds) AddPresence(*expr.operands[0], facts);
      break;
    case ExprKind::kIsModel: {
      const Expr& reference = *expr.operands[0];
      if (holds) {
        AddPresence(reference, facts);
        facts.push_back({reference.value_number, program_->types.Ref({expr.model})});
      } else {
        // Through earlier facts of this very condition too: `x is not a and x is not b`.
        const Type* type = reference.type;
        for (const Fact& fact : facts) {
          if (fact.value_number == reference.value_number) type = fact.type;
        }
        std::vector<const Model*> rest;
        for (const Model* model : type->models) {
          if (model != expr.model) rest.push_back(model);
        }
        if (!rest.empty())
          facts.push_back({reference.value_number, program_->types.Ref(std::move(rest), type->optional)});
      }
      break;
    }
    case ExprKind::kVariable:
      if (expr.variable->let_value != nullptr) {
        const std::vector<Fact>& known = LetFacts(*expr.variable, holds);
        facts.insert(facts.end(), known.begin(), known.end());
      }
      break;
    default: break;
  }
}

}  // namespace bylaw::compiler

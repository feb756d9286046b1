#include "compiler/check/open_keys.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace bylaw::compiler {

namespace {

/// Conditions of one query that are looked at: defines that call each other twice unfold without end.
constexpr int kMaxConditions = 4096;

const Expr& Unnarrowed(const Expr& expr) {
  const Expr* inner = &expr;
  while (inner->kind == ExprKind::kNarrow) inner = inner->operands[0].get();
  return *inner;
}

/// A call that leads to the condition that is looked at: what the params of its define stand for.
struct Call {
  const Expr& call;
  const Call* caller;  ///< whose params the arguments mention; null: they stand in the query itself

  const Expr* ArgumentOf(const Variable* param) const {
    const auto& params = call.define->params;
    const auto found = std::find(params.begin(), params.end(), param);
    return found == params.end() ? nullptr : call.operands[static_cast<size_t>(found - params.begin())].get();
  }
};

class KeyFinder {
 public:
  explicit KeyFinder(TypedProgram& program) : program_(program) {}

  void Visit(Expr* expr) {
    if (expr == nullptr) return;
    for (const ExprPtr& operand : expr->operands) Visit(operand.get());
    if (expr->query == nullptr) return;
    TypedQuery& query = *expr->query;
    for (const QueryGenerator& generator : query.generators) Visit(generator.collection.get());
    for (const ExprPtr* part : {&query.where, &query.value, &query.key, &query.order}) Visit(part->get());
    num_conditions_ = 0;
    if (query.where != nullptr) Conjuncts(*query.where, false, nullptr, query);
  }

 private:
  void Conjuncts(const Expr& condition, bool negated, const Call* call, TypedQuery& query) {
    if (++num_conditions_ > kMaxConditions) return;
    const Expr& expr = Unnarrowed(condition);
    switch (expr.kind) {
      case ExprKind::kNot: return Conjuncts(*expr.operands[0], !negated, call, query);
      case ExprKind::kAnd:
      case ExprKind::kOr:
        if ((expr.kind == ExprKind::kOr) != negated) return;
        for (const ExprPtr& operand : expr.operands) Conjuncts(*operand, negated, call, query);
        return;
      case ExprKind::kVariable:
        if (call != nullptr && expr.variable->let_value != nullptr)
          Conjuncts(*expr.variable->let_value, negated, call, query);
        return;
      case ExprKind::kCall: {
        if (expr.define->recursive || expr.define->body == nullptr) return;
        const Call inner{expr, call};
        return Conjuncts(*expr.define->body, negated, &inner, query);
      }
      case ExprKind::kEqual:
        if (negated || expr.operands[0]->type->kind != TypeKind::kRef) return;
        for (size_t side = 0; side < 2; ++side) {
          const Expr& operand = Unnarrowed(*expr.operands[side]);
          const QueryGenerator* member = MemberOf(operand, call, query);
          const bool is_field =
              member == nullptr && operand.kind == ExprKind::kField && MemberOf(*operand.operands[0], call, query) != nullptr;
          if ((member != nullptr || is_field) && AddKey(*expr.operands[1 - side], call, member, query)) return;
        }
        return;
      default: return;
    }
  }

  /// The generator over rows whose variable `operand` is, as a param of defines or by a let, too; null if it is none.
  static const QueryGenerator* MemberOf(const Expr& operand, const Call* call, const TypedQuery& query) {
    const Expr* row = &Unnarrowed(operand);
    while (row->kind == ExprKind::kVariable) {
      if (call != nullptr && row->variable->let_value != nullptr) {
        row = &Unnarrowed(*row->variable->let_value);
      } else if (const Expr* argument = call == nullptr ? nullptr : call->ArgumentOf(row->variable); argument != nullptr) {
        row = &Unnarrowed(*argument);
        call = call->caller;
      } else {
        const auto found =
            std::find_if(query.generators.begin(), query.generators.end(), [&](const QueryGenerator& generator) {
              return generator.variable == row->variable && generator.source != GeneratorSource::kElements;
            });
        return found == query.generators.end() ? nullptr : &*found;
      }
    }
    return nullptr;
  }

  /// `member`: the operand is to be its row itself; null: what a field of a row refers to.
  bool AddKey(const Expr& operand, const Call* call, const QueryGenerator* member, TypedQuery& query) {
    const Expr* key = &operand;
    if (call != nullptr) {
      ExprPtr copy = InQuery(operand, call);
      if (copy == nullptr) return false;
      key = query.made_keys.emplace_back(std::move(copy)).get();
    }
    std::unordered_set<const Variable*> seen_lets;
    if (Mentions(*key, query, seen_lets)) return false;
    const std::vector<const Model*>& models = key->type->models;
    if (member != nullptr && !(models.size() == 1 && models[0] == member->model)) {
      key = query.made_keys.emplace_back(IfOfModel(*key, *member->model)).get();
    }
    query.open_keys.push_back(key);
    return true;
  }

  /// `key` where it is, or may be, a row of `model`; else absent.
  ExprPtr IfOfModel(const Expr& key, const Model& model) {
    const Type* type = program_.types.Optional(key.type);
    const auto make = [&](ExprKind kind, const Type* made_type) {
      auto made = std::make_unique<Expr>();
      made->kind = kind;
      made->type = made_type;
      made->span = key.span;
      return made;
    };
    const Variable* name = NameOf(key, "key");
    const auto named = [&] {
      ExprPtr variable = make(ExprKind::kVariable, key.type);
      variable->variable = name;
      return variable;
    };
    ExprPtr test = make(ExprKind::kIsModel, program_.types.Get(TypeKind::kBool));
    test->model = &model;
    test->operands.push_back(named());
    ExprPtr result = make(ExprKind::kIf, type);
    result->operands.push_back(std::move(test));
    result->operands.push_back(named());
    result->operands.push_back(make(ExprKind::kAbsent, type));
    return result;
  }

  /// A variable that stands for `expr`, whatever it is.
  const Variable* NameOf(const Expr& expr, const std::string& name) {
    return &program_.variables.emplace_back(Variable{
        .name = name, .type = expr.type, .span = expr.span, .id = static_cast<uint32_t>(program_.variables.size()), .let_value = &expr});
  }

  /// A reference of a define's body, in terms of what stands around the query; null if it is no path from an argument.
  ExprPtr InQuery(const Expr& expr, const Call* call) {
    if (expr.kind == ExprKind::kNarrow) return InQuery(*expr.operands[0], call);
    auto copy = std::make_unique<Expr>();
    copy->kind = expr.kind;
    copy->type = expr.type;
    copy->span = expr.span;
    if (expr.kind == ExprKind::kField) {
      copy->field = expr.field;
      copy->operands.push_back(InQuery(*expr.operands[0], call));
      return copy->operands[0] == nullptr ? nullptr : std::move(copy);
    }
    if (expr.kind != ExprKind::kVariable || call == nullptr) return nullptr;
    if (expr.variable->let_value != nullptr) return InQuery(*expr.variable->let_value, call);
    const Expr* argument = call->ArgumentOf(expr.variable);
    if (argument == nullptr) return nullptr;
    if (call->caller != nullptr) return InQuery(*argument, call->caller);
    copy->variable = NameOf(*argument, expr.variable->name);
    copy->type = argument->type;
    return copy;
  }

  static bool Mentions(const Expr& expr, const TypedQuery& query, std::unordered_set<const Variable*>& seen_lets) {
    if (expr.kind == ExprKind::kVariable) {
      if (std::any_of(query.generators.begin(), query.generators.end(),
                      [&](const QueryGenerator& generator) { return generator.variable == expr.variable; }))
        return true;
      return expr.variable->let_value != nullptr && seen_lets.insert(expr.variable).second &&
             Mentions(*expr.variable->let_value, query, seen_lets);
    }
    auto mentions = [&](const ExprPtr& part) { return part != nullptr && Mentions(*part, query, seen_lets); };
    if (std::any_of(expr.operands.begin(), expr.operands.end(), mentions)) return true;
    if (expr.query == nullptr) return false;
    for (const QueryGenerator& generator : expr.query->generators) {
      if (mentions(generator.collection)) return true;
    }
    return mentions(expr.query->where) || mentions(expr.query->value) || mentions(expr.query->key) ||
           mentions(expr.query->order);
  }

  TypedProgram& program_;
  int num_conditions_ = 0;
};

}  // namespace

void FindOpenKeys(TypedProgram& program) {
  KeyFinder keys(program);
  auto visit_text = [&](const TypedText& text) { keys.Visit(text.value.get()); };
  for (const Define& define : program.defines) {
    for (const auto& let : define.lets) keys.Visit(let.second.get());
    keys.Visit(define.body.get());
  }
  for (const TypedRule& rule : program.rules) {
    for (const QueryGenerator& generator : rule.generators) keys.Visit(generator.collection.get());
    for (const ExprPtr& where : rule.where) keys.Visit(where.get());
    for (const auto& let : rule.lets) keys.Visit(let.second.get());
    for (const TypedClause& clause : rule.clauses) {
      keys.Visit(clause.condition.get());
      visit_text(clause.message), visit_text(clause.fix);
    }
    visit_text(rule.message), visit_text(rule.fix);
    for (const TypedText& control : rule.computed_controls) visit_text(control);
  }
  for (const TypedWaiver& waiver : program.waivers) keys.Visit(waiver.where.get());
  for (const TypedTest& test : program.tests) {
    for (const TypedExpect& expect : test.expects) keys.Visit(expect.condition.get());
  }
  keys.Visit(program.query_expression.get());
}

}  // namespace bylaw::compiler

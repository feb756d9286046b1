#include "compiler/check/open_keys.h"

#include <algorithm>
#include <unordered_set>

namespace bylaw::compiler {

namespace {

/// Conditions of one query that are looked at: defines that call each other twice unfold without end.
constexpr int kMaxConditions = 4096;

/// Openings of one query that are told apart. A query that joins so many variables that it has more gets fewer and wider
/// ones: unknown too often, but never silently closed.
constexpr size_t kMaxOpenings = 64;

/// A set of the query's generators, one bit each (the checker allows 32).
using Generators = uint32_t;

Generators Bit(size_t generator) { return Generators{1} << generator; }

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

/// A part of the condition that says of a row what it is, or what one of its fields refers to.
struct Claim {
  size_t member = 0;
  const Field* field = nullptr;  ///< null: the row itself
  const Expr* key = nullptr;
  Generators mentions = 0;  ///< whose variables `key` names; never `member`
  bool is_path = false;     ///< `key` is a variable or a path from one: unknown with it
  bool sure = true;         ///< every member is so: it is a conjunct
  bool of_generator =
      false;  ///< `member` ranges over `key`'s reverse field: when that lies outside, the generator is open by itself
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
    claims_.clear();
    for (size_t i = 0; i < query.generators.size(); ++i) {
      if (query.generators[i].source == GeneratorSource::kReverse) ReverseClaims(i, query);
    }
    if (query.where != nullptr) Claims(*query.where, false, true, nullptr, query);
    FindOpenings(query);
  }

 private:
  /// What `condition` (negated, its opposite) says of rows. `sure`: it says so whatever else holds, as a conjunct does and
  /// what `or` joins does not.
  void Claims(const Expr& condition, bool negated, bool sure, const Call* call, TypedQuery& query) {
    if (++num_conditions_ > kMaxConditions) return;
    const Expr& expr = Unnarrowed(condition);
    switch (expr.kind) {
      case ExprKind::kNot: return Claims(*expr.operands[0], !negated, sure, call, query);
      case ExprKind::kAnd:
      case ExprKind::kOr:
        for (const ExprPtr& operand : expr.operands)
          Claims(*operand, negated, sure && (expr.kind == ExprKind::kAnd) != negated, call, query);
        return;
      case ExprKind::kVariable:
        if (call != nullptr && expr.variable->let_value != nullptr)
          Claims(*expr.variable->let_value, negated, sure, call, query);
        return;
      case ExprKind::kCall: {
        if (expr.define->recursive || expr.define->body == nullptr) return;
        const Call inner{expr, call};
        return Claims(*expr.define->body, negated, sure, &inner, query);
      }
      case ExprKind::kEqual:
        if (negated || expr.operands[0]->type->kind != TypeKind::kRef) return;
        for (size_t side = 0; side < 2; ++side)
          Equality(*expr.operands[side], *expr.operands[1 - side], sure, call, query);
        return;
      default: return;
    }
  }

  /// `x in e.reverse` is `x.f == e`: of what e is, a row of the query too, it says something. (That x is a row of an e
  /// that lies outside opens the generator by itself.)
  void ReverseClaims(size_t generator, TypedQuery& query) {
    const QueryGenerator& reverse = query.generators[generator];
    AddClaim(
        {.member = generator, .field = reverse.reverse_field, .key = reverse.collection.get(), .of_generator = true},
        query);
    ExprPtr row = Make(ExprKind::kVariable, reverse.variable->type, reverse.span);
    row->variable = reverse.variable;
    ExprPtr field = Make(ExprKind::kField, reverse.reverse_field->type, reverse.span);
    field->field = reverse.reverse_field;
    field->operands.push_back(std::move(row));
    const Expr& key = *query.made_keys.emplace_back(std::move(field));
    Equality(*reverse.collection, key, true, nullptr, query);
  }

  /// What `operand == other` says of a row: if `operand` is one, or a field of one.
  void Equality(const Expr& operand, const Expr& other, bool sure, const Call* call, TypedQuery& query) {
    const Expr& term = Unnarrowed(operand);
    const QueryGenerator* member = MemberOf(term, call, query);
    const bool is_row = member != nullptr;
    if (!is_row && term.kind == ExprKind::kField) member = MemberOf(*term.operands[0], call, query);
    if (member == nullptr) return;
    ExprPtr made;
    if (call != nullptr) {
      made = InQuery(other, call);
      if (made == nullptr) return;
    }
    Claim claim{.member = static_cast<size_t>(member - query.generators.data()),
                .field = is_row ? nullptr : term.field,
                .key = made == nullptr ? &other : made.get(),
                .sure = sure};
    if ((MentionsOf(*claim.key, query) & Bit(claim.member)) != 0) return;
    if (made != nullptr) query.made_keys.push_back(std::move(made));
    AddClaim(claim, query);
    if (claims_.back().mentions == 0) query.open_keys.push_back(claims_.back().key);
  }

  void AddClaim(Claim claim, TypedQuery& query) {
    claim.mentions = MentionsOf(*claim.key, query);
    claim.is_path = IsPath(*claim.key, query);
    const std::vector<const Model*>& wanted = query.generators[claim.member].variable->type->models;
    const std::vector<const Model*>& models = claim.key->type->models;
    const bool all_wanted = !models.empty() && std::all_of(models.begin(), models.end(), [&](const Model* model) {
      return std::find(wanted.begin(), wanted.end(), model) != wanted.end();
    });
    if (claim.field == nullptr && !all_wanted)
      claim.key = query.made_keys.emplace_back(IfOfModels(*claim.key, wanted)).get();
    claims_.push_back(claim);
  }

  /// The generator over rows whose variable `operand` is, as a param of defines or by a let, too; null if it is none.
  static const QueryGenerator* MemberOf(const Expr& operand, const Call* call, const TypedQuery& query) {
    const Expr* row = &Unnarrowed(operand);
    while (row->kind == ExprKind::kVariable) {
      if (call != nullptr && row->variable->let_value != nullptr) {
        row = &Unnarrowed(*row->variable->let_value);
      } else if (const Expr* argument = call == nullptr ? nullptr : call->ArgumentOf(row->variable);
                 argument != nullptr) {
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

  // ---- openings: what two variables of one query say of each other

  /// A set of unseen rows, each for a reason: a claim of what is shown, or of unseen rows before it.
  struct Reasons {
    Generators unseen = 0;
    Generators shown = 0;  ///< whose rows are the reason that others are unseen
    std::vector<const Expr*> outside;
    bool needs_saying = false;  ///< it is more than what a generator says by itself
  };

  void FindOpenings(TypedQuery& query) {
    const bool joins =
        std::any_of(claims_.begin(), claims_.end(), [](const Claim& claim) { return claim.mentions != 0; });
    if (!joins) return;
    reasons_.clear();
    Extend({});
    if (reasons_.size() > kMaxOpenings) Widen(query);
    for (const Reasons& reasons : reasons_) {
      QueryOpening& opening = query.openings.emplace_back();
      opening.outside = reasons.outside;
      for (size_t i = 0; i < query.generators.size(); ++i) {
        const QueryGenerator& generator = query.generators[i];
        if ((reasons.unseen & Bit(i)) != 0) {
          opening.unseen.push_back(generator.variable);
        } else if (generator.source == GeneratorSource::kReverse &&
                   (MentionsOf(*generator.collection, query) & reasons.unseen) != 0) {
          opening.shown.push_back(generator.variable);
        }
      }
    }
  }

  /// All sets that are reached from `reasons` by one more claim, and so on. What rests on an unseen row alone is unseen
  /// with it: a row that is shown in its place could satisfy no more.
  void Extend(Reasons reasons) {
    if (reasons_.size() > kMaxOpenings) return;
    for (bool changed = true; changed;) {
      changed = false;
      for (const Claim& claim : claims_) {
        if (!MayTake(claim, reasons) || !claim.is_path || (claim.mentions & reasons.unseen) == 0) continue;
        const bool is_said_to_be = std::any_of(claims_.begin(), claims_.end(), [&](const Claim& other) {
          return other.sure && other.member == claim.member && other.field == nullptr && other.key != claim.key;
        });
        if (is_said_to_be) continue;
        reasons.unseen |= Bit(claim.member);
        reasons.needs_saying = changed = true;
      }
    }
    if (reasons.needs_saying) {
      const auto same = [&](const Reasons& other) {
        return other.unseen == reasons.unseen && other.outside == reasons.outside;
      };
      if (std::any_of(reasons_.begin(), reasons_.end(), same)) return;
      reasons_.push_back(reasons);
    }
    for (const Claim& claim : claims_) {
      if (!MayTake(claim, reasons)) continue;
      Reasons next = reasons;
      next.shown |= claim.mentions & ~reasons.unseen;
      next.unseen |= Bit(claim.member);
      next.needs_saying = !claim.of_generator || reasons.unseen != 0;
      // What else the row is said to be, or the field to refer to, is the same thing, and so lies outside too.
      for (const Claim& other : claims_) {
        const bool same = other.member == claim.member && (other.field == nullptr || other.field == claim.field);
        if (&other != &claim && !(same && other.sure)) continue;
        if (std::find(next.outside.begin(), next.outside.end(), other.key) == next.outside.end())
          next.outside.push_back(other.key);
      }
      std::sort(next.outside.begin(), next.outside.end(),
                [&](const Expr* a, const Expr* b) { return Order(a) < Order(b); });
      Extend(std::move(next));
    }
  }

  static bool MayTake(const Claim& claim, const Reasons& reasons) {
    return claim.mentions != 0 && ((reasons.unseen | reasons.shown) & Bit(claim.member)) == 0;
  }

  size_t Order(const Expr* key) const {
    return static_cast<size_t>(
        std::find_if(claims_.begin(), claims_.end(), [&](const Claim& claim) { return claim.key == key; }) -
        claims_.begin());
  }

  /// For each claim, all that it does not name is unseen.
  void Widen(const TypedQuery& query) {
    reasons_.clear();
    Generators rows = 0;
    for (size_t i = 0; i < query.generators.size(); ++i) {
      if (query.generators[i].source != GeneratorSource::kElements) rows |= Bit(i);
    }
    for (const Claim& claim : claims_) {
      if (claim.mentions != 0) reasons_.push_back({.unseen = rows & ~claim.mentions, .outside = {claim.key}});
    }
  }

  /// Whether `key` is a variable of the query, or a path from one.
  static bool IsPath(const Expr& key, const TypedQuery& query) {
    const Expr* expr = &Unnarrowed(key);
    while (expr->kind == ExprKind::kField ||
           (expr->kind == ExprKind::kVariable && expr->variable->let_value != nullptr))
      expr = &Unnarrowed(expr->kind == ExprKind::kField ? *expr->operands[0] : *expr->variable->let_value);
    return expr->kind == ExprKind::kVariable && MentionsOf(*expr, query) != 0;
  }

  /// `key` where it is, or may be, a row of one of `models`; else absent.
  ExprPtr IfOfModels(const Expr& key, const std::vector<const Model*>& models) {
    const Type* type = program_.types.Optional(key.type);
    const Variable* name = NameOf(key, "key");
    const auto named = [&] {
      ExprPtr variable = Make(ExprKind::kVariable, key.type, key.span);
      variable->variable = name;
      return variable;
    };
    const Type* bool_type = program_.types.Get(TypeKind::kBool);
    ExprPtr test;
    for (const Model* model : models) {
      ExprPtr is_model = Make(ExprKind::kIsModel, bool_type, key.span);
      is_model->model = model;
      is_model->operands.push_back(named());
      if (test == nullptr) {
        test = std::move(is_model);
        continue;
      }
      ExprPtr either = Make(ExprKind::kOr, bool_type, key.span);
      either->operands.push_back(std::move(test));
      either->operands.push_back(std::move(is_model));
      test = std::move(either);
    }
    ExprPtr result = Make(ExprKind::kIf, type, key.span);
    result->operands.push_back(std::move(test));
    result->operands.push_back(named());
    result->operands.push_back(Make(ExprKind::kAbsent, type, key.span));
    return result;
  }

  static ExprPtr Make(ExprKind kind, const Type* type, Span span) {
    auto made = std::make_unique<Expr>();
    made->kind = kind;
    made->type = type;
    made->span = span;
    return made;
  }

  /// A variable that stands for `expr`, whatever it is.
  const Variable* NameOf(const Expr& expr, const std::string& name) {
    return &program_.variables.emplace_back(Variable{.name = name,
                                                     .type = expr.type,
                                                     .span = expr.span,
                                                     .id = static_cast<uint32_t>(program_.variables.size()),
                                                     .let_value = &expr});
  }

  /// A reference of a define's body, in terms of what stands around the query; null if it is no path from an argument.
  ExprPtr InQuery(const Expr& expr, const Call* call) {
    if (expr.kind == ExprKind::kNarrow) return InQuery(*expr.operands[0], call);
    ExprPtr copy = Make(expr.kind, expr.type, expr.span);
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

  /// The generators whose variables `expr` names.
  static Generators MentionsOf(const Expr& expr, const TypedQuery& query) {
    std::unordered_set<const Variable*> seen_lets;
    return MentionsOf(expr, query, seen_lets);
  }

  static Generators MentionsOf(const Expr& expr, const TypedQuery& query,
                               std::unordered_set<const Variable*>& seen_lets) {
    if (expr.kind == ExprKind::kVariable) {
      for (size_t i = 0; i < query.generators.size(); ++i) {
        if (query.generators[i].variable == expr.variable) return Bit(i);
      }
      const bool is_let = expr.variable->let_value != nullptr && seen_lets.insert(expr.variable).second;
      return is_let ? MentionsOf(*expr.variable->let_value, query, seen_lets) : 0;
    }
    Generators mentions = 0;
    const auto add = [&](const ExprPtr& part) {
      if (part != nullptr) mentions |= MentionsOf(*part, query, seen_lets);
    };
    for (const ExprPtr& operand : expr.operands) add(operand);
    if (expr.query == nullptr) return mentions;
    for (const QueryGenerator& generator : expr.query->generators) add(generator.collection);
    for (const ExprPtr* part : {&expr.query->where, &expr.query->value, &expr.query->key, &expr.query->order})
      add(*part);
    return mentions;
  }

  TypedProgram& program_;
  int num_conditions_ = 0;
  std::vector<Claim> claims_;  ///< of the query that is looked at
  std::vector<Reasons> reasons_;
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

#include "compiler/check/open_keys.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "compiler/check/expr_copy.h"

namespace bylaw::compiler {

namespace {

/// Parts of one query's condition that are looked at, and expressions that are copied for it: defines that call each
/// other twice unfold without end. A query that says more is open whatever its keys are.
constexpr int kMaxConditions = 4096;
constexpr int kMaxCopied = 20000;

/// Openings of one query that are told apart, and sets of rows that are tried for them. A query that joins so many
/// variables that it has more gets fewer and wider ones: unknown too often, but never silently closed.
constexpr size_t kMaxOpenings = 64;
constexpr size_t kMaxTried = 256;

/// A set of generators, one bit each: of the query (the checker allows 32) and of the queries in its condition.
using Generators = uint64_t;
constexpr size_t kMaxGenerators = 64;

Generators Bit(size_t generator) { return Generators{1} << generator; }

const Expr& Unnarrowed(const Expr& expr) {
  const Expr* inner = &expr;
  while (inner->kind == ExprKind::kNarrow) inner = inner->operands[0].get();
  return *inner;
}

bool IsReference(const Expr& expr) { return expr.type->kind == TypeKind::kRef; }

bool IsCount(const Expr& expr) {
  const Expr& query = Unnarrowed(expr);
  return query.kind == ExprKind::kQuery && query.query->kind == QueryKind::kCount;
}

bool IsZero(const Expr& expr) {
  const Expr& zero = Unnarrowed(expr);
  return zero.kind == ExprKind::kConstant && zero.constant && zero.type->kind == TypeKind::kInt &&
         CellToInt(zero.constant->bits) == 0;
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

/// A part of the condition that says of a row what it is, or what one of its fields refers to (a list of references:
/// what it has).
struct Claim {
  size_t member = 0;
  const Field* field = nullptr;  ///< null: the row itself
  const Expr* key = nullptr;
  const Expr* said_key = nullptr;  ///< as the condition says it, whatever it may be of
  Generators mentions = 0;         ///< whose variables `key` names; never `member`
  bool is_path = false;            ///< `key` is a variable or a path from one: unknown with it
  bool sure = true;                ///< every member is so: it is a conjunct
  bool of_generator =
      false;  ///< `member` ranges over `key`'s reverse field: when that lies outside, the generator is open by itself
};

class KeyFinder {
 public:
  explicit KeyFinder(TypedProgram& program) : program_(program) {}

  /// All queries of an expression that stands in no other.
  void Visit(Expr* expr) {
    num_copied_ = 0;
    VisitPart(expr);
  }

  void VisitParts(TypedQuery& query) {
    for (const QueryGenerator& generator : query.generators) VisitPart(generator.collection.get());
    for (const ExprPtr* part : {&query.where, &query.value, &query.key, &query.order}) VisitPart(part->get());
  }

  /// Counts one more expression that is copied.
  bool TooManyCopied() { return ++num_copied_ > kMaxCopied; }

 private:
  void VisitPart(Expr* expr);

  TypedProgram& program_;
  int num_copied_ = 0;
};

/// The keys and openings of one query.
class QueryKeys {
 public:
  QueryKeys(TypedProgram& program, KeyFinder& finder, TypedQuery& query)
      : program_(program), finder_(finder), query_(query) {}

  void Find() {
    for (const QueryGenerator& generator : query_.generators) generators_.push_back(&generator);
    num_own_ = generators_.size();
    for (size_t i = 0; i < num_own_; ++i) {
      if (generators_[i]->source == GeneratorSource::kReverse) ReverseClaims(i, true);
    }
    if (query_.where != nullptr) Claims(*query_.where, false, true, nullptr);
    if (says_too_much_) return OpenAlways();
    FindOpenings();
  }

 private:
  /// What `condition` (negated, its opposite) says of rows. `sure`: it says so whatever else holds, as a conjunct does and what `or` joins does
  /// not.
  void Claims(const Expr& condition, bool negated, bool sure, const Call* call) {
    if (++num_conditions_ > kMaxConditions) says_too_much_ = true;
    if (says_too_much_) return;
    const Expr& expr = Unnarrowed(condition);
    switch (expr.kind) {
      case ExprKind::kNot: return Claims(*expr.operands[0], !negated, sure, call);
      case ExprKind::kAnd:
      case ExprKind::kOr:
        for (const ExprPtr& operand : expr.operands)
          Claims(*operand, negated, sure && (expr.kind == ExprKind::kAnd) != negated, call);
        return;
      case ExprKind::kIf:
        Claims(*expr.operands[0], false, false, call);
        Claims(*expr.operands[0], true, false, call);
        for (size_t i = 1; i < expr.operands.size(); ++i) Claims(*expr.operands[i], negated, false, call);
        return;
      case ExprKind::kVariable: {
        if (const Expr* argument = call == nullptr ? nullptr : call->ArgumentOf(expr.variable))
          return Claims(*argument, negated, sure, call->caller);
        if (expr.variable->let_value != nullptr) Claims(*expr.variable->let_value, negated, sure, call);
        return;
      }
      case ExprKind::kCall: {
        if (expr.define->recursive || expr.define->body == nullptr) return;
        const Call inner{expr, call};
        return Claims(*expr.define->body, negated, sure, &inner);
      }
      case ExprKind::kEqual:
        for (size_t side = 0; side < 2; ++side) {
          const Expr &operand = *expr.operands[side], &other = *expr.operands[1 - side];
          if (IsCount(operand) && IsZero(other)) return NestedQuery(Unnarrowed(operand), !negated, false, call);
          if (IsReference(operand) && !negated) Equality(operand, other, sure, call);
        }
        return;
      case ExprKind::kLess:
      case ExprKind::kLessEqual:
        // The more members a count has, the less is it less.
        for (size_t side = 0; side < 2; ++side) {
          const Expr& operand = *expr.operands[side];
          if (IsCount(operand)) NestedQuery(Unnarrowed(operand), negated != (side == 0), false, call);
        }
        return;
      case ExprKind::kIn:
        if (!negated && IsReference(*expr.operands[0])) Membership(*expr.operands[0], *expr.operands[1], sure, call);
        return;
      case ExprKind::kQuery:
        if (expr.query->kind == QueryKind::kExists) NestedQuery(expr, negated, sure, call);
        return;
      default: return;
    }
  }

  /// A query in the condition that must have members: its generators are looked at as if they were generators of this one.
  void NestedQuery(const Expr& expr, bool negated, bool sure, const Call* call) {
    if (negated || MentionsOf(expr, call) == 0) return;
    if (TypedQuery* nested = Join(CopyOf(expr, call)); nested != nullptr) ClaimsOfJoined(*nested, sure);
  }

  /// A query whose generators are looked at beside those of this one; null where these are too many.
  TypedQuery* Join(ExprPtr made) {
    if (says_too_much_) return nullptr;
    TypedQuery& nested = *Keep(std::move(made))->query;
    if (generators_.size() + nested.generators.size() > kMaxGenerators) says_too_much_ = true;
    if (says_too_much_) return nullptr;
    finder_.VisitParts(nested);
    joined_.push_back({&nested, generators_.size()});
    for (const QueryGenerator& generator : nested.generators) generators_.push_back(&generator);
    return &nested;
  }

  void ClaimsOfJoined(TypedQuery& nested, bool sure) {
    const size_t first = joined_.back().first;
    for (size_t i = 0; i < nested.generators.size(); ++i) {
      if (nested.generators[i].source == GeneratorSource::kReverse) ReverseClaims(first + i, sure);
    }
    if (nested.where != nullptr) Claims(*nested.where, false, sure, nullptr);
  }

  /// `element in collection` is `exists e in collection where e == element`; of the elements that a query lists, its value
  /// is one. `key in x.list` says of x what `x.f == key` does.
  void Membership(const Expr& element, const Expr& collection, bool sure, const Call* call) {
    if (const auto [member, field] = FieldOfMember(collection, call); member) Say(*member, field, element, sure, call);
    if (MentionsOf(element, call) == 0) return;
    const Place whole = Meant(collection, call);
    const bool is_map = whole.expr->type->kind == TypeKind::kMap;
    if (whole.expr->kind == ExprKind::kQuery) {
      TypedQuery* nested = Join(CopyOf(*whole.expr, whole.call));
      if (nested == nullptr) return;
      ClaimsOfJoined(*nested, sure);
      const Expr* value = is_map ? nested->key.get() : nested->value.get();
      if (value != nullptr) EqualityWith(element, *value, sure, call);
      return;
    }
    ExprPtr made = Make(ExprKind::kQuery, program_.types.Get(TypeKind::kBool), collection.span);
    made->query = std::make_unique<TypedQuery>();
    QueryGenerator& elements = made->query->generators.emplace_back();
    elements.source = GeneratorSource::kElements;
    elements.collection = CopyOf(*whole.expr, whole.call);
    elements.span = collection.span;
    elements.variable =
        NewVariable("element", is_map ? whole.expr->type->key : whole.expr->type->element, collection.span);
    TypedQuery* nested = Join(std::move(made));
    if (nested == nullptr) return;
    ClaimsOfJoined(*nested, sure);
    EqualityWith(element, *Keep(Named(*nested->generators[0].variable, collection.span)), sure, call);
  }

  /// `x in e.reverse` is `x.f == e`: of what e is, a row of the query too, it says something. (That x is a row of an e
  /// that lies outside opens the generator by itself.)
  void ReverseClaims(size_t generator, bool sure) {
    const QueryGenerator& reverse = *generators_[generator];
    AddClaim({.member = generator,
              .field = reverse.reverse_field,
              .key = reverse.collection.get(),
              .sure = sure,
              .of_generator = true});
    ExprPtr field = Make(ExprKind::kField, reverse.reverse_field->type, reverse.span);
    field->field = reverse.reverse_field;
    field->operands.push_back(Named(*reverse.variable, reverse.span));
    Equality(*reverse.collection, *Keep(std::move(field)), sure, nullptr);
  }

  /// What `operand == other` says of a row: if `operand` is one, or a field of one.
  void Equality(const Expr& operand, const Expr& other, bool sure, const Call* call) {
    if (const auto [member, field] = FieldOfMember(operand, call); member) Say(*member, field, other, sure, call);
  }

  /// The same of a key that is copied already.
  void EqualityWith(const Expr& operand, const Expr& key, bool sure, const Call* call) {
    if (const auto [member, field] = FieldOfMember(operand, call); member)
      AddClaim({.member = *member, .field = field, .key = &key, .sure = sure});
  }

  void Say(size_t member, const Field* field, const Expr& other, bool sure, const Call* call) {
    const Expr* key = call == nullptr ? &other : Keep(CopyOf(other, call));
    AddClaim({.member = member, .field = field, .key = key, .sure = sure});
  }

  void AddClaim(Claim claim) {
    if (says_too_much_) return;
    claim.mentions = MentionsOf(*claim.key);
    if ((claim.mentions & Bit(claim.member)) != 0) return;
    // What a row that is shown refers to is there. That something that nobody sees refers to it is no more than possible:
    // of a query in the condition it is that one's own concern.
    if (IsOwn(claim.member) && claim.field != nullptr && (claim.mentions & ~Own()) != 0) return;
    claim.is_path = IsPath(*claim.key);
    const std::vector<const Model*>& wanted = generators_[claim.member]->variable->type->models;
    const std::vector<const Model*>& models = claim.key->type->models;
    const bool all_wanted =
        wanted.empty() || (!models.empty() && std::all_of(models.begin(), models.end(), [&](const Model* model) {
          return std::find(wanted.begin(), wanted.end(), model) != wanted.end();
        }));
    for (Claim& said : claims_) {
      if (said.member != claim.member || said.field != claim.field || !IsSame(*said.said_key, *claim.key)) continue;
      said.sure |= claim.sure;
      said.of_generator &= claim.of_generator;
      return;
    }
    claim.said_key = claim.key;
    if (claim.field == nullptr && !all_wanted) claim.key = Keep(IfOfModels(*claim.key, wanted));
    claims_.push_back(claim);
    if (claim.mentions == 0 && claim.member < num_own_ && !claim.of_generator) query_.open_keys.push_back(claim.key);
  }

  /// The generator over rows whose variable `operand` is, as a param of defines or by a let, too, and the field of it that
  /// `operand` is; none if it is neither.
  std::pair<std::optional<size_t>, const Field*> FieldOfMember(const Expr& operand, const Call* call) const {
    const Place term = Meant(operand, call);
    if (const std::optional<size_t> member = MemberOf(*term.expr)) return {member, nullptr};
    if (term.expr->kind != ExprKind::kField) return {};
    return {MemberOf(*Meant(*term.expr->operands[0], term.call).expr), term.expr->field};
  }

  std::optional<size_t> MemberOf(const Expr& row) const {
    if (row.kind != ExprKind::kVariable) return std::nullopt;
    const auto found = std::find_if(generators_.begin(), generators_.end(), [&](const QueryGenerator* generator) {
      return generator->variable == row.variable && generator->source != GeneratorSource::kElements;
    });
    if (found == generators_.end()) return std::nullopt;
    return static_cast<size_t>(found - generators_.begin());
  }

  /// An expression, and the call in whose define it stands.
  struct Place {
    const Expr* expr;
    const Call* call;
  };

  /// What a variable stands for, as a param of defines or by a let; any other expression as it is.
  static Place Meant(const Expr& expr, const Call* call) {
    Place place{&Unnarrowed(expr), call};
    while (place.expr->kind == ExprKind::kVariable) {
      const Variable& variable = *place.expr->variable;
      if (const Expr* argument = place.call == nullptr ? nullptr : place.call->ArgumentOf(&variable)) {
        place = {&Unnarrowed(*argument), place.call->caller};
      } else if (variable.let_value != nullptr) {
        place.expr = &Unnarrowed(*variable.let_value);
      } else {
        break;
      }
    }
    return place;
  }

  /// More is said than is looked at: there may be any unseen row.
  void OpenAlways() {
    query_.open_keys.clear();  // some of what was made is not whole
    query_.made_keys.clear();
    const Type* type = program_.types.Optional(query_.generators[0].variable->type);
    ExprPtr reason = Make(ExprKind::kConstant, program_.types.Get(TypeKind::kString), query_.generators[0].span);
    reason->constant = Constant{};
    reason->constant->text = "what this query says is too much to tell whether it may have members that are not shown";
    ExprPtr unknown = Make(ExprKind::kUnknown, type, query_.generators[0].span);
    unknown->operands.push_back(std::move(reason));
    query_.open_keys.push_back(Keep(std::move(unknown)));
  }

  // ---- openings: what two variables say of each other

  /// A set of unseen rows, each for a reason: a claim of what is shown, or of unseen rows before it.
  struct Reasons {
    Generators unseen = 0;
    Generators shown = 0;  ///< whose rows are the reason that others are unseen
    std::vector<const Expr*> outside;
    bool needs_saying = false;  ///< it is more than what a generator says by itself

    bool operator==(const Reasons& other) const {
      return unseen == other.unseen && shown == other.shown && outside == other.outside &&
             needs_saying == other.needs_saying;
    }
  };

  /// A query of the condition whose generators are among `generators_`, from `first` on.
  struct JoinedQuery {
    const TypedQuery* query;
    size_t first;

    Generators generators() const {
      Generators all = 0;
      for (size_t i = 0; i < query->generators.size(); ++i) all |= Bit(first + i);
      return all;
    }
  };

  bool IsOwn(size_t generator) const { return generator < num_own_; }
  Generators Own() const { return num_own_ == kMaxGenerators ? ~Generators{0} : Bit(num_own_) - 1; }

  void FindOpenings() {
    const bool joins = std::any_of(claims_.begin(), claims_.end(),
                                   [&](const Claim& claim) { return claim.mentions != 0 || !IsOwn(claim.member); });
    if (!joins) return;
    Extend({});
    if (openings_.size() > kMaxOpenings || tried_.size() > kMaxTried) Widen();
    for (const Reasons& reasons : openings_) {
      QueryOpening& opening = query_.openings.emplace_back();
      opening.outside = reasons.outside;
      const Generators ranged = Own() | Involved(reasons.outside);
      for (const JoinedQuery& joined : joined_) {
        if ((joined.generators() & ranged) != 0) opening.joined.push_back(joined.query);
      }
      for (size_t i = 0; i < generators_.size(); ++i) {
        const QueryGenerator& generator = *generators_[i];
        if ((reasons.unseen & Bit(i)) != 0) {
          opening.unseen.push_back(generator.variable);
        } else if ((ranged & Bit(i)) != 0 && generator.source == GeneratorSource::kReverse &&
                   (MentionsOf(*generator.collection) & reasons.unseen) != 0) {
          opening.shown.push_back(generator.variable);
        }
      }
    }
  }

  /// The generators of those queries of the condition that say what `outside` rests on. The others need not have members.
  Generators Involved(const std::vector<const Expr*>& outside) const {
    Generators mentioned = 0, involved = 0;
    for (const Expr* key : outside) mentioned |= MentionsOf(*key);
    for (bool changed = true; changed;) {
      changed = false;
      for (const JoinedQuery& joined : joined_) {
        const Generators all = joined.generators();
        if ((all & mentioned) == 0 || (all & involved) != 0) continue;
        involved |= all;
        changed = true;
        for (const QueryGenerator& generator : joined.query->generators) {
          if (generator.collection != nullptr) mentioned |= MentionsOf(*generator.collection);
        }
        if (joined.query->where != nullptr) mentioned |= MentionsOf(*joined.query->where);
      }
    }
    return involved;
  }

  void AddOpening(Reasons reasons) {
    reasons.unseen &= Own() | Involved(reasons.outside);
    // What a query of the condition does not see is its own concern.
    if ((reasons.unseen & Own()) == 0) return;
    const auto same = [&](const Reasons& other) {
      return other.unseen == reasons.unseen && other.outside == reasons.outside;
    };
    if (std::none_of(openings_.begin(), openings_.end(), same)) openings_.push_back(std::move(reasons));
  }

  /// All sets that are reached from `reasons` by one more claim, and so on. What rests on an unseen row alone is unseen
  /// with it: a row that is shown in its place could satisfy no more.
  void Extend(Reasons reasons) {
    if (openings_.size() > kMaxOpenings || tried_.size() > kMaxTried) return;
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
    if (std::find(tried_.begin(), tried_.end(), reasons) != tried_.end()) return;
    tried_.push_back(reasons);
    if (reasons.needs_saying) AddOpening(reasons);
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

  /// What keys say that name no variable, the open keys of the query itself say, and those of a query in the condition.
  bool MayTake(const Claim& claim, const Reasons& reasons) const {
    return (claim.mentions != 0 || !IsOwn(claim.member)) && ((reasons.unseen | reasons.shown) & Bit(claim.member)) == 0;
  }

  size_t Order(const Expr* key) const {
    return static_cast<size_t>(
        std::find_if(claims_.begin(), claims_.end(), [&](const Claim& claim) { return claim.key == key; }) -
        claims_.begin());
  }

  /// For each claim, all that it does not name is unseen.
  void Widen() {
    openings_.clear();
    Generators rows = 0;
    for (size_t i = 0; i < generators_.size(); ++i) {
      if (generators_[i]->source != GeneratorSource::kElements) rows |= Bit(i);
    }
    for (const Claim& claim : claims_) {
      if (claim.mentions != 0) AddOpening({.unseen = rows & ~claim.mentions, .outside = {claim.key}});
    }
  }

  /// Whether two keys are the same path.
  static bool IsSame(const Expr& a, const Expr& b) {
    const Expr &one = *Meant(a, nullptr).expr, &other = *Meant(b, nullptr).expr;
    if (&one == &other) return true;
    if (one.kind != other.kind) return false;
    if (one.kind == ExprKind::kVariable) return one.variable == other.variable;
    return one.kind == ExprKind::kField && one.field == other.field && IsSame(*one.operands[0], *other.operands[0]);
  }

  /// Whether `key` is a variable of the query, or a path from one.
  bool IsPath(const Expr& key) const {
    const Expr* expr = &Unnarrowed(key);
    while (expr->kind == ExprKind::kField ||
           (expr->kind == ExprKind::kVariable && expr->variable->let_value != nullptr))
      expr = &Unnarrowed(expr->kind == ExprKind::kField ? *expr->operands[0] : *expr->variable->let_value);
    return expr->kind == ExprKind::kVariable && MentionsOf(*expr) != 0;
  }

  /// `key` where it is, or may be, a row of one of `models`; else absent.
  ExprPtr IfOfModels(const Expr& key, const std::vector<const Model*>& models) {
    const Type* type = program_.types.Optional(key.type);
    const Variable* name = NewVariable("key", key.type, key.span, &key);
    const Type* bool_type = program_.types.Get(TypeKind::kBool);
    ExprPtr test;
    for (const Model* model : models) {
      ExprPtr is_model = Make(ExprKind::kIsModel, bool_type, key.span);
      is_model->model = model;
      is_model->operands.push_back(Named(*name, key.span));
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
    result->operands.push_back(Named(*name, key.span));
    result->operands.push_back(Make(ExprKind::kAbsent, type, key.span));
    return result;
  }

  // ---- expressions that are made

  static ExprPtr Make(ExprKind kind, const Type* type, Span span) {
    auto made = std::make_unique<Expr>();
    made->kind = kind;
    made->type = type;
    made->span = span;
    return made;
  }

  static ExprPtr Named(const Variable& variable, Span span) {
    ExprPtr named = Make(ExprKind::kVariable, variable.type, span);
    named->variable = &variable;
    return named;
  }

  Expr* Keep(ExprPtr made) { return query_.made_keys.emplace_back(std::move(made)).get(); }

  Variable* NewVariable(const std::string& name, const Type* type, Span span, const Expr* let_value = nullptr) {
    return &program_.variables.emplace_back(Variable{.name = name,
                                                     .type = type,
                                                     .span = span,
                                                     .id = static_cast<uint32_t>(program_.variables.size()),
                                                     .let_value = let_value});
  }

  /// `expr`, which stands in the define that `call` calls, in terms of what stands around the query. Queries get variables
  /// of their own, params and lets of the define become lets for what they stand for.
  ExprPtr CopyOf(const Expr& expr, const Call* call) { return Outward(*this, call).Copy(expr); }

  class Outward : public ExprCopier {
   public:
    Outward(QueryKeys& keys, const Call* call) : keys_(keys), call_(call) {}

   private:
    const Variable* Meant(const Variable& variable) override {
      const Expr* argument = call_ == nullptr ? nullptr : call_->ArgumentOf(&variable);
      const Expr* value = argument != nullptr ? argument : call_ != nullptr ? variable.let_value : nullptr;
      if (value == nullptr) return &variable;
      const Call* const call = std::exchange(call_, argument != nullptr ? call_->caller : call_);
      const Expr* copy = keys_.Keep(Copy(*value));
      call_ = call;
      return keys_.NewVariable(variable.name, value->type, variable.span, copy);
    }
    Variable* Declare(const Variable& variable) override {
      return keys_.NewVariable(variable.name, variable.type, variable.span);
    }
    bool GoesOn() override {
      if (keys_.finder_.TooManyCopied()) keys_.says_too_much_ = true;
      return !keys_.says_too_much_;
    }

    QueryKeys& keys_;
    const Call* call_;
  };

  /// The generators whose variables `expr` names, which stands in the define that `call` calls.
  Generators MentionsOf(const Expr& expr, const Call* call = nullptr) const {
    std::unordered_set<const Variable*> seen;
    return MentionsOf(expr, call, seen);
  }

  Generators MentionsOf(const Expr& expr, const Call* call, std::unordered_set<const Variable*>& seen) const {
    if (expr.kind == ExprKind::kVariable) {
      for (size_t i = 0; i < generators_.size(); ++i) {
        if (generators_[i]->variable != expr.variable) continue;
        // An element is what the rows say that its list is of.
        const bool element = generators_[i]->source == GeneratorSource::kElements;
        return Bit(i) | (element ? MentionsOf(*generators_[i]->collection, nullptr, seen) : 0);
      }
      const Expr* argument = call == nullptr ? nullptr : call->ArgumentOf(expr.variable);
      const Expr* value = argument != nullptr ? argument : expr.variable->let_value;
      if (value == nullptr || !seen.insert(expr.variable).second) return 0;
      return MentionsOf(*value, argument != nullptr ? call->caller : call, seen);
    }
    Generators mentions = 0;
    const auto add = [&](const ExprPtr& part) {
      if (part != nullptr) mentions |= MentionsOf(*part, call, seen);
    };
    for (const ExprPtr& operand : expr.operands) add(operand);
    if (expr.query == nullptr) return mentions;
    for (const QueryGenerator& generator : expr.query->generators) add(generator.collection);
    for (const ExprPtr* part : {&expr.query->where, &expr.query->value, &expr.query->key, &expr.query->order})
      add(*part);
    return mentions;
  }

  TypedProgram& program_;
  KeyFinder& finder_;
  TypedQuery& query_;
  std::vector<const QueryGenerator*> generators_;  ///< its own, and those of the queries in its condition
  size_t num_own_ = 0;
  std::vector<JoinedQuery> joined_;
  std::vector<Claim> claims_;
  int num_conditions_ = 0;
  bool says_too_much_ = false;
  std::vector<Reasons> openings_, tried_;
};

void KeyFinder::VisitPart(Expr* expr) {
  if (expr == nullptr) return;
  for (const ExprPtr& operand : expr->operands) VisitPart(operand.get());
  if (expr->query == nullptr) return;
  VisitParts(*expr->query);
  QueryKeys(program_, *this, *expr->query).Find();
}

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

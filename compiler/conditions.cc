#include "compiler/conditions.h"

#include <utility>

namespace bylaw::compiler {
namespace {

class Finder {
 public:
  explicit Finder(Conditions& out) : out_(out) {}

  void Find(const TypedRule& rule) {
    StartUnit({.kind = UnitKind::kRule, .package = rule.package, .name = rule.id, .span = rule.name_span});
    for (const QueryGenerator& generator : rule.generators) VisitGenerator(generator);
    for (const auto& [variable, value] : rule.lets) Visit(*value);
    for (const ExprPtr& where : rule.where) Add(*where, ConditionKind::kWhere);
    for (const TypedClause& clause : rule.clauses) Add(*clause.condition, ConditionKind::kClause);
  }

  void Find(const Define& define) {
    StartUnit({.kind = UnitKind::kDefine, .package = PackageOf(define.name), .name = define.name, .span = define.span});
    for (const auto& [variable, value] : define.lets) Visit(*value);
    if (IsBool(*define.body)) {
      Add(*define.body);
    } else {
      Visit(*define.body);
    }
  }

  void Find(const Model& model, const TypedMapping& mapping) {
    StartUnit({.kind = UnitKind::kMapping,
               .package = PackageOf(model.name),
               .name = model.name + " from " + mapping.format + " " + mapping.source_type,
               .span = mapping.span});
    if (mapping.where != nullptr) Add(*mapping.where);
    for (const TypedFieldMapping& field : mapping.fields) {
      if (field.value != nullptr) Visit(*field.value);
    }
  }

 private:
  static std::string PackageOf(const std::string& qualified_name) {
    const size_t dot = qualified_name.rfind('.');
    return dot == std::string::npos ? "" : qualified_name.substr(0, dot);
  }

  static bool IsBool(const Expr& expr) { return expr.type->kind == TypeKind::kBool && !expr.type->optional; }

  void StartUnit(ObservedUnit unit) { out_.units.push_back(std::move(unit)); }

  /// `a != b` and its like: one condition to whoever wrote it. What is written `not e` is longer than `e`.
  static bool IsSugar(const Expr& negation) { return negation.operands[0]->span == negation.span; }

  /// A condition by its place: both outcomes of it matter.
  void Add(const Expr& expr, ConditionKind kind = ConditionKind::kPart) {
    if (expr.kind == ExprKind::kNot && !IsSugar(expr)) return Add(*expr.operands[0], kind);
    const bool is_constant = expr.kind == ExprKind::kConstant;
    if (is_constant && kind == ConditionKind::kPart) return;
    const auto number = static_cast<uint32_t>(out_.conditions.size());
    out_.conditions.push_back({.kind = kind,
                               .is_constant = is_constant,
                               .unit = static_cast<uint32_t>(out_.units.size() - 1),
                               .around = around_,
                               .span = expr.span});
    out_.number_of.emplace(&expr, number);
    const uint32_t before = std::exchange(around_, number);
    const Expr* inner = &expr;
    while (inner->kind == ExprKind::kNot) inner = inner->operands[0].get();
    VisitParts(*inner);
    around_ = before;
  }

  /// An expression anywhere else: a condition only if it compares or asks.
  void Visit(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kNot:
        if (!IsSugar(expr)) return Add(*expr.operands[0]);
        return Add(expr);
      case ExprKind::kEqual:
      case ExprKind::kLess:
      case ExprKind::kLessEqual:
      case ExprKind::kIn:
      case ExprKind::kLike:
      case ExprKind::kMatches:
      case ExprKind::kIsPresent:
      case ExprKind::kIsModel: return Add(expr);
      case ExprKind::kQuery:
        if (expr.query->kind == QueryKind::kExists) return Add(expr);
        break;
      default: break;
    }
    VisitParts(expr);
  }

  void VisitParts(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kAnd:
      case ExprKind::kOr:
        for (const ExprPtr& operand : expr.operands) AddOperand(*operand, expr.kind);
        return;
      case ExprKind::kIf:
        Add(*expr.operands[0]);
        Visit(*expr.operands[1]), Visit(*expr.operands[2]);
        return;
      case ExprKind::kQuery: return VisitQuery(*expr.query);
      default:
        for (const ExprPtr& operand : expr.operands) Visit(*operand);
    }
  }

  /// `a and b and c` has three operands.
  void AddOperand(const Expr& expr, ExprKind connective) {
    if (expr.kind == connective) return VisitParts(expr);
    Add(expr);
  }

  void VisitGenerator(const QueryGenerator& generator) {
    if (generator.collection != nullptr) Visit(*generator.collection);
  }

  void VisitQuery(const TypedQuery& query) {
    for (const QueryGenerator& generator : query.generators) VisitGenerator(generator);
    if (query.satisfies != nullptr) {
      // The negation of what `every` asks is the `where`, or its last conjunct: nobody wrote it.
      if (query.where->operands[0].get() != query.satisfies) Add(*query.where->operands[0]);
      Add(*query.satisfies);
    } else if (query.where != nullptr) {
      Add(*query.where);
    }
    for (const ExprPtr* part : {&query.value, &query.key, &query.order}) {
      if (*part != nullptr) Visit(**part);
    }
  }

  Conditions& out_;
  uint32_t around_ = kNone;
};

}  // namespace

Conditions FindConditions(const TypedProgram& program, const std::function<bool(Span)>& is_own) {
  Conditions out;
  Finder finder(out);
  for (const TypedRule& rule : program.rules) {
    if (is_own(rule.span)) finder.Find(rule);
  }
  for (const Define& define : program.defines) {
    if (is_own(define.span)) finder.Find(define);
  }
  for (const Model& model : program.models) {
    for (const TypedMapping& mapping : model.mappings) {
      if (is_own(mapping.span)) finder.Find(model, mapping);
    }
  }
  return out;
}

}  // namespace bylaw::compiler

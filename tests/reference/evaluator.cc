#include "tests/reference/evaluator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace bylaw::reference {

using compiler::ExprKind;
using compiler::ExprPtr;
using compiler::GeneratorSource;
using compiler::Type;

namespace {

Tri Not(Tri a) { return a == Tri::kUnknown ? a : a == Tri::kTrue ? Tri::kFalse : Tri::kTrue; }
Tri And(Tri a, Tri b) {
  if (a == Tri::kFalse || b == Tri::kFalse) return Tri::kFalse;
  return a == Tri::kUnknown || b == Tri::kUnknown ? Tri::kUnknown : Tri::kTrue;
}
Tri Or(Tri a, Tri b) { return Not(And(Not(a), Not(b))); }
Tri Known(bool value) { return value ? Tri::kTrue : Tri::kFalse; }

/// Values as a list object holds them.
std::vector<Value> ElementsOf(const Value& collection) {
  std::vector<Value> elements;
  const auto* list = CellToObject<ListObject>(collection.cell);
  for (uint32_t i = 0; i < list->size; ++i) elements.push_back({list->state(i), list->cells[i], 0});
  return elements;
}

/// The conjuncts of a `where`, in the order written.
void Conjuncts(const Expr* expr, std::vector<const Expr*>& out) {
  if (expr == nullptr) return;
  if (expr->kind == ExprKind::kAnd) {
    for (const ExprPtr& operand : expr->operands) Conjuncts(operand.get(), out);
  } else {
    out.push_back(expr);
  }
}

/// Whether the generator is of a query in the condition: there, only rows that are shown are a reason for openness.
bool IsJoined(const compiler::QueryOpening& opening, const compiler::QueryGenerator& generator) {
  return std::any_of(opening.joined.begin(), opening.joined.end(), [&](const compiler::TypedQuery* joined) {
    return std::any_of(joined->generators.begin(), joined->generators.end(),
                       [&](const compiler::QueryGenerator& each) { return &each == &generator; });
  });
}

std::vector<const compiler::QueryGenerator*> Pointers(const std::vector<compiler::QueryGenerator>& generators) {
  std::vector<const compiler::QueryGenerator*> pointers;
  for (const compiler::QueryGenerator& generator : generators) pointers.push_back(&generator);
  return pointers;
}

std::optional<int64_t> Checked(ExprKind kind, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (kind) {
    case ExprKind::kAdd: return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case ExprKind::kSubtract: return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case ExprKind::kMultiply: return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case ExprKind::kDivide:
    case ExprKind::kModulo:
      if (b == 0 || (a == std::numeric_limits<int64_t>::min() && b == -1)) return std::nullopt;
      return kind == ExprKind::kDivide ? a / b : a % b;
    default: return std::nullopt;
  }
}

}  // namespace

Evaluator::Evaluator(const TypedProgram& typed, const Program& program, const Snapshot& snapshot,
                     const RuleOptions& options)
    : typed_(typed),
      program_(program),
      snapshot_(snapshot),
      options_(options),
      shared_(typed, program, snapshot, options.now, options.closed_world) {
  for (TableId i = 0; i < program.tables.size(); ++i) tables_[program.tables[i].name] = i;
}

uint32_t Evaluator::TableOf(const compiler::Model& model) const {
  const auto table = tables_.find(model.name);
  return table == tables_.end() ? kNone : table->second;
}

const Column* Evaluator::ColumnOf(const compiler::Field& field, uint32_t* table) const {
  *table = TableOf(*field.model);
  if (*table == kNone) return nullptr;
  const auto& columns = program_.tables[*table].columns;
  for (ColumnId i = 0; i < columns.size(); ++i) {
    if (columns[i].name == field.name) return &snapshot_.column(*table, i);
  }
  return nullptr;
}

Value Evaluator::Evaluate(const Expr& expr) { return Eval(expr); }

std::string Evaluator::ToText(const Expr& expr, const Value& value) { return shared_.ToText(*expr.type, value); }

Tri Evaluator::EvalTri(const Expr& expr) { return Eval(expr).tri(); }

Value Evaluator::Eval(const Expr& expr) {
  if (SharedOperations::Does(expr.kind)) {
    std::vector<Value> operands;
    if (expr.kind != ExprKind::kConstant) {
      for (const ExprPtr& operand : expr.operands) operands.push_back(Eval(*operand));
    }
    return shared_.Run(expr, operands);
  }
  switch (expr.kind) {
    case ExprKind::kParam: return expr.param->default_value ? Eval(*expr.param->default_value) : Value::Unknown();
    case ExprKind::kNow: return Value::Int(options_.now);
    case ExprKind::kAbsent: return Value::Absent();
    case ExprKind::kVariable: {
      const auto found = environment_.find(expr.variable);
      if (found != environment_.end()) return found->second;
      BYLAW_CHECK(expr.variable->let_value != nullptr, "variable `{}` is not bound", expr.variable->name);
      return Eval(*expr.variable->let_value);
    }
    case ExprKind::kField: return EvalField(expr);
    case ExprKind::kIsModel: return EvalIsModel(expr);
    case ExprKind::kAnd: {
      Tri result = Tri::kTrue;
      for (const ExprPtr& operand : expr.operands) result = And(result, EvalTri(*operand));
      return Value::Bool(result);
    }
    case ExprKind::kOr: {
      Tri result = Tri::kFalse;
      for (const ExprPtr& operand : expr.operands) result = Or(result, EvalTri(*operand));
      return Value::Bool(result);
    }
    case ExprKind::kNot: return Value::Bool(Not(EvalTri(*expr.operands[0])));
    case ExprKind::kEqual:
      return Value::Bool(Equal(*expr.operands[0]->type, Eval(*expr.operands[0]), Eval(*expr.operands[1])));
    case ExprKind::kLess:
    case ExprKind::kLessEqual: return EvalOrder(expr);
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply:
    case ExprKind::kDivide:
    case ExprKind::kModulo:
    case ExprKind::kNegate: return EvalArithmetic(expr);
    case ExprKind::kIsPresent: {
      const Value value = Eval(*expr.operands[0]);
      return IsUnknown(value.state) ? Value::Unknown() : Value::Bool(Known(value.known()));
    }
    case ExprKind::kCoalesce: {
      const Value value = Eval(*expr.operands[0]);
      return value.absent() ? Eval(*expr.operands[1]) : value;
    }
    case ExprKind::kIf: return EvalIf(expr);
    case ExprKind::kUnknown: return Value::Unknown();
    case ExprKind::kRequire: {
      const Value value = Eval(*expr.operands[0]);
      return value.absent() ? Value::Unknown() : value;
    }
    case ExprKind::kNarrow: return Eval(*expr.operands[0]);
    case ExprKind::kConcat: {
      std::string text;
      for (const ExprPtr& operand : expr.operands) {
        const Value part = Eval(*operand);
        if (!part.known()) return Value::Unknown();
        text += shared_.Text(part.cell);
      }
      return shared_.String(text);
    }
    case ExprKind::kIn: return EvalIn(expr);
    case ExprKind::kCall: return EvalCall(expr);
    case ExprKind::kQuery: return EvalQuery(expr);
    default: BYLAW_CHECK(false, "expression kind {}", static_cast<int>(expr.kind)); return Value::Unknown();
  }
}

Value Evaluator::EvalField(const Expr& expr) {
  const Value base = Eval(*expr.operands[0]);
  if (base.absent()) return Value::Absent();
  if (!base.known() || RefCell::is_external(base.cell)) return Value::Unknown();
  uint32_t table = kNone;
  const Column* column = ColumnOf(*expr.field, &table);
  if (column == nullptr || RefCell::table(base.cell) != table) return Value::Unknown();
  return ValueAt(table, *expr.field, *column, RefCell::row(base.cell));
}

Value Evaluator::ValueAt(uint32_t table, const compiler::Field& field, const Column& column, Row row) {
  const Value value{column.state(row), column.cells[row], 0};
  if (field.type->kind != TypeKind::kRef || !IsUnknown(value.state) || value.cell == 0) return value;
  Ambiguous reference{.table = table, .row = row};
  while (program_.tables[table].columns[reference.column].name != field.name) ++reference.column;
  ambiguous_.insert(reference);
  const auto assumed = assumed_.find(reference);
  return assumed == assumed_.end() ? value : Value{State::kKnown, assumed->second, 0};
}

Value Evaluator::EvalIsModel(const Expr& expr) {
  const Value value = Eval(*expr.operands[0]);
  if (value.absent()) return Value::Bool(Tri::kFalse);
  const uint32_t table = TableOf(*expr.model);
  auto is = [&](Cell cell) {
    if (!RefCell::is_external(cell)) return Known(RefCell::table(cell) == table);
    const External& external = snapshot_.external(RefCell::row(cell));
    if (external.table != kNone) return Known(external.table == table);
    if (external.model_name != kNone) return Known(snapshot_.strings().Text(external.model_name) == expr.model->name);
    return Tri::kUnknown;
  };
  if (value.known()) return Value::Bool(is(value.cell));
  if (value.cell == 0) return Value::Unknown();
  bool all_true = true, all_false = true;
  for (Cell candidate : snapshot_.candidates(static_cast<uint32_t>(value.cell - 1))) {
    all_true = all_true && is(candidate) == Tri::kTrue;
    all_false = all_false && is(candidate) == Tri::kFalse;
  }
  return Value::Bool(all_true ? Tri::kTrue : all_false ? Tri::kFalse : Tri::kUnknown);
}

Tri Evaluator::EqualReferences(const Value& a, const Value& b) {
  auto possible = [&](const Value& value) -> std::optional<std::set<Cell>> {
    if (value.known()) return std::set<Cell>{value.cell};
    if (value.cell == 0) return std::nullopt;
    const auto candidates = snapshot_.candidates(static_cast<uint32_t>(value.cell - 1));
    return std::set<Cell>(candidates.begin(), candidates.end());
  };
  if (a.absent() || b.absent()) {
    if (a.absent() && b.absent()) return Tri::kTrue;
    // Known or one of its candidates, the other one is there.
    const Value& other = a.absent() ? b : a;
    return other.known() || other.cell != 0 ? Tri::kFalse : Tri::kUnknown;
  }
  const auto x = possible(a), y = possible(b);
  if (!x || !y) return Tri::kUnknown;
  const bool overlap = std::any_of(x->begin(), x->end(), [&](Cell cell) { return y->contains(cell); });
  if (!overlap) return Tri::kFalse;
  return x->size() == 1 && y->size() == 1 ? Tri::kTrue : Tri::kUnknown;
}

Tri Evaluator::Equal(const Type& type, const Value& a, const Value& b) {
  if (type.kind == TypeKind::kRef) return EqualReferences(a, b);
  if (a.state == State::kRanged || b.state == State::kRanged) {
    if (a.absent() || b.absent()) return Tri::kFalse;
    if (a.state == State::kUnknown || b.state == State::kUnknown) return Tri::kUnknown;
    return a.high() < b.low() || b.high() < a.low() ? Tri::kFalse : Tri::kUnknown;
  }
  if (IsUnknown(a.state) || IsUnknown(b.state)) return Tri::kUnknown;
  if (a.absent() || b.absent()) return Known(a.absent() == b.absent());
  switch (type.kind) {
    case TypeKind::kFloat: return Known(CellToFloat(a.cell) == CellToFloat(b.cell));
    case TypeKind::kVersion: return And(Not(LessValue(type, a, b).tri()), Not(LessValue(type, b, a).tri()));
    case TypeKind::kList: {
      const std::vector<Value> x = ElementsOf(a), y = ElementsOf(b);
      if (x.size() != y.size()) return Tri::kFalse;
      Tri result = Tri::kTrue;
      for (size_t i = 0; i < x.size(); ++i) result = And(result, Equal(*type.element, x[i], y[i]));
      return result;
    }
    case TypeKind::kSet: {
      // Each element of one must be in the other.
      Tri result = Tri::kTrue;
      for (const auto& [from, to] :
           {std::pair{ElementsOf(a), ElementsOf(b)}, std::pair{ElementsOf(b), ElementsOf(a)}}) {
        for (const Value& element : from) {
          Tri found = Tri::kFalse;
          for (const Value& other : to) found = Or(found, Equal(*type.element, element, other));
          result = And(result, found);
        }
      }
      return result;
    }
    case TypeKind::kIpSet: return Known(*CellToObject<IpSet>(a.cell) == *CellToObject<IpSet>(b.cell));
    case TypeKind::kPortSet: return Known(*CellToObject<PortSet>(a.cell) == *CellToObject<PortSet>(b.cell));
    case TypeKind::kMap: {
      const auto *x = CellToObject<MapObject>(a.cell), *y = CellToObject<MapObject>(b.cell);
      if (x->size != y->size) return Tri::kFalse;
      auto same_key = [&](Cell i, Cell j) {
        return type.key == nullptr ? Known(i == j) : Equal(*type.key, {State::kKnown, i, 0}, {State::kKnown, j, 0});
      };
      Tri result = Tri::kTrue;
      for (const auto& [from, to] : {std::pair{x, y}, std::pair{y, x}}) {
        for (uint32_t i = 0; i < from->size; ++i) {
          Tri found = Tri::kFalse;
          for (uint32_t j = 0; j < to->size; ++j) {
            const Tri same = same_key(from->keys[i], to->keys[j]);
            found = same == Tri::kTrue
                        ? Equal(*type.element, {from->state(i), from->cells[i], 0}, {to->state(j), to->cells[j], 0})
                        : Or(found, same == Tri::kUnknown ? same : Tri::kFalse);
            if (same == Tri::kTrue) break;
          }
          result = And(result, found);
        }
      }
      return result;
    }
    default: return Known(a.cell == b.cell);
  }
}

Value Evaluator::EvalOrder(const Expr& expr) {
  const Value a = Eval(*expr.operands[0]), b = Eval(*expr.operands[1]);
  const Type& type = *expr.operands[0]->type;
  const bool or_equal = expr.kind == ExprKind::kLessEqual;
  if (type.kind == TypeKind::kInt) {
    const bool comparable = (a.known() || a.state == State::kRanged) && (b.known() || b.state == State::kRanged);
    if (!comparable) return Value::Unknown();
    if (or_equal ? a.high() <= b.low() : a.high() < b.low()) return Value::Bool(Tri::kTrue);
    if (or_equal ? a.low() > b.high() : a.low() >= b.high()) return Value::Bool(Tri::kFalse);
    return Value::Unknown();
  }
  if (!a.known() || !b.known()) return Value::Unknown();
  switch (type.kind) {
    case TypeKind::kFloat: {
      const double x = CellToFloat(a.cell), y = CellToFloat(b.cell);
      return Value::Bool(Known(or_equal ? x <= y : x < y));
    }
    case TypeKind::kTime:
    case TypeKind::kDuration: return Value::Bool(Known(or_equal ? a.low() <= b.low() : a.low() < b.low()));
    case TypeKind::kString: {
      const std::string_view x = shared_.Text(a.cell), y = shared_.Text(b.cell);
      return Value::Bool(Known(or_equal ? x <= y : x < y));
    }
    default: return shared_.Less(type, a, b, or_equal);
  }
}

Value Evaluator::EvalArithmetic(const Expr& expr) {
  const Value a = Eval(*expr.operands[0]);
  const bool unary = expr.kind == ExprKind::kNegate;
  const Value b = unary ? Value::Int(0) : Eval(*expr.operands[1]);
  auto bounded = [](const Value& v) { return v.known() || v.state == State::kRanged; };
  if (!bounded(a) || !bounded(b)) return Value::Unknown();
  if (expr.type->kind == TypeKind::kFloat) {
    const double x = CellToFloat(a.cell), y = CellToFloat(b.cell);
    double result = -x;
    switch (expr.kind) {
      case ExprKind::kAdd: result = x + y; break;
      case ExprKind::kSubtract: result = x - y; break;
      case ExprKind::kMultiply: result = x * y; break;
      case ExprKind::kDivide: result = x / y; break;
      default: break;
    }
    return std::isfinite(result) ? Value{State::kKnown, FloatToCell(result), 0} : Value::Unknown();
  }
  if (a.known() && b.known()) {
    const auto result = unary ? Checked(ExprKind::kSubtract, 0, a.low()) : Checked(expr.kind, a.low(), b.low());
    return result ? Value::Int(*result) : Value::Unknown();
  }
  // Ranges: sums, differences and negation keep their bounds where none of their numbers overflows. An upper bound that is not there stays away; it stands for at most as many
  // members more as no snapshot has.
  auto endless = [](const Value& v) { return !v.known() && v.high() == kUnbounded; };
  auto highest = [&](const Value& v) {
    return endless(v) ? Checked(ExprKind::kAdd, v.low(), int64_t{1} << 53).value_or(kUnbounded) : v.high();
  };
  auto range = [&](std::optional<int64_t> low, std::optional<int64_t> high, bool open) {
    return low && high ? Value::Range(*low, open ? kUnbounded : *high) : Value::Unknown();
  };
  if (unary || expr.kind == ExprKind::kSubtract) {
    const Value left = unary ? Value::Int(0) : a, right = unary ? a : b;
    if (endless(right)) return Value::Unknown();
    return range(Checked(ExprKind::kSubtract, left.low(), right.high()),
                 Checked(ExprKind::kSubtract, highest(left), right.low()), endless(left));
  }
  if (expr.kind == ExprKind::kAdd) {
    return range(Checked(ExprKind::kAdd, a.low(), b.low()), Checked(ExprKind::kAdd, highest(a), highest(b)),
                 endless(a) || endless(b));
  }
  return Value::Unknown();
}

Value Evaluator::EvalIf(const Expr& expr) {
  const Tri condition = EvalTri(*expr.operands[0]);
  if (condition == Tri::kTrue) return Eval(*expr.operands[1]);
  if (condition == Tri::kFalse) return Eval(*expr.operands[2]);
  const Value then_value = Eval(*expr.operands[1]), else_value = Eval(*expr.operands[2]);
  if (IsUnknown(then_value.state) || IsUnknown(else_value.state)) return Value::Unknown();
  return Equal(*expr.type, then_value, else_value) == Tri::kTrue ? then_value : Value::Unknown();
}

Value Evaluator::EvalIn(const Expr& expr) {
  const Value element = Eval(*expr.operands[0]), collection = Eval(*expr.operands[1]);
  if (!collection.known()) return Value::Unknown();
  const Type& type = *expr.operands[1]->type;
  Tri result = Tri::kFalse;
  if (type.kind == TypeKind::kMap) {
    const auto* map = CellToObject<MapObject>(collection.cell);
    for (uint32_t i = 0; i < map->size; ++i)
      result = Or(result, Equal(*expr.operands[0]->type, element, {State::kKnown, map->keys[i], 0}));
    return Value::Bool(result);
  }
  for (const Value& other : ElementsOf(collection)) result = Or(result, Equal(*type.element, element, other));
  return Value::Bool(result);
}

Value Evaluator::EvalCall(const Expr& expr) {
  const Define& define = *expr.define;
  std::vector<Value> arguments;
  for (const ExprPtr& operand : expr.operands) arguments.push_back(Eval(*operand));
  if (define.recursive) {
    const Relation& relation = RelationOf(define);
    // All tuples that the arguments may be, by their candidates.
    std::vector<Tuple> tuples = {{}};
    bool external = false, unknown = false;
    for (const Value& argument : arguments) {
      if (argument.absent()) return Value::Bool(Tri::kFalse);
      std::vector<Cell> cells = {argument.cell};
      if (!argument.known()) {
        if (argument.cell == 0) return Value::Unknown();
        const auto candidates = snapshot_.candidates(static_cast<uint32_t>(argument.cell - 1));
        cells.assign(candidates.begin(), candidates.end());
        unknown = true;
      }
      external = external || MayBeOutside(argument);
      std::vector<Tuple> longer;
      for (const Tuple& tuple : tuples) {
        for (Cell cell : cells) {
          longer.push_back(tuple);
          longer.back().cells.push_back(cell);
        }
      }
      tuples = std::move(longer);
    }
    bool certain = true, possible = false;
    for (const Tuple& tuple : tuples) {
      certain = certain && relation.certain.contains(tuple);
      possible = possible || relation.possible.contains(tuple) || relation.certain.contains(tuple);
    }
    if (certain && !unknown) return Value::Bool(Tri::kTrue);
    if (computing_certain_) return Value::Bool(possible && unknown ? Tri::kUnknown : Tri::kFalse);
    if (external) return Value::Unknown();
    return possible ? Value::Unknown() : Value::Bool(Tri::kFalse);
  }
  Environment outer = std::exchange(environment_, {});
  for (size_t i = 0; i < arguments.size(); ++i) environment_[define.params[i]] = arguments[i];
  const Value result = Eval(*define.body);
  environment_ = std::move(outer);
  return result;
}

// ---- queries

bool Evaluator::MayBeOutside(const Value& reference) const {
  if (reference.known()) return RefCell::is_external(reference.cell);
  if (reference.absent()) return false;
  if (reference.cell == 0) return true;
  const auto candidates = snapshot_.candidates(static_cast<uint32_t>(reference.cell - 1));
  return std::any_of(candidates.begin(), candidates.end(), [](Cell cell) { return RefCell::is_external(cell); });
}

bool Evaluator::IsOpen(const TypedQuery& query) {
  if (options_.closed_world) return false;
  for (const Expr* key : query.open_keys) {
    const Value value = Eval(*key);
    if (MayBeOutside(value)) return true;
  }
  return false;
}

bool Evaluator::IsOpen(const TypedQuery& query, const compiler::QueryOpening& opening) {
  if (options_.closed_world) return false;
  std::vector<const Expr*> conjuncts;
  std::vector<const QueryGenerator*> generators;
  std::vector<const TypedQuery*> parts = {&query};
  parts.insert(parts.end(), opening.joined.begin(), opening.joined.end());
  for (const TypedQuery* part : parts) {
    Conjuncts(part->where.get(), conjuncts);
    for (const QueryGenerator& generator : part->generators) generators.push_back(&generator);
  }
  const bool none = Generate(
      generators, conjuncts, 0, {}, false, /*is_rule=*/false,
      [&](const Member&) {
        const bool all = std::all_of(opening.outside.begin(), opening.outside.end(),
                                     [&](const Expr* key) { return MayBeOutside(Eval(*key)); });
        return !all;
      },
      &opening);
  return !none;
}

std::vector<Evaluator::Candidate> Evaluator::CandidatesOf(const QueryGenerator& generator, bool open, bool is_rule,
                                                          bool reverse_opens, bool covers) {
  std::vector<Candidate> candidates;
  bool phantom = open && !is_rule;
  if (generator.source == GeneratorSource::kElements) {
    const Value collection = Eval(*generator.collection);
    const TypeKind kind = generator.collection->type->kind;
    if (kind == TypeKind::kJson) {
      const JsonNode* node = collection.known() ? CellToObject<JsonNode>(collection.cell) : nullptr;
      if (node != nullptr && node->kind == JsonNodeKind::kArray) {
        for (uint32_t i = 0; i < node->size; ++i)
          candidates.push_back({{State::kKnown, ObjectToCell(node->elements[i]), 0}, {}});
      } else if (!collection.absent() && !(node != nullptr && node->kind == JsonNodeKind::kNull)) {
        phantom = true;
      }
    } else if (collection.known() && kind == TypeKind::kMap) {
      const auto* map = CellToObject<MapObject>(collection.cell);
      for (uint32_t i = 0; i < map->size; ++i) candidates.push_back({{State::kKnown, map->keys[i], 0}, {}});
    } else if (collection.known()) {
      for (const Value& element : ElementsOf(collection)) candidates.push_back({element, {}});
    } else if (!collection.absent()) {
      phantom = true;
    }
  } else {
    Value key;
    const Column* column = nullptr;
    if (generator.source == GeneratorSource::kReverse) {
      key = Eval(*generator.collection);
      uint32_t column_table = kNone;
      column = ColumnOf(*generator.reverse_field, &column_table);
      if (reverse_opens && !options_.closed_world && MayBeOutside(key)) phantom = true;
    }
    const std::vector<const compiler::Model*> models = generator.source == GeneratorSource::kUnion
                                                           ? generator.models
                                                           : std::vector<const compiler::Model*>{generator.model};
    for (const compiler::Model* model : models) {
      const uint32_t table = TableOf(*model);
      BYLAW_CHECK(table != kNone, "table {} is not in the program", model->name);
      const TableData& data = snapshot_.table(table);
      for (Row row = 0; row < data.num_rows; ++row) {
        Member member{.possible = !data.possible.empty() && data.possible[row] != 0};
        if (column != nullptr) {
          const Tri equal = EqualReferences(ValueAt(table, *generator.reverse_field, *column, row), key);
          if (equal == Tri::kFalse) continue;
          member.possible = member.possible || equal == Tri::kUnknown;
        }
        candidates.push_back({{State::kKnown, RefCell::Make(table, row), 0}, member});
      }
      if (!is_rule && covers && !options_.closed_world && !snapshot_.Covers(table)) phantom = true;
    }
  }
  if (phantom) candidates.push_back({Value::Unknown(), {.possible = true, .phantom = true}});
  return candidates;
}

template <typename Visit>
bool Evaluator::Generate(const std::vector<const QueryGenerator*>& generators,
                         const std::vector<const Expr*>& conjuncts, size_t level, Member member, bool open,
                         bool is_rule, const Visit& visit, const compiler::QueryOpening* opening) {
  if (level == generators.size()) {
    for (const Expr* conjunct : conjuncts) {
      const Tri holds = EvalTri(*conjunct);
      if (holds == Tri::kFalse) return true;
      member.possible = member.possible || holds == Tri::kUnknown;
    }
    return visit(member);
  }
  const QueryGenerator& generator = *generators[level];
  const auto is_in = [&](const std::vector<const Variable*>& variables) {
    return std::find(variables.begin(), variables.end(), generator.variable) != variables.end();
  };
  const bool unseen = opening != nullptr && is_in(opening->unseen);
  const bool joined = opening != nullptr && IsJoined(*opening, generator);
  const std::vector<Candidate> candidates =
      unseen ? std::vector<Candidate>{{Value::Unknown(), {.possible = true, .phantom = true}}}
             : CandidatesOf(generator, open, is_rule, opening == nullptr || !is_in(opening->shown), !joined);
  for (const Candidate& candidate : candidates) {
    environment_[generator.variable] = candidate.value;
    const Member inner{.possible = member.possible || candidate.member.possible,
                       .phantom = member.phantom || candidate.member.phantom};
    const bool go_on = Generate(generators, conjuncts, level + 1, inner, open, is_rule, visit, opening);
    environment_.erase(generator.variable);
    if (!go_on) return false;
  }
  return true;
}

template <typename Visit>
void Evaluator::ForMembers(const TypedQuery& query, const Visit& visit) {
  std::vector<const Expr*> conjuncts;
  Conjuncts(query.where.get(), conjuncts);
  Generate(Pointers(query.generators), conjuncts, 0, {}, IsOpen(query), /*is_rule=*/false, visit);
}

Value Evaluator::EvalQuery(const Expr& expr) {
  const TypedQuery& query = *expr.query;
  struct Found {
    Value value, key, order;
    bool possible = false;
  };
  std::vector<Found> found;
  bool open = false, uncertain = false;
  int64_t num_certain = 0;
  ForMembers(query, [&](const Member& member) {
    open = open || member.phantom;
    uncertain = uncertain || member.possible;
    if (!member.possible) ++num_certain;
    if (member.phantom) return true;
    Found entry{.value = {}, .key = {}, .order = {}, .possible = member.possible};
    if (query.value) entry.value = Eval(*query.value);
    if (query.key) entry.key = Eval(*query.key);
    if (query.order) entry.order = Eval(*query.order);
    found.push_back(entry);
    return true;
  });
  for (const compiler::QueryOpening& opening : query.openings) open = open || IsOpen(query, opening);
  uncertain = uncertain || open;
  const Type& type = *expr.type;
  auto any_unknown = [&](auto part) {
    return std::any_of(found.begin(), found.end(), [&](const Found& f) { return IsUnknown(part(f).state); });
  };
  auto value_of = [](const Found& f) { return f.value; };
  auto key_of = [](const Found& f) { return f.key; };
  switch (query.kind) {
    case QueryKind::kExists: return Value::Bool(num_certain > 0 ? Tri::kTrue : uncertain ? Tri::kUnknown : Tri::kFalse);
    case QueryKind::kCount: return Value::Range(num_certain, open ? kUnbounded : static_cast<int64_t>(found.size()));
    case QueryKind::kSum:
    case QueryKind::kAvg: {
      if (uncertain || any_unknown(value_of)) return Value::Unknown();
      if (found.empty()) return query.kind == QueryKind::kAvg ? Value::Absent() : Value{State::kKnown, 0, 0};
      const bool floating = query.value->type->kind == TypeKind::kFloat;
      double float_sum = 0;
      // Only a result that does not fit is an overflow: the order of rows must not decide.
      __int128 whole = 0;
      for (const Found& f : found) {
        if (floating) {
          float_sum += CellToFloat(f.value.cell);
        } else {
          whole += f.value.low();
        }
      }
      const bool fits = whole >= std::numeric_limits<int64_t>::min() && whole <= std::numeric_limits<int64_t>::max();
      if (query.kind == QueryKind::kSum) {
        if (!floating) return fits ? Value::Int(static_cast<int64_t>(whole)) : Value::Unknown();
        return std::isfinite(float_sum) ? Value{State::kKnown, FloatToCell(float_sum), 0} : Value::Unknown();
      }
      if (type.kind == TypeKind::kDuration)
        return Value::Int(static_cast<int64_t>(whole / static_cast<int64_t>(found.size())));
      const double mean = (floating ? float_sum : static_cast<double>(whole)) / static_cast<double>(found.size());
      return std::isfinite(mean) ? Value{State::kKnown, FloatToCell(mean), 0} : Value::Unknown();
    }
    case QueryKind::kMin:
    case QueryKind::kMax: {
      if (uncertain || any_unknown(value_of)) return Value::Unknown();
      std::optional<Value> best;
      for (const Found& f : found) {
        if (!best) {
          best = f.value;
          continue;
        }
        const Value less = query.kind == QueryKind::kMin ? LessValue(*query.value->type, f.value, *best)
                                                         : LessValue(*query.value->type, *best, f.value);
        if (!less.known()) return Value::Unknown();
        if (less.tri() == Tri::kTrue) best = f.value;
      }
      return best ? *best : Value::Absent();
    }
    case QueryKind::kList:
    case QueryKind::kSet: {
      if (uncertain) return Value::Unknown();
      if (query.kind == QueryKind::kSet && any_unknown(value_of)) return Value::Unknown();
      std::vector<Value> elements;
      for (const Found& f : found) elements.push_back(f.value);
      return shared_.MakeCollection(type, elements);
    }
    case QueryKind::kMap: {
      if (uncertain || any_unknown(key_of)) return Value::Unknown();
      std::vector<Value> elements;
      for (const Found& f : found) elements.push_back(f.key), elements.push_back(f.value);
      return shared_.MakeCollection(type, elements);
    }
    case QueryKind::kUnion: {
      if (uncertain || any_unknown(value_of)) return Value::Unknown();
      Value result = shared_.EmptyUnion(type);
      for (const Found& f : found) {
        if (f.value.known()) result = shared_.Union(type, result, f.value);
      }
      return result;
    }
    case QueryKind::kOne: {
      std::optional<Value> result;
      for (const Found& f : found) {
        if (f.possible) continue;
        if (IsUnknown(f.value.state)) return Value::Unknown();
        if (result && Equal(*query.value->type, *result, f.value) != Tri::kTrue) return Value::Unknown();
        result = f.value;
      }
      if (result) return *result;
      return uncertain ? Value::Unknown() : Value::Absent();
    }
    case QueryKind::kFirst: {
      if (open || any_unknown([](const Found& f) { return f.order; })) return Value::Unknown();
      const Found* best = nullptr;
      for (const Found& f : found) {
        if (f.order.absent()) return Value::Unknown();
        if (best == nullptr || LessValue(*query.order->type, f.order, best->order).tri() == Tri::kTrue) best = &f;
      }
      if (best == nullptr) return Value::Absent();
      for (const Found& f : found) {
        if (LessValue(*query.order->type, best->order, f.order).tri() == Tri::kTrue) continue;
        // Neither of two that are level comes first.
        if (f.possible || Equal(*query.value->type, best->value, f.value) != Tri::kTrue) return Value::Unknown();
      }
      return best->value;
    }
    case QueryKind::kGroup: {
      if (uncertain || any_unknown(key_of)) return Value::Unknown();
      std::vector<std::pair<Value, std::vector<Value>>> groups;
      for (const Found& f : found) {
        auto group = std::find_if(groups.begin(), groups.end(),
                                  [&](const auto& g) { return Equal(*query.key->type, g.first, f.key) == Tri::kTrue; });
        if (group == groups.end()) group = groups.insert(groups.end(), {f.key, {}});
        group->second.push_back(f.value);
      }
      std::vector<Value> elements;
      for (const auto& [key, values] : groups)
        elements.push_back(key), elements.push_back(shared_.MakeCollection(*type.element, values));
      return shared_.MakeCollection(type, elements);
    }
  }
  return Value::Unknown();
}

Value Evaluator::LessValue(const Type& type, const Value& a, const Value& b) {
  if (!a.known() || !b.known()) return Value::Unknown();
  switch (type.kind) {
    case TypeKind::kInt:
    case TypeKind::kTime:
    case TypeKind::kDuration: return Value::Bool(Known(a.low() < b.low()));
    case TypeKind::kFloat: return Value::Bool(Known(CellToFloat(a.cell) < CellToFloat(b.cell)));
    case TypeKind::kString: return Value::Bool(Known(shared_.Text(a.cell) < shared_.Text(b.cell)));
    default: return shared_.Less(type, a, b, false);
  }
}

// ---- relations

std::vector<Value> Evaluator::Domain(const Variable& variable) {
  std::vector<Value> domain;
  for (const compiler::Model* model : variable.type->models) {
    const uint32_t table = TableOf(*model);
    if (table == kNone) continue;
    for (Row row = 0; row < snapshot_.num_rows(table); ++row)
      domain.push_back({State::kKnown, RefCell::Make(table, row), 0});
  }
  for (uint32_t i = 0; i < snapshot_.num_externals(); ++i)
    domain.push_back({State::kKnown, RefCell::MakeExternal(i), 0});
  return domain;
}

void Evaluator::ComputeStratum(uint32_t stratum) {
  std::vector<const Define*> defines;
  for (const Define& define : typed_.defines) {
    if (define.recursive && define.stratum == stratum) defines.push_back(&define);
  }
  for (const Define* define : defines) relations_[define];
  complete_strata_.insert(stratum);  // from here on EvalCall reads what has been derived so far
  Environment outer = std::exchange(environment_, {});
  const bool outer_mode = computing_certain_;
  for (const bool certain : {true, false}) {
    computing_certain_ = certain;
    for (bool changed = true; changed;) {
      changed = false;
      for (const Define* define : defines) {
        std::vector<Tuple> tuples = {{}};
        for (const Variable* param : define->params) {
          std::vector<Tuple> longer;
          for (const Tuple& tuple : tuples) {
            for (const Value& value : Domain(*param)) {
              longer.push_back(tuple);
              longer.back().cells.push_back(value.cell);
            }
          }
          tuples = std::move(longer);
        }
        Relation& relation = relations_[define];
        for (const Tuple& tuple : tuples) {
          if ((certain ? relation.certain : relation.possible).contains(tuple)) continue;
          for (size_t i = 0; i < define->params.size(); ++i)
            environment_[define->params[i]] = {State::kKnown, tuple.cells[i], 0};
          const Tri holds = EvalTri(*define->body);
          environment_.clear();
          if (certain ? holds != Tri::kTrue : holds == Tri::kFalse) continue;
          (certain ? relation.certain : relation.possible).insert(tuple);
          changed = true;
        }
      }
    }
  }
  computing_certain_ = outer_mode;
  environment_ = std::move(outer);
}

const Evaluator::Relation& Evaluator::RelationOf(const Define& define) {
  if (!complete_strata_.contains(define.stratum)) ComputeStratum(define.stratum);
  return relations_[&define];
}

// ---- rules

bool Evaluator::JudgedTuple::undecided() const {
  return std::find(verdicts.begin(), verdicts.end(), Verdict::kUnknown) != verdicts.end();
}

Evaluator::JudgedTuples Evaluator::JudgeTuples(const TypedRule& rule, const Candidate* first) {
  JudgedTuples tuples;
  std::vector<const Expr*> conjuncts;
  for (const ExprPtr& where : rule.where) Conjuncts(where.get(), conjuncts);
  auto judge = [&](const Member& member) {
    std::vector<Cell> cells;
    JudgedTuple judged;
    for (const QueryGenerator& generator : rule.generators) {
      const Value& value = environment_.at(generator.variable);
      cells.push_back(value.cell);
      judged.texts.push_back(shared_.ToText(*generator.variable->type, value));
      judged.all_known = judged.all_known && value.known();
    }
    for (const auto& clause : rule.clauses) {
      const Tri where = member.possible ? Tri::kUnknown : Tri::kTrue;
      const Tri violation = And(where, Not(EvalTri(*clause.condition)));
      judged.verdicts.push_back(violation == Tri::kTrue      ? Verdict::kFail
                                : violation == Tri::kUnknown ? Verdict::kUnknown
                                                             : Verdict::kPass);
    }
    tuples.emplace_back(std::move(cells), std::move(judged));
    return true;
  };
  if (first == nullptr) {
    Generate(Pointers(rule.generators), conjuncts, 0, {}, false, /*is_rule=*/true, judge);
    return tuples;
  }
  environment_[rule.generators[0].variable] = first->value;
  Generate(Pointers(rule.generators), conjuncts, 1, first->member, false, /*is_rule=*/true, judge);
  environment_.erase(rule.generators[0].variable);
  return tuples;
}

void Evaluator::Assume(std::map<Ambiguous, Cell> assumed) {
  assumed_ = std::move(assumed);
  relations_.clear();
  complete_strata_.clear();
}

void Evaluator::JudgeCandidates(const TypedRule& rule, const Candidate* first, JudgedTuples& tuples) {
  if (snapshot_.num_candidate_lists() == 0 ||
      std::none_of(tuples.begin(), tuples.end(), [](const auto& tuple) { return tuple.second.undecided(); }))
    return;
  // What is read with nothing assumed, and then with each combination, until nothing more is.
  constexpr size_t kMaxCombinations = 4096;
  ambiguous_.clear();
  Assume({});
  JudgeTuples(rule, first);
  std::vector<JudgedTuples> runs;
  for (size_t num_known = kNone; num_known != ambiguous_.size();) {
    const std::vector<Ambiguous> references(ambiguous_.begin(), ambiguous_.end());
    num_known = references.size();
    auto candidates_of = [&](const Ambiguous& reference) {
      return snapshot_.candidates(
          static_cast<uint32_t>(snapshot_.column(reference.table, reference.column).cells[reference.row] - 1));
    };
    size_t num_combinations = 1;
    for (const Ambiguous& reference : references)
      num_combinations = std::min(num_combinations * candidates_of(reference).size(), kMaxCombinations + 1);
    runs.clear();
    if (num_combinations > kMaxCombinations) break;
    for (size_t combination = 0; combination < num_combinations; ++combination) {
      std::map<Ambiguous, Cell> assumed;
      size_t rest = combination;
      for (const Ambiguous& reference : references) {
        const auto candidates = candidates_of(reference);
        assumed[reference] = candidates[rest % candidates.size()];
        rest /= candidates.size();
      }
      Assume(std::move(assumed));
      runs.push_back(JudgeTuples(rule, first));
    }
  }
  Assume({});
  if (runs.empty()) return;
  for (auto tuple = tuples.begin(); tuple != tuples.end();) {
    bool all_absent = tuple->second.undecided() && tuple->second.all_known;
    for (size_t clause = 0; clause < rule.clauses.size() && tuple->second.all_known; ++clause) {
      Verdict& verdict = tuple->second.verdicts[clause];
      if (verdict != Verdict::kUnknown) continue;
      std::set<Verdict> said;
      for (const JudgedTuples& run : runs) {
        const auto found =
            std::find_if(run.begin(), run.end(), [&](const auto& other) { return other.first == tuple->first; });
        said.insert(found == run.end() ? Verdict::kNotApplicable : found->second.verdicts[clause]);
      }
      all_absent = all_absent && said == std::set{Verdict::kNotApplicable};
      // What is no violation in any of them passes, whether or not the rule is about it.
      if (said.contains(Verdict::kUnknown) || (said.contains(Verdict::kFail) && said.size() > 1)) continue;
      verdict = said.contains(Verdict::kFail) ? Verdict::kFail : Verdict::kPass;
    }
    tuple = all_absent ? tuples.erase(tuple) : std::next(tuple);
  }
}

void Evaluator::EvaluateRule(const TypedRule& rule, ReferenceReport& report) {
  ReferenceCounts& counts = report.counts[rule.id];
  auto judge = [&](const Candidate* first) {
    JudgedTuples tuples = JudgeTuples(rule, first);
    JudgeCandidates(rule, first, tuples);
    for (const auto& [cells, tuple] : tuples) {
      Verdict worst = Verdict::kPass;
      for (uint32_t clause = 0; clause < rule.clauses.size(); ++clause) {
        worst = std::max(worst, tuple.verdicts[clause]);
        report.verdicts.push_back({rule.id, tuple.texts, clause, tuple.verdicts[clause]});
      }
      ++(worst == Verdict::kFail ? counts.fail : worst == Verdict::kUnknown ? counts.unknown : counts.pass);
    }
    if (tuples.empty()) ++counts.not_applicable;
  };
  if (rule.generators.empty()) return judge(nullptr);
  const QueryGenerator& first = rule.generators[0];
  for (const Candidate& candidate : CandidatesOf(first, false, /*is_rule=*/true)) {
    if (candidate.value.known() && first.source != GeneratorSource::kElements) {
      const auto& context_only = snapshot_.table(RefCell::table(candidate.value.cell)).context_only;
      if (!context_only.empty() && context_only[RefCell::row(candidate.value.cell)] != 0) continue;
    }
    judge(&candidate);
  }
}

ReferenceReport Evaluator::EvaluateRules(const std::function<bool(const TypedRule&)>& selects) {
  ReferenceReport report;
  for (const TypedRule& rule : typed_.rules) {
    if (selects(rule)) EvaluateRule(rule, report);
  }
  return report;
}

}  // namespace bylaw::reference

// Instruction selection: the operations of the typed tree are overloaded, those of the instruction set are not.
#include "compiler/ir/lower.h"
#include "runtime/base/check.h"

namespace bylaw::compiler::ir {
namespace {

bool IsObject(TypeKind kind) { return kind >= TypeKind::kList; }
bool IsTicks(TypeKind kind) { return kind == TypeKind::kTime || kind == TypeKind::kDuration; }

Opcode Less(TypeKind kind, bool or_equal) {
  switch (kind) {
    case TypeKind::kInt: return or_equal ? Opcode::kLeInt : Opcode::kLtInt;
    case TypeKind::kFloat: return or_equal ? Opcode::kLeFloat : Opcode::kLtFloat;
    case TypeKind::kTime:
    case TypeKind::kDuration: return or_equal ? Opcode::kLeTicks : Opcode::kLtTicks;
    case TypeKind::kString: return or_equal ? Opcode::kLeString : Opcode::kLtString;
    case TypeKind::kVersion: return or_equal ? Opcode::kLeVersion : Opcode::kLtVersion;
    default: break;
  }
  BYLAW_CHECK(false, "an ordering of {}", TypeKindName(kind));
}

Opcode Arithmetic(ExprKind kind, TypeKind a, TypeKind b) {
  if (a == TypeKind::kInt && b == TypeKind::kInt) {
    switch (kind) {
      case ExprKind::kAdd: return Opcode::kAddInt;
      case ExprKind::kSubtract: return Opcode::kSubInt;
      case ExprKind::kMultiply: return Opcode::kMulInt;
      case ExprKind::kDivide: return Opcode::kDivInt;
      case ExprKind::kModulo: return Opcode::kModInt;
      default: break;
    }
  }
  if (a == TypeKind::kFloat && b == TypeKind::kFloat) {
    switch (kind) {
      case ExprKind::kAdd: return Opcode::kAddFloat;
      case ExprKind::kSubtract: return Opcode::kSubFloat;
      case ExprKind::kMultiply: return Opcode::kMulFloat;
      case ExprKind::kDivide: return Opcode::kDivFloat;
      default: break;
    }
  }
  if (IsTicks(a) && IsTicks(b)) {
    if (kind == ExprKind::kAdd) return Opcode::kAddTicks;
    if (kind == ExprKind::kSubtract) return Opcode::kSubTicks;
  }
  if (a == TypeKind::kDuration && b == TypeKind::kInt) {
    if (kind == ExprKind::kMultiply) return Opcode::kMulTicks;
    if (kind == ExprKind::kDivide) return Opcode::kDivTicks;
  }
  BYLAW_CHECK(false, "no arithmetic of kind {} over {} and {}", static_cast<int>(kind), TypeKindName(a),
              TypeKindName(b));
}

}  // namespace

const Value* Lowering::Equal(const Value* a, const Value* b, Span span) {
  const TypeKind kind = a->type->kind;
  if (kind == TypeKind::kVersion) {
    // `1.0` and `1.0.0` may be one version: their scheme's order says so, not their text.
    const Value* not_after = graph_.Make(Opcode::kLeVersion, BoolType(), {a, b}, span);
    const Value* not_before = graph_.Make(Opcode::kLeVersion, BoolType(), {b, a}, span);
    const Value* same = graph_.Make(Opcode::kAnd, BoolType(), {not_after, not_before}, span);
    if (!a->type->optional && !b->type->optional) return same;
    const Value* both = graph_.Make(Opcode::kAnd, BoolType(),
                                    {graph_.Make(Opcode::kIsPresent, BoolType(), {a}, span),
                                     graph_.Make(Opcode::kIsPresent, BoolType(), {b}, span)},
                                    span);
    return graph_.Make(Opcode::kSelect, BoolType(),
                       {both, same, graph_.Make(Opcode::kEqCell, BoolType(), {a, b}, span)}, span);
  }
  const Opcode op = kind == TypeKind::kFloat ? Opcode::kEqFloat : IsObject(kind) ? Opcode::kEqObject : Opcode::kEqCell;
  return graph_.Make(op, BoolType(), {a, b}, span);
}

const Value* Lowering::LowerOperation(const Expr& expr, std::vector<const Value*> operands) {
  const Type* const type = expr.type;
  const Span span = expr.span;
  auto make = [&](Opcode op) { return graph_.Make(op, type, std::move(operands), span); };
  auto make_with = [&](Opcode op, auto&& set) {
    Value value;
    value.op = op;
    value.type = type;
    value.operands = std::move(operands);
    value.span = span;
    set(value);
    return graph_.Intern(std::move(value));
  };
  switch (expr.kind) {
    case ExprKind::kParam: return make_with(Opcode::kParam, [&](Value& value) { value.param = expr.param; });
    case ExprKind::kNow: return make(Opcode::kNow);
    case ExprKind::kAbsent: return make(Opcode::kAbsent);
    case ExprKind::kField: return make_with(Opcode::kLoad, [&](Value& value) { value.field = expr.field; });
    case ExprKind::kAttribute:
      return make_with(Opcode::kLoadAttribute,
                       [&](Value& value) { value.index = static_cast<uint32_t>(expr.attribute); });
    case ExprKind::kIsModel: return make_with(Opcode::kIsTable, [&](Value& value) { value.model = expr.model; });
    case ExprKind::kAnd: return make(Opcode::kAnd);
    case ExprKind::kOr: return make(Opcode::kOr);
    case ExprKind::kNot: return make(Opcode::kNot);
    case ExprKind::kEqual: return Equal(operands[0], operands[1], span);
    case ExprKind::kLess:
    case ExprKind::kLessEqual: {
      const TypeKind kind = operands[0]->type->kind;
      const bool or_equal = expr.kind == ExprKind::kLessEqual;
      if (kind != TypeKind::kIp && kind != TypeKind::kCidr) return make(Less(kind, or_equal));
      if (!or_equal) return make(Opcode::kLtNet);
      const Value* greater = graph_.Make(Opcode::kLtNet, type, {operands[1], operands[0]}, span);
      return graph_.Make(Opcode::kNot, type, {greater}, span);
    }
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply:
    case ExprKind::kDivide:
    case ExprKind::kModulo: {
      if (expr.kind == ExprKind::kAdd && operands[0]->type->kind == TypeKind::kString) return make(Opcode::kConcat);
      // Both `duration + time` and `int * duration` have the instruction's order the other way round.
      const bool swap = (expr.kind == ExprKind::kAdd && operands[0]->type->kind == TypeKind::kDuration &&
                         operands[1]->type->kind == TypeKind::kTime) ||
                        (expr.kind == ExprKind::kMultiply && operands[0]->type->kind == TypeKind::kInt &&
                         operands[1]->type->kind == TypeKind::kDuration);
      if (swap) std::swap(operands[0], operands[1]);
      const Opcode op = Arithmetic(expr.kind, operands[0]->type->kind, operands[1]->type->kind);
      return make(op);
    }
    case ExprKind::kNegate: {
      const TypeKind kind = operands[0]->type->kind;
      if (kind == TypeKind::kInt) return make(Opcode::kNegInt);
      if (kind == TypeKind::kFloat) return make(Opcode::kNegFloat);
      const Value* zero =
          graph_.MakeConstant({.type = typed_.types.Get(TypeKind::kDuration), .text = {}, .elements = {}}, span);
      return graph_.Make(Opcode::kSubTicks, type, {zero, operands[0]}, span);
    }
    case ExprKind::kIsPresent: return make(Opcode::kIsPresent);
    case ExprKind::kCoalesce: return make(Opcode::kCoalesce);
    case ExprKind::kIf: return make(Opcode::kSelect);
    case ExprKind::kUnknown: return make(Opcode::kUnknown);
    case ExprKind::kRequire: return make(Opcode::kRequire);
    case ExprKind::kJsonGet: return make_with(Opcode::kJsonGet, [&](Value& value) { value.text = expr.text; });
    case ExprKind::kGet: return make(Opcode::kGet);
    case ExprKind::kToText: return make(Opcode::kToText);
    case ExprKind::kConcat: return make(Opcode::kConcat);
    case ExprKind::kLike: return make(Opcode::kLike);
    case ExprKind::kMatches: return make(Opcode::kMatches);
    case ExprKind::kIn: return make(Opcode::kIn);
    case ExprKind::kMakeList: return make(Opcode::kMakeList);
    case ExprKind::kMakeSet: return make(Opcode::kMakeSet);
    case ExprKind::kMakeMap: return make(Opcode::kMakeMap);
    case ExprKind::kBuiltin: return make_with(Opcode::kBuiltin, [&](Value& value) { value.index = expr.function_id; });
    case ExprKind::kConstant:
    case ExprKind::kVariable:
    case ExprKind::kMappingLeaf:
    case ExprKind::kConvert:
    case ExprKind::kNarrow:
    case ExprKind::kCall:
    case ExprKind::kQuery: break;
  }
  BYLAW_CHECK(false, "no operation for expression kind {}", static_cast<int>(expr.kind));
}

}  // namespace bylaw::compiler::ir

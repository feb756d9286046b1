// Constant folding: exactly what the VM would compute, where no run can give another answer. Anything that could fail
// is left to the VM, which knows how.
#include <cmath>

#include "compiler/ir/passes.h"

namespace bylaw::compiler::ir {
namespace {

class Folder {
 public:
  explicit Folder(Module& module) : module_(module), graph_(module.graph) {}

  const Value* operator()(const Value* value) {
    switch (value->op) {
      case Opcode::kAnd: return FoldLogic(value, false);
      case Opcode::kOr: return FoldLogic(value, true);
      case Opcode::kNot: return FoldNot(value);
      case Opcode::kSelect: return FoldSelect(value);
      case Opcode::kCoalesce:
        if (value->operands[0]->Is(Opcode::kAbsent)) return value->operands[1];
        return KnownConstant(value->operands[0]) != nullptr ? value->operands[0] : value;
      case Opcode::kRequire: return KnownConstant(value->operands[0]) != nullptr ? value->operands[0] : value;
      case Opcode::kIsPresent:
        if (value->operands[0]->Is(Opcode::kAbsent)) return Bool(value, false);
        return KnownConstant(value->operands[0]) != nullptr ? Bool(value, true) : value;
      case Opcode::kMakeList:
      case Opcode::kMakeSet:
      case Opcode::kMakeMap: return FoldCollection(value);
      case Opcode::kLoad:
      case Opcode::kLoadAttribute:
      case Opcode::kIsTable:
      case Opcode::kEqCell: return FoldUnseen(value);
      default: break;
    }
    std::vector<const ConstantValue*> operands;
    for (const Value* operand : value->operands) {
      operands.push_back(KnownConstant(operand));
      if (operands.back() == nullptr) return value;
    }
    if (operands.empty()) return value;
    switch (value->op) {
      case Opcode::kConcat: return FoldConcat(value, operands);
      case Opcode::kToText:
        return operands[0]->type->kind == TypeKind::kString ? Constant(value, 0, operands[0]->text) : value;
      case Opcode::kIntToFloat: return Constant(value, FloatToCell(static_cast<double>(CellToInt(operands[0]->bits))));
      case Opcode::kCidrToIpSet:
        return graph_.MakeConstant({.type = value->type, .text = {}, .elements = {value->operands[0]->constant}},
                                   value->span);
      case Opcode::kNegInt:
      case Opcode::kAddInt:
      case Opcode::kSubInt:
      case Opcode::kMulInt:
      case Opcode::kDivInt:
      case Opcode::kModInt:
      case Opcode::kAddTicks:
      case Opcode::kSubTicks:
      case Opcode::kMulTicks:
      case Opcode::kDivTicks: return FoldInteger(value, operands);
      case Opcode::kNegFloat:
      case Opcode::kAddFloat:
      case Opcode::kSubFloat:
      case Opcode::kMulFloat:
      case Opcode::kDivFloat: return FoldFloat(value, operands);
      case Opcode::kLtInt:
      case Opcode::kLtTicks: return Bool(value, CellToInt(operands[0]->bits) < CellToInt(operands[1]->bits));
      case Opcode::kLeInt:
      case Opcode::kLeTicks: return Bool(value, CellToInt(operands[0]->bits) <= CellToInt(operands[1]->bits));
      case Opcode::kLtFloat: return Bool(value, CellToFloat(operands[0]->bits) < CellToFloat(operands[1]->bits));
      case Opcode::kLeFloat: return Bool(value, CellToFloat(operands[0]->bits) <= CellToFloat(operands[1]->bits));
      case Opcode::kLtString: return Bool(value, operands[0]->text < operands[1]->text);
      case Opcode::kLeString: return Bool(value, operands[0]->text <= operands[1]->text);
      default: return value;
    }
  }

 private:
  const ConstantValue* KnownConstant(const Value* value) const {
    if (!value->Is(Opcode::kConst)) return nullptr;
    const ConstantValue& constant = graph_.constant(value->constant);
    return constant.state == State::kKnown ? &constant : nullptr;
  }
  const Value* Bool(const Value* at, bool value) {
    return graph_.MakeBool(value, module_.typed->types.Get(TypeKind::kBool), at->span);
  }
  const Value* Constant(const Value* at, uint64_t bits, std::string text = {}) {
    return graph_.MakeConstant({.type = at->type, .bits = bits, .text = std::move(text), .elements = {}}, at->span);
  }

  /// `dominant` is the operand that decides: false for `and`, true for `or`.
  const Value* FoldLogic(const Value* value, bool dominant) {
    for (size_t i = 0; i < 2; ++i) {
      if (IsBoolConstant(graph_, value->operands[i], dominant)) return Bool(value, dominant);
      if (IsBoolConstant(graph_, value->operands[i], !dominant)) return value->operands[1 - i];
    }
    return value->operands[0] == value->operands[1] ? value->operands[0] : value;
  }

  const Value* FoldNot(const Value* value) {
    const Value* operand = value->operands[0];
    if (operand->Is(Opcode::kNot)) return operand->operands[0];
    if (const ConstantValue* constant = KnownConstant(operand)) return Bool(value, constant->bits == 0);
    return IsUnseen(operand) ? operand : value;
  }

  /// A value of which nothing is known: what is asked of a row that nobody sees.
  bool IsUnseen(const Value* value) const {
    return value->Is(Opcode::kConst) && graph_.constant(value->constant).state == State::kUnknown;
  }

  const Value* FoldUnseen(const Value* value) {
    for (const Value* operand : value->operands) {
      if (IsUnseen(operand))
        return graph_.MakeConstant({.type = value->type, .state = State::kUnknown, .text = {}, .elements = {}},
                                   value->span);
    }
    if (!value->Is(Opcode::kEqCell)) return value;
    const ConstantValue *a = KnownConstant(value->operands[0]), *b = KnownConstant(value->operands[1]);
    return a == nullptr || b == nullptr ? value : FoldEqual(value, *a, *b);
  }

  const Value* FoldSelect(const Value* value) {
    if (IsBoolConstant(graph_, value->operands[0], true)) return value->operands[1];
    if (IsBoolConstant(graph_, value->operands[0], false)) return value->operands[2];
    return value->operands[1] == value->operands[2] ? value->operands[1] : value;
  }

  const Value* FoldCollection(const Value* value) {
    ConstantValue constant{.type = value->type, .text = {}, .elements = {}};
    for (const Value* operand : value->operands) {
      if (operand->Is(Opcode::kAbsent)) {
        constant.elements.push_back(
            graph_.InternConstant({.type = operand->type, .state = State::kAbsent, .text = {}, .elements = {}}));
      } else if (operand->Is(Opcode::kConst) && !IsUnseen(operand)) {
        constant.elements.push_back(operand->constant);
      } else {
        return value;
      }
    }
    return graph_.MakeConstant(std::move(constant), value->span);
  }

  /// Addresses and versions may be equal though written differently, and the like of collections: those are left alone.
  const Value* FoldEqual(const Value* value, const ConstantValue& a, const ConstantValue& b) {
    switch (a.type->kind) {
      case TypeKind::kBool:
      case TypeKind::kInt:
      case TypeKind::kTime:
      case TypeKind::kDuration: return Bool(value, a.bits == b.bits);
      case TypeKind::kString: return Bool(value, a.text == b.text);
      default: return value;
    }
  }

  const Value* FoldConcat(const Value* value, const std::vector<const ConstantValue*>& operands) {
    std::string text;
    for (const ConstantValue* operand : operands) text += operand->text;
    return Constant(value, 0, std::move(text));
  }

  const Value* FoldInteger(const Value* value, const std::vector<const ConstantValue*>& operands) {
    const int64_t a = CellToInt(operands[0]->bits);
    const int64_t b = operands.size() > 1 ? CellToInt(operands[1]->bits) : 0;
    int64_t result = 0;
    bool fails = false;
    switch (value->op) {
      case Opcode::kNegInt: fails = __builtin_sub_overflow(int64_t{0}, a, &result); break;
      case Opcode::kAddInt:
      case Opcode::kAddTicks: fails = __builtin_add_overflow(a, b, &result); break;
      case Opcode::kSubInt:
      case Opcode::kSubTicks: fails = __builtin_sub_overflow(a, b, &result); break;
      case Opcode::kMulInt:
      case Opcode::kMulTicks: fails = __builtin_mul_overflow(a, b, &result); break;
      default:
        fails = b == 0 || (b == -1 && a == INT64_MIN);
        if (!fails) result = value->op == Opcode::kModInt ? a % b : a / b;
    }
    return fails ? value : Constant(value, IntToCell(result));
  }

  const Value* FoldFloat(const Value* value, const std::vector<const ConstantValue*>& operands) {
    const double a = CellToFloat(operands[0]->bits);
    const double b = operands.size() > 1 ? CellToFloat(operands[1]->bits) : 0;
    double result = 0;
    switch (value->op) {
      case Opcode::kNegFloat: result = -a; break;
      case Opcode::kAddFloat: result = a + b; break;
      case Opcode::kSubFloat: result = a - b; break;
      case Opcode::kMulFloat: result = a * b; break;
      default: result = a / b;
    }
    return std::isfinite(result) ? Constant(value, FloatToCell(result)) : value;
  }

  Module& module_;
  Graph& graph_;
};

}  // namespace

Rewriter ConstantFolder(Module& module) {
  return Rewriter(module, [folder = Folder(module)](const Value* value) mutable { return folder(value); });
}

const Value* FoldValue(Module& module, const Value* value) { return ConstantFolder(module).Apply(value); }

}  // namespace bylaw::compiler::ir

// SharedOperations: the scalar operations that the reference evaluator does not do itself. Each is run by the VM as a function of one instruction over one lane,
// made here without the compiler's IR and code generation: a program of its own over the same tables.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/check/typed.h"
#include "runtime/snapshot/snapshot.h"
#include "runtime/vm/evaluation.h"

namespace bylaw::reference {

/// A value by itself.
struct Value {
  State state = State::kKnown;
  Cell cell = 0;
  int64_t upper = 0;  ///< kRanged

  static Value Unknown() { return {State::kUnknown, 0, 0}; }
  static Value Absent() { return {State::kAbsent, 0, 0}; }
  static Value Bool(Tri tri) {
    return tri == Tri::kUnknown ? Unknown() : Value{State::kKnown, tri == Tri::kTrue ? Cell{1} : Cell{0}, 0};
  }
  static Value Int(int64_t value) { return {State::kKnown, IntToCell(value), 0}; }
  static Value Range(int64_t low, int64_t high) {
    return low == high ? Int(low) : Value{State::kRanged, IntToCell(low), high};
  }

  bool known() const { return state == State::kKnown; }
  bool absent() const { return state == State::kAbsent; }
  Tri tri() const { return !known() ? Tri::kUnknown : cell != 0 ? Tri::kTrue : Tri::kFalse; }
  int64_t low() const { return CellToInt(cell); }
  int64_t high() const { return state == State::kRanged ? upper : CellToInt(cell); }
};

class SharedOperations {
 public:
  /// `program` numbers the tables of `snapshot`; all expressions that will be run are parts of `typed`.
  SharedOperations(const compiler::TypedProgram& typed, const Program& program, const Snapshot& snapshot, int64_t now,
                   bool closed_world);

  /// Whether Run does expressions of this kind.
  static bool Does(compiler::ExprKind kind);
  /// The operation that `expr` is, over the values of its operands.
  Value Run(const compiler::Expr& expr, const std::vector<Value>& operands);
  /// A list or set of type `type` out of values; a map out of key, value, ….
  Value MakeCollection(const compiler::Type& type, const std::vector<Value>& elements);
  /// `a` united with `b`, both of type `type`: ipset, portset or set.
  Value Union(const compiler::Type& type, const Value& a, const Value& b);
  Value EmptyUnion(const compiler::Type& type);
  /// `a` < `b` or `a` <= `b`, for versions and addresses.
  Value Less(const compiler::Type& type, const Value& a, const Value& b, bool or_equal);
  std::string ToText(const compiler::Type& type, const Value& value);
  std::string_view Text(Cell id) { return evaluation_->strings().Text(static_cast<StringId>(id)); }
  Value String(std::string_view text) { return {State::kKnown, evaluation_->strings().Intern(text), 0}; }

 private:
  void Collect(const compiler::Expr& expr);
  void CollectQuery(const compiler::TypedQuery& query);
  void CollectText(const compiler::TypedText& text);
  void CollectType(const compiler::Type& type);
  TypeId TypeOf(const compiler::Type& type);
  TypeId TypeOf(TypeKind kind);
  /// A function of one instruction, which gets registers 0 … as inputs and writes the one behind them.
  uint32_t AddFunction(const std::vector<TypeId>& inputs, TypeId result, Instruction instruction);
  uint32_t AddConstant(const compiler::Expr& expr);
  Value Call(uint32_t function, const std::vector<Value>& arguments);

  Program program_;
  std::unordered_map<std::string, TableId> tables_;
  std::unordered_map<const compiler::Expr*, uint32_t> functions_;
  std::unordered_map<std::string, TypeId> type_ids_;
  std::unordered_map<std::string, uint32_t> named_functions_;
  std::unique_ptr<Evaluation> evaluation_;
  std::vector<std::shared_ptr<const void>> kept_;
};

}  // namespace bylaw::reference

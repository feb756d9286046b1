// The relational IR: what the passes improve and the code generator turns into bytecode.
//
//   typed tree ──Lower──► Module ──passes──► Module ──Generate──► Program
//
// A module is a set of units (rules, functions, relations, waivers) over one graph of values. A value is a pure, total
// expression: a variable, or an operation of the instruction set on other values. Values are hash-consed: two that are
// written alike, wherever they stand, are one pointer, which is value numbering and common subexpressions at once. A
// value says nothing about when it is computed; the code generator places it (codegen/schedule.h).
//
// A query binds one variable for each of its generators. Bound variables are named by the number of binders around them
// (and their spelling, for witnesses), so queries that differ only in what they are called from are one value too.
// Scoping is lexical: the nearest binder counts.
//
// Filters. Each generator has the conjuncts that are tested right after it. Lowering puts them at the last generator;
// the passes move them. Where a conjunct is tested changes no result: a query is open where a phantom row survives all
// of them (program.h, Query).
//
// Thread safety: none; one thread builds a module.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/check/typed.h"

namespace bylaw::compiler::ir {

struct Value;
struct Query;
struct Function;
struct Relation;

/// How dear a value is to compute for one lane: what laziness and the order of conjuncts go by.
enum class Cost : uint8_t {
  kFree,   ///< constants, variables
  kCheap,  ///< a kernel over cells
  kDear,   ///< a query, a call, building text
};

/// A constant, interned in its module: equal constants have one index.
struct ConstantValue {
  const Type* type = nullptr;
  State state = State::kKnown;
  uint64_t bits = 0;
  std::string text;
  std::vector<uint32_t> elements;
};

/// A node of the graph. Immutable but for `Generator::sources` of its query.
struct Value {
  bool is_variable = false;
  Opcode op = Opcode::kConst;  ///< if not a variable
  uint32_t id = 0;             ///< in order of creation
  const Type* type = nullptr;
  std::vector<const Value*> operands;  ///< kLazy: the guard, then what is computed where it is not false
  Span span;

  uint32_t constant = 0;  ///< kConst: index into Module::constants
  uint32_t index =
      0;  ///< kLoadAttribute: the Attribute; kBuiltin: the FunctionId; kObserve: the number of the condition; variables:
          ///< the number of binders around
  const TypedParam* param = nullptr;  ///< kParam
  const Field* field = nullptr;       ///< kLoad
  const Model* model = nullptr;       ///< kIsTable
  std::string text;                   ///< kJsonGet: the member; variables: the name
  Function* function = nullptr;       ///< kCall
  Relation* relation = nullptr;       ///< kMember
  std::unique_ptr<Query> query;       ///< kQuery

  std::vector<const Value*> free;  ///< the variables that it depends on, by id
  Cost cost = Cost::kFree;

  bool Is(Opcode wanted) const { return !is_variable && op == wanted; }
};

/// One `x in C` of a pipeline, with the conjuncts tested right after it.
struct Generator {
  GeneratorKind kind = GeneratorKind::kScan;
  std::vector<const Value*> variables;      ///< what it binds: one; kUnit: none; kRelation: one a position
  const Model* model = nullptr;             ///< kScan, kLookup
  const Field* column = nullptr;            ///< kLookup
  const Value* key = nullptr;               ///< kLookup, kElements: over the variables before
  const Relation* relation = nullptr;       ///< kRelation
  std::vector<const Value*> relation_keys;  ///< kRelation: a value over the variables before, or null where free
  std::vector<const Model*> models;         ///< kRelation: what a free position ranges over; null: any reference
  bool opens = false;
  bool covers = true;
  std::vector<const Value*> filters;
  std::vector<const Variable*> sources;  ///< the variables of the policy that this is, for witnesses
  std::string name;                      ///< of the binding; empty: none
  Span span;
};

using Pipeline = std::vector<Generator>;

struct Query {
  QueryKind kind = QueryKind::kExists;
  Pipeline pipeline;
  std::vector<const Value*> open_keys;
  const Value* value = nullptr;
  const Value* key = nullptr;
  const Value* order = nullptr;
};

/// A define that is not inlined, a part that several rules share, a mapping's expression, a text.
struct Function {
  std::string name;
  std::vector<const Value*> params;
  const Value* body = nullptr;
  bool memoize = false;
  uint32_t index = 0;  ///< in Module::functions; callees come before callers
};

/// A recursive define: the least fixpoint of its disjuncts.
struct Relation {
  struct Disjunct {
    Pipeline pipeline;
    std::vector<const Value*> tuple;
  };
  const Define* define = nullptr;
  std::vector<const Value*> params;
  const Value* body = nullptr;  ///< as written, over `params`
  std::vector<Disjunct> disjuncts;
  uint32_t index = 0;  ///< in Module::relations
};

/// A text with what it takes: the function's inputs are `arguments`, then one for each witness.
struct Text {
  Function* function = nullptr;         ///< null: none
  std::vector<const Value*> arguments;  ///< variables of the rule
  std::vector<const Variable*> witnesses;
};

struct Rule {
  const TypedRule* source = nullptr;
  Pipeline pipeline;
  std::vector<const Value*> variables;  ///< the `for` variables in order
  std::vector<const Value*> clauses;    ///< one for each clause of the source
  Text message, fix;
  std::vector<Text> clause_messages, clause_fixes;  ///< one for each clause; null: the rule's
  std::vector<Text> computed_controls;
};

struct Waiver {
  const TypedWaiver* source = nullptr;
  Function* function = nullptr;  ///< null: by address
};

/// Builds values and interns them.
class Graph {
 public:
  /// The variable with this name and type under `depth` binders.
  const Value* MakeVariable(uint32_t depth, const Type* type, const std::string& name);
  /// A variable that no other is equal to.
  const Value* MakeFreshVariable(const Type* type, const std::string& name);

  /// An operation without any payload.
  const Value* Make(Opcode op, const Type* type, std::vector<const Value*> operands, Span span);
  /// The value that `value` describes: itself made a node, or the equal node that there is.
  const Value* Intern(Value value);
  const Value* MakeQuery(Query query, const Type* type, Span span);
  /// `value` with other operands.
  const Value* WithOperands(const Value* value, std::vector<const Value*> operands);

  const Value* MakeConstant(ConstantValue constant, Span span);
  const Value* MakeBool(bool value, const Type* bool_type, Span span);
  uint32_t InternConstant(ConstantValue constant);
  const ConstantValue& constant(uint32_t index) const { return constants_[index]; }

  size_t num_values() const { return values_.size(); }

 private:
  std::deque<Value> values_;
  std::unordered_map<std::string, const Value*> by_key_;
  std::deque<ConstantValue> constants_;
  std::unordered_map<std::string, uint32_t> constant_by_key_;
  uint32_t num_fresh_ = 0;
};

/// One mapping of a demanded table: the leaves and expressions of its demanded fields. Functions take all leaves, in
/// order.
struct DemandedMapping {
  const TypedMapping* source = nullptr;
  std::vector<uint32_t> leaves;  ///< indices into the source's leaves
  Function* where = nullptr;
  struct FieldSource {
    const Field* field = nullptr;
    FieldSourceKind kind = FieldSourceKind::kPath;
    std::vector<std::vector<std::string>> paths;
    Function* function = nullptr;
  };
  std::vector<FieldSource> fields;
};

/// A model that live code reads, with the columns that it reads. The index in Module::tables is the TableId.
struct DemandedTable {
  const Model* model = nullptr;
  std::vector<const Field*> columns;              ///< in order of declaration
  std::vector<std::optional<uint32_t>> defaults;  ///< [columns]: constants
  std::vector<std::vector<uint32_t>> data_rows;   ///< constants, one a column
  std::vector<DemandedMapping> mappings;
  std::vector<std::string> paths;  ///< sources: the top-level keys that are read; empty: all
  bool only_named = false;         ///< as Table::only_named
};

struct Module {
  TypedProgram* typed = nullptr;
  Graph graph;
  std::deque<Function> functions;
  std::deque<Relation> relations;
  std::vector<Rule> rules;
  std::vector<Waiver> waivers;
  std::vector<DemandedTable> tables;                    ///< filled by DemandTables
  std::vector<std::optional<uint32_t>> param_defaults;  ///< constants, one for each param of the typed program
  Function* query = nullptr;                            ///< `bylaw query`'s expression
  struct TestCondition {
    uint32_t test = 0, expect = 0;
    Function* function = nullptr;
  };
  std::vector<TestCondition> test_conditions;
};

/// Whether `value` is the bool constant `wanted`.
bool IsBoolConstant(const Graph& graph, const Value* value, bool wanted);
bool DependsOn(const Value* value, const Value* variable);
/// The operands of nested `and`s (or `or`s), left to right.
std::vector<const Value*> Flatten(Opcode op, const Value* value);

}  // namespace bylaw::compiler::ir

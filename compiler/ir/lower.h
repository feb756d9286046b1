// Lowering: the typed tree as IR. Names become values, `let`s vanish into the graph, defines are inlined or become
// functions and relations.
//
// Only what rules, waivers, a query or tests reach is lowered. Mappings come later, when it is known which columns are
// read (see demand_tables.cc): for that the lowering lives on beside its module.
//
// Thread safety: none.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/ir/ir.h"

namespace bylaw::compiler::ir {

struct LowerOptions {
  /// Inline small defines, and those that are asked once for each row; memoise the others that hold queries.
  bool inline_defines = true;
  /// Lower the conditions of tests as functions.
  bool tests = false;
  /// Which rules of the typed program to lower; empty: all.
  std::vector<bool> judged = {};
  /// The numbers of the conditions to observe; null: none.
  const std::unordered_map<const Expr*, uint32_t>* observed = nullptr;
};

class Lowering {
 public:
  Lowering(TypedProgram& typed, Module& module, const LowerOptions& options);

  /// Lowers rules, waivers, the query and test conditions, with everything that they reach.
  void Run();

  /// The expression of a mapping as a function of the leaves `live` (indices into `mapping.leaves`). Of a reference it
  /// gives the key: the importer resolves it.
  Function* LowerMapping(const TypedMapping& mapping, const std::vector<uint32_t>& live, const Model& model,
                         const Expr& expr, const std::string& name);
  /// A constant expression as a constant of the module. Precondition: the checker has accepted it as constant.
  uint32_t LowerConstant(const Expr& expr);

  /// A new function; equal ones (same parameters, body) are one.
  Function* MakeFunction(std::string name, std::vector<const Value*> params, const Value* body, bool memoize);

 private:
  using Environment = std::map<const Variable*, const Value*>;

  /// Where an expression stands: what its names mean, how many binders are around it, and which they are.
  struct Scope {
    Environment env;
    uint32_t depth = 0;
    std::vector<const Value*> bound;
    const std::vector<const Value*>* leaves = nullptr;  ///< mappings
  };

  void LowerRule(const TypedRule& rule);
  void LowerWaiver(const TypedWaiver& waiver);
  void LowerTests();
  Text LowerText(const TypedText& text, const Scope& scope, const std::vector<const Value*>& variables,
                 const std::string& name);
  void LowerRelations();

  const Value* LowerExpr(const Expr& expr, Scope& scope);
  const Value* LowerUnobserved(const Expr& expr, Scope& scope);
  const Value* LowerOperation(const Expr& expr, std::vector<const Value*> operands);
  const Value* LowerConvert(const Expr& expr, const Value* operand);
  const Value* LowerQuery(const Expr& expr, Scope& scope);
  const Value* LowerOpening(const TypedQuery& source, const QueryOpening& opening, const Scope& outer, Span span);
  /// What nobody sees: of no use but to be asked.
  const Value* Unseen(const Type* type, Span span);
  const Value* LowerCall(const Expr& expr, std::vector<const Value*> arguments, Scope& scope);
  const Value* LowerBody(const Define& define, Scope& scope);
  const Value* LowerVariable(const Expr& expr, Scope& scope);
  Generator LowerGenerator(const QueryGenerator& source, Scope& scope, const std::string& name);
  uint32_t LowerConstantValue(const Expr& expr);
  Function* FunctionOf(const Define& define);
  Relation* RelationOf(const Define& define);
  bool ShouldInline(const Define& define, const std::vector<const Value*>& arguments, const Scope& scope);

  const Value* Equal(const Value* a, const Value* b, Span span);
  const Type* BoolType() { return typed_.types.Get(TypeKind::kBool); }

  // Facts about defines that inlining goes by; found once, over what is live (inline_plan.cc).
  struct DefineFacts {
    bool live = false;
    bool has_query = false;  ///< itself or through what it calls
    uint32_t size = 0;       ///< expressions in its body, and in what it calls
    uint32_t num_calls = 0;  ///< places in live code that call it
  };
  bool IsJudged(size_t rule) const { return options_.judged.empty() || options_.judged.at(rule); }
  void GatherFacts();
  void CountCalls(const Expr& expr);
  void CountCalls(const TypedText& text);
  void CountCalls(const std::vector<QueryGenerator>& generators);
  const DefineFacts& FactsOf(const Define& define);

  TypedProgram& typed_;
  Module& module_;
  Graph& graph_;
  LowerOptions options_;
  std::map<const Define*, Function*> function_of_;
  std::map<const Define*, Relation*> relation_of_;
  std::map<std::pair<std::vector<const Value*>, const Value*>, Function*> function_by_body_;
  std::map<const Define*, DefineFacts> facts_;
  std::vector<const Define*> pending_relations_;
};

}  // namespace bylaw::compiler::ir

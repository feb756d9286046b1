// The passes over a module, each in the file of its name, and the rewriting that they share.
//
// Every pass keeps the meaning of the module exactly, unknown values and openness included (docs/language.md, "What a
// query means"). Passes replace the roots of units and the parts of pipelines; values themselves never change.
//
// Thread safety: none.
#pragma once

#include <functional>
#include <unordered_map>

#include "compiler/ir/ir.h"

namespace bylaw::compiler::ir {

class Lowering;

/// What kind of unit a pipeline is of: what may be done with it.
enum class PipelineKind : uint8_t {
  kRule,  ///< order of tuples and every row of the first generator matter
  kQuery,
  kRelation,
};

// ---- always

/// Whether a generator after the first depends on a variable of an earlier one through its key.
bool HasDependentGenerator(const Pipeline& pipeline);
/// Moves each filter to the earliest generator at which its variables are bound.
void PlaceFilters(Pipeline& pipeline);
/// Gives every relation the disjunct that is its body over all rows; what DecomposeRelations could not say better.
void GiveRelationsTheirBodies(Module& module);
/// A value with all constants in it folded.
const Value* FoldValue(Module& module, const Value* value);
struct DemandOptions {
  bool all = false;      ///< every model with all its fields
  bool optimise = true;  ///< the mappings' expressions too
};
/// Finds the tables, columns and mappings that the module reads, and lowers the mappings' expressions.
void DemandTables(Module& module, Lowering& lowering, const DemandOptions& options);

/// Visits everything that rules, waivers, texts, the query, test conditions and mappings reach: each value, generator,
/// function and relation once, functions after those that they call. Any of the callbacks may be null.
struct LiveVisitor {
  std::function<void(const Value*)> value;
  /// Every place where a value stands that is not an operand of another value.
  std::function<void(const Value*)> root;
  std::function<void(const Generator&)> generator;
  std::function<void(Function*)> function;
  std::function<void(const Relation*)> relation;
};
void VisitLive(const Module& module, const LiveVisitor& visitor);

// ---- rewriting

/// Rewrites values bottom-up, each once. `pipeline` sees every pipeline after its parts are rewritten and may change it
/// in any way that keeps the query's meaning; `value` sees every operation after its operands and may give another one.
class Rewriter {
 public:
  using ValueHook = std::function<const Value*(const Value*)>;
  using PipelineHook = std::function<void(Pipeline&, PipelineKind, const Query*)>;

  Rewriter(Module& module, ValueHook value, PipelineHook pipeline = nullptr)
      : module_(module), value_(std::move(value)), pipeline_(std::move(pipeline)) {}

  /// Sees every value before its operands are looked at; what it gives stands for the value, unless it is null.
  ValueHook before;

  /// Everything that the module has but its tables.
  void RewriteModule();
  void RewriteFunction(Function& function) { Rewrite(function.body); }
  const Value* Apply(const Value* value);
  /// `value` with its parts rewritten, but not itself.
  const Value* ApplyToParts(const Value* value);
  void RewritePipeline(Pipeline& pipeline, PipelineKind kind, const Query* query);

 private:
  void Rewrite(const Value*& value) {
    if (value != nullptr) value = Apply(value);
  }
  void RewriteAll(std::vector<const Value*>& values) {
    for (const Value*& value : values) Rewrite(value);
  }

  Module& module_;
  ValueHook value_;
  PipelineHook pipeline_;
  std::unordered_map<const Value*, const Value*> done_;
};

/// `value` with the variable `from` replaced by `to`. Precondition: no binder inside has a variable that `to` mentions.
const Value* Substitute(Module& module, const Value* value, const Value* from, const Value* to);

/// The conjunction of `conjuncts`; true for none.
const Value* MakeAnd(Module& module, const std::vector<const Value*>& conjuncts, Span span);
const Value* MakeNot(Module& module, const Value* value);

// ---- optimising, in this order

Rewriter ConstantFolder(Module& module);
Rewriter FilterPusher(Module& module);
void DecomposeRelations(Module& module);
Rewriter JoinOrderer(Module& module);
Rewriter AccessPathChooser(Module& module);
void ShareAcrossRules(Module& module);
Rewriter LazyRewriter(Module& module);

/// All of the above.
void Optimise(Module& module);
/// Those that concern one value, for functions that are made after Optimise.
const Value* OptimiseValue(Module& module, const Value* value);

}  // namespace bylaw::compiler::ir

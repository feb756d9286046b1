// The optimising passes as one list.
#include "compiler/ir/passes.h"

namespace bylaw::compiler::ir {

void Optimise(Module& module) {
  ConstantFolder(module).RewriteModule();
  FilterPusher(module).RewriteModule();
  DecomposeRelations(module);
  JoinOrderer(module).RewriteModule();
  AccessPathChooser(module).RewriteModule();
  ShareAcrossRules(module);
  LazyRewriter(module).RewriteModule();
}

const Value* OptimiseValue(Module& module, const Value* value) {
  value = ConstantFolder(module).Apply(value);
  value = FilterPusher(module).Apply(value);
  value = AccessPathChooser(module).Apply(value);
  return LazyRewriter(module).Apply(value);
}

}  // namespace bylaw::compiler::ir

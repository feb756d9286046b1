// MappingEvaluator: how the importer runs the expressions of mappings without knowing the VM.
//
// Mappings may hold conditions and expressions (`from … where …`, `vpc = one a.vpcId for a in attachments where …`); they are functions of
// the program. The importer collects their arguments, JSON trees mostly, for a batch of rows, and has them evaluated at once; the engine
// implements this with the VM.
//
// Thread safety: one call at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/base/value.h"
#include "runtime/snapshot/snapshot.h"

namespace bylaw {

/// Values of one argument or result, [num_rows].
struct MappingColumn {
  std::vector<Cell> cells;
  std::vector<State> states;
  std::unordered_map<Row, Cause>
      causes;  ///< of unknown values; an argument's unknown parts carry theirs in the tree (JsonNodeKind::kUnknown)
};

/// Where results live. Everything that a result's cells mean is made here: string and net ids in these pools, objects in this arena.
struct MappingContext {
  /// The snapshot being built: no table has rows yet that may be read, but its pools and causes are there.
  const Snapshot& partial;
  StringPool& strings;
  NetPool& nets;
  Arena& arena;
  /// Keeps an object that results point into as long as the snapshot.
  std::function<void(std::shared_ptr<const void>)> keep;
};

class MappingEvaluator {
 public:
  virtual ~MappingEvaluator() = default;

  /// Evaluates Program::functions[`function`] over `num_rows` rows. `arguments` has one column for each input of the function's block: json
  /// (a JsonNode*, absent when there is nothing at the leaf's path), or the reference `this`, which is opaque: it may be compared and given
  /// back, not followed. `result` is filled with [num_rows] values of the type of the function's result register.
  virtual void Evaluate(uint32_t function, uint32_t num_rows, std::span<const MappingColumn> arguments,
                        const MappingContext& context, MappingColumn* result) = 0;
};

}  // namespace bylaw

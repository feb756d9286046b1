// Evaluation: a program over a snapshot, with the values of one run: parameters, `now`, limits. What all threads of the run share: pools for computed text and addresses, computed
// objects, memoised functions, relations, compiled patterns.
//
//   Program + Snapshot ──► Evaluation ──► EvaluateRules (runtime/verdict) · EvaluateFunction (mappings, `bylaw query`, tests)
//
// A verified program can do no harm here, whatever its content: what does not fit together (a table that the snapshot lacks, a cell of another kind) is unknown.
// Thread safety: SetParam before the first evaluation; after that everything may be called from several threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/observations.h"
#include "runtime/base/result.h"
#include "runtime/bytecode/program.h"
#include "runtime/snapshot/snapshot.h"
#include "runtime/vm/evidence.h"
#include "runtime/vm/vector.h"

namespace bylaw {

struct EvaluationOptions {
  int64_t now = 0;                               ///< µs since the epoch
  bool closed_world = false;                     ///< the snapshot is all there is: nothing is open
  uint32_t batch_size = 2048;                    ///< lanes a frame, at most; results do not depend on it
  std::chrono::milliseconds time_budget{0};      ///< 0: none
  const std::atomic<bool>* cancelled = nullptr;  ///< set it from any thread to stop
  size_t max_object_bytes = size_t{2} << 30;     ///< of computed lists, sets, texts and relation tuples
  Observations* observations = nullptr;          ///< what conditions come to is noted there
};

/// What a program reads when there is no snapshot yet: mapping functions, run while one is being built. All must outlive the evaluation.
struct EvaluationPools {
  StringPool* strings = nullptr;
  NetPool* nets = nullptr;
  std::function<const Cause&(CauseId)> cause = {};  ///< causes of unknown JSON nodes; may be empty
};

struct FunctionResult {
  Vector values;
  TypeId type = 0;
  /// Asked for with `explain`: [num lanes], why each lane is unknown, and the rows that decided it.
  std::vector<Explanation> explanations;
};

class EvaluationState;

class Evaluation {
 public:
  /// Both must outlive the evaluation.
  Evaluation(const Program& program, const Snapshot& snapshot, EvaluationOptions options = {});
  /// Without tables: loads are unknown.
  Evaluation(const Program& program, EvaluationPools pools, EvaluationOptions options = {});
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;
  ~Evaluation();

  /// Gives parameter `index` a value whose cell comes from this evaluation's (or the snapshot's) pools. Parameters without a value take their default; without one they are unknown.
  void SetParam(uint32_t index, Cell cell, State state = State::kKnown);
  /// Reads the text as the parameter's type: plain for scalars, JSON for lists, sets and maps.
  Status SetParamFromText(uint32_t index, std::string_view text);

  /// Runs `function` once for each lane of the arguments (all of `num_lanes` lanes, of the types of its inputs).
  /// Errors: time budget, cancellation, memory cap; never the content of the program or of the arguments.
  Result<FunctionResult> EvaluateFunction(uint32_t function, std::span<const Vector> arguments, uint32_t num_lanes,
                                          bool explain = false);

  /// A value as messages show it.
  std::string ToText(TypeId type, Cell cell, State state) const;

  const Program& program() const;
  const Snapshot* snapshot() const;  ///< null: pools only
  const EvaluationOptions& options() const;
  StringPool& strings();
  NetPool& nets();
  /// Owns every object (list, set, map, json, …) that evaluation has made; keep it as long as cells that point to them.
  std::shared_ptr<const void> objects() const;

  /// Internal: what kernels work with.
  EvaluationState& state() { return *state_; }

 private:
  std::unique_ptr<EvaluationState> state_;
};

}  // namespace bylaw

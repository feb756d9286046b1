// Judging one world in every way that must come to the same: optimised and not, at batch sizes 1, 3 and full, with 1 and 2 threads, directly and through
// encode, decode and verify, and on the reference evaluator. The golden cases and the differential tests stand on it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/compiler.h"
#include "runtime/engine.h"
#include "tests/reference/describe.h"
#include "tests/reference/evaluator.h"

namespace bylaw::reference {

/// Policies and what they are judged over.
struct World {
  std::vector<compiler::PolicyText> policies;
  compiler::CompileOptions options;
  /// Makes the snapshot for one of the programs that the policies are compiled to.
  std::function<Result<LoadedSnapshot>(const compiler::CompileResult&, const PolicySet&)> load;
  CheckOptions check;
};

struct Outcome {
  std::string diagnostics;  ///< rendered; empty when there are none
  bool compiled = false;
  std::string error;                ///< why there is no report: of the inputs, a param
  std::optional<Report> report;     ///< of failing and unknown clauses
  std::optional<QueryValue> value;  ///< of the query, if there is one
  std::string difference;           ///< which two ways differ, and where; empty when all agree
};

/// `with_reference`: compare verdicts and counts with the reference evaluator too.
Outcome JudgeEveryWay(const World& world, bool with_reference = true);

/// The policies of a world, compiled: worlds that differ in their rows alone can share them.
struct Compiled {
  compiler::CompileResult result;
  PolicySet policies;
};
/// The error: what does not compile.
Result<Compiled> CompileOnce(const World& world);

/// The VM's verdicts of one world, sorted, judged in one way. Errors: what does not load, or is not judged.
Result<ReferenceReport> JudgeOnce(const Compiled& compiled, const World& world);

}  // namespace bylaw::reference

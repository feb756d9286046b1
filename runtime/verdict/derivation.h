// Derivation: how a rule came to its verdict about one resource, step by step: what each expression was worth, and
// where the values stand. For `bylaw why`.
//
// The rule runs once more over that resource alone, recorded (vm/recorder.h); the steps are read back from the result
// along the registers that it was made of. Of `and` and `or` only the parts that decided are told, of a query the
// members that did; a few stand for many.
//
// Thread safety: Derive may be called from several threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/verdict/finding.h"
#include "runtime/vm/evaluation.h"

namespace bylaw {

struct DerivationStep {
  uint32_t span = kNone;  ///< Program::spans: the expression; kNone: `label` says what it is
  std::string label;      ///< of a query's member the variable's name; of a note all of it
  std::string value;      ///< empty for a note
  TableId table = kNone;  ///< where the value stands, or the row that it is
  Row row = kNone;
  ColumnId column = kNone;
  std::vector<DerivationStep> steps;  ///< what it rests on
};

struct DerivedClause {
  uint32_t clause = 0;  ///< Rule::clauses
  Verdict verdict = Verdict::kFail;
  std::vector<DerivationStep> steps;
};

/// One tuple of the rule's variables.
struct DerivedTuple {
  std::vector<DerivationStep> variables;   ///< label and value
  std::vector<DerivationStep> conditions;  ///< each `where` that was reached
  bool applies = true;                     ///< false: a condition is false, and no clause was judged
  std::vector<DerivedClause> clauses;
};

/// Of the tuples whose first variable is `row` of its table; for a rule that does not range over a table's rows, of
/// all. At most `most_tuples`. Errors: limits of the evaluation's options.
Result<std::vector<DerivedTuple>> Derive(Evaluation& evaluation, uint32_t rule, Row row, size_t most_tuples = 20);

}  // namespace bylaw

// The reference evaluator: a second opinion. It walks the typed tree row by row, in nested loops, with no bytecode, batches, indexes, memoisation or passes, and says what every rule
// must come to. It is slow and plain on purpose, and linked into tests alone.
//
// What it decides by itself: Kleene logic, comparison, arithmetic, queries with certain, possible and unseen members, relations, narrowing, rules and verdicts. What it shares with the VM are the scalar
// operations with tests of their own (built-in functions, conversions, text, patterns): see shared_operations.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/check/typed.h"
#include "runtime/snapshot/snapshot.h"
#include "runtime/verdict/finding.h"
#include "tests/reference/shared_operations.h"

namespace bylaw::reference {

using compiler::Define;
using compiler::Expr;
using compiler::QueryGenerator;
using compiler::TypedProgram;
using compiler::TypedQuery;
using compiler::TypedRule;
using compiler::Variable;

struct RuleOptions {
  int64_t now = 0;
  bool closed_world = false;
};

/// The verdict of one clause for one tuple; `tuple` holds the values of the `for` variables as messages show them.
struct ReferenceVerdict {
  std::string rule;
  std::vector<std::string> tuple;
  uint32_t clause = 0;
  Verdict verdict = Verdict::kPass;
  auto operator<=>(const ReferenceVerdict&) const = default;
};

struct ReferenceCounts {
  uint64_t fail = 0, unknown = 0, pass = 0, not_applicable = 0;
  bool operator==(const ReferenceCounts&) const = default;
};

struct ReferenceReport {
  std::vector<ReferenceVerdict> verdicts;         ///< all but not-applicables, in rule, tuple, clause order
  std::map<std::string, ReferenceCounts> counts;  ///< by rule id
};

class Evaluator {
 public:
  /// `program` is what the compiler made of `typed` (its tables and params number those of `snapshot`). All must outlive the evaluator.
  Evaluator(const TypedProgram& typed, const Program& program, const Snapshot& snapshot, const RuleOptions& options);

  /// The rules that `selects` wants: those that came in by import alone are not in the program, nor are their tables.
  ReferenceReport EvaluateRules(const std::function<bool(const TypedRule&)>& selects);
  /// An expression without free variables.
  Value Evaluate(const Expr& expr);
  std::string ToText(const Expr& expr, const Value& value);

 private:
  using Environment = std::unordered_map<const Variable*, Value>;

  /// A member of a query: its variables are in the environment.
  struct Member {
    bool possible = false;  ///< not certain
    bool phantom = false;   ///< stands for what the snapshot does not show
  };
  struct Candidate {
    Value value;
    Member member;
  };
  struct Tuple {
    std::vector<Cell> cells;
    auto operator<=>(const Tuple&) const = default;
  };
  struct Relation {
    std::set<Tuple> certain, possible;
  };

  Value Eval(const Expr& expr);
  Tri EvalTri(const Expr& expr);
  Value EvalField(const Expr& expr);
  Value EvalIsModel(const Expr& expr);
  Value EvalOrder(const Expr& expr);
  Value EvalArithmetic(const Expr& expr);
  Value EvalIf(const Expr& expr);
  Value EvalIn(const Expr& expr);
  Value EvalCall(const Expr& expr);
  Tri Equal(const compiler::Type& type, const Value& a, const Value& b);
  Tri EqualReferences(const Value& a, const Value& b);
  Value LessValue(const compiler::Type& type, const Value& a, const Value& b);

  Value EvalQuery(const Expr& expr);
  /// Calls `visit` for every member; the environment holds its variables then. False from `visit` ends it.
  template <typename Visit>
  void ForMembers(const TypedQuery& query, const Visit& visit);
  template <typename Visit>
  bool Generate(const std::vector<const QueryGenerator*>& generators, const std::vector<const Expr*>& conjuncts,
                size_t level, Member member, bool open, bool is_rule, const Visit& visit,
                const compiler::QueryOpening* opening = nullptr);
  /// `reverse_opens`: a generator over a reverse field of something outside has members that are not shown.
  std::vector<Candidate> CandidatesOf(const QueryGenerator& generator, bool open, bool is_rule,
                                      bool reverse_opens = true, bool covers = true);
  bool IsOpen(const TypedQuery& query);
  bool IsOpen(const TypedQuery& query, const compiler::QueryOpening& opening);
  /// Whether a reference may name something outside the snapshot.
  bool MayBeOutside(const Value& reference) const;

  void EvaluateRule(const TypedRule& rule, ReferenceReport& report);

  const Relation& RelationOf(const Define& define);
  void ComputeStratum(uint32_t stratum);
  std::vector<Value> Domain(const Variable& variable);

  /// What one run of a rule for one row of its first variable says of a tuple.
  struct JudgedTuple {
    std::vector<std::string> texts;
    std::vector<Verdict> verdicts;  ///< [num clauses]
    bool all_known = true;          ///< all `for` variables are
    bool undecided() const;
  };
  using JudgedTuples = std::vector<
      std::pair<std::vector<Cell>, JudgedTuple>>;  ///< by the cells of the `for` variables, in the order of the rows
  /// A reference that may be one of several rows.
  struct Ambiguous {
    TableId table = 0;
    ColumnId column = 0;
    Row row = 0;
    auto operator<=>(const Ambiguous&) const = default;
  };

  JudgedTuples JudgeTuples(const TypedRule& rule, const Candidate* first);
  /// Judges what is undecided once with each combination of the ambiguous references that were read; gives what all agree on.
  void JudgeCandidates(const TypedRule& rule, const Candidate* first, JudgedTuples& tuples);
  void Assume(std::map<Ambiguous, Cell> assumed);
  Value ValueAt(uint32_t table, const compiler::Field& field, const Column& column, Row row);

  uint32_t TableOf(const compiler::Model& model) const;
  const Column* ColumnOf(const compiler::Field& field, uint32_t* table) const;

  const TypedProgram& typed_;
  const Program& program_;
  const Snapshot& snapshot_;
  const RuleOptions options_;
  SharedOperations shared_;
  Environment environment_;
  std::unordered_map<std::string, TableId> tables_;
  std::map<const Define*, Relation> relations_;
  std::set<uint32_t> complete_strata_;
  std::map<Ambiguous, Cell> assumed_;
  std::set<Ambiguous> ambiguous_;   ///< those read since it was cleared
  bool computing_certain_ = false;  ///< while a stratum's certain fixpoint is being computed
};

}  // namespace bylaw::reference

// RelationStore: the program's recursive defines as sets of tuples, each stratum computed once, on first use.
//
// A relation is the least fixpoint of its disjuncts, over certain and possible derivations at once: a tuple is certain when some derivation of it has only certain parts. Evaluation is semi-naive
// (Bancilhon and Ramakrishnan 1986): a round joins only with what the round before added, one relation stage after the other; disjuncts that ask for membership inside expressions are run whole
// in each round. Every tuple keeps the round and the generated values of its first certain and its first possible derivation, so that a traced run can replay just that derivation; rounds
// fall from a tuple to what it was derived from, so explanations end.
//
// A head position that is unknown stands for each of its candidates, or for every row of the argument's models: possible tuples.
//
// Thread safety: all methods; a stratum is computed by whoever needs it first while others wait.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/vm/worker.h"

namespace bylaw {

struct Derivation;

class RelationStore {
 public:
  explicit RelationStore(EvaluationState& state);
  ~RelationStore();

  struct Match {
    uint32_t index = 0;
    std::span<const Cell> tuple;
    bool certain = false;
  };

  /// Whether tuples are in the relation, one a lane: true, false or unknown; evidence in traced runs.
  Vector Member(Worker& worker, uint32_t relation, std::span<const Vector* const> arguments, uint32_t num_lanes);

  /// Calls `visit` with the tuples that equal `keys` where `bound`, and whose other positions are rows of `tables` (kNone, or an empty list: anything), in the order of their derivation, until
  /// it returns false. `delta_round` other than kNone: only what that round added or made certain. Keys that are unknown match what they may be, as possible matches.
  void ForEach(Worker& worker, uint32_t relation, std::span<const Value> keys, std::span<const uint8_t> bound,
               std::span<const TableId> tables, uint32_t delta_round, const std::function<bool(const Match&)>& visit);

  /// Traced: what made the tuple certain (or possible).
  EvidenceId Explain(Worker& worker, uint32_t relation, uint32_t index, bool certain);

  /// Whether a function (a query) reads relations of this stratum or a later one, whose tuples may still be under construction.
  bool FunctionReads(uint32_t function, uint32_t stratum);
  bool QueryReads(uint32_t query, uint32_t stratum);
  /// Whether any relation's tuples may depend on the values of a column.
  bool ReadsColumn(TableId table, ColumnId column);

  /// The resources outside the snapshot that an argument of this table's model can be: those that references to the model lead to.
  std::span<const Cell> Outside(TableId table);

  uint64_t num_tuples(uint32_t relation) const;

 private:
  struct Tuples;
  struct Stratum;
  class DisjunctSink;
  /// A tuple of a relation, as a certain member or as a possible one.
  struct TupleUse {
    uint32_t relation = 0, index = 0;
    bool certain = false;
    uint64_t key() const { return uint64_t{relation} << 33 | uint64_t{index} << 1 | (certain ? 1 : 0); }
  };

  /// Computes the stratum of `relation` if need be. False if it may not be read (a forged reference upwards, or a stopped run).
  bool Ensure(Worker& worker, uint32_t relation);
  void Compute(Worker& worker, uint32_t stratum);
  void RunDisjunct(Worker& worker, uint32_t relation, uint32_t disjunct, uint32_t delta_stage, uint32_t delta_round);
  void Stage(Worker& worker, uint32_t relation, uint32_t disjunct, std::span<const Value> head, bool certain,
             std::span<const Cell> provenance, std::span<const uint8_t> known);
  const Derivation& DerivationOf(const TupleUse& use) const;
  void AddUnexplained(const Worker& worker, const TupleUse& use, std::vector<TupleUse>* pending) const;
  EvidenceId Replay(Worker& worker, const TupleUse& use);
  void FindReaders();
  int64_t BlockReads(const Block& block, uint32_t depth);
  int64_t StagesRead(std::span<const bylaw::Stage> stages, uint32_t depth);
  void CollectColumns(const Block& block, uint32_t depth);
  void CollectColumns(std::span<const bylaw::Stage> stages, uint32_t depth);

  EvaluationState& state_;
  std::vector<std::unique_ptr<Tuples>> tuples_;
  std::unordered_map<uint32_t, std::unique_ptr<Stratum>> strata_;
  std::once_flag readers_once_;
  std::vector<int64_t> function_reads_, query_reads_;  ///< latest stratum read; -1: none
  std::mutex outside_mutex_;
  std::unordered_map<TableId, std::vector<Cell>> outside_;
  std::once_flag columns_once_;
  std::vector<uint8_t> columns_read_, functions_seen_;  ///< by Program::columns, Program::functions
};

}  // namespace bylaw

// Pipeline: the stages of a query, rule or relation disjunct. Each stage generates lanes for the lanes that the stage before it let through, in chunks of at most a batch, runs its block over
// them and drops those whose filter is false. What is left after the last stage are the members, given to a sink in the order of the generators' rows.
//
// A lane knows the *root* that it belongs to (the lane of the outer frame, for a query) and its membership. Members that the snapshot does not show are stood for by phantom lanes:
// one for each lane before a stage that may have such members; filters judge it like any other (see docs/language.md, "What a query means").
//
// Thread safety: one thread; the sink is called from it.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "runtime/vm/worker.h"

namespace bylaw {

enum class Membership : uint8_t { kCertain, kPossible, kPhantom };

/// Lanes of a frame on their way through a pipeline. `lanes` selects; the other arrays run beside it.
struct Batch {
  const Frame* frame = nullptr;
  const Block* block = nullptr;  ///< whose registers the frame has; null before the first stage of a rule or disjunct
  std::vector<uint32_t> lanes;
  std::vector<uint32_t> roots;
  std::vector<Membership> membership;
  std::vector<EvidenceId> traces;  ///< traced runs: bindings and filters so far
  std::vector<Cell> provenance;  ///< when asked for: the generated cells of all stages so far, `provenance_size` a lane
  std::vector<uint8_t> provenance_known;
  uint32_t provenance_size = 0;
  size_t size() const { return lanes.size(); }
};

class PipelineSink {
 public:
  virtual ~PipelineSink() = default;
  /// The members of one chunk, in order.
  virtual void Members(const Batch& members) = 0;
  /// Whether no more members of this root are needed.
  virtual bool Done(uint32_t) const { return false; }
  /// Whether no more members of this root are needed that are not certain.
  virtual bool OnlyCertainMatter(uint32_t) const { return false; }
  /// Whether one certain member is all that a root needs.
  virtual bool OneCertainDecides() const { return false; }
  /// Whether Done or OnlyCertainMatter may come true before all members were seen, and members that are not certain may come after later ones that are.
  virtual bool MayStopEarly() const { return false; }
};

struct PipelineOptions {
  /// Stages make phantoms for tables that are not covered and for external keys (never for a rule).
  bool phantoms = true;
  /// [num roots]: the query has an external key there; null: none has.
  const std::vector<uint8_t>* open_roots = nullptr;
  const std::vector<EvidenceId>* open_traces = nullptr;

  /// Rules: roots are numbered at this stage, from `first_root` on; kNone: roots come from the outer batch.
  uint32_t root_stage = kNone;
  uint32_t first_root = 0;
  /// Rules: a kScan at the root stage generates only these rows …
  Row begin_row = 0, end_row = kNone;
  /// … or these, when not null; and leaves out rows that are there as context only.
  const std::vector<Row>* rows = nullptr;
  bool skip_context = false;
  /// Called with the value generated for each new root.
  std::function<void(uint32_t root, Cell cell, State state)> on_root = {};

  bool record_provenance = false;
  /// Replays: each stage generates just these values (provenance of one member); states: 1 known, else a phantom's.
  std::span<const Cell> pinned = {};
  std::span<const uint8_t> pinned_known = {};

  /// Fixpoint rounds: the relation stage with this index generates only tuples derived in round `delta_round`.
  uint32_t delta_stage = kNone;
  uint32_t delta_round = kNone;
};

class Pipeline {
 public:
  Pipeline(Worker& worker, std::span<const Stage> stages, PipelineSink& sink, PipelineOptions options = {});

  /// Runs all stages for the lanes of `outer`.
  void Run(const Batch& outer);

  /// Roots numbered so far (PipelineOptions::root_stage).
  uint32_t num_roots() const { return next_root_ - options_.first_root; }

  /// A batch of one lane without registers: where rules and disjuncts start.
  static Batch Unit(const Frame& frame);

 private:
  struct Generation;

  void RunStage(size_t index, const Batch& outer);
  void Generate(Generation& generation, uint32_t position);
  TableId OpenTable(const Stage& stage) const;
  void GenerateScan(Generation& generation, uint32_t position, TableId table);
  void GenerateLookup(Generation& generation, uint32_t position);
  bool AddLookedUp(Generation& generation, uint32_t position, Row row, bool matches);
  void AddUnmatched(Generation& generation, uint32_t position, bool any_row, Row begin, Row count);
  void GenerateUnmatched(Generation& generation);
  void GenerateElements(Generation& generation, uint32_t position);
  /// Whether a position that ranges over a table's rows holds one that exists only possibly; `doubt`, when tracing: which.
  bool MayNotExist(const Stage& stage, std::span<const Cell> tuple, EvidenceId* doubt);
  void GenerateRelation(Generation& generation, uint32_t position);
  bool HasUnseenTuples(const Generation& generation, uint32_t position, EvidenceId* why);
  void GeneratePinned(Generation& generation, uint32_t position);
  void Add(Generation& generation, uint32_t position, Cell cell, State state, Membership membership, EvidenceId trace);
  void AddPhantom(Generation& generation, uint32_t position, EvidenceId trace, std::span<const Value> known = {});
  void AddRows(Generation& generation, uint32_t position, TableId table, Row begin, Row end);
  bool Enough(const Generation& generation, uint32_t position, bool only_possible) const;
  void Flush(Generation& generation);
  bool Skip(const Generation& generation, uint32_t position, bool only_possible) const;
  EvidenceId RowCause(TableId table, Row row, const char* reason);

  Worker& worker_;
  std::span<const Stage> stages_;
  PipelineSink& sink_;
  PipelineOptions options_;
  uint32_t next_root_;
};

/// How many values a stage generates into its block's first registers.
uint32_t NumGenerated(const Program& program, const Stage& stage);

/// The cause of what a table that is not covered leaves open.
EvidenceId NotCoveredCause(Worker& worker, TableId table);

/// The cause of what is not known of a resource outside the snapshot.
EvidenceId OutsideCause(Worker& worker, Cell external);

}  // namespace bylaw

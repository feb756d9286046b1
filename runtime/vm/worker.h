// Worker: one thread's hands on an evaluation. It runs blocks over frames; kernels (kernels.h) do the work of single instructions through it.
//
//   EvaluationState   what all threads of an evaluation share: pools, constants, parameters, memoised functions, relations, objects
//   RunControl        what one call (EvaluateRules, EvaluateFunction) shares: deadline, cancellation, the first error
//   Worker            arena, pattern memos, evidence graph, depth; of one thread
//
// When a limit is hit the control stops: everything still running gives unknowns as fast as it can, nothing is cached, and the call returns the error.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/builtins/functions.h"
#include "runtime/builtins/glob.h"
#include "runtime/builtins/net.h"
#include "runtime/builtins/regex.h"
#include "runtime/vm/evaluation.h"

namespace bylaw {

class FunctionMemo;
class Recorder;
class RelationStore;

/// A value by itself.
struct Value {
  Cell cell = 0;
  State state = State::kKnown;
  int64_t upper = 0;  ///< kRanged
};

/// Owns what cells of the composite kinds point to. Thread-safe; arenas are handed out one a worker.
class ObjectHeap {
 public:
  Arena* NewArena();
  /// Keeps `object` as long as the heap.
  template <typename T>
  const T* Keep(T object) {
    auto owned = std::make_shared<const T>(std::move(object));
    const T* pointer = owned.get();
    std::lock_guard lock(mutex_);
    kept_.push_back(std::move(owned));
    return pointer;
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Arena>> arenas_;
  std::vector<std::shared_ptr<const void>> kept_;
};

/// Limits and the first error of one call. Thread-safe.
class RunControl {
 public:
  explicit RunControl(const EvaluationOptions& options);

  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
  /// Looks at the clock and the cancellation flag.
  void Poll();
  void Fail(Error error);
  /// Counts bytes (negative: given back) against the cap.
  void AddBytes(int64_t num_bytes);
  std::optional<Error> error() const;

 private:
  const EvaluationOptions& options_;
  std::chrono::steady_clock::time_point deadline_;
  std::atomic<bool> stopped_{false};
  std::atomic<int64_t> num_bytes_{0};
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

/// A reference of a column that may be one of several rows, and the one that it is taken to be.
struct AssumedReference {
  Place place;
  Cell cell = 0;
};

class EvaluationState {
 public:
  EvaluationState(const Program& program, const Snapshot* snapshot, EvaluationPools pools, EvaluationOptions options);
  /// The same over again with some references assumed; `base` must outlive it.
  EvaluationState(EvaluationState& base, std::vector<AssumedReference> assumed);
  ~EvaluationState();

  const Program& program;
  const Snapshot* const snapshot;  ///< may be null
  const EvaluationOptions options;
  EvaluationPools pools;
  std::shared_ptr<ObjectHeap> heap = std::make_shared<ObjectHeap>();
  std::vector<std::optional<Value>> given_params;  ///< as Program::params; set before anything runs

  /// The value of a constant, made when it is first asked for; thread-safe.
  Value constant(uint32_t index);
  /// What was given, else the default; unknown without either.
  Value param(uint32_t index);
  /// Rows of a table; 0 if the snapshot has no such table.
  uint32_t num_rows(TableId table) const;
  /// The column that Program::columns[index] names, or null if the snapshot has no such one.
  const Column* column(uint32_t index) const;
  bool closed_world() const { return options.closed_world || (snapshot != nullptr && snapshot->closed_world()); }
  /// The key of an external reference; "?" if there is no such one.
  std::string_view ExternalKey(Cell external) const;
  /// Whether a reference may name something outside the snapshot: it is external, or unknown and not bound to candidates within.
  bool MayBeOutside(State reference_state, Cell cell) const;
  /// Whether `table` may have rows that the snapshot does not show.
  bool IsOpen(TableId table) const;
  /// Valid until more causes are made: while a snapshot is being built, copy it.
  const Cause& cause(CauseId id) const;
  /// Why the value in `row` of `column` is unknown.
  const Cause& cause(const Column& column, Row row) const;
  TypeKind kind(TypeId type) const { return program.types[type].kind; }

  FunctionMemo& memo(uint32_t function);
  /// Of a built-in function of one argument.
  FunctionMemo& builtin_memo(FunctionId function);
  /// Of a query, by the values of the registers around it that it depends on.
  FunctionMemo& query_memo(uint32_t query, uint32_t num_registers);
  RelationStore& relations() { return shared_relations_ != nullptr ? *shared_relations_ : *relations_; }
  /// What the reference at a place is assumed to be; null: nothing is assumed of it.
  const Cell* Assumed(const Place& place) const {
    for (const AssumedReference& reference : assumed_) {
      if (reference.place.row == place.row && reference.place.table == place.table &&
          reference.place.column == place.column)
        return &reference.cell;
    }
    return nullptr;
  }
  /// The value of a query that depends on nothing, once computed; thread-safe.
  bool FindQueryValue(uint32_t query, Value* value);
  void KeepQueryValue(uint32_t query, const Value& value);
  /// The compiled pattern, shared by all workers; null when it is none.
  const Regex* regex(StringId pattern);
  const Glob* glob(StringId pattern);

 private:
  std::unique_ptr<StringPool> own_strings_;
  std::unique_ptr<NetPool> own_nets_;
  std::mutex mutex_;
  std::unique_ptr<std::atomic<uint8_t>[]> constant_made_;
  std::vector<Value> constants_;
  std::recursive_mutex constants_mutex_;
  std::vector<std::unique_ptr<FunctionMemo>> memos_, query_memos_, builtin_memos_;
  std::unique_ptr<RelationStore> relations_;
  RelationStore* shared_relations_ =
      nullptr;  ///< those of the state that this one repeats, where nothing that they read is assumed
  std::vector<AssumedReference> assumed_;
  std::unordered_map<uint32_t, Value> query_values_;
  std::unordered_map<StringId, std::unique_ptr<Regex>> regexes_;
  std::unordered_map<StringId, std::unique_ptr<Glob>> globs_;
};

class Worker {
 public:
  /// With `evidence` the worker is traced: registers carry evidence.
  Worker(EvaluationState& state, RunControl& control, Evidence* evidence = nullptr);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  EvaluationState& state() { return state_; }
  const Program& program() const { return state_.program; }
  RunControl& control() { return control_; }
  bool stopped() const { return control_.stopped(); }
  bool traced() const { return evidence_ != nullptr; }
  /// Precondition: traced.
  Evidence& evidence() { return *evidence_; }

  /// Runs `block` over a frame whose inputs are set. Afterwards every register that the block writes has `num_lanes` lanes.
  void Run(const Block& block, Frame& frame);
  /// A frame for `block`; registers are empty.
  Frame NewFrame(const Block& block, uint32_t num_lanes) const;

  // Making values.

  Arena& arena() { return *arena_; }
  StringId Intern(std::string_view text);
  std::string_view Text(Cell cell) const;
  NetPool& nets() { return *state_.pools.nets; }
  Cell MakeList(const std::vector<Cell>& cells, const std::vector<State>& states = {});
  Cell MakeMap(const std::vector<Cell>& keys, const std::vector<Cell>& cells, const std::vector<State>& states = {});
  /// Equal sets of a worker are one object: there are few of them, however many rows have them.
  Cell MakeIpSet(IpSet set);
  Cell MakePortSet(PortSet set);
  /// The set of a block's addresses, made once a worker.
  Cell IpSetOf(NetId cidr);

  // Patterns: each distinct (pattern, text) is matched once a worker.

  Tri MatchesRegex(StringId text, StringId pattern);
  Tri MatchesGlob(StringId text, StringId pattern);

  const Regex* regex(StringId pattern);
  /// Whether a pattern of a policy takes in the action.
  bool MatchesAction(StringId pattern, StringId action);

  /// Counts bytes against the memory cap.
  void AddBytes(size_t num_bytes) { control_.AddBytes(static_cast<int64_t>(num_bytes)); }

  /// The part of relations under construction that this worker sees: of relations of `stratum`, tuples derived before `round`.
  struct RelationLimit {
    uint32_t stratum = kNone;
    uint32_t round = kNone;
  };
  RelationLimit relation_limit;
  /// Texts for people are being made: unknown parts of a text are shown as such instead of making it unknown.
  bool rendering = false;
  /// Keeps every frame that is run; null: none.
  Recorder* recorder = nullptr;
  uint32_t depth = 0;  ///< of blocks being run
  static constexpr uint32_t kMaxDepth = 256;
  uint32_t explain_depth = 0;  ///< of relation tuples being explained (RelationStore::Explain)
  /// Traced: evidence of relation tuples found so far, by (relation, tuple, certain).
  std::unordered_map<uint64_t, EvidenceId> tuple_evidence;

 private:
  struct ByContent {
    template <typename Set>
    bool operator()(const Set* a, const Set* b) const {
      return *a < *b;
    }
  };
  template <typename Set>
  using SetPool = std::set<const Set*, ByContent>;
  template <typename Set>
  Cell InternSet(Set set, SetPool<Set>* pool);

  void Execute(const Block& block, Frame& frame, const Instruction& instruction);

  EvaluationState& state_;
  RunControl& control_;
  Evidence* evidence_;
  Arena* arena_;
  size_t counted_bytes_ = 0;
  uint32_t polls_ = 0;
  SetPool<IpSet> ip_sets_;
  SetPool<PortSet> port_sets_;
  std::unordered_map<NetId, Cell> cidr_ip_sets_;
  std::unordered_map<StringId, const Regex*> regexes_;
  std::unordered_map<StringId, const Glob*> globs_;
  std::unordered_map<uint64_t, Tri> regex_results_;
  std::unordered_map<uint64_t, Tri> glob_results_;
  std::unordered_map<uint64_t, bool> action_results_;
};

}  // namespace bylaw

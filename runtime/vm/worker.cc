#include "runtime/vm/worker.h"

#include <algorithm>

#include "runtime/builtins/iam.h"
#include "runtime/vm/constants.h"
#include "runtime/vm/function_memo.h"
#include "runtime/vm/relation.h"

namespace bylaw {

Arena* ObjectHeap::NewArena() {
  std::lock_guard lock(mutex_);
  arenas_.push_back(std::make_unique<Arena>());
  return arenas_.back().get();
}

// ---- RunControl

RunControl::RunControl(const EvaluationOptions& options)
    : options_(options), deadline_(std::chrono::steady_clock::now() + options.time_budget) {}

void RunControl::Poll() {
  if (options_.cancelled != nullptr && options_.cancelled->load(std::memory_order_relaxed))
    Fail({.message = "the evaluation was cancelled", .file = {}});
  if (options_.time_budget.count() > 0 && std::chrono::steady_clock::now() > deadline_) {
    Fail({.message =
              fmt::format("the evaluation took longer than its time budget of {} ms", options_.time_budget.count()),
          .file = {}});
  }
}

void RunControl::Fail(Error error) {
  std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  stopped_.store(true, std::memory_order_relaxed);
}

void RunControl::AddBytes(int64_t num_bytes) {
  int64_t total = num_bytes_.fetch_add(num_bytes, std::memory_order_relaxed) + num_bytes;
  if (total > static_cast<int64_t>(options_.max_object_bytes) && !stopped()) {
    Fail({.message = fmt::format("the evaluation needs more than its {} MiB for computed values",
                                 options_.max_object_bytes >> 20),
          .file = {},
          .hint = "a query that lists or joins much more than it needs is the usual reason"});
  }
}

std::optional<Error> RunControl::error() const {
  std::lock_guard lock(mutex_);
  return error_;
}

// ---- EvaluationState

EvaluationState::EvaluationState(const Program& program_in, const Snapshot* snapshot_in, EvaluationPools pools_in,
                                 EvaluationOptions options_in)
    : program(program_in), snapshot(snapshot_in), options(options_in), pools(std::move(pools_in)) {
  if (pools.strings == nullptr) {
    own_strings_ = std::make_unique<StringPool>(snapshot == nullptr ? nullptr : &snapshot->strings());
    pools.strings = own_strings_.get();
  }
  if (pools.nets == nullptr) {
    own_nets_ = std::make_unique<NetPool>(snapshot == nullptr ? nullptr : &snapshot->nets());
    pools.nets = own_nets_.get();
  }
  memos_.resize(program.functions.size());
  query_memos_.resize(program.queries.size());
  relations_ = std::make_unique<RelationStore>(*this);
  constants_.resize(program.constants.size());
  constant_made_ = std::make_unique<std::atomic<uint8_t>[]>(program.constants.size());
  given_params.resize(program.params.size());
}

EvaluationState::EvaluationState(EvaluationState& base, std::vector<AssumedReference> assumed)
    : EvaluationState(base.program, base.snapshot, base.pools, base.options) {
  assumed_ = std::move(assumed);
  given_params = base.given_params;
  const bool reads_any = std::any_of(assumed_.begin(), assumed_.end(), [&](const AssumedReference& reference) {
    return base.relations().ReadsColumn(reference.place.table, reference.place.column);
  });
  if (!reads_any) shared_relations_ = &base.relations();
}

Value EvaluationState::constant(uint32_t index) {
  if (constant_made_[index].load(std::memory_order_acquire) == 0) {
    std::lock_guard lock(constants_mutex_);
    if (constant_made_[index].load(std::memory_order_relaxed) == 0) {
      constants_[index] = MakeConstant(*this, index);
      constant_made_[index].store(1, std::memory_order_release);
    }
  }
  return constants_[index];
}

Value EvaluationState::param(uint32_t index) {
  if (given_params[index]) return *given_params[index];
  const std::optional<uint32_t>& value = program.params[index].default_value;
  return value && *value < constants_.size() ? constant(*value) : Value{0, State::kUnknown};
}

std::string_view EvaluationState::ExternalKey(Cell external) const {
  uint32_t id = RefCell::row(external);
  if (!RefCell::is_external(external) || snapshot == nullptr || id >= snapshot->num_externals()) return "?";
  return snapshot->strings().Text(snapshot->external(id).key);
}

EvaluationState::~EvaluationState() = default;

uint32_t EvaluationState::num_rows(TableId table) const {
  return snapshot == nullptr || table >= snapshot->num_tables() ? 0 : snapshot->num_rows(table);
}

const Column* EvaluationState::column(uint32_t index) const {
  const ColumnRef& ref = program.columns[index];
  if (snapshot == nullptr || ref.table >= snapshot->num_tables()) return nullptr;
  const TableData& table = snapshot->table(ref.table);
  if (ref.column >= table.columns.size() || table.columns[ref.column].size() < table.num_rows) return nullptr;
  return &snapshot->column(ref.table, ref.column);
}

bool EvaluationState::MayBeOutside(State reference_state, Cell cell) const {
  if (reference_state == State::kKnown) return RefCell::is_external(cell);
  if (reference_state == State::kAbsent) return false;
  if (cell == 0 || snapshot == nullptr || cell > snapshot->num_candidate_lists()) return true;
  const auto candidates = snapshot->candidates(static_cast<uint32_t>(cell - 1));
  return std::any_of(candidates.begin(), candidates.end(),
                     [](Cell candidate) { return RefCell::is_external(candidate); });
}

bool EvaluationState::IsOpen(TableId table) const {
  if (closed_world()) return false;
  return snapshot == nullptr || table >= snapshot->num_tables() || !snapshot->Covers(table);
}

namespace {
const Cause kNotKnown;
}

const Cause& EvaluationState::cause(const Column& column, Row row) const {
  const CauseId* id = column.cause(row);
  return id == nullptr ? kNotKnown : cause(*id);
}

const Cause& EvaluationState::cause(CauseId id) const {
  if (snapshot != nullptr && id < snapshot->num_causes()) return snapshot->cause(id);
  if (snapshot == nullptr && pools.cause) return pools.cause(id);
  return kNotKnown;
}

FunctionMemo& EvaluationState::memo(uint32_t function) {
  std::lock_guard lock(mutex_);
  std::unique_ptr<FunctionMemo>& memo = memos_[function];
  if (memo == nullptr) memo = std::make_unique<FunctionMemo>(program.functions[function].block.num_inputs);
  return *memo;
}

FunctionMemo& EvaluationState::builtin_memo(FunctionId function) {
  std::lock_guard lock(mutex_);
  const auto index = static_cast<size_t>(function);
  if (index >= builtin_memos_.size()) builtin_memos_.resize(index + 1);
  std::unique_ptr<FunctionMemo>& memo = builtin_memos_[index];
  if (memo == nullptr) memo = std::make_unique<FunctionMemo>(1);
  return *memo;
}

FunctionMemo& EvaluationState::query_memo(uint32_t query, uint32_t num_registers) {
  std::lock_guard lock(mutex_);
  std::unique_ptr<FunctionMemo>& memo = query_memos_[query];
  if (memo == nullptr) memo = std::make_unique<FunctionMemo>(num_registers);
  return *memo;
}

bool EvaluationState::FindQueryValue(uint32_t query, Value* value) {
  std::lock_guard lock(mutex_);
  auto entry = query_values_.find(query);
  if (entry == query_values_.end()) return false;
  *value = entry->second;
  return true;
}

void EvaluationState::KeepQueryValue(uint32_t query, const Value& value) {
  std::lock_guard lock(mutex_);
  query_values_.emplace(query, value);
}

const Regex* EvaluationState::regex(StringId pattern) {
  std::lock_guard lock(mutex_);
  auto [entry, inserted] = regexes_.try_emplace(pattern);
  if (inserted) {
    Result<Regex> compiled = Regex::Compile(pools.strings->Text(pattern));
    if (compiled.ok()) entry->second = std::make_unique<Regex>(std::move(compiled).value());
  }
  return entry->second.get();
}

const Glob* EvaluationState::glob(StringId pattern) {
  std::lock_guard lock(mutex_);
  auto [entry, inserted] = globs_.try_emplace(pattern);
  if (inserted) {
    Result<Glob> compiled = Glob::Compile(pools.strings->Text(pattern));
    if (compiled.ok()) entry->second = std::make_unique<Glob>(std::move(compiled).value());
  }
  return entry->second.get();
}

// ---- Worker

Worker::Worker(EvaluationState& state, RunControl& control, Evidence* evidence)
    : state_(state), control_(control), evidence_(evidence), arena_(state.heap->NewArena()) {}

Worker::~Worker() = default;

StringId Worker::Intern(std::string_view text) {
  if (text.size() > 64) AddBytes(text.size());
  return state_.pools.strings->Intern(text);
}

std::string_view Worker::Text(Cell cell) const { return state_.pools.strings->Text(static_cast<StringId>(cell)); }

Cell Worker::MakeList(const std::vector<Cell>& cells, const std::vector<State>& states) {
  ListObject* list = arena_->Make<ListObject>();
  list->size = static_cast<uint32_t>(cells.size());
  std::span<Cell> copy = arena_->MakeArray<Cell>(cells.size());
  std::copy(cells.begin(), cells.end(), copy.begin());
  list->cells = copy.data();
  list->all_known = std::all_of(states.begin(), states.end(), [](State state) { return state == State::kKnown; });
  if (!list->all_known) {
    std::span<State> state_copy = arena_->MakeArray<State>(states.size());
    std::copy(states.begin(), states.end(), state_copy.begin());
    list->states = state_copy.data();
  }
  return ObjectToCell(list);
}

Cell Worker::MakeMap(const std::vector<Cell>& keys, const std::vector<Cell>& cells, const std::vector<State>& states) {
  MapObject* map = arena_->Make<MapObject>();
  map->size = static_cast<uint32_t>(keys.size());
  std::span<Cell> key_copy = arena_->MakeArray<Cell>(keys.size());
  std::copy(keys.begin(), keys.end(), key_copy.begin());
  map->keys = key_copy.data();
  std::span<Cell> copy = arena_->MakeArray<Cell>(cells.size());
  std::copy(cells.begin(), cells.end(), copy.begin());
  map->cells = copy.data();
  map->all_known = std::all_of(states.begin(), states.end(), [](State state) { return state == State::kKnown; });
  if (!map->all_known) {
    std::span<State> state_copy = arena_->MakeArray<State>(states.size());
    std::copy(states.begin(), states.end(), state_copy.begin());
    map->states = state_copy.data();
  }
  return ObjectToCell(map);
}

template <typename Set>
Cell Worker::InternSet(Set set, SetPool<Set>* pool) {
  const auto found = pool->find(&set);
  if (found != pool->end()) return ObjectToCell(*found);
  AddBytes(sizeof(Set) + set.ranges().size_bytes());
  return ObjectToCell(*pool->insert(state_.heap->Keep(std::move(set))).first);
}

Cell Worker::MakeIpSet(IpSet set) { return InternSet(std::move(set), &ip_sets_); }
Cell Worker::MakePortSet(PortSet set) { return InternSet(std::move(set), &port_sets_); }

Cell Worker::IpSetOf(NetId cidr) {
  auto [entry, inserted] = cidr_ip_sets_.try_emplace(cidr, 0);
  if (inserted) entry->second = MakeIpSet(ToIpSet(nets().Get(cidr)));
  return entry->second;
}

const Regex* Worker::regex(StringId pattern) {
  auto [entry, inserted] = regexes_.try_emplace(pattern, nullptr);
  if (inserted) entry->second = state_.regex(pattern);
  return entry->second;
}

Tri Worker::MatchesRegex(StringId text, StringId pattern) {
  auto [entry, inserted] = regex_results_.try_emplace(uint64_t{pattern} << 32 | text, Tri::kUnknown);
  if (inserted) {
    const Regex* compiled = regex(pattern);
    if (compiled != nullptr) entry->second = compiled->Matches(Text(text)) ? Tri::kTrue : Tri::kFalse;
  }
  return entry->second;
}

Tri Worker::MatchesGlob(StringId text, StringId pattern) {
  auto [entry, inserted] = glob_results_.try_emplace(uint64_t{pattern} << 32 | text, Tri::kUnknown);
  if (inserted) {
    auto [compiled, is_new] = globs_.try_emplace(pattern, nullptr);
    if (is_new) compiled->second = state_.glob(pattern);
    if (compiled->second != nullptr) entry->second = compiled->second->Matches(Text(text)) ? Tri::kTrue : Tri::kFalse;
  }
  return entry->second;
}

bool Worker::MatchesAction(StringId pattern, StringId action) {
  auto [entry, inserted] = action_results_.try_emplace(uint64_t{pattern} << 32 | action, false);
  if (inserted) entry->second = ActionMatches(Text(pattern), Text(action));
  return entry->second;
}

}  // namespace bylaw

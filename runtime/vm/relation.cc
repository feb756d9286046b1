#include "runtime/vm/relation.h"

#include <algorithm>
#include <utility>

#include "runtime/vm/canonical_order.h"
#include "runtime/vm/function_memo.h"
#include "runtime/vm/pipeline.h"

namespace bylaw {

namespace {

uint64_t HashCells(std::span<const Cell> cells) {
  uint64_t hash = 0x9E3779B97F4A7C15u;
  for (Cell cell : cells) {
    hash = (hash ^ cell) * 0xBF58476D1CE4E5B9u;
    hash ^= hash >> 31;
  }
  return hash * 0x94D049BB133111EBu;
}

constexpr uint32_t kMaxExplainDepth = 120;
constexpr size_t kMaxCombinations = 4096;

}  // namespace

/// A derivation: which disjunct, and the values that its stages generated.
struct Derivation {
  uint32_t round = kNone;
  uint32_t disjunct = 0;
  size_t begin = 0, end = 0;  ///< in Tuples::provenance
};

/// The tuples of one relation; indexes by bound positions are made when asked for.
struct RelationStore::Tuples {
  uint32_t arity = 0;
  std::vector<Cell> cells;  ///< arity a tuple
  std::vector<Derivation> possible, certain;
  std::vector<Cell> provenance;
  std::vector<uint8_t> provenance_known;
  std::vector<uint32_t> slots;    ///< open addressing: tuple plus one
  std::vector<uint32_t> changed;  ///< new, or certain now, by the last round that ended; in order

  struct MaskIndex {
    std::unordered_map<uint64_t, std::vector<uint32_t>> rows;
    uint32_t num_indexed = 0;
  };
  std::unordered_map<uint64_t, MaskIndex> indexes;
  std::shared_mutex index_mutex;

  /// What the round under way derived, not to be seen before it ends.
  struct Pending {
    std::vector<Cell> cells;
    std::vector<uint8_t> certain;
    std::vector<Derivation> derivations;
    std::vector<uint32_t> slots;
  };
  Pending pending;

  uint32_t size() const { return static_cast<uint32_t>(possible.size()); }
  std::span<const Cell> tuple(uint32_t index) const { return {cells.data() + size_t{index} * arity, arity}; }

  static size_t Locate(const std::vector<uint32_t>& slots, const std::vector<Cell>& all, uint32_t arity,
                       std::span<const Cell> tuple) {
    size_t mask = slots.size() - 1;
    for (size_t i = (HashCells(tuple) >> 8) & mask;; i = (i + 1) & mask) {
      if (slots[i] == 0) return i;
      const Cell* other = all.data() + size_t{slots[i] - 1} * arity;
      if (std::equal(tuple.begin(), tuple.end(), other)) return i;
    }
  }

  static void Reserve(std::vector<uint32_t>& slots, const std::vector<Cell>& all, uint32_t arity, size_t count) {
    if (count * 4 < slots.size() * 3) return;
    slots.assign(slots.empty() ? 64 : slots.size() * 2, 0);
    for (uint32_t i = 0; i < count; ++i)
      slots[Locate(slots, all, arity, {all.data() + size_t{i} * arity, arity})] = i + 1;
  }

  uint32_t Find(std::span<const Cell> tuple) const {
    if (slots.empty()) return kNone;
    uint32_t slot = slots[Locate(slots, cells, arity, tuple)];
    return slot == 0 ? kNone : slot - 1;
  }
};

struct RelationStore::Stratum {
  std::vector<uint32_t> relations;
  std::mutex mutex;
  std::atomic<bool> done{false};
};

RelationStore::RelationStore(EvaluationState& state) : state_(state) {
  const std::vector<Relation>& relations = state.program.relations;
  for (uint32_t i = 0; i < relations.size(); ++i) {
    tuples_.push_back(std::make_unique<Tuples>());
    tuples_.back()->arity = static_cast<uint32_t>(relations[i].arguments.size());
    std::unique_ptr<Stratum>& stratum = strata_[relations[i].stratum];
    if (stratum == nullptr) stratum = std::make_unique<Stratum>();
    stratum->relations.push_back(i);
  }
}

RelationStore::~RelationStore() = default;

uint64_t RelationStore::num_tuples(uint32_t relation) const { return tuples_[relation]->size(); }

// ---- which code reads which strata

int64_t RelationStore::StagesRead(std::span<const bylaw::Stage> stages, uint32_t depth) {
  int64_t latest = -1;
  for (const bylaw::Stage& stage : stages) {
    if (stage.kind == GeneratorKind::kRelation)
      latest = std::max<int64_t>(latest, state_.program.relations[stage.table].stratum);
    latest = std::max(latest, BlockReads(stage.block, depth + 1));
  }
  return latest;
}

int64_t RelationStore::BlockReads(const Block& block, uint32_t depth) {
  // Deeper than code can run (Worker::kMaxDepth): as good as everything.
  if (depth > 2 * Worker::kMaxDepth) return kNone;
  const Program& program = state_.program;
  int64_t latest = -1;
  for (const Instruction& instruction : block.code) {
    switch (instruction.op) {
      case Opcode::kMember:
        latest = std::max<int64_t>(latest, program.relations[program.calls[instruction.imm].callee].stratum);
        break;
      case Opcode::kCall: latest = std::max(latest, function_reads_[program.calls[instruction.imm].callee]); break;
      case Opcode::kLazy:
        latest = std::max(latest, BlockReads(program.lazy_blocks[instruction.imm].block, depth + 1));
        break;
      case Opcode::kQuery: {
        int64_t reads = StagesRead(program.queries[instruction.imm].stages, depth + 1);
        query_reads_[instruction.imm] = reads;
        latest = std::max(latest, reads);
        break;
      }
      default: break;
    }
  }
  return latest;
}

void RelationStore::FindReaders() {
  std::call_once(readers_once_, [&] {
    // Functions call only functions before them; queries that no function holds are in rules and disjuncts and are seen to read everything.
    function_reads_.assign(state_.program.functions.size(), -1);
    query_reads_.assign(state_.program.queries.size(), kNone);
    for (size_t i = 0; i < state_.program.functions.size(); ++i)
      function_reads_[i] = BlockReads(state_.program.functions[i].block, 0);
    for (const Relation& relation : state_.program.relations) {
      for (const Relation::Disjunct& disjunct : relation.disjuncts) StagesRead(disjunct.stages, 0);
    }
  });
}

bool RelationStore::FunctionReads(uint32_t function, uint32_t stratum) {
  FindReaders();
  return function_reads_[function] >= static_cast<int64_t>(stratum);
}

bool RelationStore::QueryReads(uint32_t query, uint32_t stratum) {
  FindReaders();
  return query_reads_[query] >= static_cast<int64_t>(stratum);
}

void RelationStore::CollectColumns(std::span<const bylaw::Stage> stages, uint32_t depth) {
  for (const bylaw::Stage& stage : stages) {
    if (stage.kind == GeneratorKind::kLookup) columns_read_[stage.column] = 1;
    CollectColumns(stage.block, depth + 1);
  }
}

void RelationStore::CollectColumns(const Block& block, uint32_t depth) {
  if (depth > 2 * Worker::kMaxDepth) return;  // deeper than code can run
  const Program& program = state_.program;
  for (const Instruction& instruction : block.code) {
    switch (instruction.op) {
      case Opcode::kLoad: columns_read_[instruction.imm] = 1; break;
      case Opcode::kLazy: CollectColumns(program.lazy_blocks[instruction.imm].block, depth + 1); break;
      case Opcode::kQuery: CollectColumns(program.queries[instruction.imm].stages, depth + 1); break;
      case Opcode::kCall: {
        const uint32_t callee = program.calls[instruction.imm].callee;
        if (std::exchange(functions_seen_[callee], uint8_t{1}) == 0)
          CollectColumns(program.functions[callee].block, depth + 1);
        break;
      }
      default: break;
    }
  }
}

bool RelationStore::ReadsColumn(TableId table, ColumnId column) {
  const Program& program = state_.program;
  std::call_once(columns_once_, [&] {
    columns_read_.assign(program.columns.size(), 0);
    functions_seen_.assign(program.functions.size(), 0);
    for (const Relation& relation : program.relations) {
      for (const Relation::Disjunct& disjunct : relation.disjuncts) CollectColumns(disjunct.stages, 0);
    }
  });
  for (size_t i = 0; i < columns_read_.size(); ++i) {
    if (columns_read_[i] != 0 && program.columns[i].table == table && program.columns[i].column == column) return true;
  }
  return false;
}

// ---- what is outside

namespace {

/// Notes the externals that values of a type refer to.
void NoteExternals(const EvaluationState& state, const TypeEntry& type, Cell cell, State cell_state,
                   std::vector<uint8_t>* noted) {
  auto note = [&](Cell reference) {
    if (RefCell::is_external(reference) && RefCell::row(reference) < noted->size())
      (*noted)[RefCell::row(reference)] = 1;
  };
  if (type.kind == TypeKind::kRef) {
    if (cell_state == State::kKnown) note(cell);
    for (const Cell candidate : CandidatesOf(state, cell, cell_state)) note(candidate);
  } else if (cell_state == State::kKnown && type.kind == TypeKind::kMap) {
    const auto& map = *CellToObject<MapObject>(cell);
    for (uint32_t i = 0; i < map.size; ++i)
      NoteExternals(state, state.program.types[type.element], map.cells[i], map.state(i), noted);
  } else if (cell_state == State::kKnown) {
    const auto& list = *CellToObject<ListObject>(cell);
    for (uint32_t i = 0; i < list.size; ++i)
      NoteExternals(state, state.program.types[type.element], list.cells[i], list.state(i), noted);
  }
}

/// Whether values of a column's type hold references to rows of a table.
bool MayReferTo(const Program& program, TypeId type_id, TableId table) {
  const TypeEntry* type = &program.types[type_id];
  while (type->kind == TypeKind::kList || type->kind == TypeKind::kSet || type->kind == TypeKind::kMap)
    type = &program.types[type->element];
  return type->kind == TypeKind::kRef &&
         (type->tables.empty() || std::find(type->tables.begin(), type->tables.end(), table) != type->tables.end());
}

}  // namespace

std::span<const Cell> RelationStore::Outside(TableId table) {
  std::lock_guard lock(outside_mutex_);
  const auto [entry, is_new] = outside_.try_emplace(table);
  if (!is_new || state_.snapshot == nullptr) return entry->second;
  const Program& program = state_.program;
  std::vector<uint8_t> noted(state_.snapshot->num_externals(), 0);
  for (TableId t = 0; t < program.tables.size() && t < state_.snapshot->num_tables(); ++t) {
    for (ColumnId c = 0; c < program.tables[t].columns.size(); ++c) {
      const TypeId type = program.tables[t].columns[c].type;
      if (!MayReferTo(program, type, table)) continue;
      const Column& column = state_.snapshot->column(t, c);
      for (Row row = 0; row < column.size(); ++row)
        NoteExternals(state_, program.types[type], column.cell(row), column.state(row), &noted);
    }
  }
  for (uint32_t i = 0; i < noted.size(); ++i) {
    if (noted[i] != 0) entry->second.push_back(RefCell::MakeExternal(i));
  }
  return entry->second;
}

// ---- the fixpoint

bool RelationStore::Ensure(Worker& worker, uint32_t relation) {
  uint32_t number = state_.program.relations[relation].stratum;
  Stratum& stratum = *strata_.at(number);
  if (stratum.done.load(std::memory_order_acquire)) return true;
  if (worker.relation_limit.stratum != kNone) {
    if (worker.relation_limit.stratum == number) return true;  // under construction, by this very worker
    if (worker.relation_limit.stratum < number) return false;
  }
  std::lock_guard lock(stratum.mutex);
  if (!stratum.done.load(std::memory_order_relaxed)) {
    Worker builder(state_, worker.control());
    builder.depth = worker.depth + 8;
    // Without its tuples, what asks for them would be judged as if there were none.
    if (builder.depth >= Worker::kMaxDepth) {
      worker.control().Fail(
          {.message = "the policy's recursive definitions rest on each other too deeply", .file = {}});
    } else {
      Compute(builder, number);
    }
    if (builder.stopped()) return false;
    stratum.done.store(true, std::memory_order_release);
  }
  return true;
}

void RelationStore::Compute(Worker& worker, uint32_t number) {
  FindReaders();
  const Program& program = state_.program;
  Stratum& stratum = *strata_.at(number);
  for (uint32_t relation : stratum.relations) {
    uint32_t arity = tuples_[relation]->arity;
    tuples_[relation] = std::make_unique<Tuples>();  // a run that was stopped may have left something
    tuples_[relation]->arity = arity;
  }

  struct Part {
    uint32_t relation, disjunct;
    bool naive = false;                  ///< asks for members of this stratum inside expressions
    std::vector<uint32_t> delta_stages;  ///< relation stages of this stratum
  };
  std::vector<Part> parts;
  for (uint32_t relation : stratum.relations) {
    const Relation& definition = program.relations[relation];
    for (uint32_t d = 0; d < definition.disjuncts.size(); ++d) {
      Part part{relation, d, false, {}};
      const std::vector<bylaw::Stage>& stages = definition.disjuncts[d].stages;
      for (uint32_t s = 0; s < stages.size(); ++s) {
        if (stages[s].kind == GeneratorKind::kRelation && program.relations[stages[s].table].stratum == number)
          part.delta_stages.push_back(s);
        part.naive |= BlockReads(stages[s].block, 0) >= static_cast<int64_t>(number);
      }
      parts.push_back(std::move(part));
    }
  }

  bool grew = true;
  for (uint32_t round = 0; grew && !worker.stopped(); ++round) {
    worker.relation_limit = {number, round};
    for (const Part& part : parts) {
      if (round == 0 || part.naive) {
        RunDisjunct(worker, part.relation, part.disjunct, kNone, kNone);
      } else {
        for (uint32_t stage : part.delta_stages) RunDisjunct(worker, part.relation, part.disjunct, stage, round - 1);
      }
      if (worker.stopped()) return;
    }
    grew = false;
    for (uint32_t relation : stratum.relations) {
      Tuples& tuples = *tuples_[relation];
      Tuples::Pending pending = std::move(tuples.pending);
      tuples.pending = {};
      tuples.changed.clear();
      for (uint32_t i = 0; i < pending.certain.size(); ++i) {
        std::span<const Cell> tuple(pending.cells.data() + size_t{i} * tuples.arity, tuples.arity);
        Derivation derivation = pending.derivations[i];
        derivation.round = round;
        uint32_t index = tuples.Find(tuple);
        if (index == kNone) {
          Tuples::Reserve(tuples.slots, tuples.cells, tuples.arity, tuples.size());
          index = tuples.size();
          tuples.slots[Tuples::Locate(tuples.slots, tuples.cells, tuples.arity, tuple)] = index + 1;
          tuples.cells.insert(tuples.cells.end(), tuple.begin(), tuple.end());
          tuples.possible.push_back(derivation);
          tuples.certain.push_back(pending.certain[i] != 0 ? derivation : Derivation{});
        } else if (pending.certain[i] != 0 && tuples.certain[index].round == kNone) {
          tuples.certain[index] = derivation;
        } else {
          continue;
        }
        tuples.changed.push_back(index);
        grew = true;
      }
      std::sort(tuples.changed.begin(), tuples.changed.end());
    }
  }
}

/// Takes the members of a disjunct as tuples.
class RelationStore::DisjunctSink : public PipelineSink {
 public:
  DisjunctSink(RelationStore& store, Worker& worker, uint32_t relation, uint32_t disjunct)
      : store_(store), worker_(worker), relation_(relation), disjunct_(disjunct) {}

  void Members(const Batch& members) override {
    const std::vector<Register>& registers = store_.state_.program.relations[relation_].disjuncts[disjunct_].tuple;
    std::vector<Value> head(registers.size());
    for (size_t i = 0; i < members.size() && !worker_.stopped(); ++i) {
      uint32_t lane = members.lanes[i];
      for (size_t k = 0; k < registers.size(); ++k) {
        const Vector& vector = members.frame->registers[registers[k]];
        head[k] = {vector.cells[lane], vector.state(lane)};
      }
      std::span<const Cell> provenance(members.provenance.data() + i * members.provenance_size,
                                       members.provenance_size);
      std::span<const uint8_t> known(members.provenance_known.data() + i * members.provenance_size,
                                     members.provenance_size);
      store_.Stage(worker_, relation_, disjunct_, head, members.membership[i] == Membership::kCertain, provenance,
                   known);
    }
  }

 private:
  RelationStore& store_;
  Worker& worker_;
  uint32_t relation_, disjunct_;
};

void RelationStore::RunDisjunct(Worker& worker, uint32_t relation, uint32_t disjunct, uint32_t delta_stage,
                                uint32_t delta_round) {
  const std::vector<bylaw::Stage>& stages = state_.program.relations[relation].disjuncts[disjunct].stages;
  Frame unit;
  unit.num_lanes = 1;
  DisjunctSink sink(*this, worker, relation, disjunct);
  PipelineOptions options;
  options.record_provenance = true;
  options.delta_stage = delta_stage;
  options.delta_round = delta_round;
  Pipeline pipeline(worker, stages, sink, options);
  pipeline.Run(Pipeline::Unit(unit));
}

void RelationStore::Stage(Worker& worker, uint32_t relation, uint32_t disjunct, std::span<const Value> head,
                          bool certain, std::span<const Cell> provenance, std::span<const uint8_t> known) {
  Tuples& tuples = *tuples_[relation];
  const Relation& definition = state_.program.relations[relation];
  const bool any_outside = std::any_of(head.begin(), head.end(), [](const Value& value) {
    return value.state == State::kKnown && RefCell::is_external(value.cell);
  });
  // What each position may be.
  std::vector<std::vector<Cell>> choices(head.size());
  for (size_t i = 0; i < head.size(); ++i) {
    if (head[i].state == State::kKnown) {
      choices[i] = {head[i].cell};
      continue;
    }
    if (head[i].state == State::kAbsent) return;
    certain = false;
    std::span<const Cell> candidates = CandidatesOf(state_, head[i].cell, head[i].state);
    if (!candidates.empty()) {
      choices[i].assign(candidates.begin(), candidates.end());
      continue;
    }
    if (any_outside) return;  // unknown anyway (Member)
    const std::vector<TableId>& models = state_.program.types[definition.arguments[i]].tables;
    TableId num_tables = static_cast<TableId>(state_.program.tables.size());
    for (TableId t = 0; t < num_tables; ++t) {
      if (!models.empty() && std::find(models.begin(), models.end(), t) == models.end()) continue;
      for (Row row = 0; row < state_.num_rows(t); ++row) choices[i].push_back(RefCell::Make(t, row));
    }
    if (choices[i].empty()) return;
  }

  size_t begin = kNone;
  std::vector<size_t> at(head.size(), 0);
  std::vector<Cell> tuple(head.size());
  while (!worker.stopped()) {
    for (size_t i = 0; i < head.size(); ++i) tuple[i] = choices[i][at[i]];
    uint32_t existing = tuples.Find(tuple);
    if (existing == kNone || (certain && tuples.certain[existing].round == kNone)) {
      Tuples::Pending& pending = tuples.pending;
      uint32_t count = static_cast<uint32_t>(pending.certain.size());
      Tuples::Reserve(pending.slots, pending.cells, tuples.arity, count);
      uint32_t& slot = pending.slots[Tuples::Locate(pending.slots, pending.cells, tuples.arity, tuple)];
      if (slot == 0 || (certain && pending.certain[slot - 1] == 0)) {
        if (begin == kNone) {
          begin = tuples.provenance.size();
          tuples.provenance.insert(tuples.provenance.end(), provenance.begin(), provenance.end());
          tuples.provenance_known.insert(tuples.provenance_known.end(), known.begin(), known.end());
        }
        Derivation derivation{0, disjunct, begin, begin + provenance.size()};
        worker.AddBytes((tuples.arity + provenance.size() + 6) * sizeof(Cell));
        if (slot == 0) {
          slot = count + 1;
          pending.cells.insert(pending.cells.end(), tuple.begin(), tuple.end());
          pending.certain.push_back(certain ? 1 : 0);
          pending.derivations.push_back(derivation);
        } else {
          pending.certain[slot - 1] = 1;
          pending.derivations[slot - 1] = derivation;
        }
      }
    }
    size_t i = head.size();
    while (i > 0 && ++at[i - 1] == choices[i - 1].size()) at[--i] = 0;
    if (i == 0) return;
  }
}

// ---- reading

void RelationStore::ForEach(Worker& worker, uint32_t relation, std::span<const Value> keys,
                            std::span<const uint8_t> bound, std::span<const TableId> tables, uint32_t delta_round,
                            const std::function<bool(const Match&)>& visit) {
  if (!Ensure(worker, relation)) return;
  Tuples& tuples = *tuples_[relation];
  uint32_t arity = tuples.arity;
  bool limited = worker.relation_limit.stratum == state_.program.relations[relation].stratum;
  uint32_t limit = limited ? worker.relation_limit.round : kNone;

  uint64_t mask = 0;
  bool loose = arity > 64;  // keys that are not exact: compared tuple by tuple
  std::vector<std::span<const Cell>> candidates(arity);
  for (uint32_t i = 0; i < arity; ++i) {
    if (bound[i] == 0) continue;
    if (keys[i].state == State::kAbsent) return;
    if (keys[i].state == State::kKnown) {
      if (i < 64) mask |= uint64_t{1} << i;
      continue;
    }
    loose = true;
    candidates[i] = CandidatesOf(state_, keys[i].cell, keys[i].state);
  }
  if (arity > 64) mask = 0;

  bool goes_on = true;
  auto consider = [&](uint32_t index) {
    if (tuples.possible[index].round >= limit) return;
    uint32_t certain_round = tuples.certain[index].round;
    if (delta_round != kNone && tuples.possible[index].round != delta_round && certain_round != delta_round) return;
    std::span<const Cell> tuple = tuples.tuple(index);
    bool certain = certain_round != kNone && certain_round < limit;
    for (uint32_t i = 0; i < arity; ++i) {
      if (bound[i] == 0) {
        TableId table = i < tables.size() ? tables[i] : kNone;
        if (table != kNone && RefCell::table(tuple[i]) != table) return;
      } else if (keys[i].state == State::kKnown) {
        if (tuple[i] != keys[i].cell) return;
      } else {
        certain = false;
        if (!candidates[i].empty() &&
            std::find(candidates[i].begin(), candidates[i].end(), tuple[i]) == candidates[i].end())
          return;
      }
    }
    goes_on = visit({index, tuple, certain});
  };

  bool exact = !loose && mask != 0 && mask == (arity == 64 ? ~uint64_t{0} : (uint64_t{1} << arity) - 1);
  if (exact) {
    std::vector<Cell> tuple(arity);
    for (uint32_t i = 0; i < arity; ++i) tuple[i] = keys[i].cell;
    uint32_t index = tuples.Find(tuple);
    if (index != kNone) consider(index);
    return;
  }
  if (mask == 0 && limited && delta_round != kNone && delta_round + 1 == limit) {
    // A chain has as many rounds as links: each must not look at all tuples.
    for (size_t i = 0; i < tuples.changed.size() && goes_on && !worker.stopped(); ++i) consider(tuples.changed[i]);
    return;
  }
  if (mask == 0) {
    uint32_t count = tuples.size();
    for (uint32_t index = 0; index < count && goes_on && !worker.stopped(); ++index) consider(index);
    return;
  }
  std::vector<Cell> part;
  for (uint32_t i = 0; i < arity; ++i) {
    if ((mask >> i & 1) != 0) part.push_back(keys[i].cell);
  }
  uint64_t hash = HashCells(part);
  const std::vector<uint32_t>* rows = nullptr;
  {
    std::unique_lock lock(tuples.index_mutex);
    Tuples::MaskIndex& index = tuples.indexes[mask];
    for (; index.num_indexed < tuples.size(); ++index.num_indexed) {
      std::span<const Cell> tuple = tuples.tuple(index.num_indexed);
      part.clear();
      for (uint32_t i = 0; i < arity; ++i) {
        if ((mask >> i & 1) != 0) part.push_back(tuple[i]);
      }
      index.rows[HashCells(part)].push_back(index.num_indexed);
    }
    auto entry = index.rows.find(hash);
    if (entry != index.rows.end()) rows = &entry->second;
  }
  // Tuples are added between rounds only, so the list stands still.
  if (rows == nullptr) return;
  for (size_t i = 0; i < rows->size() && goes_on && !worker.stopped(); ++i) consider((*rows)[i]);
}

Vector RelationStore::Member(Worker& worker, uint32_t relation, std::span<const Vector* const> arguments,
                             uint32_t num_lanes) {
  Vector out(num_lanes);
  bool readable = Ensure(worker, relation);
  Tuples& tuples = *tuples_[relation];
  uint32_t arity = tuples.arity;
  if (!readable || arguments.size() != arity) return Vector(num_lanes, 0, State::kUnknown);
  bool limited = worker.relation_limit.stratum == state_.program.relations[relation].stratum;
  uint32_t limit = limited ? worker.relation_limit.round : kNone;

  std::vector<Cell> tuple(arity);
  std::vector<Value> keys(arity);
  std::vector<uint8_t> bound(arity, 1);
  for (uint32_t lane = 0; lane < num_lanes; ++lane) {
    bool known = true, hopeless = false, external = false, absent = false;
    EvidenceId trace = 0;
    size_t combinations = 1;
    for (uint32_t i = 0; i < arity; ++i) {
      State state = arguments[i]->state(lane);
      tuple[i] = arguments[i]->cells[lane];
      keys[i] = {tuple[i], state};
      if (state == State::kKnown) {
        external |= RefCell::is_external(tuple[i]);
        continue;
      }
      known = false;
      if (state == State::kAbsent) {
        absent = true;
        break;
      }
      std::span<const Cell> candidates = CandidatesOf(state_, tuple[i], state);
      combinations *= std::max<size_t>(1, std::min(candidates.size(), kMaxCombinations));
      hopeless |= candidates.empty() || combinations > kMaxCombinations;
      external |= state_.MayBeOutside(state, tuple[i]);
      if (worker.traced()) trace = worker.evidence().Merge(trace, arguments[i]->trace(lane));
    }
    if (absent && !hopeless) {
      out.Set(lane, 0, State::kKnown);
      continue;
    }
    if (!known) {
      bool found = hopeless || external;
      if (!found) {
        ForEach(worker, relation, keys, bound, {}, kNone, [&](const Match&) {
          found = true;
          return false;
        });
      }
      out.SetTri(lane, found ? Tri::kUnknown : Tri::kFalse);
      if (worker.traced()) out.SetTrace(lane, trace);
      continue;
    }
    uint32_t index = tuples.Find(tuple);
    if (index != kNone && tuples.possible[index].round >= limit) index = kNone;
    bool certain = index != kNone && tuples.certain[index].round != kNone && tuples.certain[index].round < limit;
    if (index != kNone) {
      out.SetTri(lane, certain ? Tri::kTrue : Tri::kUnknown);
      if (worker.traced()) out.SetTrace(lane, Explain(worker, relation, index, certain));
    } else if (external) {
      out.SetUnknown(lane);
      if (!worker.traced()) continue;
      for (uint32_t i = 0; i < arity; ++i) {
        if (!RefCell::is_external(tuple[i])) continue;
        trace = worker.evidence().Merge(trace, OutsideCause(worker, tuple[i]));
      }
      out.SetTrace(lane, trace);
    } else {
      out.Set(lane, 0, State::kKnown);
    }
  }
  return out;
}

namespace {

/// Keeps the evidence of the first member whose head is the tuple.
class ReplaySink : public PipelineSink {
 public:
  ReplaySink(Worker& worker, const Relation::Disjunct& disjunct, bool wants_certain)
      : worker_(worker), disjunct_(disjunct), wants_certain_(wants_certain) {}
  void Members(const Batch& members) override {
    for (size_t i = 0; i < members.size(); ++i) {
      bool certain = members.membership[i] == Membership::kCertain;
      if (found && (!wants_certain_ || was_certain_ || !certain)) continue;
      found = true;
      was_certain_ = certain;
      trace = members.traces.empty() ? 0 : members.traces[i];
      // A head that is not known stands for whatever it may be.
      for (Register head : disjunct_.tuple) {
        const Vector& value = members.frame->registers[head];
        if (!value.is_known(members.lanes[i])) trace = worker_.evidence().Merge(trace, value.trace(members.lanes[i]));
      }
    }
  }
  bool found = false;
  EvidenceId trace = 0;

 private:
  Worker& worker_;
  const Relation::Disjunct& disjunct_;
  bool wants_certain_;
  bool was_certain_ = false;
};

}  // namespace

EvidenceId RelationStore::Explain(Worker& worker, uint32_t relation, uint32_t index, bool certain) {
  if (!worker.traced() || worker.depth + worker.explain_depth > kMaxExplainDepth) return 0;
  // What a tuple was derived from comes first, so that a long way to it (a chain of a hundred thousand links, say) does not become a deep recursion here.
  std::vector<TupleUse> pending = {{relation, index, certain}};
  while (!pending.empty()) {
    const TupleUse use = pending.back();
    if (worker.tuple_evidence.count(use.key()) == 0) {
      const size_t before = pending.size();
      AddUnexplained(worker, use, &pending);
      if (pending.size() > before) continue;
      worker.tuple_evidence.emplace(use.key(), Replay(worker, use));
    }
    pending.pop_back();
  }
  return worker.tuple_evidence.at(TupleUse{relation, index, certain}.key());
}

const Derivation& RelationStore::DerivationOf(const TupleUse& use) const {
  const Tuples& tuples = *tuples_[use.relation];
  return use.certain ? tuples.certain[use.index] : tuples.possible[use.index];
}

/// The tuples that stages of the derivation of `use` gave, as far as they have no evidence yet.
void RelationStore::AddUnexplained(const Worker& worker, const TupleUse& use, std::vector<TupleUse>* pending) const {
  const Derivation& derivation = DerivationOf(use);
  if (derivation.round == kNone) return;
  const Relation& definition = state_.program.relations[use.relation];
  const Tuples& own = *tuples_[use.relation];
  size_t at = derivation.begin;
  for (const bylaw::Stage& stage : definition.disjuncts[derivation.disjunct].stages) {
    const size_t begin = std::exchange(at, at + NumGenerated(state_.program, stage));
    if (stage.kind != GeneratorKind::kRelation || at > derivation.end) continue;
    const auto known = own.provenance_known.begin();
    if (std::find(known + static_cast<std::ptrdiff_t>(begin), known + static_cast<std::ptrdiff_t>(at), 0) !=
        known + static_cast<std::ptrdiff_t>(at))
      continue;
    const Tuples& from = *tuples_[stage.table];
    const uint32_t index = from.Find({own.provenance.data() + begin, at - begin});
    if (index == kNone) continue;
    // As ForEach sees them in the round of the derivation.
    const uint32_t limit =
        state_.program.relations[stage.table].stratum == definition.stratum ? derivation.round : kNone;
    if (from.possible[index].round >= limit) continue;
    const TupleUse part{stage.table, index, from.certain[index].round < limit};
    if (worker.tuple_evidence.count(part.key()) == 0) pending->push_back(part);
  }
}

/// The evidence of the tuple's derivation, which is run once more with what its stages gave.
EvidenceId RelationStore::Replay(Worker& worker, const TupleUse& use) {
  const Tuples& tuples = *tuples_[use.relation];
  const Derivation& derivation = DerivationOf(use);
  if (derivation.round == kNone) return 0;
  const Relation& definition = state_.program.relations[use.relation];
  const Relation::Disjunct& disjunct = definition.disjuncts[derivation.disjunct];

  Worker::RelationLimit before = worker.relation_limit;
  worker.relation_limit = {definition.stratum, derivation.round};
  Frame unit;
  unit.num_lanes = 1;
  ReplaySink sink(worker, disjunct, use.certain);
  PipelineOptions options;
  options.phantoms = false;
  // A span that is not null even when nothing was generated.
  static const Cell kNothing = 0;
  static const uint8_t kNothingKnown = 1;
  bool empty = derivation.begin == derivation.end;
  options.pinned =
      empty ? std::span(&kNothing, 1)
            : std::span<const Cell>(tuples.provenance.data() + derivation.begin, derivation.end - derivation.begin);
  options.pinned_known = empty ? std::span(&kNothingKnown, 1)
                               : std::span<const uint8_t>(tuples.provenance_known.data() + derivation.begin,
                                                          derivation.end - derivation.begin);
  Pipeline pipeline(worker, disjunct.stages, sink, options);
  Recorder* const recorder =
      std::exchange(worker.recorder, nullptr);  // who tells of the frames around does not tell of these
  ++worker.explain_depth;
  pipeline.Run(Pipeline::Unit(unit));
  --worker.explain_depth;
  worker.recorder = recorder;
  worker.relation_limit = before;
  return sink.trace;
}

}  // namespace bylaw

#include "runtime/vm/pipeline.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/vm/canonical_order.h"
#include "runtime/vm/relation.h"

namespace bylaw {

/// The chunk of lanes that a stage is generating.
struct Pipeline::Generation {
  size_t index;
  const Stage& stage;
  const Batch& outer;
  uint32_t num_values;
  uint32_t capacity;
  // Beside each other, one entry a lane.
  std::vector<uint32_t> positions;  ///< in `outer`
  std::vector<uint32_t> roots;
  std::vector<Membership> membership;
  std::vector<EvidenceId> traces;
  std::vector<Vector> values;
  bool any_unknown = false;
  const ColumnIndex* column_index = nullptr;  ///< kLookup
  /// kLookup, for sinks that may stop early: positions that have more rows whose column, or whose own key, is unknown.
  struct Unmatched {
    uint32_t position;
    bool any_row;  ///< all rows of the table, as nothing is known of the key; else those of which nothing is known
  };
  std::vector<Unmatched> unmatched;
  /// Nothing filters this last stage, and one certain member is enough: the first one generated is it.
  bool first_decides = false;
};

namespace {

Membership Weaker(Membership a, Membership b) { return std::max(a, b); }

}  // namespace

uint32_t NumGenerated(const Program& program, const Stage& stage) {
  switch (stage.kind) {
    case GeneratorKind::kUnit: return 0;
    case GeneratorKind::kRelation: return static_cast<uint32_t>(program.relations[stage.table].arguments.size());
    default: return 1;
  }
}

EvidenceId NotCoveredCause(Worker& worker, TableId table) {
  const Snapshot* snapshot = worker.state().snapshot;
  std::string detail;
  if (snapshot != nullptr && table < snapshot->num_tables()) detail = snapshot->table(table).not_covered_reason;
  if (detail.empty()) {
    detail =
        fmt::format("no input covers `{}`", table < worker.program().tables.size() ? worker.program().tables[table].name
                                                                                   : std::string("this table"));
  }
  return worker.evidence().AddCause({.cause = {CauseKind::kNotCovered, std::move(detail)}, .table = table});
}

EvidenceId OutsideCause(Worker& worker, Cell external) {
  return worker.evidence().AddCause(CauseKind::kOutside, worker.state().ExternalKey(external));
}

Pipeline::Pipeline(Worker& worker, std::span<const Stage> stages, PipelineSink& sink, PipelineOptions options)
    : worker_(worker), stages_(stages), sink_(sink), options_(std::move(options)), next_root_(options_.first_root) {}

Batch Pipeline::Unit(const Frame& frame) {
  Batch batch;
  batch.frame = &frame;
  batch.lanes = {0};
  batch.roots = {0};
  batch.membership = {Membership::kCertain};
  return batch;
}

void Pipeline::Run(const Batch& outer) {
  if (stages_.empty()) {
    sink_.Members(outer);
  } else {
    RunStage(0, outer);
  }
}

void Pipeline::RunStage(size_t index, const Batch& outer) {
  const Stage& stage = stages_[index];
  Generation generation{.index = index,
                        .stage = stage,
                        .outer = outer,
                        .num_values = NumGenerated(worker_.program(), stage),
                        .capacity = std::max<uint32_t>(1, worker_.state().options.batch_size),
                        .positions = {},
                        .roots = {},
                        .membership = {},
                        .traces = {},
                        .values = {},
                        .unmatched = {}};
  generation.values.resize(generation.num_values);
  generation.first_decides = index + 1 == stages_.size() && stage.filter == kNoRegister && sink_.OneCertainDecides();
  for (uint32_t position = 0; position < outer.size() && !worker_.stopped(); ++position) {
    if (Skip(generation, position, outer.membership[position] != Membership::kCertain)) continue;
    Generate(generation, position);
  }
  Flush(generation);
  GenerateUnmatched(generation);
}

bool Pipeline::Skip(const Generation& generation, uint32_t position, bool only_possible) const {
  uint32_t root = generation.outer.roots[position];
  if (options_.root_stage != kNone && generation.index <= options_.root_stage) return false;
  return sink_.Done(root) || (only_possible && sink_.OnlyCertainMatter(root));
}

bool Pipeline::Enough(const Generation& generation, uint32_t position, bool only_possible) const {
  // A flush may have shown that this root needs no more, or the lane just added does.
  if (generation.positions.empty()) return worker_.stopped() || Skip(generation, position, only_possible);
  return generation.first_decides && generation.positions.back() == position &&
         generation.membership.back() == Membership::kCertain;
}

void Pipeline::Generate(Generation& generation, uint32_t position) {
  const Stage& stage = generation.stage;
  if (!options_.pinned.empty() && generation.num_values > 0) return GeneratePinned(generation, position);
  switch (stage.kind) {
    case GeneratorKind::kUnit: Add(generation, position, 0, State::kKnown, Membership::kCertain, 0); return;
    case GeneratorKind::kScan: GenerateScan(generation, position, stage.table); break;
    case GeneratorKind::kScanAny:
      for (const TableId table : stage.tables) {
        GenerateScan(generation, position, table);
        if (Enough(generation, position, generation.outer.membership[position] != Membership::kCertain)) return;
      }
      break;
    case GeneratorKind::kLookup: GenerateLookup(generation, position); break;
    case GeneratorKind::kElements: GenerateElements(generation, position); return;
    case GeneratorKind::kRelation: GenerateRelation(generation, position); break;
  }
  if (!options_.phantoms) return;
  if (const TableId open = stage.covers ? OpenTable(stage) : kNone; open != kNone) {
    AddPhantom(generation, position, worker_.traced() ? NotCoveredCause(worker_, open) : 0);
  } else if (options_.open_roots != nullptr && (*options_.open_roots)[generation.outer.roots[position]] != 0) {
    EvidenceId trace = options_.open_traces == nullptr ? 0 : (*options_.open_traces)[generation.outer.roots[position]];
    AddPhantom(generation, position, trace);
  }
}

/// A table of a scan or lookup that the snapshot does not cover; kNone if there is none.
TableId Pipeline::OpenTable(const Stage& stage) const {
  const EvaluationState& state = worker_.state();
  if (stage.kind == GeneratorKind::kScan || stage.kind == GeneratorKind::kLookup)
    return state.IsOpen(stage.table) ? stage.table : kNone;
  if (stage.kind != GeneratorKind::kScanAny) return kNone;
  const auto open =
      std::find_if(stage.tables.begin(), stage.tables.end(), [&](TableId table) { return state.IsOpen(table); });
  return open == stage.tables.end() ? kNone : *open;
}

EvidenceId Pipeline::RowCause(TableId table, Row row, const char* reason) {
  return worker_.evidence().AddCause({.cause = {CauseKind::kUnresolved, reason}, .table = table, .row = row});
}

void Pipeline::GenerateScan(Generation& generation, uint32_t position, TableId scanned) {
  const Stage& stage = generation.stage;
  EvaluationState& state = worker_.state();
  uint32_t num_rows = state.num_rows(scanned);
  const bool is_argument = !stage.covers && stage.kind == GeneratorKind::kScan;
  if (is_argument) {
    // What it may be besides a row.
    for (const Cell external : state.relations().Outside(scanned))
      Add(generation, position, external, State::kKnown, Membership::kCertain, 0);
  }
  if (num_rows == 0) return;
  const TableData& table = state.snapshot->table(scanned);
  bool is_root = generation.index == options_.root_stage;
  const bool in_parts = is_root && stage.kind == GeneratorKind::kScan;
  Row begin = in_parts ? std::min(options_.begin_row, num_rows) : 0;
  Row end = in_parts ? std::min(options_.end_row, num_rows) : num_rows;
  const std::vector<Row>* rows = in_parts ? options_.rows : nullptr;
  bool skip_context = is_root && options_.skip_context && table.context_only.size() == num_rows;
  bool has_possible = table.possible.size() == num_rows && !is_argument;
  if (rows == nullptr && !skip_context && !has_possible && !worker_.traced() && !options_.on_root &&
      !generation.first_decides) {
    AddRows(generation, position, scanned, begin, std::max(begin, end));
    return;
  }
  uint32_t count = rows != nullptr ? static_cast<uint32_t>(rows->size()) : std::max(begin, end) - begin;
  for (uint32_t i = 0; i < count; ++i) {
    Row row = rows != nullptr ? (*rows)[i] : begin + i;
    if (row >= num_rows || (skip_context && table.context_only[row] != 0)) continue;
    bool possible = has_possible && table.possible[row] != 0;
    EvidenceId trace =
        possible && worker_.traced() ? RowCause(scanned, row, "it is not known whether this resource exists") : 0;
    Add(generation, position, RefCell::Make(scanned, row), State::kKnown,
        possible ? Membership::kPossible : Membership::kCertain, trace);
    if (Enough(generation, position, generation.outer.membership[position] != Membership::kCertain)) return;
  }
}

/// A row that the lookup of this lane comes to; `matches`: known to. False when nothing more of the lane is needed.
bool Pipeline::AddLookedUp(Generation& generation, uint32_t position, Row row, bool matches) {
  const Stage& stage = generation.stage;
  const EvaluationState& state = worker_.state();
  const TableData& table = state.snapshot->table(stage.table);
  if (row >= table.num_rows) return true;
  const Vector& keys = generation.outer.frame->registers[stage.key];
  const uint32_t lane = generation.outer.lanes[position];
  const ColumnRef& ref = worker_.program().columns[stage.column];
  const Column* column = ref.table == stage.table ? state.column(stage.column) : nullptr;
  const bool unknown = column != nullptr && IsUnknown(column->state(row));
  const Cell* assumed = unknown ? state.Assumed({stage.table, row, ref.column}) : nullptr;
  if (assumed != nullptr) {
    const State key_state = keys.state(lane);
    if (key_state == State::kAbsent || (key_state == State::kKnown && *assumed != keys.cells[lane])) return true;
    const bool keys_are_refs =
        state.kind(worker_.program().tables[ref.table].columns[ref.column].type) == TypeKind::kRef;
    const std::span<const Cell> candidates =
        keys_are_refs ? CandidatesOf(state, keys.cells[lane], key_state) : std::span<const Cell>();
    if (!candidates.empty() && std::find(candidates.begin(), candidates.end(), *assumed) == candidates.end())
      return true;
    matches = key_state == State::kKnown;
  }
  const bool possible_row = stage.covers && table.possible.size() == table.num_rows && table.possible[row] != 0;
  EvidenceId trace = 0;
  if (worker_.traced()) {
    // The key's evidence tells how these rows were come by, and why they may not match.
    Evidence& evidence = worker_.evidence();
    trace = keys.trace(lane);
    if (!matches && unknown && assumed == nullptr) {
      trace = evidence.Merge(trace, evidence.AddCause(state.cause(*column, row), stage.table, row, ref.column));
    }
    if (possible_row)
      trace = evidence.Merge(trace, RowCause(stage.table, row, "it is not known whether this resource exists"));
  }
  const Membership membership = matches && !possible_row ? Membership::kCertain : Membership::kPossible;
  Add(generation, position, RefCell::Make(stage.table, row), State::kKnown, membership, trace);
  return !Enough(generation, position,
                 IsUnknown(keys.state(lane)) || generation.outer.membership[position] != Membership::kCertain);
}

/// Rows `begin` to `begin` + `count` of those that the lane's lookup may or may not come to.
void Pipeline::AddUnmatched(Generation& generation, uint32_t position, bool any_row, Row begin, Row count) {
  const std::span<const Row> unknown = any_row ? std::span<const Row>() : generation.column_index->unknown();
  const Row num_rows = any_row ? worker_.state().num_rows(generation.stage.table) : static_cast<Row>(unknown.size());
  const Row end = begin + std::min(count, num_rows - std::min(begin, num_rows));
  for (Row i = begin; i < end; ++i) {
    if (!AddLookedUp(generation, position, any_row ? i : unknown[i], false)) return;
  }
  if (end < num_rows) generation.unmatched.push_back({position, any_row});
}

namespace {

/// Of rows that a lookup may or may not come to, so many are tried at first: one is often enough.
constexpr Row kFirstUnmatched = 16;

}  // namespace

/// The rest of what lookups may or may not come to: for lanes that still ask, twice as many rows each time. (Without this, a table full of unknown keys
/// would be gone through whole for each lane.)
void Pipeline::GenerateUnmatched(Generation& generation) {
  Row begin = kFirstUnmatched;
  for (Row count = begin; !generation.unmatched.empty() && !worker_.stopped(); begin += count, count += count) {
    for (const Generation::Unmatched& rest : std::exchange(generation.unmatched, {})) {
      if (Skip(generation, rest.position, true)) continue;
      AddUnmatched(generation, rest.position, rest.any_row, begin, count);
    }
    Flush(generation);
  }
}

void Pipeline::GenerateLookup(Generation& generation, uint32_t position) {
  const Stage& stage = generation.stage;
  EvaluationState& state = worker_.state();
  const Program& program = worker_.program();
  const Vector& keys = generation.outer.frame->registers[stage.key];
  uint32_t lane = generation.outer.lanes[position];
  State key_state = keys.state(lane);
  Cell key = keys.cells[lane];
  const ColumnRef& ref = program.columns[stage.column];
  const Column* column = ref.table == stage.table ? state.column(stage.column) : nullptr;

  if (state.num_rows(stage.table) > 0) {
    TypeKind column_kind = state.kind(program.tables[ref.table].columns[ref.column].type);
    bool indexable = column != nullptr && column_kind != TypeKind::kFloat && column_kind < TypeKind::kList;
    std::span<const Cell> candidates =
        column_kind == TypeKind::kRef ? CandidatesOf(state, key, key_state) : std::span<const Cell>();
    const bool in_rounds = sink_.MayStopEarly();
    if (!indexable || (IsUnknown(key_state) && candidates.empty())) {
      // Any row may match.
      AddUnmatched(generation, position, true, 0, in_rounds ? kFirstUnmatched : kNone);
    } else {
      if (generation.column_index == nullptr) generation.column_index = &state.snapshot->Index(stage.table, ref.column);
      const ColumnIndex& index = *generation.column_index;
      std::vector<Row> merged;
      std::span<const Row> matches = key_state == State::kAbsent ? index.absent() : std::span<const Row>();
      if (key_state == State::kKnown) matches = index.Find(key);
      if (!candidates.empty()) {
        for (Cell candidate : candidates) {
          std::span<const Row> rows = index.Find(candidate);
          merged.insert(merged.end(), rows.begin(), rows.end());
        }
        std::sort(merged.begin(), merged.end());
        merged.erase(std::unique(merged.begin(), merged.end()), merged.end());
        matches = merged;
      }
      bool key_decides = !IsUnknown(key_state);
      auto add = [&](Row row) {
        return AddLookedUp(generation, position, row, key_decides && !IsUnknown(column->state(row)));
      };
      // In the order of the rows, for sinks that need that.
      std::span<const Row> unknown = in_rounds ? std::span<const Row>() : index.unknown();
      bool goes_on = true;
      while (goes_on && (!matches.empty() || !unknown.empty())) {
        std::span<const Row>& next =
            unknown.empty() || (!matches.empty() && matches[0] <= unknown[0]) ? matches : unknown;
        if (!matches.empty() && !unknown.empty() && matches[0] == unknown[0]) unknown = unknown.subspan(1);
        goes_on = add(next[0]);
        next = next.subspan(1);
      }
      if (goes_on && in_rounds && !index.unknown().empty())
        AddUnmatched(generation, position, false, 0, kFirstUnmatched);
    }
  }
  // In a rule too: what hangs on something outside the snapshot is judged as unknown, not skipped.
  if (stage.opens && !state.closed_world()) {
    bool outside = state.MayBeOutside(key_state, key);
    bool already = options_.phantoms && stage.covers && state.IsOpen(stage.table);
    if (outside && !already) {
      EvidenceId trace = 0;
      if (worker_.traced()) {
        trace = keys.trace(lane);
        if (key_state == State::kKnown) trace = worker_.evidence().Merge(trace, OutsideCause(worker_, key));
      }
      AddPhantom(generation, position, trace);
    }
  }
}

void Pipeline::GenerateElements(Generation& generation, uint32_t position) {
  const Stage& stage = generation.stage;
  const Program& program = worker_.program();
  uint32_t lane = generation.outer.lanes[position];
  const Vector& keys = generation.outer.frame->registers[stage.key];
  State state = keys.state(lane);
  if (state == State::kAbsent) return;
  if (state != State::kKnown) {
    AddPhantom(generation, position, keys.trace(lane));
    return;
  }
  EvidenceId trace = keys.trace(lane);
  TypeKind kind = generation.outer.block == nullptr ? TypeKind::kList
                                                    : program.types[generation.outer.block->registers[stage.key]].kind;
  auto add = [&](Cell cell, State element_state, EvidenceId element_trace) {
    Add(generation, position, cell, element_state == State::kRanged ? State::kUnknown : element_state,
        Membership::kCertain, element_trace);
    return !Enough(generation, position, generation.outer.membership[position] != Membership::kCertain);
  };
  switch (kind) {
    case TypeKind::kList:
    case TypeKind::kSet: {
      const auto& list = *CellToObject<ListObject>(keys.cells[lane]);
      for (uint32_t i = 0; i < list.size; ++i) {
        if (!add(list.cells[i], list.state(i), trace)) return;
      }
      return;
    }
    case TypeKind::kMap: {
      const auto& map = *CellToObject<MapObject>(keys.cells[lane]);
      for (uint32_t i = 0; i < map.size; ++i) {
        if (!add(map.keys[i], State::kKnown, trace)) return;
      }
      return;
    }
    case TypeKind::kJson: {
      const auto& node = *CellToObject<JsonNode>(keys.cells[lane]);
      if (node.kind == JsonNodeKind::kNull) return;
      if (node.kind != JsonNodeKind::kArray) {
        if (worker_.traced()) {
          EvidenceId cause = node.kind == JsonNodeKind::kUnknown
                                 ? worker_.evidence().AddCause(worker_.state().cause(node.cause))
                                 : worker_.evidence().AddCause(CauseKind::kConversion,
                                                               "something that is no list where a list is needed");
          trace = worker_.evidence().Merge(trace, cause);
        }
        AddPhantom(generation, position, trace);
        return;
      }
      for (uint32_t i = 0; i < node.size; ++i) {
        const JsonNode* element = node.elements[i];
        if (element->kind == JsonNodeKind::kUnknown) {
          EvidenceId cause = worker_.traced() ? worker_.evidence().AddCause(worker_.state().cause(element->cause)) : 0;
          if (!add(0, State::kUnknown, cause)) return;
        } else if (element->kind == JsonNodeKind::kNull) {
          if (!add(0, State::kAbsent, trace)) return;
        } else if (!add(ObjectToCell(element), State::kKnown, trace)) {
          return;
        }
      }
      return;
    }
    default: AddPhantom(generation, position, trace);
  }
}

bool Pipeline::MayNotExist(const Stage& stage, std::span<const Cell> tuple, EvidenceId* doubt) {
  const Snapshot* snapshot = worker_.state().snapshot;
  bool uncertain = false;
  for (size_t i = 0; snapshot != nullptr && i < tuple.size() && i < stage.tables.size(); ++i) {
    const TableId table = stage.tables[i];
    if (table == kNone || table >= snapshot->num_tables() || RefCell::table(tuple[i]) != table) continue;
    const auto& possible = snapshot->table(table).possible;
    const Row row = RefCell::row(tuple[i]);
    if (row >= possible.size() || possible[row] == 0) continue;
    uncertain = true;
    if (worker_.traced())
      *doubt = worker_.evidence().Merge(*doubt, RowCause(table, row, "it is not known whether this resource exists"));
  }
  return uncertain;
}

void Pipeline::GenerateRelation(Generation& generation, uint32_t position) {
  const Stage& stage = generation.stage;
  const Relation& relation = worker_.program().relations[stage.table];
  uint32_t arity = static_cast<uint32_t>(relation.arguments.size());
  uint32_t lane = generation.outer.lanes[position];
  RelationStore& store = worker_.state().relations();

  std::vector<Value> keys(arity);
  std::vector<uint8_t> bound(arity, 0);
  EvidenceId key_trace = 0;
  for (uint32_t i = 0; i < arity && i < stage.relation_keys.size(); ++i) {
    if (stage.relation_keys[i] == kNoRegister) continue;
    const Vector& key = generation.outer.frame->registers[stage.relation_keys[i]];
    keys[i] = {key.cells[lane], key.state(lane)};
    bound[i] = 1;
    if (worker_.traced() && IsUnknown(keys[i].state)) key_trace = worker_.evidence().Merge(key_trace, key.trace(lane));
  }
  uint32_t delta = generation.index == options_.delta_stage ? options_.delta_round : kNone;
  store.ForEach(worker_, stage.table, keys, bound, stage.tables, delta, [&](const RelationStore::Match& match) {
    for (uint32_t i = 0; i < arity; ++i) generation.values[i].cells.push_back(match.tuple[i]);
    generation.positions.push_back(position);
    generation.roots.push_back(generation.outer.roots[position]);
    EvidenceId doubt = 0;
    const bool certain = !MayNotExist(stage, match.tuple, &doubt) && match.certain;
    generation.membership.push_back(
        Weaker(generation.outer.membership[position], certain ? Membership::kCertain : Membership::kPossible));
    if (worker_.traced()) {
      EvidenceId trace =
          worker_.evidence().Merge(generation.outer.traces.empty() ? 0 : generation.outer.traces[position], key_trace);
      trace = worker_.evidence().Merge(trace, doubt);
      generation.traces.push_back(
          worker_.evidence().Merge(trace, store.Explain(worker_, stage.table, match.index, match.certain)));
    }
    if (generation.positions.size() >= generation.capacity) Flush(generation);
    return !Enough(generation, position, generation.outer.membership[position] != Membership::kCertain);
  });
  if (!options_.phantoms || !stage.covers) return;
  for (uint32_t i = 0; i < arity; ++i) {
    if (bound[i] == 0) keys[i] = {0, State::kUnknown};
  }
  EvidenceId why = 0;
  if (HasUnseenTuples(generation, position, &why)) AddPhantom(generation, position, why, keys);
}

/// Whether there may be tuples that the snapshot does not show: of rows of a table that is not covered, or of something that may be outside; `why`, when tracing.
bool Pipeline::HasUnseenTuples(const Generation& generation, uint32_t position, EvidenceId* why) {
  const Stage& stage = generation.stage;
  const EvaluationState& state = worker_.state();
  bool unseen = false;
  auto add = [&](EvidenceId cause) { *why = worker_.evidence().Merge(*why, cause); };
  for (uint32_t i = 0; i < generation.num_values; ++i) {
    const Register key = i < stage.relation_keys.size() ? stage.relation_keys[i] : kNoRegister;
    if (key == kNoRegister) {
      const TableId table = i < stage.tables.size() ? stage.tables[i] : kNone;
      if (table == kNone || !state.IsOpen(table)) continue;
      unseen = true;
      if (worker_.traced()) add(NotCoveredCause(worker_, table));
      continue;
    }
    const Vector& keys = generation.outer.frame->registers[key];
    const uint32_t lane = generation.outer.lanes[position];
    const bool outside = state.MayBeOutside(keys.state(lane), keys.cells[lane]);
    unseen |= outside;
    if (!worker_.traced()) continue;
    if (IsUnknown(keys.state(lane))) {
      add(keys.trace(lane));
    } else if (outside) {
      add(OutsideCause(worker_, keys.cells[lane]));
    }
  }
  return unseen;
}

void Pipeline::GeneratePinned(Generation& generation, uint32_t position) {
  uint32_t before = 0;
  for (size_t i = 0; i < generation.index; ++i) before += NumGenerated(worker_.program(), stages_[i]);
  if (before + generation.num_values > options_.pinned.size()) return;
  const Stage& stage = generation.stage;
  bool known = true;
  for (uint32_t i = 0; i < generation.num_values; ++i) known &= options_.pinned_known[before + i] != 0;
  if (!known) {
    EvidenceId trace = 0;
    if (stage.kind == GeneratorKind::kElements) {
      trace = generation.outer.frame->registers[stage.key].trace(generation.outer.lanes[position]);
    } else if (stage.kind == GeneratorKind::kRelation) {
      HasUnseenTuples(generation, position, &trace);
    } else {
      const TableId open = OpenTable(stage);
      trace = NotCoveredCause(worker_, open == kNone ? stage.table : open);
    }
    AddPhantom(generation, position, trace);
    return;
  }
  if (stage.kind == GeneratorKind::kRelation) {
    RelationStore& store = worker_.state().relations();
    std::vector<Value> keys(generation.num_values);
    for (uint32_t i = 0; i < generation.num_values; ++i) keys[i] = {options_.pinned[before + i], State::kKnown};
    std::vector<uint8_t> bound(generation.num_values, 1);
    store.ForEach(worker_, stage.table, keys, bound, {}, kNone, [&](const RelationStore::Match& match) {
      for (uint32_t i = 0; i < generation.num_values; ++i) generation.values[i].cells.push_back(match.tuple[i]);
      generation.positions.push_back(position);
      generation.roots.push_back(generation.outer.roots[position]);
      EvidenceId trace = generation.outer.traces.empty() ? 0 : generation.outer.traces[position];
      EvidenceId doubt = 0;
      const bool certain = !MayNotExist(stage, match.tuple, &doubt) && match.certain;
      trace = worker_.evidence().Merge(trace, doubt);
      generation.membership.push_back(
          Weaker(generation.outer.membership[position], certain ? Membership::kCertain : Membership::kPossible));
      generation.traces.push_back(
          worker_.evidence().Merge(trace, store.Explain(worker_, stage.table, match.index, match.certain)));
      return true;
    });
    return;
  }
  // Whether the row was a certain one shows in what made it possible: the same as when it was generated.
  Cell cell = options_.pinned[before];
  Membership membership = Membership::kCertain;
  EvidenceId trace = 0;
  if (stage.kind == GeneratorKind::kLookup || stage.kind == GeneratorKind::kScan) {
    const EvaluationState& state = worker_.state();
    Row row = RefCell::row(cell);
    const Column* column = stage.kind == GeneratorKind::kLookup ? state.column(stage.column) : nullptr;
    const bool assumed = column != nullptr &&
                         state.Assumed({stage.table, row, worker_.program().columns[stage.column].column}) != nullptr;
    if (column != nullptr && !assumed && row < column->size() && IsUnknown(column->state(row))) {
      membership = Membership::kPossible;
      trace = worker_.evidence().AddCause(state.cause(*column, row), stage.table, row,
                                          worker_.program().columns[stage.column].column);
    }
    if (stage.kind == GeneratorKind::kLookup) {
      const Vector& keys = generation.outer.frame->registers[stage.key];
      uint32_t lane = generation.outer.lanes[position];
      if (IsUnknown(keys.state(lane))) {
        membership = Membership::kPossible;
        trace = worker_.evidence().Merge(trace, keys.trace(lane));
      }
    }
  }
  Add(generation, position, cell, State::kKnown, membership, trace);
}

void Pipeline::AddRows(Generation& generation, uint32_t position, TableId table, Row begin, Row end) {
  bool is_root = generation.index == options_.root_stage;
  Membership membership = generation.outer.membership[position];
  while (begin < end) {
    uint32_t n = std::min(end - begin, generation.capacity - static_cast<uint32_t>(generation.positions.size()));
    size_t size = generation.positions.size();
    Vector& value = generation.values[0];
    value.cells.resize(size + n);
    Cell first = RefCell::Make(table, begin);
    for (uint32_t i = 0; i < n; ++i) value.cells[size + i] = first + i;
    if (generation.any_unknown) value.states.resize(size + n, State::kKnown);
    generation.positions.resize(size + n, position);
    generation.membership.resize(size + n, membership);
    generation.roots.resize(size + n, generation.outer.roots[position]);
    if (is_root) {
      for (uint32_t i = 0; i < n; ++i) generation.roots[size + i] = next_root_++;
    }
    begin += n;
    if (generation.positions.size() < generation.capacity) return;
    Flush(generation);
    if (worker_.stopped() || Skip(generation, position, membership != Membership::kCertain)) return;
  }
}

void Pipeline::AddPhantom(Generation& generation, uint32_t position, EvidenceId trace, std::span<const Value> known) {
  for (size_t i = 0; i < generation.values.size(); ++i) {
    Vector& value = generation.values[i];
    const Value given = i < known.size() ? known[i] : Value{0, State::kUnknown};
    value.cells.push_back(given.cell);
    value.states.resize(value.cells.size() - 1, State::kKnown);
    value.states.push_back(given.state);
    if (worker_.traced()) {
      value.evidence.resize(value.cells.size() - 1, 0);
      value.evidence.push_back(trace);
    }
  }
  generation.any_unknown = true;
  generation.positions.push_back(position);
  bool is_root = generation.index == options_.root_stage;
  uint32_t root = is_root ? next_root_++ : generation.outer.roots[position];
  generation.roots.push_back(root);
  generation.membership.push_back(Membership::kPhantom);
  if (worker_.traced()) {
    EvidenceId before = generation.outer.traces.empty() ? 0 : generation.outer.traces[position];
    generation.traces.push_back(worker_.evidence().Merge(before, trace));
  }
  if (is_root && options_.on_root) options_.on_root(root, 0, State::kUnknown);
  if (generation.positions.size() >= generation.capacity) Flush(generation);
}

void Pipeline::Add(Generation& generation, uint32_t position, Cell cell, State state, Membership membership,
                   EvidenceId trace) {
  if (generation.num_values > 0) {
    Vector& value = generation.values[0];
    value.cells.push_back(cell);
    if (state != State::kKnown) generation.any_unknown = true;
    if (generation.any_unknown) {
      value.states.resize(value.cells.size() - 1, State::kKnown);
      value.states.push_back(state);
    }
    if (worker_.traced()) {
      // An element carries its list's evidence; a row has none of its own.
      bool is_element = generation.stage.kind == GeneratorKind::kElements;
      value.evidence.resize(value.cells.size() - 1, 0);
      value.evidence.push_back(is_element ? trace : 0);
    }
  }
  bool is_root = generation.index == options_.root_stage;
  uint32_t root = is_root ? next_root_++ : generation.outer.roots[position];
  generation.positions.push_back(position);
  generation.roots.push_back(root);
  generation.membership.push_back(Weaker(generation.outer.membership[position], membership));
  if (worker_.traced()) {
    Evidence& evidence = worker_.evidence();
    EvidenceId total = generation.outer.traces.empty() ? 0 : generation.outer.traces[position];
    total = evidence.Merge(total, trace);
    if (generation.stage.binding != kNone && generation.num_values > 0) {
      WitnessRef witness{generation.stage.binding, generation.stage.block.registers[0], cell, state};
      total = evidence.Merge(total, evidence.AddBinding(witness));
    }
    generation.traces.push_back(total);
  }
  if (is_root && options_.on_root) options_.on_root(root, cell, state);
  if (generation.positions.size() >= generation.capacity) Flush(generation);
}

void Pipeline::Flush(Generation& generation) {
  uint32_t n = static_cast<uint32_t>(generation.positions.size());
  if (n == 0) return;
  const Stage& stage = generation.stage;
  const Batch& outer = generation.outer;
  Frame frame = worker_.NewFrame(stage.block, n);
  for (uint32_t i = 0; i < generation.num_values; ++i) {
    Vector& value = generation.values[i];
    if (!value.states.empty()) value.states.resize(n, State::kKnown);
    if (!value.evidence.empty()) value.evidence.resize(n, 0);
    frame.registers[i] = std::move(value);
    generation.values[i] = Vector();
  }
  frame.parents.resize(n);
  for (uint32_t i = 0; i < n; ++i) frame.parents[i] = outer.lanes[generation.positions[i]];
  for (const Capture& capture : stage.captures)
    frame.registers[capture.to] = outer.frame->registers[capture.from].Gather(frame.parents);

  Batch batch;
  batch.frame = &frame;
  batch.block = &stage.block;
  worker_.Run(stage.block, frame);

  const Vector* filter = stage.filter == kNoRegister ? nullptr : &frame.registers[stage.filter];
  batch.lanes.reserve(n);
  for (uint32_t lane = 0; lane < n; ++lane) {
    Membership membership = generation.membership[lane];
    if (filter != nullptr) {
      Tri keeps = filter->tri(lane);
      if (keeps == Tri::kFalse) continue;
      if (keeps == Tri::kUnknown) membership = Weaker(membership, Membership::kPossible);
    }
    batch.lanes.push_back(lane);
    batch.roots.push_back(generation.roots[lane]);
    batch.membership.push_back(membership);
    if (worker_.traced()) {
      EvidenceId trace = generation.traces[lane];
      if (filter != nullptr) trace = worker_.evidence().Merge(trace, filter->trace(lane));
      batch.traces.push_back(trace);
    }
  }
  if (options_.record_provenance) {
    batch.provenance_size = outer.provenance_size + generation.num_values;
    for (uint32_t lane : batch.lanes) {
      uint32_t position = generation.positions[lane];
      for (uint32_t i = 0; i < outer.provenance_size; ++i) {
        batch.provenance.push_back(outer.provenance[position * outer.provenance_size + i]);
        batch.provenance_known.push_back(outer.provenance_known[position * outer.provenance_size + i]);
      }
      for (uint32_t i = 0; i < generation.num_values; ++i) {
        batch.provenance.push_back(frame.registers[i].cells[lane]);
        batch.provenance_known.push_back(frame.registers[i].is_known(lane) ? 1 : 0);
      }
    }
  }
  generation.positions.clear();
  generation.roots.clear();
  generation.membership.clear();
  generation.traces.clear();
  generation.any_unknown = false;
  if (batch.lanes.empty() || worker_.stopped()) return;
  if (generation.index + 1 < stages_.size()) {
    RunStage(generation.index + 1, batch);
  } else {
    sink_.Members(batch);
  }
}

}  // namespace bylaw

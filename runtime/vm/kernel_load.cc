// Where values come from: constants, parameters, columns, attributes.
#include <fmt/format.h>

#include "runtime/builtins/iam.h"
#include "runtime/vm/kernels.h"
#include "runtime/vm/pipeline.h"

namespace bylaw {

namespace {

void Broadcast(const Operation& op, const Value& value, const char* unknown_reason) {
  Vector out(op.num_lanes(), value.cell, value.state);
  if (value.state == State::kRanged) out.upper.assign(op.num_lanes(), value.upper);
  if (op.traced() && IsUnknown(value.state) && unknown_reason != nullptr) {
    out.evidence.assign(op.num_lanes(), op.worker.evidence().AddCause(CauseKind::kUnresolved, unknown_reason));
  }
  op.dst() = std::move(out);
}

EvidenceId CellCause(const Operation& op, const Column& column, TableId table, Row row, ColumnId index) {
  return op.worker.evidence().AddCause(op.worker.state().cause(column, row), table, row, index);
}

}  // namespace

void KernelConst(const Operation& op) {
  // One that is said to be unknown is a row that nobody sees: why, what it is compared with tells.
  const bool is_unseen = op.worker.program().constants[op.instruction.imm].state == State::kUnknown;
  Broadcast(op, op.worker.state().constant(op.instruction.imm),
            is_unseen ? nullptr : "a constant that this version cannot read");
}

void KernelParam(const Operation& op) {
  const Param& param = op.worker.program().params[op.instruction.imm];
  Broadcast(op, op.worker.state().param(op.instruction.imm),
            op.traced() ? fmt::format("parameter `{}` has no value", param.name).c_str() : "");
}

void KernelNow(const Operation& op) {
  op.dst() = Vector(op.num_lanes(), IntToCell(op.worker.state().options.now), State::kKnown);
}

void KernelAbsent(const Operation& op) { op.dst() = Vector(op.num_lanes(), 0, State::kAbsent); }

void KernelLoad(const Operation& op) {
  const Vector& a = op.a();
  uint32_t n = op.num_lanes();
  EvaluationState& state = op.worker.state();
  const ColumnRef& ref = op.worker.program().columns[op.instruction.imm];
  const Column* column = state.column(op.instruction.imm);
  uint32_t num_rows = state.num_rows(ref.table);
  if (column != nullptr && column->size() < num_rows) column = nullptr;

  Vector out(n);
  if (column != nullptr && column->original == nullptr && a.all_known() && !op.traced()) {
    const std::span<const Cell> cells = column->data();
    bool all_rows = true;
    for (uint32_t lane = 0; lane < n; ++lane) {
      Cell cell = a.cells[lane];
      bool is_row = RefCell::table(cell) == ref.table && RefCell::row(cell) < num_rows;
      all_rows &= is_row;
      out.cells[lane] = is_row ? cells[RefCell::row(cell)] : 0;
    }
    // What is unknown may be assumed to be something, and a range is no value of a column.
    bool decided = all_rows, all_known = true;
    if (all_rows && !column->states.empty()) {
      out.states.resize(n);
      for (uint32_t lane = 0; lane < n; ++lane) {
        out.states[lane] = column->states[RefCell::row(a.cells[lane])];
        decided &= !IsUnknown(out.states[lane]);
        all_known &= out.states[lane] == State::kKnown;
      }
      if (all_known) out.states.clear();
    }
    if (decided) {
      op.dst() = std::move(out);
      return;
    }
    out = Vector(n);
  }
  for (uint32_t lane = 0; lane < n; ++lane) {
    State ref_state = a.state(lane);
    if (ref_state == State::kAbsent) {
      out.Set(lane, 0, State::kAbsent);
      if (op.traced()) out.SetTrace(lane, a.trace(lane));
      continue;
    }
    if (IsUnknown(ref_state)) {
      op.UnknownOperands(out, lane, {&a});
      continue;
    }
    Cell cell = a.cells[lane];
    TableId table = RefCell::table(cell);
    Row row = RefCell::row(cell);
    if (column == nullptr || table != ref.table || row >= num_rows) {
      out.SetUnknown(lane);
      if (!op.traced()) continue;
      Evidence& evidence = op.worker.evidence();
      EvidenceId cause = RefCell::is_external(cell)
                             ? OutsideCause(op.worker, cell)
                             : evidence.AddCause(CauseKind::kUnresolved, "a field that this resource does not have");
      out.SetTrace(lane, evidence.Merge(a.trace(lane), cause));
      continue;
    }
    State value_state = column->state(row);
    if (IsUnknown(value_state)) {
      if (const Cell* assumed = state.Assumed({ref.table, row, ref.column}); assumed != nullptr) {
        out.Set(lane, *assumed, State::kKnown);
        if (op.traced()) out.SetTrace(lane, a.trace(lane));
        continue;
      }
    }
    out.Set(lane, column->cell(row), value_state);
    if (value_state == State::kRanged) out.SetUnknown(lane);
    if (!op.traced()) continue;
    EvidenceId trace = a.trace(lane);
    if (IsUnknown(value_state)) {
      trace = op.worker.evidence().Merge(trace, CellCause(op, *column, table, row, ref.column));
    } else if (value_state == State::kKnown && op.type(op.instruction.dst).kind == TypeKind::kIamDocument) {
      const IamDocument& document = *CellToObject<IamDocument>(out.cells[lane]);
      // What is asked of it may turn out to be unknown.
      if (document.is_partial)
        trace = op.worker.evidence().Merge(
            trace, op.worker.evidence().AddCause(state.cause(document.unknown_cause), table, row, ref.column));
    }
    out.SetTrace(lane, trace);
  }
  op.dst() = std::move(out);
}

void KernelLoadAttribute(const Operation& op) {
  const Vector& a = op.a();
  uint32_t n = op.num_lanes();
  EvaluationState& state = op.worker.state();
  const Program& program = op.worker.program();
  const Snapshot* snapshot = state.snapshot;
  Attribute attribute = static_cast<Attribute>(op.instruction.imm);
  bool wants_ref = op.type(op.instruction.dst).kind == TypeKind::kRef;

  // The rows of `accounts` and `regions` that an attribute of reference type means.
  TableId place_table = kNone;
  ColumnId place_column = kNone;
  if (wants_ref) {
    TableKind wanted = attribute == Attribute::kAccount ? TableKind::kAccounts : TableKind::kRegions;
    for (TableId t = 0; t < program.tables.size() && place_table == kNone; ++t) {
      if (program.tables[t].kind != wanted) continue;
      place_table = t;
      for (ColumnId c = 0; c < program.tables[t].columns.size(); ++c) {
        if (program.tables[t].columns[c].is_key) place_column = c;
      }
    }
  }

  // Positions cost a pass over the inputs: once for the whole frame.
  std::vector<Location> locations;
  std::vector<uint32_t> location_of(n, kNone);
  auto record_of = [&](Cell cell) -> Row {
    TableId table = RefCell::table(cell);
    if (snapshot == nullptr || table >= snapshot->num_tables()) return kNone;
    const Row row = RefCell::row(cell);
    return row < snapshot->num_rows(table) ? snapshot->record_id(table, row) : kNone;
  };
  if (attribute == Attribute::kFile || attribute == Attribute::kLine) {
    std::vector<Row> records;
    for (uint32_t lane = 0; lane < n; ++lane) {
      if (!a.is_known(lane)) continue;
      Row record = record_of(a.cells[lane]);
      if (record == kNone) continue;
      location_of[lane] = static_cast<uint32_t>(records.size());
      records.push_back(record);
    }
    if (snapshot != nullptr && !records.empty()) locations = snapshot->Locate(records);
  }

  Vector out(n);
  auto text = [&](uint32_t lane, StringId id) {
    if (id == kNone) {
      out.Set(lane, 0, State::kAbsent);
    } else {
      out.Set(lane, id, State::kKnown);
    }
  };
  for (uint32_t lane = 0; lane < n; ++lane) {
    State ref_state = a.state(lane);
    if (ref_state == State::kAbsent) {
      out.Set(lane, 0, State::kAbsent);
      continue;
    }
    if (IsUnknown(ref_state)) {
      op.UnknownOperands(out, lane, {&a});
      continue;
    }
    Cell cell = a.cells[lane];
    if (RefCell::is_external(cell)) {
      uint32_t id = RefCell::row(cell);
      if (snapshot != nullptr && id < snapshot->num_externals()) {
        const External& external = snapshot->external(id);
        if (attribute == Attribute::kAddress || attribute == Attribute::kId) {
          out.Set(lane, external.key, State::kKnown);
          continue;
        }
        if (attribute == Attribute::kModel && external.model_name != kNone) {
          out.Set(lane, external.model_name, State::kKnown);
          continue;
        }
        if (attribute == Attribute::kAccount && external.account != kNone && !wants_ref) {
          out.Set(lane, external.account, State::kKnown);
          continue;
        }
      }
      out.SetUnknown(lane);
      if (op.traced()) out.SetTrace(lane, OutsideCause(op.worker, cell));
      continue;
    }
    if (attribute == Attribute::kModel) {
      TableId table = RefCell::table(cell);
      if (table < program.tables.size()) {
        out.Set(lane, op.worker.Intern(program.tables[table].name), State::kKnown);
      } else {
        out.SetUnknown(lane);
      }
      continue;
    }
    Row record_id = record_of(cell);
    if (record_id == kNone) {
      // Rows of facts and of the built-in tables come from no record.
      out.Set(lane, 0, State::kAbsent);
      continue;
    }
    const Record& record = snapshot->record(record_id);
    switch (attribute) {
      case Attribute::kAddress: text(lane, record.address); break;
      case Attribute::kType: text(lane, record.type); break;
      case Attribute::kId: text(lane, record.id); break;
      case Attribute::kAccount:
      case Attribute::kRegion: {
        StringId id = attribute == Attribute::kAccount ? record.account : record.region;
        if (!wants_ref || id == kNone) {
          text(lane, id);
          break;
        }
        bool found = false;
        if (place_column != kNone && place_table < snapshot->num_tables()) {
          std::span<const Row> rows = snapshot->Index(place_table, place_column).Find(id);
          if (!rows.empty()) {
            out.Set(lane, RefCell::Make(place_table, rows[0]), State::kKnown);
            found = true;
          }
        }
        if (!found) out.Set(lane, 0, State::kAbsent);
        break;
      }
      case Attribute::kFile: {
        uint32_t at = location_of[lane];
        if (at < locations.size() && !locations[at].file.empty()) {
          out.Set(lane, op.worker.Intern(locations[at].file), State::kKnown);
        } else {
          out.Set(lane, 0, State::kAbsent);
        }
        break;
      }
      case Attribute::kLine: {
        uint32_t at = location_of[lane];
        if (at < locations.size() && locations[at].line != 0) {
          out.Set(lane, IntToCell(locations[at].line), State::kKnown);
        } else {
          out.Set(lane, 0, State::kAbsent);
        }
        break;
      }
      case Attribute::kTags: {
        State tags_state = snapshot->tags_state(record_id);
        out.Set(lane, tags_state == State::kKnown ? snapshot->tags(record_id) : 0, tags_state);
        if (op.traced() && IsUnknown(tags_state)) {
          const Cause& cause = state.cause(snapshot->tags_cause(record_id));
          out.SetTrace(lane, op.worker.evidence().AddCause(cause, RefCell::table(cell), RefCell::row(cell),
                                                           AttributeColumn(attribute)));
        }
        break;
      }
      case Attribute::kModel: break;
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a});
  op.dst() = std::move(out);
}

void KernelOutside(const Operation& op) {
  const Vector& a = op.a();
  const EvaluationState& state = op.worker.state();
  Vector out(op.num_lanes());
  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    if (state.closed_world() || !state.MayBeOutside(a.state(lane), a.cells[lane])) {
      out.Set(lane, 0, State::kKnown);
      continue;
    }
    out.SetTri(lane, Tri::kUnknown);
    if (!op.traced()) continue;
    const EvidenceId outside = a.is_known(lane) ? OutsideCause(op.worker, a.cells[lane]) : 0;
    out.SetTrace(lane, op.worker.evidence().Merge(a.trace(lane), outside));
  }
  op.dst() = std::move(out);
}

void KernelIsTable(const Operation& op) {
  const Vector& a = op.a();
  EvaluationState& state = op.worker.state();
  const Snapshot* snapshot = state.snapshot;
  TableId wanted = op.instruction.imm;
  const std::string& model = op.worker.program().tables[wanted].name;
  Vector out(op.num_lanes());

  auto test = [&](Cell cell) -> Tri {
    if (!RefCell::is_external(cell)) return RefCell::table(cell) == wanted ? Tri::kTrue : Tri::kFalse;
    uint32_t id = RefCell::row(cell);
    if (snapshot == nullptr || id >= snapshot->num_externals()) return Tri::kUnknown;
    const External& external = snapshot->external(id);
    if (external.table != kNone) return external.table == wanted ? Tri::kTrue : Tri::kFalse;
    if (external.model_name != kNone)
      return snapshot->strings().Text(external.model_name) == model ? Tri::kTrue : Tri::kFalse;
    return Tri::kUnknown;
  };

  for (uint32_t lane = 0; lane < op.num_lanes(); ++lane) {
    State ref_state = a.state(lane);
    if (ref_state == State::kAbsent) {
      out.Set(lane, 0, State::kKnown);
    } else if (ref_state == State::kKnown) {
      Tri result = test(a.cells[lane]);
      out.SetTri(lane, result);
      if (op.traced() && result == Tri::kUnknown) {
        out.SetTrace(lane, op.worker.evidence().Merge(a.trace(lane), OutsideCause(op.worker, a.cells[lane])));
      }
    } else if (a.cells[lane] != 0 && snapshot != nullptr && a.cells[lane] - 1 < snapshot->num_candidate_lists()) {
      // All candidates may still be of one model, or none of them.
      bool any_true = false, any_false = false, any_unknown = false;
      for (Cell candidate : snapshot->candidates(static_cast<uint32_t>(a.cells[lane] - 1))) {
        Tri result = test(candidate);
        any_true |= result == Tri::kTrue;
        any_false |= result == Tri::kFalse;
        any_unknown |= result == Tri::kUnknown;
      }
      if (any_unknown || (any_true && any_false)) {
        op.UnknownOperands(out, lane, {&a});
      } else {
        out.Set(lane, any_true ? 1 : 0, State::kKnown);
      }
    } else {
      op.UnknownOperands(out, lane, {&a});
    }
  }
  if (op.traced()) TraceKnown(op, out, {&a});
  op.dst() = std::move(out);
}

}  // namespace bylaw

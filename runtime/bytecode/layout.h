// The layout of every entry of a program, said once for the encoder and the decoder: Visit(archive, x) calls archive(field) for each field in order.
// An archive offers operator() for the field types used here; the encoder's reads them, the decoder's writes them.
#pragma once

#include "runtime/bytecode/program.h"

namespace bylaw {

template <typename A>
void Visit(A& a, TypeEntry& x) {
  a.Enum(x.kind, kNumTypeKinds), a(x.optional), a(x.element), a(x.key), a(x.tables);
}
template <typename A>
void Visit(A& a, SourceSpan& x) {
  a(x.file), a(x.line), a(x.column), a(x.end_line), a(x.end_column);
}
template <typename A>
void Visit(A& a, Instruction& x) {
  a.Enum(x.op, kNumOpcodes), a(x.dst), a(x.a), a(x.b), a(x.imm), a(x.span);
}
template <typename A>
void Visit(A& a, Block& x) {
  a(x.registers), a(x.num_inputs), a(x.code);
}
template <typename A>
void Visit(A& a, Constant& x) {
  a(x.type), a.Enum(x.state, 3), a(x.bits), a(x.text), a(x.elements);
}
template <typename A>
void Visit(A& a, Capture& x) {
  a(x.from), a(x.to);
}
template <typename A>
void Visit(A& a, CallSite& x) {
  a(x.callee), a(x.arguments);
}
template <typename A>
void Visit(A& a, LazyBlock& x) {
  a(x.block), a(x.captures), a(x.result);
}
template <typename A>
void Visit(A& a, Function& x) {
  a(x.name), a(x.block), a(x.result), a(x.memoize);
}
template <typename A>
void Visit(A& a, Stage& x) {
  a.Enum(x.kind, kNumGeneratorKinds), a(x.table), a(x.column), a(x.key), a(x.relation_keys), a(x.tables), a(x.opens),
      a(x.covers), a(x.binding);
  a(x.captures), a(x.block), a(x.filter);
}
template <typename A>
void Visit(A& a, Query& x) {
  a.Enum(x.kind, kNumQueryKinds), a(x.stages), a(x.open_keys), a(x.value), a(x.key), a(x.order), a(x.type);
}
template <typename A>
void Visit(A& a, Relation::Disjunct& x) {
  a(x.stages), a(x.tuple);
}
template <typename A>
void Visit(A& a, Relation& x) {
  a(x.name), a(x.arguments), a(x.disjuncts), a(x.stratum);
}
template <typename A>
void Visit(A& a, FieldMapping& x) {
  a(x.column), a.Enum(x.kind, kNumFieldSourceKinds), a(x.paths), a(x.function);
}
template <typename A>
void Visit(A& a, LeafPath& x) {
  a(x.paths), a(x.is_this);
}
template <typename A>
void Visit(A& a, TableMapping& x) {
  a(x.format), a(x.source_type), a(x.unnest), a(x.leaves), a(x.where), a(x.fields);
}
template <typename A>
void Visit(A& a, TableColumn& x) {
  a(x.name), a(x.type), a(x.default_value), a(x.is_key);
}
template <typename A>
void Visit(A& a, Table& x) {
  a(x.name), a.Enum(x.kind, kNumTableKinds), a(x.columns), a(x.key_pattern), a(x.only_named), a(x.mappings),
      a(x.data_rows), a(x.paths);
}
template <typename A>
void Visit(A& a, ColumnRef& x) {
  a(x.table), a(x.column);
}
template <typename A>
void Visit(A& a, Param& x) {
  a(x.name), a(x.type), a(x.default_value), a(x.doc);
}
template <typename A>
void Visit(A& a, Binding& x) {
  a(x.name), a(x.span);
}
template <typename A>
void Visit(A& a, TextTemplate& x) {
  a(x.function), a(x.arguments), a(x.witnesses);
}
template <typename A>
void Visit(A& a, Clause& x) {
  a(x.forbid), a(x.condition), a(x.message), a(x.fix), a(x.span);
}
template <typename A>
void Visit(A& a, Waiver& x) {
  a(x.rule), a(x.address_glob), a(x.function), a(x.table), a(x.until), a(x.because), a(x.by), a(x.span);
}
template <typename A>
void Visit(A& a, Rule& x) {
  a(x.name), a(x.package), a(x.id), a(x.title), a(x.doc), a(x.docs_link), a.Enum(x.severity, kNumSeverities);
  a(x.controls), a(x.aliases), a(x.related), a(x.stages), a(x.variables), a(x.clauses), a(x.message), a(x.fix),
      a(x.computed_controls), a(x.span);
}

/// Calls section(tag, vector) for every section of a program, in the order of the file.
template <typename Section>
void VisitSections(Section&& section, Program& p) {
  section("FILE", p.source_files), section("SPAN", p.spans), section("TYPE", p.types), section("CONS", p.constants);
  section("PARM", p.params), section("TABL", p.tables), section("COLS", p.columns), section("BIND", p.bindings);
  section("REGS", p.register_lists), section("CALL", p.calls), section("LAZY", p.lazy_blocks),
      section("QUER", p.queries);
  section("FUNC", p.functions), section("RELA", p.relations), section("RULE", p.rules), section("WAIV", p.waivers);
}

}  // namespace bylaw

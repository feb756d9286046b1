#include "runtime/bytecode/narrow.h"

#include <algorithm>
#include <span>

namespace bylaw {

namespace {

/// What code reaches, and what importing that needs.
class Reached {
 public:
  explicit Reached(const Program& program)
      : functions(program.functions.size()),
        lazy_blocks(program.lazy_blocks.size()),
        queries(program.queries.size()),
        relations(program.relations.size()),
        tables(program.tables.size()),
        program_(program),
        types_(program.types.size()) {
    for (const Table& table : program.tables) columns.emplace_back(table.columns.size());
  }

  void AddRule(const Rule& rule) {
    AddStages(rule.stages);
    AddText(rule.message), AddText(rule.fix);
    for (const TextTemplate& control : rule.computed_controls) AddText(control);
    for (const Clause& clause : rule.clauses) AddText(clause.message), AddText(clause.fix);
  }
  void AddWaiver(const Waiver& waiver) {
    AddFunction(waiver.function);
    if (waiver.table != kNone) AddTable(waiver.table);
  }

  std::vector<bool> functions, lazy_blocks, queries, relations, tables;
  std::vector<std::vector<bool>> columns;  ///< by table

 private:
  /// Whether `index` is met for the first time.
  static bool Enter(std::vector<bool>& reached, uint32_t index) {
    if (index >= reached.size() || reached[index]) return false;
    return reached[index] = true;
  }

  void AddText(const TextTemplate& text) { AddFunction(text.function); }

  void AddFunction(uint32_t index) {
    if (Enter(functions, index)) AddBlock(program_.functions[index].block);
  }

  void AddQuery(uint32_t index) {
    if (!Enter(queries, index)) return;
    AddType(program_.queries[index].type);
    AddStages(program_.queries[index].stages);
  }

  /// The relations of one stratum are computed together.
  void AddRelation(uint32_t index) {
    if (index >= relations.size()) return;
    for (uint32_t other = 0; other < relations.size(); ++other) {
      const Relation& relation = program_.relations[other];
      if (relation.stratum != program_.relations[index].stratum || !Enter(relations, other)) continue;
      for (const TypeId type : relation.arguments) AddType(type);
      for (const Relation::Disjunct& disjunct : relation.disjuncts) AddStages(disjunct.stages);
    }
  }

  void AddStages(std::span<const Stage> stages) {
    for (const Stage& stage : stages) {
      if (stage.kind == GeneratorKind::kScan || stage.kind == GeneratorKind::kLookup) AddTable(stage.table);
      if (stage.kind == GeneratorKind::kLookup) AddColumn(stage.column);
      if (stage.kind == GeneratorKind::kRelation) AddRelation(stage.table);
      for (const TableId table : stage.tables) AddTable(table);
      AddBlock(stage.block);
    }
  }

  void AddBlock(const Block& block) {
    for (const TypeId type : block.registers) AddType(type);
    for (const Instruction& instruction : block.code) {
      switch (instruction.op) {
        case Opcode::kLoad: AddColumn(instruction.imm); break;
        case Opcode::kIsTable: AddTable(instruction.imm); break;
        case Opcode::kLazy:
          if (Enter(lazy_blocks, instruction.imm)) AddBlock(program_.lazy_blocks[instruction.imm].block);
          break;
        case Opcode::kQuery: AddQuery(instruction.imm); break;
        case Opcode::kCall: AddFunction(program_.calls[instruction.imm].callee); break;
        case Opcode::kMember: AddRelation(program_.calls[instruction.imm].callee); break;
        default: break;
      }
    }
  }

  /// References are resolved among the rows of all tables that they may be to.
  void AddType(TypeId index) {
    if (!Enter(types_, index)) return;
    const TypeEntry& type = program_.types[index];
    switch (type.kind) {
      case TypeKind::kRef:
        for (const TableId table : type.tables) AddTable(table);
        for (TableId table = 0; type.tables.empty() && table < tables.size(); ++table) AddTable(table);
        break;
      case TypeKind::kMap: AddType(type.key); [[fallthrough]];
      case TypeKind::kList:
      case TypeKind::kSet: AddType(type.element); break;
      default: break;
    }
  }

  void AddTable(TableId index) {
    if (!Enter(tables, index)) return;
    const Table& table = program_.tables[index];
    for (ColumnId column = 0; column < table.columns.size(); ++column) {
      if (table.columns[column].is_key || table.kind != TableKind::kModel) AddColumn(index, column);
    }
    for (const TableMapping& mapping : table.mappings) AddFunction(mapping.where);
  }

  void AddColumn(uint32_t index) {
    if (index < program_.columns.size()) AddColumn(program_.columns[index].table, program_.columns[index].column);
  }
  void AddColumn(TableId table_id, ColumnId column) {
    AddTable(table_id);
    if (!Enter(columns[table_id], column)) return;
    const Table& table = program_.tables[table_id];
    AddType(table.columns[column].type);
    for (const TableMapping& mapping : table.mappings) {
      for (const FieldMapping& field : mapping.fields) {
        if (field.column == column) AddFunction(field.function);
      }
    }
  }

  const Program& program_;
  std::vector<bool> types_;
};

void NarrowTable(const std::vector<bool>& columns, Table& table) {
  for (TableMapping& mapping : table.mappings) {
    std::erase_if(mapping.fields, [&](const FieldMapping& field) { return !columns[field.column]; });
    const bool has_functions = mapping.where != kNone ||
                               std::any_of(mapping.fields.begin(), mapping.fields.end(),
                                           [](const FieldMapping& f) { return f.kind == FieldSourceKind::kFunction; });
    if (!has_functions) mapping.leaves.clear();
  }
}

}  // namespace

void Narrow(const std::vector<bool>& judged, Program& program) {
  Reached reached(program);
  for (size_t rule = 0; rule < program.rules.size(); ++rule) {
    if (judged[rule]) reached.AddRule(program.rules[rule]);
  }
  for (const Waiver& waiver : program.waivers) reached.AddWaiver(waiver);

  for (size_t i = 0; i < program.rules.size(); ++i) {
    if (!judged[i]) program.rules[i].stages.clear();
  }
  for (size_t i = 0; i < program.functions.size(); ++i) {
    if (!reached.functions[i]) program.functions[i].block.code.clear();
  }
  for (size_t i = 0; i < program.lazy_blocks.size(); ++i) {
    if (!reached.lazy_blocks[i]) program.lazy_blocks[i].block.code.clear();
  }
  for (size_t i = 0; i < program.queries.size(); ++i) {
    if (!reached.queries[i]) program.queries[i].stages.clear();
  }
  for (size_t i = 0; i < program.relations.size(); ++i) {
    if (!reached.relations[i]) program.relations[i].disjuncts.clear();
  }
  for (TableId t = 0; t < program.tables.size(); ++t) {
    Table& table = program.tables[t];
    if (reached.tables[t]) {
      NarrowTable(reached.columns[t], table);
    } else {
      // Its columns stay: Program::columns refers to them.
      table.mappings.clear();
      table.data_rows.clear();
      table.only_named = true;
    }
  }
}

}  // namespace bylaw

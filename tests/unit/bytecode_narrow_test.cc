// Narrowing: what the chosen rules read stays, what only others read goes.
#include <gtest/gtest.h>

#include "runtime/bytecode/narrow.h"

namespace bylaw {
namespace {

enum : TypeId { kBool, kString, kNode, kDisk, kJson };
enum : TableId { kNodes, kDisks, kUnread };

FieldMapping Path(ColumnId column, const char* key) {
  return {.column = column, .kind = FieldSourceKind::kPath, .paths = {{key}}};
}

Rule ScanOf(TableId table, std::vector<TypeId> registers, std::vector<Instruction> code) {
  Stage stage{.kind = GeneratorKind::kScan, .table = table};
  stage.block = {.registers = std::move(registers), .num_inputs = 1, .code = std::move(code)};
  Rule rule;
  rule.stages = {stage};
  rule.variables = {0};
  rule.clauses = {{.condition = 1}};
  return rule;
}

/// Rule 0 reads `ok` of nodes; rule 1 a computed `encrypted` of disks, which refer to nodes.
Program TwoRules() {
  Program p;
  p.types = {{.kind = TypeKind::kBool},
             {.kind = TypeKind::kString},
             {.kind = TypeKind::kRef, .tables = {kNodes}},
             {.kind = TypeKind::kRef, .tables = {kDisks}},
             {.kind = TypeKind::kJson}};
  const TableMapping nodes{.format = "f", .source_type = "node", .fields = {Path(0, "id"), Path(1, "ok")}};
  const TableMapping disks{
      .format = "f",
      .source_type = "disk",
      .leaves = {{.paths = {{"key"}}}},
      .fields = {{.column = 0, .kind = FieldSourceKind::kFunction, .function = 0}, Path(1, "node"), Path(2, "zone")}};
  p.tables = {{.name = "node",
               .columns = {{.name = "id", .type = kString, .default_value = {}, .is_key = true},
                           {.name = "ok", .type = kBool, .default_value = {}}},
               .mappings = {nodes}},
              {.name = "disk",
               .columns = {{.name = "encrypted", .type = kBool, .default_value = {}},
                           {.name = "node", .type = kNode, .default_value = {}},
                           {.name = "zone", .type = kString, .default_value = {}}},
               .mappings = {disks}},
              {.name = "unread", .columns = {}, .mappings = {nodes}}};
  p.columns = {{kNodes, 1}, {kDisks, 0}, {kDisks, 1}};
  Function encrypted;
  encrypted.block = {
      .registers = {kJson, kBool}, .num_inputs = 1, .code = {{.op = Opcode::kIsPresent, .dst = 1, .a = 0}}};
  encrypted.result = 1;
  p.functions = {encrypted};
  p.rules = {
      ScanOf(kNodes, {kNode, kBool}, {{.op = Opcode::kLoad, .dst = 1, .a = 0, .imm = 0}}),
      ScanOf(kDisks, {kDisk, kBool, kNode},
             {{.op = Opcode::kLoad, .dst = 1, .a = 0, .imm = 1}, {.op = Opcode::kLoad, .dst = 2, .a = 0, .imm = 2}})};
  return p;
}

std::vector<ColumnId> MappedColumns(const Table& table) {
  std::vector<ColumnId> columns;
  for (const TableMapping& mapping : table.mappings) {
    for (const FieldMapping& field : mapping.fields) columns.push_back(field.column);
  }
  return columns;
}

TEST(Narrow, LeavesWhatOnlyOtherRulesRead) {
  Program p = TwoRules();
  Narrow({true, false}, p);
  EXPECT_EQ(MappedColumns(p.tables[kNodes]), (std::vector<ColumnId>{0, 1}));
  EXPECT_TRUE(p.tables[kDisks].mappings.empty());
  EXPECT_EQ(p.tables[kDisks].columns.size(), 3u) << "Program::columns refers to them";
  EXPECT_TRUE(p.tables[kUnread].mappings.empty());
  EXPECT_TRUE(p.functions[0].block.code.empty());
  EXPECT_FALSE(p.rules[0].stages.empty());
  EXPECT_TRUE(p.rules[1].stages.empty());
}

TEST(Narrow, KeepsWhatReferencesAndMappingsNeed) {
  Program p = TwoRules();
  Narrow({false, true}, p);
  // Nodes by their key alone, as disks refer to them.
  EXPECT_EQ(MappedColumns(p.tables[kNodes]), (std::vector<ColumnId>{0}));
  EXPECT_EQ(MappedColumns(p.tables[kDisks]), (std::vector<ColumnId>{0, 1}));
  EXPECT_EQ(p.tables[kDisks].mappings[0].leaves.size(), 1u);
  EXPECT_FALSE(p.functions[0].block.code.empty());
  EXPECT_TRUE(p.tables[kUnread].mappings.empty());
}

TEST(Narrow, WithAllRulesOnlyWhatNoneReadsGoes) {
  Program p = TwoRules();
  Narrow({true, true}, p);
  EXPECT_EQ(MappedColumns(p.tables[kNodes]), (std::vector<ColumnId>{0, 1}));
  EXPECT_EQ(MappedColumns(p.tables[kDisks]), (std::vector<ColumnId>{0, 1}));
}

}  // namespace
}  // namespace bylaw

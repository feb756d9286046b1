// The codec and the verifier: programs survive the trip, and what is broken is refused.
#include <tuple>

#include <gtest/gtest.h>

#include "runtime/bytecode/codec.h"
#include "runtime/bytecode/opcode_info.h"
#include "runtime/bytecode/verifier.h"

namespace bylaw {
namespace {

// A program with one table and one rule: `for x in t require x.ok and exists y in t where y.ok`.
Program SmallProgram() {
  Program p;
  p.types = {{.kind = TypeKind::kBool}, {.kind = TypeKind::kString}, {.kind = TypeKind::kRef, .tables = {0}}};
  p.source_files = {"policy.bylaw"};
  p.spans = {{.file = 0, .line = 3, .column = 5, .end_line = 3, .end_column = 9}};
  p.tables = {
      {.name = "t", .columns = {{.name = "ok", .type = 0, .default_value = {}, .is_key = false}}, .mappings = {}}};
  p.columns = {{.table = 0, .column = 0}};
  p.bindings = {{.name = "y", .span = 0}};
  Stage inner{.kind = GeneratorKind::kScan, .table = 0, .binding = 0};
  inner.block = {
      .registers = {2, 0}, .num_inputs = 1, .code = {{.op = Opcode::kLoad, .dst = 1, .a = 0, .imm = 0, .span = 0}}};
  inner.filter = 1;
  p.queries = {{.kind = QueryKind::kExists, .stages = {inner}, .type = 0}};
  Stage outer{.kind = GeneratorKind::kScan, .table = 0};
  outer.block = {.registers = {2, 0, 0, 0},
                 .num_inputs = 1,
                 .code = {{.op = Opcode::kLoad, .dst = 1, .a = 0, .imm = 0},
                          {.op = Opcode::kQuery, .dst = 2, .imm = 0},
                          {.op = Opcode::kAnd, .dst = 3, .a = 1, .b = 2}}};
  Rule rule;
  rule.name = "r", rule.id = "T-1", rule.title = "a title";
  rule.stages = {outer};
  rule.variables = {0};
  rule.clauses = {{.forbid = false, .condition = 3, .span = 0}};
  p.rules = {rule};
  return p;
}

std::string FaultOf(const Program& program) {
  const Status status = Verify(program);
  return status.ok() ? "" : status.error().message;
}

TEST(Codec, ProgramSurvivesTheTrip) {
  const Program program = SmallProgram();
  ASSERT_EQ(FaultOf(program), "");
  const std::string bytes = Encode(program);
  const Result<Program> decoded = Decode(bytes, "a.bylawc");
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_TRUE(*decoded == program);
  EXPECT_EQ(Encode(*decoded), bytes);
}

TEST(Codec, EveryTruncationIsRefused) {
  const std::string bytes = Encode(SmallProgram());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(Decode(std::string_view(bytes).substr(0, size), "a.bylawc").ok()) << size;
}

TEST(Codec, EveryChangedByteIsRefused) {
  const std::string bytes = Encode(SmallProgram());
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    const Result<Program> decoded = Decode(changed, "a.bylawc");
    ASSERT_FALSE(decoded.ok()) << i;
    EXPECT_EQ(decoded.error().file, "a.bylawc");
  }
}

TEST(Codec, AnotherVersionIsNamed) {
  std::string bytes = Encode(SmallProgram());
  bytes[8] = 77;
  EXPECT_NE(Decode(bytes, "a.bylawc").error().message.find("format version 77"), std::string::npos);
}

TEST(Verifier, ReadBeforeWrite) {
  Program program = SmallProgram();
  std::swap(program.rules[0].stages[0].block.code[0], program.rules[0].stages[0].block.code[2]);
  EXPECT_EQ(FaultOf(program), "rule 0: stage 0: instruction 0 (`and`): register 1 is read before it is written");
}

TEST(Verifier, WrittenTwice) {
  Program program = SmallProgram();
  program.rules[0].stages[0].block.code[1].dst = 1;
  EXPECT_NE(FaultOf(program).find("register 1 is written twice"), std::string::npos);
}

TEST(Verifier, WrongKind) {
  Program program = SmallProgram();
  program.rules[0].stages[0].block.code[2].b = 0;
  EXPECT_NE(FaultOf(program).find("the second operand has a type of kind ref, which does not fit"), std::string::npos);
}

TEST(Verifier, QueryUsedTwice) {
  Program program = SmallProgram();
  program.rules[0].stages[0].block.code[2] = {.op = Opcode::kQuery, .dst = 3, .imm = 0};
  EXPECT_NE(FaultOf(program).find("query 0 is used twice"), std::string::npos);
}

TEST(Verifier, QueryWithinItself) {
  Program program = SmallProgram();
  program.queries[0].stages[0].block.registers.push_back(0);
  program.queries[0].stages[0].block.code.push_back({.op = Opcode::kQuery, .dst = 2, .imm = 0});
  EXPECT_NE(FaultOf(program).find("query 0 is used twice"), std::string::npos);
}

TEST(Verifier, EveryIndexOutOfRangeIsFound) {
  Program program = SmallProgram();
  program.rules[0].stages[0].block.code[0].imm = 9;
  EXPECT_NE(FaultOf(program).find("column 9 is out of range"), std::string::npos);
  program = SmallProgram();
  program.queries[0].stages[0].table = 7;
  EXPECT_NE(FaultOf(program).find("table 7 is out of range"), std::string::npos);
  program = SmallProgram();
  program.rules[0].clauses[0].condition = 40;
  EXPECT_NE(FaultOf(program).find("register 40 is out of range"), std::string::npos);
  program = SmallProgram();
  program.types[2].tables = {3};
  EXPECT_NE(FaultOf(program).find("table 3 is out of range"), std::string::npos);
}

TEST(Verifier, RecursiveTypeIsRefused) {
  Program program = SmallProgram();
  program.types.push_back({.kind = TypeKind::kList, .element = 3});
  EXPECT_NE(FaultOf(program).find("element 3 is not before it"), std::string::npos);
}

TEST(Verifier, RelationWithoutAStratumIsRefused) {
  Program program = SmallProgram();
  program.relations.push_back({.name = "reaches", .arguments = {2}, .disjuncts = {}, .stratum = kNone});
  EXPECT_NE(FaultOf(program).find("no stratum"), std::string::npos) << FaultOf(program);
}

TEST(Verifier, WhatIsCopiedKeepsItsType) {
  // Of a text that passed as a list the number of the text would be taken for an address.
  for (const Opcode op : {Opcode::kRequire, Opcode::kCoalesce}) {
    Program program = SmallProgram();
    program.types.push_back({.kind = TypeKind::kList, .element = 1});
    program.constants = {{.type = 1, .text = "a"}};
    Block& block = program.rules[0].stages[0].block;
    block.registers.insert(block.registers.end(), {1, 1});
    block.code.push_back({.op = Opcode::kConst, .dst = 4, .imm = 0});
    block.code.push_back({.op = op, .dst = 5, .a = 4, .b = op == Opcode::kCoalesce ? Register{4} : kNoRegister});
    ASSERT_EQ(FaultOf(program), "");
    block.registers[5] = 3;
    EXPECT_NE(FaultOf(program).find("the first operand has a type of kind string, which does not fit"),
              std::string::npos)
        << FaultOf(program);
  }
}

TEST(Verifier, KeysThatAStageHasNoUseForAreRefused) {
  Program program = SmallProgram();
  program.queries[0].stages[0].key = 60000;
  EXPECT_NE(FaultOf(program).find("a key that it has no use for"), std::string::npos) << FaultOf(program);
  program = SmallProgram();
  program.queries[0].stages[0].relation_keys = {60000};
  EXPECT_NE(FaultOf(program).find("keys of a relation, which it is none"), std::string::npos) << FaultOf(program);
}

TEST(Verifier, StagesNestAsQueriesDo) {
  // Each query stands in the last of its forty stages.
  Program program = SmallProgram();
  program.queries.resize(10);
  for (uint32_t i = 0; i < program.queries.size(); ++i) {
    Query& query = program.queries[i];
    query = {.kind = QueryKind::kExists, .stages = std::vector<Stage>(40, {.kind = GeneratorKind::kUnit}), .type = 0};
    if (i + 1 == program.queries.size()) continue;
    query.stages.back().block = {
        .registers = {0}, .num_inputs = 0, .code = {{.op = Opcode::kQuery, .dst = 0, .imm = i + 1}}};
  }
  EXPECT_NE(FaultOf(program).find("nesting deeper than 256"), std::string::npos) << FaultOf(program);
  program.queries[5].stages.back().block = {};
  EXPECT_EQ(FaultOf(program), "");
}

TEST(Verifier, TypesNestOnlySoDeep) {
  Program program = SmallProgram();
  while (program.types.size() < 250)
    program.types.push_back(
        {.kind = TypeKind::kList,
         .element = program.types.size() == 3 ? TypeId{1} : static_cast<TypeId>(program.types.size() - 1)});
  EXPECT_EQ(FaultOf(program), "");
  while (program.types.size() < 300)
    program.types.push_back({.kind = TypeKind::kList, .element = static_cast<TypeId>(program.types.size() - 1)});
  EXPECT_NE(FaultOf(program).find("nesting deeper than 256"), std::string::npos) << FaultOf(program);
}

TEST(Verifier, ConstantsThatGrowWithoutEndAreRefused) {
  // Each is a list of the one before, twice: thirty of them would be a billion texts.
  Program program = SmallProgram();
  program.constants = {{.type = 1, .text = "a"}};
  for (uint32_t i = 0; i < 30; ++i) {
    program.types.push_back(
        {.kind = TypeKind::kList, .element = i == 0 ? TypeId{1} : static_cast<TypeId>(program.types.size() - 1)});
    program.constants.push_back({.type = static_cast<TypeId>(program.types.size() - 1), .elements = {i, i}});
  }
  EXPECT_NE(FaultOf(program).find("more than 64 MiB when written out"), std::string::npos) << FaultOf(program);
  program.constants.resize(12);
  EXPECT_EQ(FaultOf(program), "");
}

TEST(Verifier, ConstantsAreWhatTheirTypeSays) {
  const std::vector<std::tuple<TypeKind, uint64_t, std::string, bool>> constants = {
      {TypeKind::kBool, 1, "", true},           {TypeKind::kBool, 2, "", false},
      {TypeKind::kIp, 0, "10.0.0.1", true},     {TypeKind::kIp, 0, "10.0.0", false},
      {TypeKind::kCidr, 0, "10.0.0.0/8", true}, {TypeKind::kCidr, 0, "10.0.0.0/99", false},
      {TypeKind::kVersion, 0, "1.2", true},     {TypeKind::kVersion, 0, "", false},
      {TypeKind::kVersion, 99, "1.2", false},
  };
  for (const auto& [kind, bits, text, is_one] : constants) {
    Program program = SmallProgram();
    program.types.push_back({.kind = kind});
    program.constants = {{.type = 3, .bits = bits, .text = text}};
    EXPECT_EQ(FaultOf(program).empty(), is_one)
        << TypeKindName(kind) << " " << bits << " `" << text << "`: " << FaultOf(program);
  }
}

TEST(Verifier, MapsThatAreReadHaveTextForKeys) {
  Program program = SmallProgram();
  program.types.push_back({.kind = TypeKind::kIp});
  program.types.push_back({.kind = TypeKind::kMap, .element = 1, .key = 3});
  EXPECT_EQ(FaultOf(program), "");
  program.tables[0].columns.push_back({.name = "by_address", .type = 4, .default_value = {}, .is_key = false});
  EXPECT_NE(FaultOf(program).find("a type of kind ip where string is needed"), std::string::npos) << FaultOf(program);
}

TEST(Verifier, TheRuntimesOwnTablesHoldWhatItPutsThere) {
  Program program = SmallProgram();
  program.types.push_back({.kind = TypeKind::kList, .element = 1});
  program.tables.push_back({.name = "accounts",
                            .kind = TableKind::kAccounts,
                            .columns = {{.name = "id", .type = 1, .default_value = {}, .is_key = true}},
                            .mappings = {}});
  EXPECT_EQ(FaultOf(program), "");
  program.tables[1].columns[0].type = 3;
  EXPECT_NE(FaultOf(program).find("table `accounts`: column `id`"), std::string::npos) << FaultOf(program);
  program.tables[1].columns[0] = {.name = "regions", .type = 3, .default_value = {}, .is_key = false};
  EXPECT_NE(FaultOf(program).find("a type of kind string where ref is needed"), std::string::npos) << FaultOf(program);
}

TEST(Verifier, AMappingReadsFromSomewhere) {
  Program program = SmallProgram();
  program.types.push_back({.kind = TypeKind::kJson, .optional = true});
  program.functions = {
      {.name = "ok",
       .block = {.registers = {3, 0}, .num_inputs = 1, .code = {{.op = Opcode::kIsPresent, .dst = 1, .a = 0}}},
       .result = 1}};
  program.tables[0].mappings = {
      {.format = "terraform", .source_type = "t", .leaves = {{.paths = {{"ok"}}}}, .where = 0}};
  EXPECT_EQ(FaultOf(program), "");
  program.tables[0].mappings[0].leaves[0].paths.clear();
  EXPECT_NE(FaultOf(program).find("a leaf without a path"), std::string::npos) << FaultOf(program);
}

TEST(Opcodes, EveryOneIsDescribed) {
  ASSERT_EQ(OpcodeTable().size(), static_cast<size_t>(kNumOpcodes));
  for (const OpcodeInfo& info : OpcodeTable()) {
    EXPECT_TRUE(info.operands.starts_with("D")) << info.name;
    EXPECT_FALSE(info.doc.empty()) << info.name;
    const size_t num_read = static_cast<size_t>(info.has('A')) + static_cast<size_t>(info.has('B'));
    EXPECT_TRUE(info.sources.empty() || info.sources.size() >= num_read) << info.name;
  }
}

}  // namespace
}  // namespace bylaw

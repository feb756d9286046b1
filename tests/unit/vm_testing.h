// Programs and snapshots put together by hand, for tests of the VM: a code builder that a person can read, and an estate of two models.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/snapshot/snapshot_builder.h"
#include "runtime/vm/evaluation.h"

namespace bylaw::testing {

/// Builds one block.
class Code {
 public:
  explicit Code(Program& program) : program_(program) {}

  Register Input(TypeId type) {
    block.registers.push_back(type);
    ++block.num_inputs;
    return static_cast<Register>(block.registers.size() - 1);
  }
  Register Emit(Opcode op, TypeId type, Register a = kNoRegister, Register b = kNoRegister, uint32_t imm = 0) {
    block.registers.push_back(type);
    Register dst = static_cast<Register>(block.registers.size() - 1);
    block.code.push_back({.op = op, .dst = dst, .a = a, .b = b, .imm = imm});
    return dst;
  }
  Register Call(Opcode op, TypeId type, uint32_t callee, std::vector<Register> arguments) {
    program_.calls.push_back({callee, std::move(arguments)});
    return Emit(op, type, kNoRegister, kNoRegister, static_cast<uint32_t>(program_.calls.size() - 1));
  }
  Register List(Opcode op, TypeId type, std::vector<Register> registers, Register a = kNoRegister,
                Register b = kNoRegister) {
    program_.register_lists.push_back(std::move(registers));
    return Emit(op, type, a, b, static_cast<uint32_t>(program_.register_lists.size() - 1));
  }

  Block block;

 private:
  Program& program_;
};

/// A program over aws.vpc (id) and aws.subnet (id, vpc, port, tag), ready for functions and rules; and its snapshot.
class Estate {
 public:
  Estate() {
    t_bool = Type({.kind = TypeKind::kBool});
    t_int = Type({.kind = TypeKind::kInt});
    t_string = Type({.kind = TypeKind::kString});
    t_opt_string = Type({.kind = TypeKind::kString, .optional = true});
    t_float = Type({.kind = TypeKind::kFloat});
    t_vpc = Type({.kind = TypeKind::kRef, .tables = {0}});
    t_subnet = Type({.kind = TypeKind::kRef, .tables = {1}});
    t_opt_vpc = Type({.kind = TypeKind::kRef, .optional = true, .tables = {0}});
    t_ints = Type({.kind = TypeKind::kList, .element = t_int});
    t_int_set = Type({.kind = TypeKind::kSet, .element = t_int});
    t_strings = Type({.kind = TypeKind::kList, .element = t_string});
    t_opt_int = Type({.kind = TypeKind::kInt, .optional = true});
    program.tables.push_back({.name = "aws.vpc",
                              .kind = TableKind::kModel,
                              .columns = {{.name = "id", .type = t_string, .default_value = {}, .is_key = true}},
                              .mappings = {}});
    program.tables.push_back({.name = "aws.subnet",
                              .kind = TableKind::kModel,
                              .columns = {{.name = "id", .type = t_string, .default_value = {}, .is_key = true},
                                          {.name = "vpc", .type = t_opt_vpc, .default_value = {}},
                                          {.name = "port", .type = t_opt_int, .default_value = {}},
                                          {.name = "tag", .type = t_opt_string, .default_value = {}}},
                              .mappings = {}});
    program.columns = {{0, 0}, {1, 0}, {1, 1}, {1, 2}, {1, 3}};
    program.bindings = {{.name = "s"}, {.name = "v"}, {.name = "m"}};
  }

  // Program::columns.
  static constexpr uint32_t kVpcId = 0, kSubnetId = 1, kSubnetVpc = 2, kSubnetPort = 3, kSubnetTag = 4;

  TypeId Type(TypeEntry entry) {
    program.types.push_back(std::move(entry));
    return static_cast<TypeId>(program.types.size() - 1);
  }
  uint32_t Constant(bylaw::Constant constant) {
    program.constants.push_back(std::move(constant));
    return static_cast<uint32_t>(program.constants.size() - 1);
  }
  uint32_t Int(int64_t value) { return Constant({.type = t_int, .bits = IntToCell(value)}); }
  uint32_t Text(const std::string& text) { return Constant({.type = t_string, .text = text}); }
  uint32_t AddFunction(Code code, Register result, bool memoize = false) {
    program.functions.push_back({.name = "f" + std::to_string(program.functions.size()),
                                 .block = std::move(code.block),
                                 .result = result,
                                 .memoize = memoize});
    return static_cast<uint32_t>(program.functions.size() - 1);
  }
  uint32_t AddQuery(Query query) {
    program.queries.push_back(std::move(query));
    return static_cast<uint32_t>(program.queries.size() - 1);
  }

  /// function(v: aws.vpc): a query over `s in aws.subnet` looked up by s.vpc == v.
  uint32_t SubnetsOf(QueryKind kind, TypeId type, uint32_t value_column = kSubnetPort, bool by_lookup = true) {
    Query query{.kind = kind, .stages = {}, .type = type};
    Stage stage;
    stage.table = 1;
    stage.binding = 0;
    Code inner(program);
    Register s = inner.Input(t_subnet);
    if (by_lookup) {
      stage.kind = GeneratorKind::kLookup;
      stage.column = kSubnetVpc;
      stage.key = 0;
    } else {
      stage.kind = GeneratorKind::kScan;
      Register v = inner.Input(t_vpc);
      stage.captures = {{.from = 0, .to = v}};
      Register vpc = inner.Emit(Opcode::kLoad, t_opt_vpc, s, kNoRegister, kSubnetVpc);
      stage.filter = inner.Emit(Opcode::kEqCell, t_bool, vpc, v);
    }
    TypeId value_type = value_column == kSubnetTag ? t_opt_string : value_column == kSubnetId ? t_string : t_opt_int;
    query.value = inner.Emit(Opcode::kLoad, value_type, s, kNoRegister, value_column);
    query.order = inner.Emit(Opcode::kLoad, t_opt_int, s, kNoRegister, kSubnetPort);
    query.key = inner.Emit(Opcode::kLoad, t_opt_string, s, kNoRegister, kSubnetTag);
    stage.block = std::move(inner.block);
    query.stages.push_back(std::move(stage));
    query.open_keys = {0};
    uint32_t index = AddQuery(std::move(query));
    Code code(program);
    code.Input(t_vpc);
    Register result = code.Emit(Opcode::kQuery, type, kNoRegister, kNoRegister, index);
    return AddFunction(std::move(code), result);
  }

  Program program;
  TypeId t_bool, t_int, t_string, t_opt_string, t_float, t_vpc, t_subnet, t_opt_vpc, t_ints, t_int_set, t_strings,
      t_opt_int;
};

/// Rows of the estate.
class Rows {
 public:
  explicit Rows(const Program& program) : builder_(program) { builder_.CoverAll(); }

  Rows& Vpc(const std::string& id) {
    Row row = builder_.AddRow(0, id);
    builder_.Set(0, row, 0, builder_.strings().Intern(id));
    return *this;
  }
  /// `vpc`: a key, "" for absent, "?" for unknown.
  Rows& Subnet(const std::string& id, const std::string& vpc, std::optional<int64_t> port = 0,
               const std::string& tag = "") {
    Row row = builder_.AddRow(1, id);
    builder_.Set(1, row, 0, builder_.strings().Intern(id));
    if (vpc == "?") {
      builder_.SetUnknown(1, row, 1, "known after apply");
    } else if (!vpc.empty()) {
      builder_.SetReferenceKey(1, row, 1, vpc);
    }
    if (port) {
      builder_.Set(1, row, 2, IntToCell(*port));
    } else {
      builder_.SetUnknown(1, row, 2, "known after apply");
    }
    if (!tag.empty()) builder_.Set(1, row, 3, builder_.strings().Intern(tag));
    return *this;
  }
  SnapshotBuilder& builder() { return builder_; }
  std::unique_ptr<Snapshot> Finish() { return builder_.Finish({}); }

 private:
  SnapshotBuilder builder_;
};

/// A reference in lane 0.
inline Vector RefLane(TableId table, Row row) { return Vector(1, RefCell::Make(table, row), State::kKnown); }

inline std::string Show(const Evaluation& evaluation, const FunctionResult& result, uint32_t lane = 0) {
  State state = result.values.state(lane);
  if (state == State::kRanged) {
    int64_t high = result.values.upper[lane];
    return std::to_string(CellToInt(result.values.cells[lane])) + ".." +
           (high == kUnbounded ? "inf" : std::to_string(high));
  }
  return evaluation.ToText(result.type, result.values.cells[lane], state);
}

}  // namespace bylaw::testing

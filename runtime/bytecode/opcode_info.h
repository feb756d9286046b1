// What opcodes.def says of each opcode, parsed once: for the verifier, the disassembler and docs/bytecode.md.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/bytecode/program.h"

namespace bylaw {

/// What a type pattern of opcodes.def accepts.
enum class OperandClass : uint8_t {
  kKind,  ///< exactly `kind`
  kAny,
  kSame,   ///< same type as dst
  kSameA,  ///< same type as a
  kObj,    ///< list, set, map, ipset, portset, json, iam_document
  kCell,   ///< every other kind
  kTicks,  ///< time or duration
};

struct OperandType {
  OperandClass operand_class = OperandClass::kAny;
  TypeKind kind = TypeKind::kBool;
  bool may_be_absent = false;
};

struct OpcodeInfo {
  Opcode opcode;
  std::string_view name;      ///< "EqCell"
  std::string_view text;      ///< "eq_cell": as the disassembler writes it
  std::string_view operands;  ///< "DAB"
  std::string_view types;     ///< "bool<-?cell,?same_a"
  std::string_view doc;
  OperandType dst;
  std::vector<OperandType> sources;  ///< of a and b, then of the first register of the register list (Select)

  bool has(char operand) const { return operands.find(operand) != std::string_view::npos; }
};

/// The table, indexed by opcode. Thread safety: immutable after the first call, which may come from any thread.
const std::vector<OpcodeInfo>& OpcodeTable();

inline const OpcodeInfo& Info(Opcode opcode) { return OpcodeTable()[static_cast<size_t>(opcode)]; }

std::string_view AttributeName(Attribute attribute);
std::string_view QueryKindName(QueryKind kind);
std::string_view GeneratorKindName(GeneratorKind kind);
std::string_view SeverityName(Severity severity);

}  // namespace bylaw

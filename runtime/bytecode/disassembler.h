// Disassembler: a Program as text, for people and for `bylaw dump --stage bytecode`. docs/bytecode.md explains the notation.
#pragma once

#include <string>

#include "runtime/bytecode/program.h"

namespace bylaw {

/// The whole program, readable. Precondition: `program` is verified.
std::string Disassemble(const Program& program);

/// One type as the language writes it; models by the names of the program's tables.
std::string TypeText(const Program& program, TypeId type);
/// One constant as the language writes it.
std::string ConstantText(const Program& program, uint32_t constant);

/// docs/bytecode.md: the format and the instruction set, generated from opcodes.def and this folder's tables.
std::string BytecodeReference();

}  // namespace bylaw

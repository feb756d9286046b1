// Disassembler: a Program as text, for people and for `bylaw dump --stage bytecode`. docs/bytecode.md explains the notation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/bytecode/program.h"

namespace bylaw {

/// The whole program, readable. Precondition: `program` is verified.
std::string Disassemble(const Program& program);

/// One type as the language writes it; models by the names of the program's tables.
std::string TypeText(const Program& program, TypeId type);
/// One constant as the language writes it.
std::string ConstantText(const Program& program, uint32_t constant);
/// A constant by its parts; `elements` are written already.
std::string ConstantText(TypeKind kind, State state, uint64_t bits, std::string_view text,
                         const std::vector<std::string>& elements);

/// The instruction table of docs/bytecode.md, as Markdown, from opcodes.def.
std::string InstructionReference();

}  // namespace bylaw

// Code generation: the IR module, passes done, as a program.
//
//   Module ──Scheduler──► frames ──Assembler──► Program
//
// Only what is live is generated. The same module gives the same program, byte for byte.
// Thread safety: none; one thread generates one program.
#pragma once

#include "compiler/ir/ir.h"
#include "compiler/source/source.h"
#include "runtime/base/result.h"

namespace bylaw::compiler {

/// Precondition: DemandTables has run. The error: some expression is too large for the bytecode.
/// Sets `index` of the module's live functions and relations to their place in the program; of dead ones to kNone.
Result<Program> Generate(ir::Module& module, const SourceMap& sources);

}  // namespace bylaw::compiler

#include <fmt/format.h>

#include "runtime/bytecode/disassembler.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw {

std::string InstructionReference() {
  std::string out = "| code | instruction | operands | types | meaning |\n|---|---|---|---|---|\n";
  for (const OpcodeInfo& info : OpcodeTable()) {
    out += fmt::format("| {} | `{}` | {} | `{}` | {} |\n", static_cast<int>(info.opcode), info.text, info.operands,
                       info.types, info.doc);
  }
  return out;
}

}  // namespace bylaw

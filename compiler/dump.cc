// The stages of a compilation as text: for `bylaw dump`, and for people who want to see what the compiler made of their
// words.
#include <fmt/format.h>

#include "compiler/ast/printer.h"
#include "compiler/compiler.h"
#include "compiler/ir/printer.h"
#include "compiler/typed_printer.h"

namespace bylaw::compiler {

namespace {

std::string DumpAst(const CompileResult& result) {
  std::string text;
  for (const auto& file : result.files) {
    text += fmt::format("// {}\n{}", result.sources->file(file->file_id).path(), ast::Dump(*file, *result.sources));
  }
  return text;
}

}  // namespace

std::string Dump(const CompileResult& result, DumpStage stage) {
  switch (stage) {
    case DumpStage::kAst: return DumpAst(result);
    case DumpStage::kTyped: return result.typed == nullptr ? std::string() : PrintTyped(*result.typed);
    case DumpStage::kIr: return result.module == nullptr ? std::string() : ir::Print(*result.module);
  }
  return {};
}

}  // namespace bylaw::compiler

// The stages of a compilation as text: for `bylaw dump`, and for people who want to see what the compiler made of their words.
#include <fmt/format.h>

#include "compiler/ast/ast.h"
#include "compiler/compiler.h"
#include "compiler/ir/printer.h"
#include "compiler/typed_printer.h"


namespace bylaw::compiler {

namespace {

std::string_view KindName(ast::ItemKind kind) {
  switch (kind) {
    case ast::ItemKind::kParam: return "param";
    case ast::ItemKind::kModel: return "model";
    case ast::ItemKind::kDefine: return "define";
    case ast::ItemKind::kRule: return "rule";
    case ast::ItemKind::kTest: return "test";
    case ast::ItemKind::kGiven: return "given";
    case ast::ItemKind::kWaiver: return "waive";
    default: return "error";
  }
}

/// Each file's package, imports and items, with their places.
std::string DumpAst(const CompileResult& result) {
  std::string text;
  for (const auto& file : result.files) {
    text += fmt::format("file {}\n", result.sources->file(file->file_id).path());
    if (file->package) text += fmt::format("  package {}\n", file->package->name.ToString());
    for (const ast::Import& import : file->imports) text += fmt::format("  import {}\n", import.path.ToString());
    for (const ast::ItemPtr& item : file->items) {
      const LineColumn begin = result.sources->Locate(item->span);
      text += fmt::format("  {} at {}:{}, {} bytes\n", KindName(item->kind), begin.line, begin.column, item->span.length());
    }
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

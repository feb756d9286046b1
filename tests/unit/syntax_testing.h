// A parsed text with all that belongs to it, for the tests of syntax and printing.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/syntax/parser.h"

namespace bylaw::compiler {

struct Parsed {
  explicit Parsed(std::string text, std::string path = "test.bylaw") {
    const FileId file_id = sources.Add(std::move(path), std::move(text));
    file = ParseFile(sources, file_id, diagnostics);
    diagnostics.Sort();
  }

  /// "2:5 E0101 message", one a line.
  std::string Errors() const {
    std::string result;
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      const LineColumn at = sources.Locate(diagnostic.primary.span);
      result += std::to_string(at.line) + ":" + std::to_string(at.column) + " " +
                std::string(InfoOf(diagnostic.code).text) + " " + diagnostic.message + "\n";
    }
    return result;
  }

  std::string Hints() const {
    std::string result;
    for (const Diagnostic& diagnostic : diagnostics.all()) result += diagnostic.hint + "\n";
    return result;
  }

  std::string Text(Span span) const { return std::string(sources.Text(span)); }

  template <typename T>
  const T& Item(size_t index = 0) const {
    return ast::As<T>(*file->items.at(index));
  }

  SourceMap sources;
  Diagnostics diagnostics;
  std::unique_ptr<ast::File> file;
};

}  // namespace bylaw::compiler

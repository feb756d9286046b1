// For tests of the IR: policy text as a module, before any pass.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "compiler/check/check.h"
#include "compiler/ir/lower.h"
#include "compiler/ir/passes.h"
#include "compiler/ir/printer.h"
#include "compiler/syntax/parser.h"

namespace bylaw::compiler::ir {

inline constexpr const char* kTestModels = R"(
model group { key id: string  name: string  ingress: list<permission> via target }
model permission { target: group  source: group?  port: int }
model vpc { key id: string  main: bool = false  subnets: list<subnet> via vpc }
model subnet { key id: string  vpc: vpc  zone: string?  public: bool = false  size: int = 0 }
)";

/// Owns everything that a module points to.
struct TestModule {
  SourceMap sources;
  Diagnostics diagnostics;
  std::unique_ptr<TypedProgram> typed;
  Module module;
  std::unique_ptr<Lowering> lowering;

  explicit TestModule(const std::string& text, bool inline_defines = true) {
    const FileId file_id = sources.Add("test.bylaw", kTestModels + text);
    const auto file = ParseFile(sources, file_id, diagnostics);
    const SourceUnit unit{.file = file.get(), .package = ""};
    typed = Check({&unit, 1}, {.sources = &sources, .read_file = nullptr, .query = nullptr, .query_package = {}},
                  diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.all())
      ADD_FAILURE() << diagnostic.message << " at " << sources.Text(diagnostic.primary.span);
    if (typed == nullptr) return;
    lowering = std::make_unique<Lowering>(*typed, module, LowerOptions{.inline_defines = inline_defines});
    lowering->Run();
  }

  bool ok() const { return typed != nullptr && !module.rules.empty(); }
  const Rule& rule() const { return module.rules.front(); }
  const Value* clause() const { return module.rules.front().clauses.front(); }
};

}  // namespace bylaw::compiler::ir

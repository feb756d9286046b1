// Lint: what compiles and is likely wrong, or can be said in a plainer way. Its codes are the W00xx of diagnostics.def.
//
// Pipeline: after the checker, over the syntax trees of the files to be judged and the typed program that they are part
// of. The tree says what was written, the program what it means.
//
// A finding may carry edits (Diagnostic::edits). They keep the meaning of every verdict exactly; compiler/fix.h applies
// them.
//
// A comment `// lint: allow W0010 because the switch is set by hand` allows findings of these codes on the line that it
// stands behind, or, on a line of its own, on the next line that is no comment; before `package`, in the whole file. One
// that is not written so, or allows nothing, is a finding itself.
#pragma once

#include <memory>
#include <span>

#include "compiler/ast/ast.h"
#include "compiler/check/typed.h"
#include "compiler/diagnostics/diagnostic.h"

namespace bylaw::compiler {

/// Adds what it finds in `files` to `diagnostics`. Precondition: the program was checked without an error, and the files
/// are among those that it was made of. Pure but for that; thread-safe where the arguments are not shared.
void Lint(std::span<const std::unique_ptr<ast::File>> files, const TypedProgram& program, const SourceMap& sources,
          Diagnostics& diagnostics);

}  // namespace bylaw::compiler

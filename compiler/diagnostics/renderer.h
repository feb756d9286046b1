// Diagnostics for people and for programs.
//
//   error[E0101]: unexpected name `subnet`
//     --> policies/net.bylaw:4:9
//     |
//   4 |   for s subnet
//     |         ^^^^^^
//     |
//     = expected: `in`
//
// Pure functions. What comes from a file is made safe first: no control character of a policy reaches the terminal.
#pragma once

#include <string>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"

namespace bylaw::compiler {

struct RenderOptions {
  bool color = false;  // ANSI colours
  size_t width = 100;  // columns; longer source lines are shown around the place, longer texts are wrapped
};

/// One diagnostic, ending in an end of line.
std::string RenderText(const SourceMap& sources, const Diagnostic& diagnostic, const RenderOptions& options = {});

/// All of them with empty lines between, and a last line that counts them. Empty for none.
std::string RenderText(const SourceMap& sources, const Diagnostics& diagnostics, const RenderOptions& options = {});

/// A JSON array:
///   [{"code": "E0101", "severity": "error", "name": "UnexpectedText", "message": "…",
///     "location": {"file": "…", "line": 4, "column": 9, "end_line": 4, "end_column": 15, "begin": 40, "end": 46},
///     "label": "…", "related": [{"location": {…}, "label": "…"}], "expected": "…", "hint": "…"}]
/// Lines and columns count from 1, columns in code points; `begin` and `end` are bytes. Without a place, `location` is
/// null.
std::string RenderJson(const SourceMap& sources, const Diagnostics& diagnostics);

/// What `bylaw explain E0101` prints.
std::string RenderExplanation(const CodeInfo& info, const RenderOptions& options = {});

}  // namespace bylaw::compiler

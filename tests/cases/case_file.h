// Golden cases: small worlds as text files, which a person can read alone. README.md beside this file says what can stand in one.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/compiler.h"
#include "runtime/base/result.h"

namespace bylaw::cases {

struct Section {
  std::string kind;      ///< "policy", "given", "rows", "input", "with", "options", "expect"
  std::string argument;  ///< what stands behind the kind: a file's name, what is expected
  std::string text;
};

struct Case {
  std::string path;
  std::string purpose;  ///< the lines before the first section
  std::vector<Section> sections;
};

/// Errors: a section that does not exist.
Result<Case> ParseCase(const std::string& path, const std::string& text);
/// The file's text again.
std::string Print(const Case& c);

/// What a case comes to: its `expect` sections with what they really are. The error: what cannot be expected at all (ways that differ, a case that
/// makes no sense).
Result<std::vector<Section>> RunCase(const Case& c, const std::string& root);

/// The lines of an `expect values` section: expression and value.
std::vector<std::pair<std::string, std::string>> ValueLines(const Section& section);

/// What the case's policies are compiled to, optimised or not: with each of its expressions, or once if it has none.
std::vector<compiler::CompileResult> CompileCase(const Case& c, const std::string& root, bool optimize);

}  // namespace bylaw::cases

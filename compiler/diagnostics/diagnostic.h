// Diagnostics: what the compiler has to say about a policy. Collected, never thrown, and rendered at the end.
//
// diagnostics.def is the one table of codes. A phase makes a Diagnostic, fills in what it knows, and adds it to the
// collector; rendering (renderer.h) and `bylaw explain` read the same table.
//
// Texts start lower-case, have no full stop, and put the user's words in backticks.
// Thread safety: a collector belongs to one thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/source.h"

namespace bylaw::compiler {

enum class Severity : uint8_t { kError, kWarning, kLint };

/// Every diagnostic there is. The enumerator is the name of the rule that was broken, not its number.
enum class Code : uint16_t {
#define BYLAW_DIAGNOSTIC(code, severity, Name, summary, explanation, wrong, right) k##Name,
#include "compiler/diagnostics/diagnostics.def"
#undef BYLAW_DIAGNOSTIC
};

/// One row of diagnostics.def.
struct CodeInfo {
  Code code;
  std::string_view text;  // "E0101"
  Severity severity;
  std::string_view name;         // "UnexpectedText"
  std::string_view summary;      // one line, for lists
  std::string_view explanation;  // some paragraphs, for `bylaw explain`
  std::string_view wrong;        // policy text that gets this code; empty where none can be shown
  std::string_view right;        // the same, put right
};

const CodeInfo& InfoOf(Code code);
/// All rows, in the table's order.
std::span<const CodeInfo> AllCodes();
/// Finds by "E0101", in any case. Null when there is none.
const CodeInfo* FindCode(std::string_view text);

/// A place with a word about it.
struct Label {
  Span span;
  std::string text;
};

/// A replacement of bytes that `lint --fix` may apply.
struct Edit {
  Span span;
  std::string replacement;
};

struct Diagnostic {
  Code code{};
  std::string message;           // what is wrong, in one line
  Label primary;                 // the narrowest span, and what is there; the text may be empty
  std::vector<Label> secondary;  // other places that explain it
  std::string expected;          // what would have been right; may be empty
  std::string hint;              // what to do; may be empty; may have several lines
  std::vector<Edit> edits;       // safe to apply without asking; may be empty

  Severity severity() const { return InfoOf(code).severity; }

  // Builder style, so that a diagnostic can be written as one expression:
  //   diagnostics.Report(Code::kUnknownField, span, "…").Expected("…").Hint("…");
  Diagnostic& Labelled(std::string text);
  Diagnostic& Also(Span span, std::string text);
  Diagnostic& Expected(std::string text);
  Diagnostic& Hint(std::string text);
  Diagnostic& Fix(Span span, std::string replacement);
};

/// Collects the diagnostics of one compilation.
class Diagnostics {
 public:
  /// Adds one and returns it for more to be said. The reference holds until the next Report or Add.
  Diagnostic& Report(Code code, Span span, std::string message);
  Diagnostic& Add(Diagnostic diagnostic);

  bool has_errors() const { return num_errors_ > 0; }
  size_t num_errors() const { return num_errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  bool empty() const { return all_.empty(); }

  /// Orders by file, place and code, and drops exact doubles. Call once, before rendering.
  void Sort();

 private:
  std::vector<Diagnostic> all_;
  size_t num_errors_ = 0;
};

/// The candidate that someone who wrote `seen` most likely meant, by edit distance (a swap of neighbours counts one),
/// blind to case and to `_` and `-`. Empty when none is near enough. Ties go to the earlier candidate.
std::string Suggest(std::string_view seen, std::span<const std::string> candidates);
std::string Suggest(std::string_view seen, std::span<const std::string_view> candidates);

/// "did you mean `x`?" from Suggest, or nothing.
std::string DidYouMean(std::string_view seen, std::span<const std::string> candidates);

}  // namespace bylaw::compiler

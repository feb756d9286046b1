// Mutants: small changes to a typed program that its tests ought to notice. A clause is dropped, a condition negated, a
// bound moved, a constant changed, one at a time and in place; whoever runs the tests assembles the program again.
//
// Pipeline: beside the facade; works on the typed tree of a compilation (CompileResult::typed) between two calls of
// Assemble. Two compilations of the same texts have the same mutants in the same order, so threads can share the work,
// each with a compilation of its own.
//
// Thread safety: a set and its program belong to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compiler/check/typed.h"

namespace bylaw::compiler {

struct Mutant {
  Span span;
  std::string what;  ///< "drop `where x.enabled`", "`<` becomes `<=` in `a < b`"
  std::string unit;  ///< the rule, define or param that it is in: "rule NET-001", "define net.is_public"
};

class Mutants {
 public:
  /// Those of the rules, defines and params whose place `is_own` takes. The program must outlive the set.
  Mutants(TypedProgram& program, const SourceMap& sources, const std::function<bool(Span)>& is_own);

  Mutants(const Mutants&) = delete;
  Mutants& operator=(const Mutants&) = delete;

  const std::vector<Mutant>& all() const { return all_; }
  /// Changes the program. Precondition: no mutant is applied.
  void Apply(size_t index) { edits_[index].apply(); }
  /// Takes the change back. Precondition: this one is applied.
  void Undo(size_t index) { edits_[index].undo(); }
  /// [tests of the program]: which of them reach the mutant's unit, by a rule that they judge or a condition.
  const std::vector<bool>& TestsOf(size_t index) const { return tests_of_unit_[unit_of_[index]]; }

 private:
  friend class MutantFinder;
  struct Edit {
    std::function<void()> apply, undo;
  };
  std::vector<Mutant> all_;
  std::vector<Edit> edits_;
  std::vector<uint32_t> unit_of_;
  std::vector<std::vector<bool>> tests_of_unit_;
  std::shared_ptr<void> keep_;
};

}  // namespace bylaw::compiler

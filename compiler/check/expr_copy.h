// Copies of typed expressions, and of the queries in them.
#pragma once

#include <unordered_map>

#include "compiler/check/typed.h"

namespace bylaw::compiler {

/// Makes one copy. What its variables are is the subclass's concern. Keys and openings of queries are not copied: they are
/// found when everything has been checked.
class ExprCopier {
 public:
  virtual ~ExprCopier() = default;
  ExprPtr Copy(const Expr& expr);

 private:
  /// What the copy names where the expression names `variable`, which no query that is copied with it has.
  /// Another one is kept and not asked for again.
  virtual const Variable* Meant(const Variable& variable) { return &variable; }
  /// A variable of its own for a generator of a copied query.
  virtual Variable* Declare(const Variable& variable) = 0;
  /// Asked of every expression; false: its parts are left out.
  virtual bool GoesOn() { return true; }

  const Variable* Renamed(const Variable& variable);

  std::unordered_map<const Variable*, const Variable*> renamed_;
};

}  // namespace bylaw::compiler

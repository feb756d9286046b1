// Conditions: the places of rules, defines and mappings of which tests can see both outcomes: each `where`, each
// `require` and `forbid`, the operands of `and`, `or` and `not`, comparisons, quantifiers and what they ask of their
// members, the condition of an `if`, the body of a define that is a predicate.
//
//   typed tree ──FindConditions──► conditions, numbered ──Lower──► an `observe` instruction for each ──vm──► Observations
//
// What is sugar is one condition, as it was written: `a != b`, `x not in s`, `no x in C where P`. `not e` and `forbid e`
// have the outcomes of `e`, and so it is `e` that counts. Texts, params and tests have none.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/check/typed.h"

namespace bylaw::compiler {

enum class UnitKind : uint8_t { kRule, kDefine, kMapping };

struct ObservedUnit {
  UnitKind kind = UnitKind::kDefine;
  std::string package;
  std::string name;  ///< rules: the id; defines: the qualified name; mappings: the model, the format and the type
  Span span;
};

enum class ConditionKind : uint8_t {
  kWhere,   ///< all of a rule's `where`
  kClause,  ///< all of a `require` or `forbid`
  kPart,
};

struct Condition {
  ConditionKind kind = ConditionKind::kPart;
  bool is_constant = false;  ///< it has one outcome, and nobody can see another
  uint32_t unit = 0;         ///< in Conditions::units
  uint32_t around = kNone;   ///< the condition that this one is a part of
  Span span;
};

struct Conditions {
  std::vector<ObservedUnit> units;    ///< in order of declaration
  std::vector<Condition> conditions;  ///< [number]; those of one unit together, the whole before its parts
  std::unordered_map<const Expr*, uint32_t> number_of;
};

/// The conditions of the rules, defines and mappings whose spans `is_own` takes.
Conditions FindConditions(const TypedProgram& program, const std::function<bool(Span)>& is_own);

}  // namespace bylaw::compiler

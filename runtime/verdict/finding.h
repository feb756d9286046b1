// Finding: one reported verdict of one clause for one tuple, as data that every report format prints. Made for failing and unknown clauses, and for others when all are asked for.
//
// Thread safety: plain data. Views are into the snapshot and the program, which must outlive it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/bytecode/program.h"
#include "runtime/snapshot/snapshot.h"
#include "runtime/vm/evidence.h"

namespace bylaw {

/// Ordered from good to bad.
enum class Verdict : uint8_t { kNotApplicable, kPass, kWaived, kUnknown, kFail };

/// How often each verdict was given.
struct VerdictCounts {
  uint64_t fail = 0, unknown = 0, pass = 0, waived = 0, not_applicable = 0;
  VerdictCounts& operator+=(const VerdictCounts& other) {
    fail += other.fail, unknown += other.unknown, pass += other.pass, waived += other.waived,
        not_applicable += other.not_applicable;
    return *this;
  }
  bool operator==(const VerdictCounts&) const = default;
};

/// "not_applicable", "pass", "waived", "unknown", "fail".
std::string_view VerdictName(Verdict verdict);

/// A resource that a finding speaks of.
struct ResourceRef {
  TableId table = kNone;  ///< kNone: a rule over the whole snapshot, or a value that is no resource
  Row row = kNone;
  Row record = kNone;  ///< Snapshot::record; kNone: none
  bool is_external = false;
  std::string address;  ///< empty: not known, as of the others
  std::string_view type, id, account, region, model;
  std::string_view previous_address = {};  ///< before it was moved; empty: it was not
};

/// One `for` variable's value.
struct TupleValue {
  TypeId type = 0;
  Cell cell = 0;
  State state = State::kKnown;
  std::string text;      ///< as messages show it
  ResourceRef resource;  ///< of references
};

/// What a quantifier's variable was bound to in the answer: a resource, or a value.
struct Witness {
  std::string_view name;  ///< of the variable
  std::string text;
  ResourceRef resource;  ///< table kNone: a value
};

/// Why a verdict is unknown.
struct FindingCause {
  Cause cause;
  TableId table = kNone;  ///< where the unknown value stands; kNone: nowhere in the snapshot
  Row row = kNone;
  ColumnId column = kNone;
  std::string address;  ///< of the row
  std::string field;    ///< the column's name
};

struct Finding {
  uint32_t rule = 0;                 ///< Program::rules
  uint32_t clause = 0;               ///< Rule::clauses
  Verdict verdict = Verdict::kFail;  ///< kPass and kNotApplicable (which has no clause) only with RuleOptions::all
  Severity severity = Severity::kMedium;
  std::vector<TupleValue> tuple;  ///< [num variables]
  std::string message, fix;
  std::vector<std::string> own_controls;  ///< computed ones, besides the rule's
  std::vector<Witness> witnesses;
  std::vector<FindingCause> causes;
  std::string fingerprint;  ///< 32 hexadecimal digits; stable over runs, row order and formats of the same resource
  std::string previous_fingerprint = {};  ///< what it was before its resources were moved; empty: they were not
  uint32_t waiver = kNone;  ///< WaiverList: the live one that covers it (kWaived), or the expired one that did (kFail)

  /// The first `for` variable's resource; null for a rule over the whole snapshot.
  const ResourceRef* resource() const { return tuple.empty() ? nullptr : &tuple[0].resource; }
};

/// What a variable of a judged tuple stands for: a row of the snapshot, or something else as text.
struct JudgedValue {
  TableId table = kNone;  ///< kNone: no row
  Row row = kNone;
  std::string text = {};  ///< as messages show it; empty for rows
};

/// One verdict of one clause for one tuple, without any explanation; what not applies is not among them.
struct Judgement {
  uint32_t rule = 0;    ///< Program::rules
  uint32_t clause = 0;  ///< Rule::clauses
  Verdict verdict = Verdict::kFail;
  std::vector<JudgedValue> tuple;  ///< [num variables]
};

class Evaluation;

/// What is known of the resource that a reference means; with table kNone if it is no reference, or unknown.
ResourceRef DescribeResource(Evaluation& evaluation, TypeId type, Cell cell, State state);

}  // namespace bylaw

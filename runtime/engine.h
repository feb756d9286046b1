// Bylaw's evaluator: the whole embedding interface.
//
//   #include <bylaw/runtime/engine.h>
//
//   auto policies = bylaw::PolicySet::FromFile("org.bylawc");           // what `bylaw compile` made; verified
//   if (!policies.ok()) return Complain(policies.error().ToString());
//   auto snapshot = bylaw::Load(*policies, {{.path = "plan.json"}});    // files, bytes, several at once; only what the policies read
//   if (!snapshot.ok()) return Complain(snapshot.error().ToString());
//   auto report = bylaw::Check(*snapshot);
//   if (!report.ok()) return Complain(report.error().ToString());
//   for (const bylaw::ReportedResult& result : report->results) { … result.message … result.location.line … }
//
// Rows can be given without any export, too: see LoadRows. A snapshot can be judged again with some resource changed, and just that resource: see LoadedSnapshot::With and CheckOptions::only.
//
// Errors: every call that can fail gives a Result with one clear Error (file, line, column, what to do). Nothing here throws, prints, exits, or touches the environment or the locale.
// Thread safety: no global state. A PolicySet and a LoadedSnapshot are immutable and may be shared by any number of threads, each of which may call Check at the same time.
// Ownership: a LoadedSnapshot keeps its PolicySet and its input bytes alive; a Report owns all its text.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/observations.h"
#include "runtime/base/result.h"
#include "runtime/bytecode/program.h"
#include "runtime/import/import.h"
#include "runtime/import/resource_rows.h"
#include "runtime/snapshot/sensitive_texts.h"
#include "runtime/snapshot/snapshot.h"
#include "runtime/snapshot/snapshot_builder.h"
#include "runtime/verdict/finding.h"

namespace bylaw {

/// Version of the library and of the command: "0.1.0".
std::string_view Version();

/// A compiled and verified set of policies. Cheap to copy.
class PolicySet {
 public:
  /// From the bytes of a bundle. `name` is what errors call it. `sources`: the folder below which the policies' text is, if
  /// its files were named by relative paths and are no longer below the current folder; findings tell places in it.
  static Result<PolicySet> FromBytes(std::string_view bytes, const std::string& name, const std::string& sources = "");
  static Result<PolicySet> FromFile(const std::string& path, const std::string& sources = "");
  /// From a program that a compiler in this process made; verified as a loaded one is.
  static Result<PolicySet> FromProgram(Program program);

  const Program& program() const { return *program_; }
  /// Whether some policy reads resources of `model`.
  bool Reads(std::string_view model) const;

  /// The same set with only some of its rules judged: a snapshot that is loaded for it holds what these read, and nothing else. The others are listed as before.
  PolicySet Only(const std::function<bool(const Rule&)>& selects) const;
  /// Whether the rule with this index is one of those.
  bool Judges(size_t rule) const { return judged_.empty() || judged_[rule]; }

 private:
  explicit PolicySet(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
  std::vector<bool> judged_;  ///< empty: all
};

/// A snapshot that was loaded for one policy set (it holds what that set reads).
struct LoadedSnapshot {
  PolicySet policies;
  std::shared_ptr<const Snapshot> snapshot;
  ImportStatistics statistics;
  std::shared_ptr<const Snapshot> original = nullptr;  ///< of a changed snapshot: the one that was loaded
  std::vector<ResourceRow> changes = {};               ///< and how it differs from that

  /// This snapshot with some resources changed: what `rows` give of them; what they do not give stays. The loaded snapshot is shared and not copied, so that this takes time for what has changed alone
  /// (the first call also makes maps of the keys); of several changes one after the other, for all of them.
  /// A Check of the result gives what a check of a snapshot loaded with those values gives, in every rule and for every resource, with two exceptions: places are those of the resource as it was
  /// loaded, and a resource outside the snapshot whose model only a changed value told keeps it. It is evaluated anew: give CheckOptions::only for the verdicts about the changed resource alone.
  /// Errors: a resource that is not there, or makes several rows of its model; a value not of its field's type; another key, id, account or region (other resources are found by these).
  Result<LoadedSnapshot> With(std::span<const ResourceRow> rows) const;
  Result<LoadedSnapshot> With(const ResourceRow& row) const { return With(std::span(&row, 1)); }
};

/// Reads inputs into one snapshot. Errors: an input that cannot be read or understood, a limit.
Result<LoadedSnapshot> Load(const PolicySet& policies, const std::vector<ImportInput>& inputs,
                            const ImportOptions& options = {});

/// Makes a snapshot from rows alone: `fill` gets a builder for the policy set's tables.
Result<LoadedSnapshot> LoadRows(const PolicySet& policies, const std::function<Status(SnapshotBuilder&)>& fill);
/// The same of rows given field by field, in their order. What is not among them does not exist. Errors: a value not of its field's type, JSON that is malformed.
Result<LoadedSnapshot> LoadRows(const PolicySet& policies, std::span<const ResourceRow> rows);

/// A resource by its model and the address of its record.
struct ResourceName {
  std::string model, address;
};

struct CheckOptions {
  int64_t now = 0;  ///< µs since the epoch; `now` in policies
  bool closed_world = false;
  uint32_t num_threads = 1;  ///< 0: one a core. The report does not depend on it.
  uint32_t batch_size = 2048;
  std::map<std::string, std::string> params = {};  ///< qualified name → text, converted to the param's type
  std::function<bool(const Rule&)> selects = {};   ///< which rules to judge; empty: all
  bool all = false;                                ///< report passes and not-applicables too
  /// Of a rule with more results than this only so many are in the report, the first ones by address; the others are judged and counted, and not explained, which is most of the time and memory of
  /// a report of very many. 0: all results.
  size_t max_results_per_rule = 0;
  /// Waivers that stand in the inputs, at the resources that they are for, are honoured. Else a warning tells that there are some.
  bool inline_waivers = false;
  /// Whether a rule of this id or qualified name is judged elsewhere (by another policy set, of the same inputs), so that a waiver in an input may name it. Empty: none is.
  std::function<bool(std::string_view)> knows_rule = {};
  /// Not empty: only tuples whose first variable is one of these resources are judged, against the whole snapshot: their verdicts are those of a check of everything. The report has only rules that
  /// range over the resources' models, and no warnings about waivers and paths that match nothing. What other resources' verdicts owe to these ones is not told; nor are rules about no resource. A rule whose clauses use
  /// a recursive define computes that one over the whole snapshot.
  std::vector<ResourceName> only = {};
  std::chrono::milliseconds time_budget{0};      ///< 0: none
  const std::atomic<bool>* cancelled = nullptr;  ///< set it from any thread to stop
  size_t max_memory = size_t{2} << 30;           ///< bytes of computed lists, sets, texts and relation tuples
  WorkProgress* progress = nullptr;              ///< rules are counted into it
  Observations* observations =
      nullptr;  ///< of policies that were compiled to be observed: what their conditions come to is noted there
};

struct ReportedResource {
  std::string model, type, address, id, account, region;
};

struct ReportedWitness {
  std::string binding;                       ///< the policy's name for it
  std::optional<ReportedResource> resource;  ///< none: a plain value
  Location location;
  std::string text;
};

struct ReportedCause {
  std::string reason;
  Location location;
  std::string settled_by =
      {};  ///< what would make it known: "an input that holds `vpc-1`"; empty: nothing outside the policy
};

struct ReportedWaiver {
  std::string because, by;
  std::optional<int64_t> until;  ///< µs since the epoch; none: never
  bool expired = false;
  bool is_inline = false;  ///< it stands in an input, at the resource; else in a policy
  Location location;       ///< where it stands
};

/// One verdict of one clause for one tuple of resources.
struct ReportedResult {
  uint32_t rule = 0;    ///< index into Report::rules
  uint32_t clause = 0;  ///< 1-based
  Verdict verdict = Verdict::kFail;
  Severity severity = Severity::kMedium;
  ReportedResource resource;
  std::string message, fix;
  Location location;
  std::vector<std::string> own_controls;  ///< besides its rule's: see Report::Controls
  std::vector<ReportedWitness> witnesses;
  std::vector<ReportedCause> causes;
  std::optional<ReportedWaiver> waiver;
  std::string fingerprint;
  std::string previous_fingerprint;  ///< of the resource under the address that a `moved` block names; else empty
  bool is_new = true;                ///< not in the baseline that the caller compares with; Check itself knows of none
};

struct ReportedRule {
  std::string id, name, package, title, doc, docs_link;
  Severity severity = Severity::kMedium;
  std::vector<std::string> controls, aliases, related;
  VerdictCounts counts;         ///< of tuples: each counts once, with its worst clause
  VerdictCounts clause_counts;  ///< each clause of each tuple by itself
  uint64_t num_results =
      0;  ///< that it has; CheckOptions::max_results_per_rule says how many of them are in Report::results
  bool matched_nothing = false;
  Location location;  ///< in the policy's text
};

struct ReportedWarning {
  std::string code, text;
  Location location;
  bool operator==(const ReportedWarning&) const = default;
};

/// Everything a report format prints.
struct Report {
  int64_t now = 0;
  bool closed_world = false;
  std::map<std::string, std::string> params;
  std::vector<InputInfo> inputs;
  uint64_t num_resources = 0;
  VerdictCounts counts;
  std::optional<Severity> worst;        ///< of what fails
  std::vector<ReportedRule> rules;      ///< in the order of their ids
  std::vector<ReportedResult> results;  ///< by rule, then resource address, then clause
  std::vector<ReportedWarning> warnings;
  /// Texts that the inputs call sensitive: already taken out of this report; for whoever shows parts of the inputs beside it.
  std::shared_ptr<const SensitiveTexts> sensitive;

  /// The controls that a result is about: those of its rule, and its own.
  std::vector<std::string> Controls(const ReportedResult& result) const;
};

/// Whether all params exist and have a value of their type. Errors: the first that does not.
Status CheckParams(const PolicySet& policies, const std::map<std::string, std::string>& params);

/// Judges a snapshot. Errors: a param that does not convert or does not exist, a limit, cancellation, a resource of `only` that is not there.
Result<Report> Check(const LoadedSnapshot& snapshot, const CheckOptions& options = {});

/// Judges a snapshot without explaining: `take` gets the verdict of every clause for every tuple that the rules apply to, in no particular order and from one thread at a time. For
/// whoever counts or relates rows; far cheaper than Check with `all`. Errors: as of Check.
Status Judge(const LoadedSnapshot& snapshot, const CheckOptions& options, const std::function<void(Judgement&&)>& take);

/// A step of an explanation: an expression, what it was worth, and where that stands.
struct ExplainedStep {
  Location expression;                       ///< in the policy's text, from here …
  uint32_t end_line = 0, end_column = 0;     ///< … to before here; line 0: `label` says what it is
  std::string label;                         ///< of a query's member the variable's name; of a note all of it
  std::string value;                         ///< empty for a note
  std::optional<ReportedResource> resource;  ///< that the value is
  Location location;                         ///< of the value, in an input
  std::vector<ExplainedStep> steps;
};

struct ExplainedClause {
  uint32_t clause = 0;  ///< 1-based
  Verdict verdict = Verdict::kFail;
  ExplainedStep expression;  ///< its text and all its steps
};

/// How a rule came to its verdict about one resource, and the other variables' values.
struct ExplainedTuple {
  std::vector<ExplainedStep> variables;
  std::vector<ExplainedStep> conditions;  ///< each `where`
  bool applies = true;                    ///< false: a condition is false, and no clause was judged
  std::vector<ExplainedClause> clauses;
};

/// Tells step by step how rule `rule` (index into Program::rules) judges the resource at `address`; for a rule that does not range over a table's rows, whatever it judges.
/// Policies that were compiled without optimisation tell more: the steps are those of the text. Errors: no such resource (with the nearest address as a hint), a param, a limit.
Result<std::vector<ExplainedTuple>> Explain(const LoadedSnapshot& snapshot, uint32_t rule, const std::string& address,
                                            const CheckOptions& options = {});

struct ExplainRequest {
  uint32_t rule = 0;  ///< index into Program::rules
  std::string address;
};

/// The same for many, one answer a request: far cheaper than one by one. A resource that the rule does not range over has no tuples. Errors: a param, a limit.
Result<std::vector<std::vector<ExplainedTuple>>> ExplainAll(const LoadedSnapshot& snapshot,
                                                            std::span<const ExplainRequest> requests,
                                                            const CheckOptions& options = {});

/// One value as text: what `bylaw query` prints. Lists, sets and maps keep their elements.
struct QueryValue {
  std::string text;  ///< as messages show it
  TypeKind kind = TypeKind::kString;
  State state = State::kKnown;
  std::vector<QueryValue> elements;   ///< list, set: elements; map: key, value, …
  std::vector<ReportedCause> causes;  ///< why it is unknown
};

/// Evaluates Program::functions[`function`] (the compiler makes one of a query's expression) over `arguments`: cells of its inputs' types, such as references to rows.
/// Errors: no such function, another number of arguments, a param, a limit.
Result<QueryValue> Evaluate(const LoadedSnapshot& snapshot, uint32_t function, std::span<const Cell> arguments = {},
                            const CheckOptions& options = {});

}  // namespace bylaw

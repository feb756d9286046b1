#include "runtime/engine.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>
#include <tuple>

#include "runtime/bytecode/codec.h"
#include "runtime/bytecode/narrow.h"
#include "runtime/bytecode/verifier.h"
#include "runtime/engine_evaluation.h"
#include "runtime/mapping_vm.h"
#include "runtime/verdict/evaluate.h"
#include "runtime/verdict/json_paths.h"
#include "runtime/verdict/waivers.h"
#include "runtime/vm/evaluation.h"

namespace bylaw {
namespace {

ReportedResource Resource(const ResourceRef& ref) {
  return {.model = std::string(ref.model),
          .type = std::string(ref.type),
          .address = ref.address,
          .id = std::string(ref.id),
          .account = std::string(ref.account),
          .region = std::string(ref.region)};
}

std::string_view CauseKindText(CauseKind kind) {
  switch (kind) {
    case CauseKind::kKnownAfterApply: return "known after apply";
    case CauseKind::kOutside: return "outside the snapshot";
    case CauseKind::kNotCovered: return "not covered by the inputs";
    case CauseKind::kAmbiguous: return "ambiguous";
    case CauseKind::kConversion: return "not of the type that the model gives it";
    case CauseKind::kAbsentPath: return "absent where a value is needed";
    case CauseKind::kUnresolved: return "cannot be resolved";
    case CauseKind::kPolicy: return "unknown";
    case CauseKind::kArithmetic: return "arithmetic without a result";
    case CauseKind::kFunction: return "a function without a result";
    case CauseKind::kConflict: return "more than one answer";
  }
  return "unknown";
}

std::string ReasonText(const FindingCause& cause) {
  std::string text = cause.cause.detail.empty() ? std::string(CauseKindText(cause.cause.kind))
                     : cause.cause.kind == CauseKind::kOutside
                         ? fmt::format("`{}` is outside the snapshot", cause.cause.detail)
                         : cause.cause.detail;
  if (cause.address.empty()) return text;
  return fmt::format("`{}{}{}`: {}", cause.address, cause.field.empty() ? "" : ".", cause.field, text);
}

/// What would settle a cause, for whoever reads it.
std::string SettledBy(const FindingCause& cause) {
  const std::string& detail = cause.cause.detail;
  switch (cause.cause.kind) {
    case CauseKind::kKnownAfterApply: return "the state after `terraform apply`, where the value is known";
    case CauseKind::kOutside:
      return detail.empty() ? "an input that holds it (--with)"
                            : fmt::format("an input that holds `{}` (--with)", detail);
    case CauseKind::kNotCovered:
      return "an input that covers it (--with), or --closed-world if the inputs are all there is";
    case CauseKind::kAmbiguous: return "an input in which the reference is known, such as the state";
    case CauseKind::kUnresolved:
      return "an input in which the value is known, such as the state or a live export (--with)";
    case CauseKind::kConversion: return "a value of the right type in the input";
    case CauseKind::kAbsentPath: return "an input that has the value";
    case CauseKind::kConflict: return "inputs that agree";
    case CauseKind::kPolicy: return "an input that has what the policy asks for (--with)";
    case CauseKind::kArithmetic:
    case CauseKind::kFunction: return "";
  }
  return "";
}

/// Asks for many places at once, and hands each to where it belongs when all are known.
class LocationRequests {
 public:
  void Add(Location* target, TableId table, Row row, ColumnId column = kNone) {
    if (table == kNone || row == kNone) return;
    places_.push_back({table, row, column});
    targets_.push_back(target);
  }
  void Resolve(const Snapshot& snapshot) {
    std::vector<Location> locations = snapshot.LocateAll(places_);
    for (size_t i = 0; i < locations.size(); ++i) *targets_[i] = std::move(locations[i]);
  }

 private:
  std::vector<Place> places_;
  std::vector<Location*> targets_;
};

Location SpanLocation(const Program& program, uint32_t span) {
  if (span == kNone) return {};
  const SourceSpan& s = program.spans[span];
  return {.file = program.source_files[s.file], .line = s.line, .column = s.column, .pointer = {}};
}

ReportedWaiver MakeWaiver(const Program& program, const WaiverList& waivers, uint32_t index, int64_t now) {
  ReportedWaiver reported{.because = {},
                          .by = {},
                          .until = waivers.until(index),
                          .expired = waivers.IsExpired(index, now),
                          .is_inline = false,
                          .location = {}};
  if (const Waiver* waiver = waivers.OfPolicy(index)) {
    reported.because = waiver->because, reported.by = waiver->by,
    reported.location = SpanLocation(program, waiver->span);
  } else {
    const InlineWaiver& own = waivers.Inline(index);
    reported.because = own.because, reported.by = own.by, reported.is_inline = true, reported.location = own.location;
  }
  return reported;
}

/// What is reported of a finding, which is used up; asks `locations` for its places, so that the result must stay where it is.
void MakeResult(const Program& program, const WaiverList& waivers, Finding finding, uint32_t report_rule, int64_t now,
                LocationRequests* locations, ReportedResult* result) {
  result->rule = report_rule;
  result->clause = finding.clause + 1;
  result->verdict = finding.verdict;
  result->severity = finding.severity;
  if (const ResourceRef* resource = finding.resource()) {
    result->resource = Resource(*resource);
    if (resource->table == kNone) result->resource.address = std::move(finding.tuple[0].text);
    if (!resource->is_external) locations->Add(&result->location, resource->table, resource->row);
  }
  result->message = std::move(finding.message);
  result->fix = std::move(finding.fix);
  result->own_controls = std::move(finding.own_controls);
  result->witnesses.reserve(finding.witnesses.size());
  for (Witness& witness : finding.witnesses) {
    ReportedWitness& reported = result->witnesses.emplace_back(ReportedWitness{
        .binding = std::string(witness.name), .resource = {}, .location = {}, .text = std::move(witness.text)});
    const ResourceRef& resource = witness.resource;
    if (resource.table != kNone || resource.is_external) reported.resource = Resource(resource);
    if (!resource.is_external) locations->Add(&reported.location, resource.table, resource.row);
  }
  result->causes.reserve(finding.causes.size());
  for (const FindingCause& cause : finding.causes) {
    ReportedCause& reported = result->causes.emplace_back(
        ReportedCause{.reason = ReasonText(cause), .location = {}, .settled_by = SettledBy(cause)});
    locations->Add(&reported.location, cause.table, cause.row, cause.column);
  }
  if (finding.waiver != kNone) result->waiver = MakeWaiver(program, waivers, finding.waiver, now);
  result->fingerprint = std::move(finding.fingerprint);
  result->previous_fingerprint = std::move(finding.previous_fingerprint);
}

/// The rule that a waiver names, and what it is for.
std::string WaiverText(const WaiverList& waivers, uint32_t index) {
  const Waiver* waiver = waivers.OfPolicy(index);
  const std::string& resources = waiver != nullptr ? waiver->address_glob : waivers.Inline(index).address;
  return resources.empty() ? std::string(waivers.rule(index))
                           : fmt::format("{} for \"{}\"", waivers.rule(index), resources);
}

void AddWaiverWarnings(const Program& program, const WaiverList& waivers, const CheckOptions& options,
                       const std::vector<WaiverResult>& results, Report& report) {
  for (const WaiverResult& problem : results) {
    const uint32_t index = problem.waiver;
    const Waiver* waiver = waivers.OfPolicy(index);
    ReportedWarning warning{
        .code = {},
        .text = {},
        .location = waiver != nullptr ? SpanLocation(program, waiver->span) : waivers.Inline(index).location};
    switch (problem.problem) {
      case WaiverProblem::kExpired:
        warning.code = "W0302";
        warning.text =
            fmt::format("the waiver of {} has expired; it covered {} finding{}, which count again",
                        WaiverText(waivers, index), problem.num_matches, problem.num_matches == 1 ? "" : "s");
        break;
      case WaiverProblem::kMatchedNothing:
        warning.code = "W0303";
        warning.text = fmt::format("the waiver of {} covers nothing that fails; remove it", WaiverText(waivers, index));
        break;
      case WaiverProblem::kNoSuchRule:
        if (waiver == nullptr && options.knows_rule && options.knows_rule(waivers.rule(index))) continue;
        warning.code = "W0304";
        warning.text = fmt::format("the waiver names `{}`, and there is no such rule", waivers.rule(index));
        break;
      case WaiverProblem::kInvalid:
        warning.code = "W0306";
        warning.text = fmt::format("the waiver at \"{}\" does not hold: it {}", waivers.Inline(index).address,
                                   waivers.Inline(index).problem);
        break;
    }
    report.warnings.push_back(std::move(warning));
  }
}

/// That there are waivers in the inputs, where they are not honoured.
void AddUnheededWaivers(const Snapshot& snapshot, Report& report) {
  const std::vector<InlineWaiver>& waivers = snapshot.inline_waivers();
  if (waivers.empty()) return;
  report.warnings.push_back(
      {.code = "W0307",
       .text =
           fmt::format("the inputs carry {} of their own, which {} not honoured: inline waivers are not allowed here",
                       waivers.size() == 1 ? "a waiver" : fmt::format("{} waivers", waivers.size()),
                       waivers.size() == 1 ? "is" : "are"),
       .location = waivers[0].location});
}

void AddMissingPathWarnings(const Program& program, const Snapshot& snapshot, const std::vector<bool>& enabled,
                            Report& report) {
  for (const MissingPath& missing : FindMissingPaths(program, snapshot, enabled)) {
    const Table& table = program.tables[missing.table];
    report.warnings.push_back(
        {.code = "W0305",
         .text = fmt::format("`{}` is in none of the {} row{} of `{}`; is it spelt right?", missing.path,
                             missing.num_rows, missing.num_rows == 1 ? "" : "s", table.name),
         .location = SpanLocation(program, missing.span)});
  }
}

void HideSensitive(const std::shared_ptr<const SensitiveTexts>& sensitive, Report& report) {
  report.sensitive = sensitive;
  if (sensitive->empty()) return;
  auto hide = [&](std::string& text) { text = sensitive->Hide(std::move(text)); };
  for (ReportedResult& result : report.results) {
    hide(result.message), hide(result.fix), hide(result.resource.id);
    for (std::string& control : result.own_controls) hide(control);
    for (ReportedCause& cause : result.causes) hide(cause.reason), hide(cause.settled_by);
    for (ReportedWitness& witness : result.witnesses) {
      hide(witness.text);
      if (witness.resource) hide(witness.resource->id);
    }
  }
}

ReportedRule MakeRule(const Program& program, const Rule& rule, const RuleResult& result, bool all) {
  const VerdictCounts& clauses = result.clauses;
  return {.id = rule.id,
          .name = rule.name,
          .package = rule.package,
          .title = rule.title,
          .doc = rule.doc,
          .docs_link = rule.docs_link,
          .severity = rule.severity,
          .controls = rule.controls,
          .aliases = rule.aliases,
          .related = rule.related,
          .counts = result.tuples,
          .clause_counts = clauses,
          .num_results =
              clauses.fail + clauses.unknown + clauses.waived + (all ? clauses.pass + clauses.not_applicable : 0),
          .matched_nothing = result.matched_nothing,
          .location = SpanLocation(program, rule.span)};
}

}  // namespace

namespace {

RuleOptions MakeRuleOptions(const PolicySet& policies, const CheckOptions& options) {
  RuleOptions result{.num_threads = options.num_threads,
                     .enabled = {},
                     .max_explained_rows = options.max_results_per_rule,
                     .all = options.all,
                     .only = nullptr,
                     .inline_waivers = options.inline_waivers,
                     .progress = options.progress,
                     .take = {}};
  const std::vector<Rule>& rules = policies.program().rules;
  for (size_t i = 0; i < rules.size(); ++i)
    result.enabled.push_back(policies.Judges(i) && (!options.selects || options.selects(rules[i])));
  return result;
}

}  // namespace

EvaluationOptions MakeEvaluationOptions(const CheckOptions& options) {
  EvaluationOptions result;
  result.now = options.now;
  result.closed_world = options.closed_world;
  result.batch_size = options.batch_size;
  result.time_budget = options.time_budget;
  result.cancelled = options.cancelled;
  result.observations = options.observations;
  result.max_object_bytes = options.max_memory;
  return result;
}

Status SetParams(const std::map<std::string, std::string>& values, Evaluation& evaluation) {
  const Program& program = evaluation.program();
  for (const auto& [name, text] : values) {
    const auto param = std::find_if(program.params.begin(), program.params.end(),
                                    [&name = name](const Param& p) { return p.name == name; });
    if (param == program.params.end()) {
      std::string known;
      for (const Param& p : program.params) known += (known.empty() ? "" : ", ") + p.name;
      return Error{.message = fmt::format("there is no param `{}`", name),
                   .file = {},
                   .hint = known.empty() ? "these policies have no params" : "the params are " + known};
    }
    BYLAW_RETURN_IF_ERROR(evaluation.SetParamFromText(static_cast<uint32_t>(param - program.params.begin()), text));
  }
  return Ok{};
}

Status CheckParams(const PolicySet& policies, const std::map<std::string, std::string>& params) {
  StringPool strings;
  NetPool nets;
  Evaluation evaluation(policies.program(), EvaluationPools{.strings = &strings, .nets = &nets});
  return SetParams(params, evaluation);
}

std::string_view Version() { return "0.1.0"; }

Result<PolicySet> PolicySet::FromBytes(std::string_view bytes, const std::string& name, const std::string& sources) {
  BYLAW_ASSIGN(Program program, Decode(bytes, name));
  if (!sources.empty()) {
    for (std::string& file : program.source_files) file = (std::filesystem::path(sources) / file).string();
  }
  return PolicySet(std::make_shared<const Program>(std::move(program)));
}

Result<PolicySet> PolicySet::FromFile(const std::string& path, const std::string& sources) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{.message = "cannot be opened", .file = path, .hint = "name a bundle made by `bylaw compile`"};
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file) return Error{.message = "cannot be read", .file = path};
  return FromBytes(std::move(bytes).str(), path, sources);
}

Result<PolicySet> PolicySet::FromProgram(Program program) {
  BYLAW_RETURN_IF_ERROR(Verify(program));
  return PolicySet(std::make_shared<const Program>(std::move(program)));
}

PolicySet PolicySet::Only(const std::function<bool(const Rule&)>& selects) const {
  std::vector<bool> judged;
  for (size_t i = 0; i < program_->rules.size(); ++i) judged.push_back(Judges(i) && selects(program_->rules[i]));
  if (std::find(judged.begin(), judged.end(), false) == judged.end()) return *this;
  Program narrowed = *program_;
  Narrow(judged, narrowed);
  PolicySet only(std::make_shared<const Program>(std::move(narrowed)));
  only.judged_ = std::move(judged);
  return only;
}

bool PolicySet::Reads(std::string_view model) const {
  return std::any_of(program_->tables.begin(), program_->tables.end(),
                     [&](const Table& table) { return table.name == model; });
}

Result<LoadedSnapshot> Load(const PolicySet& policies, const std::vector<ImportInput>& inputs,
                            const ImportOptions& options) {
  MappingVm evaluator(policies.program(), options);
  BYLAW_ASSIGN(Import imported, ImportInputs(policies.program(), inputs, options, &evaluator));
  return LoadedSnapshot{
      .policies = policies, .snapshot = std::move(imported.snapshot), .statistics = std::move(imported.statistics)};
}

Result<LoadedSnapshot> LoadRows(const PolicySet& policies, const std::function<Status(SnapshotBuilder&)>& fill) {
  SnapshotBuilder builder(policies.program());
  builder.AddInput({.path = "(rows)", .format = "rows"});
  builder.CoverAll();
  BYLAW_RETURN_IF_ERROR(fill(builder));
  return LoadedSnapshot{.policies = policies, .snapshot = builder.Finish({}), .statistics = {}};
}

Result<LoadedSnapshot> LoadRows(const PolicySet& policies, std::span<const ResourceRow> rows) {
  std::vector<std::string> warnings;
  BYLAW_ASSIGN(LoadedSnapshot loaded, LoadRows(policies, [&](SnapshotBuilder& builder) {
                 builder.input(0).num_resources = rows.size();
                 return AddResourceRows(rows, builder, &warnings);
               }));
  loaded.statistics.warnings = std::move(warnings);
  return loaded;
}

Result<LoadedSnapshot> LoadedSnapshot::With(std::span<const ResourceRow> rows) const {
  LoadedSnapshot changed{.policies = policies,
                         .snapshot = nullptr,
                         .statistics = {},
                         .original = original != nullptr ? original : snapshot,
                         .changes = changes};
  changed.changes.insert(changed.changes.end(), rows.begin(), rows.end());
  changed.statistics.warnings = statistics.warnings;
  SnapshotBuilder builder(policies.program(), changed.original);
  BYLAW_RETURN_IF_ERROR(ChangeResourceRows(changed.changes, builder, &changed.statistics.warnings));
  changed.snapshot = builder.Finish({});
  return changed;
}

Result<Report> Check(const LoadedSnapshot& loaded, const CheckOptions& options) {
  const Program& program = loaded.policies.program();
  const Snapshot& snapshot = *loaded.snapshot;
  RuleOptions rule_options = MakeRuleOptions(loaded.policies, options);
  std::vector<Cell> only;
  for (const ResourceName& name : options.only) {
    BYLAW_ASSIGN(const Cell row, FindResourceRow(program, snapshot, name.model, name.address));
    only.push_back(row);
  }
  std::sort(only.begin(), only.end());
  only.erase(std::unique(only.begin(), only.end()), only.end());
  if (!only.empty()) rule_options.only = &only;
  // What only judging needs is given back before the report is made.
  const auto judge = [&]() -> Result<Verdicts> {
    Evaluation evaluation(program, snapshot, MakeEvaluationOptions(options));
    BYLAW_RETURN_IF_ERROR(SetParams(options.params, evaluation));
    return EvaluateRules(evaluation, rule_options);
  };
  BYLAW_ASSIGN(Verdicts verdicts, judge());

  const WaiverList waivers(program, snapshot, options.inline_waivers);
  Report report;
  report.now = options.now;
  report.closed_world = options.closed_world;
  report.params = options.params;
  report.inputs = snapshot.inputs();
  for (const InputInfo& input : report.inputs) report.num_resources += input.num_resources;

  std::vector<size_t> order(verdicts.rules.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const Rule &x = program.rules[verdicts.rules[a].rule], &y = program.rules[verdicts.rules[b].rule];
    return std::tie(x.id, x.package, x.name) < std::tie(y.id, y.package, y.name);
  });
  std::vector<uint32_t> report_rule(program.rules.size(), kNone);
  for (size_t i : order) {
    const RuleResult& result = verdicts.rules[i];
    report_rule[result.rule] = static_cast<uint32_t>(report.rules.size());
    report.rules.push_back(MakeRule(program, program.rules[result.rule], result, options.all));
    report.counts += result.tuples;
    const Severity severity = report.rules.back().severity;
    if (result.clauses.fail > 0 && (!report.worst || severity > *report.worst)) report.worst = severity;
  }

  std::vector<Finding*> findings;
  findings.reserve(verdicts.findings.size());
  for (Finding& finding : verdicts.findings) findings.push_back(&finding);
  std::stable_sort(findings.begin(), findings.end(), [&](const Finding* a, const Finding* b) {
    static const std::string kNoAddress;
    const std::string& x = a->resource() ? a->resource()->address : kNoAddress;
    const std::string& y = b->resource() ? b->resource()->address : kNoAddress;
    return std::tie(report_rule[a->rule], x, a->clause) < std::tie(report_rule[b->rule], y, b->clause);
  });
  if (options.max_results_per_rule > 0) {
    // An explained row may have more than one.
    std::vector<size_t> num_kept(report.rules.size(), 0);
    std::erase_if(findings, [&](const Finding* finding) {
      return ++num_kept[report_rule[finding->rule]] > options.max_results_per_rule;
    });
  }
  LocationRequests locations;
  report.results.resize(findings.size());
  for (size_t i = 0; i < findings.size(); ++i) {
    MakeResult(program, waivers, std::move(*findings[i]), report_rule[findings[i]->rule], options.now, &locations,
               &report.results[i]);
  }
  findings.clear();
  verdicts.findings = {};
  locations.Resolve(snapshot);

  HideSensitive(snapshot.sensitive(), report);
  if (only.empty()) {
    AddWaiverWarnings(program, waivers, options, verdicts.waivers, report);
    if (!options.inline_waivers) AddUnheededWaivers(snapshot, report);
    AddMissingPathWarnings(program, snapshot, rule_options.enabled, report);
  }
  for (const std::string& warning : loaded.statistics.warnings)
    report.warnings.push_back({.code = "W0301", .text = warning, .location = {}});
  return report;
}

std::vector<std::string> Report::Controls(const ReportedResult& result) const {
  std::vector<std::string> controls = rules[result.rule].controls;
  controls.insert(controls.end(), result.own_controls.begin(), result.own_controls.end());
  return controls;
}

Status Judge(const LoadedSnapshot& loaded, const CheckOptions& options, const std::function<void(Judgement&&)>& take) {
  const Program& program = loaded.policies.program();
  Evaluation evaluation(program, *loaded.snapshot, MakeEvaluationOptions(options));
  BYLAW_RETURN_IF_ERROR(SetParams(options.params, evaluation));
  RuleOptions rule_options = MakeRuleOptions(loaded.policies, options);
  rule_options.take = take;
  BYLAW_RETURN_IF_ERROR(EvaluateRules(evaluation, rule_options));
  return Ok{};
}

}  // namespace bylaw

#include "runtime/verdict/judge.h"

#include <algorithm>

#include "runtime/builtins/encoding.h"
#include "runtime/builtins/glob.h"
#include "runtime/bytecode/opcode_info.h"
#include "runtime/verdict/candidates.h"

namespace bylaw {

namespace {

/// The waivers of a rule, matched with the first variable's value.
class WaiverMatcher {
 public:
  WaiverMatcher(Evaluation& evaluation, Worker& worker, const RulePlan& plan, const WaiverList& waivers)
      : evaluation_(evaluation), worker_(worker), plan_(plan), waivers_(waivers) {}

  /// Places in RulePlan::waivers of those that match.
  std::vector<uint32_t> Match(TypeId type, Cell cell, State state, bool has_variable) {
    std::vector<uint32_t> found;
    std::string address;
    for (uint32_t i = 0; i < plan_.waivers.size(); ++i) {
      const Waiver* waiver = waivers_.OfPolicy(plan_.waivers[i]);
      if (waiver == nullptr) break;  // those at resources follow
      if (!waiver->address_glob.empty()) {
        if (address.empty() && has_variable) {
          address = DescribeResource(evaluation_, type, cell, state).address;
          if (address.empty()) address = evaluation_.ToText(type, cell, state);
        }
        if (MatchesGlob(waiver->address_glob, address)) found.push_back(i);
      } else if (has_variable && waiver->function < evaluation_.program().functions.size() && state == State::kKnown &&
                 (waiver->table == kNone || RefCell::table(cell) == waiver->table) &&
                 Holds(evaluation_.program().functions[waiver->function], cell)) {
        found.push_back(i);
      }
    }
    if (!plan_.waivers_at.empty() && has_variable) {
      const auto at = plan_.waivers_at.find(DescribeResource(evaluation_, type, cell, state).record);
      if (at != plan_.waivers_at.end()) found.insert(found.end(), at->second.begin(), at->second.end());
    }
    return found;
  }

  /// The waiver that covers a fail among those that match: a live one, else an expired one; kNone if none does.
  uint32_t Choose(const std::vector<uint32_t>& matches, bool* live) const {
    uint32_t chosen = kNone;
    *live = false;
    for (uint32_t i : matches) {
      bool is_live = !waivers_.IsExpired(plan_.waivers[i], evaluation_.options().now);
      if (chosen == kNone || (is_live && !*live)) {
        chosen = plan_.waivers[i];
        *live = is_live;
      }
    }
    return chosen;
  }

 private:
  bool Holds(const Function& function, Cell cell) {
    if (function.block.num_inputs != 1) return false;
    Frame frame = worker_.NewFrame(function.block, 1);
    frame.registers[0] = Vector(1, cell, State::kKnown);
    worker_.Run(function.block, frame);
    return frame.registers[function.result].tri(0) == Tri::kTrue;
  }

  Evaluation& evaluation_;
  Worker& worker_;
  const RulePlan& plan_;
  const WaiverList& waivers_;
};

/// Whether a tuple's first variable is one of the rows asked for (RuleOptions::only; null: all are).
bool IsAskedFor(const std::vector<Cell>* only, const Rule& rule, const Batch& members, size_t i) {
  if (only == nullptr) return true;
  const Vector& variable = members.frame->registers[rule.variables[0]];
  const uint32_t lane = members.lanes[i];
  return variable.is_known(lane) && std::binary_search(only->begin(), only->end(), variable.cells[lane]);
}

/// The fast pass.
class CountSink : public PipelineSink {
 public:
  CountSink(Evaluation& evaluation, Worker& worker, const RulePlan& plan, const WaiverList& waivers,
            const RuleOptions& options, const AgreedVerdicts& agreed)
      : evaluation_(evaluation),
        plan_(plan),
        rule_(evaluation.program().rules[plan.rule]),
        matcher_(evaluation, worker, plan, waivers),
        options_(options),
        agreed_(agreed) {
    result_.waiver_matches.resize(plan.waivers.size());
  }

  void Members(const Batch& members) override {
    bool has_variable = !rule_.variables.empty();
    for (size_t i = 0; i < members.size(); ++i) {
      uint32_t lane = members.lanes[i];
      if (!IsAskedFor(options_.only, rule_, members, i)) continue;
      const std::vector<Cell> tuple = agreed_.empty() ? std::vector<Cell>() : KnownTuple(rule_, members, i);
      if (!agreed_.empty() && agreed_.NotApplicable(tuple)) continue;
      if (num_judged_ == 0 || members.roots[i] != last_root_) {
        ++num_judged_;
        last_root_ = members.roots[i];
      }
      bool certain = members.membership[i] == Membership::kCertain;
      uint64_t num_fails = 0, num_unknown = 0;
      const size_t first_judgement = result_.judgements.size();
      for (uint32_t clause = 0; clause < rule_.clauses.size(); ++clause) {
        Verdict verdict = JudgeClause(members.frame->registers[rule_.clauses[clause].condition].tri(lane), certain);
        if (verdict == Verdict::kUnknown && !agreed_.empty()) verdict = agreed_.Of(tuple, clause);
        num_fails += verdict == Verdict::kFail ? 1 : 0;
        num_unknown += verdict == Verdict::kUnknown ? 1 : 0;
        if (options_.take)
          result_.judgements.push_back(
              {.rule = plan_.rule, .clause = clause, .verdict = verdict, .tuple = JudgedTuple(members, lane)});
      }
      result_.clauses.unknown += num_unknown;
      result_.clauses.pass += rule_.clauses.size() - num_fails - num_unknown;
      if (num_fails + num_unknown == 0) {
        ++result_.tuples.pass;
        continue;
      }
      Cell cell = 0;
      State state = State::kUnknown;
      TypeId type = 0;
      if (has_variable) {
        const Vector& variable = members.frame->registers[rule_.variables[0]];
        cell = variable.cells[lane];
        state = variable.state(lane);
        type = members.block == nullptr ? 0 : members.block->registers[rule_.variables[0]];
      }
      bool waived = false;
      if (num_fails > 0 && !result_.waiver_matches.empty()) {
        std::vector<uint32_t> matches = matcher_.Match(type, cell, state, has_variable);
        for (uint32_t match : matches) ++result_.waiver_matches[match];
        matcher_.Choose(matches, &waived);
        for (size_t j = first_judgement; waived && j < result_.judgements.size(); ++j) {
          if (result_.judgements[j].verdict == Verdict::kFail) result_.judgements[j].verdict = Verdict::kWaived;
        }
      }
      (waived ? result_.clauses.waived : result_.clauses.fail) += num_fails;
      if (num_fails > 0 && !waived) {
        ++result_.tuples.fail;
      } else if (num_unknown > 0) {
        ++result_.tuples.unknown;
      } else {
        ++result_.tuples.waived;
      }
      result_.reports = true;
      undecided_any |= num_unknown > 0;
      if (state == State::kKnown) {
        Row row = RefCell::row(cell);
        if (result_.rows.empty() || result_.rows.back() != row) result_.rows.push_back(row);
        if (num_unknown > 0 && (undecided_rows.empty() || undecided_rows.back() != row)) undecided_rows.push_back(row);
      }
    }
  }

  RangeResult Finish(uint64_t num_roots) {
    result_.tuples.not_applicable = result_.clauses.not_applicable = num_roots - std::min(num_roots, num_judged_);
    return std::move(result_);
  }

  bool undecided_any = false;
  std::vector<Row> undecided_rows;

 private:
  std::vector<JudgedValue> JudgedTuple(const Batch& members, uint32_t lane) const {
    std::vector<JudgedValue> tuple;
    for (Register variable : rule_.variables) {
      const Vector& values = members.frame->registers[variable];
      const TypeId type = members.block == nullptr ? 0 : members.block->registers[variable];
      const Cell cell = values.cells[lane];
      const bool is_row = values.is_known(lane) && evaluation_.program().types[type].kind == TypeKind::kRef &&
                          !RefCell::is_external(cell);
      tuple.push_back(is_row ? JudgedValue{.table = RefCell::table(cell), .row = RefCell::row(cell)}
                             : JudgedValue{.text = evaluation_.ToText(type, cell, values.state(lane))});
    }
    return tuple;
  }

  Evaluation& evaluation_;
  const RulePlan& plan_;
  const Rule& rule_;
  WaiverMatcher matcher_;
  const RuleOptions& options_;
  const AgreedVerdicts& agreed_;
  RangeResult result_;
  uint64_t num_judged_ = 0;
  uint32_t last_root_ = 0;
};

/// The traced pass: findings.
class FindingSink : public PipelineSink {
 public:
  FindingSink(Evaluation& evaluation, Worker& worker, Worker& renderer, const RulePlan& plan, const WaiverList& waivers,
              const RuleOptions& options, const AgreedVerdicts& agreed)
      : evaluation_(evaluation),
        worker_(worker),
        renderer_(renderer),
        plan_(plan),
        program_(evaluation.program()),
        rule_(program_.rules[plan.rule]),
        matcher_(evaluation, renderer, plan, waivers),
        all_(options.all),
        only_(options.only),
        agreed_(agreed) {}

  void Members(const Batch& members) override {
    for (size_t i = 0; i < members.size() && !worker_.stopped(); ++i) {
      if (!IsAskedFor(only_, rule_, members, i)) continue;
      bool certain = members.membership[i] == Membership::kCertain;
      const std::vector<Cell> tuple = agreed_.empty() ? std::vector<Cell>() : KnownTuple(rule_, members, i);
      if (!agreed_.empty() && agreed_.NotApplicable(tuple)) continue;
      for (uint32_t clause = 0; clause < rule_.clauses.size(); ++clause) {
        Tri condition = members.frame->registers[rule_.clauses[clause].condition].tri(members.lanes[i]);
        Verdict verdict = JudgeClause(condition, certain);
        if (verdict == Verdict::kUnknown && !agreed_.empty()) verdict = agreed_.Of(tuple, clause);
        if (verdict == Verdict::kPass && !all_) continue;
        found.push_back({members.roots[i], MakeFinding(members, i, clause, verdict, condition)});
      }
      judged.push_back(members.roots[i]);
    }
  }

  /// Findings with the root that they belong to.
  std::vector<std::pair<uint32_t, Finding>> found;
  std::vector<uint32_t> judged;

 private:
  Finding MakeFinding(const Batch& members, size_t i, uint32_t clause, Verdict verdict, Tri condition) {
    const Frame& frame = *members.frame;
    uint32_t lane = members.lanes[i];
    Finding finding;
    finding.rule = plan_.rule;
    finding.clause = clause;
    finding.verdict = verdict;
    finding.severity = rule_.severity;
    for (Register variable : rule_.variables) {
      const Vector& vector = frame.registers[variable];
      finding.tuple.push_back(
          MakeTupleValue(members.block->registers[variable], vector.cells[lane], vector.state(lane)));
    }
    SetFingerprints(&finding);
    if (verdict == Verdict::kFail && !plan_.waivers.empty()) {
      bool live = false;
      bool has_variable = !finding.tuple.empty();
      TupleValue none;
      const TupleValue& first = has_variable ? finding.tuple[0] : none;
      finding.waiver = matcher_.Choose(
          matcher_.Match(first.type, first.cell, has_variable ? first.state : State::kUnknown, has_variable), &live);
      if (live) finding.verdict = Verdict::kWaived;
    }
    if (verdict == Verdict::kPass) return finding;

    // The clause's own evidence first, then what `where` rested on.
    const Evidence& evidence = worker_.evidence();
    EvidenceId condition_trace = frame.registers[rule_.clauses[clause].condition].trace(lane);
    EvidenceId where_trace = members.traces.empty() ? 0 : members.traces[i];
    Explanation from_condition = evidence.Explain(condition_trace);
    Explanation from_where = evidence.Explain(where_trace);
    // The texts may name what only possibly decides; the finding lists what did decide.
    std::vector<WitnessRef> witnesses, deciding;
    for (const Explanation* part : {&from_condition, &from_where}) {
      bool decides =
          part == &from_condition ? condition != Tri::kUnknown : members.membership[i] == Membership::kCertain;
      for (const WitnessRef& witness : part->witnesses) {
        bool own = std::find(plan_.own_bindings.begin(), plan_.own_bindings.end(), witness.binding) !=
                   plan_.own_bindings.end();
        if (own || std::find(witnesses.begin(), witnesses.end(), witness) != witnesses.end()) continue;
        witnesses.push_back(witness);
        if (decides) deciding.push_back(witness);
      }
    }
    for (const WitnessRef& witness : deciding) {
      const std::string_view name = witness.binding < program_.bindings.size()
                                        ? std::string_view(program_.bindings[witness.binding].name)
                                        : std::string_view();
      finding.witnesses.push_back({name, evaluation_.ToText(witness.type, witness.cell, witness.state),
                                   DescribeResource(evaluation_, witness.type, witness.cell, witness.state)});
    }
    if (verdict == Verdict::kUnknown) {
      if (condition == Tri::kUnknown) AddCauses(from_condition, &finding);
      if (members.membership[i] != Membership::kCertain) AddCauses(from_where, &finding);
      if (finding.causes.empty())
        finding.causes.push_back({.cause = {CauseKind::kUnresolved, "a value that this rule needs is not known"},
                                  .address = {},
                                  .field = {}});
    }
    const TextTemplate& own_message = rule_.clauses[clause].message;
    const TextTemplate& own_fix = rule_.clauses[clause].fix;
    finding.message = Render(own_message.function != kNone ? own_message : rule_.message, frame, lane, witnesses);
    finding.fix = Render(own_fix.function != kNone ? own_fix : rule_.fix, frame, lane, witnesses);
    for (const TextTemplate& control : rule_.computed_controls) {
      std::string text = Render(control, frame, lane, witnesses);
      if (!text.empty()) finding.own_controls.push_back(std::move(text));
    }
    return finding;
  }

 public:
  TupleValue MakeTupleValue(TypeId type, Cell cell, State state) {
    TupleValue value{
        .type = type, .cell = cell, .state = state, .text = evaluation_.ToText(type, cell, state), .resource = {}};
    value.resource = DescribeResource(evaluation_, type, cell, state);
    return value;
  }

  void SetFingerprints(Finding* finding) const {
    finding->fingerprint = Fingerprint(*finding, false);
    const bool moved = std::any_of(finding->tuple.begin(), finding->tuple.end(),
                                   [](const TupleValue& value) { return !value.resource.previous_address.empty(); });
    if (moved) finding->previous_fingerprint = Fingerprint(*finding, true);
  }

 private:
  std::string Fingerprint(const Finding& finding, bool before_moves) const {
    std::string identity =
        fmt::format("{}\n{}\n", rule_.id.empty() ? rule_.package + "." + rule_.name : rule_.id, finding.clause);
    for (const TupleValue& value : finding.tuple) {
      const ResourceRef& resource = value.resource;
      if (resource.address.empty()) {
        identity += value.text + "\n";
      } else {
        const std::string_view address = before_moves && !resource.previous_address.empty()
                                             ? resource.previous_address
                                             : std::string_view(resource.address);
        identity += fmt::format("{}\t{}\t{}\t{}\n", resource.type, resource.account, resource.region, address);
      }
    }
    return Sha256Hex(identity).substr(0, 32);
  }

  void AddCauses(const Explanation& explanation, Finding* finding) {
    for (const CauseRef& ref : explanation.causes) {
      bool is_there = std::any_of(finding->causes.begin(), finding->causes.end(), [&](const FindingCause& other) {
        return other.cause == ref.cause && other.table == ref.table && other.row == ref.row &&
               other.column == ref.column;
      });
      if (is_there) continue;
      FindingCause cause{
          .cause = ref.cause, .table = ref.table, .row = ref.row, .column = ref.column, .address = {}, .field = {}};
      if (ref.table != kNone && ref.table < program_.tables.size()) {
        if (ref.row != kNone) cause.address = Address(ref.table, ref.row);
        cause.field = FieldName(program_.tables[ref.table], ref.column);
      }
      finding->causes.push_back(std::move(cause));
    }
  }

  static std::string FieldName(const Table& table, ColumnId column) {
    if (column < table.columns.size()) return table.columns[column].name;
    for (int i = 0; i < kNumAttributes; ++i) {
      if (column == AttributeColumn(static_cast<Attribute>(i)))
        return std::string(AttributeName(static_cast<Attribute>(i)));
    }
    return {};
  }

  std::string Address(TableId table, Row row) {
    const Snapshot* snapshot = evaluation_.snapshot();
    if (snapshot == nullptr || table >= snapshot->num_tables()) return {};
    return std::string(snapshot->address(table, row));
  }

  bool SameShape(TypeId a, TypeId b) const {
    if (a >= program_.types.size() || b >= program_.types.size()) return false;
    const TypeEntry &x = program_.types[a], &y = program_.types[b];
    if (x.kind != y.kind) return false;
    const bool nested = x.kind == TypeKind::kList || x.kind == TypeKind::kSet || x.kind == TypeKind::kMap;
    if (x.kind == TypeKind::kMap && !SameShape(x.key, y.key)) return false;
    return !nested || SameShape(x.element, y.element);
  }

  std::string Render(const TextTemplate& text, const Frame& frame, uint32_t lane,
                     const std::vector<WitnessRef>& witnesses) {
    if (text.function == kNone || text.function >= program_.functions.size()) return {};
    const Function& function = program_.functions[text.function];
    if (function.block.num_inputs != text.arguments.size() + text.witnesses.size()) return {};
    Frame inner = renderer_.NewFrame(function.block, 1);
    size_t next = 0;
    for (Register argument : text.arguments) {
      Vector value(1);
      value.CopyLane(0, frame.registers[argument], lane);
      value.evidence.clear();
      inner.registers[next++] = std::move(value);
    }
    for (uint32_t binding : text.witnesses) {
      auto bound = std::find_if(witnesses.begin(), witnesses.end(),
                                [&](const WitnessRef& witness) { return witness.binding == binding; });
      // A tampered bundle may give a binding to values of another type than its text expects.
      const bool fits = bound != witnesses.end() && SameShape(bound->type, function.block.registers[next]);
      inner.registers[next++] = fits ? Vector(1, bound->cell, bound->state) : Vector(1, 0, State::kAbsent);
    }
    renderer_.Run(function.block, inner);
    const Vector& result = inner.registers[function.result];
    if (!result.is_known(0)) return "(the text could not be made: a value in it is not known)";
    return std::string(renderer_.Text(result.cells[0]));
  }

  Evaluation& evaluation_;
  Worker& worker_;
  Worker& renderer_;
  const RulePlan& plan_;
  const Program& program_;
  const Rule& rule_;
  WaiverMatcher matcher_;
  bool all_;
  const std::vector<Cell>* only_;
  const AgreedVerdicts& agreed_;
};

}  // namespace

Verdict JudgeClause(Tri condition, bool where_certain) {
  if (condition == Tri::kTrue) return Verdict::kPass;
  return where_certain && condition == Tri::kFalse ? Verdict::kFail : Verdict::kUnknown;
}

PipelineOptions RuleOptionsOf(const RulePlan& plan) {
  PipelineOptions options;
  options.phantoms = false;
  options.root_stage = plan.root_stage;
  options.skip_context = true;
  return options;
}

uint64_t RunRule(Worker& worker, const Rule& rule, PipelineSink& sink, const PipelineOptions& options) {
  Frame unit;
  unit.num_lanes = 1;
  Pipeline pipeline(worker, rule.stages, sink, options);
  pipeline.Run(Pipeline::Unit(unit));
  return options.root_stage == kNone ? 1 : pipeline.num_roots();
}

namespace {

/// The stage that generates the first variable; kNone if there is none.
uint32_t RootStage(const Program& program, const Rule& rule) {
  if (rule.variables.empty()) return kNone;
  // The first variable is where its captures lead back to.
  Register at = rule.variables[0];
  for (size_t s = rule.stages.size(); s > 0; --s) {
    const Stage& stage = rule.stages[s - 1];
    if (at < NumGenerated(program, stage)) return static_cast<uint32_t>(s - 1);
    auto capture =
        std::find_if(stage.captures.begin(), stage.captures.end(), [&](const Capture& c) { return c.to == at; });
    if (capture == stage.captures.end()) break;
    at = capture->from;
  }
  return kNone;
}

}  // namespace

std::span<const Cell> RowsOfRule(const Program& program, uint32_t rule, std::span<const Cell> rows) {
  const uint32_t root = RootStage(program, program.rules[rule]);
  if (root == kNone) return {};
  const Stage& stage = program.rules[rule].stages[root];
  if (stage.kind != GeneratorKind::kScan && stage.kind != GeneratorKind::kLookup) {
    const bool is_reference =
        !stage.block.registers.empty() && program.types[stage.block.registers[0]].kind == TypeKind::kRef;
    return is_reference ? rows : std::span<const Cell>();
  }
  const auto [first, last] = std::equal_range(rows.begin(), rows.end(), RefCell::Make(stage.table, 0),
                                              [](Cell a, Cell b) { return RefCell::table(a) < RefCell::table(b); });
  return {first, last};
}

RulePlan MakePlan(const Program& program, uint32_t index) {
  const Rule& rule = program.rules[index];
  RulePlan plan;
  plan.rule = index;
  for (const Stage& stage : rule.stages) {
    if (stage.binding != kNone) plan.own_bindings.push_back(stage.binding);
  }
  plan.root_stage = RootStage(program, rule);
  if (plan.root_stage != kNone) {
    plan.is_scan = rule.stages[plan.root_stage].kind == GeneratorKind::kScan;
    for (uint32_t s = 0; s < plan.root_stage; ++s) plan.is_scan &= rule.stages[s].kind == GeneratorKind::kUnit;
  }
  return plan;
}

RulePlan MakePlan(const Program& program, uint32_t index, const WaiverList& waivers) {
  RulePlan plan = MakePlan(program, index);
  for (const uint32_t w : waivers.Of(program.rules[index])) {
    if (!waivers.IsValid(w)) continue;
    if (waivers.OfPolicy(w) == nullptr) {
      for (const Row record : waivers.Inline(w).records)
        plan.waivers_at[record].push_back(static_cast<uint32_t>(plan.waivers.size()));
    }
    plan.waivers.push_back(w);
  }
  return plan;
}

RangeResult JudgeRange(Evaluation& evaluation, RunControl& control, const RulePlan& plan, const WaiverList& waivers,
                       const RuleOptions& options, Row begin, Row end) {
  const Rule& rule = evaluation.program().rules[plan.rule];
  Worker worker(evaluation.state(), control);
  auto count_verdicts = [&](const AgreedVerdicts& agreed, bool* undecided_any, std::vector<Row>* undecided_rows) {
    CountSink counts(evaluation, worker, plan, waivers, options, agreed);
    PipelineOptions pipeline_options = RuleOptionsOf(plan);
    pipeline_options.begin_row = begin;
    pipeline_options.end_row = end;
    uint64_t num_asked_for = 0;
    if (options.only != nullptr && !plan.is_scan) {
      pipeline_options.on_root = [&](uint32_t, Cell cell, State) {
        num_asked_for += std::binary_search(options.only->begin(), options.only->end(), cell) ? 1u : 0u;
      };
    }
    uint64_t num_roots = RunRule(worker, rule, counts, pipeline_options);
    if (pipeline_options.on_root) num_roots = num_asked_for;
    *undecided_any = counts.undecided_any;
    *undecided_rows = std::move(counts.undecided_rows);
    return counts.Finish(num_roots);
  };
  bool undecided_any = false;
  std::vector<Row> undecided_rows;
  RangeResult result = count_verdicts({}, &undecided_any, &undecided_rows);
  if (undecided_any && evaluation.state().snapshot->num_candidate_lists() > 0 && !control.stopped()) {
    AgreedVerdicts agreed =
        JudgeCandidates(evaluation.state(), control, plan, plan.is_scan ? &undecided_rows : nullptr);
    if (!agreed.empty()) {
      result = count_verdicts(agreed, &undecided_any, &undecided_rows);
      result.agreed = std::move(agreed);
    }
  }
  return result;
}

std::vector<Finding> ExplainRows(Evaluation& evaluation, RunControl& control, const RulePlan& plan,
                                 const WaiverList& waivers, const RuleOptions& options, const AgreedVerdicts& agreed,
                                 const std::vector<Row>* rows) {
  const Rule& rule = evaluation.program().rules[plan.rule];
  Evidence evidence;
  Worker worker(evaluation.state(), control, &evidence);
  Worker renderer(evaluation.state(), control);
  renderer.rendering = true;
  FindingSink sink(evaluation, worker, renderer, plan, waivers, options, agreed);
  PipelineOptions pipeline_options = RuleOptionsOf(plan);
  pipeline_options.rows = rows;
  std::vector<Value> roots;
  if (options.all) {
    pipeline_options.on_root = [&](uint32_t, Cell cell, State state) { roots.push_back({cell, state}); };
  }
  RunRule(worker, rule, sink, pipeline_options);
  if (options.all) {
    std::sort(sink.judged.begin(), sink.judged.end());
    TypeId type = plan.root_stage == kNone ? 0
                  : rule.stages[plan.root_stage].block.registers.empty()
                      ? 0
                      : rule.stages[plan.root_stage].block.registers[0];
    for (uint32_t root = 0; root < roots.size(); ++root) {
      if (std::binary_search(sink.judged.begin(), sink.judged.end(), root)) continue;
      if (options.only != nullptr && !std::binary_search(options.only->begin(), options.only->end(), roots[root].cell))
        continue;
      Finding finding{.rule = plan.rule,
                      .clause = 0,
                      .verdict = Verdict::kNotApplicable,
                      .severity = rule.severity,
                      .tuple = {},
                      .message = {},
                      .fix = {},
                      .own_controls = {},
                      .witnesses = {},
                      .causes = {},
                      .fingerprint = {}};
      finding.tuple.push_back(sink.MakeTupleValue(type, roots[root].cell, roots[root].state));
      sink.SetFingerprints(&finding);
      sink.found.emplace_back(root, std::move(finding));
    }
    std::stable_sort(sink.found.begin(), sink.found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  std::vector<Finding> findings;
  findings.reserve(sink.found.size());
  for (auto& [root, finding] : sink.found) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace bylaw

#include "runtime/verdict/derivation.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "runtime/verdict/judge.h"
#include "runtime/vm/recorder.h"

namespace bylaw {
namespace {

using Steps = std::vector<DerivationStep>;

// A story that is longer than this is not read.
constexpr size_t kMostSteps = 300, kMostDepth = 60, kMostMembers = 3, kMostOfList = 6, kMostHops = 32, kMostValue = 300;

class Storyteller {
 public:
  Storyteller(Evaluation& evaluation, const Rule& rule, const Recorder& recorder, const Evidence& evidence)
      : evaluation_(evaluation),
        program_(evaluation.program()),
        rule_(rule),
        frames_(recorder.frames()),
        evidence_(evidence) {
    for (uint32_t i = 0; i < frames_.size(); ++i) children_[{frames_[i].caller, frames_[i].instruction}].push_back(i);
  }

  /// Tuples end in the last stage, or where a stage dropped them or the next one generated nothing.
  std::vector<DerivedTuple> Tuples(size_t most) {
    std::vector<DerivedTuple> tuples;
    const std::vector<uint32_t> own = ChildrenOf(kNone, kNone);
    for (uint32_t id : own) {
      const size_t stage = StageOf(rule_.stages, id);
      if (stage == kNoStage || frames_[id].frame.num_lanes == 0) continue;
      for (uint32_t lane = 0; lane < frames_[id].frame.num_lanes && tuples.size() < most; ++lane) {
        const bool last = stage + 1 == rule_.stages.size();
        const bool dropped = Filter(rule_.stages[stage], id, lane) == Tri::kFalse;
        if (last || dropped || !Continues(own, id, lane)) tuples.push_back(MakeTuple(id, stage, lane));
      }
    }
    return tuples;
  }

 private:
  static constexpr size_t kNoStage = SIZE_MAX;
  using FrameAndLane = std::pair<uint32_t, uint32_t>;

  std::vector<uint32_t> ChildrenOf(uint32_t frame, uint32_t instruction) const {
    const auto found = children_.find({frame, instruction});
    return found == children_.end() ? std::vector<uint32_t>() : found->second;
  }

  size_t StageOf(const std::vector<Stage>& stages, uint32_t id) const {
    for (size_t i = 0; i < stages.size(); ++i) {
      if (&stages[i].block == frames_[id].block) return i;
    }
    return kNoStage;
  }

  /// The frame that the lanes of a stage's frame map to: of a later stage the last frame of the stage before it, else
  /// the caller.
  uint32_t OriginOf(const std::vector<Stage>& stages, uint32_t id, size_t stage) const {
    if (stage == 0) return frames_[id].caller;
    for (uint32_t i = id; i > 0; --i) {
      const RecordedFrame& other = frames_[i - 1];
      if (other.block == &stages[stage - 1].block && other.caller == frames_[id].caller &&
          other.instruction == frames_[id].instruction)
        return i - 1;
    }
    return kNone;
  }

  bool Continues(const std::vector<uint32_t>& frames, uint32_t id, uint32_t lane) const {
    const size_t stage = StageOf(rule_.stages, id);
    return std::any_of(frames.begin(), frames.end(), [&](uint32_t other) {
      if (StageOf(rule_.stages, other) != stage + 1 || OriginOf(rule_.stages, other, stage + 1) != id) return false;
      const std::vector<uint32_t>& parents = frames_[other].frame.parents;
      return std::find(parents.begin(), parents.end(), lane) != parents.end();
    });
  }

  Tri Filter(const Stage& stage, uint32_t id, uint32_t lane) const {
    if (stage.filter == kNoRegister || stage.filter >= frames_[id].frame.registers.size()) return Tri::kTrue;
    const Vector& filter = frames_[id].frame.registers[stage.filter];
    return lane < filter.size() ? filter.tri(lane) : Tri::kTrue;
  }

  DerivedTuple MakeTuple(uint32_t last, size_t last_stage, uint32_t last_lane) {
    DerivedTuple tuple;
    // From the last stage back to the first, then told in order.
    std::vector<FrameAndLane> path(last_stage + 1);
    uint32_t id = last, lane = last_lane;
    for (size_t stage = last_stage + 1; stage > 0; --stage) {
      path[stage - 1] = {id, lane};
      const std::vector<uint32_t>& parents = frames_[id].frame.parents;
      const uint32_t origin = OriginOf(rule_.stages, id, stage - 1);
      lane = lane < parents.size() ? parents[lane] : 0;
      if (stage > 1 && origin == kNone) return tuple;
      id = origin;
    }
    Membership membership = Membership::kCertain;
    for (size_t stage = 0; stage <= last_stage; ++stage) {
      const auto [frame, at] = path[stage];
      for (Register i = 0; i < NumGenerated(program_, rule_.stages[stage]); ++i)
        tuple.variables.push_back(MemberStep(rule_.stages[stage], frame, at, i));
      if (rule_.stages[stage].filter == kNoRegister) continue;
      const Tri holds = Filter(rule_.stages[stage], frame, at);
      if (holds == Tri::kUnknown) membership = Membership::kPossible;
      if (holds == Tri::kFalse) tuple.applies = false;
      Append(Tell(frame, at, rule_.stages[stage].filter), &tuple.conditions);
    }
    if (last_stage + 1 != rule_.stages.size()) tuple.applies = false;
    if (!tuple.applies) return tuple;
    for (uint32_t c = 0; c < rule_.clauses.size(); ++c) {
      const Register condition = rule_.clauses[c].condition;
      const Tri holds = frames_[last].frame.registers[condition].tri(last_lane);
      const Verdict verdict = holds == Tri::kTrue                                          ? Verdict::kPass
                              : holds == Tri::kFalse && membership == Membership::kCertain ? Verdict::kFail
                                                                                           : Verdict::kUnknown;
      tuple.clauses.push_back({c, verdict, Tell(last, last_lane, condition)});
    }
    return tuple;
  }

  static void Append(Steps&& more, Steps* steps) { std::move(more.begin(), more.end(), std::back_inserter(*steps)); }

  // ---- values

  std::string ValueText(uint32_t id, uint32_t lane, Register reg) const {
    const RecordedFrame& recorded = frames_[id];
    const Vector& vector = recorded.frame.registers[reg];
    if (lane >= vector.size()) return "";
    const State state = vector.state(lane);
    std::string text = state == State::kRanged
                           ? fmt::format("{} or more", CellToInt(vector.cells[lane]))
                           : evaluation_.ToText(recorded.block->registers[reg], vector.cells[lane], state);
    if (text.size() > kMostValue) {
      size_t end = kMostValue;
      while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
      text = text.substr(0, end) + "…";
    }
    if (state == State::kUnknown) {
      const Explanation why = evidence_.Explain(vector.trace(lane), 1);
      if (text == "(unknown)") text = "unknown";
      if (!why.causes.empty()) text += ": " + why.causes[0].cause.detail;
    }
    return text;
  }

  bool IsBool(uint32_t id, Register reg) const {
    return program_.types[frames_[id].block->registers[reg]].kind == TypeKind::kBool;
  }
  Tri TriOf(uint32_t id, uint32_t lane, Register reg) const { return frames_[id].frame.registers[reg].tri(lane); }

  DerivationStep MakeStep(uint32_t id, uint32_t lane, Register reg, uint32_t span) const {
    DerivationStep step;
    step.span = span;
    step.value = ValueText(id, lane, reg);
    SetRow(id, lane, reg, &step);
    return step;
  }

  /// Where a value that is a known row stands.
  void SetRow(uint32_t id, uint32_t lane, Register reg, DerivationStep* step) const {
    const Vector& vector = frames_[id].frame.registers[reg];
    if (program_.types[frames_[id].block->registers[reg]].kind != TypeKind::kRef || !vector.is_known(lane)) return;
    const Cell cell = vector.cells[lane];
    if (RefCell::is_external(cell)) return;
    step->table = RefCell::table(cell), step->row = RefCell::row(cell);
  }

  DerivationStep MemberStep(const Stage& stage, uint32_t id, uint32_t lane, Register reg) const {
    DerivationStep step = MakeStep(id, lane, reg, kNone);
    step.label = stage.binding < program_.bindings.size() ? program_.bindings[stage.binding].name : "";
    return step;
  }

  static DerivationStep Note(std::string text) {
    DerivationStep step;
    step.label = std::move(text);
    return step;
  }

  // ---- the story

  /// What register `reg` rests on; empty for what needs no telling: constants, variables, what was told already.
  Steps Tell(uint32_t id, uint32_t lane, Register reg) {
    if (id >= frames_.size() || frames_[id].block == nullptr || reg >= frames_[id].frame.registers.size() ||
        lane >= frames_[id].frame.registers[reg].size())
      return {};
    if (depth_ >= kMostDepth || num_steps_ >= kMostSteps) return {};
    if (!told_.insert({id, lane, reg}).second) return {};
    ++depth_;
    Steps steps = TellNew(id, lane, reg);
    --depth_;
    return steps;
  }

  Steps TellNew(uint32_t id, uint32_t lane, Register reg) {
    const RecordedFrame& recorded = frames_[id];
    uint32_t index = 0;
    while (index < recorded.block->code.size() && recorded.block->code[index].dst != reg) ++index;
    if (index == recorded.block->code.size()) return TellInput(id, lane, reg);
    const Instruction& in = recorded.block->code[index];
    switch (in.op) {
      case Opcode::kConst:
      case Opcode::kAbsent:
      case Opcode::kNow: return {};
      case Opcode::kAnd:
      case Opcode::kOr: return TellConnective(id, lane, reg, in);
      case Opcode::kNot: {
        Steps steps = Tell(id, lane, in.a);
        // `a != b`, `r is not M`, `no x in C`: the text is of the whole, so the value is, too.
        if (steps.size() == 1 && steps[0].span == in.span) steps[0].value = ValueText(id, lane, reg);
        return steps;
      }
      case Opcode::kObserve:
      case Opcode::kRequire:
      case Opcode::kIntToFloat:
      case Opcode::kCidrToIpSet:
      case Opcode::kToText:
      case Opcode::kJsonTo: return Tell(id, lane, in.a);
      case Opcode::kLazy: return TellLazy(id, lane, index, in);
      case Opcode::kSelect: {
        Steps steps = Tell(id, lane, in.a);
        const Tri which = TriOf(id, lane, in.a);
        if (which != Tri::kFalse) Append(Tell(id, lane, in.b), &steps);
        if (which != Tri::kTrue && !program_.register_lists[in.imm].empty())
          Append(Tell(id, lane, program_.register_lists[in.imm][0]), &steps);
        return steps;
      }
      case Opcode::kCoalesce: {
        Steps steps = Tell(id, lane, in.a);
        if (frames_[id].frame.registers[in.a].state(lane) == State::kAbsent) Append(Tell(id, lane, in.b), &steps);
        return steps;
      }
      case Opcode::kLoad: {
        Steps steps = Tell(id, lane, in.a);
        DerivationStep step = MakeStep(id, lane, reg, in.span);
        DerivationStep owner;
        SetRow(id, lane, in.a, &owner);
        if (owner.table != kNone && owner.table == program_.columns[in.imm].table) {
          step.table = owner.table, step.row = owner.row, step.column = program_.columns[in.imm].column;
        }
        ++num_steps_;
        steps.push_back(std::move(step));
        return steps;
      }
      case Opcode::kCall: return TellCall(id, lane, reg, index, in);
      case Opcode::kQuery: return TellQuery(id, lane, reg, index, in);
      case Opcode::kMember: return TellRelation(id, lane, reg, in);
      default: break;
    }
    DerivationStep step = MakeStep(id, lane, reg, in.span);
    ++num_steps_;
    for (Register operand : Operands(in)) Append(Tell(id, lane, operand), &step.steps);
    return Folded(std::move(step));
  }

  std::vector<Register> Operands(const Instruction& in) const {
    std::vector<Register> operands;
    if (in.a != kNoRegister) operands.push_back(in.a);
    if (in.b != kNoRegister) operands.push_back(in.b);
    if (in.op == Opcode::kBuiltin || in.op == Opcode::kMember) operands = program_.calls[in.imm].arguments;
    if (in.op == Opcode::kConcat || in.op == Opcode::kMakeList || in.op == Opcode::kMakeSet ||
        in.op == Opcode::kMakeMap)
      operands = program_.register_lists[in.imm];
    return operands;
  }

  /// A step and what it rests on as one, where both are the same text with the same value.
  static Steps Folded(DerivationStep&& step) {
    if (step.steps.size() == 1 && step.steps[0].span == step.span && step.steps[0].value == step.value)
      return std::move(step.steps);
    Steps steps;
    steps.push_back(std::move(step));
    return steps;
  }

  /// Only the sides that decided.
  Steps TellConnective(uint32_t id, uint32_t lane, Register reg, const Instruction& in) {
    const Tri whole = TriOf(id, lane, reg), deciding = in.op == Opcode::kAnd ? Tri::kFalse : Tri::kTrue;
    Steps steps;
    for (Register side : {in.a, in.b}) {
      const Tri value = TriOf(id, lane, side);
      if (whole == Tri::kUnknown ? value != Tri::kUnknown : value != whole) continue;
      Append(Tell(id, lane, side), &steps);
      if (whole == deciding && !steps.empty()) break;
    }
    return steps;
  }

  Steps TellLazy(uint32_t id, uint32_t lane, uint32_t index, const Instruction& in) {
    for (uint32_t child : ChildrenOf(id, index)) {
      const std::vector<uint32_t>& parents = frames_[child].frame.parents;
      const auto at = std::find(parents.begin(), parents.end(), lane);
      if (at != parents.end())
        return Tell(child, static_cast<uint32_t>(at - parents.begin()), program_.lazy_blocks[in.imm].result);
    }
    return {};
  }

  Steps TellCall(uint32_t id, uint32_t lane, Register reg, uint32_t index, const Instruction& in) {
    const CallSite& call = program_.calls[in.imm];
    DerivationStep step = MakeStep(id, lane, reg, in.span);
    ++num_steps_;
    for (Register argument : call.arguments) Append(Tell(id, lane, argument), &step.steps);
    for (uint32_t child : ChildrenOf(id, index))
      Append(Tell(child, lane, program_.functions[call.callee].result), &step.steps);
    return Folded(std::move(step));
  }

  /// A recursive define: the path that makes it true, hop by hop, or what leaves it open.
  Steps TellRelation(uint32_t id, uint32_t lane, Register reg, const Instruction& in) {
    DerivationStep step = MakeStep(id, lane, reg, in.span);
    ++num_steps_;
    for (Register argument : Operands(in)) Append(Tell(id, lane, argument), &step.steps);
    const Explanation path = evidence_.Explain(frames_[id].frame.registers[reg].trace(lane), kMostHops);
    for (const WitnessRef& hop : path.witnesses) {
      DerivationStep row;
      row.label = hop.binding < program_.bindings.size() ? program_.bindings[hop.binding].name : "";
      row.value = evaluation_.ToText(hop.type, hop.cell, hop.state);
      if (hop.state == State::kKnown && !RefCell::is_external(hop.cell))
        row.table = RefCell::table(hop.cell), row.row = RefCell::row(hop.cell);
      ++num_steps_;
      step.steps.push_back(std::move(row));
    }
    for (const CauseRef& cause : path.causes) {
      if (!cause.cause.detail.empty()) step.steps.push_back(Note(cause.cause.detail));
    }
    return Folded(std::move(step));
  }

  /// An input of a block: what a generator made is a variable; a capture comes from the frame around; an argument was
  /// told with its call.
  Steps TellInput(uint32_t id, uint32_t lane, Register reg) {
    const RecordedFrame& recorded = frames_[id];
    const std::vector<uint32_t>& parents = recorded.frame.parents;
    if (lane >= parents.size()) return {};
    const std::vector<Capture>* captures = nullptr;
    uint32_t origin = kNone;
    auto look_in = [&](const std::vector<Stage>& stages) {
      const size_t stage = StageOf(stages, id);
      if (stage == kNoStage) return;
      captures = &stages[stage].captures;
      origin = OriginOf(stages, id, stage);
    };
    if (recorded.caller == kNone) {
      look_in(rule_.stages);
    } else {
      const Instruction& caller = frames_[recorded.caller].block->code[recorded.instruction];
      if (caller.op == Opcode::kQuery) look_in(program_.queries[caller.imm].stages);
      if (caller.op == Opcode::kLazy) captures = &program_.lazy_blocks[caller.imm].captures, origin = recorded.caller;
    }
    if (captures == nullptr || origin == kNone) return {};
    const auto capture =
        std::find_if(captures->begin(), captures->end(), [&](const Capture& c) { return c.to == reg; });
    return capture == captures->end() ? Steps() : Tell(origin, parents[lane], capture->from);
  }

  // ---- queries

  struct Member {
    std::vector<FrameAndLane> path;  ///< one a stage reached
    Tri holds = Tri::kTrue;          ///< all its filters
  };

  /// Every lane that was generated for `lane`, with the first filter that dropped it.
  void CollectMembers(const std::vector<Stage>& stages, const std::vector<uint32_t>& frames, size_t stage,
                      uint32_t origin, uint32_t lane, const Member& before, std::vector<Member>* members) const {
    for (uint32_t id : frames) {
      if (StageOf(stages, id) != stage || OriginOf(stages, id, stage) != origin) continue;
      const std::vector<uint32_t>& parents = frames_[id].frame.parents;
      for (uint32_t i = 0; i < parents.size(); ++i) {
        if (parents[i] != lane) continue;
        Member member = before;
        member.path.emplace_back(id, i);
        const Tri holds = Filter(stages[stage], id, i);
        if (holds != Tri::kTrue && member.holds != Tri::kFalse) member.holds = holds;
        if (holds == Tri::kFalse || stage + 1 == stages.size()) {
          members->push_back(std::move(member));
        } else {
          CollectMembers(stages, frames, stage + 1, id, i, member, members);
        }
      }
    }
  }

  DerivationStep TellMember(const Query& query, const Member& member, bool with_value) {
    Steps variables, rest;
    for (size_t stage = 0; stage < member.path.size(); ++stage) {
      const auto [id, lane] = member.path[stage];
      for (Register i = 0; i < NumGenerated(program_, query.stages[stage]); ++i)
        variables.push_back(MemberStep(query.stages[stage], id, lane, i));
      if (query.stages[stage].filter != kNoRegister) Append(Tell(id, lane, query.stages[stage].filter), &rest);
    }
    const auto [last, last_lane] = member.path.back();
    if (with_value && query.value != kNoRegister && member.path.size() == query.stages.size())
      Append(Tell(last, last_lane, query.value), &rest);
    DerivationStep step = variables.empty() ? Note("") : std::move(variables[0]);
    for (size_t i = 1; i < variables.size(); ++i) step.steps.push_back(std::move(variables[i]));
    Append(std::move(rest), &step.steps);
    ++num_steps_;
    return step;
  }

  Steps TellQuery(uint32_t id, uint32_t lane, Register reg, uint32_t index, const Instruction& in) {
    const Query& query = program_.queries[in.imm];
    DerivationStep step = MakeStep(id, lane, reg, in.span);
    ++num_steps_;
    std::vector<Member> members;
    CollectMembers(query.stages, ChildrenOf(id, index), 0, id, lane, {}, &members);
    const bool exists = query.kind == QueryKind::kExists;
    const State state = frames_[id].frame.registers[reg].state(lane);
    const bool unknown = IsUnknown(state);
    // Which members the answer rests on: those that are in, those that may be, or, where nothing is in, those that were
    // looked at.
    const size_t num_in = static_cast<size_t>(
        std::count_if(members.begin(), members.end(), [](const Member& m) { return m.holds == Tri::kTrue; }));
    const size_t num_open = static_cast<size_t>(
        std::count_if(members.begin(), members.end(), [](const Member& m) { return m.holds == Tri::kUnknown; }));
    const Tri wanted = unknown && num_open > 0 ? Tri::kUnknown : num_in > 0 ? Tri::kTrue : Tri::kFalse;
    const size_t num_wanted = wanted == Tri::kUnknown ? num_open : wanted == Tri::kTrue ? num_in : members.size();
    const size_t most = exists && wanted == Tri::kTrue ? 1 : wanted == Tri::kFalse ? kMostMembers : kMostOfList;
    size_t told = 0;
    for (const Member& member : members) {
      if (member.holds != wanted && wanted != Tri::kFalse) continue;
      if (told == most) break;
      ++told;
      step.steps.push_back(TellMember(query, member, !exists));
    }
    const std::string what = QueryTable(query);
    if (wanted == Tri::kFalse && !unknown) {
      step.steps.insert(step.steps.begin(),
                        Note(members.empty() ? fmt::format("there is no {}", what)
                                             : fmt::format("no {} fits, of {} looked at", what, members.size())));
    }
    if (told < num_wanted && !(exists && wanted == Tri::kTrue))
      step.steps.push_back(Note(fmt::format("and {} more", num_wanted - told)));
    if (unknown) {
      for (const CauseRef& cause :
           evidence_.Explain(frames_[id].frame.registers[reg].trace(lane), kMostMembers).causes) {
        if (!cause.cause.detail.empty()) step.steps.push_back(Note(cause.cause.detail));
      }
    }
    return Folded(std::move(step));
  }

  std::string QueryTable(const Query& query) const {
    for (const Stage& stage : query.stages) {
      if ((stage.kind == GeneratorKind::kScan || stage.kind == GeneratorKind::kLookup) &&
          stage.table < program_.tables.size())
        return program_.tables[stage.table].name;
      if (stage.kind == GeneratorKind::kScanAny) return "resource";
    }
    return "element";
  }

  Evaluation& evaluation_;
  const Program& program_;
  const Rule& rule_;
  const std::vector<RecordedFrame>& frames_;
  const Evidence& evidence_;
  std::map<std::pair<uint32_t, uint32_t>, std::vector<uint32_t>> children_;  ///< by caller and instruction
  std::set<std::tuple<uint32_t, uint32_t, Register>> told_;
  size_t depth_ = 0, num_steps_ = 0;
};

/// Members are not needed: the recorder has seen them.
class NullSink : public PipelineSink {
 public:
  void Members(const Batch&) override {}
};

}  // namespace

Result<std::vector<DerivedTuple>> Derive(Evaluation& evaluation, uint32_t index, Row row, size_t most_tuples) {
  const Program& program = evaluation.program();
  const RulePlan plan = MakePlan(program, index);
  const Rule& rule = program.rules[index];
  RunControl control(evaluation.options());
  Evidence evidence;
  Recorder recorder;
  Worker worker(evaluation.state(), control, &evidence);
  worker.recorder = &recorder;
  PipelineOptions options;
  options.phantoms = false;
  options.root_stage = plan.root_stage;
  options.skip_context = true;
  const std::vector<Row> rows = {row};
  if (plan.is_scan) options.rows = &rows;
  NullSink sink;
  Frame unit;
  unit.num_lanes = 1;
  Pipeline pipeline(worker, rule.stages, sink, options);
  pipeline.Run(Pipeline::Unit(unit));
  if (std::optional<Error> error = control.error()) return *error;
  return Storyteller(evaluation, rule, recorder, evidence).Tuples(most_tuples);
}

}  // namespace bylaw

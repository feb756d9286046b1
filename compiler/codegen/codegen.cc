#include "compiler/codegen/codegen.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "compiler/codegen/assemble.h"
#include "compiler/codegen/schedule.h"
#include "compiler/codegen/tables.h"
#include "compiler/ir/passes.h"

namespace bylaw::compiler {
namespace {

class Generator {
 public:
  Generator(ir::Module& module, const SourceMap& sources)
      : module_(module), tables_(module, sources, program_), scheduler_(module), assembler_(program_, tables_) {}

  Result<Program> Run() {
    NumberUnits();
    for (size_t i = 0; i < module_.typed->params.size(); ++i)
      GenerateParam(module_.typed->params[i], module_.param_defaults.at(i));
    for (const ir::Function* function : functions_) GenerateFunction(*function);
    for (const ir::Relation* relation : relations_) GenerateRelation(*relation);
    for (const ir::Rule& rule : module_.rules) GenerateRule(rule);
    for (const ir::Waiver& waiver : module_.waivers) GenerateWaiver(waiver);
    for (size_t i = 0; i < module_.tables.size(); ++i) GenerateTable(module_.tables[i], program_.tables[i]);
    if (assembler_.too_large())
      return Error{.message = "a rule or define is too large: it needs more than 65,534 values in one place",
                   .file = {},
                   .hint = "split it with `define`"};
    return std::move(program_);
  }

 private:
  void NumberUnits() {
    for (ir::Function& function : module_.functions) function.index = kNone;
    for (ir::Relation& relation : module_.relations) relation.index = kNone;
    ir::LiveVisitor visitor;
    visitor.function = [&](ir::Function* function) {
      function->index = static_cast<uint32_t>(functions_.size());
      functions_.push_back(function);
    };
    visitor.relation = [&](const ir::Relation* relation) { live_relations_.push_back(relation); };
    ir::VisitLive(module_, visitor);
    for (ir::Relation& relation : module_.relations) {
      if (std::find(live_relations_.begin(), live_relations_.end(), &relation) == live_relations_.end()) continue;
      relation.index = static_cast<uint32_t>(relations_.size());
      relations_.push_back(&relation);
    }
  }

  void GenerateParam(const TypedParam& source, std::optional<uint32_t> default_value) {
    Param param;
    param.name = source.name;
    param.type = tables_.TypeOf(source.type);
    if (default_value) param.default_value = tables_.Constant(*default_value);
    param.doc = source.doc;
    program_.params.push_back(std::move(param));
  }

  void GenerateFunction(const ir::Function& source) {
    tables_.StartRule();
    FrameRegister result = kNoFrameRegister;
    const auto frame = scheduler_.ScheduleFunction(source.params, source.body, &result);
    Function function;
    function.name = source.name;
    function.memoize = source.memoize;
    Places places;
    function.block = assembler_.AssembleBlock(*frame, &places);
    function.result = places.at(result);
    program_.functions.push_back(std::move(function));
  }

  void GenerateRelation(const ir::Relation& source) {
    tables_.StartRule();
    Relation relation;
    relation.name = source.define->name;
    relation.stratum = source.define->stratum;
    for (const Variable* param : source.define->params) relation.arguments.push_back(tables_.TypeOf(param->type));
    for (const ir::Relation::Disjunct& disjunct : source.disjuncts) {
      ScheduledPipeline pipeline = scheduler_.SchedulePipeline(disjunct.pipeline, disjunct.tuple, false);
      std::vector<FrameRegister> tuple;
      for (const ir::Value* position : disjunct.tuple) tuple.push_back(scheduler_.Use(*pipeline.last(), position));
      Relation::Disjunct assembled;
      Places places;
      assembled.stages = assembler_.AssemblePipeline(pipeline, &places);
      for (FrameRegister position : tuple) assembled.tuple.push_back(places.at(position));
      relation.disjuncts.push_back(std::move(assembled));
    }
    program_.relations.push_back(std::move(relation));
  }

  /// The registers of a text's arguments in the rule's last frame.
  std::vector<FrameRegister> ScheduleText(const ir::Text& text, Frame& last) {
    std::vector<FrameRegister> arguments;
    for (const ir::Value* argument : text.arguments) arguments.push_back(scheduler_.Use(last, argument));
    return arguments;
  }

  TextTemplate AssembleText(const ir::Text& text, const std::vector<FrameRegister>& arguments, const Places& places) {
    TextTemplate assembled;
    if (text.function == nullptr) return assembled;
    assembled.function = text.function->index;
    for (FrameRegister argument : arguments) assembled.arguments.push_back(places.at(argument));
    for (const Variable* witness : text.witnesses) assembled.witnesses.push_back(tables_.BindingOf(witness));
    return assembled;
  }

  void GenerateRule(const ir::Rule& source) {
    tables_.StartRule();
    const TypedRule& typed = *source.source;
    Rule rule;
    rule.name = typed.name;
    rule.package = typed.package;
    rule.id = typed.has_id && !typed.id.empty() ? typed.id
              : typed.package.empty()           ? typed.name
                                                : typed.package + "." + typed.name;
    rule.title = typed.title;
    rule.doc = typed.doc;
    rule.docs_link = typed.docs_link;
    rule.severity = typed.severity;
    rule.controls = typed.controls;
    rule.aliases = typed.aliases;
    rule.related = typed.related;
    rule.span = tables_.SpanOf(typed.span);

    ScheduledPipeline pipeline = scheduler_.SchedulePipeline(source.pipeline, source.clauses, true);
    Frame& last = *pipeline.last();
    std::vector<FrameRegister> variables, clauses;
    for (const ir::Value* variable : source.variables) variables.push_back(scheduler_.Use(last, variable));
    for (const ir::Value* clause : source.clauses) clauses.push_back(scheduler_.Use(last, clause));
    const auto message = ScheduleText(source.message, last), fix = ScheduleText(source.fix, last);
    std::vector<std::vector<FrameRegister>> clause_messages, clause_fixes, controls;
    for (const ir::Text& text : source.clause_messages) clause_messages.push_back(ScheduleText(text, last));
    for (const ir::Text& text : source.clause_fixes) clause_fixes.push_back(ScheduleText(text, last));
    for (const ir::Text& control : source.computed_controls) controls.push_back(ScheduleText(control, last));

    Places places;
    rule.stages = assembler_.AssemblePipeline(pipeline, &places);
    for (FrameRegister variable : variables) rule.variables.push_back(places.at(variable));
    for (size_t i = 0; i < clauses.size(); ++i) {
      rule.clauses.push_back({.forbid = typed.clauses[i].forbid,
                              .condition = places.at(clauses[i]),
                              .message = AssembleText(source.clause_messages[i], clause_messages[i], places),
                              .fix = AssembleText(source.clause_fixes[i], clause_fixes[i], places),
                              .span = tables_.SpanOf(typed.clauses[i].span)});
    }
    rule.message = AssembleText(source.message, message, places);
    rule.fix = AssembleText(source.fix, fix, places);
    for (size_t i = 0; i < controls.size(); ++i)
      rule.computed_controls.push_back(AssembleText(source.computed_controls[i], controls[i], places));
    program_.rules.push_back(std::move(rule));
  }

  void GenerateWaiver(const ir::Waiver& source) {
    const TypedWaiver& typed = *source.source;
    Waiver waiver;
    waiver.rule = typed.rule;
    waiver.address_glob = typed.address_glob;
    if (source.function != nullptr) waiver.function = source.function->index;
    if (typed.model != nullptr) waiver.table = tables_.Table(typed.model);
    waiver.until = typed.until;
    waiver.because = typed.because;
    waiver.by = typed.by;
    waiver.span = tables_.SpanOf(typed.span);
    program_.waivers.push_back(std::move(waiver));
  }

  void GenerateTable(const ir::DemandedTable& source, Table& table) {
    table.name = source.model->name;
    table.kind = source.model->kind;
    table.key_pattern = source.model->key_pattern;
    table.paths = source.paths;
    table.only_named = source.only_named;
    for (size_t i = 0; i < source.columns.size(); ++i) {
      TableColumn column;
      column.name = source.columns[i]->name;
      column.type = tables_.TypeOf(source.columns[i]->type);
      if (source.defaults[i]) column.default_value = tables_.Constant(*source.defaults[i]);
      column.is_key = source.columns[i]->is_key;
      table.columns.push_back(std::move(column));
    }
    for (const auto& row : source.data_rows) {
      std::vector<uint32_t>& constants = table.data_rows.emplace_back();
      for (uint32_t constant : row) constants.push_back(tables_.Constant(constant));
    }
    for (const ir::DemandedMapping& mapping : source.mappings) {
      TableMapping& made = table.mappings.emplace_back();
      made.format = mapping.source->format;
      made.source_type = mapping.source->source_type;
      made.unnest = mapping.source->unnest;
      for (uint32_t leaf : mapping.leaves)
        made.leaves.push_back(
            {.paths = mapping.source->leaves[leaf].paths, .is_this = mapping.source->leaves[leaf].is_this});
      if (mapping.where != nullptr) made.where = mapping.where->index;
      for (size_t i = 0; i < mapping.fields.size(); ++i) {
        const auto& field = mapping.fields[i];
        made.fields.push_back({.column = static_cast<ColumnId>(i),
                               .kind = field.kind,
                               .paths = field.paths,
                               .function = field.function == nullptr ? kNone : field.function->index});
      }
    }
  }

  ir::Module& module_;
  Program program_;
  ProgramTables tables_;
  Scheduler scheduler_;
  Assembler assembler_;
  std::vector<const ir::Function*> functions_;
  std::vector<const ir::Relation*> relations_, live_relations_;
};

}  // namespace

Result<Program> Generate(ir::Module& module, const SourceMap& sources) { return Generator(module, sources).Run(); }

}  // namespace bylaw::compiler

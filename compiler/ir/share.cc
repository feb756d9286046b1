// Sharing across rules: a query that two rules ask of the same kind of row becomes a memoised function of that row,
// computed once. Defines that are not inlined are shared already, since equal calls of one function are.
//
// A query whose variable a rule's text names stays where it is: that is where the report looks for the witness.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "compiler/ir/passes.h"

namespace bylaw::compiler::ir {
namespace {

/// An index lookup that asks whether or how many costs no more than finding a remembered answer.
bool IsWorthSharing(const Query& query) {
  const bool one_lookup = query.pipeline.size() == 1 && query.pipeline[0].kind == GeneratorKind::kLookup;
  if (!one_lookup || query.value != nullptr) return true;
  return std::any_of(query.pipeline[0].filters.begin(), query.pipeline[0].filters.end(),
                     [](const Value* filter) { return filter->cost == Cost::kDear; });
}

class Sharing {
 public:
  explicit Sharing(Module& module) : module_(module) {}

  void Run() {
    for (size_t i = 0; i < module_.rules.size(); ++i) CountQueries(module_.rules[i], static_cast<uint32_t>(i));
    std::unordered_set<const Value*> shared;
    for (const auto& [query, use] : uses_) {
      if (use.num_rules > 1 && !use.has_witness && query->free.size() <= 3 && IsWorthSharing(*query->query))
        shared.insert(query);
    }
    if (shared.empty()) return;
    Rewriter rewriter(module_, nullptr);
    rewriter.before = [&](const Value* value) { return shared.contains(value) ? CallOf(value, rewriter) : nullptr; };
    rewriter.RewriteModule();
  }

 private:
  struct Use {
    uint32_t num_rules = 0, last_rule = kNone;
    bool has_witness = false;
  };

  void CountQueries(const Rule& rule, uint32_t index) {
    witnesses_.clear();
    for (const Text* text : {&rule.message, &rule.fix})
      witnesses_.insert(text->witnesses.begin(), text->witnesses.end());
    for (const std::vector<Text>* texts : {&rule.clause_messages, &rule.clause_fixes}) {
      for (const Text& text : *texts) witnesses_.insert(text.witnesses.begin(), text.witnesses.end());
    }
    for (const Text& text : rule.computed_controls) witnesses_.insert(text.witnesses.begin(), text.witnesses.end());
    seen_.clear();
    for (const Generator& generator : rule.pipeline) Count(generator, index);
    for (const Value* clause : rule.clauses) Count(clause, index);
  }

  bool Count(const Generator& generator, uint32_t rule) {
    bool witness = std::any_of(generator.sources.begin(), generator.sources.end(),
                               [&](const Variable* source) { return witnesses_.contains(source); });
    if (generator.key != nullptr) witness |= Count(generator.key, rule);
    for (const Value* filter : generator.filters) witness |= Count(filter, rule);
    return witness;
  }

  /// Whether the value holds a witness.
  bool Count(const Value* value, uint32_t rule) {
    if (auto it = seen_.find(value); it != seen_.end()) return it->second;
    bool witness = false;
    for (const Value* operand : value->operands) witness |= Count(operand, rule);
    if (value->query != nullptr) {
      for (const Generator& generator : value->query->pipeline) witness |= Count(generator, rule);
      for (const Value* part : {value->query->value, value->query->key, value->query->order}) {
        if (part != nullptr) witness |= Count(part, rule);
      }
      Use& use = uses_[value];
      if (use.last_rule != rule) ++use.num_rules;
      use.last_rule = rule;
      use.has_witness |= witness;
    }
    return seen_[value] = witness;
  }

  const Value* CallOf(const Value* query, Rewriter& rewriter) {
    const Value* body = rewriter.ApplyToParts(query);
    module_.functions.push_back(
        {.name = fmt::format("$shared.{}", num_shared_++), .params = query->free, .body = body, .memoize = true});
    Value call;
    call.op = Opcode::kCall;
    call.type = query->type;
    call.operands = query->free;
    call.function = &module_.functions.back();
    call.span = query->span;
    return module_.graph.Intern(std::move(call));
  }

  Module& module_;
  std::unordered_map<const Value*, Use> uses_;
  std::unordered_set<const Variable*> witnesses_;
  std::unordered_map<const Value*, bool> seen_;
  uint32_t num_shared_ = 0;
};

}  // namespace

void ShareAcrossRules(Module& module) { Sharing(module).Run(); }

}  // namespace bylaw::compiler::ir

// Rules: what every one ought to say of itself, and conditions that say the same thing twice.

#include <algorithm>

#include "compiler/ast/printer.h"
#include "compiler/lint/linter.h"

namespace bylaw::compiler::lint {
namespace {

const TypedRule* TypedOf(const ast::RuleDecl& rule, const TypedProgram& program, size_t& index) {
  for (size_t i = 0; i < program.rules.size(); ++i) {
    if (program.rules[i].name_span != rule.name.span) continue;
    index = i;
    return &program.rules[i];
  }
  return nullptr;
}

void Metadata(const ast::RuleDecl& rule, const Context& context) {
  size_t index = 0;
  const TypedRule* typed = TypedOf(rule, context.program, index);
  if (typed == nullptr) return;
  const std::string name = "rule `" + rule.name.text + "`";
  auto report = [&](Code code, const std::string& what) -> Diagnostic& {
    return context.Report(code, rule.name.span, name + " has no " + what);
  };
  if (!typed->has_id)
    report(Code::kRuleWithoutId, "id").Hint("write `id \"TEAM-001\"`: waivers, baselines and reports hold on to it");
  if (rule.Find(ast::ClauseKind::kTitle) == nullptr)
    report(Code::kRuleWithoutTitle, "title").Hint("write `title \"…\"`: the rule in one line, as it should be");
  const bool has_message = typed->message.value != nullptr ||
                           std::all_of(typed->clauses.begin(), typed->clauses.end(),
                                       [](const TypedClause& clause) { return clause.message.value != nullptr; });
  if (!has_message)
    report(Code::kRuleWithoutMessage, "message")
        .Hint("write `message \"…\"`: what is wrong with the resource found, with its values in braces");
  const bool has_test =
      std::any_of(context.program.tests.begin(), context.program.tests.end(), [&](const TypedTest& test) {
        return std::any_of(test.expects.begin(), test.expects.end(),
                           [&](const TypedExpect& expect) { return expect.rule_index == index; });
      });
  if (!has_test)
    report(Code::kRuleWithoutTest, "test").Hint("write a test in which it fails, and one in which it passes");
}

/// `where` and `require` of one rule.
void Clauses(const ast::RuleDecl& rule, const Context& context) {
  std::map<std::string, const ast::Expr*> where, required;
  for (const ast::Clause& clause : rule.clauses) {
    if (clause.kind != ast::ClauseKind::kWhere && clause.kind != ast::ClauseKind::kRequire &&
        clause.kind != ast::ClauseKind::kForbid)
      continue;
    for (const ast::Expr* condition :
         ChainOf(*clause.expr, clause.kind == ast::ClauseKind::kForbid ? ast::BinaryOp::kOr : ast::BinaryOp::kAnd)) {
      const std::string key = ast::Canonical(*condition);
      if (clause.kind == ast::ClauseKind::kWhere) {
        const auto [it, is_new] = where.emplace(key, condition);
        if (!is_new && !clause.span.Contains(it->second->span))
          context.Report(Code::kRepeatedCondition, condition->span, "this `where` is there already")
              .Also(it->second->span, "it is here");
        continue;
      }
      if (const auto it = where.find(key); it != where.end()) {
        const bool forbid = clause.kind == ast::ClauseKind::kForbid;
        context
            .Report(Code::kWhereRepeated, condition->span,
                    forbid ? "`where` lets in only what this forbids" : "`where` lets in only what satisfies this")
            .Labelled(forbid ? "true of every row that is judged" : "required of rows that all have it")
            .Also(it->second->span, "the same condition")
            .Hint("leave one of the two out: `where` says what the rule is about, `require` what must hold of it");
      } else if (clause.kind == ast::ClauseKind::kRequire) {
        const auto [other, is_new] = required.emplace(key, condition);
        if (!is_new && !clause.span.Contains(other->second->span))
          context.Report(Code::kRepeatedCondition, condition->span, "this is required already")
              .Also(other->second->span, "it is here");
      }
    }
  }
}

}  // namespace

void LintRules(const Context& context) {
  for (const ast::ItemPtr& item : context.file.items) {
    const auto* rule = ast::TryAs<ast::RuleDecl>(*item);
    if (rule == nullptr) continue;
    Metadata(*rule, context);
    Clauses(*rule, context);
  }
}

}  // namespace bylaw::compiler::lint

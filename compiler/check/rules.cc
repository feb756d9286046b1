// Rules and waivers. The clauses of a rule come in the order written: a variable of `for` or `let` is known below it,
// and what `where` shows holds below it.

#include <fmt/format.h>

#include "compiler/check/checker.h"

namespace bylaw::compiler {

void Checker::DeclareRules() {
  for (FileScope& scope : files_) {
    Package& package = *scope.package;
    for (const ast::ItemPtr& item : scope.file->items) {
      const auto* decl = ast::TryAs<ast::RuleDecl>(*item);
      if (decl == nullptr || !decl->name) continue;
      const auto index = static_cast<uint32_t>(program_->rules.size());
      const auto [it, is_new] = package.rules.emplace(decl->name.text, index);
      if (!is_new) {
        Report(Code::kDuplicateName, decl->name.span,
               "package `" + package.name + "` has two rules `" + decl->name.text + "`")
            .Also(program_->rules[it->second].name_span, "the first is here");
        continue;
      }
      TypedRule& rule = program_->rules.emplace_back();
      rule.name = decl->name.text;
      rule.package = package.name;
      rule.span = decl->span;
      rule.name_span = decl->name.span;
      rule.doc = decl->doc.text;
      rule_sites_.push_back({decl, &scope});
      const ast::Clause* id = decl->Find(ast::ClauseKind::kId);
      rule.has_id = id != nullptr && !id->strings.empty();
      rule.id =
          rule.has_id ? id->strings[0]->PlainText() : (package.name.empty() ? "" : package.name + ".") + rule.name;
      const auto [other, unique] = rule_ids_.emplace(rule.id, index);
      if (!unique) {
        Report(Code::kDuplicateRuleId, rule.has_id ? id->strings[0]->span : decl->name.span,
               "two rules have the id `" + rule.id + "`")
            .Also(program_->rules[other->second].name_span, "the other one is here");
      }
    }
  }
}

void Checker::CheckRules() {
  for (size_t i = 0; i < rule_sites_.size() && !TooManyErrors(); ++i) {
    context_ = Context{.scope = rule_sites_[i].scope};
    CheckRule(*rule_sites_[i].decl, program_->rules[i]);
  }
}

// The variables of the quantifiers that decide a condition: a message may name the rows found for them.
void Checker::CollectWitnesses(const Expr& condition, std::vector<const Variable*>& witnesses,
                               std::unordered_set<const Variable*>& seen_lets) {
  switch (condition.kind) {
    case ExprKind::kNot:
    case ExprKind::kAnd:
    case ExprKind::kOr:
    case ExprKind::kNarrow:
      for (const ExprPtr& operand : condition.operands) CollectWitnesses(*operand, witnesses, seen_lets);
      break;
    case ExprKind::kVariable:
      if (condition.variable->let_value != nullptr && seen_lets.insert(condition.variable).second)
        CollectWitnesses(*condition.variable->let_value, witnesses, seen_lets);
      break;
    case ExprKind::kQuery:
      if (condition.query->kind != QueryKind::kExists) break;
      for (const QueryGenerator& generator : condition.query->generators) witnesses.push_back(generator.variable);
      if (condition.query->where != nullptr) CollectWitnesses(*condition.query->where, witnesses, seen_lets);
      break;
    default: break;
  }
}

TypedText Checker::CheckRuleText(const ast::StringExpr& text, const std::vector<const Variable*>& witnesses) {
  TypedText typed;
  ScopeGuard scope(*this);
  const bool saved = std::exchange(context_.prints_absent, true);
  // Rules' own variables hide witnesses of their name, so these go below: their binding is a variable of the same name
  // that may be absent.
  std::vector<std::pair<std::string_view, const Variable*>> locals;
  for (const Variable* witness : witnesses) {
    if (witness->type != nullptr) locals.emplace_back(witness->name, witness);
  }
  std::vector<std::pair<const Variable*, const Type*>> types;
  const size_t num_witnesses = locals.size();
  locals.insert(locals.end(), context_.locals.begin(), context_.locals.end());
  std::swap(locals, context_.locals);
  // For the length of this text a witness is optional: it is absent where no row was found.
  std::vector<Variable*> optional;
  for (size_t i = 0; i < num_witnesses; ++i) {
    auto& variable = program_->variables[context_.locals[i].second->id];
    types.emplace_back(&variable, variable.type);
    variable.type = program_->types.Optional(variable.type);
    optional.push_back(&variable);
  }
  typed.value = CheckString(text, nullptr);
  for (size_t i = optional.size(); i-- > 0;) optional[i]->type = types[i].second;
  std::swap(locals, context_.locals);
  context_.prints_absent = saved;
  if (typed.value != nullptr) {
    std::vector<const Variable*> used;
    auto collect = [&](const auto& self, const Expr& expr) -> void {
      if (expr.kind == ExprKind::kVariable &&
          std::find(witnesses.begin(), witnesses.end(), expr.variable) != witnesses.end() &&
          std::find(used.begin(), used.end(), expr.variable) == used.end()) {
        used.push_back(expr.variable);
      }
      for (const ExprPtr& operand : expr.operands) self(self, *operand);
      if (expr.query == nullptr) return;
      for (const QueryGenerator& generator : expr.query->generators) {
        if (generator.collection != nullptr) self(self, *generator.collection);
      }
      for (const ExprPtr* part : {&expr.query->where, &expr.query->value, &expr.query->key, &expr.query->order}) {
        if (*part != nullptr) self(self, **part);
      }
    };
    collect(collect, *typed.value);
    typed.witnesses = std::move(used);
  }
  return typed;
}

std::set<std::string> Checker::WordsNotRead(const ast::RuleDecl& decl) const {
  if (options_.sources == nullptr || !decl.span.valid()) return {};
  std::string text(options_.sources->Text(decl.span));
  for (const ast::Clause& clause : decl.clauses) {
    if (!decl.span.Contains(clause.span)) continue;
    text.replace(clause.span.begin - decl.span.begin, clause.span.length(), clause.span.length(), ' ');
  }
  std::set<std::string> words;
  std::string word;
  for (char c : text + " ") {
    const bool goes_on = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (goes_on) {
      word += c;
    } else if (!word.empty()) {
      words.insert(std::exchange(word, {}));
    }
  }
  return words;
}

void Checker::CheckRule(const ast::RuleDecl& decl, TypedRule& rule) {
  forgiven_names_ = decl.incomplete ? WordsNotRead(decl) : std::set<std::string>();
  CheckClauses(decl, rule);
  forgiven_names_.clear();
}

void Checker::CheckClauses(const ast::RuleDecl& decl, TypedRule& rule) {
  bool judges = false, too_many_lets = false;
  std::vector<const Variable*> all_witnesses;
  struct PendingText {
    const ast::Clause* clause;
    size_t num_clauses;
  };
  std::vector<PendingText> texts;
  std::vector<std::vector<const Variable*>> clause_witnesses;
  std::vector<std::string> failed_variables;
  for (const ast::Clause& clause : decl.clauses) {
    switch (clause.kind) {
      case ast::ClauseKind::kId: break;
      case ast::ClauseKind::kTitle:
        if (!clause.strings.empty()) rule.title = clause.strings[0]->PlainText();
        break;
      case ast::ClauseKind::kSeverity: {
        static const std::vector<std::string> kSeverities = {"info", "low", "medium", "high", "critical"};
        const auto found = std::find(kSeverities.begin(), kSeverities.end(), clause.severity.text);
        if (found != kSeverities.end()) rule.severity = static_cast<bylaw::Severity>(found - kSeverities.begin());
        break;
      }
      case ast::ClauseKind::kControls:
      case ast::ClauseKind::kAliases:
      case ast::ClauseKind::kRelated:
      case ast::ClauseKind::kDocs:
        for (const ast::StringPtr& string : clause.strings) {
          if (string->interpolated()) {
            texts.push_back({&clause, 0});
            break;
          }
          const std::string text = string->PlainText();
          if (clause.kind == ast::ClauseKind::kAliases) rule.aliases.push_back(text);
          if (clause.kind == ast::ClauseKind::kRelated) rule.related.push_back(text);
          if (clause.kind == ast::ClauseKind::kDocs) rule.docs_link = text;
          if (clause.kind == ast::ClauseKind::kControls) {
            const size_t colon = text.find(':');
            if (text.empty() || text.find_first_of(" \t\n") != std::string::npos || colon == 0 ||
                colon + 1 == text.size()) {
              Report(Code::kBadControl, string->span, "`" + text + "` names no control")
                  .Expected("`framework:control`, such as `\"nist-800-53-r5:SC-7\"`");
            } else {
              rule.controls.push_back(text);
            }
          }
        }
        break;
      case ast::ClauseKind::kFor:
        for (const ast::Generator& generator : clause.generators) {
          if (!generator.variable || generator.collection == nullptr) continue;
          if (const Variable* other = FindLocal(generator.variable.text)) {
            Report(Code::kDuplicateName, generator.variable.span,
                   "this rule has two variables `" + generator.variable.text + "`")
                .Also(other->span, "the first is here");
          }
          QueryGenerator typed;
          CheckGenerator(generator, typed);
          rule.generators.push_back(std::move(typed));
        }
        break;
      case ast::ClauseKind::kLet: {
        if (clause.expr == nullptr || too_many_lets) break;
        too_many_lets = !AllowLet(rule.lets.size(), clause.let_name);
        if (too_many_lets) break;
        if (const Variable* other = FindLocal(clause.let_name.text)) {
          Report(Code::kDuplicateName, clause.let_name.span,
                 "this rule has two variables `" + clause.let_name.text + "`")
              .Also(other->span, "the first is here");
        }
        ExprPtr value = CheckExpr(*clause.expr);
        Variable* variable = NewVariable(clause.let_name, value == nullptr ? nullptr : value->type);
        variable->let_value = value.get();
        Bind(variable);
        if (value != nullptr) rule.lets.emplace_back(variable, std::move(value));
        break;
      }
      case ast::ClauseKind::kWhere: {
        if (clause.expr == nullptr) break;
        salvaged_.clear();
        ExprPtr where = CheckCondition(*clause.expr, "`where`");
        if (where == nullptr) {
          context_.facts.insert(context_.facts.end(), salvaged_.begin(), salvaged_.end());
          break;
        }
        Assume(*where, true);
        rule.where.push_back(std::move(where));
        break;
      }
      case ast::ClauseKind::kRequire:
      case ast::ClauseKind::kForbid: {
        judges = true;
        if (clause.expr == nullptr) break;
        const bool forbid = clause.kind == ast::ClauseKind::kForbid;
        const size_t first_variable = program_->variables.size();
        ExprPtr condition = CheckCondition(*clause.expr, forbid ? "`forbid`" : "`require`");
        std::vector<const Variable*>& witnesses = clause_witnesses.emplace_back();
        if (condition == nullptr) {
          // What the message says of its variables is not to be a second error.
          for (size_t i = first_variable; i < program_->variables.size(); ++i)
            failed_variables.push_back(program_->variables[i].name);
          break;
        }
        std::unordered_set<const Variable*> seen_lets;
        CollectWitnesses(*condition, witnesses, seen_lets);
        all_witnesses.insert(all_witnesses.end(), witnesses.begin(), witnesses.end());
        TypedClause& typed = rule.clauses.emplace_back();
        typed.forbid = forbid;
        typed.span = clause.span;
        typed.condition = forbid ? MakeNot(std::move(condition), clause.span) : std::move(condition);
        break;
      }
      case ast::ClauseKind::kMessage:
      case ast::ClauseKind::kFix: texts.push_back({&clause, clause_witnesses.size()}); break;
    }
  }
  if (!judges && !decl.incomplete) {
    Report(Code::kRuleWithoutClause, decl.name.span, "rule `" + decl.name.text + "` judges nothing")
        .Hint("say what must hold with `require …`, or what must not with `forbid …`");
  }
  // Texts see all variables of the rule, wherever they stand; one behind each of several clauses belongs to the clause
  // before it.
  for (const std::string& name : failed_variables) {
    if (FindLocal(name) == nullptr) Bind(NewVariable(name, decl.name.span, nullptr));
  }
  size_t num_messages = 0, num_fixes = 0;
  for (const PendingText& text : texts) {
    num_messages += text.clause->kind == ast::ClauseKind::kMessage;
    num_fixes += text.clause->kind == ast::ClauseKind::kFix;
  }
  for (const PendingText& text : texts) {
    if (text.clause->kind == ast::ClauseKind::kMessage || text.clause->kind == ast::ClauseKind::kFix) {
      if (text.clause->strings.empty()) continue;
      const bool is_message = text.clause->kind == ast::ClauseKind::kMessage;
      const bool of_clause = (is_message ? num_messages : num_fixes) > 1 && text.num_clauses > 0;
      TypedText typed =
          CheckRuleText(*text.clause->strings[0], of_clause ? clause_witnesses[text.num_clauses - 1] : all_witnesses);
      if (of_clause && text.num_clauses <= rule.clauses.size()) {
        TypedClause& clause = rule.clauses[text.num_clauses - 1];
        (is_message ? clause.message : clause.fix) = std::move(typed);
      } else {
        (is_message ? rule.message : rule.fix) = std::move(typed);
      }
      continue;
    }
    for (const ast::StringPtr& string : text.clause->strings) {
      if (!string->interpolated()) continue;
      if (text.clause->kind == ast::ClauseKind::kControls) {
        rule.computed_controls.push_back(CheckRuleText(*string, all_witnesses));
      } else {
        Report(Code::kInterpolationNotAllowed, string->span,
               "this text is the same for every finding, so it can name no variable");
      }
    }
  }
}

uint32_t Checker::FindRule(const ast::RuleReference& reference) {
  if (const auto found = rule_ids_.find(reference.text); found != rule_ids_.end()) return found->second;
  const std::string& text = reference.text;
  const size_t dot = text.rfind('.');
  const Package* package = context_.scope->package;
  if (dot != std::string::npos) {
    const auto imported = context_.scope->imports.find(text.substr(0, dot));
    const auto known = packages_.find(text.substr(0, dot));
    package = imported != context_.scope->imports.end() ? imported->second
              : known != packages_.end()                ? &known->second
                                                        : nullptr;
  }
  if (package != nullptr) {
    const auto found = package->rules.find(dot == std::string::npos ? text : text.substr(dot + 1));
    if (found != package->rules.end()) {
      program_->name_uses.push_back({.span = reference.span,
                                     .declaration = program_->rules[found->second].name_span,
                                     .import = dot == std::string::npos ? "" : text.substr(0, dot)});
      return found->second;
    }
  }
  std::vector<std::string> candidates;
  for (const TypedRule& rule : program_->rules) {
    candidates.push_back(rule.id);
    candidates.push_back(rule.name);
  }
  Report(Code::kUnknownRule, reference.span, "there is no rule `" + text + "`").Hint(Meant(text, candidates));
  return kNone;
}

void Checker::CheckWaiver(const ast::WaiverDecl& decl) {
  TypedWaiver waiver;
  waiver.span = decl.span;
  const uint32_t index = FindRule(decl.rule);
  if (index != kNone) waiver.rule = program_->rules[index].id;
  if (decl.address != nullptr) waiver.address_glob = decl.address->PlainText();
  if (decl.query) {
    ScopeGuard scope(*this);
    TypedQuery query;
    if (CheckQueryBody(*decl.query, query) && query.generators.size() == 1) {
      QueryGenerator& generator = query.generators[0];
      if (generator.source != GeneratorSource::kTable) {
        Report(Code::kNotACollection, generator.span, "a waiver is for the rows of one model")
            .Expected("`for x in` and a model");
      } else {
        waiver.variable = generator.variable;
        waiver.model = generator.model;
        waiver.where = std::move(query.where);
      }
    }
  }
  if (decl.until != nullptr) {
    if (const auto* time = ast::TryAs<ast::TimeExpr>(*decl.until)) {
      constexpr int64_t kDay = 86'400'000'000;
      waiver.until = time->date_only ? time->micros + kDay : time->micros;  // a date is meant to its end
    }
  }
  if (decl.because != nullptr) waiver.because = decl.because->PlainText();
  if (decl.by != nullptr) waiver.by = decl.by->PlainText();
  program_->waivers.push_back(std::move(waiver));
}

}  // namespace bylaw::compiler

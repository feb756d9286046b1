// Names: imports, params, defines and `let`s that nothing uses, and local names that hide others.

#include <algorithm>
#include <set>

#include "compiler/ast/walk.h"
#include "compiler/lint/linter.h"

namespace bylaw::compiler::lint {
namespace {

class NameLint {
 public:
  explicit NameLint(const Context& context) : context_(context) {
    const std::string package = PackageOf(context);
    const std::string prefix = package.empty() ? "" : package + ".";
    for (const NameUse& use : context.program.name_uses) {
      uses_[use.declaration].push_back(use.span);
      if (use.span.file_id == context.file.file_id && !use.import.empty()) imports_used_.insert(use.import);
    }
    auto own = [&](const std::string& name, Span span) {
      if (name.starts_with(prefix) && name.find('.', prefix.size()) == std::string::npos)
        package_names_.emplace(name.substr(prefix.size()), span);
    };
    for (const TypedParam& param : context.program.params) own(param.name, param.span);
    for (const Define& define : context.program.defines) own(define.name, define.span);
    package_has_rules_ = std::any_of(context.program.rules.begin(), context.program.rules.end(),
                                     [&](const TypedRule& rule) { return rule.package == package; });
  }

  void Run() {
    Imports();
    for (const ast::ItemPtr& item : context_.file.items) {
      if (const auto* param = ast::TryAs<ast::ParamDecl>(*item)) {
        if (package_has_rules_ && !IsUsed(param->name.span, item->span))
          context_.Report(Code::kUnusedParam, param->name.span, "nothing reads the param `" + param->name.text + "`")
              .Hint("delete it, or use it: who sets it believes that it does something");
      } else if (const auto* define = ast::TryAs<ast::DefineDecl>(*item)) {
        if (package_has_rules_ && !IsUsed(define->name.span, item->span))
          context_
              .Report(Code::kUnusedDefine, define->name.span, "nothing calls the define `" + define->name.text + "`")
              .Hint("delete it, or use it");
        Walk(*define);
      } else if (const auto* rule = ast::TryAs<ast::RuleDecl>(*item)) {
        Walk(*rule);
      }
    }
  }

 private:
  static std::string PackageOf(const Context& context) {
    if (context.file.package) return context.file.package->name.ToString();
    for (const TypedRule& rule : context.program.rules) {
      if (rule.name_span.file_id == context.file.file_id) return rule.package;
    }
    return {};
  }

  /// Whether something outside `own` names it.
  bool IsUsed(Span declaration, Span own) const {
    const auto found = uses_.find(declaration);
    return found != uses_.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](Span use) { return !own.Contains(use); });
  }

  // ---- Imports

  void Imports() {
    // The built-in tables hold the rows of every model that is known: an import makes models known.
    if (NamesBuiltinTable()) return;
    std::set<std::string> seen;
    for (const ast::Import& import : context_.file.imports) {
      const std::string path = import.path.ToString();
      const std::string alias = import.alias ? import.alias.text : import.path.parts.back().text;
      const bool again = !seen.insert(path + " " + alias).second;
      if (!again && (imports_used_.contains(alias) || (!import.alias && imports_used_.contains(path)))) continue;
      Diagnostic& diagnostic = context_.Report(
          Code::kUnusedImport, import.path.span,
          again ? "`" + path + "` is imported twice" : "nothing of `" + path + "` is used in this file");
      diagnostic.Hint("delete the import").Fix(context_.WithLine(import.span), "");
    }
  }

  bool NamesBuiltinTable() const {
    bool found = false;
    auto visit = [&](const auto& self, const ast::Expr& expr) -> void {
      if (const auto* name = ast::TryAs<ast::NameExpr>(expr))
        found |= name->name.text == "resources" || name->name.text == "accounts" || name->name.text == "regions";
      ast::ForEachPart(expr, [&](const ast::Expr& part) { self(self, part); });
    };
    auto generators = [&](const std::vector<ast::Generator>& all) {
      for (const ast::Generator& generator : all) visit(visit, *generator.collection);
    };
    for (const ast::ItemPtr& item : context_.file.items) {
      if (const auto* define = ast::TryAs<ast::DefineDecl>(*item)) {
        for (const ast::Let& let : define->lets) visit(visit, *let.value);
        visit(visit, *define->body);
      } else if (const auto* rule = ast::TryAs<ast::RuleDecl>(*item)) {
        for (const ast::Clause& clause : rule->clauses) {
          generators(clause.generators);
          if (clause.expr != nullptr) visit(visit, *clause.expr);
        }
      } else if (const auto* waiver = ast::TryAs<ast::WaiverDecl>(*item)) {
        if (waiver->query) generators(waiver->query->generators);
      }
    }
    return found;
  }

  // ---- Lets and shadowing

  void Walk(const ast::DefineDecl& define) {
    for (const ast::DefineParam& param : define.params) Bind(param.name);
    for (const ast::Let& let : define.lets) {
      Walk(*let.value);
      Bind(let.name);
      if (!IsUsed(let.name.span, let.value->span)) {
        Span span = let.span;
        const std::string_view rest = context_.sources.file(span.file_id).text().substr(span.end);
        if (context_.Text(span).back() != ';' && rest.starts_with(';')) ++span.end;
        UnusedLet(let.name, span);
      }
    }
    Walk(*define.body);
    locals_.clear();
  }

  void Walk(const ast::RuleDecl& rule) {
    for (const ast::Clause& clause : rule.clauses) {
      for (const ast::Generator& generator : clause.generators) {
        Walk(*generator.collection);
        Bind(generator.variable);
      }
      if (clause.expr != nullptr) Walk(*clause.expr);
      if (clause.kind != ast::ClauseKind::kLet) continue;
      Bind(clause.let_name);
      if (!IsUsed(clause.let_name.span, clause.expr->span)) UnusedLet(clause.let_name, clause.span);
    }
    locals_.clear();
  }

  void UnusedLet(const ast::Name& name, Span span) {
    Diagnostic& diagnostic = context_.Report(Code::kUnusedLet, name.span, "nothing uses `" + name.text + "`");
    diagnostic.Hint("delete the `let`");
    if (!context_.HoldsComment(span)) diagnostic.Fix(context_.WithLine(span), "");
  }

  void Walk(const ast::Expr& expr) {
    const size_t num_locals = locals_.size();
    if (const ast::Query* query = ast::QueryOf(expr)) {
      for (const ast::Generator& generator : query->generators) {
        Walk(*generator.collection);
        Bind(generator.variable);
      }
      if (query->where != nullptr) Walk(*query->where);
    }
    ast::ForEachOperand(expr, [&](const ast::Expr& part) { Walk(part); });
    locals_.resize(num_locals);
  }

  void Bind(const ast::Name& name) {
    const auto local = std::find_if(locals_.rbegin(), locals_.rend(),
                                    [&](const ast::Name* other) { return other->text == name.text; });
    const auto package = package_names_.find(name.text);
    if (local != locals_.rend()) {
      context_.Report(Code::kShadowedName, name.span, "`" + name.text + "` hides the variable of the same name")
          .Also((*local)->span, "this one cannot be named where the other is known")
          .Hint("give one of them another name");
    } else if (package != package_names_.end()) {
      context_
          .Report(Code::kShadowedName, name.span, "`" + name.text + "` hides what the package declares by that name")
          .Also(package->second, "this cannot be named where the variable is known")
          .Hint("give one of them another name");
    }
    locals_.push_back(&name);
  }

  const Context& context_;
  std::map<Span, std::vector<Span>> uses_;  ///< by declaration
  std::set<std::string> imports_used_;
  std::map<std::string, Span> package_names_;
  bool package_has_rules_ = false;
  std::vector<const ast::Name*> locals_;
};

}  // namespace

void LintNames(const Context& context) { NameLint(context).Run(); }

}  // namespace bylaw::compiler::lint

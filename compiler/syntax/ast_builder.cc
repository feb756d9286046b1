#include "compiler/syntax/ast_builder.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "compiler/syntax/expr_builder.h"

namespace bylaw::compiler {
namespace {

constexpr auto kSeverities = std::to_array<std::string_view>({"info", "low", "medium", "high", "critical"});

class Builder {
 public:
  Builder(const Cst& tree, std::vector<ast::Comment> comments, FileId file_id, std::string_view text,
          Diagnostics& diagnostics)
      : tree_(tree),
        comments_(std::move(comments)),
        file_id_(file_id),
        text_(text),
        diagnostics_(diagnostics),
        exprs_(tree, file_id, text, diagnostics) {}

  std::unique_ptr<ast::File> File() {
    auto file = std::make_unique<ast::File>();
    file->file_id = file_id_;
    file->span = {file_id_, 0, static_cast<uint32_t>(text_.size())};
    for (const uint32_t index : tree_.ChildrenOf(tree_.root())) {
      const CstNode& item = tree_.nodes[index];
      if (item.rule == Rule::kItem) AddItem(item, *file);
    }
    file->comments = std::move(comments_);
    return file;
  }

 private:
  // ---- Files ----

  // Failed declarations are kept as far as they go, so that their names are known.
  void AddItem(const CstNode& item, ast::File& file) {
    if (item.num_children == 0) return;
    const CstNode& node = tree_.nodes[tree_.ChildrenOf(item).front()];
    switch (node.rule) {
      case Rule::kPackageDecl: AddPackage(node, file); return;
      case Rule::kImportDecl: AddImport(node, file); return;
      default: break;
    }
    ast::ItemPtr built = Declaration(node);
    if (built == nullptr) return;
    built->span = SpanOf(node);
    built->keyword = SpanOf(tree_.nodes[tree_.ChildrenOf(node).front()]);
    built->doc = DocBefore(node.begin);
    built->incomplete = built->incomplete || node.failed;
    file.items.push_back(std::move(built));
  }

  ast::ItemPtr Declaration(const CstNode& node) {
    switch (node.rule) {
      case Rule::kParamDecl: return Param(node);
      case Rule::kModelDecl: return Model(node);
      case Rule::kDefineDecl: return Define(node);
      case Rule::kRuleDecl: return RuleItem(node);
      case Rule::kTestDecl: return Test(node);
      case Rule::kGivenDecl: return SharedGiven(node);
      case Rule::kWaiverDecl: return Waiver(node);
      default: return nullptr;
    }
  }

  void AddPackage(const CstNode& node, ast::File& file) {
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::PACKAGE);
    const CstNode* name = cursor.Accept(Rule::kQualifiedName);
    if (name == nullptr) return;
    if (file.package || !file.imports.empty() || !file.items.empty()) {
      auto& diagnostic =
          diagnostics_.Report(Code::kMisplacedHeader, SpanOf(node),
                              file.package ? "a file has one `package`" : "`package` comes first in a file");
      if (file.package) diagnostic.Also(file.package->span, "this is the file's package");
      diagnostic.Hint(file.package ? "put the declarations of another package into another file"
                                   : "move it to the top");
      if (file.package) return;
    }
    file.package = ast::PackageDecl{exprs_.Qualified(*name), DocBefore(node.begin), SpanOf(node)};
  }

  void AddImport(const CstNode& node, ast::File& file) {
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::IMPORT);
    const CstNode* path = cursor.Accept(Rule::kQualifiedName);
    if (path == nullptr) return;
    ast::Import import;
    import.path = exprs_.Qualified(*path);
    import.span = SpanOf(node);
    if (cursor.Accept(Tok::AS) != nullptr) {
      if (const CstNode* alias = cursor.Accept(Rule::kName)) import.alias = exprs_.NameOf(*alias);
    }
    if (!file.items.empty()) {
      diagnostics_.Report(Code::kMisplacedHeader, import.span, "imports come before all declarations")
          .Also(file.items.front()->keyword, "the declarations begin here")
          .Hint("move it to the top");
    }
    file.imports.push_back(std::move(import));
  }

  ast::ItemPtr Param(const CstNode& node) {
    auto param = std::make_unique<ast::ParamDecl>();
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::PARAM);
    const CstNode* name = cursor.Accept(Rule::kName);
    if (name == nullptr) return nullptr;
    param->name = exprs_.NameOf(*name);
    cursor.Accept(Tok::COLON);
    param->type = TypeAt(cursor);
    if (cursor.Accept(Tok::ASSIGN) != nullptr) param->default_value = ExprAt(cursor);
    return param;
  }

  ast::ItemPtr Define(const CstNode& node) {
    auto define = std::make_unique<ast::DefineDecl>();
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::DEFINE);
    const CstNode* name = cursor.Accept(Rule::kName);
    if (name == nullptr) return nullptr;
    define->name = exprs_.NameOf(*name);
    if (cursor.Accept(Tok::LPAREN) != nullptr) {
      define->has_params = true;
      while (cursor.Accept(Tok::COMMA) != nullptr ||
             (cursor.peek() != nullptr && cursor.peek()->rule == Rule::kDefineParam)) {
        if (const CstNode* param = cursor.Accept(Rule::kDefineParam)) define->params.push_back(DefineParam(*param));
      }
      cursor.Accept(Tok::RPAREN);
    }
    if (cursor.Accept(Tok::COLON) != nullptr) define->result = TypeAt(cursor);
    cursor.Accept(Tok::ASSIGN);
    while (const CstNode* let = cursor.Accept(Rule::kDefineLet)) define->lets.push_back(Let(*let));
    define->body = ExprAt(cursor);
    return define;
  }

  ast::DefineParam DefineParam(const CstNode& node) {
    Cursor cursor(tree_, node);
    ast::DefineParam result;
    result.name = exprs_.NameOf(*cursor.Take());
    cursor.Accept(Tok::COLON);
    result.type = TypeAt(cursor);
    result.span = SpanOf(node);
    return result;
  }

  ast::Let Let(const CstNode& node) {
    Cursor cursor(tree_, node);
    ast::Let result;
    cursor.Accept(Tok::LET);
    result.name = exprs_.NameOf(*cursor.Take());
    cursor.Accept(Tok::ASSIGN);
    result.value = ExprAt(cursor);
    result.span = SpanOf(node);
    return result;
  }

  // ---- Models ----

  ast::ItemPtr Model(const CstNode& node) {
    auto model = std::make_unique<ast::ModelDecl>();
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::MODEL);
    const CstNode* name = cursor.Accept(Rule::kQualifiedName);
    if (name == nullptr) return nullptr;
    model->name = exprs_.Qualified(*name);
    if (cursor.Accept(Tok::ASSIGN) != nullptr) {
      model->alias = TypeAt(cursor);
      return model;
    }
    const CstNode* body = cursor.Accept(Rule::kModelBody);
    model->incomplete = body == nullptr;
    if (body != nullptr)
      ForEach(*body, Rule::kModelMember, model->incomplete, [&](const CstNode& member) { AddMember(member, *model); });
    return model;
  }

  void AddMember(const CstNode& node, ast::ModelDecl& model) {
    Cursor cursor(tree_, node);
    const CstNode& member = *cursor.Take();
    if (member.rule == Rule::kMapping) {
      model.mappings.push_back(Mapping(member, model.incomplete));
    } else {
      model.fields.push_back(Field(member));
    }
  }

  ast::ModelField Field(const CstNode& node) {
    ast::ModelField field;
    Cursor cursor(tree_, node);
    field.is_key = cursor.Accept(Tok::KEY) != nullptr;
    field.name = exprs_.NameOf(*cursor.Take());
    cursor.Accept(Tok::COLON);
    field.type = TypeAt(cursor);
    if (cursor.Accept(Tok::LIKE) != nullptr)
      field.key_pattern = exprs_.PlainString(*cursor.Take(), "the form of a key");
    if (cursor.Accept(Tok::VIA) != nullptr) field.via = exprs_.NameOf(*cursor.Take());
    if (cursor.Accept(Tok::ASSIGN) != nullptr) field.default_value = ExprAt(cursor);
    field.doc = DocBefore(node.begin);
    field.span = SpanOf(node);
    return field;
  }

  ast::Mapping Mapping(const CstNode& node, bool& incomplete) {
    ast::Mapping mapping;
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::FROM);
    mapping.format = exprs_.NameOf(*cursor.Take());
    mapping.source = exprs_.PlainString(*cursor.Take(), "the name of a source");
    while (cursor.Accept(Tok::DOT) != nullptr) mapping.path.push_back(exprs_.NameOf(*cursor.Take()));
    if (cursor.Accept(Tok::AS) != nullptr) mapping.alias = exprs_.NameOf(*cursor.Take());
    while (cursor.Accept(Tok::COMMA) != nullptr) mapping.generators.push_back(exprs_.Generator(*cursor.Take()));
    if (cursor.Accept(Tok::WHERE) != nullptr) mapping.where = ExprAt(cursor);
    if (const CstNode* body = cursor.Accept(Rule::kMappingBody)) {
      mapping.has_body = true;
      ForEach(*body, Rule::kMappingEntry, incomplete,
              [&](const CstNode& entry) { mapping.entries.push_back(MappingEntry(entry)); });
    }
    mapping.doc = DocBefore(node.begin);
    mapping.span = SpanOf(node);
    return mapping;
  }

  ast::MappingEntry MappingEntry(const CstNode& node) {
    ast::MappingEntry entry;
    Cursor cursor(tree_, node);
    entry.target = exprs_.Qualified(*cursor.Take());
    cursor.Accept(Tok::ASSIGN);
    entry.value = ExprAt(cursor);
    entry.span = SpanOf(node);
    return entry;
  }

  // ---- Types ----

  ast::TypePtr TypeAt(Cursor& cursor) {
    if (const CstNode* node = cursor.Accept(Rule::kType)) return Type(*node);
    return std::make_unique<ast::TypeExpr>();
  }

  ast::TypePtr MakeType(ast::TypeKind kind, Span span) {
    auto result = std::make_unique<ast::TypeExpr>();
    result->kind = kind;
    result->span = span;
    return result;
  }

  ast::TypePtr Optional(ast::TypePtr inner, Span span) {
    if (inner->kind == ast::TypeKind::kOptional) return inner;
    auto result = MakeType(ast::TypeKind::kOptional, span);
    result->arguments.push_back(std::move(inner));
    return result;
  }

  // `A | B?` is `(A | B)?`: a value that may be absent for one member may be absent.
  ast::TypePtr Type(const CstNode& node) {
    std::vector<ast::TypePtr> members;
    bool optional = false;
    Cursor cursor(tree_, node);
    while (const CstNode* child = cursor.Take()) {
      if (child->rule != Rule::kTypeMember) continue;
      Cursor parts(tree_, *child);
      members.push_back(TypePrimary(*parts.Take()));
      if (parts.Accept(Tok::QUESTION) != nullptr) optional = true;
    }
    if (members.empty()) return MakeType(ast::TypeKind::kError, SpanOf(node));
    ast::TypePtr result = members.size() == 1 ? std::move(members.front()) : Union(std::move(members), SpanOf(node));
    return optional ? Optional(std::move(result), SpanOf(node)) : std::move(result);
  }

  ast::TypePtr Union(std::vector<ast::TypePtr> members, Span span) {
    const bool enumeration = members.front()->kind == ast::TypeKind::kEnum;
    for (const auto& member : members) {
      const bool is_enum = member->kind == ast::TypeKind::kEnum;
      const bool fits =
          is_enum == enumeration && (is_enum || (member->kind == ast::TypeKind::kNamed && member->arguments.empty()));
      if (fits) continue;
      diagnostics_.Report(Code::kMixedUnion, member->span, "this does not belong into the union")
          .Also(members.front()->span, "the union begins here")
          .Expected(enumeration ? "a string, as the first is" : "the name of a model")
          .Hint("a union is of models, or of strings");
      return MakeType(ast::TypeKind::kError, span);
    }
    auto result = MakeType(enumeration ? ast::TypeKind::kEnum : ast::TypeKind::kUnion, span);
    for (auto& member : members) {
      if (!enumeration) {
        result->arguments.push_back(std::move(member));
        continue;
      }
      for (auto& value : member->values) result->values.push_back(std::move(value));
    }
    return result;
  }

  ast::TypePtr TypePrimary(const CstNode& node) {
    Cursor cursor(tree_, node);
    if (const CstNode* name = cursor.Accept(Rule::kQualifiedName)) {
      auto result = MakeType(ast::TypeKind::kNamed, SpanOf(node));
      result->name = exprs_.Qualified(*name);
      while (const CstNode* child = cursor.Take()) {
        if (child->rule == Rule::kType) result->arguments.push_back(Type(*child));
      }
      return result;
    }
    if (const CstNode* value = cursor.Accept(Rule::kString)) {
      auto result = MakeType(ast::TypeKind::kEnum, SpanOf(node));
      result->values.push_back(exprs_.PlainString(*value, "a value of an enum"));
      return result;
    }
    if (cursor.Accept(Tok::LPAREN) != nullptr) return TypeAt(cursor);
    auto result = MakeType(ast::TypeKind::kRecord, SpanOf(node));
    while (const CstNode* child = cursor.Take()) {
      if (child->rule == Rule::kTypeField) result->fields.push_back(TypeField(*child));
    }
    return result;
  }

  ast::TypeField TypeField(const CstNode& node) {
    ast::TypeField field;
    Cursor cursor(tree_, node);
    field.name = exprs_.NameOf(*cursor.Take());
    cursor.Accept(Tok::COLON);
    field.type = TypeAt(cursor);
    if (cursor.Accept(Tok::ASSIGN) != nullptr) field.default_value = ExprAt(cursor);
    field.doc = DocBefore(node.begin);
    field.span = SpanOf(node);
    return field;
  }

  // ---- Rules ----

  ast::ItemPtr RuleItem(const CstNode& node) {
    auto rule = std::make_unique<ast::RuleDecl>();
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::RULE);
    const CstNode* name = cursor.Accept(Rule::kName);
    if (name == nullptr) return nullptr;
    rule->name = exprs_.NameOf(*name);
    const CstNode* body = cursor.Accept(Rule::kRuleBody);
    rule->incomplete = body == nullptr || body->failed;
    if (body != nullptr)
      ForEach(*body, Rule::kClause, rule->incomplete,
              [&](const CstNode& clause) { rule->clauses.push_back(Clause(clause)); });
    CheckRepeated(*rule);
    return rule;
  }

  ast::Clause Clause(const CstNode& node) {
    ast::Clause clause;
    clause.span = SpanOf(node);
    Cursor cursor(tree_, node);
    const CstNode& word = *cursor.Take();
    clause.keyword = SpanOf(word);
    clause.kind = ClauseKindOf(word.token);
    switch (clause.kind) {
      case ast::ClauseKind::kSeverity: clause.severity = Severity(*cursor.Take()); break;
      case ast::ClauseKind::kFor: clause.generators = exprs_.Generators(*cursor.Take()); break;
      case ast::ClauseKind::kLet:
        clause.let_name = exprs_.NameOf(*cursor.Take());
        cursor.Accept(Tok::ASSIGN);
        clause.expr = ExprAt(cursor);
        break;
      case ast::ClauseKind::kWhere:
      case ast::ClauseKind::kRequire:
      case ast::ClauseKind::kForbid: clause.expr = ExprAt(cursor); break;
      default:
        while (const CstNode* child = cursor.Take()) {
          if (child->rule == Rule::kString) clause.strings.push_back(ClauseString(clause.kind, *child));
        }
    }
    return clause;
  }

  ast::StringPtr ClauseString(ast::ClauseKind kind, const CstNode& node) {
    // A control may depend on the row: `controls "{p.control}"`.
    const bool may_vary =
        kind == ast::ClauseKind::kMessage || kind == ast::ClauseKind::kFix || kind == ast::ClauseKind::kControls;
    return may_vary ? exprs_.String(node) : exprs_.PlainString(node, fmt::format("`{}`", ast::Spelling(kind)));
  }

  static ast::ClauseKind ClauseKindOf(Tok word) {
    switch (word) {
      case Tok::ID: return ast::ClauseKind::kId;
      case Tok::TITLE: return ast::ClauseKind::kTitle;
      case Tok::SEVERITY: return ast::ClauseKind::kSeverity;
      case Tok::CONTROLS: return ast::ClauseKind::kControls;
      case Tok::ALIASES: return ast::ClauseKind::kAliases;
      case Tok::RELATED: return ast::ClauseKind::kRelated;
      case Tok::DOCS: return ast::ClauseKind::kDocs;
      case Tok::FOR: return ast::ClauseKind::kFor;
      case Tok::WHERE: return ast::ClauseKind::kWhere;
      case Tok::LET: return ast::ClauseKind::kLet;
      case Tok::REQUIRE: return ast::ClauseKind::kRequire;
      case Tok::FORBID: return ast::ClauseKind::kForbid;
      case Tok::FIX: return ast::ClauseKind::kFix;
      default: return ast::ClauseKind::kMessage;
    }
  }

  ast::Name Severity(const CstNode& node) {
    ast::Name name = exprs_.NameOf(node);
    if (std::find(kSeverities.begin(), kSeverities.end(), name.text) != kSeverities.end()) return name;
    const std::string meant = Suggest(name.text, std::span<const std::string_view>(kSeverities));
    diagnostics_.Report(Code::kBadSeverity, name.span, fmt::format("there is no severity `{}`", name.text))
        .Expected("`info`, `low`, `medium`, `high` or `critical`")
        .Hint(meant.empty() ? "" : fmt::format("did you mean `{}`?", meant));
    return {};
  }

  void CheckRepeated(const ast::RuleDecl& rule) {
    std::map<ast::ClauseKind, Span> seen;
    for (const ast::Clause& clause : rule.clauses) {
      switch (clause.kind) {
        case ast::ClauseKind::kRequire:
        case ast::ClauseKind::kForbid:
          seen.erase(ast::ClauseKind::kMessage);  // another message may follow for this one
          seen.erase(ast::ClauseKind::kFix);
          continue;
        case ast::ClauseKind::kWhere:
        case ast::ClauseKind::kLet: continue;
        default: break;
      }
      const auto [before, is_new] = seen.emplace(clause.kind, clause.keyword);
      if (is_new) continue;
      const std::string_view word = ast::Spelling(clause.kind);
      auto& diagnostic =
          diagnostics_.Report(Code::kRepeatedClause, clause.keyword, fmt::format("this rule already has `{}`", word));
      diagnostic.Also(before->second, "it is given here");
      const bool list = clause.kind == ast::ClauseKind::kControls || clause.kind == ast::ClauseKind::kAliases ||
                        clause.kind == ast::ClauseKind::kRelated || clause.kind == ast::ClauseKind::kDocs ||
                        clause.kind == ast::ClauseKind::kFor;
      diagnostic.Hint(list ? fmt::format("write one `{}`, with commas between its parts", word) : "keep one of them");
    }
  }

  // ---- Tests and waivers ----

  ast::ItemPtr Test(const CstNode& node) {
    auto test = std::make_unique<ast::TestDecl>();
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::TEST);
    const CstNode* title = cursor.Accept(Rule::kString);
    if (title == nullptr) return nullptr;
    test->title = exprs_.PlainString(*title, "the name of a test");
    const CstNode* body = cursor.Accept(Rule::kTestBody);
    test->incomplete = body == nullptr;
    if (body != nullptr)
      ForEach(*body, Rule::kTestStep, test->incomplete,
              [&](const CstNode& step) { test->steps.push_back(TestStep(step)); });
    return test;
  }

  ast::TestStep TestStep(const CstNode& node) {
    ast::TestStep step;
    Cursor cursor(tree_, node);
    const CstNode& inner = *cursor.Take();
    if (inner.rule == Rule::kGiven) {
      step.given = Given(inner);
    } else {
      step.expectation = Expectation(inner);
    }
    return step;
  }

  ast::Given Given(const CstNode& node) {
    ast::Given given;
    given.span = SpanOf(node);
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::GIVEN);
    const CstNode& what = *cursor.Take();
    switch (what.rule) {
      case Rule::kGivenRows:
        given.kind = ast::GivenKind::kRows;
        given.rows = Rows(what);
        break;
      case Rule::kString:
        given.kind = ast::GivenKind::kFile;
        given.file = exprs_.PlainString(what, "the name of a file");
        break;
      default:
        given.name = exprs_.Qualified(what);
        given.kind = ast::GivenKind::kShared;
        if (cursor.Accept(Tok::ASSIGN) != nullptr) {
          given.kind = ast::GivenKind::kSetting;
          given.value = ExprAt(cursor);
        }
    }
    return given;
  }

  ast::ItemPtr SharedGiven(const CstNode& node) {
    auto given = std::make_unique<ast::GivenDecl>();
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::GIVEN);
    const CstNode* name = cursor.Accept(Rule::kName);
    if (name == nullptr) return nullptr;
    given->name = exprs_.NameOf(*name);
    if (const CstNode* rows = cursor.Accept(Rule::kGivenRows)) given->rows = Rows(*rows);
    return given;
  }

  std::vector<ast::GivenRow> Rows(const CstNode& node) {
    const ExprBuilder::RecordScope records(exprs_);
    std::vector<ast::GivenRow> rows;
    bool incomplete = false;
    ForEach(node, Rule::kGivenRow, incomplete, [&](const CstNode& row) { rows.push_back(Row(row)); });
    return rows;
  }

  ast::GivenRow Row(const CstNode& node) {
    ast::GivenRow row;
    row.span = SpanOf(node);
    Cursor cursor(tree_, node);
    row.model = exprs_.Qualified(*cursor.Take());
    if (const CstNode* name = cursor.Accept(Rule::kName)) row.name = exprs_.NameOf(*name);
    bool incomplete = false;
    ForEach(*cursor.Take(), Rule::kGivenEntry, incomplete, [&](const CstNode& entry) {
      Cursor parts(tree_, entry);
      ast::RecordEntry& added = row.entries.emplace_back();
      added.span = SpanOf(entry);
      added.name = exprs_.NameOf(*parts.Take());
      parts.Accept(Tok::COLON);
      added.value = ExprAt(parts);
    });
    return row;
  }

  ast::Expectation Expectation(const CstNode& node) {
    ast::Expectation result;
    result.span = SpanOf(node);
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::EXPECT);
    const CstNode& expr = *cursor.Take();
    if (const CstNode* verdict = cursor.Accept(Rule::kVerdict)) {
      result.rule = RuleIn(expr);
      Verdict(*verdict, result);
      return result;
    }
    const CstNode* token = LoneToken(expr);
    const bool only_a_rule = token != nullptr && (token->token == Tok::RULE_ID || token->token == Tok::STRING_OPEN);
    if (only_a_rule) {
      if (!ErrorFollows(expr.end)) {
        diagnostics_
            .Report(Code::kIncompleteExpectation, {file_id_, expr.end, expr.end}, "what is expected of this rule?")
            .Also(SpanOf(expr), "the rule")
            .Expected("`fails`, `passes`, `unknown`, `not applicable` or `waived`");
      }
      result.expr = std::make_unique<ast::ErrorExpr>();
      result.expr->span = SpanOf(expr);
      return result;
    }
    result.expr = exprs_.Expr(expr);
    return result;
  }

  // Something right behind this place was reported already.
  bool ErrorFollows(uint32_t end) const {
    const size_t next = text_.find_first_not_of(" \t\r\n", end);
    return std::any_of(diagnostics_.all().begin(), diagnostics_.all().end(),
                       [&](const Diagnostic& diagnostic) { return diagnostic.primary.span.begin == next; });
  }

  void Verdict(const CstNode& node, ast::Expectation& result) {
    Cursor cursor(tree_, node);
    const CstNode& word = *cursor.Take();
    result.verdict = SpanOf(word);
    switch (word.token) {
      case Tok::FAILS: result.kind = ast::ExpectKind::kFails; break;
      case Tok::PASSES: result.kind = ast::ExpectKind::kPasses; break;
      case Tok::WAIVED: result.kind = ast::ExpectKind::kWaived; break;
      case Tok::UNKNOWN: result.kind = ast::ExpectKind::kUnknown; break;
      default: result.kind = ast::ExpectKind::kNotApplicable;
    }
    if (cursor.Accept(Tok::FOR) != nullptr) result.subject = ExprAt(cursor);
    if (cursor.Accept(Tok::WITH) != nullptr) {
      cursor.Accept(Tok::MESSAGE);
      result.message = exprs_.PlainString(*cursor.Take(), "an expected message");
    }
    if (cursor.Accept(Tok::BECAUSE) != nullptr)
      result.because = exprs_.PlainString(*cursor.Take(), "an expected cause");
  }

  // The rule that an expression behind `expect` names.
  ast::RuleReference RuleIn(const CstNode& expr) {
    const CstNode* token = LoneToken(expr);
    if (token != nullptr && token->token == Tok::RULE_ID)
      return {std::string(exprs_.TextOf(*token)), true, SpanOf(expr)};
    const size_t before = diagnostics_.all().size();
    const ast::ExprPtr built = exprs_.Expr(expr);
    if (const auto* string = ast::TryAs<ast::StringExpr>(*built)) return {string->PlainText(), true, SpanOf(expr)};
    if (IsNameChain(*built)) return {std::string(exprs_.TextOf(expr)), false, SpanOf(expr)};
    if (diagnostics_.all().size() == before) {
      diagnostics_
          .Report(Code::kIncompleteExpectation, SpanOf(expr), "a verdict is expected of a rule, and this is none")
          .Expected("the id or the name of a rule");
    }
    return {std::string(exprs_.TextOf(expr)), false, SpanOf(expr)};
  }

  static bool IsNameChain(const ast::Expr& expr) {
    const ast::Expr* at = &expr;
    while (const auto* field = ast::TryAs<ast::FieldExpr>(*at)) at = field->base.get();
    return at->kind == ast::ExprKind::kName;
  }

  // The first token of an expression that is a single primary, or null.
  const CstNode* LoneToken(const CstNode& expr) const {
    const CstNode* at = &expr;
    while (at->rule != Rule::kToken) {
      const auto children = tree_.ChildrenOf(*at);
      const bool whole = at->num_children == 1 || at->rule == Rule::kString;
      if (children.empty() || !whole) return nullptr;
      at = &tree_.nodes[children.front()];
    }
    return at;
  }

  ast::ItemPtr Waiver(const CstNode& node) {
    auto waiver = std::make_unique<ast::WaiverDecl>();
    Cursor cursor(tree_, node);
    cursor.Accept(Tok::WAIVE);
    const CstNode* rule = cursor.Accept(Rule::kRuleReference);
    if (rule == nullptr) return nullptr;
    waiver->rule = RuleReference(*rule);
    cursor.Accept(Tok::FOR);
    if (const CstNode* address = cursor.Accept(Rule::kString)) {
      waiver->address = exprs_.PlainString(*address, "an address");
    } else if (const CstNode* generator = cursor.Accept(Rule::kGenerator)) {
      ast::Query query;
      query.generators.push_back(exprs_.Generator(*generator));
      query.span = SpanOf(*generator);
      if (cursor.Accept(Tok::WHERE) != nullptr) {
        query.where = ExprAt(cursor);
        query.span = Cover(query.span, query.where->span);
      }
      waiver->query = std::move(query);
    }
    while (const CstNode* term = cursor.Accept(Rule::kWaiverTerm)) AddTerm(*term, *waiver);
    if (!node.failed) CheckComplete(node, *waiver);
    return waiver;
  }

  void AddTerm(const CstNode& node, ast::WaiverDecl& waiver) {
    Cursor cursor(tree_, node);
    const CstNode& word = *cursor.Take();
    const CstNode& value = *cursor.Take();
    bool repeated = false;
    switch (word.token) {
      case Tok::UNTIL:
        repeated = waiver.until_span.valid();
        waiver.until_span = SpanOf(value);
        if (value.token == Tok::TIME) waiver.until = exprs_.LiteralToken(value);
        break;
      case Tok::BECAUSE:
        repeated = waiver.because != nullptr;
        waiver.because = exprs_.PlainString(value, "the reason of a waiver");
        break;
      default: repeated = waiver.by != nullptr; waiver.by = exprs_.PlainString(value, "the owner of a waiver");
    }
    if (!repeated) return;
    diagnostics_
        .Report(Code::kRepeatedClause, SpanOf(word), fmt::format("this waiver already has `{}`", exprs_.TextOf(word)))
        .Hint("keep one of them");
  }

  void CheckComplete(const CstNode& node, const ast::WaiverDecl& waiver) {
    const bool endless = !waiver.until_span.valid();
    if (!endless && waiver.because != nullptr) return;
    auto& diagnostic =
        diagnostics_.Report(Code::kIncompleteWaiver, {file_id_, node.begin, waiver.rule.span.end},
                            endless ? "this waiver does not say until when" : "this waiver does not say why");
    diagnostic.Expected(endless ? "`until` and a date, or `until never`" : "`because` and a string");
    if (endless && waiver.because == nullptr) diagnostic.Hint("it must say `because \"…\"`, too");
  }

  ast::RuleReference RuleReference(const CstNode& node) {
    Cursor cursor(tree_, node);
    const CstNode& child = *cursor.Take();
    if (child.rule == Rule::kString)
      return {exprs_.PlainString(child, "the id of a rule")->PlainText(), true, SpanOf(node)};
    return {std::string(exprs_.TextOf(node)), child.rule == Rule::kToken, SpanOf(node)};
  }

  // ---- Shared ----

  // Members that a syntax error cut short are left out.
  template <typename F>
  void ForEach(const CstNode& body, Rule rule, bool& incomplete, F&& build) {
    for (const uint32_t index : tree_.ChildrenOf(body)) {
      const CstNode& node = tree_.nodes[index];
      if (node.rule != rule) continue;
      if (node.failed) {
        incomplete = true;
      } else {
        build(node);
      }
    }
  }

  ast::ExprPtr ExprAt(Cursor& cursor) {
    if (const CstNode* node = cursor.Accept(Rule::kExpr)) return exprs_.Expr(*node);
    auto error = std::make_unique<ast::ErrorExpr>();
    error->span = {file_id_, 0, 0};
    return error;
  }

  // The `///` lines right above a declaration: nothing but blanks, and no empty line, between.
  ast::DocComment DocBefore(uint32_t begin) const {
    ast::DocComment doc;
    auto after =
        std::partition_point(comments_.begin(), comments_.end(), [&](const auto& c) { return c.span.end <= begin; });
    auto first = after;
    uint32_t next_begin = begin;
    while (first != comments_.begin()) {
      const ast::Comment& comment = *std::prev(first);
      if (!comment.is_doc || !comment.own_line || !Adjoins(comment.span.end, next_begin)) break;
      next_begin = comment.span.begin;
      --first;
    }
    for (auto it = first; it != after; ++it) {
      std::string_view line = text_.substr(it->span.begin + 3, it->span.end - it->span.begin - 3);
      if (line.starts_with(' ')) line.remove_prefix(1);
      while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
      if (it != first) doc.text += '\n';
      doc.text += line;
      doc.span = Cover(doc.span, it->span);
    }
    return doc;
  }

  bool Adjoins(uint32_t end, uint32_t begin) const {
    const std::string_view between = text_.substr(end, begin - end);
    return between.find_first_not_of(" \t\r\n") == std::string_view::npos &&
           std::count(between.begin(), between.end(), '\n') <= 1;
  }

  Span SpanOf(const CstNode& node) const { return exprs_.SpanOf(node); }

  const Cst& tree_;
  std::vector<ast::Comment> comments_;
  const FileId file_id_;
  const std::string_view text_;
  Diagnostics& diagnostics_;
  ExprBuilder exprs_;
};

}  // namespace

std::unique_ptr<ast::File> BuildFile(const Cst& tree, TokenList tokens, FileId file_id, std::string_view text,
                                     Diagnostics& diagnostics) {
  return Builder(tree, std::move(tokens.comments), file_id, text, diagnostics).File();
}

ast::ExprPtr BuildExpression(const Cst& tree, TokenList, FileId file_id, std::string_view text,
                             Diagnostics& diagnostics) {
  ExprBuilder exprs(tree, file_id, text, diagnostics);
  const CstNode* node = Cursor(tree, tree.root()).Accept(Rule::kExpr);
  return node == nullptr ? nullptr : exprs.Expr(*node);
}

}  // namespace bylaw::compiler

#include "compiler/lint/lint.h"

#include <algorithm>

#include "compiler/lint/linter.h"

namespace bylaw::compiler {
namespace lint {

std::string Context::Quote(Span span) const {
  constexpr size_t kLongest = 60;
  std::string text = "`";
  bool in_space = false;
  for (const char c : Text(span)) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!(space && in_space)) text += space ? ' ' : c;
    in_space = space;
  }
  if (text.size() > kLongest) {
    size_t cut = kLongest;
    while ((static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text = text.substr(0, cut) + "…";
  }
  return text + "`";
}

bool Context::HoldsComment(Span span) const {
  return std::any_of(file.comments.begin(), file.comments.end(), [&](const ast::Comment& comment) {
    return span.begin <= comment.span.begin && comment.span.begin < span.end;
  });
}

Span Context::WithLine(Span span) const {
  const std::string_view text = sources.file(span.file_id).text();
  uint32_t begin = span.begin, end = span.end;
  auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (begin > 0 && is_blank(text[begin - 1])) --begin;
  while (end < text.size() && is_blank(text[end])) ++end;
  const bool alone =
      (begin == 0 || text[begin - 1] == '\n') && (end == text.size() || text[end] == '\n' || text[end] == '\r');
  if (!alone) return {span.file_id, span.begin, end};  // what follows on the line stays where it begins
  if (end < text.size() && text[end] == '\r') ++end;
  if (end < text.size() && text[end] == '\n') ++end;
  return {span.file_id, begin, end};
}

bool Context::AllTyped(Span span, ExprKind kind, const std::function<bool(const Expr&)>& holds) const {
  const auto found = typed.find(span);
  if (found == typed.end()) return false;
  bool any = false;
  for (const Expr* expr : found->second) {
    if (expr->kind != kind) continue;
    if (!holds(*expr)) return false;
    any = true;
  }
  return any;
}

namespace {

class TypedIndex {
 public:
  explicit TypedIndex(const TypedProgram& program) {
    for (const Define& define : program.defines) {
      for (const auto& [variable, value] : define.lets) Add(value);
      Add(define.body);
    }
    for (const TypedRule& rule : program.rules) {
      Add(rule.generators);
      for (const ExprPtr& where : rule.where) Add(where);
      for (const auto& [variable, value] : rule.lets) Add(value);
      for (const TypedClause& clause : rule.clauses) {
        Add(clause.condition), Add(clause.message.value), Add(clause.fix.value);
      }
      Add(rule.message.value), Add(rule.fix.value);
    }
  }

  const std::map<Span, std::vector<const Expr*>>& by_span() const { return by_span_; }

 private:
  void Add(const std::vector<QueryGenerator>& generators) {
    for (const QueryGenerator& generator : generators) Add(generator.collection);
  }
  void Add(const ExprPtr& expr) {
    if (expr == nullptr) return;
    by_span_[expr->span].push_back(expr.get());
    for (const ExprPtr& operand : expr->operands) Add(operand);
    if (expr->query == nullptr) return;
    Add(expr->query->generators);
    for (const ExprPtr* part : {&expr->query->where, &expr->query->value, &expr->query->key, &expr->query->order})
      Add(*part);
  }

  std::map<Span, std::vector<const Expr*>> by_span_;
};

}  // namespace
}  // namespace lint

void Lint(std::span<const std::unique_ptr<ast::File>> files, const TypedProgram& program, const SourceMap& sources,
          Diagnostics& diagnostics) {
  const lint::TypedIndex typed(program);
  for (const std::unique_ptr<ast::File>& file : files) {
    Diagnostics found;
    const lint::Context context{*file, program, sources, found, typed.by_span()};
    lint::LintNames(context);
    lint::LintRules(context);
    lint::LintExpressions(context);
    std::vector<Diagnostic> kept = found.all();
    lint::Suppress(*file, sources, kept);
    for (Diagnostic& diagnostic : kept) diagnostics.Add(std::move(diagnostic));
  }
}

}  // namespace bylaw::compiler

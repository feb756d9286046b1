#include "compiler/mutants.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "runtime/base/value.h"

namespace bylaw::compiler {
namespace {

template <typename Expression, typename Visit>
void ForEachPart(Expression& expr, Visit&& visit) {
  for (auto& operand : expr.operands) visit(operand);
  if (expr.query == nullptr) return;
  for (auto& generator : expr.query->generators) {
    if (generator.collection != nullptr) visit(generator.collection);
  }
  for (auto* part : {&expr.query->where, &expr.query->value, &expr.query->key, &expr.query->order}) {
    if (*part != nullptr) visit(*part);
  }
}

/// The defines and params that an expression reads, itself or through defines.
struct Reached {
  std::unordered_set<const Define*> defines;
  std::unordered_set<const TypedParam*> params;

  void Add(const Expr& expr) {
    if (expr.param != nullptr) params.insert(expr.param);
    if (expr.define != nullptr && defines.insert(expr.define).second) {
      for (const auto& [variable, value] : expr.define->lets) Add(*value);
      Add(*expr.define->body);
    }
    ForEachPart(expr, [&](const ExprPtr& part) { Add(*part); });
  }
  void Add(const TypedText& text) {
    if (text.value != nullptr) Add(*text.value);
  }
  void Add(const TypedRule& rule) {
    for (const QueryGenerator& generator : rule.generators) {
      if (generator.collection != nullptr) Add(*generator.collection);
    }
    for (const ExprPtr& where : rule.where) Add(*where);
    for (const auto& [variable, value] : rule.lets) Add(*value);
    for (const TypedClause& clause : rule.clauses) {
      Add(*clause.condition), Add(clause.message), Add(clause.fix);
    }
    Add(rule.message), Add(rule.fix);
  }
};

bool IsComposite(const Expr& expr) {
  return expr.kind == ExprKind::kAnd || expr.kind == ExprKind::kOr || expr.kind == ExprKind::kIf ||
         expr.kind == ExprKind::kConstant || expr.kind == ExprKind::kNarrow ||
         (expr.kind == ExprKind::kNot && (expr.operands[0]->span != expr.span || IsComposite(*expr.operands[0])));
}

/// `x is present`, `x is aws.nat_gateway`: what stands behind it does not compile without it.
bool Narrows(const Expr& expr) {
  const Expr* inner = &expr;
  while (inner->kind == ExprKind::kNot || inner->kind == ExprKind::kNarrow) inner = inner->operands[0].get();
  if (inner->kind == ExprKind::kAnd || inner->kind == ExprKind::kOr)
    return std::any_of(inner->operands.begin(), inner->operands.end(),
                       [](const ExprPtr& operand) { return Narrows(*operand); });
  if (inner->kind == ExprKind::kVariable && inner->variable->let_value != nullptr)
    return Narrows(*inner->variable->let_value);
  return inner->kind == ExprKind::kIsPresent || inner->kind == ExprKind::kIsModel;
}

}  // namespace

class MutantFinder {
 public:
  MutantFinder(TypedProgram& program, const SourceMap& sources, Mutants& out)
      : program_(program), sources_(sources), out_(out), bool_(program.types.Get(TypeKind::kBool)) {}

  void Find(const std::function<bool(Span)>& is_own) {
    FindReached();
    for (size_t i = 0; i < program_.rules.size(); ++i) {
      TypedRule& rule = program_.rules[i];
      if (!is_own(rule.span)) continue;
      StartUnit("rule " + rule.id, [&, i](const Use& use) { return use.rules.contains(static_cast<uint32_t>(i)); });
      FindInRule(rule);
    }
    for (Define& define : program_.defines) {
      if (!is_own(define.span)) continue;
      StartUnit("define " + define.name, [&](const Use& use) { return use.reached.defines.contains(&define); });
      for (auto& [variable, value] : define.lets) Visit(value);
      Visit(define.body);
    }
    for (TypedParam& param : program_.params) {
      if (param.default_value == nullptr || !is_own(param.span)) continue;
      StartUnit("param " + param.name, [&](const Use& use) { return use.reached.params.contains(&param); });
      Visit(param.default_value);
    }
  }

 private:
  /// What one test reaches.
  struct Use {
    std::set<uint32_t> rules;
    Reached reached;
  };

  void FindReached() {
    for (const TypedTest& test : program_.tests) {
      Use& use = uses_.emplace_back();
      for (const TypedExpect& expect : test.expects) {
        if (expect.condition != nullptr) use.reached.Add(*expect.condition);
        if (expect.rule_index < program_.rules.size() && use.rules.insert(expect.rule_index).second)
          use.reached.Add(program_.rules[expect.rule_index]);
      }
    }
  }

  template <typename Reaches>
  void StartUnit(std::string name, Reaches reaches) {
    unit_ = std::move(name);
    std::vector<bool> tests;
    for (const Use& use : uses_) tests.push_back(reaches(use));
    out_.tests_of_unit_.push_back(std::move(tests));
    known_.clear();
  }

  // ---- mutants

  /// Two places of one span that would change alike (the checker copies expressions) change together.
  void Add(Span span, std::string what, std::function<void()> apply, std::function<void()> undo) {
    const auto [it, is_new] = known_.try_emplace({span, what}, out_.all_.size());
    if (!is_new) {
      Mutants::Edit& edit = out_.edits_[it->second];
      edit = {.apply = [first = edit.apply, apply] { first(), apply(); },
              .undo = [first = edit.undo, undo] { undo(), first(); }};
      return;
    }
    out_.all_.push_back({.span = span, .what = std::move(what), .unit = unit_});
    out_.edits_.push_back({.apply = std::move(apply), .undo = std::move(undo)});
    out_.unit_of_.push_back(static_cast<uint32_t>(out_.tests_of_unit_.size() - 1));
  }

  std::string Quote(Span span) const {
    constexpr size_t kMost = 72;
    std::string text;
    bool blank = false;
    for (char c : sources_.Text(span)) {
      const bool is_blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      if (!is_blank || !blank) text += is_blank ? ' ' : c;
      blank = is_blank;
    }
    if (text.size() > kMost) {
      size_t end = kMost;
      while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
      text.resize(end);
      text += "…";
    }
    return "`" + text + "`";
  }

  ExprPtr MakeBool(bool value, Span span) const {
    auto expr = std::make_unique<Expr>();
    expr->kind = ExprKind::kConstant;
    expr->type = bool_;
    expr->span = span;
    expr->constant.emplace();
    expr->constant->bits = value ? 1 : 0;
    return expr;
  }

  /// The condition in `slot` counts as `value` everywhere.
  void AddDrop(ExprPtr& slot, Span span, const std::string& what, bool value) {
    auto saved = std::make_shared<ExprPtr>();
    Add(
        span, what,
        [this, &slot, saved, value] {
          *saved = std::move(slot);
          slot = MakeBool(value, (*saved)->span);
        },
        [&slot, saved] { slot = std::move(*saved); });
  }

  void AddNegation(ExprPtr& slot) {
    if (slot->kind == ExprKind::kUnknown) return;  // negated, it is as unknown
    Add(
        slot->span, "negate " + Quote(slot->span),
        [this, &slot] {
          auto negated = std::make_unique<Expr>();
          negated->kind = ExprKind::kNot;
          negated->type = bool_;
          negated->span = slot->span;
          negated->operands.push_back(std::move(slot));
          slot = std::move(negated);
        },
        [&slot] {
          ExprPtr inner = std::move(slot->operands[0]);
          slot = std::move(inner);
        });
  }

  void AddKeepOne(ExprPtr& slot, size_t kept) {
    const Expr& dropped = *slot->operands[1 - kept];
    if (Narrows(dropped)) return;
    auto saved = std::make_shared<ExprPtr>();
    Add(
        dropped.span, "drop " + Quote(dropped.span),
        [&slot, saved, kept] {
          *saved = std::move(slot);
          slot = std::move((*saved)->operands[kept]);
        },
        [&slot, saved, kept] {
          (*saved)->operands[kept] = std::move(slot);
          slot = std::move(*saved);
        });
  }

  void AddMovedBound(Expr& expr) {
    // As written: `a > b` is `b < a` in the tree.
    const Span left = expr.operands[0]->span, right = expr.operands[1]->span;
    Span between = left.begin < right.begin ? Span{left.file_id, left.end, right.begin}
                                            : Span{left.file_id, right.end, left.begin};
    if (between.begin > between.end) return;
    const std::string_view text = sources_.Text(between);
    const size_t at = text.find_first_of("<>");
    if (at == std::string_view::npos) return;
    const std::string sign(1, text[at]);
    const bool or_equal = at + 1 < text.size() && text[at + 1] == '=';
    auto swap = [&expr] { expr.kind = expr.kind == ExprKind::kLess ? ExprKind::kLessEqual : ExprKind::kLess; };
    Add(expr.span,
        fmt::format("`{}` becomes `{}` in {}", or_equal ? sign + "=" : sign, or_equal ? sign : sign + "=",
                    Quote(expr.span)),
        swap, swap);
  }

  void AddDroppedElements(Expr& expr) {
    for (size_t i = 0; i < expr.operands.size(); ++i) {
      auto saved = std::make_shared<ExprPtr>();
      const auto at = static_cast<std::ptrdiff_t>(i);
      Add(
          expr.operands[i]->span, fmt::format("drop {} from {}", Quote(expr.operands[i]->span), Quote(expr.span)),
          [&expr, saved, at] {
            *saved = std::move(expr.operands[static_cast<size_t>(at)]);
            expr.operands.erase(expr.operands.begin() + at);
          },
          [&expr, saved, at] { expr.operands.insert(expr.operands.begin() + at, std::move(*saved)); });
    }
  }

  void AddChangedConstant(Expr& expr) {
    if (expr.constant->state != State::kKnown || !expr.operands.empty()) return;
    const std::string_view written = sources_.Text(expr.span);
    Constant changed = *expr.constant;
    std::string shown;
    switch (expr.type->kind) {
      case TypeKind::kBool:
        if (written != "true" && written != "false") return;
        changed.bits ^= 1;
        shown = changed.bits != 0 ? "true" : "false";
        break;
      case TypeKind::kInt: {
        const int64_t value = CellToInt(changed.bits);
        if (written.empty() || written.find_first_of("0123456789") == std::string_view::npos || value == INT64_MAX)
          return;
        changed.bits = IntToCell(value + 1);
        shown = std::to_string(value + 1);
        break;
      }
      case TypeKind::kDuration: {
        const int64_t value = CellToInt(changed.bits);
        if (value == 0 || value > INT64_MAX / 2 || value < INT64_MIN / 2) return;
        changed.bits = IntToCell(value * 2);
        shown = fmt::format("{} * 2", written);
        break;
      }
      case TypeKind::kTime: {
        constexpr int64_t kDay = 86'400'000'000;
        const int64_t value = CellToInt(changed.bits);
        if (value > INT64_MAX - kDay) return;
        changed.bits = IntToCell(value + kDay);
        shown = fmt::format("{} + 1d", written);
        break;
      }
      case TypeKind::kString: {
        if (!written.starts_with('"')) return;
        const auto& values = expr.type->values;
        const auto other =
            std::find_if(values.begin(), values.end(), [&](const std::string& value) { return value != changed.text; });
        if (!values.empty() && other == values.end()) return;
        changed.text = values.empty() ? changed.text + "~" : *other;
        shown = values.empty() ? std::string(written.substr(0, written.size() - 1)) + "~\"" : "\"" + *other + "\"";
        break;
      }
      case TypeKind::kCidr: {
        const size_t slash = changed.text.rfind('/');
        if (slash == std::string::npos) return;
        const int length = std::atoi(changed.text.c_str() + slash + 1);
        if (length >= (changed.text.find(':') == std::string::npos ? 32 : 128)) return;
        changed.text = fmt::format("{}/{}", changed.text.substr(0, slash), length + 1);
        shown = changed.text;
        break;
      }
      default: return;
    }
    auto other = std::make_shared<Constant>(std::move(changed));
    auto swap = [&expr, other] { std::swap(*expr.constant, *other); };
    Add(expr.span, fmt::format("{} becomes `{}`", Quote(expr.span), shown), swap, swap);
  }

  // ---- where

  void FindInRule(TypedRule& rule) {
    for (QueryGenerator& generator : rule.generators) {
      if (generator.collection != nullptr) Visit(generator.collection);
    }
    for (auto& [variable, value] : rule.lets) Visit(value);
    for (ExprPtr& where : rule.where) {
      if (where->kind != ExprKind::kAnd && !Narrows(*where))
        AddDrop(where, where->span, "drop `where` " + Quote(where->span), true);
      Visit(where);
    }
    for (TypedClause& clause : rule.clauses) {
      AddDrop(clause.condition, clause.span, "drop " + Quote(clause.span), true);
      Visit(clause.condition);
    }
  }

  void Visit(ExprPtr& slot) {
    const Expr& expr = *slot;
    const bool is_condition = expr.type->kind == TypeKind::kBool && !expr.type->optional;
    if (is_condition && !IsComposite(expr) && !Narrows(expr) && expr.kind != ExprKind::kConvert &&
        expr.kind != ExprKind::kRequire && expr.kind != ExprKind::kCoalesce)
      AddNegation(slot);
    VisitInside(slot);
  }

  void VisitInside(ExprPtr& slot) {
    Expr& expr = *slot;
    switch (expr.kind) {
      case ExprKind::kConstant:
      case ExprKind::kMakeList:
      case ExprKind::kMakeSet:
        if (expr.kind == ExprKind::kConstant && expr.operands.empty()) AddChangedConstant(expr);
        if (expr.type->kind == TypeKind::kList || expr.type->kind == TypeKind::kSet) AddDroppedElements(expr);
        for (ExprPtr& operand : expr.operands) {
          if (operand->kind != ExprKind::kConstant) Visit(operand);
        }
        return;
      case ExprKind::kAnd:
      case ExprKind::kOr:
        AddKeepOne(slot, 0);
        AddKeepOne(slot, 1);
        break;
      case ExprKind::kLess:
      case ExprKind::kLessEqual: AddMovedBound(expr); break;
      case ExprKind::kNot:
        // One condition to whoever wrote it: `!=`, `not in`.
        if (!IsComposite(expr)) return VisitInside(expr.operands[0]);
        break;
      case ExprKind::kUnknown:
      case ExprKind::kConcat:
      case ExprKind::kToText: return;
      case ExprKind::kQuery:
        if (ExprPtr& where = expr.query->where; where != nullptr && where->kind != ExprKind::kAnd && !Narrows(*where))
          AddDrop(where, where->span, "drop `where` " + Quote(where->span), true);
        break;
      default: break;
    }
    ForEachPart(expr, [&](ExprPtr& part) { Visit(part); });
  }

  TypedProgram& program_;
  const SourceMap& sources_;
  Mutants& out_;
  const Type* bool_;
  std::string unit_;
  std::vector<Use> uses_;
  std::map<std::pair<Span, std::string>, size_t> known_;
};

Mutants::Mutants(TypedProgram& program, const SourceMap& sources, const std::function<bool(Span)>& is_own) {
  // Edits outlive the finder's own state but refer to it for making constants: it is kept with them.
  auto finder = std::make_shared<MutantFinder>(program, sources, *this);
  finder->Find(is_own);
  keep_ = std::move(finder);
}

}  // namespace bylaw::compiler

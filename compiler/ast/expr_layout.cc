#include "compiler/ast/expr_layout.h"

#include <fmt/format.h>

#include "compiler/ast/printer.h"

namespace bylaw::compiler::ast {
namespace {

std::string OperatorText(const BinaryExpr& binary) {
  return fmt::format("{}{}", binary.negated ? "not " : "", Spelling(binary.op));
}

// Operators that a line may begin with.
bool Breaks(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr:
    case BinaryOp::kAnd:
    case BinaryOp::kCoalesce:
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract: return true;
    default: return false;
  }
}

std::string IsText(const IsExpr& is) {
  const std::string_view not_word = is.negated ? "not " : "";
  switch (is.test) {
    case IsTest::kPresent: return fmt::format(" is {}present", not_word);
    case IsTest::kAbsent: return fmt::format(" is {}absent", not_word);
    case IsTest::kModel: break;
  }
  return fmt::format(" is {}{}", not_word, is.model.ToString());
}

std::string_view UnaryText(const UnaryExpr& unary) {
  if (unary.op == UnaryOp::kNot) return "not ";
  // Right before a number, the minus would be a part of it.
  const ExprKind operand = unary.operand->kind;
  const bool is_number = operand == ExprKind::kInt || operand == ExprKind::kFloat || operand == ExprKind::kDuration;
  return is_number && !unary.operand->parenthesised ? "- " : "-";
}

template <typename Items, typename F>
std::string Join(const Items& items, std::string_view separator, F&& text_of) {
  std::string result;
  for (const auto& item : items) {
    if (!result.empty()) result += separator;
    result += text_of(item);
  }
  return result;
}

}  // namespace

size_t ExprLayout::Column() const {
  const size_t newline = out_.rfind('\n');
  return newline == std::string::npos ? out_.size() : out_.size() - newline - 1;
}

size_t ExprLayout::Indent() const {
  const size_t newline = out_.rfind('\n');
  const size_t begin = newline == std::string::npos ? 0 : newline + 1;
  const size_t first = out_.find_first_not_of(' ', begin);
  return (first == std::string::npos ? out_.size() : first) - begin;
}

void ExprLayout::NewLine(size_t column) {
  while (out_.ends_with(' ')) out_.pop_back();
  out_ += '\n';
  out_.append(column, ' ');
}

bool ExprLayout::Fits(const std::string& flat) const { return Column() + flat.size() <= kFormatWidth; }

// ---- Flat ----------------------------------------------------------------------------------------------------------

std::string ExprLayout::Flat(const std::vector<Generator>& generators) const {
  return Join(generators, ", ",
              [&](const Generator& g) { return fmt::format("{} in {}", g.variable.text, Flat(*g.collection)); });
}

std::string ExprLayout::Flat(const Query& query) const {
  std::string result = Flat(query.generators);
  if (query.where != nullptr) result += " where " + Flat(*query.where);
  return result;
}

std::string ExprLayout::Flat(const Expr& expr) const {
  std::string inner = FlatInner(expr);
  return expr.parenthesised ? "(" + inner + ")" : inner;
}

std::string ExprLayout::FlatInner(const Expr& expr) const {
  auto flat = [&](const ExprPtr& e) { return Flat(*e); };
  switch (expr.kind) {
    case ExprKind::kName: return As<NameExpr>(expr).name.text;
    case ExprKind::kField: return fmt::format("{}.{}", Flat(*As<FieldExpr>(expr).base), As<FieldExpr>(expr).field.text);
    case ExprKind::kIndex:
      return fmt::format("{}[{}]", Flat(*As<IndexExpr>(expr).base), Flat(*As<IndexExpr>(expr).index));
    case ExprKind::kCall: {
      const auto& call = As<CallExpr>(expr);
      return fmt::format("{}({})", Flat(*call.callee), Join(call.arguments, ", ", flat));
    }
    case ExprKind::kUnary:
      return fmt::format("{}{}", UnaryText(As<UnaryExpr>(expr)), Flat(*As<UnaryExpr>(expr).operand));
    case ExprKind::kBinary: {
      const auto& binary = As<BinaryExpr>(expr);
      return fmt::format("{} {} {}", Flat(*binary.left), OperatorText(binary), Flat(*binary.right));
    }
    case ExprKind::kIs: return Flat(*As<IsExpr>(expr).operand) + IsText(As<IsExpr>(expr));
    case ExprKind::kIf: {
      const auto& branch = As<IfExpr>(expr);
      return fmt::format("if {} then {} else {}", Flat(*branch.condition), Flat(*branch.then), Flat(*branch.otherwise));
    }
    case ExprKind::kUnknown: return fmt::format("unknown {}", Source(As<UnknownExpr>(expr).reason->span));
    case ExprKind::kList: return fmt::format("[{}]", Join(As<ListExpr>(expr).elements, ", ", flat));
    case ExprKind::kSet: return fmt::format("{{{}}}", Join(As<SetExpr>(expr).elements, ", ", flat));
    case ExprKind::kMap:
      return fmt::format("{{{}}}", Join(As<MapExpr>(expr).entries, ", ", [&](const MapEntry& entry) {
                           return fmt::format("{}: {}", Flat(*entry.key), Flat(*entry.value));
                         }));
    case ExprKind::kRecord:
      return fmt::format("{{{}}}", Join(As<RecordExpr>(expr).entries, ", ", [&](const RecordEntry& entry) {
                           return fmt::format("{}: {}", entry.name.text, Flat(*entry.value));
                         }));
    case ExprKind::kQuantifier: {
      const auto& quantifier = As<QuantifierExpr>(expr);
      std::string result = fmt::format("{} {}", Spelling(quantifier.quantifier), Flat(quantifier.query));
      if (quantifier.satisfies != nullptr) result += " satisfies " + Flat(*quantifier.satisfies);
      return result;
    }
    case ExprKind::kAggregate: {
      const auto& aggregate = As<AggregateExpr>(expr);
      const std::string value = aggregate.value == nullptr ? "" : Flat(*aggregate.value) + " for ";
      return fmt::format("{}({}{})", Spelling(aggregate.op), value, Flat(aggregate.query));
    }
    case ExprKind::kComprehension: {
      const auto& comprehension = As<ComprehensionExpr>(expr);
      const bool list = comprehension.shape == ComprehensionShape::kList;
      const std::string key = comprehension.key == nullptr ? "" : Flat(*comprehension.key) + ": ";
      return fmt::format("{}{}{} for {}{}", list ? '[' : '{', key, Flat(*comprehension.value),
                         Flat(comprehension.query), list ? ']' : '}');
    }
    case ExprKind::kOne:
      return fmt::format("one {} for {}", Flat(*As<OneExpr>(expr).value), Flat(As<OneExpr>(expr).query));
    case ExprKind::kFirst: {
      const auto& first = As<FirstExpr>(expr);
      std::string result = fmt::format("first {} by {}", Flat(first.query.generators), Flat(*first.key));
      if (first.query.where != nullptr) result += " where " + Flat(*first.query.where);
      return result;
    }
    case ExprKind::kGroup:
      return fmt::format("group {} by {}", Flat(As<GroupExpr>(expr).query), Flat(*As<GroupExpr>(expr).key));
    default: return std::string(Source(expr.span));  // literals, as they were written
  }
}

// ---- Broken --------------------------------------------------------------------------------------------------------

void ExprLayout::Print(const Expr& expr, size_t hang) {
  if (OnOneLine(expr.span)) {
    const std::string flat = Flat(expr);
    if (Fits(flat)) {
      out_ += flat;
      return;
    }
  }
  if (!expr.parenthesised) {
    PrintBroken(expr, hang);
    return;
  }
  out_ += '(';
  PrintBroken(expr, Column());
  out_ += ')';
}

void ExprLayout::PrintQuery(const Query& query, size_t column) {
  bool first = true;
  for (const Generator& generator : query.generators) {
    if (!first) out_ += ", ";
    first = false;
    out_ += generator.variable.text + " in ";
    Print(*generator.collection, column + 2);
  }
  if (query.where == nullptr) return;
  NewLine(column);
  out_ += "where ";
  Print(*query.where, column + 2);
}

// `a`, then `and b` and `and c` on lines of their own.
void ExprLayout::PrintChain(const BinaryExpr& chain, size_t hang) {
  std::vector<const BinaryExpr*> links;
  const Expr* head = &chain;
  for (;;) {
    const auto* link = TryAs<BinaryExpr>(*head);
    const bool goes_on = link != nullptr && Breaks(link->op) && (link == &chain || !link->parenthesised);
    if (!goes_on) break;
    links.push_back(link);
    head = link->left.get();
  }
  Print(*head, hang);
  for (auto link = links.rbegin(); link != links.rend(); ++link) {
    NewLine(hang);
    out_ += fmt::format("{} ", OperatorText(**link));
    Print(*(*link)->right, Column());
  }
}

// `if a then b`, then `else if c then d` and `else e` on lines of their own.
void ExprLayout::PrintIf(const IfExpr& branch, size_t column) {
  out_ += "if ";
  Print(*branch.condition, column + 2);
  const size_t end_of_condition = out_.size(), condition_column = Column();
  NewLine(column);
  const size_t line_begin = end_of_condition + 1 + column;
  out_ += "then ";
  Print(*branch.then, column + 2);
  const std::string then = out_.substr(line_begin);
  if (then.find('\n') == std::string::npos && condition_column + 1 + then.size() <= kFormatWidth) {
    out_.resize(end_of_condition);
    out_ += " " + then;  // it fits beside the condition
  }
  NewLine(column);
  out_ += "else ";
  const auto* next = branch.otherwise->parenthesised ? nullptr : TryAs<IfExpr>(*branch.otherwise);
  if (next != nullptr) {
    PrintIf(*next, column);
  } else {
    Print(*branch.otherwise, column + 2);
  }
}

template <typename Items, typename PrintItem>
void ExprLayout::PrintLines(std::string_view open, const Items& items, std::string_view close, PrintItem&& print_item) {
  const size_t indent = Indent();
  out_ += open;
  if (items.empty()) {
    out_ += close;
    return;
  }
  for (const auto& item : items) {
    NewLine(indent + 2);
    print_item(item);
    out_ += ',';
  }
  NewLine(indent);
  out_ += close;
}

void ExprLayout::PrintBroken(const Expr& expr, size_t hang) {
  const size_t column = Column();
  auto print = [&](const ExprPtr& e) { Print(*e, Indent() + 2); };
  switch (expr.kind) {
    case ExprKind::kField:
      Print(*As<FieldExpr>(expr).base, hang);
      out_ += "." + As<FieldExpr>(expr).field.text;
      return;
    case ExprKind::kIndex:
      Print(*As<IndexExpr>(expr).base, hang);
      out_ += '[';
      Print(*As<IndexExpr>(expr).index, Column());
      out_ += ']';
      return;
    case ExprKind::kCall:
      out_ += Flat(*As<CallExpr>(expr).callee);
      PrintLines("(", As<CallExpr>(expr).arguments, ")", print);
      return;
    case ExprKind::kUnary:
      out_ += UnaryText(As<UnaryExpr>(expr));
      Print(*As<UnaryExpr>(expr).operand, hang);
      return;
    case ExprKind::kBinary: {
      const auto& binary = As<BinaryExpr>(expr);
      if (Breaks(binary.op)) {
        PrintChain(binary, hang);
        return;
      }
      Print(*binary.left, hang);
      out_ += fmt::format(" {} ", OperatorText(binary));
      Print(*binary.right, hang);
      return;
    }
    case ExprKind::kIs:
      Print(*As<IsExpr>(expr).operand, hang);
      out_ += IsText(As<IsExpr>(expr));
      return;
    case ExprKind::kIf: PrintIf(As<IfExpr>(expr), column); return;
    case ExprKind::kList: PrintLines("[", As<ListExpr>(expr).elements, "]", print); return;
    case ExprKind::kSet: PrintLines("{", As<SetExpr>(expr).elements, "}", print); return;
    case ExprKind::kMap:
      PrintLines("{", As<MapExpr>(expr).entries, "}", [&](const MapEntry& entry) {
        Print(*entry.key, Indent() + 2);
        out_ += ": ";
        Print(*entry.value, Indent() + 2);
      });
      return;
    case ExprKind::kRecord:
      PrintLines("{", As<RecordExpr>(expr).entries, "}", [&](const RecordEntry& entry) {
        out_ += entry.name.text + ": ";
        Print(*entry.value, Indent() + 2);
      });
      return;
    case ExprKind::kQuantifier: {
      const auto& quantifier = As<QuantifierExpr>(expr);
      out_ += fmt::format("{} ", Spelling(quantifier.quantifier));
      PrintQuery(quantifier.query, column);
      if (quantifier.satisfies == nullptr) return;
      NewLine(column);
      out_ += "satisfies ";
      Print(*quantifier.satisfies, column + 2);
      return;
    }
    case ExprKind::kAggregate: {
      const auto& aggregate = As<AggregateExpr>(expr);
      out_ += fmt::format("{}(", Spelling(aggregate.op));
      const size_t inner = Column();
      if (aggregate.value != nullptr) {
        Print(*aggregate.value, inner + 2);
        out_ += " for ";
      }
      PrintQuery(aggregate.query, inner);
      out_ += ')';
      return;
    }
    case ExprKind::kComprehension: {
      const auto& comprehension = As<ComprehensionExpr>(expr);
      const bool list = comprehension.shape == ComprehensionShape::kList;
      out_ += list ? '[' : '{';
      if (comprehension.key != nullptr) {
        Print(*comprehension.key, column + 3);
        out_ += ": ";
      }
      Print(*comprehension.value, column + 3);
      out_ += " for ";
      PrintQuery(comprehension.query, column + 1);
      out_ += list ? ']' : '}';
      return;
    }
    case ExprKind::kOne:
      out_ += "one ";
      Print(*As<OneExpr>(expr).value, column + 2);
      out_ += " for ";
      PrintQuery(As<OneExpr>(expr).query, column);
      return;
    case ExprKind::kFirst: {
      const auto& first = As<FirstExpr>(expr);
      out_ += fmt::format("first {} by ", Flat(first.query.generators));
      Print(*first.key, column + 2);
      if (first.query.where == nullptr) return;
      NewLine(column);
      out_ += "where ";
      Print(*first.query.where, column + 2);
      return;
    }
    case ExprKind::kGroup:
      out_ += "group ";
      PrintQuery(As<GroupExpr>(expr).query, column);
      NewLine(column);
      out_ += "by ";
      Print(*As<GroupExpr>(expr).key, column + 2);
      return;
    default: out_ += FlatInner(expr); return;
  }
}

// ---- Types ---------------------------------------------------------------------------------------------------------

std::string ExprLayout::Flat(const TypeExpr& type) const {
  auto flat = [&](const TypePtr& t) { return Flat(*t); };
  switch (type.kind) {
    case TypeKind::kNamed: {
      if (type.arguments.empty()) return type.name.ToString();
      return fmt::format("{}<{}>", type.name.ToString(), Join(type.arguments, ", ", flat));
    }
    case TypeKind::kOptional: {
      const TypeExpr& inner = *type.arguments.front();
      const bool several = inner.kind == TypeKind::kUnion || (inner.kind == TypeKind::kEnum && inner.values.size() > 1);
      return several ? fmt::format("({})?", Flat(inner)) : Flat(inner) + "?";
    }
    case TypeKind::kEnum:
      return Join(type.values, " | ", [&](const StringPtr& value) { return std::string(Source(value->span)); });
    case TypeKind::kUnion: return Join(type.arguments, " | ", flat);
    case TypeKind::kRecord: {
      if (type.fields.empty()) return "{}";
      return fmt::format("{{ {} }}", Join(type.fields, ", ", [&](const TypeField& field) {
                           const std::string value =
                               field.default_value == nullptr ? "" : " = " + Flat(*field.default_value);
                           return fmt::format("{}: {}{}", field.name.text, Flat(*field.type), value);
                         }));
    }
    case TypeKind::kError: break;
  }
  return std::string(Source(type.span));
}

void ExprLayout::Print(const TypeExpr& type) {
  const std::string flat = Flat(type);
  const bool optional = type.kind == TypeKind::kOptional;
  const TypeExpr& inner = optional ? *type.arguments.front() : type;
  const bool breaks =
      inner.kind == TypeKind::kRecord && !inner.fields.empty() && (!OnOneLine(type.span) || !Fits(flat));
  if (!breaks) {
    out_ += flat;
    return;
  }
  const size_t indent = Indent();
  out_ += '{';
  for (const TypeField& field : inner.fields) {
    NewLine(indent + 2);
    out_ += field.name.text + ": ";
    Print(*field.type);
    if (field.default_value == nullptr) continue;
    out_ += " = ";
    Print(*field.default_value, Indent() + 2);
  }
  NewLine(indent);
  out_ += optional ? "}?" : "}";
}

}  // namespace bylaw::compiler::ast

#include "compiler/syntax/expr_builder.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "compiler/syntax/literals.h"
#include "compiler/syntax/syntax_errors.h"

namespace bylaw::compiler {
namespace {

std::optional<ast::BinaryOp> BinaryOpOf(Tok token) {
  switch (token) {
    case Tok::OR: return ast::BinaryOp::kOr;
    case Tok::AND: return ast::BinaryOp::kAnd;
    case Tok::COALESCE: return ast::BinaryOp::kCoalesce;
    case Tok::EQUAL:
    case Tok::ASSIGN: return ast::BinaryOp::kEqual;
    case Tok::NOT_EQUAL: return ast::BinaryOp::kNotEqual;
    case Tok::LESS: return ast::BinaryOp::kLess;
    case Tok::LESS_EQUAL: return ast::BinaryOp::kLessEqual;
    case Tok::GREATER: return ast::BinaryOp::kGreater;
    case Tok::GREATER_EQUAL: return ast::BinaryOp::kGreaterEqual;
    case Tok::IN: return ast::BinaryOp::kIn;
    case Tok::CONTAINS: return ast::BinaryOp::kContains;
    case Tok::MATCHES: return ast::BinaryOp::kMatches;
    case Tok::LIKE: return ast::BinaryOp::kLike;
    case Tok::PLUS: return ast::BinaryOp::kAdd;
    case Tok::MINUS: return ast::BinaryOp::kSubtract;
    case Tok::STAR: return ast::BinaryOp::kMultiply;
    case Tok::SLASH: return ast::BinaryOp::kDivide;
    case Tok::PERCENT: return ast::BinaryOp::kModulo;
    default: return std::nullopt;
  }
}

// How tight an operator binds; see the table in Bylaw.g4.
constexpr int kNotPrecedence = 3;
constexpr int kNegatePrecedence = 8;
int PrecedenceOf(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::kOr: return 1;
    case ast::BinaryOp::kAnd: return 2;
    case ast::BinaryOp::kCoalesce: return 5;
    case ast::BinaryOp::kAdd:
    case ast::BinaryOp::kSubtract: return 6;
    case ast::BinaryOp::kMultiply:
    case ast::BinaryOp::kDivide:
    case ast::BinaryOp::kModulo: return 7;
    default: return 4;  // comparisons, `in` and the like
  }
}

std::optional<ast::Aggregate> AggregateNamed(const ast::Expr& callee) {
  const auto* name = ast::TryAs<ast::NameExpr>(callee);
  if (name == nullptr || callee.parenthesised) return std::nullopt;
  constexpr auto kAll = std::to_array({ast::Aggregate::kCount, ast::Aggregate::kSum, ast::Aggregate::kMin,
                                       ast::Aggregate::kMax, ast::Aggregate::kAverage, ast::Aggregate::kUnion});
  const auto* found =
      std::find_if(kAll.begin(), kAll.end(), [&](auto op) { return ast::Spelling(op) == name->name.text; });
  return found == kAll.end() ? std::nullopt : std::optional(*found);
}

// What other languages call nothing and the truth values.
bool IsForeignNull(std::string_view word) {
  constexpr auto kWords = std::to_array<std::string_view>({"null", "None", "nil", "NULL", "Null", "undefined"});
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}
std::string_view MeantTruthValue(std::string_view word) {
  if (word == "True" || word == "TRUE") return "true";
  if (word == "False" || word == "FALSE") return "false";
  return {};
}

bool IsPath(const ast::Expr& expr) {
  const ast::Expr* at = &expr;
  while (const auto* field = ast::TryAs<ast::FieldExpr>(*at)) at = field->base.get();
  return at->kind == ast::ExprKind::kName && !expr.parenthesised;
}

}  // namespace

const CstNode* Cursor::peek() const {
  if (next_ >= children_.size()) return nullptr;
  const CstNode& node = tree_.nodes[children_[next_]];
  return node.failed ? nullptr : &node;
}

const CstNode* Cursor::Take() {
  const CstNode* node = peek();
  if (node != nullptr) ++next_;
  return node;
}

const CstNode* Cursor::Accept(Tok token) {
  const CstNode* node = peek();
  return node != nullptr && node->rule == Rule::kToken && node->token == token ? Take() : nullptr;
}

const CstNode* Cursor::Accept(Rule rule) {
  const CstNode* node = peek();
  return node != nullptr && node->rule == rule ? Take() : nullptr;
}

const CstNode* Cursor::AcceptToken() { return Accept(Rule::kToken); }

ast::ExprPtr ExprBuilder::Error(Span span) const { return Make<ast::ErrorExpr>(span); }

// Each operator is a token of the node itself.
size_t ExprBuilder::NumTokens(const CstNode& node) const {
  const auto children = tree_.ChildrenOf(node);
  return static_cast<size_t>(
      std::count_if(children.begin(), children.end(), [&](uint32_t i) { return tree_.nodes[i].rule == Rule::kToken; }));
}

// Counts operators rather than measuring the tree: what it refuses is too long to be read in any case.
bool ExprBuilder::TooDeep(size_t num_levels, Span span) {
  if (static_cast<size_t>(level_) + num_levels < ast::kMaxTreeDepth) return false;
  if (!std::exchange(reported_depth_, true)) {
    diagnostics_
        .Report(Code::kNestedTooDeeply, span,
                fmt::format("this expression has more than {} operators", ast::kMaxTreeDepth))
        .Hint("give a part of it a name, or write a long `x == a or x == b` as `x in {a, b}`");
  }
  return true;
}

ast::ExprPtr ExprBuilder::Expr(const CstNode& node) {
  const int level = level_;
  const size_t num_levels = NumTokens(node) + 1;
  if (TooDeep(num_levels, SpanOf(node))) return Error(SpanOf(node));
  level_ = level + static_cast<int>(num_levels);
  Assembly assembly;
  Cursor cursor(tree_, node);
  PushPrefixes(cursor, assembly);
  PushOperand(cursor, assembly);
  while (cursor.peek() != nullptr) {
    if (const CstNode* is = cursor.Accept(Tok::IS)) {
      ApplyIs(*is, cursor, assembly);
    } else if (PushInfix(cursor, assembly)) {
      PushPrefixes(cursor, assembly);
      PushOperand(cursor, assembly);
    } else {
      break;
    }
  }
  ReduceTo(0, assembly);
  level_ = level;
  return std::move(assembly.operands.back().expr);
}

void ExprBuilder::PushPrefixes(Cursor& cursor, Assembly& assembly) {
  for (;;) {
    const CstNode* minus = cursor.Accept(Tok::MINUS);
    const CstNode* token = minus != nullptr ? minus : cursor.Accept(Tok::NOT);
    if (token == nullptr) return;
    Operator op;
    op.prefix = true;
    op.unary = minus != nullptr ? ast::UnaryOp::kNegate : ast::UnaryOp::kNot;
    op.precedence = minus != nullptr ? kNegatePrecedence : kNotPrecedence;
    op.span = SpanOf(*token);
    assembly.operators.push_back(op);
  }
}

void ExprBuilder::PushOperand(Cursor& cursor, Assembly& assembly) {
  const CstNode& node = *cursor.Take();
  auto& operators = assembly.operators;
  const bool after_minus =
      !operators.empty() && operators.back().prefix && operators.back().unary == ast::UnaryOp::kNegate;
  const CstNode* number = after_minus && operators.back().span.end == node.begin ? PlainNumber(node) : nullptr;
  if (number != nullptr) {
    const Span span = Cover(operators.back().span, SpanOf(node));
    operators.pop_back();
    assembly.operands.push_back({Literal(*number, true, span), span.begin, span.end});
  } else {
    assembly.operands.push_back({OperandExpr(node), node.begin, node.end});
  }
}

bool ExprBuilder::PushInfix(Cursor& cursor, Assembly& assembly) {
  const CstNode* token = cursor.AcceptToken();
  Operator op;
  op.span = SpanOf(*token);
  if (token->token == Tok::NOT) {
    op.negated = true;
    token = cursor.AcceptToken();
    op.span.end = token->end;
  }
  const auto binary = BinaryOpOf(token->token);
  if (!binary) return false;
  if (token->token == Tok::ASSIGN) {
    diagnostics_.Report(Code::kAssignInsteadOfEqual, op.span, "`=` does not compare")
        .Expected("`==`")
        .Fix(op.span, "==");
  }
  op.op = *binary;
  op.precedence = PrecedenceOf(*binary);
  ReduceTo(op.precedence, assembly);
  assembly.operators.push_back(op);
  return true;
}

void ExprBuilder::ReduceTo(int precedence, Assembly& assembly) {
  while (!assembly.operators.empty() && assembly.operators.back().precedence >= precedence) Reduce(assembly);
}

void ExprBuilder::Reduce(Assembly& assembly) {
  const Operator op = assembly.operators.back();
  assembly.operators.pop_back();
  Operand right = std::move(assembly.operands.back());
  assembly.operands.pop_back();
  if (op.prefix) {
    auto unary = Make<ast::UnaryExpr>({file_id_, op.span.begin, right.end});
    unary->op = op.unary;
    unary->op_span = op.span;
    unary->operand = std::move(right.expr);
    assembly.operands.push_back({std::move(unary), op.span.begin, right.end});
    return;
  }
  Operand left = std::move(assembly.operands.back());
  assembly.operands.pop_back();
  auto binary = Make<ast::BinaryExpr>({file_id_, left.begin, right.end});
  binary->op = op.op;
  binary->negated = op.negated;
  binary->op_span = op.span;
  binary->left = std::move(left.expr);
  binary->right = std::move(right.expr);
  CheckComparison(*binary);
  CheckOperand(*binary, *binary->left);
  CheckOperand(*binary, *binary->right);
  assembly.operands.push_back({std::move(binary), left.begin, right.end});
}

void ExprBuilder::ApplyIs(const CstNode& is, Cursor& cursor, Assembly& assembly) {
  ReduceTo(PrecedenceOf(ast::BinaryOp::kEqual), assembly);
  Operand operand = std::move(assembly.operands.back());
  assembly.operands.pop_back();
  const bool negated = cursor.Accept(Tok::NOT) != nullptr;
  const CstNode& name_node = *cursor.Take();
  ast::QualifiedName name = Qualified(name_node);
  const std::string text = name.parts.size() == 1 ? name.parts.front().text : std::string();

  auto result = Make<ast::IsExpr>({file_id_, operand.begin, name_node.end});
  result->test_span = {file_id_, is.begin, name_node.end};
  result->operand = std::move(operand.expr);
  result->negated = negated;
  const bool is_defined = text == "defined" || text == "undefined";
  if (IsForeignNull(text) || is_defined) {
    // `IS NULL` has been reported as a whole (tokens.cc).
    if (text_.substr(is.begin, 2) != "IS") {
      diagnostics_
          .Report(Code::kForeignSpelling, {file_id_, is.begin, name_node.end},
                  fmt::format("`{}` is no value here", text))
          .Expected(negated != (text == "defined") ? "`is present`" : "`is absent`");
    }
  }
  if (text == "present") {
    result->test = ast::IsTest::kPresent;
  } else if (text == "absent" || IsForeignNull(text) || is_defined) {
    result->test = ast::IsTest::kAbsent;
  } else {
    result->test = ast::IsTest::kModel;
    result->model = std::move(name);
  }
  CheckOperand(*result);
  assembly.operands.push_back({std::move(result), operand.begin, name_node.end});
}

// A primary with its fields, indexes and calls.
ast::ExprPtr ExprBuilder::OperandExpr(const CstNode& node) {
  const int level = level_;
  const size_t num_levels = NumTokens(node) + 1;
  if (TooDeep(num_levels, SpanOf(node))) return Error(SpanOf(node));
  level_ = level + static_cast<int>(num_levels);
  Cursor cursor(tree_, node);
  ast::ExprPtr result = Primary(*cursor.Take());
  while (const CstNode* token = cursor.AcceptToken()) {
    const CstNode& part = *cursor.Take();
    Span span = {file_id_, node.begin, part.end};
    switch (token->token) {
      case Tok::DOT: {
        auto field = Make<ast::FieldExpr>(span);
        field->base = std::move(result);
        field->field = NameOf(part);
        result = std::move(field);
        break;
      }
      case Tok::LBRACKET: {
        auto index = Make<ast::IndexExpr>(span);
        index->base = std::move(result);
        index->index = Expr(part);
        index->span.end = cursor.AcceptToken()->end;
        result = std::move(index);
        break;
      }
      default: {
        span.end = cursor.AcceptToken()->end;
        result = Call(std::move(result), span, part);
        break;
      }
    }
  }
  level_ = level;
  return result;
}

ast::Query ExprBuilder::QueryAt(Cursor& cursor, std::vector<ast::Generator> generators) {
  ast::Query query;
  query.generators = std::move(generators);
  query.span = Cover(query.generators.front().span, query.generators.back().span);
  if (cursor.Accept(Tok::WHERE) != nullptr) {
    const CstNode* where = cursor.Take();
    query.where = Expr(*where);
    query.span.end = where->end;
  }
  return query;
}

ast::Query ExprBuilder::Comprehension(const CstNode& node) {
  Cursor cursor(tree_, node);
  cursor.Accept(Tok::FOR);
  auto generators = Generators(*cursor.Take());
  return QueryAt(cursor, std::move(generators));
}

// What begins with a word of its own and reaches as far right as it can: queries and `if`.
ast::ExprPtr ExprBuilder::Query(const CstNode& node) {
  Cursor cursor(tree_, node);
  const CstNode& word = *cursor.Take();
  const Span span = SpanOf(node);
  switch (word.token) {
    case Tok::IF: {
      auto result = Make<ast::IfExpr>(span);
      result->condition = Expr(*cursor.Take());
      cursor.Accept(Tok::THEN);
      result->then = Expr(*cursor.Take());
      cursor.Accept(Tok::ELSE);
      result->otherwise = Expr(*cursor.Take());
      return result;
    }
    case Tok::EXISTS:
    case Tok::NO:
    case Tok::EVERY: {
      auto result = Make<ast::QuantifierExpr>(span);
      result->quantifier = word.token == Tok::EXISTS ? ast::Quantifier::kExists
                           : word.token == Tok::NO   ? ast::Quantifier::kNo
                                                     : ast::Quantifier::kEvery;
      result->keyword = SpanOf(word);
      auto generators = Generators(*cursor.Take());
      result->query = QueryAt(cursor, std::move(generators));
      if (cursor.Accept(Tok::SATISFIES) != nullptr) result->satisfies = Expr(*cursor.Take());
      return result;
    }
    case Tok::ONE: {
      auto result = Make<ast::OneExpr>(span);
      result->keyword = SpanOf(word);
      result->value = Expr(*cursor.Take());
      cursor.Accept(Tok::FOR);
      auto generators = Generators(*cursor.Take());
      result->query = QueryAt(cursor, std::move(generators));
      return result;
    }
    case Tok::FIRST: {
      auto result = Make<ast::FirstExpr>(span);
      result->keyword = SpanOf(word);
      std::vector<ast::Generator> generators;
      generators.push_back(Generator(*cursor.Take()));
      cursor.Accept(Tok::BY);
      result->key = Expr(*cursor.Take());
      result->query = QueryAt(cursor, std::move(generators));
      return result;
    }
    case Tok::GROUP: {
      auto result = Make<ast::GroupExpr>(span);
      result->keyword = SpanOf(word);
      std::vector<ast::Generator> generators;
      generators.push_back(Generator(*cursor.Take()));
      result->query = QueryAt(cursor, std::move(generators));
      cursor.Accept(Tok::BY);
      result->key = Expr(*cursor.Take());
      return result;
    }
    default: return Error(span);
  }
}

ast::ExprPtr ExprBuilder::Call(ast::ExprPtr callee, Span span, const CstNode& arguments) {
  if (!IsPath(*callee)) {
    diagnostics_.Report(Code::kUnexpectedText, callee->span, "only a function or define can be called, by its name")
        .Expected("a name before `(`");
    return Error(span);
  }
  Cursor cursor(tree_, arguments);
  std::vector<ast::ExprPtr> values;
  ast::ExprPtr where;
  while (const CstNode* child = cursor.Take()) {
    if (child->rule == Rule::kExpr) {
      values.push_back(Expr(*child));
    } else if (child->rule == Rule::kComprehension) {
      ast::ExprPtr aggregate = AggregateCall(*callee, std::move(values.front()), *child, span);
      cursor.Accept(Tok::COMMA);
      const CstNode* more = cursor.Accept(Rule::kExpr);
      if (more != nullptr && aggregate->kind != ast::ExprKind::kError) {
        diagnostics_
            .Report(Code::kMisplacedQuery, SpanOf(*more),
                    fmt::format("`{}` over a query takes nothing else", TextOf(callee->span)))
            .Hint("the condition of the query stands behind `where`");
      }
      return aggregate;
    } else if (child->token == Tok::WHERE) {
      where = Expr(*cursor.Take());
    }
  }
  const auto aggregate = AggregateNamed(*callee);
  auto is_generator = [](const ast::ExprPtr& value) {
    const auto* in = ast::TryAs<ast::BinaryExpr>(*value);
    return in != nullptr && in->op == ast::BinaryOp::kIn && !in->negated && !in->parenthesised &&
           in->left->kind == ast::ExprKind::kName && !in->left->parenthesised;
  };
  const bool counts =
      aggregate == ast::Aggregate::kCount && !values.empty() && std::all_of(values.begin(), values.end(), is_generator);
  if (counts) return CountCall(*callee, std::move(values), std::move(where), span);
  if (where != nullptr) {
    diagnostics_.Report(Code::kMisplacedQuery, where->span, "a `where` needs something to look through: `x in …`")
        .Expected("`count(x in … where …)`, or `(… for x in … where …)` in `sum`, `min`, `max`, `avg` or `union`")
        .Hint(aggregate ? "" : "put a query in `[…]` to pass a list");
  }
  auto call = Make<ast::CallExpr>(span);
  call->callee = std::move(callee);
  call->arguments = std::move(values);
  return call;
}

// `x in C` was read as a condition; within `count(…)` it says what to count.
ast::ExprPtr ExprBuilder::CountCall(const ast::Expr& callee, std::vector<ast::ExprPtr> arguments, ast::ExprPtr where,
                                    Span span) {
  auto result = Make<ast::AggregateExpr>(span);
  result->op = ast::Aggregate::kCount;
  result->keyword = callee.span;
  for (ast::ExprPtr& argument : arguments) {
    auto& in = static_cast<ast::BinaryExpr&>(*argument);
    ast::Generator generator;
    generator.variable = static_cast<ast::NameExpr&>(*in.left).name;
    generator.span = in.span;
    generator.collection = std::move(in.right);
    result->query.generators.push_back(std::move(generator));
  }
  result->query.span = Cover(result->query.generators.front().span, result->query.generators.back().span);
  if (where != nullptr) result->query.span = Cover(result->query.span, where->span);
  result->query.where = std::move(where);
  return result;
}

ast::ExprPtr ExprBuilder::AggregateCall(const ast::Expr& callee, ast::ExprPtr value, const CstNode& comprehension,
                                        Span span) {
  auto query = Comprehension(comprehension);
  const auto op = AggregateNamed(callee);
  if (!op || op == ast::Aggregate::kCount) {
    diagnostics_
        .Report(Code::kMisplacedQuery, SpanOf(comprehension), fmt::format("`{}` takes no `for`", TextOf(callee.span)))
        .Hint(op                                          ? "write `count(x in … where …)`"
              : MeantByHabit(TextOf(callee.span)).empty() ? "put the query in `[…]` to pass a list"
                                                          : std::string(MeantByHabit(TextOf(callee.span))));
    return Error(span);
  }
  auto result = Make<ast::AggregateExpr>(span);
  result->op = *op;
  result->keyword = callee.span;
  result->value = std::move(value);
  result->query = std::move(query);
  return result;
}

ast::ExprPtr ExprBuilder::Primary(const CstNode& node) {
  Cursor cursor(tree_, node);
  const CstNode& first = *cursor.Take();
  switch (first.rule) {
    case Rule::kLiteral: return Literal(*Cursor(tree_, first).Take(), false, SpanOf(first));
    case Rule::kString: return String(first);
    case Rule::kName: return NameUse(first);
    case Rule::kBraces: return Braced(first);
    default: break;
  }
  switch (first.token) {
    case Tok::UNKNOWN: {
      auto result = Make<ast::UnknownExpr>(SpanOf(node));
      result->reason = String(*cursor.Take());
      return result;
    }
    case Tok::LPAREN: {
      // Parentheses are no node, so they do not count for the depth; ANTLR's recursion is bounded apart.
      ast::ExprPtr inner = Expr(*cursor.Take());
      inner->parenthesised = true;
      return inner;
    }
    case Tok::LBRACKET: return Bracketed(node);
    case Tok::RULE_ID:
      diagnostics_
          .Report(Code::kUnexpectedText, SpanOf(first),
                  fmt::format("`{}` is the id of a rule, not a value", TextOf(first)))
          .Expected("an expression")
          .Hint("put blanks around a minus; a string is in double quotes");
      return Error(SpanOf(first));
    default: return Query(node);
  }
}

ast::ExprPtr ExprBuilder::NameUse(const CstNode& node) {
  const std::string_view text = TextOf(node);
  if (IsForeignNull(text)) {
    std::string_view before = text_.substr(0, node.begin);
    while (!before.empty() && (before.back() == ' ' || before.back() == '\t')) before.remove_suffix(1);
    std::string hint = "`x is absent` asks whether there is a value; `x ?? default` puts one in its place";
    if (before.ends_with("!=")) hint = "write `… is present`";
    if (before.ends_with("==")) hint = "write `… is absent`";
    diagnostics_.Report(Code::kForeignSpelling, SpanOf(node), fmt::format("`{}` is no value here", text))
        .Hint(std::move(hint));
    return Error(SpanOf(node));
  }
  if (const std::string_view meant = MeantTruthValue(text); !meant.empty()) {
    diagnostics_.Report(Code::kForeignSpelling, SpanOf(node), fmt::format("`{}` is written `{}`", text, meant))
        .Expected(fmt::format("`{}`", meant))
        .Fix(SpanOf(node), std::string(meant));
    auto result = Make<ast::BoolExpr>(SpanOf(node));
    result->value = meant == "true";
    return result;
  }
  auto result = Make<ast::NameExpr>(SpanOf(node));
  result->name = NameOf(node);
  return result;
}

const CstNode* ExprBuilder::PlainNumber(const CstNode& operand) const {
  const CstNode* at = &operand;
  for (const Rule rule : {Rule::kPrimary, Rule::kLiteral}) {
    if (at->num_children != 1) return nullptr;
    at = Cursor(tree_, *at).Accept(rule);
    if (at == nullptr) return nullptr;
  }
  const CstNode* token = Cursor(tree_, *at).Take();
  const bool number = token->token == Tok::INT || token->token == Tok::FLOAT || token->token == Tok::DURATION;
  return number ? token : nullptr;
}

ast::ExprPtr ExprBuilder::Literal(const CstNode& node, bool negative, Span span) {
  const std::string_view text = TextOf(node);
  auto bad = [&](Code code, std::string message, std::string hint) {
    diagnostics_.Report(code, SpanOf(node), std::move(message)).Hint(std::move(hint));
    return Error(span);
  };
  switch (node.token) {
    case Tok::TRUE:
    case Tok::FALSE: {
      auto result = Make<ast::BoolExpr>(span);
      result->value = node.token == Tok::TRUE;
      return result;
    }
    case Tok::INT: {
      if (text.find_first_not_of("0123456789_") != std::string_view::npos)
        return Error(span);  // the repair has reported it
      const auto value = ParseIntLiteral(text, negative);
      if (!value)
        return bad(Code::kNumberTooLarge, fmt::format("`{}` does not fit an int of 64 bits", TextOf(span)), "");
      auto result = Make<ast::IntExpr>(span);
      result->value = *value;
      return result;
    }
    case Tok::FLOAT: {
      const auto value = ParseFloatLiteral(text);
      if (!value) return bad(Code::kNumberTooLarge, fmt::format("`{}` does not fit a float", text), "");
      auto result = Make<ast::FloatExpr>(span);
      result->value = negative ? -*value : *value;
      return result;
    }
    case Tok::DURATION: {
      const auto value = ParseDurationLiteral(text);
      if (!value) return bad(Code::kNumberTooLarge, fmt::format("the duration `{}` is too long", text), "");
      auto result = Make<ast::DurationExpr>(span);
      result->micros = negative ? -*value : *value;
      return result;
    }
    case Tok::TIME: {
      const auto value = ParseTimeLiteral(text);
      if (!value) return bad(Code::kBadLiteral, fmt::format("there is no time `{}`", text), "a date is year-month-day");
      auto result = Make<ast::TimeExpr>(span);
      result->micros = value->micros;
      result->date_only = value->date_only;
      return result;
    }
    case Tok::IP: {
      if (!IsAddress(text))
        return bad(Code::kBadLiteral, fmt::format("`{}` is not an IP address", text),
                   "the parts of an IPv4 address go from 0 to 255; put text in double quotes");
      auto result = Make<ast::IpExpr>(span);
      result->text = text;
      return result;
    }
    case Tok::CIDR: {
      if (!IsAddressBlock(text))
        return bad(Code::kBadLiteral, fmt::format("`{}` is not a CIDR block", text),
                   "an address, `/` and a length of at most 32 (IPv4) or 128 (IPv6)");
      auto result = Make<ast::CidrExpr>(span);
      result->text = text;
      return result;
    }
    case Tok::VERSION: {
      auto result = Make<ast::VersionExpr>(span);
      result->text = text.substr(1);
      return result;
    }
    default: return Error(span);
  }
}

ast::StringPtr ExprBuilder::String(const CstNode& node) {
  auto result = Make<ast::StringExpr>(SpanOf(node));
  Cursor cursor(tree_, node);
  cursor.Accept(Tok::STRING_OPEN);
  auto text_part = [&](const CstNode& token) -> std::string& {
    auto& parts = result->parts;
    if (parts.empty() || parts.back().expr != nullptr) parts.push_back({{}, nullptr, SpanOf(token)});
    parts.back().span.end = token.end;
    return parts.back().text;
  };
  while (const CstNode* child = cursor.Take()) {
    switch (child->token) {
      case Tok::STRING_TEXT: text_part(*child) += TextOf(*child); break;
      case Tok::STRING_ESCAPE: {
        const auto decoded = DecodeEscape(TextOf(*child));
        if (!decoded) {
          diagnostics_.Report(Code::kBadEscape, SpanOf(*child), fmt::format("there is no escape `{}`", TextOf(*child)))
              .Expected("`\\n`, `\\t`, `\\r`, `\\\\`, `\\\"`, `\\{`, `\\}` or `\\u{…}`")
              .Hint("a backslash itself is written twice; a text in single quotes, `'\\d+'`, is taken as it stands");
        }
        text_part(*child) += decoded.value_or(std::string(TextOf(*child)));
        break;
      }
      case Tok::LBRACE: {
        const uint32_t begin = child->begin;
        ast::ExprPtr expr = Expr(*cursor.Take());
        const CstNode* close = cursor.Take();
        result->parts.push_back({{}, std::move(expr), {file_id_, begin, close->end}});
        break;
      }
      default: break;
    }
  }
  return result;
}

ast::StringPtr ExprBuilder::PlainString(const CstNode& node, std::string_view what) {
  ast::StringPtr result = String(node);
  for (const ast::StringPart& part : result->parts) {
    if (part.expr == nullptr) continue;
    diagnostics_.Report(Code::kInterpolationNotAllowed, part.span, fmt::format("{} cannot hold an expression", what))
        .Hint("write `\\{` for the character");
  }
  return result;
}

ast::Name ExprBuilder::NameOf(const CstNode& node) const { return {std::string(TextOf(node)), SpanOf(node)}; }

ast::QualifiedName ExprBuilder::Qualified(const CstNode& node) const {
  ast::QualifiedName result;
  result.span = SpanOf(node);
  Cursor cursor(tree_, node);
  while (const CstNode* child = cursor.Take()) {
    if (child->token != Tok::DOT || child->rule != Rule::kToken) result.parts.push_back(NameOf(*child));
  }
  return result;
}

ast::Generator ExprBuilder::Generator(const CstNode& node) {
  ast::Generator result;
  result.span = SpanOf(node);
  Cursor cursor(tree_, node);
  result.variable = NameOf(*cursor.Take());
  cursor.Accept(Tok::IN);
  result.collection = Expr(*cursor.Take());
  CheckCollection(result);
  return result;
}

std::vector<ast::Generator> ExprBuilder::Generators(const CstNode& node) {
  std::vector<ast::Generator> result;
  Cursor cursor(tree_, node);
  while (const CstNode* child = cursor.Take()) {
    if (child->rule == Rule::kGenerator) result.push_back(Generator(*child));
  }
  return result;
}

ast::ExprPtr ExprBuilder::Bracketed(const CstNode& node) {
  Cursor cursor(tree_, node);
  cursor.Accept(Tok::LBRACKET);
  auto list = Make<ast::ListExpr>(SpanOf(node));
  while (const CstNode* child = cursor.Take()) {
    if (child->rule == Rule::kExpr) list->elements.push_back(Expr(*child));
    if (child->rule != Rule::kComprehension) continue;
    auto result = Make<ast::ComprehensionExpr>(SpanOf(node));
    result->shape = ast::ComprehensionShape::kList;
    result->value = std::move(list->elements.front());
    result->query = Comprehension(*child);
    return result;
  }
  return list;
}

ast::ExprPtr ExprBuilder::Braced(const CstNode& node) {
  Cursor cursor(tree_, node);
  const Span span = SpanOf(node);
  std::vector<ast::ExprPtr> elements;
  std::vector<ast::MapEntry> entries;
  while (const CstNode* child = cursor.Take()) {
    if (child->rule == Rule::kExpr) {
      elements.push_back(Expr(*child));
    } else if (child->rule == Rule::kMapEntry) {
      Cursor parts(tree_, *child);
      ast::ExprPtr key = Expr(*parts.Take());
      parts.Accept(Tok::COLON);
      ast::ExprPtr value = Expr(*parts.Take());
      entries.push_back({std::move(key), std::move(value), SpanOf(*child)});
    } else if (child->rule == Rule::kToken && child->token == Tok::COLON) {
      const CstNode& value = *cursor.Take();
      const Span entry_span = Cover(elements.front()->span, SpanOf(value));
      entries.push_back({std::move(elements.front()), Expr(value), entry_span});
      elements.clear();
    } else if (child->rule == Rule::kComprehension) {
      auto result = Make<ast::ComprehensionExpr>(span);
      result->shape = entries.empty() ? ast::ComprehensionShape::kSet : ast::ComprehensionShape::kMap;
      if (!entries.empty()) result->key = std::move(entries.front().key);
      result->value = entries.empty() ? std::move(elements.front()) : std::move(entries.front().value);
      result->query = Comprehension(*child);
      return result;
    }
  }
  if (elements.empty()) return ToRecord(std::move(entries), span);
  auto set = Make<ast::SetExpr>(span);
  set->elements = std::move(elements);
  return set;
}

// A map, or in a row of a test the record that its bare keys make it.
ast::ExprPtr ExprBuilder::ToRecord(std::vector<ast::MapEntry> entries, Span span) const {
  auto is_bare = [](const ast::MapEntry& entry) {
    return entry.key->kind == ast::ExprKind::kName && !entry.key->parenthesised;
  };
  const bool record = record_depth_ > 0 && !entries.empty() && std::all_of(entries.begin(), entries.end(), is_bare);
  if (!record) {
    auto map = Make<ast::MapExpr>(span);
    map->entries = std::move(entries);
    return map;
  }
  auto result = Make<ast::RecordExpr>(span);
  for (ast::MapEntry& entry : entries) {
    result->entries.push_back({static_cast<ast::NameExpr&>(*entry.key).name, std::move(entry.value), entry.span});
  }
  return result;
}

}  // namespace bylaw::compiler

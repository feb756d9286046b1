#include "compiler/syntax/antlr_bridge.h"

#include <algorithm>
#include <bitset>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <Bylaw.h>
#include <BylawLexer.h>
#include <antlr4-runtime.h>
#include <fmt/format.h>

#include "compiler/syntax/syntax_errors.h"

namespace bylaw::compiler {
namespace {

using Parser = grammar::Bylaw;
using antlr4::ParserRuleContext;

// How deep expressions and types may nest. ANTLR's parsers recurse, so this bounds the stack.
constexpr size_t kMaxExpressionDepth = 400;
constexpr size_t kMaxTypeDepth = 100;

// ANTLR's tables are unpacked when first needed, not in static initialisers: see cmake/AntlrPatch.cmake.
void InitializeTables() {
  static std::once_flag once;
  std::call_once(once, [] {
    grammar::BylawLexer::Initialize();
    Parser::Initialize();
  });
}

// ---- Bytes in, tokens out ------------------------------------------------------------------------------------------

// The text as a stream of bytes, so that every position is a byte offset. Control characters read as blanks.
class ByteStream final : public antlr4::CharStream {
 public:
  explicit ByteStream(std::string_view text) : text_(text) {}

  void consume() override { ++position_; }
  size_t LA(ssize_t i) override {
    const size_t at = i > 0 ? position_ + static_cast<size_t>(i) - 1 : position_ - static_cast<size_t>(-i);
    if (i == 0) return 0;
    if (at >= text_.size()) return EOF;
    const auto byte = static_cast<unsigned char>(text_[at]);
    return IsInvisible(byte) ? ' ' : byte;
  }
  ssize_t mark() override { return -1; }
  void release(ssize_t) override {}
  size_t index() override { return position_; }
  void seek(size_t index) override { position_ = index; }
  size_t size() override { return text_.size(); }
  std::string getSourceName() const override { return {}; }
  std::string getText(const antlr4::misc::Interval& interval) override {
    return std::string(text_.substr(static_cast<size_t>(interval.a), static_cast<size_t>(interval.b - interval.a + 1)));
  }
  std::string toString() const override { return std::string(text_); }

 private:
  const std::string_view text_;
  size_t position_ = 0;
};

// Runs the generated automaton without making a token object for each match.
class Lexer final : public grammar::BylawLexer {
 public:
  Lexer(FileId file_id, std::string_view text, ByteStream& stream, Diagnostics& diagnostics)
      : BylawLexer(&stream), file_id_(file_id), text_(text), stream_(stream), diagnostics_(diagnostics) {}

  std::vector<Token> Run() {
    result_.reserve(text_.size() / 5 + 1);
    if (text_.starts_with("\xEF\xBB\xBF")) stream_.seek(3);
    while (stream_.LA(1) != antlr4::CharStream::EOF) Next();
    if (!open_strings_.empty()) CloseStrings();
    Push(Tok::kEnd, text_.size(), text_.size());
    return std::move(result_);
  }

  // One closing brace too many must not end in an exception; the repair reports it.
  size_t popMode() override { return modeStack.empty() ? mode : BylawLexer::popMode(); }

 private:
  void Next() {
    const size_t begin = stream_.index();
    type = antlr4::Token::INVALID_TYPE;
    const size_t matched = getInterpreter<antlr4::atn::LexerATNSimulator>()->match(&stream_, mode);
    if (type == antlr4::Token::INVALID_TYPE) type = matched;
    if (type == SKIP) {
      // An interpolation ends on its line, as the string around it does.
      if (!open_strings_.empty() && HasNewline(begin, stream_.index())) CloseStrings();
      return;
    }
    const auto kind = static_cast<Tok>(type);
    const bool in_string = mode != DEFAULT_MODE;
    switch (kind) {
      case Tok::STRING_OPEN: open_strings_.push_back(static_cast<uint32_t>(begin)); break;
      case Tok::STRING_CLOSE:
        if (!open_strings_.empty()) open_strings_.pop_back();
        break;
      case Tok::STRING_NEWLINE:
        stream_.seek(begin);
        CloseStrings();
        return;
      case Tok::FOREIGN_COMMENT:
        if (text_[begin] == '/') stream_.seek(std::min(text_.find("*/", begin + 2), text_.size() - 2) + 2);
        break;
      case Tok::OTHER:
        if (in_string) return;  // a backslash at the end of a line that the string does not survive
        stream_.seek(EndOfForeign(text_, static_cast<uint32_t>(begin)));
        break;
      default: break;
    }
    Push(kind, begin, stream_.index());
  }

  void Push(Tok kind, size_t begin, size_t end) {
    Token& pushed = result_.emplace_back();
    pushed.type = kind;
    pushed.begin = static_cast<uint32_t>(begin);
    pushed.end = static_cast<uint32_t>(end);
  }

  bool HasNewline(size_t begin, size_t end) const {
    return text_.substr(begin, end - begin).find_first_of("\r\n") != std::string_view::npos;
  }

  // Ends all strings and interpolations that are open at the end of a line, by made-up tokens.
  void CloseStrings() {
    const uint32_t begin = open_strings_.front();
    // In `"a {b"` the last quote was meant to end the string, not to begin one in the interpolation.
    if (open_strings_.size() > 1 && result_.back().type == Tok::STRING_OPEN) {
      result_.pop_back();
      open_strings_.pop_back();
      popMode();
    }
    if (++num_reported_ <= kMaxSyntaxErrors) ReportUnclosed(begin);
    size_t open = open_strings_.size();
    while (open > 0) {
      Push(mode == DEFAULT_MODE ? Tok::RBRACE : Tok::STRING_CLOSE, stream_.index(), stream_.index());
      result_.back().begin = result_.back().end = result_[result_.size() - 2].end;
      result_.back().made_up = true;
      if (mode != DEFAULT_MODE) --open;
      popMode();
    }
    open_strings_.clear();
  }

  void ReportUnclosed(uint32_t begin) {
    const size_t end_of_line = std::min(text_.find_first_of("\r\n", begin), text_.size());
    const bool in_expression = mode == DEFAULT_MODE || open_strings_.size() > 1;
    auto& diagnostic = diagnostics_.Report(Code::kUnclosedString, {file_id_, begin, static_cast<uint32_t>(end_of_line)},
                                           "this string is not closed at the end of its line");
    diagnostic.Expected("`\"`");
    diagnostic.Hint(in_expression
                        ? "a `{` in a string begins an expression, which ends in `}`; write `\\{` for the character"
                        : "write `\\n` for the end of a line in a text");
  }

  const FileId file_id_;
  const std::string_view text_;
  ByteStream& stream_;
  Diagnostics& diagnostics_;
  std::vector<Token> result_;
  std::vector<uint32_t> open_strings_;
  size_t num_reported_ = 0;
};

// ---- Tokens as ANTLR's parser wants them ---------------------------------------------------------------------------

class BridgeToken final : public antlr4::Token {
 public:
  BridgeToken(size_t type, size_t index) : type_(type), index_(index) {}

  std::string getText() const override { return {}; }
  size_t getType() const override { return type_; }
  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() const override { return 0; }
  size_t getChannel() const override { return DEFAULT_CHANNEL; }
  size_t getTokenIndex() const override { return index_; }
  size_t getStartIndex() const override { return index_; }
  size_t getStopIndex() const override { return index_; }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  antlr4::CharStream* getInputStream() const override { return nullptr; }
  std::string toString() const override { return {}; }

 private:
  const size_t type_;
  const size_t index_;
};

class BridgeTokens final : public antlr4::TokenStream {
 public:
  explicit BridgeTokens(const std::vector<Token>& tokens) {
    tokens_.reserve(tokens.size());
    for (const Token& token : tokens) {
      const size_t type = token.type == Tok::kEnd ? antlr4::Token::EOF : static_cast<size_t>(token.type);
      tokens_.emplace_back(type, tokens_.size());
    }
  }

  antlr4::Token* LT(ssize_t k) override {
    if (k == 0) return nullptr;
    if (k < 0) return static_cast<size_t>(-k) > position_ ? nullptr : &tokens_[position_ - static_cast<size_t>(-k)];
    return &tokens_[std::min(position_ + static_cast<size_t>(k) - 1, tokens_.size() - 1)];
  }
  size_t LA(ssize_t i) override {
    const antlr4::Token* token = LT(i);
    return token == nullptr ? antlr4::Token::INVALID_TYPE : token->getType();
  }
  void consume() override {
    if (position_ + 1 < tokens_.size()) ++position_;
  }
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return position_; }
  void seek(size_t index) override { position_ = index; }
  size_t size() override { return tokens_.size(); }
  std::string getSourceName() const override { return {}; }
  antlr4::Token* get(size_t index) const override { return const_cast<BridgeToken*>(&tokens_[index]); }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval&) override { return {}; }
  std::string getText() override { return {}; }
  std::string getText(antlr4::RuleContext*) override { return {}; }
  std::string getText(antlr4::Token*, antlr4::Token*) override { return {}; }

 private:
  std::vector<BridgeToken> tokens_;
  size_t position_ = 0;
};

// ---- Errors --------------------------------------------------------------------------------------------------------

// Thrown through ANTLR's code to its caller; no RecognitionException, so that no rule catches it.
struct GiveUp {};

Place PlaceOf(size_t rule) {
  switch (rule) {
    case Parser::RuleFile: return Place::kFile;
    case Parser::RuleModelBody: return Place::kModelBody;
    case Parser::RuleField:
    case Parser::RuleModelMember: return Place::kField;
    case Parser::RuleMapping: return Place::kMapping;
    case Parser::RuleMappingBody: return Place::kMappingBody;
    case Parser::RuleType:
    case Parser::RuleTypeMember:
    case Parser::RuleTypePrimary:
    case Parser::RuleTypeField: return Place::kType;
    case Parser::RuleRuleBody: return Place::kRuleBody;
    case Parser::RuleClause: return Place::kClause;
    case Parser::RuleTestBody: return Place::kTestBody;
    case Parser::RuleTestStep:
    case Parser::RuleExpectation:
    case Parser::RuleVerdict: return Place::kTestStep;
    case Parser::RuleGiven:
    case Parser::RuleGivenRows:
    case Parser::RuleGivenRow:
    case Parser::RuleGivenBody:
    case Parser::RuleGivenEntry: return Place::kGiven;
    case Parser::RuleWaiverDecl:
    case Parser::RuleWaiverTerm: return Place::kWaiver;
    case Parser::RuleString: return Place::kString;
    case Parser::RuleExpr:
    case Parser::RulePrimary:
    case Parser::RuleArguments:
    case Parser::RuleBraces:
    case Parser::RuleMapEntry: return Place::kExpression;
    default: return Place::kItem;
  }
}

bool IsBody(size_t rule) {
  switch (rule) {
    case Parser::RuleFile:
    case Parser::RuleModelBody:
    case Parser::RuleMappingBody:
    case Parser::RuleRuleBody:
    case Parser::RuleTestBody:
    case Parser::RuleGivenRows:
    case Parser::RuleGivenBody: return true;
    default: return false;
  }
}

// The members of bodies: an error in one ends it, and reading goes on with the next.
bool IsMember(size_t rule) {
  switch (rule) {
    case Parser::RuleItem:
    case Parser::RuleModelMember:
    case Parser::RuleMappingEntry:
    case Parser::RuleClause:
    case Parser::RuleTestStep:
    case Parser::RuleGivenRow:
    case Parser::RuleGivenEntry: return true;
    default: return false;
  }
}

// Reports each error once and takes up the thread at the next member of the body that the error is in. ANTLR's own
// strategy, which guesses at tokens to insert or drop, makes up follow-up errors.
class Recovery final : public antlr4::ANTLRErrorStrategy {
 public:
  Recovery(FileId file_id, std::string_view text, const std::vector<Token>& tokens, Diagnostics& diagnostics)
      : file_id_(file_id), text_(text), tokens_(tokens), diagnostics_(diagnostics) {}

  void reset(antlr4::Parser*) override { recovering_ = false; }
  antlr4::Token* recoverInline(antlr4::Parser* parser) override { throw antlr4::InputMismatchException(parser); }
  bool inErrorRecoveryMode(antlr4::Parser*) override { return recovering_; }
  void reportMatch(antlr4::Parser*) override { recovering_ = false; }

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override {
    if (recovering_) return;
    const size_t offending = error.getOffendingToken()->getTokenIndex();
    const auto* dead_end = dynamic_cast<const antlr4::NoViableAltException*>(&error);
    const bool at_once = dead_end == nullptr || dead_end->getStartToken()->getTokenIndex() == offending;
    Report(parser, offending, at_once);
  }

  void recover(antlr4::Parser* parser, std::exception_ptr error) override {
    ParserRuleContext* context = parser->getContext();
    if (!IsMember(context->getRuleIndex())) std::rethrow_exception(error);
    auto* body = static_cast<ParserRuleContext*>(context->parent);
    const size_t member_begin = context->getStart()->getTokenIndex();
    // Never stand still: the member that failed at its first token is passed over.
    Skip(parser, body, std::max(resume_at_, member_begin + (resume_at_ <= member_begin ? 1 : 0)));
  }

  // ANTLR asks this wherever a part may be left out or repeated. Only bodies care: what cannot begin a member is
  // reported here, so that it does not end the body.
  void sync(antlr4::Parser* parser) override {
    auto* context = parser->getContext();
    const size_t rule = context->getRuleIndex();
    if (!IsBody(rule)) return;
    const size_t at = parser->getInputStream()->index();
    if (tokens_[at].type == Tok::LBRACE && rule != Parser::RuleFile && at == context->getStart()->getTokenIndex())
      return;
    if (MayFollow(rule, tokens_[at].type)) return;
    if (recovering_) {
      Skip(parser, context, at);
      return;
    }
    Report(parser, at, false);
    // What goes on in the middle of a line belonged to the member before, which so is not what the author wrote.
    const bool goes_on =
        at > 0 && !tokens_[at].first_on_line && tokens_[at - 1].type != Tok::RBRACE && rule != Parser::RuleModelBody;
    if (resume_at_ < at || goes_on) MarkFailed(context);
    if (rule == Parser::RuleRuleBody) context->exception = std::make_exception_ptr(GiveUp());
    Skip(parser, context, resume_at_);
  }

 private:
  static bool MayFollow(size_t rule, Tok type) {
    if (type == Tok::kEnd) return true;
    if (rule == Parser::RuleFile) return IsItemWord(type);
    if (type == Tok::RBRACE || type == Tok::COMMA || type == Tok::SEMICOLON) return true;
    if (rule == Parser::RuleRuleBody) return IsClauseWord(type);
    if (rule == Parser::RuleTestBody) return type == Tok::GIVEN || type == Tok::EXPECT;
    return IsName(type);
  }

  // Where a member of this body surely begins.
  bool BeginsMember(size_t rule, size_t i) const {
    const Tok type = tokens_[i].type;
    const Tok next = i + 1 < tokens_.size() ? tokens_[i + 1].type : Tok::kEnd;
    switch (rule) {
      case Parser::RuleFile: return BeginsItem(tokens_, i);
      case Parser::RuleRuleBody:
        return IsClauseWord(type) && (tokens_[i].first_on_line || next == Tok::STRING_OPEN || type == Tok::REQUIRE ||
                                      type == Tok::FORBID || (type == Tok::SEVERITY && IsName(next)));
      case Parser::RuleTestBody: return type == Tok::EXPECT || type == Tok::GIVEN;
      case Parser::RuleModelBody:
        return IsName(type) && (next == Tok::COLON || (type == Tok::FROM && IsName(next)) ||
                                (type == Tok::KEY && IsName(next) && tokens_[i].first_on_line));
      case Parser::RuleMappingBody:
        return IsName(type) && (next == Tok::ASSIGN || (next == Tok::DOT && tokens_[i].first_on_line));
      case Parser::RuleGivenRows: return IsName(type) && tokens_[i].first_on_line;
      default: return IsName(type) && next == Tok::COLON;
    }
  }

  // The member before took the first word of the next for one of its own: it is not what the author wrote.
  static void MarkFailed(ParserRuleContext* body) {
    const auto failure = std::make_exception_ptr(GiveUp());
    for (ParserRuleContext* at = body; !at->children.empty();) {
      auto* last = dynamic_cast<ParserRuleContext*>(at->children.back());
      if (last == nullptr) return;
      last->exception = failure;
      at = last;
    }
  }

  void Skip(antlr4::Parser* parser, ParserRuleContext* body, size_t i) {
    const size_t rule = body->getRuleIndex();
    const bool in_file = rule == Parser::RuleFile;
    const uint32_t depth = in_file ? 0 : tokens_[body->getStart()->getTokenIndex()].depth;
    const uint32_t inner = in_file ? 0 : depth + 1;
    for (; tokens_[i].type != Tok::kEnd; ++i) {
      const bool at_end = !in_file && tokens_[i].depth <= depth && tokens_[i].type == Tok::RBRACE;
      if (at_end || (tokens_[i].depth == inner && BeginsMember(rule, i))) break;
    }
    recovering_ = true;
    parser->getInputStream()->seek(i);
  }

  void Report(antlr4::Parser* parser, size_t offending, bool expectations_known) {
    recovering_ = true;
    SyntaxError error{.tokens = tokens_,
                      .index = BlameFor(tokens_, offending, text_),
                      .expected = {},
                      .place = Place::kItem,
                      .body = Place::kFile};
    resume_at_ = error.index;
    auto* context = parser->getContext();
    // What has not got beyond its first token is not where the author is.
    while (!IsBody(context->getRuleIndex()) && context->parent != nullptr &&
           (PlaceOf(context->getRuleIndex()) == Place::kItem || context->getStart()->getTokenIndex() == offending)) {
      context = static_cast<ParserRuleContext*>(context->parent);
    }
    error.place = PlaceOf(context->getRuleIndex());
    while (!IsBody(context->getRuleIndex()) && context->parent != nullptr) {
      context = static_cast<ParserRuleContext*>(context->parent);
    }
    error.body = PlaceOf(context->getRuleIndex());
    if (expectations_known) AddExpected(parser, error.expected);
    if (error.index != offending) {
      error.expected.clear();
      error.place = Place::kExpression;
    }
    ReportSyntaxError(error, file_id_, text_, diagnostics_);
    if (++num_reported_ < kMaxSyntaxErrors) return;
    const Token& token = tokens_[offending];
    diagnostics_
        .Report(Code::kTooManyErrors, {file_id_, token.begin, token.end},
                fmt::format("reading stops here, after {} syntax errors", kMaxSyntaxErrors))
        .Hint("is this a policy?");
    throw GiveUp();
  }

  static void AddExpected(antlr4::Parser* parser, std::vector<Tok>& expected) {
    for (ssize_t type : parser->getExpectedTokens().toList()) {
      expected.push_back(type < 0 ? Tok::kEnd : static_cast<Tok>(type));
    }
  }

  const FileId file_id_;
  const std::string_view text_;
  const std::vector<Token>& tokens_;
  Diagnostics& diagnostics_;
  bool recovering_ = false;
  size_t resume_at_ = 0;
  size_t num_reported_ = 0;
};

// ---- The parser ----------------------------------------------------------------------------------------------------

// Decides where one token does not, in ANTLR's view, without ANTLR's search: a part that may be left out or repeated is
// there when its first token is. That is right for all but commas, which two or three tokens settle. (ANTLR would
// simulate the grammar up to where the readings part: for a `where` that could also be a clause of the rule, over the
// whole condition.)
class Predictor final : public antlr4::atn::ParserATNSimulator {
 public:
  explicit Predictor(Parser& owner)
      : ParserATNSimulator(&owner, owner.getATN(), Interpreter(owner).decisionToDFA,
                           Interpreter(owner).getSharedContextCache()),
        first_tokens_(owner.getATN().getNumberOfDecisions()) {}

  size_t adaptivePredict(antlr4::TokenStream* input, size_t decision, ParserRuleContext*) override {
    const std::vector<TokenSet>& alternatives = FirstTokens(decision);
    const size_t token = input->LA(1);
    for (size_t i = 0; i < alternatives.size(); ++i) {
      if (token >= alternatives[i].size() || !alternatives[i][token]) continue;
      if (static_cast<Tok>(token) != Tok::COMMA || CommaGoesOn(*input, atn.getDecisionState(decision)->ruleIndex))
        return i + 1;
    }
    return alternatives.size() + 1;
  }

 private:
  using TokenSet = std::bitset<128>;

  static ParserATNSimulator& Interpreter(Parser& owner) { return *owner.getInterpreter<ParserATNSimulator>(); }

  // What each alternative but the last can begin with. The last is the way out.
  const std::vector<TokenSet>& FirstTokens(size_t decision) {
    std::vector<TokenSet>& result = first_tokens_[decision];
    if (!result.empty()) return result;
    const antlr4::atn::DecisionState* state = atn.getDecisionState(decision);
    const antlr4::atn::LL1Analyzer analyzer(atn);
    for (size_t i = 0; i + 1 < state->transitions.size(); ++i) {
      TokenSet& set = result.emplace_back();
      for (const ssize_t token : analyzer.LOOK(state->transitions[i]->target, nullptr).toList()) {
        if (token > 0 && static_cast<size_t>(token) < set.size()) set.set(static_cast<size_t>(token));
      }
    }
    return result;
  }

  static bool CommaGoesOn(antlr4::TokenStream& input, size_t rule) {
    const auto next = static_cast<Tok>(input.LA(2));
    switch (rule) {
      case Parser::RuleGenerators:
      case Parser::RuleMapping: return IsName(next) && static_cast<Tok>(input.LA(3)) == Tok::IN;
      case Parser::RuleClause: return next == Tok::STRING_OPEN;
      default: return !IsCloser(next);
    }
  }

  std::vector<std::vector<TokenSet>> first_tokens_;
};

class BoundedParser final : public grammar::Bylaw {
 public:
  BoundedParser(FileId file_id, const std::vector<Token>& tokens, BridgeTokens& stream, Diagnostics& diagnostics)
      : Bylaw(&stream), file_id_(file_id), tokens_(tokens), diagnostics_(diagnostics) {}

  void enterRule(ParserRuleContext* context, size_t state, size_t rule) override {
    if (rule == RuleExpr) Enter(context, rule, open_exprs_, kMaxExpressionDepth);
    if (rule == RuleType) Enter(context, rule, open_types_, kMaxTypeDepth);
    Bylaw::enterRule(context, state, rule);
  }

 private:
  // Keeps the stack of those contexts of one rule that are being read. ANTLR does not say when a rule is left, but a
  // new context knows its parents.
  void Enter(ParserRuleContext* context, size_t rule, std::vector<ParserRuleContext*>& open, size_t limit) {
    auto* up = static_cast<ParserRuleContext*>(context->parent);
    while (up != nullptr && up->getRuleIndex() != rule) up = static_cast<ParserRuleContext*>(up->parent);
    while (!open.empty() && open.back() != up) open.pop_back();
    open.push_back(context);
    if (open.size() > limit) TooDeep(limit);
  }

  [[noreturn]] void TooDeep(size_t limit) {
    const Token& token = tokens_[getInputStream()->index()];
    diagnostics_
        .Report(Code::kNestedTooDeeply, {file_id_, token.begin, token.end},
                fmt::format("this is nested more than {} deep", limit))
        .Hint("give a part of it a name with `let` or `define`");
    throw GiveUp();
  }

  const FileId file_id_;
  const std::vector<Token>& tokens_;
  Diagnostics& diagnostics_;
  std::vector<ParserRuleContext*> open_exprs_;
  std::vector<ParserRuleContext*> open_types_;
};

// ANTLR's tree into ours, children before parents, without recursion.
void Flatten(antlr4::tree::ParseTree* root, const std::vector<Token>& tokens, Cst& result) {
  struct Frame {
    ParserRuleContext* context;
    size_t next_child = 0;
    size_t first_pending;  // in `pending`: the children of this one that are done
  };
  std::vector<Frame> stack;
  std::vector<uint32_t> pending;
  result.nodes.reserve(tokens.size() * 3);
  result.children.reserve(tokens.size() * 3);
  stack.push_back({static_cast<ParserRuleContext*>(root), 0, 0});
  while (!stack.empty()) {
    Frame& frame = stack.back();
    if (frame.next_child < frame.context->children.size()) {
      antlr4::tree::ParseTree* child = frame.context->children[frame.next_child++];
      if (auto* leaf = dynamic_cast<antlr4::tree::TerminalNode*>(child)) {
        const Token& token = tokens[leaf->getSymbol()->getTokenIndex()];
        CstNode node;
        node.token = token.type;
        node.begin = token.begin;
        node.end = token.end;
        pending.push_back(static_cast<uint32_t>(result.nodes.size()));
        result.nodes.push_back(node);
      } else {
        stack.push_back({static_cast<ParserRuleContext*>(child), 0, pending.size()});
      }
      continue;
    }
    CstNode node;
    node.rule = static_cast<Rule>(frame.context->getRuleIndex());
    node.failed = frame.context->exception != nullptr;
    node.first_child = static_cast<uint32_t>(result.children.size());
    node.num_children = static_cast<uint32_t>(pending.size() - frame.first_pending);
    if (node.num_children > 0) {
      node.begin = result.nodes[pending[frame.first_pending]].begin;
      node.end = result.nodes[pending.back()].end;
    } else if (frame.context->getStart() != nullptr) {
      node.begin = node.end = tokens[frame.context->getStart()->getTokenIndex()].begin;
    }
    result.children.insert(result.children.end(), pending.begin() + static_cast<ptrdiff_t>(frame.first_pending),
                           pending.end());
    pending.resize(frame.first_pending);
    pending.push_back(static_cast<uint32_t>(result.nodes.size()));
    result.nodes.push_back(node);
    stack.pop_back();
  }
}

bool Parse(StartRule start, FileId file_id, std::string_view text, const std::vector<Token>& tokens, Cst& result,
           Diagnostics& diagnostics) {
  BridgeTokens stream(tokens);
  BoundedParser parser(file_id, tokens, stream, diagnostics);
  parser.removeErrorListeners();
  parser.setErrorHandler(std::make_shared<Recovery>(file_id, text, tokens, diagnostics));
  parser.setInterpreter(new Predictor(parser));  // the parser owns it
  try {
    ParserRuleContext* root = start == StartRule::kFile ? static_cast<ParserRuleContext*>(parser.file())
                                                        : static_cast<ParserRuleContext*>(parser.loneExpression());
    Flatten(root, tokens, result);
    return true;
  } catch (const GiveUp&) {
    return false;
  } catch (const antlr4::RecognitionException&) {
    return false;  // a lone expression has no body to recover in; its error has been reported
  }
}

}  // namespace

std::vector<Token> RunLexer(FileId file_id, std::string_view text, Diagnostics& diagnostics) {
  InitializeTables();
  ByteStream stream(text);
  return Lexer(file_id, text, stream, diagnostics).Run();
}

bool RunParser(StartRule start, FileId file_id, std::string_view text, const std::vector<Token>& tokens, Cst& result,
               Diagnostics& diagnostics) {
  InitializeTables();
  return Parse(start, file_id, text, tokens, result, diagnostics);
}

}  // namespace bylaw::compiler

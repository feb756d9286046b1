#include "compiler/syntax/tokens.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace bylaw::compiler {
namespace {

// The length of the UTF-8 sequence at text[i], or 0 when it is none (overlong forms and surrogates included).
size_t Utf8Length(std::string_view text, size_t i) {
  auto byte = [&](size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0u; };
  auto continues = [&](size_t k) { return (byte(k) & 0xC0) == 0x80; };
  const unsigned first = byte(i);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(i + 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(i + 1) || !continues(i + 2)) return 0;
    if (first == 0xE0 && byte(i + 1) < 0xA0) return 0;
    if (first == 0xED && byte(i + 1) > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(i + 1) || !continues(i + 2) || !continues(i + 3)) return 0;
    if (first == 0xF0 && byte(i + 1) < 0x90) return 0;
    if (first == 0xF4 && byte(i + 1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

uint32_t CodePoint(std::string_view text, size_t i) {
  auto byte = [&](size_t k) { return static_cast<uint32_t>(static_cast<unsigned char>(text[k])); };
  switch (Utf8Length(text, i)) {
    case 2: return (byte(i) & 0x1F) << 6 | (byte(i + 1) & 0x3F);
    case 3: return (byte(i) & 0x0F) << 12 | (byte(i + 1) & 0x3F) << 6 | (byte(i + 2) & 0x3F);
    case 4:
      return (byte(i) & 0x07) << 18 | (byte(i + 1) & 0x3F) << 12 | (byte(i + 2) & 0x3F) << 6 | (byte(i + 3) & 0x3F);
    default: return byte(i);
  }
}

// Characters that reorder the text around them: with them, a line can look different from what it says.
bool IsBidiControl(uint32_t code_point) {
  return (code_point >= 0x202A && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069);
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Tok PartnerOf(Tok opener) {
  switch (opener) {
    case Tok::LPAREN: return Tok::RPAREN;
    case Tok::LBRACKET: return Tok::RBRACKET;
    default: return Tok::RBRACE;
  }
}

char Glyph(Tok bracket) {
  switch (bracket) {
    case Tok::LPAREN: return '(';
    case Tok::RPAREN: return ')';
    case Tok::LBRACKET: return '[';
    case Tok::RBRACKET: return ']';
    case Tok::LBRACE: return '{';
    default: return '}';
  }
}

// What people write who come from another language, and what they mean.
struct Foreign {
  std::string_view seen;
  Tok meant;
  std::string_view spelling;
};
constexpr auto kForeignOperators = std::to_array<Foreign>({
    {"&&", Tok::AND, "and"},
    {"&", Tok::AND, "and"},
    {"||", Tok::OR, "or"},
    {"!", Tok::NOT, "not"},
    {":=", Tok::ASSIGN, "="},
    {"<>", Tok::NOT_EQUAL, "!="},
    {"===", Tok::EQUAL, "=="},
    {"!==", Tok::NOT_EQUAL, "!="},
    {"=!", Tok::NOT_EQUAL, "!="},
    {"=<", Tok::LESS_EQUAL, "<="},
    {"=~", Tok::MATCHES, "matches"},
    {"~", Tok::MATCHES, "matches"},
    {"->", Tok::COLON, ":"},
    {"=>", Tok::COLON, ":"},
});

// SQL's operators, which it writes in any case.
constexpr auto kCapitalOperators = std::to_array<Foreign>({
    {"AND", Tok::AND, "and"},
    {"OR", Tok::OR, "or"},
    {"NOT", Tok::NOT, "not"},
    {"IN", Tok::IN, "in"},
    {"IS", Tok::IS, "is"},
    {"LIKE", Tok::LIKE, "like"},
    {"EXISTS", Tok::EXISTS, "exists"},
    {"WHERE", Tok::WHERE, "where"},
});

// One pass over the lexer's tokens with a stack of what is open.
class Repairer {
 public:
  Repairer(FileId file_id, std::string_view text, std::vector<Token> raw, TokenList& result, Diagnostics& diagnostics)
      : file_id_(file_id), text_(text), raw_(std::move(raw)), result_(result), diagnostics_(diagnostics) {}

  bool Run() {
    SetFirstOnLine();
    result_.tokens.reserve(raw_.size());
    for (size_t i = 0; i < raw_.size(); ++i) {
      if (!Take(i)) return false;
      if (diagnostics_.num_errors() < num_errors_before_ + kMaxSyntaxErrors) continue;
      diagnostics_
          .Report(Code::kTooManyErrors, SpanOf(raw_[i]),
                  fmt::format("reading stops here, after {} syntax errors", kMaxSyntaxErrors))
          .Hint("is this a policy?");
      return false;
    }
    for (size_t i = 0; i < result_.tokens.size(); ++i) {
      if (!MeansItself(i)) result_.tokens[i].type = Tok::IDENT;
    }
    return true;
  }

 private:
  struct Open {
    Tok type;
    Span span;
    uint32_t item_column;  // of the line that holds it: where its first token stands
    bool is_rule_body;
    bool made_up;
  };

  // The words that begin something where a name could stand as well: which it is, the next two tokens tell.
  bool MeansItself(size_t i) const {
    const auto& tokens = result_.tokens;
    auto at = [&](size_t k) { return k < tokens.size() ? tokens[k].type : Tok::kEnd; };
    switch (tokens[i].type) {
      case Tok::FIRST:
      case Tok::GROUP: return IsName(at(i + 1)) && at(i + 2) == Tok::IN;
      case Tok::KEY: return IsName(at(i + 1)) && (at(i + 2) == Tok::COLON || IsName(at(i + 2)));
      case Tok::FROM: return IsName(at(i + 1)) && at(i + 2) == Tok::STRING_OPEN;
      case Tok::AS:
      case Tok::VIA: return IsName(at(i + 1)) && at(i + 2) != Tok::COLON;
      default: return true;
    }
  }

  void SetFirstOnLine() {
    size_t scanned = 0;
    bool at_line_begin = true;
    for (Token& token : raw_) {
      for (; scanned < token.begin; ++scanned) {
        if (text_[scanned] == '\n' || text_[scanned] == '\r') at_line_begin = true;
      }
      token.first_on_line = at_line_begin && !token.made_up;
      if (token.type != Tok::COMMENT && token.type != Tok::FOREIGN_COMMENT) at_line_begin = false;
      if (token.type == Tok::FOREIGN_COMMENT) token.first_on_line = false;
      scanned = std::max<size_t>(scanned, token.end);
    }
  }

  uint32_t ColumnOf(const Token& token) const {
    uint32_t column = 0;
    for (uint32_t i = token.begin; i > 0 && text_[i - 1] != '\n' && text_[i - 1] != '\r'; --i) ++column;
    return column;
  }

  Span SpanOf(const Token& token) const { return {file_id_, token.begin, token.end}; }
  std::string_view TextOf(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }

  bool Take(size_t i) {
    const Token& token = raw_[i];
    if (token.first_on_line) CloseBefore(i);
    switch (token.type) {
      case Tok::COMMENT: TakeComment(token); return true;
      case Tok::FOREIGN_COMMENT: ReportForeignComment(token); return true;
      case Tok::FOREIGN_OPERATOR: TakeForeignOperator(token); return true;
      case Tok::BAD_NUMBER: TakeBadNumber(token); return true;
      case Tok::IDENT: TakeName(i); return true;
      case Tok::GREATER_EQUAL:
        if (!ClosesType()) break;
        TakeTypeEnd(token);
        return true;
      case Tok::ASSIGN:
        if (open_.empty()) body_opened_ = true;  // the other form of a model has no body
        Push(token);
        return true;
      case Tok::OTHER: TakeOther(token); return true;
      case Tok::kEnd:
        while (!open_.empty()) CloseMissing(token);
        Push(token);
        return true;
      default: break;
    }
    if (IsOpener(token.type)) return TakeOpener(i);
    if (IsCloser(token.type)) {
      TakeCloser(token);
    } else {
      Push(token);
    }
    return true;
  }

  /// Whether a `>=` here is the end of a type and the `=` behind it: `param ports: list<int>= [22]`.
  bool ClosesType() const {
    constexpr size_t kLongestType = 100;
    const auto& tokens = result_.tokens;
    size_t num_closed = 1;
    for (size_t i = tokens.size(); i > 0 && tokens.size() - i < kLongestType; --i) {
      const Token& token = tokens[i - 1];
      switch (token.type) {
        case Tok::COLON: return num_closed == 0;
        case Tok::GREATER: ++num_closed; break;
        case Tok::LESS: {
          const std::string_view of = i >= 2 ? TextOf(tokens[i - 2]) : std::string_view();
          if (num_closed == 0 || (of != "list" && of != "set" && of != "map")) return false;
          --num_closed;
          break;
        }
        case Tok::DOT:
        case Tok::PIPE:
        case Tok::QUESTION: break;
        default:
          if (!IsName(token.type)) return false;
      }
    }
    return false;
  }

  void TakeTypeEnd(const Token& token) {
    Token end = token, assign = token;
    end.type = Tok::GREATER;
    end.end = assign.begin = token.begin + 1;
    assign.type = Tok::ASSIGN;
    assign.first_on_line = false;
    Push(end);
    if (open_.empty()) body_opened_ = true;  // as behind any `=`
    Push(assign);
  }

  void Push(Token token) {
    token.reported |= std::exchange(passed_over_, false);
    token.depth = static_cast<uint32_t>(open_.size());
    result_.tokens.push_back(token);
  }

  bool TakeOpener(size_t i) {
    const Token& token = raw_[i];
    if (open_.size() >= kMaxBracketDepth) {
      diagnostics_
          .Report(Code::kNestedTooDeeply, SpanOf(token),
                  fmt::format("brackets are nested more than {} deep", kMaxBracketDepth))
          .Labelled(fmt::format("bracket number {}", kMaxBracketDepth + 1))
          .Hint("give a part of it a name with `let` or `define`");
      return false;
    }
    Push(token);
    const bool is_rule_body = open_.empty() && token.type == Tok::LBRACE && current_item_ == Tok::RULE;
    if (open_.empty() && token.type == Tok::LBRACE) body_opened_ = true;
    open_.push_back({token.type, SpanOf(token), item_column_, is_rule_body, token.made_up});
    return true;
  }

  void TakeCloser(const Token& token) {
    auto matches = [&](const Open& open) { return PartnerOf(open.type) == token.type; };
    const auto partner = std::find_if(open_.rbegin(), open_.rend(), matches);
    if (partner == open_.rend()) {
      // Nothing of its kind is open. Within other brackets it is most likely a slip of the finger for theirs.
      const bool slip = !open_.empty() && !token.made_up && open_.back().type != Tok::LBRACE;
      if (slip) {
        ReportMismatch(token);
        Token meant = token;
        meant.type = PartnerOf(open_.back().type);
        open_.pop_back();
        Push(meant);
        return;
      }
      if (!token.made_up) {
        diagnostics_
            .Report(Code::kUnmatchedBracket, SpanOf(token), fmt::format("this `{}` closes nothing", Glyph(token.type)))
            .Hint("remove it, or find the bracket that should have been opened");
      }
      return;
    }
    const auto to_close = static_cast<size_t>(partner - open_.rbegin());
    for (size_t k = 0; k < to_close; ++k) CloseMissing(token);
    open_.pop_back();
    Push(token);
  }

  void ReportMismatch(const Token& token) {
    const Open& open = open_.back();
    diagnostics_
        .Report(Code::kUnmatchedBracket, SpanOf(token),
                fmt::format("`{}` is closed by `{}`", Glyph(open.type), Glyph(token.type)))
        .Also(open.span, "opened here")
        .Expected(fmt::format("`{}`", Glyph(PartnerOf(open.type))));
  }

  // Makes up the partner of the innermost open bracket, right before `token`.
  void CloseMissing(const Token& token) {
    const Open open = open_.back();
    open_.pop_back();
    if (!token.made_up && !open.made_up) {
      auto& diagnostic = diagnostics_.Report(Code::kUnclosedBracket, open.span,
                                             fmt::format("this `{}` is never closed", Glyph(open.type)));
      if (token.type == Tok::kEnd) {
        diagnostic.Hint(fmt::format("write `{}` where it ends", Glyph(PartnerOf(open.type))));
      } else {
        diagnostic.Also(SpanOf(token), fmt::format("`{}` was expected before this", Glyph(PartnerOf(open.type))));
      }
    }
    Token made_up;
    made_up.type = PartnerOf(open.type);
    made_up.made_up = true;
    made_up.begin = made_up.end = result_.tokens.empty() ? 0 : result_.tokens.back().end;
    Push(made_up);
  }

  // At the first token of a line: a declaration or a clause that begins here shows that what is still open was
  // forgotten.
  void CloseBefore(size_t i) {
    if (BeginsItem(raw_, i)) {
      const uint32_t column = ColumnOf(raw_[i]);
      const bool within = !open_.empty() && column > open_.front().item_column;
      if (within) return;
      while (!open_.empty()) CloseMissing(raw_[i]);
      current_item_ = raw_[i].type;
      item_column_ = column;
      body_opened_ = false;
    } else if (open_.empty() && !body_opened_ && raw_[i].type != Tok::LBRACE && LacksBody(i)) {
      OpenMissing(raw_[i]);
    } else if (!open_.empty() && open_.front().is_rule_body && BeginsClause(raw_, i)) {
      while (open_.size() > 1) CloseMissing(raw_[i]);
    }
  }

  // A line that can only be a member of the body of the declaration before it, when that body has not begun.
  bool LacksBody(size_t i) const {
    const Tok type = raw_[i].type;
    const Tok next = i + 1 < raw_.size() ? raw_[i + 1].type : Tok::kEnd;
    switch (current_item_) {
      case Tok::RULE: return type == Tok::FOR || type == Tok::WHERE || BeginsClause(raw_, i);
      case Tok::TEST: return type == Tok::GIVEN || type == Tok::EXPECT;
      case Tok::MODEL: return IsName(type) && (next == Tok::COLON || type == Tok::KEY || type == Tok::FROM);
      default: return false;
    }
  }

  void OpenMissing(const Token& token) {
    const uint32_t end = result_.tokens.back().end;
    diagnostics_.Report(Code::kUnclosedBracket, {file_id_, end, end}, "the body of this declaration lacks its `{`")
        .Also(SpanOf(token), "this belongs into the body")
        .Expected("`{`");
    Token made_up;
    made_up.type = Tok::LBRACE;
    made_up.made_up = true;
    made_up.begin = made_up.end = end;
    Push(made_up);
    open_.push_back({Tok::LBRACE, {file_id_, end, end}, item_column_, current_item_ == Tok::RULE, true});
    body_opened_ = true;
  }

  void TakeComment(const Token& token) {
    const std::string_view text = TextOf(token);
    const bool is_doc = text.starts_with("///") && !text.starts_with("////");
    result_.comments.push_back({SpanOf(token), token.first_on_line, is_doc});
  }

  void ReportForeignComment(const Token& token) {
    Span span = SpanOf(token);
    span.end = span.begin + (text_[token.begin] == '#' ? 1 : 2);
    diagnostics_
        .Report(Code::kForeignSpelling, span,
                fmt::format("comments do not begin with `{}`", text_.substr(span.begin, span.end - span.begin)))
        .Hint("write `//`, which goes to the end of the line")
        .expected = "`//`";
  }

  void TakeForeignOperator(const Token& token) {
    const std::string_view seen = TextOf(token);
    const auto* found = std::find_if(kForeignOperators.begin(), kForeignOperators.end(),
                                     [&](const Foreign& foreign) { return foreign.seen == seen; });
    if (found == kForeignOperators.end()) return;
    std::string hint;
    if (seen == "!") hint = "write `not x`; `x is absent` asks whether there is a value at all";
    if (seen == ":=") hint = "a name is given with `let x = …`; equality is `==`";
    if (seen == "=>" || seen == "->")
      hint = "an entry of a map is `key: value`; the result type of a define stands behind `:`; at least is `>=`";
    diagnostics_.Report(Code::kForeignSpelling, SpanOf(token), fmt::format("`{}` is not an operator here", seen))
        .Expected(fmt::format("`{}`", found->spelling))
        .Hint(std::move(hint))
        .Fix(SpanOf(token), std::string(found->spelling));
    Token meant = token;
    meant.type = found->meant;
    meant.reported = true;
    Push(meant);
  }

  // SQL's way to write operators. Those that stand behind one another (`NOT LIKE`) are one mistake.
  void TakeName(size_t i) {
    Token token = raw_[i];
    const std::string_view seen = TextOf(token);
    const auto* found = std::find_if(kCapitalOperators.begin(), kCapitalOperators.end(),
                                     [&](const Foreign& foreign) { return foreign.seen == seen; });
    const bool named =
        (i > 0 && raw_[i - 1].type == Tok::DOT) || (i + 1 < raw_.size() && raw_[i + 1].type == Tok::COLON);
    if (found != kCapitalOperators.end() && !named) {
      const bool goes_on = i > 0 && raw_[i - 1].type == Tok::IDENT && !result_.tokens.empty() &&
                           result_.tokens.back().reported && result_.tokens.back().end == raw_[i - 1].end;
      if (found->meant == Tok::IS) {
        ReportIs(i);
      } else if (!goes_on) {
        diagnostics_
            .Report(Code::kForeignSpelling, SpanOf(token), fmt::format("`{}` is written in small letters", seen))
            .Expected(fmt::format("`{}`", found->spelling))
            .Fix(SpanOf(token), std::string(found->spelling));
      }
      token.type = found->meant;
      token.reported = true;
    } else if (seen == "NULL" && !result_.tokens.empty() && result_.tokens.back().reported) {
      token.reported = true;
    }
    Push(token);
  }

  // `x IS NULL`, `x IS NOT NULL`.
  void ReportIs(size_t i) {
    auto text_at = [&](size_t k) { return k < raw_.size() ? TextOf(raw_[k]) : std::string_view(); };
    const bool negated = text_at(i + 1) == "NOT";
    const size_t last = i + (negated ? 2 : 1);
    if (text_at(last) != "NULL") {
      diagnostics_.Report(Code::kForeignSpelling, SpanOf(raw_[i]), "`IS` is written in small letters")
          .Expected("`is`")
          .Fix(SpanOf(raw_[i]), "is");
      return;
    }
    const std::string spelling = negated ? "is present" : "is absent";
    const Span span{file_id_, raw_[i].begin, raw_[last].end};
    diagnostics_
        .Report(Code::kForeignSpelling, span,
                fmt::format("`{}` is not how one asks here", text_.substr(span.begin, span.end - span.begin)))
        .Expected(fmt::format("`{}`", spelling))
        .Hint("there is no null: a value is present or absent")
        .Fix(span, spelling);
  }

  void TakeBadNumber(const Token& token) {
    const std::string_view seen = TextOf(token);
    auto& diagnostic = diagnostics_.Report(Code::kBadLiteral, SpanOf(token), fmt::format("`{}` is not a number", seen));
    if (std::count(seen.begin(), seen.end(), '.') >= 2) {
      diagnostic.Hint(fmt::format("a version is written `v{}`, an IPv4 address has four parts", seen));
    } else if (seen.starts_with("0x") || seen.starts_with("0X")) {
      diagnostic.Hint("numbers are decimal");
    } else {
      diagnostic.Hint("durations end in `ms`, `s`, `m`, `h`, `d` or `w`; text belongs in double quotes");
    }
    Token meant = token;
    meant.type = Tok::INT;
    meant.reported = true;
    Push(meant);
  }

  void TakeOther(const Token& token) {
    const std::string_view seen = TextOf(token);
    if (token.end - token.begin > 1 && Utf8Length(seen, 0) < seen.size()) {
      TakeQuoted(token);
      return;
    }
    const uint32_t code_point = CodePoint(text_, token.begin);
    if (IsBidiControl(code_point)) return;  // CheckText has said so
    passed_over_ = true;
    auto& diagnostic =
        diagnostics_.Report(Code::kUnexpectedCharacter, SpanOf(token), fmt::format("`{}` cannot stand here", seen));
    switch (code_point) {
      case '\\': diagnostic.Hint("a backslash belongs in a string; lines need no mark to go on"); break;
      case '$': diagnostic.Hint("names have no mark; in a string, `{name}` puts a value in"); break;
      case '@': diagnostic.Hint("there are no annotations; a rule has clauses such as `severity high`"); break;
      case '\'':
        diagnostic.Expected("`'`").Hint("a text in single quotes ends on its line, at the next of them");
        break;
      case '^': diagnostic.Hint("that one of two conditions holds alone is `a != b`"); break;
      case '`':
      case 0x2018:
      case 0x2019:
      case 0x201C:
      case 0x201D:
      case 0x201E:
      case 0xAB:
      case 0xBB: diagnostic.Hint("strings are in double quotes, `\"like this\"`"); break;
      case 0x2013:
      case 0x2014:
      case 0x2212: diagnostic.Expected("`-`").Hint("this is a dash that looks like a minus; write `-`"); break;
      case 0x2260: diagnostic.Expected("`!=`"); break;
      case 0x2264: diagnostic.Expected("`<=`"); break;
      case 0x2265: diagnostic.Expected("`>=`"); break;
      case 0xA0:
      case 0x2007:
      case 0x202F:
      case 0x3000:
      case 0x200B:
      case 0xFEFF:
        diagnostic.message = fmt::format("an invisible character (U+{:04X}) stands here", code_point);
        diagnostic.Hint("it looks like a blank; replace it by one");
        break;
      default:
        if (code_point >= 0x80)
          diagnostic.Hint("names are made of ASCII letters, digits and `_`; other text belongs in a string");
    }
  }

  // 'text', which is taken as it stands, or “text”, which is taken as the string it is meant to be.
  void TakeQuoted(const Token& token) {
    const auto quote = static_cast<uint32_t>(Utf8Length(text_, token.begin));
    uint32_t inner_end = token.end - 1;
    while (inner_end > token.begin && (static_cast<unsigned char>(text_[inner_end]) & 0xC0) == 0x80) --inner_end;
    const uint32_t inner_begin = token.begin + quote;
    const bool is_single = text_[token.begin] == '\'';
    const bool is_closed = !is_single || text_[inner_end] == '\'';
    if (!is_closed) {
      inner_end = token.end;
      diagnostics_.Report(Code::kUnclosedString, SpanOf(token), "this string is not closed at the end of its line")
          .Expected("`'`")
          .Hint("a text in single quotes ends at the next of them");
    }
    if (quote > 1) {
      diagnostics_.Report(Code::kWrongQuotes, SpanOf(token), "these are typographic quotation marks")
          .Expected(fmt::format("`\"{}\"`", text_.substr(inner_begin, inner_end - inner_begin)))
          .Hint("write straight double quotes, `\"`");
    }
    Token part = token;
    part.type = Tok::STRING_OPEN;
    part.end = inner_begin;
    Push(part);
    if (inner_end > inner_begin) {
      part.type = Tok::STRING_TEXT;
      part.first_on_line = false;
      part.begin = inner_begin;
      part.end = inner_end;
      Push(part);
    }
    part.type = Tok::STRING_CLOSE;
    part.first_on_line = false;
    part.made_up = !is_closed;
    part.begin = inner_end;
    part.end = token.end;
    Push(part);
  }

  const FileId file_id_;
  const std::string_view text_;
  std::vector<Token> raw_;
  TokenList& result_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  Tok current_item_ = Tok::kEnd;
  uint32_t item_column_ = 0;
  bool body_opened_ = false;
  bool passed_over_ = false;  // a character right before the next token was reported and left out
  const size_t num_errors_before_ = diagnostics_.num_errors();
};

}  // namespace

bool IsInvisible(unsigned char byte) {
  return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
}

bool CheckText(FileId file_id, std::string_view text, Diagnostics& diagnostics) {
  if (text.size() > kMaxFileBytes) {
    diagnostics
        .Report(Code::kFileTooLarge, {file_id, 0, 0},
                fmt::format("this policy file has {} bytes; the limit is {}", text.size(), kMaxFileBytes))
        .Hint("keep facts in a data file and read it with `from data`");
    return false;
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    diagnostics.Report(Code::kInvalidUtf8, {file_id, 0, 2}, "this file is in UTF-16; policies are UTF-8")
        .Hint("save it as UTF-8; in PowerShell: `Out-File -Encoding utf8`");
    return false;
  }
  size_t num_controls = 0;
  for (size_t i = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto at = static_cast<uint32_t>(i);
    if (byte == 0) {
      diagnostics.Report(Code::kInvalidUtf8, {file_id, at, at + 1}, "this file has a NUL byte: it is not a text")
          .Hint("a policy is UTF-8 text; a compiled bundle ends in `.bylawc`");
      return false;
    }
    const size_t length = Utf8Length(text, i);
    if (length == 0) {
      diagnostics.Report(Code::kInvalidUtf8, {file_id, at, at + 1}, fmt::format("byte 0x{:02X} is not UTF-8", byte))
          .Hint("save the file as UTF-8");
      return false;
    }
    const bool bidi = length == 3 && byte == 0xE2 && IsBidiControl(CodePoint(text, i));
    if ((IsInvisible(byte) || bidi) && ++num_controls <= kMaxSyntaxErrors) {
      diagnostics
          .Report(Code::kControlCharacter, {file_id, at, static_cast<uint32_t>(i + length)},
                  fmt::format("control character U+{:04X} cannot stand in a policy", CodePoint(text, i)))
          .Hint(fmt::format("remove it; in a string, write `\\u{{{:x}}}`", CodePoint(text, i)));
    }
    i += length;
  }
  return true;
}

uint32_t EndOfForeign(std::string_view text, uint32_t begin) {
  const size_t length = std::max<size_t>(1, Utf8Length(text, begin));
  const auto after = static_cast<uint32_t>(begin + length);
  const uint32_t quote = CodePoint(text, begin);
  auto closes = [&](uint32_t code_point) {
    if (quote == '\'') return code_point == '\'';
    if (quote == 0x2018) return code_point == 0x2019;
    if (quote == 0x201C || quote == 0x201D || quote == 0x201E) return code_point == 0x201C || code_point == 0x201D;
    return false;
  };
  // Not for long: a line full of opening quotes must not be searched for each of them. (Single quotes pair up.)
  const size_t longest = quote == '\'' ? text.size() : 200;
  for (size_t i = after; i < text.size() && i - after < longest && text[i] != '\n' && text[i] != '\r';) {
    const size_t step = std::max<size_t>(1, Utf8Length(text, i));
    if (closes(CodePoint(text, i))) return static_cast<uint32_t>(i + step);
    i += step;
    if (quote != '\'' && quote < 0x2018) break;
  }
  if (quote == '\'') return static_cast<uint32_t>(std::min(text.find_first_of("\r\n", after), text.size()));
  return after;
}

bool Repair(FileId file_id, std::string_view text, std::vector<Token> raw, TokenList& result,
            Diagnostics& diagnostics) {
  return Repairer(file_id, text, std::move(raw), result, diagnostics).Run();
}

bool IsOpener(Tok type) { return type == Tok::LPAREN || type == Tok::LBRACKET || type == Tok::LBRACE; }
bool IsCloser(Tok type) { return type == Tok::RPAREN || type == Tok::RBRACKET || type == Tok::RBRACE; }

bool IsItemWord(Tok type) {
  switch (type) {
    case Tok::PACKAGE:
    case Tok::IMPORT:
    case Tok::PARAM:
    case Tok::MODEL:
    case Tok::DEFINE:
    case Tok::RULE:
    case Tok::TEST:
    case Tok::GIVEN:
    case Tok::WAIVE: return true;
    default: return false;
  }
}

bool IsClauseWord(Tok type) {
  switch (type) {
    case Tok::ID:
    case Tok::TITLE:
    case Tok::SEVERITY:
    case Tok::CONTROLS:
    case Tok::ALIASES:
    case Tok::RELATED:
    case Tok::DOCS:
    case Tok::FOR:
    case Tok::WHERE:
    case Tok::LET:
    case Tok::REQUIRE:
    case Tok::FORBID:
    case Tok::MESSAGE:
    case Tok::FIX: return true;
    default: return false;
  }
}

// The order of the tokens in BylawLexer.g4: reserved words, other words, then literals.
bool IsWord(Tok type) { return (type >= Tok::AND && type <= Tok::BY) || type == Tok::IDENT; }
bool IsName(Tok type) { return (type >= Tok::PACKAGE && type <= Tok::BY) || type == Tok::IDENT; }

bool BeginsItem(const std::vector<Token>& tokens, size_t index) {
  const Token& token = tokens[index];
  if (!token.first_on_line || !IsItemWord(token.type) || index + 1 >= tokens.size()) return false;
  const Tok next = tokens[index + 1].type;
  const Tok after = index + 2 < tokens.size() ? tokens[index + 2].type : Tok::kEnd;
  switch (token.type) {
    case Tok::TEST: return next == Tok::STRING_OPEN;
    case Tok::WAIVE: return next == Tok::STRING_OPEN || next == Tok::RULE_ID || IsName(next);
    case Tok::GIVEN: return IsName(next) && after == Tok::LBRACE;
    case Tok::RULE: return next == Tok::LBRACE || (IsName(next) && after != Tok::DOT) || next == Tok::STRING_OPEN;
    default: return IsName(next);
  }
}

bool BeginsClause(const std::vector<Token>& tokens, size_t index) {
  const Token& token = tokens[index];
  if (!token.first_on_line || !IsClauseWord(token.type) || index + 1 >= tokens.size()) return false;
  switch (token.type) {
    case Tok::REQUIRE:
    case Tok::FORBID:
    case Tok::LET: return true;
    case Tok::FOR:
    case Tok::WHERE: return false;  // they also go on with a query
    case Tok::SEVERITY: return IsName(tokens[index + 1].type);
    default: return tokens[index + 1].type == Tok::STRING_OPEN;
  }
}

}  // namespace bylaw::compiler

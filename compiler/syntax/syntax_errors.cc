#include "compiler/syntax/syntax_errors.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace bylaw::compiler {
namespace {

struct Spelled {
  Tok type;
  std::string_view text;
};
constexpr auto kPunctuation = std::to_array<Spelled>({
    {Tok::LBRACE, "{"},        {Tok::RBRACE, "}"},    {Tok::LPAREN, "("},
    {Tok::RPAREN, ")"},        {Tok::LBRACKET, "["},  {Tok::RBRACKET, "]"},
    {Tok::COMMA, ","},         {Tok::SEMICOLON, ";"}, {Tok::COLON, ":"},
    {Tok::DOT, "."},           {Tok::ASSIGN, "="},    {Tok::LESS, "<"},
    {Tok::GREATER, ">"},       {Tok::PIPE, "|"},      {Tok::QUESTION, "?"},
    {Tok::IN, "in"},           {Tok::THEN, "then"},   {Tok::ELSE, "else"},
    {Tok::FOR, "for"},         {Tok::WHERE, "where"}, {Tok::SATISFIES, "satisfies"},
    {Tok::BY, "by"},           {Tok::UNTIL, "until"}, {Tok::BECAUSE, "because"},
    {Tok::MESSAGE, "message"}, {Tok::NEVER, "never"}, {Tok::FROM, "from"},
    {Tok::AS, "as"},           {Tok::VIA, "via"},     {Tok::RULE_ID, "a rule's id"},
    {Tok::TIME, "a date"},
});

class Expectation {
 public:
  explicit Expectation(const SyntaxError& error) : error_(error) {}

  bool Has(Tok type) const {
    return std::find(error_.expected.begin(), error_.expected.end(), type) != error_.expected.end();
  }
  bool AnExpression() const { return Has(Tok::INT) && Has(Tok::LPAREN); }
  bool AnOperator() const { return Has(Tok::COALESCE); }

  // "a name", "an expression", "`,` or `]`": at most a handful, the most telling first.
  std::string Describe() const {
    std::vector<std::string> words;
    if (AnExpression()) {
      words.push_back("an expression");
    } else if (Has(Tok::REQUIRE) && Has(Tok::MESSAGE) && !Has(Tok::WITH)) {
      words.push_back(AnOperator() ? "the next clause" : "a clause such as `where`, `require` or `message`");
    } else if (Has(Tok::IDENT)) {
      words.push_back("a name");
    }
    if (!AnExpression() && Has(Tok::DEFINE) && Has(Tok::kEnd)) words.push_back("the next declaration");
    if (Has(Tok::GIVEN) && Has(Tok::EXPECT) && !Has(Tok::IDENT) && !Has(Tok::RULE))
      words.push_back("`given` or `expect`");
    if (!AnExpression() && Has(Tok::STRING_OPEN)) words.push_back("a string in double quotes");
    AddPunctuation(words);
    if (words.empty() && AnOperator()) words.push_back("an operator");
    constexpr size_t kMost = 5;
    if (words.size() > kMost) words.resize(kMost);
    return JoinAlternatives(words);
  }

 private:
  // A word that is a name as well says something only where names are not meant.
  void AddPunctuation(std::vector<std::string>& words) const {
    const bool in_expression = AnOperator();
    for (const Spelled& item : kPunctuation) {
      if (!Has(item.type)) continue;
      if (IsName(item.type) && Has(Tok::IDENT)) continue;
      if (AnExpression() && item.type != Tok::RBRACKET && item.type != Tok::RPAREN && item.type != Tok::RBRACE)
        continue;
      const bool goes_on = item.type == Tok::DOT || item.type == Tok::LPAREN || item.type == Tok::LBRACKET ||
                           item.type == Tok::LESS || item.type == Tok::GREATER || item.type == Tok::IN ||
                           item.type == Tok::ASSIGN;
      if (in_expression && goes_on) continue;
      if (IsClauseWord(item.type) && Has(Tok::REQUIRE)) continue;
      const bool plain_words = item.text.starts_with("a ");
      words.push_back(plain_words ? std::string(item.text) : fmt::format("`{}`", item.text));
    }
  }

  static std::string JoinAlternatives(const std::vector<std::string>& words) {
    std::string result;
    for (size_t i = 0; i < words.size(); ++i) {
      if (i > 0) result += i + 1 == words.size() ? " or " : ", ";
      result += words[i];
    }
    return result;
  }

  const SyntaxError& error_;
};

// Words of other languages, where a name does not fit.
struct Habit {
  std::string_view word;
  std::string_view hint;
};
constexpr auto kHabits = std::to_array<Habit>({
    {"AND", "write `and`"},
    {"OR", "write `or`"},
    {"NOT", "write `not`"},
    {"IN", "write `in`"},
    {"IS", "write `is`"},
    {"each", "write `for x in …`"},
    {"foreach", "write `for x in …`"},
    {"elif", "write `else if`"},
    {"elsif", "write `else if`"},
    {"elseif", "write `else if`"},
    {"default", "write `param name: type = value` for a default"},
    {"deny", "write `rule name { for … forbid … }`"},
    {"allow", "write `rule name { for … require … }`"},
    {"violation", "write `rule name { for … forbid … }`"},
    {"warn", "write a rule with `severity low`"},
    {"resource", "a rule judges resources: `rule name { for x in aws.… require … }`"},
    {"variable", "write `param name: type = value`"},
    {"locals", "write `define name = …`"},
    {"def", "write `define name(argument: type): type = …`"},
    {"func", "write `define name(argument: type): type = …`"},
    {"function", "write `define name(argument: type): type = …`"},
    {"fn", "write `define name(argument: type): type = …`"},
    {"var", "write `let name = …`"},
    {"const", "write `define name = …`"},
    {"return", "the body of a define is its value"},
    {"select", "write `[x.field for x in …]`"},
    {"SELECT", "write `[x.field for x in …]`"},
    {"LIKE", "write `like`"},
    {"between", "write `a <= x and x <= b`"},
    {"some", "write `exists x in … where …`"},
    {"any", "write `exists x in … where …`"},
    {"all", "write `every x in … satisfies …`"},
    {"forall", "write `every x in … satisfies …`"},
    {"assert", "write `require`"},
    {"when", "write `where`"},
    {"unless", "write `or`: it holds, or the exception does"},
    {"such", "write `where`"},
    {"instance", "ask for the model: `x is aws.subnet`"},
    {"EVERY", "write `every x in … satisfies …`"},
    {"description", "say it in `title`, or in `///` lines above the rule"},
    {"desc", "say it in `title`, or in `///` lines above the rule"},
    {"level", "write `severity high`"},
    {"tags", "write `controls \"framework:control\"`"},
    {"class", "write `model name { … }`"},
    {"struct", "write `model name { … }`"},
    {"type", "write `model name { … }`"},
});

std::string_view HabitOf(std::string_view word) {
  const auto* found =
      std::find_if(kHabits.begin(), kHabits.end(), [&](const Habit& habit) { return habit.word == word; });
  return found == kHabits.end() ? std::string_view() : found->hint;
}

class Reporter {
 public:
  Reporter(const SyntaxError& error, FileId file_id, std::string_view text, Diagnostics& diagnostics)
      : error_(error), expectation_(error), file_id_(file_id), text_(text), diagnostics_(diagnostics) {}

  void Report() {
    const Token& token = error_.tokens[error_.index];
    if (IsKnown()) return;
    if (token.made_up) {
      ReportGap(token);
      return;
    }
    auto& diagnostic = diagnostics_.Report(Code::kUnexpectedText, SpanOf(error_.index), "unexpected " + Seen());
    diagnostic.Expected(ExpectedText());
    diagnostic.Hint(HintText());
  }

 private:
  // An error has been reported of this token or of one beside it: what is wrong here comes of that.
  bool IsKnown() const {
    const bool before = error_.index > 0 && At(error_.index - 1).reported;
    const bool behind = At(error_.index + 1).reported && !At(error_.index + 1).first_on_line;
    return At(error_.index).reported || before || behind;
  }

  const Token& At(size_t index) const { return error_.tokens[std::min(index, error_.tokens.size() - 1)]; }
  Span SpanOf(size_t index) const {
    const Token& token = At(index);
    if (token.type == Tok::kEnd && index > 0) return {file_id_, At(index - 1).end, At(index - 1).end};
    if (token.type == Tok::STRING_OPEN) return {file_id_, token.begin, EndOfString(index)};
    return {file_id_, token.begin, token.end};
  }
  std::string_view TextOf(size_t index) const { return text_.substr(At(index).begin, At(index).end - At(index).begin); }

  // A string is shown whole, but never over its line.
  uint32_t EndOfString(size_t index) const {
    for (size_t i = index; i < error_.tokens.size(); ++i) {
      if (At(i).type == Tok::STRING_CLOSE && At(i).depth <= At(index).depth) return At(i).end;
    }
    return At(index).end;
  }

  // A bracket or quote was made up here, so its absence has been reported; only an empty place before it is news.
  void ReportGap(const Token& token) {
    if (!expectation_.AnExpression() || error_.index == 0 || !At(error_.index - 1).made_up) return;
    diagnostics_.Report(Code::kUnexpectedText, {file_id_, token.begin, token.end}, "something is missing here")
        .Expected(ExpectedText());
  }

  std::string Seen() const {
    const Token& token = At(error_.index);
    switch (token.type) {
      case Tok::kEnd: return "end of file";
      case Tok::STRING_OPEN: return "string";
      case Tok::STRING_TEXT:
      case Tok::STRING_ESCAPE: return "text";
      case Tok::STRING_CLOSE: return "end of string";
      case Tok::IDENT: return fmt::format("name `{}`", TextOf(error_.index));
      default: break;
    }
    const bool item = IsItemWord(token.type) && token.first_on_line;
    if (item) return fmt::format("start of `{}`", TextOf(error_.index));
    const bool clause = IsClauseWord(token.type) && token.first_on_line && error_.body == Place::kRuleBody;
    if (clause) return fmt::format("start of the clause `{}`", TextOf(error_.index));
    return fmt::format("`{}`", TextOf(error_.index));
  }

  std::string ExpectedText() const {
    if (!error_.expected.empty()) return expectation_.Describe();
    const bool is_habit = At(error_.index).type == Tok::IDENT && !HabitOf(TextOf(error_.index)).empty();
    if (is_habit && error_.place == Place::kExpression) return "";  // the hint says it
    const std::string member = MemberText();
    // In the middle of a line, something was being said that could have gone on.
    const bool in_the_middle =
        error_.index > 0 && !At(error_.index).first_on_line && EndsOperand(At(error_.index - 1).type);
    return in_the_middle && !member.empty() && error_.place == error_.body ? "an operator, or " + member : member;
  }

  static bool EndsOperand(Tok type) {
    return IsName(type) || IsCloser(type) || type == Tok::STRING_CLOSE ||
           (type >= Tok::RULE_ID && type <= Tok::BAD_NUMBER);
  }

  std::string MemberText() const {
    switch (error_.place) {
      case Place::kFile:
        return "a declaration: `rule`, `define`, `model`, `param`, `test`, `waive`, `import` or `package`";
      case Place::kModelBody: return "a field such as `name: type`, or `from`";
      case Place::kField: return "a field such as `name: type`";
      case Place::kMappingBody: return "an entry such as `field = expression`";
      case Place::kRuleBody:
        return "a clause: `for`, `where`, `let`, `require`, `forbid`, `message`, `id`, `severity`, …";
      case Place::kTestBody: return "`given` or `expect`";
      case Place::kGiven: return "a row such as `aws.subnet s { vpc: v }`";
      case Place::kType: return "a type";
      case Place::kExpression: return "an expression";
      default: return "";
    }
  }

  std::string HintText() const {
    const Token& token = At(error_.index);
    const std::string_view seen = TextOf(error_.index);
    const Tok before = error_.index > 0 ? At(error_.index - 1).type : Tok::kEnd;
    const Tok after = At(error_.index + 1).type;
    if (const std::string_view quantified = QuantifierHint(); !quantified.empty()) return std::string(quantified);
    if (token.type == Tok::STRING_OPEN && before == Tok::SEVERITY) return "a severity is a word: `severity high`";
    if (token.type == Tok::STRING_OPEN && before == Tok::IDENT && At(error_.index - 1).end == token.begin)
      return "a string has no prefix: `{…}` puts a value into any string in double quotes";
    if (token.type == Tok::STRING_OPEN && before == Tok::STRING_CLOSE && At(error_.index - 1).end == token.begin)
      return "a string has one quote at each end, and `\\n` for the end of a line in it";
    if (token.type == Tok::COMMA && InParentheses()) return "a list is in brackets: `[a, b]`";
    if (token.type == Tok::CONTAINS && expectation_.AnExpression())
      return "`contains` stands between the two: `list contains element`";
    if (token.type == Tok::STAR && before == Tok::STAR) return "there is no power; write the product";
    if (token.type == Tok::PLUS && before == Tok::PLUS)
      return "values do not change; give the new one a name with `let`";
    if (token.type == Tok::STRING_OPEN && before == Tok::STRING_CLOSE)
      return "join strings with `+`, or write `{…}` in one";
    if (token.type == Tok::EQUAL && !error_.expected.empty() && expectation_.Has(Tok::ASSIGN))
      return "a value is given with a single `=`";
    if (token.type == Tok::ASSIGN && error_.body == Place::kGiven) return "in a row, a field is `name: value`";
    if (token.type == Tok::COLON && error_.body == Place::kMappingBody)
      return "in a mapping, a field is `name = expression`";
    if (token.type == Tok::COLON && error_.place == Place::kClause) return "a clause has no colon: `severity high`";
    if (token.type == Tok::ASSIGN && error_.body == Place::kRuleBody) {
      return IsName(before) ? "a name is given with `let x = …`; clauses have no `=`" : "equality is `==`";
    }
    if (token.type == Tok::LBRACKET && error_.place == Place::kClause)
      return "write several with commas between them, without brackets";
    if (token.type == Tok::LBRACE && expectation_.Has(Tok::THEN)) return "write `if condition then a else b`";
    if (token.type == Tok::QUESTION)
      return "there is no `? :`; write `if condition then a else b`; a default is `x ?? default`";
    if (token.type == Tok::PIPE) return "`or` joins conditions; `union` joins sets";
    if (token.type == Tok::RULE_ID) return "a name has no `-`; put blanks around a minus";
    if (token.type == Tok::SEMICOLON && error_.place == Place::kExpression) return "";
    if (token.type == Tok::EXPECT || token.type == Tok::GIVEN) return "";
    const bool habit_applies = token.type == Tok::IDENT || token.type == Tok::IN || token.type == Tok::IS;
    if (habit_applies) {
      if (const std::string_view habit = HabitOf(seen); !habit.empty()) return std::string(habit);
    }
    if (IsWord(token.type) && !IsName(token.type) && (expectation_.Has(Tok::IDENT)) && !expectation_.AnExpression()) {
      return fmt::format("`{}` is a reserved word; it can be a name only behind a dot", seen);
    }
    if (token.type == Tok::IDENT) return SuggestWord(seen);
    if (token.type == Tok::REQUIRE || token.type == Tok::FORBID || IsClauseWord(token.type)) {
      if (error_.body == Place::kFile) return "clauses belong in the braces of a `rule`";
    }
    if (token.type == Tok::IF && after != Tok::kEnd && error_.body == Place::kRuleBody)
      return "a condition on what is judged is `where`";
    return "";
  }

  // `exists x in C { P }`, `exists x in C: P`, `every x in C | P`: what separates the two is a word.
  std::string_view QuantifierHint() const {
    const Tok type = At(error_.index).type;
    if (type != Tok::LBRACE && type != Tok::COLON && type != Tok::PIPE) return {};
    for (size_t i = error_.index; i > 0 && !IsClauseWord(At(i - 1).type) && !IsItemWord(At(i - 1).type); --i) {
      if (At(i - 1).type == Tok::EVERY) return "write `every x in … satisfies …`";
      if (At(i - 1).type == Tok::EXISTS) return "write `exists x in … where …`";
      if (At(i - 1).type == Tok::NO) return "write `no x in … where …`";
      if (At(i - 1).first_on_line) break;
    }
    return {};
  }

  // Within parentheses that are no call.
  bool InParentheses() const {
    const uint32_t depth = At(error_.index).depth;
    for (size_t i = error_.index; i > 0; --i) {
      const Token& token = At(i - 1);
      if (token.depth + 1 != depth) continue;
      return token.type == Tok::LPAREN && (i < 2 || !(IsName(At(i - 2).type) || IsCloser(At(i - 2).type)));
    }
    return false;
  }

  std::string SuggestWord(std::string_view seen) const {
    static constexpr auto kClauses =
        std::to_array<std::string_view>({"id", "title", "severity", "controls", "aliases", "related", "docs", "for",
                                         "where", "let", "require", "forbid", "message", "fix"});
    static constexpr auto kItems = std::to_array<std::string_view>(
        {"package", "import", "param", "model", "define", "rule", "test", "given", "waive"});
    static constexpr auto kSteps = std::to_array<std::string_view>({"given", "expect"});
    static constexpr auto kOperators = std::to_array<std::string_view>(
        {"and", "or", "in", "contains", "matches", "like", "is", "where", "satisfies", "for", "then", "else", "by"});
    static constexpr auto kVerdicts = std::to_array<std::string_view>(
        {"fails", "passes", "unknown", "not", "applicable", "waived", "for", "with", "message", "because"});
    std::span<const std::string_view> words = kOperators;
    if (error_.place == Place::kRuleBody) words = kClauses;
    if (error_.place == Place::kFile) words = kItems;
    if (error_.place == Place::kTestBody) words = kSteps;
    std::string best = Suggest(seen, words);
    if (best.empty() && error_.body == Place::kRuleBody)
      best = Suggest(seen, std::span<const std::string_view>(kClauses));
    if (best.empty() && error_.body == Place::kTestBody) {
      best = Suggest(seen, std::span<const std::string_view>(kVerdicts));
    }
    return best.empty() ? best : fmt::format("did you mean `{}`?", best);
  }

  const SyntaxError& error_;
  const Expectation expectation_;
  const FileId file_id_;
  const std::string_view text_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::string_view MeantByHabit(std::string_view word) { return HabitOf(word); }

size_t BlameFor(const std::vector<Token>& tokens, size_t index, std::string_view text) {
  if (index == 0) return index;
  const Token& before = tokens[index - 1];
  // `some i in l`, `for each x in C`: the word before is what does not belong.
  const bool goes_on = IsName(tokens[index].type) || tokens[index].type == Tok::FOR;
  const bool is_member = index > 1 && tokens[index - 2].type == Tok::DOT;
  if (before.type == Tok::IDENT && goes_on && !is_member && !tokens[index].first_on_line &&
      !HabitOf(text.substr(before.begin, before.end - before.begin)).empty())
    return index - 1;
  if (!before.first_on_line) return index;
  const bool clause = IsClauseWord(before.type) && IsName(before.type);
  const bool blamed = BeginsItem(tokens, index - 1) || (clause && BeginsClause(tokens, index - 1)) ||
                      (before.type == Tok::EXPECT && tokens[index].type != Tok::RBRACE);
  return blamed ? index - 1 : index;
}

void ReportSyntaxError(const SyntaxError& error, FileId file_id, std::string_view text, Diagnostics& diagnostics) {
  Reporter(error, file_id, text, diagnostics).Report();
}

}  // namespace bylaw::compiler

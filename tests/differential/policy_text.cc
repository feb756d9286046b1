#include "tests/differential/policy_text.h"

#include <functional>
#include <initializer_list>
#include <string_view>

#include <fmt/format.h>

namespace bylaw::differential {
namespace {

/// What an expression may be without parentheses, from the loosest to the tightest.
enum Level { kAny, kLogic, kNot, kComparison, kDefault, kSum, kProduct, kMinus, kOperand };

class PolicyText {
 public:
  explicit PolicyText(Choices& choices) : choices_(choices) {}

  std::string Run() {
    if (Below(2) != 0) Word("package"), QualifiedName();
    for (uint32_t i = Below(3); i > 0; --i) {
      Word("import"), QualifiedName();
      if (Below(2) != 0) Word("as"), PlainName();
    }
    for (uint32_t i = 1 + Below(3); i > 0; --i) Item();
    if (Below(4) == 3) Word("// the end");
    return text_ + "\n";
  }

 private:
  uint32_t Below(uint32_t n) { return choices_.Below(n); }
  std::string_view Pick(std::initializer_list<std::string_view> texts) {
    return texts.begin()[Below(static_cast<uint32_t>(texts.size()))];
  }

  // ---- layout

  /// What separates two tokens. A string, with the expressions in it, ends on its line.
  void Gap() {
    if (text_.empty()) return;
    switch (in_string_ ? 0 : Below(24)) {
      case 19: text_ += "   "; break;
      case 20: text_ += "\n"; break;
      case 21: text_ += "\n\n\n    "; break;
      case 22: text_ += fmt::format(" // comment {}\n", ++num_comments_); break;
      case 23: text_ += fmt::format("\n  //comment {}  \n", ++num_comments_); break;
      default: text_ += " "; break;
    }
  }
  /// A token that must stand apart from the one before.
  void Word(std::string_view token) {
    if (!glued_) Gap();
    glued_ = false;
    text_ += token;
  }
  /// One that need not.
  void Mark(std::string_view token) {
    if (!glued_ && Below(3) == 2) Gap();
    glued_ = false;
    text_ += token;
  }
  /// The next token follows at once.
  void Glue() { glued_ = true; }

  void Many(uint32_t least, uint32_t below, std::string_view separator, const std::function<void()>& one) {
    const uint32_t count = least + Below(below);
    for (uint32_t i = 0; i < count; ++i) {
      if (i > 0) Mark(separator);
      one();
    }
  }
  /// The parts of a body in braces.
  void Body(uint32_t least, uint32_t below, const std::function<void()>& one) {
    Mark("{");
    for (uint32_t i = least + Below(below); i > 0; --i) {
      one();
      if (const uint32_t separator = Below(6); separator > 3) Mark(separator == 4 ? "," : ";");
    }
    Mark("}");
  }
  void Doc() {
    if (Below(6) != 5) return;
    text_ += text_.empty() ? "/// Documented.\n" : "\n/// Documented.\n";
    if (Below(2) != 0) text_ += "/// In two lines.\n";
  }

  // ---- names and types

  /// Of a field: any word that is not reserved.
  void Name() {
    Word(Pick({"a", "b", "vpc", "id", "message", "rule", "test", "key", "from", "first", "group", "via", "by",
               "some_field_with_a_rather_long_name"}));
  }
  void PlainName() { Word(Pick({"a", "b", "c", "vpc", "subnet"})); }
  void QualifiedName() {
    PlainName();
    for (uint32_t i = Below(3); i > 0; --i) Glue(), Word("."), Glue(), Word(Pick({"a", "b", "where", "id", "model"}));
  }
  void Type(int depth) {
    switch (Below(depth > 0 ? 8 : 3)) {
      case 0: Word(Pick({"int", "string", "bool", "duration", "ipset"})); break;
      case 1: QualifiedName(); break;
      case 2: Many(1, 3, "|", [&] { Word(Pick({"\"on\"", "\"off\"", "\"a b\""})); }); break;
      case 3: Word(Pick({"list", "set", "map"})), Mark("<"), Type(depth - 1), Mark(">"); break;
      case 4: Word("("), Type(depth - 1), Mark(")"); break;
      case 5: Many(2, 2, "|", [&] { QualifiedName(); }); break;
      case 6: {
        Body(0, 3, [&] {
          Name(), Mark(":"), Type(depth - 1);
          if (Below(3) == 2) Word("="), Expr(1);
        });
        break;
      }
      default: Word("("), Many(2, 2, "|", [&] { QualifiedName(); }), Mark(")"); break;
    }
    if (Below(4) == 3) Mark("?");
  }

  // ---- strings

  /// `text` in either kind of quotes.
  void PlainString() {
    Word(Pick({"\"a\"", "\"\"", "'plain'", "'^\\d+{2}$'", "\"with \\\"quotes\\\" and \\{braces\\}\"",
               "\"tab\\tand \\u{1b}\"", "\"grün // no comment\""}));
  }
  void String() {
    if (in_string_ || Below(2) == 0) return PlainString();
    Word("\"");
    in_string_ = true;
    for (uint32_t i = Below(3); i > 0; --i) {
      text_ += Pick({"text ", "\\n", "a: "});
      text_ += "{";
      Glue();
      Expr(1);
      text_ += "}";
    }
    in_string_ = false;
    text_ += "\"";
  }

  // ---- expressions

  void Literal() {
    Word(Pick({"1", "true", "false", "1_000", "0.5", "1e3", "90d", "500ms", "2027-03-31", "2027-03-31T10:00:00Z",
               "10.0.0.1", "10.0.0.0/8", "::/0", "2001:db8::1", "v1.30.2"}));
  }

  void Expr(int depth, Level least = kAny) {
    if (depth <= 0) return Operand(0);
    const auto level = static_cast<Level>(Below(kOperand + 1));
    if (level < least) {
      Word("("), Glue(), Expr(depth - 1), Mark(")");
      return;
    }
    auto sides = [&](std::string_view op, Level left, Level right) {
      Expr(depth - 1, left), Word(op), Expr(depth - 1, right);
    };
    switch (level) {
      case kAny: OpenEnded(depth); break;
      case kLogic: {
        const std::string_view op = Pick({"and", "or"});
        Expr(depth - 1, kNot);
        for (uint32_t i = 1 + Below(3); i > 0; --i) Word(op), Expr(depth - 1, kNot);
        break;
      }
      case kNot: Word("not"), Expr(depth - 1, kNot); break;
      case kComparison:
        if (Below(4) == 3) {
          Expr(depth - 1, kSum), Word(Pick({"is", "is not"}));
          if (Below(2) == 0)
            Word(Pick({"present", "absent"}));
          else
            QualifiedName();
        } else {
          sides(Pick({"==", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "not contains", "matches",
                      "not matches", "like", "not like"}),
                kSum, kSum);
        }
        break;
      case kDefault: sides("??", kDefault, kSum); break;
      case kSum: sides(Pick({"+", "-"}), kSum, kProduct); break;
      case kProduct: sides(Pick({"*", "/", "%"}), kProduct, kMinus); break;
      case kMinus: Word("-"), Expr(depth - 1, kOperand); break;
      case kOperand: Operand(depth); break;
    }
  }

  void Generators() {
    Many(1, 2, ",", [&] { Generator(); });
  }
  void Generator() { PlainName(), Word("in"), Expr(1, kSum); }
  void Where(int depth) {
    if (Below(2) != 0) Word("where"), Expr(depth - 1);
  }
  void For(int depth) { Word("for"), Generators(), Where(depth); }

  void OpenEnded(int depth) {
    switch (Below(7)) {
      case 0: Word(Pick({"exists", "no"})), Generators(), Where(depth); break;
      case 1: Word("every"), Generators(), Where(depth), Word("satisfies"), Expr(depth - 1); break;
      case 2: Word("one"), Expr(depth - 1), For(depth); break;
      case 3: Word("first"), Generator(), Word("by"), Expr(depth - 1), Where(depth); break;
      case 4: Word("group"), Generator(), Where(depth), Word("by"), Expr(depth - 1); break;
      case 5: Word("unknown"), String(); break;
      default: Word("if"), Expr(depth - 1), Word("then"), Expr(depth - 1), Word("else"), Expr(depth - 1); break;
    }
  }

  void Operand(int depth) {
    const uint32_t form = Below(depth <= 0 ? 3 : 10);
    switch (form) {
      case 0:
        Word(Pick({"a", "b", "vpc", "name", "id", "message", "title",
                   "a_name_that_is_long_enough_to_make_lines_break_in_two"}));
        break;
      case 1: Literal(); return;
      case 2: String(); return;
      case 3: Word("("), Expr(depth - 1), Mark(")"); break;
      case 4: Word("["), Many(0, 4, ",", [&] { Expr(depth - 1); }), Mark("]"); return;
      case 5: Word("{"), Many(1, 3, ",", [&] { Expr(depth - 1); }), Mark("}"); return;
      case 6: Word("{"), Many(0, 3, ",", [&] { PlainString(), Mark(":"), Expr(depth - 1); }), Mark("}"); return;
      case 7: {
        const bool list = Below(2) == 0;
        Word(list ? "[" : "{");
        if (!list && Below(2) != 0) Expr(depth - 1), Mark(":");
        Expr(depth - 1), For(depth), Mark(list ? "]" : "}");
        return;
      }
      case 8:
        Word(Pick({"sum", "min", "max", "avg", "union"})), Glue(), Word("("), Expr(depth - 1), For(depth), Mark(")");
        return;
      default: Word("count"), Glue(), Word("("), Generators(), Where(depth), Mark(")"); return;
    }
    bool can_be_called = form == 0;
    for (uint32_t i = Below(3); i > 0; --i) {
      switch (Below(can_be_called ? 3 : 2)) {
        case 0:
          Glue(), Word("."), Glue(), Word(Pick({"a", "id", "where", "from", "some_field_with_a_rather_long_name"}));
          continue;
        case 1: Glue(), Word("["), Expr(depth - 1), Mark("]"); break;
        default: Glue(), Word("("), Many(0, 3, ",", [&] { Expr(depth - 1); }), Mark(")"); break;
      }
      can_be_called = false;
    }
  }

  // ---- declarations

  void Item() {
    Doc();
    switch (Below(8)) {
      case 0: Rule(); break;
      case 1: Define(); break;
      case 2: Word("param"), PlainName(), Mark(":"), Type(2), Word("="), Expr(2); break;
      case 3: Model(); break;
      case 4: Word("model"), QualifiedName(), Word("="), Many(2, 2, "|", [&] { QualifiedName(); }); break;
      case 5: Test(); break;
      case 6: Word("given"), PlainName(), Rows(); break;
      default: Waiver(); break;
    }
  }

  void Rule() {
    Word("rule"), PlainName(), Mark("{");
    auto end = [&] {
      if (const uint32_t separator = Below(6); separator > 3) Mark(separator == 4 ? "," : ";");
    };
    if (Below(2) != 0) Word("id"), Word("\"A-1\""), end();
    if (Below(2) != 0) Word("title"), PlainString(), end();
    if (Below(2) != 0) Word("severity"), Word(Pick({"high", "low"})), end();
    for (const std::string_view list : {"controls", "aliases", "related", "docs"}) {
      if (Below(3) == 2) Word(list), Many(1, 3, ",", [&] { PlainString(); }), end();
    }
    if (Below(2) != 0) Word("for"), Generators(), end();
    for (uint32_t i = Below(3); i > 0; --i) {
      if (Below(2) == 0)
        Word("where"), Expr(3), end();
      else
        Word("let"), PlainName(), Word("="), Expr(3), end();
    }
    for (uint32_t i = 1 + Below(2); i > 0; --i) Word(Pick({"require", "forbid"})), Expr(3), end();
    if (Below(2) != 0) Word("message"), String(), end();
    if (Below(2) != 0) Word("fix"), String(), end();
    Mark("}");
  }

  void Define() {
    Word("define"), PlainName();
    if (Below(2) != 0) Mark("("), Many(0, 3, ",", [&] { PlainName(), Mark(":"), Type(1); }), Mark(")");
    if (Below(2) != 0) Mark(":"), Type(1);
    Word("=");
    for (uint32_t i = Below(3); i > 0; --i) Word("let"), PlainName(), Word("="), Expr(2), Mark(";");
    Expr(4);
  }

  void Model() {
    Word("model"), QualifiedName();
    Body(1, 4, [&] {
      Doc();
      if (Below(3) == 2) return Mapping();
      if (Below(4) == 3) {
        Word("key"), PlainName(), Mark(":"), Word("string");
        if (Below(2) != 0) Word("like"), Word("\"x-*\"");
        return;
      }
      Name(), Mark(":"), Type(2);
      if (Below(6) == 5)
        Word("via"), PlainName();
      else if (Below(3) == 2)
        Word("="), Expr(2);
    });
  }

  void Mapping() {
    Word("from"), Word(Pick({"terraform", "aws_cli"})), Word(Pick({"\"aws_vpc\"", "\"Vpcs\""}));
    for (uint32_t i = Below(3); i > 0; --i) Glue(), Word("."), Glue(), Word(Pick({"route", "from"}));
    if (Below(3) == 2) {
      Word("as"), PlainName();
      if (Below(2) != 0) Mark(","), Generator();
    }
    if (Below(3) == 2) Word("where"), Expr(2);
    if (Below(3) != 2) Body(0, 4, [&] { PlainName(), Word("="), Expr(2); });
  }

  void Rows() {
    Body(0, 3, [&] {
      QualifiedName();
      if (Below(2) != 0) PlainName();
      Body(0, 3, [&] { Name(), Mark(":"), Expr(2, kComparison); });
    });
  }

  void Test() {
    Word("test"), Word("\"a test\"");
    Body(1, 4, [&] {
      switch (Below(6)) {
        case 0: Word("expect"), Expr(1, kSum), Word("=="), Expr(1, kSum); break;
        case 1: Word("given"), Rows(); break;
        case 2: Word("given"), Word("\"a/file.json\""); break;
        case 3: Word("given"), QualifiedName(); break;
        case 4: Word("given"), PlainName(), Word("="), Expr(2); break;
        default: {
          Word("expect"), Word(Pick({"NET-001", "a.b", "subnet"})),
              Word(Pick({"fails", "passes", "waived", "unknown", "not applicable"}));
          if (Below(2) != 0) {
            Word("for");
            if (Below(2) != 0)
              PlainName();
            else
              PlainString();
          }
          if (Below(2) != 0) Word("with"), Word("message"), PlainString();
          if (Below(2) != 0) Word("because"), PlainString();
        }
      }
    });
  }

  void Waiver() {
    Word("waive"), Word(Pick({"NET-001", "\"NET-001\"", "a.b"})), Word("for");
    if (Below(2) == 0)
      PlainString();
    else
      Generator(), Where(2);
    Word("until"), Word(Pick({"2027-03-31", "never"})), Word("because"), PlainString();
    if (Below(2) != 0) Word("by"), PlainString();
  }

  Choices& choices_;
  std::string text_;
  bool glued_ = false, in_string_ = false;
  uint32_t num_comments_ = 0;
};

}  // namespace

std::string GeneratePolicyText(Choices& choices) { return PolicyText(choices).Run(); }

}  // namespace bylaw::differential

// odd_policies [BYTES]: policies that nobody would write, about a megabyte each: whatever the bytes are, there are diagnostics or a program, soon and without a crash. The time of each is printed;
// it is not asserted, as machines differ.
#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/compiler.h"
#include "compiler/diagnostics/renderer.h"

namespace {

using namespace bylaw::compiler;

size_t size = 1'000'000;  ///< of each policy, about, in bytes
const std::string kModel =
    "model m { key id: string  n: int?  s: string = \"\"  l: list<string> = []  b: bool = false }\n";

/// `part` again and again; `{}` in it is the number of the time.
std::string Many(std::string_view part) {
  const bool numbered = part.find("{}") != std::string_view::npos;
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += numbered ? fmt::format(fmt::runtime(part), i) : std::string(part);
  return text;
}

std::string Rule(const std::string& clauses) { return kModel + "rule r { for x in m " + clauses + " }\n"; }

std::string Random(std::mt19937& random, unsigned from, unsigned to) {
  std::string text;
  for (size_t i = 0; i < size; ++i) text += static_cast<char>(from + random() % (to - from + 1));
  return text;
}

std::string RandomTokens(std::mt19937& random) {
  static const std::vector<std::string> kTokens = {
      "and",    "or",      "not",     "in",      "if",   "then",  "else",   "exists", "every",      "satisfies",
      "for",    "let",     "require", "forbid",  "rule", "model", "define", "param",  "test",       "given",
      "expect", "{",       "}",       "(",       ")",    "[",     "]",      ",",      ":",          "=",
      "==",     "<",       "+",       "-",       "*",    "??",    "\"",     "'",      "1",          "90d",
      "x",      "m",       "x.n",     "\n",      "&&",   "IS",    "NULL",   ":=",     "10.0.0.0/8", "2026-01-01",
      "where",  "message", "is",      "present", "“",    "”",     "#",      "//",     "\t"};
  std::string text;
  while (text.size() < size) text += kTokens[random() % kTokens.size()] + " ";
  return text;
}

std::vector<std::pair<std::string, std::string>> OddPolicies() {
  std::mt19937 random(7);
  return {
      {"any bytes", Random(random, 0, 255)},
      {"any bytes but zero", Random(random, 1, 127)},
      {"printable bytes", Random(random, 32, 126)},
      {"random tokens", RandomTokens(random)},
      {"random tokens in a rule", kModel + "rule r {\n" + RandomTokens(random)},
      {"random tokens in an expression", kModel + "rule r { for x in m require " + RandomTokens(random)},
      {"zero bytes", std::string(size, '\0')},
      {"bytes that are no UTF-8", std::string(size, '\xE9')},
      {"double quotes", Many("\"")},
      {"single quotes", Many("'")},
      {"a single quote a line", Many("'a\n")},
      {"typographic quotes", Many("“")},
      {"typographic quotes and letters", Many("“a")},
      {"reordering characters", Many("\u202E")},
      {"opening parentheses", Many("(")},
      {"opening braces", Many("{")},
      {"closing parentheses", Many(")")},
      {"line ends", Many("\n")},
      {"hashes", Many("# c\n")},
      {"comments that are not closed", Many("/* ")},
      {"one name", std::string(size, 'a')},
      {"one number", std::string(size, '9')},
      {"a path", "define f = " + Many("a.") + "a"},
      {"and", Rule("require " + Many("x.b and ") + "x.b")},
      {"or of comparisons", Rule("require " + Many("x.s == \"a\" or ") + "x.b")},
      {"&&", Rule("require " + Many("x.b && ") + "x.b")},
      {"AND", Rule("require " + Many("x.b AND ") + "x.b")},
      {"not", Rule("require " + Many("not ") + "x.b")},
      {"minus", "define f = " + Many("- ") + "1"},
      {"a sum", "define f = " + Many("1 + ") + "1"},
      {"if", Rule("require " + Many("if x.b then true else ") + "true")},
      {"exists in exists", Rule("require " + Many("(exists y in m where "))},
      {"lists of lists", "param p: " + Many("list<")},
      {"a union of one string", "param p: " + Many("\"a\" | ") + "\"b\""},
      {"an enum", "param p: " + Many("\"e{}\" | ") + "\"b\""},
      {"a list", "define f = [" + Many("1, ") + "1]"},
      {"a set", "define f = {" + Many("{}, ") + "1}"},
      {"a map", "define f = {\"a\": 1" + Many(", \"k{}\": 1") + "}"},
      {"a string", "define f = \"" + std::string(size, 'a') + "\""},
      {"escapes", "define f = \"" + Many("\\n") + "\""},
      {"interpolations", Rule("require x.b message \"" + Many("{x}") + "\"")},
      {"strings in strings", "define f = " + Many("\"{")},
      {"strings that are not closed", Many("\"a\n")},
      {"a regular expression", Rule("require x.s matches \"" + Many("(a|b)*") + "\"")},
      {"rules with a mistake", kModel + Many("rule r{} {{ for x in m require x.b && x.z }}\n")},
      {"rules of one name", kModel + Many("rule r { for x in m require x.b }\n")},
      {"rules", kModel + Many("rule r{} {{ for x in m require x.b }}\n")},
      {"defines that call each other",
       kModel + "define f0(x: m): bool = x.b\n" + Many("define g{}(x: m): bool = f0(x) or x.b\n")},
      {"lets", Rule(Many("let a{} = x.b\n") + "require x.b")},
      {"unknown names", Rule(Many("require y{}\n"))},
      {"fields", "model f {\n key id: string\n" + Many("f{}: int = 0\n") + "}"},
      {"models", Many("model m{} {{ key id: string }}\n")},
      {"imports", "package a\n" + Many("import b{}\n")},
      {"rows", kModel + "test \"t\" { given {\n" + Many("m r{} {{ n: 1 }}\n") + "} expect true }"},
      {"waivers", Rule("require x.b") + Many("waive r for \"a*\" until 2027-01-01 because \"b\"\n")},
      {"documentation", Many("/// a\n") + Rule("require x.b")},
  };
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) size = std::stoul(argv[1]);
  int num_wrong = 0;
  double slowest = 0;
  for (const auto& [name, text] : OddPolicies()) {
    const auto begin = std::chrono::steady_clock::now();
    const CompileResult result = Compile({{.path = "odd.bylaw", .text = text}}, {.tests = true});
    const std::string rendered = RenderText(*result.sources, result.diagnostics, {.width = 80});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    slowest = std::max(slowest, seconds);
    const bool either = result.program.has_value() != result.diagnostics.has_errors();
    const bool readable = rendered.size() < (size_t{8} << 20);
    if (!either || !readable) ++num_wrong;
    fmt::print("{:7.2f} s  {:>8} bytes  {:>5} errors  {}{}\n", seconds, text.size(), result.diagnostics.num_errors(),
               name,
               !either     ? "  WRONG: neither a program nor an error, or both"
               : !readable ? "  WRONG: a report of megabytes"
                           : "");
  }
  fmt::print("slowest: {:.2f} s\n", slowest);
  return num_wrong == 0 ? 0 : 1;
}

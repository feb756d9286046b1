// Everything that the language has occurs in some golden case: each diagnostic, each instruction, each built-in function, each part of each rule of the grammar.
// What a case shows runs on the evaluator and on the reference, so what occurs here is a thing that the two agree on.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <BylawLexerTokens.h>
#include <gtest/gtest.h>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/antlr_bridge.h"
#include "runtime/builtins/functions.h"
#include "runtime/bytecode/opcode_info.h"
#include "tests/cases/case_file.h"

namespace bylaw {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

const std::vector<cases::Case>& AllCases() {
  static const std::vector<cases::Case> all = [] {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator("tests/cases")) {
      if (entry.path().extension() == ".case") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<cases::Case> result;
    for (const fs::path& path : paths) {
      auto parsed = cases::ParseCase(path.string(), ReadFile(path));
      if (parsed.ok()) result.push_back(*std::move(parsed));
    }
    return result;
  }();
  return all;
}

/// Each name in `wanted` that is not in `seen`.
std::vector<std::string> Missing(const std::set<std::string>& wanted, const std::set<std::string>& seen) {
  std::vector<std::string> missing;
  std::set_difference(wanted.begin(), wanted.end(), seen.begin(), seen.end(), std::back_inserter(missing));
  return missing;
}

// ---- Instructions and functions ------------------------------------------------------------------------------------

struct Uses {
  std::set<std::string> opcodes;
  std::set<std::string> functions;  ///< "contains(ipset, cidr)"-like: name and signature

  void Add(const Program& program, const Block& block) {
    for (const Instruction& instruction : block.code) {
      opcodes.insert(std::string(Info(instruction.op).name));
      if (instruction.op == Opcode::kBuiltin) {
        const FunctionInfo& function = BuiltinFunctions()[program.calls[instruction.imm].callee];
        functions.insert(Name(function));
      }
    }
  }
  void Add(const Program& program, const std::vector<Stage>& stages) {
    for (const Stage& stage : stages) Add(program, stage.block);
  }
  void Add(const Program& program) {
    for (const LazyBlock& lazy : program.lazy_blocks) Add(program, lazy.block);
    for (const Function& function : program.functions) Add(program, function.block);
    for (const Query& query : program.queries) Add(program, query.stages);
    for (const Rule& rule : program.rules) Add(program, rule.stages);
    for (const Relation& relation : program.relations) {
      for (const Relation::Disjunct& disjunct : relation.disjuncts) Add(program, disjunct.stages);
    }
  }
  static std::string Name(const FunctionInfo& function) {
    return std::string(function.name) + std::string(function.signature_text);
  }
};

TEST(CaseCoverage, InstructionsAndFunctions) {
  Uses uses;
  for (const cases::Case& c : AllCases()) {
    for (const bool optimize : {false, true}) {
      for (const compiler::CompileResult& result : cases::CompileCase(c, ".", optimize)) {
        if (result.program) uses.Add(*result.program);
      }
    }
  }
  std::set<std::string> opcodes, functions;
  for (const OpcodeInfo& info : OpcodeTable()) opcodes.insert(std::string(info.name));
  for (const FunctionInfo& function : BuiltinFunctions()) functions.insert(Uses::Name(function));
  uses.opcodes.insert("Absent");   // what is absent comes from values; the passes fold a literal one
  uses.opcodes.insert("Observe");  // every case is compiled to be observed, too (tests/reference/every_way.cc)
  // The operator `contains` and the word `now` are instructions of their own, not calls of the functions that document them.
  for (const FunctionInfo& function : BuiltinFunctions()) {
    if (function.name == "contains" || function.name == "now") uses.functions.insert(Uses::Name(function));
  }
  EXPECT_EQ(Missing(opcodes, uses.opcodes), std::vector<std::string>()) << "instructions in no case";
  EXPECT_EQ(Missing(functions, uses.functions), std::vector<std::string>()) << "functions in no case";
}

/// The functions that lines of `expect values KIND` call, for each kind. What is called with unknown or bad arguments must come out unknown to count.
std::map<std::string, std::set<std::string>> FunctionsByKind() {
  std::map<std::string, std::set<std::string>> by_kind;
  for (const cases::Case& c : AllCases()) {
    for (const cases::Section& section : c.sections) {
      if (section.kind != "expect" || !section.argument.starts_with("values ")) continue;
      const std::string kind = section.argument.substr(7);
      cases::Case alone{.path = c.path, .purpose = c.purpose, .sections = {}};
      for (const cases::Section& other : c.sections) {
        if (other.kind != "expect") alone.sections.push_back(other);
      }
      const auto lines = cases::ValueLines(section);
      alone.sections.push_back(section);
      const std::vector<compiler::CompileResult> compiled = cases::CompileCase(alone, ".", false);
      for (size_t i = 0; i < lines.size() && i < compiled.size(); ++i) {
        if ((kind == "unknown" || kind == "bad") && !lines[i].second.starts_with("(unknown)")) continue;
        Uses uses;
        if (compiled[i].program) uses.Add(*compiled[i].program);
        by_kind[kind].insert(uses.functions.begin(), uses.functions.end());
      }
    }
  }
  return by_kind;
}

TEST(CaseCoverage, FunctionsByKindOfArguments) {
  const auto by_kind = FunctionsByKind();
  std::map<std::string, std::set<std::string>> wanted;
  for (const FunctionInfo& function : BuiltinFunctions()) {
    if (function.name == "contains" || function.name == "now") continue;  // instructions of their own, see above
    const std::string name = Uses::Name(function);
    wanted["normal"].insert(name), wanted["edge"].insert(name);
    if (!function.signature.parameters.empty()) wanted["unknown"].insert(name);
    // Limits of size are in the unit tests: a case would hold, or make, a text of megabytes.
    const bool is_limit = function.fails_when.find(" over ") != std::string_view::npos;
    if (!function.fails_when.empty() && !is_limit) wanted["bad"].insert(name);
  }
  for (const auto& [kind, functions] : wanted) {
    const auto seen = by_kind.find(kind);
    ASSERT_NE(seen, by_kind.end()) << "no case has `expect values " << kind << "`";
    EXPECT_EQ(Missing(functions, seen->second), std::vector<std::string>())
        << "functions in no `expect values " << kind << "`";
  }
  for (const auto& [kind, functions] : by_kind)
    EXPECT_TRUE(wanted.contains(kind)) << "there is no kind of arguments `" << kind << "`";
}

// ---- Diagnostics ---------------------------------------------------------------------------------------------------

TEST(CaseCoverage, Diagnostics) {
  std::set<std::string> wanted, seen;
  for (const compiler::CodeInfo& info : compiler::AllCodes()) wanted.insert(std::string(info.text));
  static const std::regex kCode("[EWL][0-9]{4}");
  for (const cases::Case& c : AllCases()) {
    for (const cases::Section& section : c.sections) {
      if (section.kind != "expect") continue;
      for (std::sregex_iterator match(section.text.begin(), section.text.end(), kCode), end; match != end; ++match)
        seen.insert(match->str());
    }
  }
  seen.insert("E0001");  // a file of 5 MB, which is in tests/unit/syntax_errors_test.cc
  EXPECT_EQ(Missing(wanted, seen), std::vector<std::string>()) << "diagnostics in no case";
}

// ---- The grammar ---------------------------------------------------------------------------------------------------

/// A grammar file without its comments, and its rules in order: name and right side. Lexer commands and actions stay in the right side.
std::vector<std::pair<std::string, std::string>> RulesOf(const std::string& path) {
  std::string text = ReadFile(path);
  text = std::regex_replace(text, std::regex("(^|\\s)//[^\n]*"), "$1");
  std::vector<std::pair<std::string, std::string>> rules;
  static const std::regex kRule(
      "\n(fragment )?([A-Za-z_]+)\\s*:((?:'(?:[^'\\\\]|\\\\.)*'|\\[(?:[^\\]\\\\]|\\\\.)*\\]|[^;'\\[])*);");
  for (std::sregex_iterator match(text.begin(), text.end(), kRule), end; match != end; ++match) {
    if (!(*match)[1].matched) rules.emplace_back((*match)[2].str(), (*match)[3].str());
  }
  return rules;
}

/// "rule → part" of every rule of the parser's grammar; a part is a rule, a token by its name, or a quoted token.
std::set<std::string> GrammarParts(const std::map<std::string, std::string>& token_of_literal) {
  std::set<std::string> parts;
  static const std::regex kPart("'[^']*'|[A-Za-z_]+");
  for (const auto& [rule, right] : RulesOf("grammar/Bylaw.g4")) {
    for (std::sregex_iterator match(right.begin(), right.end(), kPart), end; match != end; ++match) {
      std::string part = match->str();
      if (part == "EOF") continue;
      if (part.front() == '\'') part = token_of_literal.at(part);
      parts.insert(rule + " → " + part);
    }
  }
  return parts;
}

TEST(CaseCoverage, Grammar) {
  std::map<std::string, std::string> token_of_literal;
  std::vector<std::string> token_names = {
      "EOF"};  // by number: the order in the lexer, without those that only name another
  for (const auto& [name, right] : RulesOf("grammar/BylawLexer.g4")) {
    if (right.find("type(") == std::string::npos) token_names.push_back(name);
    static const std::regex kLiteral("^\\s*('[^']*')\\s*(->.*)?$");
    std::smatch match;
    if (std::regex_match(right, match, kLiteral)) token_of_literal.emplace(match[1].str(), name);
  }
  ASSERT_EQ(token_names.at(static_cast<size_t>(compiler::Tok::STRING_CLOSE)), "STRING_CLOSE")
      << "the tokens are numbered in another way";
  token_of_literal["'{'"] = "LBRACE";
  token_of_literal["'}'"] = "RBRACE";
  std::vector<std::string> rule_names;
  for (const auto& [name, right] : RulesOf("grammar/Bylaw.g4")) rule_names.push_back(name);

  std::set<std::string> seen;
  const auto add = [&](compiler::StartRule start, const std::string& text) {
    compiler::SourceMap sources;
    const compiler::FileId file_id = sources.Add("case", text);
    compiler::Diagnostics diagnostics;
    compiler::TokenList tokens;
    if (!compiler::Repair(file_id, text, compiler::RunLexer(file_id, text, diagnostics), tokens, diagnostics)) return;
    compiler::Cst cst;
    if (!compiler::RunParser(start, file_id, text, tokens.tokens, cst, diagnostics)) return;
    for (const compiler::CstNode& node : cst.nodes) {
      if (node.rule == compiler::Rule::kToken || node.failed) continue;
      for (const uint32_t index : cst.ChildrenOf(node)) {
        const compiler::CstNode& child = cst.nodes[index];
        const std::string part = child.rule == compiler::Rule::kToken ? token_names.at(static_cast<size_t>(child.token))
                                                                      : rule_names.at(static_cast<size_t>(child.rule));
        seen.insert(rule_names.at(static_cast<size_t>(node.rule)) + " → " + part);
      }
    }
    if (cst.nodes.back().rule == compiler::Rule::kLoneExpression) seen.insert("loneExpression → expr");
  };
  for (const cases::Case& c : AllCases()) {
    for (const cases::Section& section : c.sections) {
      if (section.kind == "policy") add(compiler::StartRule::kFile, section.text);
      if (section.kind != "expect") continue;
      if (section.argument.starts_with("value ")) add(compiler::StartRule::kExpression, section.argument.substr(6));
      if (!section.argument.starts_with("values ")) continue;
      for (const auto& [expression, value] : cases::ValueLines(section))
        add(compiler::StartRule::kExpression, expression);
    }
  }
  // Behind a dot the bridge makes a name of these (tokens.cc), whatever the grammar says.
  for (const char* word : {"AS", "FIRST", "FROM", "GROUP", "KEY", "VIA"}) seen.insert(std::string("word → ") + word);
  EXPECT_EQ(Missing(GrammarParts(token_of_literal), seen), std::vector<std::string>())
      << "parts of the grammar in no case";
}

}  // namespace
}  // namespace bylaw

#include <set>

#include <gtest/gtest.h>

#include "runtime/builtins/functions.h"

namespace bylaw {
namespace {

TEST(BuiltinFunctions, TableIsIndexedByIdAndEverySignaturePrintsBack) {
  auto functions = BuiltinFunctions();
  ASSERT_GT(functions.size(), 150u);
  for (size_t i = 0; i < functions.size(); ++i) {
    const FunctionInfo& function = functions[i];
    EXPECT_EQ(static_cast<size_t>(function.id), i);
    EXPECT_EQ(FindBuiltinById(function.id_name), function.id);
    EXPECT_FALSE(function.doc.empty()) << function.id_name;
    EXPECT_FALSE(function.example.empty()) << function.id_name;
    EXPECT_FALSE(function.example_result.empty()) << function.id_name;
    std::string text;
    for (const Parameter& parameter : function.signature.parameters) {
      text += (text.empty() ? "(" : ", ") + parameter.name + ": " + parameter.type.ToString();
    }
    if (!function.signature.is_constant) text += ") ";
    text += "-> " + function.signature.result.ToString();
    EXPECT_EQ(text, function.signature_text);
  }
}

TEST(BuiltinFunctions, OverloadsStandTogether) {
  EXPECT_EQ(BuiltinOverloads("abs").size(), 2u);
  EXPECT_EQ(BuiltinOverloads("contains").size(), 6u);
  EXPECT_TRUE(BuiltinOverloads("no_such_function").empty());
  EXPECT_TRUE(BuiltinOverloads("world")[0].signature.is_constant);
}

TEST(BuiltinFunctions, NoTwoOverloadsOfANameTakeTheSameTypes) {
  std::set<std::string> seen;
  for (const FunctionInfo& function : BuiltinFunctions()) {
    std::string key(function.name);
    for (const Parameter& parameter : function.signature.parameters) key += "," + parameter.type.ToString();
    EXPECT_TRUE(seen.insert(key).second) << key;
  }
}

TEST(BuiltinFunctions, VariablesOfTheResultOccurAmongTheParameters) {
  auto variables = [](const TypePattern& type) {
    const TypePattern* inner = &type;
    while (!inner->element.empty()) inner = &inner->element[0];
    return inner->is_variable() ? inner->kind : TypePattern::Kind::kBool;
  };
  for (const FunctionInfo& function : BuiltinFunctions()) {
    TypePattern::Kind result = variables(function.signature.result);
    if (result == TypePattern::Kind::kBool) continue;
    bool found = false;
    for (const Parameter& parameter : function.signature.parameters) {
      found |= variables(parameter.type) == result;
      for (size_t i = 1; i < parameter.type.element.size(); ++i)
        found |= variables(parameter.type.element[i]) == result;
    }
    EXPECT_TRUE(found) << function.id_name;
  }
}

TEST(ParseSignature, RejectsWhatIsNotInTheNotation) {
  for (const char* text : {"", "(a: int)", "(a int) -> int", "(a: int -> int", "-> integer", "-> list<", "-> list<int",
                           "-> \"a", "-> int int", "(a: int,) -> int"}) {
    EXPECT_FALSE(ParseSignature(text).ok()) << text;
  }
  std::string deep = "-> ";
  for (int i = 0; i < 1000; ++i) deep += "list<";
  EXPECT_FALSE(ParseSignature(deep).ok());
}

TEST(ParseTypePattern, ReadsOptionalContainersAndEnums) {
  TypePattern type = ParseTypePattern("list<map<string?>>?").value();
  EXPECT_TRUE(type.optional);
  EXPECT_EQ(type.kind, TypePattern::Kind::kList);
  EXPECT_TRUE(type.element[0].element[0].optional);
  EXPECT_EQ(ParseTypePattern("\"yes\" | \"no\"").value().enum_values, (std::vector<std::string>{"yes", "no"}));
}

}  // namespace
}  // namespace bylaw

#include "compiler/check/foreign_functions.h"

#include <algorithm>
#include <array>

namespace bylaw::compiler {
namespace {

struct Foreign {
  std::string_view name, hint;
};

constexpr std::string_view kLength = "write `length(x)`; `count(x in … where …)` counts rows";
constexpr std::string_view kPresent = "write `x is present`";
constexpr std::string_view kAbsent = "write `x is absent`";
constexpr std::string_view kDefault = "write `x ?? default`";
constexpr std::string_view kContains = "write `list contains element` or `element in list`";
constexpr std::string_view kSome = "write `exists x in … where …`";
constexpr std::string_view kEvery = "write `every x in … satisfies …`";
constexpr std::string_view kMatches = "write `text matches \"…\"`";
constexpr std::string_view kText = "write the values into a text: `\"{a}-{b}\"`";
constexpr std::string_view kComprehension = "write `[e for x in … where …]`";
constexpr std::string_view kStart = "write `starts_with(text, prefix)`";
constexpr std::string_view kEnd = "write `ends_with(text, suffix)`";
constexpr std::string_view kLower = "write `lower(text)`";
constexpr std::string_view kUpper = "write `upper(text)`";

// Rego, Sentinel, CEL, SQL, Python, JavaScript, HCL and JMESPath.
constexpr auto kForeign = std::to_array<Foreign>({
    {"all", kEvery},
    {"allof", kEvery},
    {"any", kSome},
    {"anytrue", kSome},
    {"alltrue", kEvery},
    {"can", kPresent},
    {"cidrcontains", "write `range contains address`, or `covers(range, range)`"},
    {"coalesce", kDefault},
    {"concat", kText},
    {"contains", kContains},
    {"default", kDefault},
    {"defined", kPresent},
    {"empty", "write `is_empty(x)`"},
    {"endsWith", kEnd},
    {"endswith", kEnd},
    {"filter", kComprehension},
    {"flatten", "write `[y for x in …, y in x.list]`"},
    {"format", kText},
    {"has", kPresent},
    {"hasPrefix", kStart},
    {"hasSuffix", kEnd},
    {"has_key", "write `key in map`"},
    {"ifnull", kDefault},
    {"includes", kContains},
    {"is_null", kAbsent},
    {"isnull", kAbsent},
    {"isNull", kAbsent},
    {"len", kLength},
    {"length", kLength},
    {"map", kComprehension},
    {"matches", kMatches},
    {"nvl", kDefault},
    {"re_match", kMatches},
    {"regex_match", kMatches},
    {"regexmatch", kMatches},
    {"search", kMatches},
    {"size", kLength},
    {"some", kSome},
    {"sprintf", kText},
    {"startsWith", kStart},
    {"startswith", kStart},
    {"str", "write `string(x)`, or the value into a text: `\"{x}\"`"},
    {"substr", "write `substring(text, start, length)`"},
    {"toLowerCase", kLower},
    {"toUpperCase", kUpper},
    {"to_lower", kLower},
    {"to_number", "write `int(text)` or `float(text)`"},
    {"to_upper", kUpper},
    {"tonumber", "write `int(text)` or `float(text)`"},
    {"tostring", "write `string(x)`"},
    {"try", kDefault},
});

}  // namespace

std::string_view MeantByFunction(std::string_view name) {
  const auto* found =
      std::find_if(kForeign.begin(), kForeign.end(), [&](const Foreign& foreign) { return foreign.name == name; });
  return found == kForeign.end() ? std::string_view() : found->hint;
}

}  // namespace bylaw::compiler

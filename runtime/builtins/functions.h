// The table of built-in functions: what functions.def says, parsed. The checker resolves calls with it, completion and
// the docs print it, and the VM and the tests' reference evaluator dispatch on FunctionId. It holds no implementation:
// those are the value libraries beside it (net.h, version.h, time.h, text.h, iam.h, ...).
//
// Notation of signatures:
//   signature = [ "(" [ name ":" type { "," name ":" type } ] ")" ] "->" type
//               (no parentheses: a constant, used by its bare name)
//   type      = base [ "?" ]
//   base      = "bool" | "int" | "float" | "string" | "time" | "duration" | "cidr" | "ip" | "version" | "json"
//             | "ipset" | "portset" | "iam_document" | "list<" type ">" | "set<" type ">" | "map<" type ">"
//             | enum | variable
//   enum      = '"' text '"' { "|" '"' text '"' }
//   variable  = "T"         any type that is not optional
//             | "ordered"   int, float, string, time, duration, version, ip, cidr; enums by text
//             | "printable" any that interpolation prints: not json, lists, sets, maps, documents or optionals
//   A variable stands for one type throughout its signature.
//
// Rules that hold for every function, unless its doc sentence says otherwise:
//   - overloads: entries of one name, tried in table order; the first whose parameters take the arguments is meant.
//     There are no optional parameters; a shorter form is an overload of its own: a FunctionId has one arity.
//   - implicit: where `ipset` is expected, a `cidr` (not an `ip`) stands for its addresses; the checker inserts
//     AddressesCidr. An exact match of any overload goes before one that needs this. Nothing else is implicit.
//   - absent: an argument of type `T?` is accepted only where the parameter has a `?`; else it does not compile.
//   - unknown: any unknown argument, or a collection with an unknown item, makes the result unknown with the same
//     causes. Only GetMap and GetList look at their default lazily.
//   - failure: if `fails_when` is not empty, the kernel's C++ function gives a Result or an optional; failure is an
//     unknown whose cause is that text and the argument as seen. No function throws, runs without bound, or crashes
//     on any bytes.
//   - pure: equal arguments give equal results within a run; all but `now` and `age` may be folded at compile time.
//
// Thread safety: everything is immutable after the first call of BuiltinFunctions(), which may come from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace bylaw {

/// One id an overload, in table order from 0; kAbsInt is the line of AbsInt.
enum class FunctionId : uint16_t {
#define BYLAW_FUNCTION(id, ...) k##id,
#include "runtime/builtins/functions.def"
};

/// A type as the notation of signatures writes it, free of the compiler's own types.
struct TypePattern {
  enum class Kind : uint8_t {
    kBool,
    kInt,
    kFloat,
    kString,
    kTime,
    kDuration,
    kCidr,
    kIp,
    kVersion,
    kJson,
    kIpSet,
    kPortSet,
    kIamDocument,
    kList,       ///< of `element[0]`
    kSet,        ///< of `element[0]`
    kMap,        ///< from `element[1]`, or string, to `element[0]`
    kEnum,       ///< of `enum_values`, in the order written
    kAny,        ///< the variable `T`
    kOrdered,    ///< the variable `ordered`
    kPrintable,  ///< the variable `printable`
    kKey         ///< the variable `K`: the keys of a map
  };

  Kind kind = Kind::kBool;
  bool optional = false;
  std::vector<TypePattern> element;  ///< one for kList, kSet, kMap, or two for a kMap whose keys are named; else none
  std::vector<std::string> enum_values;  ///< for kEnum

  static constexpr size_t kNumVariables = 4;
  bool is_variable() const { return kind >= Kind::kAny; }
  bool operator==(const TypePattern&) const = default;

  /// The notation again: `list<T>`, `string?`.
  std::string ToString() const;
};

struct Parameter {
  std::string name;
  TypePattern type;
};

struct Signature {
  bool is_constant = false;  ///< used by its bare name, without parentheses
  std::vector<Parameter> parameters;
  TypePattern result;
};

struct FunctionInfo {
  FunctionId id;
  std::string_view id_name;  ///< `AbsInt`; stable across versions, what bytecode files name it by
  std::string_view name;     ///< `abs`
  std::string_view family;   ///< `numbers`, `network`, ...
  std::string_view signature_text;
  std::string_view doc;             ///< what it gives, as part of a sentence
  std::string_view fails_when;      ///< empty if it cannot fail
  std::string_view example;         ///< an expression of the language
  std::string_view example_result;  ///< an expression equal to it, or `absent`, or `unknown`
  Signature signature;

  /// False for what depends on the run: `now` and `age`.
  bool foldable() const { return id != FunctionId::kNow && id != FunctionId::kAge; }
};

/// All functions in table order; the index is the FunctionId.
std::span<const FunctionInfo> BuiltinFunctions();

const FunctionInfo& BuiltinFunction(FunctionId id);

/// The overloads of `name` in table order; empty if there is no such function.
std::span<const FunctionInfo> BuiltinOverloads(std::string_view name);

/// By id_name, for readers of bytecode files.
std::optional<FunctionId> FindBuiltinById(std::string_view id_name);

/// Parses the notation above. For the table (whose text is checked by tests) and for tools.
Result<Signature> ParseSignature(std::string_view text);
Result<TypePattern> ParseTypePattern(std::string_view text);

}  // namespace bylaw

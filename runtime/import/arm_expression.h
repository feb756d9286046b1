// ArmExpression: the value of an expression of an Azure Resource Manager template, as far as the template itself tells.
//
// Known are parameters that are given or have a default, variables, copyIndex, and what the functions of texts, numbers, lists, objects and logic
// make of them (arm_functions.cc). All else (`reference`, `resourceGroup`, `uniqueString`, …) is decided when the template is deployed: unknown.
// Logic is Kleene's: `and(false, …)` is false, whatever the rest is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/json/json_value.h"

namespace bylaw {

/// What names mean in an expression.
struct ArmScope {
  JsonValue parameters, variables;  ///< as the template declares them
  /// Values that parameters are given, as JSON text, by their names in lower case; nothing: it is given one that is not known.
  std::map<std::string, std::optional<std::string>> given = {};
  /// By the names of the loops around, in lower case; "": of the innermost.
  std::map<std::string, int64_t> copy_indices = {};
};

/// A value, or nothing when it is not known.
using ArmValue = std::optional<nlohmann::json>;

/// Whether `text` is an expression: `[…]`, but not `[[…`.
bool IsArmExpression(std::string_view text);
/// The value, as JSON text; nothing when it is not known.
std::optional<std::string> EvaluateArm(std::string_view text, const ArmScope& scope);
/// The value of a function (its name in lower case) that depends on its arguments alone.
ArmValue CallArmFunction(std::string_view name, const std::vector<ArmValue>& arguments);
/// An id like `resourceId` gives it, without the subscription and group that are not known: "…/providers/Microsoft.Network/virtualNetworks/x".
std::string ArmResourceId(std::string_view type, std::string_view name);
/// In lower case, as names and types are compared.
std::string ArmFolded(std::string_view text);

}  // namespace bylaw

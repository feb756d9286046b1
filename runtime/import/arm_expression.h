// ArmExpression: the value of an expression of an Azure Resource Manager template, as far as the template itself tells.
//
// Known are parameters with a default, variables, and what `concat`, `format`, `toLower`, `toUpper`, `if`, `equals`, `not`, `bool`, `string`, `int`, `resourceId` and
// `json` make of them. All else (`reference`, `resourceGroup`, `uniqueString`, …) is decided when the template is deployed: unknown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/json/json_value.h"

namespace bylaw {

struct ArmScope {
  JsonValue parameters, variables;
};

/// Whether `text` is an expression: `[…]`, but not `[[…`.
bool IsArmExpression(std::string_view text);
/// The value, as JSON text; nothing when it is not known.
std::optional<std::string> EvaluateArm(std::string_view text, const ArmScope& scope);
/// An id like `resourceId` gives it, without the subscription and group that are not known: "…/providers/Microsoft.Network/virtualNetworks/x".
std::string ArmResourceId(std::string_view type, std::string_view name);

}  // namespace bylaw

// What rules are called by those who name them: waivers, options.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "runtime/bytecode/program.h"

namespace bylaw {

inline std::string QualifiedName(const Rule& rule) {
  return rule.package.empty() ? rule.name : rule.package + "." + rule.name;
}

/// Whether `name` is the rule's id or its qualified name.
inline bool IsNameOf(std::string_view name, const Rule& rule) { return name == rule.id || name == QualifiedName(rule); }

}  // namespace bylaw

// Conversions between JSON and typed values, and JSON trees out of text.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/vm/worker.h"

namespace bylaw {

/// A JSON tree of `text` in `arena`; numbers that fit neither int64 nor a finite double keep their digits. The tree does not point into `text`.
Result<const JsonNode*> ParseJsonText(std::string_view text, Arena& arena);

/// `node` as a value of `type`: as models and mappings convert (see docs/language.md). Null is absent. Unknown if it does not convert; `why` (may be null) then gets the reason,
/// with the path of the part at fault; if that part is itself an unknown of the snapshot, the reason is its cause.
Value ConvertJson(Worker& worker, const JsonNode& node, TypeId type, Cause* why);

/// The path of a node within its tree, such as `settings.rules[2].port`; empty at the root.
std::string JsonPath(const JsonNode& node);

/// Compact JSON text.
std::string JsonToText(const JsonNode& node);

}  // namespace bylaw

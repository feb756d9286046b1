// JsonTree: from the JSON reader's views to the trees that the snapshot keeps (JsonNode).
//
// Used by the importer for values without a typed column and for the arguments of mapping expressions, by constants, and by the built-in
// function `json`. An overlay, such as a plan's `after_unknown`, says which parts are unknown.
//
// Thread safety: as the arena given.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/arena.h"
#include "runtime/json/json_value.h"
#include "runtime/snapshot/objects.h"

namespace bylaw {

/// Whether an overlay says that a value is unknown as a whole: `true`, or a text that says why.
bool IsUnknownMark(JsonValue overlay);

struct JsonTreeOptions {
  JsonValue unknown =
      {};  ///< parts where this is `true` are unknown, with `cause`, or a text: the cause; missing: all is known. A text there is what is known of it
  CauseId cause = 0;
  std::function<CauseId(std::string_view)> cause_of = {};  ///< of a text
  bool copy_text =
      true;  ///< false: text without escapes is left where it is; then the reader's bytes must outlive the tree
  Row record = kNone;                           ///< JsonNode::record of every node
  std::span<const std::string> only_keys = {};  ///< of the outermost object; empty: all
};

/// The tree of `value`; a missing value is null. The nodes live in `arena`.
const JsonNode* MakeJsonTree(JsonValue value, const JsonTreeOptions& options, Arena& arena);

/// The JSON text of a tree, in which unknown parts are as in builtins/partial_text.h; `unknown` is set to one, if there is one.
void AppendPartialJson(const JsonNode& node, std::string* json, const JsonNode** unknown);

/// A node that is unknown as a whole; `known` is what is known of it if it is a text, and must outlive the node.
const JsonNode* MakeUnknownJson(CauseId cause, std::string_view known, Row record, Arena& arena);
/// A string; `text` must outlive the node.
const JsonNode* MakeJsonString(std::string_view text, Row record, Arena& arena);

}  // namespace bylaw

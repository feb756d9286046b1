// Policy documents as cells of kind iam_document.
#pragma once

#include <string_view>

#include "runtime/vm/worker.h"

namespace bylaw {

/// The document that JSON text (URL-encoded or not) or a JSON tree spells; unknown if it is none. `unknown_cause` is why parts of it are unknown.
Value ReadDocument(Worker& worker, std::string_view text, CauseId unknown_cause = 0);
Value ReadDocument(Worker& worker, const JsonNode& node);

/// Unknown where unknown parts of one decide.
Tri EqualDocuments(Cell a, Cell b);

/// A total order of documents; 0 if they say the same in the same order.
int CompareDocuments(Cell a, Cell b);

}  // namespace bylaw

// Policy documents as cells of kind iam_document.
#pragma once

#include <string_view>

#include "runtime/vm/worker.h"

namespace bylaw {

/// The document that JSON text (URL-encoded or not) or a JSON tree spells; unknown if it is none.
Value ReadDocument(Worker& worker, std::string_view text);
Value ReadDocument(Worker& worker, const JsonNode& node);

/// A total order of documents; 0 if they say the same in the same order.
int CompareDocuments(Cell a, Cell b);

}  // namespace bylaw

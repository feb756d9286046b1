// Policy documents as cells of kind iam_document.
#pragma once

#include "runtime/base/value.h"

namespace bylaw {

/// A total order of documents; 0 if they say the same in the same order.
int CompareDocuments(Cell a, Cell b);

}  // namespace bylaw

// The rows that a test gives (`given { aws.subnet s { vpc: v } }`) as rows of a snapshot.
#pragma once

#include "compiler/check/typed.h"
#include "runtime/base/result.h"
#include "runtime/engine.h"

namespace bylaw::cli {

/// Adds the rows of `test` to `builder`. Tables and columns that the program does not read are left out: they change nothing.
Status AddGivenRows(const compiler::TypedTest& test, SnapshotBuilder& builder);

/// The table of `model` in `program`, or kNone where the program reads nothing of it.
TableId TableOf(const Program& program, const compiler::Model& model);

}  // namespace bylaw::cli

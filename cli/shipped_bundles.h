// Shipped bundles: the shipped packs, compiled when Bylaw is built, so that a check with them compiles nothing.
//
// They stand in the folder `bundles` beside that of the shipped policies: `all.bylawc` of every pack,
// `packs/NAME.bylawc` of each, and `digest`, which tells the policies that they were made from. Where the policies have
// changed since, or there are no bundles, or they are of another version, the text is compiled instead.
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "runtime/engine.h"

namespace bylaw::cli {

/// The bundle of one shipped pack (of all, with an empty name), if it is there and was made from the policies as they
/// are now.
std::optional<PolicySet> LoadShippedBundle(const std::string& pack);

/// Compiles the shipped packs into `folder`. The status to end with; what is wrong has been printed.
int WriteShippedBundles(const std::string& folder, const Invocation& invocation);

}  // namespace bylaw::cli

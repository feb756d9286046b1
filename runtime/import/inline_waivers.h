// Waivers that an export carries at its resources, in the metadata of a template or the annotations of an object:
//
//   waive: [{rule: NET-001, because: "PLAT-1312, being drained", until: 2027-03-31, by: network-team}]
//
// The list may stand there as a text, too, of JSON or YAML. An entry says which rule by id or qualified name, why, and
// until when; who says it is left to the writer. What an entry lacks is kept as its problem: it can then hold for
// nothing, and the check tells.
//
// Thread safety: one import's, as its builder.
#pragma once

#include <string_view>

#include "runtime/json/input_file.h"
#include "runtime/json/json_value.h"
#include "runtime/snapshot/snapshot_builder.h"

namespace bylaw {

/// The resource that waivers stand at.
struct WaivedResource {
  const InputFile& file;  ///< in which their places are found
  uint32_t input = 0;
  std::string_view address;
  Row record = kNone;  ///< kNone: the program does not read it
};

/// Adds the waivers in `value`, which stands under `key` of what the export has for Bylaw; a key that is not `waive` is
/// a mistake. Resources of inputs that are not judged have no waivers.
void AddInlineWaivers(std::string_view key, JsonValue value, const WaivedResource& resource, SnapshotBuilder& builder);

}  // namespace bylaw

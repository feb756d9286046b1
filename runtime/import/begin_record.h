// BeginRecord: what importers of exports in which each object is a resource have in common.
//
// Thread safety: as the run's.
#pragma once

#include <algorithm>
#include <span>
#include <string>

#include "runtime/import/importer.h"

namespace bylaw {

/// The text of a string; empty for anything else.
inline std::string TextOf(JsonValue value) { return value.string().ToString(); }

/// Counts the resource that `object` is, and begins its record: the whole object. `names` is what mappings may call its type, most particular first;
/// it is counted under the last. False when nothing wants it.
inline bool BeginRecord(ImportRun& run, const Demand& demands, std::span<const std::string> names, JsonValue object,
                        SourceRecord* source, const SourceDemand** demand) {
  *demand = nullptr;
  for (const std::string& name : names) {
    if (*demand == nullptr) *demand = demands.Find(name);
  }
  run.Count(demands.format(), names.back(),
            std::any_of(names.begin(), names.end(), [&](const std::string& name) { return demands.Maps(name); }));
  if (*demand == nullptr && !demands.wants_all_records()) return false;
  source->source_type = *demand != nullptr ? std::string_view((*demand)->source_type) : std::string_view(names.back());
  source->record.value = object;
  source->envelope = object;
  source->offset = object.offset();
  return true;
}

}  // namespace bylaw

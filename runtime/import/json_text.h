// JSON text that importers write: records put together from several places of an export.
#pragma once

#include <string>
#include <string_view>

namespace bylaw {

/// Appends `text` as a JSON string.
void AppendJsonString(std::string_view text, std::string* json);

}  // namespace bylaw

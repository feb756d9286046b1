// AppendJsonString: the writing side of JSON, where texts are made: YAML rewritten as JSON, templates resolved,
// envelopes.
//
// Thread safety: pure.
#pragma once

#include <string>
#include <string_view>

namespace bylaw {

/// Appends `text` as a JSON string, quotes and escapes included.
void AppendJsonString(std::string_view text, std::string* json);

}  // namespace bylaw

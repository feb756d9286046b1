// Escaping of texts that come from inputs and policies, for the formats that reports are written in. What stands in a
// report is what stood in the input, as far as the format can say it; control characters and bidirectional overrides
// are made visible or written as escapes, so that a report is safe to print.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace bylaw::cli {

/// For XML and HTML, text and attribute values alike.
std::string EscapeMarkup(std::string_view text);

/// JSON whose strings hold no control character, DEL, C1, bidirectional or line separator as it is; invalid UTF-8
/// becomes U+FFFD. `indent` below 0: one line.
std::string DumpJson(const nlohmann::ordered_json& document, int indent = 2);

/// A path as a URI reference (RFC 3986): relative ones stay relative, absolute ones become file URIs.
std::string PathToUri(std::string_view path);

/// `text` cut to `max_bytes` at a character's edge, with "…" where something was cut.
std::string Shortened(std::string_view text, size_t max_bytes);

}  // namespace bylaw::cli

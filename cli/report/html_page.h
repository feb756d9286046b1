// What every HTML report has in it whatever the findings: its style and its script.
#pragma once

#include <string_view>

namespace bylaw::cli {

extern const std::string_view kHtmlStyle;
/// Reads the JSON in #data and fills #findings; filters, searches, groups. Sets text only, never markup.
extern const std::string_view kHtmlScript;

}  // namespace bylaw::cli

// What every HTML page has in it whatever it tells: its head, its style, its charts' bars, and the script that lists findings.
//
// A content security policy admits the page's own style and script by their digests, so that nothing from an input could ever run.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine.h"

namespace bylaw::cli {

/// Reads the JSON in #data and fills #findings; filters, searches, groups. Sets text only, never markup.
extern const std::string_view kHtmlScript;

/// From the doctype to the opened body. `title` is text; `script` is the one script that may run; empty: none. `more_style` is the page's own, behind what all pages have.
std::string HtmlHead(std::string_view title, std::string_view script, std::string_view more_style = {});

/// What was read: its number and formats, with the paths folded away where they are many.
std::string HtmlInputs(const std::vector<InputInfo>& inputs);

/// A row of a chart's table: a label, a bar of `count` in `most`, the number. `label` is text; the classes are of the page's style.
std::string HtmlBar(std::string_view label, std::string_view bar_class, uint64_t count, uint64_t most,
                    std::string_view label_class);

}  // namespace bylaw::cli

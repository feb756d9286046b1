// Texts and JSON of which only a part is known, such as `arn:aws:s3:::${Bucket}/*` in a template.
//
// What is not known stands in the text itself, as `${`, U+FFFC, perhaps a name, and `}`:
//   with a name     a name that is given later: one character or more, no wildcard (`*`, `?`) and no policy variable among them
//   without a name  any text at all, also the empty one; with another U+FFFC behind it, one of which nothing is written
// In JSON, the text U+FFFC by itself stands for a value of any kind, which may also be missing; with a JSON list behind it,
// for one of the list's elements, where null is a missing value. AWS takes no character beyond U+00FF in a policy, so that
// no known text looks like a partial one.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bylaw {

inline constexpr std::string_view kUnknownValue = "\uFFFC";
inline constexpr std::string_view kUnknownBegin = "${\uFFFC";
inline constexpr std::string_view kUnknownText = "${\uFFFC}";
inline constexpr std::string_view kHiddenText = "${\uFFFC}\uFFFC";  ///< what is not to be shown may be a secret

/// What templates call the account that they are deployed to.
inline constexpr std::string_view kOwnAccountName = "AWS::AccountId";

/// `name` is not empty.
std::string UnknownName(std::string_view name);
/// A name that stands for one of several texts which are written; `name` tells what chooses.
std::string UnknownChoice(std::string_view name);
/// A name that stands for what Base64 makes of a text; `written` is that text, as WrittenText has it.
std::string UnknownEncoding(std::string_view written);

/// Is a part of the text unknown?
bool IsPartial(std::string_view text);
/// Is a part of it unknown that could be any text?
bool IsOpen(std::string_view text);

/// As people read it: `arn:aws:s3:::${Bucket}/*`.
std::string ShowPartial(std::string_view text);

/// The text as it is written, for those who look for something in it: as ShowPartial has it, and encoded where it is
/// Base64 of such a text. Nothing where a part is hidden or one of several texts, or where no text is known.
std::optional<std::string> WrittenText(std::string_view text);

/// One character stands for each unknown part.
inline constexpr char kAnyText = '\x01';
inline constexpr char kAnyName = '\x02';
std::string CompactPartial(std::string_view text);

}  // namespace bylaw

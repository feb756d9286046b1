// Text: UTF-8, case, cutting and joining, conversions of numbers, edit distance.
//
// Texts are bytes that should be UTF-8; nothing here fails on bytes that are not (each counts as one character).
// Results are bounded: what would grow over kMaxTextSize or kMaxParts gives nothing. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw {

inline constexpr size_t kMaxTextSize = 16 << 20;
inline constexpr size_t kMaxParts = 1'000'000;

/// Is it well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool IsUtf8(std::string_view text);

/// The character at byte `position` (below text.size()), which moves behind it. A byte that is not part of well-formed
/// UTF-8 is a character of its own, 0x110000 + the byte.
char32_t NextCharacter(std::string_view text, size_t& position);

/// Appends the UTF-8 form; 0x110000 + byte gives back the byte.
void AppendCharacter(std::string& text, char32_t character);

size_t NumCharacters(std::string_view text);

/// Case by single characters, for ASCII, Latin-1, Latin Extended-A (but not the dotted and dotless i), Greek and
/// Cyrillic (U+0000 to U+045F); all else stays. `ß` stays `ß`.
std::string ToLower(std::string_view text);
std::string ToUpper(std::string_view text);

/// Without space, tab, line feed, carriage return, form feed, vertical tab at both ends.
std::string_view Trim(std::string_view text);

std::string_view StripPrefix(std::string_view text, std::string_view prefix);
std::string_view StripSuffix(std::string_view text, std::string_view suffix);

/// At most `length` characters from `start` (negative: from the end); what lies outside is left out.
std::string_view Substring(std::string_view text, int64_t start, int64_t length);

/// Replaces from left to right; an empty `old` replaces nothing. Nothing if the result is too long.
std::optional<std::string> Replace(std::string_view text, std::string_view old, std::string_view replacement);

/// An empty separator splits into characters. The parts point into `text`. Nothing if there are too many.
std::optional<std::vector<std::string_view>> Split(std::string_view text, std::string_view separator);
std::optional<std::vector<std::string_view>> Lines(std::string_view text);

/// Nothing if the result is too long.
std::optional<std::string> Join(std::span<const std::string_view> items, std::string_view separator);

/// Optimal string alignment distance over characters: insertions, deletions, changes, swaps of neighbours. Nothing if a
/// text has over 4,096 characters.
std::optional<int64_t> EditDistance(std::string_view a, std::string_view b);

/// The conversions `int(text)`, `float(text)`, `bool(text)` of functions.def; white space around is skipped. Infinities
/// and NaN are no numbers.
std::optional<int64_t> ParseInt(std::string_view text);
std::optional<double> ParseFloat(std::string_view text);
std::optional<bool> ParseBool(std::string_view text);

/// The shortest decimal that reads back as the same float, always with a point or an exponent: `2.0`, `0.1`, `1e+30`.
std::string FormatFloat(double number);

/// The whole number for `floor`, `ceil`, `round`, `int`: nothing if `number` is no whole number within 64 bits.
std::optional<int64_t> ToInt(double number);

/// 5 critical, 4 high, 3 medium, moderate, 2 low, 1 informational, info, negligible, none, 0 undefined, unknown,
/// untriaged, unspecified, in any case; nothing for any other text. Merges the words of ECR, Inspector, Trivy, Grype,
/// GitHub and CVSS.
std::optional<int64_t> SeverityRank(std::string_view severity);

/// snake_case as camelCase, or as PascalCase: how a field's name is folded into the keys of exports.
std::string CamelCase(std::string_view snake, bool pascal);

}  // namespace bylaw

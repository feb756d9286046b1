// Version orders: how each ecosystem compares its version texts.
//
// Each scheme is a total order over its valid texts, in which different texts may be equal (`1.0` and `1.0.0` in
// Maven). Text that is not a version of the scheme, or over 256 bytes long, gives nothing. Numbers may have any number
// of digits. Sources:
//   semver   Semantic Versioning 2.0.0 section 11; a leading `v` and missing minor and patch numbers are accepted;
//            build metadata is ignored
//   dpkg     Debian Policy section 5.6.12, deb-version(7): [epoch:]upstream[-revision]; `~` sorts before the end
//   rpm      rpm-version(7): [epoch:]version[-release]; `~` sorts before the end, `^` after it but before all else.
//            A missing release sorts before every release (rpm then compares no release, which is not transitive)
//   apk      apk-package(5) of apk-tools 3: digits[.digits…][letter][_suffix[number]…][~hash][-rN]
//   pep440   PEP 440 with its normalisations; local versions as its section "Local version identifiers" orders them
//   maven    "Version Order Specification" of the POM reference; `.qualifier` and `-qualifier` are one, zeros before a
//            qualifier are trimmed
//   generic  any text with a digit: an optional `v`, then runs of digits (as numbers) and of letters; other characters
//            only separate; dev < snapshot < alpha < beta < milestone < pre, preview < rc, cr < the end < other words
//            < numbers; trailing zeros do not count
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bylaw {

enum class VersionScheme : uint8_t { kGeneric, kSemver, kDpkg, kRpm, kApk, kPep440, kMaven };
inline constexpr int kNumVersionSchemes = 7;

std::string_view VersionSchemeName(VersionScheme scheme);
std::optional<VersionScheme> FindVersionScheme(std::string_view name);

/// A version value. Compare only versions of one scheme.
struct Version {
  VersionScheme scheme = VersionScheme::kGeneric;
  std::string text;
};

bool IsVersion(std::string_view text, VersionScheme scheme);

/// The order of two texts; nothing if either is no version of the scheme.
std::optional<std::weak_ordering> CompareVersions(std::string_view a, std::string_view b, VersionScheme scheme);

/// Is the version in the range: alternatives separated by `||`, each of them conditions that must all hold, separated
/// by `,` or spaces:
/// `=`, `==`, `!=`, `<`, `<=`, `>`, `>=` and a version. Nothing if version or range is malformed.
std::optional<bool> VersionInRange(std::string_view text, std::string_view range, VersionScheme scheme);

/// The first (`index` 0) or second (1) number of a version, the epoch left out; a missing second number is 0. Nothing
/// if the text is no version of the scheme, begins with no number, or the number does not fit.
std::optional<int64_t> VersionNumber(std::string_view text, VersionScheme scheme, int index);

}  // namespace bylaw

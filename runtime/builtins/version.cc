#include "runtime/builtins/version.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>
#include <vector>

namespace bylaw {
namespace {

constexpr size_t kMaxVersionSize = 256;

using Ordering = std::weak_ordering;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsAlnum(char c) { return IsDigit(c) || IsLetter(c); }
bool AllDigits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit); }

std::string ToLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// Takes the longest prefix whose characters satisfy `accept`.
template <typename Accept>
std::string_view TakeWhile(std::string_view& text, Accept accept) {
  size_t size = 0;
  while (size < text.size() && accept(text[size])) ++size;
  std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Two runs of digits as numbers of any size.
Ordering CompareNumbers(std::string_view a, std::string_view b) {
  auto is_zero = [](char c) { return c == '0'; };
  TakeWhile(a, is_zero);
  TakeWhile(b, is_zero);
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a <=> b;
}

/// The parts of `text` between separators; never empty.
std::vector<std::string_view> SplitAt(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// A version as a sequence of keys that compares lexicographically, the end of a sequence being a key of its own.
struct Key {
  int rank = 0;
  std::string_view number;  ///< compared as a number, after rank
  std::string text;         ///< compared as bytes, last

  friend Ordering Compare(const Key& a, const Key& b) {
    if (a.rank != b.rank) return a.rank <=> b.rank;
    if (Ordering order = CompareNumbers(a.number, b.number); order != 0) return order;
    return a.text <=> b.text;
  }
};

Ordering CompareKeys(const std::vector<Key>& a, const std::vector<Key>& b, int end_rank) {
  const Key end{end_rank, {}, {}};
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    Ordering order = Compare(i < a.size() ? a[i] : end, i < b.size() ? b[i] : end);
    if (order != 0) return order;
  }
  return Ordering::equivalent;
}

// ---- semver

struct Semver {
  std::array<std::string_view, 3> numbers = {"0", "0", "0"};
  std::vector<std::string_view> prerelease;
};

std::optional<Semver> ParseSemver(std::string_view text) {
  if (!TakePrefix(text, "v")) TakePrefix(text, "V");
  auto is_identifier = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return IsAlnum(c) || c == '-'; });
  };
  auto has_leading_zero = [](std::string_view part) { return part.size() > 1 && part[0] == '0' && AllDigits(part); };
  if (size_t plus = text.find('+'); plus != std::string_view::npos) {
    for (std::string_view part : SplitAt(text.substr(plus + 1), '.')) {
      if (!is_identifier(part)) return std::nullopt;
    }
    text = text.substr(0, plus);
  }
  Semver version;
  if (size_t dash = text.find('-'); dash != std::string_view::npos) {
    version.prerelease = SplitAt(text.substr(dash + 1), '.');
    for (std::string_view part : version.prerelease) {
      if (!is_identifier(part) || has_leading_zero(part)) return std::nullopt;
    }
    text = text.substr(0, dash);
  }
  std::vector<std::string_view> numbers = SplitAt(text, '.');
  if (numbers.size() > 3) return std::nullopt;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (!AllDigits(numbers[i]) || has_leading_zero(numbers[i])) return std::nullopt;
    version.numbers[i] = numbers[i];
  }
  return version;
}

Ordering Compare(const Semver& a, const Semver& b) {
  for (size_t i = 0; i < 3; ++i) {
    if (Ordering order = CompareNumbers(a.numbers[i], b.numbers[i]); order != 0) return order;
  }
  if (a.prerelease.empty() != b.prerelease.empty()) return a.prerelease.empty() <=> b.prerelease.empty();
  for (size_t i = 0; i < std::min(a.prerelease.size(), b.prerelease.size()); ++i) {
    std::string_view x = a.prerelease[i], y = b.prerelease[i];
    bool x_is_number = AllDigits(x), y_is_number = AllDigits(y);
    if (x_is_number != y_is_number) return y_is_number <=> x_is_number;
    if (Ordering order = x_is_number ? CompareNumbers(x, y) : Ordering(x <=> y); order != 0) return order;
  }
  return a.prerelease.size() <=> b.prerelease.size();
}

// ---- dpkg and rpm

struct EpochVersion {
  std::string_view epoch;  ///< digits; empty is 0
  std::string_view version;
  std::string_view release;
};

/// `[epoch:]version[-release]`; the release is behind the last hyphen.
std::optional<EpochVersion> SplitEpochVersion(std::string_view text) {
  EpochVersion parts;
  if (size_t colon = text.find(':'); colon != std::string_view::npos) {
    parts.epoch = text.substr(0, colon);
    if (!AllDigits(parts.epoch)) return std::nullopt;
    text.remove_prefix(colon + 1);
  }
  size_t dash = text.rfind('-');
  parts.version = text.substr(0, dash);
  if (dash != std::string_view::npos) {
    parts.release = text.substr(dash + 1);
    if (parts.release.empty()) return std::nullopt;
  }
  if (parts.version.empty()) return std::nullopt;
  return parts;
}

std::optional<EpochVersion> ParseDpkg(std::string_view text) {
  auto parts = SplitEpochVersion(text);
  if (!parts || !IsDigit(parts->version[0])) return std::nullopt;
  auto in_version = [](char c) { return IsAlnum(c) || c == '.' || c == '+' || c == '-' || c == '~' || c == ':'; };
  auto in_release = [](char c) { return IsAlnum(c) || c == '.' || c == '+' || c == '~'; };
  if (!std::all_of(parts->version.begin(), parts->version.end(), in_version)) return std::nullopt;
  if (!std::all_of(parts->release.begin(), parts->release.end(), in_release)) return std::nullopt;
  return parts;
}

/// Policy 5.6.12: non-digits (letters before others, `~` before the end) and digits in turn.
Ordering CompareDpkgPart(std::string_view a, std::string_view b) {
  auto weight = [](std::string_view text, size_t i) {
    if (i >= text.size() || IsDigit(text[i])) return 0;
    if (text[i] == '~') return -1;
    return IsLetter(text[i]) ? static_cast<int>(text[i]) : text[i] + 256;
  };
  auto is_not_digit = [](char c) { return !IsDigit(c); };
  while (!a.empty() || !b.empty()) {
    std::string_view x = TakeWhile(a, is_not_digit), y = TakeWhile(b, is_not_digit);
    for (size_t i = 0; i < std::max(x.size(), y.size()); ++i) {
      if (weight(x, i) != weight(y, i)) return weight(x, i) <=> weight(y, i);
    }
    if (Ordering order = CompareNumbers(TakeWhile(a, IsDigit), TakeWhile(b, IsDigit)); order != 0) return order;
  }
  return Ordering::equivalent;
}

std::optional<EpochVersion> ParseRpm(std::string_view text) {
  auto parts = SplitEpochVersion(text);
  auto is_ok = [](char c) { return IsAlnum(c) || std::string_view("._+~^%{}-").find(c) != std::string_view::npos; };
  if (!parts || !std::all_of(parts->version.begin(), parts->version.end(), is_ok)) return std::nullopt;
  if (!std::all_of(parts->release.begin(), parts->release.end(), is_ok)) return std::nullopt;
  return parts;
}

/// rpmvercmp: runs of digits or letters; a number is newer than a word; `~` is older and `^` newer than the end.
Ordering CompareRpmPart(std::string_view a, std::string_view b) {
  auto is_separator = [](char c) { return !IsAlnum(c) && c != '~' && c != '^'; };
  while (!a.empty() || !b.empty()) {
    TakeWhile(a, is_separator);
    TakeWhile(b, is_separator);
    bool a_tilde = TakePrefix(a, "~"), b_tilde = TakePrefix(b, "~");
    if (a_tilde != b_tilde) return b_tilde <=> a_tilde;
    if (a_tilde) continue;
    bool a_caret = TakePrefix(a, "^"), b_caret = TakePrefix(b, "^");
    if (a_caret && b_caret) continue;
    if (a_caret) return b.empty() ? Ordering::greater : Ordering::less;
    if (b_caret) return a.empty() ? Ordering::less : Ordering::greater;
    if (a.empty() || b.empty()) break;
    bool a_is_number = IsDigit(a[0]), b_is_number = IsDigit(b[0]);
    if (a_is_number != b_is_number) return a_is_number <=> b_is_number;
    Ordering order = a_is_number ? CompareNumbers(TakeWhile(a, IsDigit), TakeWhile(b, IsDigit))
                                 : Ordering(TakeWhile(a, IsLetter) <=> TakeWhile(b, IsLetter));
    if (order != 0) return order;
  }
  return !a.empty() <=> !b.empty();
}

template <typename ComparePart>
Ordering Compare(const EpochVersion& a, const EpochVersion& b, ComparePart compare_part) {
  if (Ordering order = CompareNumbers(a.epoch, b.epoch); order != 0) return order;
  if (Ordering order = compare_part(a.version, b.version); order != 0) return order;
  return compare_part(a.release, b.release);
}

// ---- apk

enum ApkRank : int {
  kApkPreSuffix,
  kApkEnd,
  kApkRevision,
  kApkHash,
  kApkSuffixNumber,
  kApkPostSuffix,
  kApkLetter,
  kApkZeroDigits,
  kApkDigits
};

std::optional<std::vector<Key>> ParseApk(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kPre = {"alpha", "beta", "pre", "rc"};
  static constexpr std::array<std::string_view, 5> kPost = {"cvs", "svn", "git", "hg", "p"};
  std::vector<Key> keys;
  std::string_view digits = TakeWhile(text, IsDigit);
  if (digits.empty()) return std::nullopt;
  keys.push_back({kApkDigits, digits, {}});
  while (TakePrefix(text, ".")) {
    digits = TakeWhile(text, IsDigit);
    if (digits.empty()) return std::nullopt;
    // A component with a leading zero compares as text, so it sorts before all without one.
    keys.push_back(digits[0] == '0' ? Key{kApkZeroDigits, {}, std::string(digits)} : Key{kApkDigits, digits, {}});
  }
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    keys.push_back({kApkLetter, {}, std::string(text.substr(0, 1))});
    text.remove_prefix(1);
  }
  while (TakePrefix(text, "_")) {
    std::string_view suffix = TakeWhile(text, IsLetter);
    auto pre = std::find(kPre.begin(), kPre.end(), suffix);
    auto post = std::find(kPost.begin(), kPost.end(), suffix);
    if (pre == kPre.end() && post == kPost.end()) return std::nullopt;
    auto index = pre != kPre.end() ? pre - kPre.begin() : post - kPost.begin();
    keys.push_back(
        {pre != kPre.end() ? kApkPreSuffix : kApkPostSuffix, {}, std::string(1, static_cast<char>('0' + index))});
    digits = TakeWhile(text, IsDigit);
    if (!digits.empty()) keys.push_back({kApkSuffixNumber, digits, {}});
  }
  if (TakePrefix(text, "~")) {
    std::string_view hash = TakeWhile(text, [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
    if (hash.empty()) return std::nullopt;
    keys.push_back({kApkHash, {}, std::string(hash)});
  }
  if (TakePrefix(text, "-r")) {
    digits = TakeWhile(text, IsDigit);
    if (digits.empty()) return std::nullopt;
    keys.push_back({kApkRevision, digits, {}});
  }
  if (!text.empty()) return std::nullopt;
  return keys;
}

// ---- PEP 440

enum PepRank : int { kPepBelow, kPepWord, kPepNumber, kPepAbove = 10 };

struct Pep440 {
  std::string_view epoch;
  std::vector<std::string_view> release;  ///< without trailing zeros
  Key pre, post, dev;
  std::vector<Key> local;
};

/// Takes `[.-_]word[.-_][number]` for one of the words; the word's index, or -1 and nothing taken.
int TakePepSegment(std::string_view& text, std::initializer_list<std::string_view> words, std::string_view& number) {
  auto is_separator = [](char c) { return c == '.' || c == '-' || c == '_'; };
  std::string_view rest = text;
  if (!rest.empty() && is_separator(rest[0])) rest.remove_prefix(1);
  std::string_view word = TakeWhile(rest, IsLetter);
  auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return -1;
  std::string_view after = rest;
  if (!after.empty() && is_separator(after[0])) after.remove_prefix(1);
  number = TakeWhile(after, IsDigit);
  // The separator belongs to the number: without one it begins the next segment.
  text = number.empty() ? rest : after;
  return static_cast<int>(found - words.begin());
}

/// `text` is in lower case and outlives the result.
std::optional<Pep440> ParsePep440(std::string_view text) {
  Pep440 version;
  TakePrefix(text, "v");
  std::string_view digits = TakeWhile(text, IsDigit);
  if (!digits.empty() && TakePrefix(text, "!")) {
    version.epoch = digits;
    digits = TakeWhile(text, IsDigit);
  }
  if (digits.empty()) return std::nullopt;
  version.release.push_back(digits);
  while (text.size() > 1 && text[0] == '.' && IsDigit(text[1])) {
    text.remove_prefix(1);
    version.release.push_back(TakeWhile(text, IsDigit));
  }
  while (version.release.size() > 1 && CompareNumbers(version.release.back(), "0") == 0) version.release.pop_back();

  std::string_view number;
  static constexpr std::array<int, 8> kPreRank = {1, 1, 2, 2, 3, 3, 3, 3};
  int pre = TakePepSegment(text, {"a", "alpha", "b", "beta", "c", "rc", "pre", "preview"}, number);
  if (pre >= 0) version.pre = Key{kPreRank[static_cast<size_t>(pre)], number, {}};
  bool has_post = true;
  if (text.size() > 1 && text[0] == '-' && IsDigit(text[1])) {
    text.remove_prefix(1);
    number = TakeWhile(text, IsDigit);
  } else {
    has_post = TakePepSegment(text, {"post", "rev", "r"}, number) >= 0;
  }
  version.post = has_post ? Key{kPepNumber, number, {}} : Key{kPepBelow, {}, {}};
  bool has_dev = TakePepSegment(text, {"dev"}, number) >= 0;
  version.dev = has_dev ? Key{kPepNumber, number, {}} : Key{kPepAbove, {}, {}};
  // A development release of the version itself comes before its pre-releases.
  if (pre < 0) version.pre = Key{!has_post && has_dev ? kPepBelow : kPepAbove, {}, {}};

  if (TakePrefix(text, "+")) {
    std::string_view rest = text;
    while (true) {
      std::string_view part = TakeWhile(rest, IsAlnum);
      if (part.empty()) return std::nullopt;
      version.local.push_back(AllDigits(part) ? Key{kPepNumber, part, {}} : Key{kPepWord, {}, std::string(part)});
      if (rest.empty()) break;
      if (rest[0] != '.' && rest[0] != '-' && rest[0] != '_') return std::nullopt;
      rest.remove_prefix(1);
    }
    text = {};
  }
  if (!text.empty()) return std::nullopt;
  return version;
}

Ordering Compare(const Pep440& a, const Pep440& b) {
  if (Ordering order = CompareNumbers(a.epoch, b.epoch); order != 0) return order;
  for (size_t i = 0; i < std::max(a.release.size(), b.release.size()); ++i) {
    Ordering order = CompareNumbers(i < a.release.size() ? a.release[i] : std::string_view(),
                                    i < b.release.size() ? b.release[i] : std::string_view());
    if (order != 0) return order;
  }
  for (Key Pep440::*part : {&Pep440::pre, &Pep440::post, &Pep440::dev}) {
    if (Ordering order = Compare(a.*part, b.*part); order != 0) return order;
  }
  return CompareKeys(a.local, b.local, kPepBelow);
}

// ---- words and numbers: Maven and generic

/// Ranks of qualifiers are below or above the end; all numbers are above all words.
constexpr int kEndRank = 100, kWordRank = 200, kDashNumberRank = 300, kNumberRank = 301;

/// Drops the keys that stand for nothing (`is_null`) at the end and before every key that `begins_group`.
template <typename IsNull, typename BeginsGroup>
void TrimKeys(std::vector<Key>& keys, IsNull is_null, BeginsGroup begins_group) {
  std::vector<Key> kept;
  bool trimming = true;
  for (size_t i = keys.size(); i-- > 0;) {
    if (trimming && i > 0 && is_null(keys[i])) {
      // A dropped key that itself began a group leaves the boundary where it was.
      continue;
    }
    trimming = begins_group(keys[i]);
    kept.push_back(std::move(keys[i]));
  }
  std::reverse(kept.begin(), kept.end());
  keys = std::move(kept);
}

std::optional<std::vector<Key>> ParseMaven(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, int>, 11> kQualifiers = {{
      {"alpha", 1},
      {"beta", 2},
      {"milestone", 3},
      {"rc", 4},
      {"cr", 4},
      {"snapshot", 5},
      {"", kEndRank},
      {"final", kEndRank},
      {"ga", kEndRank},
      {"release", kEndRank},
      {"sp", kEndRank + 1},
  }};
  auto is_ok = [](char c) { return IsAlnum(c) || c == '.' || c == '-' || c == '_' || c == '+'; };
  if (!std::all_of(text.begin(), text.end(), is_ok)) return std::nullopt;
  std::vector<Key> keys;
  bool after_dash = false;
  while (true) {
    if (!text.empty() && IsDigit(text[0])) {
      keys.push_back({after_dash ? kDashNumberRank : kNumberRank, TakeWhile(text, IsDigit), {}});
    } else {
      std::string word(TakeWhile(text, [](char c) { return !IsDigit(c) && c != '.' && c != '-'; }));
      bool before_number = !text.empty() && IsDigit(text[0]);
      if (word.empty()) {
        keys.push_back({after_dash ? kDashNumberRank : kNumberRank, "0", {}});
      } else {
        if (before_number && word == "a") word = "alpha";
        if (before_number && word == "b") word = "beta";
        if (before_number && word == "m") word = "milestone";
        auto known = std::find_if(kQualifiers.begin(), kQualifiers.end(), [&](auto& q) { return q.first == word; });
        keys.push_back(known != kQualifiers.end() ? Key{known->second, {}, {}} : Key{kWordRank, {}, word});
      }
    }
    if (text.empty()) break;
    after_dash = text[0] != '.';  // a change between digits and letters counts as a hyphen
    if (text[0] == '.' || text[0] == '-') text.remove_prefix(1);
  }
  TrimKeys(
      keys,
      [](const Key& key) {
        return key.rank == kEndRank || (key.rank >= kDashNumberRank && CompareNumbers(key.number, "0") == 0);
      },
      [](const Key& key) { return key.rank != kNumberRank; });
  return keys;
}

std::optional<std::vector<Key>> ParseGeneric(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, int>, 9> kWords = {{
      {"dev", 1},
      {"snapshot", 2},
      {"alpha", 3},
      {"beta", 4},
      {"milestone", 5},
      {"pre", 6},
      {"preview", 6},
      {"rc", 7},
      {"cr", 7},
  }};
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; })) return std::nullopt;
  if (std::none_of(text.begin(), text.end(), IsDigit)) return std::nullopt;
  if (text.size() > 1 && text[0] == 'v' && IsDigit(text[1])) text.remove_prefix(1);
  std::vector<Key> keys;
  while (!text.empty()) {
    if (IsDigit(text[0])) {
      keys.push_back({kNumberRank, TakeWhile(text, IsDigit), {}});
    } else if (IsLetter(text[0])) {
      std::string_view word = TakeWhile(text, IsLetter);
      auto known = std::find_if(kWords.begin(), kWords.end(), [&](auto& w) { return w.first == word; });
      keys.push_back(known != kWords.end() ? Key{known->second, {}, {}} : Key{kWordRank, {}, std::string(word)});
    } else {
      text.remove_prefix(1);
    }
  }
  TrimKeys(
      keys, [](const Key& key) { return key.rank == kNumberRank && CompareNumbers(key.number, "0") == 0; },
      [](const Key& key) { return key.rank != kNumberRank; });
  return keys;
}

// ---- all schemes

template <typename Parse, typename CompareParsed>
std::optional<Ordering> CompareWith(std::string_view a, std::string_view b, Parse parse, CompareParsed compare) {
  auto x = parse(a);
  if (!x) return std::nullopt;
  auto y = parse(b);
  if (!y) return std::nullopt;
  return compare(*x, *y);
}

}  // namespace

std::string_view VersionSchemeName(VersionScheme scheme) {
  switch (scheme) {
    case VersionScheme::kGeneric: return "generic";
    case VersionScheme::kSemver: return "semver";
    case VersionScheme::kDpkg: return "dpkg";
    case VersionScheme::kRpm: return "rpm";
    case VersionScheme::kApk: return "apk";
    case VersionScheme::kPep440: return "pep440";
    case VersionScheme::kMaven: return "maven";
  }
  return "";
}

std::optional<VersionScheme> FindVersionScheme(std::string_view name) {
  for (int i = 0; i < kNumVersionSchemes; ++i) {
    auto scheme = static_cast<VersionScheme>(i);
    if (VersionSchemeName(scheme) == name) return scheme;
  }
  return std::nullopt;
}

bool IsVersion(std::string_view text, VersionScheme scheme) { return CompareVersions(text, text, scheme).has_value(); }

std::optional<std::weak_ordering> CompareVersions(std::string_view a, std::string_view b, VersionScheme scheme) {
  if (a.empty() || b.empty() || a.size() > kMaxVersionSize || b.size() > kMaxVersionSize) return std::nullopt;
  std::string lower_a, lower_b;
  if (scheme == VersionScheme::kGeneric || scheme == VersionScheme::kMaven || scheme == VersionScheme::kPep440) {
    lower_a = ToLower(a);
    lower_b = ToLower(b);
    a = lower_a;
    b = lower_b;
  }
  auto by_keys = [](int end_rank) {
    return [end_rank](const std::vector<Key>& x, const std::vector<Key>& y) { return CompareKeys(x, y, end_rank); };
  };
  auto by_part = [](auto compare_part) {
    return [compare_part](const EpochVersion& x, const EpochVersion& y) { return Compare(x, y, compare_part); };
  };
  switch (scheme) {
    case VersionScheme::kGeneric: return CompareWith(a, b, ParseGeneric, by_keys(kEndRank));
    case VersionScheme::kMaven: return CompareWith(a, b, ParseMaven, by_keys(kEndRank));
    case VersionScheme::kApk: return CompareWith(a, b, ParseApk, by_keys(kApkEnd));
    case VersionScheme::kDpkg: return CompareWith(a, b, ParseDpkg, by_part(CompareDpkgPart));
    case VersionScheme::kRpm: return CompareWith(a, b, ParseRpm, by_part(CompareRpmPart));
    case VersionScheme::kSemver:
      return CompareWith(a, b, ParseSemver, [](const Semver& x, const Semver& y) { return Compare(x, y); });
    case VersionScheme::kPep440:
      return CompareWith(a, b, ParsePep440, [](const Pep440& x, const Pep440& y) { return Compare(x, y); });
  }
  return std::nullopt;
}

std::optional<bool> VersionInRange(std::string_view text, std::string_view range, VersionScheme scheme) {
  if (!IsVersion(text, scheme) || range.size() > 4096) return std::nullopt;
  auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  bool in_any = false;
  while (true) {
    size_t end = range.find("||");
    std::string_view alternative = range.substr(0, end);
    bool in_all = true;
    int num_conditions = 0;
    while (true) {
      TakeWhile(alternative, [&](char c) { return is_space(c) || c == ','; });
      if (alternative.empty()) break;
      std::string_view op = TakeWhile(alternative, [](char c) { return c == '<' || c == '>' || c == '=' || c == '!'; });
      TakeWhile(alternative, is_space);
      std::string_view bound = TakeWhile(alternative, [&](char c) { return !is_space(c) && c != ','; });
      auto order = CompareVersions(text, bound, scheme);
      if (!order) return std::nullopt;
      bool holds;
      if (op == "=" || op == "==") {
        holds = *order == 0;
      } else if (op == "!=") {
        holds = *order != 0;
      } else if (op == "<") {
        holds = *order < 0;
      } else if (op == "<=") {
        holds = *order <= 0;
      } else if (op == ">") {
        holds = *order > 0;
      } else if (op == ">=") {
        holds = *order >= 0;
      } else {
        return std::nullopt;
      }
      in_all = in_all && holds;
      ++num_conditions;
    }
    if (num_conditions == 0) return std::nullopt;
    in_any = in_any || in_all;
    if (end == std::string_view::npos) return in_any;
    range.remove_prefix(end + 2);
  }
}

std::optional<int64_t> VersionNumber(std::string_view text, VersionScheme scheme, int index) {
  if (!IsVersion(text, scheme)) return std::nullopt;
  if (scheme == VersionScheme::kDpkg || scheme == VersionScheme::kRpm || scheme == VersionScheme::kPep440) {
    size_t mark = text.find(scheme == VersionScheme::kPep440 ? '!' : ':');
    if (mark != std::string_view::npos) text.remove_prefix(mark + 1);
  }
  if (!TakePrefix(text, "v")) TakePrefix(text, "V");
  std::string_view digits = TakeWhile(text, IsDigit);
  if (digits.empty()) return std::nullopt;
  if (index == 1) {
    digits = TakePrefix(text, ".") ? TakeWhile(text, IsDigit) : std::string_view();
    if (digits.empty()) return 0;
  }
  int64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace bylaw

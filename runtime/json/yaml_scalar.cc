#include "runtime/json/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <optional>

#include "runtime/json/json_text.h"

namespace bylaw {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// `word` in the three ways that YAML takes: yes, Yes, YES.
bool IsWord(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  const auto upper = [](char c) { return static_cast<char>(c - 'a' + 'A'); };
  bool lower_all = true, upper_all = true, capital = true;
  for (size_t i = 0; i < word.size(); ++i) {
    const bool is_lower = text[i] == word[i], is_upper = text[i] == upper(word[i]);
    lower_all = lower_all && is_lower;
    upper_all = upper_all && is_upper;
    capital = capital && (i == 0 ? is_upper : is_lower);
  }
  return lower_all || upper_all || capital;
}

std::optional<bool> BooleanOf(std::string_view text, YamlVersion version) {
  if (IsWord(text, "true")) return true;
  if (IsWord(text, "false")) return false;
  if (version == YamlVersion::k1_2) return std::nullopt;
  if (IsWord(text, "yes") || IsWord(text, "on")) return true;
  if (IsWord(text, "no") || IsWord(text, "off")) return false;
  return std::nullopt;
}

/// The decimal digits of the whole number that `digits` write in `base`; of any length.
std::string ToDecimal(std::string_view digits, unsigned base) {
  std::string decimal = "0";  // least significant digit first
  for (char c : digits) {
    unsigned carry = IsDigit(c) ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a') + 10U;
    for (char& digit : decimal) {
      const unsigned value = static_cast<unsigned>(digit - '0') * base + carry;
      digit = static_cast<char>('0' + value % 10);
      carry = value / 10;
    }
    for (; carry > 0; carry /= 10) decimal += static_cast<char>('0' + carry % 10);
  }
  std::reverse(decimal.begin(), decimal.end());
  return decimal;
}

bool AllOf(std::string_view text, bool (*is)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is);
}

/// A whole number with a prefix that tells its base: 0x1F, 0o17, 0b11, and 017 in YAML 1.1. Digits of more than this
/// many bits are text.
constexpr size_t kMaxBasedDigits = 256;

std::optional<std::string> BasedNumber(std::string_view digits, YamlVersion version) {
  if (digits.size() < 2 || digits.size() > kMaxBasedDigits || digits[0] != '0') return std::nullopt;
  constexpr auto kOctal = [](char c) { return c >= '0' && c <= '7'; };
  constexpr auto kHex = [](char c) { return IsDigit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); };
  constexpr auto kBinary = [](char c) { return c == '0' || c == '1'; };
  const std::string_view rest = digits.substr(2);
  if (digits[1] == 'x' && AllOf(rest, kHex)) return ToDecimal(rest, 16);
  if (digits[1] == 'o' && AllOf(rest, kOctal)) return ToDecimal(rest, 8);
  if (version == YamlVersion::k1_2) return std::nullopt;
  if (digits[1] == 'b' && AllOf(rest, kBinary)) return ToDecimal(rest, 2);
  if (AllOf(digits, kOctal)) return ToDecimal(digits.substr(1), 8);
  return std::nullopt;
}

/// [0-9]+ or [0-9]*.[0-9]*, then an exponent; as JSON writes it. Nothing with leading zeros.
std::optional<std::string> DecimalNumber(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t begin = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return text.substr(begin, at - begin);
  };
  const std::string_view whole = digits();
  std::string_view fraction;
  bool has_point = false;
  if (at < text.size() && text[at] == '.') {
    has_point = true;
    ++at;
    fraction = digits();
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (whole.size() > 1 && whole[0] == '0') return std::nullopt;
  std::string number(whole.empty() ? "0" : whole);
  if (has_point) number += fraction.empty() ? ".0" : "." + std::string(fraction);
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const size_t begin = at++;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits().empty()) return std::nullopt;
    number += text.substr(begin, at - begin);
  }
  if (at != text.size()) return std::nullopt;
  return number;
}

}  // namespace

bool AppendYamlNumber(std::string_view text, YamlVersion version, std::string* json) {
  if (text.empty() || (!IsDigit(text[0]) && text[0] != '-' && text[0] != '+' && text[0] != '.')) return false;
  std::string_view unsigned_text = text;
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') unsigned_text.remove_prefix(1);
  std::string without_underscores;
  if (version == YamlVersion::k1_1 && unsigned_text.find('_') != std::string_view::npos && IsDigit(unsigned_text[0])) {
    std::copy_if(unsigned_text.begin(), unsigned_text.end(), std::back_inserter(without_underscores),
                 [](char c) { return c != '_'; });
    unsigned_text = without_underscores;
  }
  std::optional<std::string> number = BasedNumber(unsigned_text, version);
  if (!number) number = DecimalNumber(unsigned_text);
  if (!number) return false;
  if (negative) *json += '-';
  *json += *number;
  return true;
}

void AppendPlainYamlScalar(std::string_view text, YamlVersion version, std::string* json) {
  if (text.empty() || text == "~" || IsWord(text, "null")) {
    *json += "null";
  } else if (const auto boolean = BooleanOf(text, version)) {
    *json += *boolean ? "true" : "false";
  } else if (!AppendYamlNumber(text, version, json)) {
    AppendJsonString(text, json);
  }
}

}  // namespace bylaw

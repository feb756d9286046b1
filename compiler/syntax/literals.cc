#include "compiler/syntax/literals.h"

#include <array>
#include <charconv>
#include <chrono>

#include <arpa/inet.h>

namespace bylaw::compiler {
namespace {

// Reads exactly `count` digits, or as many as there are when count is 0, and moves on.
std::optional<int64_t> TakeDigits(std::string_view& text, size_t count) {
  size_t length = 0;
  while (length < text.size() && text[length] >= '0' && text[length] <= '9' && (count == 0 || length < count)) ++length;
  if (length == 0 || (count != 0 && length != count)) return std::nullopt;
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + length, value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(length);
  return value;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

constexpr int64_t kMicrosPerSecond = 1'000'000;

// `.123456…` as microseconds; finer digits are cut off.
std::optional<int64_t> TakeFraction(std::string_view& text) {
  if (!TakeChar(text, '.')) return 0;
  int64_t micros = 0;
  int64_t unit = kMicrosPerSecond / 10;
  bool any = false;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    micros += unit * (text.front() - '0');
    unit /= 10;
    any = true;
    text.remove_prefix(1);
  }
  return any ? std::optional(micros) : std::nullopt;
}

// `Z` or `+02:00`, as seconds east of Greenwich.
std::optional<int64_t> TakeZone(std::string_view& text) {
  if (TakeChar(text, 'Z')) return 0;
  const bool west = !text.empty() && text.front() == '-';
  if (!TakeChar(text, '-') && !TakeChar(text, '+')) return std::nullopt;
  const auto hours = TakeDigits(text, 2);
  if (!hours || *hours > 23 || !TakeChar(text, ':')) return std::nullopt;
  const auto minutes = TakeDigits(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const int64_t seconds = *hours * 3600 + *minutes * 60;
  return west ? -seconds : seconds;
}

void AppendUtf8(std::string& out, uint32_t code_point) {
  auto push = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    push(code_point);
  } else if (code_point < 0x800) {
    push(0xC0 | code_point >> 6);
    push(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    push(0xE0 | code_point >> 12);
    push(0x80 | (code_point >> 6 & 0x3F));
    push(0x80 | (code_point & 0x3F));
  } else {
    push(0xF0 | code_point >> 18);
    push(0x80 | (code_point >> 12 & 0x3F));
    push(0x80 | (code_point >> 6 & 0x3F));
    push(0x80 | (code_point & 0x3F));
  }
}

}  // namespace

std::optional<int64_t> ParseIntLiteral(std::string_view digits, bool negative) {
  std::string text = negative ? "-" : "";
  for (char c : digits) {
    if (c != '_') text.push_back(c);
  }
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> ParseFloatLiteral(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> ParseDurationLiteral(std::string_view text) {
  const auto amount = TakeDigits(text, 0);
  if (!amount) return std::nullopt;
  struct Unit {
    std::string_view name;
    int64_t micros;
  };
  constexpr auto kUnits = std::to_array<Unit>({{"ms", 1000},
                                               {"s", kMicrosPerSecond},
                                               {"m", 60 * kMicrosPerSecond},
                                               {"h", 3600 * kMicrosPerSecond},
                                               {"d", 86400 * kMicrosPerSecond},
                                               {"w", 7 * 86400 * kMicrosPerSecond}});
  for (const Unit& unit : kUnits) {
    if (unit.name != text) continue;
    int64_t micros = 0;
    if (__builtin_mul_overflow(*amount, unit.micros, &micros)) return std::nullopt;
    return micros;
  }
  return std::nullopt;
}

std::optional<TimeValue> ParseTimeLiteral(std::string_view text) {
  const auto year = TakeDigits(text, 4);
  if (!year || !TakeChar(text, '-')) return std::nullopt;
  const auto month = TakeDigits(text, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const auto day = TakeDigits(text, 2);
  if (!day) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date(std::chrono::year(static_cast<int>(*year)),
                            std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const int64_t day_seconds = sys_days(date).time_since_epoch().count() * int64_t{86400};
  if (text.empty()) return TimeValue{day_seconds * kMicrosPerSecond, true};

  if (!TakeChar(text, 'T')) return std::nullopt;
  const auto hour = TakeDigits(text, 2);
  if (!hour || *hour > 23 || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeDigits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int64_t seconds = 0;
  if (TakeChar(text, ':')) {
    const auto second = TakeDigits(text, 2);
    if (!second || *second > 59) return std::nullopt;
    seconds = *second;
  }
  const auto fraction = TakeFraction(text);
  if (!fraction) return std::nullopt;
  const auto zone = TakeZone(text);
  if (!zone || !text.empty()) return std::nullopt;
  const int64_t total = day_seconds + *hour * 3600 + *minute * 60 + seconds - *zone;
  return TimeValue{total * kMicrosPerSecond + *fraction, false};
}

bool IsAddress(std::string_view text) {
  const std::string copy(text);
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  const int family = copy.find(':') == std::string::npos ? AF_INET : AF_INET6;
  return inet_pton(family, copy.c_str(), bytes.data()) == 1;
}

bool IsAddressBlock(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || !IsAddress(text.substr(0, slash))) return false;
  std::string_view rest = text.substr(slash + 1);
  const int64_t longest = text.find(':') == std::string_view::npos ? 32 : 128;
  const auto length = rest.size() <= 3 ? TakeDigits(rest, 0) : std::nullopt;
  return length && rest.empty() && *length <= longest;
}

std::optional<std::string> DecodeEscape(std::string_view escape) {
  if (escape.size() < 2 || escape[0] != '\\') return std::nullopt;
  switch (escape[1]) {
    case 'n': return "\n";
    case 't': return "\t";
    case 'r': return "\r";
    case '\\': return "\\";
    case '"': return "\"";
    case '{': return "{";
    case '}': return "}";
    case 'u': break;
    default: return std::nullopt;
  }
  if (escape.size() < 5 || escape[2] != '{' || escape.back() != '}') return std::nullopt;
  const std::string_view digits = escape.substr(3, escape.size() - 4);
  uint32_t code_point = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code_point, 16);
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (error != std::errc() || end != digits.data() + digits.size() || code_point > 0x10FFFF || surrogate)
    return std::nullopt;
  std::string result;
  AppendUtf8(result, code_point);
  return result;
}

}  // namespace bylaw::compiler

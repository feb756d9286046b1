// The values of literals. Pure functions over the text of one token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bylaw::compiler {

/// `1_000` with or without a minus before it; nothing when it does not fit 64 bits.
std::optional<int64_t> ParseIntLiteral(std::string_view digits, bool negative);
/// `1.5e3`; nothing when it is too large for a double.
std::optional<double> ParseFloatLiteral(std::string_view text);
/// `90d`, `500ms`: microseconds; nothing when they do not fit 64 bits.
std::optional<int64_t> ParseDurationLiteral(std::string_view text);

struct TimeValue {
  int64_t micros = 0;
  bool date_only = false;
};
/// `2027-03-31` or `2027-03-31T10:00:00.5+02:00`; nothing when there is no such day or time.
std::optional<TimeValue> ParseTimeLiteral(std::string_view text);

/// True for an IPv4 or IPv6 address.
bool IsAddress(std::string_view text);
/// True for an address, `/` and a prefix length that it can have.
bool IsAddressBlock(std::string_view text);

/// The text that an escape such as `\n` or `\u{1b}` stands for; nothing for one that does not exist.
std::optional<std::string> DecodeEscape(std::string_view escape);

}  // namespace bylaw::compiler

#include "runtime/builtins/time.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

namespace bylaw {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

std::optional<int64_t> Add(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

std::optional<int64_t> Multiply(int64_t a, int64_t b) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool IsLeapYear(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int DaysInMonth(int64_t year, int month) {
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[static_cast<size_t>(month - 1)];
}

/// Days since 1970-01-01. `year` within 10^12 of 0.
int64_t DaysFromCivil(int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  int64_t era = FloorDivide(year, 400);
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

void CivilFromDays(int64_t days, CivilTime& civil) {
  days += 719468;
  int64_t era = FloorDivide(days, 146097);
  int64_t day_of_era = days - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted_month = (5 * day_of_year + 2) / 153;
  civil.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  civil.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  civil.year = year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Reads a text from left to right; every Take leaves it as it was when it fails.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }
  char Peek() const { return text_.empty() ? '\0' : text_[0]; }

  bool Take(std::string_view token) {
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  /// Exactly `num_digits` digits.
  bool TakeDigits(size_t num_digits, int& value) {
    if (text_.size() < num_digits) return false;
    int number = 0;
    for (size_t i = 0; i < num_digits; ++i) {
      if (!IsDigit(text_[i])) return false;
      number = number * 10 + (text_[i] - '0');
    }
    value = number;
    text_.remove_prefix(num_digits);
    return true;
  }

  /// All digits that follow; false if there is none or they do not fit.
  bool TakeNumber(int64_t& value) {
    if (!IsDigit(Peek())) return false;
    int64_t number = 0;
    while (IsDigit(Peek())) {
      if (number > (kMax - 9) / 10) return false;
      number = number * 10 + (text_[0] - '0');
      text_.remove_prefix(1);
    }
    value = number;
    return true;
  }

  /// Digits after a point as parts of `unit` (a power of ten or a multiple of microseconds), cut.
  bool TakeFraction(int64_t unit, int64_t& value) {
    if (!IsDigit(Peek())) return false;
    int64_t numerator = 0, denominator = 1;
    while (IsDigit(Peek())) {
      if (denominator < 1'000'000'000) {
        numerator = numerator * 10 + (text_[0] - '0');
        denominator *= 10;
      }
      text_.remove_prefix(1);
    }
    // At most 7 * 86400 * 10^6 microseconds times 10^9 does not fit 64 bits: split the unit by whole parts of the
    // denominator.
    value = unit / denominator * numerator + unit % denominator * numerator / denominator;
    return true;
  }

 private:
  std::string_view text_;
};

/// Takes a zone; minutes east of UTC.
bool TakeZone(Reader& reader, int& offset_minutes) {
  offset_minutes = 0;
  reader.Take(" ");
  if (reader.Take("Z") || reader.Take("z") || reader.Take("UTC") || reader.Take("GMT")) return true;
  bool is_west = reader.Peek() == '-';
  if (!reader.Take("+") && !reader.Take("-")) return false;
  int hours = 0, minutes = 0;
  if (!reader.TakeDigits(2, hours)) return false;
  if (!reader.AtEnd() && reader.Peek() != ' ') {
    reader.Take(":");
    if (!reader.TakeDigits(2, minutes)) return false;
  }
  if (hours > 23 || minutes > 59) return false;
  offset_minutes = (hours * 60 + minutes) * (is_west ? -1 : 1);
  if (reader.Take(" UTC") || reader.Take(" GMT")) return offset_minutes == 0;
  return true;
}

struct Unit {
  std::string_view name;
  int64_t micros;
};

constexpr std::array<Unit, 7> kUnits = {{
    {"w", 7 * kMicrosPerDay},
    {"d", kMicrosPerDay},
    {"h", kMicrosPerHour},
    {"m", kMicrosPerMinute},
    {"s", kMicrosPerSecond},
    {"ms", 1000},
    {"us", 1},
}};

/// `whole` and a fraction (whose digits `fraction` is about to read) of a unit.
std::optional<int64_t> Scale(int64_t whole, Reader fraction, bool has_fraction, int64_t unit) {
  auto scaled = Multiply(whole, unit);
  int64_t part = 0;
  if (!scaled || (has_fraction && !fraction.TakeFraction(unit, part))) return std::nullopt;
  return Add(*scaled, part);
}

std::optional<int64_t> ParseIsoDuration(Reader reader) {
  struct IsoUnit {
    char letter;
    int64_t micros;  ///< 0: no fixed length
  };
  static constexpr std::array<IsoUnit, 4> kDateUnits = {
      {{'Y', 0}, {'M', 0}, {'W', 7 * kMicrosPerDay}, {'D', kMicrosPerDay}}};
  static constexpr std::array<IsoUnit, 3> kTimeUnits = {
      {{'H', kMicrosPerHour}, {'M', kMicrosPerMinute}, {'S', kMicrosPerSecond}}};
  int64_t total = 0;
  bool in_time = false, has_part = false;
  size_t next_unit = 0;
  while (!reader.AtEnd()) {
    if (!in_time && reader.Take("T")) {
      in_time = true;
      next_unit = 0;
      if (reader.AtEnd()) return std::nullopt;
      continue;
    }
    int64_t whole = 0;
    if (!reader.TakeNumber(whole)) return std::nullopt;
    Reader fraction = reader;
    bool has_fraction = reader.Take(".") || reader.Take(",");
    if (has_fraction) {
      fraction = reader;
      int64_t skipped = 0;
      if (!reader.TakeFraction(1, skipped)) return std::nullopt;
    }
    const IsoUnit* units = in_time ? kTimeUnits.data() : kDateUnits.data();
    const size_t num_units = in_time ? kTimeUnits.size() : kDateUnits.size();
    while (next_unit < num_units && units[next_unit].letter != reader.Peek()) ++next_unit;
    if (next_unit == num_units) return std::nullopt;
    const IsoUnit& unit = units[next_unit++];
    reader.Take(std::string_view(&unit.letter, 1));
    if (unit.micros == 0 && (whole != 0 || has_fraction)) return std::nullopt;
    auto part = Scale(whole, fraction, has_fraction, unit.micros);
    auto sum = part ? Add(total, *part) : std::nullopt;
    if (!sum) return std::nullopt;
    total = *sum;
    has_part = true;
  }
  if (!has_part) return std::nullopt;
  return total;
}

std::optional<int64_t> ParseShortDuration(Reader reader) {
  int64_t total = 0;
  size_t next_unit = 0;
  while (!reader.AtEnd()) {
    int64_t whole = 0;
    if (!reader.TakeNumber(whole)) return std::nullopt;
    Reader fraction = reader;
    bool has_fraction = reader.Take(".");
    if (has_fraction) {
      fraction = reader;
      int64_t skipped = 0;
      if (!reader.TakeFraction(1, skipped)) return std::nullopt;
    }
    if (reader.AtEnd() && next_unit == 0 && whole == 0 && !has_fraction) return 0;
    // The unit is all letters up to the next digit, so that `m` is not taken for the start of `ms`.
    std::string name;
    while (!reader.AtEnd() && !IsDigit(reader.Peek()) && name.size() < 3) {
      name += reader.Peek();
      reader.Take(name.substr(name.size() - 1));
    }
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    auto part = Scale(whole, fraction, has_fraction, kUnits[next_unit++].micros);
    auto sum = part ? Add(total, *part) : std::nullopt;
    if (!sum) return std::nullopt;
    total = *sum;
  }
  return total;
}

}  // namespace

std::optional<int64_t> TimeFromCivil(const CivilTime& civil) {
  if (civil.year < -300'000 || civil.year > 300'000 || civil.month < 1 || civil.month > 12) return std::nullopt;
  if (civil.day < 1 || civil.day > DaysInMonth(civil.year, civil.month)) return std::nullopt;
  if (civil.hour < 0 || civil.hour > 23 || civil.minute < 0 || civil.minute > 59 || civil.second < 0 ||
      civil.second > 59)
    return std::nullopt;
  if (civil.microsecond < 0 || civil.microsecond >= kMicrosPerSecond) return std::nullopt;
  int64_t in_day = civil.hour * kMicrosPerHour + civil.minute * kMicrosPerMinute + civil.second * kMicrosPerSecond +
                   civil.microsecond;
  int64_t days = DaysFromCivil(civil.year, civil.month, civil.day);
  // The earliest day that fits begins before the earliest moment: count from the following midnight there.
  auto micros = days < 0 ? Multiply(days + 1, kMicrosPerDay) : Multiply(days, kMicrosPerDay);
  return micros ? Add(*micros, days < 0 ? in_day - kMicrosPerDay : in_day) : std::nullopt;
}

CivilTime CivilFromTime(int64_t time) {
  CivilTime civil;
  int64_t days = FloorDivide(time, kMicrosPerDay);
  int64_t in_day = time % kMicrosPerDay;
  if (in_day < 0) in_day += kMicrosPerDay;
  CivilFromDays(days, civil);
  civil.hour = static_cast<int>(in_day / kMicrosPerHour);
  civil.minute = static_cast<int>(in_day / kMicrosPerMinute % 60);
  civil.second = static_cast<int>(in_day / kMicrosPerSecond % 60);
  civil.microsecond = static_cast<int>(in_day % kMicrosPerSecond);
  return civil;
}

int Weekday(int64_t time) {
  // 1970-01-01 was a Thursday.
  int64_t day = (FloorDivide(time, kMicrosPerDay) + 3) % 7;
  return static_cast<int>(day < 0 ? day + 8 : day + 1);
}

std::optional<int64_t> AddMonths(int64_t time, int64_t months) {
  if (months < -12 * 600'000 || months > 12 * 600'000) return std::nullopt;
  CivilTime civil = CivilFromTime(time);
  int64_t month_count = civil.year * 12 + (civil.month - 1) + months;
  civil.year = FloorDivide(month_count, 12);
  civil.month = static_cast<int>(month_count - civil.year * 12) + 1;
  civil.day = std::min(civil.day, DaysInMonth(civil.year, civil.month));
  return TimeFromCivil(civil);
}

std::optional<int64_t> ParseTime(std::string_view text) {
  if (text.size() > 64) return std::nullopt;
  Reader reader(text);
  CivilTime civil;
  int year = 0;
  if (!reader.TakeDigits(4, year) || year == 0) return std::nullopt;
  civil.year = year;
  bool is_compact = reader.Peek() != '-';
  std::string_view date_separator = is_compact ? "" : "-", time_separator = is_compact ? "" : ":";
  if (!reader.Take(date_separator) || !reader.TakeDigits(2, civil.month)) return std::nullopt;
  if (!reader.Take(date_separator) || !reader.TakeDigits(2, civil.day)) return std::nullopt;
  if (reader.AtEnd()) return is_compact ? std::nullopt : TimeFromCivil(civil);

  if (!reader.Take("T") && !reader.Take("t") && (is_compact || !reader.Take(" "))) return std::nullopt;
  int64_t extra = 0;
  int offset_minutes = 0;
  if (!reader.TakeDigits(2, civil.hour) || !reader.Take(time_separator) || !reader.TakeDigits(2, civil.minute))
    return std::nullopt;
  bool has_seconds = is_compact ? IsDigit(reader.Peek()) : reader.Take(":");
  if (has_seconds) {
    if (!reader.TakeDigits(2, civil.second) || civil.second > 60) return std::nullopt;
    if (civil.second == 60) {
      civil.second = 59;
      extra = kMicrosPerSecond;
    }
    if (reader.Take(".") || reader.Take(",")) {
      int64_t fraction = 0;
      if (!reader.TakeFraction(kMicrosPerSecond, fraction)) return std::nullopt;
      civil.microsecond = static_cast<int>(fraction);
    }
  }
  if (!reader.AtEnd() && (!TakeZone(reader, offset_minutes) || !reader.AtEnd())) return std::nullopt;
  auto time = TimeFromCivil(civil);
  if (!time) return std::nullopt;
  return *time + extra - offset_minutes * kMicrosPerMinute;
}

std::optional<int64_t> TimeFromEpoch(int64_t epoch) {
  constexpr int64_t kFirstMilliseconds = 100'000'000'000;
  bool is_milliseconds = epoch >= kFirstMilliseconds || epoch <= -kFirstMilliseconds;
  return Multiply(epoch, is_milliseconds ? 1000 : kMicrosPerSecond);
}

std::optional<int64_t> TimeFromEpoch(double epoch) {
  double micros = epoch * (std::abs(epoch) >= 1e11 ? 1e3 : 1e6);
  if (!(std::abs(micros) < 9.2e18)) return std::nullopt;
  return static_cast<int64_t>(std::llround(micros));
}

std::string FormatTime(int64_t time) {
  CivilTime civil = CivilFromTime(time);
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", FormatDate(time), civil.hour, civil.minute, civil.second);
  if (civil.microsecond != 0) {
    std::string fraction = fmt::format(".{:06}", civil.microsecond);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += fraction;
  }
  return text + 'Z';
}

std::string FormatDate(int64_t time) {
  CivilTime civil = CivilFromTime(time);
  return fmt::format("{}{:04}-{:02}-{:02}", civil.year < 0 ? "-" : "", std::abs(civil.year), civil.month, civil.day);
}

std::optional<int64_t> ParseDuration(std::string_view text) {
  if (text.size() > 128) return std::nullopt;
  Reader reader(text);
  bool is_negative = reader.Take("-");
  if (!is_negative) reader.Take("+");
  if (reader.AtEnd()) return std::nullopt;
  auto duration = reader.Take("P") ? ParseIsoDuration(reader) : ParseShortDuration(reader);
  if (duration && is_negative) return -*duration;
  return duration;
}

std::string FormatDuration(int64_t duration) {
  if (duration == 0) return "0s";
  std::string text = duration < 0 ? "-" : "";
  uint64_t rest = duration < 0 ? 0 - static_cast<uint64_t>(duration) : static_cast<uint64_t>(duration);
  for (const Unit& unit : kUnits) {
    if (unit.name == "w") continue;
    uint64_t micros = static_cast<uint64_t>(unit.micros);
    if (rest >= micros) text += fmt::format("{}{}", rest / micros, unit.name);
    rest %= micros;
  }
  return text;
}

std::optional<int64_t> MakeDuration(int64_t n, int64_t unit_micros) { return Multiply(n, unit_micros); }

std::optional<int64_t> Age(int64_t since, int64_t now) {
  int64_t age = 0;
  if (__builtin_sub_overflow(now, since, &age)) return std::nullopt;
  return age;
}

}  // namespace bylaw

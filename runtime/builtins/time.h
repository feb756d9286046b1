// Times and durations: microseconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar, and microseconds.
//
// Nothing overflows: what does not fit 64 bits (about 292,000 years either way) gives nothing. Leap seconds are not
// counted; a text's second 60 is the next minute's second 0. Calendar arithmetic after Howard Hinnant,
// "chrono-Compatible Low-Level Date Algorithms".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bylaw {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

/// A moment in UTC as the calendar and the clock show it.
struct CivilTime {
  int64_t year = 1970;
  int month = 1;   ///< 1 to 12
  int day = 1;     ///< 1 to 31
  int hour = 0;    ///< 0 to 23
  int minute = 0;  ///< 0 to 59
  int second = 0;  ///< 0 to 59
  int microsecond = 0;

  bool operator==(const CivilTime&) const = default;
};

/// Nothing if a part is out of range (February 30) or the moment does not fit.
std::optional<int64_t> TimeFromCivil(const CivilTime& civil);
CivilTime CivilFromTime(int64_t time);

/// 1 for Monday to 7 for Sunday.
int Weekday(int64_t time);

/// The same day and time of day `months` later; the month's last day if it has no such day.
std::optional<int64_t> AddMonths(int64_t time, int64_t months);

/// Reads the forms of RFC 3339 and ISO 8601 that clouds print, years 0001 to 9999:
/// `2026-01-02` (midnight), `2026-01-02T03:04`, `…T03:04:05`, `….678901234` (digits beyond microseconds are cut), with
/// `T`, `t` or a space, without zone (UTC) or with `Z`, `+01:00`, `+0100`, `+01`, ` UTC`, ` GMT`, ` +0000 UTC`; and
/// `20260102T030405Z`.
std::optional<int64_t> ParseTime(std::string_view text);

/// Seconds since 1970, or milliseconds if the number is 100,000,000,000 or more (either way from 0).
std::optional<int64_t> TimeFromEpoch(int64_t epoch);
std::optional<int64_t> TimeFromEpoch(double epoch);

/// `2026-01-02T03:04:05Z`, with as many fraction digits as it needs; years beyond 9999 with more digits.
std::string FormatTime(int64_t time);
/// `2026-01-02`
std::string FormatDate(int64_t time);

/// Reads `90d`, `1h30m`, `1.5h`, `-15m`, `500ms`, `0` (units w d h m s ms us, each at most once, the greater first),
/// and ISO 8601's `P90D`, `PT1H30M`, `P1W`, `P1DT0.5S`. Years and months have no fixed length: nothing, unless they are
/// 0.
std::optional<int64_t> ParseDuration(std::string_view text);

/// `90d`, `1h30m`, `1s500ms`, `-15m`, `0s`; units d h m s ms us.
std::string FormatDuration(int64_t duration);

/// `n` units of `unit_micros`; nothing if that does not fit.
std::optional<int64_t> MakeDuration(int64_t n, int64_t unit_micros);

/// `now - since`; nothing if that does not fit.
std::optional<int64_t> Age(int64_t since, int64_t now);

}  // namespace bylaw

#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "runtime/builtins/time.h"

namespace bylaw {
namespace {

std::string Canonical(std::string_view text) {
  auto time = ParseTime(text);
  return time ? FormatTime(*time) : "bad";
}

std::string CanonicalDuration(std::string_view text) {
  auto duration = ParseDuration(text);
  return duration ? FormatDuration(*duration) : "bad";
}

TEST(Time, ReadsWhatCloudsPrint) {
  EXPECT_EQ(Canonical("2026-01-02"), "2026-01-02T00:00:00Z");
  EXPECT_EQ(Canonical("2026-01-02T03:04:05Z"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(Canonical("2026-01-02t03:04:05z"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(Canonical("2026-01-02T03:04:05+00:00"), "2026-01-02T03:04:05Z");              // AWS CLI v2
  EXPECT_EQ(Canonical("2026-01-02T03:04:05.678000+01:00"), "2026-01-02T02:04:05.678Z");   // boto3
  EXPECT_EQ(Canonical("2026-01-02T03:04:05.6789012Z"), "2026-01-02T03:04:05.678901Z");    // Azure
  EXPECT_EQ(Canonical("2026-01-02T03:04:05.678901234Z"), "2026-01-02T03:04:05.678901Z");  // Go, Google Cloud
  EXPECT_EQ(Canonical("2026-01-02 03:04:05.5 +0000 UTC"), "2026-01-02T03:04:05.5Z");      // Go's String()
  EXPECT_EQ(Canonical("2026-01-02 03:04:05 UTC"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(Canonical("2026-01-02T03:04:05+0530"), "2026-01-01T21:34:05Z");
  EXPECT_EQ(Canonical("2026-01-02T03:04:05-08"), "2026-01-02T11:04:05Z");
  EXPECT_EQ(Canonical("2026-01-02T03:04"), "2026-01-02T03:04:00Z");
  EXPECT_EQ(Canonical("2026-01-02T03:04:05"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(Canonical("20260102T030405Z"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(Canonical("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00Z");
  EXPECT_EQ(Canonical("2024-02-29"), "2024-02-29T00:00:00Z");
  EXPECT_EQ(Canonical("0001-01-01"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(Canonical("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
}

TEST(Time, RejectsWhatIsNoMoment) {
  for (const char* text : {"",
                           "N/A",
                           "no_information",
                           "2026",
                           "2026-1-2",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-02-29",
                           "1900-02-29",
                           "2026-04-31",
                           "2026-01-02T",
                           "2026-01-02T24:00:00Z",
                           "2026-01-02T23:60:00Z",
                           "2026-01-02T23:59:61Z",
                           "2026-01-02T03:04:05.Z",
                           "2026-01-02T03:04:05+",
                           "2026-01-02T03:04:05+1",
                           "2026-01-02T03:04:05+24:00",
                           "2026-01-02T03:04:05Zx",
                           "2026-01-02x",
                           " 2026-01-02",
                           "20260102",
                           "0000-01-01",
                           "2026-01-02 03:04:05 +0100 UTC",
                           "2026-01-02T03",
                           "-2026-01-02",
                           "2026-01-02T-3:04:05Z",
                           "1700000000"}) {
    EXPECT_EQ(Canonical(text), "bad") << text;
  }
}

TEST(Time, EpochNumbersAreSecondsOrMilliseconds) {
  EXPECT_EQ(FormatTime(*TimeFromEpoch(int64_t{1'700'000'000})), "2023-11-14T22:13:20Z");
  EXPECT_EQ(FormatTime(*TimeFromEpoch(int64_t{1'700'000'000'123})), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(FormatTime(*TimeFromEpoch(1.7e9 + 0.5)), "2023-11-14T22:13:20.5Z");
  EXPECT_EQ(FormatTime(*TimeFromEpoch(int64_t{-1})), "1969-12-31T23:59:59Z");
  EXPECT_FALSE(TimeFromEpoch(std::numeric_limits<int64_t>::max()));
  EXPECT_FALSE(TimeFromEpoch(std::numeric_limits<int64_t>::min()));
  EXPECT_FALSE(TimeFromEpoch(1e300));
  EXPECT_FALSE(TimeFromEpoch(std::numeric_limits<double>::quiet_NaN()));
}

TEST(Time, CivilRoundTripsForAnyMoment) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20000; ++i) {
    auto time = static_cast<int64_t>(random()) >> (random() % 40);
    ASSERT_EQ(TimeFromCivil(CivilFromTime(time)), time);
  }
  for (int64_t time :
       {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), int64_t{0}, int64_t{-1}}) {
    EXPECT_EQ(TimeFromCivil(CivilFromTime(time)), time);
    EXPECT_FALSE(FormatTime(time).empty());
  }
  EXPECT_FALSE(TimeFromCivil({.year = 300'000}));
  EXPECT_FALSE(TimeFromCivil({.year = -300'000}));
}

TEST(Time, WeekdaysAndMonths) {
  EXPECT_EQ(Weekday(*ParseTime("2026-11-23")), 1);
  EXPECT_EQ(Weekday(*ParseTime("1970-01-01")), 4);
  EXPECT_EQ(Weekday(*ParseTime("1969-12-28")), 7);
  EXPECT_EQ(FormatDate(*AddMonths(*ParseTime("2026-01-31"), 1)), "2026-02-28");
  EXPECT_EQ(FormatDate(*AddMonths(*ParseTime("2026-01-31"), -2)), "2025-11-30");
  EXPECT_EQ(FormatDate(*AddMonths(*ParseTime("2024-02-29"), 12)), "2025-02-28");
  EXPECT_FALSE(AddMonths(0, std::numeric_limits<int64_t>::max()));
  EXPECT_FALSE(AddMonths(0, 12 * 400'000));
}

TEST(Duration, ReadsShortAndIsoForms) {
  EXPECT_EQ(CanonicalDuration("90d"), "90d");
  EXPECT_EQ(CanonicalDuration("1h30m"), "1h30m");
  EXPECT_EQ(CanonicalDuration("1w"), "7d");
  EXPECT_EQ(CanonicalDuration("720h0m0s"), "30d");
  EXPECT_EQ(CanonicalDuration("1.5h"), "1h30m");
  EXPECT_EQ(CanonicalDuration("500ms"), "500ms");
  EXPECT_EQ(CanonicalDuration("-15m"), "-15m");
  EXPECT_EQ(CanonicalDuration("0"), "0s");
  EXPECT_EQ(CanonicalDuration("P90D"), "90d");
  EXPECT_EQ(CanonicalDuration("PT1H30M"), "1h30m");
  EXPECT_EQ(CanonicalDuration("P1W"), "7d");
  EXPECT_EQ(CanonicalDuration("P1DT0.5S"), "1d500ms");
  EXPECT_EQ(CanonicalDuration("P0Y1D"), "1d");
  EXPECT_EQ(CanonicalDuration("-PT5M"), "-5m");
}

TEST(Duration, RejectsWhatHasNoFixedLength) {
  for (const char* text : {"",           "-",
                           "P",          "PT",
                           "P1DT",       "P1Y",
                           "P1M",        "90",
                           "d",          "90 d",
                           "1m1h",       "1h1h",
                           "1.h",        "1x",
                           "1dd",        "T1H",
                           "PT1D",       "--1d",
                           "1d-",        "9999999999999999999d",
                           "106751992d", "P9223372036854775807D",
                           "1.5",        "1e3s"}) {
    EXPECT_EQ(CanonicalDuration(text), "bad") << text;
  }
}

TEST(Duration, FormatReadsBack) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 5000; ++i) {
    auto duration = static_cast<int64_t>(random()) >> (random() % 60);
    ASSERT_EQ(ParseDuration(FormatDuration(duration)), duration) << FormatDuration(duration);
  }
  EXPECT_EQ(FormatDuration(std::numeric_limits<int64_t>::min()), "-106751991d4h54s775ms808us");
}

TEST(Duration, ArithmeticDoesNotOverflow) {
  EXPECT_EQ(MakeDuration(90, kMicrosPerDay), 90 * kMicrosPerDay);
  EXPECT_FALSE(MakeDuration(std::numeric_limits<int64_t>::max(), 1000));
  EXPECT_EQ(Age(0, 5), 5);
  EXPECT_FALSE(Age(std::numeric_limits<int64_t>::min(), 1));
}

}  // namespace
}  // namespace bylaw

// Built-in functions: times and durations.
#include "runtime/builtins/time.h"
#include "runtime/vm/builtin_call.h"

namespace bylaw {

bool BuiltinTime(const BuiltinCall& call) {
  int64_t now = call.state().options.now;
  auto make = [&](int64_t unit) {
    call.EachOptional([unit](const Cell* x) { return MakeDuration(CellToInt(x[0]), unit); });
  };
  auto whole = [&](int64_t unit) {
    call.EachOptional([unit](const Cell* x) { return std::optional<int64_t>(CellToInt(x[0]) / unit); });
  };
  auto civil = [&](auto part) {
    call.EachOptional([part](const Cell* x) { return std::optional<int64_t>(part(CivilFromTime(CellToInt(x[0])))); });
  };
  switch (call.info.id) {
    case FunctionId::kNow: call.EachOptional([&](const Cell*) { return std::optional(now); }); return true;
    case FunctionId::kAge: call.EachOptional([&](const Cell* x) { return Age(CellToInt(x[0]), now); }); return true;
    case FunctionId::kTimeOfString:
      call.EachOptional([&](const Cell* x) { return ParseTime(call.text(x[0])); });
      return true;
    case FunctionId::kTimeOfInt:
      call.EachOptional([](const Cell* x) { return TimeFromEpoch(CellToInt(x[0])); });
      return true;
    case FunctionId::kTimeOfFloat:
      call.EachOptional([](const Cell* x) { return TimeFromEpoch(CellToFloat(x[0])); });
      return true;
    case FunctionId::kDateOf: call.EachText([](const Cell* x) { return FormatDate(CellToInt(x[0])); }); return true;
    case FunctionId::kYear: civil([](const CivilTime& t) { return t.year; }); return true;
    case FunctionId::kMonth: civil([](const CivilTime& t) { return t.month; }); return true;
    case FunctionId::kDay: civil([](const CivilTime& t) { return t.day; }); return true;
    case FunctionId::kWeekday:
      call.EachOptional([](const Cell* x) { return std::optional<int64_t>(Weekday(CellToInt(x[0]))); });
      return true;
    case FunctionId::kAddMonths:
      call.EachOptional([](const Cell* x) { return AddMonths(CellToInt(x[0]), CellToInt(x[1])); });
      return true;
    case FunctionId::kDurationOfString:
      call.EachOptional([&](const Cell* x) { return ParseDuration(call.text(x[0])); });
      return true;
    case FunctionId::kWeeksOfInt: make(7 * kMicrosPerDay); return true;
    case FunctionId::kDaysOfInt: make(kMicrosPerDay); return true;
    case FunctionId::kHoursOfInt: make(kMicrosPerHour); return true;
    case FunctionId::kMinutesOfInt: make(kMicrosPerMinute); return true;
    case FunctionId::kSecondsOfInt: make(kMicrosPerSecond); return true;
    case FunctionId::kDaysOfDuration: whole(kMicrosPerDay); return true;
    case FunctionId::kHoursOfDuration: whole(kMicrosPerHour); return true;
    case FunctionId::kMinutesOfDuration: whole(kMicrosPerMinute); return true;
    case FunctionId::kSecondsOfDuration: whole(kMicrosPerSecond); return true;
    default: return false;
  }
}

}  // namespace bylaw

// Words that several report formats use for the same things.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "runtime/engine.h"

namespace bylaw::cli {

/// The address, else the id; "(the whole snapshot)" for a rule about no single resource.
std::string ResourceName(const ReportedResult& result);

/// The rule's title, else its name.
const std::string& RuleTitle(const ReportedRule& rule);

/// What is to be said of a result in one paragraph: the message; for an undecided one the causes.
std::string Statement(const ReportedResult& result);

/// "fail", "undecided", "waived", "pass", "not applicable": for people, where the contract's word is `unknown`.
std::string_view VerdictWord(Verdict verdict);

/// "file:line:column", "file", or empty.
std::string PlaceText(const Location& location);

/// The end of a waiver: the day it lasts through ("2027-03-31"), or a time. `until` is the first moment after it, µs since the epoch.
std::string UntilText(int64_t until);

/// "until 2027-01-01: because (by)"; of one that has ended "expired 2027-01-01: because (by)".
std::string WaiverText(const ReportedWaiver& waiver);

/// The same as a clause: "waived until …", "waiver expired …".
std::string WaiverPhrase(const ReportedWaiver& waiver);

/// Of the results that a report lists, those of this verdict that the baseline does not know.
uint64_t CountNew(const Report& report, Verdict verdict);

/// The clause, where a rule has several: " (clause 2)"; else empty.
std::string ClauseSuffix(const ReportedResult& result);

}  // namespace bylaw::cli

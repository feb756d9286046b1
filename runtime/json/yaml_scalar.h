// YAML scalars as JSON: what a plain (unquoted) text means.
//
// Two readings exist. YAML 1.2 knows `true` and `false`; YAML 1.1, by which Kubernetes and CloudFormation read, also
// takes yes, no, on and off for booleans and `0644` for an octal number. Numbers keep every digit; what JSON cannot say
// (.inf, .nan) and what has leading zeros under YAML 1.2 stays text as written. Dates are text. Sexagesimal numbers
// (`22:30`) are text, as no producer of ours means them.
//
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bylaw {

enum class YamlVersion : uint8_t { k1_1, k1_2 };

/// Appends the JSON value that the plain scalar `text` is.
void AppendPlainYamlScalar(std::string_view text, YamlVersion version, std::string* json);

/// Appends the number that `text` is; false, and nothing is appended, when it is none.
bool AppendYamlNumber(std::string_view text, YamlVersion version, std::string* json);

}  // namespace bylaw

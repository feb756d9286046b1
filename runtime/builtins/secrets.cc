#include "runtime/builtins/secrets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <re2/re2.h>
#include <re2/set.h>

#include "runtime/base/check.h"
#include "runtime/builtins/text.h"

namespace bylaw {
namespace {

constexpr size_t kMaxText = 1 << 20;

struct Format {
  std::string_view kind;
  const char* pattern;
};

/// The vendors' published formats; the order is that of preference.
constexpr std::array<Format, 26> kFormats = {{
    {"private key", R"(-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)"},
    {"aws access key id", R"(\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b)"},
    {"aws secret access key", R"((?i)aws.{0,20}secret.{0,40}["'=:\s][A-Za-z0-9/+]{40}(?:["'\s,;]|$))"},
    {"github token", R"(\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b)"},
    {"gitlab token", R"(\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_-]{20,})"},
    {"slack token", R"(\bxox[abeoprs]-[A-Za-z0-9-]{10,})"},
    {"slack webhook", R"(https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/+_-]{20,})"},
    {"stripe key", R"(\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,})"},
    {"google api key", R"(\bAIza[A-Za-z0-9_-]{35}(?:[^A-Za-z0-9_-]|$))"},
    {"google oauth secret", R"(\bGOCSPX-[A-Za-z0-9_-]{28})"},
    {"azure storage key", R"(AccountKey=[A-Za-z0-9+/]{86}==)"},
    {"azure sas token", R"([?&]sv=[0-9-]{10}&[^\s"']*\bsig=[A-Za-z0-9%+/]{40,})"},
    {"azure client secret",
     R"((?:^|[^A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}(?:[^A-Za-z0-9_~.-]|$))"},
    {"npm token", R"(\bnpm_[A-Za-z0-9]{36}\b)"},
    {"pypi token", R"(\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,})"},
    {"docker token", R"(\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27,})"},
    {"openai key", R"(\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}|\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\b)"},
    {"anthropic key", R"(\bsk-ant-[a-z0-9]+-[A-Za-z0-9_-]{80,})"},
    {"sendgrid key", R"(\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})"},
    {"twilio key", R"(\bSK[0-9a-f]{32}\b)"},
    {"hashicorp vault token", R"(\bhv[sbr]\.[A-Za-z0-9_-]{24,})"},
    {"terraform cloud token", R"(\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70})"},
    {"digitalocean token", R"(\bdo[opr]_v1_[a-f0-9]{64}\b)"},
    {"datadog key",
     R"((?i)\b(?:datadog|dd)[_-]?(?:api|app|application)[_-]?key["'\s:=]+(?:[a-f0-9]{40}|[a-f0-9]{32})\b)"},
    {"json web token", R"(\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})"},
    {"url with password", R"(\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@"'${<*]{0,64}:[^\s/:@"'${<*]{3,64}@[^\s/@"']+)"},
}};

constexpr std::string_view kHighEntropy = "high-entropy token";

const re2::RE2::Set& FormatSet() {
  static const re2::RE2::Set* const set = [] {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(64 << 20);
    auto* formats = new re2::RE2::Set(options, re2::RE2::UNANCHORED);
    for (const Format& format : kFormats) {
      std::string error;
      BYLAW_CHECK(formats->Add(format.pattern, &error) >= 0, "{}: {}", format.kind, error);
    }
    BYLAW_CHECK(formats->Compile(), "the secret formats do not fit the memory");
    return formats;
  }();
  return *set;
}

/// The part of the text that the format matched, for the check of placeholders.
bool HasRealMatch(const Format& format, std::string_view text) {
  static const std::vector<const re2::RE2*>* const programs = [] {
    auto* all = new std::vector<const re2::RE2*>();
    for (const Format& f : kFormats) all->push_back(new re2::RE2(f.pattern, re2::RE2::Quiet));
    return all;
  }();
  const re2::RE2& program = *(*programs)[static_cast<size_t>(&format - kFormats.data())];
  re2::StringPiece input(text.data(), text.size()), match;
  for (size_t start = 0;
       start <= text.size() && program.Match(input, start, text.size(), re2::RE2::UNANCHORED, &match, 1);) {
    std::string lower = ToLower(std::string_view(match.data(), match.size()));
    const bool is_placeholder =
        lower.find("example") != std::string::npos || lower.find("xxxxxx") != std::string::npos ||
        lower.find("placeholder") != std::string::npos || lower.find("changeme") != std::string::npos;
    if (!is_placeholder) return true;
    start = static_cast<size_t>(match.data() - text.data()) + std::max<size_t>(match.size(), 1);
  }
  return false;
}

/// A single token of 24 to 200 characters of the Base64 or hexadecimal alphabet that mixes kinds of characters and is
/// as random as keys are. Ids with a structure (UUIDs, ARNs, paths, host names, digests with their algorithm) have
/// characters that end it.
bool IsHighEntropyToken(std::string_view text) {
  text = Trim(text);
  if (text.size() < 24 || text.size() > 200) return false;
  size_t num_digits = 0, num_upper = 0, num_lower = 0, num_other = 0;
  bool is_hex = true;
  for (char c : text) {
    const bool digit = c >= '0' && c <= '9', upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
    const bool other = c == '+' || c == '/' || c == '_' || c == '=' || c == '-';
    if (!digit && !upper && !lower && !other) return false;
    num_digits += digit;
    num_upper += upper;
    num_lower += lower;
    num_other += other;
    is_hex = is_hex && (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
  }
  if (num_other * 8 > text.size()) return false;
  // Hexadecimal digests (of images, commits) look the same as keys in hexadecimal: they are not called secrets.
  if (is_hex) return false;
  return num_digits >= 3 && num_upper >= 3 && num_lower >= 3 && Entropy(text) >= 4.0;
}

}  // namespace

std::optional<std::string_view> SecretKind(std::string_view text) {
  text = text.substr(0, kMaxText);
  std::vector<int> found;
  if (FormatSet().Match(re2::StringPiece(text.data(), text.size()), &found)) {
    std::sort(found.begin(), found.end());
    for (int index : found) {
      const Format& format = kFormats[static_cast<size_t>(index)];
      if (HasRealMatch(format, text)) return format.kind;
    }
  }
  if (IsHighEntropyToken(text)) return kHighEntropy;
  return std::nullopt;
}

std::span<const std::string_view> SecretKinds() {
  static const std::vector<std::string_view>* const kinds = [] {
    auto* all = new std::vector<std::string_view>();
    for (const Format& format : kFormats) all->push_back(format.kind);
    all->push_back(kHighEntropy);
    return all;
  }();
  return *kinds;
}

double Entropy(std::string_view text) {
  if (text.empty()) return 0;
  std::array<uint64_t, 256> counts{};
  for (char c : text) ++counts[static_cast<unsigned char>(c)];
  double entropy = 0;
  for (uint64_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    entropy -= share * std::log2(share);
  }
  return entropy;
}

}  // namespace bylaw

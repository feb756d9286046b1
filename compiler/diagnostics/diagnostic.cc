#include "compiler/diagnostics/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace bylaw::compiler {
namespace {

constexpr CodeInfo kCodes[] = {
#define BYLAW_DIAGNOSTIC(code, severity, Name, summary, explanation, wrong, right) \
  {Code::k##Name, #code, Severity::k##severity, #Name, summary, explanation, wrong, right},
#include "compiler/diagnostics/diagnostics.def"
#undef BYLAW_DIAGNOSTIC
};

char FoldAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string FoldName(std::string_view name) {
  std::string result;
  for (char c : name) {
    if (c != '_' && c != '-') result.push_back(FoldAscii(c));
  }
  return result;
}

// Optimal string alignment distance (Damerau-Levenshtein without a second edit of a swapped pair), cut off at `limit`.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

template <typename String>
std::string SuggestAmong(std::string_view seen, std::span<const String> candidates) {
  constexpr size_t kLongestName = 100;
  if (seen.empty() || seen.size() > kLongestName) return {};
  const std::string folded = FoldName(seen);
  std::string_view best;
  size_t best_distance = std::max<size_t>(1, seen.size() / 3) + 1;
  for (const String& candidate : candidates) {
    if (candidate == seen || candidate.empty()) continue;
    const size_t distance = EditDistance(folded, FoldName(candidate), best_distance);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return std::string(best);
}

}  // namespace

const CodeInfo& InfoOf(Code code) { return kCodes[static_cast<size_t>(code)]; }

std::span<const CodeInfo> AllCodes() { return kCodes; }

const CodeInfo* FindCode(std::string_view text) {
  for (const CodeInfo& info : kCodes) {
    if (std::equal(text.begin(), text.end(), info.text.begin(), info.text.end(),
                   [](char a, char b) { return FoldAscii(a) == FoldAscii(b); })) {
      return &info;
    }
  }
  return nullptr;
}

Diagnostic& Diagnostic::Labelled(std::string text) {
  primary.text = std::move(text);
  return *this;
}

Diagnostic& Diagnostic::Also(Span span, std::string text) {
  secondary.push_back({span, std::move(text)});
  return *this;
}

Diagnostic& Diagnostic::Expected(std::string text) {
  expected = std::move(text);
  return *this;
}

Diagnostic& Diagnostic::Hint(std::string text) {
  hint = std::move(text);
  return *this;
}

Diagnostic& Diagnostic::Fix(Span span, std::string replacement) {
  edits.push_back({span, std::move(replacement)});
  return *this;
}

Diagnostic& Diagnostics::Report(Code code, Span span, std::string message) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.message = std::move(message);
  diagnostic.primary.span = span;
  return Add(std::move(diagnostic));
}

Diagnostic& Diagnostics::Add(Diagnostic diagnostic) {
  if (diagnostic.severity() == Severity::kError) ++num_errors_;
  return all_.emplace_back(std::move(diagnostic));
}

void Diagnostics::Sort() {
  auto key = [](const Diagnostic& d) { return std::tie(d.primary.span, d.code, d.message); };
  std::stable_sort(all_.begin(), all_.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  auto same = [&](const auto& a, const auto& b) { return key(a) == key(b); };
  all_.erase(std::unique(all_.begin(), all_.end(), same), all_.end());
  num_errors_ = static_cast<size_t>(
      std::count_if(all_.begin(), all_.end(), [](const auto& d) { return d.severity() == Severity::kError; }));
  // Nobody mends more at once, and a file of nothing but errors is not to take seconds.
  constexpr size_t kMostListed = 1000;
  if (all_.size() <= kMostListed || num_errors_ == 0) return;
  const size_t num_left_out = all_.size() - kMostListed;
  const Span next = all_[kMostListed].primary.span;
  all_.resize(kMostListed);
  num_errors_ = static_cast<size_t>(
      std::count_if(all_.begin(), all_.end(), [](const auto& d) { return d.severity() == Severity::kError; }));
  Report(Code::kTooManyErrors, next, std::to_string(num_left_out) + " more are not listed")
      .Hint("mend those above first");
}

std::string Suggest(std::string_view seen, std::span<const std::string> candidates) {
  return SuggestAmong(seen, candidates);
}

std::string Suggest(std::string_view seen, std::span<const std::string_view> candidates) {
  return SuggestAmong(seen, candidates);
}

std::string DidYouMean(std::string_view seen, std::span<const std::string> candidates) {
  const std::string best = Suggest(seen, candidates);
  return best.empty() ? std::string() : "did you mean `" + best + "`?";
}

}  // namespace bylaw::compiler

#include "runtime/builtins/iam.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/builtins/net.h"
#include "runtime/builtins/text.h"

namespace bylaw {
namespace {

/// Wildcard patterns longer than any that AWS accepts only compare as equal text, so that no comparison is slow.
constexpr size_t kMaxPatternSize = 4096;

bool HasWildcard(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

/// Does `pattern` cover everything that `text`, itself a pattern, stands for? A `*` of the text is matched by `*`
/// alone. Exact where `text` has no wildcard; else it may miss covers that need insight (`?*` by `*?`), never claim
/// false ones.
bool Covers(std::string_view pattern, std::string_view text) {
  if (pattern.size() > kMaxPatternSize || text.size() > kMaxPatternSize) return pattern == text;
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t p = 0, t = 0, star = kNone, star_t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_t = t;
    } else if (p < pattern.size() && ((pattern[p] == '?' && text[t] != '*') || (pattern[p] == text[t]))) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++star_t;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// Is there a text that both patterns match?
bool Overlap(std::string_view a, std::string_view b) {
  if (!HasWildcard(b)) return Covers(a, b);
  if (!HasWildcard(a)) return Covers(b, a);
  if (a.size() > kMaxPatternSize || b.size() > kMaxPatternSize) return true;
  // row[j]: do a[0, i) and b[0, j) have a text in common?
  std::vector<char> row(b.size() + 1), next(b.size() + 1);
  row[0] = 1;
  for (size_t j = 1; j <= b.size(); ++j) row[j] = row[j - 1] && b[j - 1] == '*';
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = row[0] && a[i - 1] == '*';
    for (size_t j = 1; j <= b.size(); ++j) {
      const char x = a[i - 1], y = b[j - 1];
      if (x == '*' || y == '*') {
        next[j] = row[j] || next[j - 1];
      } else {
        next[j] = row[j - 1] && (x == '?' || y == '?' || x == y);
      }
    }
    std::swap(row, next);
  }
  return row[b.size()] != 0;
}

std::optional<std::array<std::string_view, 6>> SplitArn(std::string_view text) {
  if (!text.starts_with("arn:")) return std::nullopt;
  std::array<std::string_view, 6> parts;
  for (size_t i = 0; i < 5; ++i) {
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    parts[i] = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  parts[5] = text;
  return parts;
}

template <typename Compare>
bool CompareArns(std::string_view a, std::string_view b, Compare compare) {
  auto x = SplitArn(a), y = SplitArn(b);
  if (!x || !y) return compare(a, b);
  for (size_t i = 0; i < 6; ++i) {
    if (!compare((*x)[i], (*y)[i])) return false;
  }
  return true;
}

/// `*`, and ARN patterns with nothing but wildcards behind the partition.
bool IsEveryResource(std::string_view pattern) {
  auto is_stars = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of('*') == std::string_view::npos;
  };
  if (is_stars(pattern)) return true;
  if (!pattern.starts_with("arn:")) return false;
  auto parts = Split(pattern.substr(4), ":");
  if (!parts || parts->size() > 5) return false;
  // The partition may be named; a pattern that ends early must end in `*`.
  const size_t first = parts->size() > 1 && !HasWildcard(parts->front()) ? 1 : 0;
  return std::all_of(parts->begin() + static_cast<std::ptrdiff_t>(first), parts->end(), is_stars);
}

bool IsEveryAction(std::string_view pattern) {
  return !pattern.empty() && pattern.find_first_not_of("*:") == std::string_view::npos &&
         pattern.find('*') != std::string_view::npos && std::count(pattern.begin(), pattern.end(), ':') <= 1;
}

bool HasVariable(std::string_view text) { return text.find("${") != std::string_view::npos; }

/// The pattern with every `${…}` replaced by `*`.
std::string WithoutVariables(std::string_view text) {
  std::string plain;
  while (true) {
    const size_t start = text.find("${");
    plain += text.substr(0, start);
    if (start == std::string_view::npos) return plain;
    plain += '*';
    const size_t end = text.find('}', start);
    if (end == std::string_view::npos) return plain;
    text.remove_prefix(end + 1);
  }
}

/// How much of a query (an action or a resource, perhaps a pattern) some patterns take in; kMaybe: policy variables
/// decide.
enum class Share { kNone, kPart, kMaybe, kAll };

template <typename CoversQuery, typename OverlapsQuery>
Share ShareOf(const std::vector<std::string>& patterns, bool negated, CoversQuery covers, OverlapsQuery overlaps) {
  bool any_covers = false, any_overlaps = false, any_maybe = false;
  for (const std::string& pattern : patterns) {
    if (HasVariable(pattern)) {
      any_maybe = any_maybe || overlaps(WithoutVariables(pattern));
    } else {
      any_covers = any_covers || covers(pattern);
      any_overlaps = any_overlaps || overlaps(pattern);
    }
  }
  if (negated) {
    if (any_covers) return Share::kNone;
    if (any_maybe) return Share::kMaybe;
    return any_overlaps ? Share::kPart : Share::kAll;
  }
  if (any_covers) return Share::kAll;
  if (any_maybe) return Share::kMaybe;
  return any_overlaps ? Share::kPart : Share::kNone;
}

Share ActionShare(const IamStatement& statement, std::string_view action) {
  return ShareOf(
      statement.actions, statement.is_not_action,
      [&](std::string_view pattern) { return IsEveryAction(pattern) || Covers(pattern, action); },
      [&](std::string_view pattern) { return Overlap(pattern, action); });
}

Share ResourceShare(const IamStatement& statement, std::string_view resource) {
  if (statement.resources.empty() && !statement.is_not_resource) return Share::kAll;
  return ShareOf(
      statement.resources, statement.is_not_resource,
      [&](std::string_view pattern) { return IsEveryResource(pattern) || ArnMatches(pattern, resource); },
      [&](std::string_view pattern) { return CompareArns(pattern, resource, Overlap); });
}

bool IsEveryone(const IamPrincipal& principal) {
  if (principal.value == "*") return true;
  auto arn = SplitArn(principal.value);
  return arn && HasWildcard((*arn)[4]);
}

bool IsEveryone(const IamStatement& statement) {
  return !statement.is_not_principal &&
         std::any_of(statement.principals.begin(), statement.principals.end(),
                     [](const IamPrincipal& principal) { return IsEveryone(principal); });
}

bool IsAccountId(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// A pattern of ArnLike, ArnEquals or StringLike that still names whom it means.
bool IsFixedPattern(std::string_view key, std::string_view value) {
  if (!HasWildcard(value)) return true;
  if (auto arn = SplitArn(value)) return IsAccountId((*arn)[4]);
  const std::string_view fixed = value.substr(0, value.find_first_of("*?"));
  if (fixed.starts_with("o-") && fixed.find('/') != std::string_view::npos) return true;
  return key == "aws:userid" && fixed.starts_with("AROA") && fixed.size() > 16 && fixed.ends_with(':');
}

bool AreNarrowRanges(const std::vector<std::string>& values) {
  IpSet all;
  for (const std::string& value : values) {
    auto cidr = ParseCidr(value);
    if (!cidr) return false;
    const IpSet set = ToIpSet(*cidr);
    const bool is_narrow = cidr->prefix_length >= (cidr->address.family == 4 ? 8 : 32);
    if (!is_narrow && !PrivateAddresses().Covers(set)) return false;
    all = all.Union(set);
  }
  return !IsWorld(all);
}

/// Keys that say who calls, or from where; the S3 User Guide's list and the same for KMS and EFS.
constexpr std::array<std::string_view, 22> kWhoKeys = {"aws:sourcearn",
                                                       "aws:sourceaccount",
                                                       "aws:sourceowner",
                                                       "aws:sourceorgid",
                                                       "aws:sourceorgpaths",
                                                       "aws:sourcevpc",
                                                       "aws:sourcevpce",
                                                       "aws:sourcevpcarn",
                                                       "aws:vpceaccount",
                                                       "aws:vpceorgid",
                                                       "aws:vpceorgpaths",
                                                       "aws:sourceip",
                                                       "aws:principalarn",
                                                       "aws:principalaccount",
                                                       "aws:principalorgid",
                                                       "aws:principalorgpaths",
                                                       "aws:userid",
                                                       "aws:username",
                                                       "s3:dataaccesspointarn",
                                                       "s3:dataaccesspointaccount",
                                                       "kms:calleraccount",
                                                       "elasticfilesystem:accessedviamounttarget"};

bool HasRestrictionOn(const IamStatement& statement, std::span<const std::string_view> lower_keys) {
  return std::any_of(statement.conditions.begin(), statement.conditions.end(), [&](const IamCondition& condition) {
    return std::find(lower_keys.begin(), lower_keys.end(), condition.key) != lower_keys.end() &&
           RestrictsToFixedValues(condition);
  });
}

std::vector<std::string> SortedUnique(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

/// The texts that `collect` appends for each statement, sorted, each once.
template <typename Collect>
std::vector<std::string> CollectTexts(const IamDocument& document, Collect collect) {
  std::vector<std::string> texts;
  for (const IamStatement& statement : document.statements) collect(statement, texts);
  return SortedUnique(std::move(texts));
}

}  // namespace

std::vector<std::string> StatementActions(const IamDocument& document, bool negated) {
  return CollectTexts(document, [&](const IamStatement& statement, std::vector<std::string>& texts) {
    if (statement.is_not_action == negated)
      texts.insert(texts.end(), statement.actions.begin(), statement.actions.end());
  });
}

std::vector<std::string> StatementResources(const IamDocument& document, bool negated) {
  return CollectTexts(document, [&](const IamStatement& statement, std::vector<std::string>& texts) {
    if (statement.is_not_resource == negated)
      texts.insert(texts.end(), statement.resources.begin(), statement.resources.end());
  });
}

std::vector<std::string> StatementPrincipals(const IamDocument& document, bool negated) {
  return CollectTexts(document, [&](const IamStatement& statement, std::vector<std::string>& texts) {
    if (statement.is_not_principal != negated) return;
    for (const IamPrincipal& principal : statement.principals) {
      texts.push_back(principal.kind == "*" ? principal.value : principal.kind + ':' + principal.value);
    }
  });
}

std::vector<std::string> StatementConditionKeys(const IamDocument& document) {
  return CollectTexts(document, [](const IamStatement& statement, std::vector<std::string>& texts) {
    for (const IamCondition& condition : statement.conditions) texts.push_back(condition.key);
  });
}

std::string OperatorText(const IamCondition& condition) {
  constexpr std::array<std::string_view, 3> kQuantifiers = {"", "foranyvalue:", "forallvalues:"};
  std::string text(kQuantifiers[static_cast<size_t>(condition.quantifier)]);
  return text + condition.op + (condition.if_exists ? "ifexists" : "");
}

std::vector<std::string> StatementConditions(const IamDocument& document) {
  return CollectTexts(document, [](const IamStatement& statement, std::vector<std::string>& texts) {
    for (const IamCondition& condition : statement.conditions) {
      texts.push_back(OperatorText(condition) + ' ' + condition.key);
    }
  });
}

std::vector<std::string> ConditionValues(const IamDocument& document, std::string_view op, std::string_view key) {
  const std::string lower_op = ToLower(op), lower_key = ToLower(key);
  return CollectTexts(document, [&](const IamStatement& statement, std::vector<std::string>& texts) {
    for (const IamCondition& condition : statement.conditions) {
      if (condition.key != lower_key || OperatorText(condition) != lower_op) continue;
      texts.insert(texts.end(), condition.values.begin(), condition.values.end());
    }
  });
}

std::optional<std::string> StatementSid(const IamDocument& document) {
  for (const IamStatement& statement : document.statements) {
    if (!statement.sid.empty()) return statement.sid;
  }
  return std::nullopt;
}

std::optional<bool> StatementIsAllow(const IamDocument& document) {
  if (document.statements.empty()) return std::nullopt;
  const bool is_allow = document.statements.front().is_allow;
  for (const IamStatement& statement : document.statements) {
    if (statement.is_allow != is_allow) return std::nullopt;
  }
  return is_allow;
}

std::vector<std::string> TrustedAccounts(const IamDocument& document) {
  return CollectTexts(document, [](const IamStatement& statement, std::vector<std::string>& texts) {
    if (!statement.is_allow) return;
    if (IsPublicPrincipal(statement)) texts.emplace_back("*");
    if (statement.is_not_principal) return;
    for (const IamPrincipal& principal : statement.principals) {
      auto account = principal.kind == "AWS" ? AccountOf(principal.value) : std::nullopt;
      if (account && IsAccountId(*account)) texts.emplace_back(*account);
    }
  });
}

bool IsPublicPrincipal(const IamStatement& statement) {
  return statement.is_allow && (statement.is_not_principal || IsEveryone(statement));
}

bool IsPublicPrincipal(const IamDocument& document) {
  return std::any_of(document.statements.begin(), document.statements.end(),
                     [](auto& statement) { return IsPublicPrincipal(statement); });
}

bool RestrictsToFixedValues(const IamCondition& condition) {
  if (condition.if_exists || condition.quantifier == IamCondition::Quantifier::kForAllValues ||
      condition.values.empty())
    return false;
  if (std::any_of(condition.values.begin(), condition.values.end(), [](auto& value) { return HasVariable(value); }))
    return false;
  const std::string_view op = condition.op;
  if (op == "stringequals" || op == "stringequalsignorecase" || op == "binaryequals") return true;
  if (op == "stringlike" || op == "arnlike" || op == "arnequals") {
    return std::all_of(condition.values.begin(), condition.values.end(),
                       [&](auto& value) { return IsFixedPattern(condition.key, value); });
  }
  if (op == "ipaddress") return AreNarrowRanges(condition.values);
  if (op == "bool") {
    return std::all_of(condition.values.begin(), condition.values.end(),
                       [](auto& value) { return ToLower(value) == "true"; });
  }
  return (op.starts_with("numeric") || op.starts_with("date")) && !op.ends_with("notequals");
}

bool ConditionRestricts(const IamDocument& document, std::span<const std::string_view> keys) {
  std::vector<std::string> lower;
  for (std::string_view key : keys) lower.push_back(ToLower(key));
  const std::vector<std::string_view> views(lower.begin(), lower.end());
  return !document.statements.empty() &&
         std::all_of(document.statements.begin(), document.statements.end(),
                     [&](auto& statement) { return HasRestrictionOn(statement, views); });
}

bool GrantsAdmin(const IamDocument& document) {
  return std::any_of(document.statements.begin(), document.statements.end(), [](const IamStatement& statement) {
    return statement.is_allow && statement.conditions.empty() && !statement.is_not_action &&
           !statement.is_not_resource &&
           std::any_of(statement.actions.begin(), statement.actions.end(), IsEveryAction) &&
           std::any_of(statement.resources.begin(), statement.resources.end(), IsEveryResource);
  });
}

bool GrantsPublic(const IamStatement& statement) {
  return IsPublicPrincipal(statement) && !HasRestrictionOn(statement, kWhoKeys);
}

bool GrantsPublic(const IamDocument& document) {
  return std::any_of(document.statements.begin(), document.statements.end(),
                     [](auto& statement) { return GrantsPublic(statement); });
}

IamDecision Allows(const IamDocument& document, std::string_view action, std::string_view resource) {
  const std::string lower_action = ToLower(action);
  bool is_allowed = false, is_maybe_allowed = false, is_maybe_denied = false;
  for (const IamStatement& statement : document.statements) {
    const Share actions = ActionShare(statement, lower_action), resources = ResourceShare(statement, resource);
    const bool is_sure = statement.conditions.empty() && actions != Share::kMaybe && resources != Share::kMaybe;
    if (statement.is_allow) {
      if (std::min(actions, resources) < Share::kMaybe) continue;
      (is_sure ? is_allowed : is_maybe_allowed) = true;
    } else {
      if (std::min(actions, resources) == Share::kNone) continue;
      const bool is_for_all = statement.principals.empty() ? !statement.is_not_principal : IsEveryone(statement);
      if (is_sure && is_for_all) return IamDecision::kNo;
      is_maybe_denied = true;
    }
  }
  if (is_allowed) return is_maybe_denied ? IamDecision::kConditional : IamDecision::kYes;
  return is_maybe_allowed ? IamDecision::kConditional : IamDecision::kNo;
}

bool ActionMatches(std::string_view pattern, std::string_view action) {
  return IsEveryAction(pattern) || Covers(ToLower(pattern), ToLower(action));
}

bool ArnMatches(std::string_view pattern, std::string_view arn) { return CompareArns(pattern, arn, Covers); }

std::optional<Arn> ParseArn(std::string_view text) {
  auto parts = SplitArn(text);
  if (!parts || (*parts)[1].empty() || (*parts)[2].empty() || (*parts)[5].empty()) return std::nullopt;
  return Arn{(*parts)[1], (*parts)[2], (*parts)[3], (*parts)[4], (*parts)[5]};
}

std::optional<std::string_view> AccountOf(std::string_view text) {
  if (IsAccountId(text)) return text;
  auto arn = ParseArn(text);
  if (!arn) return std::nullopt;
  return arn->account;
}

}  // namespace bylaw

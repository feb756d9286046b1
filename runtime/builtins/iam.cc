#include "runtime/builtins/iam.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "runtime/builtins/net.h"
#include "runtime/builtins/partial_text.h"
#include "runtime/builtins/text.h"

namespace bylaw {
namespace {

/// Wildcard patterns longer than any that AWS accepts only compare as equal text, so that no comparison is slow.
constexpr size_t kMaxPatternSize = 4096;

/// What the unknown parts of a document are taken for: whatever makes the answer to a question least, or most.
enum class Reading { kLeast, kMost };

Reading Opposite(Reading reading) { return reading == Reading::kLeast ? Reading::kMost : Reading::kLeast; }

/// `ask(reading)` gives a bool that is never less under kMost.
template <typename Ask>
Tri Weigh(const Ask& ask) {
  if (ask(Reading::kLeast)) return Tri::kTrue;
  return ask(Reading::kMost) ? Tri::kUnknown : Tri::kFalse;
}

/// Does the statement, or condition, count?
template <typename Part>
bool Counts(const Part& part, Reading reading) {
  return !part.is_possible || reading == Reading::kMost;
}

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

/// Can the partial pattern, its unknown parts given some value, cover all that `text` stands for? Never false if it can.
bool MayCover(std::string_view pattern, std::string_view text) {
  if (pattern.size() > kMaxPatternSize || text.size() > kMaxPatternSize) return true;
  // row[j]: may pattern[0, i) cover text[0, j)?
  std::vector<char> row(text.size() + 1), next(text.size() + 1);
  row[0] = 1;
  for (const char c : pattern) {
    const bool is_any = c == '*' || c == kAnyText;
    next[0] = is_any && row[0];
    for (size_t j = 1; j <= text.size(); ++j) {
      const char t = text[j - 1];
      if (is_any) {
        next[j] = row[j] || next[j - 1];
      } else if (c == kAnyName) {
        next[j] = (row[j - 1] || next[j - 1]) && t != '*' && t != '?';
      } else {
        next[j] = row[j - 1] && (c == t || (c == '?' && t != '*'));
      }
    }
    std::swap(row, next);
  }
  return row[text.size()] != 0;
}

/// The pattern that matches whatever a compact partial one may match.
std::string WidestPattern(std::string_view compact) {
  std::string widest;
  for (const char c : compact) {
    widest += c == kAnyText ? "*" : c == kAnyName ? "?*" : std::string(1, c);
  }
  return widest;
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

bool IsOneOf(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool IsEveryAction(std::string_view pattern, Reading reading) {
  if (!IsPartial(pattern)) return IsEveryAction(pattern);
  if (reading == Reading::kLeast) return false;
  const std::string compact = CompactPartial(pattern);
  return IsOneOf(compact, "*:\x01") && std::count(compact.begin(), compact.end(), ':') <= 1;
}

bool IsEveryResource(std::string_view pattern, Reading reading) {
  if (!IsPartial(pattern)) return IsEveryResource(pattern);
  const std::string compact = CompactPartial(pattern);
  // A name can stand where the partition does, like any other.
  if (!IsOpen(pattern)) return IsEveryResource(compact);
  if (reading == Reading::kLeast) return false;
  const size_t hole = compact.find(kAnyText);
  if (!IsOneOf(std::string_view(compact).substr(hole), "*:\x01")) return false;
  std::string_view head = std::string_view(compact).substr(0, hole);
  if (IsOneOf(head, "*") || std::string_view("arn:").starts_with(head)) return true;
  if (!head.starts_with("arn:")) return false;
  head.remove_prefix(std::min(head.find(':', 4), head.size()));
  return IsOneOf(head, "*:");
}

/// A policy variable, which each request fills in.
bool HasVariable(std::string_view text) {
  for (size_t at = 0; (at = text.find("${", at)) != std::string_view::npos; at += 2) {
    if (!text.substr(at).starts_with(kUnknownBegin)) return true;
  }
  return false;
}

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
Share ShareOf(const std::vector<std::string>& patterns, bool negated, std::string_view query, Reading reading,
              CoversQuery covers, OverlapsQuery overlaps) {
  if (negated) reading = Opposite(reading);
  bool any_covers = false, any_overlaps = false, any_maybe = false;
  for (const std::string& pattern : patterns) {
    if (IsPartial(pattern)) {
      // What is unknown takes in nothing, or all that it may.
      if (reading == Reading::kLeast) continue;
      const std::string compact = WithoutVariables(CompactPartial(pattern));
      any_covers = any_covers || MayCover(compact, query) || covers(pattern);
      any_overlaps = any_overlaps || Overlap(WidestPattern(compact), query);
    } else if (HasVariable(pattern)) {
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

Share ActionShare(const IamStatement& statement, std::string_view action, Reading reading) {
  return ShareOf(
      statement.actions, statement.is_not_action, action, reading,
      [&](std::string_view pattern) { return IsEveryAction(pattern, Reading::kMost) || Covers(pattern, action); },
      [&](std::string_view pattern) { return Overlap(pattern, action); });
}

Share ResourceShare(const IamStatement& statement, std::string_view resource, Reading reading) {
  if (statement.resources.empty() && !statement.is_not_resource) return Share::kAll;
  return ShareOf(
      statement.resources, statement.is_not_resource, resource, reading,
      [&](std::string_view pattern) {
        return IsEveryResource(pattern, Reading::kMost) || ArnMatches(pattern, resource);
      },
      [&](std::string_view pattern) { return CompareArns(pattern, resource, Overlap); });
}

bool IsEveryone(const IamPrincipal& principal, Reading reading) {
  const std::string value = CompactPartial(principal.value);
  if (value == "*") return true;
  if (auto arn = SplitArn(value)) return HasWildcard((*arn)[4]);
  return reading == Reading::kMost && IsOpen(principal.value) && IsOneOf(value, "*\x01");
}

bool IsEveryone(const IamStatement& statement, Reading reading) {
  return !statement.is_not_principal &&
         std::any_of(statement.principals.begin(), statement.principals.end(),
                     [&](const IamPrincipal& principal) { return IsEveryone(principal, reading); });
}

bool IsAccountId(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// A pattern of ArnLike, ArnEquals or StringLike that still names whom it means.
bool IsFixedPattern(std::string_view key, std::string_view partial, Reading reading) {
  std::string value = CompactPartial(partial);
  if (reading == Reading::kLeast) std::replace(value.begin(), value.end(), kAnyText, '*');
  if (!HasWildcard(value)) return true;
  if (auto arn = SplitArn(value)) {
    const std::string_view account = (*arn)[4];
    return IsAccountId(account) ||
           (account.find_first_of("\x01\x02") != std::string_view::npos && !HasWildcard(account));
  }
  const std::string_view fixed = std::string_view(value).substr(0, value.find_first_of("*?"));
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

bool RestrictsToFixedValues(const IamCondition& condition, Reading reading) {
  if (!Counts(condition, reading)) return false;
  if (condition.if_exists || condition.quantifier == IamCondition::Quantifier::kForAllValues ||
      condition.values.empty())
    return false;
  const auto all_values = [&](auto holds) {
    return std::all_of(condition.values.begin(), condition.values.end(), holds);
  };
  if (!all_values([](auto& value) { return !HasVariable(value); })) return false;
  const std::string_view op = condition.op;
  if (IsPartial(op)) return reading == Reading::kMost;
  if (op == "stringequals" || op == "stringequalsignorecase" || op == "binaryequals") return true;
  if (op == "stringlike" || op == "arnlike" || op == "arnequals")
    return all_values([&](auto& value) { return IsFixedPattern(condition.key, value, reading); });
  if (op == "numericequals" || op == "dateequals") return true;
  // Of the rest, an unknown value may be one that is as narrow as the others, or one that takes in all.
  std::vector<std::string> known;
  std::copy_if(condition.values.begin(), condition.values.end(), std::back_inserter(known),
               [](auto& value) { return !IsPartial(value); });
  if (reading == Reading::kLeast && known.size() < condition.values.size()) return false;
  if (op == "ipaddress") return AreNarrowRanges(known);
  return op == "bool" && std::all_of(known.begin(), known.end(), [](auto& value) { return ToLower(value) == "true"; });
}

bool HasRestrictionOn(const IamStatement& statement, std::span<const std::string_view> lower_keys, Reading reading) {
  return std::any_of(statement.conditions.begin(), statement.conditions.end(), [&](const IamCondition& condition) {
    const bool is_about = std::find(lower_keys.begin(), lower_keys.end(), condition.key) != lower_keys.end() ||
                          (reading == Reading::kMost && IsPartial(condition.key) && !lower_keys.empty());
    return is_about && RestrictsToFixedValues(condition, reading);
  });
}

bool IsUnconditional(const IamStatement& statement, Reading reading) {
  return std::all_of(statement.conditions.begin(), statement.conditions.end(),
                     [&](const IamCondition& condition) { return !Counts(condition, Opposite(reading)); });
}

bool IsPublicPrincipal(const IamStatement& statement, Reading reading) {
  return statement.is_allow && Counts(statement, reading) &&
         (statement.is_not_principal || IsEveryone(statement, reading));
}

bool GrantsPublic(const IamStatement& statement, Reading reading) {
  return IsPublicPrincipal(statement, reading) && !HasRestrictionOn(statement, kWhoKeys, Opposite(reading));
}

/// Holds it of some statement?
template <typename Ask>
Tri WeighStatements(const IamDocument& document, const Ask& ask) {
  return Weigh([&](Reading reading) {
    return std::any_of(document.statements.begin(), document.statements.end(),
                       [&](const IamStatement& statement) { return ask(statement, reading); });
  });
}

/// Gathers IamTexts.
class Texts {
 public:
  void Add(const std::string& text, bool is_known = true) {
    if (is_known) {
      texts_.known.push_back(text);
    } else {
      texts_.has_unknown = true;
    }
  }
  IamTexts Finish() {
    std::sort(texts_.known.begin(), texts_.known.end());
    texts_.known.erase(std::unique(texts_.known.begin(), texts_.known.end()), texts_.known.end());
    return std::move(texts_);
  }

 private:
  IamTexts texts_;
};

/// The texts that `collect` adds for each statement; those of one that may not be there are unknown.
template <typename Collect>
IamTexts CollectTexts(const IamDocument& document, Collect collect) {
  Texts texts;
  for (const IamStatement& statement : document.statements) {
    collect(statement,
            [&](const std::string& text, bool is_known) { texts.Add(text, is_known && !statement.is_possible); });
  }
  return texts.Finish();
}

template <typename Collect>
IamTexts CollectConditions(const IamDocument& document, Collect collect) {
  return CollectTexts(document, [&](const IamStatement& statement, const auto& add) {
    for (const IamCondition& condition : statement.conditions) {
      collect(condition,
              [&](const std::string& text, bool is_known) { add(text, is_known && !condition.is_possible); });
    }
  });
}

/// Is an element (or its `Not…`) of the statement asked for? Of a statement that may not be there, either may be.
bool IsAsked(const IamStatement& statement, bool is_negated, bool negated) {
  return is_negated == negated || statement.is_possible;
}

/// `kind:value`, or `*`.
std::string PrincipalText(const IamPrincipal& principal) {
  return principal.kind == "*" ? principal.value : principal.kind + ':' + principal.value;
}

}  // namespace

IamTexts StatementActions(const IamDocument& document, bool negated) {
  return CollectTexts(document, [&](const IamStatement& statement, const auto& add) {
    if (!IsAsked(statement, statement.is_not_action, negated)) return;
    for (const std::string& action : statement.actions) add(action, !IsPartial(action));
  });
}

IamTexts StatementResources(const IamDocument& document, bool negated) {
  return CollectTexts(document, [&](const IamStatement& statement, const auto& add) {
    if (!IsAsked(statement, statement.is_not_resource, negated)) return;
    for (const std::string& resource : statement.resources) add(ShowPartial(resource), !IsOpen(resource));
  });
}

/// `text` with `stand_in` for the account of the deployment itself: that it is this one, and no other, is all that there is to know of it.
std::string ReplaceOwnAccount(std::string text, std::string_view stand_in) {
  static const std::string kOwnAccount = UnknownName(kOwnAccountName);
  for (size_t at = 0; (at = text.find(kOwnAccount, at)) != std::string::npos; at += stand_in.size())
    text.replace(at, kOwnAccount.size(), stand_in);
  return text;
}

const std::string& ShownOwnAccount() {
  static const std::string kShown = ShowPartial(UnknownName(kOwnAccountName));
  return kShown;
}

IamTexts StatementPrincipals(const IamDocument& document, bool negated) {
  return CollectTexts(document, [&](const IamStatement& statement, const auto& add) {
    if (!IsAsked(statement, statement.is_not_principal, negated)) return;
    for (const IamPrincipal& principal : statement.principals) {
      const std::string text = ReplaceOwnAccount(PrincipalText(principal), ShownOwnAccount());
      add(text, !IsPartial(text));
    }
  });
}

IamTexts StatementPrincipalsOfKind(const IamDocument& document, std::string_view kind) {
  return CollectTexts(document, [&](const IamStatement& statement, const auto& add) {
    if (!IsAsked(statement, statement.is_not_principal, false)) return;
    for (const IamPrincipal& principal : statement.principals) {
      const bool is_known = !IsPartial(principal.kind);
      const std::string_view own = principal.kind == "*" ? std::string_view("AWS") : principal.kind;
      const std::string value = ReplaceOwnAccount(principal.value, ShownOwnAccount());
      if (own == kind || !is_known) add(value, is_known && !IsPartial(value));
    }
  });
}

IamTexts StatementConditionKeys(const IamDocument& document) {
  return CollectConditions(
      document, [](const IamCondition& condition, const auto& add) { add(condition.key, !IsPartial(condition.key)); });
}

std::string OperatorText(const IamCondition& condition) {
  constexpr std::array<std::string_view, 3> kQuantifiers = {"", "foranyvalue:", "forallvalues:"};
  std::string text(kQuantifiers[static_cast<size_t>(condition.quantifier)]);
  return text + condition.op + (condition.if_exists ? "ifexists" : "");
}

IamTexts StatementConditions(const IamDocument& document) {
  return CollectConditions(document, [](const IamCondition& condition, const auto& add) {
    const std::string text = OperatorText(condition) + ' ' + condition.key;
    add(text, !IsPartial(text));
  });
}

IamTexts ConditionValues(const IamDocument& document, std::string_view op, std::string_view key) {
  const std::string lower_op = ToLower(op), lower_key = ToLower(key);
  return CollectConditions(document, [&](const IamCondition& condition, const auto& add) {
    const std::string own_op = OperatorText(condition);
    const bool any_op = IsPartial(own_op), any_key = IsPartial(condition.key);
    if ((!any_op && own_op != lower_op) || (!any_key && condition.key != lower_key)) return;
    for (const std::string& value : condition.values) add(value, !any_op && !any_key && !IsPartial(value));
  });
}

std::optional<std::string> StatementSid(const IamDocument& document) {
  for (const IamStatement& statement : document.statements) {
    if (statement.sid.empty()) continue;
    if (IsPartial(statement.sid) || statement.is_possible) return std::nullopt;
    return statement.sid;
  }
  return std::string();
}

std::optional<bool> StatementIsAllow(const IamDocument& document) {
  if (document.statements.empty()) return std::nullopt;
  const bool is_allow = document.statements.front().is_allow;
  for (const IamStatement& statement : document.statements) {
    if (statement.is_possible || statement.is_allow != is_allow) return std::nullopt;
  }
  return is_allow;
}

IamTexts TrustedAccounts(const IamDocument& document) {
  return CollectTexts(document, [](const IamStatement& statement, const auto& add) {
    if (!statement.is_allow) return;
    if (IsPublicPrincipal(statement, Reading::kMost)) add("*", IsPublicPrincipal(statement, Reading::kLeast));
    if (statement.is_not_principal) return;
    for (const IamPrincipal& principal : statement.principals) {
      // A canonical user id is some account's, and does not say which.
      if (principal.kind == "CanonicalUser") add(principal.value, false);
      if (principal.kind != "AWS") continue;
      constexpr std::string_view kOwn = "\x03";
      const std::string value = CompactPartial(ReplaceOwnAccount(principal.value, kOwn));
      const std::string_view account = value == kOwn ? kOwn : AccountOf(value).value_or(std::string_view());
      if (account == kOwn) {
        add(ShownOwnAccount(), true);
      } else if (IsAccountId(account)) {
        add(std::string(account), true);
      } else if (IsPartial(principal.value)) {
        add(value, false);
      }
    }
  });
}

Tri IsPublicPrincipal(const IamDocument& document) {
  return WeighStatements(document,
                         [](auto& statement, Reading reading) { return IsPublicPrincipal(statement, reading); });
}

Tri RestrictsToFixedValues(const IamCondition& condition) {
  return Weigh([&](Reading reading) { return RestrictsToFixedValues(condition, reading); });
}

Tri ConditionRestricts(const IamDocument& document, std::span<const std::string_view> keys) {
  std::vector<std::string> lower;
  for (std::string_view key : keys) lower.push_back(ToLower(key));
  const std::vector<std::string_view> views(lower.begin(), lower.end());
  return Weigh([&](Reading reading) {
    bool any = false;
    for (const IamStatement& statement : document.statements) {
      any = any || Counts(statement, reading);
      if (!HasRestrictionOn(statement, views, reading) && Counts(statement, Opposite(reading))) return false;
    }
    return any;
  });
}

Tri GrantsAdmin(const IamDocument& document) {
  return WeighStatements(document, [](const IamStatement& statement, Reading reading) {
    return statement.is_allow && Counts(statement, reading) && IsUnconditional(statement, reading) &&
           !statement.is_not_action && !statement.is_not_resource &&
           std::any_of(statement.actions.begin(), statement.actions.end(),
                       [&](auto& action) { return IsEveryAction(action, reading); }) &&
           std::any_of(statement.resources.begin(), statement.resources.end(),
                       [&](auto& resource) { return IsEveryResource(resource, reading); });
  });
}

Tri GrantsPublic(const IamStatement& statement) {
  return Weigh([&](Reading reading) { return GrantsPublic(statement, reading); });
}

Tri GrantsPublic(const IamDocument& document) {
  return WeighStatements(document, [](auto& statement, Reading reading) { return GrantsPublic(statement, reading); });
}

namespace {

IamDecision Allows(const IamDocument& document, std::string_view lower_action, std::string_view resource,
                   Reading reading) {
  bool is_allowed = false, is_maybe_allowed = false, is_maybe_denied = false;
  for (const IamStatement& statement : document.statements) {
    // A statement that denies more leaves less.
    const Reading own = statement.is_allow ? reading : Opposite(reading);
    if (!Counts(statement, own)) continue;
    const Share actions = ActionShare(statement, lower_action, own),
                resources = ResourceShare(statement, resource, own);
    const bool is_sure = IsUnconditional(statement, own) && actions != Share::kMaybe && resources != Share::kMaybe;
    if (statement.is_allow) {
      if (std::min(actions, resources) < Share::kMaybe) continue;
      (is_sure ? is_allowed : is_maybe_allowed) = true;
    } else {
      if (std::min(actions, resources) == Share::kNone) continue;
      const bool is_for_all = statement.principals.empty() ? !statement.is_not_principal : IsEveryone(statement, own);
      if (is_sure && is_for_all) return IamDecision::kNo;
      is_maybe_denied = true;
    }
  }
  if (is_allowed) return is_maybe_denied ? IamDecision::kConditional : IamDecision::kYes;
  return is_maybe_allowed ? IamDecision::kConditional : IamDecision::kNo;
}

}  // namespace

std::optional<IamDecision> Allows(const IamDocument& document, std::string_view action, std::string_view resource) {
  const std::string lower_action = ToLower(action);
  const IamDecision least = Allows(document, lower_action, resource, Reading::kLeast);
  if (!document.is_partial) return least;
  const IamDecision most = Allows(document, lower_action, resource, Reading::kMost);
  return least == most ? std::optional(least) : std::nullopt;
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

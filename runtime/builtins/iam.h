// AWS policy documents: parsed once into an immutable value, then asked who and what they allow.
//
// Semantics after the AWS IAM User Guide ("Policy evaluation logic", "IAM JSON policy elements") and, for what counts
// as public, the Amazon S3 User Guide ("The meaning of public"). Questions look at the document alone: no identity's
// other policies, boundaries or organisation policies.
//
// A document of a template or a plan may be known in part. Its texts are then partial (partial_text.h), and statements
// and conditions are in it that may not be there. Each question is asked twice, once with the unknown parts taken for
// what gives the least, once for what gives the most; where the answers differ it is unknown.
//
// Thread safety: documents are values; every function is pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/value.h"

namespace bylaw {

struct IamPrincipal {
  std::string
      kind;  ///< `AWS`, `Service`, `Federated`, `CanonicalUser`; `*` for a plain `"Principal": "*"`; may be partial
  std::string value;

  bool operator==(const IamPrincipal&) const = default;
};

struct IamCondition {
  enum class Quantifier : uint8_t { kSingle, kForAnyValue, kForAllValues };

  std::string op;  ///< in lower case, without quantifier and `IfExists`: `stringequals`
  Quantifier quantifier = Quantifier::kSingle;
  bool if_exists = false;
  std::string key;                  ///< in lower case
  std::vector<std::string> values;  ///< numbers and booleans as their JSON text
  bool is_possible = false;         ///< it may not be there; its operator and key may be partial

  bool operator==(const IamCondition&) const = default;
};

struct IamStatement {
  std::string sid;
  bool is_allow = false;
  bool is_not_action = false;
  bool is_not_resource = false;
  bool is_not_principal = false;
  std::vector<std::string> actions;      ///< patterns in lower case
  std::vector<std::string> resources;    ///< patterns; none in a trust policy
  std::vector<IamPrincipal> principals;  ///< none in an identity policy
  std::vector<IamCondition> conditions;  ///< all must hold
  bool is_possible = false;              ///< it may not be there

  bool operator==(const IamStatement&) const = default;
};

struct IamDocument {
  std::vector<IamStatement> statements;
  bool is_partial = false;     ///< a part of it is unknown
  uint32_t unknown_cause = 0;  ///< why, for who keeps causes

  bool operator==(const IamDocument& other) const { return statements == other.statements; }
};

/// Some texts of a document, each once and in order, and whether there may be others.
struct IamTexts {
  std::vector<std::string> known;
  bool has_unknown = false;

  bool operator==(const IamTexts&) const = default;
};

/// Reads JSON text, which may be partial; URL-encoded text (as `aws iam get-role` gives it), a JSON string that holds the document, and text
/// whose quotes are escaped once too often (as API Gateway gives it) are resolved first. Element names in any case; a
/// single statement, action, resource or value may stand without its list. An error names what is wrong, with line and
/// column (in the decoded text) where that is known.
Result<IamDocument> ParseIamDocument(std::string_view text);

/// Canonical JSON of the document: equal documents have equal text.
std::string ToJson(const IamDocument& document);

/// One document with the statements of all; an error if there are over 100,000.
Result<IamDocument> MergeIamDocuments(std::span<const IamDocument* const> documents);

/// What the statement_… functions give. Resources that hold names which are given later are among the known ones, as
/// ShowPartial has them: no wildcard hides in such a name.
IamTexts StatementActions(const IamDocument& document, bool negated);
IamTexts StatementResources(const IamDocument& document, bool negated);
IamTexts StatementPrincipals(const IamDocument& document, bool negated);  ///< `Kind:value`; `*`
/// The values alone; a plain `*` is of the kind `AWS`.
IamTexts StatementPrincipalsOfKind(const IamDocument& document, std::string_view kind);
IamTexts StatementConditionKeys(const IamDocument& document);
IamTexts StatementConditions(const IamDocument& document);  ///< `operator key`, as OperatorText has it
/// The values that conditions with this operator (as OperatorText has it) compare the key with; both in any case.
IamTexts ConditionValues(const IamDocument& document, std::string_view op, std::string_view key);
/// Empty without one; nothing if it is unknown.
std::optional<std::string> StatementSid(const IamDocument& document);
/// True for Allow; nothing if there is no statement, or both effects, or it is unknown.
std::optional<bool> StatementIsAllow(const IamDocument& document);

/// Account ids of the `AWS` principals of Allow statements; `*` if one of them allows everyone. That of a canonical user is
/// unknown.
IamTexts TrustedAccounts(const IamDocument& document);

/// An Allow statement whose principal is everyone: `*`, any kind with `*`, an ARN with a wildcard for its account, or
/// `NotPrincipal`. AWS takes no wildcard within the ARN of a principal, so that an unknown part of one is none.
Tri IsPublicPrincipal(const IamDocument& document);

/// The operator as policies write it, in lower case: `foranyvalue:stringlikeifexists`.
std::string OperatorText(const IamCondition& condition);

/// Holds the condition its key to fixed values? So do equality and pattern operators whose every value is fixed:
/// without policy variable and (in patterns) wildcard, except in ARNs that name their account, below a fixed
/// organisation id (`o-…/`) and behind a role's unique id in `aws:userid`; address ranges no wider than /8 (IPv4) and
/// /32 (IPv6) or private; `Bool` with `true` alone. Not so: negated operators, ranges of numbers and dates, `Null`, `…IfExists`, and `ForAllValues` (true without the key).
/// An unknown value of an operator without wildcards is fixed.
Tri RestrictsToFixedValues(const IamCondition& condition);

/// Has every statement (and is there one) a restricting condition on one of the keys (in any case)?
Tri ConditionRestricts(const IamDocument& document, std::span<const std::string_view> keys);

/// Every action on every resource by an unconditional Allow statement.
Tri GrantsAdmin(const IamDocument& document);

/// A public principal, and no restricting condition on a key that says who or from where (source account, ARN,
/// organisation, VPC, endpoint, address, …).
Tri GrantsPublic(const IamStatement& statement);
Tri GrantsPublic(const IamDocument& document);

enum class IamDecision : uint8_t { kNo, kYes, kConditional };

/// May someone whom the document is about do the action on the resource? Either may be a pattern: then the answer is
/// for all of it.
///   no           no Allow statement gives it, or a Deny without condition takes any of it away
///   conditional  conditions, policy variables, or denies for named principals only, decide
///   yes          otherwise
/// A statement without Resource (a trust policy) speaks of any resource. Several statements are not added up to cover
/// one pattern. Nothing if unknown parts decide.
std::optional<IamDecision> Allows(const IamDocument& document, std::string_view action, std::string_view resource);

/// `*` and `?`; case does not count.
bool ActionMatches(std::string_view pattern, std::string_view action);

/// `*` and `?`, case counts. If both have the six parts of an ARN, each part matches by itself, so that a `*` does not
/// cross a `:` before the resource part; else the texts match as wholes.
bool ArnMatches(std::string_view pattern, std::string_view arn);

struct Arn {
  std::string_view partition, service, region, account, resource;
};

/// `arn:partition:service:region:account:resource`; partition, service and resource are not empty. The parts point into
/// `text`.
std::optional<Arn> ParseArn(std::string_view text);

/// The account in an ARN, or a bare 12-digit id itself. Nothing if the text is neither; empty if the ARN has none.
std::optional<std::string_view> AccountOf(std::string_view text);

}  // namespace bylaw

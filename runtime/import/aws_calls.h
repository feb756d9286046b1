// AwsCalls: the describe, list and get calls of the AWS CLI whose replies are read, and how a reply is known for one of them.
//
// One table (aws_calls.def), made from botocore's service models. A call is known by the file's name ("ec2-describe-vpcs.json",
// "get-bucket-policy/my-bucket.json", "ec2.DescribeVpcs_1.json"), or by the reply's keys.
//
// Thread safety: immutable.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw {

struct AwsCall {
  enum Kind : unsigned char {
    kList,              ///< the elements of the list at `key` are the resources
    kObject,            ///< the object at `key` is
    kReply,             ///< the whole reply is
    kCredentialReport,  ///< the lines of the CSV text at `key` are
  };

  std::string_view service;  ///< "ec2"
  bool is_global;            ///< one answer for all regions
  std::string_view name;     ///< "describe-vpcs"
  std::string_view key;      ///< "Vpcs"; "Outer/Inner": `Inner` within the value, or each element, of `Outer`
  Kind kind;
  bool is_primary;      ///< the call that `key` alone stands for
  std::string_view id;  ///< the member that names a resource
  std::string_view
      parameter;  ///< what the request names the resource by that the reply is about; empty: it is about all
  std::string_view
      mark;  ///< a member of the resources that those of no other call with this key have; of kReply, a member of the reply

  /// Whether it is about the whole account, and not about one resource of it.
  bool is_about_account() const { return parameter.empty() || parameter == "AccountId"; }
  std::string_view outer_key() const { return key.substr(0, key.find('/')); }
  std::string_view inner_key() const {
    return key.find('/') == std::string_view::npos ? std::string_view() : key.substr(key.find('/') + 1);
  }
  /// What mappings call the resources when they name the key: "Vpcs", "Instances", "DistributionList".
  std::string_view resource_key() const;
};

std::span<const AwsCall> AwsCalls();
/// The calls with resources at `key` of the reply (kReply: with the member `key`), the one that the key alone stands for first.
std::span<const AwsCall* const> AwsCallsByKey(std::string_view key);
/// Whether many replies of many programs have such a key, so that it alone tells nothing: "items", "Policy".
bool IsVagueAwsKey(std::string_view key);
/// The calls of this name ("describe-vpcs"), of any service.
std::span<const AwsCall* const> AwsCallsByName(std::string_view name);
/// Whether some request names resources by `parameter`.
bool IsAwsRequestParameter(std::string_view parameter);

/// What mappings may call the resources of `call`, most particular first: "ec2 describe-vpcs", "describe-vpcs", "Vpcs".
std::vector<std::string> AwsSourceTypes(const AwsCall& call);

/// What the path of a reply tells.
struct AwsFileName {
  std::vector<const AwsCall*> calls;  ///< of the one call that it names; empty: none
  std::string id;                     ///< the resource that the call was about
  std::string account, region;
  std::string scope;  ///< files of equal scope were taken from one account and region
};
AwsFileName ParseAwsFileName(std::string_view path);

/// "eu-west-1"
bool IsAwsRegion(std::string_view text);
/// Twelve digits.
bool IsAwsAccount(std::string_view text);

}  // namespace bylaw

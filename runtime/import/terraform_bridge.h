// Pulumi's providers for AWS, Azure (classic) and Google Cloud are Terraform's, under other names: `aws:ec2/subnet:Subnet` is aws_subnet,
// `cidrBlock` is cidr_block, and a block that may stand several times has the plural for its name. So what models say of Terraform holds
// for them, too.
//
// The names follow from rules of Pulumi's bridge (pulumi/pulumi-terraform-bridge, pkg/tfbridge/names.go); types that do not are in a table.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bylaw {

/// What Terraform may call the resources of a Pulumi type, the likeliest first; none for providers that are no bridge.
std::vector<std::string> BridgedTypes(std::string_view pulumi_type);

/// "cidrBlock" → "cidr_block".
std::string BridgedKey(std::string_view pulumi_key);

/// The singular of a key in Terraform's spelling: "routes" → "route"; empty when it is none's plural.
std::string SingularKey(std::string_view key);

}  // namespace bylaw

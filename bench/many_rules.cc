#include "bench/many_rules.h"

#include <fmt/format.h>

namespace bylaw::bench {
namespace {

/// One rule; `n` makes it unlike the others of its shape.
std::string OneRule(int n) {
  const std::string head = fmt::format("rule r{0} {{\n  id \"MANY-{0:03}\"\n  title \"Rule {0}\"\n  severity low\n", n);
  switch (n % 10) {
    case 0:
      return head + fmt::format(
                        "  for group in aws.security_group\n  forbid is_world(net.sources(group, {}))\n  message "
                        "\"{{group}} opens a port\"\n}}\n",
                        20000 + n);
    case 1:
      return head + fmt::format(
                        "  for x in aws.instance\n  where x.http_endpoint == \"enabled\"\n  require x.state != "
                        "\"state-{}\"\n  message \"{{x}} is in an old state\"\n}}\n",
                        n);
    case 2:
      return head + fmt::format(
                        "  for f in aws.lambda_function\n  where f.package_type == \"Zip\"\n  require f.runtime != "
                        "\"python2.{}\"\n  message \"{{f}} is old\"\n}}\n",
                        n);
    case 3:
      return head + fmt::format(
                        "  for s in aws.subnet\n  where s.availability_zone == \"eu-west-{}z\"\n  forbid "
                        "net.is_public(s)\n  message \"{{s}} is public\"\n}}\n",
                        n);
    case 4:
      return head + fmt::format(
                        "  for t in aws.route_table\n  forbid exists r in t.routes where r.destination == "
                        "172.{}.{}.0/24 and r.state == \"active\"\n  message \"{{t}} has a route\"\n}}\n",
                        16 + n / 256 % 16, n % 256);
    case 5:
      return head + fmt::format(
                        "  for e in aws.network_interface\n  require e.interface_type not like \"old-{}*\"\n  message "
                        "\"{{e}} is of an old type\"\n}}\n",
                        n);
    case 6:
      return head + fmt::format(
                        "  for b in aws.s3_bucket\n  where b.id matches \"^legacy-{}-[a-z]+$\"\n  require exists p in "
                        "aws.s3_public_access_block where p.bucket == b and p.block_public_acls\n  message \"{{b}} is "
                        "open\"\n}}\n",
                        n);
    case 7:
      return head + fmt::format(
                        "  for role in aws.iam_role\n  require count(f in aws.lambda_function where f.role == role) < "
                        "{}\n  message \"{{role}} is shared\"\n}}\n",
                        1000 + n);
    case 8:
      return head + fmt::format(
                        "  for v in aws.vpc\n  require every s in v.subnets satisfies s.cidr_block is absent or "
                        "prefix_length(s.cidr_block) != {}\n  message \"{{v}} has an odd subnet\"\n}}\n",
                        29 + n % 4);
    default:
      return head + fmt::format(
                        "  for a in aws.network_acl\n  let hit = first e in a.entries by e.rule_number where not "
                        "e.egress and (e.from_port ?? 0) <= {0} and (e.to_port ?? 65535) >= {0} and is_world(e.cidr)\n"
                        "  require hit is absent "
                        "or hit.action "
                        "== \"deny\"\n  message \"{{a}} lets the world in\"\n}}\n",
                        20000 + n);
  }
}

}  // namespace

std::string ManyRules(int num_rules) {
  std::string text = "package many\n\nimport aws\nimport aws.network as net\n\n";
  for (int n = 0; n < num_rules; ++n) text += OneRule(n) + "\n";
  return text;
}

}  // namespace bylaw::bench

// The examples of the language's design in their final spelling, each a file of its own. Parser and formatter are
// tested with them.
#pragma once

#include <string_view>
#include <vector>

namespace bylaw::compiler {

struct Example {
  std::string_view name;
  std::string_view text;
};

inline const std::vector<Example>& Examples() {
  static const std::vector<Example> examples = {
      {"flagship", R"(package org.network

import aws
import aws.network as net

rule no_public_subnet_without_egress_only_gateway {
  id        "NET-001"
  title     "No public subnet without an egress-only gateway"
  severity  high
  controls  "nist-800-53-r5:SC-7"

  for subnet in aws.subnet
  where net.is_public(subnet)
  require exists gateway in aws.egress_only_internet_gateway
          where gateway.vpc == subnet.vpc

  message "{subnet} is public, and {subnet.vpc} has no egress-only gateway"
  fix     "Create an egress-only internet gateway in {subnet.vpc} and route ::/0 to it."
}
)"},
      {"model", R"(model aws.subnet {
  key id: string like "subnet-*"
  vpc: aws.vpc                                  // a reference: an edge of the graph
  cidr_block: cidr?
  map_public_ip_on_launch: bool = false         // the provider's default when it is not set
  tags: map<string> = {}

  from terraform      "aws_subnet"       { vpc = vpc_id }       // same name: taken as it is
  from cloudformation "AWS::EC2::Subnet" { vpc = VpcId }        // PascalCase and camelCase fold by themselves
  from aws_config     "AWS::EC2::Subnet" { id = subnetId; vpc = vpcId }
  from aws_cli        "Subnets"          { id = SubnetId, vpc = VpcId }
}

model aws.route {
  table: aws.route_table
  destination: ipset
  from terraform "aws_route_table".route as r where r.cidr_block is present {
    table = this
    destination = r.cidr_block ?? r.ipv6_cidr_block
  }
  from terraform "aws_security_group".ingress as i, c in i.cidr_blocks { destination = c }
}

model aws.route_table { key id: string  routes: list<aws.route> via table }
model workload = kubernetes.pod | kubernetes.deployment
model kubernetes.container { name: string  security_context: { privileged: bool?, run_as_user: int? }? }
model bucket { key name: string  status: "Enabled" | "Suspended"  mode: ("a" | "b")? }
)"},
      {"tests and waivers", R"(test "a private subnet is not judged" {
  given {
    aws.vpc { id: "vpc-1" }
    aws.subnet { id: "subnet-1", vpc: "vpc-1" }
  }
  expect no_public_subnet_without_egress_only_gateway not applicable for "subnet-1"
}
test "the plan of the demo" { given "fixtures/plan.json"  expect NET-001 fails for "aws_subnet.public[0]" }

waive NET-001 for "aws_subnet.legacy*" until 2027-03-31
  because "migration ticket PLAT-1312" by "network-team"
)"},
      {"1 effective routes", R"(package aws.network
import aws

/// The route table in force: the explicit association, else the VPC's main table, which every VPC has.
define route_table(subnet: aws.subnet): aws.route_table =
  (one a.route_table for a in aws.route_table_association where a.subnet == subnet)
  ?? (one t for t in aws.route_table where t.vpc == subnet.vpc and t.is_main)
  ?? unknown "the main route table of {subnet.vpc} is not in the snapshot"

/// The addresses that a table sends to an internet gateway.
define internet_range(table: aws.route_table): ipset =
  union(r.destination - shadow(table, r) for r in table.routes
        where r.state == "active" and r.target is aws.internet_gateway)

define shadow(table: aws.route_table, r: aws.route): ipset =
  union(o.destination for o in table.routes
        where o.target is not aws.internet_gateway and prefix_length(o.destination) > prefix_length(r.destination))

/// Public, in AWS's own words: a route to an internet gateway.
define is_public(subnet: aws.subnet): bool =
  overlaps(internet_range(route_table(subnet)), public_addresses)
)"},
      {"2 recursion", R"(/// a can open a connection to something in b, through any number of groups.
define reaches(a: aws.security_group, b: aws.security_group): bool =
  (exists r in b.ingress where r.source_group == a)
  or (exists m in aws.security_group where reaches(a, m) and reaches(m, b))

rule database_not_reachable_from_the_internet {
  id "NET-019"  severity high
  title "No chain of security groups leads from the internet to a database"
  for db in aws.rds_instance, inner in db.security_groups
  forbid exists outer in aws.security_group
         where opens_to_world(outer) and (outer == inner or reaches(outer, inner))
  message "{db}: the internet reaches it through {outer}"          // a witness variable may be named in the message
}
)"},
      {"3 first match", R"(rule nacl_blocks_remote_admin {
  id "NET-006"  severity medium  controls "cis-aws-3.0.0:5.1"
  for acl in aws.network_acl, port in admin_ports
  let hit = first e in acl.entries by e.rule_number
            where not e.egress and e.protocol in {"tcp", "-1"} and port in e.ports and is_world(e.cidr)
  require hit is absent or hit.action == "deny"
}
param admin_ports: set<int> = {22, 3389}
)"},
      {"4 joins and aggregates", R"(rule one_role_one_function {
  for role in aws.iam_role
  let users = [f for f in aws.lambda_function where f.role == role]
  where count(users) > 0
  require count(users) == 1
  message "{role} is shared by {join(users, \", \")}"
}

rule every_region_watched {
  for account in accounts, region in account.regions
  require exists d in aws.guardduty_detector where d.account == account and d.region == region and d.enabled
}

rule az_balance {
  for vpc in aws.vpc
  let by_zone = group s in aws.subnet where s.vpc == vpc by s.availability_zone
  require count(by_zone) >= 2 or count(s in aws.subnet where s.vpc == vpc) < 2
}
)"},
      {"5 a table of facts",
       R"(model log_pattern { key name: string  control: string  pattern: string   from data "cis_log_patterns.csv" }

rule cis_log_alarm {
  for account in accounts, p in log_pattern
  require exists trail in aws.cloudtrail, f in aws.log_metric_filter, alarm in aws.cloudwatch_alarm, t in aws.sns_subscription
          where trail.account == account and trail.multi_region and trail.is_logging
            and f.log_group == trail.log_group and same_pattern(f.pattern, p.pattern)
            and alarm.metric == f.metric and alarm.actions contains t.topic
  controls "{p.control}"
}
)"},
      {"6 policy documents", R"(rule no_admin_policy {
  id "IAM-011"  severity high
  for policy in aws.iam_policy
  where policy.attachment_count > 0 and not policy.aws_managed
  forbid grants_admin(policy.document)
  message "{policy} allows every action on every resource"
}
)"},
      {"7 containers", R"(rule no_privileged_container {
  id "K8S-B03"  severity high  controls "pss-baseline"
  for c in kubernetes.container            // containers, initContainers, ephemeralContainers of all workload kinds
  forbid c.security_context.privileged ?? false
  message "{c.workload}: container {c.name} is privileged"
}
)"},
      {"8 vulnerable images", R"(param sla: map<duration> = {"critical": 15d, "high": 30d, "medium": 90d}

rule fixable_vulnerability_past_its_deadline {
  for v in scan.vulnerability
  where v.fixed_version is present and sla[v.severity] is present
    and (exists w in workload where w.images contains v.image)
  require now - (v.published ?? v.first_seen) <= sla[v.severity]
  message "{v.image} runs with {v.id} in {v.package}; {v.fixed_version} fixes it"
}
)"},
      {"9 owner tag", R"(rule owner_tag {
  for r in resources where r.taggable
  require r.tags["owner"] is present and r.tags["owner"] matches "^[a-z-]+@example\\.com$"
}
)"},
      {"10 untyped", R"(rule foo_enabled {
  for x in terraform.aws_foo_thing
  require x.settings.enabled == true       // absent or not a bool: unknown, with the path
}
define nested(): list<json> = [x for x in cloudformation["AWS::X::Y"] where x.in.for.where is absent]
)"},
      {"11 tests", R"(test "split default route makes a subnet public" {
  given {
    aws.vpc v { }
    aws.internet_gateway g { vpc: v }
    aws.route_table t { vpc: v, is_main: true,
      routes: [ {destination: 0.0.0.0/1, target: g}, {destination: 128.0.0.0/1, target: g} ] }
    aws.subnet s { vpc: v }
  }
  expect NET-001 fails for s with message "*no egress-only gateway*"
  expect net.is_public(s) == true
}
test "unknown when the gateway list was not exported" {
  given "fixtures/describe-without-eigw/"
  expect NET-001 unknown for "subnet-0a" because "describe-egress-only-internet-gateways"
}
given two_vpcs {
  aws.vpc a { }
  aws.vpc b { }
}
test "shared set-up and settings" {
  given two_vpcs
  given max_key_age = 30d
  given now = 2027-01-01T00:00:00Z
  expect NET-001 passes
  expect S3-009 waived for "bucket"
}
)"},
      {"12 waivers",
       R"(waive NET-001 for "aws_subnet.legacy*" until 2027-03-31 because "PLAT-1312, being drained" by "network-team"
waive S3-009 for b in aws.s3_bucket where b.tags["tier"] == "scratch" until 2027-06-30 because "scratch data, kept for a day"
waive S3-010 for "x" until never because "by design"
)"},
      {"every expression", R"(define literals(): list<json> =
  [true, false, 1_000, -5, 1.5, -2.5e3, "text", 90d, -15m, 500ms, 1w, 2027-03-31, 2027-03-31T10:00:00Z, 10.0.0.0/8, 10.0.0.1,
   2000::/3, ::/0, fe80::1, v1.30.2, {}, {1, 2,}, {"k": 1,}, []]
define operators(a: int, b: int, c: bool): bool =
  (not c and a + b * -a - b / a % 2 >= 3) or (a not in {1} and "x" like "y*") or ("x" not matches "y" and a in [1] and [1] contains a)
define queries(): bool =
  (no x in xs, y in x.ys where x.a != y.b) and (every x in xs where x.a satisfies x.b < 2)
  and sum(x.size for x in xs) > max(x.size for x in xs where x.ok) and {k: v for k in ks, v in vs} is absent
  and {x for x in xs} == {y for y in ys where true} and min(xs) <= avg(x for x in xs)
define choice(a: int): string = if a > 1 then "many" else if a == 1 then "one" else unknown "negative: {a}"
define stepwise(a: int): int =
  let b = a + 1;
  let c = b * 2;
  b + c
define constant = 3
)"},
      {"words as names", R"(model thing {
  key id: string
  key: string
  from: string
  type: string
  message: string
  first: int
  group: int
  by: string
  as: string
  via: string
  title: string
  rule: string
  model: string
  from terraform "thing" { key = key; from = from; type = type; message = message; first = first; group = group; by = by }
}
define f(first: thing, group: thing): json = {"first": first.first, "where": group.where.for.and.in, "id": first.id}
)"},
  };
  return examples;
}

}  // namespace bylaw::compiler

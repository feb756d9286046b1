"""The surface report: what is behind each workload, with numbers that can be counted by hand."""
import json
import os
import tempfile
import unittest

from estate import run

POLICY = """
package company

import aws

rule subnets { id "CO-1"  severity high  for s in aws.subnet require not s.map_public_ip_on_launch message "x" }
rule groups { id "CO-2"  severity low  for g in aws.security_group require g.name != "" forbid g.name == "default" message "x" }
rule roles { id "CO-3"  for r in aws.iam_role require r.path == "/" message "x" }
rule tables { id "CO-4"  for t in aws.dynamodb_table require t.id != "orders" message "x" }
rule snapshots { id "CO-5"  for s in aws.sns_topic require s.arn != "" message "x" }
"""

TEMPLATE = {
    "Resources": {
        "Net": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "A": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Net"}, "CidrBlock": "10.0.0.0/24", "MapPublicIpOnLaunch": True}},
        "B": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Net"}, "CidrBlock": "10.0.1.0/24"}},
        "Web": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": {"Ref": "Net"}, "GroupName": "web", "GroupDescription": "web"}},
        "TaskRole": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/", "AssumeRolePolicyDocument": {"Statement": []}}},
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {"TaskRoleArn": {"Fn::GetAtt": ["TaskRole", "Arn"]}, "ContainerDefinitions": [{"Name": "app", "Image": "example.com/shop:1"}]},
        },
        "Service": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "TaskDefinition": {"Ref": "Task"},
                "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [{"Ref": "A"}, {"Ref": "B"}], "SecurityGroups": [{"Ref": "Web"}]}},
                "Tags": [{"Key": "team", "Value": "shop"}],
            },
        },
        "FunctionRole": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/jobs/", "AssumeRolePolicyDocument": {"Statement": []}}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]},
                "VpcConfig": {"SubnetIds": [{"Ref": "B"}], "SecurityGroupIds": []},
                "Code": {"ZipFile": "x"},
                "Tags": [{"Key": "team", "Value": "reports"}],
            },
        },
        "Orders": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders"}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
    }
}

SCAN = {
    "SchemaVersion": 2,
    "ArtifactName": "example.com/shop:1",
    "ArtifactType": "container_image",
    "Results": [
        {
            "Target": "debian",
            "Vulnerabilities": [
                {"VulnerabilityID": "CVE-1", "PkgName": "curl", "InstalledVersion": "1", "FixedVersion": "2", "Severity": "HIGH", "PublishedDate": "2025-01-01T00:00:00Z"},
                {"VulnerabilityID": "CVE-2", "PkgName": "curl", "InstalledVersion": "1", "Severity": "LOW", "PublishedDate": "2026-05-30T00:00:00Z"},
                {"VulnerabilityID": "CVE-1", "PkgName": "libcurl", "InstalledVersion": "1", "FixedVersion": "2", "Severity": "HIGH", "PublishedDate": "2025-01-01T00:00:00Z"},
            ],
        }
    ],
}


def counts(scope, *keys):
    return tuple(scope["counts"][key] for key in keys)


class Surface(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name
        for name, text in [("policy.bylaw", POLICY), ("template.json", json.dumps(TEMPLATE)), ("scan.json", json.dumps(SCAN))]:
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)

    def tearDown(self):
        self.temporary.cleanup()

    def surface(self, *arguments, status=0):
        return run("report", "surface", "template.json", "scan.json", "-p", "policy.bylaw", "--now", "2026-06-01", *arguments, cwd=self.folder, status=status)

    def test_counts(self):
        report = json.loads(self.surface("--format", "json").stdout)
        container, serverless = report["stacks"]
        # Net, A, B, Web, TaskRole, Task, Service, and the scanned image; a setting each of A (fails), B and TaskRole, two of Web and of the group `default` (fails) that Net comes with.
        self.assertEqual(counts(container, "workloads", "resources", "settings", "failing"), (1, 8, 7, 2))
        self.assertEqual(container["counts"]["failing_by_severity"], {"critical": 0, "high": 1, "medium": 0, "low": 1, "info": 0})
        self.assertEqual(counts(container, "packages", "vulnerabilities", "fixable", "old"), (2, 2, 1, 1))
        # Function, FunctionRole, B, Net, Orders; a setting each of FunctionRole (fails), B, and Orders (fails), two of Net's group `default` (one fails).
        self.assertEqual(counts(serverless, "workloads", "resources", "settings", "failing"), (1, 5, 5, 3))
        self.assertEqual(counts(serverless, "packages", "vulnerabilities"), (0, 0))
        self.assertEqual(counts(report["shared"], "resources", "settings"), (2, 3))
        # Topic, whose ARN nobody knows yet.
        self.assertEqual(counts(report["elsewhere"], "resources", "settings", "undecided"), (1, 1, 1))
        self.assertEqual([(w["address"], w["stack"], w["team"], *counts(w, "resources", "settings")) for w in report["workloads"]],
                         [("Service", "container", "shop", 8, 7), ("Function", "serverless", "reports", 4, 4)])
        self.assertEqual([(t["name"], *counts(t, "workloads", "settings")) for t in report["teams"]], [("reports", 1, 4), ("shop", 1, 7)])

    def test_same_for_any_number_of_threads(self):
        one, many = (self.surface("--format", "json", "--jobs", jobs).stdout for jobs in ("1", "7"))
        self.assertEqual(one, many)

    def test_formats(self):
        text = self.surface("--format", "text", "--format", "html=s.html").stdout
        self.assertRegex(text, r"settings with a rule +7 +5 +3 +1\n")
        self.assertLessEqual(max(map(len, text.split("\n"))), 80)
        with open(os.path.join(self.folder, "s.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertIn("<td>Service</td><td>AWS::ECS::Service</td><td>container</td>", page)
        self.assertIn("script-src 'none'", page)

    def test_errors(self):
        ran = self.surface("--format", "yaml", status=3)
        self.assertIn("there is no format `yaml`", ran.stderr)
        self.assertEqual(ran.stdout, "")
        ran = run("report", "surface", "missing.json", cwd=self.folder, status=3)
        self.assertIn("missing.json", ran.stderr)


if __name__ == "__main__":
    unittest.main()

"""`bylaw schema`: models from a provider's schema, from the CloudFormation registry and from a snapshot; they are formatted, they compile, and a rule over them judges."""
import json
import os
import unittest

from estate import InFolder, run, write_plan

PROVIDERS = {"format_version": "1.0", "provider_schemas": {"registry.terraform.io/hashicorp/aws": {"resource_schemas": {
    "aws_msk_cluster": {"version": 0, "block": {
        "description": "A managed\nKafka   cluster.",
        "attributes": {
            "id": {"type": "string", "computed": True},
            "cluster_name": {"type": "string", "required": True},
            "number_of_broker_nodes": {"type": "number", "required": True},
            "enhanced_monitoring": {"type": "string", "optional": True, "computed": True},
            "in": {"type": "string", "optional": True},
            "zones": {"type": ["set", "string"], "optional": True},
            "computed_zones": {"type": ["list", "string"], "computed": True},
            "anything": {"type": "dynamic", "optional": True},
            "pair": {"type": ["object", {"left": "string", "right": ["list", "bool"]}], "optional": True},
            "pairs": {"type": ["list", ["object", {"left": "string"}]], "optional": True},
            "of_pairs": {"type": ["map", ["object", {"left": "string"}]], "optional": True},
            "nested": {"nested_type": {"nesting_mode": "single", "attributes": {"deep": {"type": "bool", "optional": True}}}, "optional": True},
            "tags": {"type": ["map", "string"], "optional": True, "description": "What it is \"for\"."}},
        "block_types": {
            "encryption_info": {"nesting_mode": "list", "max_items": 1, "block": {
                "attributes": {"key": {"type": "string", "optional": True}},
                "block_types": {"in_transit": {"nesting_mode": "list", "max_items": 1, "block": {"attributes": {"in_cluster": {"type": "bool", "optional": True}}}},
                                "log": {"nesting_mode": "list", "block": {"attributes": {"name": {"type": "string", "required": True}}}}}}},
            "listener": {"nesting_mode": "set", "block": {
                "attributes": {"port": {"type": "number", "required": True}, "cluster_name": {"type": "string", "optional": True}},
                "block_types": {"client": {"nesting_mode": "list", "block": {"attributes": {"cidr": {"type": "string", "optional": True}}}}}}}}}},
    "aws_msk_topic": {"version": 0, "block": {"attributes": {"name": {"type": "string", "required": True}}}}}}}}

BUCKET = {"typeName": "AWS::Demo::Bucket", "description": "A bucket.", "additionalProperties": False,
          "definitions": {"Rule": {"type": "object", "properties": {"Status": {"type": "string", "enum": ["Enabled", "Disabled"]}, "Days": {"type": "integer"}, "Filters": {"type": "array", "items": {"$ref": "#/definitions/Filter"}}}, "required": ["Status"]},
                          "Filter": {"type": "object", "properties": {"Prefix": {"type": "string"}}},
                          "Tag": {"type": "object", "properties": {"Key": {"type": "string"}, "Value": {"type": "string"}}},
                          "Tree": {"type": "object", "properties": {"Name": {"type": "string"}, "Left": {"$ref": "#/definitions/Tree"}}}},
          "properties": {"BucketName": {"type": "string"}, "KMSKeyARNs": {"type": "array", "uniqueItems": True, "items": {"type": "string"}}, "VPCId": {"type": "string"},
                         "Lifecycle": {"type": "object", "properties": {"Rules": {"type": "array", "items": {"$ref": "#/definitions/Rule"}}, "Mode": {"type": "string"}}},
                         "Policy": {"type": ["object", "string"]}, "Created": {"type": "string", "format": "date-time"}, "Tree": {"$ref": "#/definitions/Tree"},
                         "Labels": {"type": "object", "patternProperties": {".*": {"type": "string"}}}, "Tags": {"type": "array", "items": {"$ref": "#/definitions/Tag"}}, "Arn": {"type": "string"}},
          "required": ["BucketName", "Arn"], "readOnlyProperties": ["/properties/Arn"], "primaryIdentifier": ["/properties/BucketName"]}


class Schema(InFolder):
    def setUp(self):
        super().setUp()
        self.write("providers.json", json.dumps(PROVIDERS))
        self.write("bucket.json", json.dumps(BUCKET))

    def bylaw(self, *arguments, status=None):
        return run(*arguments, cwd=self.folder, status=status)

    def models(self, *arguments, out="rules/model.bylaw"):
        """Writes the models; they are formatted and compile."""
        os.makedirs(os.path.join(self.folder, "rules"), exist_ok=True)
        self.bylaw("schema", *arguments, "-o", out, status=0)
        self.bylaw("fmt", "--check", out, status=0)
        self.bylaw("compile", out, "-o", "out.bylawc", status=0)
        with open(os.path.join(self.folder, out), encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text, self.bylaw("schema", *arguments, status=0).stdout)
        return text

    def plan(self, resources):
        changes = [{"address": f"{type}.{name}", "mode": "managed", "type": type, "name": name, "provider_name": "registry.terraform.io/hashicorp/aws",
                    "change": {"actions": ["create"], "before": None, "after": after, "after_unknown": {}, "before_sensitive": False, "after_sensitive": {}}} for type, name, after in resources]
        write_plan(os.path.join(self.folder, "plan.json"), changes)

    def test_terraform(self):
        text = self.models("providers.json", "--type", "aws_msk_cluster")
        for line in ["/// A managed Kafka cluster.", "model aws_msk_cluster {", "  key id: string", "  cluster_name: string", "  number_of_broker_nodes: float", "  enhanced_monitoring: string?",
                     "  zones: set<string> = {}", "  computed_zones: list<string>?", "  anything: json?", "  pairs: list<aws_msk_cluster_pairs> via parent", "  of_pairs: json?",
                     "  tags: map<string> = {}", "  listener: list<aws_msk_cluster_listener> via parent", "  encryption_info_log: list<aws_msk_cluster_encryption_info_log> via parent",
                     "model aws_msk_cluster_listener {", "  client: list<json> = []", '  // "in": no mapping can name a key that is written so']:
            self.assertIn(line + "\n", text)
        self.assertIn('from terraform "aws_msk_cluster".listener as r {', text)
        self.assertNotIn("aws_msk_topic", text)
        self.assertNotIn("What it is", text)
        self.assertIn('/// What it is "for".', self.models("providers.json", "--type", "aws_msk_cluster", "--docs"))

    def test_a_rule_over_terraform(self):
        self.models("providers.json", "--type", "aws_msk_cluster", "--package", "kafka")
        self.write("rules/rules.bylaw", """package rules
import kafka
rule listeners {
  id "K-1"  title "t"
  for l in kafka.aws_msk_cluster_listener
  require l.port != 9092 and (l.cluster_name ?? "none") == "none"
  message "{l.parent.cluster_name} listens on {l.port}"
}
rule clusters {
  id "K-2"  title "t"
  for c in kafka.aws_msk_cluster
  require (c.encryption_info.in_transit.in_cluster ?? false) and count(c.listener) == 2 and c.tags["owner"] == "me"
  require every log in c.encryption_info_log satisfies log.name != "bad"
  message "{c}"
}
""")
        self.plan([("aws_msk_cluster", "good", {"id": "a", "cluster_name": "good", "number_of_broker_nodes": 3, "encryption_info": [{"in_transit": [{"in_cluster": True}], "log": [{"name": "fine"}]}],
                                                "listener": [{"port": 1}, {"port": 2}], "tags": {"owner": "me"}}),
                   ("aws_msk_cluster", "bad", {"id": "b", "cluster_name": "bad", "number_of_broker_nodes": 3, "encryption_info": [{"in_transit": [{"in_cluster": True}], "log": [{"name": "bad"}]}],
                                               "listener": [{"port": 9092}, {"port": 2}], "tags": {"owner": "me"}})])
        report = json.loads(self.bylaw("check", "plan.json", "-p", "rules", "--format", "json", status=1).stdout)
        self.assertEqual([(result["rule"], result["clause"], result["message"]) for result in report["results"]], [("K-1", 1, "bad listens on 9092.0"), ("K-2", 2, "aws_msk_cluster.bad")])

    def test_cloudformation(self):
        text = self.models("bucket.json")
        for line in ["model aws_demo_bucket {", "  key id: string", "  bucket_name: string", "  kms_key_arns: set<string> = {}", "  vpc_id: string?", "  lifecycle: { mode: string? }?", "  policy: json?", "  created: time?",
                     "  labels: map<string> = {}", "  tags: map<string> = {}", "  arn: string?", "  tree: { left: json?, name: string? }?", '  status: "Enabled" | "Disabled"', "  days: int?", "  filters: list<json> = []"]:
            self.assertIn(line + "\n", text)
        self.assertIn("kms_key_arns = KMSKeyARNs", text)
        self.assertIn("vpc_id = VPCId", text)
        self.assertNotIn("bucket_name = ", text)
        self.write("rules/rules.bylaw", """package rules
import schema
rule rules {
  id "B-1"  title "t"
  for r in schema.aws_demo_bucket_lifecycle_rules
  require r.status == "Enabled" and r.parent.kms_key_arns == {"k"} and r.parent.vpc_id == "vpc-1" and r.parent.tags["a"] == "b"
  message "{r.parent.bucket_name}"
}
""")
        bucket = {"BucketName": "b", "KMSKeyARNs": ["k"], "VPCId": "vpc-1", "Tags": [{"Key": "a", "Value": "b"}]}
        template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {
            "Good": {"Type": "AWS::Demo::Bucket", "Properties": {**bucket, "Lifecycle": {"Rules": [{"Status": "Enabled"}]}}},
            "Bad": {"Type": "AWS::Demo::Bucket", "Properties": {**bucket, "Lifecycle": {"Rules": [{"Status": "Enabled"}, {"Status": "Disabled"}]}}}}}
        self.write("template.json", json.dumps(template))
        report = json.loads(self.bylaw("check", "template.json", "-p", "rules", "--format", "json", "--all", status=1).stdout)
        self.assertEqual(sorted(result["verdict"] for result in report["results"]), ["fail", "pass", "pass"])

    def test_a_folder_of_the_registry(self):
        self.write("registry/aws-demo-bucket.json", json.dumps(BUCKET))
        self.write("registry/aws-demo-box.json", json.dumps({**BUCKET, "typeName": "AWS::Demo::Box"}))
        text = self.models("registry")
        self.assertLess(text.index("model aws_demo_box {"), text.index("model aws_demo_bucket {"))
        self.assertNotIn("aws_demo_bucket", self.models("registry", "--type", "*::Box"))

    def test_a_snapshot(self):
        self.plan([("aws_foo_thing", "a", {"name": "a", "size": 3, "ratio": 1, "on": True, "made": "2026-01-01T00:00:00Z", "settings": {"deep": {"level": 1}, "note": None}, "rules": [{"port": 1, "name": "x"}, {"port": 2, "name": None}],
                                           "zones": ["a"], "tags": {"Name": "a"}, "odd-key": "x", "mixed": 1, "empty": []}),
                   ("aws_foo_thing", "b", {"name": "b", "size": 4, "ratio": 0.5, "on": False, "made": "2026-01-02T00:00:00Z", "settings": {"deep": {"level": 2}, "note": "n"}, "rules": [{"port": 22, "name": "y"}],
                                           "zones": [], "tags": {}, "mixed": "x", "empty": []}),
                   ("aws_subnet", "s", {"cidr_block": "10.0.0.0/24"})])
        text = self.models("plan.json")
        for line in ["model aws_foo_thing {", "  name: string", "  size: int", "  ratio: float", "  on: bool", "  made: time", "  settings: { deep: { level: int }, note: string? }", "  rules: list<aws_foo_thing_rules> via parent",
                     "  zones: list<string>", "  tags: map<string>", "  mixed: json?", "  empty: list<json>", "  port: int"]:
            self.assertIn(line + "\n", text)
        self.assertNotIn("aws_subnet", text)
        self.assertIn("model aws_subnet {", self.models("plan.json", "--type", "aws_subnet"))
        self.models("plan.json")
        self.write("rules/rules.bylaw", """package rules
import schema
rule things {
  id "F-1"  title "t"
  for t in schema.aws_foo_thing
  require t.size < 4 and t.settings.deep.level == 1 and t.made < 2026-01-02 and (no r in t.rules where r.port == 22)
  message "{t.name}"
}
""")
        report = json.loads(self.bylaw("check", "plan.json", "-p", "rules", "--format", "json", "--all", status=1).stdout)
        self.assertEqual([(result["verdict"], result["resource"]["address"]) for result in report["results"]], [("pass", "aws_foo_thing.a"), ("fail", "aws_foo_thing.b")])

    def test_a_snapshot_of_kubernetes(self):
        self.write("things.yaml", "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, labels: {app: x}}\nspec:\n  parts:\n  - {name: a, weight: 1}\n  size: 3\n")
        text = self.models("things.yaml", "--type", "Widget*")
        self.assertIn("spec_parts: list<", text)
        self.assertIn("spec: { size: int }", text)
        self.assertIn("labels: map<string>", text)

    def test_what_is_wrong(self):
        ran = self.bylaw("schema", "providers.json", "--type", "aws_msk_clutser", status=3)
        self.assertIn("`--type aws_msk_clutser` is no type in these inputs", ran.stderr)
        self.assertIn("did you mean `aws_msk_cluster`?", ran.stderr)
        self.assertEqual(ran.stdout, "")
        self.bylaw("schema", "missing.json", status=3)
        self.write("broken.json", '{"provider_schemas": {')
        self.bylaw("schema", "broken.json", status=3)
        self.bylaw("schema", "providers.json", "--package", "no package", status=3)
        self.plan([("aws_subnet", "s", {"cidr_block": "10.0.0.0/24"})])
        self.assertIn("there is a model for every type", self.bylaw("schema", "plan.json", status=3).stderr)
        many = {"format_version": "1.0", "provider_schemas": {"p": {"resource_schemas": {f"t_{i}": {"block": {"attributes": {"a": {"type": "string"}}}} for i in range(200)}}}}
        self.write("many.json", json.dumps(many))
        self.assertIn("the schema has 200 types", self.bylaw("schema", "many.json", status=3).stderr)
        self.assertIn("model t_199 {", self.bylaw("schema", "many.json", "--type", "t_*", status=0).stdout)


if __name__ == "__main__":
    unittest.main()

"""Inputs as users have them: in other encodings, packed, cut off, with keys twice, with something else in them than their names say.

Each is read right, or refused with one clear line.
"""
import gzip
import json
import os
import tempfile
import unittest

from estate import ROOT, run

SHOP = os.path.join(ROOT, "tests", "estates", "shop")


def text_of(*path):
    with open(os.path.join(SHOP, *path), encoding="utf-8") as file:
        return file.read()


PLAN, TEMPLATE = text_of("terraform_plan", "plan.json"), text_of("cloudformation", "template.yaml")
PLAN_IS = ("aws_", len(json.loads(PLAN)["resource_changes"]))
TEMPLATE_IS = ("AWS::", TEMPLATE.split("\nResources:\n")[1].count("\n    Type: AWS::"))
POLICY = 'package p\nrule named {\n  for r in resources\n  require r.address != ""\n  message "{r.type}"\n}\n'


class OddInputs(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)

    def run_on(self, name, data, *arguments, status=0):
        folder = self.temporary.name
        for file_name, content in ((name, data), ("policy.bylaw", POLICY)):
            with open(os.path.join(folder, file_name), "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
        return run(*(arguments or ("check", name, "-p", "policy.bylaw", "--all", "--format", "json")), cwd=folder, status=status)

    def check_read(self, name, data, expected):
        """`expected`: how the types of the resources begin, and how many there are."""
        with self.subTest(name):
            done = self.run_on(name, data)
            resources = [result["resource"] for result in json.loads(done.stdout)["results"]]
            self.assertEqual(len(resources), expected[1])
            self.assertEqual({resource["type"][: len(expected[0])] for resource in resources}, {expected[0]})
            return done

    def check_refused(self, name, data, line):
        with self.subTest(name):
            done = self.run_on(name, data, status=3)
            self.assertEqual(done.stdout, "")
            self.assertEqual(done.stderr.split("\n")[0], f"bylaw: error: {name}{line}")
            self.assertLessEqual(len(done.stderr.strip().split("\n")), 2)

    def test_encodings(self):
        self.check_read("bom.json", b"\xef\xbb\xbf" + PLAN.encode(), PLAN_IS)
        for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            self.check_read(encoding + ".json", PLAN.encode(encoding), PLAN_IS)
            self.check_read(encoding + "-bom.json", ("\ufeff" + PLAN).encode(encoding), PLAN_IS)
        self.check_read("utf-16.yaml", ("\ufeff" + TEMPLATE).encode("utf-16-le"), TEMPLATE_IS)
        self.check_read("crlf.yaml", TEMPLATE.replace("\n", "\r\n"), TEMPLATE_IS)
        self.check_refused("latin1.json", b'{"Vpcs":[{"VpcId":"a\xff\xfe"}]}', ":1:21: byte 0xFF is not valid UTF-8 here")

    def test_names_do_not_matter(self):
        for name in ("plan.yaml", "plan.txt", "plan", "plan.tfstate"):
            self.check_read(name, PLAN, PLAN_IS)
        for name in ("template.json", "template", "template.tf"):
            self.check_read(name, TEMPLATE, TEMPLATE_IS)

    def test_packed(self):
        packed = gzip.compress(PLAN.encode())
        self.check_read("plan.json.gz", packed, PLAN_IS)
        self.check_read("packed.json", packed, PLAN_IS)
        self.check_read("twice.json", gzip.compress(packed), PLAN_IS)
        self.check_refused("thrice.json", gzip.compress(gzip.compress(packed)), ": is packed more than twice over")
        self.check_refused("cut.json.gz", packed[:2000], ": is a gzip file that ends too early")
        bomb = gzip.compress(b" " * (300 << 20), 1)
        self.check_refused("bomb.json.gz", bomb, f": unpacks to more than {max(256 << 20, 200 * len(bomb))} bytes, from {len(bomb)}")

    def test_nothing_in_them(self):
        self.check_refused("empty.json", b"", ": is empty")
        self.check_refused("white.json", " \n\n", ": is empty (nothing but white space)")
        self.check_refused("bom.json", b"\xef\xbb\xbf", ": is empty (nothing but white space)")
        self.check_refused("comments.yaml", "# nothing\n", ": holds nothing but comments")
        self.check_refused("null.json", "null", ": unknown format: null")
        self.check_refused("object.json", "{}", ": unknown format: an empty object")

    def test_something_else_in_them(self):
        self.check_refused("page.json", "<!DOCTYPE html><html><body>403</body></html>", ":1:1: `<` where a value is expected")
        self.check_refused("log.json", "Refreshing state...\n" + PLAN, ":1:1: `Refreshing` where a value is expected")
        self.check_refused("picture.json", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ":1:1: byte 0x89 is not valid UTF-8 here")
        self.check_refused("text.json", json.dumps(PLAN), ": unknown format: a string that holds JSON")
        self.check_refused("zero.json", b'{"Vpcs":[{"VpcId":"a\x00b"}]}', ":1:21: control character U+0000 inside a string")

    def test_broken_json(self):
        self.check_refused("cut.json", PLAN[:5000], ":1:4989: a string that starts here is not closed before the text ends")
        self.check_refused("twice.json", PLAN + PLAN, ":2:1: a second JSON value after the plan")
        self.check_refused("comma.json", '{"Vpcs":[{"VpcId":"vpc-1"},]}', ":1:27: `,` before `]`")
        self.check_refused("comments.json", '// all\n{"Vpcs":[]}', ":1:1: `/` where a value is expected")
        self.check_refused("nan.json", '{"Vpcs":[{"VpcId":NaN}]}', ":1:19: `NaN` where a value is expected")
        self.check_refused("deep.json", '{"Vpcs":[{"x":' + "[" * 600 + "]" * 600 + "}]}", ":1:524: containers are nested deeper than 512 levels")

    def test_broken_yaml(self):
        self.check_refused("tab.yaml", "a:\n\tb: 1\n", ":2:1: is not valid YAML: tab character may not be used as indentation")
        self.check_refused("helm.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n", ":4:10: a key that is a mapping, where a text is expected")
        self.check_refused("if.yaml", "{{- if .Values.enabled }}\nkind: Service\n{{- end }}\n", ":1:2: a key that is a mapping, where a text is expected")
        bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        for before, own in zip("abcdefghijkl", "bcdefghijklm"):
            bomb += f"{own}: &{own} [{','.join(['*' + before] * 10)}]\n"
        self.check_refused("bomb.yaml", bomb, ":8:9: the anchors and aliases up to here stand for more than 64 MB")

    def test_anchors_merges_and_tags(self):
        merged = "Shared: &shared {Type: AWS::S3::Bucket}\nResources:\n  A:\n    <<: *shared\n    Properties: {BucketName: !Sub 'a-${AWS::Region}', X: !!binary aGk=, Y: !custom {a: 1}}\n"
        self.check_read("merged.yaml", merged, ("AWS::S3::Bucket", 1))

    def test_duplicate_keys(self):
        text = PLAN.replace('"after":{"assign_ipv6_address_on_creation":false,', '"after":{"map_public_ip_on_launch":true,"assign_ipv6_address_on_creation":false,', 1)
        self.assertNotEqual(text, PLAN)
        first = text.index('"map_public_ip_on_launch":true,"assign') + 1
        second = text.index('"map_public_ip_on_launch":false', first) + 1
        report = json.loads(self.run_on("twice.json", text, "inspect", "twice.json", "--format", "json").stdout)
        self.assertIn(f"twice.json:1:{second}: the key `map_public_ip_on_launch` stands here again, after 1:{first}; the last one counts", report["warnings"])

    def test_numbers_keep_their_digits(self):
        path = os.path.join(self.temporary.name, "numbers.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"items": [{"id": "a", "big": 9007199254740993, "huge": 123456789012345678901234567890}]}')
        policy = os.path.join(self.temporary.name, "p.bylaw")
        with open(policy, "w", encoding="utf-8") as file:
            file.write('package p\nrule r {\n  for i in json["items"]\n  require i.big == 9007199254740993\n  forbid i.big == 9007199254740992\n  require string(i.huge) == "123456789012345678901234567890"\n}\n')
        run("check", path, "-p", policy, status=0)

    def test_a_long_way_through_a_recursive_define(self):
        # The reason of a finding leads through all of it.
        length = 20000
        nodes = [{"name": f"n{i}", "next": f"n{i - 1}" if i else None, "bad": i == 0, "last": i == length - 1} for i in range(length)]
        resources = [{"mode": "managed", "type": "x_node", "name": node["name"], "provider": "x", "instances": [{"attributes": {"id": node["name"], **node}}]} for node in nodes]
        policy = """package p
model x.node {
  key name: string
  next: x.node?
  bad: bool = false
  last: bool = false
  from terraform "x_node" { name = name  next = next  bad = bad  last = last }
}
define leads_to(a: x.node, b: x.node): bool = (a.last and a.next == b) or (exists m in x.node where leads_to(a, m) and m.next == b)
rule r { for n in x.node where n.last forbid exists m in x.node where m.bad and leads_to(n, m) message "{n} leads to {m}" }
"""
        for name, text in (("policy.bylaw", policy), ("state.json", json.dumps({"version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "x", "outputs": {}, "resources": resources}))):
            with open(os.path.join(self.temporary.name, name), "w", encoding="utf-8") as file:
                file.write(text)
        done = run("check", "state.json", "-p", "policy.bylaw", "--format", "json", cwd=self.temporary.name, status=1)
        self.assertEqual([result["message"] for result in json.loads(done.stdout)["results"]], [f"x_node.n{length - 1} leads to x_node.n0"])

    def test_json_in_texts(self):
        items = [
            {"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1", "awsRegion": "eu-west-1", "configuration": json.dumps({"vpcId": "vpc-1"})},
            {"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-2", "awsRegion": "eu-west-1", "configuration": "{cut"},
        ]
        self.check_read("items.ndjson", "\n".join(json.dumps(item) for item in items), ("AWS::EC2::VPC", 2))
        self.check_refused("mixed.ndjson", json.dumps(items[0]) + "\nnot json\n", ":2:1: `not` where a value is expected")


if __name__ == "__main__":
    unittest.main()

"""Small Terraform plans and policies for the tests, and the command run over them."""
import json
import os
import subprocess
import tempfile
import unittest

BYLAW = os.environ["BYLAW"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

POLICY = """
package company

import aws

/// Machines started here get a public address that nobody asked for.
rule no_public_addresses {
  id       "CO-1"
  title    "Subnets do not assign public addresses by themselves"
  severity high
  controls "cis-aws-3.0.0:5.1", "nist-800-53-r5:SC-7"
  aliases  "AVD-AWS-0164"

  for subnet in aws.subnet
  forbid subnet.map_public_ip_on_launch

  message "{subnet} ({subnet.availability_zone}) gives every new machine a public address"
  fix     "Set map_public_ip_on_launch of {subnet} to false."
}

rule subnets_have_a_range {
  id       "CO-2"
  title    "Every subnet has an IPv4 range"
  severity low
  controls "cis-aws-3.0.0:5.2"

  for subnet in aws.subnet
  require subnet.cidr_block is present
  message "{subnet} has no range"
}
"""


def subnet(name, public=False, zone="eu-west-1a", index=None, module=None, unknown=(), sensitive=None, previous=None):
    address = f"aws_subnet.{name}" if index is None else f"aws_subnet.{name}[{json.dumps(index)}]"
    if module:
        address = f"module.{module}.{address}"
    after = {"availability_zone": zone, "cidr_block": "10.0.0.0/24", "map_public_ip_on_launch": public, "vpc_id": "vpc-1", "tags": {"Name": name}}
    for field in unknown:
        del after[field]
    change = {"actions": ["create"], "before": None, "after": after, "after_unknown": {field: True for field in unknown}, "before_sensitive": False, "after_sensitive": sensitive or {}}
    resource = {"address": address, "mode": "managed", "type": "aws_subnet", "name": name, "provider_name": "registry.terraform.io/hashicorp/aws", "change": change}
    if index is not None:
        resource["index"] = index
    if module:
        resource["module_address"] = "module." + module
    if previous:
        resource["previous_address"] = previous
    return resource


def write_plan(path, resources, indent=2):
    plan = {"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {}}, "resource_changes": resources, "configuration": {"root_module": {}}}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(plan, file, indent=indent, ensure_ascii=False)


def run(*arguments, cwd=None, status=None, environment=None, input=None):
    """Runs the command; with `status`, asserts it. Gives the finished process with text."""
    variables = {**os.environ, "TERM": "xterm", **(environment or {})}
    variables.pop("COLUMNS", None)
    done = subprocess.run([BYLAW, *arguments], cwd=cwd, capture_output=True, env=variables, input=input, timeout=60)
    done.stdout, done.stderr = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    assert status is None or done.returncode == status, (arguments, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done


class InFolder(unittest.TestCase):
    """A test with a folder of its own, `self.folder`, that is gone when it ends."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name

    def tearDown(self):
        self.temporary.cleanup()

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

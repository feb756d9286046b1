import pytest

import bylaw

POLICY = """
package org.web

import aws

model shop.disk {
  key id: string
  size_gb: int?
}

rule private_subnets {
  id "WEB-001"
  title "Subnets give no public addresses"
  severity high
  for s in aws.subnet
  forbid s.map_public_ip_on_launch
  message "{s} gives public addresses"
}

rule small_volumes {
  id "WEB-002"
  title "Volumes are small"
  severity low
  for v in shop.disk
  require (v.size_gb ?? 0) <= 100
  message "{v} has {v.size_gb ?? 0} GB"
}

rule known_vpc {
  id "WEB-003"
  title "The subnet's VPC is not the default one"
  severity medium
  for s in aws.subnet
  require not s.vpc.is_default
  message "{s} is in {s.vpc}"
}
"""


@pytest.fixture(scope="session")
def policies() -> bylaw.Policies:
    return bylaw.compile(text=POLICY)

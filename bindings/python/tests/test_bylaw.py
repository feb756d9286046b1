"""The package as programs use it."""

from __future__ import annotations

import concurrent.futures
import datetime
import inspect
import json
import pathlib
import subprocess
import threading
import time

import pytest

import bylaw

PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "planned_values": {
        "root_module": {
            "resources": [
                {"address": "aws_subnet.a", "mode": "managed", "type": "aws_subnet", "name": "a",
                 "values": {"cidr_block": "10.0.1.0/24", "map_public_ip_on_launch": True, "id": "subnet-a", "vpc_id": "vpc-1"}},
                {"address": "aws_vpc.main", "mode": "managed", "type": "aws_vpc", "name": "main", "values": {"id": "vpc-1", "cidr_block": "10.0.0.0/16"}},
            ]
        }
    },
    "resource_changes": [
        {"address": "aws_subnet.a", "mode": "managed", "type": "aws_subnet", "name": "a",
         "change": {"actions": ["create"], "before": None, "after": {"cidr_block": "10.0.1.0/24", "map_public_ip_on_launch": True, "id": "subnet-a", "vpc_id": "vpc-1"}, "after_unknown": {}}},
    ],
    "configuration": {"root_module": {}},
}

ROWS = {
    "aws.vpc": [{"address": "main", "id": "vpc-1", "is_default": False}],
    "aws.subnet": [{"address": "a", "id": "subnet-a", "vpc": "vpc-1", "map_public_ip_on_launch": True},
                   {"address": "b", "id": "subnet-b", "vpc": "vpc-1", "map_public_ip_on_launch": False}],
}


def found(report: bylaw.Report, verdict: str = "fail") -> list[tuple[str, str]]:
    return [(f.rule, f.address) for f in report if f.verdict == verdict]


def test_compile_load_check_a_document(policies: bylaw.Policies) -> None:
    report = policies.check(PLAN)
    assert ("WEB-001", "aws_subnet.a") in found(report)
    finding = next(f for f in report if f.rule == "WEB-001")
    assert (finding.verdict, finding.severity, finding.clause, finding.message) == ("fail", "high", 1, "aws_subnet.a gives public addresses")
    assert finding.model == "aws.subnet" and finding.type == "aws_subnet"
    assert len(finding.fingerprint) == 32 and not report.ok and report.worst == "high"
    assert report.counts.fail >= 1 and report.rules[0].id == "WEB-001" and report.rules[0].counts.fail == 1
    assert "fail WEB-001" in repr(finding)


def test_a_file_has_lines_and_a_document_agrees(policies: bylaw.Policies, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(PLAN, indent=1))
    by_path, by_bytes, by_document = policies.check(path), policies.check(path.read_bytes()), policies.check(PLAN)
    assert by_path[0].location.file == str(path) and by_path[0].location.line > 1
    assert [f.fingerprint for f in by_path] == [f.fingerprint for f in by_bytes] == [f.fingerprint for f in by_document]


def test_a_report_is_a_sequence(policies: bylaw.Policies) -> None:
    report = policies.check(rows=ROWS, all=True)
    assert len(report) == len(list(report)) > 2
    assert report[-1].fingerprint == list(report)[-1].fingerprint
    with pytest.raises(IndexError):
        report[len(report)]


def test_rows_as_mappings(policies: bylaw.Policies) -> None:
    report = policies.check(rows=ROWS)
    assert found(report) == [("WEB-001", "a")]
    assert not policies.rows(ROWS).warnings


def test_unknown_values_leave_a_cause(policies: bylaw.Policies) -> None:
    report = policies.check(rows={"aws.subnet": [{"address": "a", "map_public_ip_on_launch": bylaw.Unknown("the team has not said")}]})
    (finding,) = [f for f in report if f.rule == "WEB-001"]
    assert finding.verdict == "unknown" and any("the team has not said" in cause.reason for cause in finding.causes)
    assert any(f.verdict == "unknown" for f in policies.check(rows={"aws.subnet": [{"address": "a", "map_public_ip_on_launch": bylaw.UNKNOWN}]}))


def test_a_misspelt_field_is_a_warning(policies: bylaw.Policies) -> None:
    snapshot = policies.rows({"aws.subnet": [{"address": "a", "map_public_ip": True}]})
    assert snapshot.warnings == ["no policy reads `aws.subnet.map_public_ip`; is it spelt right?"]
    assert snapshot.check().warnings == snapshot.warnings


def test_errors_have_the_engines_text(policies: bylaw.Policies, tmp_path: pathlib.Path) -> None:
    with pytest.raises(bylaw.Error, match="`a`: `map_public_ip_on_launch`: `perhaps` is not a bool"):
        policies.rows({"aws.subnet": [{"address": "a", "map_public_ip_on_launch": "perhaps"}]})
    broken = tmp_path / "broken.json"
    broken.write_text('{"a": [1,\n 2')
    with pytest.raises(bylaw.Error) as caught:
        policies.check(broken)
    assert caught.value.file == str(broken) and caught.value.line == 2 and str(broken) in str(caught.value)
    with pytest.raises(bylaw.Error, match="bundle"):
        bylaw.load(b"no bundle")
    with pytest.raises(bylaw.Error, match="there is no rule `WEB-9`"):
        policies.rows(ROWS).check(rules=["WEB-9"])


def test_the_compilers_diagnostics_are_the_error() -> None:
    with pytest.raises(bylaw.Error, match="policy.bylaw"):
        bylaw.compile(text="package p\nrule r { for s in aws.subnett require true }")


def test_shipped_packs_compile() -> None:
    assert any(rule.startswith("NET-") for rule in bylaw.compile("network").rules)


def test_params_rules_and_now(policies: bylaw.Policies) -> None:
    aged = bylaw.compile(text='package p\nmodel shop.disk { key id: string\n size_gb: int? }\nparam most: int = 1\nrule r { id "P-1"\n title "t"\n severity low\n for v in shop.disk require (v.size_gb ?? 0) <= most\n message "{v} {now}" }')
    rows = {"shop.disk": [{"address": "v", "size_gb": 5}]}
    assert found(aged.check(rows=rows)) == [("P-1", "v")]
    assert found(aged.check(rows=rows, params={"p.most": 10})) == []
    assert "2026-03-01" in aged.check(rows=rows, now=datetime.date(2026, 3, 1))[0].message
    assert found(policies.rows(ROWS).check(rules=["WEB-003"])) == []


def test_with_row_changes_one_resource(policies: bylaw.Policies) -> None:
    snapshot = policies.rows(ROWS)
    changed = snapshot.with_row("aws.subnet", "b", {"map_public_ip_on_launch": True})
    assert found(changed.check()) == [("WEB-001", "a"), ("WEB-001", "b")]
    assert found(changed.check(only=[("aws.subnet", "b")])) == [("WEB-001", "b")]
    assert found(snapshot.check()) == [("WEB-001", "a")]
    again = changed.with_row("aws.subnet", "a", {"map_public_ip_on_launch": False})
    assert found(again.check()) == [("WEB-001", "b")]
    default = snapshot.with_row("aws.vpc", "main", {"is_default": True})
    assert found(default.check(only=[("aws.subnet", "a")])) == [("WEB-001", "a"), ("WEB-003", "a")]
    with pytest.raises(bylaw.Error, match="there is no `aws.subnet` at `c`"):
        snapshot.with_row("aws.subnet", "c", {})


def test_threads_share_a_snapshot(policies: bylaw.Policies) -> None:
    snapshot = policies.rows({"aws.subnet": [{"address": f"s{i}", "map_public_ip_on_launch": i % 3 == 0} for i in range(500)]})
    expected = found(snapshot.check())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(found(report) == expected for report in pool.map(lambda _: snapshot.check(), range(32)))
        ones = pool.map(lambda i: found(snapshot.with_row("aws.subnet", f"s{i}", {"map_public_ip_on_launch": True}).check(only=[("aws.subnet", f"s{i}")])), range(32))
        assert list(ones) == [[("WEB-001", f"s{i}")] for i in range(32)]


def test_the_gil_is_released(policies: bylaw.Policies) -> None:
    snapshot = policies.rows({"aws.subnet": [{"address": f"s{i}", "map_public_ip_on_launch": True} for i in range(20000)]})
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0)

    thread = threading.Thread(target=tick)
    thread.start()
    while ticks == 0:
        time.sleep(0)
    before = ticks
    snapshot.check()
    after = ticks
    done.set()
    thread.join()
    # With the GIL held the other thread would not have run at all in between, but for the two ends.
    assert after - before > 2


def test_limits_and_cancelling(policies: bylaw.Policies) -> None:
    snapshot = policies.rows(ROWS)
    canceller = bylaw.Canceller()
    canceller.cancel()
    with pytest.raises(bylaw.Error, match="cancelled"):
        snapshot.check(canceller=canceller)
    with pytest.raises(bylaw.Error, match="cancelled"):
        policies.check(PLAN, canceller=canceller)
    with pytest.raises(bylaw.Error, match="more than 10 bytes"):
        policies.snapshot(PLAN, max_bytes=10)


def test_context_only_inputs_are_not_judged(policies: bylaw.Policies) -> None:
    assert found(policies.check(bylaw.Input(PLAN, context_only=True))) == []


def test_everything_public_is_typed() -> None:
    folder = pathlib.Path(bylaw.__file__).parent
    assert (folder / "py.typed").exists()
    stub = (folder / "_native.pyi").read_text()
    for name in bylaw.__all__:
        thing = getattr(bylaw, name)
        if inspect.isclass(thing) and thing.__module__ == "bylaw._native":
            assert f"class {name}" in stub, name
    for function in (bylaw.load, bylaw.compile, bylaw.check, bylaw.Policies.rows, bylaw.Snapshot.check, bylaw.Snapshot.with_row):
        hints = inspect.signature(function)
        assert hints.return_annotation is not inspect.Signature.empty
        assert all(p.annotation is not inspect.Parameter.empty for p in hints.parameters.values() if p.name != "self")


def test_a_signed_bundle_is_taken_when_its_key_is_the_one(tmp_path: pathlib.Path) -> None:
    def command(*arguments: str) -> None:
        subprocess.run([bylaw._command()[0], *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "own.bylaw").write_text('package own\nimport aws\nrule named { id "OWN-1" for s in aws.subnet require s.cidr_block is present message "{s}" }\n')
    command("keygen", "one")
    command("keygen", "two")
    command("compile", "own.bylaw", "-o", "plain.bylawc")
    command("compile", "own.bylaw", "--sign", "one.key", "-o", "own.bylawc")
    one, two = (tmp_path / "one.pub").read_text(), (tmp_path / "two.pub").read_text()
    assert bylaw.load(tmp_path / "own.bylawc", signed_by=one).rules == ["OWN-1"]
    changed = bytearray((tmp_path / "own.bylawc").read_bytes())
    assert bylaw.load(bytes(changed), signed_by=one).rules == ["OWN-1"]
    changed[len(changed) // 2] ^= 1
    for bundle, key, said in [(tmp_path / "plain.bylawc", one, "is not signed"), (tmp_path / "own.bylawc", two, "is signed by the key"), (bytes(changed), one, "does not match"),
                              (tmp_path / "own.bylawc", "", "is no key of bylaw")]:
        with pytest.raises(bylaw.Error, match=said):
            bylaw.load(bundle, signed_by=key)


def test_the_first_results_of_a_rule(policies: bylaw.Policies) -> None:
    rows = [{"address": f"subnet-{i * 37 % 100:02}", "id": f"subnet-{i}", "vpc": "vpc-1", "map_public_ip_on_launch": True} for i in range(100)]
    snapshot = policies.rows({**ROWS, "aws.subnet": rows})
    whole, first = snapshot.check(), snapshot.check(max_results_per_rule=3)
    assert [f.address for f in first if f.rule == "WEB-001"] == ["subnet-00", "subnet-01", "subnet-02"] == [f.address for f in whole if f.rule == "WEB-001"][:3]
    assert first.counts.fail == whole.counts.fail == 100


def test_inline_waivers_hold_where_they_are_allowed(policies: bylaw.Policies) -> None:
    subnet = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "MapPublicIpOnLaunch": True},
              "Metadata": {"bylaw": {"waive": [{"rule": "WEB-001", "because": "PLAT-1", "until": "2026-06-30"}]}}}
    snapshot = policies.snapshot({"Resources": {"Logs": subnet}})
    now = datetime.date(2026, 6, 1)
    assert ("WEB-001", "Logs") in found(snapshot.check(now=now))
    report = snapshot.check(now=now, inline_waivers=True)
    assert found(report, "waived") == [("WEB-001", "Logs")]
    (waiver,) = [f.waiver for f in report if f.verdict == "waived"]
    assert (waiver.because, waiver.is_inline, waiver.location.line) == ("PLAT-1", True, 1)
    assert ("WEB-001", "Logs") in found(snapshot.check(now=datetime.date(2026, 7, 1), inline_waivers=True))

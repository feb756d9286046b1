"""Tables of pyarrow and data frames of pandas as rows."""

from __future__ import annotations

import datetime

import pytest

import bylaw

pa = pytest.importorskip("pyarrow")

from test_bylaw import ROWS, found  # noqa: E402


def table(rows: list[dict]) -> "pa.Table":
    return pa.Table.from_pylist(rows)


def test_a_table_agrees_with_mappings(policies: bylaw.Policies) -> None:
    one = policies.check(rows={model: table(rows) for model, rows in ROWS.items()}, now=0, all=True)
    other = policies.check(rows=ROWS, now=0, all=True)
    assert [(f.rule, f.address, f.verdict, f.message, f.fingerprint) for f in one] == [(f.rule, f.address, f.verdict, f.message, f.fingerprint) for f in other]


def test_wide_integers_are_not_copied(policies: bylaw.Policies) -> None:
    volumes = pa.table({"address": [f"v{i}" for i in range(1000)], "size_gb": pa.array([i for i in range(1000)], pa.int64())})
    snapshot = policies.rows({"shop.disk": volumes})
    assert snapshot.num_borrowed_columns == 1
    expected = found(snapshot.check())
    assert len(expected) == 899
    del volumes  # the snapshot keeps what it needs
    assert found(snapshot.check()) == expected
    assert len(found(snapshot.with_row("shop.disk", "v999", {"size_gb": 1}).check())) == 898


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"])
def test_numbers_of_all_widths(policies: bylaw.Policies, kind: str) -> None:
    volumes = pa.table({"address": ["a", "b", "c"], "size_gb": pa.array([100, 101, None], getattr(pa, kind)())})
    snapshot = policies.rows({"shop.disk": volumes})
    assert snapshot.num_borrowed_columns == 0
    assert ("WEB-002", "b") in found(snapshot.check()) and ("WEB-002", "a") not in found(snapshot.check())


def test_slices_and_several_batches(policies: bylaw.Policies) -> None:
    one = pa.table({"address": [f"v{i}" for i in range(10)], "size_gb": pa.array([0] * 5 + [500] * 5, pa.int64())})
    expected = [("WEB-002", f"v{i}") for i in range(5, 10)]
    assert found(policies.check(rows={"shop.disk": one})) == expected
    assert found(policies.check(rows={"shop.disk": one.slice(4, 3)})) == [("WEB-002", "v5"), ("WEB-002", "v6")]
    assert found(policies.check(rows={"shop.disk": pa.concat_tables([one.slice(0, 6), one.slice(6)])})) == expected


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "dictionary"])
def test_texts_of_all_kinds(policies: bylaw.Policies, kind: str) -> None:
    type_ = pa.dictionary(pa.int8(), pa.string()) if kind == "dictionary" else getattr(pa, kind)()
    subnets = pa.table({"address": pa.array(["a", "a name that is longer than twelve bytes"], pa.string()).cast(type_), "vpc": pa.array(["vpc-1", None], pa.string()).cast(type_),
                        "map_public_ip_on_launch": [True, True]})
    assert [address for rule, address in found(policies.check(rows={"aws.subnet": subnets})) if rule == "WEB-001"] == ["a", "a name that is longer than twelve bytes"]


def test_lists_maps_structs_and_times() -> None:
    policies = bylaw.compile(text='package p\nmodel shop.disk { key id: string }\nrule tagged { id "P-1"\n title "t"\n severity low\n for v in shop.disk require (v.tags["team"] ?? "") == "a"\n message "{v}" }')
    tags = pa.array([[("team", "a")], [("team", "b")]], pa.map_(pa.string(), pa.string()))
    assert found(policies.check(rows={"shop.disk": pa.table({"address": ["x", "y"], "tags": tags})})) == [("P-1", "y")]
    structs = pa.array([{"team": "b"}, {"team": "a"}])
    assert found(policies.check(rows={"shop.disk": pa.table({"address": ["x", "y"], "tags": structs})})) == [("P-1", "x")]


def test_what_has_no_meaning_is_an_error(policies: bylaw.Policies) -> None:
    with pytest.raises(bylaw.Error, match="have no column `address`"):
        policies.rows({"shop.disk": pa.table({"size_gb": [1]})})
    with pytest.raises(bylaw.Error, match="row 2 of `shop.disk`: `size_gb`: `many` is not an int"):
        policies.rows({"shop.disk": pa.table({"address": ["a", "b"], "size_gb": ["1", "many"]})})
    with pytest.raises(bylaw.Error, match="the Arrow type `tdD`|is not a"):
        policies.rows({"aws.subnet": pa.table({"address": ["a"], "map_public_ip_on_launch": [datetime.date(2020, 1, 1)]})})
    snapshot = policies.rows({"aws.subnet": pa.table({"address": ["a"], "map_public": [True]})})
    assert snapshot.warnings == ["no policy reads `aws.subnet.map_public`; is it spelt right?"]


def test_a_data_frame(policies: bylaw.Policies) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"address": [f"v{i}" for i in range(200)], "size_gb": range(200)})
    if not hasattr(frame, "__arrow_c_stream__"):
        pytest.skip("this pandas has no Arrow stream")
    snapshot = policies.rows({"shop.disk": frame})
    assert len(found(snapshot.check())) == 99
    assert snapshot.num_borrowed_columns == 1
    holes = pandas.DataFrame({"address": ["a", "b"], "size_gb": [500.0, float("nan")]})
    assert ("WEB-002", "a") in found(policies.check(rows={"shop.disk": holes}))

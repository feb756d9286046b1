"""Bylaw: judge cloud configuration with compiled policies.

>>> policies = bylaw.load("org.bylawc")            # or bylaw.compile("network", "rules/")
>>> for finding in policies.check("plan.json"):
...     print(finding.rule, finding.address, finding.message)

A :class:`Snapshot` is loaded once and then checked any number of times, from any number of threads (the GIL is released while the engine works), and with single resources changed.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

from . import _native
from ._errors import Error
from ._native import Canceller, Cause, Counts, Finding, Location, Report, Rule, Waiver, Witness

__version__ = "0.1.0"

__all__ = [
    "Canceller", "Cause", "Counts", "Error", "Finding", "Input", "Location", "Policies", "Report", "Rule", "Snapshot", "UNKNOWN", "Unknown", "Waiver", "Witness",
    "check", "compile", "load",
]

_OWN = ("address", "id", "account", "region", "tags")


class Unknown:
    """A value of a row that is not known, and why."""

    def __init__(self, why: str = "") -> None:
        self.why = why

    def __repr__(self) -> str:
        return f"Unknown({self.why!r})"


UNKNOWN = Unknown()
"""A value of a row that is not known."""


class Input:
    """An input with what is to be said of it: bytes or text with a name, a document, or a path; ``context_only``: it answers joins and is not judged."""

    def __init__(self, source: Union[str, os.PathLike[str], bytes, Mapping[str, Any], Sequence[Any]], name: str = "", context_only: bool = False) -> None:
        self.context_only = context_only
        self.data: bytes | None = None
        if isinstance(source, (str, os.PathLike)):
            self.name = os.fspath(source)
        elif isinstance(source, (bytes, bytearray, memoryview)):
            self.name = name or "(bytes)"
            self.data = bytes(source)
        else:
            self.name = name or "(document)"
            self.data = _json(source).encode()


Source = Union[str, "os.PathLike[str]", bytes, Mapping[str, Any], Input]
"""A file or folder, the bytes of an export, an export as a document, or an :class:`Input`."""

Rows = Mapping[str, Any]
"""By model: an iterable of mappings, or a table with ``__arrow_c_stream__`` (pyarrow, pandas from 2.2, polars, …)."""


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.isoformat() if value.tzinfo else value.isoformat() + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return f"{value // datetime.timedelta(seconds=1)}s"
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _json(value: Any) -> str:
    return json.dumps(value, default=_plain)


def _micros(when: Union[datetime.datetime, datetime.date, int, None]) -> int:
    if when is None:
        when = datetime.datetime.now(datetime.timezone.utc)
    if isinstance(when, int):
        return when
    if not isinstance(when, datetime.datetime):
        when = datetime.datetime(when.year, when.month, when.day)
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.timezone.utc)
    return (when - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def _split(value: Any) -> tuple[Any, Any]:
    """A value without its unknown parts, and an overlay of these; None: there are none."""
    if isinstance(value, Unknown):
        return None, value.why or True
    if isinstance(value, Mapping):
        known: dict[str, Any] = {}
        unknown: dict[str, Any] = {}
        for key, member in value.items():
            one, other = _split(member)
            if other is None:
                known[key] = one
            else:
                unknown[key] = other
                if one is not None:
                    known[key] = one
        return known, unknown or None
    if isinstance(value, (list, tuple)):
        parts = [_split(member) for member in value]
        if all(other is None for _, other in parts):
            return [one for one, _ in parts], None
        return [one for one, _ in parts], [other if other is not None else False for _, other in parts]
    return value, None


class Policies:
    """Compiled and verified policies. Made by :func:`load` and :func:`compile`."""

    def __init__(self, native: _native.PolicySet) -> None:
        self._native = native

    @property
    def rules(self) -> list[str]:
        """The ids of the rules."""
        return self._native.rules

    def reads(self, model: str) -> bool:
        """Whether some policy reads resources of the model."""
        return self._native.reads(model)

    def fields(self, model: str) -> list[str]:
        """The fields of the model that the policies read."""
        return self._native.fields(model)

    def snapshot(self, *inputs: Source, closed_world: bool = False, input_format: str = "", max_depth: int = 512, max_bytes: int = 0, time_budget: float = 0.0,
                 threads: int = 1, canceller: Canceller | None = None) -> Snapshot:
        """Loads exports: of files, folders, bytes and documents, what the policies read. ``max_bytes``: most that all may hold; ``time_budget``: seconds."""
        given = [source if isinstance(source, Input) else Input(source) for source in inputs]
        return Snapshot(self, _native.load(self._native, [(i.name, i.data, i.context_only) for i in given], closed_world, input_format, max_depth, max_bytes, time_budget, threads,
                                           canceller))

    def rows(self, rows: Rows) -> Snapshot:
        """A snapshot of rows alone: what is not among them does not exist. A row has an ``address``, may have ``id``, ``account``, ``region``, ``tags``, and the model's fields by name;
        a reference is the key of what it refers to."""
        given: list[tuple[str, ...]] = []
        tables: list[tuple[str, Any]] = []
        for model, some in rows.items():
            if hasattr(some, "__arrow_c_stream__"):
                tables.append((model, some.__arrow_c_stream__()))
            else:
                given.extend(self._row(model, row) for row in some)
        return Snapshot(self, _native.load_rows(self._native, given, tables))

    def check(self, *inputs: Source, rows: Rows | None = None, **options: Any) -> Report:
        """Loads and checks in one step. ``options``: those of :meth:`snapshot` and :meth:`Snapshot.check`."""
        if rows is not None:
            if inputs:
                raise Error("inputs and rows cannot be given together")
            return self.rows(rows).check(**options)
        names = ("closed_world", "input_format", "max_depth", "max_bytes", "time_budget", "threads", "canceller")
        loading = {name: options[name] for name in names if name in options}
        for name in ("input_format", "max_depth", "max_bytes"):
            options.pop(name, None)
        return self.snapshot(*inputs, **loading).check(**options)

    def _row(self, model: str, row: Mapping[str, Any]) -> tuple[str, ...]:
        read = set(self._native.fields(model))
        own = {name: row[name] for name in _OWN if name in row and row[name] is not None}
        known, unknown = _split({name: value for name, value in row.items() if name not in _OWN or name in read})
        return (model, str(own.get("address", "")), _json(known), _json(unknown) if unknown else "", str(own.get("id", "")), str(own.get("account", "")), str(own.get("region", "")),
                _json(own["tags"]) if "tags" in own else "")


class Snapshot:
    """What was loaded for some policies. Immutable: any number of threads may check it."""

    def __init__(self, policies: Policies, native: _native.Snapshot) -> None:
        self.policies = policies
        self._native = native

    @property
    def warnings(self) -> list[str]:
        """What was noticed while loading."""
        return self._native.warnings

    @property
    def num_borrowed_columns(self) -> int:
        """How many columns of Arrow tables were left where they are, instead of copied."""
        return self._native.num_borrowed_columns

    def check(self, *, now: Union[datetime.datetime, datetime.date, int, None] = None, closed_world: bool = False, all: bool = False, inline_waivers: bool = False,
              params: Mapping[str, Any] | None = None, rules: Iterable[str] | None = None, only: Iterable[tuple[str, str]] = (), threads: int = 1, time_budget: float = 0.0, max_memory: int = 0, max_results_per_rule: int = 0,
              canceller: Canceller | None = None) -> Report:
        """Judges the snapshot. ``now``: what `now` is in policies (a time, or microseconds since 1970; default: the clock's); ``all``: passes too; ``inline_waivers``: waivers
        that stand in the inputs are honoured; ``rules``: ids of those to judge;
        ``only``: (model, address) of the resources to judge, against the whole snapshot; ``time_budget``: seconds; ``max_memory``: bytes of computed values;
        ``max_results_per_rule``: how many results of a rule are in the report, the first by address (0: all); all are counted."""
        texts = {name: value if isinstance(value, str) else _json(value) for name, value in (params or {}).items()}
        chosen = None if rules is None else list(rules)
        return _native.check(self._native, _micros(now), closed_world, all, inline_waivers, texts, chosen, list(only), threads, time_budget, max_memory, max_results_per_rule, canceller)

    def with_row(self, model: str, address: str, fields: Mapping[str, Any]) -> Snapshot:
        """This snapshot with some fields of one resource changed (None: absent); the others stay. It shares what has not changed, so this takes time for the change alone.
        To judge just that resource, check the result with ``only=[(model, address)]``."""
        return Snapshot(self.policies, _native.with_rows(self._native, [self.policies._row(model, {**fields, "address": address})]))

    def with_rows(self, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> Snapshot:
        """The same of several resources; each row has its ``address``."""
        return Snapshot(self.policies, _native.with_rows(self._native, [self.policies._row(model, row) for model, some in rows.items() for row in some]))


def load(bundle: Union[str, os.PathLike[str], bytes], name: str = "", signed_by: str | None = None) -> Policies:
    """Policies out of a bundle that `bylaw compile` made: a path, or its bytes. ``signed_by``: the text of a public key's file (NAME.pub of `bylaw keygen`); a bundle that this key has not signed is then an error."""
    if signed_by is not None and not isinstance(bundle, (bytes, bytearray, memoryview)):
        name = name or os.fspath(bundle)
        with open(bundle, "rb") as file:
            bundle = file.read()
    if isinstance(bundle, (bytes, bytearray, memoryview)):
        name = name or "(bundle)"
        return Policies(_native.PolicySet.from_bytes(bytes(bundle), name) if signed_by is None else _native.PolicySet.from_signed_bytes(bytes(bundle), name, signed_by))
    return Policies(_native.PolicySet.from_file(os.fspath(bundle)))


def _command() -> tuple[str, dict[str, str]]:
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "command")
    return os.path.join(folder, "bin", "bylaw"), dict(os.environ)


def compile(*policies: Union[str, os.PathLike[str]], text: Union[str, Mapping[str, str], None] = None) -> Policies:
    """Compiles policies: .bylaw files, folders, names of shipped packs; ``text``: policies as text, or several by file name. The compiler is the command that comes with this package, and runs as a process of its own.
    Raises :class:`Error` with the compiler's diagnostics."""
    with tempfile.TemporaryDirectory(prefix="bylaw") as folder:
        arguments = [os.fspath(policy) for policy in policies]
        for name, one in ({"policy.bylaw": text} if isinstance(text, str) else dict(text or {})).items():
            path = os.path.join(folder, os.path.basename(name))
            with open(path, "w", encoding="utf-8") as file:
                file.write(one)
            arguments.append(path)
        bundle = os.path.join(folder, "policies.bylawc")
        command, environment = _command()
        done = subprocess.run([command, "compile", "--color", "never", "-o", bundle, *arguments], capture_output=True, text=True, env=environment, check=False)
        if done.returncode != 0:
            raise Error(done.stderr.replace(folder + os.sep, "").strip())
        with open(bundle, "rb") as file:
            return load(file.read(), "(compiled)")


def check(policies: Union[Policies, str, os.PathLike[str], bytes], *inputs: Source, rows: Rows | None = None, **options: Any) -> Report:
    """Loads a bundle and inputs, and checks them."""
    if not isinstance(policies, Policies):
        policies = load(policies)
    return policies.check(*inputs, rows=rows, **options)

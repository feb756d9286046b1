"""The example estate: its README's tables say what every form must yield, rule by rule and resource by resource."""
import collections
import json
import os
import re
import subprocess
import unittest

BYLAW = os.environ["BYLAW"]
COMPANY = os.path.join("policies", "examples", "company")
FORMS = ("plan", "template", "live")
VERDICTS = {"fail", "unknown", "pass"}
CELL = re.compile(r"(\w+) (`[^`]+`(?:, `[^`]+`)*)")


class Row:
    """A line of a table: what is wrong or right, which rules say so, and per form the verdict of each resource."""

    def __init__(self, line, cells):
        self.line, self.what, self.rules = line, cells[0], cells[1].split(", ")
        self.forms = {}
        for form, cell in zip(FORMS, cells[2:]):
            named = {}
            for part in [] if cell == "–" else cell.split("; "):
                match = CELL.fullmatch(part)
                if not match or match[1] not in VERDICTS:
                    raise ValueError(f"README.md:{line}: `{part}` is no verdict with names")
                named.update({name.strip("`"): match[1] for name in match[2].split(", ")})
            self.forms[form] = named


def rows_of(path):
    rows = []
    with open(path, encoding="utf-8") as page:
        for number, line in enumerate(page, 1):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if line.startswith("| ") and len(cells) == 2 + len(FORMS) and re.match(r"[A-Z0-9]+-[A-Z]?\d+", cells[1]):
                rows.append(Row(number, cells))
    return rows


def is_named(name, address):
    """What runs is named by the end of its ARN, and images by the end of their names."""
    return address == name or address.endswith(("/" + name, ":" + name))


class Company(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = rows_of(os.path.join(COMPANY, "README.md"))
        rules = sorted({rule for row in cls.rows for rule in row.rules})
        only = [word for rule in rules for word in ("--rule", rule)]
        cls.found = {}
        for form in FORMS:
            run = subprocess.run([BYLAW, "check", os.path.join(COMPANY, form), "--all", "--format", "json", "--now", "2026-11-23", *only], capture_output=True, text=True, check=False)
            assert run.returncode == 1, run.stderr
            verdicts = collections.defaultdict(lambda: collections.defaultdict(set))
            for result in json.loads(run.stdout)["results"]:
                verdicts[result["rule"]][result["resource"]["address"]].add(result["verdict"])
            cls.found[form] = verdicts

    def each(self):
        for row in self.rows:
            for rule in row.rules:
                for form in FORMS:
                    yield row, rule, form, self.found[form][rule]

    def test_the_tables_are_read(self):
        self.assertGreater(len(self.rows), 60)
        for form in FORMS:
            self.assertGreater(len({rule for row in self.rows for rule in row.rules if row.forms[form]}), 40)

    def test_every_cell_holds(self):
        for row, rule, form, found in self.each():
            for name, verdict in row.forms[form].items():
                with self.subTest(line=row.line, rule=rule, form=form, resource=name):
                    got = set().union(*(verdicts for address, verdicts in found.items() if is_named(name, address)))
                    self.assertIn(verdict, got, f"{form} says {got or 'nothing'}")
                    if verdict == "pass":
                        self.assertEqual(got - {"pass", "not_applicable"}, set())

    def test_nothing_else_fails_or_is_unknown(self):
        stated = collections.defaultdict(set)
        for row, rule, form, _ in self.each():
            stated[form, rule].update(row.forms[form].items())
        for (form, rule), named in stated.items():
            for address, verdicts in self.found[form][rule].items():
                for verdict in verdicts & {"fail", "unknown"}:
                    with self.subTest(rule=rule, form=form, resource=address):
                        self.assertTrue(any(v == verdict and is_named(name, address) for name, v in named), f"{verdict}, and the tables do not say so")

    def test_the_front_page_tells_what_is_critical(self):
        with open("README.md", encoding="utf-8") as page:
            named = re.findall(r"^\| ([A-Z0-9]+-\d+) \| ", page.read(), re.MULTILINE)
        run = subprocess.run([BYLAW, "check", os.path.join(COMPANY, "live"), "--severity", "critical", "--format", "json", "--now", "2026-11-23"], capture_output=True, text=True, check=False)
        self.assertGreater(len(named), 5)
        self.assertEqual(set(named) - {result["rule"] for result in json.loads(run.stdout)["results"] if result["verdict"] == "fail"}, set())

    def test_unknown_says_why(self):
        run = subprocess.run([BYLAW, "check", os.path.join(COMPANY, "plan"), "--format", "json", "--rule", "NET-001", "--now", "2026-11-23"], capture_output=True, text=True, check=False)
        unknown = [result for result in json.loads(run.stdout)["results"] if result["verdict"] == "unknown"]
        self.assertEqual([result["resource"]["address"] for result in unknown], ["aws_subnet.analytics"])
        self.assertEqual(unknown[0]["causes"][0]["reason"], "`vpc-0f3a91c2d4e5b6a79` is outside the snapshot")


if __name__ == "__main__":
    unittest.main()

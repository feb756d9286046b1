"""One estate in every format that can express it, judged by one text of the rules: the verdicts are the same, but where a table says why not.

An estate is a folder: `names.txt` (what a resource is called in each format), `verdicts.txt` (what is expected), `rules.bylaw` (rules beside the
shipped ones), and a folder a format. `python3 estates_test.py --update` rewrites verdicts.txt from what the command says; reasons are kept where a
verdict is, and have to be written where it is new.
"""
import json
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BYLAW = os.environ["BYLAW"]
# Which column of names.txt tells the addresses of a format, and how an address ends in or equals it.
COLUMNS = {
    "terraform_plan": "terraform",
    "terraform_state": "terraform",
    "terraform_show": "terraform",
    "cloudformation": "cloudformation",
    "cloudformation_json": "cloudformation",
    "aws_config": "live",
    "aws_config_query": "live",
    "aws_config_ndjson": "live",
    "aws_cli": "live",
    "pulumi_stack": "pulumi",
    "pulumi_preview": "pulumi",
}
RULES = ["NET-001", "NET-003", "NET-008", "NET-015", "NET-016", "NET-019", "S3-001", "S3-002", "S3-009", "RDS-001", "ECS-002", "IMG-019", "SHOP-001", "SHOP-002"]
PACKS = ["network", "data", "containers"]
WORST = ["fail", "unknown", "pass", "not_applicable"]
NONE = "none"  # there is no such resource in this format


class Estate:
    def __init__(self, name):
        self.folder = os.path.join(HERE, name)
        with open(os.path.join(self.folder, "names.txt"), encoding="utf-8") as file:
            lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
        self.names = [dict(zip(lines[0], line)) for line in lines[1:]]
        self.formats = [f for f in COLUMNS if os.path.isdir(os.path.join(self.folder, f))]

    def name_of(self, format, address):
        column = COLUMNS[format]
        for names in self.names:
            own = names[column]
            ends = column in ("live", "pulumi") and re.search(r"(^|[:/$])" + re.escape(own) + "$", address)
            if address == own or ends:
                return names["name"]
        raise AssertionError(f"{format}: no name for `{address}`")

    def results(self, format, rules):
        arguments = [BYLAW, "check", format, "scans", "-p", "rules.bylaw", "--now", "2026-11-26T00:00:00Z", "--all", "--format", "json"]
        for pack in PACKS:
            arguments += ["-p", pack]
        for rule in rules:
            arguments += ["--rule", rule]
        done = subprocess.run(arguments, cwd=self.folder, capture_output=True, text=True, timeout=120)
        if done.returncode not in (0, 1, 2):
            raise AssertionError(f"{format}: status {done.returncode}: {done.stderr[-1000:]}")
        return json.loads(done.stdout)["results"]

    def verdicts(self, format):
        """By rule and name: the worst verdict, and all causes."""
        found = {}
        for result in self.results(format, RULES):
            key = result["rule"], self.name_of(format, result["resource"]["address"])
            verdict, causes = found.get(key, ("not_applicable", []))
            if WORST.index(result["verdict"]) < WORST.index(verdict):
                verdict = result["verdict"]
            found[key] = verdict, causes + [cause["reason"] for cause in result.get("causes", [])]
        return found

    def expected(self):
        """By rule and name: the verdict of most formats, and by format another one with its reason."""
        table = {}
        with open(os.path.join(self.folder, "verdicts.txt"), encoding="utf-8") as file:
            for line in file:
                if not line.strip() or line.startswith("#"):
                    continue
                if line.startswith(" "):
                    formats, verdict, reason = re.fullmatch(r"  ([a-z_ ]+): (\w+), because (.*)\n", line).groups()
                    for format in formats.split():
                        differs[format] = verdict, reason
                    continue
                rule, name, verdict = line.split()
                differs = {}
                table[rule, name] = verdict, differs
        return table


def update(estate):
    by_format = {format: estate.verdicts(format) for format in estate.formats}
    try:
        old = estate.expected()
    except FileNotFoundError:
        old = {}
    out = "# RULE RESOURCE VERDICT; then, indented, the formats that rightly say something else, and why: what is unknown has this among its causes.\n"
    keys = {key for verdicts in by_format.values() for key in verdicts}
    order = [names["name"] for names in estate.names]
    for rule, name in sorted(keys, key=lambda key: (key[0], order.index(key[1]))):
        all_verdicts = {f: by_format[f].get((rule, name), (NONE, []))[0] for f in estate.formats}
        usual, reasons = old.get((rule, name), (None, {}))
        if usual not in all_verdicts.values():
            usual = max(all_verdicts.values(), key=list(all_verdicts.values()).count)
        out += f"{rule:9} {name:20} {usual}\n"
        groups = {}
        for format, verdict in all_verdicts.items():
            if verdict != usual:
                known = reasons.get(format)
                groups.setdefault((verdict, known[1] if known and known[0] == verdict else "?"), []).append(format)
        for (verdict, reason), formats in groups.items():
            out += f"  {' '.join(formats)}: {verdict}, because {reason}\n"
    with open(os.path.join(estate.folder, "verdicts.txt"), "w", encoding="utf-8") as file:
        file.write(out)


class Estates(unittest.TestCase):
    def test_shop(self):
        estate = Estate("shop")
        self.assertEqual(len(estate.formats), len(COLUMNS))
        expected = estate.expected()
        self.assertGreaterEqual(len({rule for rule, _ in expected}), 11)
        for format in estate.formats:
            with self.subTest(format):
                found = estate.verdicts(format)
                self.assertEqual(set(found) - set(expected), set())
                for (rule, name), (usual, differs) in expected.items():
                    verdict, reason = differs.get(format, (usual, None))
                    actual, causes = found.get((rule, name), (NONE, []))
                    self.assertEqual(actual, verdict, f"{rule} {name}: {causes}")
                    if verdict == "unknown":
                        self.assertTrue(reason and any(reason in cause for cause in causes), f"{rule} {name}: `{reason}` is none of {causes}")

    def test_one_rule_reads_all_that_it_needs(self):
        """A run with some rules reads no more than they need: each says the same alone as among others."""
        estate = Estate("shop")
        for format in ("terraform_plan", "cloudformation", "aws_config", "aws_cli"):
            together = estate.results(format, RULES)
            for rule in RULES:
                with self.subTest(f"{format} {rule}"):
                    self.assertEqual(estate.results(format, [rule]), [result for result in together if result["rule"] == rule])


if __name__ == "__main__":
    if "--update" in sys.argv:
        update(Estate("shop"))
    else:
        unittest.main()

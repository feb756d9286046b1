"""Every report format against its schema and its consumer's own reader, with names, messages and paths full of what each format has to escape."""
import csv
import html.parser
import io
import json
import os
import re
import subprocess
import tempfile
import unittest

import botocore.session
import botocore.validate
import jsonschema
import junitparser
from lxml import etree

from estate import POLICY, ROOT, run, subnet, write_plan

# Quotes, line breaks, markup, ANSI, C1, emoji, right-to-left text with an override, Markdown and workflow commands.
HOSTILE = "a\"b'c`d|e\n::error::x%0A\r\t<script>alert(1)</script>]]>&amp;\x1b[31mred\x1b[0m\x9b31m\u202eevil\u202c שלום 🧨 [x](http://e) @team #1 ,;\\"
HOSTILE_FOLDER = "fo\"l'd&e<r>,;%\x1b[7m 🧨 שלום"
SECRET = "hunter2-secret"
FORMATS = ["text", "json", "sarif", "junit", "tap", "github", "gitlab", "csv", "markdown", "html", "asff", "ocsf"]
SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schemas")

WAIVER = 'waive CO-1 for "aws_subnet.waived" until 2027-01-01 because "a \\"quoted\\" <b>reason</b> | 🧨" by "o\'neil <x>"\n'


def schema(name):
    with open(name if os.path.isabs(name) else os.path.join(SCHEMAS, name), encoding="utf-8") as file:
        return json.load(file)


# What consumers of a format take: each raises, or fails the test, where they would refuse the report. They are read from other projects, not written here.
def read_by_junitparser(test, report):
    """The counts that a reader of JUnit results finds, which must be those that the report tells."""
    read = junitparser.JUnitXml.fromstring(report.encode())
    outcomes = [outcome for suite in read for case in suite for outcome in case.result]
    test.assertEqual(sum(isinstance(outcome, junitparser.Failure) for outcome in outcomes), read.failures)
    test.assertEqual(sum(isinstance(outcome, junitparser.Error) for outcome in outcomes), read.errors)
    test.assertEqual(sum(len(suite) for suite in read), read.tests)
    return read


def taken_by_security_hub(test, findings):
    """AWS' own description of the call that imports findings, as its Python client checks arguments by it."""
    call = botocore.session.Session().get_service_model("securityhub").operation_model("BatchImportFindings")
    refused = botocore.validate.ParamValidator().validate({"Findings": findings}, call.input_shape)
    test.assertFalse(refused.has_errors(), refused.generate_report()[:2000])


def taken_by_ocsf_models(test, events):
    """Models of OCSF's classes for Python, from PyPI: where they are installed (ocsf.sh)."""
    try:
        from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
    except ImportError:
        test.skipTest("py-ocsf-models is not installed")
    for event in events:
        ComplianceFinding.model_validate(event)


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = os.path.join(cls.temporary.name, HOSTILE_FOLDER)
        os.mkdir(cls.folder)
        with open(os.path.join(cls.folder, "policy.bylaw"), "w", encoding="utf-8") as file:
            file.write(POLICY + WAIVER)
        write_plan(os.path.join(cls.folder, "plan.json"), [
            subnet("hostile", public=True, index=HOSTILE, zone=HOSTILE),
            subnet("=formula()", public=True, zone="=cmd|' /C calc'!A0"),
            subnet("secret", public=True, zone=SECRET, sensitive={"availability_zone": True}),
            subnet("waived", public=True),
            subnet("later", unknown=["map_public_ip_on_launch"]),
            subnet("good"),
        ])
        arguments = ["check", "plan.json", "-p", "policy.bylaw", "--all", "--now", "2026-06-01", "--framework", "cis-aws-3.0.0"]
        for name in FORMATS:
            arguments += ["--format", f"{name}=report.{name}"]
        cls.ran = run(*arguments, cwd=cls.folder, status=1)
        cls.reports = {}
        for name in FORMATS:
            with open(os.path.join(cls.folder, "report." + name), encoding="utf-8", newline="") as file:
                cls.reports[name] = file.read()

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def json(self, name):
        return json.loads(self.reports[name])

    def test_files_only_leave_stdout_empty(self):
        self.assertEqual(self.ran.stdout + self.ran.stderr, "")

    def test_no_control_character_and_no_override_in_any_report(self):
        for name, report in self.reports.items():
            found = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]", report)
            self.assertIsNone(found, (name, found and report[max(0, found.start() - 60):found.end() + 20]))

    def test_sensitive_value_in_no_report(self):
        for name, report in self.reports.items():
            self.assertNotIn(SECRET, report, name)
        self.assertIn("aws_subnet.secret ((sensitive))", self.reports["text"])

    def test_json(self):
        report = self.json("json")
        jsonschema.validate(report, schema(os.path.join(ROOT, "docs", "report.schema.json")))
        hostile = [r for r in report["results"] if "hostile" in r["resource"]["address"] and r["rule"] == "CO-1"]
        self.assertEqual(hostile[0]["resource"]["address"], f"aws_subnet.hostile[{json.dumps(HOSTILE)}]")
        self.assertIn(HOSTILE, hostile[0]["message"])
        verdicts = {r["resource"]["address"]: r["verdict"] for r in report["results"] if r["rule"] == "CO-1"}
        self.assertEqual(verdicts["aws_subnet.waived"], "waived")
        self.assertEqual(verdicts["aws_subnet.later"], "unknown")
        self.assertEqual(verdicts["aws_subnet.good"], "pass")
        controls = {c["id"]: c["status"] for c in report["frameworks"][0]["controls"]}
        self.assertEqual(controls, {"5.1": "failed", "5.2": "passed"})

    def test_json_schema_refuses_what_is_no_report(self):
        wrong = self.json("json")
        wrong["results"][0]["verdict"] = "maybe"
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema(os.path.join(ROOT, "docs", "report.schema.json")))

    def test_sarif(self):
        report = self.json("sarif")
        jsonschema.validate(report, schema("sarif-2.1.0.json"))
        (run_,) = report["runs"]
        rules = {rule["id"]: rule for rule in run_["tool"]["driver"]["rules"]}
        self.assertEqual(rules["CO-1"]["properties"]["security-severity"], "8.0")
        self.assertIn("nobody asked for", rules["CO-1"]["help"]["text"])
        by_verdict = {}
        for result in run_["results"]:
            self.assertEqual(len(result["locations"]), 1)
            self.assertTrue(result["partialFingerprints"]["primaryLocationLineHash"])
            self.assertEqual(run_["tool"]["driver"]["rules"][result["ruleIndex"]]["id"], result["ruleId"])
            uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            self.assertRegex(uri, r"^[A-Za-z0-9\-._~/!$&'()*+,;=:@%]+$")
            by_verdict.setdefault(result["properties"]["bylaw/verdict"], result)
        self.assertEqual(by_verdict["waived"]["suppressions"][0]["status"], "accepted")
        self.assertEqual((by_verdict["unknown"]["kind"], by_verdict["unknown"]["level"]), ("open", "none"))
        self.assertEqual((by_verdict["fail"]["kind"], by_verdict["fail"]["level"]), ("fail", "error"))
        self.assertEqual(by_verdict["fail"]["locations"][0]["logicalLocations"][0]["kind"], "resource")

    def test_junit(self):
        tree = etree.fromstring(self.reports["junit"].encode())
        etree.XMLSchema(etree.parse(os.path.join(SCHEMAS, "junit.xsd"))).assertValid(tree)
        self.assertEqual(len(tree.findall(".//failure")), int(tree.get("failures")))
        self.assertEqual(len(tree.findall(".//error")), int(tree.get("errors")))
        self.assertEqual(int(tree.get("failures")), 3)
        self.assertTrue(any("<script>" in case.get("name") for case in tree.iter("testcase")))
        read = read_by_junitparser(self, self.reports["junit"])
        self.assertEqual(read.failures, 3)

    def test_tap(self):
        lines = self.reports["tap"].split("\n")
        self.assertEqual(lines[0], "TAP version 13")
        tests = [line for line in lines if re.match(r"(not )?ok \d+ - ", line)]
        self.assertEqual(lines[1], f"1..{len(tests)}")
        self.assertEqual([int(re.search(r"\d+", line).group()) for line in tests], list(range(1, len(tests) + 1)))
        plain = [line for line in tests if not re.search(r"(?<!\\)#", line)]
        self.assertEqual(sum(line.startswith("not ok") for line in plain), 3)
        self.assertTrue(any(line.endswith("# TODO undecided") for line in tests))
        # What Perl's own harness makes of it.
        read = subprocess.run(["perl", "-MTAP::Parser", "-e", """
            my $read = TAP::Parser->new({ tap => do { local $/; <STDIN> } });
            while (my $line = $read->next) { print "not known: ", $line->raw, "\\n" if $line->is_unknown }
            print join("\\n", $read->parse_errors, scalar(@{[$read->failed]}) . " of " . $read->tests_run . " failed")"""], input=self.reports["tap"], capture_output=True, text=True, check=True)
        self.assertEqual(read.stdout, f"3 of {len(tests)} failed", read.stderr)

    def test_github(self):
        lines = self.reports["github"].splitlines()
        self.assertEqual(len(lines), len([line for line in lines if re.match(r"::(error|warning|notice) ([a-z]+=[^:,]*)(,[a-z]+=[^:,]*)*::", line)]))
        self.assertEqual(sum(line.startswith("::error ") for line in lines), 3)
        self.assertTrue(all("%0A" in line or "::notice" in line for line in lines))

    def test_gitlab(self):
        report = self.json("gitlab")
        jsonschema.validate(report, schema("gitlab-code-quality.json"))
        self.assertEqual(sum(issue["severity"] == "critical" for issue in report), 3)
        self.assertEqual(len({issue["fingerprint"] for issue in report}), len(report))

    def test_csv(self):
        rows = list(csv.reader(io.StringIO(self.reports["csv"], newline="")))
        self.assertTrue(all(len(row) == len(rows[0]) for row in rows))
        self.assertEqual(len(rows), 1 + len(self.json("json")["results"]))
        self.assertFalse(any(cell[:1] in ("=", "+", "-", "@") for row in rows for cell in row))

    def test_markdown(self):
        report = self.reports["markdown"]
        self.assertTrue(report.startswith("<!-- bylaw report -->\n## Bylaw: 3 fails"))
        tags = set(re.findall(r"</?([a-z]+)[ >]", report))
        self.assertEqual(tags - {"code", "br", "details", "summary"}, set())
        self.assertNotIn("@team", report)
        self.assertNotIn("](http", report)
        for line in report.splitlines():
            if line.startswith("| high"):
                self.assertEqual(line.count("|"), 5, line)

    def test_html(self):
        report = self.reports["html"]
        scripts = []

        class Reader(html.parser.HTMLParser):
            def handle_starttag(self, tag, attributes):
                if tag == "script":
                    scripts.append(dict(attributes))
                assert not any(name.startswith("on") or value and value.startswith(("http:", "https:", "//")) for name, value in attributes), (tag, attributes)

        Reader(convert_charrefs=True).feed(report)
        self.assertEqual(len(scripts), 2)
        data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', report, re.S).group(1))
        self.assertEqual(len(data["results"]), len(self.json("json")["results"]))
        self.assertRegex(report, r"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'\"")

    def test_asff(self):
        jsonschema.validate(self.json("asff"), schema("asff.json"))
        self.assertEqual({f["Compliance"]["Status"] for f in self.json("asff")}, {"FAILED", "PASSED", "WARNING"})
        self.assertEqual([f["Workflow"]["Status"] for f in self.json("asff")].count("SUPPRESSED"), 1)
        taken_by_security_hub(self, self.json("asff"))
        with self.assertRaisesRegex(AssertionError, "Missing required parameter in Findings.0.: \"SchemaVersion\""):
            taken_by_security_hub(self, [{}])

    def test_ocsf(self):
        jsonschema.validate(self.json("ocsf"), schema("ocsf-compliance-finding.json"))
        self.assertEqual([e["status_id"] for e in self.json("ocsf")].count(3), 1)

    def test_ocsf_models(self):
        taken_by_ocsf_models(self, self.json("ocsf"))

    def test_text(self):
        report = self.reports["text"]
        self.assertTrue(all(len(line) <= 80 or " " not in line.strip() or "│" in line or "hostile" in report for line in report.splitlines()))
        self.assertIn("cis-aws-3.0.0: 1 passed, 1 failed, 0 undecided, 0 not covered", report)
        self.assertIn("because `aws_subnet.later.map_public_ip_on_launch`: known after apply", re.sub(r"\s+", " ", report))


class Company(unittest.TestCase):
    """What consumers make of the shipped example: every kind of resource, rule and verdict that it has."""

    @classmethod
    def setUpClass(cls):
        cls.reports = {name: run("check", "policies/examples/company/live", "policies/examples/company/plan", "--all", "--format", name, cwd=ROOT, status=1).stdout for name in ("junit", "asff", "ocsf", "gitlab")}

    def test_junit(self):
        self.assertGreater(read_by_junitparser(self, self.reports["junit"]).failures, 100)

    def test_asff(self):
        findings = json.loads(self.reports["asff"])
        self.assertGreater(len(findings), 1000)
        taken_by_security_hub(self, findings)

    def test_ocsf_models(self):
        taken_by_ocsf_models(self, json.loads(self.reports["ocsf"]))

    def test_schemas(self):
        for name, file in (("asff", "asff.json"), ("ocsf", "ocsf-compliance-finding.json"), ("gitlab", "gitlab-code-quality.json")):
            jsonschema.validate(json.loads(self.reports[name]), schema(file))
        etree.XMLSchema(etree.parse(os.path.join(SCHEMAS, "junit.xsd"))).assertValid(etree.fromstring(self.reports["junit"].encode()))


if __name__ == "__main__":
    unittest.main()

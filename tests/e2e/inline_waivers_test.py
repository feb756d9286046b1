"""Waivers that stand in a template or a manifest: who may allow them, what the reports say of them, and when they make a run fail."""
import json
import os
import unittest

from estate import InFolder, POLICY, run

TEMPLATE = """
Resources:
  Logs:
    Type: AWS::EC2::Subnet
    Metadata: {bylaw: {waive: [{rule: CO-1, because: "PLAT-1312 <b>", until: 2026-06-30, by: net team}]}}
    Properties: {VpcId: vpc-1, CidrBlock: 10.0.0.0/24, MapPublicIpOnLaunch: true}
"""


class InlineWaivers(InFolder):
    def setUp(self):
        super().setUp()
        self.write("policy.bylaw", POLICY)
        self.write("template.yaml", TEMPLATE)

    def check(self, *arguments, status, now="2026-06-30T23:00:00Z", **environment):
        return run("check", "template.yaml", "-p", "policy.bylaw", "--now", now, *arguments, cwd=self.folder, status=status, environment=environment)

    def report(self, *arguments, status, **more):
        return json.loads(self.check("--format", "json", *arguments, status=status, **more).stdout)

    def write_entry(self, entry):
        self.write("template.yaml", TEMPLATE.replace('{rule: CO-1, because: "PLAT-1312 <b>", until: 2026-06-30, by: net team}', entry))

    def test_not_allowed_they_are_told_and_do_nothing(self):
        report = self.report(status=1)
        self.assertEqual([r["verdict"] for r in report["results"]], ["fail"])
        self.assertIsNone(report["results"][0]["waiver"])
        self.assertEqual([w["code"] for w in report["warnings"]], ["W0307"])
        # The warning alone does not fail a run.
        self.assertEqual(self.check("--skip", "CO-1", status=0).stdout.count("W0307"), 1)

    def test_option_environment_and_file_allow_them(self):
        self.check("--inline-waivers", status=0)
        self.check(status=0, BYLAW_INLINE_WAIVERS="true")
        self.write("bylaw.toml", "inline-waivers = true\n")
        self.check(status=0)
        self.check("--no-config", status=1)
        why = run("why", "CO-1", "Logs", "template.yaml", "-p", "policy.bylaw", "--now", "2026-06-01", cwd=self.folder, status=0).stdout
        self.assertIn("waived until 2026-06-30: PLAT-1312 <b> (net team)", " ".join(why.split()))

    def test_reports_show_them_as_they_show_waivers(self):
        report = self.report("--inline-waivers", "--format", "sarif=r.sarif", "--format", "markdown=r.md", status=0)
        self.assertEqual(report["summary"]["waived"], 1)
        waiver = report["results"][0]["waiver"]
        self.assertEqual((waiver["because"], waiver["by"], waiver["until"], waiver["expired"], waiver["inline"]),
                         ("PLAT-1312 <b>", "net team", "2026-07-01T00:00:00Z", False, True))
        self.assertEqual((waiver["location"]["file"], waiver["location"]["line"]), ("template.yaml", 5))
        with open(os.path.join(self.folder, "r.sarif"), encoding="utf-8") as file:
            (result,) = json.load(file)["runs"][0]["results"]
        self.assertEqual(result["suppressions"], [{"kind": "inSource", "status": "accepted", "justification": "until 2026-06-30: PLAT-1312 <b> (net team)"}])
        with open(os.path.join(self.folder, "r.md"), encoding="utf-8") as file:
            self.assertIn("**Waived** until 2026-06-30&#58; PLAT-1312 &#60;b&#62; &#40;net team&#41;", file.read())

    def test_the_day_after_it_fails(self):
        report = self.report("--inline-waivers", status=1, now="2026-07-01")
        self.assertEqual([r["verdict"] for r in report["results"]], ["fail"])
        self.assertTrue(report["results"][0]["waiver"]["expired"])
        self.assertEqual([w["code"] for w in report["warnings"]], ["W0302"])
        self.check("--inline-waivers", "--fail-on", "critical", status=1, now="2026-07-01")

    def test_what_does_not_hold_fails_by_itself(self):
        for entry, code, said in [("{rule: CO-1, until: 2026-06-30}", "W0306", "gives no reason"), ("{rule: CO-1, because: a}", "W0306", "gives no end"),
                                  ("{rule: CO-9, because: a, until: 2026-12-31}", "W0304", "`CO-9`")]:
            self.write_entry(entry)
            ran = self.check("--inline-waivers", "--unknown", "ignore", "--fail-on", "critical", "--format", "json", status=1)
            (warning,) = json.loads(ran.stdout)["warnings"]
            self.assertEqual(warning["code"], code)
            self.assertIn(said, warning["text"])
            self.assertEqual((warning["location"]["file"], warning["location"]["line"]), ("template.yaml", 5))

    def test_a_rule_of_another_bundle_may_be_named_and_nothing_is_told_twice(self):
        for name in ["a", "b"]:
            self.write(f"{name}.bylaw", POLICY.replace("CO-", f"{name.upper()}-").replace("package company", f"package company.{name}"))
            run("compile", f"{name}.bylaw", "-o", f"{name}.bylawc", cwd=self.folder, status=0)
        self.write_entry("{rule: B-1, because: a, until: 2026-12-31}, {rule: C-1, because: a, until: 2026-12-31}, {rule: A-1, until: 2026-12-31}")
        ran = run("check", "template.yaml", "-p", "a.bylawc", "-p", "b.bylawc", "--now", "2026-06-01", "--inline-waivers", "--format", "json", cwd=self.folder, status=1)
        report = json.loads(ran.stdout)
        self.assertEqual(sorted(w["code"] for w in report["warnings"]), ["W0304", "W0306"])
        self.assertEqual([(r["rule"], r["verdict"]) for r in report["results"]], [("A-1", "fail"), ("B-1", "waived")])

    def test_all_are_listed(self):
        self.write_entry("{rule: CO-1, because: later, until: 2026-12-31}, {rule: CO-9, because: sooner, until: 2026-06-10}, {rule: CO-1}")
        listed = run("waivers", "template.yaml", "-p", "policy.bylaw", "--now", "2026-06-01", "--inline-waivers", "--format", "json", cwd=self.folder, status=0)
        waivers = json.loads(listed.stdout)
        self.assertEqual([(w["rule"], w["resources"], w["days_left"], len(w["problems"])) for w in waivers],
                         [("CO-9", "Logs", 10, 1), ("CO-1", "Logs", 214, 0), ("CO-1", "Logs", None, 1)])
        text = run("waivers", "template.yaml", "-p", "policy.bylaw", "--now", "2026-06-01", cwd=self.folder, status=0).stdout
        self.assertEqual(text.count("not honoured: `inline-waivers` is not set"), 3)


if __name__ == "__main__":
    unittest.main()

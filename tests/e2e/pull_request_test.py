"""A pull request walked through as its users would: a baseline on an old plan, a new mistake in the next, a waiver that ends."""
import json
import os
import tempfile
import unittest

from estate import POLICY, run, subnet, write_plan


class PullRequest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name
        self.write("policy.bylaw", POLICY)
        write_plan(self.path("old.json"), [subnet("a", public=True, module="net"), subnet("b", public=True), subnet("c")])

    def tearDown(self):
        self.temporary.cleanup()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def bylaw(self, *arguments, status):
        return run(*arguments, cwd=self.folder, status=status)

    def check(self, plan, *arguments, status, now="2026-06-01"):
        return self.bylaw("check", plan, "-p", "policy.bylaw", "--now", now, *arguments, status=status)

    def test_walk(self):
        # The old estate has two mistakes; they become the baseline.
        self.check("old.json", "--write-baseline", "baseline.json", status=1)
        self.check("old.json", "--baseline", "baseline.json", "--only-new", status=0)

        # The next plan adds one, in another order, one level deeper, on one line.
        new = [subnet("c"), subnet("d", public=True), subnet("b", public=True), subnet("a", public=True, module="net")]
        write_plan(self.path("new.json"), new, indent=4)
        ran = self.check("new.json", "--baseline", "baseline.json", "--only-new", "--format", "json", "--format", "sarif=r.sarif", "--format", "markdown=r.md", status=1)
        report = json.loads(ran.stdout)
        self.assertEqual([(r["resource"]["address"], r["new"]) for r in report["results"]], [("aws_subnet.d", True)])
        self.assertEqual((report["summary"]["fail"], report["summary"]["new"]), (3, {"fail": 1, "unknown": 0}))

        # SARIF and the comment show it at its place.
        line = next(i for i, text in enumerate(self.read("new.json").split("\n"), 1) if '"aws_subnet.d"' in text) - 1
        (result,) = json.loads(self.read("r.sarif"))["runs"][0]["results"]
        self.assertEqual(result["baselineState"], "new")
        self.assertEqual(result["locations"][0]["physicalLocation"]["region"]["startLine"], line)
        self.assertIn(f"new.json&#58;{line}", self.read("r.md"))
        self.assertIn("## Bylaw: 1 new fail\n\n2 results known from the baseline are not listed.\n", self.read("r.md"))

        # Marked, but not left out, without --only-new.
        report = json.loads(self.check("new.json", "--baseline", "baseline.json", "--format", "json", status=1).stdout)
        self.assertEqual({r["resource"]["address"]: r["new"] for r in report["results"]}, {"aws_subnet.b": False, "aws_subnet.d": True, "module.net.aws_subnet.a": False})

        # A waiver silences it until its date; the day after it fails.
        self.write("policy.bylaw", POLICY + 'waive CO-1 for "aws_subnet.d" until 2026-06-30 because "moves in July" by "net team"\n')
        self.check("new.json", "--baseline", "baseline.json", "--only-new", status=0, now="2026-06-29")
        ran = self.check("new.json", "--baseline", "baseline.json", "--only-new", status=1, now="2026-07-02")
        self.assertIn("aws_subnet.d", ran.stdout)
        self.assertIn("waiver expired 2026-06-30: moves in July (net team)", ran.stdout)
        self.assertIn("3 fail, 1 new (worst: high), 0 undecided,", ran.stdout)
        self.assertTrue(ran.stdout.endswith("2 results known from the baseline are not listed\n"), ran.stdout)
        listed = json.loads(self.bylaw("waivers", "-p", "policy.bylaw", "--now", "2026-06-20", "--format", "json", status=0).stdout)
        self.assertEqual([(w["rule"], w["expired"]) for w in listed], [("CO-1", False)])
        self.assertIn(listed[0]["days_left"], (10, 11))

        # What a waiver covers is no part of a baseline.
        self.check("new.json", "--write-baseline", "with_waiver.json", status=1, now="2026-06-29")
        self.assertNotIn("aws_subnet.d", self.read("with_waiver.json"))

    def test_moved_module_stays_known(self):
        self.check("old.json", "--write-baseline", "baseline.json", status=1)
        write_plan(self.path("new.json"), [subnet("a", public=True, module="network", previous="module.net.aws_subnet.a"), subnet("b", public=True)])
        self.check("new.json", "--baseline", "baseline.json", "--only-new", status=0)
        write_plan(self.path("new.json"), [subnet("a", public=True, module="network"), subnet("b", public=True)])
        self.check("new.json", "--baseline", "baseline.json", "--only-new", status=1)

    def test_undecided_that_fails_now_is_new(self):
        write_plan(self.path("old.json"), [subnet("a", unknown=["map_public_ip_on_launch"])])
        self.check("old.json", "--write-baseline", "baseline.json", status=2)
        self.check("old.json", "--baseline", "baseline.json", "--only-new", status=0)
        write_plan(self.path("new.json"), [subnet("a", public=True)])
        self.check("new.json", "--baseline", "baseline.json", "--only-new", status=1)

    def test_report_is_a_baseline_and_diff_tells_what_changed(self):
        write_plan(self.path("new.json"), [subnet("b", public=True), subnet("d", public=True), subnet("c", unknown=["map_public_ip_on_launch"])])
        self.check("old.json", "--format", "json=old_report.json", status=1)
        self.check("new.json", "--format", "json=new_report.json", status=1)
        report = json.loads(self.check("new.json", "--baseline", "old_report.json", "--only-new", "--format", "json", status=1).stdout)
        self.assertEqual([r["resource"]["address"] for r in report["results"]], ["aws_subnet.c", "aws_subnet.d"])
        difference = json.loads(self.bylaw("diff", "old_report.json", "new_report.json", "--format", "json", status=1).stdout)
        self.assertEqual(difference["summary"], {"appeared": 2, "changed": 0, "fixed": 1})
        text = self.bylaw("diff", "new_report.json", "old_report.json", status=1).stdout
        self.assertIn("- CO-1  undecided  high  aws_subnet.c", text)
        self.assertTrue(text.endswith("1 appeared, 0 changed, 2 fixed\n"), text)
        self.bylaw("diff", "old_report.json", "old_report.json", status=0)

    def test_baselines_that_are_none(self):
        for text, said in [("{", "is no JSON"), ("{}", "is neither a baseline nor a report"), ('{"bylaw": {"baseline": 9}, "findings": []}', "version 9"),
                           ('{"bylaw": {"baseline": 1}, "findings": [{}]}', "without a fingerprint")]:
            self.write("baseline.json", text)
            ran = self.check("old.json", "--baseline", "baseline.json", "--only-new", "--format", "json=out.json", status=3)
            self.assertIn(said, ran.stderr)
            self.assertEqual(ran.stdout, "")
            self.assertFalse(os.path.exists(self.path("out.json")))
        self.assertIn("cannot be opened", self.check("old.json", "--baseline", "none.json", status=3).stderr)
        self.assertIn("--baseline", self.check("old.json", "--only-new", status=3).stderr)


if __name__ == "__main__":
    unittest.main()

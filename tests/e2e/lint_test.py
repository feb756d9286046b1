"""`bylaw lint`: status, formats, what counts as seen, and `--fix`. What each code finds is in tests/cases/lint."""
import json
import os
import stat
import unittest

import jsonschema

from estate import InFolder, ROOT, run

RULES = """package small

import aws

model box { key id: string  size: int = 1  on: bool = true }

define is_big(b: box): bool = not (b.size < 10)

rule big_boxes_are_on {
  id     "S-1"
  title  "Big boxes are on"
  for b in box
  where is_big(b)
  require b.on == true  // the switch
  message "{b} is off"
}
"""

TESTS = """package small

test "a big one that is off" {
  given { box b { size: 20, on: false } }
  expect S-1 fails for b
}
"""


class Lint(InFolder):
    def setUp(self):
        super().setUp()
        self.write("small/rules.bylaw", RULES)
        self.write("small/rules_test.bylaw", TESTS)

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def bylaw(self, *arguments, status=None):
        return run(*arguments, cwd=self.folder, status=status)

    def codes(self, *paths, status=1):
        findings = json.loads(self.bylaw("lint", *paths, "--format", "json", status=status).stdout)["findings"]
        return [finding["code"] for finding in findings]

    def test_findings_have_their_place(self):
        ran = self.bylaw("lint", "small", status=1)
        self.assertIn("small/rules.bylaw:3:8", ran.stdout)
        self.assertIn("lint[W0001]", ran.stdout)
        self.assertIn("3 findings in 2 files", ran.stdout)
        self.assertIn("`--fix` can put 3 of them right", ran.stdout)
        self.assertEqual(ran.stderr, "")

    def test_one_file_sees_the_rest_of_its_package(self):
        self.assertEqual(self.codes("small/rules.bylaw"), ["W0001", "W0015", "W0015"])
        os.remove(os.path.join(self.folder, "small/rules_test.bylaw"))
        self.assertEqual(self.codes("small/rules.bylaw"), ["W0001", "W0015", "W0009", "W0015"])
        # A file of another package is not of it.
        self.write("small/other.bylaw", "package other\n\nthis is nothing\n")
        self.assertEqual(self.codes("small/rules.bylaw"), ["W0001", "W0015", "W0009", "W0015"])

    def test_fix(self):
        os.chmod(os.path.join(self.folder, "small/rules.bylaw"), 0o640)
        before = self.read("small/rules_test.bylaw")
        ran = self.bylaw("lint", "small", "--fix", status=0)
        self.assertIn("3 findings put right", ran.stdout)
        fixed = self.read("small/rules.bylaw")
        self.assertNotIn("import", fixed)
        self.assertIn("define is_big(b: box): bool = b.size >= 10\n", fixed)
        self.assertIn("require b.on  // the switch\n", fixed)
        self.bylaw("fmt", "--check", "small/rules.bylaw", status=0)
        self.bylaw("test", "small", status=0)
        self.assertEqual(self.read("small/rules_test.bylaw"), before)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.folder, "small/rules.bylaw")).st_mode), 0o640)
        self.assertEqual(sorted(os.listdir(os.path.join(self.folder, "small"))), ["rules.bylaw", "rules_test.bylaw"])

    def test_what_does_not_compile_is_left_alone(self):
        broken = RULES.replace("b.size < 10", "b.sice < 10")
        self.write("small/rules.bylaw", broken)
        ran = self.bylaw("lint", "small", "--fix", "--format", "json", status=3)
        self.assertEqual(ran.stdout, "")
        self.assertIn("E0302", ran.stderr)
        self.assertEqual(self.read("small/rules.bylaw"), broken)
        self.bylaw("lint", "missing", status=3)
        os.mkdir(os.path.join(self.folder, "empty"))
        self.bylaw("lint", "empty", status=3)

    def test_sarif(self):
        with open(os.path.join(ROOT, "tests/e2e/schemas", "sarif-2.1.0.json"), encoding="utf-8") as file:
            schema = json.load(file)
        ran = self.bylaw("lint", "small", "--format", "text", "--format", "sarif=out.sarif", status=1)
        self.assertIn("3 findings", ran.stdout)
        report = json.loads(self.read("out.sarif"))
        jsonschema.validate(report, schema)
        results = report["runs"][0]["results"]
        self.assertEqual([result["ruleId"] for result in results], ["W0001", "W0015", "W0015"])
        change = results[1]["fixes"][0]["artifactChanges"][0]["replacements"][0]
        self.assertEqual(change["insertedContent"]["text"], "b.size >= 10")

    def test_shipped_rules_are_seen_through_imports_but_not_judged(self):
        self.write("own/own.bylaw", "package own\n\nimport aws\n\nrule r {\n  id       \"O-1\"\n  title    \"t\"\n  for s in aws.subnet\n  require s.tags[\"a\"] == \"b\"\n  message  \"m\"\n}\n")
        self.assertEqual(self.codes("own"), ["W0009"])


if __name__ == "__main__":
    unittest.main()

"""bylaw.toml, the environment and options: which wins, what `bylaw config` says of it, and what is wrong with a file."""
import json
import os
import re
import unittest

from estate import InFolder, POLICY, run, subnet, write_plan

PARAMS = """
package ops.net

param least: int = 1
param names: list<string> = ["a"]

rule least_is_two {
  id       "OPS-1"
  title    "t"
  severity low
  require least == 2
  message "least is {least}, and there are {count(names)} names"
}
"""


class Settings(InFolder):
    def setUp(self):
        super().setUp()
        self.write("rules/company.bylaw", POLICY)
        self.write("rules/ops.bylaw", PARAMS)
        write_plan(os.path.join(self.folder, "plan.json"), [subnet("a", public=True), subnet("b")])

    def bylaw(self, *arguments, status=None, inside="", **environment):
        return run(*arguments, cwd=os.path.join(self.folder, inside), status=status, environment=environment)

    def config(self, *arguments, inside="", **environment):
        """key → (value, origin) of `bylaw config`."""
        ran = self.bylaw("config", *arguments, status=0, inside=inside, **environment)
        settings = {}
        for line in ran.stdout.splitlines():
            found = re.match(r"(# )?(\S+) = (.*?)\s+# (.*)$", line)
            if found:
                settings.setdefault(found[2], (found[3], found[4]))
        return settings

    def error(self, toml, *expected, arguments=("config",), **environment):
        self.write("bylaw.toml", toml)
        ran = self.bylaw(*arguments, status=3, **environment)
        self.assertEqual(ran.stdout, "")
        for text in expected:
            self.assertIn(text, ran.stderr)
        self.assertEqual(len([line for line in ran.stderr.splitlines() if "error" in line]), 1, ran.stderr)

    # ---- who wins

    def test_each_level_wins_over_the_one_below(self):
        self.write("bylaw.toml", 'policies = ["rules"]\n')
        self.assertEqual(self.config()["fail-on"], ('"info"', "default"))
        self.write("bylaw.toml", 'policies = ["rules"]\nfail-on = "low"\n[environments.prod]\nfail-on = "medium"\n')
        self.assertEqual(self.config()["fail-on"], ('"low"', "bylaw.toml:2:11"))
        self.assertEqual(self.config("--environment", "prod")["fail-on"], ('"medium"', "bylaw.toml:4:11"))
        self.assertEqual(self.config(BYLAW_ENVIRONMENT="prod")["fail-on"], ('"medium"', "bylaw.toml:4:11"))
        self.assertEqual(self.config("--environment", "prod", BYLAW_FAIL_ON="high")["fail-on"], ('"high"', "environment variable BYLAW_FAIL_ON"))
        self.assertEqual(self.config("--environment", "prod", "--fail-on", "critical", BYLAW_FAIL_ON="high")["fail-on"], ('"critical"', "option --fail-on"))

    def test_lists_and_flags(self):
        self.write("bylaw.toml", 'policies = ["rules"]\nskip = ["CO-*"]\nclosed-world = true\nwith = "live.json"\n')
        settings = self.config()
        self.assertEqual(settings["skip"], ('["CO-*"]', "bylaw.toml:2:8"))
        self.assertEqual(settings["closed-world"], ("true", "bylaw.toml:3:16"))
        self.assertEqual(settings["with"], ('["live.json"]', "bylaw.toml:4:8"))
        self.assertEqual(self.config(BYLAW_SKIP="A-*,B-*", BYLAW_CLOSED_WORLD="0")["skip"][0], '["A-*", "B-*"]')
        self.assertEqual(self.config(BYLAW_CLOSED_WORLD="0")["closed-world"], ("false", "environment variable BYLAW_CLOSED_WORLD"))
        self.assertEqual(self.config("--skip", "C-*", BYLAW_SKIP="A-*")["skip"], ('["C-*"]', "option --skip"))

    def test_what_config_prints_is_a_file_that_says_the_same(self):
        self.write("bylaw.toml", 'policies = ["rules"]\nfail-on = "low"\n[params]\n"ops.net.least" = 2\n[packages.company]\nfail-on = "high"\n')
        printed = self.bylaw("config", "--unknown", "fail", status=0).stdout
        self.write("again.toml", printed)
        again = self.bylaw("config", "--config", "again.toml", status=0).stdout
        values = [[re.sub(r"\s*# .*", "", line) for line in text.splitlines()] for text in (printed, again)]
        self.assertEqual(values[0], values[1])

    def test_found_above_and_relative_to_the_file(self):
        self.write("bylaw.toml", 'policies = ["rules/company.bylaw"]\ninputs = ["plan.json"]\nformats = ["text", "json=out.json"]\n')
        os.makedirs(os.path.join(self.folder, "deep", "er"))
        ran = self.bylaw("check", inside="deep/er", status=1)
        self.assertIn("CO-1", ran.stdout)
        self.assertIn("at ../../plan.json:", ran.stdout)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "out.json")))
        self.assertEqual(self.config(inside="deep/er")["policies"], ('["../../rules/company.bylaw"]', "../../bylaw.toml:1:12"))
        self.assertIn("no input is named", self.bylaw("check", "--no-config", inside="deep/er", status=3).stderr)

    def test_named_file(self):
        self.write("bylaw.toml", 'fail-on = "low"\n')
        self.write("other/own.toml", 'fail-on = "high"\npolicies = ["../rules"]\n')
        self.assertEqual(self.config("--config", "other/own.toml")["fail-on"], ('"high"', "other/own.toml:1:11"))
        self.assertEqual(self.config("--config", "other/own.toml")["policies"][0], '["rules"]')
        self.assertEqual(self.config(BYLAW_CONFIG="other/own.toml")["fail-on"][0], '"high"')
        self.assertIn("missing.toml", self.bylaw("config", "--config", "missing.toml", status=3).stderr)

    # ---- thresholds

    def test_threshold_by_package_and_environment(self):
        self.write("bylaw.toml", 'policies = ["rules"]\ninputs = ["plan.json"]\nskip = ["OPS-*"]\n[packages.company]\nfail-on = "critical"\n[environments.prod.packages.company]\nfail-on = "high"\n')
        self.bylaw("check", status=0)
        self.bylaw("check", "--environment", "prod", status=1)
        self.bylaw("check", "--fail-on", "info", status=1)
        self.bylaw("check", status=1, BYLAW_FAIL_ON="high")
        self.write("bylaw.toml", 'policies = ["rules"]\ninputs = ["plan.json"]\nskip = ["CO-*"]\nfail-on = "critical"\n[packages.ops]\nfail-on = "low"\n')
        self.bylaw("check", status=1)  # ops.net is below ops
        self.write("bylaw.toml", 'policies = ["rules"]\ninputs = ["plan.json"]\nskip = ["CO-*"]\n[packages.op]\nfail-on = "critical"\n')
        self.bylaw("check", status=1)  # and not below op

    # ---- params

    def test_params(self):
        check = ("check", "plan.json", "--rule", "OPS-1")
        base = 'policies = ["rules"]\n'
        self.write("bylaw.toml", base)
        self.assertIn("least is 1, and there are 1 names", self.bylaw(*check, status=1).stdout)
        self.write("bylaw.toml", base + '[params]\n"ops.net.least" = 2\n')
        self.bylaw(*check, status=0)
        self.write("bylaw.toml", base + "[params.ops.net]\nleast = 2\n")
        self.bylaw(*check, status=0)
        self.assertIn("least is 3,", self.bylaw(*check, status=1, BYLAW_PARAM_OPS__NET__LEAST="3").stdout)
        self.assertIn("least is 4,", self.bylaw(*check, "--param", "ops.net.least=4", status=1, BYLAW_PARAM_OPS__NET__LEAST="3").stdout)
        self.write("bylaw.toml", base + '[params.ops.net]\nleast = 7\nnames = ["a", "b", "c"]\n')
        self.assertIn("least is 7, and there are 3 names", self.bylaw(*check, status=1).stdout)
        self.assertEqual(self.config()['"ops.net.names"'], ('"[\\"a\\",\\"b\\",\\"c\\"]"', "bylaw.toml:4:9"))
        self.assertIn("OPS-1", self.bylaw("why", "OPS-1", "x", "plan.json").stdout + self.bylaw("why", "OPS-1", "x", "plan.json").stderr)
        # Other policies than the file's do not have its params.
        self.bylaw("check", "plan.json", "-p", "rules/company.bylaw", status=1)

    def test_params_that_are_wrong(self):
        base = 'policies = ["rules"]\n'
        self.error(base + '[params]\n"ops.net.leest" = 2\n', "bylaw.toml:3:19: there is no param `ops.net.leest`", "did you mean `ops.net.least`?")
        self.error(base + '[params]\n"ops.net.least" = "two"\n', "bylaw.toml:3:19: parameter `ops.net.least`")
        self.error(base, "environment variable BYLAW_PARAM_OPS__NET__LEEST names no param", "did you mean `BYLAW_PARAM_OPS__NET__LEAST`?", BYLAW_PARAM_OPS__NET__LEEST="2")
        self.error(base, "environment variable BYLAW_PARAM_OPS__NET__LEAST: parameter `ops.net.least`", BYLAW_PARAM_OPS__NET__LEAST="two")
        self.error(base, "there is no param `ops.net.leest`", "did you mean", arguments=("check", "plan.json", "--param", "ops.net.leest=2"))

    # ---- files that are wrong

    def test_each_mistake_is_one_error_with_its_place(self):
        self.error('polices = ["rules"]\n', "bylaw.toml:1:1: there is no setting `polices`", "did you mean `policies`?")
        self.error('\n  zzz = 1\n', "bylaw.toml:2:3: there is no setting `zzz`", "`bylaw config` prints all there are")
        self.error('fail-on = "hihg"\n', "bylaw.toml:1:11: `fail-on` is `info`, `low`, `medium`, `high` or `critical`, and this is `hihg`", "did you mean `high`?")
        self.error("fail-on = 3\n", "bylaw.toml:1:11: `fail-on` is `info`, `low`, `medium`, `high` or `critical`, and this is a whole number")
        self.error('policies = { a = 1 }\n', "bylaw.toml:1:12: `policies` is a list of texts, and this is a table")
        self.error('policies = ["rules", 3]\n', "bylaw.toml:1:22: `policies` is a list of texts, and this is a whole number")
        self.error('closed-world = "yes"\n', "bylaw.toml:1:16: `closed-world` is `true` or `false`, and this is a text")
        self.error('jobs = "two"\n', "bylaw.toml:1:8: `jobs` is a number, and this is a text")
        self.error('formats = ["jsn=out.json"]\n', "bylaw.toml:1:12: there is no report format `jsn`", "did you mean `json`?")
        self.error('params = 3\n', "bylaw.toml:1:10: `params` is a table: `[params]`, and this is a whole number")
        self.error('[packages.company]\nfail-one = "low"\n', "bylaw.toml:2:1: there is no setting `fail-one` of a package")
        self.error('[packages.company]\nfail-on = "lwo"\n', "bylaw.toml:2:11:", "did you mean `low`?")
        self.error('[environments.prod]\nfail-om = "low"\n', "bylaw.toml:2:1: there is no setting `fail-om`", "did you mean `fail-on`?")
        self.error("[environments.prod]\n", "--environment: there is no environment `prd`", "did you mean `prod`?", arguments=("config", "--environment", "prd"))
        self.error('environment = "prod"\n', "bylaw.toml:1:15: there is no environment `prod` in this file")
        self.error('fail-on = \n', "bylaw.toml:1:", "this is no TOML")
        self.error('fail-on = "low"\nfail-on = "high"\n', "bylaw.toml:2:", "this is no TOML")
        self.error('fail-on = "low"\n', "the environment variable BYLAW_FAIL_ON is", "did you mean `high`?", BYLAW_FAIL_ON="hgih")
        self.error('fail-on = "low"\n', "the environment variable BYLAW_CLOSED_WORLD is `true` or `false`, and this is `maybe`", BYLAW_CLOSED_WORLD="maybe")
        self.error('policies = ["rules"]\nmax-depth = 0\n', "bylaw.toml:2:13", "--max-depth")
        self.error('policies = ["missing"]\n', "there is no file, folder or shipped pack `missing`")

    def test_no_file_and_an_environment(self):
        self.assertIn("there is no bylaw.toml here or above", self.bylaw("config", "--environment", "prod", status=3).stderr)

    def test_commands_that_take_policies_take_those_of_the_file(self):
        self.write("bylaw.toml", 'policies = ["rules/company.bylaw"]\ninputs = ["plan.json"]\nformats = ["json"]\n')
        self.assertIn("CO-1", self.bylaw("rules", status=0).stdout)
        self.assertNotIn("NET-", self.bylaw("rules", status=0).stdout)
        self.assertIn("CO-1", self.bylaw("explain", "CO-1", status=0).stdout)
        self.assertIn("aws_subnet.a", self.bylaw("why", "CO-1", "aws_subnet.a", status=0).stdout)
        self.assertIn("aws_subnet.a", self.bylaw("query", "[s.address for s in aws.subnet]", status=0).stdout)
        self.assertIn("aws.subnet", self.bylaw("inspect", status=0).stdout)
        counted = json.loads(self.bylaw("report", "surface", "--format", "json", status=0).stdout)
        self.assertEqual([i["path"] for i in counted["run"]["inputs"]], ["plan.json"])
        self.assertEqual([s["counts"]["settings"] for s in counted["stacks"] if s["name"] == "container"], [4])  # two rules, two subnets
        self.assertIn("no input is named", self.bylaw("report", "surface", "--no-config", status=3).stderr)

    def test_init_writes_one(self):
        self.bylaw("init", "starter", status=0)
        settings = self.config(inside="starter")
        self.assertEqual(settings["policies"][0], '["policies"]')
        self.bylaw("lint", "starter/policies", status=0)
        self.bylaw("check", "../plan.json", inside="starter", status=0)


if __name__ == "__main__":
    unittest.main()

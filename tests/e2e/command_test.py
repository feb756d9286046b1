"""The command at a terminal, in a pipe, interrupted, and with outputs that cannot be written."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest

from estate import BYLAW, POLICY, ROOT, run, subnet, write_plan

STOREFRONT = os.path.join(ROOT, "policies", "examples", "company", "plan")


def at_terminal(*arguments, cwd, interrupt_on=None, timeout=60):
    """Runs the command with stderr and stdout at a terminal of its own; gives (status, what it showed). `interrupt_on`: a pattern after which Ctrl-C is sent."""
    master, slave = pty.openpty()
    process = subprocess.Popen([BYLAW, *arguments], cwd=cwd, stdin=slave, stdout=slave, stderr=slave, env={**os.environ, "TERM": "xterm", "COLUMNS": "80"}, start_new_session=True)
    os.close(slave)
    shown, end = b"", time.monotonic() + timeout
    while time.monotonic() < end:
        ready, _, _ = select.select([master], [], [], 0.2)
        if ready:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        if interrupt_on and re.search(interrupt_on, shown):
            process.send_signal(signal.SIGINT)
            interrupt_on = None
    status = process.wait(timeout=10)
    os.close(master)
    return status, shown.decode("utf-8", "replace")


class Command(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name
        with open(os.path.join(self.folder, "policy.bylaw"), "w", encoding="utf-8") as file:
            file.write(POLICY)
        write_plan(os.path.join(self.folder, "plan.json"), [subnet("a", public=True), subnet("b")])

    def tearDown(self):
        self.temporary.cleanup()

    def bylaw(self, *arguments, status=None, **options):
        return run(*arguments, cwd=self.folder, status=status, **options)

    def check(self, *arguments, status=None, **options):
        return self.bylaw("check", "plan.json", "-p", "policy.bylaw", *arguments, status=status, **options)

    # ---- outputs, whole or not at all

    def test_no_output_is_replaced_when_one_cannot_be_written(self):
        with open(os.path.join(self.folder, "old.json"), "w") as file:
            file.write("as it was")
        ran = self.check("--format", "json=old.json", "--format", "sarif=missing/out.sarif", "--format", "text", status=3)
        self.assertIn("missing/out.sarif: cannot be written", ran.stderr)
        self.assertEqual(ran.stdout, "")
        with open(os.path.join(self.folder, "old.json")) as file:
            self.assertEqual(file.read(), "as it was")
        self.assertEqual(sorted(os.listdir(self.folder)), ["old.json", "plan.json", "policy.bylaw"])

    def test_full_disk(self):
        ran = self.check("--format", "json=/dev/full", status=3)
        self.assertIn("No space left on device", ran.stderr)

    def test_reader_that_goes_away_is_quiet(self):
        plan = [subnet("s", public=True, index=i) for i in range(3000)]
        write_plan(os.path.join(self.folder, "plan.json"), plan)
        process = subprocess.Popen([BYLAW, "check", "plan.json", "-p", "policy.bylaw", "--format", "json"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.read(10)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()
        self.assertEqual(process.wait(), -signal.SIGPIPE)

    # ---- a terminal and a pipe

    def test_colour_at_a_terminal_only(self):
        self.assertNotIn("\x1b", self.check(status=1).stdout)
        status, shown = at_terminal("check", "plan.json", "-p", "policy.bylaw", cwd=self.folder)
        self.assertEqual(status, 1)
        self.assertIn("\x1b[31mfail\x1b[0m", shown)

    def slow(self):
        """A policy that takes seconds: all pairs of all pairs of subnets."""
        with open(os.path.join(self.folder, "slow.bylaw"), "w") as file:
            file.write('package slow\nimport aws\nrule slow { id "S-1" title "slow" for a in aws.subnet, b in aws.subnet forbid exists c in aws.subnet where '
                       'lower((a.availability_zone ?? "") + (b.availability_zone ?? "") + (c.availability_zone ?? "")) like "*x*y*z" }\n')
        write_plan(os.path.join(self.folder, "plan.json"), [subnet("s", zone=f"zone-{i}", index=i) for i in range(1500)])

    def test_progress_at_a_terminal_and_interrupt_leaves_nothing(self):
        self.slow()
        start = time.monotonic()
        status, shown = at_terminal("check", "plan.json", "-p", "slow.bylaw", "--format", "json=out.json", cwd=self.folder, interrupt_on=rb"judging")
        self.assertEqual(status, -signal.SIGINT)
        self.assertIn("judging", shown)
        self.assertTrue(shown.endswith("\r\x1b[K"), repr(shown[-40:]))
        self.assertLess(time.monotonic() - start, 30)
        self.assertEqual(sorted(os.listdir(self.folder)), ["plan.json", "policy.bylaw", "slow.bylaw"])

    def test_no_progress_in_a_pipe(self):
        self.slow()
        ran = self.bylaw("check", "plan.json", "-p", "slow.bylaw", "--timeout", "1.5", status=3)
        self.assertRegex(ran.stderr, r"^bylaw: error: the evaluation took longer than its time budget of 1500 ms\n$")

    @unittest.skipIf(os.environ.get("BYLAW_SANITIZE"), "a sanitizer wants more memory than any limit")
    def test_memory_limit(self):
        self.slow()
        ran = self.bylaw("check", "plan.json", "-p", "policy.bylaw", "--max-memory", "1M", status=3)
        self.assertEqual(ran.stderr, "bylaw: error: more than the 1M of --max-memory would be needed\n")
        self.assertIn("is no size", self.check("--max-memory", "lots", status=3).stderr)

    # ---- options

    def test_filters_that_name_nothing(self):
        self.assertIn("`--rule CO-9` names no rule", self.check("--rule", "CO-9", status=3).stderr)
        self.assertIn("`--skip CO-9` names no rule", self.check("--skip", "CO-9", status=3).stderr)
        self.assertIn("names no framework", self.check("--framework", "cis", status=3).stderr)
        self.check("--framework", "cis-aws-3.0.0:5.2", status=0)

    def test_a_folder_that_is_called_like_a_pack_is_not_meant(self):
        os.mkdir(os.path.join(self.folder, "kubernetes"))
        self.assertIn("K8S-B01", self.bylaw("rules", status=0).stdout)
        self.bylaw("report", "surface", "plan.json", status=0)
        self.assertIn("no policy files", self.bylaw("rules", "-p", "kubernetes", status=3).stderr)

    def test_a_policy_given_as_an_input(self):
        os.mkdir(os.path.join(self.folder, "mine"))
        os.rename(os.path.join(self.folder, "policy.bylaw"), os.path.join(self.folder, "mine", "policy.bylaw"))
        for given, what in (("mine", "the folder has policies, and no file to judge"), ("mine/policy.bylaw", "this is a policy")):
            done = self.bylaw("check", given, status=3)
            self.assertIn(f"{given}: {what}\n  hint: policies are named with -p", done.stderr)

    def test_quiet_verbose_stats(self):
        self.assertEqual(len(self.check("--quiet", status=1).stdout.splitlines()), 2)
        self.assertIn("read plan.json: terraform_plan", self.check("--verbose", status=1).stderr)
        self.assertRegex(self.check("--stats", status=1).stderr, r"(?s)policies .* ms.*inputs.*rules.*total .* peak memory")

    # ---- text for people

    def test_three_thousand_findings_read_well(self):
        write_plan(os.path.join(self.folder, "plan.json"), [subnet("s", public=True, index=i) for i in range(3000)])
        lines = self.check(status=1).stdout.splitlines()
        self.assertLess(len(lines), 80)
        self.assertTrue(all(len(line) <= 80 for line in lines), max(lines, key=len))
        self.assertTrue(any("and 2975 more like these" in line for line in lines))
        self.assertGreater(len(self.check("--verbose", status=1).stdout.splitlines()), 3000)

    def test_what_is_not_listed_changes_nothing_that_is(self):
        # The text report alone asks for the first results only; beside a report that lists all of them, they are all there.
        names = [f"s{i * 37 % 100}" for i in range(100)]
        write_plan(os.path.join(self.folder, "plan.json"), [subnet(name, public=name != "s7") for name in names])
        for options in ((), ("--all",), ("--jobs", "2")):
            alone = self.check(*options, status=1).stdout
            beside = self.check(*options, "--format", "text", "--format", "json=all.json", status=1).stdout
            self.assertEqual(alone, beside)
            with open(os.path.join(self.folder, "all.json"), encoding="utf-8") as file:
                addresses = [result["resource"]["address"] for result in json.load(file)["results"] if result["rule"] == "CO-1"]
            self.assertEqual(len(addresses), 100 if options == ("--all",) else 99)
            self.assertEqual(re.findall(r"^  (?:fail|pass) +(\S+)", alone, re.MULTILINE)[:25], addresses[:25])

    def test_excerpt_is_the_resource_also_in_a_plan_on_one_line(self):
        for indent in (None, 2):
            write_plan(os.path.join(self.folder, "plan.json"), [subnet("a", public=True)], indent=indent)
            self.assertIn('│ {"address": "aws_subnet.a", "mode"', self.check(status=1).stdout.replace('{ "', '{"'))

    # ---- why

    def test_why_of_a_fail_in_modules(self):
        ran = self.bylaw("why", "NET-001", "module.shop_network.aws_subnet.public[0]", STOREFRONT, status=0)
        for part in ["fail  module.shop_network.aws_subnet.public[0]", "where", "net.is_public(subnet) = true", "module.shop_network.aws_route_table.public", "0.0.0.0/0",
                     "module.shop_network.aws_internet_gateway.this", "orders-containers.json:", "so: fail"]:
            self.assertIn(part, ran.stdout, part)

    def test_why_of_a_pass_and_of_what_does_not_apply(self):
        self.assertIn("so: pass", self.bylaw("why", "CO-1", "aws_subnet.b", "plan.json", "-p", "policy.bylaw", status=0).stdout)
        self.assertIn("subnet.map_public_ip_on_launch = true", self.bylaw("why", "CO-1", "aws_subnet.a", "plan.json", "-p", "policy.bylaw", status=0).stdout)

    def test_why_of_an_unknown_says_what_would_settle_it(self):
        write_plan(os.path.join(self.folder, "plan.json"), [subnet("a", unknown=["map_public_ip_on_launch"])])
        ran = self.bylaw("why", "CO-1", "aws_subnet.a", "plan.json", "-p", "policy.bylaw", status=0)
        self.assertIn("known after apply", ran.stdout)
        self.assertIn("settled by: the state after `terraform apply`", ran.stdout)
        self.assertIn("so: undecided", ran.stdout)

    def test_why_of_what_is_not_there(self):
        self.assertIn("did you mean `aws_subnet.a`?", self.bylaw("why", "CO-1", "aws_subnet.aa", "plan.json", "-p", "policy.bylaw", status=3).stderr)
        self.assertIn("there is no rule `CO-7`", self.bylaw("why", "CO-7", "aws_subnet.a", "plan.json", "-p", "policy.bylaw", status=3).stderr)

    def test_why_tells_each_row_of_a_resource(self):
        with open(os.path.join(self.folder, "group.yaml"), "w") as file:
            file.write("Resources:\n  Gate:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: g\n      SecurityGroupIngress:\n" +
                       "".join(f"        - {{IpProtocol: tcp, FromPort: {port}, ToPort: {port}, CidrIp: 10.0.0.0/8, Description: {text}}}\n" for port, text in [(22, '""'), (443, "web"), (3389, '""')]))
        with open(os.path.join(self.folder, "policy.bylaw"), "w") as file:
            file.write('package p\nimport aws\nrule r { id "P-1" title "t" for r in aws.security_group_rule where not r.implicit require r.description == "web" or r.from_port == 0 message "{r.from_port ?? 0}" }\n')
        ran = self.bylaw("check", "group.yaml", "-p", "policy.bylaw", "--why", status=1)
        self.assertEqual(re.findall(r"r\.from_port = (\d+)", ran.stdout), ["22", "3389"])
        self.assertEqual(self.bylaw("why", "P-1", "Gate", "group.yaml", "-p", "policy.bylaw", status=0).stdout.count("for r = Gate"), 4)  # with the rule that lets everything out

    def test_why_hides_what_is_sensitive(self):
        write_plan(os.path.join(self.folder, "plan.json"), [subnet("a", zone="hunter2-secret", sensitive={"availability_zone": True})])
        with open(os.path.join(self.folder, "policy.bylaw"), "w") as file:
            file.write('package p\nimport aws\nrule r { id "P-1" title "t" for s in aws.subnet require s.availability_zone == "hunter2-secret2" message "{s.availability_zone ?? "none"}" }\n')
        for arguments in (["why", "P-1", "aws_subnet.a", "plan.json", "-p", "policy.bylaw"], ["check", "plan.json", "-p", "policy.bylaw", "--why"],
                          ["query", "[s.availability_zone ?? \"none\" for s in aws.subnet]", "plan.json"]):
            ran = self.bylaw(*arguments)
            self.assertIn("(sensitive)", ran.stdout, ran.stderr)
            self.assertNotIn("hunter2-secret\"", ran.stdout)
            self.assertNotIn("hunter2-secret ", ran.stdout)

    def test_why_shows_the_same_for_check(self):
        text = self.check("--why", status=1).stdout
        self.assertIn("subnet.map_public_ip_on_launch = true", text)

    def test_jobs_do_not_change_the_report(self):
        one = self.check("--format", "json", "--jobs", "1", "--now", "2026-01-01", status=1).stdout
        self.assertEqual(one, self.check("--format", "json", "--jobs", "4", "--now", "2026-01-01", status=1).stdout)
        self.assertEqual(json.loads(one)["summary"]["exit_status"], 1)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env bash
# integrations.sh BYLAW SCRATCH: what stands in action.yml, the GitLab, Azure and Jenkins snippets, the hooks, the manual page and the Containerfile, run as far as its parts can be had.
set -uo pipefail
bylaw=$1
scratch=$2
root=$PWD
rm -rf "$scratch" && mkdir -p "$scratch/bin" "$scratch/work"
ln -s "$bylaw" "$scratch/bin/bylaw"
failures=0
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }
export BYLAW_POLICIES=$root/policies PATH=$scratch/bin:$PATH
cd "$scratch/work" || exit 1
cp "$root/policies/examples/company/plan/orders-containers.json" plan.json
printf '{"format_version": "1.2", "planned_values": {"root_module": {}}, "resource_changes": [], "configuration": {"root_module": {}}}' >empty.json

# part FILE PATH: a value of a YAML file, such as jobs.0.script.
part() { /usr/bin/python3 -c '
import sys, yaml
value = yaml.safe_load(open(sys.argv[1]))
for key in sys.argv[2].split("."):
    value = value[int(key)] if key.isdigit() else value[key]
print("\n".join(value) if isinstance(value, list) else value)' "$@"; }
# runs STATUS SCRIPT WHAT: with bash, as the platforms do.
runs() {
  local got=0
  bash -e -c "$2" >"$scratch/out" 2>"$scratch/err" || got=$?
  [ "$got" = "$1" ] || fail "$3: status $got, not $1: $(cat "$scratch/out" "$scratch/err")"
}

# ---- GitHub: the step's own command, with the environment that it sets
step=$(part "$root/action.yml" runs.steps.0.run)
step=${step//'${{ github.action_path }}'/$root}
export GITHUB_STEP_SUMMARY=$scratch/summary GITHUB_OUTPUT=$scratch/output
env_names=$(/usr/bin/python3 -c 'import sys, yaml; print(" ".join(yaml.safe_load(open(sys.argv[1]))["runs"]["steps"][0]["env"]))' "$root/action.yml")
[ "$env_names" = "INPUTS POLICIES BASELINE SARIF ARGUMENTS" ] || fail "the action's environment: $env_names"
INPUTS=plan.json POLICIES="network data" BASELINE="" SARIF=bylaw.sarif ARGUMENTS="--now 2026-01-01" runs 1 "$step" "action.yml"
grep -q '^::error file=plan.json,line=' "$scratch/out" || fail "no annotation"
/usr/bin/python3 -c 'import json; assert json.load(open("bylaw.sarif"))["runs"][0]["results"]' || fail "no SARIF"
[ -s "$scratch/summary" ] && grep -qx status=1 "$scratch/output" || fail "no summary, or no status"
INPUTS=empty.json POLICIES=network BASELINE="" SARIF=empty.sarif ARGUMENTS="" runs 0 "$step" "action.yml, nothing to find"

# ---- GitLab
script=$(part "$root/integrations/gitlab/bylaw.yml" bylaw.script)
BYLAW_INPUTS=plan.json BYLAW_ARGUMENTS="-p network" runs 1 "$script" "GitLab"
for report in codequality junit; do [ -s "$(part "$root/integrations/gitlab/bylaw.yml" bylaw.artifacts.reports.$report)" ] || fail "GitLab: no $report report"; done
[ "$(part "$root/integrations/gitlab/bylaw.yml" bylaw.allow_failure.exit_codes)" = 2 ] || fail "GitLab: what is undecided"

# ---- Azure Pipelines
script=$(part "$root/integrations/azure/bylaw.yml" steps.0.script)
rm -f bylaw-junit.xml bylaw.sarif
runs 1 "${script//'${{ parameters.inputs }}'/plan.json}" "Azure"
[ -s "$(part "$root/integrations/azure/bylaw.yml" steps.1.inputs.testResultsFiles)" ] && [ -s "$(part "$root/integrations/azure/bylaw.yml" steps.2.inputs.pathToPublish)" ] || fail "Azure: no reports"
# What is undecided is an issue, not a failure.
printf '#!/bin/sh\nexit 2\n' >"$scratch/undecided" && chmod +x "$scratch/undecided" && mkdir -p "$scratch/two" && ln -sf "$scratch/undecided" "$scratch/two/bylaw"
PATH=$scratch/two:$PATH runs 0 "${script//'${{ parameters.inputs }}'/plan.json}" "Azure, undecided"
grep -q 'result=SucceededWithIssues' "$scratch/out" || fail "Azure: no issue"

# ---- Jenkins: the shell command in the pipeline
script=$(sed -n "s/.*script: '\(.*\)').*/\1/p" "$root/integrations/jenkins/Jenkinsfile")
[ -n "$script" ] || fail "no command in the Jenkinsfile"
rm -f bylaw-junit.xml bylaw.html
runs 1 "$script" "Jenkins"
for file in $(sed -n "s/.*\(testResults\|artifacts\): '\([^']*\)'.*/\2/p" "$root/integrations/jenkins/Jenkinsfile"); do [ -s "$file" ] || fail "Jenkins: no $file"; done

# ---- in the place of conftest
conftest=$root/integrations/conftest/conftest
mkdir policy && cp -r "$root/policies/packs/network" policy/
runs 1 "'$conftest' test plan.json" "conftest, the folder policy"
runs 1 "'$conftest' test -o json -p network plan.json" "conftest, json"
/usr/bin/python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["results"]' "$scratch/out" || fail "conftest: no JSON"
runs 0 "'$conftest' test --no-fail -p network --output=tap plan.json" "conftest, --no-fail"
runs 1 "'$conftest' test -p network missing.json" "conftest, no input"
runs 1 "'$conftest' verify" "conftest, another command"
runs 1 "'$conftest' test --combine plan.json" "conftest, an option that is not here"

rm -r policy

# ---- hooks of pre-commit: what they say runs, on good and bad policies
/usr/bin/python3 - "$root/.pre-commit-hooks.yaml" <<'PYTHON' >"$scratch/hooks" || fail "the hooks"
import re, sys, yaml
for hook in yaml.safe_load(open(sys.argv[1])):
    assert re.search(hook["files"], "policies/a.bylaw") and not re.search(hook["files"], "a.py"), hook
    assert hook["language"] == "system" and hook["name"] and hook["description"], hook
    print(hook["entry"] + (" policies/a.bylaw" if hook.get("pass_filenames", True) else ""))
PYTHON
mkdir policies && printf 'package a\nmodel b { key id: string }\n' >policies/a.bylaw
[ "$(wc -l <"$scratch/hooks")" -ge 2 ] || fail "no hooks"
while read -r entry; do runs 0 "$entry" "hook: $entry"; done <"$scratch/hooks"
printf 'package a\nmodel b {' >policies/a.bylaw
while read -r entry; do
  bash -c "$entry" >/dev/null 2>&1 && fail "hook, on a policy that is broken: $entry"
done <"$scratch/hooks"

# ---- the manual page
bylaw man >bylaw.1 || fail "bylaw man"
if command -v man >/dev/null; then
  warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=100 man --warnings -E UTF-8 -l -Tutf8 -Z ./bylaw.1 2>&1 >/dev/null)
  [ -z "$warnings" ] || fail "man --warnings: $warnings"
fi
if command -v mandoc >/dev/null; then
  lint=$(mandoc -T lint -W warning bylaw.1 2>&1 | grep -v 'missing date' || true)
  [ -z "$lint" ] || fail "mandoc -T lint: $lint"
fi
for command in $(bylaw --help | sed -n '/^Subcommands:/,$ s/^  \([a-z]*\) .*/\1/p'); do grep -q "^\.SS bylaw $command" bylaw.1 || fail "$command is not in the manual page"; done
for option in $(bylaw check --help | grep -oE '^ +(-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+' | grep -vx -- --help); do grep -qF -- "\\fB${option//-/\\-}\\fR" bylaw.1 || fail "$option is not in the manual page"; done

# ---- the Containerfile, without an engine that builds it: its steps are checked one by one
file=$root/Containerfile
[ "$(grep -c '^FROM debian:12-slim' "$file")" = "$(grep -c '^FROM' "$file")" ] || fail "Containerfile: another distribution"
/usr/bin/python3 - "$file" <<'PYTHON' || fail "Containerfile"
import re, sys
text = open(sys.argv[1]).read().replace("\\\n", " ")
steps = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"}
assert {step for step, _ in steps} <= known, steps
last = steps[max(i for i, (step, _) in enumerate(steps) if step == "FROM"):]
names = [step for step, _ in last]
assert names.index("USER") < names.index("ENTRYPOINT"), "not by a user of its own"
assert dict(last)["USER"].strip() not in ("root", "0")
assert all("--no-install-recommends" in rest and "rm -rf /var/lib/apt/lists" in rest for step, rest in last if step == "RUN" and "apt-get install" in rest)
stage = re.search(r"^FROM \S+ AS (\S+)$", text, re.M)[1]
assert f"--from={stage} /packages/" in text and "-B /packages" in text, "what one stage makes is not what the other takes"
PYTHON
grep -o 'RUN .*' "$file" | sed 's/^RUN //' | while read -r line; do bash -n -c "$line" || echo bad; done | grep -q bad && fail "Containerfile: a step that no shell reads"
[ -x "$root/dev" ] && "$root/dev" help | grep -q '^  build ' || fail "Containerfile: ./dev build is not there"

[ $failures = 0 ] || { echo "$failures failures"; exit 1; }

#!/usr/bin/env bash
# What action.yml runs: annotations to the log, SARIF to a file, Markdown to the run's summary. Needs `bylaw` on the path.
set -euo pipefail

read -ra inputs <<<"$INPUTS"
read -ra policies <<<"${POLICIES:-}"
read -ra more <<<"${ARGUMENTS:-}"
arguments=(check "${inputs[@]}")
for policy in "${policies[@]}"; do arguments+=(-p "$policy"); done
[ -z "${BASELINE:-}" ] || arguments+=(--baseline "$BASELINE" --only-new)
comment=$(mktemp)
status=0
bylaw "${arguments[@]}" "${more[@]}" --format github --format "sarif=${SARIF:-bylaw.sarif}" --format "markdown=$comment" || status=$?
[ ! -s "$comment" ] || cat "$comment" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
rm -f "$comment"
echo "status=$status" >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$status"

#!/usr/bin/env bash
# tools.sh BYLAW SCRATCH: test with mutation, init, completion. Run in the repository's root.
set -uo pipefail
bylaw=$1
scratch=$2
root=$PWD
rm -rf "$scratch" && mkdir -p "$scratch"
failures=0

# want STATUS COMMAND…: runs it; its output is in $out and $err.
want() {
  local status=$1
  shift
  out=$("$@" 2>"$scratch/stderr")
  local got=$?
  err=$(cat "$scratch/stderr")
  if [ "$got" != "$status" ]; then
    echo "FAIL: status $got, not $status, of: $*"
    printf '%s\n%s\n' "$out" "$err"
    failures=$((failures + 1))
  fi
}
# shows TEXT: the last command printed it; says TEXT: it said it on stderr; same A B: equal.
shows() { [[ $out == *"$1"* ]] || { echo "FAIL: not printed: $1"; echo "$out"; failures=$((failures + 1)); }; }
lacks() { [[ $out != *"$1"* ]] || { echo "FAIL: printed: $1"; echo "$out"; failures=$((failures + 1)); }; }
says() { [[ $err == *"$1"* ]] || { echo "FAIL: not said: $1"; echo "$err"; failures=$((failures + 1)); }; }
same() { [[ $1 == "$2" ]] || { printf 'FAIL: not the same:\n%s\n---\n%s\n' "$1" "$2"; failures=$((failures + 1)); }; }

cd "$scratch" || exit 1

# ---- test, mutation: figures that can be counted by hand

mkdir small
cat > small/rules.bylaw <<'POLICY'
package small

model box { key id: string  size: int = 1  kind: string = "a"  on: bool = true }

define is_big(b: box): bool = b.size >= 10 or b.kind == "crate"

rule big_boxes_are_on {
  id "S-1"  title "t"
  for b in box
  where is_big(b)
  require b.on
  message "{b} is off"
}

rule never_tested {
  id "S-2"  title "t"
  for b in box
  forbid b.kind == "bad"
  message "{b}"
}
POLICY
cat > small/tests.bylaw <<'POLICY'
package small

test "a big one that is off" {
  given { box b { size: 20, on: false } box s { size: 2 } }
  expect S-1 fails for b with message "b is off"
  expect S-1 not applicable for s
}
POLICY
want 0 "$bylaw" test small
shows "1 test passed, 0 failed"
want 0 "$bylaw" test small --mutate
shows "mutation score"
shows 'rule S-2: negate `b.kind == "bad"` (no test reaches it)'
shows 'small/rules.bylaw:5:41: define small.is_big: `10` becomes `11`'
lacks 'rule S-1: drop `require b.on`'
want 0 "$bylaw" test small --mutate --jobs 1
one=$out
want 0 "$bylaw" test small --mutate --jobs 3
same "$one" "$out"
want 1 "$bylaw" test small --mutate --min-mutation 100
want 0 "$bylaw" test small --format json --mutate
shows '"passed": 1'
shows '"survivors"'
want 0 "$bylaw" test small --format tap,junit=t.xml,json=t.json
shows "ok 1 - a big one that is off"
same "$(grep -c '<testcase' t.xml)" 1
want 3 "$bylaw" test small --filter nothing-like-it
want 0 "$bylaw" test small --filter "big one"

# ---- coverage, likewise

want 0 "$bylaw" test small --coverage
coverage='coverage  rules  clauses  outcomes
small       1/2      2/3      8/12  66.7%
total       1/2      2/3      8/12  66.7%
small/rules.bylaw:5:47: define small.is_big: `b.kind == "crate"` was never true
small/rules.bylaw:11:11: rule S-1: `b.on` was never true
small/rules.bylaw:15:6: rule S-2: no test reaches it'
same "$out" "1 test passed, 0 failed
$coverage"
want 0 "$bylaw" test small --coverage --jobs 1
one=$out
want 0 "$bylaw" test small --coverage --jobs 3
same "$one" "$out"
want 0 "$bylaw" test small --coverage --mutate
shows "$coverage"
shows "mutation score"
want 0 "$bylaw" test small --format json --coverage
shows '"outcomes": {
      "covered": 8,
      "all": 12'
shows '"what": "`b.on` was never true"'
mkdir mapped
cat > mapped/items.json <<'JSON'
{"items": [{"id": "a", "kind": "x", "state": "off"}, {"id": "b", "kind": "y", "state": "off"}]}
JSON
cat > mapped/items.bylaw <<'POLICY'
package mapped
model item {
  key id: string
  on: bool
  from json "items" where kind == "x" { on = state == "on" }
}
rule on { id "M-1"  title "t"  for i in item require i.on message "{i} is off" }
test "from a file" {
  given "items.json"
  expect M-1 fails for "a"
}
POLICY
want 0 "$bylaw" test mapped --coverage
shows 'mapping mapped.item from json items: `state == "on"` was never true'
lacks '`kind == "x"`'
want 1 "$bylaw" test small --min-coverage 70
says "66.7% of the outcomes are covered; --min-coverage asks for 70%"
want 0 "$bylaw" test small --min-coverage 60
want 3 "$bylaw" test small --coverage-format lcov
says "names no file"
want 3 "$bylaw" test small --coverage-format text=x
want 0 "$bylaw" test small --coverage-format lcov=c.info,html=c.html
shows "$coverage"
same "$(cat c.info)" 'TN:
SF:small/rules.bylaw
FN:5,define small.is_big
FN:7,rule S-1
FN:15,rule S-2
FNDA:1,define small.is_big
FNDA:1,rule S-1
FNDA:0,rule S-2
FNF:3
FNH:2
BRDA:5,0,0,1
BRDA:5,0,1,1
BRDA:5,1,0,1
BRDA:5,1,1,1
BRDA:5,2,0,0
BRDA:5,2,1,1
BRDA:10,3,0,1
BRDA:10,3,1,1
BRDA:11,4,0,0
BRDA:11,4,1,1
BRDA:18,5,0,-
BRDA:18,5,1,-
BRF:12
BRH:8
DA:5,1
DA:7,1
DA:10,1
DA:11,1
DA:15,0
DA:18,0
LF:6
LH:4
end_of_record'
same "$(grep -c 'class="line uncovered"' c.html)" 1
out=$(cat c.html)
shows '<span class="line partly"><b>11</b>  require b.on<i>`b.on` was never true</i></span>'
shows 'b.kind == &quot;crate&quot;'
shows '<span class="line uncovered"><b>18</b>  forbid b.kind == &quot;bad&quot;</span>'
lacks '<script'
mkdir none
cat > none/rules.bylaw <<'POLICY'
package none

model box { key id: string  size: int = 1  tags: list<string> = [] }

rule every_outcome {
  id "N-1"  title "t"
  for b in box
  let small = b.size < 10
  where b.size != 0 and not (b.size == 99)
  require small or (every t in b.tags satisfies t != "x")
  forbid no t in b.tags
}

test "all" {
  given {
    box a { size: 5, tags: ["y"] }
    box b { size: 20, tags: ["x", "y"] }
    box c { size: 0 }
    box d { size: 99 }
    box e { size: 30 }
  }
  expect N-1 passes for a
  expect N-1 fails for b
  expect N-1 not applicable for c
  expect N-1 not applicable for d
  expect N-1 fails for e
}
POLICY
want 0 "$bylaw" test none --coverage
same "$out" "1 test passed, 0 failed
coverage  rules  clauses  outcomes
none        1/1      3/3     18/18  100.0%
total       1/1      3/3     18/18  100.0%"

sed 's/fails for b/passes for b/' small/tests.bylaw > t && mv t small/tests.bylaw
want 1 "$bylaw" test small --mutate
shows "expected  S-1 passes for \"b\""
shows "came      fails"
says "mutants are not judged while tests fail"

# ---- init: what it makes is clean

want 0 "$bylaw" init starter
want 3 "$bylaw" init starter
says "is there already"
want 0 "$bylaw" fmt --check starter
want 0 "$bylaw" test starter/policies --mutate
shows "1 test passed"
want 1 "$bylaw" check "$root/policies/examples/company/live" -p starter/policies
(cd starter/policies && "$bylaw" test) > "$scratch/inside" 2>&1 || { echo "FAIL: test inside the starter"; failures=$((failures + 1)); }

# ---- completion, in the shells that are here

want 0 "$bylaw" completion bash
same "$(bash -c "$out"'
COMP_WORDS=(bylaw check --fail-on h); COMP_CWORD=3; _bylaw; echo "${COMPREPLY[@]}"
COMP_WORDS=(bylaw ini); COMP_CWORD=1; _bylaw; echo "${COMPREPLY[@]}"
COMP_WORDS=(bylaw completion z); COMP_CWORD=2; _bylaw; echo "${COMPREPLY[@]}"
COMP_WORDS=(bylaw test --mut); COMP_CWORD=2; _bylaw; echo "${COMPREPLY[@]}"')" "high
init
zsh
--mutate"
want 0 "$bylaw" completion zsh
if command -v zsh >/dev/null; then
  printf '%s\n' "$out" > _bylaw
  zsh -n _bylaw || { echo "FAIL: zsh does not read it"; failures=$((failures + 1)); }
  zsh -fc 'autoload -U compinit; compinit -u -D; source ./_bylaw; [ "$_comps[bylaw]" = _bylaw ]' || { echo "FAIL: zsh does not take it"; failures=$((failures + 1)); }
fi
want 0 "$bylaw" completion fish
if command -v fish >/dev/null; then
  printf '%s\n' "$out" > bylaw.fish
  same "$(HOME=$scratch fish --no-config -c 'source bylaw.fish; complete -C "bylaw check --fail-on h" | cut -f1; complete -C "bylaw ini" | cut -f1; complete -C "bylaw completion z" | cut -f1' 2>&1)" "high
init
zsh"
fi
want 3 "$bylaw" completion powershell

[ $failures = 0 ] || { echo "$failures failures"; exit 1; }

#!/usr/bin/env bash
# signing.sh BYLAW SCRATCH: keys, signed bundles, and what is refused. Run in the repository's root.
set -uo pipefail
bylaw=$1
scratch=$2
root=$PWD
rm -rf "$scratch" && mkdir -p "$scratch"
failures=0
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }

# want STATUS COMMAND…: runs it; its output is in $out and $err.
want() {
  local status=$1 got
  shift
  out=$("$@" 2>"$scratch/stderr")
  got=$?
  err=$(cat "$scratch/stderr")
  [ "$got" = "$status" ] || fail "status $got, not $status, of: $*: $out $err"
}
# refused COMMAND…: status 3, nothing printed, one line of error and its hint at most.
refused() {
  want 3 "$@"
  [ -z "$out" ] || fail "something was printed by: $*: $out"
  [ "$(grep -c '^bylaw: error: ' <<<"$err")" = 1 ] && [ "$(wc -l <<<"$err")" -le 2 ] || fail "not one line of error: $err"
}
says() { [[ $err == *"$1"* ]] || fail "not said: $1: $err"; }

cd "$scratch" || exit 1
plan=$root/policies/examples/company/plan/orders-containers.json
cat >own.bylaw <<'POLICY'
package own
import aws
rule named { id "OWN-1"  title "Named"  severity low  for s in aws.subnet require s.cidr_block is present  message "{s}" }
POLICY

# ---- keys

(umask 000 && "$bylaw" keygen one >/dev/null) || fail "no keys"
want 0 "$bylaw" keygen two
[ "$(stat -c %a one.key)" = 600 ] && [ "$(stat -c %a two.key)" = 600 ] || fail "a private key that others may read"
cmp -s one.key two.key && fail "two keys are the same"
before=$(cat one.key)
refused "$bylaw" keygen one
says "one.key: is there already"
[ "$before" = "$(cat one.key)" ] || fail "a key was replaced"
refused "$bylaw" keygen missing/one
says "cannot be written"

# ---- signed and unsigned

want 0 "$bylaw" compile own.bylaw -o plain.bylawc
want 0 "$bylaw" compile own.bylaw --sign one.key -o signed.bylawc
want 0 "$bylaw" check "$plan" -p signed.bylawc --verify one.pub --format json --now 2026-01-01
verified=$out
want 0 "$bylaw" check "$plan" -p signed.bylawc --format json --now 2026-01-01
[ "$out" = "$verified" ] || fail "a signed bundle judges otherwise without --verify"
sed -i 's/$/\r/' one.pub  # a text file that went through another system
want 0 "$bylaw" check "$plan" -p signed.bylawc --verify one.pub
want 0 "$bylaw" compile own.bylaw --sign one.key -o again.bylawc
cmp -s signed.bylawc again.bylawc || fail "signing the same twice gives different bytes"
for command in "dump --stage bytecode" "rules -p"; do
  want 0 "$bylaw" $command plain.bylawc
  plain=$out
  want 0 "$bylaw" $command signed.bylawc
  [ "$out" = "$plain" ] || fail "$command differs of a signed bundle"
done

refused "$bylaw" check "$plan" -p plain.bylawc --verify one.pub
says "plain.bylawc: is not signed"
refused "$bylaw" check "$plan" -p signed.bylawc --verify two.pub
says "signed.bylawc: is signed by the key "
refused "$bylaw" check "$plan" -p own.bylaw --verify one.pub
says "own.bylaw: is no bundle, so it is not signed"
refused "$bylaw" check "$plan" -p network --verify one.pub
refused "$bylaw" check "$plan" --verify one.pub
refused "$bylaw" check "$plan" -p signed.bylawc -p plain.bylawc --verify one.pub

# ---- keys that are none

refused "$bylaw" check "$plan" -p signed.bylawc --verify one.key
says "one.key: is a private key, and a public key is needed"
refused "$bylaw" check "$plan" -p signed.bylawc --verify missing.pub
says "missing.pub"
refused "$bylaw" compile own.bylaw --sign two.pub -o never.bylawc
says "two.pub"
cp one.key open.key && chmod 644 open.key
refused "$bylaw" compile own.bylaw --sign open.key -o never.bylawc
says "open.key: is a private key that others than its owner may read"
(umask 077; sed 's/ed25519 ..../ed25519 ==!!/' one.key >damaged.key; echo "hello" >hello.key; cat one.key two.key >both.key)
for key in damaged hello both; do
  refused "$bylaw" compile own.bylaw --sign $key.key -o never.bylawc
  says "$key.key: "
done
[ ! -e never.bylawc ] || fail "a bundle was written in spite of an error"

# ---- one bit, of every kind of byte

/usr/bin/python3 - "$bylaw" "$plan" <<'PYTHON' || fail "a changed bundle"
import struct, subprocess, sys

bylaw, plan = sys.argv[1:]
good = open("signed.bylawc", "rb").read()
places = {"magic": 0, "version": 8, "number of sections": 12, "instruction set": 16, "checksum": 24, "table of sections": 32}
count = struct.unpack_from("<I", good, 12)[0]
for i in range(count):
    tag, offset, size, _ = struct.unpack_from("<4sIII", good, 32 + 16 * i)
    if size:
        places["section " + tag.decode()] = offset + size // 2
trailer = len(good) - 84
places.update({"end of the bundle": trailer - 1, "signature's magic": trailer, "signature's version": trailer + 8, "key's id": trailer + 12, "signature": trailer + 20, "last byte": len(good) - 1})
assert good[trailer:trailer + 8] == b"BYLAWSIG", "the trailer is not where the format says"
assert count > 5 and len(places) > 15, places
wrong = 0


def refused(what, bytes_):
    global wrong
    open("changed.bylawc", "wb").write(bytes_)
    done = subprocess.run([bylaw, "check", plan, "-p", "changed.bylawc", "--verify", "one.pub"], capture_output=True, text=True)
    errors = [line for line in done.stderr.splitlines() if line.startswith("bylaw: error: ")]
    if done.returncode != 3 or done.stdout or len(errors) != 1 or "changed.bylawc" not in errors[0]:
        wrong += 1
        print(what, done.returncode, done.stdout, done.stderr)


for name, place in places.items():
    for bit in (0, 7):
        changed = bytearray(good)
        changed[place] ^= 1 << bit
        refused(f"{name}, bit {bit}", bytes(changed))
refused("cut off", good[:-1])
refused("something behind", good + b"x")
refused("the signature alone", good[trailer:])
refused("nothing", b"")
# Another bundle under this one's signature.
plain = open("plain.bylawc", "rb").read()
assert good[:trailer] == plain
subprocess.run([bylaw, "compile", "network", "-o", "other.bylawc"], check=True)
refused("another bundle's signature", open("other.bylawc", "rb").read() + good[trailer:])
sys.exit(1 if wrong else 0)
PYTHON

[ $failures = 0 ] || { echo "$failures failures"; exit 1; }

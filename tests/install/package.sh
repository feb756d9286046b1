#!/usr/bin/env bash
# The Debian packages: what is in them, what they need, and that they install and run. Status 77: skipped, and why.
#
#   package.sh BUILD SCRATCH
set -euo pipefail
build=$1 scratch=$2
command -v dpkg-shlibdeps >/dev/null && command -v dpkg-deb >/dev/null || { echo "skipped: no dpkg-dev here"; exit 77; }
rm -rf "$scratch" && mkdir -p "$scratch/root"
fail() { echo "FAIL: $*"; exit 1; }

(cd "$build" && cpack -G DEB -B "$scratch/packages") >"$scratch/cpack.log" 2>&1 || { cat "$scratch/cpack.log"; fail "cpack"; }
package=$(ls "$scratch"/packages/bylaw_*.deb)
library=$(ls "$scratch"/packages/libbylaw-dev_*.deb)

contents=$(dpkg-deb -c "$package" | awk '{print $6}')
for path in usr/bin/bylaw usr/share/man/man1/bylaw.1 usr/share/bash-completion/completions/bylaw usr/share/zsh/vendor-completions/_bylaw usr/share/fish/vendor_completions.d/bylaw.fish \
  usr/share/bylaw/policies/models/aws/vpc.bylaw usr/share/bylaw/bundles/all.bylawc; do
  grep -qx "./$path" <<<"$contents" || fail "$path is not in the package"
done
! grep -qE 'include/|\.a$' <<<"$contents" || fail "headers or the archive are in the command's package"
grep -q 'bylaw/bylaw.h' <<<"$(dpkg-deb -c "$library")" || fail "no header in libbylaw-dev"
depends=$(dpkg-deb -f "$package" Depends)
for needed in libc6 libstdc++6 libre2 libsodium23 libfyaml; do grep -q "$needed" <<<"$depends" || fail "$needed is not among what it needs: $depends"; done
[ "$(dpkg-deb -f "$package" Package)" = bylaw ] || fail "its name"

# Into a root of its own; what it needs is this system's.
admin=$scratch/root/var/lib/dpkg
mkdir -p "$admin"/{info,updates,triggers,parts} && touch "$admin"/{status,available}
dpkg --root="$scratch/root" --force-depends --force-not-root --log="$scratch/dpkg.log" -i "$package" >"$scratch/install.log" 2>&1 || { cat "$scratch/install.log"; fail "dpkg -i"; }
dpkg --root="$scratch/root" -s bylaw | grep -q '^Status: install ok installed' || fail "it is not installed"
bylaw=$scratch/root/usr/bin/bylaw
"$bylaw" --version | grep -q '^bylaw ' || fail "it does not run"
status=0
"$bylaw" check "$scratch/root/usr/share/bylaw/policies/examples/company" >"$scratch/report" || status=$?
[ "$status" = 1 ] && grep -q NET- "$scratch/report" || fail "it does not find what is wrong with the example: $status"
echo "$(basename "$package"): $(stat -c %s "$package") bytes; needs $depends"

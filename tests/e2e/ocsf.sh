#!/usr/bin/env bash
# ocsf.sh BYLAW SCRATCH: OCSF reports, read by the classes of py-ocsf-models. Status 77: skipped, and why.
set -uo pipefail
export BYLAW=$1
scratch=$2
mkdir -p "$scratch"
skip() { echo "skipped: $*"; exit 77; }

# The environment is kept: with a warm cache nothing is downloaded. It sees what the distribution has.
python=$scratch/environment/bin/python
if [ ! -e "$scratch/complete" ]; then
  rm -rf "$scratch/environment"
  /usr/bin/python3 -m venv --system-site-packages "$scratch/environment" >/dev/null 2>&1 || skip "python3 -m venv does not work here (Debian: python3-venv)"
  timeout 120 "$python" -m pip install -q --disable-pip-version-check py-ocsf-models >"$scratch/pip.log" 2>&1 || skip "pip cannot install py-ocsf-models: $(tail -1 "$scratch/pip.log")"
  touch "$scratch/complete"
fi
cd tests/e2e && "$python" -B -m unittest -v formats_test.Formats.test_ocsf_models formats_test.Company.test_ocsf_models

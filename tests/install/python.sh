#!/usr/bin/env bash
# The Python package: built over the installed library (the engine is not compiled again), installed into an environment of its own, tested; then its examples. Status 77: skipped, and why.
#
#   python.sh SOURCE PREFIX SCRATCH
set -uo pipefail
source=$1 prefix=$2 scratch=$3
mkdir -p "$scratch"
skip() { echo "skipped: $*"; exit 77; }

# The environment is kept: with a warm cache nothing is downloaded.
environment=$scratch/environment
python=$environment/bin/python
if [ ! -e "$scratch/complete" ]; then
  rm -rf "$environment"
  /usr/bin/python3 -m venv "$environment" >/dev/null 2>&1 || skip "python3 -m venv does not work here (Debian: python3-venv)"
  timeout 120 "$python" -m pip install -q --disable-pip-version-check "scikit-build-core>=0.10" "nanobind>=2.2" pytest >"$scratch/pip.log" 2>&1 ||
    skip "pip cannot install scikit-build-core, nanobind and pytest: $(tail -1 "$scratch/pip.log")"
  # Tables and frames are tested where these are to be had.
  timeout 180 "$python" -m pip install -q --disable-pip-version-check pyarrow pandas >>"$scratch/pip.log" 2>&1 || echo "without pyarrow and pandas: $(tail -1 "$scratch/pip.log")"
  touch "$scratch/complete"
fi
"$python" -c 'import sysconfig, os, sys; sys.exit(0 if os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")) else 1)' || skip "Python.h is missing (Debian: python3-dev)"

set -e
rm -rf "$scratch/wheel"
CMAKE_PREFIX_PATH=$prefix "$python" -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation --config-settings=build-dir="$scratch/build" -w "$scratch/wheel" "$source/bindings/python"
"$python" -m pip install -q --disable-pip-version-check --no-deps --force-reinstall "$scratch"/wheel/*.whl
"$python" -B -m pytest -q -p no:cacheprovider "$source/bindings/python/tests"
"$python" -B "$source/tests/install/examples.py" "$source" "$prefix" "$scratch/examples" "$python"

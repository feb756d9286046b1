#!/usr/bin/env python3
"""The examples and the tutorial: built over the installed package, run, and compared with the command and with each other.

examples.py SOURCE PREFIX SCRATCH [PYTHON]      PYTHON: an interpreter that has the package `bylaw`; left out: the Python examples are not run
"""

import json
import os
import pathlib
import re
import subprocess
import sys

source, prefix, scratch = map(pathlib.Path, sys.argv[1:4])
python = sys.argv[4] if len(sys.argv) > 4 else None
examples = source / "bindings" / "examples"
bylaw = prefix / "bin" / "bylaw"
scratch.mkdir(parents=True, exist_ok=True)


def run(*command, want=(0,)):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=scratch)
    if done.returncode not in want:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def same(what, one, other):
    if one != other:
        sys.exit(f"{what} differs:\n--- one\n{one}\n--- other\n{other}")


# 1. What the tutorial shows is what stands in the files.
page = (source / "docs" / "embedding.md").read_text()
shown = re.findall(r"^```\w+ bindings/examples/(\S+)\n(.*?)^```$", page, re.M | re.S)
for name, text in shown:
    same(f"docs/embedding.md: {name}", text, (examples / name).read_text())
missing = {path.name for path in examples.iterdir() if path.suffix in {".c", ".cc", ".py", ".bylaw"}} - {name for name, _ in shown}
if missing:
    sys.exit(f"docs/embedding.md does not show {', '.join(sorted(missing))}")

# 2. Built over the installed package.
if python is None:
    run("cmake", "-S", examples, "-B", "examples", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", "examples")
    programs = {example: [[scratch / "examples" / f"{example}_{language}"] for language in ("c", "cpp")] for example in ("judge", "what_if")}
else:
    programs = {example: [[python, "-B", examples / f"{example}.py"]] for example in ("judge", "what_if")}

# 3. They agree with the command on every snapshot of the tests: the company's exports one by one, and the estate in each format, each judged by all shipped packs.
company, estate = source / "policies" / "examples" / "company", source / "tests" / "estates" / "shop"
snapshots = sorted(path for folder in ("plan", "template", "live/config", "live/kubernetes", "live/scans") for path in (company / folder).rglob("*") if path.is_file())
snapshots += [company / "live", *sorted(path for path in estate.iterdir() if path.is_dir())]
bundle = scratch / "all.bylawc"
run(bylaw, "compile", *sorted(path.name for path in (prefix / "share" / "bylaw" / "policies" / "packs").iterdir()), "-o", bundle)
num_findings = 0
for snapshot in snapshots:
    done = subprocess.run([bylaw, "check", snapshot, "-p", bundle, "--format", "json", "--now", "1970-01-01"], capture_output=True, text=True)
    results = json.loads(done.stdout)["results"]
    num_findings += len(results)
    expected = "".join(f"{r['verdict']} {r['rule']} {(r['resource'] or {}).get('address') or ''}: {r['message']}\n" for r in results)
    for program in programs["judge"]:
        seen = subprocess.run([*map(str, program), str(bundle), str(snapshot)], capture_output=True, text=True)
        same(f"{snapshot}, {program[-1]}", seen.stdout, expected)
        same(f"the status of {program[-1]} over {snapshot}", seen.returncode, done.returncode)
if len(snapshots) < 20 or num_findings < 1500:
    sys.exit(f"only {num_findings} findings of {len(snapshots)} snapshots to compare")

# 4. What the tutorial says that the other one prints.
run(bylaw, "compile", examples / "shop.bylaw", "-o", "shop.bylawc")
expected = re.search(r"^```text\n(\{\"public.*?)^```$", page, re.M | re.S)[1]
for program in programs["what_if"]:
    same(f"{program[-1]}", run(*program, "shop.bylawc"), expected)

# 5. An error is the engine's text, and status 3.
for program in programs["judge"]:
    seen = subprocess.run([*map(str, program), "shop.bylawc", "missing.json"], capture_output=True, text=True, cwd=scratch)
    if seen.returncode != 3 or "missing.json" not in seen.stderr:
        sys.exit(f"{program[-1]}: {seen.returncode} {seen.stderr}")
print(f"{sum(map(len, programs.values()))} programs agree with the command on {num_findings} findings of {len(snapshots)} snapshots")

"""seeds.py SOURCE OUTPUT: writes what is an input somewhere in the tests and policies below SOURCE as files into the folder OUTPUT, for fuzzers to begin with.

Golden cases have theirs inside (`--- input NAME`); estates, examples and the packs' fixtures are files."""

import hashlib
import pathlib
import re
import sys

MOST_BYTES = 65536  # a fuzzer cuts what is longer


def inputs(source):
    for case in sorted(source.glob("tests/cases/**/*.case")):
        sections = re.split(r"^--- (.*)\n", case.read_text(encoding="utf-8", errors="surrogateescape"), flags=re.MULTILINE)
        for heading, text in zip(sections[1::2], sections[2::2]):
            if re.match(r"(input|with) ", heading):
                yield text.encode("utf-8", "surrogateescape")
    for folder in ("tests/estates", "policies"):
        for path in sorted((source / folder).glob("**/*")):
            if path.is_file() and path.suffix in {".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".csv"}:
                yield path.read_bytes()


def main():
    source, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    output.mkdir(parents=True, exist_ok=True)
    count = 0
    for content in inputs(source):
        if 0 < len(content) <= MOST_BYTES:
            (output / hashlib.sha256(content).hexdigest()[:32]).write_bytes(content)
            count += 1
    if count == 0:
        sys.exit(f"no input below {source}")


main()

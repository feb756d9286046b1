"""Judges an export with a bundle, and prints a line a finding.

judge.py BUNDLE INPUT
"""

import sys

import bylaw


def main() -> int:
    try:
        report = bylaw.load(sys.argv[1]).check(sys.argv[2], now=0)
    except bylaw.Error as error:
        print(error, file=sys.stderr)
        return 3
    for finding in report:
        print(f"{finding.verdict} {finding.rule} {finding.address}: {finding.message}")
    return 1 if report.counts.fail else 2 if report.counts.unknown else 0


if __name__ == "__main__":
    sys.exit(main())

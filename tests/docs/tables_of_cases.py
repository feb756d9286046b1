"""Tables of the documentation whose last column is `case`: each line names golden cases that show what it says.

A case that a line names is there. A case of plan_references begins with the first two columns of its line in inputs.md, `FORM: OUTCOME.`, and has
unknown verdicts just where the outcome is not that it resolves; and each of them stands in that table.
"""
import os
import re
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCS = os.path.join(ROOT, "docs")
CASES = os.path.join(ROOT, "tests", "cases")
WHOLE_FOLDERS = {"plan_references"}  # every case of these stands in a table


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def rows():
    for page in sorted(os.listdir(DOCS)):
        if not page.endswith(".md"):
            continue
        with open(os.path.join(DOCS, page), encoding="utf-8") as file:
            lines = file.read().split("\n")
        in_table = False
        for number, line in enumerate(lines, 1):
            if not line.startswith("|"):
                in_table = False
            elif cells(line)[-1] in ("case", "cases"):
                in_table = True
            elif in_table and not re.fullmatch(r"[|\-: ]+", line):
                yield f"{page}:{number}", cells(line)


class Tables(unittest.TestCase):
    def test_every_line_has_its_cases(self):
        found = list(rows())
        self.assertGreater(len(found), 30)
        named = set()
        for place, columns in found:
            names = re.findall(r"`([a-z0-9_]+/[a-z0-9_]+)`", columns[-1])
            self.assertTrue(names, f"{place}: names no case")
            for name in names:
                named.add(name)
                path = os.path.join(CASES, name + ".case")
                self.assertTrue(os.path.exists(path), f"{place}: there is no case {name}")
                if name.split("/")[0] in WHOLE_FOLDERS and place.startswith("inputs.md"):
                    self.check_case(place, columns, path)
        for folder in WHOLE_FOLDERS:
            for file in os.listdir(os.path.join(CASES, folder)):
                name = f"{folder}/{file.removesuffix('.case')}"
                self.assertIn(name, named, f"{name} stands in no table")

    def check_case(self, place, columns, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        form, outcome = columns[0], columns[1]
        self.assertEqual(text.split("\n", 1)[0], f"{form}: {outcome}.", place)
        verdicts = text.split("--- expect verdicts\n")[1].split("\n---")[0]
        judged = sum(int(number) for number in re.findall(r"(\d+) (?:fail|unknown|pass)\b", text.split("--- expect counts\n")[1]))
        self.assertGreater(judged, 0, f"{path}: nothing is judged")
        unknown = re.search(r"^\S+ unknown ", verdicts, re.M) is not None
        self.assertEqual(unknown, outcome != "resolves", f"{path}: {outcome}, yet its verdicts say otherwise")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

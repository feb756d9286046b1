#!/usr/bin/env python3
"""Runs the examples of a page of documentation, each page in an empty folder of its own. One that names policies/examples/ has that, too.

usage: run_docs.py [--update] BYLAW PAGE.md

What a block's opening line says decides what is done with it:

  ```bylaw                a policy, or declarations of one (without `package`): compiles, and its tests pass
  ```bylaw FILE           the same, and is kept as that file for what comes after; compiled with those kept before in its folder
  ```bylaw wrong          does not compile; a ```text block right behind it is what the compiler says
  ```json FILE, ```yaml FILE, ```csv FILE, ```toml FILE   kept as that file
  ```console              commands behind `$ `, each followed by what it prints; a line `…` stands for any lines
  anything else           is not run

In an HTML comment before a block, `<!-- not run: WHY -->` leaves it out. Exits with 1 when something differs. With --update, what commands and the compiler
print is written into the page instead (where it differs, so `…` lines stay where they are right).
"""

import os
import re
import subprocess
import sys
import tempfile

# What declarations without `package` may use by name.
IMPORTS = {"aws": "import aws", "net": "import aws.network as net", "kubernetes": "import kubernetes", "scan": "import scan"}
FENCE = re.compile(r"^```(\S*) ?(.*)$")
KEPT = {"json", "yaml", "csv", "toml"}


class Block:
    def __init__(self, language, argument, line):
        self.language, self.argument, self.line, self.lines = language, argument, line, []
        self.skipped = False

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)


def blocks_of(path):
    blocks, current, skip = [], None, False
    with open(path, encoding="utf-8") as page:
        for number, line in enumerate(page, 1):
            line = line.rstrip("\n")
            fence = FENCE.match(line)
            if current is None and fence:
                current = Block(fence[1], fence[2].strip(), number)
                current.skipped, skip = skip, False
            elif current is not None and line == "```":
                blocks.append(current)
                current = None
            elif current is not None:
                current.lines.append(line)
            elif line.startswith("<!-- not run:"):
                skip = True
    return blocks


def matches(expected, actual):
    """Whether the lines agree; a line `…` in `expected` stands for any number of lines."""
    if not expected:
        return not actual
    if expected[0].strip() == "…":
        return any(matches(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and expected[0].rstrip() == actual[0].rstrip() and matches(expected[1:], actual[1:])


class Page:
    def __init__(self, bylaw, path, update):
        self.path, self.faults, self.num_run = path, 0, 0
        self.update, self.edits = update, []  # edits: first line (from 0), number of lines, new lines
        self.temporary = tempfile.TemporaryDirectory(prefix="bylaw-docs-")
        self.folder = self.temporary.name
        bin_folder = os.path.join(self.folder, ".bin")
        os.mkdir(bin_folder)
        os.symlink(os.path.abspath(bylaw), os.path.join(bin_folder, "bylaw"))
        self.environment = {**os.environ, "PATH": bin_folder + ":" + os.environ["PATH"], "COLUMNS": "80", "NO_COLOR": "1",
                            "BYLAW_POLICIES": os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(bylaw))), "share/bylaw/policies")}

    def shell(self, command):
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        return done.returncode, done.stdout.replace(self.environment["BYLAW_POLICIES"], "/usr/share/bylaw/policies")

    def keep(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def fault(self, block, what):
        self.faults += 1
        print(f"{self.path}:{block.line}: {what}\n")

    def expect(self, block, first, expected, actual, what):
        """`expected` are the lines of the page from line `first` (from 0) of the block."""
        if matches(expected, actual.splitlines()):
            return
        if self.update:
            self.edits.append((block.line + first, len(expected), actual.splitlines()))
        else:
            said = "".join(line + "\n" for line in expected)
            self.fault(block, f"{what}\n--- the page says\n{said}--- it is\n{actual}---")

    def run(self):
        blocks = blocks_of(self.path)
        if any("policies/examples/" in block.text for block in blocks):
            os.mkdir(os.path.join(self.folder, "policies"))
            os.symlink(os.path.abspath("policies/examples"), os.path.join(self.folder, "policies", "examples"))
        for index, block in enumerate(blocks):
            if block.skipped:
                continue
            following = blocks[index + 1] if index + 1 < len(blocks) else None
            if block.language == "bylaw":
                self.policy(block, following)
            elif block.language in KEPT and block.argument:
                self.keep(block.argument, block.text)
            elif block.language == "console":
                self.console(block)

    def policy(self, block, following):
        self.num_run += 1
        wrong = block.argument == "wrong"
        text = block.text
        if not any(line.startswith("package ") for line in block.lines):
            used = [line for name, line in IMPORTS.items() if re.search(rf"\b{name}\.\w", block.text)]
            text = "\n".join(["package example", *used, text])
        kept = bool(block.argument) and not wrong
        name = block.argument if kept else ".example.bylaw"
        self.keep(name, text)
        if kept:
            name = os.path.dirname(name) or "."
        status, output = self.shell(f"bylaw compile '{name}' -o .out.bylawc")
        if wrong:
            if status != 3:
                self.fault(block, f"compiles (status {status}), and should not")
            elif following is not None and following.language == "text":
                self.expect(following, 0, following.lines, output, "the compiler says something else")
            return
        if status != 0:
            self.fault(block, f"does not compile:\n{output}")
        elif any(line.startswith("test ") for line in block.lines):
            status, output = self.shell(f"bylaw test '{name}'")
            if status != 0:
                self.fault(block, f"its tests do not pass:\n{output}")

    def console(self, block):
        commands = []
        for index, line in enumerate(block.lines):
            if line.startswith("$ "):
                commands.append((line[2:], index + 1, []))
            elif commands:
                commands[-1][2].append(line)
            else:
                self.fault(block, "begins with no `$ ` line")
                return
        for command, first, expected in commands:
            self.num_run += 1
            self.expect(block, first, expected, self.shell(command)[1], f"`{command}` prints something else")

    def write_edits(self):
        if not self.edits:
            return
        with open(self.path, encoding="utf-8") as page:
            lines = page.read().split("\n")
        for first, length, new in reversed(self.edits):
            lines[first:first + length] = new
        with open(self.path, "w", encoding="utf-8") as page:
            page.write("\n".join(lines))


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--update"]
    if len(arguments) != 2:
        sys.exit(__doc__)
    page = Page(*arguments, update="--update" in sys.argv)
    page.run()
    page.write_edits()
    print(f"{page.path}: {page.num_run} examples, {page.faults} wrong")
    sys.exit(page.faults > 0 or page.num_run == 0)


if __name__ == "__main__":
    main()

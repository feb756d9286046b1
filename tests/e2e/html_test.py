"""The HTML report in a browser, where headless Chromium is to be had: it lists and filters, and prints on as many pages as somebody would leaf through."""
import os
import re
import shutil
import subprocess
import unittest

from estate import InFolder, POLICY, run, subnet, write_plan

CHROMIUM = shutil.which("chromium")


@unittest.skipUnless(CHROMIUM, "no chromium here")
class Html(InFolder):
    def report(self, count):
        self.write("policy.bylaw", POLICY)
        write_plan(os.path.join(self.folder, "plan.json"), [subnet(f"s{i}", public=True) for i in range(count)])
        run("check", "plan.json", "-p", "policy.bylaw", "--format", "html=report.html", cwd=self.folder, status=1)

    def browse(self, *arguments):
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   f"--user-data-dir={self.folder}/profile", *arguments, f"file://{self.folder}/report.html"]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    def pages(self):
        self.browse("--no-pdf-header-footer", "--print-to-pdf=" + os.path.join(self.folder, "report.pdf"))
        with open(os.path.join(self.folder, "report.pdf"), "rb") as file:
            return len(re.findall(rb"/Type\s*/Page\b", file.read()))

    def test_few(self):
        self.report(3)
        page = self.browse("--dump-dom")
        self.assertIn("3 results in 1 group<", page)
        self.assertEqual(page.count("<article"), 3)
        self.assertNotIn('class="brief"', page)
        self.assertLessEqual(self.pages(), 2)

    def test_many(self):
        self.report(2000)
        page = self.browse("--dump-dom")
        self.assertIn("2000 results in 1 group<", page)
        self.assertEqual(page.count("<article"), 100)  # the rest when they are asked for
        # On paper the first ones in full, and a line for each of the others.
        self.assertLessEqual(self.pages(), 70)


if __name__ == "__main__":
    unittest.main()

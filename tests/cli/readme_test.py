"""README.md and the pages under docs/ say what the program says."""

import glob
import os
import re
import unittest

from support import CommandLineTest

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
# Pages for users. What they write as `volary COMMAND ... --option` must exist.
USER_PAGES = ("README.md", "docs/viewer.md", "docs/command-line.md", "docs/formats.md", "docs/rendering.md")


def read(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        return file.read()


def anchors(text):
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


class ReadmeTest(CommandLineTest):
    def test_lists_the_keys_as_the_program_does(self):
        keys = self.succeed("keys").stdout
        indented = "".join(f"    {line}\n" if line else "\n" for line in keys.splitlines())
        self.assertIn(indented, read("docs/viewer.md"),
                      "paste the output of `volary keys` into docs/viewer.md, four blanks to the right")

    def test_its_commands_and_options_exist(self):
        text = "\n".join(read(page) for page in USER_PAGES)
        commands = set(re.findall(r"\bvolary (bench [a-z]+|[a-z]+) [A-Zaehmx-]", text)) | {"view"}
        self.assertLessEqual({"render", "convert", "bench io"}, commands)
        options = ""
        for command in sorted(commands):
            options += self.succeed(*command.split(), "--help").stdout
        users = text.split("## Working on it")[0] + text.split("## Licence")[1]
        known = set(re.findall(r"--[a-z][a-z-]*", options)) | {"--help"}
        stated = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", users))
        self.assertIn("--slab", stated)
        self.assertEqual(stated - known, set())

    def test_its_links_lead_somewhere(self):
        count = 0
        pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "engine/README.md"]
        pages += [os.path.relpath(page, ROOT) for page in glob.glob(os.path.join(ROOT, "docs", "*.md"))]
        for page in pages:
            for link in re.findall(r"\]\((?!https?:)([^)]*)\)", read(page)):
                name, _, anchor = link.partition("#")
                target = os.path.normpath(os.path.join(os.path.dirname(page), name)) if name else page
                with self.subTest(page=page, link=link):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, target)))
                    if anchor:
                        self.assertIn(anchor, anchors(read(target)))
                count += 1
        self.assertGreater(count, 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)

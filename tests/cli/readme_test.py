"""The README says what the program says."""

import os
import unittest

from support import CommandLineTest

README = os.path.join(os.path.dirname(__file__), "..", "..", "README.md")


class ReadmeTest(CommandLineTest):
    def test_lists_the_keys_as_the_program_does(self):
        with open(README, encoding="utf-8") as file:
            readme = file.read()
        keys = self.succeed("keys").stdout
        indented = "".join(f"    {line}\n" if line else "\n" for line in keys.splitlines())
        self.assertIn(indented, readme, "paste the output of `volary keys` into README.md, four blanks to the right")


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""Each failure is one sentence on standard error and the right exit status: 1 if the work failed, 2 for the command
line."""

import os
import unittest

import h5py
import numpy

from bdv_files import BdvWriter
from support import CommandLineTest


class ErrorTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        volume = numpy.arange(10 * 20 * 30, dtype="uint16").reshape(10, 20, 30)
        self.writer = BdvWriter(self.folder, "small", factors=((1, 1, 1), (2, 2, 2)))
        self.xml = self.writer.add(volume, setup=3, timepoint=5).write()
        self.out = self.path("plane.npy")

    def test_a_wrong_command_line_is_status_2(self):
        for words, arguments in (
            (["--help"], []),
            (["frobnicate"], ["frobnicate"]),
            (["--no-such-option"], ["--no-such-option"]),
            (["FILE", "info --help"], ["info"]),
            (["--nonsense", "info --help"], ["info", self.xml, "--nonsense"]),
            (["--output"], ["slice", self.xml]),
            (["--axis", "'w'"], ["slice", self.xml, "--axis", "w", "-o", self.out]),
            (["--index"], ["slice", self.xml, "--index", "-1", "-o", self.out]),
            (["--index"], ["slice", self.xml, "--index", "1.5", "-o", self.out]),
            (["--level"], ["slice", self.xml, "--level", "-1", "-o", self.out]),
            (["--setup"], ["slice", self.xml, "--setup", "first", "-o", self.out]),
            ([".png, .tif or .npy"], ["slice", self.xml, "-o", self.path("plane.gif")]),
            ([".png, .tif or .npy"], ["slice", self.xml, "-o", self.path("plane")]),
            (["--range"], ["slice", self.xml, "--range", "5", "-o", self.path("plane.png")]),
            (["--range"], ["slice", self.xml, "--range", "5,5", "-o", self.path("plane.png")]),
            (["--range"], ["slice", self.xml, "--range", "nan,5", "-o", self.path("plane.png")]),
            (["--range"], ["slice", self.xml, "--range", "0,5", "-o", self.out]),
            (["--threads"], ["slice", self.xml, "--threads", "-1", "-o", self.out]),
        ):
            with self.subTest(arguments=arguments):
                self.assert_fails(2, words, *arguments)

    def test_what_the_file_does_not_hold_is_status_1_and_says_what_there_is(self):
        for words, options in (
            (["setup 0", "3"], ["--setup", 0]),
            (["time point 9", "5"], ["--time", 9]),
            (["level 2", "0 to 1"], ["--level", 2]),
            (["plane 10", "0 to 9"], ["--index", 10]),
            (["plane 10", "0 to 9"], ["--axis", "y", "--index", 10, "--level", 1]),
            (["plane 9223372036854775807", "0 to 29"], ["--axis", "x", "--index", 2**63 - 1]),
        ):
            with self.subTest(options=options):
                self.assert_fails(1, ["small.xml", *words], "slice", self.xml, *options, "-o", self.out)
                self.assertFalse(os.path.exists(self.out))

    def test_a_file_that_cannot_be_opened_is_status_1_and_named(self):
        garbage, text, empty = self.path("garbage.h5"), self.path("text.xml"), self.path("empty.xml")
        with open(garbage, "wb") as file:
            file.write(b"\x89HDF\r\n\x1a\n" + bytes(100))
        with open(text, "w", encoding="utf-8") as file:
            file.write("<html><body>not found</body></html>")
        open(empty, "wb").close()
        for path in (self.path("missing.xml"), garbage, text, empty, self.folder, "synthetic:nonsense"):
            for arguments in (["info", path], ["info", path, "--json"], ["slice", path, "-o", self.out]):
                with self.subTest(arguments=arguments):
                    self.assert_fails(1, [path], *arguments)

    def test_an_hdf5_file_that_is_missing_or_cut_off_is_status_1_and_named(self):
        with open(self.writer.h5, "rb") as file:
            whole = file.read()
        for length in (0, 100, len(whole) // 2):
            with open(self.writer.h5, "wb") as file:
                file.write(whole[:length])
            self.assert_fails(1, ["small.h5"], "slice", self.xml, "-o", self.out)
        os.remove(self.writer.h5)
        self.assert_fails(1, ["small.h5"], "info", self.xml)
        self.assertFalse(os.path.exists(self.out))

    def test_a_chunk_that_does_not_decode_is_status_1_and_leaves_no_picture(self):
        with h5py.File(self.writer.h5, "r") as file:
            chunk = file["t00005/s03/0/cells"].id.get_chunk_info(0)
        with open(self.writer.h5, "r+b") as file:
            file.seek(chunk.byte_offset)
            file.write(bytes(chunk.size))
        self.assert_fails(1, ["small.h5"], "slice", self.xml, "--index", 0, "-o", self.out)
        self.assertFalse(os.path.exists(self.out))

    def test_an_output_that_cannot_be_written_is_status_1_and_named(self):
        missing = self.path("no/such/folder/plane.npy")
        self.assert_fails(1, [missing, "does not exist"], "slice", self.xml, "-o", missing)
        folder = self.path("folder.npy")
        os.mkdir(folder)
        self.assert_fails(1, [folder, "is a folder"], "slice", self.xml, "-o", folder)
        # A link with a known ending to the device that is always full.
        for ending in (".npy", ".tif", ".png"):
            full = self.path("full" + ending)
            os.symlink("/dev/full", full)
            self.assert_fails(1, [full, "No space left on device"], "slice", self.xml, "-o", full)

    def test_help_and_version_are_no_errors(self):
        for arguments in (["--help"], ["--version"], ["info", "--help"], ["slice", "-h"]):
            result = self.succeed(*arguments)
            self.assertEqual(result.stderr, "")
            self.assertTrue(result.stdout)
        for command in ("info", "slice"):
            self.assertIn(f"Example: volary {command}", self.succeed(command, "--help").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)

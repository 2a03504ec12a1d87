"""`volary synth` writes the sample: what h5py reads back is what `volary` shows, and the bytes are always the same."""

import hashlib
import unittest

import numpy

from bdv_files import BdvFile
from support import CommandLineTest


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class SynthTest(CommandLineTest):
    def write(self, name, *options):
        xml = self.path(name + ".xml")
        result = self.succeed("synth", "embryo", xml, "--size", "96x80x64", *options)
        self.assertEqual((result.stdout, result.stderr), ("", ""))
        return xml

    def test_the_sample_is_what_its_field_is(self):
        xml = self.write("embryo")
        stored, info = BdvFile(xml), self.info(xml)
        self.assertEqual([image["levels"][0]["size"] for image in info["images"]], [[96, 80, 64]] * 2)
        self.assertEqual(info["warnings"], [])
        for setup in stored.setups():
            volume = next(stored.levels(setup, 0))
            self.assertGreater(volume.std(), 10)
            plane = self.slice("synthetic:embryo?size=96x80x64", "--setup", setup, "--axis", "y", "--index", 40)
            numpy.testing.assert_array_equal(plane, volume[:, 40])
            numpy.testing.assert_array_equal(self.slice(xml, "--setup", setup, "--axis", "y", "--index", 40), plane)

    def test_one_and_four_threads_write_the_same_bytes(self):
        first = self.write("one", "--threads", 1)
        digests = [digest(first.replace(".xml", ".h5"))]
        second = self.write("one", "--threads", 4, "--force")
        digests.append(digest(second.replace(".xml", ".h5")))
        self.assertEqual(digests[0], digests[1])

    def test_files_that_exist_are_replaced_only_by_force(self):
        xml = self.write("twice")
        before = digest(xml)
        self.assert_fails(1, [xml, "exists"], "synth", "embryo", xml, "--size", "64x64x48")
        self.assertEqual(digest(xml), before)

    def test_what_is_wrong_is_told_in_one_line(self):
        out = self.path("out.xml")
        self.assert_fails(1, ["nonsense"], "synth", "nonsense", out)
        self.assert_fails(1, ["no/out.xml"], "synth", "embryo", self.path("no/out.xml"), "--size", "64x64x48")
        self.assert_fails(2, ["--size"], "synth", "embryo", out, "--size", "64x64")
        self.assert_fails(2, [".xml"], "synth", "embryo", self.path("out.h5"))


if __name__ == "__main__":
    unittest.main(verbosity=2)

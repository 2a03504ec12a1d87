"""A project of 1,000 setups x 100 time points in 200 partition files: only the files of the image that is looked at are touched."""

import json
import os
import sys
import tempfile
import unittest

import numpy

from support import CommandLineTest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import make_project  # noqa: E402  pylint: disable=wrong-import-position


class ProjectTest(CommandLineTest):
    @classmethod
    def setUpClass(cls):
        """Writes a project whose only partition that exists is the first: time points 0 to 4 of setups 0 to 99."""
        temporary = tempfile.TemporaryDirectory(prefix="volary-project-")
        cls.addClassCleanup(temporary.cleanup)
        make_project.write_project(temporary.name, only_first=True)
        cls.project = temporary.name

    def link(self, *names):
        """Links these files of the project, and no other, into the test's folder. Returns the XML's path."""
        for name in names:
            os.link(os.path.join(self.project, name), self.path(name))
        return self.path("project.xml")

    def open_files(self, xml, *options):
        report = json.loads(self.succeed("bench", "open", xml, "--json", "--passes", 1, *options).stdout)
        self.assertEqual((report["setups"], report["timepoints"], report["levels"]), (1000, 100, 2))
        return sorted(os.path.relpath(file, os.path.realpath(self.folder)) for file in report["openFiles"])

    def assert_image(self, xml, timepoint, setup):
        plane = self.slice(xml, "--time", timepoint, "--setup", setup)
        self.assertEqual(plane.shape, make_project.SIZE[1:])
        numpy.testing.assert_array_equal(plane, make_project.value(timepoint, setup))

    def test_no_file_is_touched_but_those_of_the_image(self):
        xml = self.link("project.xml", "project.h5", "project-00-00.h5")
        self.assertIn("setups 1000\n    time points 0 to 99 (100)", self.succeed("info", xml).stdout)
        self.assertEqual(self.open_files(xml), ["project-00-00.h5", "project.h5"])
        self.assert_image(xml, 0, 0)
        self.assert_image(xml, 4, 99)
        picture, stats = self.render(xml, "--time", 4, "--setup", 99, "--axis", "z", "--range", "0,65535")
        self.assertTrue(stats["converged"])
        numpy.testing.assert_array_equal(picture.shape[:2], make_project.SIZE[1:])
        for timepoint, setup, partition in ((5, 0, "project-01-00.h5"), (4, 100, "project-00-01.h5"),
                                            (99, 999, "project-19-09.h5")):
            self.assert_fails(1, ["project.xml", partition, "can't be found"], "slice", xml, "--time", timepoint, "--setup",
                              setup, "-o", self.path("plane.npy"))

    def test_the_partitions_of_the_xml_stand_in_for_a_master_that_is_lost(self):
        xml = self.link("project.xml", "project-00-00.h5")
        self.assertEqual(self.open_files(xml), ["project-00-00.h5"])
        self.assert_image(xml, 3, 42)


if __name__ == "__main__":
    unittest.main(verbosity=2)

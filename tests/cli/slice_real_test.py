"""`volary slice` gives h5py's voxels on real files: each axis, level, setup and time point."""

import unittest

import numpy

from bdv_files import BdvFile, find_bdv_files
from support import AXES, CommandLineTest, needs_all_records, some_indices, take_plane, test_data

DATA = test_data()


class RealSliceTest(CommandLineTest):
    def assert_image_equals(self, xml, stored, setup, timepoint, indices_of):
        for level, volume in enumerate(stored.levels(setup, timepoint)):
            for axis, array_axis in AXES.items():
                for index in indices_of(volume.shape[array_axis]):
                    plane = self.slice(xml, "--setup", setup, "--time", timepoint, "--level", level, "--axis", axis,
                                       "--index", index)
                    expected = take_plane(volume, axis, index)
                    self.assertEqual(plane.dtype, expected.dtype)
                    numpy.testing.assert_array_equal(plane, expected,
                                                     err_msg=f"{xml} s{setup} t{timepoint} L{level} {axis}={index}")

    @needs_all_records
    def test_every_image_equals_h5py(self):
        files = list(find_bdv_files(DATA))
        self.assertGreaterEqual(len(files), 12)
        for xml in files:
            stored = BdvFile(xml)
            for setup in stored.setups():
                timepoints = stored.timepoints(setup)
                self.assertTrue(timepoints, xml)
                for number, timepoint in enumerate(timepoints):
                    # Each plane takes a process: a long movie gives all of its time points, but not all planes of each.
                    few = len(timepoints) > 5 and number % 10 != 0
                    with self.subTest(xml=xml, setup=setup, timepoint=timepoint):
                        self.assert_image_equals(xml, stored, setup, timepoint,
                                                 (lambda n: [n // 2]) if few else some_indices)


if __name__ == "__main__":
    unittest.main(verbosity=2)

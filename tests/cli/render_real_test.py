"""Maximum intensity projections of real volumes, along all axes, equal those of numpy: the proof that paging, filtering
and addressing are right."""

import unittest

import numpy

from bdv_files import BdvFile, BdvWriter, find_bdv_files
from projections import assert_projections
from real_volumes import read_volumes, to_bits
from support import CommandLineTest, needs_all_records, test_data

DATA = test_data()


class RealProjectionTest(CommandLineTest):
    @needs_all_records
    def test_every_bdv_file(self):
        for xml in find_bdv_files(DATA):
            stored = BdvFile(xml)
            for setup in stored.setups():
                timepoint = stored.timepoints(setup)[-1]
                volume = next(stored.levels(setup, timepoint))
                limits = (0, 255) if volume.dtype == numpy.uint8 else (float(volume.min()), float(volume.max()) or 1.0)
                with self.subTest(xml=xml, setup=setup):
                    assert_projections(self, xml, volume, limits, "--setup", setup, "--time", timepoint)

    def test_every_other_volume_as_8_and_as_16_bit(self):
        for name, voxel_size, original in read_volumes(DATA):
            for dtype in ("uint8", "uint16"):
                volume = to_bits(original, numpy.dtype(dtype))
                writer = BdvWriter(self.folder, f"{name}-{dtype}", factors=((1, 1, 1), (2, 2, 2), (4, 4, 4)),
                                   chunks=((32, 32, 16), (16, 16, 16), (16, 16, 16)), voxel_size=voxel_size)
                xml = writer.add(volume).write()
                limits = (0, 255) if dtype == "uint8" else (float(volume.min()), float(volume.max()))
                with self.subTest(name=name, dtype=dtype):
                    assert_projections(self, xml, volume, limits)


if __name__ == "__main__":
    unittest.main(verbosity=2)

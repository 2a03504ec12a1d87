"""`volary slice` gives h5py's voxels, on files that this script writes."""

import os
import unittest

import h5py
import numpy
import tifffile
from PIL import Image

from bdv_files import BdvFile, BdvWriter
from support import AXES, CommandLineTest, some_indices, take_plane


def noise(shape, dtype, seed=7):
    """Random voxels over the whole range of the type."""
    generator = numpy.random.default_rng(seed)
    if numpy.dtype(dtype).kind == "f":
        return generator.normal(0, 1000, shape).astype(dtype)
    limits = numpy.iinfo(dtype)
    return generator.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


class SliceTest(CommandLineTest):
    def assert_slices_equal(self, xml, volume, *options):
        for axis, array_axis in AXES.items():
            for index in some_indices(volume.shape[array_axis]):
                plane = self.slice(xml, "--axis", axis, "--index", index, *options)
                expected = take_plane(volume, axis, index)
                self.assertEqual((plane.shape, plane.dtype), (expected.shape, expected.dtype))
                numpy.testing.assert_array_equal(plane, expected, err_msg=f"{xml} {axis} {index} {options}")

    def test_every_voxel_type_is_read_as_it_is(self):
        for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"):
            volume = noise((9, 20, 33), dtype)
            xml = BdvWriter(self.folder, dtype).add(volume).write()
            self.assert_slices_equal(xml, volume)

    def test_every_level_setup_and_time_point_of_an_anisotropic_pyramid(self):
        writer = BdvWriter(self.folder, "many", factors=((1, 1, 1), (2, 2, 1), (4, 4, 2), (12, 8, 3)),
                           chunks=((32, 32, 4), (16, 16, 8), (16, 16, 16), (8, 8, 8)), voxel_size=(0.2, 0.2, 1.1))
        for setup in (0, 3):
            for timepoint in (0, 1, 7):
                if (setup, timepoint) != (3, 1):
                    writer.add(noise((19, 70, 53), "uint8", seed=10 * setup + timepoint), setup, timepoint)
        xml = writer.write()
        stored = BdvFile(xml)
        for timepoint, setup in writer.volumes:
            for level, volume in enumerate(stored.levels(setup, timepoint)):
                self.assert_slices_equal(xml, volume, "--setup", setup, "--time", timepoint, "--level", level)

    def test_every_filter_of_hdf5_that_bdv_files_use(self):
        volume = numpy.arange(40 * 41 * 42, dtype="uint16").reshape(40, 41, 42) % 977
        for name, storage in {
            "raw": {},
            "gzip": {"compression": "gzip"},
            "shuffle": {"compression": "gzip", "shuffle": True},
            "lzf": {"compression": "lzf"},
            "fiji": {"scaleoffset": 0, "compression": "gzip", "compression_opts": 6},
            "scaleoffset": {"scaleoffset": 0},
        }.items():
            xml = BdvWriter(self.folder, name, storage=storage).add(volume).write()
            self.assert_slices_equal(xml, volume)

    def test_int16_without_a_data_type_holds_uint16(self):
        volume = noise((5, 30, 31), "uint16")
        writer = BdvWriter(self.folder, "legacy").add(volume.view("int16"))
        xml = writer.write()
        with h5py.File(writer.h5, "r+") as file:
            del file["s00"].attrs["dataType"]
        self.assert_slices_equal(xml, volume)

    def test_chunks_that_are_not_stored_are_zero(self):
        writer = BdvWriter(self.folder, "holes", storage={}).add(numpy.zeros((20, 20, 20), "uint8"))
        xml = writer.write()
        volume = numpy.zeros((64, 64, 64), "uint8")
        volume[20:30, 5:60, 40:50] = noise((10, 55, 10), "uint8")
        with h5py.File(writer.h5, "r+") as file:
            del file["t00000/s00/0/cells"]
            cells = file.create_dataset("t00000/s00/0/cells", shape=volume.shape, dtype="uint8", chunks=(16, 16, 16))
            cells[20:30, 5:60, 40:50] = volume[20:30, 5:60, 40:50]
        self.assert_slices_equal(xml, volume)

    def test_the_plane_in_the_middle_of_the_first_image_is_the_default(self):
        volume = noise((7, 8, 9), "uint8")
        xml = BdvWriter(self.folder, "middle").add(volume, setup=2, timepoint=5).write()
        numpy.testing.assert_array_equal(self.slice(xml), volume[3])
        numpy.testing.assert_array_equal(self.slice(xml, "--axis", "x"), volume[:, :, 4])

    def test_any_number_of_threads_gives_the_same(self):
        volume = noise((50, 100, 100), "uint16")
        xml = BdvWriter(self.folder, "threads").add(volume).write()
        for threads in (0, 1, 4):
            numpy.testing.assert_array_equal(self.slice(xml, "--axis", "y", "--threads", threads), volume[:, 50])


class PictureTest(CommandLineTest):
    """The endings of -o."""

    def write_slice(self, volume, ending, *options):
        xml = BdvWriter(self.folder, "volume").add(volume).write()
        output = self.path("plane" + ending)
        return output, self.succeed("slice", xml, "--index", 1, "-o", output, *options).stderr

    def test_tiff_holds_every_voxel_type_exactly(self):
        for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"):
            volume = noise((3, 300, 1100), dtype)
            output, _ = self.write_slice(volume, ".tif")
            plane = tifffile.imread(output)
            self.assertEqual(plane.dtype, volume.dtype)
            numpy.testing.assert_array_equal(plane, volume[1])

    def test_png_holds_8_and_16_bit_voxels_exactly(self):
        for dtype in ("uint8", "uint16"):
            volume = noise((3, 60, 71), dtype)
            output, words = self.write_slice(volume, ".png")
            self.assertEqual(words, "")
            with Image.open(output) as image:
                self.assertIn(image.mode, {"uint8": ["L"], "uint16": ["I", "I;16"]}[dtype])
                numpy.testing.assert_array_equal(numpy.array(image), volume[1])

    def test_png_scales_other_types_from_smallest_to_largest_and_says_so(self):
        for dtype in ("int16", "uint32", "float32"):
            volume = noise((3, 60, 71), dtype)
            output, words = self.write_slice(volume, ".png")
            self.assertIn("16-bit greys", words)
            plane = volume[1].astype(float)
            expected = (plane - plane.min()) / (plane.max() - plane.min()) * 65535
            with Image.open(output) as image:
                numpy.testing.assert_allclose(numpy.array(image), expected, atol=0.51)

    def test_png_range_maps_black_and_white_and_inverts(self):
        volume = noise((3, 60, 71), "uint16")
        for low, high in ((1000, 40000), (40000, 1000)):
            output, words = self.write_slice(volume, ".png", "--range", f"{low},{high}")
            self.assertEqual(words, "")
            expected = numpy.clip((volume[1].astype(float) - low) / (high - low), 0, 1) * 65535
            with Image.open(output) as image:
                numpy.testing.assert_allclose(numpy.array(image), expected, atol=0.51)

    def test_values_that_are_no_numbers_are_black(self):
        volume = numpy.ones((3, 4, 5), "float32")
        volume[1, 0, 0], volume[1, 0, 1], volume[1, 0, 2] = numpy.nan, 3.0, numpy.inf
        output, _ = self.write_slice(volume, ".png")
        with Image.open(output) as image:
            self.assertEqual(numpy.array(image)[0, :4].tolist(), [0, 65535, 65535, 0])

    def test_an_output_replaces_an_older_file_and_leaves_no_other(self):
        folder = self.path("out")
        os.mkdir(folder)
        output = os.path.join(folder, "plane.npy")
        for seed in (1, 2):
            volume = noise((2, 3, 4), "uint8", seed)
            xml = BdvWriter(self.folder, "volume").add(volume).write()
            self.succeed("slice", xml, "--index", 0, "-o", output)
            numpy.testing.assert_array_equal(numpy.load(output), volume[0])
        self.assertEqual(os.listdir(folder), ["plane.npy"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

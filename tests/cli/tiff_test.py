"""`volary slice` and `volary info` give tifffile's voxels and metadata, on files that it writes and on real ones."""

import os
import unittest

import numpy
import tifffile

from support import AXES, CommandLineTest, some_indices, take_plane


def tczyx(series):
    """The voxels of a tifffile series as an array [time, channel, z, y, x]; samples are channels."""
    array, axes = series.asarray(), series.axes.replace("I", "Z").replace("Q", "Z")
    if "S" in axes and "C" not in axes:
        axes = axes.replace("S", "C")
    order = [axis for axis in "TCZYX" if axis in axes]
    array = array.transpose([axes.index(axis) for axis in order])
    return array.reshape([array.shape[order.index(axis)] if axis in order else 1 for axis in "TCZYX"])


class SliceComparison(CommandLineTest):
    def assert_slices_equal(self, location, volumes):
        """`volumes` is [time, channel, z, y, x]."""
        for timepoint, channels in enumerate(volumes):
            for setup, volume in enumerate(channels):
                for axis, array_axis in AXES.items():
                    for index in some_indices(volume.shape[array_axis])[:2]:
                        plane = self.slice(location, "--setup", setup, "--time", timepoint, "--axis", axis, "--index", index)
                        numpy.testing.assert_array_equal(plane, take_plane(volume, axis, index),
                                                         err_msg=f"{location} s{setup} t{timepoint} {axis}={index}")


class TiffTest(SliceComparison):
    def test_an_imagej_hyperstack_equals_tifffile(self):
        volumes = numpy.random.default_rng(7).integers(0, 65536, (2, 3, 2, 40, 50), "uint16")
        path = self.path("hyper.tif")
        tifffile.imwrite(path, volumes, imagej=True, metadata={"axes": "TZCYX", "spacing": 2.0, "unit": "um"}, resolution=(5, 5))
        self.assert_slices_equal(path, volumes.swapaxes(1, 2))
        info = self.info(path)
        self.assertEqual(info["format"], "ImageJ TIFF")
        self.assertEqual(info["warnings"], [])
        image = info["images"][0]
        self.assertEqual((image["voxelSize"], image["unit"]), ([0.2, 0.2, 2.0], "µm"))
        self.assertEqual(image["timepoints"], [0, 1])

    def test_a_folder_of_planes_equals_tifffile(self):
        volume = numpy.random.default_rng(7).integers(0, 256, (11, 40, 50)).astype("uint8")
        folder = self.path("planes")
        os.mkdir(folder)
        for z, plane in enumerate(volume):
            tifffile.imwrite(os.path.join(folder, f"p{z}.tif"), plane)
        for location in (folder, os.path.join(folder, "p*.tif")):
            self.assert_slices_equal(location, volume[None, None])
            self.assertEqual(self.info(location)["format"], "TIFF folder")

    def test_an_ome_pyramid_equals_tifffile(self):
        volume = numpy.random.default_rng(7).integers(0, 65536, (3, 128, 96), "uint16")
        path = self.path("pyramid.ome.tif")
        with tifffile.TiffWriter(path) as file:
            file.write(volume, tile=(32, 32), subifds=1, metadata={"axes": "ZYX"}, photometric="minisblack")
            file.write(volume[:, ::2, ::2], tile=(32, 32), subfiletype=1, photometric="minisblack")
        numpy.testing.assert_array_equal(self.slice(path, "--level", 1, "--index", 2), volume[2, ::2, ::2])
        self.assertEqual([level["factor"] for level in self.info(path)["images"][0]["levels"]], [[1, 1, 1], [2, 2, 1]])

    def test_many_pages_are_indexed_without_reading_them(self):
        path = self.path("many.tif")
        with tifffile.TiffWriter(path) as file:
            for z in range(3000):
                file.write(numpy.full((16, 16), z % 251, "uint8"), metadata=None)
        self.assertEqual(self.info(path)["images"][0]["levels"][0]["size"], [16, 16, 3000])
        numpy.testing.assert_array_equal(self.slice(path, "--index", 2999), numpy.full((16, 16), 2999 % 251, "uint8"))

    def test_wrong_files_are_refused_in_one_sentence(self):
        path = self.path("broken.tif")
        with open(path, "wb") as file:
            file.write(b"II*\0\xff\xff\xff\x7f")
        self.assert_fails(1, ["broken.tif", "beyond the end of the file"], "info", path)
        self.assert_fails(1, ["plane_*.tif", "no file's name fits"], "info", self.path("plane_*.tif"))


@unittest.skipUnless(os.environ.get("VOLARY_TEST_DATA"), "VOLARY_TEST_DATA does not name the folder of real files")
class RealTiffTest(SliceComparison):
    def test_real_files_that_tifffile_decodes_equal_it(self):
        data = os.environ["VOLARY_TEST_DATA"]
        for name in ("tiff/imagej/HyperStack-Test.tif", "tiff/ome/4D-series.ome.tif", "tiff/ome/multi-channel-z-series.ome.tif",
                     "tiff/napari-tiff/test_imagej.tiff", "tiff/napari-tiff/test_imagej_with_time.tiff",
                     "tiff/napari-tiff/test_ome.tiff", "tiff/imagecodecs/gray.depth.u1.tif", "tiff/imagecodecs/gray.depth.deflate.u1.tif",
                     "volumes/imagej-bat-cochlea/bat-cochlea-volume.tif"):
            with self.subTest(name):
                path = os.path.join(data, name)
                with tifffile.TiffFile(path) as file:
                    volumes = tczyx(file.series[0])
                if len(volumes) == 1:
                    self.assert_slices_equal(path, volumes)
                else:
                    self.assert_last_equals(path, volumes)

    def test_a_set_with_a_companion_equals_its_files(self):
        folder = os.path.join(os.environ["VOLARY_TEST_DATA"], "tiff/ome-companion")
        planes = [tifffile.TiffFile(os.path.join(folder, f"multifile-Z{z}.ome.tiff")).pages[0].asarray() for z in range(1, 6)]
        for name in ("multifile.companion.ome", "multifile-Z4.ome.tiff"):
            self.assert_slices_equal(os.path.join(folder, name), numpy.stack(planes)[None, None])

    def assert_last_equals(self, path, volumes):
        """The last time point of a longer movie."""
        timepoint = len(volumes) - 1
        for setup, volume in enumerate(volumes[-1]):
            numpy.testing.assert_array_equal(self.slice(path, "--setup", setup, "--time", timepoint, "--axis", "y", "--index", 5),
                                             volume[:, 5])


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""Automatic contrast: 0.1 % to 99.9 % of what is on screen, as numpy finds them, whatever the type, the cache, the threads."""

import json
import unittest

import h5py
import numpy

from bdv_files import BdvWriter
from render_test import blobs
from support import CommandLineTest


class AutomaticContrastTest(CommandLineTest):
    def range_of(self, file, *options):
        view = self.path("view.json")
        picture, _ = self.render(file, *options, "--save-view", view)
        with open(view, encoding="utf-8") as saved:
            return json.load(saved)["range"], picture

    def write_hdf5(self, volume):
        path = self.path(f"{volume.dtype}.h5")
        with h5py.File(path, "w") as file:
            file.create_dataset("volume", data=volume, chunks=(16, 32, 32))
        return path

    def assert_covers(self, limits, voxels):
        """Each end lies where numpy finds it, within the error of counting only a quarter of the voxels."""
        voxels = numpy.sort(voxels[numpy.isfinite(voxels)])
        for value, part in zip(limits, (0.001, 0.999)):
            low, high = numpy.quantile(voxels, [max(0, part - 0.0004), min(1, part + 0.0004)])
            margin = (voxels[-1] - voxels[0]) / 2048
            self.assertTrue(low - margin <= value <= high + margin, (voxels.dtype, limits, part, low, high))

    def test_the_range_is_that_of_the_voxels_in_any_type(self):
        random = numpy.random.default_rng(5)
        volume = random.normal(1000, 80, (70, 90, 100)) + 20 * blobs((70, 90, 100))
        volumes = {dtype: volume.astype(dtype) for dtype in ("uint16", "float32", "float64", "uint32", "int32")}
        volumes["int16"] = (volume - 3000).astype("int16")
        volumes["uint8"] = (volume / 40).clip(0, 255).astype("uint8")
        volumes["int8"] = (volume / 40 - 100).clip(-128, 127).astype("int8")
        for name, voxels in volumes.items():
            with self.subTest(name):
                limits, picture = self.range_of(self.write_hdf5(voxels), "--axis", "z")
                self.assert_covers(limits, voxels)
                self.assertGreater(picture.max(), 200)
                self.assertLess(picture.min(), 200)   # a projection of noise is light

    def test_voxels_that_are_not_finite_do_not_count(self):
        volume = numpy.random.default_rng(5).normal(0.5, 0.1, (40, 50, 60)).astype("float32")
        volume[3, 4], volume[7, 8], volume[9, 10] = numpy.nan, numpy.inf, -numpy.inf
        limits, _ = self.range_of(self.write_hdf5(volume), "--axis", "z")
        self.assert_covers(limits, volume)

    def test_a_few_hot_and_dead_pixels_leave_the_contrast_to_the_specimen(self):
        random = numpy.random.default_rng(5)
        volume = random.normal(300, 30, (64, 96, 96)).astype("uint16")
        faulty = random.random(volume.shape)
        volume[faulty < 1e-4] = 65535
        volume[faulty > 1 - 1e-4] = 0
        limits, _ = self.range_of(self.write_hdf5(volume), "--axis", "z")
        self.assertTrue(150 < limits[0] < 300 < limits[1] < 450, limits)

    def test_only_what_is_on_screen_counts(self):
        volume = numpy.full((64, 64, 256), 50, "uint16")
        volume[..., 128:] = 5000
        volume[..., ::2] += 10
        xml = BdvWriter(self.folder, "halves").add(volume).write()
        whole, _ = self.range_of(xml, "--axis", "z")
        self.assertEqual(whole, [50, 5010])
        with open(self.path("view.json"), encoding="utf-8") as file:
            view = json.load(file)
        view["range"] = None
        view["camera"]["position"][0] -= 96   # the left quarter fills the picture
        with open(self.path("left.json"), "w", encoding="utf-8") as file:
            json.dump(view, file)
        left, _ = self.range_of(xml, "--view", self.path("left.json"), "--size", "40x40")
        self.assertEqual(left, [50, 60])

    def test_cache_and_threads_do_not_change_the_picture(self):
        xml = BdvWriter(self.folder, "noise").add(
            numpy.random.default_rng(2).gamma(2, 500, (100, 128, 128)).astype("uint16")).write()
        options = ("--axis", "z", "--level", "0")
        # 4 MiB hold 48 of the 64 bricks: the picture is drawn in parts.
        whole, picture = self.range_of(xml, *options, "--threads", 1, "--cache-mb", 64)
        for threads, cache in ((4, 64), (3, 4)):
            limits, again = self.range_of(xml, *options, "--threads", threads, "--cache-mb", cache)
            self.assertEqual(limits, whole)
            numpy.testing.assert_array_equal(again, picture)

    def test_one_value_is_grey_and_nothing_is_black(self):
        for value, expected in ((700, (127, 128)), (0, (0,))):
            _, picture = self.range_of(self.write_hdf5(numpy.full((20, 33, 40), value, "uint16")), "--axis", "z")
            self.assertIn(picture[15, 20, 0], expected)


if __name__ == "__main__":
    unittest.main()

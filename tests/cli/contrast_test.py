"""Automatic contrast: it suits what each mode shows, whatever the type, the cache, the threads."""

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

    def assert_suits(self, limits, shown):
        """Few of the values that are seen are as bright as can be, and most of the range is used."""
        shown = shown[numpy.isfinite(shown)]
        grey = (shown - limits[0]) / (limits[1] - limits[0])
        seen = grey[grey > 40 / 255]
        self.assertLessEqual((seen > 253.5 / 255).mean(), 0.01, limits)
        self.assertGreater(numpy.quantile(seen, 0.999), 0.75, limits)

    def test_a_projection_has_the_range_of_its_pixels_in_any_type(self):
        random = numpy.random.default_rng(5)
        volume = random.normal(1000, 80, (70, 90, 100)) + 20 * blobs((70, 90, 100))
        volumes = {dtype: volume.astype(dtype) for dtype in ("uint16", "float32", "float64", "uint32", "int32")}
        volumes["int16"] = (volume - 3000).astype("int16")
        volumes["uint8"] = (volume / 40).clip(0, 255).astype("uint8")
        volumes["int8"] = (volume / 40 - 100).clip(-128, 127).astype("int8")
        for name, voxels in volumes.items():
            with self.subTest(name):
                limits, picture = self.range_of(self.write_hdf5(voxels), "--axis", "z")
                self.assert_suits(limits, voxels.max(axis=0).astype("float64"))
                self.assertGreater(picture.max(), 200)
                self.assertLess(picture.min(), 100)

    def test_each_mode_has_a_range_of_its_own(self):
        volume = numpy.random.default_rng(5).normal(1000, 80, (70, 90, 100)).astype("float32")
        volume += 20 * blobs(volume.shape)
        file = self.write_hdf5(volume)
        for mode, shown in (("mip", volume.max(axis=0)), ("minip", volume.min(axis=0)), ("average", volume.mean(axis=0))):
            with self.subTest(mode):
                limits, _ = self.range_of(file, "--axis", "z", "--mode", mode)
                self.assert_suits(limits, shown)

    def test_a_composite_uses_the_brightness_of_the_screen(self):
        z, y, x = numpy.indices((80, 90, 100))
        ball = (z - 40) ** 2 + (y - 45) ** 2 + (x - 50) ** 2 < 30 ** 2
        random = numpy.random.default_rng(5)
        volume = random.normal(100, 5, ball.shape) + ball * random.gamma(4, 60, ball.shape)
        _, picture = self.range_of(self.write_hdf5(volume.astype("uint16")), "--mode", "dvr", "--size", "300x300")
        seen = picture.max(axis=2)[picture.max(axis=2) > 40]
        self.assertGreaterEqual(numpy.quantile(seen, 0.95), 200)
        self.assertLessEqual((seen >= 254).mean(), 0.01)
        self.assertLess(picture[:20].max(), 40, "the background is no fog")

    def test_voxels_that_are_not_finite_do_not_count(self):
        volume = numpy.random.default_rng(5).normal(0.5, 0.1, (40, 50, 60)).astype("float32")
        volume[3, 4], volume[7, 8], volume[9, 10] = numpy.nan, numpy.inf, -numpy.inf
        limits, _ = self.range_of(self.write_hdf5(volume), "--axis", "z")
        self.assert_suits(limits, numpy.where(numpy.isfinite(volume), volume, 0).max(axis=0))

    def test_a_few_hot_and_dead_pixels_leave_the_contrast_to_the_specimen(self):
        random = numpy.random.default_rng(5)
        volume = random.normal(300, 30, (64, 96, 96)).astype("uint16")
        faulty = random.random(volume.shape)
        volume[faulty < 1e-4] = 65535
        volume[faulty > 1 - 1e-4] = 0
        limits, _ = self.range_of(self.write_hdf5(volume), "--axis", "z")
        self.assertTrue(250 < limits[0] < 400 < limits[1] < 600, limits)

    def test_the_range_of_a_file_holds_unless_it_cuts_off_the_specimen(self):
        volume = numpy.random.default_rng(5).normal(1000, 80, (40, 50, 60)).clip(0).astype("uint16")
        for window, holds in (((500, 2000), True), ((500, 1050), False)):
            xml = BdvWriter(self.folder, f"window{window[1]}").add(volume).write()
            with open(xml, encoding="utf-8") as file:
                text = file.read()
            settings = (f'<Attributes name="displaysettings"><displaysettings><id>0</id><color>255 255 255 255</color>'
                        f'<min>{window[0]}</min><max>{window[1]}</max><isset>true</isset></displaysettings></Attributes>')
            text = text.replace("</ViewSetup>", "<attributes><displaysettings>0</displaysettings></attributes></ViewSetup>"
                                + settings)
            with open(xml, "w", encoding="utf-8") as file:
                file.write(text)
            limits, _ = self.range_of(xml, "--axis", "z")
            self.assertEqual(limits == list(window), holds, limits)

    def test_no_camera_changes_the_range(self):
        volume = numpy.full((64, 64, 256), 50, "uint16")
        volume[..., 128:] = 5000
        volume[..., ::2] += 10
        xml = BdvWriter(self.folder, "halves").add(volume).write()
        whole, _ = self.range_of(xml, "--axis", "z")
        with open(self.path("view.json"), encoding="utf-8") as file:
            view = json.load(file)
        view["range"] = None
        view["camera"]["position"][0] -= 96   # the left quarter fills the picture
        with open(self.path("left.json"), "w", encoding="utf-8") as file:
            json.dump(view, file)
        left, _ = self.range_of(xml, "--view", self.path("left.json"), "--size", "40x40")
        self.assertEqual(left, whole)

    def test_a_saved_view_of_slices_shows_the_same_again(self):
        random = numpy.random.default_rng(5)
        file = self.write_hdf5(random.gamma(2, 500, (40, 50, 60)).astype("uint16"))
        _, picture = self.range_of(file, "--mode", "slices", "--size", "200x160")
        again, _ = self.render(file, "--view", self.path("view.json"), "--size", "200x160")
        numpy.testing.assert_array_equal(again, picture)

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

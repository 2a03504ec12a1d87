"""Projections and slabs of `volary render` on files that this script writes, voxel by voxel, with numpy as the oracle."""

import json
import unittest

import h5py
import numpy

from bdv_files import BdvWriter
from projections import assert_projections
from support import AXES, CommandLineTest


def noise(shape, dtype, seed=3):
    return numpy.random.default_rng(seed).integers(0, numpy.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


class ProjectionTest(CommandLineTest):
    def test_8_bit_is_exact_along_each_axis_at_any_cache_size(self):
        volume = noise((70, 100, 90), "uint8") // 2
        volume[11, 40, 32] = volume[33, 31, 64] = 255  # on the borders of bricks
        xml = BdvWriter(self.folder, "noise").add(volume).write()
        assert_projections(self, xml, volume, (0, 255))

    def test_each_level_of_a_pyramid_can_be_pinned(self):
        volume = noise((40, 70, 64), "uint8")
        writer = BdvWriter(self.folder, "pyramid", factors=((1, 1, 1), (2, 2, 1), (4, 4, 2)))
        xml = writer.add(volume).write()
        with h5py.File(writer.h5, "r") as file:
            for level in range(3):
                voxels = file[f"t00000/s00/{level}/cells"][()]
                fx, fy, _ = writer.factors[level]
                picture, _ = self.render(xml, "--axis", "z", "--level", level, "--range", "0,255",
                                         "--interpolation", "nearest")
                expected = numpy.repeat(numpy.repeat(voxels.max(axis=0), fy, axis=0), fx, axis=1)
                numpy.testing.assert_array_equal(picture[..., 0], expected[:70, :64], err_msg=f"level {level}")

    def test_16_bit_float_and_signed_are_within_one_grey_of_the_same_scaling(self):
        volume = noise((40, 50, 60), "uint16")
        for dtype, voxels, limits in (("uint16", volume, (500, 60000)),
                                      ("int16", volume.view("int16"), (-30000, 30000)),
                                      ("float32", (volume / 65535 - 0.5).astype("float32"), (-0.4, 0.4))):
            with self.subTest(dtype=dtype):
                xml = BdvWriter(self.folder, dtype).add(voxels).write()
                assert_projections(self, xml, voxels, limits)

    def test_exact_takes_one_sample_a_voxel_of_the_finest_level_at_any_zoom(self):
        volume = noise((13, 64, 48), "uint8")
        xml = BdvWriter(self.folder, "exact", factors=((1, 1, 1), (2, 2, 1))).add(volume).write()
        self.render(xml, "--axis", "z", "--save-view", self.path("view.json"))
        for zoom in (0.25, 4):
            width, height = int(48 * zoom), int(64 * zoom)
            picture, stats = self.render(xml, "--view", self.path("view.json"), "--size", f"{width}x{height}", "--mode",
                                         "average", "--exact", "--range", "0,255")
            # Linear between voxels along x and y; along z just the planes themselves.
            mean = volume.mean(axis=0)
            for axis, count in ((0, height), (1, width)):
                at = numpy.clip((numpy.arange(count) + 0.5) / zoom - 0.5, 0, mean.shape[axis] - 1)
                low = numpy.minimum(numpy.floor(at).astype(int), mean.shape[axis] - 2)
                part = (at - low).reshape((-1, 1) if axis == 0 else (1, -1))
                mean = (1 - part) * mean.take(low, axis) + part * mean.take(low + 1, axis)
            numpy.testing.assert_allclose(picture[..., 0], mean, atol=1, err_msg=f"zoom {zoom}")
            self.assertEqual(list(stats["levelShown"]), ["0"])

    def test_rays_end_at_the_planes_that_are_shown(self):
        volume = noise((40, 50, 60), "uint8")
        xml = BdvWriter(self.folder, "planes").add(volume).write()
        # In voxels: one across the view, and one that the rays of a part of the picture meet first.
        picture, _ = self.render(xml, "--axis", "z", "--range", "0,255", "--show-plane", "0,0,1,20",
                                 "--show-plane", "1,0,1,60", "--save-view", self.path("view.json"))
        # The plane itself counts as one sample: x = 60 - z is a voxel's centre too.
        expected = numpy.stack([volume[: min(20, 60 - x) + 1, :, x].max(axis=0) for x in range(60)], axis=1)
        # Without the planes' frames.
        shown = (slice(1, 49), [x for x in range(1, 59) if x != 20])
        numpy.testing.assert_array_equal(picture[..., 0][shown], expected[shown])
        again, _ = self.render(xml, "--view", self.path("view.json"), "--size", "60x50")
        numpy.testing.assert_array_equal(again, picture)
        # Any number of planes: among parallel ones, the first that a ray meets counts.
        planes = [option for z in range(39, -1, -1) for option in ("--show-plane", f"0,0,1,{z}")]
        first, _ = self.render(xml, "--axis", "z", "--range", "0,255", *planes)
        numpy.testing.assert_array_equal(first[1:-1, 1:-1, 0], volume[0, 1:-1, 1:-1])

    def test_the_mean_of_jittered_pictures_is_a_view_of_its_own(self):
        xml = BdvWriter(self.folder, "jitter").add(noise((40, 50, 60), "uint8")).write()
        view = ["--size", "90x80", "--range", "0,255"]
        for mode in ("dvr", "average", "sum"):
            plain = self.render(xml, *view, "--mode", mode)[0].astype(int)
            mean, stats = self.render(xml, *view, "--mode", mode, "--jitter", 8, "--save-view", self.path("jitter.json"))
            self.assertIs(stats["converged"], True)
            self.assertGreater(numpy.count_nonzero(mean != plain), 200, mode)
            self.assertLess(numpy.abs(mean - plain).mean(), 3, mode)
            again, _ = self.render(xml, "--view", self.path("jitter.json"), "--size", "90x80")
            numpy.testing.assert_array_equal(again, mean)
            exact = self.render(xml, *view, "--mode", mode, "--exact")[0]
            numpy.testing.assert_array_equal(self.render(xml, *view, "--mode", mode, "--exact", "--jitter", 8)[0], exact)
        # Jittered maxima are not averaged.
        numpy.testing.assert_array_equal(self.render(xml, *view, "--jitter", 8)[0], self.render(xml, *view)[0])

    def test_a_thread_of_one_voxel_is_seen_from_afar(self):
        volume = numpy.zeros((64, 128, 128), "uint8")
        volume[30, 70] = 200
        xml = BdvWriter(self.folder, "thread", factors=((1, 1, 1), (2, 2, 2), (4, 4, 4))).add(volume).write()
        view = ["--axis", "z", "--size", "32x32", "--range", "0,255"]
        brightness = {}
        for peaks in (0, 1, 2):
            picture, stats = self.render(xml, *view, "--peaks", peaks, "--save-view", self.path(f"peaks{peaks}.json"))
            brightness[peaks] = picture[..., 0].max(axis=0)[4:-4]
            self.assertEqual((list(stats["levelShown"]), stats["bricksPeaks"]), (["2"], 1 if peaks else 0))
            again, _ = self.render(xml, "--view", self.path(f"peaks{peaks}.json"), "--size", "32x32")
            numpy.testing.assert_array_equal(again, picture)
        self.assertLessEqual(brightness[0].max(), 13)
        self.assertLessEqual(brightness[1].max(), 50)
        self.assertGreaterEqual(brightness[2].min(), 100)
        self.assertEqual(brightness[2].max(), 200)
        numpy.testing.assert_array_equal(self.render(xml, *view)[0][..., 0].max(axis=0)[4:-4], brightness[2])

    def test_setup_and_time_point_choose_the_image(self):
        writer = BdvWriter(self.folder, "many", voxel_size=(0.1, 0.1, 0.3))
        for setup, timepoint in ((0, 0), (0, 2), (5, 2)):
            writer.add(noise((20, 30, 40), "uint8", seed=setup + timepoint), setup, timepoint)
        xml = writer.write()
        for (timepoint, setup), volume in writer.volumes.items():
            picture, _ = self.render(xml, "--axis", "y", "--range", "0,255", "--setup", setup, "--time", timepoint)
            numpy.testing.assert_array_equal(picture[..., 0], volume.max(axis=1))

    def test_a_cut_of_whole_voxels_is_the_maximum_of_the_voxels_that_it_keeps(self):
        volume = noise((40, 70, 64), "uint8")
        xml = BdvWriter(self.folder, "cut", voxel_size=(0.3, 0.3, 1.2)).add(volume).write()
        # In voxels, whose centres are the integers; a plane of its own keeps x from 10 on.
        cut = "--clip-box=0,4.5,19.5,39.5,30.5,26.5", "--clip-plane=2,0,0,19"
        picture, _ = self.render(xml, "--axis", "z", "--range", "0,255", *cut)
        expected = numpy.zeros((70, 64), "uint8")
        expected[5:31, 10:40] = volume[20:27, 5:31, 10:40].max(axis=0)
        numpy.testing.assert_array_equal(picture[..., 0], expected)

    def test_a_slab_of_whole_voxels_is_what_numpy_makes_of_its_planes(self):
        volume = noise((40, 70, 64), "uint8")
        xml = BdvWriter(self.folder, "slab", factors=((1, 1, 1), (2, 2, 2)), voxel_size=(0.3, 0.3, 1.2)).add(volume).write()
        saved = self.path("axis.json")
        self.render(xml, "--axis", "z", "--range", "0,255", "--level", 0, "--save-view", saved)
        with open(saved, encoding="utf-8") as file:
            view = json.load(file)
        # In voxels, one a pixel; the planes 17 to 23 around 20.
        view["layout"] = "oblique"
        view["slices"].update(point=[31.5, 34.5, 20], centre=[31.5, 34.5, 20], worldPerPixel=1, thickness=7,
                              orientationWxyz=[1, 0, 0, 0])
        for slab, reduce, tolerance in (("max", numpy.max, 0), ("min", numpy.min, 0), ("average", numpy.mean, 0.51)):
            view["slices"]["slab"] = slab
            with open(self.path("slab.json"), "w", encoding="utf-8") as file:
                json.dump(view, file)
            picture, _ = self.render(xml, "--view", self.path("slab.json"), "--size", "64x70")
            # The image's outline runs along the outermost pixels.
            got, expected = picture[1:-1, 1:-1, 0], reduce(volume[17:24], axis=0)[1:-1, 1:-1]
            self.assertLessEqual(numpy.abs(got - expected.astype(float)).max(), tolerance, slab)

    def test_the_plane_of_an_oblique_slice_is_the_one_that_is_named(self):
        volume = noise((40, 70, 64), "uint8")
        xml = BdvWriter(self.folder, "plane").add(volume).write()
        view = self.path("plane.json")
        self.render(xml, "--mode", "oblique", "--plane=3,0,4,100", "--slab", "2.5,min", "--save-view", view)
        with open(view, encoding="utf-8") as file:
            slices = json.load(file)["slices"]
        self.assertAlmostEqual(numpy.dot(slices["point"], [0.6, 0, 0.8]), 20)
        w, x, y, z = slices["orientationWxyz"]
        normal = [2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)]
        numpy.testing.assert_allclose(normal, [0.6, 0, 0.8], atol=1e-12)
        self.assertEqual((slices["thickness"], slices["slab"]), (2.5, "min"))

    def test_a_range_from_high_to_low_inverts(self):
        volume = noise((20, 30, 40), "uint8") // 3
        xml = BdvWriter(self.folder, "inverted").add(volume).write()
        picture, _ = self.render(xml, "--axis", "z", "--range", "255,0")
        numpy.testing.assert_array_equal(picture[..., 1], 255 - volume.max(axis=0))

    def test_volumes_thinner_than_a_brick_or_one_voxel_thick(self):
        for shape in ((1, 50, 70), (50, 1, 70), (50, 70, 1), (1, 1, 1), (3, 33, 32)):
            with self.subTest(shape=shape):
                volume = noise(shape, "uint8")
                xml = BdvWriter(self.folder, "thin").add(volume).write()
                for axis, array_axis in AXES.items():
                    picture, _ = self.render(xml, "--axis", axis, "--range", "0,255")
                    numpy.testing.assert_array_equal(picture[..., 0], volume.max(axis=array_axis))


if __name__ == "__main__":
    unittest.main(verbosity=2)

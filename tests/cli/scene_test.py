"""Several setups in one picture: projections of an HDF5 file, computed with h5py and numpy, mixed as --blend says."""

import json
import unittest

import numpy

from bdv_files import BdvWriter
from support import CommandLineTest

SHAPE = (20, 45, 70)


def channels():
    random = numpy.random.default_rng(3)
    return [random.integers(0, 120 + 60 * c, SHAPE).astype("uint8") for c in range(3)]


class SceneTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.volumes = channels()
        writer = BdvWriter(self.folder, "channels", factors=((1, 1, 1), (2, 2, 2)), chunks=((16, 16, 16), (16, 16, 16)))
        for setup, volume in enumerate(self.volumes):
            writer.add(volume, setup=setup)
        self.file = writer.write()

    def maxima(self, axis=0):
        return [volume.max(axis=axis).astype(float) for volume in self.volumes]

    def test_three_primary_colours_are_three_projections(self):
        for axis, name in enumerate("zyx"):
            picture, stats = self.render(self.file, "--setup", "all", "--colour", "red,green,blue", "--axis", name, "--range",
                                         "0,255")
            for channel in range(3):
                self.assertTrue((picture[..., channel] == self.maxima(axis)[channel]).all(), (name, channel))
            self.assertTrue(stats["converged"])

    def test_the_sum_the_maximum_and_one_over_the_other(self):
        a, b, c = self.maxima()
        expected = {
            "sum": numpy.minimum(a + b + c, 255),
            "max": numpy.maximum(numpy.maximum(a, b), c),
            "over": c + (1 - c / 255) * (a + (1 - a / 255) * b),
        }
        for blend, wanted in expected.items():
            picture, _ = self.render(self.file, "--setup", "2,0,1", "--colour", "white,white,white", "--blend", blend,
                                     "--axis", "z", "--range", "0,255")
            self.assertLessEqual(abs(picture[..., 0] - wanted).max(), 0.51, blend)

    def test_one_setup_is_grey_as_ever_unless_it_is_given_a_colour(self):
        for setup in range(3):
            picture, _ = self.render(self.file, "--setup", setup, "--axis", "z", "--range", "0,255")
            for channel in range(3):
                self.assertTrue((picture[..., channel] == self.maxima()[setup]).all())
        first, _ = self.render(self.file, "--axis", "z", "--range", "0,255")
        self.assertTrue((first[..., 1] == self.maxima()[0]).all())
        red, _ = self.render(self.file, "--setup", 1, "--colour", "#ff0000", "--axis", "z", "--range", "0,255")
        self.assertTrue((red[..., 0] == self.maxima()[1]).all())
        self.assertEqual(red[..., 1:].max(), 0)

    def test_channels_that_nobody_coloured_are_green_and_magenta(self):
        picture, _ = self.render(self.file, "--setup", "0,1", "--axis", "z", "--range", "0,255")
        self.assertTrue((picture[..., 1] == self.maxima()[0]).all())
        self.assertTrue((picture[..., 0] == self.maxima()[1]).all())
        self.assertTrue((picture[..., 2] == self.maxima()[1]).all())

    def test_the_saved_view_draws_the_same_picture(self):
        view = self.path("view.json")
        options = ("--setup", "1,2", "--colour", "orange,cyan", "--blend", "max", "--mode", "dvr", "--size", "160x120")
        picture, _ = self.render(self.file, *options, "--save-view", view)
        with open(view, encoding="utf-8") as saved:
            stated = json.load(saved)
        self.assertTrue(stated["fused"])
        self.assertEqual([one["setup"] for one in stated["setups"]], [1, 2])
        self.assertTrue(all(one["range"] for one in stated["setups"]))
        again, _ = self.render(self.file, "--view", view, "--size", "160x120")
        self.assertTrue((picture == again).all())

    def test_nonsense_is_refused_in_a_sentence(self):
        output = self.path("x.png")
        for words, status, options in (
                (["setup 7", "0, 1, 2"], 1, ["--setup", "0,7"]),
                (["--setup", "'0,,1'"], 2, ["--setup", "0,,1"]),
                (["--setup", "twice"], 2, ["--setup", "1,1"]),
                (["--colour", "'pinkish'"], 2, ["--colour", "pinkish"]),
                (["--colour", "2 colours for 1"], 2, ["--setup", "0", "--colour", "red,blue"]),
                (["--blend"], 2, ["--setup", "0,1", "--blend", "mix"])):
            with self.subTest(options):
                self.assert_fails(status, words, "render", self.file, *options, "-o", output)


if __name__ == "__main__":
    unittest.main()

"""Coarser levels for a file without any: exact, kept, built once, whatever happens to the process that builds them."""

import glob
import json
import os
import signal
import subprocess
import unittest

import numpy
import tifffile

from downsampling import mean
from support import VOLARY, CommandLineTest, read_png

SHAPE = (200, 301, 321)   # more than 2^24 voxels, odd along two axes


class SidecarTest(CommandLineTest):
    @classmethod
    def setUpClass(cls):
        random = numpy.random.default_rng(1)
        z, y, x = numpy.indices(SHAPE, dtype="float32")
        ball = (z - 100) ** 2 + (y - 150) ** 2 + (x - 160) ** 2 < 90 ** 2
        cls.volume = (random.integers(0, 60, SHAPE) + 150 * ball).astype("uint8")

    def setUp(self):
        super().setUp()
        self.tiff = self.path("stack.tif")
        tifffile.imwrite(self.tiff, self.volume)
        self.cache = self.path("cache")
        # Keeps the driver's own cache out of the folder.
        self.environment = {"XDG_CACHE_HOME": self.cache, "MESA_SHADER_CACHE_DISABLE": "true"}

    def draw(self, *options, name="picture"):
        """Returns the picture and the statistics; self.said is what was written to standard error."""
        picture, stats = self.path(name + ".png"), self.path(name + ".json")
        result = self.succeed("render", self.tiff, "--size", "120x100", "-o", picture, "--stats", stats, *options,
                              environment=self.environment)
        self.said = result.stderr
        with open(stats, encoding="utf-8") as file:
            return read_png(picture), json.load(file)

    def files(self, name="levels"):
        return glob.glob(os.path.join(self.cache, "volary", "levels", "*", name))

    def test_the_level_is_the_mean_that_numpy_finds(self):
        levels = self.path("levels.png")
        self.succeed("render", self.tiff, "--sidecar", "--axis", "z", "--level", 1, "--range", "0,255", "--interpolation",
                     "nearest", "-o", levels, environment=self.environment)
        expected = mean(self.volume, (2, 2, 2)).max(axis=0)
        whole = numpy.repeat(numpy.repeat(expected, 2, axis=0), 2, axis=1)[:SHAPE[1], :SHAPE[2]]
        numpy.testing.assert_array_equal(read_png(levels)[..., 0], whole)

    def test_the_second_time_it_reads_the_levels_alone(self):
        # Peaks come from the file itself.
        first, stats = self.draw("--sidecar", "--peaks", 0)
        self.assertEqual(stats["sidecar"], {"state": "ready", "fraction": 1.0})
        self.assertEqual(list(stats["levelShown"]), ["1"])
        again, stats = self.draw("--sidecar", "--peaks", 0)
        numpy.testing.assert_array_equal(again, first)
        self.assertLess(stats["bytesRead"], os.path.getsize(self.files()[0]) + 1)
        self.assertLess(stats["bytesRead"], self.volume.nbytes / 5)
        self.assertLess(0.5 * stats["bytesNeeded"], self.volume.nbytes / 8)
        # The file's voxels may be gone by now, as long as nobody asks for them.
        before = os.stat(self.tiff)
        with open(self.tiff, "r+b") as file:
            file.seek(before.st_size // 2)
            file.write(b"\xff" * 1000)
        os.utime(self.tiff, ns=(before.st_atime_ns, before.st_mtime_ns))
        numpy.testing.assert_array_equal(self.draw("--sidecar", "--peaks", 0)[0], first)

    def test_headless_nothing_is_kept_unless_asked_for(self):
        for option in ([], ["--no-sidecar"]):
            _, stats = self.draw(*option)
            self.assertEqual(stats["sidecar"]["state"], "none")
            self.assertEqual(list(stats["levelShown"]), ["0"])
            self.assertFalse(os.path.exists(os.path.join(self.cache, "volary")))

    def test_a_changed_file_is_read_anew(self):
        first, _ = self.draw("--sidecar")
        tifffile.imwrite(self.tiff, 255 - self.volume)
        self.assertTrue((self.draw("--sidecar", "--range", "0,255")[0] != first).any())
        self.assertEqual(len(self.files()), 2)

    def test_killed_while_it_builds_it_goes_on_the_next_time(self):
        expected, _ = self.draw("--sidecar", name="whole")
        for file in self.files():
            os.remove(file)
        command = [VOLARY, "render", self.tiff, "--sidecar", "--size", "120x100", "-o", self.path("killed.png")]
        # The process kills itself after this many writes, see signal_itself.cpp; a run has more than all three
        # together.
        for writes in (60, 30, 10):
            killed = subprocess.run(command, stderr=subprocess.DEVNULL, check=False, env={
                **os.environ, **self.environment, "LD_PRELOAD": os.environ["VOLARY_SIGNAL_ITSELF"],
                "VOLARY_SIGNAL": f"{int(signal.SIGKILL)} {writes}"})
            self.assertEqual(killed.returncode, -signal.SIGKILL)
            self.assertEqual((len(self.files("levels.part")), self.files()), (1, []))
        again, stats = self.draw("--sidecar")
        self.assertEqual(stats["sidecar"]["state"], "ready")
        numpy.testing.assert_array_equal(again, expected)
        self.assertEqual(self.files("levels.part") + self.files("sums"), [])

    def test_two_at_once_build_it_once(self):
        pictures = [self.path(f"{i}.png") for i in range(2)]
        processes = [subprocess.Popen([VOLARY, "render", self.tiff, "--sidecar", "--size", "120x100", "-o", picture],
                                      env={**os.environ, **self.environment}) for picture in pictures]
        self.assertEqual([process.wait() for process in processes], [0, 0])
        numpy.testing.assert_array_equal(read_png(pictures[0]), read_png(pictures[1]))
        self.assertEqual(len(self.files()), 1)
        self.assertEqual(self.files("levels.part"), [])

    def test_without_a_cache_it_works_and_says_so_once(self):
        with open(self.cache, "w", encoding="utf-8") as file:
            file.write("no folder")
        _, stats = self.draw("--sidecar")
        self.assertEqual(stats["sidecar"]["state"], "failed")
        self.assertTrue(stats["converged"])
        self.assertEqual(self.said.count("\n"), 1)
        self.assertIn(self.cache, self.said)

    def test_the_size_of_all_has_a_bound(self):
        _, stats = self.draw("--sidecar", "--sidecar-gb", 0.001)
        self.assertEqual(stats["sidecar"]["state"], "failed")
        self.assertIn("--sidecar-gb", self.said)
        self.assertEqual(self.files() + self.files("levels.part"), [])

    def test_damage_is_told_and_mended_the_next_time(self):
        whole, _ = self.draw("--sidecar")
        damaged = self.files()[0]
        with open(self.files()[0], "r+b") as file:
            file.seek(100_000)
            file.write(b"\xff" * 100)
        _, stats = self.draw("--sidecar")
        self.assertGreater(stats["bricksFailed"], 0)
        self.assertIn(damaged, self.said)
        numpy.testing.assert_array_equal(self.draw("--sidecar")[0], whole)


if __name__ == "__main__":
    unittest.main()

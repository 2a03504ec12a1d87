"""`volary render` on files that this script writes: its options, statistics and errors."""

import json
import os
import unittest

import h5py
import numpy
from PIL import Image

from bdv_files import BdvWriter
from support import CommandLineTest, read_png


def blobs(shape):
    """A smooth specimen: bright balls of several sizes on a dim background."""
    z, y, x = numpy.indices(shape, dtype=float)
    volume = numpy.full(shape, 10.0)
    for i, (cz, cy, cx, radius) in enumerate([(0.5, 0.5, 0.5, 0.3), (0.3, 0.2, 0.8, 0.12), (0.7, 0.8, 0.2, 0.15)]):
        distance = numpy.sqrt((z / shape[0] - cz) ** 2 + (y / shape[1] - cy) ** 2 + (x / shape[2] - cx) ** 2)
        volume += (80 + 60 * i) / (1 + numpy.exp((distance - radius) * 40))
    return numpy.clip(volume, 0, 255).astype("uint8")


class PictureTest(CommandLineTest):
    @classmethod
    def setUpClass(cls):
        cls.volume = blobs((80, 120, 110))

    def setUp(self):
        super().setUp()
        self.writer = BdvWriter(self.folder, "blobs", factors=((1, 1, 1), (2, 2, 2), (4, 4, 4)),
                                voxel_size=(0.3, 0.3, 0.5))
        self.xml = self.writer.add(self.volume).write()

    def test_threads_and_cache_size_do_not_change_the_picture(self):
        for options in ([], ["--mode", "dvr"], ["--mode", "slices"]):
            pictures = [self.render(self.xml, "--size", "320x200", "--range", "0,255", *options, "--threads", threads,
                                    "--cache-mb", cache, "--host-mb", host)[0]
                        for threads, cache, host in ((1, 64, 64), (4, 64, 64), (4, 16, 0.5), (1, 16, 64))]
            self.assertEqual(pictures[0].shape, (200, 320, 3))
            self.assertGreater(pictures[0].max(), 40, options)
            for picture in pictures[1:]:
                numpy.testing.assert_array_equal(picture, pictures[0], err_msg=str(options))

    def test_what_is_hidden_is_not_read_and_the_picture_is_the_same(self):
        # Everything is far above the range: the front is opaque.
        options = ("--mode", "dvr", "--size", "320x240", "--level", 0, "--range", "0,5")
        every, all_stats = self.render(self.xml, *options, "--feedback", "off")
        picture, stats = self.render(self.xml, *options, "--feedback", "on")
        self.assertTrue((picture == every).all())
        self.assertGreater(stats["bricksHidden"], 0)
        self.assertEqual(stats["bricksHidden"] + stats["bricksResident"], stats["bricksWanted"])
        self.assertLess(stats["bytesRead"], all_stats["bytesRead"])
        self.assertEqual((all_stats["bricksHidden"], all_stats["bricksResident"]), (0, all_stats["bricksWanted"]))
        # A measured contrast counts the hidden bricks too.
        _, measured = self.render(self.xml, *options[:-2], "--feedback", "on")
        self.assertEqual(measured["bricksHidden"], 0)

    def test_a_page_cache_that_does_not_hold_all_is_told_of_and_changes_nothing(self):
        options = ("--axis", "z", "--level", 0, "--range", "0,255")
        expected, stats = self.render(self.xml, *options)
        self.assertEqual((stats["cacheHeldAll"], stats["parts"]), (True, 1))
        picture, stats = self.render(self.xml, *options, "--cache-mb", 1)
        self.assertTrue((picture == expected).all())
        self.assertIs(stats["cacheHeldAll"], False)
        self.assertGreater(stats["parts"], 1)

    def test_modes_overlay_and_interpolation_change_the_picture(self):
        def picture(*options):
            return self.render(self.xml, "--size", "320x200", "--range", "0,255", *options)[0]
        mip = picture("--mode", "mip")
        for options in (["--mode", "dvr"], ["--mode", "slices"], ["--overlay", "residency"], ["--level", "2"]):
            self.assertGreater(numpy.count_nonzero(picture(*options) != mip), 200, options)
        numpy.testing.assert_array_equal(picture(), mip)
        # Outlines have colours; a grey volume has none.
        self.assertTrue((mip[..., 0] == mip[..., 2]).all())
        overlay = picture("--overlay", "residency")
        self.assertGreater(numpy.count_nonzero(overlay[..., 0] != overlay[..., 2]), 200)

    def test_statistics_have_the_documented_keys_and_add_up(self):
        picture, stats = self.render(self.xml, "--axis", "z", "--level", 0, "--range", "0,255", "--cache-mb", 32)
        self.assertEqual(set(stats), {"converged", "bricksWanted", "bricksResident", "bricksFailed", "bricksHidden", "bricksPeaks", "cacheHeldAll", "parts", "bytesRead",
                                      "bytesDecoded", "bytesUploaded", "transferQueue", "msFirstImage", "msConverged", "frameMs",
                                      "gpuMs", "levelShown", "lodBias", "resolution", "pageCacheBytes", "readCalls", "hostCacheBytes",
                                      "hostCachePeakBytes", "storedPeakBytes", "brickPeakBytes", "threads",
                                      "bricksInFlight", "bricksFinished", "bricksDropped", "heldBytes", "heldPeakBytes",
                                      "heldBytesBound", "peakHostBytes", "bytesNeeded", "sidecar", "device"})
        self.assertLessEqual(stats["heldPeakBytes"], stats["heldBytesBound"])
        self.assertIs(stats["converged"], True)
        self.assertIsInstance(stats["transferQueue"], bool)
        self.assertEqual(stats["bricksFailed"], 0)
        self.assertEqual(stats["bricksResident"], stats["bricksWanted"])
        self.assertEqual(stats["levelShown"]["0"], 3 * 4 * 4)
        self.assertGreater(stats["bytesRead"], 0)
        self.assertLess(stats["bytesRead"], os.path.getsize(self.writer.h5))
        self.assertGreaterEqual(stats["bytesDecoded"], picture[..., 0].size * 80)
        self.assertGreaterEqual(stats["bytesUploaded"], 3 * 4 * 4 * 34**3)
        self.assertLessEqual(stats["pageCacheBytes"], 32 << 20)
        self.assertGreater(stats["peakHostBytes"], 10 << 20)
        self.assertLessEqual(stats["frameMs"]["p50"], stats["frameMs"]["p99"])
        self.assertLessEqual(stats["msFirstImage"], stats["msConverged"])

    def test_the_default_range_shows_the_specimen(self):
        picture, _ = self.render(self.xml, "--axis", "z")
        self.assertLess(numpy.quantile(picture, 0.05), 40)
        self.assertGreater(numpy.quantile(picture, 0.99), 215)

    def test_a_saved_view_draws_the_same_picture_again(self):
        view = self.path("view.json")
        first, _ = self.render(self.xml, "--size", "200x150", "--mode", "dvr", "--save-view", view)
        again, _ = self.render(self.xml, "--size", "200x150", "--view", view)
        numpy.testing.assert_array_equal(again, first)
        with Image.open(self.path("picture.png")) as image, open(view, encoding="utf-8") as saved:
            self.assertEqual(json.loads(image.text["volary:view"]), json.load(saved))
            self.assertEqual(image.text["volary:converged"], "100 %")
            shown = json.loads(image.text["volary:shown"])
            self.assertEqual(shown["bricksShown"], shown["bricksWanted"])
            self.assertEqual((shown["bricksFailed"], shown["lodBias"]), (0, 0))
            self.assertGreater(sum(shown["levelShown"].values()), 0)
        os.rename(self.path("picture.png"), self.path("first.png"))
        reopened, _ = self.render(self.xml, "--size", "200x150", "--view", self.path("first.png"))
        numpy.testing.assert_array_equal(reopened, first)
        changed, _ = self.render(self.xml, "--size", "200x150", "--view", view, "--mode", "mip")
        self.assertTrue((changed != first).any())

    def test_a_picture_without_a_view_can_not_be_opened_as_one(self):
        Image.new("RGB", (4, 4)).save(self.path("plain.png"))
        self.assert_fails(1, ["plain.png: this picture holds no view"], "render", self.xml, "--view", self.path("plain.png"),
                          "-o", self.path("p.png"))

    def test_a_cut_that_is_not_one_is_refused(self):
        for option in ("--clip-box=1,2,3", "--clip-box=5,0,0,1,1,1", "--clip-plane=0,0,0,1", "--clip-plane=1,0,x,1",
                       "--plane=1,2,3", "--slab=-1", "--slab=3,median"):
            self.assert_fails(2, [option.split("=")[0]], "render", self.xml, option, "-o", self.path("p.png"))

    def test_a_size_with_an_axis_shows_the_whole_image_in_its_physical_proportions(self):
        picture, _ = self.render(self.xml, "--axis", "y", "--size", "300x300", "--range", "0,1")
        rows, columns = numpy.nonzero(picture[..., 0])
        shape = (rows.max() - rows.min() + 1) / (columns.max() - columns.min() + 1)
        self.assertAlmostEqual(shape, (80 * 0.5) / (110 * 0.3), delta=0.03)

    def test_validation_finds_nothing(self):
        for options in (["--axis", "x"], ["--mode", "slices", "--overlay", "residency"],
                        ["--mode", "dvr"], ["--mode", "slices", "--overlay", "resolution"],
                        ["--mode", "dvr", "--range", "0,5"]):
            self.succeed("render", self.xml, "--size", "160x120", *options, "-o", self.path("picture.png"),
                         environment={"VOLARY_VALIDATION": "1"})

    def test_a_brick_that_fails_is_left_out_with_a_warning(self):
        whole, _ = self.render(self.xml, "--axis", "z", "--level", 0, "--range", "0,255")
        with h5py.File(self.writer.h5, "r") as file:
            # The last chunk: it belongs to the last brick alone.
            cells = file["t00000/s00/0/cells"].id
            chunk = cells.get_chunk_info(cells.get_num_chunks() - 1)
        with open(self.writer.h5, "r+b") as file:
            file.seek(chunk.byte_offset)
            file.write(bytes(chunk.size))
        output, stats = self.path("picture.png"), self.path("stats.json")
        result = self.succeed("render", self.xml, "--axis", "z", "--level", 0, "--range", "0,255", "-o", output,
                              "--stats", stats)
        with open(stats, encoding="utf-8") as file:
            stats = json.load(file)
        self.assertGreaterEqual(stats["bricksFailed"], 1)
        resolution = stats["resolution"]
        self.assertEqual(resolution["wantedBy"], "pinned level")
        pixels = resolution["coarser"]
        self.assertEqual(list(pixels), ["0", "1", "2", "3", "4+"])
        self.assertEqual(sum(pixels.values()), whole[..., 0].size)
        self.assertGreaterEqual(pixels["0"], 64 * 64)
        self.assertAlmostEqual(pixels["0"] / sum(pixels.values()), resolution["asWanted"])
        with Image.open(output) as image:
            self.assertEqual(json.loads(image.text["volary:shown"])["resolution"], resolution)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), stats["bricksFailed"])
        for line in lines:
            self.assertTrue(line.startswith("volary: warning: ") and "blobs.h5" in line, line)
        # None of the bricks in the first rows and columns failed.
        numpy.testing.assert_array_equal(read_png(output)[:64, :64], whole[:64, :64])


class RenderErrorTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.xml = BdvWriter(self.folder, "small").add(blobs((10, 20, 30))).write()
        self.out = self.path("picture.png")

    def test_a_wrong_command_line_is_status_2(self):
        view = self.path("view.json")
        for words, options in (
            ([".png"], ["-o", self.path("picture.jpg")]),
            (["--mode", "mip", "dvr", "slices"], ["--mode", "xray", "-o", self.out]),
            (["--size", "640"], ["--size", "640", "-o", self.out]),
            (["--size"], ["--size", "0x5", "-o", self.out]),
            (["--size"], ["--size", "5x5x5", "-o", self.out]),
            (["--axis"], ["--axis", "xy", "-o", self.out]),
            (["--axis", "--view"], ["--axis", "x", "--view", view, "-o", self.out]),
            (["--axis", "slices"], ["--axis", "x", "--mode", "slices", "-o", self.out]),
            (["--range"], ["--range", "a,b", "-o", self.out]),
            (["--cache-mb"], ["--cache-mb", "-5", "-o", self.out]),
            (["--cache-mb"], ["--cache-mb", "much", "-o", self.out]),
            (["--overlay"], ["--overlay", "everything", "-o", self.out]),
            (["--threads"], ["--threads", "many", "-o", self.out]),
            (["--level"], ["--level", "-1", "-o", self.out]),
            (["--peaks"], ["--peaks", "4", "-o", self.out]),
            (["--jitter"], ["--jitter", "0", "-o", self.out]),
        ):
            with self.subTest(options=options):
                self.assert_fails(2, words, "render", self.xml, *options)

    def test_what_cannot_be_done_is_status_1(self):
        broken = self.path("broken.json")
        with open(broken, "w", encoding="utf-8") as file:
            file.write('{"setup": 0, "mode": ')
        for words, options in (
            (["missing.xml"], [self.path("missing.xml")]),
            (["level 1", "0 to 0"], [self.xml, "--level", 1]),
            (["setup 7"], [self.xml, "--setup", 7]),
            (["time point 7"], [self.xml, "--time", 7]),
            (["missing.json"], [self.xml, "--view", self.path("missing.json")]),
            (["broken.json"], [self.xml, "--view", broken]),
            (["1000000 x 5"], [self.xml, "--size", "1000000x5"]),
            (["no such device"], [self.xml, "--device", "no such device"]),
            (["does not exist"], [self.xml, "--stats", self.path("no/stats.json")]),
        ):
            with self.subTest(options=options):
                self.assert_fails(1, words, "render", *options, "-o", self.out)
                self.assertFalse(os.path.exists(self.out))
        missing = self.path("no/picture.png")
        self.assert_fails(1, [missing, "does not exist"], "render", self.xml, "-o", missing)
        full = self.path("full.png")
        os.symlink("/dev/full", full)
        self.assert_fails(1, [full, "No space left on device"], "render", self.xml, "-o", full)

    def test_help_shows_every_option_of_the_contract(self):
        text = self.succeed("render", "--help").stdout
        for option in ("--size", "--mode", "--view", "--axis", "--setup", "--time", "--level", "--range", "--cache-mb",
                       "--host-mb", "--threads", "--overlay", "--peaks", "--stats", "--feedback", "--device", "Example"):
            self.assertIn(option, text)


if __name__ == "__main__":
    unittest.main(verbosity=2)

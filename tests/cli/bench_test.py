"""`volary bench io`: what it reports is complete and consistent. No test says how fast anything is."""

import json
import os
import subprocess
import sys
import unittest

import h5py
import numpy

from bdv_files import BdvWriter
from support import CommandLineTest

PATHS = ("library", "limit", "chunks", "bricks")
RATIOS = {"chunksToLibrary": ("chunks", "library"), "bricksToLibrary": ("bricks", "library"),
          "chunksToLimit": ("chunks", "limit"), "bricksToLimit": ("bricks", "limit")}
H5PY_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench", "bench_h5py.py")


class BenchTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        # Neither chunks nor bricks divide the size.
        self.volume = numpy.random.default_rng(1).integers(0, 4000, (41, 50, 70), dtype="uint16")
        self.writer = BdvWriter(self.folder, "small", factors=((1, 1, 1), (2, 2, 2)),
                                storage={"scaleoffset": 0, "compression": "gzip"})
        self.xml = self.writer.add(self.volume, setup=3, timepoint=5).write()

    def bench(self, *options):
        return json.loads(self.succeed("bench", "io", self.xml, "--json", *options).stdout)

    def test_the_report_describes_the_level_that_was_measured(self):
        report = self.bench("--passes", 1, "--setup", 3, "--time", 5)
        self.assertEqual((report["setup"], report["timepoint"], report["level"]), (3, 5, 0))
        self.assertEqual(os.path.basename(report["file"]), "small.h5")
        self.assertEqual((report["size"], report["chunk"]), ([70, 50, 41], [16, 16, 16]))
        self.assertEqual((report["codec"], report["voxelType"]), ("scaleoffset+deflate", "uint16"))
        self.assertEqual((report["chunks"], report["bricks"]), (5 * 4 * 3, 3 * 2 * 2))
        self.assertEqual(report["bytesDecoded"], self.volume.nbytes)
        with h5py.File(self.writer.h5, "r") as file:
            stored = file["t00005/s03/0/cells"].id.get_storage_size()
        self.assertEqual(report["bytesStored"], stored)
        # The level fits the host cache: each chunk is read once, however many bricks need it. What lies between two
        # chunks that are read together is read too.
        self.assertGreaterEqual(report["bytesReadForBricks"], stored)
        self.assertLessEqual(report["bytesReadForBricks"], 1.25 * stored)
        self.assertRegex(report["date"], r"^20\d\d-\d\d-\d\d ")
        self.assertGreaterEqual(report["machine"]["cores"], 1)
        self.assertEqual(self.bench("--passes", 1, "--level", 1)["size"], [35, 25, 21])

    def test_every_way_is_timed_and_the_ratios_are_those_of_the_times(self):
        report = self.bench("--passes", 4, "--threads", 3)
        conditions = [(run["pageCache"], run["threads"]) for run in report["runs"]]
        warm, cold = [("warm", 1), ("warm", 2), ("warm", 3)], [("cold", 1), ("cold", 2), ("cold", 3)]
        self.assertEqual(conditions, warm + cold if report["coldNote"] is None else warm)
        for run in report["runs"]:
            self.assertEqual(tuple(run["paths"]), PATHS)
            best, median = {}, {}
            for name, path in run["paths"].items():
                seconds = path["seconds"]
                self.assertEqual(len(seconds), 4)
                self.assertGreater(min(seconds), 0)
                best[name], median[name] = min(seconds), numpy.median(seconds)
                for key, value in (("mbPerSecondBest", best[name]), ("mbPerSecondMedian", median[name])):
                    self.assertAlmostEqual(path[key] * value * 1e6 / self.volume.nbytes, 1)
            for ratio, (path, other) in RATIOS.items():
                self.assertAlmostEqual(run["ratiosOfBest"][ratio] * best[path] / best[other], 1)
                self.assertAlmostEqual(run["ratiosOfMedians"][ratio] * median[path] / median[other], 1)

    def test_one_thread_is_measured_once(self):
        threads = [run["threads"] for run in self.bench("--passes", 1, "--threads", 1)["runs"]]
        self.assertEqual(set(threads), {1})
        self.assertIn(len(threads), (1, 2))

    def test_the_text_names_file_storage_and_ways(self):
        text = self.succeed("bench", "io", self.xml, "--passes", 1).stdout
        for word in ("small.h5", "setup 3, time point 5, level 0", "70 x 50 x 41", "scaleoffset+deflate", "MB/s",
                     "page cache warm", "page cache cold", "library", "limit", "decoded chunks", "finished bricks"):
            self.assertIn(word, text)

    def test_conversions_are_timed_and_leave_nothing(self):
        report = json.loads(self.succeed("bench", "convert", self.xml, "--json", "--passes", 2, "--folder", self.folder).stdout)
        before = sorted(os.listdir(self.folder))
        for key in ("bdv", "omeZarr"):
            output = report[key]
            self.assertEqual((len(output["seconds"]), len(output["cpuSeconds"])), (2, 2))
            self.assertEqual(output["voxelBytes"], self.volume.nbytes)
            self.assertAlmostEqual(output["mbPerSecondBest"] * min(output["seconds"]) * 1e6 / self.volume.nbytes, 1)
            self.assertGreater(output["peakBytes"], 1 << 20)
            self.assertGreater(output["bytesWritten"], 0)
        text = self.succeed("bench", "convert", self.xml, "--passes", 1, "--folder", self.folder).stdout
        self.assertIn("OME-Zarr", text)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        self.assertFalse(any(name.startswith("volary-bench") for name in before))
        self.assert_fails(1, ["nowhere"], "bench", "convert", self.xml, "--folder", self.path("nowhere"))
        self.assert_fails(1, ["nothing.xml"], "bench", "convert", self.path("nothing.xml"), "--folder", self.folder)

    @unittest.skipUnless(os.environ.get("DISPLAY"), "opens windows")
    def test_windows_are_opened_in_turns_and_the_ratio_is_that_of_the_medians(self):
        report = json.loads(self.succeed("bench", "window", self.xml, "--json", "--passes", 2, "--size", "320x200").stdout)
        medians = []
        for key in ("emptyWindow", "firstPicture"):
            seconds = report[key]["seconds"]
            self.assertEqual(len(seconds), 2)
            self.assertEqual(report[key]["bestSeconds"], min(seconds))
            self.assertAlmostEqual(report[key]["medianSeconds"], numpy.median(seconds))
            medians.append(report[key]["medianSeconds"])
        self.assertAlmostEqual(report["ratioOfMedians"] * medians[0] / medians[1], 1)
        text = self.succeed("bench", "window", self.xml, "--passes", 1).stdout
        self.assertIn("first picture / empty window", text)
        self.assert_fails(1, ["nothing.xml", "No such file"], "bench", "window", self.path("nothing.xml"))

    def test_the_ray_march_paged_and_dense(self):
        result = self.succeed("bench", "render", self.xml, "--passes", 3, "--size", "40x30", "--json")
        report = json.loads(result.stdout)
        self.assertEqual(report["size"], list(self.volume.shape[::-1]))
        self.assertEqual(report["sizePx"], [40, 30])
        self.assertEqual([run["mode"] for run in report["runs"]], ["mip", "dvr", "iso"])
        for run in report["runs"]:
            paths = run["paths"]
            self.assertEqual(list(paths), ["dense", "paged", "skipping"])
            self.assertEqual(paths["dense"]["ratioToDense"], 1)
            for path in paths.values():
                self.assertEqual(len(path["ms"]), 3)
                self.assertEqual(path["msP50"], sorted(path["ms"])[1])
                self.assertEqual(path["msP99"], max(path["ms"]))
                self.assertAlmostEqual(path["ratioToDense"], path["msP50"] / paths["dense"]["msP50"])
            self.assertGreater(paths["paged"]["samples"], 0)
            self.assertLessEqual(paths["skipping"]["samples"], paths["paged"]["samples"])
            self.assertAlmostEqual(run["skippedSamples"], 1 - paths["skipping"]["samples"] / paths["paged"]["samples"])
        self.assertEqual([run["differingPixels"] for run in report["runs"][:2]], [0, 0])
        text = self.succeed("bench", "render", self.xml, "--passes", 1, "--size", "40x30").stdout
        self.assertIn("paged, skipping", text)
        self.assert_fails(1, ["level 2", "0 to 1"], "bench", "render", self.xml, "--level", 2)
        self.assert_fails(2, ["--size"], "bench", "render", self.xml, "--size", "0x5")
        self.assert_fails(2, ["--range"], "bench", "render", self.xml, "--range", "5,5")

    def fly(self, *arguments):
        return json.loads(self.succeed("bench", "fly", self.xml, "--json", "--size", "64x48", *arguments).stdout)

    def test_a_flight_is_flown_cold_and_warm(self):
        with open(self.path("short.json"), "w") as file:
            json.dump({"format": "volary flight", "version": 1, "frames": 5,
                       "keys": [{"frame": 0, "eye": [0.5, 0.5, -2], "target": [0.5, 0.5, 0.5]},
                                {"frame": 4, "eye": [3, 0.5, 0.5], "target": [0.5, 0.5, 0.5]}]}, file)
        report = self.fly("--flight", self.path("short.json"), "--mode", "dvr")
        self.assertEqual(report["mode"], "dvr")
        self.assertEqual(report["sizePx"], [64, 48])
        for name in ("cold", "warm"):
            run = report[name]
            self.assertEqual(len(run["frames"]), 5)
            self.assertEqual(run["framesWithHoles"], 0)
            self.assertEqual(run["flightMs"]["p50"], sorted(run["frames"])[2])
            self.assertEqual(run["flightMs"]["p99"], max(run["frames"]))
        self.assertLessEqual(report["msFirstPicture"], report["msConverged"])
        self.assertGreater(report["msWholePicture"], 0)
        self.assertAlmostEqual(report["p99StreamingOverWarm"],
                               report["cold"]["flightMs"]["p99"] / report["warm"]["flightMs"]["p99"])
        # Everything fits the caches: the second time nothing is read or uploaded.
        self.assertGreater(report["cold"]["bytesRead"], 0)
        self.assertGreaterEqual(report["cold"]["bytesDecoded"], self.volume.nbytes)
        self.assertEqual([report["warm"][key] for key in ("bytesRead", "bytesDecoded", "bytesUploaded")], [0, 0, 0])
        self.assertEqual(len(self.fly("--flight", "through")["cold"]["frames"]), 120)
        self.assertIn("flight, p99 ms", self.succeed("bench", "fly", self.xml, "--size", "40x30").stdout)

    def test_what_is_no_flight_is_one_sentence(self):
        def flight(text):
            with open(self.path("bad.json"), "w") as file:
                file.write(text)
            return "bench", "fly", self.xml, "--flight", self.path("bad.json")

        key = '{"frame": %d, "eye": [0, 0, 0], "target": [0, 0, 1]}'
        made = '{"format": "volary flight", "version": 1, "frames": %s, "keys": [%s]}'
        self.assert_fails(1, ["bad.json", "not a flight"], *flight("[1, 2"))
        self.assert_fails(1, ["bad.json", "version 1"], *flight('{"format": "volary flight", "version": 2}'))
        self.assert_fails(1, ["bad.json", "frames"], *flight(made % ('"x"', key % 0)))
        self.assert_fails(1, ["bad.json", "keys"], *flight(made % (9, key % 0)))
        self.assert_fails(1, ["bad.json", "rise"], *flight(made % (9, ",".join([key % 0, key % 8, key % 8]))))
        self.assert_fails(1, ["bad.json", "last"], *flight(made % (9, ",".join([key % 0, key % 7]))))
        self.assert_fails(1, ["bad.json", "eye"], *flight(made % (9, key % 0 + ', {"frame": 8, "eye": [0, 1]}')))
        self.assert_fails(1, ["nowhere"], "bench", "fly", self.xml, "--flight", self.path("nowhere.json"))
        self.assert_fails(2, ["--mode"], "bench", "fly", self.xml, "--mode", "bright")

    def test_chunks_that_are_not_stored_are_no_obstacle(self):
        with h5py.File(self.path("sparse.h5"), "w") as file:
            cells = file.create_dataset("t00000/s00/0/cells", (40, 40, 40), "uint16", chunks=(16, 16, 16),
                                        compression="gzip", fillvalue=7)
            cells[20:, 20:, 20:] = 3
        report = json.loads(self.succeed("bench", "io", self.path("sparse.h5"), "--json", "--passes", 1).stdout)
        self.assertEqual(report["chunks"], 27)

    def test_what_cannot_be_measured_is_one_sentence(self):
        self.assert_fails(1, ["computed"], "bench", "io", "synthetic:embryo?size=32x32x32")
        self.assert_fails(1, ["level 2", "0 to 1"], "bench", "io", self.xml, "--level", 2)
        self.assert_fails(2, ["bench --help"], "bench")
        self.assert_fails(2, ["bench"], "bench", "nonsense", self.xml)
        self.assert_fails(2, ["--passes"], "bench", "io", self.xml, "--passes", 0)
        with h5py.File(self.path("whole.h5"), "w") as file:
            file["t00000/s00/0/cells"] = self.volume  # not chunked
        self.assert_fails(1, ["whole.h5", "library"], "bench", "io", self.path("whole.h5"))

    def test_a_chunk_that_does_not_decode_ends_it(self):
        with h5py.File(self.writer.h5, "r") as file:
            chunk = file["t00005/s03/0/cells"].id.get_chunk_info(7)
        with open(self.writer.h5, "r+b") as file:
            file.seek(chunk.byte_offset)
            file.write(bytes(chunk.size))
        self.assert_fails(1, ["small.h5", "deflate"], "bench", "io", self.xml)

    def test_the_script_for_h5py_reports_the_same_level(self):
        result = subprocess.run([sys.executable, H5PY_SCRIPT, self.writer.h5, "t00005/s03/0/cells", "--passes", "2"],
                                capture_output=True, text=True, timeout=300, check=True)
        report = json.loads(result.stdout)
        ours = self.bench("--passes", 1)
        for key in ("size", "chunk", "chunks", "bytesDecoded"):
            self.assertEqual(report[key], ours[key])
        for run in report["runs"]:
            self.assertEqual(len(run["seconds"]), 2)
            self.assertAlmostEqual(run["mbPerSecondBest"] * min(run["seconds"]) * 1e6 / self.volume.nbytes, 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)

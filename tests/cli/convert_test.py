"""`volary convert` to BigDataViewer XML/HDF5: what h5py reads is what numpy makes of the input, and the XML follows the rules."""

import glob
import os
import resource
import shutil
import subprocess
import unittest

import h5py
import numpy

import downsampling
from bdv_files import BdvFile, BdvWriter
from bdv_rules import check_bdv_rules
from support import VOLARY, CommandLineTest


def make_volume(dtype, shape=(45, 70, 83), seed=1):
    """Anything but smooth: every value of the type may occur, and a third is zero."""
    random = numpy.random.default_rng(seed)
    dtype = numpy.dtype(dtype)
    if dtype.kind == "f":
        volume = random.normal(scale=1000, size=shape).astype(dtype)
    else:
        info = numpy.iinfo(dtype)
        volume = random.integers(info.min, info.max, size=shape, dtype=dtype, endpoint=True)
    return numpy.where(random.random(shape) < 1 / 3, numpy.zeros((), dtype), volume)


def read_mean_levels(volume, factors):
    return [downsampling.mean(volume, factor) for factor in factors]


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


class ConvertTest(CommandLineTest):
    def convert(self, file, output, *options):
        """Converts, checks BigDataViewer's rules, and that nothing is left beside the output; returns BdvFile."""
        path = self.path(output)
        result = self.succeed("convert", file, path, *options)
        self.assertEqual(result.stdout, "")
        self.assertFalse(os.path.exists(path + ".partial"))
        check_bdv_rules(path)
        return BdvFile(path)

    def assert_levels(self, found, expected):
        found = list(found)
        self.assertEqual(len(found), len(expected))
        for level, (a, b) in enumerate(zip(found, expected)):
            self.assertEqual(a.dtype, b.dtype)
            numpy.testing.assert_array_equal(a, b, err_msg=f"level {level}")

    def test_every_type_and_its_exact_means(self):
        factors = [(1, 1, 1), (2, 2, 1), (4, 6, 3)]
        for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"):
            with self.subTest(dtype):
                volume = make_volume(dtype)
                source = BdvWriter(self.folder, f"in-{dtype}", chunks=((20, 30, 11),)).add(volume).write()
                written = self.convert(source, f"out-{dtype}.xml", "--factors", "1,1,1;2,2,1;4,6,3", "--chunks", "16,16,8", "--verify")
                found = list(written.levels(0, 0))
                self.assert_levels(found[:1], [volume])
                if dtype.startswith("float"):
                    for a, b in zip(found, read_mean_levels(volume, factors)):
                        numpy.testing.assert_allclose(a, b, rtol=1e-6 if dtype == "float32" else 1e-12, atol=1e-4)
                else:
                    self.assert_levels(found, read_mean_levels(volume, factors))

    def test_max_and_mode(self):
        volume = make_volume("uint8") // 60
        source = BdvWriter(self.folder, "in").add(volume).write()
        written = self.convert(source, "max.xml", "--factors", "1,1,1;2,2,2;4,4,2", "--downsample", "max")
        self.assert_levels(written.levels(0, 0), [downsampling.maximum(volume, f) for f in ((1, 1, 1), (2, 2, 2), (4, 4, 2))])
        written = self.convert(source, "mode.xml", "--factors", "1,1,1;2,2,2;4,4,2", "--downsample", "mode")
        half = downsampling.mode(volume, (2, 2, 2))
        self.assert_levels(written.levels(0, 0), [volume, half, downsampling.mode(half, (2, 2, 1))])

    def test_levels_and_chunks_are_bigdataviewers_own_proposal(self):
        source = BdvWriter(self.folder, "in", voxel_size=(0.2, 0.2, 1.0)).add(make_volume("uint16", (20, 40, 600))).write()
        written = self.convert(source, "out.xml")
        self.assertEqual(written.factors(0).tolist(), [[1, 1, 1], [2, 2, 1], [4, 4, 1]])
        self.assertEqual(written.file["s00/subdivisions"][()].tolist(), [[32, 32, 4], [32, 16, 8], [16, 16, 16]])
        self.assertEqual(self.convert(source, "one.xml", "--levels", 1).factors(0).tolist(), [[1, 1, 1]])

    def test_deflate_levels_store_the_same_voxels(self):
        volume = make_volume("uint16") // 64
        source = BdvWriter(self.folder, "in").add(volume).write()
        sizes = []
        for level in (0, 1, 9):
            written = self.convert(source, f"out{level}.xml", "--deflate", level)
            self.assert_levels(written.levels(0, 0), [volume])
            sizes.append(os.path.getsize(self.path(f"out{level}.h5")))
        self.assertGreater(sizes[0], sizes[1])
        self.assertGreater(sizes[0], sizes[2])
        self.assertEqual(self.convert(source, "raw.xml", "--deflate", 0).cells(0, 0)[0].compression, None)

    def test_a_box_moves_the_registration_and_nothing_else(self):
        volume = make_volume("int16")
        affine = [[0.4, 0.1, 0, 7], [0, 0.5, 0, -3], [0, 0, 2, 1]]
        source = BdvWriter(self.folder, "in", voxel_size=(0.4, 0.5, 2)).add(volume).write(affine)
        written = self.convert(source, "out.xml", "--box", "11:60,:33,20:", "--factors", "1,1,1;2,2,2", "--verify")
        part = volume[20:, :33, 11:60]
        self.assert_levels(written.levels(0, 0), read_mean_levels(part, [(1, 1, 1), (2, 2, 2)]))
        before, after = BdvFile(source).world_from_voxel(0, 0), written.world_from_voxel(0, 0)
        numpy.testing.assert_allclose(after @ [0, 0, 0, 1], before @ [11, 0, 20, 1])
        numpy.testing.assert_allclose(after[:3, :3], before[:3, :3])

    def test_voxel_size_and_unit_stretch_the_voxels(self):
        source = BdvWriter(self.folder, "in", voxel_size=(1, 1, 1), unit="pixel").add(make_volume("uint8")).write()
        written = self.convert(source, "out.xml", "--voxel-size", "0.5,0.25,3", "--unit", "mm")
        setup = self.info(written.xml)["images"][0]
        self.assertEqual((setup["voxelSize"], setup["unit"]), ([0.5, 0.25, 3], "mm"))
        numpy.testing.assert_allclose(written.world_from_voxel(0, 0), numpy.diag([0.5, 0.25, 3, 1]))

    def test_a_coarser_level_becomes_level_0_in_its_place(self):
        volume = make_volume("uint16")
        source = BdvWriter(self.folder, "in", factors=((1, 1, 1), (2, 4, 2)), voxel_size=(1, 2, 3)).add(volume).write()
        written = self.convert(source, "out.xml", "--from-level", 1)
        self.assert_levels(written.levels(0, 0), list(BdvFile(source).levels(0, 0))[1:])
        # The centre of its first voxel lies between the voxels of which it is the mean.
        numpy.testing.assert_allclose(written.world_from_voxel(0, 0) @ [0, 0, 0, 1], [0.5, 3, 1.5, 1])

    def test_setups_and_time_points_are_chosen_by_id(self):
        writer = BdvWriter(self.folder, "in")
        volumes = {(t, s): make_volume("uint8", (9, 11, 13), 10 * t + s) for t in (2, 5, 6) for s in (0, 3, 7)}
        del volumes[5, 3]
        for (timepoint, setup), volume in volumes.items():
            writer.add(volume, setup, timepoint)
        source = writer.write()
        written = self.convert(source, "out.xml", "--setups", "3,7", "--times", "5-6")
        self.assertEqual(written.setups(), [3, 7])
        self.assertEqual((written.timepoints(3), written.timepoints(7)), ([6], [5, 6]))
        self.assert_levels(written.levels(7, 5), [volumes[5, 7]])
        # BigDataViewer opens the tables of all setups that the XML names.
        self.assertEqual(self.convert(source, "some.xml", "--times", "5").setups(), [0, 7])
        self.assert_fails(1, ["no setup 1", "0, 3, 7"], "convert", source, self.path("no.xml"), "--setups", 1)

    def test_partitions_are_files_of_their_own_behind_links(self):
        writer = BdvWriter(self.folder, "in")
        volumes = {(t, s): make_volume("uint16", (20, 30, 40), 10 * t + s) for t in (0, 1, 4) for s in (0, 1)}
        for (timepoint, setup), volume in volumes.items():
            writer.add(volume, setup, timepoint)
        source = writer.write()
        whole = self.convert(source, "whole.xml", "--factors", "1,1,1;2,2,2")
        for how, count in (("setup", 2), ("time", 3), ("both", 6)):
            with self.subTest(how):
                written = self.convert(source, f"{how}.xml", "--factors", "1,1,1;2,2,2", "--partition", how, "--verify")
                self.assertEqual(len(glob.glob(self.path(f"{how}-*.h5"))), count)
                for timepoint, setup in volumes:
                    self.assert_levels(written.levels(setup, timepoint), list(whole.levels(setup, timepoint)))
        listing = subprocess.run(["h5ls", "-r", self.path("both.h5")], capture_output=True, text=True, check=True).stdout
        self.assertIn("/t00004/s01/1/cells      External Link {both-02-01.h5//t00004/s01/1/cells}", listing)

    def test_the_h5_may_be_named_and_threads_do_not_show(self):
        source = BdvWriter(self.folder, "in", chunks=((17, 13, 9),)).add(make_volume("uint16", (90, 120, 150))).write()
        files = []
        for threads in (1, 5):
            self.succeed("convert", source, self.path("out.h5"), "--threads", threads, "--memory-mb", 16, "--force",
                         "--factors", "1,1,1;2,2,2;4,4,4;8,8,8;16,16,16")
            files.append([read_bytes(self.path(name)) for name in ("out.h5", "out.xml")])
        self.assertEqual(files[0], files[1])

    def test_what_exists_stays_unless_forced(self):
        source = BdvWriter(self.folder, "in").add(make_volume("uint8")).write()
        with open(self.path("out.h5"), "w", encoding="ascii") as file:
            file.write("mine")
        self.assert_fails(1, ["out.h5", "exists already"], "convert", source, self.path("out.xml"))
        with open(self.path("out.h5"), encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")
        self.convert(source, "out.xml", "--force")
        self.assert_fails(1, ["in.xml", "what is to be converted"], "convert", source, source, "--force")
        # The XML's image file has the name that the new XML's would get.
        other = shutil.copy(source, self.path("other.xml"))
        self.assert_fails(1, ["in.h5", "what is to be converted"], "convert", other, self.path("in.xml"), "--force")

    def test_wrong_command_lines(self):
        source = BdvWriter(self.folder, "in").add(make_volume("uint8")).write()
        out = self.path("out.xml")
        for options, words in ((["--box", "0:10"], ["--box"]), (["--box", "5:5,:,:"], ["--box"]), (["--factors", "1,1"], ["--factors"]),
                               (["--chunks", "0,1,1"], ["--chunks"]), (["--downsample", "median"], ["mean, max or mode"]),
                               (["--partition", "x"], ["--partition"]), (["--worker", "3/3"], ["--worker"]),
                               (["--voxel-size", "1,1,-1"], ["--voxel-size"]), (["--setups", "a"], ["--setups"]),
                               (["--deflate", "10"], ["--deflate"])):
            self.assert_fails(2, words, "convert", source, out, *options)
        self.assert_fails(2, ["must end in"], "convert", source, self.path("out.txt"))
        self.assert_fails(1, ["0:84", "83 x 70 x 45"], "convert", source, out, "--box", "0:84,:,:")
        self.assert_fails(1, ["level 2", "3,3,3"], "convert", source, out, "--factors", "1,1,1;3,3,3;4,4,4")
        self.assert_fails(1, ["does not exist"], "convert", source, self.path("no/out.xml"))
        self.assertEqual(sorted(os.listdir(self.folder)), ["in.h5", "in.xml"])

    def test_a_damaged_input_leaves_nothing_and_says_where(self):
        source = BdvWriter(self.folder, "in").add(make_volume("uint16", (64, 64, 64))).write()
        with h5py.File(self.path("in.h5"), "r") as file:
            place = file["t00000/s00/0/cells"].id.get_chunk_info(20)
        with open(self.path("in.h5"), "r+b") as file:
            file.seek(place.byte_offset)
            file.write(b"\0" * place.size)
        self.assert_fails(1, ["in.h5", "chunk"], "convert", source, self.path("out.xml"))
        self.assertEqual(sorted(os.listdir(self.folder)), ["in.h5", "in.xml"])

    def test_a_full_disk_leaves_the_old_state(self):
        source = BdvWriter(self.folder, "in").add(make_volume("uint16", (64, 128, 128))).write()
        result = subprocess.run([VOLARY, "convert", source, self.path("out.xml")], capture_output=True, text=True, check=False,
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000)))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("out.h5", result.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), ["in.h5", "in.xml"])

    def test_memory_stays_within_the_budget(self):
        command = [VOLARY, "convert", "synthetic:ramp?size=768x768x300&slope=3x5x7", self.path("out.xml"), "--memory-mb", "64",
                   "--deflate", "1", "--quiet"]
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        # The program itself and its libraries take some 60 MB; the volume has 338.
        self.assertLess(usage.ru_maxrss, (64 + 80) * 1024)
        self.assertEqual(len(BdvFile(self.path("out.xml")).factors(0)), 3)

    def test_a_disk_that_is_too_small_is_told_beforehand(self):
        self.assert_fails(1, ["free", "--no-disk-check"], "convert", "synthetic:ramp?size=200000x200000x200000", self.path("out.xml"))
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""`volary convert` to OME-Zarr 0.4 and 0.5: what numcodecs decodes is what numpy makes of the input."""

import os
import unittest

import numpy
import zarr

import downsampling
from bdv_files import BdvWriter
from ome_zarr_rules import check_ome_collection, check_ome_image
from support import CommandLineTest
from zarr_files import attributes, read_array, read_json

FACTORS = [(1, 1, 1), (2, 2, 1), (4, 4, 2), (8, 8, 4)]
FACTOR_TEXT = ";".join(",".join(map(str, factor)) for factor in FACTORS)


def make_volume(dtype, shape=(45, 70, 83), seed=1):
    """Random voxels with a large corner of zeros, whose chunks are not stored."""
    random = numpy.random.default_rng(seed)
    volume = (random.normal(scale=100, size=shape) if numpy.dtype(dtype).kind == "f" else random.integers(0, 120, size=shape)).astype(dtype)
    volume[20:, 30:, 40:] = 0
    return volume


class ConvertZarrTest(CommandLineTest):
    def convert(self, file, name, *options):
        path = self.path(name)
        self.succeed("convert", file, path, *options)
        self.assertEqual([entry for entry in os.listdir(self.folder) if "partial" in entry], [])
        return path

    def levels(self, image):
        check_ome_image(image)
        return [read_array(os.path.join(image, dataset["path"])) for dataset in attributes(image)["multiscales"][0]["datasets"]]

    def assert_means(self, found, volume):
        self.assertEqual(len(found), len(FACTORS))
        for level, factor in zip(found, FACTORS):
            expected = downsampling.mean(volume, factor)
            self.assertEqual(level.dtype, expected.dtype)
            if volume.dtype.kind == "f":
                numpy.testing.assert_allclose(level, expected, rtol=1e-6, atol=1e-5)
            else:
                numpy.testing.assert_array_equal(level, expected)

    def test_every_codec_of_both_versions(self):
        volume = make_volume("uint16")
        source = BdvWriter(self.folder, "in").add(volume).write()
        for version in ("0.4", "0.5"):
            for codec in ("zstd", "blosc", "gzip", "raw"):
                with self.subTest(version=version, codec=codec):
                    image = self.convert(source, f"{codec}{version}.ome.zarr", "--ome-zarr", version, "--codec", codec, "--factors",
                                         FACTOR_TEXT, "--chunks", "16,16,8", "--verify")
                    self.assert_means(self.levels(image), volume)

    def test_every_type_as_zarr_python_reads_it(self):
        for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"):
            with self.subTest(dtype):
                volume = make_volume(dtype)
                source = BdvWriter(self.folder, f"in-{dtype}").add(volume).write()
                image = self.convert(source, f"{dtype}.zarr", "--factors", FACTOR_TEXT, "--chunks", "32,16,16")
                group = zarr.open_group(image, mode="r")
                self.assert_means([group[str(level)][...] for level in range(len(FACTORS))], volume)
                check_ome_image(image)
                image = self.convert(source, f"{dtype}-v3.zarr", "--ome-zarr", "0.5", "--factors", FACTOR_TEXT, "--chunks", "32,16,16")
                self.assert_means(self.levels(image), volume)

    def test_shards_hold_chunks_behind_an_index(self):
        volume = make_volume("int16", (70, 90, 110))
        source = BdvWriter(self.folder, "in").add(volume).write()
        image = self.convert(source, "out.ome.zarr", "--shard", "64,64,32", "--factors", FACTOR_TEXT, "--chunks", "16,16,8", "--verify")
        self.assert_means(self.levels(image), volume)
        grids = [read_json(image, str(level), "zarr.json")["chunk_grid"]["configuration"]["chunk_shape"] for level in range(4)]
        self.assertEqual(grids, [[32, 64, 64], [32, 32, 32], [16, 16, 16], [8, 16, 16]])
        self.assertEqual(len(os.listdir(os.path.join(image, "0", "c", "0", "0"))), 2)
        self.assert_fails(2, ["--shard", "0.5"], "convert", source, self.path("no.zarr"), "--shard", "64,64,64", "--ome-zarr", "0.4")

    def test_setups_and_times_are_channels_and_times(self):
        writer = BdvWriter(self.folder, "in", voxel_size=(0.5, 0.25, 2))
        volumes = {(t, s): make_volume("uint8", seed=10 * t + s) for t in (3, 5) for s in (0, 1, 4)}
        for (timepoint, setup), volume in volumes.items():
            writer.add(volume, setup, timepoint)
        source = writer.write([[0.5, 0, 0, 7], [0, 0.25, 0, 8], [0, 0, 2, 9]])
        for options in ([], ["--shard", "64,64,64"]):
            image = self.convert(source, f"out{len(options)}.ome.zarr", "--factors", FACTOR_TEXT, "--chunks", "16,16,16", "--verify", *options)
            multiscale = attributes(image)["multiscales"][0]
            self.assertEqual([axis["name"] for axis in multiscale["axes"]], list("tczyx"))
            self.assertEqual(multiscale["axes"][4]["unit"], "micrometer")
            scale, translation = multiscale["datasets"][1]["coordinateTransformations"]
            self.assertEqual(scale["scale"], [1, 1, 2, 0.5, 1])
            # The centre of a voxel of level 1 lies half a fine voxel further along x and y.
            self.assertEqual(translation["translation"], [0, 0, 9, 8.125, 7.25])
            self.assertEqual([channel["label"] for channel in attributes(image)["omero"]["channels"]], ["setup 0", "setup 1", "setup 4"])
            levels = self.levels(image)
            for t, timepoint in enumerate((3, 5)):
                for c, setup in enumerate((0, 1, 4)):
                    self.assert_means([level[t, c] for level in levels], volumes[timepoint, setup])

    def test_setups_of_different_sizes_are_images_of_their_own(self):
        volumes = [make_volume("uint16"), make_volume("uint16", (30, 20, 50))]
        source = BdvWriter(self.folder, "in").add(volumes[0], 0).add(volumes[1], 1).write()
        for version in ("0.4", "0.5"):
            root = self.convert(source, f"out{version}.zarr", "--ome-zarr", version, "--factors", FACTOR_TEXT)
            self.assertEqual(check_ome_collection(root), len(volumes))
            for setup, volume in enumerate(volumes):
                self.assert_means(self.levels(os.path.join(root, str(setup))), volume)

    def test_a_setup_without_an_image_takes_no_place(self):
        volumes = {(0, 0): make_volume("uint8"), (5, 1): make_volume("uint8", (9, 8, 7)), (5, 2): make_volume("uint8")}
        writer = BdvWriter(self.folder, "in")
        for (timepoint, setup), volume in volumes.items():
            writer.add(volume, setup, timepoint)
        root = self.convert(writer.write(), "out.zarr", "--times", 5, "--factors", FACTOR_TEXT, "--verify")
        self.assertEqual(check_ome_collection(root), 2)
        for image, setup in enumerate((1, 2)):
            self.assert_means(self.levels(os.path.join(root, str(image))), volumes[5, setup])

    def test_zeros_take_no_files(self):
        volume = numpy.zeros((64, 64, 64), "uint16")
        volume[:16, :16, :16] = 1
        source = BdvWriter(self.folder, "in").add(volume).write()
        image = self.convert(source, "out.zarr", "--chunks", "16,16,16", "--verify")
        files = [name for _, _, names in os.walk(os.path.join(image, "0")) for name in names]
        self.assertEqual(sorted(files), [".zarray", "0"])

    def test_there_and_back_again(self):
        volume = make_volume("uint16")
        source = BdvWriter(self.folder, "in", voxel_size=(0.3, 0.3, 1)).add(volume).write()
        middle = self.convert(source, "middle.ome.zarr", "--ome-zarr", "0.5")
        self.succeed("convert", middle, self.path("back.xml"), "--verify")
        before, after = self.info(source)["images"][0], self.info(self.path("back.xml"))["images"][0]
        self.assertEqual((before["voxelSize"], before["unit"]), (after["voxelSize"], after["unit"]))
        numpy.testing.assert_array_equal(self.slice(self.path("back.xml"), "--index", 17), volume[17])

    def test_what_of_a_registration_is_lost_is_told(self):
        for affine, is_lost in (([[1, 0.2, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0]], True), ([[-1, 0, 0, 9], [0, 1, 0, 0], [0, 0, 1, 0]], True),
                                ([[1, 0, 0, 4], [0, 3, 0, 5], [0, 0, 2, 6]], False)):
            with self.subTest(affine):
                source = BdvWriter(self.folder, "in").add(make_volume("uint8", (8, 9, 10)), 3).write(affine)
                said = self.succeed("convert", source, self.path("out.zarr"), "--force").stderr
                self.assertEqual("setup 3: OME-Zarr keeps scale and translation" in said, is_lost, said)
                said = self.succeed("convert", source, self.path("out.xml"), "--force").stderr
                self.assertNotIn("scale and translation", said)

    def test_only_what_is_a_zarr_is_replaced(self):
        source = BdvWriter(self.folder, "in").add(make_volume("uint8")).write()
        os.mkdir(self.path("out.zarr"))
        with open(self.path("out.zarr/mine"), "w", encoding="ascii") as file:
            file.write("mine")
        self.assert_fails(1, ["folder"], "convert", source, self.path("out.zarr"), "--force")
        self.assertEqual(os.listdir(self.path("out.zarr")), ["mine"])
        image = self.convert(source, "other.zarr")
        self.assert_fails(1, ["exists already"], "convert", source, image)
        self.convert(source, "other.zarr", "--force", "--codec", "raw")
        self.assertIsNone(read_json(image, "0", ".zarray")["compressor"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

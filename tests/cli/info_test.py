"""`volary info` against h5py and ElementTree, on written files and, if there are any, real ones."""

import json
import os
import resource
import unittest

import h5py
import numpy

from bdv_files import BdvFile, BdvWriter, find_bdv_files
from support import CommandLineTest, needs_all_records

# HDF5's filter ids and the names that `info` gives them.
FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32", 6: "scaleoffset", 32000: "lzf"}


def codec_of(cells):
    properties = cells.id.get_create_plist()
    names = [FILTERS[properties.get_filter(i)[0]] for i in range(properties.get_nfilters())]
    return "+".join(names) or "raw"


class InfoTest(CommandLineTest):
    def assert_info_equals(self, xml):
        info, stored = self.info(xml, "--bytes"), BdvFile(xml)
        self.assertEqual(list(info), ["format", "file", "images", "warnings"])
        self.assertTrue(info["format"].startswith("bdv.hdf5"))
        self.assertTrue(os.path.samefile(info["file"], xml))
        self.assertEqual([image["setup"] for image in info["images"]], stored.setups())
        for image in info["images"]:
            self.assert_image_equals(image, stored)

    def assert_image_equals(self, image, stored):
        self.assertEqual(list(image), ["setup", "name", "timepoints", "voxelType", "voxelSize", "unit",
                                       "worldFromVoxel", "levels"])
        setup = image["setup"]
        self.assertEqual(image["timepoints"], stored.timepoints(setup))
        self.assertEqual(list(map(int, image["worldFromVoxel"])), image["timepoints"])
        for timepoint, numbers in image["worldFromVoxel"].items():
            expected = stored.world_from_voxel(setup, int(timepoint))[:3]
            numpy.testing.assert_allclose(numpy.reshape(numbers, (3, 4)), expected, rtol=1e-12)
        first = image["timepoints"][0]
        cells, voxels = stored.cells(setup, first), next(stored.levels(setup, first))
        self.assertEqual(image["voxelType"], voxels.dtype.name)
        self.assertEqual(len(image["levels"]), len(cells))
        for level, dataset, factor in zip(image["levels"], cells, stored.factors(setup)):
            self.assertEqual(list(level), ["size", "factor", "chunk", "codec", "bytesStored"])
            self.assertEqual(level["size"], list(reversed(dataset.shape)))
            self.assertEqual(level["chunk"], list(reversed(dataset.chunks)))
            self.assertEqual(level["factor"], factor.tolist())
            self.assertEqual(level["codec"], codec_of(dataset))
            self.assertEqual(level["bytesStored"], dataset.id.get_storage_size())

    def write_small(self):
        volume = numpy.arange(20 * 30 * 40, dtype="uint16").reshape(20, 30, 40)
        writer = BdvWriter(self.folder, "small", factors=((1, 1, 1), (2, 2, 1)), voxel_size=(0.25, 0.25, 1.5))
        for setup, timepoint in ((0, 0), (0, 1), (4, 1)):
            writer.add(volume, setup, timepoint)
        return writer.write(affine=[0.25, 0, 0.1, 7, 0, 0.25, 0, -8, 0.2, 0, 1.5, 9])

    def test_json_equals_what_h5py_finds(self):
        self.assert_info_equals(self.write_small())

    @needs_all_records
    def test_json_equals_what_h5py_finds_in_real_files(self):
        if "VOLARY_TEST_DATA" not in os.environ:
            self.skipTest("VOLARY_TEST_DATA does not name the folder of real files")
        for xml in find_bdv_files(os.environ["VOLARY_TEST_DATA"]):
            with self.subTest(xml=xml):
                self.assert_info_equals(xml)

    def test_name_size_and_unit_are_those_of_the_setup(self):
        image = self.info(self.write_small())["images"][1]
        self.assertEqual((image["setup"], image["name"], image["voxelSize"], image["unit"]),
                         (4, "setup 4", [0.25, 0.25, 1.5], "µm"))

    def test_text_says_the_same_for_people(self):
        text = self.succeed("info", self.write_small(), "--bytes").stdout
        for words in ("bdv.hdf5", "setup 0", "setup 4", "40 x 30 x 20", "20 x 15 x 20", "2 x 2 x 1", "16 x 16 x 16",
                      "uint16", "deflate", "0.25 x 0.25 x 1.5 µm", "KiB", "0 to 1 (2)", "-8"):
            self.assertIn(words, text)
        self.assertNotIn("--bytes", text)

    def test_bytes_are_counted_only_on_request(self):
        xml = self.write_small()
        levels = [level for image in self.info(xml)["images"] for level in image["levels"]]
        self.assertTrue(all(level["bytesStored"] is None or level["bytesStored"] > 0 for level in levels))
        self.assertIn("volary info", self.succeed("info", "--help").stdout)

    def test_an_image_that_cannot_be_read_is_a_warning_beside_the_others(self):
        xml = self.write_small()
        with h5py.File(xml.replace(".xml", ".h5"), "r+") as file:
            del file["t00001/s04"]
        info = self.info(xml)
        self.assertEqual([len(image["levels"]) for image in info["images"]], [2, 0])
        self.assertTrue(any("4" in warning for warning in info["warnings"]), info["warnings"])

    def test_a_thousand_setups_at_a_hundred_time_points_are_summarised_quickly(self):
        writer = BdvWriter(self.folder, "large")
        tiny = numpy.zeros((2, 2, 2), "uint8")
        for setup in range(1000):
            writer.add(tiny, setup, 0)
        writer.write()
        # All time points are links to the same dataset.
        with h5py.File(writer.h5, "r+") as file:
            for timepoint in range(1, 100):
                file[f"t{timepoint:05d}"] = h5py.SoftLink("/t00000")
        writer.volumes.update({(timepoint, setup): tiny for timepoint in range(100) for setup in range(1000)})
        writer._write_xml(list(range(1000)), None)

        def processor_seconds():  # of the programs that this test has run, whatever else the machine does
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            return used.ru_utime + used.ru_stime

        before = processor_seconds()
        text = self.succeed("info", writer.xml).stdout
        seconds = processor_seconds() - before
        self.assertIn("992 more setups", text)
        self.assertLess(len(text.splitlines()), 120)
        self.assertLess(seconds, 20)
        info = json.loads(self.succeed("info", writer.xml, "--json").stdout)
        self.assertEqual(len(info["images"]), 1000)
        self.assertTrue(all(len(image["levels"]) == 1 and len(image["timepoints"]) == 100 for image in info["images"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""The rules of BigDataViewer that the tests of `volary convert` rely on: each way to break them is noticed."""

import os
import re
import shutil
import unittest

import h5py
import numpy

from bdv_files import BdvWriter
from bdv_rules import check_bdv_rules
from support import CommandLineTest


def replace(pattern, by, count=1):
    """Changes the XML's text."""
    def change(folder):
        path = os.path.join(folder, "out.xml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        changed = re.sub(pattern, by, text, count=count, flags=re.DOTALL)
        assert changed != text, pattern
        with open(path, "w", encoding="utf-8") as file:
            file.write(changed)
    return change


def edit(action):
    """Changes the .h5."""
    def change(folder):
        with h5py.File(os.path.join(folder, "out.h5"), "r+") as file:
            action(file)
    return change


def replace_table(path, make):
    def action(file):
        table = make(file[path][()])
        del file[path]
        file[path] = table
    return edit(action)


def replace_cells(path, **storage):
    def action(file):
        old = file[path]
        keywords = {"data": old[()], "chunks": old.chunks, "maxshape": old.maxshape, **storage}
        del file[path]
        file.create_dataset(path, **keywords)
    return edit(action)


def set_type(kind):
    return edit(lambda file: file["s00"].attrs.__setitem__("dataType", kind))


CELLS = "t00000/s00/1/cells"
BROKEN = [
    ("another root", replace("SpimData", "SpimDataset", 0)),
    ("another version", replace('"0.2"', '"0.3"')),
    ("an absolute base", replace('<BasePath type="relative">', '<BasePath type="absolute">')),
    ("another loader", replace("bdv.hdf5", "bdv.n5")),
    ("spaces about the name of the file", replace(">out.h5<", "> out.h5 <")),
    ("a setup twice", replace("(<ViewSetup>.*?</ViewSetup>)", r"\1\1")),
    ("a setup without tables", replace("(<ViewSetup>.*?</ViewSetup>)", r"\1<ViewSetup><id>7</id><size>1 1 1</size></ViewSetup>")),
    ("another size", replace("<size>67 50 21</size>", "<size>67 50 22</size>")),
    ("a voxel size of zero", replace("<size>1 1 1</size>", "<size>1 0 1</size>")),
    ("no unit", replace("<unit>.*?</unit>", "")),
    ("a channel that is not listed", replace("<channel>1</channel>", "<channel>9</channel>")),
    ("time points that end before they begin", replace("<last>1</last>", "<last>-1</last>")),
    ("one time point more", replace("<last>1</last>", "<last>2</last>")),
    ("a missing view that is there", replace('<MissingView timepoint="1" setup="1" />', '<MissingView timepoint="0" setup="1" />')),
    ("a view that is missing and not said to be", replace("<MissingView .*?/>", "")),
    ("a missing view that can't be", replace("(<MissingView .*?/>)", r'\1<MissingView timepoint="5" setup="0" />')),
    ("no registration", replace("<ViewRegistration .*?</ViewRegistration>", "")),
    ("a registration twice", replace("(<ViewRegistration .*?</ViewRegistration>)", r"\1\1")),
    ("a transform of another kind", replace('<ViewTransform type="affine">', '<ViewTransform type="generic">')),
    ("an affine that begins with a space", replace("<affine>", "<affine> ")),
    ("an affine of eleven numbers", replace("<affine>[^ ]+ ", "<affine>")),
    ("an affine that is no number", replace("<affine>[^ ]+ ", "<affine>nan ")),
    ("tables of another type", replace_table("s00/resolutions", lambda table: table.astype("float32"))),
    ("cell sizes of 64 bit", replace_table("s00/subdivisions", lambda table: table.astype("int64"))),
    ("cell sizes that are not the chunks'", replace_table("s00/subdivisions", lambda table: table + 1)),
    ("factors z, y, x", replace_table("s00/resolutions", lambda table: table[:, ::-1].copy())),
    ("a first level that is not 1", replace_table("s00/resolutions", lambda table: 2 * table)),
    ("levels from coarse to fine", replace_table("s00/resolutions", lambda table: table[::-1].copy())),
    ("a table too short", replace_table("s00/resolutions", lambda table: table[:1])),
    ("no type", edit(lambda file: file["s00"].attrs.__delitem__("dataType"))),
    ("an unknown type", set_type(numpy.bytes_("uint12"))),
    ("a type that is not that of the cells", set_type(numpy.bytes_("uint8"))),
    ("a type of variable length", set_type("uint16")),
    ("unsigned numbers", replace_cells(CELLS, dtype="uint16")),
    ("big-endian numbers", replace_cells(CELLS, dtype=">i2")),
    ("other chunks", replace_cells(CELLS, chunks=(4, 4, 4))),
    ("an extent that can't grow", replace_cells(CELLS, maxshape=None)),
    ("a fill value", replace_cells(CELLS, fillvalue=7)),
    ("a filter that JHDF5 does not have", replace_cells(CELLS, compression="lzf")),
    ("records of all bits", replace_cells(CELLS, scaleoffset=0, compression="gzip")),
    ("an extent that was rounded down", replace_cells(CELLS, data=numpy.zeros((21, 25, 33), "int16"))),
    ("no coarse level", edit(lambda file: file["t00000/s00"].__delitem__("1"))),
    ("a level too many", edit(lambda file: file.copy(CELLS, "t00000/s00/2/cells"))),
    ("a view too many", edit(lambda file: file.copy("t00000/s00", "t00001/s01"))),
    ("no view", edit(lambda file: file.__delitem__("t00000/s00"))),
]


class BdvRulesTest(CommandLineTest):
    def test_each_broken_dataset_is_noticed(self):
        writer = BdvWriter(self.folder, "in")
        for timepoint, setup in ((0, 0), (1, 0), (0, 1)):
            writer.add(numpy.random.default_rng(setup).integers(0, 65535, (21, 50, 67)).astype("uint16"), setup, timepoint)
        whole = self.path("whole")
        os.mkdir(whole)
        self.succeed("convert", writer.write(), os.path.join(whole, "out.xml"), "--factors", "1,1,1;2,2,1", "--chunks", "16,16,8")
        check_bdv_rules(os.path.join(whole, "out.xml"))
        for number, (what, breaks) in enumerate(BROKEN):
            with self.subTest(what):
                folder = shutil.copytree(whole, self.path(f"broken{number}"))
                breaks(folder)
                with self.assertRaises((AssertionError, KeyError, AttributeError, ValueError)):
                    check_bdv_rules(os.path.join(folder, "out.xml"))

    def test_partitions_that_are_not_those_of_the_links_are_noticed(self):
        writer = BdvWriter(self.folder, "in")
        for setup in (0, 1):
            writer.add(numpy.zeros((9, 10, 11), "uint8"), setup, 0)
        for what, breaks in (("the other file", replace("out-00-00.h5", "out-00-01.h5")),
                             ("the other setup", replace("<setups>0</setups>", "<setups>1</setups>")),
                             ("an absolute path", replace('<path type="relative">', '<path type="absolute">')),
                             ("one partition is not named", replace("<partition>.*?</partition>", "")),
                             ("another type", set_type(numpy.bytes_("int8"))),
                             ("a link elsewhere", edit(lambda file: file["t00000/s00/0"].move("cells", "c")))):
            with self.subTest(what):
                xml = self.path("out.xml")
                self.succeed("convert", writer.write(), xml, "--partition", "setup", "--force")
                check_bdv_rules(xml)
                breaks(self.folder)
                with self.assertRaises((AssertionError, KeyError)):
                    check_bdv_rules(xml)


if __name__ == "__main__":
    unittest.main(verbosity=2)

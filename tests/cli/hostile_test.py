"""Files made to do harm: whatever they claim, the answer is one sentence, without a crash and without more memory than
an honest small file takes."""

import json
import os
import shutil
import struct
import subprocess
import threading
import unittest
import zipfile
import zlib

import h5py
import numpy

from support import VOLARY, CommandLineTest

CELLS = "t00000/s00/0/cells"
# Program, libraries and a software Vulkan device need about 150 MiB; each bomb below asks for much more than remains.
MAX_MIB = 320
MAX_SECONDS = 60

XML = """<SpimData version="0.2"><BasePath type="relative">.</BasePath><SequenceDescription>
<ImageLoader format="bdv.hdf5"><hdf5 type="relative">{}</hdf5></ImageLoader>
<ViewSetups><ViewSetup><id>0</id></ViewSetup></ViewSetups>
<Timepoints type="pattern"><integerpattern>0</integerpattern></Timepoints></SequenceDescription>
<ViewRegistrations/></SpimData>"""


class HostileTest(CommandLineTest):
    def run_bounded(self, *arguments):
        """Runs volary; returns (exit status, or minus the signal; standard output; standard error; peak memory in MiB)."""
        with subprocess.Popen([VOLARY, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            killer = threading.Timer(MAX_SECONDS, process.kill)
            killer.start()
            out, error = process.stdout.read(), process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            killer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, out.decode(), error.decode(), usage.ru_maxrss >> 10

    def calls(self, file):
        return (["info", file], ["info", file, "--json", "--bytes"], ["slice", file, "-o", self.path("plane.npy")],
                ["render", file, "--size", "64x48", "-o", self.path("picture.png")])

    def assert_one_sentence(self, call, status, out, error):
        self.assertEqual((status, out), (1, ""), f"{call}: {error}")
        self.assertTrue(error.startswith("volary: ") and error.endswith("\n"), f"{call}: {error!r}")
        self.assertEqual(error.count("\n"), 1, f"{call}: {error!r}")
        self.assertNotIn(".part", " ".join(os.listdir(self.folder)))

    def assert_refused(self, file, words=(), calls=None):
        """Each command that needs the broken part fails with one sentence that has the words, in little memory."""
        for call in calls or self.calls(file):
            with self.subTest(call=" ".join(call)):
                status, out, error, mib = self.run_bounded(*call)
                self.assert_one_sentence(call, status, out, error)
                for word in (os.path.basename(file), *words):
                    self.assertIn(word, error, call)
                self.assertLess(mib, MAX_MIB, call)

    def only_reading(self, file):
        """The commands that read voxels."""
        return self.calls(file)[2:]

    def write(self, name, shape=(32, 32, 32), chunk=(16, 16, 16), filters=(), dtype="uint16"):
        """Writes a file of one level, the dataset CELLS; `filters` are (id, client data). Returns its path."""
        path = self.path(name)
        with h5py.File(path, "w", libver="earliest") as file:
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_chunk(chunk)
            for number, data in filters:
                plist.set_filter(number, h5py.h5z.FLAG_OPTIONAL, data)
            group = file.create_group(os.path.dirname(CELLS))
            h5py.h5d.create(group.id, b"cells", h5py.h5t.py_create(numpy.dtype(dtype)), h5py.h5s.create_simple(shape), plist)
        return path

    @staticmethod
    def fill(path, raw):
        """Stores `raw` unchanged as every chunk."""
        with h5py.File(path, "r+") as file:
            cells = file[CELLS]
            for chunk in numpy.ndindex(*(-(-n // c) for n, c in zip(cells.shape, cells.chunks))):
                cells.id.write_direct_chunk(tuple(n * c for n, c in zip(chunk, cells.chunks)), raw)

    def patch(self, path, old, new, count):
        """Replaces bytes that the library would not write."""
        with open(path, "rb") as file:
            data = file.read()
        self.assertEqual(data.count(old), count, "the bytes to be changed")
        with open(path, "wb") as file:
            file.write(data.replace(old, new))


class BombTest(HostileTest):
    def test_chunks_of_absurd_extents(self):
        odd = struct.pack("<3I", 13, 17, 19)
        for name, extents in (("wide", (1 << 20, 1 << 20, 1)), ("all-ones", (0xFFFFFFFF,) * 3), ("zero", (0, 17, 19)),
                              ("large", (2048, 2048, 512))):
            path = self.write(name + ".h5", (39, 51, 57), (13, 17, 19))
            self.fill(path, bytes(13 * 17 * 19 * 2))
            self.patch(path, odd, struct.pack("<3I", *extents), 1)
            self.assert_refused(path)

    def test_a_stream_that_inflates_without_end(self):
        bomb = zlib.compress(bytes(1 << 20), 9)
        path = self.write("inflate.h5", filters=((1, (6,)),))
        self.fill(path, bomb)
        self.assert_refused(path, ["chunk"], self.only_reading(path))

    def test_streams_within_streams(self):
        bomb = bytes(512 << 20)
        for _ in range(3):
            bomb = zlib.compress(bomb, 9)
        self.assertLess(len(bomb), 8192)
        path = self.write("nested.h5", filters=((1, (6,)),) * 3)
        self.fill(path, bomb)
        self.assert_refused(path, ["chunk"], self.only_reading(path))

    def test_more_filters_than_anyone_applies(self):
        path = self.write("filters.h5", filters=((1, (6,)),) * 32)
        self.fill(path, zlib.compress(bytes(8192)))
        self.assert_refused(path, ["chunk"], self.only_reading(path))

    def test_a_scale_offset_header_that_lies(self):
        with h5py.File(self.path("honest.h5"), "w") as file:
            cells = file.create_dataset("x", data=numpy.arange(4096, dtype="uint16").reshape(16, 16, 16), scaleoffset=0)
            mask, honest = cells.id.read_direct_chunk((0, 0, 0))
            parameters = cells.id.get_create_plist().get_filter(0)[2]
        self.assertEqual(struct.unpack_from("<I", honest), (12,), "bits a value")
        for name, raw in (("bits", struct.pack("<I", 0xFFFFFFFF) + honest[4:]), ("short", honest[:64]),
                          ("width", honest[:4] + b"\xff" + honest[5:40]), ("empty", b"")):
            path = self.write(f"scale-{name}.h5", filters=((6, parameters),))
            self.fill(path, raw or b"\0")
            self.assert_refused(path, ["chunk"], self.only_reading(path))
        # The third parameter is the number of values in the chunk (H5Zscaleoffset.c, H5Z_SCALEOFFSET_PARM_NELMTS).
        path = self.write("scale-many.h5", filters=((6, parameters),))
        self.fill(path, honest)
        self.assertEqual(parameters[2], 4096)
        lie = (*parameters[:2], 0xFFFFFFFF, *parameters[3:5])
        self.patch(path, struct.pack("<5I", *parameters[:5]), struct.pack("<5I", *lie), 1)
        self.assert_refused(path, (), self.only_reading(path))

    def test_a_stored_chunk_larger_than_the_file_or_than_any_sense(self):
        size = 12345
        for name, length in (("beyond", None), ("hole", 5 << 30)):
            path = self.write(name + ".h5", filters=((1, (6,)),))
            self.fill(path, os.urandom(size))
            self.patch(path, struct.pack("<I", size), struct.pack("<I", 0xF0000000), 8)
            if length:
                os.truncate(path, length)
            self.assert_refused(path, (), self.only_reading(path))

    def test_planes_beyond_the_memory_of_any_machine(self):
        path = self.write("plane.h5", (1 << 20, 1 << 20, 1 << 21), (64, 64, 64))
        self.assert_refused(path, ["2097152 x 1048576 voxels", "4.00 TiB"], self.only_reading(path)[:1])
        # A command that needs no such plane works.
        status, _, error, mib = self.run_bounded("info", path)
        self.assertEqual((status, error), (0, ""))
        self.assertLess(mib, MAX_MIB)


class ZipTest(HostileTest):
    """Archives of a Zarr array of one chunk of 8 KiB."""

    ARRAY = json.dumps({"zarr_format": 2, "shape": [16, 16, 16], "chunks": [16, 16, 16], "dtype": "<u2", "compressor": None,
                        "fill_value": 0, "order": "C", "filters": None}).encode()

    def pack(self, name, array=ARRAY, chunk=bytes(8192)):
        path = self.path(name)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.zarr/.zarray", array)
            archive.writestr("a.zarr/0.0.0", chunk)
        return path

    def directory_entry(self, data, number):
        at = -1
        for _ in range(number + 1):
            at = data.index(b"PK\1\2", at + 1)
        return at

    def test_what_inflates_to_more_than_a_chunk_or_its_description_may_have(self):
        # Not yet so much that it would be absurd for any file.
        chunk = self.pack("chunk.zip", chunk=bytes(256 << 20))
        self.assertLess(os.path.getsize(chunk), 1 << 20)
        self.assert_refused(chunk, ["chunk 0, 0, 0", "256 MiB"], self.only_reading(chunk))
        self.assert_refused(self.pack("description.zip", array=bytes(400 << 20)), [".zarray", "400 MiB"])

    def test_every_kind_of_lie_in_the_directory(self):
        honest = self.pack("honest.zip")
        status, _, error, _ = self.run_bounded("info", honest)
        self.assertEqual((status, error), (0, ""))
        with open(honest, "rb") as file:
            data = file.read()
        chunk = self.directory_entry(data, 1)
        huge = struct.pack("<I", 0xF0000000)
        for name, at, word in (("inflated", 24, "absurd"), ("packed", 20, "absurd"), ("outside", 42, "outside")):
            path = self.path(name + ".zip")
            with open(path, "wb") as file:
                file.write(data[:chunk + at] + huge + data[chunk + at + 4:])
            self.assert_refused(path, [word], self.only_reading(path))
        path = self.path("overlapping.zip")
        with open(path, "wb") as file:
            file.write(data[:chunk + 42] + struct.pack("<I", 1) + data[chunk + 46:])
        self.assert_refused(path, ["overlap"])

    def test_an_archive_that_is_cut_off(self):
        with open(self.pack("whole.zip"), "rb") as file:
            data = file.read()
        for kept in (4, len(data) // 2, len(data) - 22, len(data) - 1):
            path = self.path(f"cut-{kept}.zip")
            with open(path, "wb") as file:
                file.write(data[:kept])
            self.assert_refused(path, ["cut off"])


class PublishedFilesTest(HostileTest):
    def setUp(self):
        super().setUp()
        self.data = os.environ.get("VOLARY_TEST_DATA")
        if not self.data:
            self.skipTest("VOLARY_TEST_DATA does not name the folder of real files")

    def files(self, folder):
        paths = sorted(os.path.join(root, name) for root, _, names in os.walk(os.path.join(self.data, "bad", folder))
                       for name in names)
        self.assertTrue(paths)
        return paths

    def test_malformed_hdf5_files_are_refused_in_one_sentence(self):
        for path in self.files("hdf5-cve-2016-2020"):
            self.assert_refused(path)

    def test_malformed_hdf5_files_are_refused_where_an_xml_leads_to_them(self):
        for path in self.files("hdf5-cve-2016-2020"):
            name = os.path.basename(path)
            shutil.copy(path, self.path(name))
            xml = self.path(name + ".xml")
            with open(xml, "w", encoding="utf-8") as file:
                file.write(XML.format(name))
            for call in self.calls(xml):
                with self.subTest(call=" ".join(call)):
                    status, out, error, mib = self.run_bounded(*call)
                    self.assert_one_sentence(call, status, out, error)
                    self.assertIn(name, error)
                    self.assertLess(mib, MAX_MIB)

    def test_malformed_files_of_other_formats_end_in_voxels_or_one_sentence(self):
        for folder in ("afl-vuln-samples", "image-tiff-fuzz", "zstd-golden"):
            for path in self.files(folder):
                for call in self.calls(path):
                    with self.subTest(call=" ".join(call)):
                        status, out, error, mib = self.run_bounded(*call)
                        if status != 0:  # some are damaged where nobody looks
                            self.assert_one_sentence(call, status, out, error)
                        self.assertLess(mib, MAX_MIB)


if __name__ == "__main__":
    unittest.main(verbosity=2)

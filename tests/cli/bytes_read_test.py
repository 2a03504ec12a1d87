"""What a plane costs: the bytes that `volary slice` reads from a file, as the kernel counts them."""

import os
import subprocess
import unittest

import h5py
import numpy
import tifffile

from bdv_files import BdvWriter
from support import VOLARY, CommandLineTest


def bytes_read(*arguments):
    """The bytes of all read calls of the process, read from /proc after it ends and before it is waited for."""
    process = subprocess.Popen([VOLARY, *map(str, arguments)], stdout=subprocess.DEVNULL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    with open(f"/proc/{process.pid}/io", encoding="ascii") as file:
        counted = int(next(line for line in file if line.startswith("rchar")).split()[1])
    assert process.wait() == 0
    return counted


class BytesReadTest(CommandLineTest):
    def slice_bytes(self, file, *options):
        """Leaves out what the program itself reads when it looks at the file's metadata alone."""
        return bytes_read("slice", file, "-o", self.path("plane.npy"), *options) - bytes_read("info", file)

    def test_an_xy_plane_of_a_stack_costs_that_plane(self):
        volume = numpy.random.default_rng(1).integers(0, 4000, (12, 1100, 1300), dtype="uint16")
        for name, options in (("strips", {"rowsperstrip": 16}), ("whole", {}), ("tiles", {"tile": (128, 128)})):
            with self.subTest(name):
                path = self.path(name + ".tif")
                tifffile.imwrite(path, volume, photometric="minisblack", metadata=None, **options)
                tiled = -(-1100 // 128) * -(-1300 // 128) * 128 * 128 * 2 if "tile" in options else volume[0].nbytes
                read = self.slice_bytes(path, "--axis", "z", "--index", 7)
                self.assertGreater(read, 0.9 * tiled)
                self.assertLessEqual(read, 1.1 * tiled)
                numpy.testing.assert_array_equal(numpy.load(self.path("plane.npy")), volume[7])

    def test_a_yz_plane_of_bigdataviewer_costs_the_chunks_that_it_touches(self):
        volume = numpy.random.default_rng(2).integers(0, 4000, (160, 320, 320), dtype="uint16")
        writer = BdvWriter(self.folder, "in", chunks=((32, 32, 32),), storage={"compression": "gzip"}).add(volume)
        source = writer.write()
        with h5py.File(writer.h5, "r") as file:
            cells = file["t00000/s00/0/cells"].id
            chunks = [cells.get_chunk_info(i) for i in range(cells.get_num_chunks())]
        touched = sum(chunk.size for chunk in chunks if chunk.chunk_offset[2] == 96)
        read = self.slice_bytes(source, "--axis", "x", "--index", 100)
        self.assertGreater(read, 0.9 * touched)
        self.assertLessEqual(read, 1.3 * touched)
        numpy.testing.assert_array_equal(numpy.load(self.path("plane.npy")), volume[:, :, 100])


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""BigDataViewer's own HDF5 library (JHDF5) reads what `volary convert` writes, cell by cell, and finds numpy's
means."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy

import downsampling
from bdv_files import BdvWriter
from support import SKIPPED, CommandLineTest

JARS = ["/usr/share/java/sis-jhdf5.jar", "/usr/share/java/sis-base.jar"]
FACTORS = [(1, 1, 1), (2, 2, 1), (4, 4, 2)]
CELL = (16, 16, 8)
OPTIONS = ("--factors", "1,1,1;2,2,1;4,4,2", "--chunks", "16,16,8")


class BdvLibraryTest(CommandLineTest):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="volary-java-")
        cls.addClassCleanup(temporary.cleanup)
        cls.classes = temporary.name
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ReadBdvCells.java")
        subprocess.run(["javac", "-cp", ":".join(JARS), "-d", cls.classes, program], check=True, timeout=300)

    def read(self, file, timepoint, setup):
        """What the library finds: (type, levels as arrays z, y, x)."""
        out = self.path(f"cells-{os.path.basename(file)}-{timepoint}-{setup}")
        os.mkdir(out)
        command = ["java", "-cp", ":".join([*JARS, self.classes]), "ReadBdvCells", file, timepoint, setup, out]
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        dtype, *lines = result.stdout.split("\n")[:-1]
        self.assertEqual(len(lines), len(FACTORS))
        levels = []
        for level, line in enumerate(lines):
            numbers = list(map(int, line.split()))
            self.assertEqual((tuple(numbers[:3]), tuple(numbers[3:6])), (FACTORS[level], CELL))
            levels.append(self.assemble(os.path.join(out, str(level)), numpy.dtype(dtype).newbyteorder(">"), numbers[6:]))
        return dtype, levels

    def assemble(self, path, dtype, extent):
        values = numpy.fromfile(path, dtype)
        volume, at = numpy.empty(extent, dtype.newbyteorder("=")), 0
        steps = CELL[::-1]
        for cell in numpy.ndindex(*(-(-n // step) for n, step in zip(extent, steps))):
            box = tuple(slice(i * step, min((i + 1) * step, n)) for i, step, n in zip(cell, steps, extent))
            size = volume[box].size
            volume[box] = values[at:at + size].reshape(volume[box].shape)
            at += size
        self.assertEqual(at, values.size)
        return volume

    def assert_means(self, found, volume):
        for level, factor in zip(found, FACTORS, strict=True):
            numpy.testing.assert_array_equal(level, downsampling.mean(volume, factor))

    def test_every_type_that_bigdataviewer_shows(self):
        for dtype in ("uint8", "uint16", "int16", "float32"):
            for deflate in (0, 6):
                with self.subTest(dtype, deflate=deflate):
                    info = numpy.iinfo("uint16" if dtype == "float32" else dtype)
                    volume = numpy.random.default_rng(1).integers(info.min, info.max, (21, 50, 67), endpoint=True).astype(dtype)
                    source = BdvWriter(self.folder, f"in-{dtype}").add(volume).write()
                    self.succeed("convert", source, self.path("out.xml"), *OPTIONS, "--deflate", deflate, "--force")
                    shutil.rmtree(self.path("cells-out.h5-0-0"), ignore_errors=True)
                    found, levels = self.read(self.path("out.h5"), 0, 0)
                    self.assertEqual(found, dtype)
                    self.assert_means(levels, volume)

    def test_partitions_through_the_links_of_the_master(self):
        volumes = {(t, s): numpy.random.default_rng(10 * t + s).integers(0, 65535, (21, 50, 67)).astype("uint16")
                   for t in (0, 4) for s in (0, 1)}
        writer = BdvWriter(self.folder, "in")
        for (timepoint, setup), volume in volumes.items():
            writer.add(volume, setup, timepoint)
        self.succeed("convert", writer.write(), self.path("out.xml"), *OPTIONS, "--partition", "both")
        for (timepoint, setup), volume in volumes.items():
            self.assert_means(self.read(self.path("out.h5"), timepoint, setup)[1], volume)


if __name__ == "__main__":
    if shutil.which("javac") is None or not all(map(os.path.exists, JARS)):
        print("skipped: no Java compiler, or no libsis-jhdf5-java (scripts/setup installs both on Debian 12)")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)

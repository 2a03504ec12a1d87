"""What the command line tests share: running volary, comparing, skipping."""

import glob
import json
import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy
from PIL import Image

Image.MAX_IMAGE_PIXELS = None
VOLARY = os.environ["VOLARY_BINARY"]
SKIPPED = 77

# The software device, unless the caller has chosen one: pictures are compared pixel for pixel.
if "VK_DRIVER_FILES" not in os.environ:
    drivers = sorted(glob.glob("/usr/share/vulkan/icd.d/lvp_icd*.json"))
    if drivers:
        os.environ["VK_DRIVER_FILES"] = drivers[0]


# For tests that have h5py read Fiji's files: these versions refuse chunks that scale-offset could not make smaller.
needs_all_records = unittest.skipIf(h5py.version.hdf5_version_tuple in ((1, 14, 5), (1, 14, 6)),
                                    "https://github.com/HDFGroup/hdf5/issues/5861")


def run(*arguments, timeout=300, environment=None):
    """Runs volary; the result has returncode, stdout and stderr."""
    return subprocess.run([VOLARY, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, **(environment or {})}, check=False)


class CommandLineTest(unittest.TestCase):
    """A test with a folder of its own, `self.folder`, that is gone afterwards."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="volary-cli-")
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def succeed(self, *arguments, **options):
        result = run(*arguments, **options)
        self.assertEqual(result.returncode, 0, f"volary {' '.join(map(str, arguments))}: {result.stderr}")
        return result

    def assert_fails(self, status, words, *arguments, **options):
        """Checks the exit status, that standard error is exactly one line with all the words, and that standard output
        is empty."""
        result = run(*arguments, **options)
        call = f"volary {' '.join(map(str, arguments))}: {result.stderr!r}"
        self.assertEqual(result.returncode, status, call)
        self.assertEqual(result.stdout, "", call)
        self.assertTrue(result.stderr.startswith("volary: ") and result.stderr.endswith("\n"), call)
        self.assertEqual(result.stderr.count("\n"), 1, call)
        for word in words:
            self.assertIn(word, result.stderr, call)

    def slice(self, file, *options):
        """The plane that `volary slice` writes as .npy."""
        output = self.path("plane.npy")
        self.succeed("slice", file, *options, "-o", output)
        return numpy.load(output, allow_pickle=False)

    def render(self, file, *options):
        """The picture of `volary render` as an array [row, column, rgb], and its statistics."""
        output, stats = self.path("picture.png"), self.path("stats.json")
        self.succeed("render", file, *options, "-o", output, "--stats", stats)
        with open(stats, encoding="utf-8") as opened:
            return read_png(output), json.load(opened)

    def info(self, file, *options):
        return json.loads(self.succeed("info", file, "--json", *options).stdout)


def read_png(path):
    with Image.open(path) as image:
        return numpy.array(image)


AXES = {"z": 0, "y": 1, "x": 2}  # the axis of an array [z, y, x]


def take_plane(volume, axis, index):
    return numpy.take(volume, index, axis=AXES[axis])


def some_indices(count):
    """The first, the last and two planes between: chunks and bricks begin and end in different places."""
    return sorted({0, count // 3, min(count - 1, 2 * count // 3 + 1), count - 1})


def test_data():
    """The folder of real files; without it the script is reported as skipped."""
    folder = os.environ.get("VOLARY_TEST_DATA", "")
    if not folder:
        print("skipped: VOLARY_TEST_DATA does not name the folder of real files")
        sys.exit(SKIPPED)
    return folder

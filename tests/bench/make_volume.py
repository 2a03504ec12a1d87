#!/usr/bin/python3
"""Tiles one level of a BigDataViewer file to a cube of 16-bit voxels and writes it once for each way of storing: the
files that docs/benchmarks.md is measured on.

    tests/bench/make_volume.py INPUT.xml FOLDER [--setup ID] [--time ID] [--size N]

writes FOLDER/fiji16.xml (chunks of 16^3, scale-offset + deflate, as Fiji writes them) and FOLDER/gzip64.xml (chunks of 64^3,
deflate), one level each, with their .h5 beside them.
"""

import argparse
import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from bdv_files import BdvFile, BdvWriter  # noqa: E402

GZIP = {"compression": "gzip", "compression_opts": 6}  # the level that Fiji uses
STORAGES = {
    "fiji16": ((16, 16, 16), {"scaleoffset": 0, **GZIP}),
    "gzip64": ((64, 64, 64), GZIP),
}


def tile(volume, size):
    """A cube [z, y, x] of copies, every other one mirrored so that they join without a step."""
    padding = [(0, max(0, size - extent)) for extent in volume.shape]
    return numpy.pad(volume, padding, mode="symmetric")[:size, :size, :size]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input")
    parser.add_argument("folder")
    parser.add_argument("--setup", type=int, default=0)
    parser.add_argument("--time", type=int, default=0)
    parser.add_argument("--size", type=int, default=512)
    arguments = parser.parse_args()
    level = next(BdvFile(arguments.input).levels(arguments.setup, arguments.time))
    cube = tile(level, arguments.size).astype(numpy.uint16)
    os.makedirs(arguments.folder, exist_ok=True)
    for name, (chunk, storage) in STORAGES.items():
        print(BdvWriter(arguments.folder, name, chunks=(chunk,), storage=storage).add(cube).write())


if __name__ == "__main__":
    main()

"""Zarr version 3 with shards inside shards, which Python writes here as the specification says: what is read equals
numpy's."""

import gzip
import os
import unittest

import numpy

from support import CommandLineTest
from zarr_files import crc32c, write_json

NOWHERE = 2**64 - 1
INDEX_CODECS = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]


def encode(block, codecs):
    """The bytes of a chunk or shard; nothing where all voxels are zero, which is the fill value."""
    if not block.any():
        return None
    codec, *rest = codecs
    if codec["name"] == "transpose":
        return encode(block.transpose(codec["configuration"]["order"]), rest)
    if codec["name"] == "sharding_indexed":
        return encode_shard(block, codec["configuration"])
    stored = block.astype(block.dtype.newbyteorder({"little": "<", "big": ">"}[codec["configuration"]["endian"]])).tobytes()
    for codec in rest:
        stored = gzip.compress(stored) if codec["name"] == "gzip" else stored + crc32c(stored).to_bytes(4, "little")
    return stored


def encode_shard(block, configuration):
    step = configuration["chunk_shape"]
    grid = [n // s for n, s in zip(block.shape, step)]
    at_start = configuration.get("index_location") == "start"
    position = numpy.prod(grid) * 16 + 4 if at_start else 0
    index, chunks = numpy.full((*grid, 2), NOWHERE, "<u8"), b""
    # Backwards: the order in the file is the writer's business.
    for cell in reversed(list(numpy.ndindex(*grid))):
        stored = encode(block[tuple(slice(i * s, (i + 1) * s) for i, s in zip(cell, step))], configuration["codecs"])
        if stored is not None:
            index[cell] = position + len(chunks), len(stored)
            chunks += stored
    head = index.tobytes()
    head += crc32c(head).to_bytes(4, "little")
    return head + chunks if at_start else chunks + head


def sharding(chunk_shape, codecs, **more):
    return {"name": "sharding_indexed",
            "configuration": {"chunk_shape": chunk_shape, "codecs": codecs, "index_codecs": INDEX_CODECS, **more}}


LITTLE, BIG = ({"name": "bytes", "configuration": {"endian": endian}} for endian in ("little", "big"))
GZIP = {"name": "gzip", "configuration": {"level": 1}}
TURNED = {"name": "transpose", "configuration": {"order": [2, 0, 1]}}
CHAINS = {
    "two deep": [sharding([8, 16, 16], [sharding([4, 8, 8], [LITTLE, GZIP])])],
    "three deep, each index elsewhere": [sharding([8, 16, 16], [sharding([8, 8, 8], [sharding([4, 4, 8], [BIG, {"name": "crc32c"}])],
                                                                         index_location="start")])],
    "turned on the way": [TURNED, sharding([16, 8, 16], [TURNED, sharding([8, 8, 4], [LITTLE])], index_location="start")],
}


class NestedShardsTest(CommandLineTest):
    def write(self, name, volume, codecs):
        """An array [z, y, x] in shards of 16 x 32 x 32 voxels."""
        folder, shard = self.path(name), (16, 32, 32)
        write_json({"zarr_format": 3, "node_type": "array", "shape": volume.shape, "data_type": volume.dtype.name,
                    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard}},
                    "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
                    "fill_value": 0, "codecs": codecs, "dimension_names": ["z", "y", "x"]}, folder, "zarr.json")
        padded = numpy.pad(volume, [(0, -n % s) for n, s in zip(volume.shape, shard)])
        for cell in numpy.ndindex(*(n // s for n, s in zip(padded.shape, shard))):
            stored = encode(padded[tuple(slice(i * s, (i + 1) * s) for i, s in zip(cell, shard))], codecs)
            if stored is not None:
                path = os.path.join(folder, "c", *map(str, cell))
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(stored)
        return folder

    def test_every_plane_is_numpys(self):
        volume = numpy.random.default_rng(3).integers(1, 60000, (21, 50, 67)).astype("uint16")
        volume[4:12, 8:40, 8:40] = 0   # chunks, whole inner shards
        volume[16:, :32, :32] = 0      # and a file are missing
        for number, (name, codecs) in enumerate(CHAINS.items()):
            with self.subTest(name):
                file = self.write(f"{number}.zarr", volume, codecs)
                depth = len(str(codecs).split("sharding_indexed")) - 1
                self.assertTrue(self.info(file)["images"][0]["levels"][0]["codec"].startswith("sharding+" * depth))
                for axis, count in (("z", 21), ("y", 50), ("x", 67)):
                    for index in range(0, count, 5):
                        numpy.testing.assert_array_equal(self.slice(file, "--axis", axis, "--index", index),
                                                         numpy.take(volume, index, "zyx".index(axis)))

    def test_a_damaged_inner_index_is_told(self):
        volume = numpy.full((16, 32, 32), 7, "uint16")
        file = self.write("damaged.zarr", volume, CHAINS["two deep"])
        path = os.path.join(file, "c", "0", "0", "0")
        with open(path, "r+b") as opened:
            stored = bytearray(opened.read())
            # The index of the inner shard that was written first ends behind its eight chunks and before the next shard.
            end = int.from_bytes(stored[-8 * 16 - 4 + 7 * 16 + 8:][:8], "little")
            stored[end - 10] ^= 0xFF
            opened.seek(0)
            opened.write(stored)
        self.assert_fails(1, ["damaged.zarr", "crc32c"], "slice", file, "--index", 15, "-o", self.path("plane.npy"))


if __name__ == "__main__":
    unittest.main(verbosity=2)

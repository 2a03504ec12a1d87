"""Reads arrays of Zarr version 2 and 3 with numpy and numcodecs alone: it shares nothing with what wrote them."""

import itertools
import json
import os
import sys

import numcodecs
import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support", "files"))
from checksum import crc32c  # noqa: E402  pylint: disable=wrong-import-position


def read_json(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


def write_json(content, *path):
    os.makedirs(os.path.join(*path[:-1]), exist_ok=True)
    with open(os.path.join(*path), "w", encoding="utf-8") as file:
        json.dump(content, file)


def attributes(folder):
    """The metadata of OME-NGFF: .zattrs, or "ome" in zarr.json."""
    if os.path.exists(os.path.join(folder, ".zattrs")):
        return read_json(folder, ".zattrs")
    return read_json(folder, "zarr.json")["attributes"]["ome"]


def read_array(folder):
    return read_array_v2(folder) if os.path.exists(os.path.join(folder, ".zarray")) else read_array_v3(folder)


def read_array_v2(folder):
    meta = read_json(folder, ".zarray")
    assert meta["zarr_format"] == 2 and meta["order"] == "C" and meta["filters"] is None, meta
    codec = numcodecs.get_codec(meta["compressor"]) if meta["compressor"] else None
    dtype = numpy.dtype(meta["dtype"])

    def decode(stored):
        return numpy.frombuffer(codec.decode(stored) if codec else stored, dtype).reshape(meta["chunks"])

    return assemble(folder, meta["shape"], meta["chunks"], dtype, decode, "", meta["dimension_separator"])


def read_array_v3(folder):
    meta = read_json(folder, "zarr.json")
    assert meta["zarr_format"] == 3 and meta["node_type"] == "array", meta
    assert meta["chunk_key_encoding"] == {"name": "default", "configuration": {"separator": "/"}}
    assert len(meta["dimension_names"]) == len(meta["shape"])
    chunks = meta["chunk_grid"]["configuration"]["chunk_shape"]
    dtype = numpy.dtype(meta["data_type"])

    def decode(stored):
        return decode_v3(stored, meta["codecs"], chunks, dtype)

    return assemble(folder, meta["shape"], chunks, dtype, decode, "c/", "/")


def decode_v3(stored, codecs, shape, dtype):
    if codecs[0]["name"] == "sharding_indexed":
        assert len(codecs) == 1
        return decode_shard(stored, codecs[0]["configuration"], shape, dtype)
    assert codecs[0]["name"] == "bytes"
    assert dtype.itemsize == 1 or codecs[0]["configuration"] == {"endian": "little"}
    for codec in reversed(codecs[1:]):
        stored = {"zstd": numcodecs.Zstd, "gzip": numcodecs.GZip, "blosc": numcodecs.Blosc}[codec["name"]]().decode(stored)
    return numpy.frombuffer(stored, dtype).reshape(shape)


def decode_shard(stored, configuration, shape, dtype):
    inner = configuration["chunk_shape"]
    assert configuration["index_location"] == "end"
    assert [codec["name"] for codec in configuration["index_codecs"]] == ["bytes", "crc32c"]
    grid = [outer // step for outer, step in zip(shape, inner)]
    assert all(outer % step == 0 for outer, step in zip(shape, inner))
    length = int(numpy.prod(grid)) * 16
    assert crc32c(stored[-length - 4:-4]) == int.from_bytes(stored[-4:], "little"), "checksum of the index"
    index = numpy.frombuffer(stored[-length - 4:-4], "<u8").reshape(*grid, 2)
    shard = numpy.zeros(shape, dtype)
    for at in numpy.ndindex(*grid):
        offset, size = map(int, index[at])
        if offset == 2**64 - 1:
            continue
        box = tuple(slice(i * step, (i + 1) * step) for i, step in zip(at, inner))
        shard[box] = decode_v3(stored[offset:offset + size], configuration["codecs"], inner, dtype)
    return shard


def assemble(folder, shape, chunks, dtype, decode, prefix, separator):
    array = numpy.zeros(shape, dtype)
    for at in itertools.product(*(range(-(-n // step)) for n, step in zip(shape, chunks))):
        path = os.path.join(folder, prefix + separator.join(map(str, at)))
        if not os.path.exists(path):
            continue
        with open(path, "rb") as file:
            chunk = decode(file.read())
        box = tuple(slice(i * step, min((i + 1) * step, n)) for i, step, n in zip(at, chunks, shape))
        array[box] = chunk[tuple(slice(0, s.stop - s.start) for s in box)]
    return array

"""Writes seeds for arrays_fuzz.cpp: JSON, a zero, then a chunk."""
import bz2
import gzip
import json
import lzma
import pathlib
import struct
import sys
import zlib

folder = pathlib.Path(sys.argv[1])
VOXELS = struct.pack("<24H", *range(100, 124))
BIG = struct.pack(">24H", *range(100, 124))


def seed(name, metadata, chunk=b""):
    (folder / name).write_bytes(json.dumps(metadata).encode() + b"\0" + chunk)


def v2(compressor, chunk, **more):
    return {"zarr_format": 2, "shape": [5, 7], "chunks": [4, 6], "dtype": "<u2", "compressor": compressor,
            "fill_value": 0, "filters": None, "order": "C", **more}, chunk


def v3(codecs, chunk, **more):
    little = {"name": "bytes", "configuration": {"endian": "little"}}
    return {"zarr_format": 3, "node_type": "array", "shape": [5, 7], "data_type": "uint16", "fill_value": "0x7fc0",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 6]}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "codecs": [little if codec == "bytes" else codec for codec in codecs], "fill_value": 3, **more}, chunk


def n5(kind, chunk):
    header = struct.pack(">HHII", 0, 2, 6, 4)
    return {"dimensions": [7, 5], "blockSize": [6, 4], "dataType": "uint16", "compression": {"type": kind}}, header + chunk


seed("v2-raw", *v2(None, VOXELS))
seed("v2-fortran", *v2(None, VOXELS, order="F"))
seed("v2-big", *v2(None, BIG, dtype=">u2"))
seed("v2-half", *v2(None, VOXELS, dtype="<f2"))
for name, compress in ("zlib", zlib.compress), ("gzip", gzip.compress), ("bz2", bz2.compress), ("lzma", lzma.compress):
    seed(f"v2-{name}", *v2({"id": name}, compress(VOXELS)))
seed("v2-delta", *v2(None, VOXELS, filters=[{"id": "delta", "dtype": "<u2"}]))
seed("v2-scaled", *v2(None, VOXELS, filters=[{"id": "fixedscaleoffset", "dtype": "<u2", "astype": "<u2", "scale": 2,
                                              "offset": 9}]))
seed("v2-shuffled", *v2({"id": "zlib"}, zlib.compress(VOXELS), filters=[{"id": "shuffle", "elementsize": 2}]))
for name in "blosc", "zstd", "lz4":
    seed(f"v2-{name}", *v2({"id": name}, VOXELS))
seed("v3-raw", *v3(["bytes"], VOXELS))
seed("v3-transposed", *v3([{"name": "transpose", "configuration": {"order": [1, 0]}}, "bytes"], VOXELS))
seed("v3-gzip", *v3(["bytes", {"name": "gzip", "configuration": {"level": 1}}], gzip.compress(VOXELS)))
seed("v3-adler", *v3(["bytes", {"name": "numcodecs.adler32"}], struct.pack("<I", zlib.adler32(VOXELS)) + VOXELS))
seed("v3-crc32c", *v3(["bytes", {"name": "crc32c"}], VOXELS + b"\1\2\3\4"))
sharding = {"chunk_shape": [2, 3], "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
            "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}],
            "index_location": "end"}
seed("v3-sharded", *v3([{"name": "sharding_indexed", "configuration": sharding}], VOXELS[:12]))
nested = {**sharding, "chunk_shape": [4, 3], "codecs": [{"name": "sharding_indexed", "configuration": sharding}]}
seed("v3-nested", *v3([{"name": "sharding_indexed", "configuration": nested}], VOXELS[:12]))
for name, chunk in ("raw", BIG), ("gzip", gzip.compress(BIG)), ("bzip2", bz2.compress(BIG)), ("xz", lzma.compress(BIG)):
    seed(f"n5-{name}", *n5(name, chunk))
seed("ome", {"multiscales": [{"version": "0.4", "axes": [{"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"],
                              "datasets": [{"path": "0", "coordinateTransformations": [
                                  {"type": "scale", "scale": [1, 1, 1]}, {"type": "translation", "translation": [1, 2, 3]}]}],
                              "coordinateTransformations": [{"type": "sequence", "transformations": [
                                  {"type": "identity"}]}]}],
             "omero": {"channels": [{"label": "a", "color": "FF0080", "active": True,
                                     "window": {"start": 0, "end": 9}}]}})
seed("plate", {"plate": {"wells": [{"path": "A/1"}]}, "well": {"images": [{"path": "0"}]}})

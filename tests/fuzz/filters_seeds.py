"""Writes seeds for filters_fuzz.cpp: chunk size less 1 (2 bytes), 255 and a mask (5) or 0 (1), voxel type, byte order,
number of filters, each with its id, the number of its client data and the client data; then a chunk as stored."""
import pathlib
import struct
import sys

import chunks
import numpy as np

folder = pathlib.Path(sys.argv[1])
KINDS = [1, 2, 3, 6, 32000]
TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]


def number(value):
    return bytes([value]) if value < 255 else b"\xff" + struct.pack("<I", value & 0xffffffff)


for label, dtype, shape, filters, mask, raw in chunks.all_chunks():
    size = int(np.prod(shape)) * dtype.itemsize
    if size > 8192:
        continue
    seed = struct.pack("<H", size - 1) + (b"\xff" + struct.pack("<I", mask) if mask else b"\0")
    seed += bytes([TYPES.index(dtype.name), int(dtype.byteorder == ">"), len(filters)])
    for identifier, client_data in filters:
        seed += bytes([KINDS.index(identifier), len(client_data)]) + b"".join(map(number, client_data))
    (folder / label).write_bytes(seed + raw)

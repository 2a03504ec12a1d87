"""Writes seeds for deflate_fuzz.cpp: room (2 bytes), then a zlib stream."""
import pathlib
import struct
import sys
import zlib

import chunks
import numpy as np

folder = pathlib.Path(sys.argv[1])
for level in 0, 1, 6, 9:
    for name, data in {"empty": b"", "run": bytes(3000), "text": b"a rose is a rose is a rose",
                       "noise": np.random.default_rng(2).bytes(500)}.items():
        (folder / f"{name}-{level}").write_bytes(struct.pack("<H", len(data)) + zlib.compress(data, level))
for label, dtype, shape, filters, mask, raw in chunks.all_chunks():
    if filters and filters[-1][0] == 1:
        size = len(zlib.decompress(raw))
        if size < 65536:
            (folder / label).write_bytes(struct.pack("<H", size) + raw)

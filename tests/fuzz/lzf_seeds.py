"""Writes seeds for lzf_fuzz.cpp: room (2 bytes), then an LZF stream."""
import pathlib
import struct
import sys

import chunks
import numpy as np

folder = pathlib.Path(sys.argv[1])
for label, dtype, shape, filters, mask, raw in chunks.all_chunks():
    if filters and filters[-1][0] == 32000 and not mask:
        (folder / label).write_bytes(struct.pack("<H", int(np.prod(shape)) * dtype.itemsize) + raw)
# A literal, a short match, a long match.
(folder / "by-hand").write_bytes(struct.pack("<H", 300) + b"\x02abc\x20\x02\xe0\xff\x00")
